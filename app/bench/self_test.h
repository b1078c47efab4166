// The self-test of `assay bench`: loads on `assay mock`, whose log knows the true times, and the
// differences. Nothing else tells how far this program's figures can be believed on this machine.
#pragma once

#include <stop_token>

#include "app/bench/bench_flags.h"
#include "harness/base/result.h"

namespace assay::app {

// Prints a table (or JSON); 0: the errors are within the stated limits, 4: beyond them.
Result<int> run_self_test(const BenchFlags& flags, const std::stop_token& stop);

}  // namespace assay::app
