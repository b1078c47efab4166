// Writing what a command was asked for, to a file or to standard output.
#pragma once

#include <string>

#include "harness/base/result.h"

namespace assay::app {

// Writes `text` to `path` ("-": standard output) in one go, beside it first and then renamed, so
// that a reader never sees half a report.
Result<void> write_output(const std::string& path, const std::string& text);

}  // namespace assay::app
