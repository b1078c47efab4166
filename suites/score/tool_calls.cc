#include "suites/score/tool_calls.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "harness/base/utf8.h"
#include "suites/score/common.h"
#include "suites/score/factories.h"
#include "suites/score/json_value.h"

namespace assay::suites {
namespace {

// Python's types, as the reference tells values apart.
enum class Type : uint8_t { kNone, kBool, kInt, kFloat, kText, kList, kDict };

Type type_of(const Json& value) {
  if (value.is_boolean()) return Type::kBool;
  if (value.is_number_integer()) return Type::kInt;
  if (value.is_number_float()) return Type::kFloat;
  if (value.is_string()) return Type::kText;
  if (value.is_array()) return Type::kList;
  if (value.is_object()) return Type::kDict;
  return Type::kNone;
}

struct TypeName {
  std::string_view name;
  Type type;
};
constexpr std::array<TypeName, 14> kTypeNames{{{"string", Type::kText},
                                               {"str", Type::kText},
                                               {"any", Type::kText},
                                               {"integer", Type::kInt},
                                               {"int", Type::kInt},
                                               {"float", Type::kFloat},
                                               {"number", Type::kFloat},
                                               {"boolean", Type::kBool},
                                               {"bool", Type::kBool},
                                               {"array", Type::kList},
                                               {"list", Type::kList},
                                               {"tuple", Type::kList},
                                               {"dict", Type::kDict},
                                               {"object", Type::kDict}}};

std::optional<Type> named_type(const Json* schema) {
  const Json* name =
      schema != nullptr && schema->is_object() ? find_member(*schema, "type") : nullptr;
  if (name == nullptr || !name->is_string()) return std::nullopt;
  for (const TypeName& row : kTypeNames) {
    if (row.name == name->get_ref<const std::string&>()) return row.type;
  }
  return std::nullopt;
}

bool is_left_out(const Json& value) {
  return value.is_string() && value.get_ref<const std::string&>().empty();
}

bool may_be_left_out(const Json& accepted) {
  return std::any_of(accepted.begin(), accepted.end(), is_left_out);
}

bool python_equal(const Json& a, const Json& b) {
  return same_json(a, b, {.bool_is_number = true});
}

bool is_among(const Json& value, const Json& accepted) {
  return std::any_of(accepted.begin(), accepted.end(),
                     [&](const Json& one) { return python_equal(value, one); });
}

Json standard(const Json& value) {
  return value.is_string() ? Json(standard_text(value.get_ref<const std::string&>())) : value;
}

Json standard_items(const Json& list) {
  Json out = Json::array();
  if (!list.is_array()) return out;  // "": an empty list
  for (const Json& item : list) out.push_back(standard(item));
  return out;
}

bool text_matches(const Json& value, const Json& accepted) {
  const Json got = standard(value);
  return std::any_of(accepted.begin(), accepted.end(),
                     [&](const Json& one) { return one.is_string() && standard(one) == got; });
}

bool list_matches(const Json& value, const Json& accepted) {
  const Json got = standard_items(value);
  return std::any_of(accepted.begin(), accepted.end(),
                     [&](const Json& one) { return python_equal(got, standard_items(one)); });
}

// `wanted`: key -> list of accepted values.
bool dict_fits(const Json& value, const Json& wanted) {
  if (!value.is_object() || !wanted.is_object()) return false;
  for (const auto& [key, member] : value.items()) {
    const Json* accepted = find_member(wanted, key);
    if (accepted == nullptr) return false;
    const Json options = accepted->is_array() ? *accepted : Json::array({*accepted});
    if (!is_among(standard(member), standard_items(options))) return false;
  }
  for (const auto& [key, accepted] : wanted.items()) {
    if (!value.contains(key) && !may_be_left_out(accepted)) return false;
  }
  return true;
}

bool dict_matches(const Json& value, const Json& accepted) {
  return std::any_of(accepted.begin(), accepted.end(),
                     [&](const Json& one) { return !is_left_out(one) && dict_fits(value, one); });
}

bool dicts_match(const Json& value, const Json& accepted) {
  return std::any_of(accepted.begin(), accepted.end(), [&](const Json& one) {
    const size_t wanted = one.is_array() ? one.size() : 0;
    if (!value.is_array() || value.size() != wanted) return false;
    for (size_t i = 0; i < wanted; ++i) {
      if (!dict_fits(value[i], one[i])) return false;
    }
    return true;
  });
}

struct Typing {
  bool right = false;
  bool as_accepted = false;  // not of the schema's type, but of the accepted values' own
};

std::optional<Type> type_of_accepted(const Json& accepted) {
  for (const Json& one : accepted) {
    if (!is_left_out(one)) return type_of(one);
  }
  return std::nullopt;
}

// One level of items; accepted values that are no list have no say.
bool items_fit(const Json& value, const Json& accepted, Type inner) {
  return std::any_of(accepted.begin(), accepted.end(), [&](const Json& one) {
    return !one.is_array() || std::all_of(value.begin(), value.end(), [&](const Json& item) {
      return type_of(item) == inner || type_of_accepted(one) == type_of(item);
    });
  });
}

Typing check_type(const Json& value, const Json& accepted, Type expected,
                  std::optional<Type> inner) {
  const std::optional<Type> own = type_of_accepted(accepted);
  if (type_of(value) == expected &&
      (!inner || expected != Type::kList || items_fit(value, accepted, *inner))) {
    return {true, own && *own != expected};
  }
  return {own && type_of(value) == *own, true};
}

std::string shown(const Json& value) { return shorten(dump_json(value), 80); }

// What is wrong with one argument; "": nothing.
std::string check_argument(const std::string& name, Json value, const Json& accepted,
                           const Json* schema) {
  std::optional<Type> expected = named_type(schema);
  const Json* item_schema =
      schema != nullptr && schema->is_object() ? find_member(*schema, "items") : nullptr;
  const std::optional<Type> inner = named_type(item_schema);
  Typing typing{true, false};
  if (expected) {
    if (*expected == Type::kFloat && type_of(value) == Type::kInt) value = value.get<double>();
    typing = check_type(value, accepted, *expected, inner);
    if (!typing.right) {
      return fmt::format("`{}` is {}, expected {}", name, json_type_name(value),
                         find_member(*schema, "type")->get<std::string>());
    }
  } else {
    expected = type_of(value);
  }
  bool right = false;
  if (!typing.as_accepted && *expected == Type::kDict) {
    right = dict_matches(value, accepted);
  } else if (!typing.as_accepted && *expected == Type::kList) {
    right = inner == Type::kDict ? dicts_match(value, accepted) : list_matches(value, accepted);
  } else if (!typing.as_accepted && *expected == Type::kText) {
    right = text_matches(value, accepted);
  } else {
    right = is_among(value, accepted);
  }
  if (right) return {};
  return fmt::format("`{}` is {}, expected one of {}", name, shown(value), shown(accepted));
}

// Dots are not allowed in most providers' names.
std::string plain_name(std::string name) {
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

// What is wrong with `call` as an answer to `expected`; "": nothing.
std::string check_call(const FunctionCall& call, const ExpectedCall& expected, const Json* schema) {
  if (plain_name(call.name) != plain_name(expected.name)) {
    return fmt::format("calls `{}`, expected `{}`", shorten(call.name, 80), expected.name);
  }
  if (!call.arguments.is_object()) return call.fault;
  const Json* properties = schema == nullptr ? nullptr : find_member(*schema, "properties");
  if (const Json* required = schema == nullptr ? nullptr : find_member(*schema, "required");
      required != nullptr && required->is_array()) {
    for (const Json& name : *required) {
      if (name.is_string() && !call.arguments.contains(name.get<std::string>())) {
        return fmt::format("`{}` lacks the argument `{}`", call.name, name.get<std::string>());
      }
    }
  }
  for (const auto& [name, value] : call.arguments.items()) {
    const Json* accepted = find_member(expected.accepted, name);
    const Json* property = properties == nullptr ? nullptr : find_member(*properties, name);
    if (accepted == nullptr || (properties != nullptr && property == nullptr)) {
      return fmt::format("`{}` has the unexpected argument `{}`", call.name, shorten(name, 80));
    }
    std::string wrong = check_argument(name, value, *accepted, property);
    if (!wrong.empty()) return fmt::format("`{}`: {}", call.name, wrong);
  }
  for (const auto& [name, accepted] : expected.accepted.items()) {
    if (!call.arguments.contains(name) && !may_be_left_out(accepted)) {
      return fmt::format("`{}` lacks the argument `{}`", call.name, name);
    }
  }
  return {};
}

std::string shown_calls(const std::vector<FunctionCall>& calls) {
  Json list = Json::array();
  for (const FunctionCall& call : calls) list.push_back(Json{{call.name, call.arguments}});
  return dump_json(list);
}

enum class Wanted : uint8_t { kColumn, kNone, kAny };

class ToolCalls final : public Scorer {
 public:
  ToolCalls(std::string metric, Wanted wanted, std::string expected, std::string tools,
            std::string identity)
      : metrics_{{std::move(metric), "tool_calls"}},
        wanted_(wanted),
        expected_(std::move(expected)),
        tools_(std::move(tools)),
        identity_(std::move(identity)) {}

  [[nodiscard]] const std::vector<MetricDef>& metrics() const override { return metrics_; }
  [[nodiscard]] std::string identity() const override { return identity_; }

  void judge(const Sample& sample, const Response& response,
             std::vector<Score>& out) const override {
    const Verdict verdict = decide(sample, response);
    Score& score = out.emplace_back();
    score.metric = metrics_.front().name;
    score.status = verdict.unscored ? ScoreStatus::kUnscored : ScoreStatus::kScored;
    score.value = verdict.value;
    score.extracted = shorten(verdict.extracted, kExtractedBytesMax);
    score.reason = shorten(verdict.reason, kReasonBytesMax);
  }

 private:
  [[nodiscard]] Verdict decide(const Sample& sample, const Response& response) const {
    if (std::string reason = unusable_reason(response); !reason.empty()) {
      return Verdict::wrong({}, std::move(reason));
    }
    const std::vector<FunctionCall> calls = calls_of(response);
    std::string got = calls.empty() ? std::string() : shown_calls(calls);
    if (wanted_ == Wanted::kNone) {
      return calls.empty() ? Verdict::right("no call")
                           : Verdict::wrong(std::move(got), "calls a function, expected none");
    }
    if (wanted_ == Wanted::kAny) {
      return calls.empty() ? Verdict::wrong({}, "no call") : Verdict::right(std::move(got));
    }
    const Result<Json> column = doc_column(sample.doc, expected_);
    if (!column) return Verdict::cannot(column.error().text());
    const Result<std::vector<ExpectedCall>> expected = expected_calls(*column);
    if (!expected) {
      return Verdict::cannot(
          fmt::format("the column `{}`: {}", expected_, expected.error().text()));
    }
    const Result<Json> tools = doc_column(sample.doc, tools_);
    const std::string wrong =
        match_calls(calls, *expected, tools ? tool_schemas(*tools) : std::map<std::string, Json>());
    if (wrong.empty()) return Verdict::right(got.empty() ? "no call" : std::move(got));
    return Verdict::wrong(std::move(got), wrong);
  }

  std::vector<MetricDef> metrics_;
  Wanted wanted_;
  std::string expected_;
  std::string tools_;
  std::string identity_;
};

}  // namespace

std::string standard_text(std::string_view text) {
  constexpr std::string_view kDropped = " ,./-_*^";
  std::string kept;
  for (const char c : text) {
    if (kDropped.find(c) == std::string_view::npos) kept += c;
  }
  kept = to_lower(sanitize_utf8(kept));
  std::replace(kept.begin(), kept.end(), '\'', '"');
  return kept;
}

Result<std::vector<ExpectedCall>> expected_calls(const Json& value) {
  const Json list = value.is_array()  ? value
                    : value.is_null() ? Json::array()
                                      : Json::array({value});
  if (list.size() > kExpectedCallsMax) {
    return Error{ErrorCode::kLimit,
                 fmt::format("{} expected calls, more than {}", list.size(), kExpectedCallsMax),
                 ""};
  }
  std::vector<ExpectedCall> calls;
  for (const Json& item : list) {
    const Json* name = item.is_object() ? find_member(item, "name") : nullptr;
    const Json* given = item.is_object() ? find_member(item, "arguments") : nullptr;
    if (name != nullptr && name->is_string() && given != nullptr && given->is_object()) {
      ExpectedCall call{name->get<std::string>(), Json::object()};
      for (const auto& [key, one] : given->items()) call.accepted[key] = Json::array({one});
      calls.push_back(std::move(call));
      continue;
    }
    if (!item.is_object() || item.size() != 1 || !item.begin().value().is_object()) {
      return input_error("", "an expected call is no {NAME: {ARGUMENT: [values]}}");
    }
    ExpectedCall call{item.begin().key(), Json::object()};
    for (const auto& [key, accepted] : item.begin().value().items()) {
      call.accepted[key] = accepted.is_array() ? accepted : Json::array({accepted});
    }
    calls.push_back(std::move(call));
  }
  return calls;
}

std::map<std::string, Json> tool_schemas(const Json& tools) {
  std::map<std::string, Json> schemas;
  const Json list = tools.is_array() ? tools : Json::array({tools});
  for (const Json& tool : list) {
    if (!tool.is_object()) continue;
    const Json* function = find_member(tool, "function");
    const Json& body = function != nullptr && function->is_object() ? *function : tool;
    const Json* name = find_member(body, "name");
    const Json* parameters = find_member(body, "parameters");
    if (name == nullptr || !name->is_string()) continue;
    schemas[plain_name(name->get<std::string>())] =
        parameters != nullptr && parameters->is_object() ? *parameters : Json::object();
  }
  return schemas;
}

std::string match_calls(const std::vector<FunctionCall>& calls,
                        const std::vector<ExpectedCall>& expected,
                        const std::map<std::string, Json>& schemas) {
  if (calls.size() != expected.size()) {
    return calls.empty() ? std::string("no call")
                         : fmt::format("{} calls, expected {}", calls.size(), expected.size());
  }
  std::vector<bool> taken(calls.size());
  for (const ExpectedCall& wanted : expected) {
    const auto schema = schemas.find(plain_name(wanted.name));
    std::string first_wrong;
    bool met = false;
    for (size_t i = 0; i < calls.size() && !met; ++i) {
      if (taken[i]) continue;
      std::string wrong =
          check_call(calls[i], wanted, schema == schemas.end() ? nullptr : &schema->second);
      met = wrong.empty();
      if (met) taken[i] = true;
      // Of several calls, what is wrong with one of the right name says most.
      const bool named = plain_name(calls[i].name) == plain_name(wanted.name);
      if (!met && (first_wrong.empty() || named)) first_wrong = std::move(wrong);
    }
    if (!met) return first_wrong.empty() ? "a call is missing" : first_wrong;
  }
  return {};
}

std::unique_ptr<Scorer> make_tool_calls(OptionReader& read, const std::string& /*base_dir*/) {
  std::string metric = read.text("metric", "accuracy");
  const std::string wanted = read.choice("expect", "column", {"column", "none", "any"});
  std::string expected = read.text("expected", "ground_truth");
  std::string tools = read.text("tools", "function");
  std::string identity = identity_of(read, 1);
  return std::make_unique<ToolCalls>(std::move(metric),
                                     wanted == "none"  ? Wanted::kNone
                                     : wanted == "any" ? Wanted::kAny
                                                       : Wanted::kColumn,
                                     std::move(expected), std::move(tools), std::move(identity));
}

}  // namespace assay::suites
