#include "suites/score/json_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "harness/base/json.h"
#include "suites/extract/pattern.h"
#include "suites/score/json_format.h"
#include "suites/score/json_value.h"

namespace assay::suites {
namespace {

using Refs = std::map<const Json*, const Json*>;
using Patterns = std::map<std::string, Pattern, std::less<>>;

// What a keyword's value is, for the check of compile() and its walk.
enum class Shape : uint8_t {
  kAny,
  kSchema,
  kSchemas,       // a list of schemas, not empty
  kNamedSchemas,  // an object of schemas
  kItems,         // a schema, or (older drafts) a list of them
  kDependencies,  // an object of schemas or lists of names
  kCount,
  kNumber,
  kBound,  // a number, or (draft 4) a boolean
  kText,
  kFlag,
  kNames,
  kNamesByName,
  kType,
  kList,
  kRefused,
};

struct KeywordShape {
  std::string_view name;
  Shape shape;
};

constexpr std::array<KeywordShape, 52> kShapes{{
    {"$anchor", Shape::kText},
    {"$defs", Shape::kNamedSchemas},
    {"$dynamicRef", Shape::kRefused},
    {"$id", Shape::kText},
    {"$recursiveRef", Shape::kRefused},
    {"$ref", Shape::kText},
    {"additionalItems", Shape::kSchema},
    {"additionalProperties", Shape::kSchema},
    {"allOf", Shape::kSchemas},
    {"anyOf", Shape::kSchemas},
    {"const", Shape::kAny},
    {"contains", Shape::kSchema},
    {"definitions", Shape::kNamedSchemas},
    {"dependencies", Shape::kDependencies},
    {"dependentRequired", Shape::kNamesByName},
    {"dependentSchemas", Shape::kNamedSchemas},
    {"else", Shape::kSchema},
    {"enum", Shape::kList},
    {"exclusiveMaximum", Shape::kBound},
    {"exclusiveMinimum", Shape::kBound},
    {"format", Shape::kText},
    {"if", Shape::kSchema},
    {"items", Shape::kItems},
    {"maxContains", Shape::kCount},
    {"maxItems", Shape::kCount},
    {"maxLength", Shape::kCount},
    {"maxProperties", Shape::kCount},
    {"maximum", Shape::kNumber},
    {"minContains", Shape::kCount},
    {"minItems", Shape::kCount},
    {"minLength", Shape::kCount},
    {"minProperties", Shape::kCount},
    {"minimum", Shape::kNumber},
    {"multipleOf", Shape::kNumber},
    {"not", Shape::kSchema},
    {"oneOf", Shape::kSchemas},
    {"pattern", Shape::kText},
    {"patternProperties", Shape::kNamedSchemas},
    {"prefixItems", Shape::kSchemas},
    {"properties", Shape::kNamedSchemas},
    {"propertyNames", Shape::kSchema},
    {"required", Shape::kNames},
    {"then", Shape::kSchema},
    {"type", Shape::kType},
    {"unevaluatedItems", Shape::kRefused},
    {"unevaluatedProperties", Shape::kRefused},
    {"uniqueItems", Shape::kFlag},
    {"$schema", Shape::kText},
    {"$comment", Shape::kAny},
    {"title", Shape::kAny},
    {"description", Shape::kAny},
    {"default", Shape::kAny},
}};

constexpr std::array<std::string_view, 7> kTypes{"array",  "boolean", "integer", "null",
                                                 "number", "object",  "string"};

Shape shape_of(std::string_view keyword) {
  for (const KeywordShape& row : kShapes) {
    if (row.name == keyword) return row.shape;
  }
  return Shape::kAny;
}

bool is_names(const Json& value) {
  return value.is_array() &&
         std::all_of(value.begin(), value.end(), [](const Json& n) { return n.is_string(); });
}

bool is_type_name(const Json& value) {
  return value.is_string() && std::find(kTypes.begin(), kTypes.end(),
                                        value.get_ref<const std::string&>()) != kTypes.end();
}

bool is_count(const Json& value) {
  return value.is_number() && value.get<double>() >= 0 &&
         value.get<double>() == std::floor(value.get<double>());
}

// What was expected; empty: the value is right.
std::string_view expected_instead(Shape shape, const Json& value) {
  const auto unless = [](bool right, std::string_view expected) {
    return right ? std::string_view() : expected;
  };
  switch (shape) {
    case Shape::kAny:
      return "";
    case Shape::kSchema:
      return unless(value.is_object() || value.is_boolean(), "a schema");
    case Shape::kItems:
      return unless(value.is_object() || value.is_boolean() || value.is_array(), "a schema");
    case Shape::kSchemas:
      return unless(value.is_array() && !value.empty(), "a list of schemas");
    case Shape::kNamedSchemas:
    case Shape::kDependencies:
      return unless(value.is_object(), "an object of schemas");
    case Shape::kCount:
      return unless(is_count(value), "a whole number from 0");
    case Shape::kNumber:
      return unless(value.is_number(), "a number");
    case Shape::kBound:
      return unless(value.is_number() || value.is_boolean(), "a number");
    case Shape::kText:
      return unless(value.is_string(), "a string");
    case Shape::kFlag:
      return unless(value.is_boolean(), "true or false");
    case Shape::kList:
      return unless(value.is_array(), "a list");
    case Shape::kNames:
      // Draft 3's `required: true` inside a property is no list and has no meaning here.
      return unless(is_names(value) || value.is_boolean(), "a list of names");
    case Shape::kNamesByName:
      return unless(value.is_object() && std::all_of(value.begin(), value.end(), is_names),
                    "an object of lists of names");
    case Shape::kType:
      return unless(is_type_name(value) || (value.is_array() && !value.empty() &&
                                            std::all_of(value.begin(), value.end(), is_type_name)),
                    "array, boolean, integer, null, number, object, string or a list of these");
    case Shape::kRefused:
      return "another keyword: this one is not supported";
  }
  return "";
}

std::string pointer_token(std::string_view key) {
  std::string out = "/";
  for (const char c : key) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// %41 and ~1 undone.
std::string unescaped(std::string_view token) {
  std::string bytes;
  for (size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '%' && i + 2 < token.size() && hex_digit(token[i + 1]) >= 0 &&
        hex_digit(token[i + 2]) >= 0) {
      bytes += static_cast<char>(hex_digit(token[i + 1]) * 16 + hex_digit(token[i + 2]));
      i += 2;
    } else {
      bytes += token[i];
    }
  }
  std::string out;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (bytes[i] == '~' && i + 1 < bytes.size() && (bytes[i + 1] == '0' || bytes[i + 1] == '1')) {
      out += bytes[++i] == '0' ? '~' : '/';
    } else {
      out += bytes[i];
    }
  }
  return out;
}

// Where "/a/0/b" leads from `root`, or nullptr.
const Json* follow_pointer(const Json& root, std::string_view pointer) {
  const Json* at = &root;
  while (!pointer.empty()) {
    const size_t end = std::min(pointer.find('/', 1), pointer.size());
    const std::string token = unescaped(pointer.substr(1, end - 1));
    pointer.remove_prefix(end);
    if (at->is_object()) {
      at = find_member(*at, token);
      if (at == nullptr) return nullptr;
    } else if (at->is_array() && !token.empty() && token.size() < 10 &&
               token.find_first_not_of("0123456789") == std::string::npos) {
      size_t index = 0;
      for (const char c : token) index = index * 10 + static_cast<size_t>(c - '0');
      if (index >= at->size()) return nullptr;
      at = &(*at)[index];
    } else {
      return nullptr;
    }
  }
  return at;
}

// Checks every schema of a document and finds what its $refs mean.
class Compiler {
 public:
  Compiler(const Json& root, Refs& refs, Patterns& patterns)
      : root_(root), refs_(refs), patterns_(patterns) {}

