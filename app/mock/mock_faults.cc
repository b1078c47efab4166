#include "app/mock/mock_faults.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "harness/base/rng.h"

namespace assay::app::mock {
namespace {

// In the order of FaultKind.
constexpr std::array<std::string_view, kFaultKinds> kNames = {
    "429",         "500",       "503",          "reset",        "malformed",        "stall",
    "stall_mid",   "truncated", "content_type", "slow_headers", "error_mid_stream", "redirect",
    "huge_header", "gzip_bomb", "endless",      "hang"};

constexpr uint64_t kFaultStream = 0xFA017;
constexpr uint64_t kRequestStream = 0x5EED;

}  // namespace

std::string_view fault_name(FaultKind kind) { return kNames.at(static_cast<size_t>(kind)); }

std::optional<FaultKind> fault_from_name(std::string_view name) {
  const auto* found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<FaultKind>(found - kNames.begin());
}

std::optional<double> parse_share(std::string_view text) {
  const bool percent = !text.empty() && text.back() == '%';
  if (percent) text.remove_suffix(1);
  double value = 0;
  const auto [stop, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || stop != text.data() + text.size() || text.empty()) return {};
  if (percent) value /= 100;
  if (!(value >= 0 && value <= 1)) return {};
  return value;
}

Result<std::vector<FaultShare>> parse_fault_shares(std::string_view text) {
  std::vector<FaultShare> shares;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    const size_t equals = part.find('=');
    const std::optional<FaultKind> kind = fault_from_name(part.substr(0, equals));
    if (!kind) {
      return input_error("--fault", fmt::format("`{}` is no kind of fault; there are {}",
                                                part.substr(0, equals), fmt::join(kNames, ", ")));
    }
    const std::optional<double> share =
        equals == std::string_view::npos ? 1.0 : parse_share(part.substr(equals + 1));
    if (!share) {
      return input_error("--fault", fmt::format("the share of `{}` is not 0..1 or 0..100%", part));
    }
    shares.push_back({*kind, *share});
  }
  return shares;
}

FaultPlan::Draw FaultPlan::draw(uint64_t body_hash) {
  Body unknown;
  const auto found = bodies_.find(body_hash);
  const bool remember = found != bodies_.end() || bodies_.size() < kBodiesMax;
  Body& body = remember ? bodies_[body_hash] : unknown;
  Draw draw;
  draw.seen = body.seen++;
  draw.key = Rng(seed_, kRequestStream, body_hash, draw.seen).next();
  if (per_body_max_ && body.faults >= *per_body_max_) return draw;
  double u = Rng(seed_, kFaultStream, body_hash, draw.seen).uniform();
  for (const FaultShare& share : shares_) {
    if (u < share.share) {
      ++body.faults;
      draw.fault = share.kind;
      return draw;
    }
    u -= share.share;
  }
  return draw;
}

}  // namespace assay::app::mock
