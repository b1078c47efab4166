// Numbers, tables, CSV cells and verdict sentences.
#include "reports/format.h"

#include <gmock/gmock.h>

#include <cmath>
#include <set>

#include "harness/base/json.h"
#include "harness/base/utf8.h"
#include "reports/csv/csv_reporter.h"
#include "reports/json/json_writer.h"
#include "reports/registry.h"
#include "reports/text/table.h"
#include "reports/verdict.h"
#include "tests/support/summary_builder.h"

namespace assay::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const MetricDef kAccuracy{"accuracy", "exact", true, true};
const MetricDef kPoints{"points", "process", true, false};

TEST(Format, DigitsFollowTheInterval) {
  EXPECT_EQ(format_estimate(kAccuracy, test::estimate(0.8734, 0.83, 0.911, 300, "")),
            "87.3% [83.0–91.1]");
  EXPECT_EQ(format_estimate(kAccuracy, test::estimate(0.75, 0.41, 0.93, 8, "")), "75% [41–93]");
  EXPECT_EQ(format_estimate(kAccuracy, test::estimate(0.8734, 0.8731, 0.8737, 9, "")),
            "87.340% [87.310–87.370]");
}

TEST(Format, NoDataIsNotZero) {
  EXPECT_EQ(format_estimate(kAccuracy, Estimate{}), "n/a");
  EXPECT_EQ(format_seconds(Estimate{}), "n/a");
  EXPECT_EQ(format_p_value(std::nullopt), "n/a");
  EXPECT_EQ(format_money(std::optional<Money>{}, "USD"), "n/a");
}

TEST(Format, ProgramsMayGiveAnyNumber) {
  EXPECT_EQ(format_value(kPoints, test::estimate(7.25, 6.9, 7.6, 10, "")), "7.25");
  EXPECT_EQ(format_difference(kPoints, test::estimate(-0.5, -0.9, -0.1, 10, ""), " pp"), "-0.50");
}

TEST(Format, ZeroHasNoSign) {
  EXPECT_EQ(format_difference(kAccuracy, test::estimate(-0.0001, -0.2, 0.2, 10, ""), " pp"),
            "0 pp");
  EXPECT_EQ(format_difference(kAccuracy, test::estimate(0.0001, -0.2, 0.2, 10, ""), " pp"), "0 pp");
}

TEST(Format, Seconds) {
  EXPECT_EQ(format_seconds(0.0000021), "2.10 µs");
  EXPECT_EQ(format_seconds(0.0123), "12.3 ms");
  EXPECT_EQ(format_seconds(0.9999), "1.00 s");
  EXPECT_EQ(format_seconds(9.996), "10.0 s");
  EXPECT_EQ(format_seconds(125), "2.08 min");
  EXPECT_EQ(format_seconds(9000), "2.50 h");
  EXPECT_EQ(format_seconds_interval(test::estimate(0.012, 0.0009, 1.5, 5, "")), "0.900–1500 ms");
}

