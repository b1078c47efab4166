// Loads in reports and exports: what is said first, hostile texts, damaged figures, one line for
// each request, and Google Benchmark's own compare.py on what we write for it.
#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>

#include "harness/aggregate/request_times.h"
#include "harness/base/json.h"
#include "harness/base/utf8.h"
#include "harness/types/chunk_log.h"
#include "reports/export/gbench.h"
#include "reports/export/requests.h"
#include "reports/html/html_reporter.h"
#include "reports/load_view.h"
#include "reports/registry.h"
#include "tests/reports/tag_checker.h"
#include "tests/support/cli.h"
#include "tests/support/load_summary_builder.h"
#include "tests/support/report_store.h"
#include "tests/support/temp_dir.h"

namespace assay::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string render(std::string_view form, const Summary& summary,
                   const std::string& language = "en") {
  ReportOptions options;
  options.language = language;
  options.width = 80;
  Result<std::string> text = find_reporter(form)->write(summary, {}, options);
  EXPECT_TRUE(text.has_value());
  return text.value_or(std::string());
}

// ---- What is said first ------------------------------------------------------------------------

LoadVerdict verdict_of(const LoadSection& section) {
  return load_verdict(section, workloads(section).front(), Language::kEnglish);
}

TEST(LoadVerdict, InvalidLoadsAreNotTheBest) {
  LoadSection s = test::load_section();
  s.searches.clear();
  // The invalid point has the highest goodput of all.
  EXPECT_GT(*figure(s.points[4], "goodput").value, *figure(s.points[5], "goodput").value);
  const LoadVerdict v = verdict_of(s);
  ASSERT_NE(v.best, nullptr);
  EXPECT_EQ(v.best->model.name, s.points[5].model.name);
  EXPECT_THAT(v.headline, HasSubstr("highest goodput: 6.77 requests/s within ttft ≤ 500 ms"));
}

TEST(LoadVerdict, NothingValidIsSaidAndNoFigure) {
  LoadSection s = test::load_section();
  for (LoadPoint& p : s.points) {
    p.valid = false;
    for (LoadResult& r : p.rounds) r.instrument.valid = false;
  }
  const LoadVerdict v = verdict_of(s);
  EXPECT_EQ(v.best, nullptr);
  EXPECT_THAT(v.headline, StartsWith("No figure of this load is valid"));
}

TEST(LoadVerdict, WithoutAnSloTheThroughputCounts) {
  LoadSection s = test::load_section();
  s.searches.clear();
  for (LoadPoint& p : s.points) {
    for (auto& [name, e] : p.over_rounds) {
      if (name == "goodput") e = {};
    }
    for (LoadResult& r : p.rounds) r.goodput = {};
  }
  EXPECT_THAT(verdict_of(s).headline, HasSubstr("highest throughput: 1420 output tokens/s"));
}

TEST(LoadVerdict, NoAnswerAtAll) {
  LoadSection s;
  s.points.push_back({});
  s.points[0].rounds.push_back({});
  s.points[0].rounds[0].requests = s.points[0].rounds[0].failed = 9;
  const LoadVerdict v = verdict_of(s);
  EXPECT_EQ(v.headline, "No request of this load was answered.");
  EXPECT_EQ(v.sentences.front(), "Of 9 measured requests 9 failed.");
}

TEST(LoadView, CompactFiguresKeepTheIntervalsShape) {
  const auto e = [](double v, double low, double high) { return Estimate{v, low, high, 9, ""}; };
  EXPECT_EQ(format_compact(LoadUnit::kSeconds, e(0.234, 0.222, 0.246)), "234 ±12 ms");
  EXPECT_EQ(format_compact(LoadUnit::kSeconds, e(0.234, 0.221, 0.261)), "234 [221–261] ms");
  EXPECT_EQ(format_compact(LoadUnit::kPerSecond, e(612, 611.9, 612.1)), "612 ±0.1");
  EXPECT_EQ(format_compact(LoadUnit::kPerSecond, {3.5, {}, {}, 1, ""}), "3.50");
  EXPECT_EQ(format_compact(LoadUnit::kSeconds, {}), "n/a");
}

