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
  return input_error(
      place, fmt::format("`{}` is a text that is no JSON ({})", what, parsed.error().message));
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
        return input_error(place,
                           "a part of a message's `content` is no text, which is all that "
                           "`messages` can hold (pictures: `doc_to_image`)");
      }
      text += (text.empty() ? "" : "\n") + piece->get<std::string>();
    }
    return text;
  }
  return input_error(
      place, fmt::format("a message's `content` is {}, expected a text", json_type_name(*content)));
}

Result<ToolCall> call_from(const Json& call, const std::string& place) {
  const Json* function = call.is_object() ? find_member(call, "function") : nullptr;
  const Json& body = function != nullptr && function->is_object() ? *function : call;
  const Json* name = body.is_object() ? find_member(body, "name") : nullptr;
  if (name == nullptr || !name->is_string()) {
    return input_error(place, "a tool call of a message has no `name`");
  }
  const Json* arguments = find_member(body, "arguments");
  const Json* id = find_member(call, "id");
  ToolCall out;
  if (id != nullptr && id->is_string()) out.id = id->get<std::string>();
  out.name = name->get<std::string>();
  out.arguments = arguments == nullptr     ? "{}"
                  : arguments->is_string() ? arguments->get<std::string>()
                                           : dump_json(*arguments);
  return out;
}

Result<Message> message_from(const Json& message, const std::string& place) {
  if (!message.is_object()) {
    return input_error(
        place, fmt::format("a message is {}, expected {{role, content}}", json_type_name(message)));
  }
  const Json* role = find_member(message, "role");
  Message out;
  if (role != nullptr && role->is_string()) {
    out.role = alias_of(kRoles, role->get_ref<const std::string&>());
  }
  if (out.role.empty()) {
    return input_error(place, fmt::format("a message's `role` is {}, expected system, user, "
                                          "assistant or tool",
                                          role == nullptr ? "missing" : dump_json(*role)));
  }
  ASSAY_TRY(out.text, content_text(message, place));
  const Json* calls = find_member(message, "tool_calls");
  if (calls != nullptr && calls->is_array()) {
    for (const Json& call : *calls) {
      ASSAY_TRY(ToolCall one, call_from(call, place));
      out.tool_calls.push_back(std::move(one));
    }
  }
  const Json* id = find_member(message, "tool_call_id");
  if (id != nullptr && id->is_string()) out.tool_call_id = id->get<std::string>();
  return out;
}

// Types renamed everywhere in a schema. The values of `enum`, `default` and `const` stay.
void rename_types(Json& schema) {
  std::vector<Json*> pending{&schema};
  while (!pending.empty()) {
    Json& at = *pending.back();
    pending.pop_back();
    if (at.is_array()) {
      for (Json& item : at) pending.push_back(&item);
      continue;
    }
    if (!at.is_object()) continue;
    for (auto& [key, value] : at.items()) {
      if (key == "type" && value.is_string()) {
        const std::string_view name = alias_of(kTypes, value.get_ref<const std::string&>());
        if (!name.empty()) value = std::string(name);
      } else if (key != "enum" && key != "default" && key != "const") {
        pending.push_back(&value);
      }
    }
  }
}

Result<Tool> tool_from(const Json& tool, const std::string& place) {
  const Json* function = tool.is_object() ? find_member(tool, "function") : nullptr;
  const Json& body = function != nullptr && function->is_object() ? *function : tool;
  const Json* name = body.is_object() ? find_member(body, "name") : nullptr;
  if (name == nullptr || !name->is_string() || name->get_ref<const std::string&>().empty()) {
    return input_error(place, "a tool has no `name`");
  }
  Tool out;
  out.name = name->get<std::string>();
  std::replace(out.name.begin(), out.name.end(), '.', '_');
  const Json* description = find_member(body, "description");
  if (description != nullptr && description->is_string()) {
    out.description = description->get<std::string>();
  }
  const Json* parameters = find_member(body, "parameters");
  if (parameters == nullptr) parameters = find_member(body, "input_schema");
  Json schema = parameters != nullptr ? *parameters : Json{{"type", "object"}};
  if (!schema.is_object()) {
    return input_error(place, fmt::format("the parameters of tool `{}` are {}, expected a schema",
                                          out.name, json_type_name(schema)));
  }
  rename_types(schema);
  out.parameters = dump_json(schema);
  return out;
}

}  // namespace

Result<std::vector<Message>> messages_from(const Json& value, const std::string& place) {
  ASSAY_TRY(Json list, value_of(value, place, "messages"));
  if (list.is_array() && !list.empty() && list[0].is_array()) list = Json(list[0]);
  if (!list.is_array() || list.empty() || list.size() > kMessagesMax) {
    return input_error(place, fmt::format("`messages` is {}, expected a list of 1 to {} messages",
                                          json_type_name(list), kMessagesMax));
  }
  std::vector<Message> messages;
  for (const Json& item : list) {
    ASSAY_TRY(Message message, message_from(item, place));
    messages.push_back(std::move(message));
  }
  return messages;
}

Result<std::vector<Tool>> tools_from(const Json& value, const std::string& place) {
  ASSAY_TRY(Json list, value_of(value, place, "tools"));
  if (list.is_null()) list = Json::array();
  if (list.is_object()) list = Json::array({std::move(list)});
  if (!list.is_array() || list.size() > kToolsMax) {
    return input_error(place, fmt::format("`tools` is {}, expected a list of at most {} tools",
                                          json_type_name(list), kToolsMax));
  }
  std::vector<Tool> tools;
  for (const Json& item : list) {
    ASSAY_TRY(Tool tool, tool_from(item, place));
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
