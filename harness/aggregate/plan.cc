// What a planned comparison can see.
#include "harness/aggregate/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "harness/aggregate/samples.h"
#include "harness/stats/detectable.h"
#include "harness/stats/distributions.h"
#include "harness/stats/mean.h"
#include "harness/stats/paired.h"

namespace assay::aggregate {
namespace {

constexpr double kDiffersLow = 0.10;  // share of items that two models or versions differ on
constexpr double kDiffersHigh = 0.20;
constexpr double kRuleOfThree = 3;
constexpr size_t kFewItems = 30;
constexpr uint64_t kItemsShownMin = 10;
// Beyond so many discordant pairs the exact test and its approximation agree.
constexpr double kExactDiscordantMax = 500;
constexpr int kBisections = 14;
constexpr int kGrowthStepsMax = 200;

struct Found {
  std::string why_not;
  VarianceBasis basis = VarianceBasis::kAssumed;
  std::string text;
  std::optional<double> mean;
  DifferenceVariance smaller;
  DifferenceVariance larger;
  bool split_known = false;
  double design_effect = 1;
};

double variance_of(const std::vector<double>& values) {
  const stats::MeanError m = stats::mean_error(values);
  return m.deviation ? *m.deviation * *m.deviation : 0;
}

double total(const DifferenceVariance& v, double repeats = 1) {
  return v.between + v.within / repeats;
}

// Variance with clusters over variance without; at least 1, for a few clusters may look less.
double effect_of(const std::optional<double>& clustered_error, double variance, size_t n) {
  if (!clustered_error || !(variance > 0)) return 1;
  return std::max(1.0, *clustered_error * *clustered_error / (variance / static_cast<double>(n)));
}

struct Pair {
  size_t items = 0;
  DifferenceVariance variance;
  bool split_known = false;
  double design_effect = 1;
};

Pair pair_of(const ModelScores& a, const ModelScores& b) {
  std::vector<double> of_a;
  std::vector<double> of_b;
  std::vector<double> difference;
  std::vector<uint32_t> cluster;
  for (size_t i = 0, j = 0; i < a.index.size() && j < b.index.size();) {
    if (a.index[i] != b.index[j]) {
      a.index[i] < b.index[j] ? ++i : ++j;
      continue;
    }
    of_a.push_back(a.value[i]);
    of_b.push_back(b.value[j]);
    difference.push_back(a.value[i] - b.value[j]);
    if (!a.cluster.empty()) cluster.push_back(a.cluster[i]);
    ++i;
    ++j;
  }
  Pair out;
  out.items = difference.size();
  if (out.items < 2) return out;
  const double observed = variance_of(difference);
  out.split_known = a.within && b.within;
  out.variance.between = observed;
  if (out.split_known) {
    out.variance.within = *a.within + *b.within;
    out.variance.between = std::max(0.0, observed - *a.within / a.repeats - *b.within / b.repeats);
  }
  if (!cluster.empty()) {
    out.design_effect =
        effect_of(stats::paired_difference(of_a, of_b, cluster).error, observed, out.items);
  }
  return out;
}

std::vector<const ModelScores*> chosen_models(const SuiteEvidence& evidence,
                                              const std::vector<std::string>& planned) {
  std::vector<const ModelScores*> all;
  std::vector<const ModelScores*> wanted;
  for (const ModelScores& one : evidence.models) {
    all.push_back(&one);
    if (std::find(planned.begin(), planned.end(), one.model) != planned.end())
      wanted.push_back(&one);
  }
  if (wanted.size() >= 2 || (wanted.size() == 1 && all.size() == 1)) return wanted;
  return all;
}

std::string few_items_note(size_t items) {
  if (items >= kFewItems) return {};
  // The relative error of a standard deviation of normal values: 1 / sqrt(2 (n - 1)).
  return fmt::format("; {} items know a standard deviation only to about {:.0f} %", items,
                     100 / std::sqrt(2 * std::max(1.0, static_cast<double>(items) - 1)));
}

// Whether a variance of 0 may stand for "at most 3 in n differ, by at most 1".
bool bounded(const MetricDef& metric) { return metric.binary || metric.share; }

Found from_pairs(const SightQuestion& question, const SuiteEvidence& evidence,
                 const std::vector<Pair>& pairs) {
  Found out;
  out.basis = VarianceBasis::kPairs;
  out.split_known = true;
  size_t items = 0;
  double largest = -1;
  for (const Pair& pair : pairs) {
    DifferenceVariance v = pair.variance;
    if (!(total(v) > 0)) {
      if (!bounded(question.metric)) {
        out.why_not = "no item differs between models in " + evidence.source;
        return out;
      }
      v.between = kRuleOfThree / static_cast<double>(pair.items);
      out.text = "; no item differed between two models: 3 in n are assumed to";
    }
    const auto count = static_cast<double>(pairs.size());
    out.smaller.between += v.between / count;
    out.smaller.within += v.within / count;
    if (total(v, question.repeats) * pair.design_effect > largest) {
      largest = total(v, question.repeats) * pair.design_effect;
      out.larger = v;
    }
    out.design_effect = std::max(out.design_effect, pair.design_effect);
    out.split_known = out.split_known && pair.split_known;
    items = std::max(items, pair.items);
  }
  out.text = fmt::format("measured: {} of models on {} items of {}{}{}",
                         pairs.size() == 1 ? "a pair" : fmt::format("{} pairs", pairs.size()),
                         items, evidence.source, out.text, few_items_note(items));
  return out;
}

// Two versions of this model, of which only one was seen.
Found from_one_model(const SightQuestion& question, const SuiteEvidence& evidence,
                     const ModelScores& scores) {
  Found out;
  out.basis = VarianceBasis::kOneModel;
  const auto n = static_cast<double>(scores.value.size());
  const double observed = variance_of(scores.value);
  out.split_known = scores.within.has_value();
  const double within = 2 * scores.within.value_or(0);
  const std::string where =
      fmt::format("one model on {} items of {}", scores.value.size(), evidence.source);
  const auto split = [&](double at_one_repeat) {
    const double all = std::max({at_one_repeat, kRuleOfThree / n, within});
    return DifferenceVariance{.between = all - within, .within = within};
  };
  if (question.metric.binary) {
    const double most = 2 * std::min(scores.mean, 1 - scores.mean);
    out.smaller = split(std::min(kDiffersLow, most));
    out.larger = split(std::min(kDiffersHigh, most));
    out.text = fmt::format("{}; assumed: {:.0f} to {:.0f} % of the items differ from the other",
                           where, 100 * total(out.smaller), 100 * total(out.larger));
  } else if (observed > 0) {
    const double items = std::max(0.0, observed - scores.within.value_or(0) / scores.repeats);
    out.smaller = {.between = items / 2, .within = within};
    out.larger = {.between = items, .within = within};
    out.text = where + "; assumed: its scores and the other's correlate by 0.5 to 0.75";
  } else if (bounded(question.metric)) {
    out.smaller = out.larger = split(0);
    out.text = where + ", all with one score; 3 in n are assumed to differ";
  } else {
    out.why_not = "every item has the same score in " + evidence.source;
  }
  if (!scores.cluster.empty()) {
    out.design_effect = effect_of(stats::clustered_error(scores.value, scores.cluster,
                                                         stats::ClusterCorrection::kFiniteClusters),
                                  observed, scores.value.size());
  }
  out.text += few_items_note(scores.value.size());
  return out;
}

Found assumed(const SightQuestion& question, const SuiteEvidence* evidence) {
  Found out;
  if (!bounded(question.metric)) {
    out.why_not = fmt::format("nothing is known of the variance of `{}`; give --from or --pilot",
                              question.metric.name);
    return out;
  }
  out.smaller.between = kDiffersLow;
  out.larger.between = kDiffersHigh;
  out.text = fmt::format(
      "assumed, not measured{}: 10 to 20 % of the items differ between two models or versions; "
      "--from or --pilot measures it",
      evidence != nullptr ? " (no item of " + evidence->source + " has a score)" : "");
  return out;
}

std::string other_definition(const SightQuestion& question, const SuiteInfo& there) {
  std::string out;
  const auto add = [&](const std::string& here, const std::string& other, std::string_view what) {
    if (!here.empty() && here != other)
      out += fmt::format("{}{}", out.empty() ? "; there with another " : ", ", what);
  };
  add(question.prompt_hash, there.prompt_hash, "prompt");
  add(question.data_hash, there.data_hash, "data or selection");
  add(question.scorer_hash, there.scorer_hash, "scorer");
  return out;
}

Found find_variance(const SightQuestion& question, const SuiteEvidence* evidence) {
  if (evidence == nullptr || evidence->models.empty()) return assumed(question, evidence);
  const std::vector<const ModelScores*> models = chosen_models(*evidence, question.models);
  std::vector<Pair> pairs;
  for (size_t a = 0; a < models.size(); ++a) {
    for (size_t b = a + 1; b < models.size(); ++b) {
      Pair pair = pair_of(*models[a], *models[b]);
      if (pair.items >= 2) pairs.push_back(pair);
    }
  }
  Found out;
  if (!pairs.empty()) {
    out = from_pairs(question, *evidence, pairs);
  } else if (models.front()->value.size() >= 2) {
    out = from_one_model(question, *evidence, *models.front());
  } else {
    return assumed(question, evidence);
  }
  double mean = 0;
  for (const ModelScores* one : models) mean += one->mean / static_cast<double>(models.size());
  out.mean = mean;
  out.text += other_definition(question, evidence->suite);
  return out;
}

double normal_cdf(double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); }

// The test that will be made, as far as planning goes.
class Test {
 public:
  Test(const SightQuestion& question, const Found& found)
      : question_(question),
        size_{.alpha = question.alpha, .power = question.power},
        design_effect_(found.design_effect) {}

