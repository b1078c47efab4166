// Energy of runs in the text, HTML and CSV reports: what is measured, given and missing, and how it
// is written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/energy_view.h"
#include "reports/registry.h"
#include "tests/support/summary_builder.h"

namespace assay {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

EnergySummary measured_energy() {
  EnergySummary e;
  e.source = EnergySource::kMeasured;
  e.gross_joules = 54321;
  e.net_joules = 812.5;
  e.idle_watts = 31.25;
  e.joules_per_output_token = {.value = 0.05234, .n = 100, .method = "net of idle"};
  e.joules_per_request = {.value = 13.5, .n = 60, .method = "net of idle"};
  e.joules_per_correct = {.value = 16.31, .ci_low = 14.1, .ci_high = 20.4, .n = 50};
  e.basis = "measured: CPU packages (RAPL), idle 31.2 W";
  return e;
}

// Three models of this machine: measured, given, and neither.
Summary three_models() {
  Summary summary = test::demo_summary();
  summary.suites.resize(1);
  std::vector<ModelResult>& models = summary.suites[0].models;
  models.resize(3);
  for (ModelResult& m : models) m.cost.energy.basis = "not measured: <Permission denied>";
  models[0].cost.energy = measured_energy();
  EnergySummary& given = models[1].cost.energy;
  given.source = EnergySource::kGiven;
  given.gross_joules = 700;
  given.joules_per_correct.method = "none correct";
  given.basis = "given: 350 W over 2 s";
  summary.suites[0].comparisons.clear();
  summary.suites[0].verdict = {};
  return summary;
}

std::string render(std::string_view form, const Summary& summary, const std::string& language) {
  ReportOptions options;
  options.language = language;
  options.width = 200;
  return reports::find_reporter(form)->write(summary, {}, options).value_or(std::string());
}

TEST(EnergyView, Joules) {
  using reports::format_joules;
  EXPECT_EQ(format_joules(std::nullopt), "n/a");
  EXPECT_EQ(format_joules(0.05234), "0.0523 J");
  EXPECT_EQ(format_joules(812.6), "813 J");
  EXPECT_EQ(format_joules(-10), "-10.0 J");
  EXPECT_EQ(format_joules(54321), "54.3 kJ");
  EXPECT_EQ(format_joules(2.5e7), "25.0 MJ");
  EXPECT_EQ(reports::format_joules_interval({.value = 16.31, .ci_low = 14.1, .ci_high = 20.4}),
            "14.1–20.4 J");
  EXPECT_EQ(reports::format_joules_interval({.value = 16.31, .ci_low = 14.1}), "≥ 14.1 J");
  EXPECT_EQ(reports::format_joules_interval({.value = 16.31}), "");
}

TEST(EnergyReports, TextSaysMeasuredGivenAndNeither) {
  const std::string text = render("text", three_models(), "en");
  EXPECT_THAT(text, HasSubstr("54.3 kJ"));
  EXPECT_THAT(text, HasSubstr("16.3 J [14.1–20.4 J]"));
  EXPECT_THAT(text, HasSubstr("given: 350 W over 2 s"));
  EXPECT_THAT(text, HasSubstr("not measured: <Permission denied>"));
  EXPECT_THAT(text, Not(HasSubstr("CO2")));
}

TEST(EnergyReports, HtmlInBothLanguages) {
  Summary summary = three_models();
  summary.suites[0].models[0].cost.energy.carbon_grams = 6.2;
  const std::string page = render("html", summary, "en");
  for (const char* seen : {"measured", "given", "not measured", "J per correct answer", "g CO2e",
                           "&lt;Permission denied&gt;", "title=\"none correct\""}) {
    EXPECT_THAT(page, HasSubstr(seen));
  }
  const std::string korean = render("html", summary, "ko");
  for (const char* seen : {"에너지", "사용자 제공", "유휴 제외", "정답당 J"}) {
    EXPECT_THAT(korean, HasSubstr(seen));
  }
}

TEST(EnergyReports, WithoutAnyFigureTheReasonIsASentence) {
  Summary summary = three_models();
  for (ModelResult& m : summary.suites[0].models) {
    m.cost.energy = {};
    m.cost.energy.basis = "not measured: <Permission denied>";
  }
  EXPECT_THAT(render("text", summary, "en"),
              HasSubstr("Energy was not measured: <Permission denied>."));
  EXPECT_THAT(render("html", summary, "en"),
              HasSubstr("Energy was not measured: &lt;Permission denied&gt;."));
  // Models of other machines are not expected to have any.
  for (ModelResult& m : summary.suites[0].models) m.model.local = false;
  EXPECT_THAT(render("text", summary, "en"), Not(HasSubstr("Energy")));
}

TEST(EnergyReports, CsvNamesTheSource) {
  const std::string csv = render("csv", three_models(), "en");
  EXPECT_THAT(csv, HasSubstr(",energy,energy_measured,,,J,54321,"));
  EXPECT_THAT(csv, HasSubstr(",energy,energy_given,,,J,700,"));
  EXPECT_THAT(csv, HasSubstr(",energy,joules_per_correct,,,J,16.31,14.1,20.4,50,"));
  EXPECT_THAT(csv, Not(HasSubstr("carbon_grams")));
}

}  // namespace
}  // namespace assay
