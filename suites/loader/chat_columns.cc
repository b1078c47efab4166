#include "suites/loader/chat_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "harness/base/json.h"

namespace assay::suites {
namespace {

struct Alias {
  std::string_view from;
  std::string_view to;
};

constexpr std::array<Alias, 6> kRoles{{{"system", "system"},
                                       {"developer", "system"},
                                       {"user", "user"},
                                       {"assistant", "assistant"},
                                       {"tool", "tool"},
                                       {"function", "tool"}}};

// Type names of function documentation that are no types of JSON Schema.
// Source: ShishirPatil/gorilla, berkeley-function-call-leaderboard, type_mappings.py.
constexpr std::array<Alias, 15> kTypes{{{"dict", "object"},
                                        {"HashMap", "object"},
                                        {"Hashtable", "object"},
                                        {"float", "number"},
                                        {"double", "number"},
                                        {"int", "integer"},
                                        {"long", "integer"},
                                        {"bool", "boolean"},
                                        {"tuple", "array"},
                                        {"list", "array"},
                                        {"ArrayList", "array"},
                                        {"Array", "array"},
                                        {"any", "string"},
                                        {"str", "string"},
                                        {"String", "string"}}};

template <size_t N>
std::string_view alias_of(const std::array<Alias, N>& table, std::string_view name) {
  for (const Alias& row : table) {
    if (row.from == name) return row.to;
  }
  return {};
}

// A value, or the JSON text of one.
Result<Json> value_of(const Json& value, const std::string& place, std::string_view what) {
  if (!value.is_string()) return value;
  Result<Json> parsed = parse_json(value.get_ref<const std::string&>(), place);
  if (parsed) return parsed;
  return input_error(place, fmt::format("`{}` is a text that is no JSON ({})", what,
                                        parsed.error().message));
}

Result<std::string> content_text(const Json& message, const std::string& place) {
  const Json* content = find_member(message, "content");
  if (content == nullptr || content->is_null()) {
    if (message.contains("tool_calls")) return std::string();
    return input_error(place, "a message has no `content`");
  }
  if (content->is_string()) return content->get<std::string>();
  std::string text;
  if (content->is_array()) {
    for (const Json& part : *content) {
      const Json* piece = part.is_object() ? find_member(part, "text") : nullptr;
      if (piece == nullptr || !piece->is_string()) {
        return input_error(place, "a part of a message's `content` is no text, which is all that "
                                  "`messages` can hold (pictures: `doc_to_image`)");
      }
      text += (text.empty() ? "" : "\n") + piece->get<std::string>();
    }
    return text;
  }
  return input_error(place, fmt::format("a message's `content` is {}, expected a text",
                                        json_type_name(*content)));
}

Result<Json> checked_call(const Json& call, const std::string& place) {
  const Json* function = call.is_object() ? find_member(call, "function") : nullptr;
  const Json& body = function != nullptr && function->is_object() ? *function : call;
  const Json* name = body.is_object() ? find_member(body, "name") : nullptr;
  if (name == nullptr || !name->is_string()) {
    return input_error(place, "a tool call of a message has no `name`");
  }
  const Json* arguments = find_member(body, "arguments");
  const Json* id = find_member(call, "id");
  Json out;
  out["id"] = id != nullptr && id->is_string() ? *id : Json("");
  out["name"] = *name;
  out["arguments"] = arguments == nullptr       ? Json("{}")
                     : arguments->is_string() ? *arguments
                                              : Json(dump_json(*arguments));
  return out;
}

Result<Json> checked_message(const Json& message, const std::string& place) {
  if (!message.is_object()) {
    return input_error(place, fmt::format("a message is {}, expected {{role, content}}",
                                          json_type_name(message)));
  }
  const Json* role = find_member(message, "role");
  const std::string_view known =
      role != nullptr && role->is_string() ? alias_of(kRoles, role->get_ref<const std::string&>())
                                           : std::string_view();
  if (known.empty()) {
    return input_error(place, fmt::format("a message's `role` is {}, expected system, user, "
                                          "assistant or tool",
                                          role == nullptr ? "missing" : dump_json(*role)));
  }
  Json out;
  out["role"] = std::string(known);
  ASSAY_TRY(out["content"], content_text(message, place));
  if (const Json* calls = find_member(message, "tool_calls"); calls != nullptr && calls->is_array()) {
    for (const Json& call : *calls) {
      ASSAY_TRY(Json checked, checked_call(call, place));
      out["tool_calls"].push_back(std::move(checked));
    }
  }
  if (const Json* id = find_member(message, "tool_call_id"); id != nullptr && id->is_string()) {
    out["tool_call_id"] = *id;
  }
  return out;
}

// Types renamed everywhere in a schema. The values of `enum`, `default` and `const` stay.
void rename_types(Json& schema) {
  std::vector<Json*> todo{&schema};
  while (!todo.empty()) {
    Json& at = *todo.back();
    todo.pop_back();
    if (at.is_array()) {
      for (Json& item : at) todo.push_back(&item);
      continue;
    }
    if (!at.is_object()) continue;
    for (auto& [key, value] : at.items()) {
      if (key == "type" && value.is_string()) {
        const std::string_view name = alias_of(kTypes, value.get_ref<const std::string&>());
        if (!name.empty()) value = std::string(name);
      } else if (key != "enum" && key != "default" && key != "const") {
        todo.push_back(&value);
      }
    }
  }
}

Result<Json> checked_tool(const Json& tool, const std::string& place) {
  const Json* function = tool.is_object() ? find_member(tool, "function") : nullptr;
  const Json& body = function != nullptr && function->is_object() ? *function : tool;
  const Json* name = body.is_object() ? find_member(body, "name") : nullptr;
  if (name == nullptr || !name->is_string() || name->get_ref<const std::string&>().empty()) {
    return input_error(place, "a tool has no `name`");
  }
  std::string plain = name->get<std::string>();
  std::replace(plain.begin(), plain.end(), '.', '_');
  const Json* description = find_member(body, "description");
  const Json* parameters = find_member(body, "parameters");
  if (parameters == nullptr) parameters = find_member(body, "input_schema");
  Json schema = parameters != nullptr ? *parameters : Json{{"type", "object"}};
  if (!schema.is_object()) {
    return input_error(place, fmt::format("the parameters of tool `{}` are {}, expected a schema",
                                          plain, json_type_name(schema)));
  }
  rename_types(schema);
  Json out;
  out["name"] = plain;
  out["description"] =
      description != nullptr && description->is_string() ? *description : Json("");
  out["parameters"] = dump_json(schema);
  return out;
}

Result<Json> parsed_again(const std::string& text) { return parse_json(text, "prompt"); }

}  // namespace

Result<std::string> checked_messages(const Json& value, const std::string& place) {
  ASSAY_TRY(Json list, value_of(value, place, "messages"));
  if (list.is_array() && !list.empty() && list[0].is_array()) list = Json(list[0]);
  if (!list.is_array() || list.empty() || list.size() > kMessagesMax) {
    return input_error(place, fmt::format("`messages` is {}, expected a list of 1 to {} messages",
                                          json_type_name(list), kMessagesMax));
  }
  Json out = Json::array();
  for (const Json& message : list) {
    ASSAY_TRY(Json checked, checked_message(message, place));
    out.push_back(std::move(checked));
  }
  return dump_json(out);
}

Result<std::vector<Message>> messages_of(const std::string& text) {
  ASSAY_TRY(const Json list, parsed_again(text));
  std::vector<Message> messages;
  for (const Json& item : list) {
    Message message;
    ASSAY_TRY(message.role, get_string(item, "role", "message"));
    ASSAY_TRY(message.text, get_string(item, "content", "message"));
    if (const Json* calls = find_member(item, "tool_calls")) {
      message.tool_calls = tool_calls_from_json(dump_json(*calls));
    }
    if (const Json* id = find_member(item, "tool_call_id")) {
      message.tool_call_id = id->get<std::string>();
    }
    messages.push_back(std::move(message));
  }
  return messages;
}

Result<std::string> checked_tools(const Json& value, const std::string& place) {
  ASSAY_TRY(Json list, value_of(value, place, "tools"));
  if (list.is_null()) list = Json::array();
  if (list.is_object()) list = Json::array({std::move(list)});
  if (!list.is_array() || list.size() > kToolsMax) {
    return input_error(place, fmt::format("`tools` is {}, expected a list of at most {} tools",
                                          json_type_name(list), kToolsMax));
  }
  Json out = Json::array();
  for (const Json& tool : list) {
    ASSAY_TRY(Json checked, checked_tool(tool, place));
    out.push_back(std::move(checked));
  }
  return out.empty() ? std::string() : dump_json(out);
}

Result<std::vector<Tool>> tools_of(const std::string& text) {
  ASSAY_TRY(const Json list, parsed_again(text));
  std::vector<Tool> tools;
  for (const Json& item : list) {
    Tool tool;
    ASSAY_TRY(tool.name, get_string(item, "name", "tool"));
    ASSAY_TRY(tool.description, get_string(item, "description", "tool"));
    ASSAY_TRY(tool.parameters, get_string(item, "parameters", "tool"));
    tools.push_back(std::move(tool));
  }
  return tools;
}

std::string last_user_text(const std::vector<Message>& messages) {
  for (auto it = messages.rbegin(); it != messages.rend(); ++it) {
    if (it->role == "user") return it->text;
  }
  return {};
}

}  // namespace assay::suites
