#include "backends/transport/simulated.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "backends/simulated_backend.h"
#include "tests/backends/drive.h"

namespace assay::backends {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::StartsWith;

ModelSpec spec_of(const std::string& name, std::map<std::string, std::string> params) {
  return {"simulated:" + name, "simulated", name, std::move(params)};
}

std::unique_ptr<Backend> make(std::map<std::string, std::string> params,
                              const std::string& name = "m") {
  BackendContext context;
  context.seed = 7;
  auto backend = make_simulated_backend(spec_of(name, std::move(params)), context);
  EXPECT_TRUE(backend.has_value()) << (backend ? "" : backend.error().text());
  return std::move(backend).value();
}

std::string error_of(std::map<std::string, std::string> params) {
  const auto backend = make_simulated_backend(spec_of("m", std::move(params)), {});
  return backend ? "" : backend.error().text();
}

// Asks `n` samples, all at once, and returns their attempts in the order of the samples.
std::vector<AttemptPtr> ask_all(Backend& backend, int n, uint32_t attempt_number = 0,
                                bool backwards = false) {
  VirtualClock clock;
  backend.set_clock(clock);
  Driver driver(backend.transport(), backend.codec(), &clock);
  for (int i = 0; i < n; ++i) {
    const int at = backwards ? n - 1 - i : i;
    AttemptPtr attempt =
        make_attempt(fmt::format("q{}", at), fmt::format("{}", at), static_cast<uint64_t>(at));
    attempt->key.attempt = attempt_number;
    driver.start(std::move(attempt));
  }
  std::vector<AttemptPtr> attempts;
  for (Finished& finished : driver.finish()) attempts.push_back(std::move(finished.attempt));
  std::sort(attempts.begin(), attempts.end(),
            [](const AttemptPtr& a, const AttemptPtr& b) { return a->key < b->key; });
  return attempts;
}

size_t count_right(const std::vector<AttemptPtr>& attempts) {
  return static_cast<size_t>(std::count_if(
      attempts.begin(), attempts.end(),
      [](const AttemptPtr& a) { return a->response.answer == a->sample.targets.front(); }));
}

TEST(Simulated, AccuracyOneAndZeroAreExact) {
  EXPECT_EQ(count_right(ask_all(*make({{"accuracy", "1"}}), 500)), 500U);
  EXPECT_EQ(count_right(ask_all(*make({{"accuracy", "0"}}), 500)), 0U);
}

TEST(Simulated, AccuracyWithoutSpreadIsABinomialRate) {
  const int n = 20'000;
  const size_t right = count_right(ask_all(*make({{"accuracy", "0.8"}, {"spread", "0"}}), n));
  const double sigma = std::sqrt(n * 0.8 * 0.2);
  EXPECT_NEAR(static_cast<double>(right), n * 0.8, 5 * sigma);
}

TEST(Simulated, SpreadPullsTheMeanTowardsHalf) {
  // E[logistic(logit(0.9) - 3z)] with z standard normal, by the midpoint rule.
  double expected = 0;
  for (int i = -800; i < 800; ++i) {
    const double z = (i + 0.5) / 100;
    const double density = std::exp(-z * z / 2) / std::sqrt(2 * M_PI) / 100;
    expected += density / (1 + std::exp(-(std::log(9.0) - 3 * z)));
  }
  const int n = 20'000;
  const size_t right = count_right(ask_all(*make({{"accuracy", "0.9"}, {"spread", "3"}}), n));
  EXPECT_NEAR(static_cast<double>(right) / n, expected, 5 * std::sqrt(0.25 / n));
}

TEST(Simulated, LabelsShareTheDifficultyOfASample) {
  // With a large spread the difficulty decides, so two labels mostly agree on what is hard.
  const auto a = ask_all(*make({{"accuracy", "0.5"}, {"spread", "50"}}, "a"), 2000);
  const auto b = ask_all(*make({{"accuracy", "0.5"}, {"spread", "50"}}, "b"), 2000);
  int agree = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const auto right = [](const AttemptPtr& x) {
      return x->response.answer == x->sample.targets.front();
    };
    agree += right(a[i]) == right(b[i]) ? 1 : 0;
  }
  EXPECT_GT(agree, 1900);
  EXPECT_LT(agree, 2000);  // but are not the same model
}

