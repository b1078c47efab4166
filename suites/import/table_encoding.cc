#include "suites/import/table_encoding.h"

#include <fmt/format.h>
#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "harness/base/utf8.h"

namespace assay::suites {
namespace {

constexpr std::string_view kAdvice = "save it as \"CSV UTF-8\" and try again";

// `bytes` from `encoding` to UTF-8; nullopt: some byte is not of it, or this machine lacks it.
std::optional<std::string> converted(std::string_view bytes, const char* encoding) {
  const iconv_t converter = iconv_open("UTF-8", encoding);
  if (converter == reinterpret_cast<iconv_t>(-1)) return std::nullopt;  // NOLINT: iconv's own error
  std::string out;
  std::string in(bytes);  // iconv's interface is not const
  char* from = in.data();
  size_t left = in.size();
  std::array<char, 65536> buffer{};
  bool right = true;
  while (left > 0 && right) {
    char* to = buffer.data();
    size_t room = buffer.size();
    const size_t result = iconv(converter, &from, &left, &to, &room);
    out.append(buffer.data(), buffer.size() - room);
    right = result != static_cast<size_t>(-1) || errno == E2BIG;  // the buffer was full
  }
  iconv_close(converter);
  if (!right) return std::nullopt;
  return out;
}

bool is_hangul(char32_t point) {
  return (point >= 0xAC00 && point <= 0xD7A3) || (point >= 0x3131 && point <= 0x318E);
}

bool is_mostly_hangul(const std::string& text) {
  size_t other = 0;
  size_t hangul = 0;
  for (const char32_t point : to_code_points(text)) {
    if (is_hangul(point)) {
      ++hangul;
    } else if (point >= 0x80) {
      ++other;
    }
  }
  return hangul > 0 && hangul >= 2 * other;
}

// UTF-16 without a mark: every other byte of the beginning is zero.
std::string_view utf16_by_zeros(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, 512);
  if (head.size() < 8) return "";
  size_t even = 0;
  size_t odd = 0;
  for (size_t i = 0; i < head.size(); ++i) {
    if (head[i] == '\0') ++(i % 2 == 0 ? even : odd);
  }
  if (odd > head.size() / 5 && even == 0) return "UTF-16LE";
  if (even > head.size() / 5 && odd == 0) return "UTF-16BE";
  return "";
}

Result<TableText> from_utf16(std::string_view bytes, const char* encoding,
                             const std::string& shown) {
  auto text = converted(bytes, encoding);
  if (text) return TableText{std::move(*text), encoding};
  return input_error(shown, fmt::format("looks like {} and is not valid; {}", encoding, kAdvice));
}

}  // namespace

Result<TableText> decode_table(std::string_view bytes, const std::string& shown) {
  if (bytes.starts_with("PK\x03\x04") || bytes.starts_with("\xD0\xCF\x11\xE0")) {
    return input_error(shown,
                       fmt::format("is an Excel workbook, expected a table as text; {}", kAdvice));
  }
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  if (bytes.starts_with("\xFF\xFE")) return from_utf16(bytes.substr(2), "UTF-16LE", shown);
  if (bytes.starts_with("\xFE\xFF")) return from_utf16(bytes.substr(2), "UTF-16BE", shown);
  const auto bad = invalid_utf8_at(bytes);
  if (!bad && bytes.find('\0') == std::string_view::npos) {
    return TableText{std::string(bytes), "UTF-8"};
  }
  const std::string_view wide = utf16_by_zeros(bytes);
  if (!wide.empty()) return from_utf16(bytes, wide == "UTF-16LE" ? "UTF-16LE" : "UTF-16BE", shown);
  if (bad) {
    auto korean = converted(bytes, "CP949");
    if (korean && is_mostly_hangul(*korean)) return TableText{std::move(*korean), "CP949"};
  }
  return input_error(shown, fmt::format("is not UTF-8 (byte {}), and its encoding is not known; {}",
                                        bad.value_or(0), kAdvice));
}

}  // namespace assay::suites
