// NgramProfiles: how frequent each n-gram of one to three characters is in each of 55 languages.
//
// Where it stands: read by the language detector; built from the table inside the program on first
// use (a few milliseconds, 3 MB), constant afterwards, shared by all threads.
//
// Source: the profiles of langdetect 1.0.9 (see tables/README.md).
//
//   const NgramProfiles& profiles = NgramProfiles::built_in();
//   if (const NgramProfiles::Row* row = profiles.find(ngram_key(U"the"))) ...
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "suites/language/python_text.h"

namespace assay::suites::language {

inline constexpr size_t kLanguages = 55;

// At most three characters as one number; 0 for none.
uint64_t ngram_key(TextView gram);

class NgramProfiles {
 public:
  // One language in which the n-gram occurs: its count by the count of all n-grams of this length.
  struct Share {
    uint32_t language = 0;
    double probability = 0;
  };
  struct Row {
    uint64_t key = 0;
    uint32_t first = 0;
    uint32_t count = 0;
  };

  static const NgramProfiles& built_in();

  [[nodiscard]] std::string_view name(size_t language) const { return names_[language]; }
  // Null for an n-gram of no language.
  [[nodiscard]] const Row* find(uint64_t key) const;
  [[nodiscard]] std::span<const Share> shares(const Row& row) const {
    return std::span(shares_).subspan(row.first, row.count);
  }
  // Kanji of one class are counted as one.
  [[nodiscard]] char32_t representative(char32_t kanji) const;

 private:
  explicit NgramProfiles(std::string_view table);

  std::vector<std::string_view> names_;
  std::vector<Share> shares_;
  std::vector<Row> rows_;  // open addressing; a key of 0 is a free place
  std::unordered_map<char32_t, char32_t> kanji_;
};

}  // namespace assay::suites::language
