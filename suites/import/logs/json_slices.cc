#include "suites/import/logs/json_slices.h"

#include <fmt/format.h>

#include <algorithm>

namespace assay::suites {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

class Walker {
 public:
  explicit Walker(std::string_view text) : text_(text) {}

  [[nodiscard]] size_t at() const { return at_; }
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  [[nodiscard]] bool ended() const { return at_ >= text_.size(); }
  void space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  bool take(char c) {
    space();
    if (peek() != c || ended()) return false;
    ++at_;
    return true;
  }
  // The text between the quotes.
  bool string(std::string_view& out) {
    if (!take('"')) return false;
    const size_t start = at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    if (ended()) return false;
    out = text_.substr(start, at_ - start);
    ++at_;
    return true;
  }
  // One value; false where the text ends inside it or where there is none.
  bool value() {
    space();
    std::string_view ignored;
    if (peek() == '"') return string(ignored);
    if (peek() == '{' || peek() == '[') return nested();
    const size_t start = at_;
    while (at_ < text_.size() && !is_space(text_[at_]) && text_[at_] != ',' && text_[at_] != ']' &&
           text_[at_] != '}') {
      ++at_;
    }
    return at_ > start;
  }

 private:
  bool nested() {
    size_t depth = 0;
    std::string_view ignored;
    do {
      const char c = peek();
      if (c == '"') {
        if (!string(ignored)) return false;
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      ++at_;
    } while (depth > 0 && at_ < text_.size());
    return depth == 0;
  }

  std::string_view text_;
  size_t at_ = 0;
};

// Moves into the object's member `key`, to where its value begins. False: it has none.
Result<bool> enter(Walker& walker, std::string_view key, std::string_view shown) {
  walker.space();
  if (!walker.take('{')) return false;
  if (walker.take('}')) return false;
  for (;;) {
    std::string_view name;
    if (!walker.string(name) || !walker.take(':')) break;
    walker.space();
    if (name == key) return true;
    if (!walker.value()) break;
    if (walker.take('}')) return false;
    if (!walker.take(',')) break;
  }
  return input_error(std::string(shown),
                     fmt::format("byte {}: found {}, expected the members of an object",
                                 walker.at(), walker.ended() ? "the end" : "something else"));
}

}  // namespace

Result<JsonSlices> slice_json(std::string_view text, const std::vector<std::string_view>& path,
                              std::string_view shown, size_t elements_max) {
  JsonSlices out;
  Walker walker(text);
  for (const std::string_view key : path) {
    ASSAY_TRY(const bool inside, enter(walker, key, shown));
    if (!inside) return out;
  }
  if (!walker.take('[')) return out;
  out.found = true;
  const size_t begin = walker.at();
  size_t end = begin;
  if (!walker.take(']')) {
    for (;;) {
      walker.space();
      const size_t start = walker.at();
      if (!walker.value()) {
        return input_error(std::string(shown),
                           fmt::format("byte {}: the element that begins here is never closed "
                                       "(the file is cut short, or no JSON)",
                                       start));
      }
      if (out.elements.size() >= elements_max) {
        return input_error(std::string(shown),
                           fmt::format("more than {} elements in the list", elements_max));
      }
      out.elements.push_back(text.substr(start, walker.at() - start));
      end = walker.at();
      if (walker.take(']')) break;
      if (!walker.take(',')) {
        return input_error(std::string(shown),
                           fmt::format("byte {}: found {}, expected `,` or `]`", walker.at(),
                                       walker.ended() ? "the end" : "something else"));
      }
    }
  }
  out.rest.reserve(begin + (text.size() - end));
  out.rest += text.substr(0, begin);
  out.rest += text.substr(end);
  return out;
}

std::vector<std::string> leading_keys(std::string_view text, size_t max) {
  std::vector<std::string> keys;
  Walker walker(text);
  walker.space();
  if (!walker.take('{')) return keys;
  while (keys.size() < max) {
    std::string_view name;
    if (!walker.string(name) || !walker.take(':')) break;
    keys.emplace_back(name.substr(0, std::min<size_t>(name.size(), 60)));
    if (!walker.value() || !walker.take(',')) break;
  }
  return keys;
}

}  // namespace assay::suites
