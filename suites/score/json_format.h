// The formats of JSON Schema: whether a text is a date, an address and so on. Pure; one pass.
//
//   suites::has_json_format("2025-02-29", "date")    // false
#pragma once

#include <string_view>

namespace assay::suites {

// date, time, date-time (RFC 3339, with real calendar days and leap seconds at 23:59:60 UTC), email
// (RFC 5321: dot-string or quoted local part, host name or address literal), hostname (RFC 1123),
// ipv4, ipv6 (RFC 4291), uri (RFC 3986, absolute), uri-reference, uuid (RFC 4122), regex (PCRE2),
// json-pointer (RFC 6901). Unknown formats are had by every text.
bool has_json_format(std::string_view text, std::string_view format);

}  // namespace assay::suites
