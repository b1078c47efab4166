// Params: the ?key=value part of a model spec, read with types and limits. Every key that is not
// read is an error of finish(), so a misspelt parameter never passes silently.
//
// Called by the factories of backends/, while the command line is read.
//
//   Params params(spec);
//   ASSAY_TRY(const int64_t psm, params.integer("psm", 3, 0, 13));
//   ASSAY_TRY(const Nanos delay, params.duration("delay", 200ms));
//   ASSAY_TRY_VOID(params.finish());
//
// Errors stand at the model spec: "model `tesseract:kor?psm=99`: parameter `psm` is `99`, expected
// an integer 0..13".
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "backends/registry.h"
#include "harness/base/clock.h"
#include "harness/base/duration.h"
#include "harness/base/result.h"

namespace assay::backends {

class Params {
 public:
  static constexpr Nanos kDurationMax = std::chrono::hours(24);

  explicit Params(const ModelSpec& spec) : spec_(&spec) {}  // `spec` outlives this

  [[nodiscard]] bool has(std::string_view key) const;
  // Decimal or scientific, finite, min <= value <= max.
  Result<double> number(std::string_view key, double fallback, double min, double max);
  Result<int64_t> integer(std::string_view key, int64_t fallback, int64_t min, int64_t max);
  // "200ms", "0.2s", "15us", "40ns", "2m", "1h"; a bare number is seconds. 0 <= value <= max.
  Result<Nanos> duration(std::string_view key, Nanos fallback, Nanos max = kDurationMax);
  // 1/0, true/false, yes/no, on/off; the key alone ("?realtime") is true.
  Result<bool> flag(std::string_view key, bool fallback);
  std::string text(std::string_view key, const std::string& fallback);
  Result<std::string> one_of(std::string_view key, const std::string& fallback,
                             const std::vector<std::string>& allowed);
  // Error on the first key that no getter asked for; names the nearest one that was.
  [[nodiscard]] Result<void> finish() const;

  // An error that stands at this spec, for checks a getter cannot make.
  [[nodiscard]] Error error(std::string message) const;

 private:
  const std::string* find(std::string_view key);
  [[nodiscard]] Error bad_value(std::string_view key, std::string_view value,
                                std::string_view expected) const;

  const ModelSpec* spec_;
  std::vector<std::string> asked_;
};

using assay::parse_duration;  // as Params::duration reads it

}  // namespace assay::backends