  Result<void> run() {
    pending_.push_back({&root_, "#"});
    // A $ref may lead to a place that no keyword makes a schema; that place is checked then.
    while (!pending_.empty()) {
      while (!pending_.empty()) {
        const Pending next = std::move(pending_.back());
        pending_.pop_back();
        ASSAY_TRY_VOID(visit(*next.schema, next.place));
      }
      ASSAY_TRY_VOID(resolve());
    }
    return {};
  }

 private:
  struct Pending {
    const Json* schema;
    std::string place;
  };

  Result<void> visit(const Json& schema, const std::string& place) {
    if (!seen_.insert(&schema).second || schema.is_boolean()) return {};
    if (!schema.is_object()) {
      return input_error(place, fmt::format("the schema is {}, expected an object or a boolean",
                                            json_type_name(schema)));
    }
    if (seen_.size() > kSchemaNodesMax) {
      return Error{ErrorCode::kLimit,
                   fmt::format("more than {} schemas (limit kSchemaNodesMax)", kSchemaNodesMax),
                   place};
    }
    for (const auto& [key, value] : schema.items()) {
      ASSAY_TRY_VOID(keyword(key, value, place));
    }
    if (schema.contains("$ref")) unresolved_.push_back({&schema, place});
    return {};
  }

  Result<void> keyword(const std::string& key, const Json& value, const std::string& place) {
    const Shape shape = shape_of(key);
    if (const std::string_view expected = expected_instead(shape, value); !expected.empty()) {
      return input_error(
          place, fmt::format("`{}` is {}, expected {}", key, json_type_name(value), expected));
    }
    if (key == "multipleOf" && value.get<double>() <= 0) {
      return input_error(place, "`multipleOf` is not above 0");
    }
    if (key == "$anchor") anchors_[value.get<std::string>()] = nullptr;
    if (key == "pattern") return add_pattern(value.get_ref<const std::string&>(), place);
    if (key == "patternProperties") {
      for (const auto& [pattern, ignored] : value.items()) {
        ASSAY_TRY_VOID(add_pattern(pattern, place));
      }
    }
    push(shape, value, place + pointer_token(key));
    return {};
  }

