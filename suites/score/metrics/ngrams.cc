#include "suites/score/metrics/ngrams.h"

#include <algorithm>

namespace assay::suites {
namespace {

// One occurrence: the number of the (n-1)-gram that it begins with, and its last symbol.
struct Occurrence {
  uint64_t key = 0;
  uint32_t text = 0;
  uint32_t at = 0;
};

void collect(std::span<const Symbols> texts, const std::vector<Symbols>& prefixes, size_t n,
             std::vector<Occurrence>& out) {
  out.clear();
  for (size_t t = 0; t < texts.size(); ++t) {
    for (size_t i = 0; i < ngram_total(texts[t].size(), n); ++i) {
      out.push_back({(uint64_t{prefixes[t][i]} << 32) | texts[t][i + n - 1],
                     static_cast<uint32_t>(t), static_cast<uint32_t>(i)});
    }
  }
  std::sort(out.begin(), out.end(),
            [](const Occurrence& a, const Occurrence& b) { return a.key < b.key; });
}

}  // namespace

void for_each_ngram(std::span<const Symbols> texts, size_t order_max, const NgramVisit& visit) {
  std::vector<Symbols> prefixes;  // number of the (n-1)-gram at each place
  prefixes.reserve(texts.size());
  for (const Symbols& text : texts) prefixes.emplace_back(text.size(), 0);
  std::vector<Occurrence> all;
  std::vector<uint32_t> counts(texts.size());
  for (size_t n = 1; n <= order_max; ++n) {
    collect(texts, prefixes, n, all);
    if (all.empty()) return;
    uint32_t number = 0;
    for (size_t begin = 0; begin < all.size(); ++number) {
      std::fill(counts.begin(), counts.end(), 0);
      size_t end = begin;
      for (; end < all.size() && all[end].key == all[begin].key; ++end) {
        ++counts[all[end].text];
        prefixes[all[end].text][all[end].at] = number;
      }
      visit(n, counts);
      begin = end;
    }
  }
}

}  // namespace assay::suites
