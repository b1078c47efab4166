// Spending: the hard stops of a run: an amount of money, a number of requests. Shared by the lanes
// of a run, whose phases follow one another; loop thread, read by others after the run.
//
// Before a start the worst case of its cost is reserved, at feedback the true cost is settled: what
// was spent and what is reserved never exceed the budget together.
//
//   if (spending.may_start(worst) == Spending::May::kYes) spending.on_start(worst);
//   spending.on_settled(worst, actual);
#pragma once

#include <cstdint>
#include <optional>

#include "harness/base/money.h"

namespace assay::run {

struct SpendingLimits {
  std::optional<Money> budget;
  Money spent_before;                    // by earlier sessions of the same file
  std::optional<uint64_t> requests_max;  // of this session
};

class Spending {
 public:
  enum class May : uint8_t {
    kYes,
    kWait,   // not now: money is reserved that may come back
    kNever,  // a limit is reached
  };

  explicit Spending(const SpendingLimits& limits) : limits_(limits), spent_(limits.spent_before) {}

  [[nodiscard]] bool has_budget() const { return limits_.budget.has_value(); }
  [[nodiscard]] May may_start(Money worst) const {
    if (limits_.requests_max && requests_ >= *limits_.requests_max) return May::kNever;
    if (!limits_.budget || spent_ + reserved_ + worst <= *limits_.budget) return May::kYes;
    return reserved_.nano > 0 ? May::kWait : May::kNever;
  }
  void on_start(Money reserved) {
    ++requests_;
    reserved_ += reserved;
  }
  // Of requests that an earlier session sent and nobody has answered yet.
  void reserve(Money reserved) { reserved_ += reserved; }
  void on_settled(Money reserved, Money actual) {
    reserved_ += Money{-reserved.nano};
    spent_ += actual;
  }
  [[nodiscard]] Money spent() const { return spent_; }
  [[nodiscard]] uint64_t requests() const { return requests_; }
  // A limit ended the run before everything was asked.
  [[nodiscard]] bool reached() const { return reached_; }
  void set_reached() { reached_ = true; }

 private:
  SpendingLimits limits_;
  Money spent_;
  Money reserved_;
  uint64_t requests_ = 0;
  bool reached_ = false;
};

}  // namespace assay::run
