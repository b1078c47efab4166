// The page as a whole: hostile text everywhere, content-security policy, bounds, pictures.
#include <gmock/gmock.h>

#include <fstream>

#include "harness/base/hash.h"
#include "harness/base/utf8.h"
#include "reports/compare/compare_report.h"
#include "reports/html/escape.h"
#include "reports/html/html_reporter.h"
#include "reports/registry.h"
#include "tests/reports/demo_items.h"
#include "tests/reports/tag_checker.h"
#include "tests/support/summary_builder.h"
#include "tests/support/temp_dir.h"

namespace assay::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kEvil =
    "</title></style><script>alert(1)</script><img src=x onerror=alert(1)>\"' onmouseover=\"x\" "
    "style=\"color:red\" <!-- ]]> &amp; \xFF\xC0 \u202Eevil\u202C \x01\x1B[31m\u2028";

Summary hostile_summary() {
  Summary s = test::demo_summary();
  s.sources = {kEvil};
  s.warnings = {kEvil};
  Manifest& m = s.manifest;
  m.assay_version = m.run_hash = m.machine_price_per_hour = m.currency = kEvil;
  m.sessions[0].utc = m.sessions[0].argv = m.sessions[0].host = kEvil;
  for (ModelInfo& model : m.models) {
    model.name = model.spec = model.version = model.config_hash = kEvil;
  }
  for (SuiteInfo& suite : m.suites) {
    suite.name = suite.hash = suite.prompt_hash = suite.data_hash = kEvil;
    suite.scorer_hash = suite.licence = kEvil;
  }
  int i = 0;
  for (SuiteSummary& suite : s.suites) {
    suite.suite.name = suite.suite.title = suite.suite.language = kEvil;
    for (MetricDef& def : suite.suite.metrics) def.name += kEvil;
    for (ModelResult& r : suite.models) {
      r.model.name = kEvil + std::to_string(i++);
      r.cost.basis = r.cost.currency = kEvil;
      for (MetricResult& metric : r.metrics) {
        metric.def.name += kEvil;
        metric.estimate.method = kEvil;
      }
      for (SliceResult& slice : r.slices) {
        slice.tag += kEvil;
        slice.value += kEvil;
      }
      for (Percentile& p : r.latency.percentiles) p.estimate.method = kEvil;
      r.model.virtual_clock = true;
    }
    for (Comparison& c : suite.comparisons) {
      c.metric.name += kEvil;
      c.test = c.note = kEvil;
    }
    for (LearningCurve& c : suite.curves) c.model = kEvil;
  }
  return s;
}

ItemDetail hostile_item(const Summary& s, uint64_t row) {
  ItemDetail i = test::item(s.suites[0].suite.name, s.suites[0].models[0].model.name, row,
                            kEvil + std::to_string(row));
  i.request = test::request_json(sanitize_utf8(kEvil), kEvil, std::string(64, 'a'));
  i.truth = test::truth_json({sanitize_utf8(kEvil) + "x", sanitize_utf8(kEvil)});
  i.tags = R"({"<b>":"<script>"})";
  i.answer = i.reasoning = i.error = kEvil;
  i.scores = {{s.suites[0].suite.metrics[0].name, ScoreStatus::kScored, 1, 1, kEvil + "j", kEvil}};
  return i;
}

void expect_safe(const std::string& page) {
  test::TagChecker checker;
  EXPECT_EQ(checker.check(page), "");
  for (const char* element : {"script", "iframe", "object", "embed", "form", "foreignObject"}) {
    EXPECT_EQ(checker.elements.count(element), 0U) << element;
  }
  for (const std::string& attribute : checker.attributes) {
    EXPECT_NE(attribute, "style");
    EXPECT_NE(attribute.substr(0, 2), "on") << attribute;
  }
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("<img src=x")));
  EXPECT_FALSE(invalid_utf8_at(page).has_value());
  EXPECT_THAT(page, Not(HasSubstr("\u202E")));
  EXPECT_THAT(page, Not(HasSubstr("http://")));
  EXPECT_THAT(page, Not(HasSubstr("https://")));
  for (const char c : page) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n');
}