TEST(LoadView, ARoundsOwnIntervalStandsWhereThereIsOneRound) {
  LoadPoint p = test::load_section().points[0];
  p.rounds.resize(1);
  for (auto& [name, e] : p.over_rounds) e.ci_low = e.ci_high = std::nullopt;
  EXPECT_TRUE(figure(p, "ttft_p50").ci_low.has_value());
  EXPECT_FALSE(figure(p, "ttft_p99").ci_low.has_value()) << "n cannot support it";
  EXPECT_FALSE(figure(p, "no_such_figure").value.has_value());
}

TEST(LoadText, InvalidStandsOnTopAndTheInstrumentAlways) {
  const std::string text = render("text", test::load_summary());
  EXPECT_THAT(text, StartsWith("! INVALID, concurrency 64"));
  EXPECT_THAT(text, HasSubstr("stamp lag 8.30 / 94.0 / 610 µs"));
  EXPECT_THAT(text, HasSubstr("J per output token\n  not measured: no readable RAPL counter"));
  EXPECT_THAT(text, Not(HasSubstr("No verdict")));
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    EXPECT_LE(display_width(text.substr(at, end - at)), 80U) << text.substr(at, end - at);
    at = end + 1;
  }
}

// ---- A page of loads alone ---------------------------------------------------------------------

void expect_well_formed(const std::string& page) {
  test::TagChecker checker;
  EXPECT_EQ(checker.check(page), "");
  EXPECT_FALSE(checker.elements.contains("script"));
  EXPECT_FALSE(checker.attributes.contains("style"));
  EXPECT_FALSE(checker.attributes.contains("onmouseover"));
  EXPECT_LE(page.size(), kHtmlBytesMax);
}

TEST(LoadHtml, LoadsAloneAreAWholePage) {
  const std::string page = render("html", test::load_summary());
  expect_well_formed(page);
  EXPECT_THAT(page, HasSubstr("<h1>Load: qwen2.5-7b, llama-3.1-8b?temperature=0</h1>"));
  EXPECT_THAT(page, Not(HasSubstr("No verdict")));
  EXPECT_THAT(page, Not(HasSubstr("suite hash"))) << "an empty table of suites";
  EXPECT_THAT(page, HasSubstr("id=\"load\""));
}

TEST(LoadHtml, BesideSuitesOneLineStandsOnTop) {
  Summary s = test::demo_summary();
  EXPECT_THAT(render("html", s), Not(HasSubstr("id=\"load\"")));
  s.loads = test::load_section();
  const std::string page = render("html", s);
  expect_well_formed(page);
  const size_t line = page.find("class=\"card load-line\"");
  ASSERT_NE(line, std::string::npos);
  EXPECT_LT(line, page.find("class=\"verdict card\""));
}

TEST(LoadHtml, KoreanHasNoEnglishLabels) {
  const std::string page = render("html", test::load_summary(), "ko");
  expect_well_formed(page);
  for (const char* english : {"Over time", "concurrency 8<", "valid<", "INVALID", "First token",
                              "Latency against", "Searches", "Failed"}) {
    EXPECT_THAT(page, Not(HasSubstr(english)));
  }
}

const std::string kEvil =
    "</title><script>alert(1)</script><img src=x onerror=alert(1)>\"' onmouseover=\"x\" <!-- \xFF "
    "\u202Eevil \x01\x1B[31m";

