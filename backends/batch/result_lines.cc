#include "backends/batch/result_lines.h"

#include <utility>

namespace assay::backends {

Result<void> ResultLines::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    std::string_view part = bytes.substr(0, end);
    const size_t room = line_bytes_max_ - held_.size();
    if (part.size() > room) {
      too_long_ = true;
      part = part.substr(0, room);
    }
    if (end == std::string_view::npos) {
      held_ += part;
      return {};
    }
    bytes.remove_prefix(end + 1);
    const bool whole = !std::exchange(too_long_, false);
    if (held_.empty()) {
      ASSAY_TRY_VOID(give(part, whole));
      continue;
    }
    held_ += part;
    const std::string line = std::exchange(held_, {});
    ASSAY_TRY_VOID(give(line, whole));
  }
  return {};
}

Result<void> ResultLines::finish() {
  const std::string last = std::exchange(held_, {});
  return give(last, !std::exchange(too_long_, false));
}

Result<void> ResultLines::give(std::string_view line, bool whole) {
  if (whole && line.find_first_not_of(" \t\r") == std::string_view::npos) return {};
  return take_(line, whole);
}

}  // namespace assay::backends
