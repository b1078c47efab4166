#include "suites/score/tasks/code_reply.h"

#include <optional>
#include <utility>

#include "suites/template/text.h"

namespace assay::suites {
namespace {

constexpr std::string_view kFence = "```";
constexpr size_t kNone = std::string_view::npos;

// After an opening fence: the name of the language, which Python's \w+ takes, and a line end.
size_t after_language(std::string_view text, size_t at) {
  char32_t point = 0;
  while (at < text.size()) {
    const size_t n = jinja::decode_point(text, at, point);
    if (text[at] != '_' && !jinja::all_alphanumeric(text.substr(at, n))) break;
    at += n;
  }
  return at < text.size() && text[at] == '\n' ? at + 1 : at;
}

// One match of ```(?:\w+)?\n?(.*?)\n?``` at or after `from`; moves `from` behind it.
std::optional<std::string_view> next_block(std::string_view text, size_t& from) {
  const size_t open = text.find(kFence, from);
  if (open == kNone) return std::nullopt;
  const size_t begin = after_language(text, open + kFence.size());
  const size_t close = text.find(kFence, begin);
  if (close == kNone) return std::nullopt;
  from = close + kFence.size();
  std::string_view inside = text.substr(begin, close - begin);
  if (inside.ends_with('\n')) inside.remove_suffix(1);
  return inside;
}

std::string without_python(std::string_view text) {
  constexpr std::string_view kPython = "```python";
  std::string out;
  for (size_t at = 0;;) {
    const size_t found = text.find(kPython, at);
    out += text.substr(at, found == kNone ? kNone : found - at);
    if (found == kNone) return out;
    out += kFence;
    at = found + kPython.size();
  }
}

std::string opened_block(std::string_view reply) {
  size_t from = 0;
  const std::string opened = std::string(kFence) + std::string(reply);
  if (const auto block = next_block(opened, from)) return std::string(*block);
  from = 0;
  const std::string bare = without_python(reply);
  if (const auto block = next_block(bare, from)) return std::string(*block);
  return {};
}

std::string last_block(std::string_view reply) {
  std::optional<std::string_view> last;
  size_t from = 0;
  while (const auto block = next_block(reply, from)) last = block;
  return std::string(last.value_or(reply));
}

}  // namespace

std::string program_of(std::string_view reply, std::string_view prompt, CodeForm form) {
  switch (form) {
    case CodeForm::kCompletion:
      return std::string(prompt) + std::string(reply);
    case CodeForm::kOpenedCompletion:
      return std::string(prompt) + std::string(reply.substr(0, reply.find(kFence)));
    case CodeForm::kOpenedBlock:
      return opened_block(reply);
    case CodeForm::kBlock:
      return last_block(reply);
  }
  return {};  // every form is above
}

}  // namespace assay::suites