  [[nodiscard]] double error(const DifferenceVariance& v, uint64_t items, uint32_t repeats) const {
    return std::sqrt(design_effect_ * total(v, repeats) / static_cast<double>(items));
  }

  [[nodiscard]] double power(const DifferenceVariance& v, uint64_t items, uint32_t repeats,
                             double difference) const {
    if (exact(v, items, repeats)) {
      const double discordant = std::min(1.0, std::max(total(v), difference));
      return stats::mcnemar_power(items, discordant, std::min(difference, discordant),
                                  question_.alpha);
    }
    const double z = stats::normal_quantile(1 - question_.alpha / 2);
    const double shift = difference / error(v, items, repeats);
    return normal_cdf(shift - z) + normal_cdf(-shift - z);
  }

  [[nodiscard]] double detectable(const DifferenceVariance& v, uint64_t items,
                                  uint32_t repeats) const {
    if (!exact(v, items, repeats)) {
      return stats::smallest_detectable(error(v, items, repeats), size_);
    }
    double low = 0;
    double high = 1;  // stays 1 where even that is not seen
    for (int i = 0; i < kBisections; ++i) {
      const double middle = (low + high) / 2;
      (power(v, items, repeats, middle) >= question_.power ? high : low) = middle;
    }
    return high;
  }

