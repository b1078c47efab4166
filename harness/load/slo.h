// parse_slo: limits that make a request a good one, as `--slo` writes them.
//
// Where it stands: harness/load, while the command line is read.
//
//   ASSAY_TRY(const Slo slo, load::parse_slo("ttft=500ms,tpot=50ms,e2e=10s,at=p95"));
#pragma once

#include <string>

#include "harness/base/result.h"
#include "harness/types/load.h"

namespace assay::load {

// KEY=VALUE, separated by commas, each key once, in any order: ttft, ttfa, tpot, e2e with a time
// above 0 and at most a day (200ms, 1.5s, 50us, 2m; a bare number is seconds), and at: the share of
// requests that must be good, as p95, p99.9 or 95%, above 0 and at most 100. At least one time.
// Errors stand at "--slo"; an unknown key names the nearest known one.
Result<Slo> parse_slo(const std::string& text);

}  // namespace assay::load
