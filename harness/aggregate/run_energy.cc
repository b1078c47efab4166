#include "harness/aggregate/run_energy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace assay::aggregate {
namespace {

constexpr double kJoulesPerKwh = 3.6e6;
constexpr double kShareTolerance = 1e-9;

// One turn with the part of it that belongs to the suite.
struct Turn {
  const Source* source = nullptr;
  uint32_t session = 0;
  const TurnEnergy* reading = nullptr;
  double part = 1;
};

struct Turns {
  std::vector<Turn> list;
  std::string problem;  // why they are not all known
};

// Sums over turns; a missing member is unknown for at least one of them.
struct Sums {
  double gross = 0;
  std::optional<double> net = 0.0;
  double seconds = 0;      // of whole turns
  double idle_joules = 0;  // of whole turns
  std::optional<double> carbon = 0.0;
  std::string problem;
};

// A run file is outside bytes: what overflows in sums and quotients is no reading.
bool all_finite(const Sums& sums) {
  return std::isfinite(sums.gross) && std::isfinite(sums.net.value_or(0)) &&
         std::isfinite(sums.idle_joules) && std::isfinite(sums.carbon.value_or(0)) &&
         (sums.seconds == 0 || std::isfinite(sums.idle_joules / sums.seconds)) &&
         (sums.gross == 0 || std::isfinite(sums.carbon.value_or(0) / sums.gross * kJoulesPerKwh));
}

std::optional<std::string> never_measured(const EnergyFacts& facts) {
  if (facts.virtual_clock) return "simulated, on a virtual clock";
  if (!facts.local) return "answered on another machine";
  if (facts.in_load > 0) return "asked under load; its energy stands with the loads";
  return std::nullopt;
}

// The part of a model's readings in one file that belongs to one suite.
std::optional<double> part_of(const StoreShare& share, const BusyTable& busy) {
  const ModelBusy& all = busy[share.store].at(share.model);
  if (all.groups == 1) return 1.0;
  if (all.busy_ns <= 0) return std::nullopt;
  return static_cast<double>(share.busy_ns) / static_cast<double>(all.busy_ns);
}

// Every turn of the model in the files that asked it, and whether each session has one.
Turns turns_of(const EnergyFacts& facts, const BusyTable& busy, std::span<const Source> sources) {
  Turns out;
  for (const StoreShare& share : facts.shares) {
    const Source& source = sources[share.store];
    const auto readings = source.energy.turns.find(share.model);
    for (const uint32_t session : share.sessions) {
      if (readings != source.energy.turns.end() && readings->second.contains(session)) continue;
      out.problem = fmt::format("session {} of {} has no reading", session, source.name);
      return out;
    }
    const std::optional<double> part = part_of(share, busy);
    if (!part) {
      out.problem = "no busy time is known by which to divide it between suites";
      return out;
    }
    if (readings == source.energy.turns.end()) continue;
    for (const auto& [session, reading] : readings->second) {
      out.list.push_back({&source, session, &reading, *part});
    }
  }
  if (out.list.empty()) out.problem = "no session has a reading";
  return out;
}

std::optional<double> grid_of(const Turn& turn, const std::optional<double>& override_grams) {
  return override_grams ? override_grams : turn.source->energy.grid_grams_per_kwh;
}

void add_carbon(const Turn& turn, double joules, const std::optional<double>& override_grams,
                Sums& sums) {
  const std::optional<double> grams = grid_of(turn, override_grams);
  if (!grams) sums.carbon.reset();
  if (sums.carbon) *sums.carbon += joules / kJoulesPerKwh * *grams;
}

// What the idle machine would have used in a turn.
std::optional<double> idle_joules(const TurnEnergy& reading) {
  if (!reading.seconds || *reading.seconds <= 0 || !reading.idle_watts_cpu) return std::nullopt;
  if (reading.gpu_joules && !reading.idle_watts_gpu) return std::nullopt;
  const double gpu = reading.gpu_joules ? *reading.idle_watts_gpu : 0;
  return (*reading.idle_watts_cpu + gpu) * *reading.seconds;
}

Sums measured(const Turns& turns, const std::optional<double>& grid) {
  Sums sums;
  sums.problem = turns.problem;
  for (const Turn& turn : turns.list) {
    const TurnEnergy& reading = *turn.reading;
    if (!sums.problem.empty()) break;
    if (!reading.problem.empty() || !reading.cpu_joules) {
      sums.problem = reading.problem.empty()
                         ? fmt::format("session {} of {} has no reading of the processors",
                                       turn.session, turn.source->name)
                         : reading.problem;
      break;
    }
    const double gross = *reading.cpu_joules + reading.gpu_joules.value_or(0);
    sums.gross += gross * turn.part;
    add_carbon(turn, gross * turn.part, grid, sums);
    const std::optional<double> idle = idle_joules(reading);
    if (!idle) {
      sums.net.reset();
      continue;
    }
    sums.idle_joules += *idle;
    sums.seconds += *reading.seconds;
    if (sums.net) *sums.net += (gross - *idle) * turn.part;
  }
  if (sums.problem.empty() && !all_finite(sums)) sums.problem = "the readings are absurd";
  return sums;
}

Sums given(const Turns& turns, const std::optional<double>& grid) {
  Sums sums;
  sums.problem = turns.problem;
  sums.net.reset();
  for (const Turn& turn : turns.list) {
    const auto& stated = turn.source->energy.given_watts;
    const auto watts = stated.find(turn.session);
    if (watts == stated.end() || !turn.reading->seconds) {
      sums.problem = "no power was given";
      break;
    }
    const double joules = watts->second * *turn.reading->seconds;
    sums.gross += joules * turn.part;
    sums.seconds += *turn.reading->seconds;
    add_carbon(turn, joules * turn.part, grid, sums);
  }
  if (sums.problem.empty() && !all_finite(sums)) sums.problem = "the power is absurd";
  return sums;
}

std::string parts_read(const Turns& turns) {
  const bool gpu = std::any_of(turns.list.begin(), turns.list.end(), [](const Turn& turn) {
    return turn.reading->gpu_joules.has_value();
  });
  return gpu ? "CPU packages (RAPL) and GPU (NVML)" : "CPU packages (RAPL)";
}

std::string shared_words(const Turns& turns) {
  const bool parted = std::any_of(turns.list.begin(), turns.list.end(),
                                  [](const Turn& turn) { return turn.part != 1; });
  return parted ? ", its suites' parts by busy time" : "";
}

std::string measured_basis(const Turns& turns, const Sums& sums, const Sums& stated) {
  std::string out = "measured: " + parts_read(turns);
  out += sums.net ? fmt::format(", idle {:.3g} W", sums.idle_joules / sums.seconds)
                  : std::string(", no idle baseline");
  out += shared_words(turns);
  if (stated.problem.empty()) {
    out += fmt::format("; the given power would make it {:.4g} J", stated.gross);
  }
  std::vector<std::string> told;
  for (const Turn& turn : turns.list) {
    for (const std::string& note : turn.reading->notes) {
      if (std::find(told.begin(), told.end(), note) != told.end()) continue;
      told.push_back(note);
      out += "; " + note;
    }
  }
  return out;
}

std::string given_basis(const Turns& turns, const Sums& sums, const std::string& not_measured) {
  // Watts over whole turns: the part of a suite is in neither.
  double joules = 0;
  for (const Turn& turn : turns.list) {
    joules += turn.source->energy.given_watts.at(turn.session) * *turn.reading->seconds;
  }
  return fmt::format("given: {:.6g} W over {:.4g} s{}; not measured: {}",
                     sums.seconds > 0 ? joules / sums.seconds : 0.0, sums.seconds,
                     shared_words(turns), not_measured);
}

struct Each {
  std::optional<double> joules;
  std::string words;  // "net of idle, measured"
};

Each joules_for_each(const EnergySummary& summary) {
  const char* source = summary.source == EnergySource::kGiven ? "given" : "measured";
  if (!summary.net_joules) return {summary.gross_joules, fmt::format("gross, {}", source)};
  if (!(*summary.net_joules > 0)) {
    return {std::nullopt, "the model used no more than the idle machine"};
  }
  return {summary.net_joules, fmt::format("net of idle, {}", source)};
}

Estimate divided(const Each& each, uint64_t n, const char* none) {
  Estimate out;
  out.n = n;
  if (!each.joules) {
    out.method = each.words;
  } else if (n == 0) {
    out.method = none;
  } else {
    out.value = *each.joules / static_cast<double>(n);
    out.method = each.words + "; one reading a session, no interval";
  }
  return out;
}

Estimate per_token(const Each& each, const EnergyFacts& facts) {
  Estimate out = divided(each, static_cast<uint64_t>(std::max<int64_t>(facts.output_tokens, 0)),
                         "no output tokens are known");
  if (out.value && facts.tokens_unknown > 0) {
    out.value.reset();
    out.method = fmt::format("{} answers did not say their tokens", facts.tokens_unknown);
  }
  return out;
}

bool is_share_of_correct(const Estimate& share, uint64_t correct) {
  return share.value && share.n > 0 && *share.value > 0 &&
         std::abs(*share.value * static_cast<double>(share.n) - static_cast<double>(correct)) <=
             kShareTolerance * static_cast<double>(share.n);
}

Estimate per_correct(const Each& each, const EnergyFacts& facts) {
  if (facts.share_correct == nullptr) {
    return {.method = "the headline is not right or wrong for each item"};
  }
  Estimate out = divided(each, facts.correct, "none correct");
  const Estimate& share = *facts.share_correct;
  if (!out.value || !share.ci_low || !share.ci_high) return out;
  if (!is_share_of_correct(share, facts.correct)) return out;
  out.ci_low = *out.value * *share.value / *share.ci_high;
  if (*share.ci_low > 0) out.ci_high = *out.value * *share.value / *share.ci_low;
  out.method = fmt::format("{}; interval of the share of correct answers ({}), the reading exact",
                           each.words, share.method);
  return out;
}

void fill_each(const EnergyFacts& facts, EnergySummary& out) {
  const Each each = joules_for_each(out);
  out.joules_per_output_token = per_token(each, facts);
  out.joules_per_request = divided(each, facts.asked, "nothing was asked");
  out.joules_per_correct = per_correct(each, facts);
}

EnergySummary nothing(std::string why) {
  EnergySummary out;
  out.basis = "not measured: " + std::move(why);
  for (Estimate* each :
       {&out.joules_per_output_token, &out.joules_per_request, &out.joules_per_correct}) {
    each->method = out.basis;
  }
  return out;
}

}  // namespace

