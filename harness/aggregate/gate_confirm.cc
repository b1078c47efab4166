// The confirmation round: what regressed is asked again.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "harness/aggregate/gate_parts.h"

namespace assay::aggregate {
namespace {

using Values = std::unordered_map<std::string, double>;
using Key = std::tuple<std::string, std::string, std::string>;  // suite, model, metric

// What is known so far, so that a slice does not ask again what its suite asked.
struct Known {
  Values fresh;
  Values baseline;
  std::set<std::string> asked;
};

// `count` of them, evenly spaced over the suite's order.
std::vector<std::string> spread(const std::vector<std::string>& items, size_t count) {
  std::vector<std::string> out;
  out.reserve(count);
  for (size_t i = 0; i < count; ++i) out.push_back(items[i * items.size() / count]);
  return out;
}

struct Chosen {
  std::vector<std::string> worsened;
  std::vector<std::string> improved;
};

// How many of `total`, of which `listed` are known, at this rate: one at least.
size_t part_of(uint64_t total, size_t listed, double rate) {
  const double wanted = std::floor(static_cast<double>(total) * rate);
  return std::min(listed, std::max<size_t>(static_cast<size_t>(wanted), 1));
}

// Both directions at the same rate: `limit` allows no more, and lists of items may be cut, which
// must not favour the direction that has fewer.
Chosen choose(const GateCheck& check, uint64_t limit) {
  const auto total = static_cast<double>(check.worsened + check.improved);
  double rate = total > 0 ? std::min(1.0, static_cast<double>(limit) / total) : 0;
  const auto listed = [&](const std::vector<std::string>& items, uint64_t all) {
    if (all > 0)
      rate = std::min(rate, static_cast<double>(items.size()) / static_cast<double>(all));
  };
  listed(check.worsened_items, check.worsened);
  listed(check.improved_items, check.improved);
  const size_t worse = part_of(check.worsened, check.worsened_items.size(), rate);
  const size_t better = part_of(check.improved, check.improved_items.size(), rate);
  return {spread(check.worsened_items, worse), spread(check.improved_items, better)};
}

Result<void> ask_missing(const Confirm& confirm, ConfirmAsk ask, bool fresh, Known& known) {
  Values& values = fresh ? known.fresh : known.baseline;
  std::erase_if(ask.items, [&](const std::string& item) {
    return fresh ? known.asked.contains(item) : values.contains(item);
  });
  if (ask.items.empty()) return {};
  ASSAY_TRY(const std::vector<ConfirmedItem> replies, confirm(ask));
  const std::set<std::string> wanted(ask.items.begin(), ask.items.end());
  for (const ConfirmedItem& reply : replies) {
    if (reply.n > 0 && wanted.contains(reply.item)) values[reply.item] = reply.value;
  }
  if (fresh) known.asked.insert(ask.items.begin(), ask.items.end());
  return {};
}

// Values of one item: baseline's and fresh, in the direction that is better.
struct Replies {
  std::vector<double> baseline;
  std::vector<double> fresh;
};

void count_items(const std::vector<std::string>& items, const Known& known, bool dropped,
                 bool higher_is_better, GateConfirmation& out, Replies& replies) {
  for (const std::string& item : items) {
    const auto before = known.baseline.find(item);
    const auto after = known.fresh.find(item);
    if (before == known.baseline.end() || after == known.fresh.end()) continue;
    const double sign = higher_is_better ? 1 : -1;
    const double from = sign * before->second;
    const double to = sign * after->second;
    replies.baseline.push_back(from);
    replies.fresh.push_back(to);
    ++out.asked;
    if (to < from) ++out.worse;
    if (to > from) ++out.better;
    if (dropped) ++out.dropped;
    if (dropped && to >= from) ++out.recovered;
  }
}

void decide(GateConfirmation& out, const Replies& replies, const GateCheck& check, double alpha) {
  out.p = one_sided_sign_p(out.worse, out.better);
  if (!check.metric.binary) {
    // A few large drops among many small gains: the sign test is blind to sizes.
    const auto by_size = one_sided_drop_p(replies.baseline, replies.fresh);
    if (by_size) out.p = std::min(*out.p, *by_size);
  }
  out.state = *out.p < alpha ? Confirmation::kConfirmed : Confirmation::kNotConfirmed;
}

std::string came_back(const GateConfirmation& c) {
  return fmt::format("asked again, {} items are worse and {} better (one-sided p = {:.2g})",
                     grouped(c.worse), grouped(c.better), *c.p);
}

void say_impossible(GateCheck& check, const std::string& why) {
  check.confirmation.state = Confirmation::kImpossible;
  check.confirmation.note = why;
  check.reason += "; not asked again: " + why;
}

Result<GateConfirmation> ask_again(const QualityCandidate& candidate, const GateCheck& check,
                                   const GateRules& rules, const GateAsking& asking, Known& known) {
  const Chosen chosen = choose(check, rules.confirm_items);
  ConfirmAsk ask{.suite = check.suite,
                 .model = check.model,
                 .metric = check.metric.name,
                 .items = chosen.worsened,
                 .repeats = rules.confirm_repeats,
                 .baseline_model = candidate.baseline_model};
  ask.items.insert(ask.items.end(), chosen.improved.begin(), chosen.improved.end());
  const size_t wanted = ask.items.size();
  if (wanted == 0) return Error{ErrorCode::kNotFound, "the items that differ are not known", {}};
  ASSAY_TRY_VOID(ask_missing(asking.baseline, ask, false, known));
  ASSAY_TRY_VOID(ask_missing(asking.fresh, ask, true, known));
  GateConfirmation out;
  Replies replies;
  count_items(chosen.worsened, known, true, check.metric.higher_is_better, out, replies);
  count_items(chosen.improved, known, false, check.metric.higher_is_better, out, replies);
  if (out.asked * 2 < wanted) {
    return Error{ErrorCode::kInfrastructure,
                 fmt::format("only {} of {} items came back", grouped(out.asked), grouped(wanted)),
                 {}};
  }
  decide(out, replies, check, rules.alpha);
  return out;
}

void confirm_one(const QualityCandidate& candidate, const GateRules& rules,
                 const GateAsking& asking, Known& known, GateCheck& check) {
  const Result<GateConfirmation> answer = ask_again(candidate, check, rules, asking, known);
  if (!answer) {
    say_impossible(check, answer.error().text());
    return;
  }
  check.confirmation = *answer;
  if (answer->state == Confirmation::kConfirmed) {
    check.reason += "; confirmed: " + came_back(*answer);
    return;
  }
  check.verdict = GateVerdict::kInconclusive;
  check.confirmation.note = fmt::format("not confirmed: {} of {} drops came back right",
                                        grouped(answer->recovered), grouped(answer->dropped));
  check.reason += fmt::format("; {}, {}", check.confirmation.note, came_back(*answer));
  const auto& undecided =
      check.tag.empty() ? candidate.settings.undecided : candidate.settings.undecided_slice;
  check.outcome = outcome_of(check.verdict, undecided.value_or(WhenUndecided::kInconclusive));
}

}  // namespace

void confirm_regressions(const std::vector<QualityCandidate>& candidates, const GateRules& rules,
                         const GateAsking& asking, std::vector<GateCheck>& checks) {
  std::map<Key, Known> known;
  for (size_t i = 0; i < checks.size(); ++i) {
    GateCheck& check = checks[i];
    if (check.verdict != GateVerdict::kRegressed) continue;
    if (!rules.confirm || !asking.fresh || !asking.baseline) {
      const std::string why = rules.confirm ? asking.why_not : "switched off";
      say_impossible(check, why.empty() ? "the model cannot be asked from here" : why);
      continue;
    }
    Known& so_far = known[Key{check.suite, check.model, check.metric.name}];
    confirm_one(candidates[i], rules, asking, so_far, check);
  }
}

}  // namespace assay::aggregate
