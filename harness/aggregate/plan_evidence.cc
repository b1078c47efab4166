// What earlier runs say of items, tokens and times.
#include <algorithm>
#include <cmath>
#include <set>

#include "harness/aggregate/collect.h"
#include "harness/aggregate/plan.h"
#include "harness/aggregate/samples.h"
#include "harness/stats/variance_components.h"
#include "harness/types/usage_sums.h"

namespace assay::aggregate {
namespace {

// Sums of a column, for its mean and deviation.
struct Tallying {
  uint64_t n = 0;
  double sum = 0;
  double squares = 0;
  void add(double x) {
    ++n;
    sum += x;
    squares += x * x;
  }
  [[nodiscard]] Moments moments() const {
    Moments out;
    out.n = n;
    if (n == 0) return out;
    const auto count = static_cast<double>(n);
    out.mean = sum / count;
    if (n > 1) {
      out.deviation = std::sqrt(std::max(0.0, (squares - sum * out.mean) / (count - 1)));
    }
    return out;
  }
};

struct Using {
  ModelUsage usage;
  Tallying input;
  Tallying reasoning;
  Tallying output;
  Tallying latency;
  double cached = 0;
  // By session: when anything was in flight.
  struct Span {
    int64_t first = INT64_MAX;
    int64_t last = INT64_MIN;
  };
  std::map<uint32_t, Span> spans;
};

// A server may claim any number; what is beyond this is none.
constexpr int64_t kTokensMax = 1'000'000'000;
int64_t tokens(int64_t claimed) { return std::clamp<int64_t>(claimed, 0, kTokensMax); }

void take_usage(Using& of, const Record& r) {
  if (!is_answer(r.outcome)) return;
  const Usage& u = r.usage;
  if (u.input_tokens >= 0) {
    of.input.add(static_cast<double>(tokens(prompt_tokens(u))));
    of.cached += static_cast<double>(tokens(u.cached_tokens) + tokens(u.cached_audio_tokens));
  }
  if (u.output_tokens >= 0) of.output.add(static_cast<double>(tokens(u.output_tokens)));
  if (u.reasoning_tokens >= 0) of.reasoning.add(static_cast<double>(tokens(u.reasoning_tokens)));
  if (r.in_load || r.done_ns < r.sent_ns) return;
  of.latency.add(static_cast<double>(r.done_ns - r.sent_ns) / 1e9);
  Using::Span& span = of.spans[r.session];
  span.first = std::min(span.first, r.sent_ns);
  span.last = std::max(span.last, r.done_ns);
}

ModelUsage finished(Using of) {
  ModelUsage out = std::move(of.usage);
  out.input = of.input.moments();
  out.reasoning = of.reasoning.moments();
  out.output = of.output.moments();
  out.latency_s = of.latency.moments();
  if (of.input.sum > 0) out.cached_share = of.cached / of.input.sum;
  double wall = 0;
  for (const auto& [session, span] : of.spans) {
    wall += static_cast<double>(span.last - span.first) / 1e9;
  }
  if (wall > 0) out.in_flight = of.latency.sum / wall;
  return out;
}

template <typename Info>
const Info* find_row(const std::vector<Info>& infos, uint32_t id) {
  for (const Info& one : infos) {
    if (one.id == id) return &one;
  }
  return nullptr;
}

Result<void> read_usages(const RunStore& store, const std::string& name,
                         std::vector<ModelUsage>& out) {
  ASSAY_TRY(const Manifest manifest, store.manifest());
  std::map<std::pair<uint32_t, uint32_t>, Using> found;
  ASSAY_TRY_VOID(store.read_records([&](const Record& r) {
    const auto [at, fresh] = found.try_emplace({r.suite, r.model});
    if (fresh) {
      const SuiteInfo* suite = find_row(manifest.suites, r.suite);
      const ModelInfo* model = find_row(manifest.models, r.model);
      at->second.usage.suite = suite != nullptr ? suite->name : "";
      at->second.usage.model = model != nullptr ? model->name : "";
      at->second.usage.virtual_clock = model != nullptr && model->virtual_clock;
      at->second.usage.source = name;
    }
    take_usage(at->second, r);
  }));
  for (auto& [key, of] : found) out.push_back(finished(std::move(of)));
  return {};
}

// Variance of one repeat around its item, of rows that are asked more than once.
std::optional<double> within_of(const Group& group, double ratio, double mean_weight) {
  const MetricDef& def = group.suite.metrics.front();
  if (def.vote || def.repeats_first != 0) return std::nullopt;
  std::vector<double> values;
  std::vector<uint32_t> items;
  for (size_t i = 0; i < group.size(); ++i) {
    const size_t row = group.row(i);
    if (group.metric(0).state(row) != TallyState::kScored) continue;
    const Tally t = group.metric(0).tally(row);
    values.push_back((t.numerator - ratio * t.weight) / mean_weight);
    items.push_back(group.index(row));
  }
  return stats::variance_components(values, items).within;
}

// Values whose mean is the pooled ratio r and whose spread is that of its linearisation:
// r + (num_i - r w_i) / w̄; for weights of 1 the items' own values.
std::optional<ModelScores> scores_of(const Group& group) {
  const MetricDef& def = group.suite.metrics.front();
  const Samples samples = reduce(group, 0);
  if (samples.size() == 0 || def.aggregation != Aggregation::kPooled) return std::nullopt;
  double numerators = 0;
  double weights = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const Tally t = samples.tallies.tally(i);
    numerators += t.numerator;
    weights += t.weight;
  }
  if (!(weights > 0)) return std::nullopt;
  ModelScores out;
  out.model = group.model.name;
  out.mean = numerators / weights;
  const double mean_weight = weights / static_cast<double>(samples.size());
  for (size_t i = 0; i < samples.size(); ++i) {
    const Tally t = samples.tallies.tally(i);
    out.value.push_back(out.mean + (t.numerator - out.mean * t.weight) / mean_weight);
  }
  out.index = samples.index;
  out.cluster = samples.clusters();
  uint64_t scored = 0;
  for (size_t row = 0; row < group.size(); ++row) {
    scored += group.metric(0).state(row) == TallyState::kScored ? 1 : 0;
  }
  out.repeats = static_cast<double>(scored) / static_cast<double>(samples.size());
  out.within = within_of(group, out.mean, mean_weight);
  return out;
}

}  // namespace