  void push(Shape shape, const Json& value, const std::string& place) {
    if (shape == Shape::kSchema || (shape == Shape::kItems && !value.is_array())) {
      pending_.push_back({&value, place});
    } else if (shape == Shape::kSchemas || shape == Shape::kItems) {
      for (size_t i = 0; i < value.size(); ++i) {
        pending_.push_back({&value[i], fmt::format("{}/{}", place, i)});
      }
    } else if (shape == Shape::kNamedSchemas || shape == Shape::kDependencies) {
      for (const auto& [name, schema] : value.items()) {
        if (shape == Shape::kDependencies && is_names(schema)) continue;
        pending_.push_back({&schema, place + pointer_token(name)});
      }
    }
  }

  Result<void> add_pattern(const std::string& source, const std::string& place) {
    if (patterns_.contains(source)) return {};
    auto pattern = Pattern::compile(source);
    if (!pattern) return input_error(place, pattern.error().text());
    patterns_.emplace(source, std::move(pattern).value());
    return {};
  }

  Result<void> resolve() {
    for (const Json* schema : seen_) {
      const Json* anchor = schema->is_object() ? find_member(*schema, "$anchor") : nullptr;
      if (anchor != nullptr) anchors_[anchor->get<std::string>()] = schema;
    }
    for (const Pending& from : unresolved_) {
      const Json* target = target_of((*from.schema)["$ref"].get<std::string>());
      if (target == nullptr) {
        return input_error(from.place,
                           fmt::format("`$ref` is `{}`, expected a place in this schema",
                                       (*from.schema)["$ref"].get<std::string>()));
      }
      refs_[from.schema] = target;
      if (!seen_.contains(target)) pending_.push_back({target, from.place + " $ref"});
    }
    unresolved_.clear();
    return {};
  }

  const Json* target_of(std::string ref) const {
    if (const Json* id = root_.is_object() ? find_member(root_, "$id") : nullptr) {
      const std::string& base = id->get_ref<const std::string&>();
      if (!base.empty() && ref.starts_with(base)) ref.erase(0, base.size());
      if (ref.empty()) return &root_;
    }
    if (!ref.starts_with('#')) return nullptr;
    const std::string_view fragment = std::string_view(ref).substr(1);
    if (fragment.empty() || fragment.front() == '/') return follow_pointer(root_, fragment);
    const auto it = anchors_.find(std::string(fragment));
    return it == anchors_.end() ? nullptr : it->second;
  }

