#include "suites/language/punkt_model.h"

#include <charconv>

#include "harness/base/check.h"
#include "suites/language/tables.h"

namespace assay::suites::language {
namespace {

constexpr size_t kWords = 20'366;  // of the table; saves rehashing

uint8_t read_flags(std::string_view digits) {
  uint8_t flags = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), flags);
  ASSAY_CHECK(error == std::errc() && end == digits.data() + digits.size(), "flags `{}`", digits);
  return flags;
}

}  // namespace

const PunktModel& PunktModel::english() {
  static const PunktModel kEnglish{punkt_english_table()};
  return kEnglish;
}

PunktModel::PunktModel(std::string_view table) {
  contexts_.reserve(kWords);
  std::string_view section;
  uint8_t flags = 0;
  while (!table.empty()) {
    const size_t end = table.find('\n');
    ASSAY_CHECK(end != std::string_view::npos, "the Punkt table is cut");
    const std::string_view line = table.substr(0, end);
    table.remove_prefix(end + 1);
    if (line.starts_with('[')) {
      section = line;
    } else if (line.starts_with('=')) {
      flags = read_flags(line.substr(1));
    } else {
      add(section, line, flags);
    }
  }
  ASSAY_CHECK(contexts_.size() == kWords, "{} words in the Punkt table", contexts_.size());
}

void PunktModel::add(std::string_view section, std::string_view line, uint8_t flags) {
  if (section == "[abbreviations]") {
    abbreviations_.insert(line);
  } else if (section == "[sentence starters]") {
    starters_.insert(line);
  } else if (section == "[collocations]") {
    collocations_.insert(line);
  } else {
    ASSAY_CHECK(section == "[contexts]", "section `{}`", section);
    contexts_.emplace(line, flags);
  }
}

bool PunktModel::is_collocation(std::string_view first, std::string_view second) const {
  std::string pair(first);
  pair += '\t';
  pair += second;
  return collocations_.contains(pair);
}

uint8_t PunktModel::contexts(std::string_view word) const {
  const auto found = contexts_.find(word);
  return found == contexts_.end() ? 0 : found->second;
}

}  // namespace assay::suites::language
