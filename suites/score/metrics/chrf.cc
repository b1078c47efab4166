#include "suites/score/metrics/chrf.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

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
    const bool whole = is_one_character(word);
    if (!whole && is_ascii_mark(word.back())) {
      words.push_back(word.substr(0, word.size() - 1));
      words.push_back(word.substr(word.size() - 1));
    } else if (!whole && is_ascii_mark(word.front())) {
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

// The numbers of the orders 1..`orders` of the hypothesis (texts[0]) with each reference, appended
// to the parts of that reference.
void append_orders(const std::vector<Symbols>& texts, size_t orders,
                   std::vector<std::vector<double>>& parts) {
  const size_t first = parts[0].size();
  for (size_t r = 0; r < parts.size(); ++r) {
    parts[r].resize(first + 3 * orders, 0);
    for (size_t n = 1; n <= orders; ++n) {
      const size_t references = ngram_total(texts[r + 1].size(), n);
      double* const order = &parts[r][first + 3 * (n - 1)];
      order[0] = references > 0 ? static_cast<double>(ngram_total(texts[0].size(), n)) : 0;
      order[1] = static_cast<double>(references);
    }
  }
  for_each_ngram(texts, orders, [&](size_t n, std::span<const uint32_t> counts) {
    if (counts[0] == 0) return;
    for (size_t r = 0; r < parts.size(); ++r) {
      parts[r][first + 3 * (n - 1) + 2] += std::min(counts[0], counts[r + 1]);
    }
  });
}

std::vector<Symbols> all_words(const std::vector<std::string>& texts) {
  WordIds ids;
  std::vector<Symbols> words;
  words.reserve(texts.size());
  for (const std::string& text : texts) words.push_back(ids.all(split_marks(text)));
  return words;
}

}  // namespace

std::vector<double> chrf_statistics(const ChrfOptions& options, std::string_view hypothesis,
                                    std::span<const std::string_view> references) {
  const size_t orders = options.char_order + options.word_order;
  if (references.empty()) return std::vector<double>(3 * orders, 0);
  std::vector<std::string> texts;  // the words are views into these
  const auto add = [&](std::string_view text) {
    texts.push_back(options.lowercase ? python_lower(text) : std::string(text));
  };
  add(hypothesis);
  for (const std::string_view reference : references) add(reference);

  std::vector<Symbols> symbols;
  symbols.reserve(texts.size());
  for (const std::string& text : texts) symbols.push_back(characters(options, text));
  std::vector<std::vector<double>> parts(references.size());
  append_orders(symbols, options.char_order, parts);
  if (options.word_order > 0) append_orders(all_words(texts), options.word_order, parts);

  size_t best = 0;
  double best_score = -1;
  for (size_t r = 0; r < parts.size(); ++r) {
    const double score = stats::chrf_from_sums(parts[r], options.beta, options.epsilon_smoothing);
    if (score <= best_score) continue;
    best_score = score;
    best = r;
  }
  return std::move(parts[best]);
}

}  // namespace assay::suites
