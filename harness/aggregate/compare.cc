#include "harness/aggregate/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "harness/aggregate/collect.h"
#include "harness/aggregate/load.h"
#include "harness/aggregate/pairing.h"
#include "harness/aggregate/samples.h"
#include "harness/base/hash.h"

namespace assay::aggregate {
namespace {

// One file's models on one suite.
struct SideSuite {
  SuiteInfo suite;
  std::vector<Group> models;  // run order; learning-curve points left out
};

struct Side {
  const RunStore* store = nullptr;
  std::string name;
  Manifest manifest;
  std::vector<SideSuite> suites;
};

Result<Side> read_side(const RunStore& store, const std::string& name) {
  const RunStore* const one_store = &store;
  Collector collector(std::span(&one_store, 1), std::span(&name, 1), /*keep_rows=*/true);
  ASSAY_TRY_VOID(collector.plan());
  std::map<size_t, Group> groups;
  ASSAY_TRY_VOID(collector.read([&](size_t slot, Group&& group) {
    if (group.model.curve_of.empty()) groups.emplace(slot, std::move(group));
  }));
  Side out{.store = &store, .name = name, .manifest = collector.sources().front().manifest};
  for (const SuitePlan& plan : collector.suites()) {
    out.suites.push_back({.suite = plan.variants.front(), .models = {}});
  }
  for (auto& [slot, group] : groups) {
    out.suites[collector.slots()[slot].suite].models.push_back(std::move(group));
  }
  return out;
}

const SideSuite* find_suite(const Side& side, const std::string& name) {
  for (const SideSuite& suite : side.suites) {
    if (suite.suite.name == name) return &suite;
  }
  return nullptr;
}

// The model of the same name, or the only one.
const Group* counterpart(const SideSuite& baseline, const std::string& name) {
  for (const Group& group : baseline.models) {
    if (group.model.name == name) return &group;
  }
  return baseline.models.size() == 1 ? &baseline.models.front() : nullptr;
}

std::optional<size_t> metric_index(const SuiteInfo& suite, const std::string& name) {
  for (size_t m = 0; m < suite.metrics.size(); ++m) {
    if (suite.metrics[m].name == name) return m;
  }
  return std::nullopt;
}

// What a sample is, apart from its position: its id and its truth.
using Identities = std::unordered_map<uint64_t, uint64_t>;  // by row id of the sample

Result<Identities> read_identities(const Side& side, const Group& group) {
  Identities out;
  ItemQuery query;
  query.model = group.model.name;
  query.suite = group.suite.name;
  ASSAY_TRY_VOID(side.store->read_items(query, [&](const ItemDetail& item) {
    HashBuilder hash;
    hash.add(item.sample_id).add(item.truth);
    out[item.sample_row] = hash.finish().prefix64();
    return true;
  }));
  return out;
}

// Pairs samples of the same identity; each is used once.
Pairs pair_by_identity(const Samples& a, const Identities& of_a, const Samples& b,
                       const Identities& of_b) {
  std::unordered_map<uint64_t, size_t> place_in_b;
  for (size_t j = 0; j < b.size(); ++j) {
    const auto at = of_b.find(b.rows[j]);
    if (at != of_b.end()) place_in_b.emplace(at->second, j);
  }
  Pairs out;
  for (size_t i = 0; i < a.size(); ++i) {
    const auto identity = of_a.find(a.rows[i]);
    if (identity == of_a.end()) continue;
    const auto at = place_in_b.find(identity->second);
    if (at == place_in_b.end()) continue;
    out.add(i, at->second);
    place_in_b.erase(at);
  }
  return out;
}

// Ids of the wanted samples (row ids of `side`), in the order wanted.
Result<std::unordered_map<uint64_t, std::string>> sample_ids(
    const Side& side, const Group& group, const std::unordered_set<uint64_t>& wanted) {
  std::unordered_map<uint64_t, std::string> out;
  if (wanted.empty()) return out;
  ItemQuery query;
  query.model = group.model.name;
  query.suite = group.suite.name;
  ASSAY_TRY_VOID(side.store->read_items(query, [&](const ItemDetail& item) {
    if (wanted.contains(item.sample_row)) out[item.sample_row] = item.sample_id;
    return out.size() < wanted.size();
  }));
  return out;
}

double value_of(const Samples& samples, size_t place) {
  const Tally t = samples.tallies.tally(place);
  return t.weight > 0 ? t.numerator / t.weight : 0;
}

std::string join_note(const std::string& first, const std::string& second) {
  if (first.empty()) return second;
  return second.empty() ? first : first + "; " + second;
}

// A model of the later file against its counterpart.
class ModelComparison {
 public:
  ModelComparison(const Side& baseline, const Group& a, const Side& later, const Group& b,
                  double confidence)
      : baseline_(baseline), a_(a), later_(later), b_(b), confidence_(confidence) {}

