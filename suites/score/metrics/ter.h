// TER: the translation edit rate, edits with shifts of word blocks, as Tercom and sacreBLEU count.
//
// Where it stands: used by the scorer `ter`; pure.
//
//   const std::string h = tercom_tokenize({}, "the cat sat .");
//   const std::string r = tercom_tokenize({}, "sat the cat .");
//   WordIds ids;
//   translation_edits(ids.all(python_split(h)), ids.all(python_split(r)));   // 1: one shift
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay::suites {

struct TercomOptions {
  bool normalized = false;     // entities decoded, punctuation and possessives split
  bool no_punct = false;       // . , ? : ; ! " ( ) removed
  bool asian_support = false;  // with normalized: CJK split; with no_punct: CJK marks removed
  bool case_sensitive = false;
};

// Words separated by one blank. `text` is valid UTF-8; linear time.
// Source: sacreBLEU 2.6, tokenizers/tokenizer_ter.py, after Tercom's Normalizer.java.
std::string tercom_tokenize(const TercomOptions& options, std::string_view text);

// Of one side. With so many the worst case (a thousand shifts tried, each with an edit distance
// within the beam) stays within a few seconds.
inline constexpr size_t kTerWordsMax = 5'000;

// The edits that turn `hypothesis` into `reference`: insertions, deletions, substitutions and
// shifts of up to 10 words over up to 50 places, each of cost 1. Greedy: shifts are made, the most
// helpful first, as long as one lowers the edit distance, and at most a thousand are tried; the
// distance is searched within 25 words of the diagonal. Edge cases: an empty reference: every word
// of the hypothesis is an edit. Both sides have at most kTerWordsMax words. Source: Snover et al.,
// AMTA 2006; sacreBLEU 2.6, metrics/lib_ter.py, whose limits these are.
size_t translation_edits(std::span<const uint32_t> hypothesis, std::span<const uint32_t> reference);

struct TerCount {
  double edits = 0;             // of the reference that needs the fewest
  double reference_length = 0;  // words, mean over the references
  // 100 * edits / length; with no words in the references 100 when there are edits, else 0.
  [[nodiscard]] double score() const;
};
// nullopt: a side is longer than kTerWordsMax.
std::optional<TerCount> count_ter(const TercomOptions& options, std::string_view hypothesis,
                                  std::span<const std::string_view> references);

}  // namespace assay::suites
