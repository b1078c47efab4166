#include "harness/aggregate/history.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "harness/aggregate/summarize.h"
#include "harness/base/hash.h"
#include "harness/base/utf8.h"
#include "harness/stats/change_points.h"

namespace assay::aggregate {
namespace {

constexpr const char* kLatency = "latency";

// The execution: what its first session was. Growing the file does not change it.
std::string run_identity(const Manifest& manifest) {
  if (manifest.sessions.empty()) return manifest.run_hash;
  const SessionInfo& first = manifest.sessions.front();
  HashBuilder hash;
  hash.add(first.utc).add(first.argv).add(first.host).add_number(first.mono_origin_ns);
  return hash.add_number(static_cast<int64_t>(manifest.seed)).finish().short_hex();
}

// As a report shows it: a part of 1, or a number of its own scale.
bool shown_as_share(const MetricDef& def) {
  switch (def.aggregation) {
    case Aggregation::kPerplexity:
    case Aggregation::kBitsPerByte:
    case Aggregation::kBleu:
    case Aggregation::kChrf:
      return false;
    default:
      return def.share && (def.binary || def.scorer != "process");
  }
}

std::optional<double> median_of(const LatencySummary& latency) {
  for (const Percentile& p : latency.percentiles) {
    if (p.p == 0.5) return p.estimate.value;
  }
  return std::nullopt;
}

HistoryLine line_of(const Summary& summary, const SuiteInfo& suite, const ModelResult& model,
                    const MetricResult& metric) {
  HistoryLine line;
  line.assay_version = summary.manifest.assay_version;
  line.suite = sanitize_utf8(suite.name);
  line.prompt_hash = suite.prompt_hash;
  line.data_hash = suite.data_hash;
  line.scorer_hash = suite.scorer_hash;
  line.model = sanitize_utf8(model.model.name);
  line.config_hash = model.model.config_hash;
  line.metric = sanitize_utf8(metric.def.name);
  line.higher_is_better = metric.def.higher_is_better;
  line.share = shown_as_share(metric.def);
  line.estimate = metric.estimate;
  line.failed = model.items_failed;
  line.latency_s_p50 = median_of(model.latency);
  line.cost = model.cost.total;
  line.currency = model.cost.currency;
  return line;
}

// What a trend is of; the order of first lines is kept beside it.
using TrendKey = std::tuple<std::string, std::string, std::string, bool>;
// The newest line of a run (with one configuration) stands for it.
using PointKey = std::pair<std::string, std::string>;

struct Gathered {
  std::vector<const HistoryLine*> lines;
  std::map<PointKey, size_t> place;
  void take(const HistoryLine& line) {
    const auto [at, fresh] = place.try_emplace({line.run, line.config_hash}, lines.size());
    if (fresh) {
      lines.push_back(&line);
    } else {
      lines[at->second] = &line;
    }
  }
};

TrendBreak what_differs(const HistoryLine& a, const HistoryLine& b) {
  return {.index = 0,
          .prompt = a.prompt_hash != b.prompt_hash,
          .data = a.data_hash != b.data_hash,
          .scorer = a.scorer_hash != b.scorer_hash};
}

TrendPoint point_of(const HistoryLine& line, bool is_time) {
  TrendPoint point{.utc = line.utc,
                   .run = line.run,
                   .commit = line.commit,
                   .note = line.note,
                   .config_hash = line.config_hash,
                   .estimate = line.estimate,
                   .failed = line.failed};
  if (is_time) {
    point.estimate = {};
    point.estimate.value = line.latency_s_p50;
    point.estimate.n = line.estimate.n;
  }
  return point;
}

double mean_between(const std::vector<double>& values, size_t from, size_t to) {
  double sum = 0;
  for (size_t i = from; i < to; ++i) sum += values[i] / static_cast<double>(to - from);
  return sum;
}

// Change points of the points [from, to).
void add_changes(Trend& trend, size_t from, size_t to) {
  std::vector<double> values;
  std::vector<size_t> index;
  for (size_t i = from; i < to; ++i) {
    if (!trend.points[i].estimate.value) continue;
    values.push_back(*trend.points[i].estimate.value);
    index.push_back(i);
  }
  const stats::ChangePoints found = stats::change_points(values, {});
  for (size_t c = 0; c < found.points.size(); ++c) {
    const size_t at = found.points[c].index;
    const size_t begin = c == 0 ? 0 : found.points[c - 1].index;
    const size_t end = c + 1 < found.points.size() ? found.points[c + 1].index : values.size();
    const TrendPoint& before = trend.points[index[at - 1]];
    const TrendPoint& after = trend.points[index[at]];
    trend.changes.push_back({.index = index[at],
                             .before = mean_between(values, begin, at),
                             .after = mean_between(values, at, end),
                             .p_value = found.points[c].p_value,
                             .other_config = before.config_hash != after.config_hash});
  }
}

Trend make_trend(std::vector<const HistoryLine*> lines, bool is_time) {
  std::stable_sort(lines.begin(), lines.end(),
                   [](const HistoryLine* a, const HistoryLine* b) { return a->utc < b->utc; });
  const HistoryLine& newest = *lines.back();
  Trend out;
  out.suite = newest.suite;
  out.model = newest.model;
  out.is_time = is_time;
  out.headline = newest.headline;
  out.metric = {.name = is_time ? kLatency : newest.metric,
                .scorer = "",
                .higher_is_better = !is_time && newest.higher_is_better,
                .binary = false,
                .share = !is_time && newest.share};
  if (lines.size() > kTrendPointsMax) {
    out.left_out = lines.size() - kTrendPointsMax;
    lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(out.left_out));
  }
  size_t segment = 0;
  for (size_t i = 0; i < lines.size(); ++i) {
    out.points.push_back(point_of(*lines[i], is_time));
    if (i == 0) continue;
    TrendBreak here = what_differs(*lines[i - 1], *lines[i]);
    if (!here.prompt && !here.data && !here.scorer) continue;
    add_changes(out, segment, i);
    here.index = i;
    out.breaks.push_back(here);
    segment = i;
  }
  add_changes(out, segment, out.points.size());
  return out;
}

}  // namespace

