#include "suites/loader/table_reader.h"

#include <fmt/format.h>

#include <utility>

namespace assay::suites {

Error TableReader::error_here(std::string message) const {
  return input_error(fmt::format("{}:{}", shown_, line_), std::move(message));
}

Result<void> TableReader::feed(std::string_view text, const Take& take) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (state_ == State::kPlain || state_ == State::kQuoted) {
      // The run of ordinary characters at once.
      size_t end = i;
      if (state_ == State::kQuoted) {
        while (end < text.size() && text[end] != '"' && text[end] != '\n') ++end;
      } else {
        while (end < text.size() && text[end] != options_.separator && text[end] != '"' &&
               text[end] != '\r' && text[end] != '\n') {
          ++end;
        }
      }
      field_.append(text, i, end - i);
      record_bytes_ += end - i;
      i = end;
    }
    if (record_bytes_ > options_.record_bytes_max) {
      return error_here(fmt::format(
          "a record is larger than {} bytes (limit record_bytes_max){}", options_.record_bytes_max,
          state_ == State::kQuoted
              ? fmt::format("; the quote of line {} is still open", quote_line_)
              : ""));
    }
    if (i < text.size()) ASSAY_TRY_VOID(on_char(text[i], take));
  }
  return {};
}

Result<void> TableReader::on_char(char c, const Take& take) {
  ++record_bytes_;
  switch (state_) {
    case State::kFieldStart:
      return on_field_start(c, take);
    case State::kPlain:
      return on_plain(c, take);
    case State::kQuoted:
      if (c == '"') {
        state_ = State::kQuoteInQuoted;
      } else {
        field_ += c;
        if (c == '\n') ++line_;
      }
      return {};
    case State::kQuoteInQuoted:
      return after_quote(c, take);
    case State::kCarriageReturn:
      if (c == '\n') return end_record(take);
      if (options_.quoting) {
        return error_here(
            "a carriage return inside an unquoted field, expected a line feed "
            "after it (RFC 4180)");
      }
      field_ += '\r';  // without quoting it is a character like any other
      state_ = State::kPlain;
      return on_plain(c, take);
  }
  return {};
}

Result<void> TableReader::on_field_start(char c, const Take& take) {
  if (record_.fields.empty()) record_.line = line_;
  if (c == '"' && options_.quoting) {
    state_ = State::kQuoted;
    quote_line_ = line_;
    return {};
  }
  state_ = State::kPlain;
  return on_plain(c, take);
}

Result<void> TableReader::on_plain(char c, const Take& take) {
  if (c == options_.separator) return end_field();
  if (c == '\n') return end_record(take);
  if (c == '\r') {
    state_ = State::kCarriageReturn;
    return {};
  }
  if (c == '"' && options_.quoting) {
    return error_here(fmt::format(
        "a quote inside the unquoted field {}, expected the whole field in quotes and the quote "
        "doubled (RFC 4180)",
        record_.fields.size() + 1));
  }
  field_ += c;
  return {};
}

Result<void> TableReader::after_quote(char c, const Take& take) {
  if (c == '"') {
    field_ += '"';
    state_ = State::kQuoted;
    return {};
  }
  if (c == options_.separator) return end_field();
  if (c == '\n') return end_record(take);
  if (c == '\r') {
    state_ = State::kCarriageReturn;
    return {};
  }
  return error_here(
      fmt::format("text after the closing quote of field {}, expected a separator or "
                  "the end of the line (RFC 4180)",
                  record_.fields.size() + 1));
}

Result<void> TableReader::end_field() {
  if (record_.fields.size() + 1 >= options_.columns_max) {
    return error_here(
        fmt::format("more than {} columns (limit columns_max)", options_.columns_max));
  }
  record_.fields.push_back(std::move(field_));
  field_.clear();
  state_ = State::kFieldStart;
  return {};
}

Result<void> TableReader::end_record(const Take& take) {
  record_.fields.push_back(std::move(field_));
  field_.clear();
  record_.blank = record_.fields.size() == 1 && record_.fields[0].empty() && quote_line_ == 0;
  ++line_;
  state_ = State::kFieldStart;
  record_bytes_ = 0;
  quote_line_ = 0;
  Result<void> taken = take(record_);
  record_.fields.clear();
  return taken;
}

Result<void> TableReader::finish(const Take& take) {
  if (state_ == State::kQuoted) {
    return input_error(fmt::format("{}:{}", shown_, quote_line_),
                       "the quote opened here is never closed");
  }
  if (state_ == State::kCarriageReturn && !options_.quoting) field_ += '\r';
  if (state_ == State::kFieldStart && record_.fields.empty()) return {};
  return end_record(take);
}

}  // namespace assay::suites
