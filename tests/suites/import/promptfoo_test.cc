// promptfoo configurations: prompts, tests and assertions become a suite that asks and judges the
// same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "suites/import/nunjucks.h"
#include "suites/import/promptfoo_tests.h"
#include "tests/suites/import/imported.h"

namespace assay::suites {
namespace {

using assay::test::TempDir;
using test::ask;
using test::judge;
using test::load_folder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<ImportedSuite> import_text(const TempDir& dir, const std::string& yaml,
                                  bool skip_unsupported = false) {
  ImportOptions options;
  options.name = "imported";
  options.skip_unsupported = skip_unsupported;
  return import_promptfoo(dir.write("promptfooconfig.yaml", yaml), options);
}

TEST(Promptfoo, OnePromptAndItsTests) {
  const TempDir dir;
  const auto imported = import_text(dir, R"(
description: Capitals
prompts:
  - "What is the capital of {{ country }}?"
providers: [openai:gpt-4o-mini]
defaultTest:
  assert:
    - type: not-icontains
      value: sorry
tests:
  - vars: {country: France}
    assert:
      - {type: icontains, value: paris}
  - vars: {country: Norway}
    assert:
      - {type: equals, value: "{{ country }}: Oslo"}
)");
  ASSERT_TRUE(imported.has_value()) << imported.error().text();
  EXPECT_EQ(imported->rows, 2U);
  const auto suite = load_folder(dir, *imported);
  ASSERT_NE(suite, nullptr);
  EXPECT_EQ(suite->info().title, "Capitals");
  EXPECT_EQ(ask(*suite, 0).messages.at(0).text, "What is the capital of France?");
  EXPECT_EQ(judge(*suite, 0, "It is PARIS."), 1);
  EXPECT_EQ(judge(*suite, 0, "Sorry, Paris?"), 0) << "the default test's check holds too";
  EXPECT_EQ(judge(*suite, 1, "Norway: Oslo"), 1) << "values are templates";
  EXPECT_EQ(judge(*suite, 1, "Oslo"), 0);
}

TEST(Promptfoo, ListsOfTextsAreCombined) {
  const TempDir dir;
  const auto imported = import_text(dir, R"(
prompts: ["{{a}}-{{b}}-{{c}}"]
tests:
  - vars: {a: [x, y], b: ["1", "2", "3"], c: [[7, 8]]}
    assert: [{type: word-count, value: 1}]
  - vars: {a: [x, y], b: z, c: w}
    options: {disableVarExpansion: true}
)");
  ASSERT_TRUE(imported.has_value()) << imported.error().text();
  const auto suite = load_folder(dir, *imported);
  ASSERT_EQ(suite->size(), 7U);
  EXPECT_EQ(ask(*suite, 0).messages.at(0).text, "x-1-7,8");
  EXPECT_EQ(ask(*suite, 5).messages.at(0).text, "y-3-7,8");
  EXPECT_EQ(ask(*suite, 6).messages.at(0).text, "x,y-z-w") << "a list prints as in JavaScript";
  EXPECT_EQ(judge(*suite, 6, "anything"), -1) << "no check: unscored, not passed";
}

TEST(Promptfoo, PromptsFromFilesAndChats) {
  const TempDir dir;
  dir.write("prompts/two.txt", "First {{x}}\n---\nSecond {{x}}\n");
  dir.write(
      "prompts/chat.json",
      R"([{"role": "system", "content": "Be {{tone}}."}, {"role": "user", "content": "{{x}}"}])");
  const auto imported = import_text(dir, R"(
prompts:
  - file://prompts/*.txt
  - id: file://prompts/chat.json
    label: chat
  - raw: '[{"role": "user", "content": {{ x | dump }}}]'
    label: dumped
tests:
  - vars: {x: "say \"hi\"", tone: kind}
    assert: [{type: contains, value: hi}]
)");
  ASSERT_TRUE(imported.has_value()) << imported.error().text();
  const auto suite = load_folder(dir, *imported);
  ASSERT_EQ(suite->size(), 4U);
  EXPECT_EQ(ask(*suite, 0).messages.at(0).text, "First say \"hi\"");
  EXPECT_EQ(ask(*suite, 1).messages.at(0).text, "Second say \"hi\"");
  const Request chat = ask(*suite, 2);
  ASSERT_EQ(chat.messages.size(), 2U);
  EXPECT_EQ(chat.messages[0].role, "system");
  EXPECT_EQ(chat.messages[0].text, "Be kind.");
  EXPECT_EQ(chat.messages[1].text, "say \"hi\"");
  EXPECT_EQ(chat.input, "say \"hi\"");
  EXPECT_EQ(ask(*suite, 3).messages.at(0).text, "say \"hi\"");
  EXPECT_EQ(suite->sample(2)->tags.at("prompt"), "chat");
}

TEST(Promptfoo, TestsFromCsv) {
  const TempDir dir;
  dir.write("tests.csv",
            "q,__expected,__expected2,__config:__expected2:threshold,__metric,__description\n"
            "\"1,5?\",contains:5,levenshtein(3):five,9,maths,first\n"
            "2?,\"contains-any:two, 2\",,,,\n"
            "3?,three: 3,,,,\n");
  const auto imported = import_text(dir, "prompts: ['{{q}}']\ntests: file://tests.csv\n");
  ASSERT_TRUE(imported.has_value()) << imported.error().text();
  const auto suite = load_folder(dir, *imported);
  ASSERT_EQ(suite->size(), 3U);
  EXPECT_EQ(judge(*suite, 0, "it is 5"), 1) << "the distance's threshold is 9";
  EXPECT_EQ(judge(*suite, 1, "so: two"), 1);
  EXPECT_EQ(judge(*suite, 2, "three: 3"), 1) << "what is no assertion is `equals`";
  ASSERT_EQ(suite->info().metrics.size(), 3U);
  EXPECT_EQ(suite->info().metrics[2].name, "maths");
}

TEST(Promptfoo, TestsFromJsonLinesAndYaml) {
  const TempDir dir;
  dir.write("a.jsonl",
            "{\"vars\": {\"q\": \"1\"}, \"assert\": [{\"type\": \"equals\", \"value\": \"x\"}]}\n\n"
            "{\"vars\": {\"q\": \"2\"}, \"assert\": [{\"type\": \"equals\", \"value\": \"y\"}]}\n");
  dir.write("b.yaml", "- vars: {q: '3'}\n  assert: [{type: equals, value: z}]\n");
  const auto imported = import_text(
      dir,
      "prompts: ['Q{{q}}']\ntests: [file://a.jsonl, b.yaml, {vars: {q: '4'}, assert: [{type: "
      "equals, value: w}]}]\n");
  ASSERT_TRUE(imported.has_value()) << imported.error().text();
  const auto suite = load_folder(dir, *imported);
  ASSERT_EQ(suite->size(), 4U);
  EXPECT_EQ(judge(*suite, 1, "y"), 1);
  EXPECT_EQ(ask(*suite, 3).messages.at(0).text, "Q4");
}

TEST(Promptfoo, WhatNeedsAModelIsRefusedWithItsPlace) {
  const TempDir dir;
  const std::string yaml =
      "prompts: ['{{q}}']\n"
      "tests:\n"
      "  - vars: {q: a}\n"
      "    assert:\n"
      "      - {type: llm-rubric, value: is nice}\n"
      "      - {type: contains, value: a}\n"
      "      - {type: javascript, value: output.length}\n"
      "      - {type: latency, threshold: 100}\n"
      "  - vars: {q: b}\n"
      "    assert: [{type: similar, value: b}]\n";
  const auto refused = import_text(dir, yaml);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().text(), HasSubstr("3 of its parts cannot be taken over"));
  EXPECT_THAT(refused.error().text(), HasSubstr("promptfooconfig.yaml:5:9: `llm-rubric`"));
  EXPECT_THAT(refused.error().text(), HasSubstr("promptfooconfig.yaml:7:9: `javascript`"));

