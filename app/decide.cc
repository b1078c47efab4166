#include "app/decide.h"

#include <algorithm>

#include "app/config.h"
#include "app/decision_config.h"
#include "app/margin.h"

namespace assay::app {
namespace {

bool any_rule(const aggregate::RequirementRules& rules) {
  return !rules.licences.empty() || !rules.regions.empty() || !rules.modalities.empty() ||
         rules.context || rules.availability || rules.error_rate || rules.p95_seconds ||
         rules.budget;
}

}  // namespace

void declare_decide_flags(CLI::App& command, DecideFlags& flags) {
  command.add_option("-c,--config", flags.config,
                     "Configuration file with `require`, `weights` and facts of models "
                     "(default: assay.yaml)");
  command.add_option("--margin", flags.margin,
                     "Quality that a cheaper model may lose, such as 2pp (default 2pp)");
  command.add_option("--weights", flags.weights,
                     "What matters how much: quality=2,cost=1,latency=1; a range is 1..3");
  command
      .add_option("--require", flags.require,
                  "What a model must meet: p95<=5s, availability>=99%, error_rate<=1%, "
                  "context>=128k, licence=mit|apache-2.0, region=kr,eu, modality=text,image, "
                  "budget<=300usd/month, per_day=20000, unknown=fail; repeatable")
      ->allow_extra_args(false);
  command.add_option("--seed", flags.seed, "Of the draws (default 1)");
}

Result<aggregate::DecisionOptions> decision_options(const DecideFlags& flags) {
  aggregate::DecisionOptions out;
  out.suites = flags.suites;
  if (flags.seed) out.seed = *flags.seed;
  const std::string file = config_path(flags.config);
  if (!file.empty()) {
    ASSAY_TRY(const Config config, load_config(file));
    if (config.requirements) out.rules = *config.requirements;
    out.weights = config.weights;
    for (const ConfigModel& model : config.models) out.facts.push_back(model.facts);
  }
  if (!flags.margin.empty()) {
    ASSAY_TRY(out.margin, parse_margin(flags.margin));
  }
  if (!flags.weights.empty()) {
    ASSAY_TRY(out.weights, parse_weights(flags.weights));
  }
  for (const std::string& text : flags.require) ASSAY_TRY_VOID(add_requirement(text, out.rules));
  return out;
}

bool worth_deciding(const DecisionReport& report, const aggregate::DecisionOptions& options) {
  const bool asked = options.weights.has_value() || any_rule(options.rules);
  return std::any_of(report.suites.begin(), report.suites.end(), [&](const SuiteDecision& suite) {
    if (suite.models.size() < 2) return false;
    const auto priced = std::count_if(
        suite.models.begin(), suite.models.end(),
        [](const DecidedModel& model) { return model.cost_per_item.value.has_value(); });
    return asked || priced >= 2;
  });
}

}  // namespace assay::app
