// ProgressFilter: whether bytes of a reply are progress.
//
// Where it stands: inside each transfer of the HTTP transports; decides which bytes move the
// first-token and stall limits (loop thread).
//
//   ProgressFilter filter;
//   if (filter.feed(bytes)) last_progress = now;
#pragma once

#include <string_view>

namespace assay::backends {

// Tells bytes of a reply from what servers send to keep a connection open: SSE comments (lines that
// begin with ':') and blank lines. It looks at line starts only, of a chunk's first lines up to the
// first that is neither, and of its last; so a chunk of a reply costs one look at its first byte
// and one search for its last line end.
class ProgressFilter {
 public:
  // Whether `bytes` hold more than that.
  bool feed(std::string_view bytes);

 private:
  bool line_start_ = true;
  bool comment_ = false;
};

}  // namespace assay::backends
