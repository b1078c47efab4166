#include "harness/aggregate/compare.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "harness/aggregate/compare_sides.h"
#include "harness/aggregate/compare_speed.h"
#include "harness/aggregate/compare_ties.h"
#include "harness/aggregate/load.h"
#include "harness/aggregate/pairing.h"
#include "harness/aggregate/samples.h"

namespace assay::aggregate {
namespace {

constexpr uint32_t kSliceResamples = 2'000;  // there are many slices, and they only explore

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

std::string join_note(const std::string& first, const std::string& second) {
  if (first.empty()) return second;
  return second.empty() ? first : first + "; " + second;
}

// Where the difference stands to a loss of `margin` in the metric's good direction.
MarginVerdict against_margin(const Estimate& difference, const MetricDef& metric,
                             std::optional<double> margin) {
  if (!margin || !metric.share || !difference.ci_low || !difference.ci_high)
    return MarginVerdict::kNone;
  // What is lost from a to b.
  const double least = metric.higher_is_better ? *difference.ci_low : -*difference.ci_high;
  const double most = metric.higher_is_better ? *difference.ci_high : -*difference.ci_low;
  if (most < *margin) return MarginVerdict::kWithin;
  return least > *margin ? MarginVerdict::kBeyond : MarginVerdict::kUndecided;
}

// Row ids (of the later file) of samples whose ids a report will name.
class WantedNames {
 public:
  // Row ids of the improved and the worsened of row `row` of the report.
  struct Flips {
    std::vector<uint64_t> improved;
    std::vector<uint64_t> worsened;
  };
  void add(size_t row, Flips flips) {
    for (const uint64_t id : flips.improved) wanted_.insert(id);
    for (const uint64_t id : flips.worsened) wanted_.insert(id);
    flips_.emplace_back(row, std::move(flips));
  }

  Result<void> name(const RunStore& store, const std::string& suite,
                    std::vector<RunComparison>& rows) const {
    std::unordered_map<uint64_t, std::string> ids;
    if (!wanted_.empty()) {
      ASSAY_TRY_VOID(store.read_samples(
          suite, [&](uint64_t row, std::string_view id, std::string_view /*truth*/) {
            if (wanted_.contains(row)) ids.try_emplace(row, id);
            return ids.size() < wanted_.size();
          }));
    }
    for (const auto& [row, flips] : flips_) {
      rows[row].improved_items = named(flips.improved, ids);
      rows[row].worsened_items = named(flips.worsened, ids);
    }
    return {};
  }

 private:
  static std::vector<std::string> named(const std::vector<uint64_t>& rows,
                                        const std::unordered_map<uint64_t, std::string>& ids) {
    std::vector<std::string> out;
    for (const uint64_t row : rows) {
      const auto at = ids.find(row);
      out.push_back(at == ids.end() ? fmt::format("#{}", row) : at->second);
    }
    return out;
  }

  std::unordered_set<uint64_t> wanted_;
  std::vector<std::pair<size_t, Flips>> flips_;
};

// Two groups to compare, and the places of their files in the report.
struct Match {
  const Side& side_a;
  const Group& a;
  const Side& side_b;
  const Group& b;
  size_t later = 0;
};

// A model of the later file against its counterpart: a row for each metric, then for each slice.
class ModelComparison {
 public:
  ModelComparison(const Match& match, const SamePairer& pairer, const CompareOptions& options,
                  HeadlineTests& headlines, std::vector<RunComparison>& rows)
      : match_(match), pairer_(pairer), options_(options), headlines_(headlines), rows_(rows) {}

  Result<void> run() {
    if (options_.slices && match_.b.tags.size() > 1 && !match_.b.tags.overflowed()) read_slices();
    const std::vector<MetricDef>& metrics = match_.b.suite.metrics;
    std::vector<RunComparison> of_slices;
    std::vector<WantedNames::Flips> flips_of_slices;
    WantedNames names;
    for (size_t m = 0; m < metrics.size(); ++m) {
      const auto in_a = metric_index(match_.a.suite, metrics[m].name);
      if (!in_a) continue;
      const Samples a = reduce(match_.a, *in_a);
      const Samples b = reduce(match_.b, m);
      rows_.push_back(start_row(m));
      if (!same_scorer()) {
        refuse(a, b, rows_.back());
        continue;
      }
      const Pairs pairs = pairer_.pair(a, b);
      names.add(rows_.size() - 1, compare_whole(a, b, pairs, rows_.back()));
      if (m == 0) headlines_.keep(match_.a, match_.b, rows_.back().comparison);
      compare_slices(a, b, pairs, m, of_slices, flips_of_slices);
    }
    add_slices(of_slices, flips_of_slices, names);
    return names.name(*match_.side_b.store, match_.b.suite.name, rows_);
  }

