#include "harness/base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace assay {
namespace {

using ::testing::StartsWith;

TEST(Json, KeepsTheOrderOfKeys) {
  const Json doc = parse_json(R"({"z":1,"a":[true,null,"x"],"m":{"k":-2.5}})", "t").value();
  EXPECT_EQ(dump_json(doc), R"({"z":1,"a":[true,null,"x"],"m":{"k":-2.5}})");
  EXPECT_EQ(dump_json_pretty(parse_json("{\"a\":1}", "t").value()), "{\n  \"a\": 1\n}");
}

TEST(Json, ErrorsHaveLineAndColumn) {
  EXPECT_THAT(parse_json("{\"a\": 1,\n  oops}", "m.json").error().text(),
              StartsWith("m.json:2:3: "));
  EXPECT_THAT(parse_json("", "m.json").error().text(), StartsWith("m.json:1:1: "));
  EXPECT_THAT(parse_json("{\"a\":}", "d.jsonl", 41).error().text(), StartsWith("d.jsonl:41:6: "));
  // Columns count characters, not bytes.
  EXPECT_THAT(parse_json("[\"한글\", x]", "m.json").error().text(), StartsWith("m.json:1:8: "));
  EXPECT_EQ(parse_json("[1] 2", "m.json").error().code, ErrorCode::kInput);
}

TEST(Json, HostileInputIsRefused) {
  EXPECT_FALSE(parse_json("\"\xFF\"", "t").has_value());
  EXPECT_FALSE(parse_json("[1e999]", "t").has_value());
  const std::string deep = std::string(300, '[') + std::string(300, ']');
  EXPECT_EQ(parse_json(deep, "t").error().text(), "t: nested deeper than 256 levels");
  const std::string allowed = std::string(256, '[') + std::string(256, ']');
  EXPECT_TRUE(parse_json(allowed, "t").has_value());
  EXPECT_TRUE(parse_json("\"" + std::string(1000, '[') + "\"", "t").has_value());
  EXPECT_FALSE(parse_json(std::string(1'000'000, '['), "t").has_value());
}

TEST(Json, StringsAreWrittenAsTheyAreRead) {
  std::string every;
  for (int c = 0; c < 128; ++c) every += static_cast<char>(c);
  every += "한글 😀";
  std::string literal = "x";
  append_json_string(literal, every);
  EXPECT_EQ(literal.front(), 'x');  // appends
  EXPECT_EQ(parse_json(literal.substr(1), "t")->get<std::string>(), every);
  EXPECT_EQ(dump_json(Json("a\xFF")), "\"a\xEF\xBF\xBD\"");
}

TEST(Json, GettersSayWhatWasFoundAndExpected) {
  const Json doc = parse_json(R"({"s":"x","n":1.5,"i":7,"o":{}})", "t").value();
  EXPECT_EQ(get_string(doc, "s", "t").value(), "x");
  EXPECT_EQ(get_number(doc, "n", "t").value(), 1.5);
  EXPECT_EQ(get_number(doc, "i", "t").value(), 7);
  EXPECT_EQ(get_integer(doc, "i", "t").value(), 7);
  EXPECT_EQ(get_string(doc, "x", "t.json").error().text(),
            "t.json: `x` is missing, expected a string");
  EXPECT_EQ(get_string(doc, "i", "t.json").error().text(),
            "t.json: `i` is an integer, expected a string");
  EXPECT_EQ(get_integer(doc, "n", "t.json").error().text(),
            "t.json: `n` is a number, expected an integer");
  EXPECT_EQ(find_member(doc, "none"), nullptr);
  EXPECT_EQ(find_member(Json(3), "s"), nullptr);
  EXPECT_NE(find_member(doc, "o"), nullptr);
}

}  // namespace
}  // namespace assay