  const Json& root_;
  Refs& refs_;
  Patterns& patterns_;
  std::vector<Pending> pending_;
  std::vector<Pending> unresolved_;
  std::set<const Json*> seen_;
  std::map<std::string, const Json*> anchors_;
};

// The way from the root of the value to the part that is looked at; on the stack.
struct Place {
  const Place* up = nullptr;
  std::string_view key;
  size_t index = 0;
  bool is_key = false;
};

std::string pointer_to(const Place& place) {
  std::vector<const Place*> way;
  for (const Place* at = &place; at->up != nullptr; at = at->up) way.push_back(at);
  std::string out;
  for (auto it = way.rbegin(); it != way.rend(); ++it) {
    out += (*it)->is_key ? pointer_token((*it)->key) : fmt::format("/{}", (*it)->index);
  }
  return out;
}

size_t code_points(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

bool is_whole(const Json& value) {
  if (value.is_number_integer()) return true;
  return value.is_number_float() && std::isfinite(value.get<double>()) &&
         value.get<double>() == std::floor(value.get<double>());
}

bool has_type(const Json& value, std::string_view type) {
  if (type == "integer") return is_whole(value);
  if (type == "number") return value.is_number();
  if (type == "string") return value.is_string();
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "boolean") return value.is_boolean();
  return value.is_null();
}

// Exact for whole numbers; else within 1e-9 of a whole quotient, as 0.3 is meant to be a multiple
// of 0.1.
bool is_multiple(const Json& value, const Json& of) {
  if (value.is_number_integer() && of.is_number_integer()) {
    const auto divisor = of.get<int64_t>();
    return divisor != 0 && value.get<int64_t>() % divisor == 0;
  }
  const double quotient = value.get<double>() / of.get<double>();
  return std::isfinite(quotient) &&
         std::fabs(quotient - std::round(quotient)) <= 1e-9 * std::max(1.0, std::fabs(quotient));
}

// One walk of a value with a schema.
class Walk {
 public:
  Walk(const Refs& refs, const Patterns& patterns) : refs_(refs), patterns_(patterns) {}

  JsonSchema::Verdict run(const Json& schema, const Json& value) {
    const bool fits = fit(schema, value, Place{});
    if (!limit_.empty()) return {JsonSchema::Fit::kLimit, limit_};
    if (fits) return {};
    return {JsonSchema::Fit::kNo, reason_};
  }

 private:
  struct At {
    const Json& schema;
    const Json& argument;
    const Json& value;
    const Place& place;
  };
  using Check = bool (Walk::*)(const At&);
  struct Row {
    std::string_view keyword;
    Check check;
  };
  static const std::array<Row, 35> kChecks;

  // NOLINTNEXTLINE(misc-no-recursion): bounded by kSchemaDepthMax
  bool fit(const Json& schema, const Json& value, const Place& place) {
    if (schema.is_boolean()) {
      return schema.get<bool>() || no(place, "nothing is allowed here");
    }
    if (depth_ >= kSchemaDepthMax) {
      return give_up(
          fmt::format("schemas apply each other more than {} deep (limit "
                      "kSchemaDepthMax)",
                      kSchemaDepthMax));
    }
    ++depth_;
    bool fits = true;
    for (const auto& [key, argument] : schema.items()) {
      const Check check = check_of(key);
      if (!spend(1)) fits = false;
      if (fits && check != nullptr) fits = (this->*check)({schema, argument, value, place});
      if (!fits) break;
    }
    --depth_;
    return fits;
  }

  static Check check_of(std::string_view keyword) {
    const auto it =
        std::lower_bound(kChecks.begin(), kChecks.end(), keyword,
                         [](const Row& row, std::string_view name) { return row.keyword < name; });
    return it != kChecks.end() && it->keyword == keyword ? it->check : nullptr;
  }

