#include "harness/aggregate/collect.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/check.h"

namespace assay::aggregate {
namespace {

bool same_metrics(const SuiteInfo& a, const SuiteInfo& b) {
  return std::equal(a.metrics.begin(), a.metrics.end(), b.metrics.begin(), b.metrics.end(),
                    [](const MetricDef& x, const MetricDef& y) {
                      return x.name == y.name && x.binary == y.binary &&
                             x.higher_is_better == y.higher_is_better;
                    });
}

uint64_t planned_items(const SuiteInfo& suite) {
  uint64_t out = 0;
  return __builtin_mul_overflow(suite.sample_count, suite.repeats, &out) ? UINT64_MAX : out;
}

}  // namespace

bool same_definition(const SuiteInfo& a, const SuiteInfo& b) {
  return a.prompt_hash == b.prompt_hash && a.data_hash == b.data_hash &&
         a.scorer_hash == b.scorer_hash && same_metrics(a, b);
}

bool same_model(const ModelInfo& a, const ModelInfo& b) {
  return a.name == b.name && a.config_hash == b.config_hash && a.curve_of == b.curve_of &&
         a.train_size == b.train_size;
}

Collector::Collector(std::span<const RunStore* const> stores, std::span<const std::string> names,
                     bool keep_rows)
    : keep_rows_(keep_rows) {
  ASSAY_CHECK(stores.size() == names.size(), "{} run files, {} names", stores.size(), names.size());
  for (size_t i = 0; i < stores.size(); ++i) {
    Source& source = sources_.emplace_back();
    source.store = stores[i];
    source.name = names[i];
  }
}

Result<void> Collector::plan() {
  if (sources_.empty()) return input_error("", "no run file given, expected at least one");
  slot_of_.resize(sources_.size());
  for (size_t s = 0; s < sources_.size(); ++s) {
    ASSAY_TRY(sources_[s].manifest, sources_[s].store->manifest());
    plan_source(s);
    ASSAY_TRY(sources_[s].energy, read_energy(*sources_[s].store));
  }
  groups_.resize(slots_.size());
  return {};
}

Result<void> Collector::read(const Done& done) {
  for (size_t s = 0; s < sources_.size(); ++s) ASSAY_TRY_VOID(read_source(s, done));
  return {};
}

void Collector::plan_source(size_t source) {
  const Manifest& manifest = sources_[source].manifest;
  for (const SuiteInfo& suite : manifest.suites) {
    const auto place = place_suite(source, suite);
    for (const ModelInfo& model : manifest.models) {
      slot_of_[source][{suite.id, model.id}] = place_model(source, place, model);
    }
  }
}

std::pair<size_t, size_t> Collector::place_suite(size_t source, const SuiteInfo& suite) {
  auto plan = std::find_if(suites_.begin(), suites_.end(),
                           [&](const SuitePlan& p) { return p.name == suite.name; });
  if (plan == suites_.end()) plan = suites_.insert(plan, SuitePlan{.name = suite.name});
  auto variant = std::find_if(plan->variants.begin(), plan->variants.end(),
                              [&](const SuiteInfo& v) { return same_definition(v, suite); });
  if (variant == plan->variants.end()) {
    variant = plan->variants.insert(variant, suite);
    plan->variant_source.push_back(source);
  }
  return {static_cast<size_t>(plan - suites_.begin()),
          static_cast<size_t>(variant - plan->variants.begin())};
}

size_t Collector::place_model(size_t source, std::pair<size_t, size_t> suite,
                              const ModelInfo& model) {
  auto slot = std::find_if(slots_.begin(), slots_.end(), [&](const Slot& s) {
    return s.suite == suite.first && s.variant == suite.second && same_model(s.model, model);
  });
  if (slot == slots_.end()) {
    slot = slots_.insert(
        slot, Slot{.suite = suite.first, .variant = suite.second, .model = model, .sources = {}});
  }
  if (slot->sources.empty() || slot->sources.back() != source) slot->sources.push_back(source);
  return static_cast<size_t>(slot - slots_.begin());
}

Result<void> Collector::read_source(size_t source, const Done& done) {
  Result<void> state;
  current_ = nullptr;
  ASSAY_TRY_VOID(sources_[source].store->read_records([&](const Record& record) {
    if (state) state = take(source, record, done);
  }));
  if (!state) {
    const Error& error = state.error();
    return Error{error.code, error.text(), sources_[source].name};
  }
  if (current_ != nullptr) close_group(source, done);
  return {};
}

Result<void> Collector::take(size_t source, const Record& record, const Done& done) {
  const RowKey key{record.suite, record.model};
  if (current_ == nullptr || key != current_key_) ASSAY_TRY_VOID(open_group(source, key, done));
  return current_->add(record);
}

Result<void> Collector::open_group(size_t source, RowKey key, const Done& done) {
  if (current_ != nullptr) close_group(source, done);
  const auto at = slot_of_[source].find(key);
  if (at == slot_of_[source].end()) {
    return input_error("", fmt::format("a record names suite {} and model {}, which the manifest "
                                       "does not list",
                                       key.first, key.second));
  }
  current_slot_ = at->second;
  current_key_ = key;
  const Slot& slot = slots_[current_slot_];
  std::unique_ptr<Group>& group = groups_[current_slot_];
  if (group && !group->shares.empty() && group->shares.back().store == source) {
    return input_error("", fmt::format("records of model `{}` on suite `{}` are not together",
                                       slot.model.name, suites_[slot.suite].name));
  }
  if (!group) {
    group =
        std::make_unique<Group>(slot.model, suites_[slot.suite].variants[slot.variant], keep_rows_);
  }
  group->begin_store(source);
  const Manifest& manifest = sources_[source].manifest;
  const auto model = std::find_if(manifest.models.begin(), manifest.models.end(),
                                  [&](const ModelInfo& m) { return m.id == key.second; });
  group->account.begin_source(model->prices, manifest.sessions, model->virtual_clock);
  const std::vector<SuiteInfo>& suites = manifest.suites;
  const auto suite = std::find_if(suites.begin(), suites.end(),
                                  [&](const SuiteInfo& s) { return s.id == key.first; });
  group->planned = std::max(group->planned, planned_items(*suite));
  current_ = group.get();
  return {};
}

// Complete when no later file can add to it.
void Collector::close_group(size_t source, const Done& done) {
  current_ = nullptr;
  if (slots_[current_slot_].sources.back() == source) hand_on(current_slot_, done);
}

void Collector::hand_on(size_t slot, const Done& done) {
  const std::unique_ptr<Group> group = std::move(groups_[slot]);
  group->seal();
  done(slot, std::move(*group));
}

}  // namespace assay::aggregate
