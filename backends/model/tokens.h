// Tokens: text as the baselines see it: normalised, as words, and as hashed n-grams of characters
// and words.
//
// Where it stands: below bm25 and linear in backends/model. Pure functions.
//
//   index_terms("환불해 주세요")   // {"환불해", "2:환불", "2:불해", "주세요", "2:주세", "2:세요"}
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay::backends {

// What is longer is read up to here: a bound on memory and time for hostile lines.
inline constexpr size_t kTextBytesMax = 100'000;

// NFKC, lower case, valid UTF-8, at most kTextBytesMax bytes of the input.
std::string normalized_text(std::string_view text);

// Maximal runs of letters and digits of normalised text.
std::vector<std::string_view> words_of(std::string_view normalized);

// Words, and for words that hold Hangul, Han or kana also their character bigrams ("2:" before
// them): such words carry endings or stand without spaces, so whole words rarely repeat.
std::vector<std::string> index_terms(std::string_view text);

// Hashes of the n-grams of a text, as often as they occur. Words: 1 and 2 in a row. Characters: 1
// to 4 code points, white space taken as one space, one space at both ends.
struct NgramHashes {
  std::vector<uint64_t> characters;
  std::vector<uint64_t> words;
};
NgramHashes ngram_hashes(std::string_view text);

}  // namespace assay::backends
