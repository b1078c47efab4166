#include "backends/transport/progress_filter.h"

namespace assay::backends {

bool ProgressFilter::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (comment_) {
      const size_t end = bytes.find('\n');
      if (end == std::string_view::npos) return false;
      bytes.remove_prefix(end + 1);
      comment_ = false;
      line_start_ = true;
    } else if (line_start_ && (bytes.front() == '\n' || bytes.front() == '\r')) {
      bytes.remove_prefix(1);
    } else if (line_start_ && bytes.front() == ':') {
      comment_ = true;
    } else {
      break;
    }
  }
  if (bytes.empty()) return false;
  const size_t last = bytes.rfind('\n');
  line_start_ = last + 1 == bytes.size();
  comment_ = last != std::string_view::npos && !line_start_ && bytes[last + 1] == ':';
  return true;
}

}  // namespace assay::backends
