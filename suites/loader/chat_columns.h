// Messages and tools that stand in the data: a row's list of {role, content}, and its list of
// functions that the model may call.
//
// Where it stands: SampleMaker checks them when a sample is made; FileSuite::request() asks with
// them. Pure.
//
//   ASSAY_TRY(request.messages, messages_from(row["messages"], "suite.yaml:7:11"));
#pragma once

#include <string>
#include <vector>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"
#include "harness/types/request.h"

namespace assay::suites {

inline constexpr size_t kMessagesMax = 10'000;  // of one row
inline constexpr size_t kToolsMax = 1'000;

// `value`: a list of {role, content}, or its JSON text; of a list of turns ([[...]]) the first
// turn. role is system, developer (as system), user, assistant, tool or function (as tool); content
// a text, a list of {"type": "text", "text"} parts, or null beside `tool_calls`. Assistants may
// have `tool_calls` (OpenAI's form), tools a `tool_call_id`.
Result<std::vector<Message>> messages_from(const Json& value, const std::string& place);

// `value`: one tool or a list, or its JSON text: {"type": "function", "function": {name,
// description, parameters}} (OpenAI) or {name, description, parameters} (Anthropic's input_schema,
// the Berkeley leaderboard's). Types that are no JSON Schema (dict, float, tuple, any ...) become
// object, number, array, string; a dot in a name becomes "_", as most providers allow none.
Result<std::vector<Tool>> tools_from(const Json& value, const std::string& place);

// The bare question of a conversation: its last message of a user.
std::string last_user_text(const std::vector<Message>& messages);

}  // namespace assay::suites
