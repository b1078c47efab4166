// LengthDistribution: how many tokens a prompt or a reply is asked to have.
//
//   ASSAY_TRY(const auto lengths, load::parse_lengths("lognormal:512,0.6", "--input-tokens"));
//   Rng rng(seed, request);
//   const int64_t tokens = lengths.draw(rng);
//
// Forms: "512" (fixed) · "uniform:100,900" · "normal:512,64" · "lognormal:512,0.6" (median, sigma
// of the logarithm) · "exponential:512" (mean) · "list:64,128,512" (each as likely) ·
// "file:lengths.txt" (one a line, each as likely). All but fixed take ",min=N,max=N"; draws outside
// are drawn again (truncated, not clamped), at most 1000 times, then clamped. Rounded to whole
// tokens, at least 1.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/base/rng.h"

namespace assay::load {

class LengthDistribution {
 public:
  enum class Kind : uint8_t { kFixed, kUniform, kNormal, kLognormal, kExponential, kList };
  Kind kind = Kind::kFixed;
  double a = 0;
  double b = 0;
  int64_t min = 1;
  int64_t max = 10'000'000;
  std::vector<int64_t> list;
  std::string text;  // as given

  [[nodiscard]] int64_t draw(Rng& rng) const;
};

Result<LengthDistribution> parse_lengths(const std::string& text, const std::string& where);

}  // namespace assay::load
