#include "harness/base/utf8.h"
#include "suites/score/metrics/bleu_tokenizer.h"
#include "suites/score/metrics/python_text.h"
#include "suites/score/metrics/ter.h"

namespace assay::suites {
namespace {

bool within(char32_t point, char32_t first, char32_t last) {
  return point >= first && point <= last;
}

bool is_asian_mark(char32_t p) {
  return p == 0x3001 || p == 0x3002 || within(p, 0x3008, 0x3011) || within(p, 0x3014, 0x301F) ||
         within(p, 0xFF61, 0xFF65) || p == 0x30FB;
}

bool is_full_width_mark(char32_t p) {
  constexpr std::u32string_view kMarks = U"\uFF0E\uFF0C\uFF1F\uFF1A\uFF1B\uFF01\uFF02\uFF08\uFF09";
  return kMarks.find(p) != std::u32string_view::npos;
}

// What stands by itself. 0x3F22 is the reference's (for 32FF) and so reaches into Extension A,
// which is split anyway. Its patterns for kana can never match (they want the text to begin with
// kana, and it begins with a blank by then), so kana stay together.
bool is_split(char32_t p) {
  return within(p, 0x4E00, 0x9FFF) || within(p, 0x3400, 0x4DBF) || within(p, 0x31C0, 0x31EF) ||
         within(p, 0x2E80, 0x2EFF) || within(p, 0x3300, 0x33FF) || within(p, 0xF900, 0xFAFF) ||
         within(p, 0xFE30, 0xFE4F) || within(p, 0x3200, 0x3F22) || is_asian_mark(p) ||
         is_full_width_mark(p);
}

std::string split_asian(std::string_view text) {
  std::string out;
  out.reserve(text.size() * 2);
  for (const char32_t point : to_code_points(text)) {
    const bool split = is_split(point);
    if (split) out += ' ';
    append_utf8(out, point);
    if (split) out += ' ';
  }
  return out;
}

std::string remove_asian_marks(std::string_view text) {
  std::string out;
  for (const char32_t point : to_code_points(text)) {
    if (!is_asian_mark(point) && !is_full_width_mark(point)) append_utf8(out, point);
  }
  return out;
}

std::string remove_marks(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view(".,?:;!\"()").find(c) == std::string_view::npos) out += c;
  }
  return out;
}

std::string normalize_western(std::string_view text) {
  std::string out = replace_all(text, "\n-", "");
  out = replace_all(out, "\n", " ");
  out = replace_all(out, "&quot;", "\"");
  out = replace_all(out, "&amp;", "&");
  out = replace_all(out, "&lt;", "<");
  out = replace_all(out, "&gt;", ">");
  out = split_ascii_punctuation(" " + out + " ");
  out = replace_all(out, "'s ", " 's ");
  return split_periods_and_dashes(out);
}

}  // namespace

std::string tercom_tokenize(const TercomOptions& options, std::string_view text) {
  std::string out = options.case_sensitive ? std::string(text) : python_lower(text);
  if (options.normalized) {
    out = normalize_western(out);
    if (options.asian_support) out = split_asian(out);
  }
  if (options.no_punct) {
    out = remove_marks(out);
    if (options.asian_support) out = remove_asian_marks(out);
  }
  std::string words;
  words.reserve(out.size());
  for (const std::string_view word : python_split(out)) {
    if (!words.empty()) words += ' ';
    words += word;
  }
  return words;
}

}  // namespace assay::suites
