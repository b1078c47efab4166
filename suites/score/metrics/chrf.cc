#include "suites/score/metrics/chrf.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "harness/base/utf8.h"
#include "harness/stats/corpus_scores.h"
#include "suites/score/metrics/ngrams.h"
#include "suites/score/metrics/python_text.h"

namespace assay::suites {
namespace {

bool is_ascii_mark(char c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') ||
         (c >= '{' && c <= '~');
}

bool is_one_character(std::string_view word) {
  return std::count_if(word.begin(), word.end(), [](char c) {
           return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
         }) == 1;
}

std::vector<std::string_view> split_marks(std::string_view text) {
  std::vector<std::string_view> words;
  for (const std::string_view word : python_split(text)) {
    if (is_one_character(word)) {
      words.push_back(word);
    } else if (is_ascii_mark(word.back())) {
      words.push_back(word.substr(0, word.size() - 1));
      words.push_back(word.substr(word.size() - 1));
    } else if (is_ascii_mark(word.front())) {
      words.push_back(word.substr(0, 1));
      words.push_back(word.substr(1));
    } else {
      words.push_back(word);
    }
  }
  return words;
}

Symbols characters(const ChrfOptions& options, std::string_view text) {
  Symbols out;
  out.reserve(text.size());
  for (const char32_t point : to_code_points(text)) {
    if (options.whitespace || !is_python_space(point)) out.push_back(point);
  }
  return out;
}

// The numbers of the orders 1..`orders` of two texts, appended to `parts`.
void append_orders(const std::array<Symbols, 2>& texts, size_t orders, std::vector<double>& parts) {
  const size_t first = parts.size();
  parts.resize(first + 3 * orders, 0);
  for (size_t n = 1; n <= orders; ++n) {
    const size_t references = ngram_total(texts[1].size(), n);
    double* const order = &parts[first + 3 * (n - 1)];
    order[0] = references > 0 ? static_cast<double>(ngram_total(texts[0].size(), n)) : 0;
    order[1] = static_cast<double>(references);
  }
  for_each_ngram(texts, orders, [&](size_t n, std::span<const uint32_t> counts) {
    parts[first + 3 * (n - 1) + 2] += std::min(counts[0], counts[1]);
  });
}

std::vector<double> statistics(const ChrfOptions& options, std::string_view hypothesis,
                               std::string_view reference) {
  std::vector<double> parts;
  append_orders({characters(options, hypothesis), characters(options, reference)},
                options.char_order, parts);
  if (options.word_order > 0) {
    WordIds ids;
    append_orders({ids.all(split_marks(hypothesis)), ids.all(split_marks(reference))},
                  options.word_order, parts);
  }
  return parts;
}

}  // namespace

std::vector<double> chrf_statistics(const ChrfOptions& options, std::string_view hypothesis,
                                    std::span<const std::string_view> references) {
  const auto lower = [&options](std::string_view text) {
    return options.lowercase ? python_lower(text) : std::string(text);
  };
  const std::string prepared = lower(hypothesis);
  std::vector<double> best((options.char_order + options.word_order) * 3, 0);
  double best_score = -1;
  for (const std::string_view reference : references) {
    std::vector<double> parts = statistics(options, prepared, lower(reference));
    const double score = stats::chrf_from_sums(parts, options.beta, options.epsilon_smoothing);
    if (score <= best_score) continue;
    best_score = score;
    best = std::move(parts);
  }
  return best;
}

}  // namespace assay::suites
