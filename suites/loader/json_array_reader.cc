#include "suites/loader/json_array_reader.h"

#include <fmt/format.h>

#include "harness/base/json.h"

namespace assay::suites {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string shown_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte < 0x7f ? fmt::format("`{}`", c) : fmt::format("byte 0x{:02x}", byte);
}

}  // namespace

Error JsonArrayReader::unexpected(char found, std::string_view expected) const {
  return input_error(fmt::format("{}:{}:{}", shown_, line_, column_),
                     fmt::format("found {}, expected {}", shown_char(found), expected));
}

void JsonArrayReader::advance(char c) {
  if (c == '\n') {
    ++line_;
    column_ = 1;
  } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
    ++column_;
  }
}

Result<void> JsonArrayReader::feed(std::string_view text, const Take& take) {
  for (const char c : text) {
    if (state_ == State::kRow) {
      ASSAY_TRY_VOID(in_row(c, take));
    } else if (!is_space(c)) {
      ASSAY_TRY_VOID(between_rows(c));
    }
    advance(c);
  }
  return {};
}

Result<void> JsonArrayReader::between_rows(char c) {
  switch (state_) {
    case State::kBefore:
      if (c == '{') {
        return unexpected(c,
                          "`[`, a list of objects (a list inside an object is named by `field:`; "
                          "one object per line is `format: jsonl`)");
      }
      if (c != '[') return unexpected(c, "`[`, a list of objects");
      state_ = State::kFirst;
      return {};
    case State::kFirst:
      if (c == ']') {
        state_ = State::kDone;
        return {};
      }
      [[fallthrough]];
    case State::kNextRow:
      if (c != '{') return unexpected(c, "`{`, a row as an object");
      state_ = State::kRow;
      row_.assign(1, c);
      depth_ = 1;
      row_line_ = line_;
      row_column_ = column_;
      return {};
    case State::kAfterRow:
      if (c != ',' && c != ']') return unexpected(c, "`,` or `]` after a row");
      state_ = c == ',' ? State::kNextRow : State::kDone;
      return {};
    default:
      return unexpected(c, "the end of the file after the list");
  }
}

Result<void> JsonArrayReader::in_row(char c, const Take& take) {
  row_ += c;
  if (row_.size() > row_bytes_max_) {
    return input_error(fmt::format("{}:{}:{}", shown_, row_line_, row_column_),
                       fmt::format("the row that begins here is larger than {} bytes (limit "
                                   "row_bytes_max)",
                                   row_bytes_max_));
  }
  if (in_string_) {
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      in_string_ = false;
    }
    return {};
  }
  if (c == '"') in_string_ = true;
  if (c == '{' || c == '[') ++depth_;
  if ((c == '}' || c == ']') && --depth_ == 0) return end_row(take);
  return {};
}

Result<void> JsonArrayReader::end_row(const Take& take) {
  state_ = State::kAfterRow;
  Result<Json> row = parse_json(row_, shown_, static_cast<int>(row_line_));
  if (!row) {
    // Again with what stands left of it, so that the column is right; not for a file that is one
    // huge line.
    if (row_column_ > row_bytes_max_) return std::move(row).error();
    row_.insert(0, row_column_ - 1, ' ');
    row = parse_json(row_, shown_, static_cast<int>(row_line_));
    if (!row) return std::move(row).error();
  }
  return take(*row, row_line_);
}

Result<void> JsonArrayReader::finish() {
  if (state_ == State::kDone) return {};
  if (state_ == State::kBefore) {
    return input_error(shown_, "is empty, expected a JSON list of objects");
  }
  if (state_ == State::kRow) {
    return input_error(fmt::format("{}:{}:{}", shown_, row_line_, row_column_),
                       "the object that begins here is never closed");
  }
  return input_error(fmt::format("{}:{}:{}", shown_, line_, column_),
                     "the file ends inside the list, expected `]`");
}

}  // namespace assay::suites
