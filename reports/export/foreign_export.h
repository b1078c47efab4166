// What the exports in other tools' formats share: the members `assay` that carry what those formats
// have no place for, and means over items.
//
// Where it stands: reports/export, under lm_eval.cc and inspect.cc.
// suites/import/logs/assay_reply.h reads the members `assay` back, so that nothing is lost between
// an export and its import.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/result.h"
#include "harness/types/manifest.h"
#include "harness/types/record.h"

namespace assay::reports {

// All models, or the one of that name. A point of a learning curve only by its name: those who
// read the log would take it for a model of its own.
bool is_exported(const ModelInfo& model, std::string_view wanted);

// The suite's definition: name, title, metrics, hashes of prompts and scorers.
Json assay_suite(const SuiteInfo& suite);
Json assay_model(const ModelInfo& model);
// Of one sample: id, cluster, request, truth, tags (the latter three as JSON texts).
Json assay_item(const ItemDetail& item);
// Of one reply: outcome, times, tokens, cost and scores.
Json assay_reply(const ItemDetail& item);

// The number, or Python's `NaN` where there is none (unscored), as both tools write it.
std::string python_number(std::optional<double> value);

// Mean and standard error of a metric over its items, as both tools compute them: sum(value *
// weight) / sum(weight); the error sd / sqrt(n) for weights of 1.
class MetricMean {
 public:
  void add(double value, double weight);
  void add_unscored() { ++unscored_; }
  [[nodiscard]] uint64_t scored() const { return scored_; }
  [[nodiscard]] uint64_t unscored() const { return unscored_; }
  [[nodiscard]] std::optional<double> mean() const;
  // None below two items, and where weights differ.
  [[nodiscard]] std::optional<double> error() const;

 private:
  uint64_t scored_ = 0;
  uint64_t unscored_ = 0;
  double sum_ = 0;
  double weight_ = 0;
  double mean_ = 0;  // Welford's, of the values
  double squares_ = 0;
  bool plain_ = true;
};

// The suite's figure of a metric: the mean, exp(-mean) for perplexities, -mean / ln 2 for bits per
// byte; none for what is summed over all items in another way (BLEU, F1).
std::optional<double> figure_of(const MetricDef& def, const MetricMean& mean);

// The mean of one metric over the repeats of one item; nullopt: none was scored.
std::optional<Score> mean_score(const std::vector<ItemDetail>& repeats, std::string_view metric);

// Messages of a stored request as [{"role", "content"}], and its one text where it has one.
struct AskedFor {
  Json messages = Json::array();
  std::string text;
  Json params = Json::object();
  std::vector<std::pair<std::string, std::string>> continuations;  // context, text
};
AskedFor asked_for(const std::string& request);
std::vector<std::string> targets_of(const std::string& truth);
std::vector<std::string> choices_of(const std::string& truth);
Json object_of(const std::string& text);  // a JSON object, or an empty one

// When the run began, as ISO 8601; a fixed date where the file does not say.
std::string began(const Manifest& manifest);

}  // namespace assay::reports
