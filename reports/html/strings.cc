#include "reports/html/strings.h"

#include <array>
#include <cstddef>

namespace assay::reports {
namespace {

struct Row {
  std::string_view english;
  std::string_view korean;
};

constexpr std::array<Row, static_cast<size_t>(Msg::kCount)> kRows{{
#define ASSAY_REPORT_STRING_ROW(id, english, korean) {english, korean},
    ASSAY_REPORT_STRINGS(ASSAY_REPORT_STRING_ROW)
#undef ASSAY_REPORT_STRING_ROW
}};

}  // namespace

Language language_from_code(std::string_view code) {
  return code == "ko" ? Language::kKorean : Language::kEnglish;
}

std::string_view say(Language language, Msg message) {
  const Row& row = kRows[static_cast<size_t>(message)];
  return language == Language::kKorean ? row.korean : row.english;
}

std::string say(Language language, Msg message, std::initializer_list<Fill> fills) {
  const std::string_view pattern = say(language, message);
  std::string out;
  for (size_t at = 0; at < pattern.size();) {
    const size_t end = pattern[at] == '{' ? pattern.find('}', at) : std::string_view::npos;
    if (end == std::string_view::npos) {
      out += pattern[at++];
      continue;
    }
    const std::string_view name = pattern.substr(at + 1, end - at - 1);
    std::string_view value = pattern.substr(at, end - at + 1);
    for (const Fill& fill : fills) {
      if (fill.first == name) value = fill.second;
    }
    out += value;
    at = end + 1;
  }
  return out;
}

}  // namespace assay::reports