LoadSection hostile_section() {
  LoadSection s = test::load_section(kEvil + "a", kEvil + "b");
  for (LoadPoint& p : s.points) {
    p.label = kEvil;
    for (LoadResult& r : p.rounds) {
      r.load.workload = r.load.workload_hash = r.load.trace = r.load.end_reason = kEvil;
      r.errors = {{kEvil, 3}};
      r.instrument.invalid = r.instrument.warnings = {kEvil};
      r.instrument.valid = false;
      r.instrument.use.scheduling = kEvil;
      r.tokens.method = kEvil + std::to_string(p.point);
      r.energy.basis = r.energy.joules_per_output_token.method = r.cost.basis = kEvil;
      r.load.machine.notes = {kEvil};
      r.load.machine.gpus.push_back({0, kEvil, 0.4, 1 << 20, 210, 9000});
      for (LoadMetric& m : r.metrics) {
        m.note = kEvil;
        for (Percentile& q : m.summary.percentiles) q.estimate.method = kEvil;
      }
    }
  }
  for (LoadSearch& x : s.searches) x.note = x.unit = kEvil;
  for (LoadComparison& c : s.comparisons) c.label = c.verdict = c.metric = kEvil;
  return s;
}

TEST(LoadHtml, HostileTextsStayText) {
  for (const bool with_suites : {false, true}) {
    Summary s = with_suites ? test::demo_summary() : test::load_summary();
    s.loads = hostile_section();
    for (const char* language : {"en", "ko"}) {
      const std::string page = render("html", s, language);
      expect_well_formed(page);
      EXPECT_THAT(page, Not(HasSubstr("<img src=x")));
    }
    const std::string text = render("text", s);
    EXPECT_EQ(text.find('\x1B'), std::string::npos);
    EXPECT_TRUE(parse_json(render("json", s), "json").has_value());
    EXPECT_TRUE(parse_json(gbench_json(s), "gbench").has_value());
    EXPECT_THAT(render("csv", s), HasSubstr("load_error"));
  }
}

