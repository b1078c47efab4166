#include "backends/model/bm25.h"

#include <cmath>

#include "backends/model/tokens.h"

namespace assay::backends {

Bm25::Bm25(const std::vector<std::string>& texts, Options options) : options_(options) {
  std::vector<size_t> lengths;
  lengths.reserve(texts.size());
  size_t total = 0;
  for (size_t line = 0; line < texts.size(); ++line) {
    const std::vector<std::string> terms = index_terms(texts[line]);
    for (const std::string& term : terms) {
      std::vector<Posting>& list = postings_[term];
      if (list.empty() || list.back().line != line) {
        list.push_back({static_cast<uint32_t>(line), 0});
      }
      ++list.back().count;
    }
    lengths.push_back(terms.size());
    total += terms.size();
  }
  // Without any term there is no posting either, and the norm is never read.
  const double mean =
      total == 0 ? 1.0 : static_cast<double>(total) / static_cast<double>(texts.size());
  for (const size_t length : lengths) {
    const double relative = static_cast<double>(length) / mean;
    length_norm_.push_back(options_.k1 * (1.0 - options_.b + options_.b * relative));
  }
}

std::vector<double> Bm25::scores(std::string_view question) const {
  std::vector<double> out(length_norm_.size(), 0.0);
  const auto lines = static_cast<double>(length_norm_.size());
  for (const std::string& term : index_terms(question)) {
    const auto found = postings_.find(term);
    if (found == postings_.end()) continue;
    const auto holding = static_cast<double>(found->second.size());
    const double idf = std::log(1.0 + (lines - holding + 0.5) / (holding + 0.5));
    for (const Posting& posting : found->second) {
      const double count = posting.count;
      out[posting.line] += idf * count * (options_.k1 + 1.0) / (count + length_norm_[posting.line]);
    }
  }
  return out;
}

std::optional<Bm25::Match> Bm25::nearest(std::string_view question) const {
  std::optional<Match> best;
  const std::vector<double> all = scores(question);
  for (size_t line = 0; line < all.size(); ++line) {
    if (all[line] > 0 && (!best || all[line] > best->score)) best = Match{line, all[line]};
  }
  return best;
}

}  // namespace assay::backends
