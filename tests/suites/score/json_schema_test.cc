// JsonSchema beyond single cases: what compile() refuses, where a misfit is said to be, and that
// hostile schemas and replies end.
#include "suites/score/json_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "harness/base/json.h"
#include "suites/score/json_value.h"
#include "suites/score/scorers.h"

namespace assay::suites {
namespace {

using ::testing::HasSubstr;
using Fit = JsonSchema::Fit;

Json parsed(const std::string& text) { return parse_json(text, "test").value(); }

std::string refusal(const std::string& schema) {
  const auto compiled = JsonSchema::compile(parsed(schema));
  return compiled ? "compiled" : compiled.error().text();
}

JsonSchema::Verdict verdict(const std::string& schema, const Json& value) {
  return JsonSchema::compile(parsed(schema)).value().validate(value);
}

TEST(JsonSchema, RefusesWhatItCannotKeep) {
  EXPECT_EQ(
      refusal(R"({"properties": {"a/b": {"type": "int"}}})"),
      "#/properties/a~1b: `type` is a string, expected array, boolean, integer, null, number, "
      "object, string or a list of these");
  EXPECT_THAT(refusal(R"({"required": "a"})"), HasSubstr("expected a list of names"));
  EXPECT_THAT(refusal(R"({"minLength": -1})"), HasSubstr("expected a whole number from 0"));
  EXPECT_THAT(refusal(R"({"multipleOf": 0})"), HasSubstr("not above 0"));
  EXPECT_THAT(refusal(R"({"allOf": []})"), HasSubstr("expected a list of schemas"));
  EXPECT_THAT(refusal(R"({"$ref": "#/missing"})"), HasSubstr("expected a place in this schema"));
  EXPECT_THAT(refusal(R"({"$ref": "other.json"})"), HasSubstr("other.json"));
  EXPECT_THAT(refusal(R"({"unevaluatedProperties": false})"), HasSubstr("not supported"));
  EXPECT_THAT(refusal(R"({"pattern": "("})"), HasSubstr("("));
  EXPECT_THAT(refusal("[]"), HasSubstr("the schema is a list"));
  EXPECT_THAT(refusal(R"({"$ref": "#/a", "a": 1})"), HasSubstr("the schema is an integer"));
}

TEST(JsonSchema, SelfReferencesEnd) {
  EXPECT_EQ(verdict(R"({"$ref": "#"})", 1).fit, Fit::kLimit);
  EXPECT_EQ(verdict(R"({"allOf": [{"$ref": "#"}, {"$ref": "#"}]})", 1).fit, Fit::kLimit);
  EXPECT_EQ(verdict(R"({"not": {"$ref": "#"}})", 1).fit, Fit::kLimit);
  EXPECT_EQ(verdict(R"({"anyOf": [{"$ref": "#"}, {"type": "integer"}]})", 1).fit, Fit::kLimit);
  // Recursion over the value is fine: it ends with the value.
  EXPECT_EQ(
      verdict(R"({"items": {"$ref": "#"}, "type": ["array", "integer"]})", parsed("[[1],[[2]]]"))
          .fit,
      Fit::kYes);
}

TEST(JsonSchema, ExponentialSchemasEnd) {
  // Each level applies the next twice: 2^60 in all.
  Json schema{{"$ref", "#/$defs/l0"}};
  for (int i = 0; i < 60; ++i) {
    const std::string next = "#/$defs/l" + std::to_string(i + 1);
    schema["$defs"]["l" + std::to_string(i)] = {
        {"anyOf", Json::array({{{"$ref", next}}, {{"$ref", next}}})}};
  }
  schema["$defs"]["l60"] = {{"type", "string"}};
  const auto compiled = JsonSchema::compile(schema);
  ASSERT_TRUE(compiled.has_value()) << compiled.error().text();
  const JsonSchema::Verdict fit = compiled->validate(1);
  EXPECT_EQ(fit.fit, Fit::kLimit);
  EXPECT_THAT(fit.reason, HasSubstr("kSchemaStepsMax"));
}

TEST(JsonSchema, LargeRepliesAreJudged) {
  std::string list = "[";
  for (int i = 0; i < 200'000; ++i) list += std::to_string(i) + ",";
  list += "0]";
  const JsonSchema::Verdict fit =
      verdict(R"({"items": {"type": "integer"}, "uniqueItems": true})", parsed(list));
  EXPECT_EQ(fit.fit, Fit::kNo);
  EXPECT_THAT(fit.reason, HasSubstr("are equal"));
}

TEST(JsonSchema, ManyStringsAgainstASlowPatternEnd) {
  Json list = Json::array();
  for (int i = 0; i < 50'000; ++i) list.push_back("abc");
  EXPECT_EQ(verdict(R"({"items": {"pattern": "^a"}})", list).fit, Fit::kLimit);
}

TEST(JsonSchema, DeepSchemasCompile) {
  std::string schema;
  for (int i = 0; i < 120; ++i) schema += R"({"items":)";
  schema += "true" + std::string(120, '}');
  EXPECT_EQ(verdict(schema, parsed("[[[1]]]")).fit, Fit::kYes);
}

TEST(JsonScorers, SchemaOptionsAreChecked) {
  const auto error = [](const Json& options) {
    const auto made = make_scorer("json_schema", options, nullptr, "");
    return made ? std::string("made") : made.error().text();
  };
  EXPECT_THAT(error(Json::object()), HasSubstr("needs one of"));
  EXPECT_THAT(error({{"schema", {{"type", "x"}}}}), HasSubstr("`type`"));
  EXPECT_THAT(error({{"file", "not-there.json"}}), HasSubstr("cannot be opened"));
  EXPECT_THAT(error({{"column", "a"}, {"schema", true}}), HasSubstr("needs one of"));
}

TEST(JsonValue, SamenessAndHashAgree) {
  const Json a = parsed(R"({"x": [1, 2.0, {"y": null}], "z": "t"})");
  const Json b = parsed(R"({"z": "t", "x": [1.0, 2, {"y": null}]})");
  EXPECT_TRUE(same_json(a, b, {}));
  uint64_t steps = 0;
  EXPECT_EQ(hash_json(a, steps), hash_json(b, steps));
  EXPECT_FALSE(same_json(parsed("[1]"), parsed("[true]"), {}));
  EXPECT_TRUE(same_json(parsed("[1]"), parsed("[true]"), {.bool_is_number = true}));
  EXPECT_FALSE(same_json(parsed("0"), parsed("\"\""), {}));
  EXPECT_FALSE(same_json(parsed("null"), parsed("0"), {}));
}

TEST(JsonValue, TextsOfNothingButBracesEnd) {
  EXPECT_FALSE(find_json_value(std::string(4'000'000, '{')));
  EXPECT_FALSE(find_json_value(std::string(4'000'000, '`')));
  std::string pairs;
  for (int i = 0; i < 500'000; ++i) pairs += "{]";
  EXPECT_TRUE(all_json_values(pairs).empty());
}

}  // namespace
}  // namespace assay::suites
