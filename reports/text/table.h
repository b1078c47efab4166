// A table on a terminal: columns aligned by display width (Hangul and CJK count two), wide tables
// cut into several with the first column repeated, so that no line is longer than asked.
//
//   Table t({{"model", Align::kLeft}, {"cer", Align::kRight}});
//   t.add({"tesseract:kor", "4.2%"});
//   out += t.text(100, "  ");
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace assay::reports {

enum class Align { kLeft, kRight };

struct Column {
  std::string title;
  Align align = Align::kRight;
};

class Table {
 public:
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void add(std::vector<std::string> cells);  // as many as there are columns
  // Lines of at most `width` columns, each starting with `indent` and ending in '\n'. The first
  // column is shortened in the middle when it takes more than half of the width.
  [[nodiscard]] std::string text(size_t width, std::string_view indent) const;

 private:
  [[nodiscard]] std::vector<size_t> widths(size_t width) const;
  void append_line(std::string& out, std::string_view indent, const std::vector<std::string>& cells,
                   const std::vector<size_t>& widths, size_t from, size_t to) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// At most `columns` wide; what is left out is in the middle ("tesseract:ko…psm=6"), because the
// ends of model names tell them apart.
std::string shorten_middle(std::string_view text, size_t columns);
// Words on lines of at most `width` columns.
std::string wrap(std::string_view text, size_t width, std::string_view indent);
// Invalid UTF-8 and control characters replaced, so that a name cannot steer a terminal.
std::string terminal_safe(std::string_view text);

}  // namespace assay::reports
