#include "backends/command_line.h"

#include <fmt/format.h>

namespace assay::backends {
namespace {

// Appends the quoted part that starts at line[at]; returns the offset after its closing quote.
Result<size_t> take_quoted(std::string_view line, size_t at, std::string& word) {
  const char quote = line[at];
  for (size_t i = at + 1; i < line.size(); ++i) {
    if (line[i] == quote) return i + 1;
    const bool escaped = quote == '"' && line[i] == '\\' && i + 1 < line.size() &&
                         (line[i + 1] == '"' || line[i + 1] == '\\');
    if (escaped) ++i;
    word += line[i];
  }
  return input_error(
      "", fmt::format("the quote {} at column {} of `{}` is never closed", quote, at + 1, line));
}

}  // namespace

Result<std::vector<std::string>> split_command_line(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  for (size_t i = 0; i < line.size();) {
    const char c = line[i];
    if (c == ' ' || c == '\t' || c == '\n') {
      if (in_word) words.push_back(std::exchange(word, {}));
      in_word = false;
      ++i;
      continue;
    }
    in_word = true;
    if (c == '\'' || c == '"') {
      ASSAY_TRY(i, take_quoted(line, i, word));
    } else {
      if (c == '\\' && i + 1 < line.size()) ++i;
      word += line[i++];
    }
  }
  if (in_word) words.push_back(std::move(word));
  return words;
}

}  // namespace assay::backends
