#include "harness/base/duration.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <system_error>

namespace assay {
namespace {

struct Unit {
  std::string_view suffix;
  double nanos;
};
// Longer suffixes first: "ms" must not be read as "s".
constexpr std::array<Unit, 6> kUnits = {
    Unit{"ns", 1.0}, Unit{"us", 1e3}, Unit{"ms", 1e6},
    Unit{"s", 1e9},  Unit{"m", 6e10}, Unit{"h", 3.6e12},
};

}  // namespace

Result<Nanos> parse_duration(std::string_view text) {
  std::string_view digits = text;
  double scale = 1e9;
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.suffix)) continue;
    digits.remove_suffix(unit.suffix.size());
    scale = unit.nanos;
    break;
  }
  double value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, status] = std::from_chars(digits.data(), end, value);
  const bool read = status == std::errc() && stop == end && !digits.empty();
  // 2^62 ns is 146 years: beyond it the rounding below would overflow.
  if (!read || !std::isfinite(value) || value < 0 || value * scale > 0x1p62) {
    return input_error(
        "", fmt::format("`{}` is not a duration; expected one like 200ms, 1.5s or 0.25", text));
  }
  return Nanos(static_cast<int64_t>(std::llround(value * scale)));
}

}  // namespace assay
