// UTC times as people write them in files: "2025-02-08", "2025-02-08T16:00:00Z" and seconds since
// 1970. Pure; any thread.
//
//   parse_utc("2025-02-26T16:30Z")   // 1740587400
//   utc_text(1740587400)             // "2025-02-26T16:30:00Z"
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay {

// A date (its midnight), or a date and a time of day with or without seconds and `Z`; years 1970 to
// 9999. Nothing: it is none.
std::optional<int64_t> parse_utc(std::string_view text);
// A date alone.
std::optional<int64_t> parse_utc_date(std::string_view text);
// The date alone where it is a midnight.
std::string utc_text(int64_t unix_s);
std::string utc_date_text(int64_t unix_s);

}  // namespace assay