  Result<void> run(std::vector<RunComparison>& rows) {
    same_data_ = a_.suite.data_hash == b_.suite.data_hash;
    if (!same_data_) {
      ASSAY_TRY(identities_a_, read_identities(baseline_, a_));
      ASSAY_TRY(identities_b_, read_identities(later_, b_));
    }
    const size_t first = rows.size();
    std::unordered_set<uint64_t> flipped;
    std::vector<Flips> flips;
    for (size_t m = 0; m < b_.suite.metrics.size(); ++m) {
      const auto in_a = metric_index(a_.suite, b_.suite.metrics[m].name);
      if (!in_a) continue;
      flips.emplace_back();
      rows.push_back(compare_metric(*in_a, m, flips.back()));
      for (const uint64_t row : flips.back().improved) flipped.insert(row);
      for (const uint64_t row : flips.back().worsened) flipped.insert(row);
    }
    ASSAY_TRY(const auto ids, sample_ids(later_, b_, flipped));
    for (size_t i = 0; i < flips.size(); ++i) {
      rows[first + i].improved_items = named(flips[i].improved, ids);
      rows[first + i].worsened_items = named(flips[i].worsened, ids);
    }
    return {};
  }

 private:
  struct Flips {  // row ids in the later file
    std::vector<uint64_t> improved;
    std::vector<uint64_t> worsened;
  };

  RunComparison compare_metric(size_t metric_a, size_t metric_b, Flips& flips) const {
    const Samples a = reduce(a_, metric_a);
    const Samples b = reduce(b_, metric_b);
    RunComparison row;
    row.suite = b_.suite.name;
    row.metric = b_.suite.metrics[metric_b];
    row.headline = metric_b == 0;
    row.model = b_.model.name;
    row.a_label = fmt::format("{} ({})", a_.model.name, baseline_.name);
    row.b_label = fmt::format("{} ({})", b_.model.name, later_.name);
    if (a_.suite.scorer_hash != b_.suite.scorer_hash) {
      row.a = estimate(a, row.metric, confidence_);
      row.b = estimate(b, row.metric, confidence_);
      row.comparison.metric = row.metric;
      row.comparison.difference.method = "not compared";
      row.comparison.note =
          "judged by different scorers; judge both with one (`assay score`) to compare";
      return row;
    }
    const Pairs pairs =
        same_data_ ? pair_by_index(a, b) : pair_by_identity(a, identities_a_, b, identities_b_);
    row.a = estimate(pick(a, pairs.a), row.metric, confidence_);
    row.b = estimate(pick(b, sorted(pairs.b)), row.metric, confidence_);
    row.comparison = compare_samples(a, b, pairs, row.metric, confidence_);
    row.comparison.note = join_note(row.comparison.note, difference_note());
    count_flips(a, b, pairs, row, flips);
    return row;
  }

  // Estimates read samples in order of their index.
  static std::vector<uint32_t> sorted(std::vector<uint32_t> places) {
    std::sort(places.begin(), places.end());
    return places;
  }

  [[nodiscard]] std::string difference_note() const {
    std::string out;
    if (a_.suite.prompt_hash != b_.suite.prompt_hash) out = "the prompt differs";
    if (!same_data_) {
      out = join_note(out, "the data differ: only samples with the same id and truth are compared");
    }
    return out;
  }

  static void count_flips(const Samples& a, const Samples& b, const Pairs& pairs,
                          RunComparison& row, Flips& flips) {
    for (size_t i = 0; i < pairs.size(); ++i) {
      const double before = value_of(a, pairs.a[i]);
      const double after = value_of(b, pairs.b[i]);
      if (before == after) continue;
      const bool better = (after > before) == row.metric.higher_is_better;
      ++(better ? row.improved : row.worsened);
      std::vector<uint64_t>& list = better ? flips.improved : flips.worsened;
      if (list.size() < kFlippedItemsMax) list.push_back(b.rows[pairs.b[i]]);
    }
  }

  static std::vector<std::string> named(const std::vector<uint64_t>& rows,
                                        const std::unordered_map<uint64_t, std::string>& ids) {
    std::vector<std::string> out;
    for (const uint64_t row : rows) {
      const auto at = ids.find(row);
      out.push_back(at == ids.end() ? fmt::format("#{}", row) : at->second);
    }
    return out;
  }

