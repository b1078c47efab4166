#include "reports/export/gbench.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "harness/base/json.h"
#include "reports/format.h"
#include "reports/json/json_writer.h"
#include "reports/load_view.h"
#include "reports/verdict.h"

namespace assay::reports {
namespace {

constexpr double kUnitsPerSecond = 1e3;  // everything is in ms: compare.py prints whole units
constexpr std::string_view kTimeUnit = "ms";

using Counters = std::vector<std::pair<std::string, double>>;

struct Row {
  double real_s = 0;
  double cpu_s = 0;
  uint64_t iterations = 0;
  uint64_t index = 0;   // of the repetition
  std::string problem;  // why the row is not to be trusted
  Counters counters;
};

struct Family {
  std::string name;
  std::vector<Row> rows;
};

void add(Counters& out, std::string name, const Estimate& e) {
  if (e.value && std::isfinite(*e.value)) out.emplace_back(std::move(name), *e.value);
}

// Part of a name: what a shell or a regular expression of --benchmark_filter would trip over at
// once becomes an underscore.
std::string word(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte <= 0x20 || byte == 0x7F || c == '"' ? '_' : c;
  }
  return out;
}

std::string load_word(const LoadInfo& load) {
  switch (load.kind) {
    case LoadKind::kClosed:
      return fmt::format("concurrency:{:.6g}", load.concurrency);
    case LoadKind::kRamp:
      return fmt::format("ramp:{:.6g}-{:.6g}", load.rate, load.rate_end);
    case LoadKind::kGamma:
      return fmt::format("gamma:{:.6g}/burstiness:{:.6g}", load.rate, load.burstiness);
    case LoadKind::kTrace:
      return "trace:" + word(load.trace);
    case LoadKind::kBurst:
      return fmt::format("burst:{}", load.planned);
    default:
      return fmt::format("{}:{:.6g}", load_kind_name(load.kind), load.rate);
  }
}

// ---- Rows --------------------------------------------------------------------------------------

class Writer {
 public:
  explicit Writer(JsonWriter& w) : w_(w) {}

  void family(const Family& family) {
    if (family.rows.empty()) return;
    for (const Row& row : family.rows) iteration(family, row);
    aggregates(family);
    ++families_;
  }

 private:
  void head(const Family& family, const std::string& name, std::string_view run_type) {
    w_.begin_object();
    w_.key("name").value(name);
    w_.key("family_index").value(families_);
    w_.key("per_family_instance_index").value(uint64_t{0});
    w_.key("run_name").value(family.name);
    w_.key("run_type").value(run_type);
    w_.key("repetitions").value(uint64_t{family.rows.size()});
  }

  void times(double real, double cpu, std::string_view unit) {
    w_.key("real_time").value(real);
    w_.key("cpu_time").value(cpu);
    w_.key("time_unit").value(unit);
  }

  void iteration(const Family& family, const Row& row) {
    head(family, family.name, "iteration");
    w_.key("repetition_index").value(row.index);
    w_.key("threads").value(uint64_t{1});
    if (!row.problem.empty()) {
      w_.key("error_occurred").value(true).key("error_message").value(row.problem);
    }
    w_.key("iterations").value(row.iterations);
    times(row.real_s * kUnitsPerSecond, row.cpu_s * kUnitsPerSecond, kTimeUnit);
    for (const auto& [name, value] : row.counters) w_.key(name).value(value);
    w_.end_object();
  }

  void aggregate(const Family& family, const char* name, uint64_t rows, double real, double cpu) {
    const bool ratio = std::string_view(name) == "cv";
    head(family, fmt::format("{}_{}", family.name, name), "aggregate");
    w_.key("threads").value(uint64_t{1});
    w_.key("aggregate_name").value(name);
    w_.key("aggregate_unit").value(ratio ? "percentage" : "time");
    w_.key("iterations").value(rows);
    times(real, cpu, kTimeUnit);
    w_.end_object();
  }

