#include "suites/score/metrics/bleu.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "suites/score/metrics/ngrams.h"
#include "suites/score/metrics/python_text.h"

namespace assay::suites {
namespace {

std::string prepare(const BleuOptions& options, std::string_view text) {
  if (!options.lowercase) return tokenize(options.tokenizer, python_rstrip(text));
  const std::string lower = python_lower(text);
  return tokenize(options.tokenizer, python_rstrip(lower));
}

double closest_length(size_t length, std::span<const Symbols> references) {
  const auto distance = [length](size_t other) {
    return other > length ? other - length : length - other;
  };
  double closest = -1;
  size_t best = SIZE_MAX;
  for (const Symbols& reference : references) {
    const size_t size = reference.size();
    const size_t d = distance(size);
    if (d < best || (d == best && static_cast<double>(size) < closest)) {
      best = d;
      closest = static_cast<double>(size);
    }
  }
  return closest;
}

}  // namespace

std::vector<double> bleu_statistics(const BleuOptions& options, std::string_view hypothesis,
                                    std::span<const std::string_view> references) {
  std::vector<std::string> tokenized;  // the words are views into these
  tokenized.reserve(references.size() + 1);
  tokenized.push_back(prepare(options, hypothesis));
  for (const std::string_view reference : references) {
    tokenized.push_back(prepare(options, reference));
  }
  WordIds ids;
  std::vector<Symbols> texts;
  texts.reserve(tokenized.size());
  for (const std::string& text : tokenized) texts.push_back(ids.all(python_split(text)));

  std::vector<double> parts(2 * options.order + 2, 0);
  for_each_ngram(texts, options.order, [&](size_t n, std::span<const uint32_t> counts) {
    uint32_t most = 0;
    for (const uint32_t count : counts.subspan(1)) most = std::max(most, count);
    parts[n - 1] += std::min(counts[0], most);
  });
  const size_t length = texts[0].size();
  for (size_t n = 1; n <= options.order; ++n) {
    parts[options.order + n - 1] = static_cast<double>(ngram_total(length, n));
  }
  parts[2 * options.order] = static_cast<double>(length);
  parts[2 * options.order + 1] = closest_length(length, std::span(texts).subspan(1));
  return parts;
}

}  // namespace assay::suites
