#include "harness/load/slo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace assay::load {
namespace {

std::string error_of(const std::string& text) {
  const Result<Slo> slo = parse_slo(text);
  return slo ? "none" : slo.error().text();
}

TEST(Slo, EveryKeyAndUnit) {
  const Result<Slo> slo = parse_slo("ttft=500ms,ttfa=1.5s,tpot=50us,e2e=2m,at=p99.9");
  ASSERT_TRUE(slo.has_value()) << slo.error().text();
  EXPECT_DOUBLE_EQ(slo->ttft_s.value_or(0), 0.5);
  EXPECT_DOUBLE_EQ(slo->ttfa_s.value_or(0), 1.5);
  EXPECT_DOUBLE_EQ(slo->tpot_s.value_or(0), 50e-6);
  EXPECT_DOUBLE_EQ(slo->e2e_s.value_or(0), 120);
  EXPECT_DOUBLE_EQ(slo->share, 0.999);
}

TEST(Slo, OneLimitIsEnough) {
  const Result<Slo> slo = parse_slo("e2e=10");
  ASSERT_TRUE(slo.has_value());
  EXPECT_FALSE(slo->ttft_s || slo->ttfa_s || slo->tpot_s);
  EXPECT_DOUBLE_EQ(slo->e2e_s.value_or(0), 10);
  EXPECT_DOUBLE_EQ(slo->share, 0.95);
}

TEST(Slo, TheShareInBothForms) {
  EXPECT_DOUBLE_EQ(parse_slo("at=p90,ttft=1s")->share, 0.9);
  EXPECT_DOUBLE_EQ(parse_slo("ttft=1s,at=95%")->share, 0.95);
  EXPECT_DOUBLE_EQ(parse_slo("ttft=1s,at=p100")->share, 1);
  for (const char* bad :
       {"", "95", "p", "%", "p0", "0%", "p101", "-5%", "p95%", "pnan", "0.95", "p95x"}) {
    EXPECT_EQ(
        error_of(std::string("ttft=1s,at=") + bad),
        "--slo: `at` is `" + std::string(bad) + "`, expected p95 or 95%, above 0 and at most 100");
  }
}

TEST(Slo, BadTimes) {
  for (const char* bad : {"", "0", "0ms", "-1s", "1 s", "abc", "inf", "nan", "25h", "1e300s"}) {
    EXPECT_EQ(error_of(std::string("ttft=") + bad),
              "--slo: `ttft` is `" + std::string(bad) +
                  "`, expected a time above 0 and at most 24h, like 500ms, 1.5s, 50us or 2m");
  }
}

TEST(Slo, BadKeys) {
  EXPECT_EQ(error_of("tfft=1s"),
            "--slo: unknown key `tfft`, did you mean `ttft`? expected ttft, ttfa, tpot, e2e or at");
  EXPECT_EQ(error_of("throughput=1"),
            "--slo: unknown key `throughput`, expected ttft, ttfa, tpot, e2e or at");
  EXPECT_EQ(error_of("ttft=1s,ttft=2s"), "--slo: `ttft` stands there twice, expected once");
  EXPECT_EQ(error_of("at=p9,ttft=1s,at=p8"), "--slo: `at` stands there twice, expected once");
  EXPECT_EQ(error_of("ttft"),
            "--slo: `ttft` is no KEY=VALUE, expected entries such as "
            "ttft=500ms,tpot=50ms,e2e=10s,at=p95");
  EXPECT_THAT(error_of(""), testing::HasSubstr("`` is no KEY=VALUE"));
  EXPECT_THAT(error_of("ttft=1s,"), testing::HasSubstr("`` is no KEY=VALUE"));
  EXPECT_THAT(error_of("at=p95"), testing::HasSubstr("`at=p95` limits nothing"));
}

}  // namespace
}  // namespace assay::load