EnergySummary run_energy(const EnergyFacts& facts, const BusyTable& busy,
                         std::span<const Source> sources,
                         const std::optional<double>& grid_grams_per_kwh) {
  if (const auto why = never_measured(facts)) return nothing(*why);
  const Turns turns = turns_of(facts, busy, sources);
  const Sums read = measured(turns, grid_grams_per_kwh);
  const Sums stated = given(turns, grid_grams_per_kwh);
  if (!read.problem.empty() && !stated.problem.empty()) return nothing(read.problem);
  EnergySummary out;
  const bool measured_whole = read.problem.empty();
  const Sums& sums = measured_whole ? read : stated;
  out.source = measured_whole ? EnergySource::kMeasured : EnergySource::kGiven;
  out.gross_joules = sums.gross;
  out.net_joules = sums.net;
  if (sums.net && sums.seconds > 0) out.idle_watts = sums.idle_joules / sums.seconds;
  out.basis = measured_whole ? measured_basis(turns, read, stated)
                             : given_basis(turns, stated, read.problem);
  out.carbon_grams = sums.carbon;
  if (sums.carbon) {
    out.grid_grams_per_kwh = sums.gross > 0 ? *sums.carbon / sums.gross * kJoulesPerKwh
                                            : grid_of(turns.list.front(), grid_grams_per_kwh);
  }
  fill_each(facts, out);
  return out;
}

}  // namespace assay::aggregate
