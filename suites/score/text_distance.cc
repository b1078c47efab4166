#include "suites/score/text_distance.h"

#include <algorithm>
#include <cstdint>
#include <unordered_map>

#include "harness/base/utf8.h"

namespace assay::suites {
namespace {

constexpr size_t kWordBits = 64;
constexpr char32_t kAsciiMax = 0x80;

// Symbols of both sequences numbered from 0, so that the tables below are plain arrays.
class Numbering {
 public:
  Numbering() : ascii_(kAsciiMax, kUnknown) {}
  uint32_t operator()(char32_t symbol) {
    if (symbol < kAsciiMax) {
      if (ascii_[symbol] == kUnknown) ascii_[symbol] = next_++;
      return ascii_[symbol];
    }
    const auto [it, added] = others_.try_emplace(symbol, next_);
    if (added) ++next_;
    return it->second;
  }
  [[nodiscard]] size_t size() const { return next_; }

 private:
  static constexpr uint32_t kUnknown = UINT32_MAX;
  uint32_t next_ = 0;
  std::vector<uint32_t> ascii_;
  std::unordered_map<char32_t, uint32_t> others_;
};

std::vector<uint32_t> number_all(std::span<const char32_t> symbols, Numbering& numbering) {
  std::vector<uint32_t> out(symbols.size());
  std::transform(symbols.begin(), symbols.end(), out.begin(),
                 [&](char32_t symbol) { return numbering(symbol); });
  return out;
}

void trim_common(std::span<const char32_t>& a, std::span<const char32_t>& b) {
  while (!a.empty() && !b.empty() && a.front() == b.front()) {
    a = a.subspan(1);
    b = b.subspan(1);
  }
  while (!a.empty() && !b.empty() && a.back() == b.back()) {
    a = a.first(a.size() - 1);
    b = b.first(b.size() - 1);
  }
}

// The masks of one block of 64 pattern symbols: bit i of masks[s] says that symbol i is s. Only the
// entries of the block are ever non-zero, so clearing costs the block, not the alphabet.
class BlockMasks {
 public:
  explicit BlockMasks(size_t alphabet) : masks_(alphabet, 0) {}
  void load(std::span<const uint32_t> block) {
    for (const uint32_t symbol : loaded_) masks_[symbol] = 0;
    loaded_ = block;
    for (size_t i = 0; i < block.size(); ++i) masks_[block[i]] |= uint64_t{1} << i;
  }
  uint64_t operator[](uint32_t symbol) const { return masks_[symbol]; }

 private:
  std::vector<uint64_t> masks_;
  std::span<const uint32_t> loaded_;
};

// Horizontal differences along the lower edge of a block, one per text symbol: -1, 0 or +1.
using Edge = std::vector<int8_t>;

// One block of rows over the whole text; `edge` is the upper edge on entry, the lower one on
// return. `last_row` is the bit of the block's last pattern symbol.
void advance_block(const BlockMasks& masks, std::span<const uint32_t> text, unsigned last_row,
                   Edge& edge) {
  uint64_t pv = ~uint64_t{0};  // vertical differences +1
  uint64_t mv = 0;             // vertical differences -1
  for (size_t j = 0; j < text.size(); ++j) {
    const auto hin_plus = static_cast<uint64_t>(edge[j] > 0);
    const auto hin_minus = static_cast<uint64_t>(edge[j] < 0);
    uint64_t eq = masks[text[j]];
    const uint64_t xv = eq | mv;
    eq |= hin_minus;
    const uint64_t xh = (((eq & pv) + pv) ^ pv) | eq;
    uint64_t ph = mv | ~(xh | pv);
    uint64_t mh = pv & xh;
    edge[j] = static_cast<int8_t>(static_cast<int>((ph >> last_row) & 1U) -
                                  static_cast<int>((mh >> last_row) & 1U));
    ph = (ph << 1) | hin_plus;
    mh = (mh << 1) | hin_minus;
    pv = mh | ~(xv | ph);
    mv = ph & xv;
  }
}

// Python's \s for RemoveMultipleSpaces; jiwer replaces runs of two or more by one space.
std::string merge_space_runs(std::string_view text) {
  std::string out;
  std::string run;
  size_t run_length = 0;
  const auto flush = [&] {
    out += run_length >= 2 ? std::string(" ") : run;
    run.clear();
    run_length = 0;
  };
  for (const char32_t point : to_code_points(text)) {
    if (is_space(point)) {
      if (run_length < 2) append_utf8(run, point);
      ++run_length;
    } else {
      flush();
      append_utf8(out, point);
    }
  }
  flush();
  return out;
}

std::vector<std::string_view> split_at_spaces(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const size_t at = std::min(text.find(' '), text.size());
    if (at > 0) words.push_back(text.substr(0, at));
    text.remove_prefix(std::min(at + 1, text.size()));
  }
  return words;
}

}  // namespace

size_t levenshtein(std::span<const char32_t> a, std::span<const char32_t> b) {
  trim_common(a, b);
  if (a.size() > b.size()) std::swap(a, b);  // the pattern is the shorter one: fewer blocks
  if (a.empty()) return b.size();
  Numbering numbering;
  const std::vector<uint32_t> pattern = number_all(a, numbering);
  const std::vector<uint32_t> text = number_all(b, numbering);
  BlockMasks masks(numbering.size());
  Edge edge(text.size(), 1);  // row 0 of the matrix is 0, 1, 2, ...
  for (size_t at = 0; at < pattern.size(); at += kWordBits) {
    const auto block = std::span(pattern).subspan(at, std::min(kWordBits, pattern.size() - at));
    masks.load(block);
    advance_block(masks, text, static_cast<unsigned>(block.size() - 1), edge);
  }
  auto distance = static_cast<int64_t>(pattern.size());  // column 0 of the last row
  for (const int8_t step : edge) distance += step;
  return static_cast<size_t>(distance);
}

