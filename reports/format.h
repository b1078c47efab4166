// Numbers for people: how an estimate, a time, a price or a probability is written. Shared by the
// text and the HTML report, so that the two never show different digits of the same figure.
//
// Digits follow the interval: one digit past the leading digit of its half width, so that 87.3%
// (83.0-91.1) and 87% (62-98) each claim as much as they know. No value: "n/a".
//
//   format_value(def, estimate)      "87.3%"
//   format_interval(def, estimate)   "83.0–91.1"
//   format_seconds(0.01234)          "12.3 ms"
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/base/money.h"
#include "harness/types/estimate.h"
#include "harness/types/score.h"

namespace assay::reports {

inline constexpr std::string_view kNotAvailable = "n/a";

// Shares are shown as percentages. Every scorer of ours gives a share or a rate; a program
// (`process`) may give any number, which is shown as it is unless it is right-or-wrong.
bool is_share(const MetricDef& def);

// Decimals after the point for a figure whose interval is `width` wide (in the unit shown); without
// an interval `fallback`. Between 0 and 4.
int decimals_for_width(std::optional<double> width, int fallback);

std::string format_value(const MetricDef& def, const Estimate& estimate);
// Without brackets and without the unit; empty when there is no interval.
std::string format_interval(const MetricDef& def, const Estimate& estimate);
// "87.3% [83.0–91.1]", or the value alone.
std::string format_estimate(const MetricDef& def, const Estimate& estimate);
// Signed difference: "+2.3" followed by `pp` for shares (" pp", in Korean "%p").
std::string format_difference(const MetricDef& def, const Estimate& estimate, std::string_view pp);
// |value| without sign, with its unit.
std::string format_magnitude(const MetricDef& def, const Estimate& estimate, std::string_view pp);
std::string format_difference_interval(const MetricDef& def, const Estimate& estimate);

// Three significant digits with the unit that keeps the number readable: "850 µs", "12.3 ms",
// "1.25 s", "3.2 min".
std::string format_seconds(double seconds);
std::string format_seconds(const Estimate& estimate);
// "11.8–13.1 ms": both ends in the unit of the value; empty when there is no interval.
std::string format_seconds_interval(const Estimate& estimate);
// "p = 0.034", "p < 0.001"; `p` absent: "n/a".
std::string format_p(std::optional<double> p);
// As format_p without the leading "p = ": "0.034", "< 0.001".
std::string format_p_value(std::optional<double> p);
// "12,345"
std::string format_count(uint64_t count);
// Three significant digits, cents from 100 up, with the currency: "0.0123 USD"; what is smaller
// than a hundredth of a cent is "< 0.0001 USD" (the exact amount is in the JSON).
std::string format_money(Money money, std::string_view currency);
std::string format_money(const std::optional<Money>& money, std::string_view currency);
// "p50", "p99.9" from a share.
std::string format_percentile_name(double p);
// Plain number with `significant` digits, never in scientific notation, for |x| in [1e-9, 1e15).
std::string format_significant(double value, int significant);
// Shortest text that gives the same double back; "" for none (caller decides between null and "").
std::string format_exact(double value);

}  // namespace assay::reports
