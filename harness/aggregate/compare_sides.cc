#include "harness/aggregate/compare_sides.h"

#include <fmt/format.h>

#include <map>
#include <span>
#include <string_view>
#include <utility>

#include "harness/aggregate/collect.h"
#include "harness/base/hash.h"

namespace assay::aggregate {
namespace {

Result<Identities> read_identities(const Side& side, const std::string& suite) {
  Identities out;
  ASSAY_TRY_VOID(side.store->read_samples(
      suite, [&](uint64_t row, std::string_view id, std::string_view truth) {
        HashBuilder hash;
        hash.add(id).add(truth);
        out[row] = hash.finish().prefix64();
        return true;
      }));
  return out;
}

}  // namespace

Result<Side> read_side(const RunStore& store, const std::string& name) {
  const RunStore* const one_store = &store;
  Collector collector(std::span(&one_store, 1), std::span(&name, 1), /*keep_rows=*/true);
  ASSAY_TRY_VOID(collector.plan());
  std::map<size_t, Group> groups;
  ASSAY_TRY_VOID(collector.read([&](size_t slot, Group&& group) {
    if (group.model.curve_of.empty()) groups.emplace(slot, std::move(group));
  }));
  Side out{.store = &store,
           .name = name,
           .manifest = collector.sources().front().manifest,
           .suites = {}};
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

std::string label_of(const Side& side, const Group& group) {
  return fmt::format("{} ({})", group.model.name, side.name);
}

Result<const Identities*> IdentityBook::of(const Side& side, const std::string& suite) {
  const auto known = known_.find({&side, suite});
  if (known != known_.end()) return &known->second;
  ASSAY_TRY(Identities fresh, read_identities(side, suite));
  return &known_.emplace(std::pair(&side, suite), std::move(fresh)).first->second;
}

Result<SamePairer> IdentityBook::pairer(const Side& side_a, const Group& a, const Side& side_b,
                                        const Group& b) {
  if (a.suite.data_hash == b.suite.data_hash) return SamePairer();
  ASSAY_TRY(const Identities* const of_a, of(side_a, a.suite.name));
  ASSAY_TRY(const Identities* const of_b, of(side_b, b.suite.name));
  return SamePairer(*of_a, *of_b);
}

Pairs SamePairer::pair(const Samples& a, const Samples& b) const {
  if (same_data()) return pair_by_index(a, b);
  std::unordered_map<uint64_t, size_t> place_in_b;
  for (size_t j = 0; j < b.size(); ++j) {
    const auto at = of_b_->find(b.rows[j]);
    if (at != of_b_->end()) place_in_b.emplace(at->second, j);
  }
  Pairs out;
  for (size_t i = 0; i < a.size(); ++i) {
    const auto identity = of_a_->find(a.rows[i]);
    if (identity == of_a_->end()) continue;
    const auto at = place_in_b.find(identity->second);
    if (at == place_in_b.end()) continue;
    out.add(i, at->second);
    place_in_b.erase(at);
  }
  return out;
}

}  // namespace assay::aggregate