TEST(HtmlSafety, HostileTextInEveryField) {
  const Summary s = hostile_summary();
  test::ReportStore store(kEvil);
  for (uint64_t row = 1; row <= 3; ++row) store.add(hostile_item(s, row));
  ItemDetail failed = hostile_item(s, 4);
  failed.outcome = Outcome::kServerError;
  failed.answer.clear();
  failed.scores.clear();
  failed.request = kEvil;  // not JSON
  failed.truth = kEvil;
  store.add(failed);
  const RunStore* stores[] = {&store};
  for (const char* language : {"en", "ko"}) {
    ReportOptions o;
    o.language = language;
    o.generated_utc = o.command = kEvil;
    const auto page = find_reporter("html")->write(s, stores, o);
    ASSERT_TRUE(page.has_value());
    expect_safe(*page);
    EXPECT_THAT(*page, HasSubstr("⟦U+202E⟧"));
  }
}

TEST(HtmlSafety, HostileComparison) {
  aggregate::ComparisonReport report;
  report.sources = {kEvil, kEvil};
  report.notes = {kEvil};
  aggregate::RunComparison row;
  row.suite = row.a_label = kEvil;
  row.b_label = kEvil + "b";
  row.metric = {kEvil, "exact", true, true};
  row.headline = true;
  row.a = test::rate(0.5, 20);
  row.b = test::rate(0.7, 20);
  row.comparison.difference = test::estimate(-0.2, -0.3, -0.1, 20, kEvil);
  row.comparison.note = kEvil;
  row.improved = 60;
  row.improved_items = {kEvil};
  aggregate::RunComparison slice = row;
  slice.tag = slice.value = slice.comparison.test = kEvil;
  report.rows = {row, slice};
  aggregate::SpeedComparison speed;
  speed.suite = speed.model = speed.figure = speed.test = speed.banner = kEvil;
  speed.later = 1;
  report.speeds = {speed};
  report.ties = {{.suite = kEvil, .metric = kEvil, .best = kEvil, .tied = {kEvil, kEvil}}};
  expect_safe(compare_html(report, ReportOptions{}));
  EXPECT_EQ(compare_text(report, ReportOptions{}).find('\x1b'), std::string::npos);
}

TEST(HtmlSafety, PolicyNamesTheStyleSheetByItsHash) {
  const auto page = find_reporter("html")->write(test::demo_summary(), {}, {});
  ASSERT_TRUE(page.has_value());
  const size_t from = page->find("<style>") + 7;
  const std::string style = page->substr(from, page->find("</style>") - from);
  const Hash hash = sha256(style);
  const std::string bytes(reinterpret_cast<const char*>(hash.bytes.data()), hash.bytes.size());
  EXPECT_THAT(*page, HasSubstr("style-src &#39;sha256-" + html::base64(bytes) + "&#39;"));
  EXPECT_THAT(*page, HasSubstr("default-src &#39;none&#39;"));
  EXPECT_EQ(page->find("<style", from), std::string::npos) << "a second style sheet";
}

