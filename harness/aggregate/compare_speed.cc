#include "harness/aggregate/compare_speed.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "harness/stats/multiple.h"
#include "harness/stats/percentile.h"
#include "harness/stats/speed.h"

namespace assay::aggregate {
namespace {

constexpr int64_t kBootToleranceNs = 3'000'000'000;  // of two readings of when the machine started
constexpr double kNanosPerSecond = 1e9;
constexpr uint64_t kSpeedDrawsMax = 20'000'000;  // resamples times times, about
constexpr uint32_t kSpeedResamplesMin = 200;
constexpr uint32_t kSpeedResamples = 10'000;

std::optional<int> digits(std::string_view text, size_t from, size_t count) {
  int out = 0;
  const char* const end = text.data() + from + count;
  const auto parsed = std::from_chars(text.data() + from, end, out);
  if (parsed.ec != std::errc() || parsed.ptr != end || out < 0) return std::nullopt;
  return out;
}

// Of "2026-01-31T09:05:00Z"; nothing for any other form.
std::optional<int64_t> seconds_since_1970(std::string_view utc) {
  if (utc.size() != 20 || utc[10] != 'T' || utc[19] != 'Z') return std::nullopt;
  const auto year = digits(utc, 0, 4);
  const auto month = digits(utc, 5, 2);
  const auto day = digits(utc, 8, 2);
  const auto hour = digits(utc, 11, 2);
  const auto minute = digits(utc, 14, 2);
  const auto second = digits(utc, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return ((days * 24 + *hour) * 60 + *minute) * 60 + *second;
}

// Where and since when a machine's steady clock runs, by one session.
struct ClockOf {
  std::string_view host;
  int64_t boot_ns = 0;  // since 1970
};

bool same_boot(const ClockOf& a, const ClockOf& b) {
  int64_t difference = 0;
  return !__builtin_sub_overflow(a.boot_ns, b.boot_ns, &difference) &&
         difference >= -kBootToleranceNs && difference <= kBootToleranceNs;
}

// The clock of all sessions that asked this model; nothing when they are not on one.
std::optional<ClockOf> clock_of(const Side& side, const Group& group) {
  std::optional<ClockOf> out;
  for (const StoreShare& share : group.shares) {
    for (const SessionInfo& session : side.manifest.sessions) {
      if (!share.sessions.contains(session.id)) continue;
      const auto utc = seconds_since_1970(session.utc);
      if (!utc || session.host.empty()) return std::nullopt;
      int64_t boot = 0;
      if (__builtin_mul_overflow(*utc, int64_t{1'000'000'000}, &boot) ||
          __builtin_sub_overflow(boot, session.mono_origin_ns, &boot)) {
        return std::nullopt;
      }
      const ClockOf now{.host = session.host, .boot_ns = boot};
      if (out && (out->host != now.host || !same_boot(*out, now))) return std::nullopt;
      out = now;
    }
  }
  return out;
}

// Times of one figure, and when they were taken.
struct Times {
  std::vector<double> seconds;   // in order of time
  std::vector<int64_t> sent_ns;  // ascending
  Samples by_item;               // tallies: geometric mean of an item's repeats, weight 1
};

const DurationColumn& column_of(const Group& group, size_t figure) {
  if (figure == 0) return group.latency;
  return figure == 1 ? group.ttft : group.ttfa;
}

// A reply that came in one piece, or without reasoning, has two figures that are one.
bool same_times(const Group& group, size_t figure, size_t other) {
  const DurationColumn& x = column_of(group, figure);
  const DurationColumn& y = column_of(group, other);
  for (size_t row = 0; row < group.size(); ++row) {
    if (x.at(row) != y.at(row)) return false;
  }
  return true;
}

bool said_before(const SpeedSides& sides, size_t figure) {
  for (size_t other = 0; other < figure; ++other) {
    if (same_times(sides.a, figure, other) && same_times(sides.b, figure, other)) return true;
  }
  return false;
}

Times read_times(const Group& group, const DurationColumn& column) {
  Times out;
  std::vector<std::pair<int64_t, double>> by_time;
  by_time.reserve(group.size());
  out.by_item.index.reserve(group.size());
  out.by_item.rows.reserve(group.size());
  size_t i = 0;
  while (i < group.size()) {
    const size_t first = group.row(i);
    const uint32_t index = group.index(first);
    double logarithms = 0;
    double seconds = 0;
    size_t repeats = 0;
    for (; i < group.size() && group.index(group.row(i)) == index; ++i) {
      const size_t row = group.row(i);
      const int64_t ns = column.at(row);
      if (ns <= 0) continue;
      seconds = static_cast<double>(ns) / kNanosPerSecond;
      by_time.emplace_back(group.sent_ns(row), seconds);
      logarithms += std::log(seconds);
      ++repeats;
    }
    if (repeats == 0) continue;
    out.by_item.index.push_back(index);
    out.by_item.rows.push_back(group.sample_row(first));
    out.by_item.cluster.push(group.cluster(first));
    out.by_item.tallies.push(
        repeats == 1 ? seconds : std::exp(logarithms / static_cast<double>(repeats)), 1);
  }
  std::stable_sort(by_time.begin(), by_time.end(),
                   [](const auto& x, const auto& y) { return x.first < y.first; });
  out.sent_ns.reserve(by_time.size());
  out.seconds.reserve(by_time.size());
  for (const auto& [sent, seconds] : by_time) {
    out.sent_ns.push_back(sent);
    out.seconds.push_back(seconds);
  }
  return out;
}

// Share of `inner` that was sent while `outer` was running.
double share_within(const Times& inner, const Times& outer) {
  const auto first =
      std::lower_bound(inner.sent_ns.begin(), inner.sent_ns.end(), outer.sent_ns.front());
  const auto last =
      std::upper_bound(inner.sent_ns.begin(), inner.sent_ns.end(), outer.sent_ns.back());
  return static_cast<double>(last - first) / static_cast<double>(inner.sent_ns.size());
}

// Why the two were not taken in turns; empty: they were.
std::string why_apart(const SpeedSides& sides, const Times& a, const Times& b) {
  const auto clock_a = clock_of(sides.side_a, sides.a);
  const auto clock_b = clock_of(sides.side_b, sides.b);
  if (!clock_a || !clock_b) return "it is not known when and where each was measured";
  if (clock_a->host != clock_b->host) return "measured on different machines";
  if (!same_boot(*clock_a, *clock_b) || share_within(a, b) < kOverlapMin ||
      share_within(b, a) < kOverlapMin) {
    return "measured at different times";
  }
  return {};
}

Estimate median_of(std::vector<double> seconds, double confidence) {
  std::sort(seconds.begin(), seconds.end());
  Estimate out = stats::percentile(seconds, 0.5, confidence);
  out.method = "median, " + out.method;
  return out;
}

std::string joined(const std::string& first, const std::string& second) {
  if (first.empty() || second.empty()) return first + second;
  return first + "; " + second;
}

void compare_by_item(const SamePairer& pairer, const Times& a, const Times& b, double confidence,
                     SpeedComparison& out) {
  const Pairs pairs = pairer.pair(a.by_item, b.by_item);
  std::vector<double> seconds_a;
  std::vector<double> seconds_b;
  seconds_a.reserve(pairs.size());
  seconds_b.reserve(pairs.size());
  for (size_t i = 0; i < pairs.size(); ++i) {
    seconds_a.push_back(a.by_item.tallies.tally(pairs.a[i]).numerator);
    seconds_b.push_back(b.by_item.tallies.tally(pairs.b[i]).numerator);
  }
  const std::vector<uint32_t> clusters = pick(a.by_item, pairs.a).clusters();
  const stats::SpeedDifference d = stats::paired_speed(seconds_a, seconds_b, clusters, confidence);
  out.paired = true;
  out.ratio = d.ratio;
  out.p_value = d.p_value;
  out.test = d.test;
  out.banner = joined(out.banner, d.banner);
}

void compare_apart(const Times& a, const Times& b, const CompareOptions& options,
                   SpeedComparison& out) {
  const uint64_t room = kSpeedDrawsMax / (a.seconds.size() + b.seconds.size());
  const stats::SpeedDifference d = stats::unpaired_speed(
      a.seconds, b.seconds,
      {.resamples =
           static_cast<uint32_t>(std::clamp<uint64_t>(room, kSpeedResamplesMin, kSpeedResamples)),
       .seed = options.seed,
       .confidence = options.confidence});
  out.ratio = d.ratio;
  out.p_value = d.p_value;
  out.test = d.test;
  // The engine's own banner, if it has one, says the same with less known.
}

}  // namespace

void add_speeds(const SpeedSides& sides, const CompareOptions& options,
                std::vector<SpeedComparison>& out) {
  // A measured time against an invented one says nothing.
  if (sides.a.model.virtual_clock != sides.b.model.virtual_clock) return;
  constexpr std::array<std::string_view, 3> kFigures{"latency", "ttft", "ttfa"};
  for (size_t f = 0; f < kFigures.size(); ++f) {
    if (said_before(sides, f)) continue;
    const Times a = read_times(sides.a, column_of(sides.a, f));
    const Times b = read_times(sides.b, column_of(sides.b, f));
    if (a.seconds.empty() || b.seconds.empty()) continue;
    SpeedComparison row;
    row.suite = sides.b.suite.name;
    row.model = sides.b.model.name;
    row.figure = kFigures[f];
    row.a = median_of(a.seconds, options.confidence);
    row.b = median_of(b.seconds, options.confidence);
    std::string apart;
    if (sides.a.model.virtual_clock) {
      row.banner = "simulated times (virtual clock)";
    } else {
      apart = why_apart(sides, a, b);
    }
    if (apart.empty()) {
      compare_by_item(sides.pairer, a, b, options.confidence, row);
    } else {
      row.banner = fmt::format(
          "not interleaved: {}; what changed around the model counts as its own", apart);
      compare_apart(a, b, options, row);
    }
    out.push_back(std::move(row));
  }
}

void adjust_speeds(std::vector<SpeedComparison>& speeds) {
  std::vector<double> p_values;
  for (const SpeedComparison& row : speeds) {
    if (row.p_value) p_values.push_back(*row.p_value);
  }
  const std::vector<double> adjusted = stats::holm(p_values);
  size_t next = 0;
  for (SpeedComparison& row : speeds) {
    if (row.p_value) row.p_holm = adjusted[next++];
  }
}

}  // namespace assay::aggregate
