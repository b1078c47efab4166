// chrF and chrF++ of one segment: its sufficient statistics, which add up to those of a corpus.
//
// Where it stands: used by the scorer `chrf`; the figure from the sums is harness/stats'. Pure.
//
//   ChrfOptions plus_plus{.word_order = 2};
//   stats::chrf_from_sums(chrf_statistics(plus_plus, "a cat sat", references), 2);
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace assay::suites {

struct ChrfOptions {
  size_t char_order = 6;
  size_t word_order = 0;  // 2 is chrF++
  double beta = 2;        // decides between references
  bool lowercase = false;
  bool whitespace = false;         // white space is part of the character n-grams
  bool epsilon_smoothing = false;  // as chrF++.py; decides between references
};

// Shape: for each order [hypothesis n-grams, reference n-grams, matches], character orders first;
// of the reference with the best score, the first of equals. Hypothesis n-grams of an order that
// the reference does not have count as none. Words are separated at white space; one ASCII mark at
// the end of a word, or else at its beginning, is a word of its own.
// Edge cases: no reference: all zero. All texts valid UTF-8.
// Source: Popović, WMT 2015 and 2017; sacreBLEU 2.6, metrics/chrf.py.
std::vector<double> chrf_statistics(const ChrfOptions& options, std::string_view hypothesis,
                                    std::span<const std::string_view> references);

}  // namespace assay::suites
