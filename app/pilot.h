// The pilot of a plan: a run like any other, into a file of its own.
#pragma once

#include "app/run_flags.h"

namespace assay::app {

// As `assay run` with these flags; the int is its exit code. Defined beside it, in cmd_run.cc.
Result<int> run_pilot(const RunFlags& flags);

}  // namespace assay::app