  // The same, without keeping a reason: where a misfit is no failure yet.
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kSchemaDepthMax
  bool quietly(const Json& schema, const Json& value, const Place& place) {
    ++quiet_;
    const bool fits = fit(schema, value, place);
    --quiet_;
    return fits;
  }

  bool spend(uint64_t steps) {
    steps_ += steps;
    if (steps_ <= kSchemaStepsMax) return limit_.empty();
    return give_up(
        fmt::format("the schema took more than {} steps (limit kSchemaStepsMax)", kSchemaStepsMax));
  }
  bool give_up(std::string limit) {
    if (limit_.empty()) limit_ = std::move(limit);
    return false;
  }
  bool no(const Place& place, std::string_view what) {
    if (quiet_ > 0 || !limit_.empty()) return false;
    const std::string where = pointer_to(place);
    reason_ = fmt::format("{}: {}", where.empty() ? "the value" : where, what);
    return false;
  }

  // ---- any value
  bool type(const At& at) {
    const auto right = [&](const Json& name) {
      return has_type(at.value, name.get_ref<const std::string&>());
    };
    const bool fits = at.argument.is_array()
                          ? std::any_of(at.argument.begin(), at.argument.end(), right)
                          : right(at.argument);
    return fits || no(at.place, fmt::format("is {}, expected {}", json_type_name(at.value),
                                            dump_json(at.argument)));
  }
  bool same(const Json& value, const Json& wanted) {
    uint64_t steps = 0;
    (void)hash_json(wanted, steps);  // how much the comparison may cost
    return spend(steps) && same_json(value, wanted, {});
  }
  bool constant(const At& at) {
    return same(at.value, at.argument) || no(at.place, "is not the constant of the schema");
  }
  bool enumeration(const At& at) {
    for (const Json& option : at.argument) {
      if (same(at.value, option)) return true;
    }
    return no(at.place, "is none of the values of `enum`");
  }

  // ---- numbers
  bool bound(const At& at, bool fits, std::string_view relation) {
    return fits || no(at.place, fmt::format("{} is not {} {}", dump_json(at.value), relation,
                                            dump_json(at.argument)));
  }
  static bool flagged(const At& at, std::string_view key) {
    const Json* flag = find_member(at.schema, key);
    return flag != nullptr && flag->is_boolean() && flag->get<bool>();
  }
  bool minimum(const At& at) {
    if (!at.value.is_number()) return true;
    const auto value = at.value.get<double>();
    const auto least = at.argument.get<double>();
    if (flagged(at, "exclusiveMinimum")) return bound(at, value > least, "above");
    return bound(at, value >= least, "at least");
  }
  bool maximum(const At& at) {
    if (!at.value.is_number()) return true;
    const auto value = at.value.get<double>();
    const auto most = at.argument.get<double>();
    if (flagged(at, "exclusiveMaximum")) return bound(at, value < most, "below");
    return bound(at, value <= most, "at most");
  }
  bool exclusive_minimum(const At& at) {
    return !at.value.is_number() || !at.argument.is_number() ||
           bound(at, at.value.get<double>() > at.argument.get<double>(), "above");
  }
  bool exclusive_maximum(const At& at) {
    return !at.value.is_number() || !at.argument.is_number() ||
           bound(at, at.value.get<double>() < at.argument.get<double>(), "below");
  }
  bool multiple_of(const At& at) {
    return !at.value.is_number() || bound(at, is_multiple(at.value, at.argument), "a multiple of");
  }

