// The parts of the scorer `ifeval` that cases as data do not show: the versions of a reply, what
// counts as JSON, replies of half a megabyte, and the whole data set and vectors where they are at
// hand.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "suites/score/ifeval/json_text.h"
#include "suites/score/ifeval/judge.h"

namespace assay::suites::ifeval {
namespace {

// Arguments that fit each instruction.
const char* const kArguments = R"j({
  "capital_frequency": 2, "capital_relation": "at least", "prompt_to_repeat": "tea",
  "num_placeholders": 2, "postscript_marker": "P.S.", "section_spliter": "Section",
  "num_sections": 2, "num_bullets": 3, "num_highlights": 2, "keywords": ["tea", "c.ke"],
  "forbidden_words": ["tea"], "keyword": "tea", "frequency": 3, "relation": "at least",
  "letter": "t", "let_frequency": 9, "let_relation": "less than", "language": "en",
  "num_paragraphs": 2, "nth_paragraph": 1, "first_word": "tea", "num_sentences": 3,
  "num_words": 50, "end_phrase": "the end."})j";

std::vector<std::unique_ptr<Instruction>> every_instruction() {
  const Json kwargs = parse_json(kArguments, "arguments").value();
  std::vector<std::unique_ptr<Instruction>> all;
  for (const std::string_view id : instruction_ids()) {
    all.push_back(make_instruction(id, kwargs).value());
  }
  return all;
}

TEST(Ifeval, HasItsInstructions) {
  const auto ids = instruction_ids();
  EXPECT_EQ(std::set<std::string_view>(ids.begin(), ids.end()).size(), 25U);
  EXPECT_EQ(every_instruction().size(), 25U);
  for (const std::string_view id : ids) {
    // Those with arguments refuse to judge without them; the others need none.
    const bool needs = !make_instruction(id, Json::object()).has_value();
    EXPECT_EQ(needs, !make_instruction(id, Json()).has_value()) << id;
  }
}

TEST(Ifeval, VersionsOfAReply) {
  const std::string reply = " a*\n b \nc* ";
  const std::vector<std::string> versions{" a*\n b \nc* ", "b \nc*", "a*\n b", "b",
                                          " a\n b \nc ",   "b \nc",  "a\n b",  "b"};
  for (size_t i = 0; i < kVersions; ++i) EXPECT_EQ(reply_version(reply, i), versions[i]) << i;
  EXPECT_EQ(reply_version("one line", 1), "");
  EXPECT_EQ(reply_version("one line", 2), "");
  EXPECT_EQ(reply_version("two\nlines", 3), "");
}

TEST(Ifeval, PythonJson) {
  for (const char* const text :
       {"{}", "[]", "[[]]", "\"\"", "0", "-0", "-1.5E+3", "1e5", "null", "true", "false", "NaN",
        "-Infinity", R"({"a": {"b": [1, "x", {}]}, "a": 2})", R"("\ud800 \u00e9 \/ \n")",
        " [1 ,2] ", "\"\x7F\""}) {
    EXPECT_TRUE(is_python_json(text)) << text;
  }
  for (const char* const text : {"",
                                 " ",
                                 "{",
                                 "[",
                                 "]",
                                 "[1,]",
                                 "[,1]",
                                 "{\"a\"}",
                                 "{\"a\":}",
                                 "{\"a\":1,}",
                                 "{a:1}",
                                 "{1:1}",
                                 "01",
                                 "-",
                                 "1.",
                                 ".5",
                                 "1e",
                                 "1e+",
                                 "+1",
                                 "--1",
                                 "nul",
                                 "True",
                                 "-NaN",
                                 "'a'",
                                 "\"a",
                                 "\"\n\"",
                                 R"("\x")",
                                 R"("\u12g4")",
                                 R"("\u12)",
                                 "[1 2]",
                                 "[1]]",
                                 "{}{}",
                                 "\xEF\xBB\xBF[]",
                                 "[1}",
                                 "{\"a\":1]"}) {
    EXPECT_FALSE(is_python_json(text)) << text;
  }
  EXPECT_TRUE(is_python_json(std::string(4300, '7')));
  EXPECT_FALSE(is_python_json("-" + std::string(4301, '7')));
  EXPECT_TRUE(is_python_json(std::string(4301, '7') + ".0"));
  EXPECT_TRUE(is_python_json(std::string(100'000, '[') + std::string(100'000, ']')));
  EXPECT_FALSE(is_python_json(std::string(100'000, '[')));
}

// Every check on long replies: they would take hours if a check were
// quadratic.
TEST(Ifeval, HostileRepliesEnd) {
  constexpr size_t kBytes = size_t{1} << 19;
  const auto instructions = every_instruction();
  for (const char* const piece : {"*", "**a", "[", "<<", "\n* ", " ", "\n", "{\"a\":[", "p. ", "a.",
                                  "\"", "- \n", "***", "İ", "tea "}) {
    std::string text;
    text.reserve(kBytes + 16);
    while (text.size() < kBytes) text += piece;
    const Reply reply(text);
    for (size_t i = 0; i < instructions.size(); ++i) {
      const Followed followed = instructions[i]->check(reply);
      EXPECT_FALSE(followed.yes && !followed.cannot.empty()) << instruction_ids()[i];
    }
  }
}

std::string shared_file(const std::string& name) {
  return std::string(ASSAY_SOURCE_DIR) + "/../shared/" + name;
}

TEST(Ifeval, EveryPromptOfTheDataSetCanBeJudged) {
  const std::string path = shared_file("data/ifeval/input_data.jsonl");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here";
  std::ifstream in(path);
  std::string line;
  size_t instructions = 0;
  while (std::getline(in, line)) {
    const Json row = parse_json(line, path).value();
    for (size_t i = 0; i < row["instruction_id_list"].size(); ++i, ++instructions) {
      const auto made =
          make_instruction(row["instruction_id_list"][i].get<std::string>(), row["kwargs"][i]);
      ASSERT_TRUE(made.has_value()) << line << made.error().text();
    }
  }
  EXPECT_EQ(instructions, 834U);
}

TEST(Ifeval, AgreesWithTheVectors) {
  const std::string path = shared_file("vectors/ifeval.jsonl");
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here";
  std::ifstream in(path);
  std::string line;
  size_t cases = 0;
  for (; std::getline(in, line); ++cases) {
    const Json row = parse_json(line, path).value();
    std::vector<std::unique_ptr<Instruction>> one;
    one.push_back(
        make_instruction(row["input"]["instruction_id"].get<std::string>(), row["input"]["kwargs"])
            .value());
    const Judgement judged = judge_reply(one, row["input"]["response"].get<std::string>());
    EXPECT_EQ(judged.cannot, "");
    EXPECT_EQ(judged.strict[0], row["expected"]["strict"].get<bool>()) << line;
    EXPECT_EQ(judged.loose[0], row["expected"]["loose"].get<bool>()) << line;
  }
  EXPECT_GT(cases, 0U);
}

}  // namespace
}  // namespace assay::suites::ifeval
