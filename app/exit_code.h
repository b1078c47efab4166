// Exit codes, the same for every command.
#pragma once

namespace assay::app {

enum ExitCode : int {
  kExitDone = 0,
  kExitRegression = 1,
  kExitUsage = 2,
  kExitInconclusive = 3,
  kExitInfrastructure = 4,
  kExitInterrupted = 130,
};

}  // namespace assay::app
