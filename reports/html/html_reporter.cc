#include "reports/html/html_reporter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <vector>

#include "reports/html/document.h"
#include "reports/html/page.h"

namespace assay::reports {

using html::Html;
using html::Page;

namespace {

constexpr size_t kNamesInTitleMax = 8;
constexpr size_t kReserveBytes = 20'000;  // frame, footer, notes about what was left out

std::string shortened(std::vector<std::string> names) {
  if (names.size() > kNamesInTitleMax) {
    names.resize(kNamesInTitleMax);
    names.emplace_back("…");
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

// Of a file that holds loads alone: what was put under load.
std::string load_title(const Summary& summary, Language language) {
  std::vector<std::string> models;
  for (const LoadPoint& point : summary.loads.points) {
    const std::string& name = point.model.name;
    if (std::find(models.begin(), models.end(), name) == models.end()) models.push_back(name);
  }
  return say(language, Msg::kLoadOf, {{"models", shortened(std::move(models))}});
}

// What was asked: groups by their names instead of their suites', a group inside another not at
// all.
std::string title_of(const Summary& summary, Language language) {
  std::vector<std::string> names;
  std::set<std::string> told;
  for (const GroupSummary& group : summary.groups) {
    const bool inside = std::all_of(group.suites.begin(), group.suites.end(),
                                    [&](const std::string& suite) { return told.contains(suite); });
    if (inside) continue;
    names.push_back(group.name);
    told.insert(group.suites.begin(), group.suites.end());
  }
  for (const SuiteSummary& s : summary.suites) {
    if (!told.contains(s.suite.name)) names.push_back(s.suite.name);
  }
  if (names.empty() && !summary.loads.empty()) return load_title(summary, language);
  return shortened(std::move(names));
}

Html top(const Page& page) {
  Html h;
  h.open("header", "top").add(html::brand());
  const std::string title = title_of(page.summary, page.language);
  h.leaf("h1", "", title.empty() ? std::string(page.say(Msg::kPageTitle)) : title);
  std::string meta;
  for (const std::string& source : page.summary.sources) {
    meta += (meta.empty() ? "" : ", ") + source;
  }
  if (!page.options.generated_utc.empty()) {
    meta += meta.empty() ? "" : " · ";
    meta += page.say(Msg::kGenerated, {{"utc", page.options.generated_utc}});
  }
  if (!meta.empty()) h.leaf("p", "meta", meta);
  if (page.summary.suites.size() > 1 || !page.summary.loads.empty()) {
    h.open("nav", {{"aria-label", std::string(page.say(Msg::kContents))}}).open("ul");
    for (size_t i = 0; i < page.summary.suites.size(); ++i) {
      h.open("li").open("a", {{"href", "#" + html::suite_anchor(i + 1)}});
      h.text(page.summary.suites[i].suite.name).close().close();
    }
    if (!page.summary.loads.empty()) {
      h.open("li").open("a", {{"href", "#load"}}).text(page.say(Msg::kLoad)).close().close();
    }
    if (!page.options.trends.empty()) {
      h.open("li").open("a", {{"href", "#trend"}}).text(page.say(Msg::kTrend)).close().close();
    }
    if (page.options.tco != nullptr) {
      h.open("li").open("a", {{"href", "#tco"}}).text(page.say(Msg::kTco)).close().close();
    }
    h.open("li").open("a", {{"href", "#method"}}).text(page.say(Msg::kMethod)).close().close();
    h.close().close();
  }
  return std::move(h.close());
}

Html warnings(const Page& page) {
  Html h;
  if (page.summary.warnings.empty()) return h;
  h.open("section", {{"class", "warnings"}, {"role", "note"}});
  h.leaf("h2", "", page.say(Msg::kWarnings)).open("ul");
  for (const std::string& warning : page.summary.warnings) h.leaf("li", "", warning);
  return std::move(h.close().close());
}

Html charts_and_tables(const Page& page, const SuiteSummary& suite, size_t number) {
  Html h;
  h.leaf("h2", {{"class", "chapter"}, {"id", html::suite_anchor(number)}}, suite.suite.name);
  if (!suite.suite.title.empty()) h.leaf("p", "chapter-note", suite.suite.title);
  h.add(html::quality_section(page, suite)).add(html::slices_section(page, suite));
  h.add(html::speed_section(page, suite)).add(html::cost_section(page, suite));
  h.add(html::accounting_section(page, suite));
  h.add(html::energy_section(page, suite));
  h.add(html::curve_section(page, suite)).add(html::comparison_section(page, suite));
  h.add(html::health_section(page, suite));
  return h;
}

Html footer(const Page& page) {
  Html h;
  h.leaf("footer", "", page.say(Msg::kFooter, {{"version", page.summary.manifest.assay_version}}));
  return h;
}

}  // namespace

// Everything of fixed size is written first; the samples share what is left.
Result<std::string> HtmlReporter::write(const Summary& summary,
                                        std::span<const RunStore* const> stores,
                                        const ReportOptions& options) const {
  const Page page = html::make_page(summary, stores, options);
  Html first;
  first.add(warnings(page));
  first.add(html::decision_section(page));
  first.add(html::load_line(page)).add(html::groups_section(page));
  std::vector<Html> chapters;
  const Html method = html::method_section(page);
  size_t fixed = kReserveBytes + method.size();
  for (size_t i = 0; i < summary.suites.size(); ++i) {
    first.add(html::verdict_section(page, summary.suites[i], i + 1));
    chapters.push_back(charts_and_tables(page, summary.suites[i], i + 1));
    fixed += chapters.back().size();
  }
  first.add(html::load_verdicts(page));
  const Html loads = html::load_section(page);
  const Html trends = html::trend_section(page);
  const Html tco = html::tco_section(page);
  fixed += loads.size() + trends.size() + tco.size();
  if (summary.suites.empty() && summary.loads.empty())
    first.leaf("p", "lede", page.say(Msg::kHeadNoData));
  fixed += first.size();

  html::PictureBudget pictures{
      std::min(kPictureBytesMax, fixed < kHtmlBytesMax ? (kHtmlBytesMax - fixed) / 2 : 0)};
  size_t left =
      fixed + pictures.bytes_left < kHtmlBytesMax ? kHtmlBytesMax - fixed - pictures.bytes_left : 0;
  Html body;
  body.add(top(page)).open("main").add(first);
  for (size_t i = 0; i < chapters.size(); ++i) {
    ASSAY_TRY(const Html samples, html::samples_section(page, summary.suites[i],
                                                        left / (chapters.size() - i), pictures));
    body.add(chapters[i]).add(samples);
    left -= std::min(left, left / (chapters.size() - i));
  }
  body.add(loads).add(tco).add(trends).add(method).close().add(footer(page));
  return html::document(page.language, page.say(Msg::kPageTitle), body);
}

}  // namespace assay::reports
