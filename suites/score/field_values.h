// Field values made alike before they are compared: amounts, dates, numbers, texts, as documents
// and models write them.
//
//   normalize_amount("RM 9.00")            // "9"
//   normalize_date("2018년 12월 25일", true) // "2018-12-25"
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace assay::suites {

// The first amount as a plain decimal: currency signs and codes, thousands separators and
// trailing zeros dropped. The last of '.' and ',' is the decimal point when both occur; a ','
// alone is one when exactly one or two digits follow it. "(9.00)" and "-9.00" are negative.
// None when there is no number.
std::optional<std::string> normalize_amount(std::string_view text);

// The first date as YYYY-MM-DD. Understood: Y-M-D, D-M-Y and M-D-Y with any of "-/. " between,
// 20181225, month names in English ("25 Dec 2018", "December 25th, 2018"), 2018년 12월 25일. In
// D/M/Y against M/D/Y a part above 12 decides, otherwise `day_first`. Two-digit years: 69..99 are
// 19xx, 00..68 are 20xx (POSIX strptime). A time of day around it is ignored. None when there is no
// valid date.
std::optional<std::string> normalize_date(std::string_view text, bool day_first);

// The first number, exactly ("1,234.50" gives "1234.5"; Korean units count). None without one.
std::optional<std::string> normalize_number(std::string_view text);

// NFKC, lower case, white space collapsed, ends stripped.
std::string normalize_field_text(std::string_view text);

}  // namespace assay::suites
