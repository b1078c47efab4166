// ReplyPlan: what one reply says, decided before its first byte: the text in tokens, and why it
// ends. A pure function of options, request and the request's key.
//
//   const ReplyPlan plan = plan_reply(options, ask, ask.prompts[0], key);
//   plan.token(0)   // "<think>river" with --reasoning tags
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "app/mock/mock_ask.h"
#include "app/mock/mock_options.h"
#include "harness/base/rng.h"

namespace assay::app::mock {

struct ReplyPlan {
  // Reasoning and answer behind each other; where reasoning stands in the content, its tags too,
  // each as part of the token beside it.
  std::string text;
  std::vector<uint32_t> ends;   // of the tokens in `text`
  size_t reasoning_tokens = 0;  // the first so many of them
  bool separate = false;        // reasoning has a field of its own
  bool length = false;          // cut by the token limit

  [[nodiscard]] std::string_view token(size_t i) const { return tokens(i, i + 1); }
  [[nodiscard]] std::string_view tokens(size_t first, size_t end) const {
    const size_t from = first == 0 ? 0 : ends[first - 1];
    return std::string_view(text).substr(from, (end == 0 ? 0 : ends[end - 1]) - from);
  }
  [[nodiscard]] size_t size() const { return ends.size(); }
};

ReplyPlan plan_reply(const MockOptions& options, const MockAsk& ask, const std::string& prompt,
                     uint64_t key);

// When tokens are due, from the request's arrival: the first after ttft, each next one itl later,
// each wait times its own jitter.
class TokenClock {
 public:
  TokenClock(const MockOptions& options, uint64_t key);
  Nanos first();               // once
  Nanos after(size_t tokens);  // the waits of so many further tokens, added up

 private:
  double factor();

  const MockOptions* options_;
  Rng rng_;
};

}  // namespace assay::app::mock
