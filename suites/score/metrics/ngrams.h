// n-gram counts of several texts side by side: BLEU, chrF and ROUGE are made of them.
//
// Where it stands: used by the metrics of this folder; pure.
//
//   const std::vector<std::vector<uint32_t>> texts = {hypothesis, reference};   // symbols
//   for_each_ngram(texts, 4, [&](size_t n, std::span<const uint32_t> counts) {
//     matches[n - 1] += std::min(counts[0], counts[1]);
//   });
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace assay::suites {

using Symbols = std::vector<uint32_t>;

// Calls `visit(n, counts)` for every different n-gram of n = 1..order_max, counts[i] being how
// often text i has it (at least one of them does). By sorting, not hashing: time order_max * N log
// N for N symbols in all, whatever the texts hold; memory 20 N bytes.
using NgramVisit = std::function<void(size_t n, std::span<const uint32_t> counts)>;
void for_each_ngram(std::span<const Symbols> texts, size_t order_max, const NgramVisit& visit);

// n-grams of a text of `length` symbols, repetitions counted.
inline size_t ngram_total(size_t length, size_t n) { return length < n ? 0 : length - n + 1; }

}  // namespace assay::suites