std::string fingerprint(const std::vector<AttemptPtr>& attempts) {
  std::string text;
  for (const AttemptPtr& a : attempts) {
    text += fmt::format("{} {} {} {} {}\n", a->sample.id, outcome_name(a->response.outcome),
                        a->response.answer, to_ns(a->stamps.sent), to_ns(a->stamps.done));
  }
  return text;
}

const std::map<std::string, std::string> kEverything = {
    {"delay", "200ms"},   {"rate_limited", "0.1"}, {"server_error", "0.1"},
    {"truncated", "0.1"}, {"malformed", "0.1"},    {"stall", "0.1"},
    {"crash", "0.1"},     {"reply_bytes", "64"},   {"retry_after", "0.5s"},
    {"reasoning", "1"},
};

TEST(Simulated, TheOrderOfCallsChangesNothing) {
  const std::string forwards = fingerprint(ask_all(*make(kEverything), 300));
  EXPECT_EQ(fingerprint(ask_all(*make(kEverything), 300, 0, true)), forwards);
  auto other_seed = kEverything;
  other_seed["seed"] = "8";
  EXPECT_NE(fingerprint(ask_all(*make(other_seed), 300)), forwards);
}

TEST(Simulated, FaultsHappenAsOftenAsAskedAndDependOnTheAttempt) {
  const int n = 10'000;
  const auto first = ask_all(*make(kEverything), n);
  std::map<std::string, int> counts;
  for (const AttemptPtr& a : first) ++counts[std::string(outcome_name(a->response.outcome))];
  const double sigma = std::sqrt(n * 0.1 * 0.9);
  for (const auto* outcome :
       {"rate_limited", "server_error", "truncated", "malformed", "timeout", "crashed"}) {
    EXPECT_NEAR(counts[outcome], n * 0.1, 5 * sigma) << outcome;
  }
  EXPECT_NEAR(counts["ok"], n * 0.4, 5 * std::sqrt(n * 0.4 * 0.6));
  const auto second = ask_all(*make(kEverything), n, 1);
  int recovered = 0;
  for (size_t i = 0; i < first.size(); ++i) {
    if (is_answer(first[i]->response.outcome) || !is_answer(second[i]->response.outcome)) continue;
    ++recovered;
  }
  EXPECT_NEAR(recovered, n * 0.6 * 0.4, 5 * std::sqrt(n * 0.24 * 0.76));
}

TEST(Simulated, AnswersDoNotDependOnTheAttempt) {
  const auto first = ask_all(*make({{"delay", "1s"}}), 200, 0);
  const auto second = ask_all(*make({{"delay", "1s"}}), 200, 1);
  for (size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i]->response.answer, second[i]->response.answer);
    EXPECT_NE(first[i]->stamps.done, second[i]->stamps.done);
  }
}

TEST(Simulated, EachFaultHasItsOutcomeAndMessage) {
  const auto only = [](const std::string& fault) {
    const auto attempts = ask_all(*make({{fault, "1"}, {"delay", "100ms"}, {"sigma", "0"}}), 20);
    return std::pair(std::string(outcome_name(attempts.front()->response.outcome)),
                     attempts.front()->response.error);
  };
  EXPECT_EQ(only("rate_limited"),
            std::pair(std::string("rate_limited"), std::string("simulated rate limit")));
  EXPECT_EQ(only("server_error"),
            std::pair(std::string("server_error"), std::string("simulated server error")));
  EXPECT_EQ(only("truncated").first, "truncated");
  EXPECT_EQ(only("malformed").first, "malformed");
  EXPECT_EQ(only("stall").first, "timeout");
  EXPECT_EQ(only("crash"), std::pair(std::string("crashed"), std::string("simulated crash")));
  const auto limited = ask_all(*make({{"rate_limited", "1"}, {"retry_after", "1.5s"}}), 1);
  EXPECT_EQ(limited.front()->response.retry_after, milliseconds(1500));
}

TEST(Simulated, AStalledReplyEndsAtTheTimeLimit) {
  BackendContext context;
  context.timeout = seconds(3);
  auto backend = make_simulated_backend(spec_of("m", {{"stall", "1"}}), context).value();
  const auto attempts = ask_all(*backend, 5);
  for (const AttemptPtr& a : attempts) {
    EXPECT_EQ(a->response.outcome, Outcome::kTimeout);
    EXPECT_EQ(a->stamps.done - a->stamps.sent, seconds(3));
  }
}

