// Function calls in texts, and the leaderboard's own data: an answer made of the accepted values is
// right, and stops being right when something in it is changed.
#include "suites/score/tool_calls.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace assay::suites {
namespace {

std::vector<Json> read_lines(const std::string& path) {
  std::vector<Json> rows;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) rows.push_back(parse_json(line, path).value());
  }
  return rows;
}

// The first accepted value of each argument that may not be left out instead; a dict of lists of
// accepted values becomes a dict.
Json first_accepted(const Json& options_of_argument) {
  Json accepted = Json::array();
  for (const Json& one : options_of_argument) {
    if (one != "") accepted.push_back(one);
  }
  if (accepted.empty()) return nullptr;
  const auto plain = [](const Json& value) {
    if (!value.is_object()) return value;
    Json out = Json::object();
    for (const auto& [key, options] : value.items()) {
      if (options.is_array() && !options.empty() && options[0] != "") out[key] = options[0];
    }
    return out;
  };
  const Json& value = accepted.at(0);
  if (!value.is_array()) return plain(value);
  Json list = Json::array();
  for (const Json& item : value) list.push_back(plain(item));
  return list;
}

std::vector<FunctionCall> perfect_calls(const std::vector<ExpectedCall>& expected) {
  std::vector<FunctionCall> calls;
  for (const ExpectedCall& one : expected) {
    FunctionCall call{one.name, Json::object(), {}};
    for (const auto& [name, accepted] : one.accepted.items()) {
      Json value = first_accepted(accepted);
      if (!value.is_null()) call.arguments[name] = std::move(value);
    }
    calls.push_back(std::move(call));
  }
  return calls;
}

TEST(ToolCalls, TheLeaderboardsOwnAnswers) {
  const std::string folder = std::string(ASSAY_SOURCE_DIR) + "/../shared/data/bfcl/";
  if (!std::ifstream(folder + "BFCL_v4_parallel.json")) {
    GTEST_SKIP() << "the leaderboard's data is not in ../shared/data/bfcl";
  }
  for (const std::string name : {"simple_python", "multiple", "parallel"}) {
    const auto questions = read_lines(folder + "BFCL_v4_" + name + ".json");
    const auto answers = read_lines(folder + "possible_answer/BFCL_v4_" + name + ".json");
    ASSERT_EQ(questions.size(), answers.size());
    size_t right = 0;
    for (size_t i = 0; i < questions.size(); ++i) {
      const auto expected = expected_calls(answers[i].at("ground_truth"));
      ASSERT_TRUE(expected.has_value()) << answers[i].at("id");
      const auto schemas = tool_schemas(questions[i].at("function"));
      std::vector<FunctionCall> calls = perfect_calls(*expected);
      EXPECT_EQ(match_calls(calls, *expected, schemas), "") << answers[i].at("id");
      std::reverse(calls.begin(), calls.end());
      right += match_calls(calls, *expected, schemas).empty() ? 1 : 0;
      calls.back().name += "_x";
      EXPECT_NE(match_calls(calls, *expected, schemas), "") << answers[i].at("id");
    }
    // In any order, but for one question whose first expected call accepts what the second needs:
    // calls are taken greedily, as in the reference.
    EXPECT_GE(right + 1, questions.size()) << name;
  }
}

TEST(ToolCalls, PythonAndItsLimits) {
  ASSERT_TRUE(python_calls("f()"));
  EXPECT_FALSE(python_calls("just words"));
  EXPECT_FALSE(python_calls("f(x=1) and more"));
  EXPECT_EQ(python_calls("[a.b(x=[1,(2,3)],y={'k':'v'})]")->front().arguments.dump(),
            R"({"x":[1,[2,3]],"y":{"k":"v"}})");
  std::string deep = "f(x=";
  for (int i = 0; i < 5000; ++i) deep += "[";
  EXPECT_FALSE(python_calls(deep));
  std::string many = "[";
  for (int i = 0; i < 2000; ++i) many += "f(),";
  EXPECT_FALSE(python_calls(many + "]")) << "more than kCallsMax is no list of calls";
}

TEST(ToolCalls, StandardText) {
  EXPECT_EQ(standard_text("April 1, 2024"), standard_text("april_1-2024"));
  EXPECT_EQ(standard_text("It's"), "it\"s");
}

}  // namespace
}  // namespace assay::suites
