// DROP's normalisation and metrics; expected values from the reference's functions under Python.
#include "suites/score/tasks/drop_metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <sstream>

#include "harness/base/rng.h"

namespace assay::suites {
namespace {

// Of one span against one, rounded to two digits as all values of drop_metrics.
double exact_f1(const std::string& predicted, const std::string& gold) {
  const auto set = [](const std::string& span) {
    std::set<std::string> words;
    std::istringstream in(drop_normalized(span));
    for (std::string word; in >> word;) words.insert(word);
    return words;
  };
  const auto p = set(predicted);
  const auto g = set(gold);
  const auto number = [](const std::string& w) { return w == "2.0" || w == "3.0"; };
  const bool numbers = std::any_of(g.begin(), g.end(), number);
  double shared = 0;
  bool agree = false;
  for (const std::string& word : g) {
    if (!p.contains(word)) continue;
    ++shared;
    agree = agree || number(word);
  }
  if (shared == 0 || (numbers && !agree)) return 0;
  const double precision = shared / static_cast<double>(p.size());
  const double recall = shared / static_cast<double>(g.size());
  return 2 * precision * recall / (precision + recall);
}

TEST(DropNormalized, AsTheReference) {
  EXPECT_EQ(drop_normalized("The 12 yards"), "12.0 yards");
  EXPECT_EQ(drop_normalized("12-yard"), "12.0 yard");
  EXPECT_EQ(drop_normalized("1,000 men"), "1000.0 men");
  EXPECT_EQ(drop_normalized("1_000"), "1000.0");
  EXPECT_EQ(drop_normalized("1e5"), "100000.0");
  EXPECT_EQ(drop_normalized("nan"), "nan");
  EXPECT_EQ(drop_normalized("Infinity"), "inf");
  EXPECT_EQ(drop_normalized("  An  apple-a-day  "), "apple day");
  EXPECT_EQ(drop_normalized("the"), "");
  EXPECT_EQ(drop_normalized("a--an"), "");
  EXPECT_EQ(drop_normalized("U.S."), "us");
  EXPECT_EQ(drop_normalized("it's"), "its");
  EXPECT_EQ(drop_normalized("$5.50"), "550.0");
  EXPECT_EQ(drop_normalized("5."), "5.0");
  EXPECT_EQ(drop_normalized("+7"), "7.0");
  EXPECT_EQ(drop_normalized("-3"), "3.0");
  EXPECT_EQ(drop_normalized("1/2"), "12.0");
  EXPECT_EQ(drop_normalized("١٢"), "12.0");
  EXPECT_EQ(drop_normalized("the’s hat"), "’s hat");
  EXPECT_EQ(drop_normalized("Café THE Été"), "café été");
  EXPECT_EQ(drop_normalized(" x y"), "x y");
  EXPECT_EQ(drop_normalized("5%"), "5.0");
  EXPECT_EQ(drop_normalized("12th"), "12th");
  EXPECT_EQ(drop_normalized("0.1e-7"), "01e 7.0");
  EXPECT_EQ(drop_normalized("123456789012345678901"), "1.2345678901234568e+20");
  EXPECT_EQ(drop_normalized(""), "");
  EXPECT_EQ(drop_normalized("a\tb"), "b");
  EXPECT_EQ(drop_normalized("x_y"), "xy");
  EXPECT_EQ(drop_normalized("_1"), "1.0");
  EXPECT_EQ(drop_normalized("the_"), "");
  EXPECT_EQ(drop_normalized("3.0"), "3.0");
  EXPECT_EQ(drop_normalized("３"), "3.0");
  EXPECT_EQ(drop_normalized("theory an"), "theory");
  EXPECT_EQ(drop_normalized("-"), "");
}

TEST(DropMetrics, AsTheReference) {
  const auto expect = [](const std::vector<std::string>& predicted,
                         const std::vector<std::string>& gold, double exact, double f1) {
    const DropMetrics metrics = drop_metrics(predicted, gold);
    EXPECT_EQ(metrics.exact, exact) << predicted.front() << " / " << gold.front();
    EXPECT_DOUBLE_EQ(metrics.f1, f1) << predicted.front() << " / " << gold.front();
  };
  expect({"12 yards"}, {"12-yard"}, 0, 0.5);
  expect({"5"}, {"5.0"}, 1, 1);
  expect({"five men"}, {"men"}, 0, 0.67);
  expect({"6 men"}, {"5 men"}, 0, 0);
  expect({"Smith"}, {"Smith", "Jones"}, 0, 0.5);
  expect({"Smith and Jones"}, {"Smith", "Jones"}, 0, 0.25);
  expect({"Jones", "Smith"}, {"Smith", "Jones"}, 1, 1);
  expect({"a b c", "a b"}, {"a b", "c"}, 0, 0.83);
  expect({""}, {"the"}, 1, 1);
  expect({""}, {"x"}, 0, 0);
  expect({"the"}, {""}, 1, 1);
  expect({"x y z"}, {"x y z w v"}, 0, 0.75);
  expect({"p q", "q r", "r s"}, {"q", "r s t", "p"}, 0, 0.71);
  expect({"p q", "q r", "r s"}, {"s"}, 0, 0.22);
  expect({"3 May 1999"}, {"May 3 1999"}, 0, 1);
  expect({"Smith", "Smith"}, {"Smith"}, 0, 0.5);
  expect({"x", "x"}, {"x", "y"}, 0, 0.5);
  expect({"1 2 3"}, {"3 4 5 6 7"}, 0, 0.25);
  expect({"b c d e f g h"}, {"b"}, 0, 0.25);
}

// The alignment against all assignments, tried one by one.
TEST(DropMetrics, AlignmentIsTheBest) {
  Rng rng(7);
  const std::vector<std::string> words{"a1", "b", "c", "d", "2", "3"};
  const auto spans = [&](size_t count) {
    std::vector<std::string> out(count);
    for (std::string& span : out) {
      for (uint64_t n = 1 + rng.below(3); n > 0; --n) span += words[rng.below(words.size())] + " ";
    }
    return out;
  };
  for (int round = 0; round < 300; ++round) {
    const auto gold = spans(1 + rng.below(5));
    const auto predicted = spans(1 + rng.below(5));
    std::vector<size_t> order(std::max(gold.size(), predicted.size()));
    std::iota(order.begin(), order.end(), size_t{0});
    double best = 0;
    do {
      double sum = 0;
      for (size_t g = 0; g < gold.size(); ++g) {
        if (order[g] >= predicted.size()) continue;
        sum += exact_f1(predicted[order[g]], gold[g]);
      }
      best = std::max(best, sum);
    } while (std::next_permutation(order.begin(), order.end()));
    const double expected = best / static_cast<double>(order.size());
    EXPECT_NEAR(drop_metrics(predicted, gold).f1, expected, 0.0050001);
  }
}

}  // namespace
}  // namespace assay::suites
