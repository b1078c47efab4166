// Edit distances and the rates made of them, as plain functions over code points. No options here:
// the defaults are those of the reference tools; scorers normalise first and call these.
//
// Called by the scorers (cer, wer, anls, fields) from the scoring pool; nothing is shared.
//
//   const auto a = to_code_points("kitten");
//   const auto b = to_code_points("sitting");
//   suites::levenshtein(a, b);                       // 3
//   suites::word_errors("a b c", "a c").rate();      // 1/3
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay::suites {

// Levenshtein distance: the fewest insertions, deletions and substitutions, each of cost 1, that
// turn `a` into `b`. Time |a| * |b| / 64 word operations, memory |a| + |b|.
// Edge cases: an empty side gives the length of the other; symmetric.
// Source: Myers, "A fast bit-vector algorithm for approximate string matching", J. ACM 46 (1999),
// in Hyyrö's block form (2003).
size_t levenshtein(std::span<const char32_t> a, std::span<const char32_t> b);

// Length of the longest common subsequence. Time and memory as above.
// Source: Hyyrö, "Bit-parallel LCS-length computation revisited" (2004).
size_t lcs_length(std::span<const char32_t> a, std::span<const char32_t> b);

// 1 - levenshtein / max(|a|, |b|); 1 when both are empty.
double normalized_similarity(std::span<const char32_t> a, std::span<const char32_t> b);
// Distance with insertions and deletions only: |a| + |b| - 2 * lcs.
size_t indel_distance(std::span<const char32_t> a, std::span<const char32_t> b);
// 100 * (1 - indel / (|a| + |b|)); 100 when both are empty. Source: RapidFuzz fuzz.ratio.
double similarity_ratio(std::span<const char32_t> a, std::span<const char32_t> b);

// Edits against a reference; pool by adding both members.
struct ErrorCount {
  size_t edits = 0;
  size_t reference_length = 0;  // words or characters
  // edits / reference length; may exceed 1. With nothing in the reference: the number of edits, so
  // 0 for an empty hypothesis (jiwer 4).
  [[nodiscard]] double rate() const;
  ErrorCount& operator+=(const ErrorCount& other);
};

// As jiwer's process_words with its default transforms: runs of two or more white-space characters
// become one space, the ends are stripped, words are what single spaces separate.
ErrorCount word_errors(std::string_view reference, std::string_view hypothesis);
// As jiwer's process_characters with its default transforms: ends stripped, then code points.
ErrorCount character_errors(std::string_view reference, std::string_view hypothesis);
// Words as given, compared as bytes.
ErrorCount word_errors(std::span<const std::string_view> reference,
                       std::span<const std::string_view> hypothesis);

// Average normalised Levenshtein similarity of one answer: the best over `golds` of 1 - distance /
// longer length, both lower-cased and stripped; 0 below `threshold`. An empty answer gives 0, and
// so does "none" when `none_is_wrong` (the evaluator reads it as "not answerable").
// Source: Biten et al., "Scene text visual question answering" (2019); evaluator of MP-DocVQA.
double anls(std::span<const std::string> golds, std::string_view prediction, double threshold = 0.5,
            bool none_is_wrong = true);

// White space (Unicode) off both ends; `text` is valid UTF-8.
std::string_view strip_space(std::string_view text);

}  // namespace assay::suites
