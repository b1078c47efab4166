// Escaping, differences, axes, charts: the parts of the HTML report one by one.
#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>

#include "harness/base/rng.h"
#include "harness/base/utf8.h"
#include "reports/html/axis.h"
#include "reports/html/charts.h"
#include "reports/html/diff.h"
#include "reports/html/escape.h"
#include "reports/html/page.h"
#include "tests/reports/tag_checker.h"
#include "tests/support/summary_builder.h"

namespace assay::reports::html {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Escape, MarkupBecomesText) {
  EXPECT_EQ(escape_text("<script>\"&'"), "&lt;script&gt;&quot;&amp;&#39;");
  EXPECT_EQ(escape_attribute("a\nb\tc\""), "a&#10;b&#9;c&quot;");
}

TEST(Escape, InvisibleCharactersAreShown) {
  EXPECT_EQ(escape_text(std::string("a\0b\x07\x7F", 5)), "a␀b␇␡");
  EXPECT_EQ(escape_text("x\u202Ey"), "x⟦U+202E⟧y");
  EXPECT_EQ(escape_text("\u200B\uFEFF\u2066\u0085"), "⟦U+200B⟧⟦U+FEFF⟧⟦U+2066⟧⟦U+0085⟧");
  EXPECT_EQ(escape_text("\U000E0041"), "⟦U+E0041⟧");
  EXPECT_EQ(escape_text("한글 👩‍👩‍👧"), "한글 👩‍👩‍👧");
  EXPECT_EQ(escape_text("\xFF\xC3("), "\uFFFD\uFFFD(");
}

TEST(Escape, Base64IsRfc4648) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

TEST(Excerpt, CutsAtCodePointsAndCounts) {
  EXPECT_EQ(excerpt("가나다라", 2).text, "가나");
  EXPECT_EQ(excerpt("가나다라", 2).cut, 2U);
  EXPECT_EQ(excerpt("가나", 2).cut, 0U);
  EXPECT_EQ(excerpt(std::string(5000, 'x'), 2000).cut, 3000U);
  EXPECT_FALSE(invalid_utf8_at(excerpt(std::string(5000, '\x80'), 2000).text).has_value());
}

std::string side(const std::vector<DiffPart>& parts, DiffKind other) {
  std::string out;
  for (const DiffPart& p : parts) {
    if (p.kind != other) out += p.text;
  }
  return out;
}

TEST(Diff, MarksWhatIsMissingAndWhatIsTooMuch) {
  EXPECT_THAT(diff_texts("total 12.50", "total 17.50"),
              ElementsAre(DiffPart{DiffKind::kEqual, "total 1"}, DiffPart{DiffKind::kDelete, "2"},
                          DiffPart{DiffKind::kInsert, "7"}, DiffPart{DiffKind::kEqual, ".50"}));
  EXPECT_THAT(diff_texts("same", "same"), ElementsAre(DiffPart{DiffKind::kEqual, "same"}));
  EXPECT_THAT(diff_texts("", "new"), ElementsAre(DiffPart{DiffKind::kInsert, "new"}));
  EXPECT_TRUE(diff_texts("", "").empty());
}

TEST(Diff, UnrelatedTextsAreReplacedWhole) {
  EXPECT_THAT(diff_texts("delivery_status", "order_cancel"),
              ElementsAre(DiffPart{DiffKind::kDelete, "delivery_status"},
                          DiffPart{DiffKind::kInsert, "order_cancel"}));
}

TEST(Diff, ConcatenationGivesBothTextsBack) {
  Rng rng(7);
  for (int round = 0; round < 400; ++round) {
    std::string a;
    std::string b;
    for (uint64_t i = rng.below(60); i > 0; --i) {
      const std::string piece = std::vector<std::string>{"a", "b ", "가", "\n", "12"}[rng.below(5)];
      if (rng.uniform() < 0.9) a += piece;
      if (rng.uniform() < 0.9) b += piece;
    }
    const auto parts = diff_texts(a, b);
    EXPECT_EQ(side(parts, DiffKind::kInsert), a);
    EXPECT_EQ(side(parts, DiffKind::kDelete), b);
  }
}

TEST(Diff, LongDifferentTextsStayBounded) {
  Rng rng(3);
  std::string a;
  std::string b;
  for (int i = 0; i < 6000; ++i) {
    a += static_cast<char>('a' + rng.below(26));
    b += static_cast<char>('a' + rng.below(26));
  }
  const auto parts = diff_texts(a, b);
  EXPECT_EQ(side(parts, DiffKind::kInsert), a);
  EXPECT_EQ(side(parts, DiffKind::kDelete), b);
}

TEST(Axis, TicksAreRoundAndInside) {
  const Axis x = Axis::linear(0.13, 0.87, 0, 100);
  EXPECT_THAT(x.ticks(4), ElementsAre(::testing::DoubleEq(0.2), ::testing::DoubleEq(0.4),
                                      ::testing::DoubleNear(0.6, 1e-12), ::testing::DoubleEq(0.8)));
  EXPECT_DOUBLE_EQ(x.at(0.13), 0);
  EXPECT_DOUBLE_EQ(x.at(5), 100);
  EXPECT_DOUBLE_EQ(x.at(std::nan("")), 0);
}

TEST(Axis, AnyRangeGivesFewFiniteTicks) {
  for (const double low : {-1e9, -1.0, 0.0, 1e-9, 0.5, 1e9}) {
    for (const double width : {0.0, 1e-12, 1e-3, 1.0, 1e12}) {
      for (const bool log : {false, true}) {
        const Axis x = log ? Axis::logarithmic(low, low + width, 0, 300)
                           : Axis::linear(low, low + width, 0, 300);
        const auto ticks = x.ticks(6);
        EXPECT_LE(ticks.size(), 8U);
        for (const double t : ticks) EXPECT_TRUE(x.at(t) >= -1e-6 && x.at(t) <= 300 + 1e-6);
      }
    }
  }
}