  void aggregates(const Family& family) {
    std::vector<double> real;
    std::vector<double> cpu;
    for (const Row& row : family.rows) {
      if (!row.problem.empty()) continue;
      real.push_back(row.real_s * kUnitsPerSecond);
      cpu.push_back(row.cpu_s * kUnitsPerSecond);
    }
    if (real.size() < 2) return;
    const Spread4 r = spread(std::move(real));
    const Spread4 c = spread(std::move(cpu));
    aggregate(family, "mean", r.n, r.mean, c.mean);
    aggregate(family, "median", r.n, r.median, c.median);
    aggregate(family, "stddev", r.n, r.stddev, c.stddev);
    aggregate(family, "cv", r.n, r.cv, c.cv);
  }

  struct Spread4 {
    uint64_t n = 0;
    double mean = 0;
    double median = 0;
    double stddev = 0;  // of the sample: n - 1, as Google Benchmark's
    double cv = 0;      // stddev / mean; 0 for a mean of 0
  };
  static Spread4 spread(std::vector<double> values) {
    Spread4 out;
    out.n = values.size();
    const auto n = static_cast<double>(values.size());
    for (const double v : values) out.mean += v / n;
    double squares = 0;
    for (const double v : values) squares += (v - out.mean) * (v - out.mean);
    out.stddev = std::sqrt(squares / (n - 1));
    if (out.mean != 0) out.cv = out.stddev / out.mean;
    std::sort(values.begin(), values.end());
    const size_t half = values.size() / 2;
    out.median = values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
    return out;
  }

  JsonWriter& w_;
  uint64_t families_ = 0;
};

// ---- Loads -------------------------------------------------------------------------------------

Counters load_counters(const LoadResult& r) {
  Counters out;
  add(out, "items_per_second", r.requests_per_s);
  add(out, "output_tokens_per_second", r.output_tokens_per_s);
  add(out, "goodput_per_second", r.goodput);
  add(out, "availability", r.availability);
  out.emplace_back("failed", static_cast<double>(r.failed));
  return out;
}

Counters metric_counters(const LoadMetric& metric, Counters out) {
  for (const Percentile& p : metric.summary.percentiles)
    add(out, format_percentile_name(p.p) + "_s", p.estimate);
  return out;
}

std::string problem_of(const LoadResult& r) {
  if (r.instrument.valid) return {};
  return r.instrument.invalid.empty() ? "invalid" : "invalid: " + r.instrument.invalid.front();
}

// The families of one load point, in the order the first round names them.
class PointFamilies {
 public:
  PointFamilies(std::string name, const LoadPoint& point) : name_(std::move(name)) {
    for (const LoadResult& r : point.rounds) take(r);
  }
  void write(Writer& writer) const {
    for (const Family& f : families_) writer.family(f);
  }

 private:
  void take(const LoadResult& r) {
    base_ = Row{};
    base_.index = r.load.round;
    base_.problem = problem_of(r);
    base_.iterations = r.good;
    if (r.load.instrument.process_cpu_s >= 0 && r.requests > 0)
      base_.cpu_s = r.load.instrument.process_cpu_s / static_cast<double>(r.requests);
    base_.counters = load_counters(r);
    for (const LoadMetric& metric : r.metrics) take(metric);
    per(r.output_tokens_per_s, "output_token");
    per(r.requests_per_s, "request");
  }

  void take(const LoadMetric& metric) {
    row(metric.name, metric.summary.mean, metric.summary.n,
        metric_counters(metric, base_.counters));
    for (const Percentile& p : metric.summary.percentiles) {
      if (p.p == 0.5 || p.p == 0.99)
        row(metric.name + "/" + format_percentile_name(p.p), p.estimate, metric.summary.n, {});
    }
  }

  void per(const Estimate& rate, const char* what) {
    if (!rate.value || !std::isfinite(*rate.value) || *rate.value <= 0) return;
    row(what, {1 / *rate.value, {}, {}, rate.n, ""}, base_.iterations, {});
  }

  void row(const std::string& metric, const Estimate& seconds, uint64_t n, Counters counters) {
    if (!seconds.value || !std::isfinite(*seconds.value)) return;
    const std::string full = name_ + "/" + word(metric);
    auto it = std::find_if(families_.begin(), families_.end(),
                           [&](const Family& f) { return f.name == full; });
    if (it == families_.end()) it = families_.insert(families_.end(), {full, {}});
    Row out = base_;
    out.real_s = *seconds.value;
    out.iterations = n;
    out.counters = std::move(counters);
    it->rows.push_back(std::move(out));
  }

