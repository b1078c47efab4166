#include "harness/cost/tco.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "harness/base/check.h"
#include "harness/cost/memory_needs.h"

namespace assay::cost {
namespace {

constexpr double kMonthsPerYear = 12;
constexpr double kMillion = 1e6;
constexpr double kWattsPerKilowatt = 1000;
constexpr double kSecondsPerHour = 3600;
constexpr double kTolerance = 1e-9;    // relative, of volumes that end exactly at a jump
constexpr double kStepsMax = 1e15;     // beyond it a node count is no number any more
constexpr size_t kJumpsDrawnMax = 40;  // higher ones are too small to be seen

double energy_cost_per_hour(double watts, const TcoPurchase& p) {
  return watts / kWattsPerKilowatt * p.pue * p.tariff_per_kwh;
}

// 1, 2, 5 steps inside [from, to], its ends and the user's own volume.
std::vector<double> volumes_of(const TcoInputs& in) {
  std::vector<double> out{in.volume_from, in.volume_to, in.traffic.requests_per_day};
  const int first = static_cast<int>(std::floor(std::log10(in.volume_from)));
  const int last = static_cast<int>(std::ceil(std::log10(in.volume_to)));
  for (int decade = first; decade <= last; ++decade) {
    for (const double step : {1.0, 2.0, 5.0}) {
      const double volume = step * std::pow(10.0, decade);
      if (volume > in.volume_from && volume < in.volume_to) out.push_back(volume);
    }
  }
  std::sort(out.begin(), out.end());
  const auto same = [](double a, double b) { return b - a <= kTolerance * b; };
  out.erase(std::unique(out.begin(), out.end(), same), out.end());
  return out;
}

std::vector<TcoPoint> drawn_curve(const HostingCurve& hosting, const std::vector<double>& volumes) {
  std::vector<TcoPoint> out;
  out.reserve(volumes.size() + 2 * kJumpsDrawnMax);
  for (const double v : volumes) out.push_back({v, hosting.cost(v), hosting.nodes(v)});
  const uint64_t first = hosting.nodes(volumes.front());
  const uint64_t last = std::min(hosting.nodes(volumes.back()), first + kJumpsDrawnMax);
  for (uint64_t k = first; k < last; ++k) {
    const double at = static_cast<double>(k) * hosting.node_volume;
    const double below = hosting.cost(at);
    out.push_back({at, below, k});
    out.push_back({at, below + hosting.per_node, k + 1});
  }
  std::stable_sort(out.begin(), out.end(), [](const TcoPoint& a, const TcoPoint& b) {
    return std::pair(a.requests_per_day, a.nodes) < std::pair(b.requests_per_day, b.nodes);
  });
  return out;
}

TcoOption api_option(const TcoApi& api, const TcoInputs& in, const std::vector<double>& volumes) {
  TcoOption out;
  const TcoTraffic& t = in.traffic;
  out.name = api.name;
  out.kind = TcoKind::kApi;
  out.per_request = api.per_request * api.to_report;
  out.least_per_request = out.per_request;
  out.per_month = out.per_request * t.requests_per_day * kDaysPerMonth;
  if (api.by_tokens && t.input_tokens > 0)
    out.per_million_input = out.per_request * api.input_share / t.input_tokens * kMillion;
  if (api.by_tokens && t.output_tokens > 0)
    out.per_million_output = out.per_request * api.output_share / t.output_tokens * kMillion;
  for (const double v : volumes) out.grid.push_back({v, out.per_request * v * kDaysPerMonth, 0});
  out.curve = out.grid;
  return out;
}

TcoParts own_parts(const TcoMachine& machine, const TcoPurchase& p, double nodes, double busy) {
  TcoParts out;
  const double scale = machine.to_report;
  out.capital = nodes * capital_per_year(p) / kMonthsPerYear * scale;
  out.maintenance = nodes * p.price * p.maintenance_share / kMonthsPerYear * scale;
  out.other = nodes * p.other_per_year / kMonthsPerYear * scale;
  const double watts = nodes * p.idle_watts + busy * (p.power_watts - p.idle_watts);
  out.energy = energy_cost_per_hour(watts, p) * kHoursPerMonth * scale;
  return out;
}

TcoOption hosting_option(const TcoMachine& machine, TcoKind kind, const HostingCurve& hosting,
                         const TcoInputs& in, const std::vector<double>& volumes) {
  TcoOption out;
  const TcoTraffic& t = in.traffic;
  const TokenRates rates = token_rates(machine.throughput);
  const double seconds = node_seconds(t, machine.throughput);
  const double busy = t.requests_per_day * seconds / kSecondsPerDay;
  out.name = machine.name;
  out.kind = kind;
  out.nodes = hosting.nodes(t.requests_per_day);
  const auto nodes = static_cast<double>(out.nodes);
  out.per_month = hosting.cost(t.requests_per_day);
  out.per_request = out.per_month / (t.requests_per_day * kDaysPerMonth);
  out.least_per_request =
      (hosting.per_node / hosting.node_volume + hosting.per_volume) / kDaysPerMonth;
  out.utilisation = busy / nodes;
  out.node_requests_per_s = 1 / seconds;
  out.node_requests_per_day = hosting.node_volume;
  if (t.input_tokens > 0)
    out.per_million_input = out.per_request / (rates.input * seconds) * kMillion;
  if (t.output_tokens > 0)
    out.per_million_output = out.per_request / (rates.output * seconds) * kMillion;
  if (kind == TcoKind::kOwn) out.parts = own_parts(machine, *machine.purchase, nodes, busy);
  if (kind == TcoKind::kRent) out.parts.rent = hosting.per_node * nodes;
  out.parts.staff = hosting.fixed;
  for (const double v : volumes) out.grid.push_back({v, hosting.cost(v), hosting.nodes(v)});
  out.curve = drawn_curve(hosting, volumes);
  return out;
}

HostingCurve empty_curve(const TcoTraffic& traffic, const TcoMachine& machine) {
  HostingCurve out;
  out.fixed = machine.staff_per_year / kMonthsPerYear * machine.to_report;
  out.node_volume = node_requests_per_day(traffic, machine);
  out.nodes_min = machine.nodes_min;
  return out;
}

// One step of the staircase against a line through zero.
class Steps {
 public:
  Steps(const HostingCurve& hosting, double api_per_volume, double volume_to)
      : hosting_(hosting), gain_(api_per_volume - hosting.per_volume), end_(volume_to) {}

