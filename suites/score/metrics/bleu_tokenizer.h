// The tokenizers of BLEU: text in, tokens separated by white space out.
//
// Where it stands: used by bleu.h; pure, time and memory linear in the text.
//
//   tokenize(BleuTokenizer::k13a, "Hello, world.") == "Hello , world ."
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay::suites {

enum class BleuTokenizer : uint8_t {
  k13a,   // mteval-v13a: Western punctuation, the usual one
  kIntl,  // mteval-v14 international: Unicode punctuation and symbols
  kZh,    // every CJK character and mark by itself, then as 13a
  kChar,  // every character
  kNone,  // already tokenized
};
std::optional<BleuTokenizer> bleu_tokenizer_from_name(std::string_view name);

// `text` is valid UTF-8. Source: sacreBLEU 2.6, tokenizers/tokenizer_{13a,re,intl,zh,char,none}.py.
std::string tokenize(BleuTokenizer tokenizer, std::string_view text);

// The three last steps of 13a, which Tercom's normalisation shares: a period or comma leaves what
// is before it unless that is an ASCII digit, and what is after it unless that is one; a dash
// leaves a digit before it. By bytes: no part of a longer character is a digit or a mark.
std::string split_periods_and_dashes(std::string_view text);
// Blanks around ASCII punctuation other than ' , - and . (and around blanks, which does nothing).
std::string split_ascii_punctuation(std::string_view text);
// Every `from` becomes `to`, from left to right.
std::string replace_all(std::string_view text, std::string_view from, std::string_view to);

}  // namespace assay::suites
