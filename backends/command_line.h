// split_command_line: a command line as words, without a shell: quotes group, a backslash takes the
// next character as it is, and nothing else is special (no $, no *, no ;).
//
// Called by the process backend, while the command line of assay is read.
//
//   split_command_line("python3 'my model.py' --t=0.5")   // {"python3", "my model.py", "--t=0.5"}
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace assay::backends {

// Within '...' everything is literal; within "..." a backslash escapes only " and \. Adjacent parts
// join into one word; '' is an empty word. Error: a quote without its end, with its column.
Result<std::vector<std::string>> split_command_line(std::string_view line);

}  // namespace assay::backends
