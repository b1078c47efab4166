#include "suites/extract/json_object.h"

#include <algorithm>
#include <string>

#include "harness/base/json.h"

namespace assay::suites {
namespace {

// Length of the balanced object that starts at text[0] == '{', or 0 when it never closes. Braces in
// strings do not count.
size_t balanced_length(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '{') ++depth;
    if (c == '}' && --depth == 0) return i + 1;
  }
  return 0;
}

// `object` without the commas that stand before a closing bracket.
std::string without_trailing_commas(std::string_view object) {
  std::string out;
  out.reserve(object.size());
  bool in_string = false;
  for (size_t i = 0; i < object.size(); ++i) {
    const char c = object[i];
    if (in_string) {
      out += c;
      if (c == '\\' && i + 1 < object.size()) out += object[++i];
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '}' || c == ']') {
      const size_t last = out.find_last_not_of(" \t\r\n");
      if (last != std::string::npos && out[last] == ',') out.resize(last);
    }
    out += c;
  }
  return out;
}

std::optional<Json> parse_object(std::string_view text) {
  if (auto strict = parse_json(text, "answer"); strict && strict->is_object()) return *strict;
  auto forgiven = parse_json(without_trailing_commas(text), "answer");
  if (forgiven && forgiven->is_object()) return std::move(forgiven).value();
  return std::nullopt;
}

std::optional<Json> first_bare_object(std::string_view text) {
  size_t at = text.find('{');
  for (int tries = 0; at != std::string_view::npos && tries < kJsonCandidatesMax; ++tries) {
    const size_t length = balanced_length(text.substr(at));
    if (length > 0) {
      if (auto object = parse_object(text.substr(at, length))) return object;
    }
    at = text.find('{', at + 1);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Json> first_json_object(std::string_view text) {
  constexpr std::string_view kFence = "```";
  size_t open = text.find(kFence);
  for (int tries = 0; open != std::string_view::npos && tries < kJsonCandidatesMax; ++tries) {
    const size_t body = text.find('\n', open);
    if (body == std::string_view::npos) break;
    const size_t close = std::min(text.find(kFence, body), text.size());
    if (auto object = first_bare_object(text.substr(body, close - body))) return object;
    open = text.find(kFence, std::min(close + kFence.size(), text.size()));
  }
  return first_bare_object(text);
}

}  // namespace assay::suites
