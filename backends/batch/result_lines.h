// ResultLines: cuts a stream of bytes that may be broken anywhere into lines of bounded length.
//
// Where it stands: between backends/batch/batch_http (a file of results as it arrives) and the
// readers of one line. Main thread. An error of `take` ends it.
//
//   ResultLines lines(take);                  // take(line, whole): without its newline; empty ones
//   ASSAY_TRY_VOID(lines.feed(bytes));        // are left out
//   ASSAY_TRY_VOID(lines.finish());           // a last line without a newline counts
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "harness/base/result.h"

namespace assay::backends {

class ResultLines {
 public:
  static constexpr size_t kLineBytesMax = size_t{64} << 20;
  // `whole` false: the line is longer than allowed, and this is its beginning.
  using Take = std::function<Result<void>(std::string_view line, bool whole)>;

  explicit ResultLines(Take take, size_t line_bytes_max = kLineBytesMax)
      : take_(std::move(take)), line_bytes_max_(line_bytes_max) {}
  Result<void> feed(std::string_view bytes);
  Result<void> finish();

 private:
  Result<void> give(std::string_view line, bool whole);

  Take take_;
  size_t line_bytes_max_;
  std::string held_;  // of a line whose end has not come
  bool too_long_ = false;
};

}  // namespace assay::backends
