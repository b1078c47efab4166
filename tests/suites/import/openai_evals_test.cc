// Samples of OpenAI-evals: asked as messages, judged as their class would.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/suites/import/imported.h"

namespace assay::suites {
namespace {

using assay::test::TempDir;
using test::ask;
using test::judge;
using test::load_folder;
using ::testing::HasSubstr;

Result<ImportedSuite> import_lines(const TempDir& dir, const std::string& lines,
                                   const std::string& name) {
  ImportOptions options;
  options.name = "evals";
  options.openai_class = name;
  return import_openai_evals(dir.write("samples.jsonl", lines), options);
}

TEST(OpenAiEvals, MatchIsAPrefix) {
  const TempDir dir;
  const auto imported = import_lines(
      dir,
      "{\"input\": [{\"role\": \"system\", \"content\": \"Answer.\"}, {\"role\": \"user\", "
      "\"content\": \"2+2?\"}], \"ideal\": [\"4\", \"4.0 (four)\"]}\n"
      "{\"input\": \"a.b?\", \"ideal\": \"a.b\"}\n",
      "match");
  ASSERT_TRUE(imported.has_value()) << imported.error().text();
  const auto suite = load_folder(dir, *imported);
  EXPECT_EQ(ask(*suite, 0).messages.size(), 2U);
  EXPECT_EQ(ask(*suite, 1).messages.at(0).text, "a.b?");
  EXPECT_EQ(judge(*suite, 0, "4, of course"), 1);
  EXPECT_EQ(judge(*suite, 0, "It is 4"), 0);
  EXPECT_EQ(judge(*suite, 1, "axb"), 0) << "an ideal is no pattern";
  EXPECT_EQ(judge(*suite, 1, "a.b"), 1);
}

TEST(OpenAiEvals, TheOtherClasses) {
  const TempDir dir;
  const std::string text = "{\"input\": \"q\", \"ideal\": [\"Paris\"]}\n";
  const auto includes = import_lines(dir, text, "includes");
  ASSERT_TRUE(includes.has_value());
  EXPECT_EQ(judge(*load_folder(dir, *includes), 0, "in Paris."), 1);
  EXPECT_EQ(judge(*load_folder(dir, *includes), 0, "in paris."), 0);
  const auto fuzzy = import_lines(dir, text, "fuzzy_match");
  ASSERT_TRUE(fuzzy.has_value());
  EXPECT_EQ(judge(*load_folder(dir, *fuzzy), 0, "The PARIS!"), 1);
  const auto json =
      import_lines(dir, "{\"input\": \"q\", \"ideal\": \"{\\\"a\\\": 1}\"}\n", "json_match");
  ASSERT_TRUE(json.has_value());
  EXPECT_EQ(judge(*load_folder(dir, *json), 0, "{ \"a\": 1.0 }"), 1);
  EXPECT_EQ(judge(*load_folder(dir, *json), 0, "so: {\"a\": 1}"), 0);
}

TEST(OpenAiEvals, BadSamplesSayWhere) {
  const TempDir dir;
  EXPECT_THAT(import_lines(dir, "{\"input\": \"q\"}\n", "match").error().text(),
              HasSubstr("samples.jsonl:1: the sample has no `ideal`"));
  EXPECT_THAT(import_lines(dir, "{\"ideal\": \"q\"}\n", "match").error().text(),
              HasSubstr("has no `input`"));
  EXPECT_THAT(import_lines(dir, "{\"input\": [{\"role\": \"x\"}], \"ideal\": \"q\"}\n", "match")
                  .error()
                  .text(),
              HasSubstr("`role` is \"x\""));
  EXPECT_THAT(import_lines(dir, "{}\n", "other").error().text(),
              HasSubstr("no class that is known"));
}

}  // namespace
}  // namespace assay::suites
