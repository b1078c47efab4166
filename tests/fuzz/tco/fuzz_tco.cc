// The section `tco` over any bytes: an error with a message, or a report whose every figure is
// finite and not negative.
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "app/tco_config.h"
#include "harness/base/check.h"
#include "harness/cost/tco.h"

namespace {

using namespace assay;  // NOLINT: a program of its own

Result<app::MeasuredThroughput> none(const std::string& run, const std::string&) {
  return input_error(run, "not measured");
}

void check_figure(double value) {
  ASSAY_CHECK(std::isfinite(value) && value >= 0, "figure {}", value);
}

void check_report(const TcoReport& report) {
  for (const TcoOption& option : report.options) {
    check_figure(option.per_month);
    check_figure(option.per_request);
    check_figure(option.utilisation);
    for (const TcoPoint& point : option.curve) check_figure(point.per_month);
  }
  for (const TcoBreakEven& found : report.breaks) {
    if (found.requests_per_day) check_figure(*found.requests_per_day);
  }
  for (const MemoryNeeds& needs : report.memory) {
    check_figure(needs.total_bytes);
    for (const MemoryFit& fit : needs.fits) check_figure(fit.used_share);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kBytesMax = 4096;  // larger ones find nothing new and take long
  if (size > kBytesMax) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  app::TcoFlags flags;
  const size_t line = text.find('\n');
  if (text.starts_with("mix ")) flags.mix = text.substr(4, line - 4);
  if (text.starts_with("volume ")) flags.volume = text.substr(7, line - 7);
  const bool flagged = (!flags.mix.empty() || !flags.volume.empty()) && line != text.npos;
  const auto root = read_yaml(flagged ? text.substr(line + 1) : text, "fuzz.yaml");
  if (!root || !root->is_map()) return 0;
  const YamlNode* section = root->find("tco");
  if (section == nullptr) return 0;
  auto inputs = app::read_tco(*section, flags, none);
  if (!inputs) {
    ASSAY_CHECK(!inputs.error().message.empty(), "no message");
    return 0;
  }
  check_report(cost::compare_hosting(std::move(*inputs)));
  return 0;
}
