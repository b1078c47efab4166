// Python's generator and its literals, against what Python 3.12 gives (source: `python3 -c` with
// random.Random and ast.literal_eval).
#include <gmock/gmock.h>

#include <thread>

#include "harness/base/json.h"
#include "suites/loader/python_literal.h"
#include "suites/loader/python_random.h"

namespace assay::suites {
namespace {

using testing::ElementsAre;

TEST(PythonRandom, SamplesAsPythonDoes) {
  std::vector<uint32_t> drawn;
  PythonRandom pool(7);  // a list is swapped in: 20 <= 21 + 4^3
  pool.sample(20, 6, drawn);
  EXPECT_THAT(drawn, ElementsAre(10, 4, 12, 1, 2, 13));
  pool.sample(20, 6, drawn);
  EXPECT_THAT(drawn, ElementsAre(17, 3, 11, 1, 6, 0));
  PythonRandom set(1234);  // a set of the drawn
  set.sample(7473, 5, drawn);
  EXPECT_THAT(drawn, ElementsAre(6374, 3610, 957, 61, 742));
  PythonRandom wide((uint64_t{1} << 40) + 5);  // a seed of two words
  wide.sample(100, 8, drawn);
  EXPECT_THAT(drawn, ElementsAre(64, 66, 34, 84, 3, 67, 97, 5));
}

TEST(ExampleDraws, AnyOrderGivesTheSameDraws) {
  const ExampleDraws::Plan plan{.seed = 1234, .population = 7473, .count = 5};
  const ExampleDraws draws(plan);
  EXPECT_THAT(draws.of(2999), ElementsAre(5945, 2280, 5939, 2390, 6895));
  EXPECT_THAT(draws.of(0), ElementsAre(6374, 3610, 957, 61, 742));
  EXPECT_THAT(draws.of(1), ElementsAre(7462, 6610, 4769, 286, 5501));
  EXPECT_THAT(draws.of(1023), ElementsAre(6833, 2763, 980, 1567, 5685));
  EXPECT_THAT(draws.of(1024), ElementsAre(220, 1507, 7073, 5971, 1535));
}

TEST(ExampleDraws, TheLastOfSeveralDrawsCounts) {
  const ExampleDraws once({.seed = 1, .population = 500, .count = 3});
  const ExampleDraws twice({.seed = 1, .population = 500, .count = 3, .draws_per_document = 2});
  for (uint64_t i = 0; i < 3000; i += 700) EXPECT_EQ(twice.of(i), once.of(2 * i + 1));
}

TEST(ExampleDraws, ThreadsSeeTheSame) {
  const ExampleDraws::Plan plan{.seed = 3, .population = 900, .count = 4};
  const ExampleDraws shared(plan);
  std::vector<std::vector<uint32_t>> seen(64);
  {
    std::vector<std::jthread> threads;
    for (size_t t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (size_t i = t; i < seen.size(); i += 4) seen[i] = shared.of(i * 97);
      });
    }
  }
  const ExampleDraws alone(plan);
  for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], alone.of(i * 97)) << i;
}

struct LiteralCase {
  std::string text;
  std::string json;  // empty: Python raises, or gives what has no JSON
};

TEST(PythonLiteral, ReadsWhatPythonReads) {
  const LiteralCase cases[] = {
      {"['a', \"it's\", 3]", R"(["a","it's",3])"},
      {"[\n 'x',\n]", R"(["x"])"},
      {"()", "[]"},
      {"(1)", "1"},
      {"(1,)", "[1]"},
      {"1, 2", "[1,2]"},
      {"1 ,", "[1]"},
      {"'a' 'b'", R"("ab")"},
      {"['a'\n'b', 'c']", R"(["ab","c"])"},
      {"{'a': 1.5e3, 'b': [None, True]}", R"({"a":1500.0,"b":[null,true]})"},
      {"-5", "-5"},
      {"000", "0"},
      {"0x1F", "31"},
      {"1_000", "1000"},
      {"1.", "1.0"},
      {".5", "0.5"},
      {R"('\u00e9\x41\101\q')", R"("éAA\\q")"},
      {R"(r'\n')", R"("\\n")"},
      {"'''a\nb'''", R"("a\nb")"},
      {" [1] \n", "[1]"},
      {"--5", ""},
      {"007", ""},
      {"[1][0]", ""},
      {"'a'\n'b'", ""},
      {"'open", ""},
      {"[", ""},
      {"[1 2]", ""},
      {"b'x'", ""},
      {"word", ""},
      {"[word]", ""},
      {"inf", ""},
      {"\"\\ud800\"", ""},
      {"1 + 2", ""},
      {"", ""},
  };
  for (const LiteralCase& one : cases) {
    const std::optional<Json> value = parse_python_literal(one.text);
    EXPECT_EQ(value ? dump_json(*value) : "", one.json) << one.text;
  }
}

TEST(PythonLiteral, HostileTextEnds) {
  EXPECT_FALSE(parse_python_literal(std::string(1'000'000, '[')));
  EXPECT_FALSE(parse_python_literal(std::string(500'000, '(') + std::string(500'000, ')')));
  EXPECT_FALSE(parse_python_literal(std::string(kLiteralBytesMax + 1, ' ')));
  EXPECT_FALSE(parse_python_literal("[" + std::string(200'000, '-') + "1]"));
  std::string strings;
  for (int i = 0; i < 100'000; ++i) strings += "'a' ";
  EXPECT_TRUE(parse_python_literal(strings));
  EXPECT_FALSE(parse_python_literal("'" + std::string("\xff\xfe") + "'"));
}

}  // namespace
}  // namespace assay::suites