const SuiteEvidence* Evidence::find(const std::string& suite) const {
  for (const SuiteEvidence& one : suites) {
    if (one.suite.name == suite) return &one;
  }
  return nullptr;
}

const ModelUsage* Evidence::usage(const std::string& suite, const std::string& model) const {
  for (const ModelUsage& one : usages) {
    if (one.suite == suite && one.model == model) return &one;
  }
  return nullptr;
}

Result<Evidence> read_evidence(std::span<const RunStore* const> stores,
                               std::span<const std::string> names) {
  Evidence out;
  Collector collector(stores, names, /*keep_rows=*/false);
  ASSAY_TRY_VOID(collector.plan());
  std::map<size_t, ModelScores> found;  // by slot: run order
  ASSAY_TRY_VOID(collector.read([&](size_t slot, Group&& group) {
    // Another prompt, data or scorer under the same name is another suite.
    if (collector.slots()[slot].variant != 0 || !group.model.curve_of.empty()) return;
    if (group.suite.metrics.empty()) return;
    std::optional<ModelScores> scores = scores_of(group);
    if (scores) found.emplace(slot, std::move(*scores));
  }));
  for (const SuitePlan& plan : collector.suites()) {
    const std::string& source = collector.sources()[plan.variant_source.front()].name;
    out.suites.push_back({.suite = plan.variants.front(), .source = source, .models = {}});
  }
  for (auto& [slot, scores] : found) {
    out.suites[collector.slots()[slot].suite].models.push_back(std::move(scores));
  }
  for (size_t s = 0; s < stores.size(); ++s) {
    ASSAY_TRY_VOID(read_usages(*stores[s], names[s], out.usages));
  }
  return out;
}

}  // namespace assay::aggregate