TEST(Simulated, DelaysAreLogNormalAroundTheMedian) {
  const int n = 4001;
  const auto attempts = ask_all(*make({{"delay", "200ms"}, {"sigma", "0.5"}}), n);
  std::vector<double> logs;
  for (const AttemptPtr& a : attempts) {
    logs.push_back(std::log(static_cast<double>((a->stamps.done - a->stamps.sent).count()) / 2e8));
  }
  std::sort(logs.begin(), logs.end());
  EXPECT_NEAR(logs[n / 2], 0, 5 * 1.2533 * 0.5 / std::sqrt(n));
  double square = 0;
  for (const double x : logs) square += x * x;
  EXPECT_NEAR(std::sqrt(square / n), 0.5, 5 * 0.5 / std::sqrt(2.0 * n));
}

TEST(Simulated, StreamsWithExactTimesWhenSigmaIsZero) {
  auto backend = make({{"ttft", "100ms"},
                       {"per_token", "10ms"},
                       {"tokens", "5"},
                       {"sigma", "0"},
                       {"accuracy", "1"},
                       {"reasoning_bytes", "40"},
                       {"reply_bytes", "50"}});
  const auto attempts = ask_all(*backend, 1);
  const Attempt& a = *attempts.front();
  EXPECT_EQ(a.response.outcome, Outcome::kOk);
  EXPECT_EQ(a.response.first_token, TimePoint(milliseconds(100)));
  EXPECT_EQ(a.response.first_answer, TimePoint(milliseconds(100 + 10 * 10)));  // 10 thought tokens
  EXPECT_EQ(a.stamps.done, TimePoint(milliseconds(100 + 100 + 40)));
  EXPECT_EQ(a.response.reasoning.size(), 40U);
  EXPECT_EQ(a.response.answer.size(), 50U);
  EXPECT_THAT(a.response.answer, StartsWith("0 "));
  EXPECT_EQ(a.response.usage.output_tokens, 5);
  EXPECT_EQ(a.response.usage.reasoning_tokens, 10);
}

TEST(Simulated, DeliversByEndAndNeverBeforeIt) {
  auto backend = make({{"delay", "1s"}, {"sigma", "1"}});
  VirtualClock clock;
  backend->set_clock(clock);
  Transport& transport = backend->transport();
  for (int i = 0; i < 50; ++i) transport.start(make_attempt(fmt::format("q{}", i), "x"));
  std::vector<Piece> pieces;
  TimePoint last{};
  for (TimePoint next = transport.collect(pieces); next != kNever;
       next = transport.collect(pieces)) {
    EXPECT_GT(next, clock.now());
    clock.advance_to(next);
  }
  ASSERT_EQ(pieces.size(), 50U);
  for (const Piece& piece : pieces) {
    EXPECT_GE(piece.end->stamps.done, last);
    last = piece.end->stamps.done;
    EXPECT_EQ(piece.stamps.back().end_offset, piece.bytes.size());
  }
}

TEST(Simulated, CancelEndsEverythingNow) {
  auto backend = make({{"ttft", "1s"},
                       {"per_token", "1s"},
                       {"tokens", "4"},
                       {"sigma", "0"},
                       {"accuracy", "1"},
                       {"reply_bytes", "40"}});
  VirtualClock clock;
  backend->set_clock(clock);
  Driver driver(backend->transport(), backend->codec(), &clock);
  driver.start(make_attempt("q", "x"));
  clock.advance_to(TimePoint(milliseconds(2500)));
  backend->transport().cancel_all();
  backend->transport().cancel_all();
  const auto finished = driver.finish();
  ASSERT_EQ(finished.size(), 1U);
  EXPECT_EQ(finished[0].attempt->response.outcome, Outcome::kCancelled);
  EXPECT_EQ(finished[0].attempt->stamps.done, TimePoint(milliseconds(2500)));
  EXPECT_EQ(finished[0].attempt->response.answer.size(), 20U);  // two of four tokens had come
}

