#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <vector>

#include "harness/aggregate/load_points.h"
#include "harness/aggregate/load_window.h"

namespace assay::aggregate {
namespace {

constexpr double kGainMin = 0.05;  // of throughput, for a doubling of concurrency

struct Probe {
  const LoadResult* load = nullptr;
  const PointOfFile* of = nullptr;
};

double place_of(const LoadInfo& load) { return is_open(load.kind) ? load.rate : load.concurrency; }

// Probes that say something, by rate or concurrency; of several at one place the last.
std::map<double, const LoadResult*> by_place(std::span<const Probe> probes, uint64_t& invalid) {
  std::map<double, const LoadResult*> out;
  for (const Probe& probe : probes) {
    if (!probe.load->instrument.valid) {
      ++invalid;
      continue;
    }
    out[place_of(probe.load->load)] = probe.load;
  }
  return out;
}

void find_rate(const std::map<double, const LoadResult*>& probes, LoadSearch& out) {
  bool passed_above = false;
  for (const auto& [rate, load] : probes) {
    if (!load->slo_met) continue;
    const bool passed = *load->slo_met && !load->saturated;
    if (!passed && !out.high) out.high = rate;
    if (passed && !out.high) out.low = rate;
    passed_above = passed_above || (passed && out.high);
  }
  out.value = out.low;
  if (!out.low && out.high) {
    out.note = fmt::format("no rate tried met the SLO; the lowest that failed was {:g}", *out.high);
  } else if (out.low && !out.high) {
    out.note = "every rate tried met the SLO: the limit lies higher";
  } else if (!out.low) {
    out.note = "no probe says whether the SLO was met";
  }
  if (passed_above) out.note += fmt::format("{}a higher rate passed", out.note.empty() ? "" : "; ");
}

std::optional<double> throughput(const LoadResult& load) {
  return load.output_tokens_per_s.value ? load.output_tokens_per_s.value
                                        : load.requests_per_s.value;
}

void find_knee(const std::map<double, const LoadResult*>& probes, LoadSearch& out) {
  std::optional<double> last_place;
  double last = 0;
  for (const auto& [place, load] : probes) {
    const auto now = throughput(*load);
    if (!now || !(place > 0)) continue;
    if (last_place) {
      const double doublings = std::log2(place / *last_place);
      const double gain = last > 0 ? std::pow(*now / last, 1 / doublings) - 1 : 1;
      if (gain < kGainMin) {
        out.value = last_place;
        out.low = last_place;
        out.high = place;
        return;
      }
    }
    last_place = place;
    last = *now;
  }
  out.low = last_place;
  out.note = last_place ? fmt::format("throughput still rose at concurrency {:g}", *last_place)
                        : std::string("no probe has a throughput");
}

LoadSearch search_of(std::span<const Probe> probes) {
  LoadSearch out;
  const bool open = is_open(probes.front().load->load.kind);
  out.model = probes.front().of->point.model.name;
  out.kind = open ? "slo" : "knee";
  out.unit = open ? "requests/s" : "concurrency";
  out.probes = probes.size();
  uint64_t invalid = 0;
  const auto places = by_place(probes, invalid);
  open ? find_rate(places, out) : find_knee(places, out);
  if (invalid > 0) {
    out.note += fmt::format("{}{} probes were invalid", out.note.empty() ? "" : "; ", invalid);
  }
  return out;
}

}  // namespace

std::vector<LoadSearch> find_searches(std::span<const PointOfFile> points) {
  std::map<size_t, uint32_t> last_session;  // by source
  for (const PointOfFile& p : points) {
    for (const LoadResult& round : p.point.rounds) {
      if (!round.load.probe) continue;
      uint32_t& session = last_session[p.source];
      session = std::max(session, round.load.session);
    }
  }
  std::map<std::tuple<size_t, uint32_t, bool>, std::vector<Probe>> searches;
  for (const PointOfFile& p : points) {
    for (const LoadResult& round : p.point.rounds) {
      if (!round.load.probe || round.load.session != last_session[p.source]) continue;
      searches[{p.source, p.model_row, is_open(round.load.kind)}].push_back({&round, &p});
    }
  }
  std::vector<LoadSearch> out;
  for (auto& [key, probes] : searches) {
    std::stable_sort(probes.begin(), probes.end(), [](const Probe& a, const Probe& b) {
      return a.load->load.order < b.load->load.order;
    });
    out.push_back(search_of(probes));
  }
  return out;
}

}  // namespace assay::aggregate
