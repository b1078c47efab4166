// Sum: addition with a correction term, so that a million terms lose no more than a few.
//
// Terms are added in the order given (the order of keys); there is no vectorised reduction, so the
// same numbers give the same bytes on every machine.
//
// Source: A. Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen",
// ZAMM 54 (1974).
//
//   Sum sum;   for (double v : values) sum.add(v);   const double total = sum.value();
#pragma once

#include <cmath>

namespace assay::stats {

class Sum {
 public:
  void add(double term) {
    const double next = total_ + term;
    if (std::fabs(total_) >= std::fabs(term)) {
      lost_ += (total_ - next) + term;
    } else {
      lost_ += (term - next) + total_;
    }
    total_ = next;
  }
  [[nodiscard]] double value() const { return total_ + lost_; }

 private:
  double total_ = 0;
  double lost_ = 0;
};

}  // namespace assay::stats