  // ---- strings
  bool length(const At& at, bool at_least) {
    if (!at.value.is_string()) return true;
    const std::string& text = at.value.get_ref<const std::string&>();
    if (!spend(text.size() / 64)) return false;
    return size(at, code_points(text), at_least, "characters");
  }
  bool size(const At& at, size_t found, bool at_least, std::string_view of) {
    const auto limit = at.argument.get<double>();
    const auto n = static_cast<double>(found);
    if (at_least ? n >= limit : n <= limit) return true;
    return no(at.place, fmt::format("has {} {}, expected at {} {}", found, of,
                                    at_least ? "least" : "most", limit));
  }
  bool min_length(const At& at) { return length(at, true); }
  bool max_length(const At& at) { return length(at, false); }
  bool matches(const std::string& source, std::string_view text) {
    if (++searches_ > kSchemaPatternSearchesMax) {
      return give_up(
          fmt::format("more than {} searches of patterns (limit "
                      "kSchemaPatternSearchesMax)",
                      kSchemaPatternSearchesMax));
    }
    if (!spend(1 + text.size() / 16)) return false;
    const Pattern::Match match = patterns_.find(source)->second.find(text);
    if (match.found == Pattern::Found::kLimit) return give_up(match.reason);
    return match.found == Pattern::Found::kYes;
  }
  bool pattern(const At& at) {
    if (!at.value.is_string()) return true;
    const std::string& source = at.argument.get_ref<const std::string&>();
    return matches(source, at.value.get_ref<const std::string&>()) ||
           no(at.place, fmt::format("does not match the pattern `{}`", source));
  }
  bool format(const At& at) {
    if (!at.value.is_string()) return true;
    const std::string& text = at.value.get_ref<const std::string&>();
    const std::string& name = at.argument.get_ref<const std::string&>();
    return (spend(text.size() / 16) && has_json_format(text, name)) ||
           no(at.place, fmt::format("is no {}", name));
  }

  // ---- lists
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kSchemaDepthMax
  bool each_item(const At& at, const Json& schema, size_t from) {
    for (size_t i = from; i < at.value.size(); ++i) {
      if (!fit(schema, at.value[i], Place{&at.place, {}, i, false})) return false;
    }
    return true;
  }
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kSchemaDepthMax
  bool prefix_items(const At& at) {
    if (!at.value.is_array()) return true;
    for (size_t i = 0; i < std::min(at.argument.size(), at.value.size()); ++i) {
      if (!fit(at.argument[i], at.value[i], Place{&at.place, {}, i, false})) return false;
    }
    return true;
  }
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kSchemaDepthMax
  bool items(const At& at) {
    if (!at.value.is_array()) return true;
    if (at.argument.is_array()) return prefix_items(at);
    const Json* prefix = find_member(at.schema, "prefixItems");
    return each_item(at, at.argument, prefix == nullptr ? 0 : prefix->size());
  }
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kSchemaDepthMax
  bool additional_items(const At& at) {
    const Json* prefix = find_member(at.schema, "items");
    if (!at.value.is_array() || prefix == nullptr || !prefix->is_array()) return true;
    return each_item(at, at.argument, prefix->size());
  }
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kSchemaDepthMax
  bool contains(const At& at) {
    if (!at.value.is_array()) return true;
    const Json* least = find_member(at.schema, "minContains");
    const Json* most = find_member(at.schema, "maxContains");
    double found = 0;
    for (const Json& item : at.value) {
      if (quietly(at.argument, item, at.place)) ++found;
      if (!spend(1)) return false;
    }
    if (found < (least == nullptr ? 1 : least->get<double>())) {
      return no(at.place, "too few items fit `contains`");
    }
    return most == nullptr || found <= most->get<double>() ||
           no(at.place, "too many items fit `contains`");
  }
  bool min_items(const At& at) {
    return !at.value.is_array() || size(at, at.value.size(), true, "items");
  }
  bool max_items(const At& at) {
    return !at.value.is_array() || size(at, at.value.size(), false, "items");
  }
  bool unique_items(const At& at) {
    if (!at.value.is_array() || !at.argument.get<bool>()) return true;
    std::vector<std::pair<uint64_t, size_t>> hashes;
    for (size_t i = 0; i < at.value.size(); ++i) {
      uint64_t steps = 0;
      hashes.emplace_back(hash_json(at.value[i], steps), i);
      if (!spend(steps)) return false;
    }
    std::sort(hashes.begin(), hashes.end());
    for (size_t i = 0; i < hashes.size(); ++i) {
      for (size_t k = i + 1; k < hashes.size() && hashes[k].first == hashes[i].first; ++k) {
        if (!spend(1)) return false;
        if (!same_json(at.value[hashes[i].second], at.value[hashes[k].second], {})) continue;
        return no(at.place,
                  fmt::format("the items {} and {} are equal", hashes[i].second, hashes[k].second));
      }
    }
    return true;
  }