 private:
  [[nodiscard]] bool same_scorer() const {
    return match_.a.suite.scorer_hash == match_.b.suite.scorer_hash;
  }

  void read_slices() {
    const Group& b = match_.b;
    std::vector<uint64_t> records(b.tags.size());
    for (size_t row = 0; row < b.size(); ++row) ++records[b.tag_set(row)];
    std::vector<std::string> cut;  // the verdict page says which tags were cut
    slices_ = b.tags.slices(records, options_.slice_values_max, cut);
  }

  [[nodiscard]] RunComparison start_row(size_t metric) const {
    RunComparison row;
    row.suite = match_.b.suite.name;
    row.metric = match_.b.suite.metrics[metric];
    row.headline = metric == 0;
    row.model = match_.b.model.name;
    row.a_label = label_of(match_.side_a, match_.a);
    row.b_label = label_of(match_.side_b, match_.b);
    row.later = match_.later;
    return row;
  }

  void refuse(const Samples& a, const Samples& b, RunComparison& row) const {
    row.a = estimate(a, row.metric, options_.confidence);
    row.b = estimate(b, row.metric, options_.confidence);
    row.comparison.metric = row.metric;
    row.comparison.difference.method = "not compared";
    row.comparison.note =
        "judged by different scorers; judge both with one (`assay score`) to compare";
    set_places(row);
  }

