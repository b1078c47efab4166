#include "harness/aggregate/suite_groups.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>

#include "harness/stats/distributions.h"

namespace assay::aggregate {
namespace {

struct Stratum {
  double value = 0;
  double n = 0;
  std::optional<double> error;
};

const MetricResult* metric_of(const ModelResult& model, const std::string& name) {
  const auto named = [&](std::string_view wanted) {
    return std::find_if(model.metrics.begin(), model.metrics.end(), [&](const MetricResult& m) {
      return wanted.empty() || m.def.name == wanted;
    });
  };
  auto found = named(name);
  // A suite with one pipeline of filters does not name it.
  if (found == model.metrics.end()) found = named(std::string_view(name).substr(0, name.find(',')));
  return found == model.metrics.end() ? nullptr : &*found;
}

Estimate combine(const std::vector<Stratum>& strata, const GroupSummary& group, double confidence) {
  Estimate out;
  out.method = group.weight_by_size ? "suites weighted by size" : "mean of suites";
  if (strata.empty()) return out;
  double total = 0;
  for (const Stratum& s : strata) total += s.n;
  double value = 0;
  double variance = 0;
  bool known = true;
  for (const Stratum& s : strata) {
    const double weight =
        group.weight_by_size ? s.n / total : 1 / static_cast<double>(strata.size());
    value += weight * s.value;
    known = known && s.error.has_value();
    variance += weight * weight * s.error.value_or(0) * s.error.value_or(0);
  }
  out.value = value;
  out.n = static_cast<uint64_t>(total);
  if (!known || variance <= 0) return out;
  const double half = stats::normal_quantile((1 + confidence) / 2) * std::sqrt(variance);
  out.ci_low = group.metric.share ? std::max(0.0, value - half) : value - half;
  out.ci_high = group.metric.share && group.metric.higher_is_better ? std::min(1.0, value + half)
                                                                    : value + half;
  return out;
}

// The model's results over the suites of the group that were asked.
void add_result(const std::vector<const SuiteSummary*>& members, const std::string& metric,
                const std::string& model, double confidence, GroupSummary& group) {
  GroupResult result;
  result.model = model;
  std::vector<Stratum> strata;
  for (const SuiteSummary* suite : members) {
    for (const ModelResult& candidate : suite->models) {
      if (candidate.model.name != model) continue;
      const MetricResult* figure = metric_of(candidate, metric);
      const bool usable = figure != nullptr && figure->estimate.value && figure->estimate.n > 0 &&
                          figure->def.aggregation == group.metric.aggregation;
      if (!usable) continue;
      strata.push_back(
          {*figure->estimate.value, static_cast<double>(figure->estimate.n), figure->error});
    }
  }
  result.suites = strata.size();
  result.estimate = combine(strata, group, confidence);
  group.models.push_back(std::move(result));
}

GroupSummary summarize_group(const SuiteGroup& wanted, const std::vector<SuiteSummary>& suites,
                             double confidence) {
  GroupSummary group;
  group.name = wanted.name;
  group.weight_by_size = wanted.weight_by_size;
  std::vector<const SuiteSummary*> members;
  std::vector<std::string> models;
  for (const SuiteSummary& suite : suites) {
    const std::vector<SuiteGroup>& groups = suite.suite.groups;
    if (std::find(groups.begin(), groups.end(), wanted) == groups.end()) continue;
    members.push_back(&suite);
    group.suites.push_back(suite.suite.name);
    for (const ModelResult& model : suite.models) {
      if (std::find(models.begin(), models.end(), model.model.name) == models.end())
        models.push_back(model.model.name);
    }
  }
  const std::vector<MetricDef>& metrics = members.front()->suite.metrics;
  const auto named = std::find_if(metrics.begin(), metrics.end(), [&](const MetricDef& def) {
    return wanted.metric.empty() || def.name == wanted.metric;
  });
  if (named != metrics.end()) group.metric = *named;
  for (const std::string& model : models)
    add_result(members, wanted.metric, model, confidence, group);
  return group;
}

}  // namespace

std::vector<GroupSummary> group_summaries(const std::vector<SuiteSummary>& suites,
                                          double confidence) {
  std::vector<SuiteGroup> seen;
  std::vector<GroupSummary> out;
  for (const SuiteSummary& suite : suites) {
    for (const SuiteGroup& group : suite.suite.groups) {
      if (std::find(seen.begin(), seen.end(), group) != seen.end()) continue;
      seen.push_back(group);
      out.push_back(summarize_group(group, suites, confidence));
    }
  }
  return out;
}

}  // namespace assay::aggregate
