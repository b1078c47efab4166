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

// Reasoning and answer behind each other. Seeded words are not kept but drawn again whenever they
// are needed (8,000 tokens of 1,024 streams would be 90 MB); any other text is.
struct ReplyPlan {
  struct Words {
    uint64_t key = 0;
    size_t count = 0;
    bool space = false;  // before the first one, too
    [[nodiscard]] std::string_view token(size_t i) const;
  };

  bool drawn = false;  // the tokens are those of `reasoning` and `answer`; otherwise of `text`
  Words reasoning;
  Words answer;
  // Where reasoning stands in the content, its tags too, each as part of the token beside it.
  std::string text;
  std::vector<uint32_t> ends;   // of the tokens in `text`
  size_t reasoning_tokens = 0;  // the first so many of them
  bool separate = false;        // reasoning has a field of its own
  bool length = false;          // cut by the token limit

  // Lives as long as the plan.
  [[nodiscard]] std::string_view token(size_t i) const;
  [[nodiscard]] std::string tokens(size_t first, size_t end) const;
  [[nodiscard]] std::string whole() const { return tokens(0, size()); }
  [[nodiscard]] size_t size() const { return drawn ? reasoning.count + answer.count : ends.size(); }
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