  WantedNames::Flips compare_whole(const Samples& a, const Samples& b, const Pairs& pairs,
                                   RunComparison& row) const {
    WantedNames::Flips flips =
        fill_row(a, b, pairs, {.resamples = 10'000, .items_max = kFlippedItemsMax}, row);
    row.comparison.note = join_note(row.comparison.note, difference_note());
    return flips;
  }

  struct RowLimits {
    uint32_t resamples = 0;
    size_t items_max = 0;
  };

  WantedNames::Flips fill_row(const Samples& a, const Samples& b, const Pairs& pairs,
                              const RowLimits& limits, RunComparison& row) const {
    row.a = figure_of(a, pairs.a, row.metric);
    row.b = figure_of(b, pairs.b, row.metric);
    PairResult result = compare_pairs(a, b, pairs, row.metric,
                                      {.confidence = options_.confidence,
                                       .alpha = options_.alpha,
                                       .seed = options_.seed,
                                       .resamples = limits.resamples});
    row.comparison = std::move(result.comparison);
    row.error = result.error;
    row.detectable = result.detectable;
    row.discordant = result.discordant;
    row.margin = against_margin(row.comparison.difference, row.metric, options_.margin);
    set_places(row);
    return count_flips(a, b, pairs, limits.items_max, row);
  }

  void set_places(RunComparison& row) const {
    row.comparison.a = 0;
    row.comparison.b = match_.later;
  }

  // Over the samples at `places`, in order of their index.
  [[nodiscard]] Estimate figure_of(const Samples& samples, std::vector<uint32_t> places,
                                   const MetricDef& metric) const {
    if (places.size() == samples.size()) return estimate(samples, metric, options_.confidence);
    std::sort(places.begin(), places.end());
    return estimate(pick(samples, places), metric, options_.confidence);
  }

  [[nodiscard]] std::string difference_note() const {
    std::string out;
    if (match_.a.suite.prompt_hash != match_.b.suite.prompt_hash) out = "the prompt differs";
    if (!pairer_.same_data()) {
      out = join_note(out, "the data differ: only samples with the same id and truth are compared");
    }
    return out;
  }

  static WantedNames::Flips count_flips(const Samples& a, const Samples& b, const Pairs& pairs,
                                        size_t items_max, RunComparison& row) {
    WantedNames::Flips out;
    for (size_t i = 0; i < pairs.size(); ++i) {
      const double before = value_of(a, pairs.a[i]);
      const double after = value_of(b, pairs.b[i]);
      if (before == after) continue;
      const bool better = (after > before) == row.metric.higher_is_better;
      ++(better ? row.improved : row.worsened);
      std::vector<uint64_t>& list = better ? out.improved : out.worsened;
      if (list.size() < items_max) list.push_back(b.rows[pairs.b[i]]);
    }
    return out;
  }

  // Of each pair, the number of its tags in the later file.
  [[nodiscard]] std::vector<uint16_t> tag_sets(const Samples& b, const Pairs& pairs) const {
    std::vector<uint16_t> of_sample(b.size());
    size_t i = 0;
    for (size_t place = 0; place < b.size(); ++place) {
      while (match_.b.index(match_.b.row(i)) < b.index[place]) ++i;
      of_sample[place] = match_.b.tag_set(match_.b.row(i));
    }
    std::vector<uint16_t> out;
    out.reserve(pairs.size());
    for (const uint32_t place : pairs.b) out.push_back(of_sample[place]);
    return out;
  }

  void compare_slices(const Samples& a, const Samples& b, const Pairs& pairs, size_t metric,
                      std::vector<RunComparison>& rows,
                      std::vector<WantedNames::Flips>& flips) const {
    if (slices_.empty()) return;
    const std::vector<uint16_t> sets = tag_sets(b, pairs);
    for (const Slice& slice : slices_) {
      Pairs part;
      for (size_t i = 0; i < pairs.size(); ++i) {
        if (slice.holds(sets[i])) part.add(pairs.a[i], pairs.b[i]);
      }
      if (part.size() == 0) continue;
      RunComparison row = start_row(metric);
      row.tag = slice.tag;
      row.value = slice.value;
      flips.push_back(
          fill_row(a, b, part, {.resamples = kSliceResamples, .items_max = kSliceItemsMax}, row));
      if (part.size() < pairs.size()) forget_missing(row);
      rows.push_back(std::move(row));
    }
  }

  // A slice holds fewer samples than the suite by its nature.
  static void forget_missing(RunComparison& row) {
    if (row.comparison.note.starts_with("on the ")) row.comparison.note.clear();
  }

  // By tag and value, then metric.
  void add_slices(std::vector<RunComparison>& slices, std::vector<WantedNames::Flips>& flips,
                  WantedNames& names) {
    std::vector<size_t> order(slices.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](size_t x, size_t y) {
      return std::tie(slices[x].tag, slices[x].value) < std::tie(slices[y].tag, slices[y].value);
    });
    for (const size_t i : order) {
      rows_.push_back(std::move(slices[i]));
      names.add(rows_.size() - 1, std::move(flips[i]));
    }
  }

  const Match& match_;
  const SamePairer& pairer_;
  const CompareOptions& options_;
  HeadlineTests& headlines_;
  std::vector<RunComparison>& rows_;
  std::vector<Slice> slices_;
};

// What of a suite is not the same in two files.
std::vector<std::string_view> differing_parts(const SuiteInfo& a, const SuiteInfo& b) {
  std::vector<std::string_view> out;
  if (a.data_hash != b.data_hash) out.emplace_back("items");
  if (a.prompt_hash != b.prompt_hash) out.emplace_back("prompt");
  if (a.scorer_hash != b.scorer_hash) out.emplace_back("scorer");
  return out;
}

// All of a comparison, file by file.
class Comparer {
 public:
  Comparer(const CompareOptions& options, std::vector<Side> sides)
      : options_(options), sides_(std::move(sides)) {
    report_.confidence = options.confidence;
    report_.alpha = options.alpha;
    report_.margin = options.margin;
    for (const Side& side : sides_) report_.sources.push_back(side.name);
  }

  Result<ComparisonReport> run() {
    for (size_t s = 1; s < sides_.size(); ++s) {
      note_missing_suites(sides_.front(), sides_[s]);
      note_missing_suites(sides_[s], sides_.front());
      ASSAY_TRY_VOID(compare_loads(s));
      for (const SideSuite& suite : sides_[s].suites) {
        const SideSuite* other = find_suite(sides_.front(), suite.suite.name);
        if (other != nullptr) ASSAY_TRY_VOID(compare_suite(*other, suite, s));
      }
    }
    judge(/*slices=*/false);
    judge(/*slices=*/true);
    adjust_speeds(report_.speeds);
    ASSAY_TRY(report_.ties, tied_sets(sides_, options_, headlines_, book_));
    return std::move(report_);
  }

 private:
  void judge(bool slices) {
    std::vector<Comparison*> family;
    for (RunComparison& row : report_.rows) {
      if (row.tag.empty() != slices) family.push_back(&row.comparison);
    }
    holm_and_verdicts(family, options_.alpha);
  }