  // ---- objects
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kSchemaDepthMax
  bool member_fits(const At& at, const Json& schema, std::string_view key, const Json& member) {
    return fit(schema, member, Place{&at.place, key, 0, true});
  }
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kSchemaDepthMax
  bool properties(const At& at) {
    if (!at.value.is_object()) return true;
    for (const auto& [key, schema] : at.argument.items()) {
      if (!spend(1 + at.value.size() / 8)) return false;
      const Json* member = find_member(at.value, key);
      if (member != nullptr && !member_fits(at, schema, key, *member)) return false;
    }
    return true;
  }
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kSchemaDepthMax
  bool pattern_properties(const At& at) {
    if (!at.value.is_object()) return true;
    for (const auto& [source, schema] : at.argument.items()) {
      for (const auto& [key, member] : at.value.items()) {
        if (matches(source, key) && !member_fits(at, schema, key, member)) return false;
        if (!limit_.empty()) return false;
      }
    }
    return true;
  }
  bool is_additional(const At& at, const std::string& key) {
    if (const Json* named = find_member(at.schema, "properties")) {
      if (!spend(1 + named->size() / 8)) return false;
      if (named->contains(key)) return false;
    }
    if (const Json* patterns = find_member(at.schema, "patternProperties")) {
      for (const auto& [source, ignored] : patterns->items()) {
        if (matches(source, key)) return false;
      }
    }
    return true;
  }
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kSchemaDepthMax
  bool additional_properties(const At& at) {
    if (!at.value.is_object()) return true;
    for (const auto& [key, member] : at.value.items()) {
      if (!is_additional(at, key)) continue;
      if (at.argument.is_boolean() && !at.argument.get<bool>()) {
        return no(at.place,
                  fmt::format("has the member `{}`, which the schema does not name", key));
      }
      if (!member_fits(at, at.argument, key, member)) return false;
    }
    return limit_.empty();
  }
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kSchemaDepthMax
  bool property_names(const At& at) {
    if (!at.value.is_object()) return true;
    for (const auto& [key, member] : at.value.items()) {
      if (!member_fits(at, at.argument, key, Json(key))) return false;
    }
    return true;
  }
  bool has_all(const At& at, const Json& names) {
    for (const Json& name : names) {
      if (!spend(1 + at.value.size() / 8)) return false;
      const std::string& key = name.get_ref<const std::string&>();
      if (!at.value.contains(key)) return no(at.place, fmt::format("has no member `{}`", key));
    }
    return true;
  }
  bool required(const At& at) {
    return !at.value.is_object() || !at.argument.is_array() || has_all(at, at.argument);
  }
  bool dependent_required(const At& at) {
    if (!at.value.is_object()) return true;
    for (const auto& [key, names] : at.argument.items()) {
      if (at.value.contains(key) && !has_all(at, names)) return false;
    }
    return true;
  }
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kSchemaDepthMax
  bool dependent_schemas(const At& at) {
    if (!at.value.is_object()) return true;
    for (const auto& [key, schema] : at.argument.items()) {
      if (!at.value.contains(key)) continue;
      if (is_names(schema) ? !has_all(at, schema) : !fit(schema, at.value, at.place)) return false;
    }
    return true;
  }
  bool min_properties(const At& at) {
    return !at.value.is_object() || size(at, at.value.size(), true, "members");
  }
  bool max_properties(const At& at) {
    return !at.value.is_object() || size(at, at.value.size(), false, "members");
  }

