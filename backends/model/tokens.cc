#include "backends/model/tokens.h"

#include <algorithm>
#include <array>

#include "harness/base/rng.h"
#include "harness/base/utf8.h"

namespace assay::backends {
namespace {

constexpr size_t kCharacterGramMax = 4;
constexpr size_t kWordGramMax = 2;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80; }

// Bytes of the code point at `at` in valid UTF-8.
size_t point_length(std::string_view text, size_t at) {
  size_t n = 1;
  while (at + n < text.size() && is_continuation(text[at + n])) ++n;
  return n;
}

char32_t point_at(std::string_view text, size_t at, size_t length) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (length == 1) return lead;
  char32_t point = lead & (0x7FU >> length);
  for (size_t i = 1; i < length; ++i) {
    point = (point << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  }
  return point;
}

bool is_word_point(char32_t point) {
  if (point < 0x80) {
    return (point >= 'a' && point <= 'z') || (point >= 'A' && point <= 'Z') ||
           (point >= '0' && point <= '9');
  }
  return is_letter_or_digit(point);
}

bool is_east_asian(char32_t point) {
  struct Range {
    char32_t first;
    char32_t last;
  };
  constexpr std::array<Range, 7> kRanges = {{{0x1100, 0x11FF},      // Hangul Jamo
                                             {0x2E80, 0x9FFF},      // radicals, kana, Han
                                             {0xA960, 0xA97F},      // Hangul Jamo Extended-A
                                             {0xAC00, 0xD7FF},      // Hangul syllables
                                             {0xF900, 0xFAFF},      // Han compatibility
                                             {0x1B000, 0x1B16F},    // kana supplement
                                             {0x20000, 0x3FFFF}}};  // Han extensions
  return std::any_of(kRanges.begin(), kRanges.end(),
                     [&](const Range& r) { return point >= r.first && point <= r.last; });
}

// Offsets of the code points of valid UTF-8, and its size at the end.
std::vector<size_t> point_offsets(std::string_view text) {
  std::vector<size_t> out;
  out.reserve(text.size() + 1);
  for (size_t at = 0; at < text.size(); at += point_length(text, at)) out.push_back(at);
  out.push_back(text.size());
  return out;
}

void append_bigrams(std::string_view word, std::vector<std::string>& out) {
  const std::vector<size_t> offsets = point_offsets(word);
  for (size_t i = 0; i + 2 < offsets.size(); ++i) {
    out.push_back("2:" + std::string(word.substr(offsets[i], offsets[i + 2] - offsets[i])));
  }
}

bool holds_east_asian(std::string_view word) {
  for (size_t at = 0; at < word.size();) {
    const size_t n = point_length(word, at);
    if (is_east_asian(point_at(word, at, n))) return true;
    at += n;
  }
  return false;
}

// FNV-1a over the bytes, then a finaliser; `kind` keeps groups and lengths apart.
uint64_t hash_gram(std::string_view gram, uint64_t kind) {
  uint64_t h = 0xCBF29CE484222325ULL ^ kind;
  for (const char c : gram) {
    h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  }
  return mix64(h);
}

std::string with_single_spaces(std::string_view text) {
  std::string out = " ";
  for (size_t at = 0; at < text.size();) {
    const size_t n = point_length(text, at);
    if (is_space(point_at(text, at, n))) {
      if (out.back() != ' ') out += ' ';
    } else {
      out.append(text, at, n);
    }
    at += n;
  }
  if (out.back() != ' ') out += ' ';
  return out;
}

}  // namespace

std::string normalized_text(std::string_view text) {
  size_t size = std::min(text.size(), kTextBytesMax);
  if (size < text.size()) {
    while (size > 0 && is_continuation(text[size])) --size;
  }
  // Lower case after NFKC: compatibility forms hold capitals of their own.
  return to_lower(normalize(sanitize_utf8(text.substr(0, size)), NormalForm::kNfkc));
}

std::vector<std::string_view> words_of(std::string_view normalized) {
  std::vector<std::string_view> out;
  size_t begin = 0;
  bool inside = false;
  for (size_t at = 0; at < normalized.size();) {
    const size_t n = point_length(normalized, at);
    const bool word = is_word_point(point_at(normalized, at, n));
    if (word && !inside) begin = at;
    if (!word && inside) out.push_back(normalized.substr(begin, at - begin));
    inside = word;
    at += n;
  }
  if (inside) out.push_back(normalized.substr(begin));
  return out;
}

std::vector<std::string> index_terms(std::string_view text) {
  const std::string normalized = normalized_text(text);
  std::vector<std::string> out;
  for (const std::string_view word : words_of(normalized)) {
    out.emplace_back(word);
    if (holds_east_asian(word)) append_bigrams(word, out);
  }
  return out;
}

NgramHashes ngram_hashes(std::string_view text) {
  NgramHashes out;
  const std::string normalized = normalized_text(text);
  const std::string spaced = with_single_spaces(normalized);
  const std::string_view characters = spaced;
  const std::vector<size_t> offsets = point_offsets(characters);
  for (size_t i = 0; i + 1 < offsets.size(); ++i) {
    for (size_t n = 1; n <= kCharacterGramMax && i + n < offsets.size(); ++n) {
      out.characters.push_back(
          hash_gram(characters.substr(offsets[i], offsets[i + n] - offsets[i]), n));
    }
  }
  const std::vector<std::string_view> words = words_of(normalized);
  for (size_t i = 0; i < words.size(); ++i) {
    std::string gram;
    for (size_t n = 1; n <= kWordGramMax && i + n <= words.size(); ++n) {
      gram += words[i + n - 1];
      out.words.push_back(hash_gram(gram, 0x100 + n));
      gram += ' ';
    }
  }
  return out;
}

}  // namespace assay::backends
