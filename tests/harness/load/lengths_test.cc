#include "harness/load/lengths.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <numeric>
#include <string>
#include <vector>

namespace assay::load {
namespace {

using testing::HasSubstr;

LengthDistribution lengths_of(const std::string& text) {
  const Result<LengthDistribution> lengths = parse_lengths(text, "--input-tokens");
  EXPECT_TRUE(lengths.has_value()) << lengths.error().text();
  return lengths ? *lengths : LengthDistribution();
}

std::string error_of(const std::string& text) {
  const Result<LengthDistribution> lengths = parse_lengths(text, "--input-tokens");
  return lengths ? "none" : lengths.error().text();
}

std::vector<double> draws_of(const std::string& text, int n = 20'000) {
  const LengthDistribution lengths = lengths_of(text);
  std::vector<double> out;
  for (int i = 0; i < n; ++i) {
    Rng rng(5, i);
    out.push_back(static_cast<double>(lengths.draw(rng)));
  }
  return out;
}

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double deviation(const std::vector<double>& values) {
  const double middle = mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - middle) * (value - middle);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

double smallest(const std::vector<double>& v) { return *std::min_element(v.begin(), v.end()); }
double largest(const std::vector<double>& v) { return *std::max_element(v.begin(), v.end()); }

TEST(Lengths, Fixed) {
  const std::vector<double> draws = draws_of("512", 10);
  EXPECT_EQ(smallest(draws), 512);
  EXPECT_EQ(largest(draws), 512);
  EXPECT_EQ(lengths_of("1").text, "1");
  Rng rng(1);
  EXPECT_EQ(LengthDistribution().draw(rng), 1);  // nobody gave one
}

TEST(Lengths, UniformHasBothEndsAndNoOthers) {
  std::map<double, int> seen;
  for (const double n : draws_of("uniform:3,7")) ++seen[n];
  ASSERT_EQ(seen.size(), 5U);
  for (const auto& [n, count] : seen) EXPECT_NEAR(count, 4000, 300) << n;  // 5 sigma
  const std::vector<double> cut = draws_of("uniform:100,900,min=800,max=1000");
  EXPECT_EQ(smallest(cut), 800);
  EXPECT_EQ(largest(cut), 900);
  EXPECT_EQ(largest(draws_of("uniform:9,9", 10)), 9);
}

TEST(Lengths, NormalLognormalAndExponentialHaveTheirMoments) {
  const std::vector<double> normal = draws_of("normal:512,64");
  EXPECT_NEAR(mean(normal), 512, 2.5);
  EXPECT_NEAR(deviation(normal), 64, 2);
  std::vector<double> logs = draws_of("lognormal:512,0.6");
  for (double& value : logs) value = std::log(value);
  EXPECT_NEAR(mean(logs), std::log(512), 0.025);  // its median is 512
  EXPECT_NEAR(deviation(logs), 0.6, 0.02);
  const std::vector<double> exponential = draws_of("exponential:512");
  EXPECT_NEAR(mean(exponential), 512, 20);
  EXPECT_NEAR(deviation(exponential), 512, 25);
  EXPECT_GE(smallest(exponential), 1);
}

// Truncated, not clamped: nothing piles up at the bounds.
TEST(Lengths, BoundsCutAndDoNotPileUp) {
  const std::vector<double> draws = draws_of("normal:100,50,min=80,max=120");
  EXPECT_GE(smallest(draws), 80);
  EXPECT_LE(largest(draws), 120);
  const auto at_bounds =
      std::count_if(draws.begin(), draws.end(), [](double n) { return n == 80 || n == 120; });
  EXPECT_LT(static_cast<double>(at_bounds), 0.08 * 20'000);  // clamped it would be 69 %
  EXPECT_NEAR(mean(draws), 100, 1);
}

TEST(Lengths, BoundsThatAreHardlyEverMetClampInTheEnd) {
  const std::vector<double> draws = draws_of("normal:100,1,min=5000", 20);
  EXPECT_EQ(smallest(draws), 5000);
  EXPECT_EQ(largest(draws), 5000);
  EXPECT_EQ(largest(draws_of("lognormal:10000000,10,max=7", 20)), 7);
}

TEST(Lengths, ListsAreDrawnFromEvenly) {
  std::map<double, int> seen;
  for (const double n : draws_of("list:64,128,128,512,max=200")) ++seen[n];
  ASSERT_EQ(seen.size(), 2U);
  EXPECT_NEAR(seen[64], 20'000 / 3.0, 350);
  EXPECT_NEAR(seen[128], 40'000 / 3.0, 350);
}

TEST(Lengths, TheSameDrawsFromTheSameSeed) {
  EXPECT_EQ(draws_of("lognormal:512,0.6", 100), draws_of("lognormal:512,0.6", 100));
}

TEST(Lengths, AFileOfLengths) {
  const std::filesystem::path path =
      std::filesystem::path(testing::TempDir()) / "lengths,with comma.txt";
  std::ofstream(path) << "\xEF\xBB\xBF"
                      << "10\r\n\n20\n30";
  const LengthDistribution lengths = lengths_of("file:" + path.string() + ",min=15");
  EXPECT_THAT(lengths.list, testing::ElementsAre(20, 30));
  std::ofstream(path) << "10\n-3\n";
  EXPECT_EQ(error_of("file:" + path.string()),
            path.string() + ":2: `-3` is no length, expected a whole number of tokens 1..10000000");
  std::filesystem::remove(path);
  EXPECT_EQ(error_of("file:" + path.string()), "--input-tokens: cannot read `" + path.string() +
                                                   "`, expected a file with a length a "
                                                   "line");
  EXPECT_THAT(error_of("file:" + testing::TempDir()), HasSubstr("failed"));
}

TEST(Lengths, HostileLines) {
  const auto error_of_lines = [](std::string_view bytes) {
    const auto lengths = parse_length_lines(bytes, "f");
    return lengths ? std::string("none") : lengths.error().text();
  };
  EXPECT_EQ(error_of_lines("5\n\n6\r\n"), "none");
  EXPECT_EQ(error_of_lines(""), "f: found no length, expected one a line");
  EXPECT_THAT(error_of_lines("\n\n7 \n"), HasSubstr("f:3: `7 ` is no length"));
  EXPECT_THAT(error_of_lines({"5\n\0\n", 4}), HasSubstr("f:2: `\\x00` is no length"));
  EXPECT_THAT(error_of_lines("99999999999999999999999"), HasSubstr("f:1: `99999"));
  EXPECT_THAT(error_of_lines("10000001"),
              HasSubstr("expected a whole number of tokens 1..10000000"));
  EXPECT_THAT(error_of_lines("1.5"), HasSubstr("`1.5` is no length"));
  EXPECT_LT(error_of_lines(std::string(1'000'000, 'x')).size(), 300U);
  std::string many;
  for (size_t i = 0; i <= kLengthsMax; ++i) many += "1\n";
  EXPECT_THAT(error_of_lines(many), HasSubstr("f:1000001: found more than 1000000 lengths"));
}

TEST(Lengths, BadForms) {
  const std::string forms =
      "512, uniform:LOW,HIGH, normal:MEAN,SD, lognormal:MEDIAN,SIGMA, exponential:MEAN, "
      "list:N,N,... or file:PATH";
  EXPECT_EQ(error_of("0"),
            "--input-tokens: `0` is no length, expected " + forms + " (tokens 1..10000000)");
  for (const char* bad : {"", "-1", "1.5", "512,min=3", "nan", "10000001", "+5"}) {
    EXPECT_THAT(error_of(bad), HasSubstr("is no length")) << bad;
  }
  EXPECT_EQ(error_of("unifrom:1,2"),
            "--input-tokens: unknown form `unifrom`, did you mean `uniform`? expected " + forms);
  EXPECT_EQ(error_of("zipf:2"), "--input-tokens: unknown form `zipf`, expected " + forms);
}

TEST(Lengths, BadParameters) {
  EXPECT_EQ(error_of("uniform:5"),
            "--input-tokens: `uniform:5` has 1 parameters, expected uniform:LOW,HIGH");
  EXPECT_EQ(error_of("uniform:9,5"), "--input-tokens: uniform from 9 to 5, expected low <= high");
  EXPECT_THAT(error_of("uniform:0,5"), HasSubstr("`0` is no length"));
  EXPECT_THAT(error_of("uniform:1.5,5"), HasSubstr("`1.5` is no length"));
  EXPECT_THAT(error_of("normal:512"), HasSubstr("has 1 parameters, expected normal:MEAN,SD"));
  EXPECT_THAT(error_of("normal:512,1,2"), HasSubstr("has 3 parameters"));
  for (const char* bad : {"nan", "inf", "0", "-5", "1e9", "", "x"}) {
    EXPECT_THAT(error_of(std::string("exponential:") + bad), HasSubstr("is no length")) << bad;
    EXPECT_THAT(error_of("normal:" + std::string(bad) + ",1"), HasSubstr("is no length")) << bad;
  }
  for (const char* bad : {"nan", "inf", "-1", "11", ""}) {
    EXPECT_THAT(error_of("lognormal:512," + std::string(bad)),
                HasSubstr("is no spread, expected a number 0..10"))
        << bad;
  }
  EXPECT_THAT(error_of("list:"), HasSubstr("`` is no length"));
  EXPECT_THAT(error_of("list:5,,6"), HasSubstr("`` is no length"));
}

TEST(Lengths, BadBounds) {
  EXPECT_EQ(error_of("normal:5,1,min=9,max=8"),
            "--input-tokens: min is 9 and max is 8, expected min <= max");
  EXPECT_EQ(error_of("normal:5,1,min=1,min=2"),
            "--input-tokens: `min` stands there twice, expected once");
  EXPECT_THAT(error_of("normal:5,1,min=0"), HasSubstr("`min=0` is no length"));
  EXPECT_THAT(error_of("normal:5,1,max=x"), HasSubstr("`max=x` is no length"));
  EXPECT_THAT(error_of("uniform:1,5,min=6"), HasSubstr("has no length between min and max"));
  EXPECT_THAT(error_of("list:1,5,min=6"), HasSubstr("expected at least one in 6..10000000"));
}

}  // namespace
}  // namespace assay::load
