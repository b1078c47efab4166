#include "suites/score/metrics/squad.h"

#include <algorithm>
#include <cstdint>
#include <unordered_map>

#include "harness/base/utf8.h"
#include "suites/score/metrics/python_text.h"

namespace assay::suites {
namespace {

bool is_ascii_mark(char32_t p) {
  return (p >= '!' && p <= '/') || (p >= ':' && p <= '@') || (p >= '[' && p <= '`') ||
         (p >= '{' && p <= '~');
}

// Letters and digits make words (\w without the underscore, which is gone by now); combining marks
// do not, as in Python's re.
bool is_word_character(char32_t p) { return is_letter_or_digit(p); }

bool is_article(std::u32string_view word) {
  return word == U"a" || word == U"an" || word == U"the";
}

// Articles between word boundaries become a blank.
std::vector<char32_t> without_articles(const std::vector<char32_t>& points) {
  std::vector<char32_t> out;
  out.reserve(points.size());
  for (size_t i = 0; i < points.size();) {
    size_t end = i;
    while (end < points.size() && is_word_character(points[end])) ++end;
    if (end == i) {
      out.push_back(points[i++]);
      continue;
    }
    if (is_article({&points[i], end - i})) {
      out.push_back(U' ');
    } else {
      out.insert(out.end(), points.begin() + static_cast<std::ptrdiff_t>(i),
                 points.begin() + static_cast<std::ptrdiff_t>(end));
    }
    i = end;
  }
  return out;
}

double f1_of_normalized(std::string_view gold, std::string_view prediction) {
  const std::vector<std::string_view> a = python_split(gold);
  const std::vector<std::string_view> b = python_split(prediction);
  if (a.empty() || b.empty()) return a.empty() && b.empty() ? 1 : 0;
  std::unordered_map<std::string_view, int64_t> left;
  for (const std::string_view token : a) ++left[token];
  double common = 0;
  for (const std::string_view token : b) {
    const auto it = left.find(token);
    if (it == left.end() || it->second == 0) continue;
    --it->second;
    ++common;
  }
  if (common == 0) return 0;
  const double precision = common / static_cast<double>(b.size());
  const double recall = common / static_cast<double>(a.size());
  return 2 * precision * recall / (precision + recall);
}

}  // namespace

std::string squad_normalize(std::string_view text) {
  std::vector<char32_t> points = to_code_points(python_lower(text));
  points.erase(std::remove_if(points.begin(), points.end(), is_ascii_mark), points.end());
  const std::string kept = to_utf8(without_articles(points));
  std::string out;
  out.reserve(kept.size());
  for (const std::string_view word : python_split(kept)) {
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

double squad_exact(std::string_view gold, std::string_view prediction) {
  return squad_normalize(gold) == squad_normalize(prediction) ? 1 : 0;
}

double squad_f1(std::string_view gold, std::string_view prediction) {
  return f1_of_normalized(squad_normalize(gold), squad_normalize(prediction));
}

SquadScore squad_best(std::span<const std::string> golds, std::string_view prediction) {
  std::vector<std::string> answers;
  for (const std::string& gold : golds) {
    answers.push_back(squad_normalize(gold));
    if (answers.back().empty()) answers.pop_back();
  }
  if (answers.empty()) answers.emplace_back();
  const std::string normalized = squad_normalize(prediction);
  SquadScore best;
  for (const std::string& answer : answers) {
    best.exact = std::max(best.exact, answer == normalized ? 1.0 : 0.0);
    best.f1 = std::max(best.f1, f1_of_normalized(answer, normalized));
  }
  return best;
}

}  // namespace assay::suites
