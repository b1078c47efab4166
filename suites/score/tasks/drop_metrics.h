// DROP's exact match and F1 of two lists of spans.
//
// Where it stands: behind the scorer `drop`; pure, thread-safe, linear in the texts.
//
//   drop_metrics({"the 12 yards"}, {"12-yard"})        // exact 0, F1 0.5
//   drop_normalized("The 1,000 men")                   // "1000.0 men"
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay::suites {

inline constexpr size_t kDropSpansMax = 200;  // of one answer: the alignment is cubic

struct DropMetrics {
  double exact = 0;  // 0 or 1
  double f1 = 0;     // 0 to 1, in steps of 0.01
};

// Formula: spans are normalised (below) and made sets of words; exact is 1 when both lists hold the
// same spans, equally many. F1 of two spans is that of their sets (0 when the gold one has numbers
// and the other shares none); an assignment of spans to each other takes the largest sum, divided
// by the longer list's length, rounded to two digits (of x * 100, half to even).
// Edge cases: two empty sets have F1 1. At most kDropSpansMax spans on each side, at least one.
// Source: lm-evaluation-harness 0.4, lm_eval/tasks/drop/utils.py, after the evaluator of Dua et
// al., "DROP", NAACL 2019.
DropMetrics drop_metrics(const std::vector<std::string>& predicted,
                         const std::vector<std::string>& gold);

// In lower case, cut at blanks and hyphens; of each piece: ASCII punctuation out unless it is a
// number, numbers as Python prints floats, articles out. `span` must be valid UTF-8.
std::string drop_normalized(std::string_view span);

}  // namespace assay::suites
