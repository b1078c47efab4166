#include "suites/language/ngram_profiles.h"

#include <array>
#include <bit>

#include "harness/base/check.h"
#include "harness/base/rng.h"
#include "suites/language/tables.h"

namespace assay::suites::language {
namespace {

constexpr size_t kGramsMax = 100'000;

// Reads the table's bytes in order. It is a part of the program: what is wrong in it is a fault of
// the build.
class TableReader {
 public:
  explicit TableReader(std::string_view bytes) : bytes_(bytes) {}

  uint32_t number() {
    uint32_t value = 0;
    for (unsigned shift = 0; shift < 32; shift += 7) {
      const uint8_t byte = this->byte();
      value |= static_cast<uint32_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) break;
    }
    return value;
  }
  uint8_t byte() { return static_cast<uint8_t>(take(1).front()); }
  std::string_view take(size_t n) {
    ASSAY_CHECK(n > 0 && n <= bytes_.size(), "the language table is cut");
    const std::string_view taken = bytes_.substr(0, n);
    bytes_.remove_prefix(n);
    return taken;
  }
  char32_t point() {
    const auto lead = static_cast<unsigned char>(bytes_.empty() ? 0 : bytes_.front());
    const size_t n = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    return to_points(take(n)).front();
  }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

}  // namespace

uint64_t ngram_key(TextView gram) {
  uint64_t key = 0;
  for (const char32_t c : gram) key = key << 21U | c;
  return key;
}

const NgramProfiles& NgramProfiles::built_in() {
  static const NgramProfiles kBuiltIn{langdetect_profiles_table()};
  return kBuiltIn;
}

NgramProfiles::NgramProfiles(std::string_view table) {
  TableReader read(table);
  ASSAY_CHECK(read.take(4) == "ALP1", "the language table begins with something else");
  ASSAY_CHECK(read.number() == kLanguages, "the language table has other languages");
  std::array<std::array<double, 3>, kLanguages> totals{};
  for (auto& total : totals) {
    names_.push_back(read.take(read.number()));
    for (double& of_length : total) of_length = read.number();
  }
  for (uint32_t left = read.number(); left > 0; --left) {
    const char32_t kanji = read.point();
    kanji_.emplace(kanji, read.point());
  }
  const uint32_t grams = read.number();
  ASSAY_CHECK(grams < kGramsMax, "{} n-grams", grams);
  rows_.resize(std::bit_ceil(grams * 2));
  std::array<TableReader, 5> columns{TableReader({}), TableReader({}), TableReader({}),
                                     TableReader({}), TableReader({})};
  for (TableReader& column : columns) column = TableReader(read.take(read.number()));
  auto& [heads, rest, counts_of, steps, counts] = columns;
  std::u32string gram;
  for (uint32_t n = 0; n < grams; ++n) {
    const uint8_t head = heads.byte();
    gram.resize(head / 4U);
    while (gram.size() < head % 4U) gram += rest.point();
    Row row{ngram_key(gram), static_cast<uint32_t>(shares_.size()), counts_of.byte()};
    uint32_t language = UINT32_MAX;  // the first step is counted from -1
    for (uint32_t i = 0; i < row.count; ++i) {
      language += steps.byte();
      ASSAY_CHECK(language < kLanguages, "language {}", language);
      shares_.push_back({language, counts.number() / totals[language][gram.size() - 1]});
    }
    size_t place = mix64(row.key) & (rows_.size() - 1);
    while (rows_[place].key != 0) place = (place + 1) & (rows_.size() - 1);
    rows_[place] = row;
  }
  ASSAY_CHECK(counts.empty() && rest.empty(), "the language table is too long");
}

const NgramProfiles::Row* NgramProfiles::find(uint64_t key) const {
  if (key == 0) return nullptr;
  size_t place = mix64(key) & (rows_.size() - 1);
  while (rows_[place].key != 0) {
    if (rows_[place].key == key) return &rows_[place];
    place = (place + 1) & (rows_.size() - 1);
  }
  return nullptr;
}

char32_t NgramProfiles::representative(char32_t kanji) const {
  const auto found = kanji_.find(kanji);
  return found == kanji_.end() ? kanji : found->second;
}

}  // namespace assay::suites::language
