#include "suites/score/json_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "harness/base/json.h"

namespace assay::suites {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kFence = "```";
// Bags are compared by trying; longer lists keep their order.
constexpr size_t kBagItemsMax = 1000;

std::string_view strip(std::string_view text) {
  const size_t from = text.find_first_not_of(kSpace);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kSpace) - from + 1);
}

bool is_numeric(const Json& value, const JsonSameness& rule) {
  return value.is_number() || (rule.bool_is_number && value.is_boolean());
}

double number_of(const Json& value) {
  return value.is_boolean() ? (value.get<bool>() ? 1.0 : 0.0) : value.get<double>();
}

// Exactly where both are whole, however large.
bool same_integer(const Json& a, const Json& b) {
  if (a.is_number_unsigned() != b.is_number_unsigned()) {
    if ((a.is_number_unsigned() ? b : a).get<int64_t>() < 0) return false;
    return a.get<uint64_t>() == b.get<uint64_t>();
  }
  return a == b;
}

bool same_number(const Json& a, const Json& b, double tolerance) {
  if (a.is_number_integer() && b.is_number_integer() && tolerance <= 0) return same_integer(a, b);
  return number_of(a) == number_of(b) || std::fabs(number_of(a) - number_of(b)) <= tolerance;
}

bool same_object(const Json& got, const Json& wanted, const JsonSameness& rule);
bool same_list(const Json& got, const Json& wanted, const JsonSameness& rule);

// Members sorted by key: objects keep the order they were written in.
std::vector<std::pair<std::string_view, const Json*>> sorted_members(const Json& object) {
  std::vector<std::pair<std::string_view, const Json*>> members;
  members.reserve(object.size());
  for (const auto& [key, value] : object.items()) members.emplace_back(key, &value);
  std::sort(members.begin(), members.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  return members;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the values, at most kJsonDepthMax
bool same_object(const Json& got, const Json& wanted, const JsonSameness& rule) {
  if (rule.ignore_extra_keys ? got.size() < wanted.size() : got.size() != wanted.size()) {
    return false;
  }
  const auto have = sorted_members(got);
  auto at = have.begin();
  for (const auto& [key, value] : sorted_members(wanted)) {
    while (at != have.end() && at->first < key) ++at;
    if (at == have.end() || at->first != key || !same_json(*at->second, *value, rule)) return false;
  }
  return true;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the values, at most kJsonDepthMax
bool same_list(const Json& got, const Json& wanted, const JsonSameness& rule) {
  if (got.size() != wanted.size()) return false;
  if (!rule.ignore_list_order || got.size() > kBagItemsMax) {
    for (size_t i = 0; i < got.size(); ++i) {
      if (!same_json(got[i], wanted[i], rule)) return false;
    }
    return true;
  }
  std::vector<bool> taken(got.size());
  for (const Json& item : wanted) {
    bool found = false;
    for (size_t i = 0; i < got.size() && !found; ++i) {
      found = !taken[i] && same_json(got[i], item, rule);
      if (found) taken[i] = true;
    }
    if (!found) return false;
  }
  return true;
}

uint64_t mix(uint64_t a, uint64_t b) {
  uint64_t x = a ^ (b + 0x9E3779B97F4A7C15ULL + (a << 6U) + (a >> 2U));
  x ^= x >> 31U;
  return x * 0xBF58476D1CE4E5B9ULL;
}

// Length of the balanced object or list at the start of `text`; 0: it never closes. Strings do not
// count. Adds what it looked at to `seen`.
size_t balanced_length(std::string_view text, size_t& seen) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    ++seen;
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) return i + 1;
  }
  return 0;
}