TEST(Simulated, RealTimeKeepsTheComputedStamps) {
  auto backend = make({{"delay", "20ms"}, {"sigma", "0"}, {"realtime", "1"}});
  EXPECT_FALSE(backend->traits().virtual_clock);
  const SteadyClock clock;
  backend->set_clock(clock);
  Driver driver(backend->transport(), backend->codec());
  const AttemptPtr attempt = driver.ask(make_attempt("q", "x"));
  EXPECT_EQ(attempt->stamps.done - attempt->stamps.sent, milliseconds(20));
  EXPECT_LE(attempt->stamps.done, clock.now());
}

TEST(Simulated, Traits) {
  const auto backend = make({{"concurrency", "3"}});
  EXPECT_TRUE(backend->traits().virtual_clock);
  EXPECT_EQ(backend->traits().concurrency_default, 3U);
  // What changes an answer changes the text; what does not, does not.
  EXPECT_EQ(backend->traits().config, make({{"concurrency", "9"}})->traits().config);
  for (const auto* key : {"accuracy", "reply_bytes", "reasoning_bytes", "delay", "seed", "crash",
                          "realtime", "ttft"}) {
    EXPECT_NE(backend->traits().config, make({{key, "1"}})->traits().config) << key;
  }
  EXPECT_NE(backend->traits().config, make({{"spread", "2"}})->traits().config);
  EXPECT_NE(backend->traits().config, make({}, "other")->traits().config);
}

TEST(Simulated, BadParametersAreNamed) {
  EXPECT_EQ(error_of({{"accuracy", "1.5"}}),
            "model `simulated:m`: parameter `accuracy` is `1.5`, expected a number 0..1");
  EXPECT_THAT(error_of({{"accuracyy", "1"}}), HasSubstr("did you mean `accuracy`?"));
  EXPECT_THAT(error_of({{"delay", "fast"}}),
              HasSubstr("parameter `delay` is `fast`, expected a duration"));
  EXPECT_THAT(error_of({{"delay", "1s"}, {"ttft", "1s"}}), HasSubstr("expected one or the other"));
  EXPECT_THAT(error_of({{"stall", "0.6"}, {"crash", "0.6"}}),
              HasSubstr("the fault probabilities add up to 1.2, expected at most 1"));
  EXPECT_THAT(error_of({{"tokens", "0"}}), HasSubstr("expected an integer 1..131072"));
}

TEST(WrongAnswer, DiffersFromEveryTarget) {
  Sample choices;
  choices.targets = {"b"};
  choices.choices = {"a", "b", "c"};
  Sample letters;
  letters.targets = {"B"};
  letters.choices = {"the first", "the second", "the third"};
  Sample number;
  number.targets = {"1,234.50"};
  Sample text;
  text.targets = {"서울 특별시"};
  Sample sly;
  sly.targets = {"12 dollars", "12", "wrong"};
  Sample nothing;
  for (uint64_t draw = 0; draw < 2000; ++draw) {
    const uint64_t scattered = draw * 0x9E3779B97F4A7C15ULL;
    EXPECT_THAT(wrong_answer(choices, scattered), ::testing::AnyOf("a", "c"));
    EXPECT_THAT(wrong_answer(letters, scattered), ::testing::AnyOf("A", "C"));
    EXPECT_NE(wrong_answer(number, scattered), "1,234.50");
    EXPECT_EQ(wrong_answer(number, scattered).size(), 8U);
    EXPECT_NE(wrong_answer(text, scattered), "서울 특별시");
    EXPECT_EQ(wrong_answer(sly, scattered).find("12"), std::string::npos);
    EXPECT_EQ(wrong_answer(nothing, scattered), "wrong");
  }
}

TEST(Simulated, FieldsAreAnsweredAsAnObject) {
  auto backend = make({{"accuracy", "1"}});
  VirtualClock clock;
  backend->set_clock(clock);
  Driver driver(backend->transport(), backend->codec(), &clock);
  AttemptPtr attempt = make_attempt("q", "");
  attempt->sample.targets.clear();
  attempt->sample.fields = {{"total", "9.90"}, {"date", "2024-01-02"}};
  EXPECT_EQ(driver.ask(std::move(attempt))->response.answer,
            R"({"total":"9.90","date":"2024-01-02"})");
}

}  // namespace
}  // namespace assay::backends
