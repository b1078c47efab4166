// Statistics by the code in harness/stats: rates, means, groups, percentiles, bootstrap, summaries.
// Tests, ranks and agreement are in statistics_tests.cc. What a case throws becomes its {"error"}.
#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json.h"
#include "harness/stats/calibration.h"
#include "harness/stats/classification.h"
#include "harness/stats/mean.h"
#include "harness/stats/moments.h"
#include "harness/stats/pass_at_k.h"
#include "harness/stats/percentile.h"
#include "harness/stats/percentile_bootstrap.h"
#include "harness/stats/pooled.h"
#include "harness/stats/proportion.h"
#include "suites/score/lm_eval/filters.h"
#include "tests/conformance/families.h"
#include "tests/conformance/statistics_input.h"

namespace assay::conformance {
namespace {

constexpr uint32_t kResamples = 100'000;
constexpr double kSizeMax = 1e15;
constexpr size_t kDrawsMax = 200'000'000;  // resamples × values

std::runtime_error refusal(const std::string& what) { return std::runtime_error(what); }

double pass_of(const Json& n, const Json& c, const Json& k) {
  const auto of = [](const Json& count) {
    const auto value = count.get<int64_t>();
    if (value < 0) throw refusal("a negative count");
    return static_cast<uint64_t>(value);
  };
  return stats::pass_at_k(of(n), of(c), of(k));
}

Json pass_at_k(const Json& input) {
  return {{"pass_at_k", pass_of(input.at("n"), input.at("c"), input.at("k"))}};
}

Json pass_at_k_mean(const Json& input) {
  const Json& n = input.at("n");
  const Json& c = input.at("c");
  std::vector<double> each;
  for (size_t i = 0; i < c.size(); ++i) {
    each.push_back(pass_of(n.is_array() ? n.at(i) : n, c.at(i), input.at("k")));
  }
  return {{"per_problem", each}, {"mean", json_number(stats::mean_error(each).mean)}};
}

// By the filters that task files use.
Json maj_at_k(const Json& input) {
  const auto votes = input.at("votes").get<std::vector<std::string>>();
  const Json steps =
      Json::array({Json{{"function", "take_first_k"}, {"k", input.at("k")}},
                   Json{{"function", "majority_vote"}}, Json{{"function", "take_first"}}});
  const auto pipeline = suites::lm_eval::FilterPipeline::from_json(steps, "filter");
  if (!pipeline) throw refusal(pipeline.error().text());
  const auto winner = pipeline->apply(votes, {});
  if (!winner) throw refusal(winner.error().text());
  return {{"winner", *winner}, {"correct", *winner == input.at("gold")}};
}

Json pair_json(const Estimate& estimate) {
  return Json::array({json_number(estimate.ci_low), json_number(estimate.ci_high)});
}

Json proportion_ci(const Json& input) {
  const auto k = input.at("successes").get<int64_t>();
  const auto n = input.at("n").get<int64_t>();
  if (k < 0 || n < k) throw refusal("not 0 <= successes <= n");
  const double alpha = input.value("alpha", 0.05);
  if (!(alpha > 0 && alpha < 1)) throw refusal("alpha outside 0..1");
  const double confidence = 1 - alpha;
  const auto of = [&](Estimate (*method)(uint64_t, uint64_t, double)) {
    return pair_json(method(static_cast<uint64_t>(k), static_cast<uint64_t>(n), confidence));
  };
  return {{"wilson", of(stats::wilson)},
          {"normal", of(stats::wald)},
          {"clopper_pearson", of(stats::clopper_pearson)},
          {"agresti_coull", of(stats::agresti_coull)},
          {"jeffreys", of(stats::jeffreys)}};
}

// The reference divides by n - 1.
Json mean_stderr(const Json& input) {
  const auto values = numbers_of(input.at("values"));
  if (values.size() < 2) throw refusal("fewer than two values");
  const stats::MeanError m = stats::mean_error(values);
  return {{"mean", json_number(m.mean)},
          {"sample_stddev", json_number(m.deviation)},
          {"stderr", json_number(m.error)},
          {"normal_ci95", pair_json(stats::mean_normal(values))},
          {"t_ci95", pair_json(stats::mean_t(values))}};
}

Json group_aggregate(const Json& input) {
  const auto sizes = numbers_of(input.at("sizes"));
  const auto errors = numbers_of(input.at("stderrs"));
  const auto metrics = numbers_of(input.at("metrics"));
  if (sizes.size() != errors.size() || sizes.size() != metrics.size()) {
    throw refusal("lists of different lengths");
  }
  std::vector<stats::GroupPart> parts;
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (!(sizes[i] >= 0 && sizes[i] <= kSizeMax)) throw refusal("not a number of items");
    parts.push_back(
        {.size = static_cast<uint64_t>(sizes[i]), .value = metrics[i], .error = errors[i]});
  }
  const auto weighted = stats::weighted_mean(parts);
  if (!weighted) throw refusal("no items");
  const auto pooled = stats::pooled_error(parts);
  return {{"pooled_stderr", pooled ? json_number(pooled) : refused("one item a part")},
          {"weighted_mean", json_number(weighted)},
          {"unweighted_mean", json_number(stats::unweighted_mean(parts))}};
}

Json clustered_se(const Json& input) {
  using stats::ClusterCorrection;
  const auto values = numbers_of(input.at("values"));
  const Json& names = input.at("clusters");
  if (values.empty() || names.size() != values.size()) throw refusal("no values, or no clusters");
  std::map<std::string, uint32_t> known;
  std::vector<uint32_t> clusters;
  for (const Json& name : names) {
    const auto number = static_cast<uint32_t>(known.size());
    clusters.push_back(known.try_emplace(name.dump(), number).first->second);
  }
  const stats::MeanError m = stats::mean_error(values);
  const auto corrected =
      stats::clustered_error(values, clusters, ClusterCorrection::kFiniteClusters);
  const Json with_correction = corrected ? json_number(corrected) : refused("one cluster");
  return {{"mean", json_number(m.mean)},
          {"naive_stderr", json_number(m.error)},
          {"cr0_no_correction",
           json_number(stats::clustered_error(values, clusters, ClusterCorrection::kNone))},
          {"cr0_times_sqrt_C_over_C_minus_1", with_correction},
          {"statsmodels_with_correction", with_correction}};  // (n - 1) / (n - k) is 1 for a mean
}

stats::Statistic statistic_named(const std::string& name) {
  if (name == "mean") {
    return [](std::span<const double> v) { return *stats::mean_error(v).mean; };
  }
  if (name == "median") return [](std::span<const double> v) { return *stats::median(v); };
  if (name == "std") {
    return [](std::span<const double> v) { return *stats::population_deviation(v); };
  }
  throw refusal("unknown statistic " + name);
}

Json bootstrap_percentile(const Json& input) {
  const auto values = numbers_of(input.at("values"));
  if (values.size() < 2) throw refusal("fewer than two values");
  const size_t most = kDrawsMax / values.size();
  const auto resamples = static_cast<uint32_t>(std::clamp<size_t>(most, 1000, kResamples));
  const Estimate e = stats::bootstrap_percentile(
      values, statistic_named(input.value("statistic", "mean")),
      {.resamples = resamples, .seed = 1, .confidence = input.value("confidence", 0.95)});
  return {{"statistic", json_number(e.value)},
          {"low", json_number(e.ci_low)},
          {"high", json_number(e.ci_high)}};
}

struct NamedDefinition {
  const char* name;
  stats::PercentileDefinition definition;
};
constexpr NamedDefinition kDefinitions[] = {
    {"linear", stats::PercentileDefinition::kLinear},
    {"lower", stats::PercentileDefinition::kLower},
    {"higher", stats::PercentileDefinition::kHigher},
    {"nearest", stats::PercentileDefinition::kNearest},
    {"midpoint", stats::PercentileDefinition::kMidpoint},
    {"inverted_cdf", stats::PercentileDefinition::kInvertedCdf},
    {"hazen", stats::PercentileDefinition::kHazen},
    {"weibull", stats::PercentileDefinition::kWeibull},
    {"median_unbiased", stats::PercentileDefinition::kMedianUnbiased},
};

Json percentile(const Json& input) {
  auto values = numbers_of(input.at("values"));
  const Json& asked = input.at("q");
  const auto q = numbers_of(asked.is_array() ? asked : Json::array({asked}));
  if (values.empty()) throw refusal("no values");
  const bool nan = std::any_of(values.begin(), values.end(), [](double v) { return v != v; });
  if (!nan) std::sort(values.begin(), values.end());
  Json out = Json::object();
  for (const auto& [name, definition] : kDefinitions) {
    Json list = Json::array();
    for (const double percent : q) {
      if (!(percent >= 0 && percent <= 100)) throw refusal("a percentile outside 0..100");
      list.push_back(nan ? Json("nan")
                         : json_number(stats::percentile_as(values, percent / 100, definition)));
    }
    out[name] = asked.is_array() ? list : list[0];
  }
  return out;
}

Json classification(const Json& input) {
  const Json& gold = input.at("gold");
  const Json& pred = input.at("pred");
  const Labels labels = labels_of(gold, pred);
  const auto cells = cross_table(labels, gold, pred);
  const stats::ConfusionMatrix matrix(cells);
  Json out{{"accuracy", json_number(matrix.accuracy())},
           {"mcc", json_number(matrix.mcc())},
           {"f1_macro", json_number(matrix.f1_macro())},
           {"f1_micro", json_number(matrix.f1_micro())},
           {"f1_weighted", json_number(matrix.f1_weighted())}};
  const bool binary = std::all_of(labels.sorted.begin(), labels.sorted.end(),
                                  [](const Json& label) { return label == 0 || label == 1; });
  if (binary) out["f1_binary"] = matrix.f1(labels.place(1)).value_or(0);
  return out;
}

Json calibration(const Json& input) {
  const auto gold = numbers_of(input.at("gold"));
  const auto prob = numbers_of(input.at("prob"));
  if (gold.size() != prob.size() || gold.empty()) throw refusal("empty, or different lengths");
  return {{"brier", json_number(stats::brier(gold, prob))},
          {"auroc", json_number(stats::auroc(gold, prob))}};
}

Json summary(const Json& input) {
  const auto values = numbers_of(input.at("values"));
  if (values.empty()) throw refusal("no values");
  const stats::MeanError m = stats::mean_error(values);
  Json cv = "nan";
  if (m.deviation) cv = json_number(*m.deviation / *m.mean);
  return {{"mean", json_number(m.mean)},
          {"median", json_number(stats::median(values))},
          {"std_ddof1", json_number(m.deviation)},
          {"std_ddof0", json_number(stats::population_deviation(values))},
          {"cv", cv},
          {"geometric_mean", json_number(stats::geometric_mean(values))},
          {"harmonic_mean", json_number(stats::harmonic_mean(values))},
          {"mad_unscaled", json_number(stats::median_deviation(values))},
          {"iqr", json_number(stats::interquartile_range(values))},
          {"skew", json_number(stats::skewness(values))},
          {"kurtosis_excess", json_number(stats::excess_kurtosis(values))}};
}

struct Operation {
  std::string_view name;
  Json (*run)(const Json& input);
};

constexpr Operation kOperations[] = {
    {"pass_at_k", pass_at_k},       {"pass_at_k_mean", pass_at_k_mean},
    {"maj_at_k", maj_at_k},         {"proportion_ci", proportion_ci},
    {"mean_stderr", mean_stderr},   {"group_aggregate", group_aggregate},
    {"clustered_se", clustered_se}, {"bootstrap_percentile", bootstrap_percentile},
    {"percentile", percentile},     {"classification", classification},
    {"calibration", calibration},   {"summary", summary},
};

}  // namespace

Json statistics_case(const Json& input) {
  const std::string name = input.value("op", std::string());
  for (const Operation& operation : kOperations) {
    if (operation.name == name) return operation.run(input);
  }
  return statistics_test_case(name, input);
}

}  // namespace assay::conformance