  void note_missing_suites(const Side& one, const Side& other) {
    for (const SideSuite& suite : one.suites) {
      if (find_suite(other, suite.suite.name) == nullptr) {
        report_.notes.push_back(
            fmt::format("suite {} of {} is not in {}", suite.suite.name, one.name, other.name));
      }
    }
  }

  [[nodiscard]] Result<void> check_same(const SuiteInfo& a, const SuiteInfo& b,
                                        const Side& later) const {
    if (options_.mismatch != Mismatch::kRefuse) return {};
    const std::vector<std::string_view> parts = differing_parts(a, b);
    if (parts.empty()) return {};
    return input_error(
        later.name, fmt::format("suite {} has not the same {} as in {}, expected the same items, "
                                "prompt and scorer",
                                b.name, fmt::join(parts, ", "), sides_.front().name));
  }

  Result<void> compare_suite(const SideSuite& suite_a, const SideSuite& suite_b, size_t s) {
    const Side& baseline = sides_.front();
    const Side& later = sides_[s];
    ASSAY_TRY_VOID(check_same(suite_a.suite, suite_b.suite, later));
    for (const Group& b : suite_b.models) {
      const Group* a = counterpart(suite_a, b.model.name);
      if (a == nullptr) {
        report_.notes.push_back(fmt::format("suite {}: model {} of {} has no counterpart in {}",
                                            suite_b.suite.name, b.model.name, later.name,
                                            baseline.name));
        continue;
      }
      if (a->model.version != b.model.version) {
        report_.notes.push_back(fmt::format("suite {}: model {} was `{}` in {} and is `{}` in {}",
                                            suite_b.suite.name, b.model.name, a->model.version,
                                            baseline.name, b.model.version, later.name));
      }
      ASSAY_TRY(const SamePairer pairer, book_.pairer(baseline, *a, later, b));
      const Match match{.side_a = baseline, .a = *a, .side_b = later, .b = b, .later = s};
      ASSAY_TRY_VOID(ModelComparison(match, pairer, options_, headlines_, report_.rows).run());
      add_model_speeds(match, pairer);
    }
    return {};
  }

  void add_model_speeds(const Match& match, const SamePairer& pairer) {
    const size_t first = report_.speeds.size();
    add_speeds({.side_a = match.side_a,
                .a = match.a,
                .side_b = match.side_b,
                .b = match.b,
                .pairer = pairer},
               options_, report_.speeds);
    for (size_t i = first; i < report_.speeds.size(); ++i) report_.speeds[i].later = match.later;
  }

  Result<void> compare_loads(size_t later);

  const CompareOptions& options_;
  std::vector<Side> sides_;
  IdentityBook book_;
  HeadlineTests headlines_;
  ComparisonReport report_;
};

// Models of one name in several files are told apart by the file's, which stands behind here
// anyway.
std::string without_file(const std::string& model, const std::string& file) {
  const std::string suffix = fmt::format(" [{}]", file);
  return model.ends_with(suffix) ? model.substr(0, model.size() - suffix.size()) : model;
}

// The same load point of the same model in the baseline and in a later file; where no model is in
// both under one name, of each with each.
Result<void> Comparer::compare_loads(size_t later) {
  const std::array<const RunStore*, 2> stores{sides_.front().store, sides_[later].store};
  const std::array<std::string, 2> names{sides_.front().name, sides_[later].name};
  LoadOptions options;
  options.confidence = options_.confidence;
  ASSAY_TRY(const LoadSection loads, summarize_loads(stores, names, options));
  std::vector<LoadComparison> across;
  for (LoadComparison one : loads.comparisons) {
    if (one.a_source != 0 || one.b_source != 1) continue;
    one.a = without_file(one.a, names[0]);
    one.b = without_file(one.b, names[1]);
    across.push_back(std::move(one));
  }
  const bool same_names = std::any_of(across.begin(), across.end(),
                                      [](const LoadComparison& one) { return one.a == one.b; });
  for (LoadComparison& one : across) {
    if (same_names && one.a != one.b) continue;
    one.a = fmt::format("{} ({})", one.a, names[0]);
    one.b = fmt::format("{} ({})", one.b, names[1]);
    report_.loads.push_back(std::move(one));
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
  std::vector<Side> sides;
  for (size_t s = 0; s < stores.size(); ++s) {
    ASSAY_TRY(Side side, read_side(*stores[s], source_names[s]));
    sides.push_back(std::move(side));
  }
  return Comparer(options, std::move(sides)).run();
}

}  // namespace assay::aggregate
