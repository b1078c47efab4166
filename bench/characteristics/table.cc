#include "bench/characteristics/table.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <utility>

#include "harness/base/check.h"

namespace assay::bench {

void Table::section(std::string title, std::string note) {
  sections_.push_back({.title = std::move(title), .note = std::move(note), .rows = {}});
}

void Table::row(std::string setting, const Share& share, std::string expected) {
  ASSAY_CHECK(!sections_.empty() && share.runs > 0, "no section, or no runs, for {}", setting);
  const double p = share.value();
  const double half = 1.959963984540054 * std::sqrt(p * (1 - p) / static_cast<double>(share.runs));
  sections_.back().rows.push_back({.setting = std::move(setting),
                                   .figure = fmt::format("{:.1f} % ± {:.1f}", 100 * p, 100 * half),
                                   .expected = std::move(expected),
                                   .value = p});
}

void Table::row(std::string setting, double value, std::string expected) {
  ASSAY_CHECK(!sections_.empty(), "no section for {}", setting);
  sections_.back().rows.push_back({.setting = std::move(setting),
                                   .figure = fmt::format("{:.4g}", value),
                                   .expected = std::move(expected),
                                   .value = value});
}

double Table::value(const std::string& title, const std::string& setting) const {
  for (const TableSection& section : sections_) {
    if (section.title != title) continue;
    for (const TableRow& row : section.rows) {
      if (row.setting == setting) return row.value;
    }
  }
  return std::numeric_limits<double>::quiet_NaN();
}

std::string Table::text() const {
  std::string out;
  for (const TableSection& section : sections_) {
    out += fmt::format("## {}\n\n{}\n\n| setting | found | expected |\n|---|---|---|\n",
                       section.title, section.note);
    for (const TableRow& row : section.rows) {
      out += fmt::format("| {} | {} | {} |\n", row.setting, row.figure, row.expected);
    }
    out += '\n';
  }
  return out;
}

}  // namespace assay::bench