// Calls `take` with each object and list that parses and is not inside another; false ends it.
void walk_json(std::string_view text, const std::function<bool(Json)>& take) {
  size_t seen = 0;
  size_t at = text.find_first_of("{[");
  for (size_t tries = 0; at != std::string_view::npos && tries < kJsonPiecesMax; ++tries) {
    const size_t length = balanced_length(text.substr(at), seen);
    size_t next = at + 1;
    if (length > 0) {
      if (auto value = parse_json(text.substr(at, length), "answer")) {
        next = at + length;
        if (!take(std::move(value).value())) return;
      }
    }
    if (seen > kJsonSearchCharsMax) return;
    at = text.find_first_of("{[", next);
  }
}

// The inside of the fence that `text` consists of; `text` itself otherwise.
std::string_view without_fence(std::string_view text) {
  if (!text.starts_with(kFence) || !text.ends_with(kFence)) return text;
  const size_t body = text.find('\n');
  if (body == std::string_view::npos || body + kFence.size() > text.size()) return text;
  const std::string_view inside = text.substr(body, text.size() - body - kFence.size());
  return inside.find(kFence) == std::string_view::npos ? strip(inside) : text;
}

std::optional<Json> first_fenced(std::string_view text) {
  size_t open = text.find(kFence);
  for (size_t tries = 0; open != std::string_view::npos && tries < kJsonPiecesMax; ++tries) {
    const size_t body = text.find('\n', open);
    if (body == std::string_view::npos) return std::nullopt;
    const size_t close = std::min(text.find(kFence, body), text.size());
    if (auto value = parse_json(strip(text.substr(body, close - body)), "answer")) {
      return std::move(value).value();
    }
    open = text.find(kFence, std::min(close + kFence.size(), text.size()));
  }
  return std::nullopt;
}

}  // namespace

// NOLINTNEXTLINE(misc-no-recursion): as deep as the values, at most kJsonDepthMax
bool same_json(const Json& got, const Json& wanted, const JsonSameness& rule) {
  if (is_numeric(got, rule) && is_numeric(wanted, rule)) {
    return same_number(got, wanted, rule.tolerance);
  }
  if (got.is_object() && wanted.is_object()) return same_object(got, wanted, rule);
  if (got.is_array() && wanted.is_array()) return same_list(got, wanted, rule);
  return got.type() == wanted.type() && !got.is_object() && !got.is_array() && got == wanted;
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the value, at most kJsonDepthMax
uint64_t hash_json(const Json& value, uint64_t& steps) {
  ++steps;
  if (value.is_object()) {
    uint64_t sum = 17;  // keys come in any order
    for (const auto& [key, member] : value.items()) {
      sum += mix(std::hash<std::string_view>{}(key), hash_json(member, steps));
    }
    return sum;
  }
  if (value.is_array()) {
    uint64_t all = 23;
    for (const Json& item : value) all = mix(all, hash_json(item, steps));
    return all;
  }
  if (value.is_string()) {
    return std::hash<std::string_view>{}(value.get_ref<const std::string&>());
  }
  if (value.is_number()) return mix(3, std::hash<double>{}(value.get<double>() + 0.0));
  return value.is_boolean() ? (value.get<bool>() ? 5 : 7) : 11;
}

Result<Json> whole_json(std::string_view text) {
  return parse_json(without_fence(strip(text)), "answer");
}

std::optional<Json> find_json_value(std::string_view text) {
  if (auto whole = whole_json(text)) return std::move(whole).value();
  if (auto fenced = first_fenced(text)) return fenced;
  std::optional<Json> found;
  walk_json(text, [&](Json value) {
    found = std::move(value);
    return false;
  });
  return found;
}

std::vector<Json> all_json_values(std::string_view text) {
  std::vector<Json> all;
  walk_json(text, [&](Json value) {
    all.push_back(std::move(value));
    return true;
  });
  return all;
}

Result<Json> doc_column(const std::string& doc, const std::string& name) {
  Result<Json> row = parse_json(doc, "row");
  if (!row || !row->is_object()) return input_error("", "the sample's row is not known");
  const Json* value = find_member(*row, name);
  if (value == nullptr) return input_error("", fmt::format("the row has no column `{}`", name));
  return *value;
}

}  // namespace assay::suites
