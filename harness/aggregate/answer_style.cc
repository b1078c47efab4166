#include "harness/aggregate/answer_style.h"

#include <algorithm>

namespace assay::aggregate {
namespace {

constexpr size_t kHeaderLevelsMax = 6;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::string_view without_indent(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return line;
}

bool is_fence(std::string_view line) { return line.starts_with("```") || line.starts_with("~~~"); }

bool is_header(std::string_view line) {
  const size_t marks = std::min(line.find_first_not_of('#'), line.size());
  return marks >= 1 && marks <= kHeaderLevelsMax && marks < line.size() && is_blank(line[marks]);
}

bool is_list_item(std::string_view line) {
  if (line.size() < 2) return false;
  const bool bullet = line[0] == '-' || line[0] == '*' || line[0] == '+';
  if (bullet) return is_blank(line[1]);
  size_t digits = 0;
  while (digits < line.size() && is_digit(line[digits])) ++digits;
  if (digits == 0 || digits + 1 >= line.size()) return false;
  return (line[digits] == '.' || line[digits] == ')') && is_blank(line[digits + 1]);
}

// Pairs of `mark` with something between them.
uint64_t pairs(std::string_view line, std::string_view mark) {
  uint64_t out = 0;
  size_t open = line.find(mark);
  while (open != std::string_view::npos) {
    const size_t close = line.find(mark, open + mark.size() + 1);
    if (close == std::string_view::npos) break;
    ++out;
    open = line.find(mark, close + mark.size());
  }
  return out;
}

}  // namespace

AnswerStyle answer_style(std::string_view text) {
  AnswerStyle out;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++out.length;
  }
  bool code = false;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = without_indent(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (is_fence(line)) {
      code = !code;
      continue;
    }
    if (code) continue;
    out.headers += is_header(line) ? 1 : 0;
    out.lists += is_list_item(line) ? 1 : 0;
    out.bold += pairs(line, "**") + pairs(line, "__");
  }
  return out;
}

}  // namespace assay::aggregate
