#include "app/mock/mock_reply.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "app/mock/pseudo_model.h"

namespace assay::app::mock {
namespace {

constexpr uint64_t kReasoningStream = 0x7A1;
constexpr uint64_t kAnswerStream = 0x7A2;
constexpr uint64_t kJitterStream = 0x7A3;
constexpr std::string_view kOpenTag = "<think>";
constexpr std::string_view kCloseTag = "</think>";

std::string answer_text(const MockOptions& options, const MockAsk& ask, const std::string& prompt,
                        uint64_t key) {
  for (const AnswerRule& rule : options.answers) {
    const bool fits =
        rule.equals ? prompt == rule.match : prompt.find(rule.match) != std::string::npos;
    if (fits) return rule.answer;
  }
  if (options.reply == ReplyMode::kEcho) return prompt;
  if (options.reply == ReplyMode::kText) return options.text;
  const bool exact = ask.ignore_eos && ask.max_tokens;
  const std::string words =
      seeded_words(Rng(key, kAnswerStream).next(), exact ? *ask.max_tokens : options.tokens);
  // A completion goes on behind the prompt's last word.
  return ask.endpoint == Endpoint::kCompletions && !words.empty() ? " " + words : words;
}

void cut_at_stop(const std::vector<std::string>& stops, std::string& text) {
  size_t end = text.size();
  for (const std::string& stop : stops) {
    if (!stop.empty()) end = std::min(end, text.find(stop));
  }
  text.resize(std::min(end, text.size()));
}

// Appends the first `count` tokens of `text`, `lead` and `trail` glued to the outer ones.
void add_tokens(ReplyPlan& plan, std::string_view text, const std::vector<uint32_t>& ends,
                size_t count, std::string_view lead, std::string_view trail) {
  if (count == 0) return;
  plan.text += lead;
  const size_t base = plan.text.size();
  plan.text += text.substr(0, ends[count - 1]);
  plan.text += trail;
  for (size_t i = 0; i < count; ++i) plan.ends.push_back(static_cast<uint32_t>(base + ends[i]));
  plan.ends.back() += static_cast<uint32_t>(trail.size());
}

}  // namespace

ReplyPlan plan_reply(const MockOptions& options, const MockAsk& ask, const std::string& prompt,
                     uint64_t key) {
  using Style = ReasoningMode::Style;
  const Style style = options.reasoning.style;
  const bool own_field = style == Style::kField || style == Style::kFieldOpenrouter;
  ReplyPlan plan;
  std::string reasoning;
  // A completion has no field for it.
  if (style != Style::kNone && !(own_field && ask.endpoint == Endpoint::kCompletions)) {
    reasoning = seeded_words(Rng(key, kReasoningStream).next(), options.reasoning_tokens);
    plan.separate = own_field;
  }
  std::string answer = answer_text(options, ask, prompt, key);
  cut_at_stop(ask.stop, answer);
  const std::vector<uint32_t> reasoning_ends = token_ends(reasoning);
  const std::vector<uint32_t> answer_ends = token_ends(answer);

  size_t limit =
      ask.max_tokens ? static_cast<size_t>(*ask.max_tokens) : std::numeric_limits<size_t>::max();
  const bool truncated = options.reasoning.truncated && !reasoning.empty();
  if (truncated) limit = std::min(limit, reasoning_ends.size());
  plan.reasoning_tokens = std::min(limit, reasoning_ends.size());
  const size_t answer_tokens = std::min(limit - plan.reasoning_tokens, answer_ends.size());
  plan.length = truncated ||
                plan.reasoning_tokens + answer_tokens < reasoning_ends.size() + answer_ends.size();

  const bool in_text = !reasoning.empty() && !own_field;
  const std::string_view open = in_text && style == Style::kTags ? kOpenTag : "";
  const std::string_view close = in_text ? kCloseTag : "";
  // The closing tag goes with the answer; where there is none to say, with the reasoning.
  add_tokens(plan, reasoning, reasoning_ends, plan.reasoning_tokens, open,
             answer_ends.empty() && !plan.length ? close : "");
  add_tokens(plan, answer, answer_ends, answer_tokens, close, "");
  return plan;
}

TokenClock::TokenClock(const MockOptions& options, uint64_t key)
    : options_(&options), rng_(key, kJitterStream) {}

double TokenClock::factor() {
  const Jitter& jitter = options_->jitter;
  switch (jitter.kind) {
    case Jitter::Kind::kNone:
      return 1;
    case Jitter::Kind::kUniform:
      return 1 + jitter.amount * (2 * rng_.uniform() - 1);
    case Jitter::Kind::kLognormal:  // mean 1
      return rng_.lognormal(-jitter.amount * jitter.amount / 2, jitter.amount);
  }
  return 1;
}

Nanos TokenClock::first() {
  return Nanos(std::llround(static_cast<double>(options_->ttft.count()) * factor()));
}

Nanos TokenClock::after(size_t tokens) {
  if (options_->jitter.kind == Jitter::Kind::kNone) {
    return options_->itl * static_cast<int64_t>(tokens);
  }
  double factors = 0;
  for (size_t i = 0; i < tokens; ++i) factors += factor();
  return Nanos(std::llround(static_cast<double>(options_->itl.count()) * factors));
}

}  // namespace assay::app::mock
