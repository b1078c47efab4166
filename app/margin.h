// A margin as people write it, the same for every command.
#pragma once

#include <string_view>

#include "harness/base/result.h"

namespace assay::app {

// "2pp", "2%p" or "2%": points of a hundred; "0.02": a share. Between 0 and 1, both left out.
Result<double> parse_margin(std::string_view text);

}  // namespace assay::app
