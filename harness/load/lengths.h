// LengthDistribution: how many tokens a prompt or a reply is asked to have.
//
//   ASSAY_TRY(const auto lengths, load::parse_lengths("lognormal:512,0.6", "--input-tokens"));
//   Rng rng(seed, request);
//   const int64_t tokens = lengths.draw(rng);
//
// Forms: "512" (fixed) · "uniform:100,900" (whole numbers, both ends included) · "normal:512,64"
// (mean, standard deviation) · "lognormal:512,0.6" (median, sigma of the logarithm) ·
// "exponential:512" (mean) · "list:64,128,512" (each as likely) · "file:lengths.txt" (one a line,
// each as likely). All but fixed take ",min=N,max=N"; draws outside are drawn again (truncated, not
// clamped), at most kDrawsMax times, then clamped. Rounded to whole tokens, at least 1. The mean of
// what is drawn is therefore not the mean that was named where a bound cuts much off.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/base/rng.h"

namespace assay::load {

inline constexpr int64_t kLengthMax = 10'000'000;  // tokens
inline constexpr size_t kLengthsMax = 1'000'000;   // of a list or file
inline constexpr size_t kLengthFileBytesMax = 16'777'216;
inline constexpr int kDrawsMax = 1000;

class LengthDistribution {
 public:
  enum class Kind : uint8_t { kFixed, kUniform, kNormal, kLognormal, kExponential, kList };
  Kind kind = Kind::kFixed;
  double a = 0;  // fixed: the length; uniform: lowest; normal, exponential: mean; lognormal: median
  double b = 0;  // uniform: highest; normal: standard deviation; lognormal: sigma
  int64_t min = 1;
  int64_t max = kLengthMax;
  std::vector<int64_t> list;  // not empty for kList; those outside min..max are left out
  std::string text;           // as given; empty: nobody gave one

  // Within min..max, whatever the parameters are. A fixed length takes no chance from `rng`.
  [[nodiscard]] int64_t draw(Rng& rng) const;
};

// `where` is the flag or key that said it. Errors: an unknown form (the nearest known one is
// named), too few or too many parameters, one that is no number or out of its range, no length
// between min and max, a file that cannot be read or has a line that is no length (place:
// file:line).
Result<LengthDistribution> parse_lengths(const std::string& text, const std::string& where);

// The lines of a "file:" from bytes: whole numbers 1..kLengthMax, one a line, empty lines skipped,
// CRLF and a byte order mark accepted. `name` is for messages.
Result<std::vector<int64_t>> parse_length_lines(std::string_view bytes, const std::string& name);

}  // namespace assay::load
