// Builders of Summary for tests of reports: two suites as the quick start makes them (pictures with
// text, customer requests), and suites of any number of models with names of any length. All values
// are given or drawn from a seeded Rng, so golden files are stable.
//
//   Summary s = test::demo_summary();
//   Summary wide = test::summary_of_models(8, "a-very-long-name");
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/rng.h"
#include "harness/types/summary.h"

namespace assay::test {

inline Estimate estimate(double value, double low, double high, uint64_t n, std::string method) {
  return {value, low, high, n, std::move(method)};
}

// A rate with a normal-approximation interval: shape is what matters to a report.
inline Estimate rate(double value, uint64_t n) {
  const double half =
      1.96 * std::sqrt(std::max(value * (1 - value), 0.0004) / static_cast<double>(n));
  return estimate(value, std::max(0.0, value - half), std::min(1.0, value + half), n, "wilson");
}

// Log-normal times around `median` seconds.
inline LatencySummary latency(double median, double sigma, uint64_t n, uint64_t seed) {
  Rng rng(seed, n);
  std::vector<double> times;
  for (uint64_t i = 0; i < n; ++i) times.push_back(rng.lognormal(std::log(median), sigma));
  std::sort(times.begin(), times.end());
  LatencySummary out;
  out.n = n;
  double sum = 0;
  for (size_t i = 0; i < times.size(); ++i) {
    sum += times[i];
    out.ecdf.emplace_back(times[i], static_cast<double>(i + 1) / static_cast<double>(n));
  }
  for (const double p : {0.5, 0.9, 0.95, 0.99}) {
    const double x = times[static_cast<size_t>(p * static_cast<double>(n - 1))];
    Percentile q{p, {x, std::nullopt, std::nullopt, n, "order statistics"}};
    if (p < 0.99) {
      q.estimate.ci_low = x * 0.94;
      q.estimate.ci_high = x * 1.08;
    } else {
      q.estimate.method = fmt::format("order statistics: n = {} cannot bound p99", n);
    }
    out.percentiles.push_back(q);
  }
  const double mean = sum / static_cast<double>(n);
  out.mean = estimate(mean, mean * 0.95, mean * 1.05, n, "mean, t");
  return out;
}

inline ModelInfo model_info(uint32_t id, const std::string& name) {
  ModelInfo m;
  m.id = id;
  m.name = name;
  m.spec = name;
  m.config_hash = fmt::format("{:016x}", mix64(id + 1));
  m.version = name.rfind("tesseract", 0) == 0 ? "tesseract 5.3.0" : "assay 0.1.0";
  return m;
}

inline ModelResult model_result(ModelInfo info, uint64_t items) {
  ModelResult m;
  m.model = std::move(info);
  m.items_planned = items;
  m.items_answered = items;
  m.outcomes["ok"] = items;
  m.cost.basis = "no machine price was given (--machine-price)";
  return m;
}

inline SuiteInfo suite_info(uint32_t id, std::string name, std::string title, uint64_t samples) {
  SuiteInfo s;
  s.id = id;
  s.name = std::move(name);
  s.title = std::move(title);
  s.language = "ko+en";
  s.licence = "MIT";
  s.hash = fmt::format("{:016x}", mix64(id * 10 + 1));
  s.prompt_hash = fmt::format("{:016x}", mix64(id * 10 + 2));
  s.data_hash = fmt::format("{:016x}", mix64(id * 10 + 3));
  s.scorer_hash = fmt::format("{:016x}", mix64(id * 10 + 4));
  s.sample_count = samples;
  return s;
}

inline SuiteSummary ocr_suite() {
  SuiteSummary s;
  s.suite = suite_info(1, "quick-ocr", "Receipts, signs and tables in Korean and English", 60);
  const MetricDef cer{"cer", "cer", false, false};
  const MetricDef wer{"wer", "wer", false, false};
  const MetricDef f1{"field_f1", "field_f1", true, false};
  s.suite.metrics = {cer, wer, f1};
  struct Row {
    const char* name;
    double cer, half, wer, f1, median;
  };
  const Row rows[] = {{"tesseract:eng", 0.4312, 0.051, 0.612, 0.412, 0.118},
                      {"tesseract:kor", 0.1187, 0.024, 0.231, 0.702, 0.164},
                      {"tesseract:kor+eng", 0.0642, 0.013, 0.148, 0.853, 0.231},
                      {"tesseract:kor+eng?psm=6", 0.0811, 0.017, 0.169, 0.827, 0.224}};
  uint32_t id = 1;
  for (const Row& r : rows) {
    ModelResult m = model_result(model_info(id, r.name), 60);
    m.metrics = {
        {cer, estimate(r.cer, r.cer - r.half, r.cer + r.half, 60, "clustered ratio"), 0},
        {wer, estimate(r.wer, r.wer - 1.6 * r.half, r.wer + 1.6 * r.half, 60, "clustered ratio"),
         0},
        {f1, estimate(r.f1, r.f1 - 0.06, std::min(1.0, r.f1 + 0.06), 60, "clustered ratio"), 0}};
    m.latency = latency(r.median, 0.35, 60, id);
    m.cpu = latency(r.median * 0.97, 0.35, 60, id);
    for (const auto& [tag, value, shift] : {std::tuple{"language", "en", -0.03},
                                            {"language", "ko", 0.04},
                                            {"quality", "blurred", 0.1},
                                            {"quality", "clean", -0.04},
                                            {"quality", "low contrast", 0.02},
                                            {"quality", "noisy", 0.07}}) {
      const double v = std::max(0.004, r.cer + shift * (1 + r.cer));
      m.slices.push_back(
          {tag, value, {cer, estimate(v, v * 0.7, v * 1.3, 15, "clustered ratio"), 0}});
    }
    if (id == 4) {
      m.items_answered = 58;
      m.items_failed = 2;
      m.outcomes = {{"ok", 58}, {"timeout", 2}};
      m.metrics[0].unscored = 1;
    }
    s.models.push_back(std::move(m));
    ++id;
  }
  s.verdict = {VerdictKind::kTied, 2, {3}, 3};
  const auto against = [&](size_t b, double d, double half, double p, double holm, PairVerdict v) {
    Comparison c;
    c.a = 2;
    c.b = b;
    c.metric = cer;
    c.difference = estimate(d, d - half, d + half, b == 3 ? 57 : 60, "paired ratio");
    c.p_value = p;
    c.p_holm = holm;
    c.test = "paired t, clustered";
    c.verdict = v;
    s.comparisons.push_back(c);
  };
  against(3, -0.0169, 0.0185, 0.0721, 0.0721, PairVerdict::kNoDifferenceShown);
  against(1, -0.0545, 0.0211, 0.0000031, 0.0000062, PairVerdict::kABetter);
  against(0, -0.367, 0.05, 1e-12, 3e-12, PairVerdict::kABetter);
  s.comparisons[0].note = "paired on the 57 items that both have a score for";
  return s;
}

inline SuiteSummary intents_suite() {
  SuiteSummary s;
  s.suite = suite_info(2, "quick-intents", "Customer requests, 12 intents", 204);
  s.suite.train_count = 312;
  const MetricDef accuracy{"accuracy", "choice", true, true};
  s.suite.metrics = {accuracy};
  s.suite.published["baseline:linear/accuracy"] = 0.88;
  struct Row {
    const char* name;
    double accuracy, median;
  };
  const Row rows[] = {{"baseline:random", 0.0784, 0.0000021},
                      {"baseline:majority", 0.0931, 0.0000018},
                      {"baseline:bm25", 0.7157, 0.000312},
                      {"baseline:linear", 0.8529, 0.0000894}};
  uint32_t id = 5;
  for (const Row& r : rows) {
    ModelResult m = model_result(model_info(id, r.name), 204);
    m.metrics = {{accuracy, rate(r.accuracy, 204), 0}};
    m.latency = latency(r.median, 0.25, 204, id);
    for (const char* language : {"en", "ko"}) {
      const double v = r.accuracy + (language[0] == 'e' ? 0.02 : -0.02);
      m.slices.push_back({"language", language, {accuracy, rate(v, 102), 0}});
    }
    m.cost = {.total = Money{static_cast<int64_t>(r.median * 204 * 111111.0) + 1},
              .per_thousand_items = Money{static_cast<int64_t>(r.median * 1000 * 111111.0) + 1},
              .per_correct = Money{static_cast<int64_t>(r.median / r.accuracy * 111111.0) + 1},
              .currency = "USD",
              .basis = "busy time at 0.40 USD per machine hour"};
    if (id == 8) m.model.train_size = 312;
    s.models.push_back(std::move(m));
    ++id;
  }
  s.verdict = {VerdictKind::kClearBest, 3, {}, 3};
  const auto against = [&](size_t b, double d, uint64_t mine, uint64_t theirs, double p) {
    Comparison c;
    c.a = 3;
    c.b = b;
    c.metric = accuracy;
    c.difference = estimate(d, d - 0.058, d + 0.058, 204, "newcombe paired");
    c.p_value = p;
    c.p_holm = std::min(1.0, p * 3);
    c.test = "exact McNemar";
    c.only_a_right = mine;
    c.only_b_right = theirs;
    c.verdict = PairVerdict::kABetter;
    s.comparisons.push_back(c);
  };
  against(2, 0.1372, 35, 7, 0.0000159);
  against(1, 0.7598, 158, 3, 1e-15);
  against(0, 0.7745, 160, 2, 1e-15);
  LearningCurve curve{"baseline:linear", {}};
  for (const auto& [size, value] : {std::pair{12, 0.27},
                                    {24, 0.41},
                                    {48, 0.58},
                                    {96, 0.70},
                                    {156, 0.775},
                                    {234, 0.83},
                                    {312, 0.8529}}) {
    curve.points.push_back({size, rate(value, 204)});
  }
  s.health.items = {.models = 4,
                    .items = 204,
                    .solved_by_none = 21,
                    .solved_by_all = 2,
                    .none = {{.index = 3}, {.index = 17}, {.index = 40}},
                    .all = {{.index = 8}, {.index = 90}},
                    .note = "discrimination needs 5 models, here are 4"};
  s.health.labels = {.n = 204,
                     .labels = 12,
                     .entropy_bits = 3.57,
                     .evenness = 0.9958,
                     .majority = "refund <b>now</b>",
                     .majority_share = rate(0.0931, 204)};
  s.health.needed = {.items = 3826,
                     .have = 204,
                     .detectable = 0.0866,
                     .basis = "baseline:linear against baseline:bm25"};
  s.curves.push_back(std::move(curve));
  return s;
}

inline Manifest manifest_of(const std::vector<SuiteSummary>& suites) {
  Manifest m;
  m.schema_version = 1;
  m.assay_version = "0.1.0";
  m.run_hash = "9f86d081884c7d65";
  m.seed = 7;
  for (const SuiteSummary& s : suites) {
    m.suites.push_back(s.suite);
    for (const ModelResult& r : s.models) m.models.push_back(r.model);
  }
  SessionInfo session;
  session.id = 1;
  session.utc = "2026-01-31T09:05:00Z";
  session.argv = "assay run quick-ocr quick-intents -o quick.assay";
  session.host = R"({"cpu":"Example CPU @ 2.00GHz","cores":2,"memory_gib":8,"kernel":"6.1.0"})";
  m.sessions.push_back(session);
  return m;
}

inline Summary demo_summary() {
  Summary s;
  s.sources = {"quick.assay"};
  s.suites = {ocr_suite(), intents_suite()};
  s.manifest = manifest_of(s.suites);
  return s;
}

// One suite with `count` models named "<prefix>-1" ..; the first is best.
inline Summary summary_of_models(size_t count, const std::string& prefix) {
  Summary s;
  SuiteSummary suite;
  suite.suite = suite_info(3, "many", "Any number of models", 500);
  const MetricDef accuracy{"accuracy", "exact", true, true};
  suite.suite.metrics = {accuracy};
  for (size_t i = 0; i < count; ++i) {
    const std::string name = fmt::format("{}-{}", prefix, i + 1);
    ModelResult m = model_result(model_info(static_cast<uint32_t>(i + 1), name), 500);
    m.metrics = {{accuracy, rate(0.91 - 0.021 * static_cast<double>(i), 500), 0}};
    m.latency = latency(0.4 * std::pow(0.72, static_cast<double>(i)), 0.5, 200, i);
    suite.models.push_back(std::move(m));
  }
  LearningCurve curve{suite.models.front().model.name, {}};
  for (const int size : {100, 200, 400})
    curve.points.push_back({size, rate(0.5 + size / 1000.0, 500)});
  suite.curves.push_back(curve);
  suite.verdict = {count == 1 ? VerdictKind::kSingleModel : VerdictKind::kTied, 0, {}, 0};
  for (size_t i = 1; i < count; ++i) {
    suite.verdict.tied.push_back(i);
    Comparison c;
    c.a = 0;
    c.b = i;
    c.metric = accuracy;
    c.difference = estimate(0.021 * static_cast<double>(i), -0.01, 0.2, 500, "newcombe paired");
    c.p_value = 0.2;
    c.p_holm = 0.4;
    c.test = "exact McNemar";
    c.only_a_right = 10;
    c.only_b_right = 5;
    c.verdict = PairVerdict::kNoDifferenceShown;
    suite.comparisons.push_back(c);
  }
  s.suites = {suite};
  s.sources = {"many.assay"};
  s.manifest = manifest_of(s.suites);
  return s;
}

}  // namespace assay::test
