// Shingles: texts as sets of hashed character n-grams, to find copies and near copies among many
// without comparing each with each.
//
// Where it stands: harness/base; called by harness/aggregate. Pure; any thread; text may be any
// bytes.
//
//   TextSketch a = sketch_text("What is the capital of France?");
//   TextSketch b = sketch_text("what is the capital of  France");
//   jaccard(a, b);                                   // 1: the same after normalisation
//   std::vector<uint32_t> groups = near_groups(sketches, {});   // equal numbers: one group
//
// Normalised text: NFKC, lower case, letters and digits (with their marks) in words parted by one
// space; everything else is dropped. n-grams: 5 characters, or 3 where at least a third of the
// letters are Hangul, Han or kana, whose characters carry more. A text shorter than n is one
// n-gram. Sketch: all n-grams where there are at most kShinglesMax, else the kShinglesMax with the
// smallest hashes (bottom-k), whose overlap estimates the Jaccard index of the whole sets.
// Sources: Broder, "On the resemblance and containment of documents" (1997), 21; Li, Owen and
// Zhang, NIPS 2012 (one-permutation hashing), Shrivastava and Li, UAI 2014 (densified); Leskovec,
// Rajaraman and Ullman, Mining of Massive Datasets, 3.4 (bands).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay {

inline constexpr size_t kShingleTextBytesMax = 64UL << 10;  // what follows is not looked at
inline constexpr size_t kShinglesMax = 1024;
inline constexpr double kNearThreshold = 0.8;

struct TextSketch {
  std::vector<uint32_t> shingles;  // ascending, different
  bool whole = true;               // all of them
  uint64_t text = 0;     // hash of the normalised text (of the bytes where nothing is left of it)
  uint64_t numbers = 0;  // hash of its numbers, in order: "12 + 7" and "12 + 8" are no copies
};

std::string plain_text(std::string_view text);
TextSketch sketch_text(std::string_view text);

// |A ∩ B| / |A ∪ B|, exact for whole sketches. Two empty ones: 0.
double jaccard(const TextSketch& a, const TextSketch& b);
// |A ∩ B| / |A|: how much of a is in b. Where one is cut, of the hashes below where both end.
double containment(const TextSketch& a, const TextSketch& b);

// How much of a hidden text a reply gives back: containment of `expected` in the reply, cut at
// twice its length. 0..1; 0 of an empty text; of a text beyond kShinglesMax n-grams an estimate.
double returned_share(std::string_view expected, std::string_view reply);

struct NearOptions {
  double threshold = kNearThreshold;  // Jaccard index from which texts are near copies
  size_t partners_max = 8;            // candidates of one band that a text is compared with
};

// Number of the group each text belongs to: the first text of it. Texts are joined where their
// normalised text is the same, or where their numbers are the same and the index is at least the
// threshold; chains join. Candidates come from 16 bands of 4 of 64 minimum hashes: two texts with
// index 0.8 are compared with chance 0.9998, with 0.5 with 0.64. In a band full of look-alikes each
// is compared with the `partners_max` before it only, so that the work is O(texts · 16 ·
// partners_max) whatever the texts are.
std::vector<uint32_t> near_groups(std::span<const TextSketch> texts, const NearOptions& options);

}  // namespace assay
