// The parts of the mathematical scorers: reading, values, places of answers, the references' string
// rules, and that no text takes them far.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "suites/score/math/answers.h"
#include "suites/score/math/equivalence.h"
#include "suites/score/math/evaluate.h"
#include "suites/score/math/latex_parser.h"
#include "suites/score/math/normalize.h"
#include "suites/score/math/plain_parser.h"
#include "suites/score/math/ranges.h"
#include "suites/score/math/reference_text.h"
#include "suites/score/math/sympy_latex.h"

namespace assay::suites::math {
namespace {

Sameness compare(const std::string& gold, const std::string& prediction) {
  return equivalent("$" + gold + "$", "$" + prediction + "$", {}).same;
}

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

TEST(LatexParser, WhatBecomesOfEachForm) {
  const std::vector<std::pair<std::string, Kind>> forms{
      {"12", Kind::kNumber},
      {"1,234", Kind::kNumber},
      {"1, 234", Kind::kFiniteSet},
      {"2\\frac{1}{2}", Kind::kNumber},
      {"\\frac{1}{0}", Kind::kUndefined},
      {"x", Kind::kSymbol},
      {"\\text{Yes}", Kind::kSymbol},
      {"2x", Kind::kMul},
      {"x+1", Kind::kAdd},
      {"x^2", Kind::kPow},
      {"f(x)", Kind::kFunction},
      {"x=1", Kind::kRelation},
      {"1<x<2", Kind::kAnd},
      {"(1,2)", Kind::kInterval},
      {"(2,1)", Kind::kTuple},
      {"(1,2,3)", Kind::kTuple},
      {"\\{1\\}", Kind::kFiniteSet},
      {"(0,1)\\cup(2,3)", Kind::kUnion},
      {"\\emptyset", Kind::kEmptySet},
      {"\\mathbb{R}", Kind::kNamedSet},
      {"\\begin{pmatrix}1&2\\end{pmatrix}", Kind::kMatrix},
      {"\\pm 3", Kind::kFiniteSet},
  };
  for (const auto& [text, kind] : forms) {
    Arena arena;
    const LatexResult read = parse_latex(text, arena);
    ASSERT_NE(read.node, nullptr) << text;
    EXPECT_EQ(static_cast<int>(read.node->kind), static_cast<int>(kind)) << text;
  }
}

TEST(LatexParser, WhatIsNotRead) {
  for (const char* text : {"", "(1", "1+", "\\frac{1}", "x^", "{x|x>0", "\\unknown", "3..4",
                           "a & b", "\\begin{pmatrix}1&2\\\\3\\end{pmatrix}"}) {
    Arena arena;
    EXPECT_EQ(parse_latex(text, arena).node, nullptr) << text;
  }
}

TEST(PlainParser, AsPythonReads) {
  const std::vector<std::pair<std::string, Rational>> values{
      {"1/2", Rational(1, 2)},  {"-2^2", Rational(-4)},     {"2**3**2", Rational(512)},
      {"(1+2)*3", Rational(9)}, {" 1.5 - .5", Rational(1)}, {"2*-3", Rational(-6)}};
  for (const auto& [text, value] : values) {
    Arena arena;
    const Node* node = parse_plain(text, arena);
    ASSERT_NE(node, nullptr) << text;
    EXPECT_EQ(exact_value(*node), value) << text;
  }
  for (const char* text : {"2 3", "1+", "007", "2(3)", "1//2", "()", ""}) {
    Arena arena;
    EXPECT_EQ(parse_plain(text, arena), nullptr) << text;
  }
}

TEST(Evaluate, ExactAndInexact) {
  Arena arena;
  const auto read = [&](const char* text) { return parse_latex(text, arena).node; };
  EXPECT_EQ(exact_value(*read("\\frac{2}{4}+2^{-1}")), Rational(1));
  EXPECT_EQ(exact_value(*read("\\sqrt{2}")), std::nullopt);
  EXPECT_EQ(exact_value(*read("2^{100000}")), std::nullopt) << "more bits than are kept";
  EXPECT_EQ(rounded(*read("\\pi"), 6), Integer(3141593));
  EXPECT_EQ(rounded(*read("0.5"), 0), Integer(0)) << "ties to even";
  EXPECT_EQ(rounded(*read("1.5"), 0), Integer(2));
  EXPECT_EQ(rounded(*read("-0.0000014"), 6), Integer(-1));
  EXPECT_EQ(rounded(*read("x"), 6), std::nullopt);
  EXPECT_EQ(compare_constants(*read("\\sqrt{2}"), *read("1.5")), -1);
  EXPECT_EQ(compare_constants(*read("-\\infty"), *read("-5")), -1);
  EXPECT_EQ(compare_constants(*read("x"), *read("1")), std::nullopt);
}

// Identities and near misses; the sampled points must tell them apart.
TEST(Evaluate, SameValue) {
  const std::vector<std::pair<const char*, const char*>> same{
      {"\\sqrt{5+2\\sqrt{6}}", "\\sqrt{2}+\\sqrt{3}"}, {"\\arctan 1", "\\frac{\\pi}{4}"},
      {"\\sinh x", "\\frac{e^x-e^{-x}}{2}"},           {"\\cosh^2 x-\\sinh^2 x", "1"},
      {"\\arcsin x+\\arccos x", "\\frac{\\pi}{2}"},    {"\\ln(e^x)", "x+0"},
      {"\\binom{n}{2}", "\\frac{n(n-1)}{2}"},          {"\\log_{10} 1000", "3"},
      {"\\tan x", "\\frac{\\sin x}{\\cos x}"},         {"\\prod_{k=1}^{4} k", "4!"}};
  const std::vector<std::pair<const char*, const char*>> different{
      {"\\sqrt{x^2}", "x+0"},
      {"\\ln(x^2)", "2\\ln x"},
      {"\\sin 2x", "2\\sin x"},
      {"(x+y)^2", "x^2+y^2"},
      {"\\pi", "\\frac{22}{7}"},
      {"\\sqrt[3]{2}", "\\sqrt{2}"},
      {"e^{\\pi\\sqrt{163}}", "640320^3+744"}};
  Arena arena;
  for (const auto& [a, b] : same) {
    EXPECT_EQ(same_value(*parse_latex(a, arena).node, *parse_latex(b, arena).node), Sameness::kSame)
        << a << " and " << b;
  }
  for (const auto& [a, b] : different) {
    EXPECT_EQ(same_value(*parse_latex(a, arena).node, *parse_latex(b, arena).node),
              Sameness::kDifferent)
        << a << " and " << b;
  }
}

TEST(Ranges, SetsOfNumbers) {
  const std::vector<std::pair<const char*, const char*>> same{
      {"(0,1)\\cup[1,2)", "(0,2)"},
      {"\\mathbb{R}\\setminus\\{1\\}", "(-\\infty,1)\\cup(1,\\infty)"},
      {"[0,5]\\cap[3,9]", "[3,5]"},
      {"(0,2)\\setminus(1,2)", "(0,1]"},
      {"[1,2]\\cup\\{3\\}", "\\{3\\}\\cup[1,2]"}};
  for (const auto& [a, b] : same) EXPECT_EQ(compare(a, b), Sameness::kSame) << a << " " << b;
  EXPECT_EQ(compare("(0,1)\\cup(1,2)", "(0,2)"), Sameness::kDifferent);
  Arena arena;
  const Node* set = solution_set(*parse_latex("-4<2x\\le 6", arena).node, arena);
  ASSERT_NE(set, nullptr);
  EXPECT_EQ(form_key(*set), form_key(*parse_latex("(-2,3]", arena).node));
  EXPECT_EQ(solution_set(*parse_latex("x^2<4", arena).node, arena), nullptr);
}

TEST(Normalize, ShorthandUnitsAndBoxes) {
  const std::vector<std::pair<const char*, const char*>> rows{
      {"\\dfrac12", "\\frac{1}{2}"},
      {"5\\text{ cm}^2", "5"},
      {"12 meters", "12"},
      {"\\sqrt3", "\\sqrt{3}"},
      {"1{,}000", "1,000"},
      {".5", "\\frac{1}{2}"},
      {"1 \\text{ or } 2", "1, 2"},
      {"\\left(1,2\\right]", "(1,2]"},
      {"2^(n+1)", "2^{n+1}"},
      {"x is \\boxed{1} or \\boxed{2}", "1,2"},
      {"\\boxed{1", "{1"}};
  for (const auto& [text, expected] : rows) {
    std::string limit;
    EXPECT_EQ(normalize_latex(text, Boxes::kAll, limit), expected) << text;
    EXPECT_TRUE(limit.empty());
  }
  EXPECT_EQ(boxed_content("\\boxed{1}, far away, and then at long last \\boxed{2}", Boxes::kLast),
            "1,2");
  EXPECT_EQ(boxed_content("\\boxed{1} is what I first had but it is \\boxed{2}", Boxes::kLast),
            "2");
}

TEST(Answers, WhereTheAnswerIs) {
  struct Row {
    const char* reply;
    const char* text;
  };
  const Row rows[] = {
      {"$1$ then $2$", "2"},
      {"The final answer is $1$. I hope it is correct. $2$", "1"},
      {"\\boxed{1} and later $2$", "1"},
      {"Answer: $1$ and more words, which are long enough to be away from it: $2$", "1"},
      {"we get 5 and 1/2 of 7.5 in all", "7.5"},
      {"it is 1/2.", "1/2."},
      {"$1$ and $2$", "1 and 2"},
      {"\\[ \\boxed{3} \\]", "3"},
      {"costs $1,000.50 a year", "1000.50"},
      {"the result [x+1] is", "x+1"},
      {"about -\\frac{1}{2} of it", "-\\frac{1}{2}"},
  };
  for (const Row& row : rows) {
    Arena arena;
    const Answers found = extract_math_answers(row.reply, {}, arena);
    EXPECT_EQ(found.text.value_or("nothing"), row.text) << row.reply;
    EXPECT_NE(found.tree, nullptr) << row.reply;
  }
  Arena arena;
  EXPECT_EQ(extract_math_answers("nothing here", {}, arena).text, std::nullopt);
}

TEST(Equivalence, IsNotSymmetric) {
  EXPECT_EQ(compare("5", "x=5"), Sameness::kSame);
  EXPECT_EQ(compare("x=5", "5"), Sameness::kSame);
  EXPECT_EQ(compare("7=11a+c", "11a+c"), Sameness::kDifferent);
  EXPECT_EQ(compare("1<x<2", "(1,2)"), Sameness::kSame);
  EXPECT_EQ(compare("(1,2)", "1<x<2"), Sameness::kDifferent);
}

TEST(ReferenceText, Boxes) {
  EXPECT_EQ(last_boxed_only_string("a \\boxed{1} b \\boxed{\\frac{1}{2}} c"),
            "\\boxed{\\frac{1}{2}}");
  EXPECT_EQ(last_boxed_only_string("\\boxed 5$ x"), "\\boxed 5");
  EXPECT_EQ(last_boxed_only_string("\\boxed{1"), std::nullopt);
  EXPECT_EQ(last_boxed_only_string("none"), std::nullopt);
  EXPECT_EQ(remove_boxed("\\boxed{1}"), "1");
  EXPECT_EQ(remove_boxed("\\fbox{1}"), std::nullopt);
}

TEST(ReferenceText, Minerva) {
  EXPECT_EQ(minerva_final_answer("Final Answer: The final answer is $5$. I hope it is correct."),
            "$5$");
  EXPECT_EQ(minerva_final_answer("The answer is 5."), kInvalidAnswer);
  EXPECT_EQ(normalize_minerva("x = 12 square inches"), "12");
  EXPECT_EQ(normalize_minerva("a $\\frac12$ b"), "\\frac{1}{2}");
  EXPECT_EQ(normalize_minerva("\\boxed{\\text{even}}"), "even");
  EXPECT_EQ(normalize_minerva("1,000"), "1000");
}

// What stands after the first thing that does not fit is ignored. Verdicts of sympy 1.14.
TEST(SympyLatex, ReadsAsFarAsItFits) {
  const std::vector<std::pair<const char*, const char*>> same{{"2+", "2"},
                                                              {"2(3", "2"},
                                                              {"3,4", "3"},
                                                              {"1,234", "1234"},
                                                              {"33.", "3"},
                                                              {"2x3", "6"},
                                                              {"\\log_28", "3"},
                                                              {"2\\sqrt{[}4]", "2"},
                                                              {"x^2(1,2)", "x^2"},
                                                              {"\\frac12", "0.5"},
                                                              {"26.027,151", "26.02\\cdot 7151"}};
  for (const auto& [a, b] : same) EXPECT_EQ(minerva_equal(a, b), Sameness::kSame) << a;
  for (const char* text : {"(1,2)", "5~x", "5\\%", "x_", "x=", "01", "5.", "\\frac{1}", ""}) {
    Arena arena;
    EXPECT_EQ(parse_sympy_latex(text, arena).node, nullptr) << text;
  }
  EXPECT_EQ(minerva_equal("\\infty", "\\infty"), Sameness::kDifferent) << "oo - oo is no zero";
  EXPECT_EQ(minerva_equal("x=1", "x=1"), Sameness::kDifferent) << "relations have no difference";
}

// Every one ends, with a verdict or a reason; none is right against 7.
TEST(Hostile, EndsWithAVerdictOrAReason) {
  const std::vector<std::string> formulas{
      repeated("(", 10'000) + "1" + repeated(")", 10'000),
      repeated("(", 1'000) + "1" + repeated(")", 1'000),
      repeated("\\frac{1}{1+", 300) + "1" + repeated("}", 300),
      repeated("\\sqrt{", 500) + "2" + repeated("}", 500),
      repeated("|x", 900),
      repeated("-", 3'000) + "1",
      "x" + repeated("^{x", 400) + repeated("}", 400),
      "9^{9^{9^9}}",
      "9^{9^9}-9^{9^9}",
      "((((9!)!)!)!)!",
      "\\binom{10^{12}}{10^{11}}",
      "\\sum_{i=1}^{999}\\sum_{j=1}^{999}\\sum_{k=1}^{999} i",
      repeated("\\sum_{i=1}^{9}", 40) + "i",
      "\\sin(10^{10^{10}})",
      "e^{e^{e^{e^{e}}}}",
      repeated("9", 5'000),
      repeated("(x+y)^{4000}", 30),
      repeated("f(", 100) + "x+1" + repeated(")", 100),
      repeated("\\{", 300) + "1" + repeated("\\}", 300),
      repeated("1,", 1'500) + "1",
      "\\begin{pmatrix}" + repeated("1&", 1'500) + "1\\end{pmatrix}",
      "\xff\xfe\x80",
  };
  for (const std::string& formula : formulas) {
    const Equivalence e = equivalent("$7$", "$" + formula + "$", {});
    EXPECT_NE(e.same, Sameness::kSame) << formula.substr(0, 40);
    EXPECT_FALSE(e.reason.empty()) << formula.substr(0, 40);
    (void)equivalent("$" + formula + "$", "$" + formula + "+0$", {});
    (void)minerva_equal(normalize_minerva(formula), normalize_minerva(formula + "+0"));
  }
}

TEST(Hostile, LongReplies) {
  for (const char* piece :
       {"$", "\\(", "\\[", "\\boxed{", "\\boxed{1}", "answer ", "final answer is ", "1 2 3 ", "1+",
        "$x$ ", "$1$ and ", "\\text{\n", " [", "(", "\n"}) {
    const std::string reply = repeated(piece, 60'000) + "}";
    EXPECT_NE(equivalent("$7$", reply, {}).same, Sameness::kSame) << piece;
    const std::string part = reply.substr(0, kReferenceBytesMax);
    (void)normalize_minerva(minerva_final_answer(part));
    (void)normalize_minerva(part);
    (void)hendrycks_equal(part, "7");
  }
}

}  // namespace
}  // namespace assay::suites::math
