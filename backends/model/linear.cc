#include "backends/model/linear.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "backends/model/tokens.h"

namespace assay::backends {

// In how many lines each n-gram occurs.
class LinearClassifier::Counter {
 public:
  void add_line(std::vector<uint64_t>& hashes) {
    std::sort(hashes.begin(), hashes.end());
    hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
    for (const uint64_t hash : hashes) {
      const auto [it, added] = index_.try_emplace(hash, static_cast<uint32_t>(grams_.size()));
      if (added) grams_.push_back({hash, 0});
      ++grams_[it->second].lines;
    }
  }

  // The `limit` n-grams of most lines become columns, in order of first sight.
  void choose(size_t limit, size_t line_count, LinearClassifier& model) {
    std::vector<uint32_t> order(grams_.size());
    for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    if (order.size() > limit) {
      std::stable_sort(order.begin(), order.end(),
                       [&](uint32_t a, uint32_t b) { return grams_[a].lines > grams_[b].lines; });
      order.resize(limit);
      std::sort(order.begin(), order.end());
    }
    const double lines = 1.0 + static_cast<double>(line_count);
    for (const uint32_t i : order) {
      model.columns_.emplace(grams_[i].hash, static_cast<uint32_t>(model.idf_.size()));
      model.idf_.push_back(std::log(lines / (1.0 + grams_[i].lines)) + 1.0);
    }
  }

 private:
  struct Gram {
    uint64_t hash;
    uint32_t lines;
  };
  std::unordered_map<uint64_t, uint32_t> index_;
  std::vector<Gram> grams_;  // in order of first sight
};

Result<LinearClassifier> LinearClassifier::train(std::span<const TrainingExample> lines,
                                                 Options options) {
  LinearClassifier model;
  std::unordered_map<std::string, uint32_t> label_index;
  std::vector<uint32_t> labels;
  for (const TrainingExample& line : lines) {
    const auto [it, added] =
        label_index.try_emplace(line.target, static_cast<uint32_t>(model.labels_.size()));
    if (added) model.labels_.push_back(line.target);
    labels.push_back(it->second);
  }
  const size_t classes = model.labels_.size();
  if (lines.size() * classes > kLinesTimesClassesMax) {
    return Error{
        ErrorCode::kLimit,
        fmt::format("{} train lines x {} classes, expected at most {}; give train=N with "
                    "N up to {}",
                    lines.size(), classes, kLinesTimesClassesMax, kLinesTimesClassesMax / classes),
        ""};
  }
  Counter counter;
  for (const TrainingExample& line : lines) {
    NgramHashes hashes = ngram_hashes(line.input);
    counter.add_line(hashes.characters);
    counter.add_line(hashes.words);
  }
  counter.choose(kWeightsMax / classes, lines.size(), model);
  SparseRows rows;
  rows.columns = model.idf_.size() + 1;
  for (const TrainingExample& line : lines) {
    for (const Entry& entry : model.features(line.input)) {
      rows.column.push_back(entry.column);
      rows.value.push_back(entry.value);
    }
    rows.starts.push_back(rows.column.size());
  }
  model.fit_ =
      fit_logistic(rows, labels, classes, {.c = options.c, .tolerance = options.tolerance});
  return model;
}

LinearClassifier::Prediction LinearClassifier::predict(std::string_view text) const {
  const size_t classes = labels_.size();
  Prediction out;
  std::vector<double>& p = out.probabilities;
  p.assign(classes, 0.0);
  for (const Entry& entry : features(text)) {
    const double* weights = fit_.weights.data() + entry.column * classes;
    for (size_t k = 0; k < classes; ++k) p[k] += entry.value * weights[k];
  }
  out.label = static_cast<size_t>(std::max_element(p.begin(), p.end()) - p.begin());
  const double highest = p[out.label];
  double sum = 0;
  for (double& value : p) sum += value = std::exp(value - highest);
  for (double& value : p) value /= sum;
  return out;
}

std::vector<LinearClassifier::Entry> LinearClassifier::features(std::string_view text) const {
  NgramHashes hashes = ngram_hashes(text);
  std::vector<Entry> out;
  append_group(hashes.characters, out);
  append_group(hashes.words, out);
  std::sort(out.begin(), out.end(),
            [](const Entry& a, const Entry& b) { return a.column < b.column; });
  out.push_back({static_cast<uint32_t>(idf_.size()), 1.0});
  return out;
}

void LinearClassifier::append_group(std::vector<uint64_t>& hashes, std::vector<Entry>& out) const {
  const size_t begin = out.size();
  std::sort(hashes.begin(), hashes.end());
  double norm2 = 0;
  for (size_t i = 0; i < hashes.size();) {
    size_t end = i;
    while (end < hashes.size() && hashes[end] == hashes[i]) ++end;
    if (const auto found = columns_.find(hashes[i]); found != columns_.end()) {
      const double tf = 1.0 + std::log(static_cast<double>(end - i));
      const double value = tf * idf_[found->second];
      norm2 += value * value;
      out.push_back({found->second, value});
    }
    i = end;
  }
  if (norm2 == 0) return;
  const double scale = 1.0 / std::sqrt(norm2);
  for (size_t i = begin; i < out.size(); ++i) out[i].value *= scale;
}

}  // namespace assay::backends
