// BLEU of one segment: its sufficient statistics, which add up to those of a corpus.
//
// Where it stands: used by the scorer `bleu`; the figure from the sums is harness/stats'. Pure.
//
//   const std::vector<double> sums = bleu_statistics({}, "a cat sat", references);
//   stats::bleu_figure(sums, {.effective_order = true}).score;      // of this segment
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "suites/score/metrics/bleu_tokenizer.h"

namespace assay::suites {

struct BleuOptions {
  BleuTokenizer tokenizer = BleuTokenizer::k13a;
  bool lowercase = false;
  size_t order = 4;  // the longest n-grams
};

// Shape: [matches of n = 1..order, candidates of n = 1..order, hypothesis length, reference
// length]. A match counts at most as often as the one reference that has it most; the reference
// length is the one closest to the hypothesis' (the shorter of two as close). Edge cases: no
// reference: reference length -1, as in the reference. All texts valid UTF-8. Source: Papineni et
// al., ACL 2002; sacreBLEU 2.6, metrics/bleu.py.
std::vector<double> bleu_statistics(const BleuOptions& options, std::string_view hypothesis,
                                    std::span<const std::string_view> references);

}  // namespace assay::suites
