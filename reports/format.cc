#include "reports/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace assay::reports {
namespace {

constexpr int kDecimalsMax = 4;
constexpr std::string_view kDash = "–";

double shown_factor(const MetricDef& def) { return is_share(def) ? 100.0 : 1.0; }

bool has_interval(const Estimate& e) { return e.ci_low && e.ci_high; }

std::optional<double> shown_width(const MetricDef& def, const Estimate& e) {
  if (!has_interval(e)) return std::nullopt;
  return (*e.ci_high - *e.ci_low) * shown_factor(def);
}

// A rounded zero must not carry a sign: "-0.0" reads as a measured loss.
std::string fixed(double value, int decimals) {
  std::string text = fmt::format("{:.{}f}", value, decimals);
  if (text.front() == '-' && text.find_first_not_of("-0.") == std::string::npos) text.erase(0, 1);
  return text;
}

int decimals(const MetricDef& def, const Estimate& e) {
  int fallback = 1;
  if (!is_share(def) && e.value && *e.value != 0) {
    fallback = std::clamp(2 - static_cast<int>(std::floor(std::log10(std::fabs(*e.value)))), 0,
                          kDecimalsMax);
  }
  return decimals_for_width(shown_width(def, e), fallback);
}

struct TimeUnit {
  double seconds;
  std::string_view name;
};

TimeUnit unit_for(double seconds) {
  const double size = std::fabs(seconds);
  if (size >= 7200) return {3600, "h"};
  if (size >= 120) return {60, "min"};
  if (size >= 0.9995) return {1, "s"};
  if (size >= 0.0009995) return {1e-3, "ms"};
  return {1e-6, "µs"};
}

}  // namespace

bool is_share(const MetricDef& def) {
  switch (def.aggregation) {
    case Aggregation::kPerplexity:
    case Aggregation::kBitsPerByte:
    case Aggregation::kBleu:
    case Aggregation::kChrf:
      return false;
    default:
      return def.share && (def.binary || def.scorer != "process");
  }
}

int decimals_for_width(std::optional<double> width, int fallback) {
  if (!width || !std::isfinite(*width) || *width <= 0) return std::clamp(fallback, 0, kDecimalsMax);
  const int leading = static_cast<int>(std::floor(std::log10(*width / 2)));
  return std::clamp(1 - leading, 0, kDecimalsMax);
}

std::string format_value(const MetricDef& def, const Estimate& estimate) {
  if (!estimate.value || !std::isfinite(*estimate.value)) return std::string(kNotAvailable);
  return fixed(*estimate.value * shown_factor(def), decimals(def, estimate)) +
         (is_share(def) ? "%" : "");
}

std::string format_interval(const MetricDef& def, const Estimate& estimate) {
  if (!estimate.value || !has_interval(estimate)) return {};
  const int digits = decimals(def, estimate);
  return fixed(*estimate.ci_low * shown_factor(def), digits) + std::string(kDash) +
         fixed(*estimate.ci_high * shown_factor(def), digits);
}

std::string format_estimate(const MetricDef& def, const Estimate& estimate) {
  const std::string interval = format_interval(def, estimate);
  const std::string value = format_value(def, estimate);
  return interval.empty() ? value : fmt::format("{} [{}]", value, interval);
}

std::string format_difference(const MetricDef& def, const Estimate& estimate, std::string_view pp) {
  if (!estimate.value || !std::isfinite(*estimate.value)) return std::string(kNotAvailable);
  const std::string text = fixed(*estimate.value * shown_factor(def), decimals(def, estimate));
  const bool zero = text.find_first_not_of("-0.") == std::string::npos;
  return fmt::format("{}{}{}", *estimate.value > 0 && !zero ? "+" : "", text,
                     is_share(def) ? pp : "");
}

std::string format_magnitude(const MetricDef& def, const Estimate& estimate, std::string_view pp) {
  Estimate size = estimate;
  if (size.value) size.value = std::fabs(*size.value);
  std::string text = format_difference(def, size, pp);
  if (!text.empty() && text.front() == '+') text.erase(0, 1);
  return text;
}

std::string format_difference_interval(const MetricDef& def, const Estimate& estimate) {
  if (!estimate.value || !has_interval(estimate)) return {};
  const int digits = decimals(def, estimate);
  const auto end = [&](double x) {
    const std::string text = fixed(x * shown_factor(def), digits);
    const bool zero = text.find_first_not_of("-0.") == std::string::npos;
    return (x > 0 && !zero ? "+" : "") + text;
  };
  return fmt::format("{} … {}", end(*estimate.ci_low), end(*estimate.ci_high));
}

std::string format_significant(double value, int significant) {
  if (!std::isfinite(value)) return std::string(kNotAvailable);
  if (value == 0) return "0";
  const auto digits_after = [&](double x) {
    return std::clamp(significant - 1 - static_cast<int>(std::floor(std::log10(std::fabs(x)))), 0,
                      12);
  };
  int digits = digits_after(value);
  // 9.996 with three digits rounds up to 10.0: one decimal less.
  const double scale = std::pow(10.0, digits);
  const double rounded = std::round(value * scale) / scale;
  if (rounded != 0) digits = digits_after(rounded);
  return fixed(value, digits);
}

std::string format_seconds(double seconds) {
  if (!std::isfinite(seconds)) return std::string(kNotAvailable);
  if (seconds == 0) return "0 s";
  const TimeUnit unit = unit_for(seconds);
  return fmt::format("{} {}", format_significant(seconds / unit.seconds, 3), unit.name);
}

std::string format_seconds(const Estimate& estimate) {
  return estimate.value ? format_seconds(*estimate.value) : std::string(kNotAvailable);
}

std::string format_seconds_interval(const Estimate& estimate) {
  if (!estimate.value || !has_interval(estimate)) return {};
  const TimeUnit unit = unit_for(*estimate.value);
  return fmt::format("{}{}{} {}", format_significant(*estimate.ci_low / unit.seconds, 3), kDash,
                     format_significant(*estimate.ci_high / unit.seconds, 3), unit.name);
}

std::string format_p_value(std::optional<double> p) {
  if (!p || !std::isfinite(*p)) return std::string(kNotAvailable);
  if (*p < 0.001) return "< 0.001";
  if (*p >= 0.9995) return "1";
  return *p < 0.1 ? fmt::format("{:.3f}", *p) : fmt::format("{:.2f}", *p);
}

std::string format_p(std::optional<double> p) {
  const std::string text = format_p_value(p);
  return text.front() == '<' ? "p " + text : "p = " + text;
}

std::string format_count(uint64_t count) {
  std::string digits = fmt::format("{}", count);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string format_money(Money money, std::string_view currency) {
  const double amount = static_cast<double>(money.nano) * 1e-9;
  std::string text;
  if (money.nano == 0) {
    text = "0";
  } else if (std::fabs(amount) < 0.0001) {
    text = "< 0.0001";
  } else if (std::fabs(amount) >= 100) {
    text = fixed(amount, 2);
  } else {
    text = format_significant(amount, 3);
  }
  return currency.empty() ? text : fmt::format("{} {}", text, currency);
}

std::string format_money(const std::optional<Money>& money, std::string_view currency) {
  return money ? format_money(*money, currency) : std::string(kNotAvailable);
}

std::string format_percentile_name(double p) { return fmt::format("p{:.6g}", p * 100); }

std::string format_exact(double value) {
  if (!std::isfinite(value)) return {};
  if (value == 0) return "0";  // also for -0, which no reader expects
  return fmt::format("{}", value);
}

}  // namespace assay::reports
