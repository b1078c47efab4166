// The rule of a decision: which of the models that are left to adopt, and what would change it.
//
// Where it stands: harness/aggregate, called by decision.cc once the figures of all models are
// there. Pure; one thread.
//
//   Chooser chooser(items, figures, options, suite_decision);
//   chooser.decide();          // outcome, reason, chosen, tied, standings, ratios, changes
//
// 1. Models that a requirement knocks out are out.
// 2. Of the rest, the one with the best headline is compared with each other one on the samples
//    both answered (pairing.h). With the interval of what the other loses: all of it above the
//    margin: worse, out; all of it below: within; else undecided, and kept. The margin is for
//    metrics that are shares; of others it is 0 (worse: a loss is shown).
// 3. Of those kept, the cheapest per correct answer is chosen. It is adopted when it is the best or
//    within the margin, every other kept one has a cost, and the interval of each one's cost per
//    correct answer over the choice's lies above 1. Otherwise it is named, and nothing is decided.
//    Where no kept model has a cost, the best is named; it is adopted when it is alone.
// Intervals are at the decision's confidence each, without correction for the number of models:
// the choice is the one a reader would check again.
// What would change it is found by choosing again: with another price, margin or requirement. The
// weights of quality at which another one has the better weighted sum (figures as measured, scaled
// over the models left, cost and latency in equal parts) are solved for exactly.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "harness/aggregate/decision_figures.h"
#include "harness/aggregate/decision_items.h"
#include "harness/aggregate/decision_rules.h"
#include "harness/types/decision.h"

namespace assay::aggregate {

class Chooser {
 public:
  // All outlive it. Of `out`, models (quality, costs, requirements, knocked_out) and metric are
  // filled in.
  Chooser(const std::vector<ModelItems>& items, const DecisionFigures& figures,
          const DecisionOptions& options, SuiteDecision& out)
      : items_(items), figures_(figures), options_(options), out_(out) {}

  void decide();

 private:
  struct Standing {
    QualityStanding standing = QualityStanding::kNone;
    Estimate loss;
  };
  struct Choice {
    std::optional<size_t> best;
    std::optional<size_t> chosen;
    std::vector<size_t> kept;  // run order, the best and the undecided among them
  };
  [[nodiscard]] std::vector<size_t> left() const;
  [[nodiscard]] Choice choose(const std::vector<size_t>& left, double margin);
  [[nodiscard]] const Estimate& loss(size_t best, size_t other);
  [[nodiscard]] QualityStanding standing(const Estimate& loss, double margin) const;
  [[nodiscard]] std::optional<size_t> best_of(const std::vector<size_t>& models) const;
  [[nodiscard]] std::optional<size_t> cheapest_of(const std::vector<size_t>& models) const;
  void set_standings(const Choice& choice, const std::vector<size_t>& left);
  void set_ratios(const Choice& choice);
  void judge(const Choice& choice, const std::vector<size_t>& left);
  void add_price_changes(const Choice& choice);
  void add_unknown_prices(const Choice& choice);
  void add_margin_changes(const Choice& choice, const std::vector<size_t>& left);
  void add_requirement_changes(const Choice& choice, const std::vector<size_t>& left);
  void add_weight_changes(const Choice& choice, const std::vector<size_t>& left);

  const std::vector<ModelItems>& items_;
  const DecisionFigures& figures_;
  const DecisionOptions& options_;
  SuiteDecision& out_;
  std::map<std::pair<size_t, size_t>, Estimate> losses_;  // by best and other
};

}  // namespace assay::aggregate