  // ---- schemas on schemas
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kSchemaDepthMax
  bool reference(const At& at) {
    const auto it = refs_.find(&at.schema);
    return it == refs_.end() || fit(*it->second, at.value, at.place);
  }
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kSchemaDepthMax
  bool all_of(const At& at) {
    return std::all_of(at.argument.begin(), at.argument.end(),
                       [&](const Json& schema) { return fit(schema, at.value, at.place); });
  }
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kSchemaDepthMax
  bool any_of(const At& at) {
    for (const Json& schema : at.argument) {
      if (quietly(schema, at.value, at.place)) return true;
      if (!limit_.empty()) return false;
    }
    return no(at.place, "fits no schema of `anyOf`");
  }
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kSchemaDepthMax
  bool one_of(const At& at) {
    size_t fits = 0;
    for (const Json& schema : at.argument) fits += quietly(schema, at.value, at.place) ? 1 : 0;
    return fits == 1 ||
           no(at.place, fmt::format("fits {} schemas of `oneOf`, expected exactly one", fits));
  }
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kSchemaDepthMax
  bool negation(const At& at) {
    return !quietly(at.argument, at.value, at.place) || no(at.place, "fits the schema of `not`");
  }
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kSchemaDepthMax
  bool condition(const At& at) {
    const Json* next =
        find_member(at.schema, quietly(at.argument, at.value, at.place) ? "then" : "else");
    return limit_.empty() && (next == nullptr || fit(*next, at.value, at.place));
  }

  const Refs& refs_;
  const Patterns& patterns_;
  int depth_ = 0;
  int quiet_ = 0;
  uint64_t steps_ = 0;
  uint64_t searches_ = 0;
  std::string limit_;
  std::string reason_;
};

// Sorted by keyword.
const std::array<Walk::Row, 35> Walk::kChecks{{
    {"$ref", &Walk::reference},
    {"additionalItems", &Walk::additional_items},
    {"additionalProperties", &Walk::additional_properties},
    {"allOf", &Walk::all_of},
    {"anyOf", &Walk::any_of},
    {"const", &Walk::constant},
    {"contains", &Walk::contains},
    {"dependencies", &Walk::dependent_schemas},
    {"dependentRequired", &Walk::dependent_required},
    {"dependentSchemas", &Walk::dependent_schemas},
    {"enum", &Walk::enumeration},
    {"exclusiveMaximum", &Walk::exclusive_maximum},
    {"exclusiveMinimum", &Walk::exclusive_minimum},
    {"format", &Walk::format},
    {"if", &Walk::condition},
    {"items", &Walk::items},
    {"maxItems", &Walk::max_items},
    {"maxLength", &Walk::max_length},
    {"maxProperties", &Walk::max_properties},
    {"maximum", &Walk::maximum},
    {"minItems", &Walk::min_items},
    {"minLength", &Walk::min_length},
    {"minProperties", &Walk::min_properties},
    {"minimum", &Walk::minimum},
    {"multipleOf", &Walk::multiple_of},
    {"not", &Walk::negation},
    {"oneOf", &Walk::one_of},
    {"pattern", &Walk::pattern},
    {"patternProperties", &Walk::pattern_properties},
    {"prefixItems", &Walk::prefix_items},
    {"properties", &Walk::properties},
    {"propertyNames", &Walk::property_names},
    {"required", &Walk::required},
    {"type", &Walk::type},
    {"uniqueItems", &Walk::unique_items},
}};

}  // namespace

struct JsonSchema::Compiled {
  Json root;
  Refs refs;
  Patterns patterns;
};

JsonSchema::JsonSchema(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
JsonSchema::~JsonSchema() = default;
JsonSchema::JsonSchema(JsonSchema&&) noexcept = default;
JsonSchema& JsonSchema::operator=(JsonSchema&&) noexcept = default;

Result<JsonSchema> JsonSchema::compile(const Json& schema) {
  auto compiled = std::make_unique<Compiled>();
  compiled->root = schema;
  ASSAY_TRY_VOID(Compiler(compiled->root, compiled->refs, compiled->patterns).run());
  return JsonSchema(std::move(compiled));
}

JsonSchema::Verdict JsonSchema::validate(const Json& value) const {
  return Walk(compiled_->refs, compiled_->patterns).run(compiled_->root, value);
}

}  // namespace assay::suites
