#include "harness/base/shingles.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "harness/base/rng.h"
#include "harness/base/utf8.h"

namespace assay {
namespace {

constexpr size_t kHashes = 64;
constexpr size_t kBandRows = 4;
constexpr size_t kBands = kHashes / kBandRows;
// Longer texts are counted only where their signatures do not rule a copy out: four standard
// deviations below the threshold. Signatures of shorter texts borrow too much to say so.
constexpr size_t kEstimatedFrom = 128;
constexpr double kEstimateSlack = 0.2;
constexpr uint32_t kEmpty = UINT32_MAX;
constexpr size_t kGram = 5;
constexpr size_t kDenseGram = 3;  // of scripts whose characters are syllables or words

using Points = std::vector<char32_t>;
using Signature = std::array<uint32_t, kHashes>;

bool is_dense(char32_t c) {
  const auto in = [c](char32_t from, char32_t to) { return c >= from && c <= to; };
  return in(0x1100, 0x11FF) || in(0x3040, 0x30FF) || in(0x3130, 0x318F) || in(0x3400, 0x4DBF) ||
         in(0x4E00, 0x9FFF) || in(0xAC00, 0xD7A3) || in(0x20000, 0x3FFFF);
}

uint64_t hash_points(const char32_t* first, size_t n) {
  uint64_t h = n;
  for (size_t i = 0; i < n; ++i) h = mix64(h * 31 + first[i]);
  return h;
}

// Bytes up to the limit, not cut inside a character.
std::string_view bounded(std::string_view text) {
  if (text.size() <= kShingleTextBytesMax) return text;
  size_t end = kShingleTextBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

Points plain_points(std::string_view text) {
  const std::string valid = normalize(sanitize_utf8(bounded(text)), NormalForm::kNfkc);
  Points out;
  bool gap = false;
  for (const char32_t c : to_code_points(to_lower(valid))) {
    const bool kept = c != 0xFFFD && (is_letter_or_digit(c) ||
                                      (is_case_ignorable(c) && !is_punctuation(c) && c > 0x7F));
    if (!kept) {
      gap = true;
      continue;
    }
    if (gap && !out.empty()) out.push_back(U' ');
    gap = false;
    out.push_back(c);
  }
  return out;
}

size_t gram_size(const Points& points) {
  size_t dense = 0;
  size_t letters = 0;
  for (const char32_t c : points) {
    dense += is_dense(c) ? 1 : 0;
    letters += c == U' ' ? 0 : 1;
  }
  return 3 * dense >= letters ? kDenseGram : kGram;
}

uint64_t hash_numbers(const Points& points) {
  uint64_t h = 0;
  bool inside = false;
  for (const char32_t c : points) {
    const bool digit = is_decimal_digit(c);
    if (digit) h = mix64(h * 31 + c + (inside ? 0 : 0x110000));
    inside = digit;
  }
  return h;
}

// Minimum hash of each of 64 parts of the hash space; empty parts borrow from the next full one.
Signature signature_of(const TextSketch& text) {
  Signature out;
  out.fill(kEmpty);
  for (const uint32_t shingle : text.shingles) {
    const uint64_t h = mix64(shingle + 0x5EEDULL);
    uint32_t& least = out[h % kHashes];
    least = std::min(least, static_cast<uint32_t>(h >> 32));
  }
  Signature dense = out;
  for (size_t i = 0; i < kHashes; ++i) {
    for (size_t step = 1; dense[i] == kEmpty && step < kHashes; ++step) {
      const uint32_t other = out[(i + step) % kHashes];
      if (other != kEmpty) dense[i] = static_cast<uint32_t>(mix64(other + step));
    }
  }
  return dense;
}

class Groups {
 public:
  explicit Groups(size_t n) : parents_(n) { std::iota(parents_.begin(), parents_.end(), 0U); }
  uint32_t of(uint32_t at) {
    while (parents_[at] != at) at = parents_[at] = parents_[parents_[at]];
    return at;
  }
  void join(uint32_t a, uint32_t b) {
    a = of(a);
    b = of(b);
    parents_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<uint32_t> parents_;
};

// Share of equal minimum hashes: the index within ±0.06 (one standard deviation at most).
double estimated_index(const Signature& a, const Signature& b) {
  size_t equal = 0;
  for (size_t i = 0; i < kHashes; ++i) equal += a[i] == b[i] ? 1 : 0;
  return static_cast<double>(equal) / kHashes;
}

bool are_near(const TextSketch& a, const TextSketch& b, double threshold) {
  if (a.numbers != b.numbers) return false;
  const auto [less, more] = std::minmax({a.shingles.size(), b.shingles.size()});
  // Sizes bound the index where both are whole.
  if (a.whole && b.whole && static_cast<double>(less) < threshold * static_cast<double>(more)) {
    return false;
  }
  return jaccard(a, b) >= threshold;
}

size_t common(const TextSketch& a, const TextSketch& b) {
  size_t out = 0;
  auto x = a.shingles.begin();
  auto y = b.shingles.begin();
  while (x != a.shingles.end() && y != b.shingles.end()) {
    if (*x < *y) {
      ++x;
    } else if (*y < *x) {
      ++y;
    } else {
      ++out;
      ++x;
      ++y;
    }
  }
  return out;
}

}  // namespace

std::string plain_text(std::string_view text) { return to_utf8(plain_points(text)); }

TextSketch sketch_text(std::string_view text) {
  TextSketch out;
  const Points points = plain_points(text);
  if (points.empty()) {
    for (const char c : text) out.text = mix64(out.text * 31 + static_cast<unsigned char>(c) + 1);
    return out;
  }
  out.text = hash_points(points.data(), points.size());
  out.numbers = hash_numbers(points);
  const size_t n = std::min(gram_size(points), points.size());
  for (size_t i = 0; i + n <= points.size(); ++i) {
    out.shingles.push_back(static_cast<uint32_t>(hash_points(points.data() + i, n) >> 32));
  }
  std::sort(out.shingles.begin(), out.shingles.end());
  out.shingles.erase(std::unique(out.shingles.begin(), out.shingles.end()), out.shingles.end());
  if (out.shingles.size() > kShinglesMax) {
    out.shingles.resize(kShinglesMax);
    out.whole = false;
  }
  out.shingles.shrink_to_fit();
  return out;
}

double jaccard(const TextSketch& a, const TextSketch& b) {
  if (a.shingles.empty() || b.shingles.empty()) return 0;
  if (a.whole && b.whole) {
    const size_t shared = common(a, b);
    return static_cast<double>(shared) /
           static_cast<double>(a.shingles.size() + b.shingles.size() - shared);
  }
  // Of the k smallest hashes of the union: how many are in both.
  std::vector<uint32_t> both;
  std::set_union(a.shingles.begin(), a.shingles.end(), b.shingles.begin(), b.shingles.end(),
                 std::back_inserter(both));
  both.resize(std::min(both.size(), kShinglesMax));
  size_t shared = 0;
  for (const uint32_t h : both) {
    const bool in_a = std::binary_search(a.shingles.begin(), a.shingles.end(), h);
    const bool in_b = std::binary_search(b.shingles.begin(), b.shingles.end(), h);
    shared += in_a && in_b ? 1 : 0;
  }
  return static_cast<double>(shared) / static_cast<double>(both.size());
}

double containment(const TextSketch& a, const TextSketch& b) {
  if (a.shingles.empty()) return 0;
  uint32_t end = UINT32_MAX;
  for (const TextSketch* text : {&a, &b}) {
    if (!text->whole) end = std::min(end, text->shingles.back());
  }
  const auto considered =
      std::upper_bound(a.shingles.begin(), a.shingles.end(), end) - a.shingles.begin();
  if (considered == 0) return 0;
  return static_cast<double>(common(a, b)) / static_cast<double>(considered);
}

double returned_share(std::string_view expected, std::string_view reply) {
  return containment(sketch_text(expected), sketch_text(reply.substr(0, 2 * expected.size())));
}

std::vector<uint32_t> near_groups(std::span<const TextSketch> texts, const NearOptions& options) {
  Groups groups(texts.size());
  std::unordered_map<uint64_t, uint32_t> same;
  std::vector<uint32_t> different;  // first of each normalised text
  std::vector<Signature> signatures;
  for (uint32_t i = 0; i < texts.size(); ++i) {
    const auto [at, fresh] = same.try_emplace(texts[i].text, i);
    if (!fresh) {
      groups.join(at->second, i);
    } else if (!texts[i].shingles.empty()) {
      different.push_back(i);
      signatures.push_back(signature_of(texts[i]));
    }
  }
  for (size_t band = 0; band < kBands; ++band) {
    std::unordered_map<uint64_t, std::vector<uint32_t>> buckets;  // places in `different`
    for (size_t d = 0; d < different.size(); ++d) {
      uint64_t key = band;
      for (size_t row = 0; row < kBandRows; ++row) {
        key = mix64(key * 31 + signatures[d][band * kBandRows + row]);
      }
      std::vector<uint32_t>& bucket = buckets[key];
      const uint32_t text = different[d];
      for (const uint32_t other : bucket) {
        const uint32_t candidate = different[other];
        if (groups.of(candidate) == groups.of(text)) continue;
        const bool hopeless =
            texts[candidate].shingles.size() >= kEstimatedFrom &&
            texts[text].shingles.size() >= kEstimatedFrom &&
            estimated_index(signatures[other], signatures[d]) < options.threshold - kEstimateSlack;
        if (hopeless) continue;
        if (are_near(texts[candidate], texts[text], options.threshold)) {
          groups.join(candidate, text);
        }
      }
      if (bucket.size() >= options.partners_max) bucket.erase(bucket.begin());
      bucket.push_back(static_cast<uint32_t>(d));
    }
  }
  std::vector<uint32_t> out(texts.size());
  for (uint32_t i = 0; i < texts.size(); ++i) out[i] = groups.of(i);
  return out;
}

}  // namespace assay
