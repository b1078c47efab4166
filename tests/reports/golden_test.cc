// Every report form of the same two suites, compared byte for byte with tests/golden/reports.
#include "tests/support/golden.h"

#include <gtest/gtest.h>

#include <fstream>

#include "reports/compare/compare_report.h"
#include "reports/export/gbench.h"
#include "reports/json/json_tco.h"
#include "reports/registry.h"
#include "reports/text/text_tco.h"
#include "tests/reports/demo_items.h"
#include "tests/support/load_summary_builder.h"
#include "tests/support/summary_builder.h"
#include "tests/support/tco_builder.h"

namespace assay {
namespace {

ReportOptions options(const std::string& language) {
  ReportOptions o;
  o.language = language;
  o.generated_utc = "2026-02-01T00:00:00Z";
  o.command = "assay report quick.assay -o report.html";
  return o;
}

std::string render(std::string_view form, const Summary& summary, const ReportOptions& o,
                   std::span<const RunStore* const> stores = {}) {
  const Reporter* reporter = reports::find_reporter(form);
  EXPECT_NE(reporter, nullptr) << form;
  Result<std::string> text = reporter->write(summary, stores, o);
  EXPECT_TRUE(text.has_value());
  return text.value_or(std::string());
}

TEST(GoldenReports, TextEnglish) {
  EXPECT_TRUE(test::matches_golden("reports/demo_en.txt",
                                   render("text", test::demo_summary(), options("en"))));
}

TEST(GoldenReports, TextKoreanNarrowInColour) {
  ReportOptions o = options("ko");
  o.width = 60;
  o.colour = true;
  EXPECT_TRUE(
      test::matches_golden("reports/demo_ko_60.txt", render("text", test::demo_summary(), o)));
}

TEST(GoldenReports, Json) {
  Summary summary = test::demo_summary();
  for (SuiteSummary& suite : summary.suites) {
    for (ModelResult& m : suite.models) m.latency.ecdf.resize(3);
    for (ModelResult& m : suite.models) m.cpu.ecdf.clear();
  }
  EXPECT_TRUE(test::matches_golden("reports/demo.json", render("json", summary, options("en"))));
}

TEST(GoldenReports, Csv) {
  EXPECT_TRUE(
      test::matches_golden("reports/demo.csv", render("csv", test::demo_summary(), options("en"))));
}

// The picture lies at a relative path, so that the page does not depend on where the test runs.
void html_golden(const std::string& language, const std::string& name) {
  std::ofstream("demo_picture.png", std::ios::binary) << test::tiny_png();
  const test::ReportStore store = test::demo_store("demo_picture.png");
  const RunStore* stores[] = {&store};
  Summary summary = test::demo_summary();
  summary.warnings = {"quick.assay: the run is not complete: 2 of 1,056 items are missing"};
  EXPECT_TRUE(test::matches_golden(name, render("html", summary, options(language), stores)));
}

TEST(GoldenReports, HtmlEnglish) { html_golden("en", "reports/demo_en.html"); }
TEST(GoldenReports, HtmlKorean) { html_golden("ko", "reports/demo_ko.html"); }

// Of the first row: one got worse, of the other nothing is known.
void add_slices(aggregate::ComparisonReport& report) {
  for (const std::string language : {"en", "ko"}) {
    aggregate::RunComparison row = report.rows.front();
    row.tag = "language";
    row.value = language;
    row.a = test::rate(0.9, 102);
    row.b = test::rate(language == "ko" ? 0.7 : 0.9, 102);
    const double lost = language == "ko" ? 0.2 : 0;
    row.comparison.difference =
        test::estimate(lost, lost - 0.08, lost + 0.08, 102, "newcombe paired");
    row.comparison.p_holm = language == "ko" ? 0.004 : 1;
    row.comparison.verdict =
        language == "ko" ? PairVerdict::kABetter : PairVerdict::kNoDifferenceShown;
    report.rows.push_back(row);
  }
}

aggregate::SpeedComparison speed(const std::string& figure, double ratio, bool paired) {
  aggregate::SpeedComparison row;
  row.suite = "quick-intents";
  row.model = "baseline:linear";
  row.figure = figure;
  row.later = 1;
  row.a = test::estimate(0.1, 0.09, 0.11, 204, "median, order statistics");
  row.b = test::estimate(0.1 * ratio, 0.09 * ratio, 0.11 * ratio, 204, "median, order statistics");
  row.ratio = test::estimate(ratio, ratio - 0.05, ratio + 0.06, 204, "test's own");
  row.p_value = 0.012;
  row.p_holm = 0.024;
  row.test = paired ? "paired t of logarithms" : "Mann-Whitney";
  row.paired = paired;
  if (!paired) row.banner = "not interleaved: measured at different times";
  return row;
}

aggregate::ComparisonReport comparison() {
  aggregate::ComparisonReport report;
  report.sources = {"old.assay", "new.assay"};
  report.notes = {"suite quick-ocr is only in old.assay"};
  const auto add = [&](const std::string& model, double a, double b, PairVerdict verdict) {
    aggregate::RunComparison row;
    row.suite = "quick-intents";
    row.metric = {"accuracy", "choice", true, true};
    row.headline = true;
    row.a_label = model + " (old.assay)";
    row.b_label = model + " (new.assay)";
    row.a = test::rate(a, 204);
    row.b = test::rate(b, 204);
    row.comparison.difference = test::estimate(a - b, a - b - 0.05, a - b + 0.05, 204, "newcombe");
    row.comparison.p_value = 0.01;
    row.comparison.p_holm = verdict == PairVerdict::kNoDifferenceShown ? 0.31 : 0.02;
    row.comparison.verdict = verdict;
    row.comparison.test = "exact McNemar";
    row.improved = 7;
    row.worsened = 19;
    row.model = model;
    row.later = 1;
    row.error = 0.025;
    row.detectable = 0.0701;
    row.discordant = 26.0 / 204;
    row.improved_items = {"t-0003", "t-0007", "요청-9"};
    row.worsened_items = {"t-0011"};
    report.rows.push_back(row);
  };
  add("baseline:linear", 0.853, 0.79, PairVerdict::kABetter);
  add("baseline:bm25", 0.70, 0.76, PairVerdict::kBBetter);
  add("baseline:random", 0.08, 0.09, PairVerdict::kNoDifferenceShown);
  report.rows.back().comparison.note = "the prompt differs";
  add_slices(report);
  report.speeds = {speed("latency", 1.24, true), speed("ttft", 0.97, false)};
  report.ties = {{.suite = "quick-intents",
                  .metric = "accuracy",
                  .best = "baseline:linear (old.assay)",
                  .tied = {"baseline:bm25 (new.assay)"}}};
  return report;
}

TEST(GoldenReports, Comparison) {
  ReportOptions o = options("en");
  EXPECT_TRUE(
      test::matches_golden("reports/compare_en.txt", reports::compare_text(comparison(), o)));
  EXPECT_TRUE(test::matches_golden("reports/compare.json", reports::compare_json(comparison())));
  EXPECT_TRUE(test::matches_golden("reports/compare_ko.html",
                                   reports::compare_html(comparison(), options("ko"))));
}

TEST(GoldenReports, ComparisonAgainstAMargin) {
  aggregate::ComparisonReport report = comparison();
  report.margin = 0.02;
  report.rows[0].margin = aggregate::MarginVerdict::kBeyond;
  report.rows[1].margin = aggregate::MarginVerdict::kWithin;
  report.rows[2].margin = aggregate::MarginVerdict::kUndecided;
  EXPECT_TRUE(test::matches_golden("reports/compare_margin_en.txt",
                                   reports::compare_text(report, options("en"))));
  EXPECT_TRUE(test::matches_golden("reports/compare_margin_en.html",
                                   reports::compare_html(report, options("en"))));
}

// Two files with loads alone.
TEST(GoldenReports, ComparisonOfLoads) {
  aggregate::ComparisonReport report;
  report.sources = {"old.assay", "new.assay"};
  report.loads = test::load_section("qwen (old.assay)", "qwen (new.assay)").comparisons;
  EXPECT_TRUE(test::matches_golden("reports/compare_load_en.txt",
                                   reports::compare_text(report, options("en"))));
  EXPECT_TRUE(test::matches_golden("reports/compare_load.json", reports::compare_json(report)));
  EXPECT_TRUE(test::matches_golden("reports/compare_load_ko.html",
                                   reports::compare_html(report, options("ko"))));
}

TEST(GoldenReports, GoogleBenchmark) {
  Summary summary = test::demo_summary();
  summary.suites.resize(1);
  summary.suites[0].models.resize(1);
  summary.loads = test::load_section();
  summary.loads.points.resize(5);
  for (LoadPoint& p : summary.loads.points) {
    for (LoadResult& r : p.rounds) r.metrics.resize(1);
  }
  EXPECT_TRUE(test::matches_golden("reports/gbench.json", reports::gbench_json(summary)));
}

ReportOptions load_options(const std::string& language) {
  ReportOptions o = options(language);
  o.command = "assay report bench.assay -o report.html";
  o.width = 80;
  return o;
}

TEST(GoldenReports, LoadText) {
  EXPECT_TRUE(test::matches_golden("reports/load_en.txt",
                                   render("text", test::load_summary(), load_options("en"))));
  EXPECT_TRUE(test::matches_golden("reports/load_ko.txt",
                                   render("text", test::load_summary(), load_options("ko"))));
}

TEST(GoldenReports, LoadJsonAndCsv) {
  Summary summary = test::load_summary();
  for (LoadPoint& p : summary.loads.points) {
    p.rounds.resize(1);
    p.rounds[0].series.resize(2);
    p.rounds[0].metrics.resize(3);
    for (LoadMetric& m : p.rounds[0].metrics) m.summary.ecdf.resize(2);
  }
  summary.loads.points.resize(3);
  EXPECT_TRUE(
      test::matches_golden("reports/load.json", render("json", summary, load_options("en"))));
  EXPECT_TRUE(test::matches_golden("reports/load.csv", render("csv", summary, load_options("en"))));
}

TEST(GoldenReports, LoadHtml) {
  EXPECT_TRUE(test::matches_golden("reports/load_en.html",
                                   render("html", test::load_summary(), load_options("en"))));
  EXPECT_TRUE(test::matches_golden("reports/load_ko.html",
                                   render("html", test::load_summary(), load_options("ko"))));
}

// A suite's questions as the load: quality and load on one page, in one text.
TEST(GoldenReports, LoadBesideASuite) {
  Summary summary = test::demo_summary();
  summary.loads = test::load_section();
  EXPECT_TRUE(test::matches_golden("reports/load_and_suites_en.txt",
                                   render("text", summary, options("en"))));
}

TEST(GoldenReports, Tco) {
  const TcoReport report = test::tco_report();
  EXPECT_TRUE(test::matches_golden("reports/tco_en.txt", reports::tco_text(report, options("en"))));
  ReportOptions narrow = options("ko");
  narrow.width = 80;
  EXPECT_TRUE(test::matches_golden("reports/tco_ko_80.txt", reports::tco_text(report, narrow)));
  EXPECT_TRUE(test::matches_golden("reports/tco.json", reports::tco_json(report)));
  for (const std::string language : {"en", "ko"}) {
    ReportOptions page = load_options(language);
    page.tco = &report;
    EXPECT_TRUE(
        test::matches_golden("reports/tco_" + language + ".html", render("html", Summary{}, page)));
  }
}

TEST(GoldenReports, JsonWithoutProvenanceIsTheSameForTwoExecutions) {
  Summary a = test::demo_summary();
  Summary b = test::demo_summary();
  b.sources = {"other.assay"};
  b.manifest.sessions[0].utc = "2027-01-01T00:00:00Z";
  b.manifest.sessions[0].argv = "assay run --threads 8";
  EXPECT_EQ(render("json", a, ReportOptions{}), render("json", b, ReportOptions{}));
}

}  // namespace
}  // namespace assay