  const auto imported = import_text(dir, yaml, true);
  ASSERT_TRUE(imported.has_value()) << imported.error().text();
  EXPECT_EQ(imported->rows, 1U) << "a test without any check left is left out";
  std::string notes;
  for (const std::string& note : imported->notes) notes += note + "\n";
  EXPECT_THAT(notes, HasSubstr("`latency` is measured by a run"));
  EXPECT_THAT(notes, HasSubstr("left out: `similar`"));
  const auto suite = load_folder(dir, *imported);
  EXPECT_EQ(judge(*suite, 0, "a"), 1);
}

TEST(Promptfoo, SchemasThresholdsToolsAndTransforms) {
  const TempDir dir;
  dir.write("schema.json", R"({"type": "object", "required": ["a"]})");
  const auto imported = import_text(dir, R"(
prompts: ["{{q}}"]
providers:
  - id: openai:gpt-4o
    config:
      tools: [{type: function, function: {name: get.it, parameters: {type: dict, properties: {x: {type: float}}}}}]
assertionTemplates:
  short: {type: word-count, value: {max: 3}, metric: brevity}
tests:
  - vars: {q: one}
    threshold: 0.5
    assert:
      - {type: is-json, value: file://schema.json, weight: 2}
      - {type: is-json, value: '{"required": ["b"]}'}
  - vars: {q: two}
    options: {transform: output.trim().toLowerCase()}
    assert:
      - {type: equals, value: yes}
      - $ref: "#/assertionTemplates/short"
)");
  ASSERT_TRUE(imported.has_value()) << imported.error().text();
  const auto suite = load_folder(dir, *imported);
  EXPECT_EQ(judge(*suite, 0, R"({"a": 1})"), 1) << "2 of 3 is above the threshold";
  EXPECT_EQ(judge(*suite, 0, R"({"b": 1})"), 0);
  EXPECT_EQ(judge(*suite, 1, "  YES "), 1);
  EXPECT_EQ(judge(*suite, 1, "YES yes yes yes"), 0);
  const Request request = ask(*suite, 0);
  ASSERT_EQ(request.tools.size(), 1U);
  EXPECT_EQ(request.tools[0].name, "get_it");
  EXPECT_EQ(request.tools[0].parameters,
            R"({"type":"object","properties":{"x":{"type":"number"}}})");
}

TEST(Promptfoo, BadConfigurationsSayWhere) {
  const TempDir dir;
  EXPECT_THAT(import_text(dir, "tests: []\n").error().text(), HasSubstr("has no `prompts`"));
  EXPECT_THAT(import_text(dir, "- a\n").error().text(), HasSubstr("expected a promptfoo"));
  EXPECT_THAT(import_text(dir, "prompts: [file://missing.txt]\n").error().text(),
              HasSubstr("there is no file"));
  EXPECT_THAT(import_text(dir, "prompts: [x]\ntests: [{assert: [{value: 1}]}]\n").error().text(),
              HasSubstr("has no `type`"));
  EXPECT_THAT(import_text(dir, "prompts: ['{{ x ']\ntests: [{vars: {x: 1}}]\n").error().text(),
              HasSubstr("promptfooconfig.yaml:1"));
  std::string many = "prompts: [x]\ntests:\n  - vars:\n";
  for (int i = 0; i < 20; ++i) many += "      v" + std::to_string(i) + ": [a, b]\n";
  EXPECT_THAT(import_text(dir, many).error().text(), HasSubstr("combinations"));
}

TEST(Promptfoo, AssertionsAsText) {
  EXPECT_EQ(assertion_from_text("contains:a:b"), Json({{"type", "contains"}, {"value", "a:b"}}));
  EXPECT_EQ(assertion_from_text("not-equals: x "), Json({{"type", "not-equals"}, {"value", "x"}}));
  EXPECT_EQ(assertion_from_text("is-json"), Json({{"type", "is-json"}}));
  EXPECT_EQ(assertion_from_text("similar(0.9):hi"),
            Json({{"type", "similar"}, {"value", "hi"}, {"threshold", 0.9}}));
  EXPECT_EQ(assertion_from_text("rouge-n:hi"),
            Json({{"type", "rouge-n"}, {"value", "hi"}, {"threshold", 0.75}}));
  EXPECT_EQ(assertion_from_text("containsx:y"),
            Json({{"type", "equals"}, {"value", "containsx:y"}}));
  EXPECT_EQ(assertion_from_text("javascript: 1 < 2 "),
            Json({{"type", "javascript"}, {"value", "1 < 2"}}));
  EXPECT_EQ(assertion_from_text("icontains-all: a , b").at("value"), Json::array({"a", "b"}));
}

TEST(Promptfoo, KnownTransforms) {
  EXPECT_THAT(known_transform("output.trim()").value(), ElementsAre("trim"));
  EXPECT_THAT(known_transform("return output.toUpperCase().trim();").value(),
              ElementsAre("upper", "trim"));
  EXPECT_FALSE(known_transform("JSON.parse(output).x"));
  EXPECT_FALSE(known_transform("output.slice(1)"));
}

TEST(Nunjucks, WhatDiffersFromJinja) {
  const Json vars{{"b", true}, {"n", nullptr}, {"l", {1, "x"}}, {"o", {{"k", 1}}}, {"s", "text"}};
  const auto render = [&](const std::string& source) {
    const auto text = render_nunjucks(source, vars, "here");
    return text ? *text : "error: " + text.error().text();
  };
  EXPECT_EQ(render("{{ missing }}|{{ b }}|{{ n }}|{{ l }}|{{o}}"), "|true||1,x|{\"k\":1}");
  EXPECT_EQ(render("{% if s === 'text' %}yes{% elseif b %}no{% endif %}"), "yes");
  EXPECT_EQ(render("{{ l.length }} {{ s | dump }}"), "2 \"text\"");
  EXPECT_EQ(render("{% for x in l %}{{ loop.index }}{{ x }} {% endfor %}"), "11 2x ");
  EXPECT_EQ(render("{{ '===' }}"), "===");
  EXPECT_EQ(render("no template {"), "no template {");
  EXPECT_TRUE(reads_environment("{{ env.HOME }}", vars));
  EXPECT_FALSE(reads_environment("{{ s }}", vars));
}

}  // namespace
}  // namespace assay::suites
