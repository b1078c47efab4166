#include "suites/score/math/text_tools.h"

#include <algorithm>

namespace assay::suites::math {
namespace {

// What Python's int() reads: digits with a sign, single underscores between digits, white space
// around. Returns the canonical digits.
std::optional<std::string> python_int(std::string_view text) {
  text = stripped(text);
  const bool minus = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  std::string digits;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool joint = text[i] == '_' && i > 0 && i + 1 < text.size() && text[i - 1] != '_';
    if (joint) continue;
    if (text[i] < '0' || text[i] > '9') return {};
    digits += text[i];
  }
  if (digits.empty()) return {};
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  return minus && digits != "0" ? "-" + digits : digits;
}

}  // namespace

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  size_t start = 0;
  for (size_t at = text.find(from); at != std::string_view::npos; at = text.find(from, start)) {
    out.append(text, start, at - start);
    out += to;
    start = at + from.size();
  }
  out.append(text, start);
  return out;
}

bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || (c >= '\x1c' && c <= '\x1f');
}

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}

std::string_view stripped(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

size_t code_point_count(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

size_t character_bytes(std::string_view text, size_t at) {
  size_t n = 1;
  while (at + n < text.size() && (static_cast<unsigned char>(text[at + n]) & 0xC0U) == 0x80U) ++n;
  return n;
}

std::optional<std::string> fix_fracs(std::string_view text, Repairs repairs) {
  constexpr std::string_view kFrac = "\\frac";
  size_t at = text.find(kFrac);
  if (at == std::string_view::npos) return std::string(text);
  std::string out(text.substr(0, at));
  while (at != std::string_view::npos) {
    const size_t start = at + kFrac.size();
    at = text.find(kFrac, start);
    std::string_view part = text.substr(start, at == std::string_view::npos ? at : at - start);
    while (repairs == Repairs::kLenient && !part.empty() && is_space(part.front())) {
      part.remove_prefix(1);
    }
    out += kFrac;
    if (part.empty() && repairs == Repairs::kStrict) return {};
    if (!part.empty() && part.front() == '{') {
      out += part;
      continue;
    }
    const size_t a = part.empty() ? 0 : character_bytes(part, 0);
    if (a >= part.size()) return std::string(text);  // one character, or none
    const size_t b = character_bytes(part, a);
    out += "{" + std::string(part.substr(0, a)) + "}";
    if (part[a] == '{') {
      out += part.substr(a);
    } else {
      out += "{" + std::string(part.substr(a, b)) + "}" + std::string(part.substr(a + b));
    }
  }
  return out;
}

std::optional<std::string> fix_sqrt(std::string_view text, Repairs repairs) {
  constexpr std::string_view kSqrt = "\\sqrt";
  size_t at = text.find(kSqrt);
  std::string out(text.substr(0, at));
  while (at != std::string_view::npos) {
    const size_t start = at + kSqrt.size();
    at = text.find(kSqrt, start);
    std::string_view part = text.substr(start, at == std::string_view::npos ? at : at - start);
    const bool lenient = repairs == Repairs::kLenient;
    while (lenient && !part.empty() && is_space(part.front())) part.remove_prefix(1);
    if (part.empty() && !lenient) return {};
    out += kSqrt;
    if (part.empty() || part.front() == '{' || (lenient && part.front() == '[')) {
      out += part;
    } else {
      const size_t a = character_bytes(part, 0);
      out += "{" + std::string(part.substr(0, a)) + "}" + std::string(part.substr(a));
    }
  }
  return out;
}

std::optional<std::string> fix_a_slash_b(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos || text.find('/', slash + 1) != std::string_view::npos) {
    return std::string(text);
  }
  const auto a = python_int(text.substr(0, slash));
  const auto b = python_int(text.substr(slash + 1));
  if (!a || !b) return {};
  if (text != *a + "/" + *b) return std::string(text);
  return "\\frac{" + *a + "}{" + *b + "}";
}

}  // namespace assay::suites::math