size_t lcs_length(std::span<const char32_t> a, std::span<const char32_t> b) {
  const size_t before = a.size();
  trim_common(a, b);
  const size_t common = before - a.size();
  if (a.size() > b.size()) std::swap(a, b);
  Numbering numbering;
  const std::vector<uint32_t> pattern = number_all(a, numbering);
  const std::vector<uint32_t> text = number_all(b, numbering);
  BlockMasks masks(numbering.size());
  std::vector<uint8_t> carry(text.size(), 0);  // of the addition, from block to block
  size_t length = 0;
  for (size_t at = 0; at < pattern.size(); at += kWordBits) {
    const auto block = std::span(pattern).subspan(at, std::min(kWordBits, pattern.size() - at));
    masks.load(block);
    uint64_t v = ~uint64_t{0};
    for (size_t j = 0; j < text.size(); ++j) {
      const uint64_t u = v & masks[text[j]];
      uint64_t sum = v + u;
      const bool overflow = sum < v;
      sum += carry[j];
      carry[j] = static_cast<uint8_t>(overflow || (carry[j] != 0 && sum == 0));
      v = sum | (v - u);
    }
    const uint64_t rows =
        block.size() == kWordBits ? ~uint64_t{0} : (uint64_t{1} << block.size()) - 1;
    length += static_cast<size_t>(__builtin_popcountll(~v & rows));
  }
  return common + length;
}

double normalized_similarity(std::span<const char32_t> a, std::span<const char32_t> b) {
  const size_t longer = std::max(a.size(), b.size());
  if (longer == 0) return 1;
  return 1 - static_cast<double>(levenshtein(a, b)) / static_cast<double>(longer);
}

size_t indel_distance(std::span<const char32_t> a, std::span<const char32_t> b) {
  return a.size() + b.size() - 2 * lcs_length(a, b);
}

double similarity_ratio(std::span<const char32_t> a, std::span<const char32_t> b) {
  const size_t total = a.size() + b.size();
  if (total == 0) return 100;
  return 100 * (1 - static_cast<double>(indel_distance(a, b)) / static_cast<double>(total));
}

double ErrorCount::rate() const {
  return static_cast<double>(edits) / static_cast<double>(std::max<size_t>(1, reference_length));
}

ErrorCount& ErrorCount::operator+=(const ErrorCount& other) {
  edits += other.edits;
  reference_length += other.reference_length;
  return *this;
}

ErrorCount word_errors(std::string_view reference, std::string_view hypothesis) {
  const std::string merged_reference = merge_space_runs(reference);
  const std::string merged_hypothesis = merge_space_runs(hypothesis);
  return word_errors(split_at_spaces(strip_space(merged_reference)),
                     split_at_spaces(strip_space(merged_hypothesis)));
}

ErrorCount character_errors(std::string_view reference, std::string_view hypothesis) {
  const auto a = to_code_points(strip_space(reference));
  const auto b = to_code_points(strip_space(hypothesis));
  return {levenshtein(a, b), a.size()};
}

ErrorCount word_errors(std::span<const std::string_view> reference,
                       std::span<const std::string_view> hypothesis) {
  std::unordered_map<std::string_view, char32_t> ids;
  const auto number = [&](std::span<const std::string_view> words) {
    std::vector<char32_t> out(words.size());
    std::transform(words.begin(), words.end(), out.begin(), [&](std::string_view word) {
      return ids.try_emplace(word, static_cast<char32_t>(ids.size())).first->second;
    });
    return out;
  };
  const auto a = number(reference);
  const auto b = number(hypothesis);
  return {levenshtein(a, b), a.size()};
}

double anls(std::span<const std::string> golds, std::string_view prediction, double threshold,
            bool none_is_wrong) {
  const std::string lower = to_lower(prediction);
  const std::string_view stripped = strip_space(lower);
  if (stripped.empty() || (none_is_wrong && stripped == "none")) return 0;
  const auto answer = to_code_points(stripped);
  double best = 0;
  for (const std::string& gold : golds) {
    const std::string lower_gold = to_lower(gold);
    const auto points = to_code_points(strip_space(lower_gold));
    best = std::max(best, normalized_similarity(points, answer));
  }
  return best >= threshold ? best : 0;
}

std::string_view strip_space(std::string_view text) {
  const auto ascii_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  const auto ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  while (!text.empty()) {
    if (ascii(text.front())) {
      if (!ascii_space(text.front())) break;
      text.remove_prefix(1);
      continue;
    }
    size_t n = 1;
    while (n < text.size() && (static_cast<unsigned char>(text[n]) & 0xC0U) == 0x80U) ++n;
    if (!is_space(to_code_points(text.substr(0, n)).front())) break;
    text.remove_prefix(n);
  }
  while (!text.empty()) {
    if (ascii(text.back())) {
      if (!ascii_space(text.back())) break;
      text.remove_suffix(1);
      continue;
    }
    size_t at = text.size() - 1;
    while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U) --at;
    if (!is_space(to_code_points(text.substr(at)).front())) break;
    text.remove_suffix(text.size() - at);
  }
  return text;
}

}  // namespace assay::suites
