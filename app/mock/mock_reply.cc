#include "app/mock/mock_reply.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "app/mock/pseudo_model.h"

namespace assay::app::mock {
namespace {

constexpr uint64_t kReasoningStream = 0x7A1;
constexpr uint64_t kAnswerStream = 0x7A2;
constexpr uint64_t kJitterStream = 0x7A3;
constexpr std::string_view kOpenTag = "<think>";
constexpr std::string_view kCloseTag = "</think>";

// The answer where it is no seeded words.
std::optional<std::string> answer_text(const MockOptions& options, const std::string& prompt) {
  for (const AnswerRule& rule : options.answers) {
    const bool fits =
        rule.equals ? prompt == rule.match : prompt.find(rule.match) != std::string::npos;
    if (fits) return rule.answer;
  }
  if (options.reply == ReplyMode::kEcho) return prompt;
  if (options.reply == ReplyMode::kText) return options.text;
  return std::nullopt;
}

// `count`: how many there would be without a limit.
ReplyPlan::Words answer_words(const MockOptions& options, const MockAsk& ask, uint64_t key) {
  const bool exact = ask.ignore_eos && ask.max_tokens;
  const int64_t count = exact ? *ask.max_tokens : options.tokens;
  // A completion goes on behind the prompt's last word.
  return {Rng(key, kAnswerStream).next(), static_cast<size_t>(count),
          ask.endpoint == Endpoint::kCompletions};
}

std::string text_of(const ReplyPlan::Words& words) {
  std::string out;
  for (size_t i = 0; i < words.count; ++i) out += words.token(i);
  return out;
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

// How many tokens the limits leave, of so many without them.
void set_lengths(const MockOptions& options, const MockAsk& ask, size_t reasoning, size_t answer,
                 ReplyPlan& plan) {
  size_t limit =
      ask.max_tokens ? static_cast<size_t>(*ask.max_tokens) : std::numeric_limits<size_t>::max();
  const bool truncated = options.reasoning.truncated && reasoning > 0;
  if (truncated) limit = std::min(limit, reasoning);
  plan.reasoning_tokens = std::min(limit, reasoning);
  plan.reasoning.count = plan.reasoning_tokens;
  plan.answer.count = std::min(limit - plan.reasoning_tokens, answer);
  plan.length = truncated || plan.reasoning_tokens + plan.answer.count < reasoning + answer;
}

}  // namespace

std::string_view ReplyPlan::Words::token(size_t i) const {
  const std::string_view word = seeded_word(key, i);
  return i == 0 && !space ? word.substr(1) : word;
}

std::string_view ReplyPlan::token(size_t i) const {
  if (drawn) {
    return i < reasoning.count ? reasoning.token(i) : answer.token(i - reasoning.count);
  }
  const size_t from = i == 0 ? 0 : ends[i - 1];
  return std::string_view(text).substr(from, ends[i] - from);
}

std::string ReplyPlan::tokens(size_t first, size_t end) const {
  std::string out;
  for (size_t i = first; i < end; ++i) out += token(i);
  return out;
}

ReplyPlan plan_reply(const MockOptions& options, const MockAsk& ask, const std::string& prompt,
                     uint64_t key) {
  using Style = ReasoningMode::Style;
  const Style style = options.reasoning.style;
  const bool chat = ask.endpoint != Endpoint::kCompletions;
  ReplyPlan plan;
  if (chat && options.tool_call == ToolCallMode::kOnly) return plan;
  const bool own_field = style == Style::kField || style == Style::kFieldOpenrouter;
  // A completion has no field for it.
  if (style != Style::kNone && (chat || !own_field)) {
    plan.reasoning = {Rng(key, kReasoningStream).next(),
                      static_cast<size_t>(options.reasoning_tokens), false};
    plan.separate = own_field;
  }
  std::optional<std::string> given = answer_text(options, prompt);
  plan.answer = answer_words(options, ask, key);
  const bool in_text = plan.reasoning.count > 0 && !own_field;
  plan.drawn = !given && ask.stop.empty() && !in_text;
  if (plan.drawn) {
    set_lengths(options, ask, plan.reasoning.count, plan.answer.count, plan);
    return plan;
  }

  const std::string reasoning = text_of(plan.reasoning);
  std::string answer = given ? std::move(*given) : text_of(plan.answer);
  cut_at_stop(ask.stop, answer);
  const std::vector<uint32_t> reasoning_ends = token_ends(reasoning);
  const std::vector<uint32_t> answer_ends = token_ends(answer);
  set_lengths(options, ask, reasoning_ends.size(), answer_ends.size(), plan);
  const std::string_view open = in_text && style == Style::kTags ? kOpenTag : "";
  const std::string_view close = in_text ? kCloseTag : "";
  // The closing tag goes with the answer; where there is none to say, with the reasoning.
  add_tokens(plan, reasoning, reasoning_ends, plan.reasoning_tokens, open,
             answer_ends.empty() && !plan.length ? close : "");
  add_tokens(plan, answer, answer_ends, plan.answer.count, close, "");
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
