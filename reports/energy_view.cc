#include "reports/energy_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/format.h"

namespace assay::reports {
namespace {

constexpr int kDigits = 3;
constexpr double kKiloFrom = 1e4;  // below it joules are easier to compare
constexpr double kMegaFrom = 1e7;

struct Unit {
  double joules;
  std::string_view name;
};

Unit unit_of(double joules) {
  const double size = std::abs(joules);
  if (size >= kMegaFrom) return {1e6, "MJ"};
  if (size >= kKiloFrom) return {1e3, "kJ"};
  return {1, "J"};
}

bool of_this_machine(const ModelResult& m) { return m.model.local && !m.model.virtual_clock; }

}  // namespace

bool energy_known(const SuiteSummary& suite) {
  return std::any_of(suite.models.begin(), suite.models.end(), [](const ModelResult& m) {
    return m.cost.energy.source != EnergySource::kNone;
  });
}

std::string energy_reason(const SuiteSummary& suite) {
  if (energy_known(suite)) return {};
  for (const ModelResult& m : suite.models) {
    std::string why = m.cost.energy.basis;
    if (!of_this_machine(m) || why.empty()) continue;
    // It goes into a sentence that says so itself.
    constexpr std::string_view kSaid = "not measured: ";
    if (why.starts_with(kSaid)) why.erase(0, kSaid.size());
    return why;
  }
  return {};
}

bool carbon_known(const SuiteSummary& suite) {
  return std::any_of(suite.models.begin(), suite.models.end(),
                     [](const ModelResult& m) { return m.cost.energy.carbon_grams.has_value(); });
}

std::string_view energy_source_name(EnergySource source) {
  switch (source) {
    case EnergySource::kMeasured:
      return "measured";
    case EnergySource::kGiven:
      return "given";
    case EnergySource::kNone:
      break;
  }
  return "none";
}

std::string_view energy_source_text(EnergySource source, Language language) {
  switch (source) {
    case EnergySource::kMeasured:
      return say(language, Msg::kEnergyMeasured);
    case EnergySource::kGiven:
      return say(language, Msg::kEnergyGiven);
    case EnergySource::kNone:
      break;
  }
  return say(language, Msg::kNotMeasured);
}

std::string format_joules(const std::optional<double>& joules) {
  if (!joules) return std::string(kNotAvailable);
  const Unit unit = unit_of(*joules);
  return fmt::format("{} {}", format_significant(*joules / unit.joules, kDigits), unit.name);
}

std::string format_joules_interval(const Estimate& estimate) {
  if (!estimate.value || !estimate.ci_low) return {};
  const Unit unit = unit_of(*estimate.value);
  const std::string low = format_significant(*estimate.ci_low / unit.joules, kDigits);
  if (!estimate.ci_high) return fmt::format("≥ {} {}", low, unit.name);
  return fmt::format("{}–{} {}", low, format_significant(*estimate.ci_high / unit.joules, kDigits),
                     unit.name);
}

}  // namespace assay::reports
