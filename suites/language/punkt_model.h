// PunktModel: what the Punkt sentence splitter has learnt of English: which words are
// abbreviations, which begin sentences, which pairs go together, and in which cases each word was
// seen.
//
// Where it stands: read by punkt.cc; built from the table inside the program on first use (about a
// millisecond), constant afterwards, shared by all threads.
//
// Source: T. Kiss, J. Strunk, "Unsupervised Multilingual Sentence Boundary Detection",
// Computational Linguistics 32 (2006); the figures are those of NLTK's `punkt`/`punkt_tab` for
// English.
//
//   if (PunktModel::english().is_abbreviation("dr")) ...
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace assay::suites::language {

// Where and how a word was seen in training: at the beginning, in the middle or at an unknown place
// of a sentence, with a capital or a small first letter.
enum OrthoContext : uint8_t {
  kBeginUpper = 1U << 1U,
  kMiddleUpper = 1U << 2U,
  kUnknownUpper = 1U << 3U,
  kBeginLower = 1U << 4U,
  kMiddleLower = 1U << 5U,
  kUnknownLower = 1U << 6U,
  kAnyUpper = kBeginUpper | kMiddleUpper | kUnknownUpper,
  kAnyLower = kBeginLower | kMiddleLower | kUnknownLower,
};

class PunktModel {
 public:
  static const PunktModel& english();

  // Words are types: lower case, without the final period; numbers are "##number##".
  [[nodiscard]] bool is_abbreviation(std::string_view word) const {
    return abbreviations_.contains(word);
  }
  [[nodiscard]] bool is_sentence_starter(std::string_view word) const {
    return starters_.contains(word);
  }
  [[nodiscard]] bool is_collocation(std::string_view first, std::string_view second) const;
  // Bits of OrthoContext; 0 for a word never seen.
  [[nodiscard]] uint8_t contexts(std::string_view word) const;

 private:
  explicit PunktModel(std::string_view table);
  void add(std::string_view section, std::string_view line, uint8_t flags);

  std::unordered_set<std::string_view> abbreviations_;
  std::unordered_set<std::string_view> starters_;
  std::unordered_set<std::string_view> collocations_;  // "first\tsecond"
  std::unordered_map<std::string_view, uint8_t> contexts_;
};

}  // namespace assay::suites::language