  std::string name_;
  Row base_;
  std::vector<Family> families_;
};

void write_loads(Writer& writer, const LoadSection& section) {
  std::map<std::string, int> used;  // two workloads at one load are two benchmarks
  for (const LoadPoint& point : section.points) {
    const LoadInfo* load = first_load(point);
    if (load == nullptr || load->probe) continue;
    std::string name = word(point.model.name) + "/" + load_word(*load);
    if (used[name]++ > 0) name += fmt::format("/point:{}", point.point);
    PointFamilies(name, point).write(writer);
  }
}

// ---- Suites ------------------------------------------------------------------------------------

void write_latency(Writer& writer, const std::string& name, const ModelResult& m,
                   const LatencySummary& latency) {
  if (latency.n == 0 || !latency.mean.value || !std::isfinite(*latency.mean.value)) return;
  Row row;
  row.real_s = *latency.mean.value;
  row.cpu_s = m.cpu.n > 0 && m.cpu.mean.value ? *m.cpu.mean.value : 0;
  row.iterations = latency.n;
  for (const Percentile& p : latency.percentiles)
    add(row.counters, format_percentile_name(p.p) + "_s", p.estimate);
  if (const MetricResult* best = headline(m); best != nullptr)
    add(row.counters, word(best->def.name), best->estimate);
  row.counters.emplace_back("failed", static_cast<double>(m.items_failed));
  writer.family({name, {row}});
}

void write_suites(Writer& writer, const Summary& summary) {
  for (const SuiteSummary& suite : summary.suites) {
    for (const ModelResult& m : suite.models) {
      const std::string name = word(m.model.name) + "/" + word(suite.suite.name);
      write_latency(writer, name + "/latency", m, m.latency);
      write_latency(writer, name + "/ttft", m, m.ttft);
    }
  }
}

// ---- Context -----------------------------------------------------------------------------------

// MHz from "... CPU @ 2.00GHz"; 0: the host's description does not say.
double mhz_of(const std::string& cpu) {
  const size_t at = cpu.rfind("@ ");
  const size_t unit = cpu.rfind("GHz");
  if (at == std::string::npos || unit == std::string::npos || unit < at) return 0;
  const double ghz = std::strtod(cpu.c_str() + at + 2, nullptr);
  return std::isfinite(ghz) && ghz > 0 && ghz < 1000 ? ghz * 1000 : 0;
}

void write_context(JsonWriter& w, const Summary& summary) {
  const Manifest& manifest = summary.manifest;
  const SessionInfo session = manifest.sessions.empty() ? SessionInfo{} : manifest.sessions.front();
  const Result<Json> host = parse_json(session.host, "host");
  const bool known = host && host->is_object();
  const auto text = [&](const char* key) {
    const Json* member = known ? find_member(*host, key) : nullptr;
    return member != nullptr && member->is_string() ? member->get<std::string>() : std::string();
  };
  const Json* cores = known ? find_member(*host, "cores") : nullptr;
  const bool counted = cores != nullptr && cores->is_number_unsigned();
  w.key("context").begin_object();
  w.key("date").value(session.utc);
  w.key("host_name").value(text("kernel"));
  w.key("executable").value("assay");
  w.key("num_cpus").value(counted ? cores->get<uint64_t>() : uint64_t{0});
  w.key("mhz_per_cpu").value(mhz_of(text("cpu")));
  w.key("cpu_scaling_enabled").value(false);
  w.key("caches").begin_array().end_array();
  w.key("load_avg").begin_array().end_array();
  w.key("library_build_type").value("release");
  w.key("cpu").value(text("cpu"));
  w.key("assay_version").value(manifest.assay_version);
  w.key("run_hash").value(manifest.run_hash);
  w.key("command").value(session.argv);
  w.key("loads_valid").value(summary.loads.empty() || summary.loads.valid);
  w.end_object();
}

}  // namespace

std::string gbench_json(const Summary& summary) {
  JsonWriter w;
  w.begin_object();
  write_context(w, summary);
  w.key("benchmarks").begin_array();
  Writer writer(w);
  write_loads(writer, summary.loads);
  write_suites(writer, summary);
  w.end_array().end_object();
  return std::move(w).finish();
}

}  // namespace assay::reports