TEST(Pareto, KeepsWhatNobodyBeats) {
  ScatterInput in;
  in.metric = {"cer", "cer", false, false};
  const auto add = [&](double x, double y) {
    in.points.push_back({"m", {}, Estimate{x, {}, {}, 1, ""}, Estimate{y, {}, {}, 1, ""}});
  };
  add(3, 0.1);
  add(1, 0.5);
  add(2, 0.6);
  add(4, 0.1);
  EXPECT_THAT(pareto_front(in), ElementsAre(1U, 0U));
}

struct Extent {
  double left, right, y;
};

// Where the texts of a chart with a given class stand, from its markup.
std::vector<Extent> texts(const std::string& svg, const std::string& css) {
  std::vector<Extent> out;
  const std::string open = "<text class=\"" + css + "\" x=\"";
  for (size_t at = svg.find(open); at != std::string::npos; at = svg.find(open, at + 1)) {
    const double x = std::strtod(svg.c_str() + at + open.size(), nullptr);
    const size_t y_at = svg.find(" y=\"", at) + 4;
    const double y = std::strtod(svg.c_str() + y_at, nullptr);
    const size_t anchor = svg.find("text-anchor=\"", at) + 13;
    const size_t from = svg.find('>', at) + 1;
    const double width = text_width(svg.substr(from, svg.find('<', from) - from), 12);
    const char kind = svg[anchor];
    const double left = kind == 's' ? x : kind == 'm' ? x - width / 2 : x - width;
    out.push_back({left, left + width, y});
  }
  return out;
}

void expect_no_overlap(const std::string& svg, const std::string& css, double width) {
  const auto all = texts(svg, css);
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_GE(all[i].left, -1) << css;
    EXPECT_LE(all[i].right, width + 1) << css;
    for (size_t j = 0; j < i; ++j) {
      const bool apart = all[i].right <= all[j].left || all[j].right <= all[i].left ||
                         std::abs(all[i].y - all[j].y) >= 11;
      EXPECT_TRUE(apart) << css << " at y " << all[i].y;
    }
  }
}

class ChartsOfModels : public ::testing::TestWithParam<std::pair<size_t, std::string>> {};

TEST_P(ChartsOfModels, LabelsDoNotTouchAndStayInside) {
  const Summary s = test::summary_of_models(GetParam().first, GetParam().second);
  const ReportOptions options;
  const Page page = make_page(s, {}, options);
  for (const Html& section : {quality_section(page, s.suites[0]), speed_section(page, s.suites[0]),
                              cost_section(page, s.suites[0]), curve_section(page, s.suites[0])}) {
    Html copy = section;
    const std::string html = std::move(copy).finish();
    EXPECT_EQ(test::TagChecker().check(html), "");
    for (size_t at = html.find("<svg class=\"chart\""); at != std::string::npos;
         at = html.find("<svg class=\"chart\"", at + 1)) {
      const std::string svg = html.substr(at, html.find("</svg>", at) - at);
      const double width = svg.find("0 0 920") != std::string::npos ? 920 : 348;
      for (const char* css : {"tick", "label", "value", "point-label", "axis-label"}) {
        expect_no_overlap(svg, css, width);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Counts, ChartsOfModels,
                         ::testing::Values(std::pair<size_t, std::string>{1, "m"},
                                           std::pair<size_t, std::string>{2, "모델"},
                                           std::pair<size_t, std::string>{
                                               8,
                                               "openrouter:a-very-long-vendor/with-a-very-"
                                               "long-model-name-instruct:free?temperature=0.6"},
                                           std::pair<size_t, std::string>{20, "m"}));

TEST(Charts, NoDataDrawsNothingWrong) {
  Summary s = test::summary_of_models(2, "m");
  for (ModelResult& m : s.suites[0].models) {
    m.metrics[0].estimate = {};
    m.latency = {};
  }
  s.suites[0].curves[0].points.clear();
  const ReportOptions options;
  const Page page = make_page(s, {}, options);
  Html all;
  all.add(quality_section(page, s.suites[0])).add(speed_section(page, s.suites[0]));
  all.add(cost_section(page, s.suites[0])).add(curve_section(page, s.suites[0]));
  const std::string html = std::move(all).finish();
  EXPECT_THAT(html, HasSubstr("n/a"));
  EXPECT_THAT(html, Not(HasSubstr("nan")));
  EXPECT_THAT(html, Not(HasSubstr(">0%<span")));
}

TEST(CurveSentence, SaysFromWhichSizeOn) {
  Summary s = test::demo_summary();
  const ReportOptions options;
  const Page page = make_page(s, {}, options);
  Html section = curve_section(page, s.suites[1]);
  EXPECT_THAT(std::move(section).finish(),
              HasSubstr("From 156 training lines on, its accuracy is better than that of "
                        "baseline:bm25, the best other model (71.6%)."));
  s.suites[1].models[2].metrics[0].estimate = test::rate(0.95, 204);
  const Page never = make_page(s, {}, options);
  Html other = curve_section(never, s.suites[1]);
  EXPECT_THAT(std::move(other).finish(), HasSubstr("With all 312 training lines its accuracy stays "
                                                   "behind baseline:bm25"));
}

TEST(ShellWord, QuotesWhatAShellWouldRead) {
  EXPECT_EQ(shell_word("runs/a.assay"), "runs/a.assay");
  EXPECT_EQ(shell_word("a b.assay"), "'a b.assay'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word("$(rm)"), "'$(rm)'");
  EXPECT_EQ(shell_word(""), "''");
}

}  // namespace
}  // namespace assay::reports::html
