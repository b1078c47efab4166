#include <memory>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "suites/score/ifeval/judge.h"
#include "tests/conformance/families.h"

namespace assay::conformance {

// One instruction on one reply: {"strict": bool, "loose": bool}.
Json ifeval_case(const Json& input) {
  auto made = suites::ifeval::make_instruction(input.at("instruction_id").get<std::string>(),
                                               input.value("kwargs", Json::object()));
  if (!made) return Json{{"error", made.error().text()}};
  std::vector<std::unique_ptr<suites::ifeval::Instruction>> instructions;
  instructions.push_back(std::move(made).value());
  const auto judged =
      suites::ifeval::judge_reply(instructions, input.at("response").get<std::string>());
  if (!judged.cannot.empty()) return Json{{"error", judged.cannot}};
  return Json{{"strict", bool{judged.strict[0]}}, {"loose", bool{judged.loose[0]}}};
}

}  // namespace assay::conformance
