#include "reports/html/page.h"

#include <fmt/format.h>

#include "reports/html/charts.h"

namespace assay::reports::html {
namespace {

constexpr std::string_view kHarmless =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:+,@%=-";

}  // namespace

Page make_page(const Summary& summary, std::span<const RunStore* const> stores,
               const ReportOptions& options) {
  Page page{summary, stores, options, language_from_code(options.language), {}};
  for (const SuiteSummary& suite : summary.suites) {
    for (const ModelResult& m : suite.models) {
      page.styles.emplace(m.model.name, series_style(page.styles.size()));
    }
    for (const LearningCurve& curve : suite.curves) {
      page.styles.emplace(curve.model, series_style(page.styles.size()));
    }
  }
  for (const LoadPoint& point : summary.loads.points) {
    page.styles.emplace(point.model.name, series_style(page.styles.size()));
  }
  return page;
}

SeriesStyle Page::style(const std::string& model) const {
  const auto it = styles.find(model);
  return it == styles.end() ? SeriesStyle{} : it->second;
}

std::string suite_anchor(size_t number) { return fmt::format("suite-{}", number); }

Html section_head(Markup tag, std::string_view title, std::string_view intro) {
  Html h;
  h.leaf(tag, "", title);
  if (!intro.empty()) h.leaf("p", "intro", intro);
  return h;
}

Html model_name(const Page& page, const std::string& name) {
  Html h;
  h.open("span", "model").add(mark_icon(page.style(name))).leaf("span", "name", name).close();
  return h;
}

std::string model_names(const SuiteSummary& suite, const std::vector<size_t>& indices) {
  std::string out;
  for (const size_t i : indices) {
    if (!out.empty()) out += ", ";
    out += suite.models[i].model.name;
  }
  return out;
}

std::string shell_word(std::string_view text) {
  if (!text.empty() && text.find_first_not_of(kHarmless) == std::string_view::npos) {
    return std::string(text);
  }
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::string export_command(const Page& page) {
  std::string command = "assay export";
  for (const std::string& source : page.summary.sources) command += " " + shell_word(source);
  if (page.summary.sources.empty()) command += " RUN.assay";
  return command + " --format jsonl";
}

}  // namespace assay::reports::html