// Figures of a damaged file: not finite, huge, negative.
TEST(LoadHtml, DamagedFiguresAreSurvived) {
  for (const double bad : {std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity(), 1e300, -1e300, 1e-300}) {
    Summary s = test::load_summary();
    for (LoadPoint& p : s.loads.points) {
      for (auto& [name, e] : p.over_rounds) e = {bad, bad, bad, 2, ""};
      for (LoadResult& r : p.rounds) {
        r.load.concurrency = r.load.rate = bad;
        r.load.slo.ttft_s = r.load.slo.share = bad;
        r.in_flight_mean = r.window_s = bad;
        r.instrument.dispatch_late_s = {3, bad, bad, bad};
        r.instrument.client_cpu_share = r.instrument.coalesced_share = bad;
        for (TimeBucket& b : r.series) {
          b.start_s = b.length_s = b.tokens_per_s = bad;
          b.e2e_p50_s = bad;
        }
        for (LoadMetric& m : r.metrics) {
          m.summary.mean.value = bad;
          for (Percentile& q : m.summary.percentiles) q.estimate.value = bad;
          for (auto& [seconds, share] : m.summary.ecdf) seconds = bad;
        }
      }
    }
    for (LoadSearch& x : s.loads.searches) x.value = x.low = x.high = bad;
    for (LoadComparison& c : s.loads.comparisons) c.ratio = c.difference.value = bad;
    expect_well_formed(render("html", s));
    EXPECT_LT(render("text", s).size(), 40'000U) << bad;
    EXPECT_TRUE(parse_json(render("json", s), "json").has_value());
    EXPECT_TRUE(parse_json(gbench_json(s), "gbench").has_value());
    EXPECT_FALSE(render("csv", s).empty());
  }
}

TEST(LoadHtml, APageOfManyLoadsIsBounded) {
  Summary s = test::load_summary();
  const std::vector<LoadPoint> some = s.loads.points;
  for (uint32_t i = 1; i < 60; ++i) {
    for (LoadPoint p : some) {
      p.point += 3 * i;
      s.loads.points.push_back(std::move(p));
    }
  }
  const std::string page = render("html", s);
  expect_well_formed(page);
  EXPECT_THAT(page, HasSubstr("more are in the JSON report"));
}

// ---- JSON --------------------------------------------------------------------------------------

TEST(LoadJson, SaysEveryFigureWithItsUnit) {
  const Result<Json> doc = parse_json(render("json", test::load_summary()), "json");
  ASSERT_TRUE(doc.has_value());
  const Json& loads = doc->at("loads");
  EXPECT_EQ(loads.at("valid"), false);
  const Json& point = loads.at("points").at(2);
  EXPECT_NEAR(point.at("over_rounds").at("ttft_p50_s").at("value").get<double>(), 0.083, 1e-9);
  const Json& round = point.at("rounds").at(0);
  EXPECT_EQ(round.at("metrics").at("ttft_s").at("n"), 240);
  EXPECT_EQ(round.at("metrics").at("queue_s").at("note"), "closed loop: nothing waits");
  EXPECT_EQ(round.at("instrument").at("stamp_lag_s").at("p99"), 0.000094);
  EXPECT_EQ(round.at("load").at("slo").at("tpot_s"), 0.05);
  EXPECT_TRUE(round.at("machine").at("server_cpu_s").is_null()) << "not measured is not -1";
  EXPECT_EQ(loads.at("points").at(4).at("rounds").at(1).at("valid"), false);
  EXPECT_EQ(loads.at("comparisons").at(1).at("metric"), "ttft_p99_s");
  const Result<Json> none = parse_json(render("json", test::demo_summary()), "json");
  EXPECT_FALSE(none->contains("loads"));
}

// ---- Requests ----------------------------------------------------------------------------------

constexpr int64_t kMs = 1'000'000;

std::string chunk_log() {
  ChunkLog log;
  log.add({from_ns(1'050 * kMs), Nanos(2 * kMs), 4, Channel::kReasoning, kStampExact});
  log.add({from_ns(1'070 * kMs), Nanos{-1}, 6, Channel::kAnswer, kStampCoalesced});
  log.add({from_ns(1'100 * kMs), Nanos(1 * kMs), 6, Channel::kAnswer, kStampExact});
  return log.take();
}

LoadRecord streamed(const std::string& chunks) {
  LoadRecord r;
  r.place.load = 7;
  r.place.number = 3;
  r.outcome = Outcome::kOk;
  r.due_ns = 1'000 * kMs;
  r.sent_ns = 1'005 * kMs;
  r.headers_ns = 1'040 * kMs;
  r.first_token_ns = 1'050 * kMs;
  r.first_answer_ns = 1'070 * kMs;
  r.done_ns = 1'105 * kMs;
  r.usage.output_tokens = 4;
  r.usage.reasoning_tokens = 1;
  r.usage.source = UsageSource::kReported;
  r.chunks = chunks;
  return r;
}

TEST(RequestTimes, CountFromTheKernelsStamps) {
  const std::string chunks = chunk_log();
  const aggregate::RequestTimes t = aggregate::request_times(streamed(chunks));
  EXPECT_NEAR(*t.ttft_s, 0.043, 1e-12);  // 1050 - 2 - 1005
  EXPECT_NEAR(*t.ttfa_s, 0.065, 1e-12);  // that chunk has no kernel stamp
  EXPECT_NEAR(*t.queue_s, 0.005, 1e-12);
  EXPECT_NEAR(*t.e2e_s, 0.105, 1e-12);
  EXPECT_NEAR(*t.e2e_sent_s, 0.100, 1e-12);
  EXPECT_NEAR(*t.last_token_s, 0.094, 1e-12);
  EXPECT_NEAR(*t.tpot_s, (0.094 - 0.043) / 4, 1e-12);  // five tokens
  EXPECT_NEAR(*t.normalized_s, 0.1 / 5, 1e-12);
  ASSERT_EQ(t.chunks.size(), 3U);
  EXPECT_LT(t.chunks[1].lag_s, 0);
}

TEST(RequestTimes, WhatCannotBeSaidIsAbsent) {
  LoadRecord r = streamed("");
  r.first_token_ns = r.first_answer_ns = r.headers_ns = -1;
  r.usage = {};
  const aggregate::RequestTimes t = aggregate::request_times(r);
  EXPECT_FALSE(t.ttft_s || t.ttfa_s || t.tpot_s || t.normalized_s || t.headers_s);
  EXPECT_TRUE(t.e2e_s.has_value());
  LoadRecord damaged = streamed("\x1F\x1F");
  damaged.due_ns = std::numeric_limits<int64_t>::min();
  damaged.sent_ns = std::numeric_limits<int64_t>::max();
  damaged.usage.output_tokens = damaged.usage.reasoning_tokens =
      std::numeric_limits<int64_t>::max();
  const aggregate::RequestTimes bad = aggregate::request_times(damaged);
  EXPECT_FALSE(bad.problem.empty());
  EXPECT_FALSE(bad.queue_s || bad.ttft_s || bad.e2e_sent_s);
  EXPECT_EQ(bad.output_tokens, -1);
}

test::ReportStore request_store(const std::string& chunks) {
  test::ReportStore store("bench.assay");
  Manifest manifest;
  manifest.models = {test::model_info(1, "qwen"), test::model_info(2, "llama")};
  store.set_manifest(manifest);
  LoadInfo load;
  load.id = 7;
  load.model = 1;
  load.point = 2;
  load.concurrency = 8;
  load.begin_ns = 900 * kMs;
  LoadRecord failed = streamed("");
  failed.place.number = 4;
  failed.outcome = Outcome::kTimeout;
  failed.error = "no end within 30 s \xFF\n";
  failed.first_token_ns = failed.first_answer_ns = -1;
  store.add_load(load, {streamed(chunks), failed});
  load.id = 8;
  load.model = 2;
  store.add_load(load, {streamed(chunks)});
  return store;
}

TEST(ExportRequests, OneLineForEachRequest) {
  const std::string chunks = chunk_log();
  const test::ReportStore store = request_store(chunks);
  std::vector<Json> lines;
  const auto take = [&](const std::string& line) {
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    Result<Json> json = parse_json(line, "line");
    EXPECT_TRUE(json.has_value()) << line;
    lines.push_back(json.value_or(Json()));
    return true;
  };
  const Result<uint64_t> n = export_requests(store, "", take);
  ASSERT_TRUE(n.has_value());
  EXPECT_EQ(*n, 3U);
  EXPECT_EQ(lines[0].at("model"), "qwen");
  EXPECT_NEAR(lines[0].at("due_s").get<double>(), 0.1, 1e-12);
  EXPECT_NEAR(lines[0].at("ttft_s").get<double>(), 0.043, 1e-12);
  EXPECT_NEAR(lines[0].at("chunks").at(0).at(0).get<double>(), 0.043, 1e-9);
  EXPECT_EQ(lines[0].at("chunks").at(0).at(3), "reasoning");
  EXPECT_EQ(lines[0].at("chunks").at(1).at(4), int{kStampCoalesced});
  EXPECT_EQ(lines[1].at("outcome"), "timeout");
  EXPECT_TRUE(lines[1].at("ttft_s").is_null());
  EXPECT_EQ(lines[2].at("model"), "llama");
}

TEST(ExportRequests, OneModelAndAStop) {
  const std::string chunks = chunk_log();
  const test::ReportStore store = request_store(chunks);
  const auto all = [](const std::string&) { return true; };
  EXPECT_EQ(export_requests(store, "llama", all).value_or(0), 1U);
  EXPECT_EQ(export_requests(store, "nobody", all).value_or(9), 0U);
  EXPECT_EQ(export_requests(store, "", [](const std::string&) { return false; }).value_or(0), 1U);
}

// ---- Google Benchmark --------------------------------------------------------------------------

TEST(ExportGbench, ARowForEachRoundAndAggregates) {
  const Result<Json> doc = parse_json(gbench_json(test::load_summary()), "gbench");
  ASSERT_TRUE(doc.has_value());
  std::vector<Json> rows;
  std::set<std::string> names;
  for (const Json& b : doc->at("benchmarks")) {
    names.insert(b.at("name").get<std::string>());
    for (const char* key : {"run_name", "run_type", "repetitions", "threads", "iterations",
                            "real_time", "cpu_time", "time_unit"})
      EXPECT_TRUE(b.contains(key)) << key;
    if (b.at("name") == "qwen2.5-7b/concurrency:8/ttft") rows.push_back(b);
  }
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].at("repetition_index"), 0);
  EXPECT_EQ(rows[1].at("repetition_index"), 1);
  EXPECT_EQ(rows[0].at("iterations"), 240);
  EXPECT_EQ(rows[0].at("items_per_second"), 4.78);
  for (const char* tail : {"_mean", "_median", "_stddev", "_cv", "/p50", "/p99"})
    EXPECT_TRUE(names.contains("qwen2.5-7b/concurrency:8/ttft" + std::string(tail))) << tail;
  EXPECT_TRUE(names.contains("qwen2.5-7b/concurrency:8/output_token"));
  // One of two rounds is invalid: said in its row, and one round alone has no aggregates.
  EXPECT_FALSE(names.contains("qwen2.5-7b/concurrency:64/ttft_mean"));
}

TEST(ExportGbench, AnOrdinaryRunHasOneRowForEachModelAndSuite) {
  const Result<Json> doc = parse_json(gbench_json(test::demo_summary()), "gbench");
  const Json& rows = doc->at("benchmarks");
  ASSERT_EQ(rows.size(), 8U);
  EXPECT_EQ(rows.at(0).at("name"), "tesseract:eng/quick-ocr/latency");
  EXPECT_EQ(rows.at(0).at("iterations"), 60);
  EXPECT_EQ(doc->at("context").at("num_cpus"), 2);
  EXPECT_EQ(doc->at("context").at("mhz_per_cpu"), 2000);
}

// Google Benchmark's own tool (Debian: libbenchmark-tools), where it and SciPy are installed; any
// other place can be named.
TEST(ExportGbench, GooglesCompareReadsIt) {
  const char* named = std::getenv("ASSAY_GBENCH_COMPARE");
  const std::string tool = named != nullptr ? named : "/usr/share/benchmark/compare.py";
  if (!std::filesystem::exists(tool)) GTEST_SKIP() << tool << " is not installed";
  const std::string python =
      std::filesystem::exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
  if (test::run_shell(python + " -c 'import scipy.stats'").exit_code != 0)
    GTEST_SKIP() << "SciPy, which compare.py needs, is not installed";
  const test::TempDir dir;
  Summary slower = test::load_summary();
  for (LoadPoint& p : slower.loads.points) {
    for (LoadResult& r : p.rounds) {
      for (LoadMetric& m : r.metrics) {
        if (m.summary.mean.value) *m.summary.mean.value *= 2;
      }
    }
  }
  std::ofstream(dir.file("old.json")) << gbench_json(test::load_summary());
  std::ofstream(dir.file("new.json")) << gbench_json(slower);
  const test::CliResult r = test::run_shell(
      python + " " + test::shell_quote(tool) + " --no-color benchmarks " +
      test::shell_quote(dir.file("old.json")) + " " + test::shell_quote(dir.file("new.json")));
  EXPECT_EQ(r.exit_code, 0) << r.err;
  EXPECT_THAT(r.out, HasSubstr("qwen2.5-7b/concurrency:8/ttft_pvalue")) << r.err;
  EXPECT_THAT(r.out, HasSubstr("U Test, Repetitions: 2 vs 2"));
  EXPECT_THAT(r.out, HasSubstr("+1.0000"));
  EXPECT_THAT(r.out, HasSubstr("OVERALL_GEOMEAN"));
}

}  // namespace
}  // namespace assay::reports
