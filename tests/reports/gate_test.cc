// Every form of a gate's result: golden files of one that has everything, and names that try to
// break out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "reports/gate/gate_report.h"
#include "tests/support/golden.h"

namespace assay {
namespace {

using aggregate::Confirmation;
using aggregate::GateCheck;
using aggregate::GateKind;
using aggregate::GateMode;
using aggregate::GateOutcome;
using aggregate::GateResult;
using aggregate::GateUnit;
using aggregate::GateVerdict;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

GateCheck quality(GateVerdict verdict, GateOutcome outcome, const std::string& reason) {
  GateCheck check;
  check.suite = "quick-intents";
  check.model = "openai:gpt";
  check.subject = "accuracy";
  check.metric = {.name = "accuracy", .scorer = "exact"};
  check.verdict = verdict;
  check.outcome = outcome;
  check.reason = reason;
  check.baseline = {0.9, 0.87, 0.93, 400, "wilson"};
  check.now = {0.85, 0.81, 0.88, 400, "wilson"};
  check.change = {-0.05, -0.075, -0.025, 400, "newcombe"};
  check.p_value = 0.0004;
  check.p_holm = 0.0008;
  check.test = "exact McNemar";
  check.margin = 0.02;
  check.detectable = 0.03;
  return check;
}

GateCheck limit(GateKind kind, GateUnit unit, const std::string& subject, GateVerdict verdict,
                GateOutcome outcome, const std::string& reason) {
  GateCheck check;
  check.kind = kind;
  check.suite = "quick-ocr";
  check.model = "tesseract:kor";
  check.subject = subject;
  check.unit = unit;
  check.verdict = verdict;
  check.outcome = outcome;
  check.reason = reason;
  return check;
}

GateCheck regressed_slice() {
  GateCheck slice =
      quality(GateVerdict::kRegressed, GateOutcome::kFail,
              "worse by 6.0 points (95 % interval 3.1 to 8.9), Holm p < 0.001, margin "
              "2.0 points; confirmed: asked again, 14 items are worse and 3 better "
              "(one-sided p = 0.0064)");
  slice.tag = "language";
  slice.value = "ko";
  slice.worsened = 14;
  slice.improved = 3;
  for (int i = 0; i < 14; ++i) slice.worsened_items.push_back("ticket-" + std::to_string(100 + i));
  slice.improved_items = {"ticket-7", "ticket-8", "ticket-9"};
  slice.confirmation = {.state = Confirmation::kConfirmed,
                        .asked = 17,
                        .dropped = 14,
                        .worse = 14,
                        .better = 3,
                        .p = 0.0064};
  return slice;
}

GateResult demo() {
  GateResult result;
  result.sources = {"main.assay", "new.assay"};
  result.outcome = GateOutcome::kFail;
  result.tests = 2;
  result.checks.push_back(quality(GateVerdict::kNonInferior, GateOutcome::kPass,
                                  "the same (95 % interval -1.0 to 1.0): a loss of the margin of "
                                  "2.0 points is excluded"));
  result.checks.push_back(regressed_slice());
  GateCheck undecided = quality(GateVerdict::kInconclusive, GateOutcome::kInconclusive,
                                "about 1,963 items are needed");
  undecided.suite = "quick-ocr";
  undecided.model = "tesseract:kor";
  undecided.mode = GateMode::kNonInferiority;
  undecided.needed = 1963;
  undecided.note = "the prompt differs";
  result.checks.push_back(undecided);
  GateCheck speed = limit(GateKind::kSpeed, GateUnit::kSeconds, "latency p95", GateVerdict::kFailed,
                          GateOutcome::kFail,
                          "1.3 times (interval 1.25 to 1.35): the limit of 1.2 "
                          "times is broken");
  speed.baseline = {1.0, 0.98, 1.02, 60, "order statistics"};
  speed.now = {1.3, 1.28, 1.32, 60, "order statistics"};
  speed.change = {1.3, 1.25, 1.35, 60, "ratio of percentiles"};
  speed.limit = 1.2;
  speed.limits_change = true;
  result.checks.push_back(speed);
  GateCheck cost = limit(GateKind::kCost, GateUnit::kMoney, "cost per item", GateVerdict::kPassed,
                         GateOutcome::kPass, "0.0025 USD per item: the limit of 0.003 is kept");
  cost.now.value = 0.0025;
  cost.limit = 0.003;
  result.checks.push_back(cost);
  GateCheck errors = limit(GateKind::kErrors, GateUnit::kShare, "failed items",
                           GateVerdict::kUnreliable, GateOutcome::kInfrastructure,
                           "12 of 60 items have no reply: more than 10 % leave nothing to judge");
  errors.now.value = 0.2;
  errors.baseline.value = 0;
  errors.change.value = 0.2;
  result.checks.push_back(errors);
  GateCheck missing =
      limit(GateKind::kPresence, GateUnit::kMetric, "named by the gate", GateVerdict::kMissing,
            GateOutcome::kError, "gate.yaml:3:5: the gate names suite `nosuch`, which did not run");
  missing.suite = "nosuch";
  missing.model = "";
  result.checks.push_back(missing);
  result.notes = {"suite extra of main.assay is not in new.assay"};
  return result;
}

TEST(GateGolden, Text) {
  EXPECT_TRUE(test::matches_golden("reports/gate.txt", reports::gate_text(demo(), {})));
}
TEST(GateGolden, Json) {
  EXPECT_TRUE(test::matches_golden("reports/gate.json", reports::gate_json(demo())));
  EXPECT_TRUE(parse_json(reports::gate_json(demo()), "gate.json"));
}
TEST(GateGolden, Junit) {
  EXPECT_TRUE(test::matches_golden("reports/gate.xml", reports::gate_junit(demo())));
}
TEST(GateGolden, Markdown) {
  EXPECT_TRUE(test::matches_golden("reports/gate.md", reports::gate_markdown(demo(), "quick")));
}
TEST(GateGolden, Annotations) {
  EXPECT_TRUE(test::matches_golden("reports/gate_github.txt", reports::gate_annotations(demo())));
}

TEST(GateText, QuietIsOneLine) {
  EXPECT_EQ(reports::gate_text(demo(), {.quiet = true}),
            "gate failed: 2 of 7 checks regressed or broke a limit\n");
}

TEST(GateText, HeadlineOfEveryOutcome) {
  GateResult result;
  EXPECT_EQ(reports::gate_headline(result), "gate passed: 0 of 0 checks");
  result.outcome = GateOutcome::kError;
  EXPECT_EQ(reports::gate_headline(result), "gate not judged: there is nothing to compare");
  result.checks.push_back(quality(GateVerdict::kInconclusive, GateOutcome::kInconclusive, ""));
  result.outcome = GateOutcome::kInconclusive;
  EXPECT_EQ(reports::gate_headline(result), "gate inconclusive: 1 of 1 check could not be decided");
}

// --- Names that try to break out ---------------------------------------------------------------

GateResult hostile(const std::string& name) {
  GateResult result = demo();
  for (GateCheck& check : result.checks) {
    check.suite = name;
    check.model = name;
    check.tag = name;
    check.value = name;
    check.subject = name;
    check.reason = name;
    check.note = name;
    check.worsened = 2;
    check.worsened_items = {name, name};
  }
  result.notes = {name};
  result.sources = {name, name};
  return result;
}

// As a parser would: tags close in order, attributes are quoted, nothing forbidden is there.
::testing::AssertionResult well_formed(const std::string& xml) {
  std::vector<std::string> open;
  for (size_t i = 0; i < xml.size(); ++i) {
    const auto byte = static_cast<unsigned char>(xml[i]);
    if (byte < 0x20 && byte != '\n') return ::testing::AssertionFailure() << "control at " << i;
    if (xml[i] != '<') continue;
    const size_t end = xml.find('>', i);
    if (end == std::string::npos) return ::testing::AssertionFailure() << "open tag at " << i;
    const std::string tag = xml.substr(i + 1, end - i - 1);
    if (tag.find('<') != std::string::npos) return ::testing::AssertionFailure() << tag;
    if (std::count(tag.begin(), tag.end(), '"') % 2 != 0) {
      return ::testing::AssertionFailure() << "quotes in " << tag;
    }
    const std::string name = tag.substr(0, tag.find_first_of(" /", 1));
    if (tag.front() == '/') {
      if (open.empty() || open.back() != tag.substr(1)) return ::testing::AssertionFailure() << tag;
      open.pop_back();
    } else if (tag.front() != '?' && tag.back() != '/') {
      open.push_back(name);
    }
    i = end;
  }
  return open.empty() ? ::testing::AssertionSuccess()
                      : ::testing::AssertionFailure() << "not closed";
}

TEST(GateJunit, IsValidWhateverTheNames) {
  for (const std::string& name :
       {std::string("]]></failure><x a=\"1\">&amp;'"), std::string("a\x01\x1b[2J\0b", 8),
        std::string("\xff\xc0\xaf\xed\xa0\x80"), std::string("\xef\xbf\xbe line\nbreak\t")}) {
    const std::string xml = reports::gate_junit(hostile(name));
    EXPECT_TRUE(well_formed(xml)) << xml;
    EXPECT_THAT(xml, Not(HasSubstr("\xef\xbf\xbe")));  // U+FFFE
  }
  EXPECT_THAT(reports::gate_junit(hostile("<a>&\"")), HasSubstr("name=\"&lt;a&gt;&amp;&quot;\""));
}

TEST(GateJunit, NothingIsAnError) {
  GateResult result;
  result.outcome = GateOutcome::kError;
  result.notes = {"nothing to gate: <a> has no suite"};
  const std::string xml = reports::gate_junit(result);
  EXPECT_TRUE(well_formed(xml)) << xml;
  EXPECT_THAT(xml, HasSubstr("errors=\"1\""));
  EXPECT_THAT(xml, HasSubstr("nothing to gate: &lt;a&gt; has no suite"));
}

TEST(GateMarkdown, NamesStayNames) {
  const std::string markdown = reports::gate_markdown(
      hostile("x` | @team <img src=x> [a](http://evil) --> \n## head\n| a |"), "id");
  EXPECT_THAT(markdown, StartsWith("<!-- assay-gate:id -->\n"));
  EXPECT_THAT(markdown, Not(HasSubstr("\n## head")));
  // In sentences: no mention, no link, no HTML.
  EXPECT_THAT(markdown,
              HasSubstr("@\u2060team &lt;img src=x&gt; \\[a\\](http:&#47;&#47;evil) --&gt;"));
  // As code: a fence that is longer than any run of backticks inside, and bars escaped.
  EXPECT_THAT(markdown, HasSubstr("``x` \\| @team"));
}

TEST(GateMarkdown, MarkerHoldsAnyId) {
  EXPECT_THAT(reports::gate_markdown(demo(), "a b-->\n<x>"),
              StartsWith("<!-- assay-gate:a-b-----x- -->\n"));
  EXPECT_THAT(reports::gate_markdown(demo(), ""), StartsWith("<!-- assay-gate:gate -->\n"));
}

TEST(GateMarkdown, HasRoomForAComment) {
  GateResult result = demo();
  GateCheck wide = regressed_slice();
  wide.suite = std::string(5000, 's');
  wide.reason = std::string(5000, '*');
  wide.worsened = 1'000'000;
  wide.worsened_items.assign(50, std::string(300, '`'));
  for (int i = 0; i < 2000; ++i) result.checks.push_back(wide);
  for (int i = 0; i < 2000; ++i) result.notes.push_back(std::string(1000, 'n'));
  result.sources = {std::string(5000, 'o'), std::string(5000, 'n')};
  const std::string markdown = reports::gate_markdown(result, "quick");
  EXPECT_LE(markdown.size(), reports::kMarkdownBytesMax);
  EXPECT_THAT(markdown, HasSubstr("lines were left out"));
}

TEST(GateAnnotations, AreEscapedAndFew) {
  GateResult result = hostile("50%: a,b\r\n::error::x");
  const std::string text = reports::gate_annotations(result);
  EXPECT_THAT(text, HasSubstr("::error title=50%25%3A a%2Cb  %3A%3Aerror%3A%3Ax"));
  EXPECT_THAT(text, Not(HasSubstr("\n::error::x")));
  for (int i = 0; i < 50; ++i) result.checks.push_back(regressed_slice());
  const std::string many = reports::gate_annotations(result);
  EXPECT_EQ(std::count(many.begin(), many.end(), '\n'), 10 + 1 + 1);  // errors, warning, notice
  EXPECT_THAT(many, HasSubstr("more are not annotated"));
}

}  // namespace
}  // namespace assay
