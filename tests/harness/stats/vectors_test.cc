// Statistics against recorded results of SciPy, statsmodels, NumPy and inspect_ai, where the shared
// vectors are present. Tolerances as their README states: p-values relative 1e-6, the rest 1e-9.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/stats/bradley_terry.h"
#include "harness/stats/mean.h"
#include "harness/stats/multiple.h"
#include "harness/stats/paired.h"
#include "harness/stats/percentile.h"
#include "harness/stats/proportion.h"

namespace assay::stats {
namespace {

constexpr double kTolerance = 1e-9;
constexpr double kPTolerance = 1e-6;

void near(const std::optional<double>& got, const Json& want, double relative = kTolerance) {
  ASSERT_TRUE(got.has_value());
  const double expected = want.get<double>();
  EXPECT_NEAR(*got, expected, std::max(1e-12, relative * std::fabs(expected)));
}

void near_pair(const Estimate& got, const Json& want) {
  near(got.ci_low, want.at(0));
  near(got.ci_high, want.at(1));
}

std::vector<double> numbers(const Json& list) { return list.get<std::vector<double>>(); }

std::vector<uint32_t> cluster_numbers(const Json& names) {
  std::map<std::string, uint32_t> known;
  std::vector<uint32_t> out;
  for (const Json& name : names) {
    out.push_back(known.try_emplace(name.get<std::string>(), static_cast<uint32_t>(known.size()))
                      .first->second);
  }
  return out;
}

void proportion_ci(const Json& in, const Json& want) {
  const auto k = in.at("successes").get<uint64_t>();
  const auto n = in.at("n").get<uint64_t>();
  const double confidence = 1 - in.at("alpha").get<double>();
  near_pair(wilson(k, n, confidence), want.at("wilson"));
  near_pair(clopper_pearson(k, n, confidence), want.at("clopper_pearson"));
}

void mean_stderr(const Json& in, const Json& want) {
  const std::vector<double> values = numbers(in.at("values"));
  const MeanError m = mean_error(values);
  near(m.mean, want.at("mean"));
  near(m.deviation, want.at("sample_stddev"));
  near(m.error, want.at("stderr"));
  near_pair(mean_normal(values), want.at("normal_ci95"));
  near_pair(mean_t(values), want.at("t_ci95"));
}

void clustered_se(const Json& in, const Json& want) {
  const std::vector<double> values = numbers(in.at("values"));
  const std::vector<uint32_t> clusters = cluster_numbers(in.at("clusters"));
  near(mean_error(values).mean, want.at("mean"));
  near(mean_error(values).error, want.at("naive_stderr"));
  near(clustered_error(values, clusters, ClusterCorrection::kNone), want.at("cr0_no_correction"));
  near(clustered_error(values, clusters, ClusterCorrection::kFiniteClusters),
       want.at("cr0_times_sqrt_C_over_C_minus_1"));
}

void paired(const Json& in, const Json& want) {
  const PairedTest t = paired_difference(numbers(in.at("a")), numbers(in.at("b")), {});
  near(t.difference.value, want.at("mean_difference"));
  near(t.error, want.at("stderr"));
  near(t.statistic, want.at("t"));
  near(t.p_value, want.at("p_t"), kPTolerance);
}

void mcnemar(const Json& in, const Json& want) {
  near(mcnemar_exact(in.at("b").get<uint64_t>(), in.at("c").get<uint64_t>()), want.at("p_exact"),
       kPTolerance);
}

void percentile_linear(const Json& in, const Json& want) {
  std::vector<double> sorted = numbers(in.at("values"));
  std::sort(sorted.begin(), sorted.end());
  const Json& q = in.at("q");
  for (size_t i = 0; i < q.size(); ++i) {
    near(percentile(sorted, q[i].get<double>() / 100).value, want.at("linear")[i]);
  }
}

void holm_adjusted(const Json& in, const Json& want) {
  const std::vector<double> adjusted = holm(numbers(in.at("p")));
  const Json& expected = want.at("holm");
  ASSERT_EQ(adjusted.size(), expected.at("adjusted").size());
  for (size_t i = 0; i < adjusted.size(); ++i) {
    near(adjusted[i], expected.at("adjusted")[i], kPTolerance);
    EXPECT_EQ(adjusted[i] <= in.at("alpha").get<double>(), expected.at("reject")[i].get<bool>());
  }
}

void ratings_of_battles(const Json& in, const Json& want) {
  std::map<std::string, uint32_t> numbers_of;
  const auto number = [&](const Json& name) {
    return numbers_of.try_emplace(name.get<std::string>(), static_cast<uint32_t>(numbers_of.size()))
        .first->second;
  };
  std::vector<Battle> battles;
  for (const Json& b : in.at("battles")) {
    const auto winner = b.at(2).get<std::string>();
    battles.push_back({.a = number(b.at(0)),
                       .b = number(b.at(1)),
                       .winner = winner == "model_a"   ? Winner::kA
                                 : winner == "model_b" ? Winner::kB
                                                       : Winner::kTie});
  }
  BradleyTerryOptions options;
  options.base = in.at("base").get<double>();
  options.scale = in.at("scale").get<double>();
  options.mean_rating = in.at("mean_rating").get<double>();
  const BradleyTerry fit = bradley_terry(
      {.models = static_cast<uint32_t>(numbers_of.size()), .battles = battles}, options);
  for (const auto& [name, rating] : want.at("ratings").items()) {
    const ModelRating& model = fit.models.at(numbers_of.at(name));
    ASSERT_TRUE(model.rating.value);
    EXPECT_NEAR(*model.rating.value, rating.get<double>(), 0.01) << name;
  }
}

TEST(Vectors, AgreeWithTheReferences) {
  const std::string path = ASSAY_SOURCE_DIR "/../shared/vectors/statistics.jsonl";
  std::ifstream file(path);
  if (!file) GTEST_SKIP() << "skipped: no " << path;
  const std::map<std::string, std::function<void(const Json&, const Json&)>> checks{
      {"proportion_ci", proportion_ci},      {"mean_stderr", mean_stderr},
      {"clustered_se", clustered_se},        {"paired_difference", paired},
      {"bradley_terry", ratings_of_battles}, {"mcnemar", mcnemar},
      {"percentile", percentile_linear},     {"multiple_comparisons", holm_adjusted}};
  std::map<std::string, int> seen;
  for (std::string line; std::getline(file, line);) {
    const Result<Json> row = parse_json(line, path);
    ASSERT_TRUE(row) << row.error().text();
    const Json& input = row->at("input");
    const auto check = checks.find(input.at("op").get<std::string>());
    if (check == checks.end()) continue;
    SCOPED_TRACE(row->at("id").get<std::string>());
    check->second(input, row->at("expected"));
    ++seen[check->first];
  }
  for (const auto& [op, check] : checks) EXPECT_GT(seen[op], 0) << op;
}

}  // namespace
}  // namespace assay::stats