  const Side& baseline_;
  const Group& a_;
  const Side& later_;
  const Group& b_;
  double confidence_;
  bool same_data_ = true;
  Identities identities_a_;
  Identities identities_b_;
};

Result<void> compare_suite(const Side& baseline, const SideSuite& suite_a, const Side& later,
                           const SideSuite& suite_b, size_t later_index, double confidence,
                           ComparisonReport& report) {
  for (const Group& b : suite_b.models) {
    const Group* a = counterpart(suite_a, b.model.name);
    if (a == nullptr) {
      report.notes.push_back(fmt::format("suite {}: model {} of {} has no counterpart in {}",
                                         suite_b.suite.name, b.model.name, later.name,
                                         baseline.name));
      continue;
    }
    if (a->model.version != b.model.version) {
      report.notes.push_back(fmt::format("suite {}: model {} was `{}` in {} and is `{}` in {}",
                                         suite_b.suite.name, b.model.name, a->model.version,
                                         baseline.name, b.model.version, later.name));
    }
    const size_t first = report.rows.size();
    ASSAY_TRY_VOID(ModelComparison(baseline, *a, later, b, confidence).run(report.rows));
    for (size_t i = first; i < report.rows.size(); ++i) {
      report.rows[i].comparison.a = 0;
      report.rows[i].comparison.b = later_index;
    }
  }
  return {};
}

void note_missing_suites(const Side& one, const Side& other, ComparisonReport& report) {
  for (const SideSuite& suite : one.suites) {
    if (find_suite(other, suite.suite.name) == nullptr) {
      report.notes.push_back(
          fmt::format("suite {} of {} is not in {}", suite.suite.name, one.name, other.name));
    }
  }
}

// Models of one name in several files are told apart by the file's, which stands behind here
// anyway.
std::string without_file(const std::string& model, const std::string& file) {
  const std::string suffix = fmt::format(" [{}]", file);
  return model.ends_with(suffix) ? model.substr(0, model.size() - suffix.size()) : model;
}

// The same load point of the same model in the baseline and in file `s`; where no model is in both
// under one name, of each with each.
Result<void> compare_loads(const RunStore& baseline, const RunStore& later,
                           const std::string& baseline_name, const std::string& later_name,
                           double confidence, ComparisonReport& report) {
  const std::array<const RunStore*, 2> stores{&baseline, &later};
  const std::array<std::string, 2> names{baseline_name, later_name};
  LoadOptions options;
  options.confidence = confidence;
  ASSAY_TRY(const LoadSection loads, summarize_loads(stores, names, options));
  std::vector<LoadComparison> across;
  for (LoadComparison one : loads.comparisons) {
    if (one.a_source != 0 || one.b_source != 1) continue;
    one.a = without_file(one.a, baseline_name);
    one.b = without_file(one.b, later_name);
    across.push_back(std::move(one));
  }
  const bool same_names = std::any_of(across.begin(), across.end(),
                                      [](const LoadComparison& one) { return one.a == one.b; });
  for (LoadComparison& one : across) {
    if (same_names && one.a != one.b) continue;
    one.a = fmt::format("{} ({})", one.a, baseline_name);
    one.b = fmt::format("{} ({})", one.b, later_name);
    report.loads.push_back(std::move(one));
  }
  return {};
}

}  // namespace

Result<ComparisonReport> compare_runs(std::span<const RunStore* const> stores,
                                      std::span<const std::string> source_names,
                                      const CompareOptions& options) {
  if (stores.size() < 2 || source_names.size() != stores.size()) {
    return input_error(
        "", fmt::format("found {} run file(s) to compare, expected at least two", stores.size()));
  }
  ComparisonReport report;
  report.sources.assign(source_names.begin(), source_names.end());
  ASSAY_TRY(const Side baseline, read_side(*stores[0], source_names[0]));
  for (size_t s = 1; s < stores.size(); ++s) {
    ASSAY_TRY(const Side later, read_side(*stores[s], source_names[s]));
    note_missing_suites(baseline, later, report);
    note_missing_suites(later, baseline, report);
    ASSAY_TRY_VOID(compare_loads(*stores[0], *stores[s], source_names[0], source_names[s],
                                 options.confidence, report));
    for (const SideSuite& suite : later.suites) {
      const SideSuite* other = find_suite(baseline, suite.suite.name);
      if (other == nullptr) continue;
      ASSAY_TRY_VOID(compare_suite(baseline, *other, later, suite, s, options.confidence, report));
    }
  }
  std::vector<Comparison*> family;
  for (RunComparison& row : report.rows) family.push_back(&row.comparison);
  holm_and_verdicts(family, options.alpha);
  return report;
}

}  // namespace assay::aggregate
