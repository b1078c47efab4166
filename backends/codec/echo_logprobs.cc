#include "backends/codec/echo_logprobs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "backends/codec/wire_json.h"
#include "harness/base/json.h"

namespace assay::backends {
namespace {

struct Span {
  int64_t begin = 0;
  int64_t end = 0;
};

// Where each token stands, and where the continuation does, in the same unit.
struct Layout {
  std::vector<Span> tokens;
  int64_t context_end = 0;
  int64_t text_end = 0;
};

int64_t code_points(std::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

Error wrong(std::string message) { return input_error("logprobs", std::move(message)); }

std::string_view token_text(const Json& token) {
  return token.is_string() ? token.get_ref<const std::string&>() : std::string_view();
}

// Byte spans when `text` stands in the joined tokens behind `skip` tokens and `lead`.
std::optional<Layout> layout_of_bytes(const Json& tokens, std::string_view context,
                                      std::string_view text, size_t skip, std::string_view lead) {
  std::string joined;
  Layout layout;
  for (size_t i = 0; i < tokens.size(); ++i) {
    const auto begin = static_cast<int64_t>(joined.size());
    if (i >= skip) joined += token_text(tokens[i]);
    layout.tokens.push_back({begin, static_cast<int64_t>(joined.size())});
  }
  const std::string_view all = joined;
  if (!all.starts_with(lead) || !all.substr(lead.size()).starts_with(text)) return std::nullopt;
  layout.context_end = context.empty() ? 0 : static_cast<int64_t>(lead.size() + context.size());
  layout.text_end = static_cast<int64_t>(lead.size() + text.size());
  return layout;
}

Result<Layout> layout_of_offsets(const Json& logprobs, size_t tokens, std::string_view context,
                                 std::string_view text) {
  const Json* offsets = list_member(logprobs, "text_offset");
  if (offsets == nullptr || offsets->size() != tokens)
    return wrong("the tokens are not those of the text, and there is no `text_offset` for each");
  Layout layout;
  for (size_t i = 0; i < tokens; ++i) {
    const Json& at = (*offsets)[i];
    if (!at.is_number_integer() || at.get<int64_t>() < 0)
      return wrong(fmt::format("text_offset[{}] is {}, expected a count", i, dump_json(at)));
    layout.tokens.push_back({at.get<int64_t>(), 0});
  }
  layout.context_end = code_points(context);
  layout.text_end = code_points(text);
  for (size_t i = 0; i < tokens; ++i) {
    layout.tokens[i].end = i + 1 < tokens ? layout.tokens[i + 1].begin
                                          : std::max(layout.text_end, layout.tokens[i].begin);
  }
  return layout;
}

Result<Layout> layout_of(const Json& logprobs, const Json& tokens, std::string_view context,
                         std::string_view text) {
  for (const size_t skip : {size_t{0}, size_t{1}}) {
    for (const std::string_view lead : {std::string_view(), std::string_view(" ")}) {
      if (auto layout = layout_of_bytes(tokens, context, text, skip, lead))
        return std::move(*layout);
    }
  }
  return layout_of_offsets(logprobs, tokens.size(), context, text);
}

// Servers show a character of several tokens as empty ones in front of a full one: what begins at
// the border belongs to the continuation.
bool belongs(const Span& token, const Layout& layout) {
  return token.begin < layout.text_end &&
         (token.begin >= layout.context_end || token.end > layout.context_end);
}

bool is_greedy(const Json* top, size_t i, double logprob) {
  if (top == nullptr || i >= top->size() || !(*top)[i].is_object()) return false;
  const Json& best = (*top)[i];
  return !best.empty() && std::all_of(best.begin(), best.end(), [&](const Json& other) {
    return !other.is_number() || other.get<double>() <= logprob;
  });
}

}  // namespace

Result<EchoResult> echo_loglikelihood(const Json& logprobs, std::string_view context,
                                      std::string_view continuation, int64_t generated) {
  const Json* tokens = list_member(logprobs, "tokens");
  const Json* values = list_member(logprobs, "token_logprobs");
  if (tokens == nullptr || values == nullptr || tokens->size() != values->size())
    return wrong("expected `tokens` and as many `token_logprobs`");
  const std::string text = std::string(context) + std::string(continuation);
  ASSAY_TRY(const Layout layout, layout_of(logprobs, *tokens, context, text));
  size_t count = tokens->size();
  if (generated >= 0 && generated <= static_cast<int64_t>(count))
    count -= static_cast<size_t>(generated);
  EchoResult result;
  result.value.greedy = true;
  for (size_t i = 0; i < count; ++i) {
    const Span& span = layout.tokens[i];
    if (!belongs(span, layout)) continue;
    const Json& value = (*values)[i];
    if (value.is_null() && i == 0) continue;
    if (!value.is_number())
      return wrong(fmt::format("token_logprobs[{}] is {}", i, json_type_name(value)));
    const auto logprob = value.get<double>();
    result.value.sum += logprob;
    ++result.value.tokens;
    result.value.greedy =
        result.value.greedy && is_greedy(list_member(logprobs, "top_logprobs"), i, logprob);
    result.straddles = result.straddles || span.begin < layout.context_end;
  }
  if (result.value.tokens == 0) return wrong("no token belongs to the continuation");
  return result;
}

}  // namespace assay::backends
