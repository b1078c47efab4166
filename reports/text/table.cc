#include "reports/text/table.h"

#include <algorithm>

#include "harness/base/check.h"
#include "harness/base/utf8.h"

namespace assay::reports {
namespace {

constexpr std::string_view kGap = "  ";

void pad(std::string& out, size_t columns) { out.append(columns, ' '); }

void append_cell(std::string& out, const std::string& cell, size_t width, Align align) {
  const size_t own = display_width(cell);
  const size_t space = width > own ? width - own : 0;
  if (align == Align::kRight) pad(out, space);
  out += cell;
  if (align == Align::kLeft) pad(out, space);
}

void trim_right(std::string& out) {
  while (!out.empty() && out.back() == ' ') out.pop_back();
}

}  // namespace

void Table::add(std::vector<std::string> cells) {
  ASSAY_CHECK(cells.size() == columns_.size(), "{} cells in a table of {} columns", cells.size(),
              columns_.size());
  rows_.push_back(std::move(cells));
}

std::vector<size_t> Table::widths(size_t width) const {
  std::vector<size_t> out(columns_.size());
  for (size_t c = 0; c < columns_.size(); ++c) {
    out[c] = display_width(columns_[c].title);
    for (const auto& row : rows_) out[c] = std::max(out[c], display_width(row[c]));
  }
  if (!out.empty()) out[0] = std::min(out[0], std::max<size_t>(12, width / 2));
  for (size_t c = 1; c < out.size(); ++c) {
    const size_t room = width > out[0] + kGap.size() ? width - out[0] - kGap.size() : 8;
    out[c] = std::min(out[c], std::max<size_t>(8, room));
  }
  return out;
}

void Table::append_line(std::string& out, std::string_view indent,
                        const std::vector<std::string>& cells, const std::vector<size_t>& widths,
                        size_t from, size_t to) const {
  out += indent;
  append_cell(out, shorten_middle(cells[0], widths[0]), widths[0], columns_[0].align);
  for (size_t c = from; c < to; ++c) {
    out += kGap;
    append_cell(out, truncate_to_width(cells[c], widths[c]), widths[c], columns_[c].align);
  }
  trim_right(out);
  out += '\n';
}

std::string Table::text(size_t width, std::string_view indent) const {
  std::string out;
  if (columns_.empty()) return out;
  const size_t room = width > indent.size() ? width - indent.size() : 1;
  const std::vector<size_t> w = widths(room);
  std::vector<std::string> titles;
  for (const Column& column : columns_) titles.push_back(column.title);
  for (size_t from = 1; from < columns_.size() || from == 1;) {
    size_t used = w[0];
    size_t to = from;
    while (to < columns_.size() && (to == from || used + kGap.size() + w[to] <= room)) {
      used += kGap.size() + w[to++];
    }
    if (from > 1) out += '\n';
    append_line(out, indent, titles, w, from, to);
    for (const auto& row : rows_) append_line(out, indent, row, w, from, to);
    if (to == from) break;
    from = to;
  }
  return out;
}

std::string shorten_middle(std::string_view text, size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns < 8) return truncate_to_width(text, columns);
  const std::vector<char32_t> points = to_code_points(text);
  const size_t tail_columns = (columns - 1) / 2;
  std::string tail;
  for (size_t i = points.size(); i > 0; --i) {
    std::string longer;
    append_utf8(longer, points[i - 1]);
    longer += tail;
    if (display_width(longer) > tail_columns) break;
    tail = std::move(longer);
  }
  return truncate_to_width(text, columns - display_width(tail)) + tail;
}

std::string wrap(std::string_view text, size_t width, std::string_view indent) {
  std::string out;
  std::string line;
  const size_t room = width > indent.size() ? width - indent.size() : 1;
  const auto flush = [&] {
    if (!line.empty()) out += std::string(indent) + line + "\n";
    line.clear();
  };
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    std::string word(text.substr(at, end - at));
    at = end + 1;
    if (word.empty()) continue;
    if (!line.empty() && display_width(line) + 1 + display_width(word) > room) flush();
    if (display_width(word) > room) word = shorten_middle(word, room);
    if (!line.empty()) line += ' ';
    line += word;
  }
  flush();
  return out;
}

std::string terminal_safe(std::string_view text) {
  std::string out;
  for (const char32_t c : to_code_points(sanitize_utf8(text))) {
    const bool control = c < 0x20 || (c >= 0x7F && c <= 0x9F);
    const bool bidi = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    append_utf8(out, control || bidi ? 0xFFFD : c);
  }
  return out;
}

}  // namespace assay::reports
