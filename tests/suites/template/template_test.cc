// The template engine: the cases that real Jinja2 answered (cases.jsonl), the messages of errors,
// the limits, values of expressions, and the prompts of the conformance vectors.
#include "suites/template/template.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "harness/base/json.h"

namespace assay::suites {
namespace {

using ::testing::HasSubstr;

std::vector<Json> read_jsonl(const std::string& path) {
  std::ifstream in(path);
  std::vector<Json> rows;
  for (std::string line; std::getline(in, line);) {
    Result<Json> row = parse_json(line, path, static_cast<int>(rows.size()) + 1);
    EXPECT_TRUE(row.has_value()) << row.error().text();
    if (row) rows.push_back(*std::move(row));
  }
  return rows;
}

Result<std::string> render(std::string_view source, const Json& context = Json::object(),
                           const TemplateLimits& limits = {}, TemplateOptions options = {}) {
  ASSAY_TRY(const Template t, Template::parse(source, "suite.yaml:12", options));
  return t.render(context, limits);
}

std::string error_of(std::string_view source, const Json& context = Json::object(),
                     const TemplateLimits& limits = {}) {
  const Result<std::string> result = render(source, context, limits);
  return result ? "rendered: " + *result : result.error().text();
}

std::string repeated(std::string_view part, size_t n) {
  std::string out;
  for (size_t i = 0; i < n; ++i) out += part;
  return out;
}

// ---- against Jinja2

TEST(TemplateCases, RenderAsJinja2Does) {
  const std::vector<Json> rows = read_jsonl(ASSAY_SOURCE_DIR "/tests/suites/template/cases.jsonl");
  ASSERT_GE(rows.size(), 500U);
  for (const Json& row : rows) {
    TemplateOptions options;
    if (row.contains("options")) {
      const Json& o = row["options"];
      options.trim_blocks = o.value("trim_blocks", false);
      options.lstrip_blocks = o.value("lstrip_blocks", false);
      options.keep_trailing_newline = o.value("keep_trailing_newline", true);
    }
    const std::string source = row["template"];
    const Result<std::string> got = render(source, row["context"], {}, options);
    const std::string name = fmt::format("case {}: {}", row["id"].get<int>(), source);
    if (row["expected"].is_null()) {
      EXPECT_FALSE(got.has_value()) << name << "\nJinja2 raises, we render: " << got.value();
    } else if (!got) {
      ADD_FAILURE() << name << "\n" << got.error().text() << "\nexpected " << row["expected"];
    } else {
      EXPECT_EQ(*got, row["expected"].get<std::string>()) << name;
    }
  }
}

// ---- errors

struct Message {
  std::string_view source;
  std::string_view message;
};

TEST(TemplateErrors, SayPlaceFoundAndExpected) {
  const Json context = {{"question", "q"}, {"choices", {{"text", {"a", "b"}}, {"label", "x"}}}};
  const Message messages[] = {
      {"Q: {{ foo }}",
       "suite.yaml:12: template 1:7: no field `foo`; fields here: question, choices"},
      {"line\n{{ choices.nope }}",
       "suite.yaml:12: template 2:12: no field `nope` in the object; fields there: text, label"},
      {"{{ choices.text[7] }}", "suite.yaml:12: template 1:16: no item 7 in a list of 2"},
      {"{{ choices['z'] }}", "suite.yaml:12: template 1:11: the object has no key 'z'"},
      {"{{ question.nope }}", "suite.yaml:12: template 1:13: str has no field or method `nope`"},
      {"한국 {{ 1 + }}", "suite.yaml:12: template 1:11: found `}}`, expected an expression"},
      {"{{ (1 }}", "suite.yaml:12: template 1:7: unexpected `}`, expected `)`"},
      {"{% for x in choices.text %}",
       "suite.yaml:12: template 1:28: found the end of the template, expected `endfor` for `for` "
       "at 1:1"},
      {"{{ question|uper }}",
       "suite.yaml:12: template 1:13: there is no filter `uper`; did you mean `upper`?"},
      {"{{ 1 is evn }}",
       "suite.yaml:12: template 1:9: there is no test `evn`; did you mean `even`?"},
      {"{{ 'a' + 1 }}", "suite.yaml:12: template 1:8: `+` between str and int is not possible"},
      {"{{ 1 < 'a' }}", "suite.yaml:12: template 1:6: int and str have no order"},
      {"{% include 'x' %}",
       "suite.yaml:12: template 1:4: `include` is not available: a template of a suite stands "
       "alone, in one piece"},
      {"{% extends 'x' %}",
       "suite.yaml:12: template 1:4: `extends` is not available: a template of a suite stands "
       "alone, in one piece"},
      {"{% do x %}", "suite.yaml:12: template 1:4: `do` is an extension that suites do not have"},
      {"{% endif %}", "suite.yaml:12: template 1:4: `endif` without the tag that it belongs to"},
      {"{{ 'abc }}", "suite.yaml:12: template 1:4: a string without its closing '"},
      {"x {{ question", "suite.yaml:12: template 1:3: `{{` without its end `}}`"},
      {"{# x", "suite.yaml:12: template 1:1: a comment `{#` without its end `#}`"},
      {"{{ 1 // 0 }}", "suite.yaml:12: template 1:6: division by zero"},
      {"{{ 9223372036854775807 + 1 }}",
       "suite.yaml:12: template 1:24: integer overflow: the result does not fit an integer of 64 "
       "bits"},
      {"{{ 9223372036854775808 }}",
       "suite.yaml:12: template 1:4: `9223372036854775808` does not fit an integer of 64 bits"},
      {"{{ question|map('upper') }}",
       "suite.yaml:12: template 1:13: a generator cannot be printed; make it a list with `|list` "
       "or text with `|join`"},
      {"{{ question.strip(1, 2) }}",
       "suite.yaml:12: template 1:13: `strip` takes at most 1 arguments, found 2"},
      {"{{ question|replace('a') }}",
       "suite.yaml:12: template 1:13: `replace` needs its argument "
       "`new`"},
      {"{{ question|round(digits=1) }}",
       "suite.yaml:12: template 1:13: `round` has no argument `digits`"},
      {"{{ question() }}", "suite.yaml:12: template 1:12: str cannot be called"},
      {"{% set question.x = 1 %}",
       "suite.yaml:12: template 1:8: cannot set `question.x`: `question` is not a namespace()"},
      {"{% for a, b in [[1]] %}{% endfor %}",
       "suite.yaml:12: template 1:8: found 1 values to unpack, expected 2"},
  };
  for (const Message& m : messages) {
    EXPECT_EQ(error_of(m.source, context), m.message) << m.source;
  }
}

TEST(TemplateErrors, NameAtMostTwelveFields) {
  Json context = Json::object();
  for (int i = 0; i < 20; ++i) context[fmt::format("f{}", i)] = i;
  EXPECT_EQ(error_of("{{ x }}", context),
            "suite.yaml:12: template 1:4: no field `x`; fields here: f0, f1, f2, f3, f4, f5, f6, "
            "f7, f8, f9, f10, f11 and 8 more");
  EXPECT_THAT(error_of("{{ x }}"), HasSubstr("fields here: none"));
}

TEST(TemplateErrors, RefuseBytesThatAreNotUtf8) {
  EXPECT_EQ(error_of("a\xFF{{ 1 }}"), "suite.yaml:12: template 1:2: the bytes here are not UTF-8");
}

TEST(TemplateErrors, IntegersBeyond64BitsInTheContext) {
  EXPECT_EQ(error_of("{{ n }}", {{"n", 18446744073709551615ULL}}),
            "suite.yaml:12: template 1:4: 18446744073709551615 does not fit an integer of 64 bits");
}

// ---- hostile input

TEST(TemplateLimits, NestingIsAnErrorNotAStackOverflow) {
  struct Pair {
    std::string_view open;
    std::string_view close;
  };
  const Pair pairs[] = {{"(", ")"},   {"[", "]"},  {"{1:", "}"}, {"-", ""},
                        {"not ", ""}, {"f(", ")"}, {"x[", "]"},  {"1 if 1 else ", ""}};
  for (const auto& [open, close] : pairs) {
    const std::string source =
        fmt::format("{{{{ {}1{} }}}}", repeated(open, 10'000), repeated(close, 10'000));
    EXPECT_THAT(error_of(source), HasSubstr("nested deeper than")) << open;
  }
  EXPECT_THAT(error_of(repeated("{% if 1 %}", 10'000)), HasSubstr("nested deeper than"));
  EXPECT_THAT(error_of(repeated("{% for x in y %}", 10'000)), HasSubstr("nested deeper than"));
  EXPECT_THAT(
      error_of("{% for " + repeated("(", 10'000) + "x" + repeated(")", 10'000) + " in y %}"),
      HasSubstr("nested deeper than"));
}

TEST(TemplateLimits, LongChainsAreFlat) {
  EXPECT_EQ(*render("{{ 0" + repeated(" + 1", 10'000) + " }}"), "10000");
  EXPECT_EQ(*render("{{ 'x'" + repeated("|upper", 10'000) + " }}"), "X");
  EXPECT_EQ(*render("{{ 'x'" + repeated("[0]", 10'000) + " }}"), "x");
  EXPECT_EQ(*render("{{ 1" + repeated(" and 1", 10'000) + " }}"), "1");
}

TEST(TemplateLimits, RecursionStops) {
  EXPECT_THAT(error_of("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"),
              HasSubstr("calls nested deeper than 100 (limit depth_max)"));
  EXPECT_THAT(error_of("{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}"),
              HasSubstr("calls nested deeper than 100 (limit depth_max)"));
  EXPECT_THAT(error_of("{% set x = [] %}{% set _ = x.append(x) %}{{ x }}"),
              HasSubstr("a value is nested deeper than 100 levels (limit depth_max)"));
  EXPECT_THAT(error_of("{% set x = [] %}{% set y = [] %}{% set _ = x.append(y) %}"
                       "{% set _ = y.append(x) %}{{ x == y }}"),
              HasSubstr("a value is nested deeper than"));
}

TEST(TemplateLimits, DeepContextsStop) {
  Json deep = Json::array();
  for (int i = 0; i < 300; ++i) deep = Json::array({std::move(deep)});
  for (const std::string_view source : {"{{ x }}", "{{ x|tojson }}", "{{ x == [x] }}"}) {
    EXPECT_THAT(error_of(source, {{"x", deep}}), HasSubstr("nested deeper than")) << source;
  }
}

TEST(TemplateLimits, WorkIsBounded) {
  // NOLINTNEXTLINE(bugprone-suspicious-missing-comma): long templates are joined on purpose
  const std::string_view sources[] = {
      "{% for i in range(1000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
      "{{ range(1000000000000)|length }}",
      "{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}"
      "{% endfor %}",
      "{% set x = [1] %}{% for i in x %}{% set _ = x.append(i) %}{% endfor %}",
      "{{ [0] * 1000000000 }}",
      "{% set ns = namespace(x=[1]) %}{% for i in range(40) %}{% set ns.x = [ns.x, ns.x] %}"
      "{% endfor %}{{ ns.x }}",
      "{{ range(900000)|map('string')|list }}",
  };
  for (const std::string_view source : sources) {
    const Result<std::string> got = render(source);
    ASSERT_FALSE(got.has_value()) << source;
    EXPECT_EQ(got.error().code, ErrorCode::kLimit) << source;
    EXPECT_THAT(got.error().text(), HasSubstr("limit steps_max")) << source;
  }
}

TEST(TemplateLimits, TextIsBounded) {
  // NOLINTNEXTLINE(bugprone-suspicious-missing-comma): long templates are joined on purpose
  const std::string_view sources[] = {
      "{{ 'x' * 100000000 }}",
      "{% set ns = namespace(x='xxxxxxxx') %}{% for i in range(100) %}{% set ns.x = ns.x ~ ns.x %}"
      "{% endfor %}",
      "{% set ns = namespace(x='xxxxxxxx') %}{% for i in range(100) %}"
      "{% set ns.x = ns.x|replace('x', 'xx') %}{% endfor %}",
      "{% set x = 'x' * 1000000 %}{% for i in range(100) %}{{ x }}{% endfor %}",
      "{% set x = 'x' * 1000000 %}{{ x.join('a' * 100) }}",
  };
  for (const std::string_view source : sources) {
    const Result<std::string> got = render(source);
    ASSERT_FALSE(got.has_value()) << source;
    EXPECT_EQ(got.error().code, ErrorCode::kLimit) << source;
    EXPECT_THAT(got.error().text(), HasSubstr("limit output_bytes_max")) << source;
  }
  EXPECT_THAT(error_of("{{ 'x' * 11 }}", {}, {.output_bytes_max = 10}),
              HasSubstr("a text would be longer than 10 bytes (limit output_bytes_max)"));
  EXPECT_THAT(error_of("{{ '%999999999d' % 1 }}"), HasSubstr("a width in a format is above"));
  EXPECT_THAT(error_of("{{ '{:999999999}'.format(1) }}"), HasSubstr("a width in a format is"));
}

TEST(TemplateLimits, CatastrophicPatternsStop) {
  EXPECT_THAT(error_of("{{ ('a' * 40)|regex_replace('(a+)+$|(a|aa)+b', 'x') }}"),
              ::testing::AnyOf(HasSubstr("rendered"), HasSubstr("takes too long")));
  EXPECT_THAT(error_of("{{ ('a' * 64 ~ 'b')|regex_replace('^(a|a)*$', 'x') }}"),
              HasSubstr("takes too long"));
}

TEST(TemplateLimits, StepsAndDepthCanBeSet) {
  EXPECT_THAT(error_of("{{ 1 + 1 }}", {}, {.steps_max = 2}),
              HasSubstr("stopped after 2 steps (limit steps_max)"));
  EXPECT_THAT(error_of("{{ [[[1]]] }}", {}, {.depth_max = 2}), HasSubstr("limit depth_max"));
}

// ---- values

TEST(TemplateEvaluate, GivesTheValueOfOneExpression) {
  const Json context = {{"choices", {"a", "b"}}, {"n", 2}, {"d", {{"k", 1.5}}}};
  const auto value = [&](std::string_view source) {
    const Result<Template> t = Template::parse(source, "t");
    EXPECT_TRUE(t.has_value()) << source;
    const Result<Json> v = t->evaluate(context);
    return v ? dump_json(*v) : v.error().text();
  };
  EXPECT_EQ(value("{{ choices }}"), R"(["a","b"])");
  EXPECT_EQ(value("{{ (choices, n) }}"), R"([["a","b"],2])");
  EXPECT_EQ(value("{{ d }}"), R"({"k":1.5})");
  EXPECT_EQ(value("{{ n + 1 }}"), "3");
  EXPECT_EQ(value("{{ n == 2 }}"), "true");
  EXPECT_EQ(value("{{ none }}"), "null");
  EXPECT_EQ(value("{{ choices|map('upper') }}"), R"(["A","B"])");
  EXPECT_EQ(value("{{ {'a': [1, {2: none}]} }}"), R"({"a":[1,{"2":null}]})");
  EXPECT_EQ(value("{{ n }} "), R"("2 ")");
  EXPECT_EQ(value("text"), R"("text")");
  EXPECT_EQ(value("{{ nope }}"), "t: template 1:4: no field `nope`; fields here: choices, n, d");
  EXPECT_EQ(value("{{ range }}"),
            "t: template 1:4: the value is a function, expected text, a number, a list or a dict");
}

TEST(TemplatePlain, IsTextWithoutMarks) {
  EXPECT_TRUE(Template::parse("a { b } c", "t")->is_plain());
  EXPECT_FALSE(Template::parse("a {{ 1 }}", "t")->is_plain());
  EXPECT_FALSE(Template::parse("{% if 1 %}{% endif %}", "t")->is_plain());
  EXPECT_FALSE(Template::parse("{# c #}", "t")->is_plain());
}

TEST(TemplateContext, IsNeverChanged) {
  const Json context = {{"l", {1, 2}}, {"d", {{"a", 1}}}};
  const std::string before = dump_json(context);
  const Result<Template> t = Template::parse(
      "{% set _ = l.append(3) %}{% set _ = d.update(b=2) %}{{ l }}{{ d }}{{ d.b }}", "t");
  EXPECT_EQ(*t->render(context), "[1, 2, 3]{'a': 1, 'b': 2}2");
  EXPECT_EQ(*t->render(context), "[1, 2, 3]{'a': 1, 'b': 2}2");
  EXPECT_EQ(dump_json(context), before);
}

TEST(TemplateContext, BytesThatAreNotUtf8AreSafe) {
  const Json context = {{"s", std::string("a\xFF\xE2\x82z\xF0")}};
  EXPECT_EQ(
      *render("{{ s|length }} {{ s[4] }} {{ s[::-1]|length }} {{ s.upper()|length }}", context),
      "6 z 6 6");
}

TEST(TemplateThreads, OneTemplateManyThreads) {
  const Result<Template> t = Template::parse(
      "{% for c in choices %}{{ loop.index }}{{ c|upper }}{% endfor %}{{ choices.append('z') }}",
      "t");
  std::vector<std::string> results(4);
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < results.size(); ++i) {
      threads.emplace_back([&t, &results, i] {
        const Json context = {{"choices", {"a", fmt::format("b{}", i)}}};
        for (int n = 0; n < 200; ++n) results[i] = *t->render(context);
      });
    }
  }
  for (size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i], fmt::format("1A2B{}None", i));
}

TEST(TemplateCopies, AreIndependentAndCheap) {
  Result<Template> t = Template::parse("{{ n }}", "t");
  Template copy = *t;
  const Template moved = std::move(copy);
  *t = *Template::parse("other", "t");
  EXPECT_EQ(*moved.render({{"n", 1}}), "1");
  EXPECT_EQ(*t->render(Json::object()), "other");
}

// ---- prompts of real tasks

constexpr const char* kVectors = ASSAY_SOURCE_DIR "/../shared/vectors/lm_eval.jsonl";

bool is_template(const Json& config, const char* key) {
  return config.contains(key) && config[key].is_string() &&
         !config[key].get_ref<const std::string&>().starts_with("python:");
}

// Renders one field of a task as the harness does: a template that names a field stands for it.
Json field_of(const Json& config, const char* key, const Json& doc) {
  const std::string source = config[key];
  if (doc.contains(source)) return doc[source];
  const Result<Template> t = Template::parse(source, key);
  EXPECT_TRUE(t.has_value()) << t.error().text();
  const Result<Json> value = t->evaluate(doc);
  EXPECT_TRUE(value.has_value()) << source << ": " << value.error().text();
  return value.value_or(Json());
}

std::string text_of(const Json& value) {
  return value.is_string() ? value.get<std::string>() : dump_json(value);
}

TEST(TemplateVectors, PromptsOfLmEvaluationHarness) {
  if (!std::filesystem::exists(kVectors)) GTEST_SKIP() << kVectors << " is not there";
  int prompts = 0;
  int choices = 0;
  for (const Json& row : read_jsonl(kVectors)) {
    if (row["input"]["op"] != "prompt") continue;
    const Json& input = row["input"];
    const Json& config = input["task_config"];
    const Json& doc =
        row["expected"].contains("processed_doc") ? row["expected"]["processed_doc"] : input["doc"];
    const Json& expected = row["expected"];
    SCOPED_TRACE(row["id"].get<std::string>());
    std::string prompt;
    if (is_template(config, "description")) prompt = text_of(field_of(config, "description", doc));
    const bool plain = input["num_fewshot"] == 0 && is_template(config, "doc_to_text") &&
                       !config.contains("gen_prefix") && expected["prompt"].is_string();
    if (is_template(config, "doc_to_text")) {
      prompt += text_of(field_of(config, "doc_to_text", doc));
      if (plain) {
        EXPECT_EQ(prompt, expected["prompt"].get<std::string>());
      }
      if (!plain && expected["prompt"].is_string() && !config.contains("gen_prefix")) {
        const std::string question = text_of(field_of(config, "doc_to_text", doc));
        EXPECT_TRUE(expected["prompt"].get<std::string>().ends_with(question));
      }
      ++prompts;
    }
    if (is_template(config, "doc_to_target")) {
      const std::string target = text_of(field_of(config, "doc_to_target", doc));
      // With choices the harness makes an index of the target; compared where it stays text.
      if (expected["target"].is_string() && expected["choices"].is_null()) {
        EXPECT_EQ(target, expected["target"].get<std::string>());
      }
    }
    if (is_template(config, "doc_to_choice") && expected["choices"].is_array()) {
      EXPECT_EQ(field_of(config, "doc_to_choice", doc), expected["choices"]);
      ++choices;
    }
  }
  EXPECT_GE(prompts, 100);
  EXPECT_GE(choices, 10);
}

}  // namespace
}  // namespace assay::suites
