#include "harness/aggregate/baseline_scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "harness/aggregate/collect.h"
#include "harness/aggregate/corpus.h"
#include "harness/aggregate/samples.h"
#include "harness/base/hash.h"

namespace assay::aggregate {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// One suite of the baseline with its models.
struct BaselineSuite {
  SuiteInfo info;
  std::vector<Group> models;  // run order; learning-curve points left out
};

using BaselineSuites = std::map<std::string, BaselineSuite>;

Result<BaselineSuites> read_suites(const RunStore& store, const std::string& name) {
  const RunStore* const one_store = &store;
  Collector collector(std::span(&one_store, 1), std::span(&name, 1), /*keep_rows=*/true);
  ASSAY_TRY_VOID(collector.plan());
  std::map<size_t, Group> groups;
  ASSAY_TRY_VOID(collector.read([&](size_t slot, Group&& group) {
    if (group.model.curve_of.empty()) groups.emplace(slot, std::move(group));
  }));
  BaselineSuites out;
  for (const SuitePlan& plan : collector.suites()) out[plan.name].info = plan.variants.front();
  for (auto& [slot, group] : groups) out[group.suite.name].models.push_back(std::move(group));
  return out;
}

template <typename Range, typename Name>
std::string listed(const Range& range, Name name_of) {
  std::vector<std::string> names;
  names.reserve(std::size(range));
  for (const auto& one : range) names.push_back(fmt::format("`{}`", name_of(one)));
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

// The items' own values must be bounded: a bet on what may be anything can lose more than all.
Result<void> check_metric(const SuiteInfo& suite) {
  if (suite.metrics.empty()) return input_error(suite.name, "has no metric to decide on");
  const MetricDef& def = suite.metrics.front();
  if (def.aggregation == Aggregation::kPooled && (def.share || def.binary)) return {};
  const std::string why =
      is_corpus_level(def.aggregation)
          ? "is a figure of all replies together, single items have no part of it"
          : "has no values between 0 and 1 whose mean it is";
  return input_error(suite.name,
                     fmt::format("its headline `{}` {}; --until-decided needs a metric that is the "
                                 "mean of items' scores from 0 to 1, like accuracy",
                                 def.name, why));
}

Result<const BaselineSuite*> find_suite(const BaselineSuites& baseline, const std::string& name,
                                        const SuiteInfo& wanted) {
  const auto at = baseline.find(wanted.name);
  if (at == baseline.end()) {
    return input_error(
        name, fmt::format("has no suite `{}`, which is to be compared with it; its suites: {}",
                          wanted.name, listed(baseline, [](const auto& s) { return s.first; })));
  }
  ASSAY_TRY_VOID(check_metric(wanted));
  if (at->second.info.scorer_hash != wanted.scorer_hash) {
    return input_error(
        name, fmt::format("its suite `{}` was judged by other scorers; `assay score {}` judges its "
                          "replies by those of this run",
                          wanted.name, name));
  }
  return &at->second;
}

Result<const Group*> find_model(const BaselineSuite& suite, const std::string& name,
                                const std::string& model) {
  for (const Group& group : suite.models) {
    if (group.model.name == model) return &group;
  }
  if (suite.models.size() == 1) return &suite.models.front();
  return input_error(
      name, fmt::format("on suite `{}` it has no model `{}`, and not just one either; its models: "
                        "{}",
                        suite.info.name, model,
                        listed(suite.models, [](const Group& g) { return g.model.name; })));
}

uint64_t identity(const std::string& id, const std::string& truth) {
  HashBuilder hash;
  hash.add(id).add(truth);
  return hash.finish().prefix64();
}

// Finds samples of a suite among the baseline's.
class Matcher {
 public:
  Matcher(const RunStore& store, const Group& group, const Samples& samples, const Suite& suite)
      : store_(store), group_(group), samples_(samples), suite_(suite) {}

  Result<void> prepare() {
    same_data_ = group_.suite.data_hash == suite_.info().data_hash;
    if (same_data_) return {};
    std::unordered_map<uint64_t, size_t> place_of_row;
    for (size_t i = 0; i < samples_.size(); ++i) place_of_row.emplace(samples_.rows[i], i);
    ItemQuery query;
    query.model = group_.model.name;
    query.suite = group_.suite.name;
    return store_.read_items(query, [&](const ItemDetail& item) {
      const auto place = place_of_row.find(item.sample_row);
      if (place != place_of_row.end())
        place_of_identity_.emplace(identity(item.sample_id, item.truth), place->second);
      return true;
    });
  }
  [[nodiscard]] bool same_data() const { return same_data_; }

  Result<std::optional<size_t>> find(uint64_t index) const {
    if (same_data_) {
      const uint64_t position = suite_.position(index);
      const auto at = std::lower_bound(samples_.index.begin(), samples_.index.end(), position);
      if (at == samples_.index.end() || *at != position) return std::optional<size_t>();
      return std::optional(static_cast<size_t>(at - samples_.index.begin()));
    }
    ASSAY_TRY(const Sample sample, suite_.sample(index));
    const auto at = place_of_identity_.find(identity(sample.id, truth_to_json(sample)));
    if (at == place_of_identity_.end()) return std::optional<size_t>();
    return std::optional(at->second);
  }

 private:
  const RunStore& store_;
  const Group& group_;
  const Samples& samples_;
  const Suite& suite_;
  bool same_data_ = true;
  std::unordered_map<uint64_t, size_t> place_of_identity_;
};

void take_value(const Samples& samples, size_t place, uint64_t index, BaselineScores& out) {
  const Tally tally = samples.tallies.tally(place);
  out.clusters[index] = samples.cluster.at(place);
  if (tally.weight <= 0) return;
  out.values[index] = std::clamp(tally.numerator / tally.weight, 0.0, 1.0);
  out.unweighted = out.unweighted && tally.weight == 1;
  ++out.paired;
}

Result<BaselineScores> match_scores(const RunStore& store, const std::string& name,
                                    const Group& group, const Suite& suite) {
  const MetricDef& def = suite.info().metrics.front();
  Samples samples = reduce(group, 0);
  BaselineScores out;
  out.model = group.model.name;
  out.single = samples.single;
  out.values.assign(suite.size(), kNone);
  out.clusters.assign(suite.size(), 0);
  Matcher matcher(store, group, samples, suite);
  ASSAY_TRY_VOID(matcher.prepare());
  for (uint64_t i = 0; i < suite.size(); ++i) {
    ASSAY_TRY(const std::optional<size_t> place, matcher.find(i));
    if (place) take_value(samples, *place, i, out);
  }
  if (samples.clusters().empty()) out.clusters.clear();
  if (out.paired == 0) {
    return input_error(
        name, fmt::format("has no score of `{}` for any of the {} items of suite `{}` that are to "
                          "be asked (same id and truth)",
                          def.name, suite.size(), suite.info().name));
  }
  if (group.suite.prompt_hash != suite.info().prompt_hash)
    out.notes.emplace_back("the prompt differs");
  if (!matcher.same_data())
    out.notes.emplace_back("the data differ: only items with the same id and truth are compared");
  if (out.paired < suite.size()) {
    out.notes.push_back(fmt::format("{} items have no score in the baseline and take no part",
                                    suite.size() - out.paired));
  }
  return out;
}

}  // namespace

Result<std::vector<std::vector<BaselineScores>>> read_baseline(
    const RunStore& store, const std::string& name, std::span<const Suite* const> suites,
    std::span<const std::string> models) {
  ASSAY_TRY(const BaselineSuites baseline, read_suites(store, name));
  std::vector<std::vector<BaselineScores>> out(models.size());
  for (size_t m = 0; m < models.size(); ++m) {
    for (const Suite* suite : suites) {
      ASSAY_TRY(const BaselineSuite* const of_suite, find_suite(baseline, name, suite->info()));
      ASSAY_TRY(const Group* const group, find_model(*of_suite, name, models[m]));
      ASSAY_TRY(BaselineScores scores, match_scores(store, name, *group, *suite));
      out[m].push_back(std::move(scores));
    }
  }
  return out;
}

}  // namespace assay::aggregate
