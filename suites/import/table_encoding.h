// The text of a table that somebody saved: UTF-8 with or without a byte order mark, UTF-16, or
// CP949 (Korean Windows), told apart by its bytes. What it is not sure of, it refuses.
//
//   ASSAY_TRY(TableText table, suites::decode_table(bytes, "questions.csv"));
#pragma once

#include <string>
#include <string_view>

#include "harness/base/result.h"

namespace assay::suites {

struct TableText {
  std::string text;      // UTF-8, without a mark
  std::string encoding;  // "UTF-8", "UTF-16LE", "UTF-16BE", "CP949"
};

// Errors say what the file is (an Excel workbook, some other encoding) and what to save it as.
// CP949 is taken only where every byte is of it and most of what is not ASCII is Hangul.
Result<TableText> decode_table(std::string_view bytes, const std::string& shown);

}  // namespace assay::suites