// 100,000 replies: one per sample of a single model.
TEST(HtmlBounds, LargeRunStaysSmallAndSaysWhatIsMissing) {
  Summary s = test::summary_of_models(1, "m");
  SuiteSummary& suite = s.suites[0];
  suite.models[0].items_planned = suite.models[0].items_answered = 100'000;
  suite.suite.sample_count = 100'000;
  test::ReportStore store("many.assay");
  for (uint64_t row = 1; row <= 100'000; ++row) {
    ItemDetail i = test::item("many", "m-1", row, "s" + std::to_string(row));
    i.request = R"({"messages":[{"role":"user","content":"q"}]})";
    i.truth = R"({"targets":["yes"]})";
    i.answer = row % 10 == 0 ? "no" : "yes";
    i.scores = {{"accuracy", ScoreStatus::kScored, row % 10 == 0 ? 0.0 : 1.0, 1, "", ""}};
    store.add(std::move(i));
  }
  const RunStore* stores[] = {&store};
  const auto page = find_reporter("html")->write(s, stores, {});
  ASSERT_TRUE(page.has_value());
  EXPECT_LE(page->size(), kHtmlBytesMax);
  EXPECT_LE(store.items_read(), 1'000U);
  EXPECT_THAT(*page, HasSubstr("Shown: 100 of 100,000 replies (100 samples)"));
  EXPECT_THAT(*page, HasSubstr("99,900 are not shown"));
  EXPECT_THAT(*page, HasSubstr("assay export many.assay --format jsonl"));
  EXPECT_THAT(*page, Not(HasSubstr("= same")));
}

TEST(HtmlBounds, LongTextsAndManySuitesStayWithinThreeMegabytes) {
  Summary s;
  test::ReportStore store("long.assay");
  std::string korean;
  for (int i = 0; i < 5000; ++i) korean += i % 7 == 0 ? "<" : "한";
  for (uint32_t n = 0; n < 4; ++n) {
    Summary part = test::summary_of_models(8, "m");
    part.suites[0].suite.name = "suite" + std::to_string(n);
    s.suites.push_back(part.suites[0]);
    for (uint64_t row = 1; row <= 20; ++row) {
      for (const ModelResult& m : part.suites[0].models) {
        ItemDetail i =
            test::item(s.suites.back().suite.name, m.model.name, row, std::to_string(row));
        i.request = test::request_json(korean);
        i.truth = test::truth_json({korean + "a"});
        i.answer = korean + std::string(m.model.name);
        i.reasoning = korean;
        i.scores = {{"accuracy", ScoreStatus::kScored, 0, 1, "", ""}};
        store.add(std::move(i));
      }
    }
  }
  s.manifest = test::manifest_of(s.suites);
  const RunStore* stores[] = {&store};
  const auto page = find_reporter("html")->write(s, stores, {});
  ASSERT_TRUE(page.has_value());
  EXPECT_LE(page->size(), kHtmlBytesMax);
  EXPECT_THAT(*page, HasSubstr("more characters, see the run file"));
  EXPECT_EQ(test::TagChecker().check(*page), "");
}

TEST(Pictures, EmbeddedOnceWhenTheHashMatches) {
  const test::TempDir dir;
  const std::string path = dir.file("a.png");
  std::ofstream(path, std::ios::binary) << test::tiny_png();
  const test::ReportStore store = test::demo_store(path);
  const RunStore* stores[] = {&store};
  auto page = find_reporter("html")->write(test::demo_summary(), stores, {});
  const std::string uri = "data:image/png;base64," + html::base64(test::tiny_png());
  EXPECT_THAT(*page, HasSubstr("src=\"" + html::escape_attribute(uri) + "\""));
  EXPECT_EQ(page->find(uri, page->find(uri) + 1), std::string::npos);
  EXPECT_THAT(*page, HasSubstr("picture shown above"));

  std::ofstream(path, std::ios::binary) << test::tiny_png() << "changed";
  page = find_reporter("html")->write(test::demo_summary(), stores, {});
  EXPECT_THAT(*page, HasSubstr("the file changed since the run"));
  EXPECT_THAT(*page, Not(HasSubstr("base64,")));

  std::filesystem::remove(path);
  page = find_reporter("html")->write(test::demo_summary(), stores, {});
  EXPECT_THAT(*page, HasSubstr("file not found or not readable"));
}

TEST(Pictures, BudgetIsForTheWholePage) {
  const test::TempDir dir;
  Summary s = test::summary_of_models(1, "m");
  test::ReportStore store("big.assay");
  for (uint64_t row = 1; row <= 4; ++row) {
    const std::string path = dir.file(std::to_string(row) + ".png");
    const std::string bytes = test::tiny_png() + std::string(400'000, static_cast<char>(row));
    std::ofstream(path, std::ios::binary) << bytes;
    ItemDetail i = test::item("many", "m-1", row, std::to_string(row));
    i.request = test::request_json("q", path, sha256(bytes).hex());
    test::add_reply(store, i, "x", "accuracy", 0);
  }
  const RunStore* stores[] = {&store};
  const auto page = find_reporter("html")->write(s, stores, {});
  size_t pictures = 0;
  for (size_t at = page->find("<img"); at != std::string::npos; at = page->find("<img", at + 1)) {
    ++pictures;
  }
  EXPECT_EQ(pictures, 2U);
  EXPECT_THAT(*page, HasSubstr("size limit of this page"));
  EXPECT_LE(page->size(), kHtmlBytesMax);
}

TEST(HtmlReport, EmptySummaryIsAPage) {
  const auto page = find_reporter("html")->write(Summary{}, {}, {});
  ASSERT_TRUE(page.has_value());
  expect_safe(*page);
  EXPECT_THAT(*page, HasSubstr("No verdict"));
}

TEST(HtmlReport, WorstRepliesComeFirst) {
  test::ReportStore store = test::demo_store("none.png");
  const RunStore* stores[] = {&store};
  const auto page = find_reporter("html")->write(test::demo_summary(), stores, {});
  const size_t failed = page->find("no end within 30 s");
  const size_t unscored = page->find("the scorer stopped: time limit");
  ASSERT_NE(failed, std::string::npos);
  ASSERT_NE(unscored, std::string::npos);
  EXPECT_LT(failed, unscored);
}

}  // namespace
}  // namespace assay::reports
