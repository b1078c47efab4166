#include "suites/score/tasks/drop_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "harness/base/check.h"
#include "harness/base/utf8.h"
#include "suites/template/numbers.h"
#include "suites/template/text.h"

namespace assay::suites {
namespace {

using Bag = std::set<std::string, std::less<>>;

// Of a decimal digit of any script. They come in runs from 0 to 9; the mathematical ones are five
// runs in a row.
char digit_of(char32_t point) {
  constexpr char32_t kMathematical = 0x1D7CE;
  if (point >= kMathematical && point < kMathematical + 50) {
    return static_cast<char>('0' + (point - kMathematical) % 10);
  }
  char value = '0';
  while (value < '9' && is_decimal_digit(point - static_cast<char32_t>(value - '0') - 1)) ++value;
  return value;
}

// float() of Python, which also reads the digits of other scripts.
bool read_number(std::string_view text, double& value) {
  if (jinja::is_ascii(text)) return jinja::parse_float(text, value);
  std::string ascii;
  for (size_t at = 0; at < text.size();) {
    char32_t point = 0;
    const size_t n = jinja::decode_point(text, at, point);
    if (n > 1 && is_decimal_digit(point)) {
      ascii += digit_of(point);
    } else {
      ascii += text.substr(at, n);
    }
    at += n;
  }
  return jinja::parse_float(ascii, value);
}

bool is_number(std::string_view text) {
  double ignored = 0;
  return read_number(text, ignored);
}

bool is_ascii_punctuation(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
         (c >= '{' && c <= '~');
}

std::string without_punctuation(std::string_view token) {
  std::string out;
  for (const char c : token) {
    if (!is_ascii_punctuation(c)) out += c;
  }
  return out;
}

// Whole words a, an and the become a blank; a word is what Python's \w matches.
std::string without_articles(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    char32_t point = 0;
    while (end < text.size()) {
      const size_t n = jinja::decode_point(text, end, point);
      if (text[end] != '_' && !jinja::all_alphanumeric(text.substr(end, n))) break;
      end += n;
    }
    const std::string_view word = text.substr(at, end - at);
    if (word == "a" || word == "an" || word == "the") {
      out += ' ';
    } else {
      out += word;
    }
    if (end < text.size()) {
      const size_t n = jinja::decode_point(text, end, point);
      out += text.substr(end, n);
      end += n;
    }
    at = end;
  }
  return out;
}

std::string normalized_token(std::string_view token) {
  std::string text = jinja::to_lower_case(token);
  if (!is_number(text)) text = without_punctuation(text);
  double value = 0;
  if (read_number(text, value)) text = jinja::float_repr(value);
  std::string out;
  const std::string open = without_articles(text);
  for (const std::string_view word : jinja::split_words(open)) {
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

Bag bag_of(std::string_view span) {
  Bag bag;
  for (const std::string_view word : jinja::split_words(span)) bag.emplace(word);
  return bag;
}

bool numbers_agree(const Bag& gold, const Bag& predicted) {
  bool any = false;
  for (const std::string& word : gold) {
    if (!is_number(word)) continue;
    any = true;
    if (predicted.contains(word)) return true;
  }
  return !any;
}

double bag_f1(const Bag& predicted, const Bag& gold) {
  const auto shared = static_cast<double>(std::count_if(
      gold.begin(), gold.end(), [&](const auto& w) { return predicted.contains(w); }));
  const double precision = predicted.empty() ? 1.0 : shared / static_cast<double>(predicted.size());
  const double recall = gold.empty() ? 1.0 : shared / static_cast<double>(gold.size());
  if (precision == 0 && recall == 0) return 0;
  return 2 * precision * recall / (precision + recall);
}

using Table = std::vector<std::vector<double>>;

// The largest sum of one-to-one assignments of rows (the fewer) to columns.
// Source: the Hungarian method with potentials, O(rows^2 * columns) (Kuhn 1955; Munkres 1957).
double best_assignment(const Table& gain) {
  const size_t rows = gain.size();
  const size_t columns = gain.front().size();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<double> row_potential(rows + 1, 0);
  std::vector<double> column_potential(columns + 1, 0);
  std::vector<size_t> owner(columns + 1, 0);  // of a column: its row, counted from 1
  for (size_t row = 1; row <= rows; ++row) {
    std::vector<double> slack(columns + 1, kInfinity);
    std::vector<size_t> from(columns + 1, 0);
    std::vector<bool> done(columns + 1, false);
    owner[0] = row;
    size_t column = 0;
    while (owner[column] != 0) {
      done[column] = true;
      size_t next = 0;
      double step = kInfinity;
      for (size_t c = 1; c <= columns; ++c) {
        if (done[c]) continue;
        const double cost =
            -gain[owner[column] - 1][c - 1] - row_potential[owner[column]] - column_potential[c];
        if (cost < slack[c]) {
          slack[c] = cost;
          from[c] = column;
        }
        if (slack[c] < step) {
          step = slack[c];
          next = c;
        }
      }
      for (size_t c = 0; c <= columns; ++c) {
        if (done[c]) {
          row_potential[owner[c]] += step;
          column_potential[c] -= step;
        } else {
          slack[c] -= step;
        }
      }
      column = next;
    }
    for (; column != 0; column = from[column]) owner[column] = owner[from[column]];
  }
  double sum = 0;
  for (size_t c = 1; c <= columns; ++c) {
    if (owner[c] != 0) sum += gain[owner[c] - 1][c - 1];
  }
  return sum;
}

double aligned_f1(const std::vector<Bag>& predicted, const std::vector<Bag>& gold) {
  const bool gold_rows = gold.size() <= predicted.size();
  const size_t rows = std::min(gold.size(), predicted.size());
  const size_t columns = std::max(gold.size(), predicted.size());
  Table gain(rows, std::vector<double>(columns, 0));
  for (size_t g = 0; g < gold.size(); ++g) {
    for (size_t p = 0; p < predicted.size(); ++p) {
      if (!numbers_agree(gold[g], predicted[p])) continue;
      (gold_rows ? gain[g][p] : gain[p][g]) = bag_f1(predicted[p], gold[g]);
    }
  }
  return best_assignment(gain) / static_cast<double>(columns);
}

}  // namespace

std::string drop_normalized(std::string_view span) {
  std::string out;
  for (size_t at = 0; at <= span.size();) {
    const size_t end = std::min(span.find_first_of(" -", at), span.size());
    const std::string token = normalized_token(span.substr(at, end - at));
    if (!token.empty()) {
      if (!out.empty()) out += ' ';
      out += token;
    }
    at = end + 1;
  }
  return out;
}

DropMetrics drop_metrics(const std::vector<std::string>& predicted,
                         const std::vector<std::string>& gold) {
  ASSAY_CHECK(!predicted.empty() && !gold.empty(), "spans {} and {}", predicted.size(),
              gold.size());
  ASSAY_CHECK(predicted.size() <= kDropSpansMax && gold.size() <= kDropSpansMax, "spans {} and {}",
              predicted.size(), gold.size());
  std::vector<Bag> predicted_bags;
  std::vector<Bag> gold_bags;
  predicted_bags.reserve(predicted.size());
  gold_bags.reserve(gold.size());
  std::set<std::string> predicted_spans;
  std::set<std::string> gold_spans;
  for (const std::string& span : predicted) {
    predicted_bags.push_back(bag_of(*predicted_spans.insert(drop_normalized(span)).first));
  }
  for (const std::string& span : gold) {
    gold_bags.push_back(bag_of(*gold_spans.insert(drop_normalized(span)).first));
  }
  DropMetrics metrics;
  metrics.exact = predicted.size() == gold.size() && predicted_spans == gold_spans ? 1 : 0;
  metrics.f1 = std::nearbyint(aligned_f1(predicted_bags, gold_bags) * 100) / 100;
  return metrics;
}

}  // namespace assay::suites
