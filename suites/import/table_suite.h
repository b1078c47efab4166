// A working suite from a table of questions and answers that a person made: finds the columns by
// their usual names (English, Korean), decides how answers are judged, and says what it decided.
//
// Where it stands: `assay init suite FILE`; no questions are asked.
//
//   ASSAY_TRY(TableSuite suite, suites::suite_from_table("questions.csv", options));
//   for (const std::string& line : suite.decisions) fmt::print("{}\n", line);
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/base/result.h"

namespace assay::suites {

inline constexpr size_t kTableBytesMax = size_t{256} << 20;
inline constexpr size_t kLabelsMax = 30;        // of a closed set of answers
inline constexpr size_t kTableChoicesMax = 26;  // one letter each

struct TableChoice {
  std::string name;      // of the suite; empty: the file's
  std::string question;  // columns; empty: found by their names
  std::string answer;
};

struct TableSuite {
  std::string name;
  std::string suite_yaml;
  std::string test_jsonl;
  std::string train_jsonl;  // empty: none
  uint64_t rows = 0;
  bool learns = false;  // there is a train split
  std::vector<std::string> decisions;
};

// CSV, TSV, JSON or JSON lines. Columns: a question (and a passage before it), an answer, choices
// (one column for each, or one with a list), an id, and columns of few different values, which
// become tags. Judged as: choice letters where there are choices; a classification with a train
// split where few answers repeat; numbers where every answer is one; for texts `includes` and
// `exact`, above 60 characters F1 of words (`squad`) where that scorer exists.
Result<TableSuite> suite_from_table(const std::string& path, const TableChoice& options);

}  // namespace assay::suites
