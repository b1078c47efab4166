#include "suites/score/text_norm.h"

#include <algorithm>
#include <utility>

#include "suites/score/text_distance.h"

namespace assay::suites {
namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_ascii_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

void lower_ascii(std::string& text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
}

// Punctuation and white space in one pass over the code points.
std::string filter(const TextNorm& norm, std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool space_pending = false;
  const auto put = [&](char32_t point) {
    if (norm.ignore_punctuation && is_ignorable_punctuation(point)) return;
    if ((norm.collapse_whitespace || norm.ignore_whitespace) && is_space(point)) {
      space_pending = !norm.ignore_whitespace;
      return;
    }
    if (space_pending) out += ' ';
    space_pending = false;
    append_utf8(out, point);
  };
  if (is_ascii(text)) {
    for (const char c : text) put(static_cast<char32_t>(c));
  } else {
    for (const char32_t point : to_code_points(text)) put(point);
  }
  if (space_pending) out += ' ';
  return out;
}

}  // namespace

bool is_ignorable_punctuation(char32_t point) {
  constexpr std::string_view kAsciiSymbols = "$+<=>^`|~";
  if (point < 0x80) {
    const char c = static_cast<char>(point);
    if (c <= ' ' || is_ascii_space(c) || (c >= '0' && c <= '9')) return false;
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == 0x7F) return false;
    return kAsciiSymbols.find(c) != std::string_view::npos || is_punctuation(point);
  }
  return is_punctuation(point);
}

std::string TextNorm::apply(std::string_view text, std::string* limit) const {
  std::string out;
  bool copied = false;
  for (const Pattern& pattern : ignored) {
    std::string reason;
    out = pattern.remove_all(copied ? std::string_view(out) : text, reason);
    copied = true;
    if (!reason.empty() && limit != nullptr) *limit = reason;
  }
  if (!copied) out = std::string(text);
  const bool ascii = is_ascii(out);
  if (!ascii) out = normalize(out, form);
  if (ignore_case) {
    if (ascii) {
      lower_ascii(out);
    } else {
      out = to_lower(out);
    }
  }
  if (ignore_punctuation || collapse_whitespace || ignore_whitespace) out = filter(*this, out);
  if (strip) {
    const std::string_view stripped = strip_space(out);
    if (stripped.size() < out.size()) out = std::string(stripped);
  }
  return out;
}

NormalForm read_normal_form(OptionReader& read, NormalForm fallback) {
  const std::string name = read.choice("normalize",
                                       fallback == NormalForm::kNfc    ? "nfc"
                                       : fallback == NormalForm::kNfkc ? "nfkc"
                                                                       : "none",
                                       {"none", "nfc", "nfkc"});
  return name == "nfc" ? NormalForm::kNfc : name == "nfkc" ? NormalForm::kNfkc : NormalForm::kNone;
}

TextNorm read_text_norm(OptionReader& read, TextNorm defaults, TextNormKeys keys) {
  TextNorm norm = std::move(defaults);
  norm.form = read_normal_form(read, norm.form);
  norm.ignore_case = read.flag("ignore_case", norm.ignore_case);
  norm.ignore_punctuation = read.flag("ignore_punctuation", norm.ignore_punctuation);
  norm.collapse_whitespace = read.flag("collapse_whitespace", norm.collapse_whitespace);
  norm.strip = read.flag("strip", norm.strip);
  if (keys.ignore_whitespace) {
    norm.ignore_whitespace = read.flag("ignore_whitespace", norm.ignore_whitespace);
  }
  if (keys.regexes_to_ignore) {
    for (const std::string& source : read.text_list("regexes_to_ignore")) {
      auto pattern = Pattern::compile(source);
      if (pattern) {
        norm.ignored.push_back(std::move(pattern).value());
      } else {
        read.fail("regexes_to_ignore", pattern.error());
      }
    }
  }
  return norm;
}

}  // namespace assay::suites
