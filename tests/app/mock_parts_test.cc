// The parts of `assay mock` without sockets: reading requests, deciding faults, planning replies,
// the pseudo-model, options.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "app/mock/http_request.h"
#include "app/mock/mock_faults.h"
#include "app/mock/mock_log.h"
#include "app/mock/mock_options.h"
#include "app/mock/mock_reply.h"
#include "app/mock/mock_script.h"
#include "app/mock/mock_stats.h"
#include "app/mock/pseudo_model.h"
#include "app/mock/rate_bucket.h"
#include "app/mock/send_times.h"
#include "app/mock/slot_queue.h"
#include "harness/base/json.h"
#include "harness/base/rng.h"
#include "tests/support/temp_dir.h"

namespace assay::app::mock {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

struct Read {
  size_t requests = 0;
  int failure = 0;
};

Read read_in_steps(const std::string& bytes, size_t step) {
  HttpRequestReader reader;
  Read out;
  for (size_t at = 0; at < bytes.size(); at += step) {
    reader.feed(std::string_view(bytes).substr(at, step));
    while (reader.poll() == HttpRequestReader::State::kRequest) {
      reader.take();
      ++out.requests;
    }
  }
  if (reader.failure() != nullptr) out.failure = reader.failure()->status;
  return out;
}

TEST(HttpRequestReader, CasesWholeAndCutAnywhere) {
  std::ifstream in(ASSAY_SOURCE_DIR "/tests/app/mock_http_cases.jsonl");
  size_t cases = 0;
  for (std::string line; std::getline(in, line); ++cases) {
    const auto row = parse_json(line, "mock_http_cases.jsonl");
    ASSERT_TRUE(row) << line;
    const auto bytes = (*row)["bytes"].get<std::string>();
    for (const size_t step : {bytes.size(), size_t{1}, size_t{3}}) {
      const Read read = read_in_steps(bytes, step);
      EXPECT_EQ(read.requests, (*row)["requests"].get<size_t>()) << line << " by " << step;
      EXPECT_EQ(read.failure, row->value("status", 0)) << line << " by " << step;
    }
  }
  EXPECT_GE(cases, 30U);
}

TEST(HttpRequestReader, GivesWhatWasSent) {
  HttpRequestReader reader;
  reader.feed(
      "POST http://h/v1/x?y=1 HTTP/1.1\r\nHost: h\r\nX-Key:  a b \r\nconnection: te, Close\r\n"
      "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  ASSERT_EQ(reader.poll(), HttpRequestReader::State::kRequest);
  const HttpRequest request = reader.take();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/v1/x");
  EXPECT_EQ(request.header("x-key"), "a b");
  EXPECT_EQ(request.body, "abcde");
  EXPECT_FALSE(request.keep_alive);
  EXPECT_EQ(reader.buffered(), 0U);
}

TEST(HttpRequestReader, LimitsHeadAndHeaders) {
  HttpRequestReader endless;
  endless.feed("GET / HTTP/1.1\r\nhost: a\r\nx: ");
  for (int i = 0; i < 100 && endless.failure() == nullptr; ++i) {
    endless.feed(std::string(1024, 'a'));
    endless.poll();
  }
  ASSERT_NE(endless.failure(), nullptr);
  EXPECT_EQ(endless.failure()->status, 431);

  std::string many = "GET / HTTP/1.1\r\nhost: a\r\n";
  for (size_t i = 0; i < HttpRequestReader::kHeadersMax; ++i) many += "a: b\r\n";
  EXPECT_EQ(read_in_steps(many + "\r\n", many.size()).failure, 431);
}

TEST(HttpRequestReader, AsksOnceForABodyThatWaits) {
  HttpRequestReader reader;
  reader.feed("POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-Continue\r\ncontent-length: 2\r\n\r\n");
  EXPECT_EQ(reader.poll(), HttpRequestReader::State::kMore);
  EXPECT_TRUE(reader.wants_continue());
  EXPECT_FALSE(reader.wants_continue());
  reader.feed("ab");
  EXPECT_EQ(reader.poll(), HttpRequestReader::State::kRequest);
}

// (body, how often seen) → fault, for a row of requests.
std::map<std::pair<uint64_t, uint32_t>, int> draw_all(FaultPlan& plan,
                                                      const std::vector<uint64_t>& bodies) {
  std::map<std::pair<uint64_t, uint32_t>, int> out;
  for (const uint64_t body : bodies) {
    const FaultPlan::Draw draw = plan.draw(body);
    out[{body, draw.seen}] = draw.fault ? static_cast<int>(*draw.fault) : -1;
  }
  return out;
}

TEST(FaultPlan, DoesNotDependOnTheOrderOfRequests) {
  const std::vector<FaultShare> shares = {
      {FaultKind::k429, 0.1}, {FaultKind::kReset, 0.2}, {FaultKind::kStall, 0.05}};
  std::vector<uint64_t> bodies;
  for (uint64_t i = 0; i < 3000; ++i) bodies.push_back(hash_text(std::to_string(i % 1000)));
  FaultPlan one(shares, 7, std::nullopt);
  FaultPlan two(shares, 7, std::nullopt);
  FaultPlan other_seed(shares, 8, std::nullopt);
  const auto first = draw_all(one, bodies);
  const auto differing = draw_all(other_seed, bodies);
  Rng(3).shuffle(bodies);
  EXPECT_EQ(first, draw_all(two, bodies));
  EXPECT_NE(first, differing);

  const auto count = [&](FaultKind kind) {
    return std::count_if(first.begin(), first.end(),
                         [&](const auto& each) { return each.second == static_cast<int>(kind); });
  };
  // Binomial, 3,000 draws: five standard deviations.
  EXPECT_NEAR(static_cast<double>(count(FaultKind::k429)), 300, 5 * 16.5);
  EXPECT_NEAR(static_cast<double>(count(FaultKind::kReset)), 600, 5 * 22);
  EXPECT_NEAR(static_cast<double>(count(FaultKind::kStall)), 150, 5 * 12);
  EXPECT_EQ(count(FaultKind::k500), 0);
}

TEST(FaultPlan, MostFaultsOfABody) {
  FaultPlan plan({{FaultKind::k500, 1.0}}, 1, 2);
  EXPECT_TRUE(plan.draw(5).fault);
  EXPECT_TRUE(plan.draw(5).fault);
  EXPECT_FALSE(plan.draw(5).fault);
  EXPECT_TRUE(plan.draw(6).fault);
  plan.reset();
  EXPECT_TRUE(plan.draw(5).fault);
}

TEST(FaultShares, TextForms) {
  const auto shares = parse_fault_shares("429=10%,reset=0.02,hang");
  ASSERT_TRUE(shares) << shares.error().text();
  ASSERT_EQ(shares->size(), 3U);
  EXPECT_EQ((*shares)[0].kind, FaultKind::k429);
  EXPECT_DOUBLE_EQ((*shares)[0].share, 0.1);
  EXPECT_DOUBLE_EQ((*shares)[1].share, 0.02);
  EXPECT_DOUBLE_EQ((*shares)[2].share, 1);
  for (const char* bad : {"430=1", "429=2", "429=101%", "429=", "429=x", "429=-1", "429=nan"}) {
    EXPECT_FALSE(parse_fault_shares(bad)) << bad;
  }
  for (size_t i = 0; i < kFaultKinds; ++i) {
    const auto kind = static_cast<FaultKind>(i);
    EXPECT_EQ(fault_from_name(fault_name(kind)), kind);
  }
}

TEST(PseudoModel, TokensAreTheTextAgain) {
  for (const std::string text :
       {"", "a", " a", "a ", "Hello, world\n\nand  \t more", "  ", "안녕 세상"}) {
    std::string again;
    for (const std::string_view token : split_tokens(text)) again += token;
    EXPECT_EQ(again, text);
  }
  EXPECT_THAT(split_tokens("Q: what\nA: yes"), testing::ElementsAre("Q:", " what", "\nA:", " yes"));
  EXPECT_EQ(hash_text("b", hash_text("a")), hash_text("ab"));
  EXPECT_EQ(hash_text("a"), 0xAF63DC4C8601EC8CULL);  // the authors' test vector for "a"
}

TEST(PseudoModel, LogprobsAreOfTheDocumentedRangeAndSorted) {
  for (int i = 0; i < 200; ++i) {
    const uint64_t before = hash_text(std::to_string(i));
    const double own = token_logprob(before, " yes");
    EXPECT_LE(own, -0.0625);
    EXPECT_GT(own, -8.0625);
    const auto top = top_logprobs(before, " yes", 3);
    ASSERT_EQ(top.size(), 3U);
    EXPECT_GE(top[0].second, top[1].second);
    EXPECT_GE(top[1].second, top[2].second);
    EXPECT_EQ(top_logprobs(before, " the", 20).size(), 7U);  // a rival itself: not twice
  }
}

MockAsk chat(const std::string& text) {
  MockAsk ask;
  ask.prompts = {text};
  return ask;
}

TEST(ReplyPlan, ReasoningStylesAndLimits) {
  struct Case {
    const char* reasoning;
    int64_t max_tokens;  // -1: none
    const char* begins;
    const char* holds;
    size_t size;
    size_t reasoning_tokens;
    bool length;
  };
  // 3 tokens of reasoning, the answer "yes it is".
  const std::vector<Case> cases = {
      {"none", -1, "yes it is", "", 3, 0, false},
      {"none", 2, "yes it", "", 2, 0, true},
      {"none", 3, "yes it is", "", 3, 0, false},
      {"none", 0, "", "", 0, 0, true},
      {"tags", -1, "<think>", "</think>yes it is", 6, 3, false},
      {"tags", 4, "<think>", "</think>yes", 4, 3, true},
      {"tags", 2, "<think>", "", 2, 2, true},
      {"open", -1, "", "</think>yes it is", 6, 3, false},
      {"field", -1, "", "yes it is", 6, 3, false},
      {"tags,truncated", -1, "<think>", "", 3, 3, true},
      {"field,truncated", -1, "", "", 3, 3, true},
  };
  for (const Case& c : cases) {
    MockOptions options;
    ASSERT_TRUE(parse_reply("text:yes it is", options));
    options.reasoning = *parse_reasoning(c.reasoning);
    options.reasoning_tokens = 3;
    MockAsk ask = chat("q");
    if (c.max_tokens >= 0) ask.max_tokens = c.max_tokens;
    const ReplyPlan plan = plan_reply(options, ask, "q", 1);
    const std::string name = std::string(c.reasoning) + " " + std::to_string(c.max_tokens);
    EXPECT_EQ(plan.whole().rfind(c.begins, 0), 0U) << name << ": " << plan.whole();
    EXPECT_THAT(plan.whole(), HasSubstr(c.holds)) << name;
    EXPECT_EQ(plan.size(), c.size) << name;
    EXPECT_EQ(plan.reasoning_tokens, c.reasoning_tokens) << name;
    EXPECT_EQ(plan.length, c.length) << name;
    EXPECT_EQ(plan.whole().find("</think>") != std::string::npos,
              std::string(c.holds).find("</think>") != std::string::npos)
        << name;
  }
}

TEST(ReplyPlan, AnswersStopsAndExactLengths) {
  MockOptions options;
  options.answers = {{true, "2+2?", "four"}, {false, "capital", "Paris. Really"}};
  options.tokens = 5;
  EXPECT_EQ(plan_reply(options, chat("2+2?"), "2+2?", 1).whole(), "four");
  EXPECT_EQ(plan_reply(options, chat("x"), "the capital?", 1).whole(), "Paris. Really");
  MockAsk stops = chat("x");
  stops.stop = {"!", "."};
  EXPECT_EQ(plan_reply(options, stops, "the capital?", 1).whole(), "Paris");
  const ReplyPlan words = plan_reply(options, chat("x"), "x", 1);
  EXPECT_EQ(words.size(), 5U);
  EXPECT_EQ(words.whole(), plan_reply(options, chat("x"), "x", 1).whole());
  EXPECT_NE(words.whole(), plan_reply(options, chat("x"), "x", 2).whole());
  MockAsk exact = chat("x");
  exact.ignore_eos = true;
  exact.max_tokens = 40;
  EXPECT_EQ(plan_reply(options, exact, "x", 1).size(), 40U);
}

TEST(TokenClock, JitterKeepsTheMeanAndRepeats) {
  MockOptions options;
  options.ttft = milliseconds(100);
  options.itl = milliseconds(10);
  EXPECT_EQ(TokenClock(options, 1).first(), milliseconds(100));
  EXPECT_EQ(TokenClock(options, 1).after(7), milliseconds(70));
  for (const char* jitter : {"uniform:0.5", "lognormal:0.3"}) {
    options.jitter = *parse_jitter(jitter);
    EXPECT_EQ(TokenClock(options, 1).first(), TokenClock(options, 1).first());
    EXPECT_NE(TokenClock(options, 1).first(), TokenClock(options, 2).first());
    const auto mean_ms = static_cast<double>(TokenClock(options, 1).after(20'000).count()) / 2e10;
    EXPECT_NEAR(mean_ms, 10, 0.15) << jitter;  // six standard errors at least
  }
}

TEST(MockOptions, WhatIsRefused) {
  MockOptions options;
  EXPECT_TRUE(check_options(options));
  options.host = "0.0.0.0";
  EXPECT_FALSE(check_options(options));
  options.allow_remote = true;
  EXPECT_TRUE(check_options(options));
  for (const char* good : {"127.0.0.1", "127.9.9.9", "::1"}) {
    options.allow_remote = false;
    options.host = good;
    EXPECT_TRUE(check_options(options)) << good;
  }
  options.host = "localhost";
  EXPECT_FALSE(check_options(options));
  options.host = "::1";
  options.faults = {{FaultKind::k429, 0.6}, {FaultKind::k500, 0.6}};
  EXPECT_FALSE(check_options(options));
  options.faults = {{FaultKind::kRedirect, 0.1}};
  EXPECT_FALSE(check_options(options));
  options.redirect_to = "http://127.0.0.1:1/v1";
  EXPECT_TRUE(check_options(options));
  options.stall_at = seconds(1);
  EXPECT_FALSE(check_options(options));
  options.stall_for = seconds(1);
  EXPECT_TRUE(check_options(options));
  options.stall_at.reset();
  EXPECT_FALSE(check_options(options));
  EXPECT_FALSE(parse_tool_call("last"));
  EXPECT_FALSE(parse_usage("often"));
  EXPECT_FALSE(parse_reply("shout", options));
  EXPECT_FALSE(parse_reasoning("none,truncated"));
  EXPECT_FALSE(parse_jitter("uniform:2"));
}

TEST(MockOptions, AnswersFileNamesTheLine) {
  const test::TempDir dir;
  const std::string good = dir.write("a.jsonl",
                                     "{\"equals\":\"a\",\"answer\":\"b\"}\n\n"
                                     "{\"contains\":\"c\",\"answer\":\"d\"}\n");
  ASSERT_TRUE(read_answers(good));
  EXPECT_EQ(read_answers(good)->size(), 2U);
  const std::string bad = dir.write("b.jsonl", "{\"equals\":\"a\",\"answer\":\"b\"}\n{\"x\":1}\n");
  const auto refused = read_answers(bad);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text(), HasSubstr("b.jsonl:2"));
  EXPECT_FALSE(read_answers(dir.file("none.jsonl")));
}

TEST(RateBucket, RefillsEvenly) {
  RateBucket bucket(60);
  const TimePoint start = from_ns(1'000'000'000);
  for (int i = 0; i < 60; ++i) EXPECT_TRUE(bucket.take(1, start));
  EXPECT_FALSE(bucket.take(1, start));
  EXPECT_NEAR(std::chrono::duration<double>(bucket.until(1)).count(), 1.0, 1e-6);
  EXPECT_FALSE(bucket.take(1, start + milliseconds(900)));
  EXPECT_TRUE(bucket.take(1, start + milliseconds(1001)));
  EXPECT_EQ(bucket.remaining(), 0);
}

TEST(Lateness, QuantilesAreUpperEndsOfBuckets) {
  Lateness late;
  EXPECT_EQ(late.quantile(0.99), Nanos(0));
  for (int i = 1; i <= 1000; ++i) late.add(Nanos(i * 1000));
  const double p50_us = static_cast<double>(late.quantile(0.5).count()) / 1000;
  EXPECT_GE(p50_us, 499);
  EXPECT_LE(p50_us, 500 * 1.2);
  EXPECT_EQ(late.max(), Nanos(1'000'000));
  EXPECT_LE(late.quantile(0.99), late.max());
  EXPECT_EQ(late.mean(), Nanos(500'500));
}

// Words that are drawn when needed are the words that are kept where a stop text must be found.
TEST(ReplyPlan, DrawnWordsAreTheKeptOnes) {
  for (const char* reasoning : {"none", "field"}) {
    for (const Endpoint endpoint : {Endpoint::kChat, Endpoint::kCompletions}) {
      MockOptions options;
      options.tokens = 50;
      options.reasoning = *parse_reasoning(reasoning);
      options.reasoning_tokens = 7;
      MockAsk ask = chat("q");
      ask.endpoint = endpoint;
      ask.max_tokens = 40;
      const ReplyPlan drawn = plan_reply(options, ask, "q", 9);
      ask.stop = {"no word has a ?"};
      const ReplyPlan kept = plan_reply(options, ask, "q", 9);
      EXPECT_TRUE(drawn.drawn);
      EXPECT_FALSE(kept.drawn);
      EXPECT_EQ(drawn.whole(), kept.whole());
      ASSERT_EQ(drawn.size(), 40U);
      ASSERT_EQ(kept.size(), 40U);
      for (size_t i = 0; i < 40; ++i) EXPECT_EQ(drawn.token(i), kept.token(i)) << i;
      EXPECT_EQ(drawn.reasoning_tokens, kept.reasoning_tokens);
      EXPECT_TRUE(drawn.length && kept.length);
    }
  }
}

TEST(SlotQueue, ServesInOrderOfArrivalFromTheMomentASlotIsFree) {
  SlotQueue queue(2);
  const auto at = [](int ms) { return from_ns(1'000'000'000 + int64_t{ms} * 1'000'000); };
  EXPECT_EQ(queue.enter(1, at(0)), at(0));
  EXPECT_EQ(queue.enter(2, at(1)), at(1));
  EXPECT_FALSE(queue.enter(3, at(5)));
  EXPECT_FALSE(queue.enter(4, at(2)));  // read later, arrived earlier
  EXPECT_FALSE(queue.enter(5, at(6)));
  EXPECT_EQ(queue.waiting(), 3U);
  queue.leave(5);
  auto next = queue.release(at(10));
  ASSERT_TRUE(next);
  EXPECT_EQ(next->ticket, 4U);
  EXPECT_EQ(next->start, at(10));
  // A reply that ended before the next request came: that one begins at its arrival.
  next = queue.release(at(3));
  ASSERT_TRUE(next);
  EXPECT_EQ(next->ticket, 3U);
  EXPECT_EQ(next->start, at(5));
  EXPECT_FALSE(queue.release(at(20)));
  EXPECT_FALSE(queue.release(at(30)));
  EXPECT_EQ(queue.busy(), 0U);
  // Read late: the slot that was free first is taken, from when it was free.
  EXPECT_EQ(queue.enter(6, at(15)), at(20));
  EXPECT_EQ(queue.enter(7, at(40)), at(40));
}

TEST(SlotQueue, WithoutALimitNobodyWaits) {
  SlotQueue queue(0);
  for (uint64_t i = 0; i < 1000; ++i) EXPECT_EQ(queue.enter(i, from_ns(5)), from_ns(5));
  EXPECT_EQ(queue.busy(), 1000U);
  EXPECT_FALSE(queue.release(from_ns(6)));
  EXPECT_EQ(queue.busy(), 999U);
}

// Against the recursion for FIFO service: with K servers, start(n) = max(arrival(n), the earliest
// end so far that no one took). Source: Kiefer and Wolfowitz, "On the theory of queues with many
// servers", 1955.
TEST(SlotQueue, AgreesWithTheRecursionOfManyServers) {
  constexpr size_t kServers = 3;
  Rng rng(5);
  std::vector<int64_t> free(kServers, 0);
  SlotQueue queue(kServers);
  std::map<uint64_t, int64_t> started;    // what the queue says
  std::multimap<int64_t, uint64_t> ends;  // of those that run
  std::vector<int64_t> service;
  int64_t arrival = 0;
  const auto begin = [&](uint64_t ticket, TimePoint start) {
    started[ticket] = to_ns(start);
    ends.emplace(to_ns(start) + service[ticket], ticket);
  };
  const auto end_until = [&](int64_t now) {
    while (!ends.empty() && ends.begin()->first <= now) {
      const int64_t end = ends.begin()->first;
      ends.erase(ends.begin());
      if (const auto next = queue.release(from_ns(end))) begin(next->ticket, next->start);
    }
  };
  std::vector<int64_t> expected;
  for (uint64_t i = 0; i < 2000; ++i) {
    arrival += static_cast<int64_t>(rng.below(100));
    service.push_back(static_cast<int64_t>(100 + rng.below(150)));
    const auto first = std::min_element(free.begin(), free.end());
    expected.push_back(std::max(arrival, *first));
    *first = expected.back() + service.back();
    end_until(arrival);
    if (const auto start = queue.enter(i, from_ns(arrival))) begin(i, *start);
  }
  end_until(INT64_MAX);
  ASSERT_EQ(started.size(), expected.size());
  for (uint64_t i = 0; i < 2000; ++i) EXPECT_EQ(started[i], expected[i]) << i;
}

TEST(SendTimes, AreKeptExactlyInAFewBytes) {
  SendTimes times;
  std::vector<std::pair<int64_t, int64_t>> given;
  Rng rng(1);
  int64_t ns = 3'000'000'000'000'000;
  for (int64_t i = 0; i < 8000; ++i) {
    ns += 20'000'000 + static_cast<int64_t>(rng.below(200'000)) - 100'000;
    given.emplace_back(ns, i);
    times.add(ns, i);
  }
  given.emplace_back(ns - 5, 8000);  // a clock never goes back, but nothing depends on it
  times.add(ns - 5, 8000);
  given.emplace_back(ns - 5, 8010);
  times.add(ns - 5, 8010);
  std::vector<std::pair<int64_t, int64_t>> got;
  times.for_each([&](int64_t t, int64_t tokens) { got.emplace_back(t, tokens); });
  EXPECT_EQ(got, given);
  EXPECT_EQ(times.size(), given.size());
  EXPECT_LE(times.bytes(), size_t{8002} * 6);
}

TEST(MockLog, ALineIsJsonAndMapsWritesToTokens) {
  LogRecord record;
  record.endpoint = "chat";
  record.end = "completed";
  record.arrival_ns = 10;
  record.queued_ns = 7;
  record.mark_ns = {11, 30, -1, 30};
  record.sent.add(11, 0);
  record.sent.add(20, 1);
  record.sent.add(30, 1);
  const std::string line = log_line(record);
  ASSERT_EQ(line.back(), '\n');
  const auto row = parse_json(line, "log");
  ASSERT_TRUE(row) << line;
  EXPECT_EQ((*row)["sent_ns"], Json::array({11, 20, 30}));
  EXPECT_EQ((*row)["sent_tokens"], Json::array({0, 1, 1}));
  EXPECT_EQ((*row)["queued_ns"], 7);
  EXPECT_EQ((*row)["role_ns"], 11);
  EXPECT_EQ((*row)["usage_ns"], -1);
  EXPECT_EQ((*row)["done_ns"], 30);
  EXPECT_TRUE((*row)["fault"].is_null());
}

TEST(Script, AlignUpIsTheNextMultiple) {
  const Nanos grid = milliseconds(20);
  EXPECT_EQ(align_up(from_ns(0), grid), from_ns(0));
  EXPECT_EQ(align_up(from_ns(1), grid), from_ns(20'000'000));
  EXPECT_EQ(align_up(from_ns(20'000'000), grid), from_ns(20'000'000));
  EXPECT_EQ(align_up(from_ns(20'000'001), grid), from_ns(40'000'000));
  EXPECT_EQ(align_up(from_ns(7), Nanos(0)), from_ns(7));
}

// A stream of three tokens with these options, begun at `start`: its steps.
std::vector<Step> steps_of(const MockOptions& options, TimePoint arrival, TimePoint start) {
  MockAsk ask = chat("q");
  ask.stream = true;
  std::vector<ReplyPlan> plans = {plan_reply(options, ask, "q", 1)};
  ScriptContext context;
  context.options = &options;
  context.arrival = arrival;
  const auto script =
      stream_script(context, ReplyWriter(options, std::move(ask), std::move(plans), 1, 0));
  std::vector<Step> steps;
  steps.push_back(script->next(arrival));
  if (start > arrival) steps.push_back(script->next(arrival));
  script->start(start);
  while (steps.back().after == Step::After::kMore) steps.push_back(script->next(start));
  return steps;
}

MockOptions three_tokens() {
  MockOptions options;
  options.tokens = 3;
  options.ttft = milliseconds(100);
  options.itl = milliseconds(10);
  return options;
}

TEST(Script, AStreamThatWaitsIsNeverDueUntilItStarts) {
  MockOptions options = three_tokens();
  const TimePoint arrival = from_ns(5'000'000'000);
  const TimePoint start = arrival + seconds(3);
  const std::vector<Step> steps = steps_of(options, arrival, start);
  ASSERT_EQ(steps.size(), 7U);  // head, waiting, role, three tokens, tail
  EXPECT_EQ(steps[0].due, arrival);
  EXPECT_EQ(steps[1].due, kNever);
  EXPECT_EQ(steps[2].due, start + milliseconds(100));
  EXPECT_EQ(steps[2].marks, kRoleMark);
  EXPECT_EQ(steps[4].due, start + milliseconds(110));
  EXPECT_EQ(steps[4].tokens, 2);
  EXPECT_EQ(steps[6].marks, kFinishMark | kDoneMark);
  EXPECT_EQ(steps[6].tokens, 3);
  options.sse_comments = seconds(1);
  const Step comment = steps_of(options, arrival, start)[1];
  EXPECT_EQ(comment.due, arrival + seconds(1)) << "comments come while it waits";
  EXPECT_FALSE(comment.counts);
}

TEST(Script, AlignedTokensKeepTheScheduleBelowTheGrid) {
  MockOptions options = three_tokens();
  options.itl = milliseconds(15);
  options.align = milliseconds(20);
  const TimePoint arrival = from_ns(5'000'000'001);
  const std::vector<Step> steps = steps_of(options, arrival, arrival);
  ASSERT_EQ(steps.size(), 6U);  // head, role, three tokens, tail
  // Exact: 5,100.000001 ms, then 15 ms more each.
  EXPECT_EQ(steps[2].due, from_ns(5'120'000'000));
  EXPECT_EQ(steps[3].due, from_ns(5'120'000'000));
  EXPECT_EQ(steps[4].due, from_ns(5'140'000'000));
}

TEST(Script, AnEventInPiecesCountsWithItsLastOne) {
  MockOptions options = three_tokens();
  options.role_chunk = RoleChunk::kNo;
  const TimePoint arrival = from_ns(5'000'000'000);
  const std::vector<Step> whole = steps_of(options, arrival, arrival);
  options.split_events = 3;
  options.split_gap = std::chrono::microseconds(500);
  const std::vector<Step> steps = steps_of(options, arrival, arrival);
  ASSERT_EQ(steps.size(), 1U + 4 * 3);
  for (size_t event = 0; event < 4; ++event) {
    std::string bytes;
    for (size_t i = 0; i < 3; ++i) {
      const Step& step = steps[1 + event * 3 + i];
      bytes += step.bytes;
      EXPECT_FALSE(step.bytes.empty());
      EXPECT_EQ(step.counts, i == 2);
      EXPECT_EQ(step.due, whole[1 + event].due + options.split_gap * static_cast<int64_t>(i));
    }
    EXPECT_EQ(bytes, whole[1 + event].bytes);
    const std::string& first = steps[1 + event * 3].bytes;
    EXPECT_NE(first.find("data: {"), std::string::npos) << "cut inside the JSON: " << first;
    EXPECT_EQ(first.find("\n\n"), std::string::npos);
  }
  EXPECT_EQ(steps[3].tokens, 1);
}

TEST(Script, EventsOfOnePacketWaitForTheLast) {
  MockOptions options = three_tokens();
  const TimePoint arrival = from_ns(5'000'000'000);
  const std::vector<Step> whole = steps_of(options, arrival, arrival);
  options.events_per_packet = 2;
  const std::vector<Step> steps = steps_of(options, arrival, arrival);
  ASSERT_EQ(steps.size(), 4U);  // head, role and 1, 2 and 3, tail
  EXPECT_EQ(steps[1].bytes, whole[1].bytes + whole[2].bytes);
  EXPECT_EQ(steps[2].bytes, whole[3].bytes + whole[4].bytes);
  EXPECT_EQ(steps[2].due, whole[4].due);
  EXPECT_EQ(steps[1].tokens, 1);
  EXPECT_EQ(steps[1].marks, kRoleMark);
  EXPECT_EQ(steps[2].tokens, 3);
  EXPECT_EQ(steps[3].bytes, whole[5].bytes);
}

}  // namespace
}  // namespace assay::app::mock