Result<std::vector<HistoryLine>> history_lines(const RunStore& store, const std::string& name,
                                               const HistoryOrigin& origin) {
  const RunStore* const one = &store;
  ASSAY_TRY(const Summary summary, summarize(std::span(&one, 1), std::span(&name, 1), {}));
  const std::string run = run_identity(summary.manifest);
  const std::string utc =
      summary.manifest.sessions.empty() ? "" : summary.manifest.sessions.front().utc;
  std::vector<HistoryLine> out;
  for (const SuiteSummary& suite : summary.suites) {
    for (const ModelResult& model : suite.models) {
      for (size_t m = 0; m < model.metrics.size(); ++m) {
        HistoryLine line = line_of(summary, suite.suite, model, model.metrics[m]);
        line.utc = utc;
        line.run = run;
        line.commit = origin.commit;
        line.note = origin.note;
        line.headline = m == 0;
        out.push_back(std::move(line));
      }
    }
  }
  if (out.empty()) {
    return input_error(name, "holds no figure of a suite, expected a run of `assay run`");
  }
  return out;
}

std::vector<Trend> trends(std::span<const HistoryLine> lines, const TrendQuery& query) {
  std::map<TrendKey, size_t> place;
  std::vector<std::pair<bool, Gathered>> gathered;  // is_time, lines
  const auto take = [&](const HistoryLine& line, bool is_time) {
    const std::string metric = is_time ? kLatency : line.metric;
    if (!query.metric.empty() && query.metric != metric) return;
    const auto [at, fresh] =
        place.try_emplace({line.suite, line.model, metric, is_time}, gathered.size());
    if (fresh) gathered.emplace_back(is_time, Gathered{});
    gathered[at->second].second.take(line);
  };
  for (const HistoryLine& line : lines) {
    if (!query.suite.empty() && query.suite != line.suite) continue;
    if (!query.model.empty() && query.model != line.model) continue;
    take(line, false);
    if (line.headline && line.latency_s_p50) take(line, true);
  }
  std::vector<Trend> out;
  out.reserve(gathered.size());
  for (auto& [is_time, found] : gathered)
    out.push_back(make_trend(std::move(found.lines), is_time));
  return out;
}

std::vector<Trend> trends_of_summary(std::span<const HistoryLine> lines, const Summary& summary) {
  std::vector<Trend> out;
  for (Trend& trend : trends(lines, {})) {
    const auto is_same = [&](const ModelResult& model) {
      // Models of one name in several files have their file's behind it.
      const std::string& name = model.model.name;
      return name == trend.model || name.starts_with(trend.model + " [");
    };
    const auto has = [&](const SuiteSummary& suite) {
      return suite.suite.name == trend.suite &&
             std::any_of(suite.models.begin(), suite.models.end(), is_same);
    };
    if (std::any_of(summary.suites.begin(), summary.suites.end(), has))
      out.push_back(std::move(trend));
  }
  return out;
}

}  // namespace assay::aggregate
