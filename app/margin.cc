#include "app/margin.h"

#include <fmt/format.h>

#include <charconv>

namespace assay::app {

Result<double> parse_margin(std::string_view text) {
  std::string_view number = text;
  double unit = 1;
  for (const std::string_view suffix : {"pp", "%p", "%"}) {
    if (!number.ends_with(suffix)) continue;
    number.remove_suffix(suffix.size());
    unit = 100;
    break;
  }
  double value = 0;
  const char* const end = number.data() + number.size();
  const auto parsed = std::from_chars(number.data(), end, value);
  const double share = value / unit;
  if (parsed.ec != std::errc() || parsed.ptr != end || !(share > 0) || !(share < 1)) {
    return input_error("--margin", fmt::format("found `{}`, expected points like 2pp or a share "
                                               "like 0.02, between 0 and 1",
                                               text));
  }
  return share;
}

}  // namespace assay::app
