// The stored form of a request: what makes two questions the same.
#include <gtest/gtest.h>

#include "harness/types/request.h"

namespace assay {
namespace {

TEST(RequestJson, SaysEverythingThatIsAsked) {
  Request request;
  request.messages.push_back({"user", "How warm?", {}, {}, {}});
  request.messages.push_back({"assistant", "", {}, {{"c1", "weather", R"({"city":"서울"})"}}, {}});
  request.messages.push_back({"tool", "21", {}, {}, "c1"});
  request.tools.push_back({"weather", "Of a city", R"({"type":"object"})"});
  request.tool_choice = "auto";
  request.params.top_k = 5;
  request.continuations = {{" yes"}, {" no", "Is it?"}};
  EXPECT_EQ(
      request_to_json(request),
      R"({"messages":[{"role":"user","content":"How warm?"},)"
      R"({"role":"assistant","content":"","tool_calls":[{"id":"c1","name":"weather",)"
      R"("arguments":"{\"city\":\"서울\"}"}]},{"role":"tool","content":"21","tool_call_id":"c1"}],)"
      R"("params":{"top_k":5},"tools":[{"name":"weather","description":"Of a city",)"
      R"("parameters":"{\"type\":\"object\"}"}],"tool_choice":"auto","continuations":[" yes",{"context":"Is it?","text":" no"}]})");
}

}  // namespace
}  // namespace assay
