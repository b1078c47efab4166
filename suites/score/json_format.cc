#include "suites/score/json_format.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "suites/extract/pattern.h"

namespace assay::suites {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// The digits text[at, at + n) as a number, or -1.
int number_at(std::string_view text, size_t at, size_t n) {
  if (at + n > text.size()) return -1;
  int value = 0;
  for (size_t i = at; i < at + n; ++i) {
    if (!is_digit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const int year = number_at(text, 0, 4);
  const int month = number_at(text, 5, 2);
  const int day = number_at(text, 8, 2);
  if (year < 0 || month < 1 || month > 12 || day < 1) return false;
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return day <= kDays[static_cast<size_t>(month - 1)] + (leap && month == 2 ? 1 : 0);
}

// Minutes east of UTC, of "Z" or "+09:00"; -10000: neither.
int zone_minutes(std::string_view zone) {
  constexpr int kNone = -10000;
  if (zone == "Z" || zone == "z") return 0;
  if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':') return kNone;
  const int hours = number_at(zone, 1, 2);
  const int minutes = number_at(zone, 4, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return kNone;
  return (zone[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

bool is_time(std::string_view text) {
  if (text.size() < 9 || text[2] != ':' || text[5] != ':') return false;
  const int hour = number_at(text, 0, 2);
  const int minute = number_at(text, 3, 2);
  const int second = number_at(text, 6, 2);
  size_t at = 8;
  if (text[at] == '.') {
    const size_t from = ++at;
    while (at < text.size() && is_digit(text[at])) ++at;
    if (at == from) return false;
  }
  const int zone = zone_minutes(text.substr(at));
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 ||
      zone <= -10000) {
    return false;
  }
  const int utc = ((hour * 60 + minute - zone) % 1440 + 1440) % 1440;
  return second < 60 || utc == 1439;
}

bool is_date_time(std::string_view text) {
  return text.size() > 11 && (text[10] == 'T' || text[10] == 't' || text[10] == ' ') &&
         is_date(text.substr(0, 10)) && is_time(text.substr(11));
}

// Calls `part` with each piece between separators; false as soon as one is wrong.
template <typename Part>
bool all_parts(std::string_view text, char separator, const Part& part) {
  for (;;) {
    const size_t end = text.find(separator);
    if (!part(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 1);
  }
}

bool is_hostname(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  return all_parts(text, '.', [](std::string_view label) {
    return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
           std::all_of(label.begin(), label.end(),
                       [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
  });
}

bool is_ipv4(std::string_view text) {
  int parts = 0;
  const bool right = all_parts(text, '.', [&](std::string_view part) {
    ++parts;
    if (part.empty() || part.size() > 3 || (part.size() > 1 && part[0] == '0')) return false;
    const int value = number_at(part, 0, part.size());
    return value >= 0 && value <= 255;
  });
  return right && parts == 4;
}

// Groups of one side of "::"; -1: wrong. Only the last part may be an IPv4 address.
int ipv6_groups(std::string_view side, bool last_side) {
  if (side.empty()) return 0;
  int groups = 0;
  bool ended = false;
  const bool right = all_parts(side, ':', [&](std::string_view part) {
    if (ended) return false;
    if (part.find('.') != std::string_view::npos) {
      ended = true;
      groups += 2;
      return last_side && is_ipv4(part);
    }
    ++groups;
    return !part.empty() && part.size() <= 4 && std::all_of(part.begin(), part.end(), is_hex);
  });
  return right ? groups : -1;
}

bool is_ipv6(std::string_view text) {
  const size_t gap = text.find("::");
  if (gap == std::string_view::npos) return ipv6_groups(text, true) == 8;
  if (text.find("::", gap + 1) != std::string_view::npos) return false;
  const int before = ipv6_groups(text.substr(0, gap), false);
  const int after = ipv6_groups(text.substr(gap + 2), true);
  return before >= 0 && after >= 0 && before + after <= 7;
}

bool is_local_part(std::string_view text) {
  if (text.empty() || text.size() > 64) return false;
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    return text.substr(1, text.size() - 2).find('"') == std::string_view::npos;
  }
  constexpr std::string_view kAllowed = "!#$%&'*+-/=?^_`{|}~";
  return all_parts(text, '.', [&](std::string_view atom) {
    return !atom.empty() && std::all_of(atom.begin(), atom.end(), [&](char c) {
      return is_letter(c) || is_digit(c) || kAllowed.find(c) != std::string_view::npos;
    });
  });
}

bool is_email(std::string_view text) {
  const size_t at = text.rfind('@');
  if (at == std::string_view::npos) return false;
  const std::string_view host = text.substr(at + 1);
  if (!is_local_part(text.substr(0, at))) return false;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    const std::string_view literal = host.substr(1, host.size() - 2);
    return is_ipv4(literal) || (literal.starts_with("IPv6:") && is_ipv6(literal.substr(5)));
  }
  return is_hostname(host);
}

bool is_uri_reference(std::string_view text) {
  constexpr std::string_view kAllowed = "-._~:/?#[]@!$&'()*+,;=";
  bool fragment = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
      continue;
    }
    if (c == '#' && std::exchange(fragment, true)) return false;
    if (!is_letter(c) && !is_digit(c) && kAllowed.find(c) == std::string_view::npos) return false;
  }
  return true;
}

bool is_uri(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_letter(text[0])) return false;
  const std::string_view scheme = text.substr(0, colon);
  const bool named = std::all_of(scheme.begin(), scheme.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
  return named && is_uri_reference(text);
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

bool is_json_pointer(std::string_view text) {
  if (!text.empty() && text[0] != '/') return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '~' && (i + 1 >= text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) {
      return false;
    }
  }
  return true;
}

bool is_regex(std::string_view text) { return Pattern::compile(text).has_value(); }

struct Row {
  std::string_view name;
  bool (*has)(std::string_view text);
};

constexpr std::array<Row, 12> kFormats{{
    {"date", is_date},
    {"date-time", is_date_time},
    {"email", is_email},
    {"hostname", is_hostname},
    {"ipv4", is_ipv4},
    {"ipv6", is_ipv6},
    {"json-pointer", is_json_pointer},
    {"regex", is_regex},
    {"time", is_time},
    {"uri", is_uri},
    {"uri-reference", is_uri_reference},
    {"uuid", is_uuid},
}};

}  // namespace

bool has_json_format(std::string_view text, std::string_view format) {
  for (const Row& row : kFormats) {
    if (row.name == format) return row.has(text);
  }
  return true;
}

}  // namespace assay::suites
