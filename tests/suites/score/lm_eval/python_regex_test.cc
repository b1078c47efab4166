// Python's regular expressions: every line of python_re.jsonl holds what Python's own `re` found
// (make_regex_cases.py writes it), and the limits hold whatever the pattern and the text are.
#include "suites/score/lm_eval/python_regex.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "suites/score/lm_eval/python_pattern.h"

namespace assay::suites::lm_eval {
namespace {

constexpr size_t kCasesMin = 500;

std::string repeat(std::string_view piece, size_t times) {
  std::string text;
  for (size_t i = 0; i < times; ++i) text += piece;
  return text;
}

Json find_all(const PythonRegex& regex, std::string_view text) {
  Json found = Json::array();
  PythonFindAll all(regex, text);
  while (all.next()) {
    Json groups = Json::array();
    if (regex.group_count() == 0) groups.push_back(all.group(0));
    for (size_t i = 1; i <= regex.group_count(); ++i) groups.push_back(all.group(i));
    found.push_back(std::move(groups));
  }
  EXPECT_EQ(all.limit(), "");
  return found;
}

void check_row(const Json& row) {
  const auto pattern = row["pattern"].get<std::string>();
  const Result<PythonRegex> regex = PythonRegex::compile(pattern);
  if (row.contains("error")) {
    EXPECT_FALSE(regex.has_value()) << "Python refuses " << pattern;
    return;
  }
  ASSERT_TRUE(regex.has_value()) << regex.error().text();
  const auto text = row["text"].get<std::string>();
  EXPECT_EQ(find_all(*regex, text), row["found"]);
  std::string limit;
  EXPECT_EQ(regex->remove_all(text, limit), row["removed"].get<std::string>());
  EXPECT_EQ(limit, "");
}

TEST(PythonRegex, FindsWhatPythonFinds) {
  const std::string path =
      std::string(ASSAY_SOURCE_DIR) + "/tests/suites/score/lm_eval/python_re.jsonl";
  std::ifstream in(path);
  ASSERT_TRUE(in) << path;
  std::string line;
  size_t cases = 0;
  for (int number = 1; std::getline(in, line); ++number) {
    SCOPED_TRACE(path + ":" + std::to_string(number) + ": " + line.substr(0, 300));
    const Result<Json> row = parse_json(line, path, number);
    ASSERT_TRUE(row.has_value()) << row.error().text();
    check_row(*row);
    ++cases;
  }
  EXPECT_GE(cases, kCasesMin);
}

// The limit that a walk over `text` reaches; "" when it ends by itself.
std::string limit_of(std::string_view pattern, const std::string& text) {
  const Result<PythonRegex> regex = PythonRegex::compile(pattern);
  if (!regex) return "refused: " + regex.error().text();
  PythonFindAll all(*regex, text);
  while (all.next()) {
  }
  return all.limit();
}

TEST(PythonRegex, ExponentialPatternsGiveUp) {
  const std::string as = repeat("a", 5000);
  for (const char* pattern :
       {"(a+)+$", "(a|a?)+$", "(?:a?){30}a{30}[bc]", "(x+x+)+[yz]|(a+a+)+[yz]"}) {
    SCOPED_TRACE(pattern);
    EXPECT_NE(limit_of(pattern, as + "!"), "");
  }
}

TEST(PythonRegex, QuadraticPatternsGiveUpOnLongTexts) {
  const std::string ones = repeat("1", 2'000'000);
  EXPECT_NE(limit_of(R"(\d+[xy])", ones), "");
  EXPECT_NE(limit_of(R"(\d*?[xy])", ones), "");
  EXPECT_NE(limit_of(R"((?=\d+)x)", ones), "");
  EXPECT_NE(limit_of(R"((?>\d+)x)", ones), "");
  EXPECT_NE(limit_of(R"(\d++x)", ones), "");
  EXPECT_NE(limit_of(R"(\d{1000}x)", ones), "");
  EXPECT_NE(limit_of(R"((\d+)\1x)", ones), "");
}

TEST(PythonRegex, HiddenScansGiveUpOnTextsOfAFewPages) {
  const std::string as = repeat("a", 16'000);
  EXPECT_NE(limit_of(R"((?:(?=.*)a)*[bc])", as), "");
  EXPECT_NE(limit_of(R"((a+)\1[bc])", as), "");
}

TEST(PythonRegex, OrdinaryPatternsSearchTenMegabytes) {
  const std::string words = repeat("The answer is 42. It is known to be so, isn't it?\n", 200'000);
  for (const char* pattern : {R"(#### (\-?[0-9\.\,]+))", R"((-?[$0-9.,]{2,})|(-?[0-9]+))",
                              R"((?<=the answer is )(.*)(?=.))", R"(\b(True|False)\b)"}) {
    SCOPED_TRACE(pattern);
    EXPECT_EQ(limit_of(pattern, words), "");
  }
  EXPECT_NE(limit_of("x", repeat("word", 5'000'000)), "") << "beyond kRegexTextBytesMax";
}

TEST(PythonRegex, HostilePatternsAreRefused) {
  EXPECT_FALSE(PythonRegex::compile(repeat("(", 10'000)).has_value());
  EXPECT_FALSE(PythonRegex::compile(repeat("(", 10'000) + repeat(")", 10'000)).has_value());
  EXPECT_FALSE(PythonRegex::compile(repeat("()", 5'000)).has_value());
  EXPECT_FALSE(PythonRegex::compile(repeat("a", 100'000)).has_value());
  EXPECT_FALSE(PythonRegex::compile("a{99999999999999999999}").has_value());
  EXPECT_FALSE(PythonRegex::compile("(?:(?:a{65535}){65535}){65535}").has_value());
  EXPECT_FALSE(PythonRegex::compile("\xff").has_value());
  EXPECT_FALSE(PythonRegex::compile(R"(\ud800)").has_value());
}

TEST(PythonPattern, MessagesNameTheFault) {
  const auto wrong = translate_python_pattern("a**");
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().text(),
            "pattern `a**` is not a regular expression of Python: multiple repeat at character 3");
}

}  // namespace
}  // namespace assay::suites::lm_eval
