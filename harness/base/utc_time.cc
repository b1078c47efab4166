#include "harness/base/utc_time.h"

#include <fmt/format.h>

#include <chrono>

namespace assay {
namespace {

constexpr int64_t kSecondsPerDay = 86'400;
constexpr int kYearMin = 1970;

// `count` digits at the front, taken off.
std::optional<int> take_digits(std::string_view& text, size_t count) {
  if (text.size() < count) return std::nullopt;
  int value = 0;
  for (const char c : text.substr(0, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<int64_t> take_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day || *year < kYearMin) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count() * kSecondsPerDay;
}

}  // namespace

std::optional<int64_t> parse_utc_date(std::string_view text) {
  const auto date = take_date(text);
  return date && text.empty() ? date : std::nullopt;
}

std::optional<int64_t> parse_utc(std::string_view text) {
  const auto date = take_date(text);
  if (!date || text.empty()) return date;
  if (!take(text, 'T') && !take(text, ' ')) return std::nullopt;
  const auto hour = take_digits(text, 2);
  if (!hour || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  std::optional<int> second = 0;
  if (take(text, ':')) second = take_digits(text, 2);
  take(text, 'Z');
  if (!minute || !second || !text.empty()) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return *date + *hour * 3600 + *minute * 60 + *second;
}

std::string utc_date_text(int64_t unix_s) {
  const std::chrono::sys_seconds time{std::chrono::seconds(unix_s)};
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(time));
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string utc_text(int64_t unix_s) {
  const int64_t of_day = ((unix_s % kSecondsPerDay) + kSecondsPerDay) % kSecondsPerDay;
  if (of_day == 0) return utc_date_text(unix_s);
  return fmt::format("{}T{:02}:{:02}:{:02}Z", utc_date_text(unix_s), of_day / 3600,
                     of_day / 60 % 60, of_day % 60);
}

}  // namespace assay