  [[nodiscard]] uint64_t items_needed(const DifferenceVariance& v, double difference) const {
    const uint32_t repeats = question_.repeats;
    uint64_t n = stats::items_for(difference, std::sqrt(design_effect_ * total(v, repeats)), size_);
    for (int i = 0; i < kGrowthStepsMax && exact(v, n, repeats); ++i) {
      if (power(v, n, repeats, difference) >= question_.power) break;
      n += 1 + n / 64;
    }
    return n;
  }

 private:
  [[nodiscard]] bool exact(const DifferenceVariance& v, uint64_t items, uint32_t repeats) const {
    return question_.metric.binary && repeats == 1 && design_effect_ <= 1 &&
           static_cast<double>(items) * total(v) <= kExactDiscordantMax;
  }

  const SightQuestion& question_;
  stats::TestSize size_;
  double design_effect_;
};

SightRow make_row(const Test& test, const SuiteSight& sight, uint64_t items, uint32_t repeats) {
  SightRow row{.items = items,
               .repeats = repeats,
               .detectable = test.detectable(sight.larger, items, repeats),
               .detectable_best = test.detectable(sight.smaller, items, repeats),
               .power = std::nullopt};
  if (sight.question.detect) {
    row.power = test.power(sight.larger, items, repeats, *sight.question.detect);
  }
  return row;
}

void add_rows(const Test& test, SuiteSight& out) {
  const SightQuestion& q = out.question;
  std::set<std::pair<uint64_t, uint32_t>> wanted{{q.items, q.repeats}};
  for (const uint64_t items : {q.items / 4, q.items / 2, q.items * 2, q.items * 4}) {
    if (items >= kItemsShownMin) wanted.insert({items, q.repeats});
  }
  if (out.items_needed && *out.items_needed < 100 * std::max<uint64_t>(q.items, 1))
    wanted.insert({*out.items_needed, q.repeats});
  if (out.split_known) {
    for (const uint32_t repeats : {1U, 2U, 4U, 8U}) wanted.insert({q.items, repeats});
  }
  for (const auto& [items, repeats] : wanted) {
    if (items == q.items && repeats == q.repeats) out.planned = out.rows.size();
    out.rows.push_back(make_row(test, out, items, repeats));
  }
}

std::string amount(const MetricDef& metric, double value) {
  if (metric.share) return fmt::format("{:.{}f} pp", value * 100, value < 0.00995 ? 2 : 1);
  return fmt::format("{:.3g}", value);
}

// What to do where the planned items do not see the difference.
std::string advice(const SuiteSight& s) {
  const SightQuestion& q = s.question;
  const std::string wanted = amount(q.metric, *q.detect);
  const uint64_t needed = s.items_needed.value_or(0);
  if (needed <= q.available) {
    return fmt::format("Ask {} of the suite's {} items instead of {} (--limit {}).", needed,
                       q.available, q.items, needed);
  }
  if (s.repeats_needed) {
    return fmt::format(
        "The suite has {} items and {} are needed; {} repeats of each (--repeats {}) "
        "see {} too.",
        q.available, needed, *s.repeats_needed, *s.repeats_needed, wanted);
  }
  if (s.split_known) {
    return fmt::format(
        "The suite has {} items and {} are needed; no number of repeats up to {} "
        "sees {}, because the items themselves differ: add items, or plan for a "
        "larger difference.",
        q.available, needed, kPlanRepeatsMax, wanted);
  }
  return fmt::format(
      "The suite has {} items and {} are needed; a pilot with --repeats 2 would tell "
      "whether repeats can stand in for items.",
      q.available, needed);
}

std::string recommendation(const SuiteSight& s) {
  const SightQuestion& q = s.question;
  const SightRow& planned = s.rows[s.planned];
  const std::string plan = q.repeats > 1 ? fmt::format("{} items, {} repeats", q.items, q.repeats)
                                         : fmt::format("{} items", q.items);
  const std::string least = amount(q.metric, planned.detectable);
  const int percent = static_cast<int>(std::lround(q.power * 100));
  if (!q.detect) return fmt::format("{} see {} or more with {} % power.", plan, least, percent);
  const std::string wanted = amount(q.metric, *q.detect);
  if (!s.sees) {
    return fmt::format("{} cannot see {}: the smallest difference seen with {} % power is {}. {}",
                       plan, wanted, percent, least, advice(s));
  }
  if (s.items_needed && *s.items_needed * 3 / 2 < q.items) {
    return fmt::format("{} see {} (the smallest is {}); {} would do (--limit {}).", plan, wanted,
                       least, *s.items_needed, *s.items_needed);
  }
  return fmt::format("{} are enough to see {} with {} % power (the smallest is {}).", plan, wanted,
                     percent, least);
}

void answer_detect(const Test& test, SuiteSight& out) {
  const SightQuestion& q = out.question;
  if (!q.detect) return;
  out.items_needed = test.items_needed(out.larger, *q.detect);
  out.items_needed_best = test.items_needed(out.smaller, *q.detect);
  out.sees = test.power(out.larger, q.items, q.repeats, *q.detect) >= q.power;
  if (out.sees || !out.split_known) return;
  for (uint32_t k = q.repeats + 1; k <= kPlanRepeatsMax; ++k) {
    if (test.power(out.larger, q.items, k, *q.detect) < q.power) continue;
    out.repeats_needed = k;
    return;
  }
}

}  // namespace

SuiteSight suite_sight(const SightQuestion& question, const SuiteEvidence* evidence) {
  SuiteSight out;
  out.question = question;
  if (question.items == 0) {
    out.why_not = "no items are planned";
  } else if (question.metric.aggregation != Aggregation::kPooled) {
    out.why_not = fmt::format("`{}` is no mean over items ({}): its variance cannot be planned",
                              question.metric.name, aggregation_name(question.metric.aggregation));
  }
  if (!out.why_not.empty()) {
    out.sees = !question.detect;
    out.recommendation = "n/a: " + out.why_not + ".";
    return out;
  }
  const Found found = find_variance(question, evidence);
  out.why_not = found.why_not;
  out.basis = found.basis;
  out.basis_text = found.text;
  out.mean = found.mean;
  if (!out.why_not.empty()) {
    out.sees = !question.detect;
    out.recommendation = "n/a: " + out.why_not + ".";
    return out;
  }
  out.smaller = found.smaller;
  out.larger = found.larger;
  out.split_known = found.split_known;
  out.design_effect = found.design_effect;
  const Test test(question, found);
  answer_detect(test, out);
  add_rows(test, out);
  out.recommendation = recommendation(out);
  return out;
}

}  // namespace assay::aggregate
