// Histories from any bytes. What is read can be written and read again as the same; what is not has
// a place and a message. Trends of it hold together.
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/aggregate/history.h"
#include "harness/base/check.h"
#include "harness/store/history_file.h"

namespace {

using namespace assay;  // NOLINT: a program of its own

void check_trend(const Trend& trend) {
  ASSAY_CHECK(!trend.points.empty(), "a trend of nothing");
  for (const TrendChange& change : trend.changes) {
    ASSAY_CHECK(change.index > 0 && change.index < trend.points.size(), "change at {}",
                change.index);
    ASSAY_CHECK(std::isfinite(change.before) && std::isfinite(change.after), "means");
  }
  for (const TrendBreak& one : trend.breaks) {
    ASSAY_CHECK(one.index > 0 && one.index < trend.points.size(), "break");
    ASSAY_CHECK(one.prompt || one.data || one.scorer, "a break of nothing");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Result<std::vector<HistoryLine>> lines = store::parse_history(bytes, "fuzz");
  if (!lines) {
    ASSAY_CHECK(lines.error().where.starts_with("fuzz:") && !lines.error().message.empty(),
                "an error without place or message");
    return 0;
  }
  std::string text;
  for (const HistoryLine& line : *lines) text += store::history_line_text(line) + "\n";
  const Result<std::vector<HistoryLine>> again = store::parse_history(text, "fuzz");
  ASSAY_CHECK(again.has_value() && again->size() == lines->size(), "what was written is refused");
  std::string twice;
  for (const HistoryLine& line : *again) twice += store::history_line_text(line) + "\n";
  ASSAY_CHECK(twice == text, "written differently the second time");
  if (lines->size() > 60) return 0;  // change points of a long series take their time
  for (const Trend& trend : aggregate::trends(*lines, {})) check_trend(trend);
  return 0;
}