TEST(Format, MoneyAndP) {
  EXPECT_EQ(format_money(Money{12'345'678}, "USD"), "0.0123 USD");
  EXPECT_EQ(format_money(Money{123'456'000'000}, "USD"), "123.46 USD");
  EXPECT_EQ(format_money(Money{0}, "USD"), "0 USD");
  EXPECT_EQ(format_money(Money{7}, "USD"), "< 0.0001 USD");
  EXPECT_EQ(format_p(0.0004), "p < 0.001");
  EXPECT_EQ(format_p(0.0499), "p = 0.050");
  EXPECT_EQ(format_p(1.0), "p = 1");
  EXPECT_EQ(format_count(1234567), "1,234,567");
  EXPECT_EQ(format_percentile_name(0.5), "p50");
  EXPECT_EQ(format_percentile_name(0.999), "p99.9");
}

TEST(CsvCells, QuotedAndDefused) {
  EXPECT_EQ(csv_text("plain"), "plain");
  EXPECT_EQ(csv_text("a,b"), "\"a,b\"");
  EXPECT_EQ(csv_text("say \"hi\"\n"), "\"say \"\"hi\"\"\n\"");
  for (const char* formula : {"=1+1", "+1", "-1", "@SUM(A1)", "\tx"}) {
    EXPECT_EQ(csv_text(formula), std::string("'") + formula);
  }
  EXPECT_EQ(csv_text("=a,\"b\""), "\"'=a,\"\"b\"\"\"");
  EXPECT_EQ(csv_text("\xFFok"), "\xEF\xBF\xBDok");
}

TEST(CsvReport, EveryRecordHasTheSameNumberOfCells) {
  Summary s = test::demo_summary();
  s.suites[0].models[0].model.name = "=cmd|' /C calc'!A0,\"x\"\nnext";
  const auto text = find_reporter("csv")->write(s, {}, {});
  ASSERT_TRUE(text.has_value());
  size_t cells = 1;
  size_t records = 0;
  bool quoted = false;
  for (const char c : *text) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == ',') ++cells;
    if (c != '\n') continue;
    EXPECT_EQ(cells, 13U) << "record " << records;
    cells = 1;
    ++records;
  }
  EXPECT_GT(records, 50U);
  EXPECT_THAT(*text, Not(HasSubstr(",=cmd")));
}

TEST(JsonReport, ParsesAndKeepsEveryDouble) {
  Summary s = test::demo_summary();
  s.suites[0].models[0].metrics[0].estimate.value = 0.1 + 0.2;
  s.suites[0].models[0].metrics[0].estimate.ci_low.reset();
  s.suites[0].models[0].model.name = "evil \xFF \"\x01 </script>";
  const auto text = find_reporter("json")->write(s, {}, {});
  ASSERT_TRUE(text.has_value());
  const Result<Json> doc = parse_json(*text, "report.json");
  ASSERT_TRUE(doc.has_value()) << doc.error().text();
  EXPECT_EQ((*doc)["format"], "assay-summary-1");
  const Json& estimate = (*doc)["suites"][0]["quality"]["models"][0]["metrics"][0]["estimate"];
  EXPECT_EQ(estimate["value"].get<double>(), 0.1 + 0.2);
  EXPECT_TRUE(estimate["ci_low"].is_null());
  EXPECT_FALSE(doc->contains("provenance"));
}

TEST(JsonReport, ClockReadingsStandInTimingOnly) {
  const Summary a = test::demo_summary();
  Summary b = a;
  for (SuiteSummary& suite : b.suites) {
    suite.verdict.fastest = 0;
    for (ModelResult& m : suite.models) {
      m.latency = test::latency(1.5, 0.1, 40, 99);
      m.cpu = {};
      m.retries = 3;
      m.busy_seconds = 12;
      m.cost = {.total = Money{5},
                .per_thousand_items = Money{6},
                .per_correct = Money{7},
                .energy_joules = 8.0,
                .currency = "USD",
                .basis = "another machine"};
    }
  }
  const auto sections = [](const Summary& s) {
    Json doc = *parse_json(*find_reporter("json")->write(s, {}, {}), "x");
    for (Json& suite : doc["suites"]) suite.erase("timing");
    return dump_json(doc);
  };
  EXPECT_EQ(sections(a), sections(b));
}

TEST(JsonWriter, ShortestNumbersAndNulls) {
  JsonWriter w;
  w.begin_array().value(0.1).value(1e300).value(-0.0).value(1.0 / 3).value(std::nan(""));
  w.value(std::optional<double>{}).end_array();
  EXPECT_EQ(std::move(w).finish(),
            "[\n  0.1,\n  1e+300,\n  0,\n  0.3333333333333333,\n  null,\n  null\n]\n");
}

TEST(TextTable, AlignsHangulByColumnsAndSplitsWideTables) {
  Table t({{"모델", Align::kLeft}, {"a"}, {"bb"}});
  t.add({"가나다", "1", "2"});
  t.add({"xy", "10", "20"});
  EXPECT_EQ(t.text(40, ""), "모델     a  bb\n가나다   1   2\nxy      10  20\n");
  Table wide({{"model", Align::kLeft}, {"first"}, {"second"}});
  wide.add({"m", "1234567890", "1234567890"});
  EXPECT_EQ(wide.text(20, ""),
            "model       first\nm      1234567890\n\nmodel      second\nm      1234567890\n");
}

TEST(TextTable, NoLineIsLongerThanAsked) {
  for (const size_t width : {40U, 60U, 80U, 100U, 200U}) {
    for (const char* language : {"en", "ko"}) {
      ReportOptions options;
      options.width = width;
      options.language = language;
      Summary s = test::summary_of_models(8, "provider/very-long-model-name-that-goes-on:free?x=1");
      s.warnings = {std::string(300, 'w')};
      const auto text = find_reporter("text")->write(s, {}, options);
      ASSERT_TRUE(text.has_value());
      size_t from = 0;
      while (from < text->size()) {
        const size_t end = text->find('\n', from);
        EXPECT_LE(display_width(text->substr(from, end - from)), width);
        from = end + 1;
      }
    }
  }
}

TEST(TextReport, NamesCannotSteerTheTerminal) {
  Summary s = test::demo_summary();
  s.suites[0].models[0].model.name = "a\x1b[31mred\x07";
  s.suites[0].suite.title = "t\x1b]0;owned\x07";
  s.warnings = {"w\x1b[2J"};
  const auto text = find_reporter("text")->write(s, {}, {});
  EXPECT_EQ(text->find('\x1b'), std::string::npos);
  EXPECT_EQ(text->find('\x07'), std::string::npos);
}

TEST(ShortenMiddle, KeepsBothEnds) {
  EXPECT_EQ(shorten_middle("tesseract:kor+eng?psm=6", 15), "tessera…g?psm=6");
  EXPECT_EQ(shorten_middle("short", 15), "short");
  EXPECT_LE(display_width(shorten_middle("가나다라마바사아자차카타파하", 11)), 11U);
}

TEST(Verdict, SaysWhoByHowMuchAndHowSure) {
  const VerdictText v = verdict_text(test::intents_suite(), Language::kEnglish);
  EXPECT_EQ(v.headline, "baseline:linear is best.");
  EXPECT_EQ(v.sentences[0], "Its accuracy is 85.3% (95% interval 80.4–90.2, n = 204).");
  EXPECT_EQ(v.sentences[1],
            "That is 13.7 pp higher than baseline:bm25, the next best (interval +7.9 … +19.5, "
            "p < 0.001).");
}

TEST(Verdict, LowerIsBetterAndTied) {
  const VerdictText v = verdict_text(test::ocr_suite(), Language::kEnglish);
  EXPECT_EQ(
      v.headline,
      "tesseract:kor+eng leads, but no difference from tesseract:kor+eng?psm=6 can be shown.");
  SuiteSummary clear = test::ocr_suite();
  clear.verdict = {VerdictKind::kClearBest, 2, {}, 2};
  EXPECT_THAT(verdict_text(clear, Language::kEnglish).sentences[1],
              HasSubstr("That is 1.7 pp lower than tesseract:kor+eng?psm=6"));
}

TEST(Verdict, NoDataAndOneModel) {
  SuiteSummary none = test::ocr_suite();
  none.verdict = {};
  EXPECT_EQ(verdict_text(none, Language::kEnglish).headline, "No verdict: nothing was scored.");
  const SuiteSummary one = test::summary_of_models(1, "m").suites[0];
  EXPECT_EQ(verdict_text(one, Language::kEnglish).headline, "m-1 was measured alone.");
}

TEST(Strings, BothLanguagesUseTheSamePlaceholders) {
  const auto names = [](std::string_view text) {
    std::set<std::string> out;
    for (size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
      out.insert(std::string(text.substr(at, text.find('}', at) - at + 1)));
    }
    return out;
  };
  for (int i = 0; i < static_cast<int>(Msg::kCount); ++i) {
    const auto english = say(Language::kEnglish, static_cast<Msg>(i));
    const auto korean = say(Language::kKorean, static_cast<Msg>(i));
    EXPECT_FALSE(english.empty() || korean.empty()) << i;
    const auto known = names(english);
    for (const std::string& name : names(korean)) EXPECT_EQ(known.count(name), 1U) << korean;
  }
  EXPECT_EQ(say(Language::kEnglish, Msg::kSamplesCount, {{"n", "{n}"}}), "{n} samples");
}

TEST(Registry, FindsEachFormByName) {
  EXPECT_EQ(all_reporters().size(), 4U);
  for (const Reporter* r : all_reporters()) EXPECT_EQ(find_reporter(r->name()), r);
  EXPECT_EQ(find_reporter("pdf"), nullptr);
}

}  // namespace
}  // namespace assay::reports
