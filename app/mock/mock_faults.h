// FaultPlan: which request meets which fault. The decision depends on the seed, the bytes of the
// request and how often these bytes were asked before: not on the order in which requests arrive,
// so that a run repeats whatever its concurrency.
//
// Where it stands: asked once per accepted request, by the loop thread.
//
//   FaultPlan plan(shares, seed, faults_per_body_max);
//   const Draw draw = plan.draw(hash_text(body));
//   if (draw.fault) inject(*draw.fault);
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/base/result.h"

namespace assay::app::mock {

enum class FaultKind : uint8_t {
  k429,
  k500,
  k503,
  kReset,           // RST, before the headers or in the middle of the reply
  kMalformed,       // broken JSON
  kStall,           // headers, then nothing
  kStallMidStream,  // half of the reply, then nothing
  kTruncated,       // ends without a finish reason
  kContentType,     // 200 with an HTML page
  kSlowHeaders,     // headers a byte at a time, without end
  kErrorMidStream,  // an error object behind half of the reply
  kRedirect,        // 302
  kHugeHeader,      // 1 MiB of one header
  kGzipBomb,        // 16 GiB of white space in a few MiB of gzip
  kEndless,         // text without end
  kHang,            // nothing at all
};
inline constexpr size_t kFaultKinds = 16;

std::string_view fault_name(FaultKind kind);
std::optional<FaultKind> fault_from_name(std::string_view name);

struct FaultShare {
  FaultKind kind{};
  double share = 0;  // of requests, 0..1
};
// "10%" or "0.1": a share of 0 to 1.
std::optional<double> parse_share(std::string_view text);
// "429=10%,reset=0.02"; errors name the part that is wrong and the kinds there are.
Result<std::vector<FaultShare>> parse_fault_shares(std::string_view text);

class FaultPlan {
 public:
  // Bodies beyond this many are not remembered: each is then seen for the first time.
  static constexpr size_t kBodiesMax = size_t{4} << 20;

  struct Draw {
    std::optional<FaultKind> fault;
    uint32_t seen = 0;  // how often this body was asked before
    uint64_t key = 0;   // of further chance for this request
  };

  FaultPlan(std::vector<FaultShare> shares, uint64_t seed, std::optional<uint32_t> per_body_max)
      : shares_(std::move(shares)), seed_(seed), per_body_max_(per_body_max) {}

  Draw draw(uint64_t body_hash);
  void reset() { bodies_.clear(); }
  [[nodiscard]] size_t bodies() const { return bodies_.size(); }

 private:
  struct Body {
    uint32_t seen = 0;
    uint32_t faults = 0;
  };

  std::vector<FaultShare> shares_;
  uint64_t seed_;
  std::optional<uint32_t> per_body_max_;
  std::unordered_map<uint64_t, Body> bodies_;
};

}  // namespace assay::app::mock
