#include "harness/types/response.h"

#include <array>
#include <utility>

namespace assay {
namespace {

constexpr std::array<std::pair<Outcome, std::string_view>, 14> kNames{{
    {Outcome::kOk, "ok"},
    {Outcome::kLength, "length"},
    {Outcome::kCutOffWhileThinking, "cut_off_while_thinking"},
    {Outcome::kRefused, "refused"},
    {Outcome::kRateLimited, "rate_limited"},
    {Outcome::kServerError, "server_error"},
    {Outcome::kConnectError, "connect_error"},
    {Outcome::kTimeout, "timeout"},
    {Outcome::kTruncated, "truncated"},
    {Outcome::kMalformed, "malformed"},
    {Outcome::kCrashed, "crashed"},
    {Outcome::kRejected, "rejected"},
    {Outcome::kDenied, "denied"},
    {Outcome::kCancelled, "cancelled"},
}};

}  // namespace

std::string_view outcome_name(Outcome outcome) {
  return kNames[static_cast<size_t>(outcome)].second;
}

std::optional<Outcome> outcome_from_name(std::string_view name) {
  for (const auto& [outcome, text] : kNames) {
    if (text == name) return outcome;
  }
  return std::nullopt;
}

std::string_view usage_source_name(UsageSource source) {
  constexpr std::array<std::string_view, 3> kSources{"missing", "reported", "split_estimated"};
  return kSources[static_cast<size_t>(source)];
}

bool is_answer(Outcome outcome) { return outcome <= Outcome::kRefused; }

bool is_retryable(Outcome outcome) {
  return outcome >= Outcome::kRateLimited && outcome <= Outcome::kCrashed;
}

}  // namespace assay
