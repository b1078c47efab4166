// The preprocessing functions on rows that are data: every line of rows.jsonl is one case. `adds`:
// the fields afterwards, others unchanged; `dropped`: the row is left out; `error`: the message;
// `options` and `right`: of a shuffled row.
#include "suites/native/preprocess.h"

#include <gmock/gmock.h>

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "harness/base/json.h"

namespace assay::suites {
namespace {

std::vector<Json> read_cases() {
  const std::string path = std::string(ASSAY_SOURCE_DIR) + "/tests/suites/native/rows.jsonl";
  std::ifstream in(path);
  std::vector<Json> cases;
  for (std::string line; std::getline(in, line);) {
    auto parsed = parse_json(line, path);
    EXPECT_TRUE(parsed.has_value()) << line;
    if (parsed) cases.push_back(std::move(*parsed));
  }
  return cases;
}

void check_shuffled(const Json& row, const Json& test) {
  std::multiset<std::string> options;
  for (const char* key : {"choice1", "choice2", "choice3", "choice4"}) {
    options.insert(row.at(key).get<std::string>());
  }
  const auto expected = test["options"].get<std::vector<std::string>>();
  EXPECT_EQ(options, std::multiset<std::string>(expected.begin(), expected.end()));
  const int gold = row.at("gold").get<int>();
  EXPECT_EQ(row.at("choice" + std::to_string(gold + 1)), test["right"]);
  EXPECT_EQ(row.at("answer"), std::string("(") + static_cast<char>('A' + gold) + ")");
}

TEST(Preprocess, EveryCase) {
  const std::vector<Json> cases = read_cases();
  ASSERT_GE(cases.size(), 40U);
  for (const Json& test : cases) {
    SCOPED_TRACE(dump_json(test).substr(0, 300));
    const Preprocess* function = find_preprocess(test.at("function").get<std::string>());
    ASSERT_NE(function, nullptr);
    Json row = test.at("row");
    const Result<bool> kept = function->apply(row);
    if (test.contains("error")) {
      ASSERT_FALSE(kept.has_value());
      EXPECT_EQ(kept.error().message, test["error"].get<std::string>());
      continue;
    }
    ASSERT_TRUE(kept.has_value()) << kept.error().text();
    EXPECT_EQ(*kept, !test.contains("dropped"));
    if (test.contains("options")) check_shuffled(row, test);
    if (!test.contains("adds")) continue;
    Json expected = test["row"];
    for (const auto& [key, value] : test["adds"].items()) expected[key] = value;
    EXPECT_EQ(row, expected);
    for (const auto& [key, value] : test["adds"].items()) {
      EXPECT_THAT(function->adds, testing::Contains(key)) << "columns that the table names";
    }
  }
}

// The order of options is drawn from the question alone, and is not always the same.
TEST(Preprocess, GpqaOrderIsTheQuestions) {
  std::set<std::string> orders;
  for (int i = 0; i < 40; ++i) {
    const Json row = {{"Question", "Question " + std::to_string(i)},
                      {"Correct Answer", "w"},
                      {"Incorrect Answer 1", "x"},
                      {"Incorrect Answer 2", "y"},
                      {"Incorrect Answer 3", "z"}};
    Json first = row;
    Json second = row;
    ASSERT_TRUE(find_preprocess("gpqa")->apply(first).has_value());
    ASSERT_TRUE(find_preprocess("gpqa")->apply(second).has_value());
    EXPECT_EQ(first, second);
    orders.insert(first["answer"].get<std::string>());
  }
  EXPECT_EQ(orders.size(), 4U);
}

// Brackets that never close, and closed ones by the million, take no more than linear time: with a
// search for each one this test would not end.
TEST(Preprocess, HellaswagBracketsAreLinear) {
  const std::string open(1'000'000, '[');
  Json row = {{"activity_label", open + "\n" + open},
              {"ctx_a", open + "]"},
              {"ctx_b", ""},
              {"endings", Json::array({open})},
              {"label", 0}};
  ASSERT_TRUE(find_preprocess("hellaswag")->apply(row).has_value());
  EXPECT_EQ(row["choices"][0].get_ref<const std::string&>().size(), open.size());
  EXPECT_LT(row["query"].get_ref<const std::string&>().size(), open.size() + 10);
}

TEST(Preprocess, TableIsSortedAndComplete) {
  std::string before;
  for (const Preprocess& function : all_preprocess()) {
    EXPECT_LT(before, function.name);
    before = function.name;
    EXPECT_FALSE(function.summary.empty());
    EXPECT_EQ(find_preprocess(function.name), &function);
  }
  EXPECT_EQ(find_preprocess("hellaswa"), nullptr);
}

TEST(NativeTwin, NamesTheSuiteThatStandsForATask) {
  EXPECT_EQ(native_twin("hellaswag"), "hellaswag");
  EXPECT_EQ(native_twin("mmlu_pro_law"), "mmlu_pro_law");
  EXPECT_EQ(native_twin("mmlu_pro_plus"), "mmlu_pro");
  EXPECT_EQ(native_twin("gpqa_diamond_cot_zeroshot"), "gpqa_diamond");
  EXPECT_EQ(native_twin("minerva_math_algebra"), "math_500");
  EXPECT_EQ(native_twin("hellaswag_de"), "");
}

}  // namespace
}  // namespace assay::suites