  // Volumes of k nodes: (low, high].
  [[nodiscard]] double low(uint64_t k) const {
    return k <= hosting_.nodes_min ? 0 : static_cast<double>(k - 1) * hosting_.node_volume;
  }
  [[nodiscard]] double high(uint64_t k) const {
    return std::min(static_cast<double>(k) * hosting_.node_volume, end_);
  }
  // Hosting on k nodes is cheaper above it.
  [[nodiscard]] double even(uint64_t k) const {
    return (hosting_.fixed + hosting_.per_node * static_cast<double>(k)) / gain_;
  }
  // That a full node costs less than the API.
  [[nodiscard]] bool possible() const {
    return gain_ > 0 && gain_ * hosting_.node_volume > hosting_.per_node;
  }
  // From this number of nodes on no jump makes it dearer.
  [[nodiscard]] double for_good() const {
    const double gain = gain_ * hosting_.node_volume;
    return std::max(std::ceil((hosting_.fixed + gain) / (gain - hosting_.per_node)),
                    static_cast<double>(hosting_.nodes_min));
  }

 private:
  const HostingCurve& hosting_;
  double gain_;  // of a request a day, a month
  double end_;
};

// The least volume above which hosting is cheaper up to the end; none: it is not at the end.
std::optional<double> cheaper_to_end(const HostingCurve& hosting, const Steps& steps, double end) {
  std::optional<double> from;
  for (uint64_t k = hosting.nodes(end); k >= hosting.nodes_min; --k) {
    const double even = steps.even(k);
    if (even >= steps.high(k)) break;
    from = std::max(even, steps.low(k));
    if (even > steps.low(k)) break;
  }
  return from;
}

double first_cheaper(const HostingCurve& hosting, const Steps& steps, double end,
                     double otherwise) {
  const uint64_t last = hosting.nodes(end);
  for (uint64_t k = hosting.nodes_min; k <= last; ++k) {
    if (steps.even(k) < steps.high(k)) return std::max(steps.even(k), steps.low(k));
  }
  return otherwise;
}

}  // namespace

double capital_recovery_factor(double interest, double years) {
  ASSAY_CHECK(interest >= 0 && years > 0, "interest {} over {} years", interest, years);
  if (interest == 0) return 1 / years;
  // −expm1(−n log1p(r)) = 1 − (1 + r)^−n, without loss of digits where r is small.
  return interest / -std::expm1(-years * std::log1p(interest));
}

double rent_cost(double nodes, double gpus, double price_per_gpu_hour, double hours) {
  return nodes * gpus * price_per_gpu_hour * hours;
}

double capital_per_year(const TcoPurchase& p) {
  const double residual = p.price * p.residual_share;
  const double worth_now = residual / std::pow(1 + p.interest, p.life_years);
  return (p.price - worth_now) * capital_recovery_factor(p.interest, p.life_years);
}

TokenRates token_rates(const TcoThroughput& t) {
  if (t.kind == TcoThroughputKind::kSeparate) return {t.input_tokens_per_s, t.output_tokens_per_s};
  const double input = t.input_tokens_per_s + t.output_weight * t.output_tokens_per_s;
  return {input, input / t.output_weight};
}

double node_seconds(const TcoTraffic& traffic, const TcoThroughput& throughput) {
  const TokenRates rates = token_rates(throughput);
  double seconds = 0;
  if (traffic.input_tokens > 0) seconds += traffic.input_tokens / rates.input;
  if (traffic.output_tokens > 0) seconds += traffic.output_tokens / rates.output;
  return seconds;
}

double node_requests_per_day(const TcoTraffic& traffic, const TcoMachine& machine) {
  return kSecondsPerDay * machine.utilisation /
         (node_seconds(traffic, machine.throughput) * traffic.peak_to_mean);
}

uint64_t HostingCurve::nodes(double requests_per_day) const {
  const double exact = std::ceil(requests_per_day / node_volume * (1 - kTolerance));
  return std::max(nodes_min, static_cast<uint64_t>(std::clamp(exact, 0.0, kStepsMax)));
}

double HostingCurve::cost(double requests_per_day) const {
  return fixed + per_node * static_cast<double>(nodes(requests_per_day)) +
         per_volume * requests_per_day;
}

HostingCurve rent_curve(const TcoTraffic& traffic, const TcoMachine& machine) {
  HostingCurve out = empty_curve(traffic, machine);
  out.per_node = rent_cost(1, machine.gpus, machine.rent->price_per_gpu_hour, kHoursPerMonth) *
                 machine.to_report;
  return out;
}

HostingCurve own_curve(const TcoTraffic& traffic, const TcoMachine& machine) {
  HostingCurve out = empty_curve(traffic, machine);
  const TcoPurchase& p = *machine.purchase;
  const double per_year = capital_per_year(p) + p.price * p.maintenance_share + p.other_per_year;
  const double idle = energy_cost_per_hour(p.idle_watts, p) * kHoursPerMonth;
  out.per_node = (per_year / kMonthsPerYear + idle) * machine.to_report;
  const double busy_hours =  // of a node, a month, for each request a day
      node_seconds(traffic, machine.throughput) / kSecondsPerHour * kDaysPerMonth;
  out.per_volume =
      energy_cost_per_hour(p.power_watts - p.idle_watts, p) * busy_hours * machine.to_report;
  return out;
}

BreakEven break_even(const HostingCurve& hosting, double api_per_volume, double volume_to) {
  BreakEven out;
  const Steps steps(hosting, api_per_volume, volume_to);
  if (!steps.possible() || steps.for_good() > kStepsMax) return out;
  if (const auto from = cheaper_to_end(hosting, steps, volume_to)) {
    out.verdict = *from > 0 ? TcoVerdict::kFrom : TcoVerdict::kAlways;
    out.requests_per_day = *from;
  } else {
    const double end = steps.for_good() * hosting.node_volume;
    const Steps further(hosting, api_per_volume, end);
    out.verdict = TcoVerdict::kBeyond;
    out.requests_per_day = cheaper_to_end(hosting, further, end).value_or(end);
  }
  out.first_requests_per_day = first_cheaper(hosting, steps, volume_to, out.requests_per_day);
  return out;
}

TcoReport compare_hosting(TcoInputs inputs) {
  TcoReport out;
  out.inputs = std::move(inputs);
  const TcoInputs& in = out.inputs;
  for (const MemoryModel& model : in.memory) out.memory.push_back(memory_needs(model));
  if (in.apis.empty() && in.machines.empty()) return out;
  out.volumes = volumes_of(in);
  for (const TcoApi& api : in.apis) out.options.push_back(api_option(api, in, out.volumes));
  const size_t apis = out.options.size();
  const auto add = [&](const TcoMachine& machine, TcoKind kind, const HostingCurve& hosting) {
    const size_t self = out.options.size();
    out.options.push_back(hosting_option(machine, kind, hosting, in, out.volumes));
    for (size_t a = 0; a < apis; ++a) {
      const double per_volume = out.options[a].per_request * kDaysPerMonth;
      const BreakEven found = break_even(hosting, per_volume, in.volume_to);
      TcoBreakEven row{.api = a, .self = self, .verdict = found.verdict};
      if (found.verdict == TcoVerdict::kFrom || found.verdict == TcoVerdict::kBeyond) {
        row.requests_per_day = found.requests_per_day;
        row.nodes = hosting.nodes(found.requests_per_day * (1 + 2 * kTolerance));
        if (found.first_requests_per_day < found.requests_per_day * (1 - kTolerance))
          row.first_requests_per_day = found.first_requests_per_day;
      }
      out.breaks.push_back(row);
    }
  };
  for (const TcoMachine& machine : in.machines) {
    if (machine.rent) add(machine, TcoKind::kRent, rent_curve(in.traffic, machine));
    if (machine.purchase) add(machine, TcoKind::kOwn, own_curve(in.traffic, machine));
  }
  return out;
}

}  // namespace assay::cost
