// LinearClassifier: TF-IDF over character and word n-grams, and multinomial logistic regression:
// "is the language model better than a classifier that takes a millisecond?"
//
//   value of n-gram g in a text = (1 + ln count) * idf(g),  idf(g) = ln((1 + N) / (1 + df(g))) + 1
//
// N: train lines; df: lines that hold g. Characters (1 to 4) and words (1 to 2) are two groups,
// each scaled to length 1 (L2), so that neither drowns the other; a constant 1 is the intercept,
// penalised as the rest. n-grams that the train lines did not hold are ignored. When there are too
// many, the ones in most lines are kept (ties: the first seen). n-grams are told apart by a 64-bit
// hash.
// Edge cases: one class is always answered; a text without a known n-gram gets the intercept's
// answer; the first class (in order of the train lines) wins a tie.
// Source: TF-IDF with smooth idf and sublinear tf as in scikit-learn 1.x, TfidfVectorizer.
//
// Where it stands: baseline:linear. Trained once, then const and shared by all workers.
//
//   ASSAY_TRY(LinearClassifier model, LinearClassifier::train(lines, {.c = 10}));
//   const LinearClassifier::Prediction p = model.predict("배송이 언제 오나요?");
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "backends/model/logistic.h"
#include "harness/base/result.h"
#include "harness/types/sample.h"

namespace assay::backends {

class LinearClassifier {
 public:
  // Memory: a few dozen numbers are kept per line and class, one per n-gram and class.
  static constexpr size_t kLinesTimesClassesMax = 2'000'000;
  static constexpr size_t kWeightsMax = 8'000'000;

  struct Options {
    double c = 10.0;
    double tolerance = 1e-4;
  };
  struct Prediction {
    size_t label = 0;                   // index into labels()
    std::vector<double> probabilities;  // in order of labels()
  };

  // `lines` is not empty. An error names the limit that the lines exceed.
  static Result<LinearClassifier> train(std::span<const TrainingExample> lines, Options options);

  [[nodiscard]] Prediction predict(std::string_view text) const;
  [[nodiscard]] const std::vector<std::string>& labels() const { return labels_; }
  [[nodiscard]] const LogisticFit& fit() const { return fit_; }
  [[nodiscard]] size_t ngrams() const { return idf_.size(); }

 private:
  struct Entry {
    uint32_t column;
    double value;
  };
  class Counter;

  [[nodiscard]] std::vector<Entry> features(std::string_view text) const;
  void append_group(std::vector<uint64_t>& hashes, std::vector<Entry>& out) const;

  std::vector<std::string> labels_;
  std::unordered_map<uint64_t, uint32_t> columns_;  // n-gram hash -> column
  std::vector<double> idf_;                         // per column; the intercept is column size()
  LogisticFit fit_;
};

}  // namespace assay::backends
