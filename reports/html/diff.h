// Differences between the expected and the given text, for reading: what is missing is kDelete,
// what is too much is kInsert. Concatenating kEqual and kDelete gives `expected`, kEqual and
// kInsert gives `got`. Pure.
//
// Method: common prefix and suffix are taken off; then the shortest edit script by characters
// (Myers, "An O(ND) Difference Algorithm and Its Variations", Algorithmica 1, 1986), by words when
// the texts are too far apart for that, and one replacement when they share too little for a
// line-up to help anybody. Short accidental matches between edits are swallowed ("confetti").
// Bounded: at most O((N + M) * kEditsMax) time and O(kEditsMax^2) memory.
//
//   for (const DiffPart& part : diff_texts("total 12.50", "total 17.50")) ...
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace assay::reports::html {

enum class DiffKind { kEqual, kDelete, kInsert };

struct DiffPart {
  DiffKind kind = DiffKind::kEqual;
  std::string text;
  bool operator==(const DiffPart&) const = default;
};

// Both texts valid UTF-8 (or sanitised; bytes that are not count as U+FFFD).
std::vector<DiffPart> diff_texts(std::string_view expected, std::string_view got);

}  // namespace assay::reports::html
