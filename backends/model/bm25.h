// Bm25: the train line nearest to a question, by Okapi BM25 over index_terms().
//
//   score(q, d) = sum over terms t of q, as often as they occur in q, of
//                 idf(t) * tf * (k1 + 1) / (tf + k1 * (1 - b + b * |d| / avgdl))
//   idf(t)      = ln(1 + (N - n + 0.5) / (n + 0.5))
//
// tf: occurrences of t in d; |d|: terms of d; avgdl: their mean; N: lines; n: lines that hold t.
// idf is above 0 even for a term in every line. Edge cases: no term in common with any line gives
// no nearest line; the first line wins a tie.
// Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009),
// section 3.3; the 1 + in idf as in Lucene 4 and later.
//
// Where it stands: baseline:bm25. Built once, then const and shared by all workers.
//
//   const Bm25 index(texts, {.k1 = 1.2, .b = 0.75});
//   if (auto nearest = index.nearest("환불 되나요?")) use(targets[nearest->line], nearest->score);
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace assay::backends {

class Bm25 {
 public:
  struct Options {
    double k1 = 1.2;
    double b = 0.75;
  };
  struct Match {
    size_t line = 0;  // index into the texts
    double score = 0;
  };

  Bm25(const std::vector<std::string>& texts, Options options);

  [[nodiscard]] std::optional<Match> nearest(std::string_view question) const;
  // One score per line.
  [[nodiscard]] std::vector<double> scores(std::string_view question) const;

 private:
  struct Posting {
    uint32_t line;
    uint32_t count;
  };

  Options options_;
  std::unordered_map<std::string, std::vector<Posting>> postings_;
  std::vector<double> length_norm_;  // k1 * (1 - b + b * |d| / avgdl), per line
};

}  // namespace assay::backends
