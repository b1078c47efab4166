// Page: what every section of the HTML report needs to know, and the sections. Each section is a
// pure function from the summary (and, for the samples, the run files) to a piece of HTML.
//
// html_reporter.cc puts them in order; nothing else calls them.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "harness/api/reporter.h"
#include "reports/html/html.h"
#include "reports/html/strings.h"
#include "reports/html/svg.h"

namespace assay::reports::html {

struct Page {
  const Summary& summary;
  std::span<const RunStore* const> stores;
  const ReportOptions& options;
  Language language = Language::kEnglish;
  std::map<std::string, SeriesStyle> styles;  // by model name, the same in every chart

  [[nodiscard]] std::string_view say(Msg message) const { return reports::say(language, message); }
  [[nodiscard]] std::string say(Msg message, std::initializer_list<Fill> fills) const {
    return reports::say(language, message, fills);
  }
  [[nodiscard]] SeriesStyle style(const std::string& model) const;
};

Page make_page(const Summary& summary, std::span<const RunStore* const> stores,
               const ReportOptions& options);

// `number` counts the suites from 1; it makes the anchors ("suite-1").
std::string suite_anchor(size_t number);

// Which model to adopt; nothing where it was not asked.
Html decision_section(const Page& page);
Html verdict_section(const Page& page, const SuiteSummary& suite, size_t number);
// Figures over groups of suites; nothing where there are none.
Html groups_section(const Page& page);
Html quality_section(const Page& page, const SuiteSummary& suite);
Html slices_section(const Page& page, const SuiteSummary& suite);
Html speed_section(const Page& page, const SuiteSummary& suite);
Html accounting_section(const Page& page, const SuiteSummary& suite);
Html cost_section(const Page& page, const SuiteSummary& suite);
Html energy_section(const Page& page, const SuiteSummary& suite);
Html curve_section(const Page& page, const SuiteSummary& suite);
Html comparison_section(const Page& page, const SuiteSummary& suite);
Html health_section(const Page& page, const SuiteSummary& suite);
// Loads: one line for the top of a page that has suites, the verdict of each workload, the chapter.
// Nothing where there are none.
Html load_line(const Page& page);
Html load_verdicts(const Page& page);
Html load_section(const Page& page);
// Trends over earlier runs; nothing where no history was given.
Html trend_section(const Page& page);
// API, rented and own machines; nothing where it was not asked for.
Html tco_section(const Page& page);
Html method_section(const Page& page);

// Bytes of base64 that may still be spent on pictures, over all suites.
struct PictureBudget {
  size_t bytes_left = 0;
};
// At most kItemsShownMax replies and about `bytes_max` bytes, pictures not counted.
inline constexpr size_t kItemsShownMax = 100;
Result<Html> samples_section(const Page& page, const SuiteSummary& suite, size_t bytes_max,
                             PictureBudget& pictures);

// Pieces that several sections use.
Html section_head(Markup tag, std::string_view title, std::string_view intro);
// A mark and a model's name.
Html model_name(const Page& page, const std::string& name);
// Joined by ", ".
std::string model_names(const SuiteSummary& suite, const std::vector<size_t>& indices);
// The command that gives every reply of the first run file.
std::string export_command(const Page& page);
// For a POSIX shell: bare when harmless, in single quotes otherwise.
std::string shell_word(std::string_view text);

}  // namespace assay::reports::html
