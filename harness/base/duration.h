// parse_duration: a time as people write it in flags, files and model specs.
//
// Where it stands: the lowest layer; called while settings are read, never on the clock.
//
//   ASSAY_TRY(const Nanos delay, parse_duration("200ms"));
#pragma once

#include <string_view>

#include "harness/base/clock.h"
#include "harness/base/result.h"

namespace assay {

// "200ms", "0.2s", "15us", "40ns", "2m", "1h"; a bare number is seconds. Rounded to the nearest
// nanosecond. Errors (without a place: the caller knows it): no number, an unknown unit, below 0,
// not finite, above 2^62 ns (146 years).
Result<Nanos> parse_duration(std::string_view text);

}  // namespace assay
