// The history file: one JSON object a line, one line for each suite × model × metric of a run, kept
// in git or as an artifact of CI. docs/history.md describes it for users.
//
// Where it stands: harness/store, called by app (`assay history`, `assay report --history`).
//
//   ASSAY_TRY(const std::vector<HistoryLine> lines, store::read_history("assay-history.jsonl"));
//   ASSAY_TRY(const store::Appended done, store::append_history("assay-history.jsonl", lines));
//
// A line that is not one (cut short by a torn write, a merge conflict of git, edited by hand) is an
// error with file:line, what was found and what was expected; it is never skipped. Keys that are
// not known are: a newer version may add some. Blank lines mean nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/types/history.h"

namespace assay::store {

inline constexpr uint64_t kHistoryBytesMax = 64UL << 20;
inline constexpr size_t kHistoryLineBytesMax = 16UL << 10;
inline constexpr size_t kHistoryLinesMax = 100'000;
inline constexpr size_t kHistoryNoteBytesMax = 1024;

// `where` names the file in errors.
Result<std::vector<HistoryLine>> parse_history(std::string_view text, std::string_view where);
// One line without its end.
std::string history_line_text(const HistoryLine& line);

// Errors: no such file; too large; a broken line.
Result<std::vector<HistoryLine>> read_history(const std::string& path);

struct Appended {
  size_t added = 0;
  size_t known = 0;  // were there already: nothing to add
};

// Appends what the file does not hold yet, in one write under a lock (flock), and syncs it; the
// file is made when absent. A line is held when the newest line of the same run, suite, model,
// configuration and metric has the same hashes, value, n and failed; a run that has grown or was
// judged again so adds lines and changes none. Another process is waited for, 10 s at most. Errors:
// the file as it is cannot be read as a history, or not be written; nothing is changed then (a
// write that failed half way is taken back).
Result<Appended> append_history(const std::string& path, std::span<const HistoryLine> lines);

}  // namespace assay::store
