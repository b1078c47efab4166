// What is read of energy: the first three lines as a counter's range, its value and its value
// later; every line as an event of a run file, and as a gauge, its value being what stands before
// its first space. A figure is finite, and there is one exactly where there is a source.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/aggregate/summarize.h"
#include "harness/base/check.h"
#include "harness/cost/energy.h"
#include "tests/support/fake_store.h"
#include "tests/support/temp_dir.h"

namespace {

using assay::test::FakeStore;
using assay::test::TempDir;

constexpr size_t kLinesMax = 64;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty() && lines.size() < kLinesMax) {
    const size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return lines;
}

void read_counters(const std::vector<std::string>& lines) {
  static const TempDir kRoot;
  if (lines.size() < 3) return;
  kRoot.write("intel-rapl:0/name", "package-0\n");
  kRoot.write("intel-rapl:0/max_energy_range_uj", lines[0] + "\n");
  kRoot.write("intel-rapl:0/energy_uj", lines[1] + "\n");
  assay::cost::EnergyCounters counters(kRoot.path());
  if (!counters.start()) return;
  kRoot.write("intel-rapl:0/energy_uj", lines[2] + "\n");
  const auto joules = counters.joules();
  ASSAY_CHECK(!joules || (std::isfinite(*joules) && *joules >= 0), "{} J", *joules);
}

FakeStore store_of(const std::vector<std::string>& lines) {
  FakeStore store("a.assay");
  store.info.models.emplace_back().id = 1;
  store.info.suites.emplace_back().id = 1;
  store.info.suites[0].metrics = {{.name = "accuracy", .scorer = "exact"}};
  store.add({.done_ns = 1000, .usage = {.output_tokens = 3}, .scores = {{.value = 1}}});
  for (const std::string& line : lines) {
    store.events.push_back({1, {.at_ns = 0, .kind = "energy", .json = line}});
    const size_t space = std::min(line.find(' '), line.size());
    double value = 0;
    std::from_chars(line.data(), line.data() + space, value);
    store.gauges.push_back(
        {1, {.at_ns = 0, .name = line.substr(std::min(space + 1, line.size())), .value = value}});
  }
  return store;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<std::string> lines =
      lines_of(std::string_view(reinterpret_cast<const char*>(data), size));
  read_counters(lines);
  const FakeStore store = store_of(lines);
  const std::vector<const assay::RunStore*> stores{&store};
  const std::vector<std::string> names{"a"};
  const auto summary = assay::aggregate::summarize(stores, names, {});
  ASSAY_CHECK(summary.has_value(), "no summary");
  const assay::EnergySummary& e = summary->suites[0].models[0].cost.energy;
  ASSAY_CHECK(e.gross_joules.has_value() == (e.source != assay::EnergySource::kNone), "{}",
              e.basis);
  for (const auto& value : {e.gross_joules, e.net_joules, e.idle_watts, e.carbon_grams,
                            e.grid_grams_per_kwh, e.joules_per_correct.value}) {
    ASSAY_CHECK(!value || std::isfinite(*value), "{} of {}", *value, e.basis);
  }
  return 0;
}
