// TextNorm: how answer and target are made alike before they are compared; the same options in
// every text scorer.
//
//   const TextNorm norm = read_text_norm(options_reader, TextNorm::Defaults{});
//   norm.apply("  Hello,  WORLD ")            // "hello, world" with ignore_case and
//                                             // collapse_whitespace
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/utf8.h"
#include "suites/extract/pattern.h"
#include "suites/score/options.h"

namespace assay::suites {

struct TextNorm {
  NormalForm form = NormalForm::kNfc;
  bool ignore_case = false;
  bool ignore_punctuation = false;
  bool collapse_whitespace = false;
  bool ignore_whitespace = false;
  bool strip = true;
  std::vector<Pattern> ignored;  // regexes_to_ignore: their matches are removed first

  // In this order: ignored patterns out, normal form, lower case, punctuation out, white space,
  // ends stripped. `text` must be valid UTF-8. A pattern that reaches its limit removes nothing and
  // says so in `*limit` (if given).
  [[nodiscard]] std::string apply(std::string_view text, std::string* limit = nullptr) const;
};

// Punctuation for ignore_punctuation: Unicode category P*, and ASCII's $ + < = > ^ ` | ~, so that
// it covers Python's string.punctuation.
bool is_ignorable_punctuation(char32_t point);

// Reads normalize, ignore_case, ignore_punctuation, collapse_whitespace and strip (defaults as in
// `defaults`), and the other two when asked for.
struct TextNormKeys {
  bool regexes_to_ignore = false;
  bool ignore_whitespace = false;
};
TextNorm read_text_norm(OptionReader& read, TextNorm defaults, TextNormKeys keys);
// `normalize: none|nfc|nfkc` alone.
NormalForm read_normal_form(OptionReader& read, NormalForm fallback);

}  // namespace assay::suites
