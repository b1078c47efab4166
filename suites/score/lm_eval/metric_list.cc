#include "suites/score/lm_eval/metric_list.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "harness/base/json.h"
#include "harness/base/nearest.h"
#include "suites/score/lm_eval/config.h"
#include "suites/score/lm_eval/response_filters.h"

namespace assay::suites::lm_eval {
namespace {

struct Row {
  OutputType type;
  std::string_view name;
  MetricKind kind;
  std::string_view aggregation;  // where the task names none
  bool higher_is_better;
  bool is_default;
};

using enum OutputType;
// lm_eval/api/metrics.py and DEFAULT_METRIC_REGISTRY of lm_eval/api/registry.py (0.4.11). The
// reference says that a higher ter is better, which is a slip.
constexpr std::array<Row, 25> kMetrics{{
    {kGenerateUntil, "exact_match", MetricKind::kExactMatch, "mean", true, true},
    {kGenerateUntil, "anls", MetricKind::kAnls, "mean", true, false},
    {kGenerateUntil, "bleu", MetricKind::kText, "bleu", true, false},
    {kGenerateUntil, "chrf", MetricKind::kText, "chrf", true, false},
    {kGenerateUntil, "ter", MetricKind::kText, "ter", false, false},
    {kGenerateUntil, "f1", MetricKind::kClasses, "f1", true, false},
    {kGenerateUntil, "mcc", MetricKind::kClasses, "matthews_corrcoef", true, false},
    {kGenerateUntil, "bypass", MetricKind::kBypass, "bypass", true, false},
    {kMultipleChoice, "acc", MetricKind::kAcc, "mean", true, true},
    {kMultipleChoice, "acc_norm", MetricKind::kAccNorm, "mean", true, true},
    {kMultipleChoice, "acc_bytes", MetricKind::kAccBytes, "mean", true, false},
    {kMultipleChoice, "acc_mutual_info", MetricKind::kAccMutualInfo, "mean", true, false},
    {kMultipleChoice, "exact_match", MetricKind::kExactMatch, "mean", true, false},
    {kMultipleChoice, "f1", MetricKind::kClasses, "f1", true, false},
    {kMultipleChoice, "mcc", MetricKind::kClasses, "matthews_corrcoef", true, false},
    {kMultipleChoice, "brier_score", MetricKind::kBrier, "brier_score", false, false},
    {kMultipleChoice, "likelihood", MetricKind::kLikelihood, "mean", true, false},
    {kMultipleChoice, "bypass", MetricKind::kBypass, "bypass", true, false},
    {kLoglikelihood, "perplexity", MetricKind::kPerplexity, "perplexity", false, true},
    {kLoglikelihood, "acc", MetricKind::kAcc, "mean", true, true},
    {kLoglikelihood, "bypass", MetricKind::kBypass, "bypass", true, false},
    {kLoglikelihoodRolling, "word_perplexity", MetricKind::kPerWord, "weighted_perplexity", false,
     true},
    {kLoglikelihoodRolling, "byte_perplexity", MetricKind::kPerByte, "weighted_perplexity", false,
     true},
    {kLoglikelihoodRolling, "bits_per_byte", MetricKind::kPerByte, "bits_per_byte", false, true},
    {kLoglikelihoodRolling, "bypass", MetricKind::kBypass, "bypass", true, false},
}};

enum class Shape { kScalar, kPerplexity, kWeighted, kPairs, kText, kBypass };

Shape shape_of(MetricKind kind) {
  switch (kind) {
    case MetricKind::kPerplexity:
      return Shape::kPerplexity;
    case MetricKind::kPerWord:
    case MetricKind::kPerByte:
      return Shape::kWeighted;
    case MetricKind::kClasses:
      return Shape::kPairs;
    case MetricKind::kText:
      return Shape::kText;
    case MetricKind::kBypass:
      return Shape::kBypass;
    default:
      return Shape::kScalar;
  }
}

struct AggregationRow {
  Shape shape;
  std::string_view name;
  Aggregation aggregation;
};

constexpr std::array<AggregationRow, 18> kAggregations{{
    {Shape::kScalar, "mean", Aggregation::kPooled},
    {Shape::kScalar, "nanmean", Aggregation::kPooled},
    {Shape::kScalar, "brier_score", Aggregation::kPooled},
    {Shape::kScalar, "median", Aggregation::kMedian},
    {Shape::kPerplexity, "perplexity", Aggregation::kPerplexity},
    {Shape::kPerplexity, "mean", Aggregation::kPooled},
    {Shape::kWeighted, "weighted_perplexity", Aggregation::kPerplexity},
    {Shape::kWeighted, "bits_per_byte", Aggregation::kBitsPerByte},
    {Shape::kPairs, "f1", Aggregation::kF1},
    {Shape::kPairs, "f1_macro", Aggregation::kF1Macro},
    {Shape::kPairs, "f1_micro", Aggregation::kF1Micro},
    {Shape::kPairs, "f1_weighted", Aggregation::kF1Weighted},
    {Shape::kPairs, "matthews_corrcoef", Aggregation::kMcc},
    {Shape::kText, "bleu", Aggregation::kBleu},
    {Shape::kText, "chrf", Aggregation::kChrf},
    {Shape::kText, "ter", Aggregation::kPooled},
    {Shape::kBypass, "bypass", Aggregation::kPooled},
    {Shape::kBypass, "mean", Aggregation::kPooled},
}};

const Row* find_row(OutputType type, std::string_view name) {
  const auto* row = std::find_if(kMetrics.begin(), kMetrics.end(), [type, name](const Row& r) {
    return r.type == type && r.name == name;
  });
  return row == kMetrics.end() ? nullptr : row;
}

bool is_binary(const Metric& metric) {
  switch (metric.kind) {
    case MetricKind::kExactMatch:
    case MetricKind::kAcc:
    case MetricKind::kAccNorm:
    case MetricKind::kAccBytes:
    case MetricKind::kAccMutualInfo:
      return metric.def.aggregation == Aggregation::kPooled;
    default:
      return false;
  }
}

void fail_unknown(ConfigReader& read, OutputType type, const std::string& name) {
  if (type == kGenerateUntil && find_row(kMultipleChoice, name) != nullptr) {
    return read.fail(fmt::format(
        "metric `{}` of generated texts needs `process_results`, a function in Python", name));
  }
  std::vector<std::string> known;
  for (const Row& row : kMetrics) {
    if (row.type == type) known.emplace_back(row.name);
  }
  std::string hint = did_you_mean(name, known);
  if (hint.empty()) hint = fmt::format(", expected one of {}", fmt::join(known, ", "));
  read.fail(fmt::format("unknown metric `{}`{}", name, hint));
}

void set_aggregation(ConfigReader& read, const Row& row, MetricDef& def) {
  const std::string name = read.text("aggregation", std::string(row.aggregation));
  std::vector<std::string> known;
  for (const AggregationRow& a : kAggregations) {
    if (a.shape != shape_of(row.kind)) continue;
    known.emplace_back(a.name);
    if (a.name != name) continue;
    def.aggregation = a.aggregation;
    if (row.type == kGenerateUntil && a.aggregation == Aggregation::kF1) {
      read.fail(
          "`f1` of texts has no class 1, and the reference stops there; `aggregation: f1_macro` "
          "(or f1_micro, f1_weighted) takes each text as a class");
    }
    return;
  }
  std::string hint = did_you_mean(name, known);
  if (hint.empty()) hint = fmt::format(", expected one of {}", fmt::join(known, ", "));
  read.fail(fmt::format("aggregation `{}` of metric `{}`{}", name, row.name, hint));
}

void read_exact_match(ConfigReader& read, Metric& metric) {
  auto exact = std::make_shared<ExactMatch>();
  exact->regexes_to_ignore = read_ignored(read);
  exact->ignore_case = read.flag("ignore_case", false);
  exact->ignore_punctuation = read.flag("ignore_punctuation", false);
  exact->ignore_numbers = read.flag("ignore_numbers", false);
  metric.exact = std::move(exact);
}

void read_own_keys(ConfigReader& read, const Row& row, Metric& metric) {
  if (row.type != kGenerateUntil) {
    // The reference takes options here and has no use for them.
    for (const char* key : {"ignore_case", "ignore_punctuation", "regexes_to_ignore"}) {
      (void)read.raw(key);
    }
    return;
  }
  if (row.kind == MetricKind::kExactMatch) return read_exact_match(read, metric);
  if (row.kind == MetricKind::kAnls) {
    metric.anls_threshold = read.number("threshold", 0.5);
  } else if (row.kind == MetricKind::kText) {
    metric.text = make_text_metric(row.name);
    if (!metric.text) read.fail(fmt::format("metric `{}` is not in this build", row.name));
  }
}

Result<Metric> read_metric(const Json& object, OutputType type, const std::string& place) {
  ConfigReader read(object, place);
  const std::string name = read.text("metric", "");
  Metric metric;
  if (!read.failed()) {
    if (const Row* row = find_row(type, name)) {
      metric.kind = row->kind;
      metric.def = {name, "lm_eval"};
      metric.def.share = row->kind != MetricKind::kText && row->kind != MetricKind::kBypass;
      set_aggregation(read, *row, metric.def);
      metric.def.higher_is_better = read.flag("higher_is_better", row->higher_is_better);
      // Of exact_match both sides are the same function; other metrics of `evaluate` are Python.
      if (read.flag("hf_evaluate", false) && name != "exact_match") {
        read.fail(fmt::format("`hf_evaluate`: metric `{}` of evaluate needs Python", name));
      }
      read_own_keys(read, *row, metric);
      metric.def.binary = is_binary(metric);
    } else {
      fail_unknown(read, type, name);
    }
  }
  ASSAY_TRY_VOID(read.finish());
  return metric;
}

}  // namespace

std::optional<OutputType> output_type_from_name(std::string_view name) {
  const auto& names = output_type_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<OutputType>(found - names.begin());
}

const std::vector<std::string>& output_type_names() {
  static const std::vector<std::string> kNames{"generate_until", "multiple_choice", "loglikelihood",
                                               "loglikelihood_rolling"};
  return kNames;
}

Result<std::vector<Metric>> read_metric_list(const Json& list, OutputType type,
                                             const std::string& place) {
  std::vector<Metric> metrics;
  if (list.is_null()) {
    for (const Row& row : kMetrics) {
      if (row.type != type || !row.is_default) continue;
      ASSAY_TRY(Metric metric, read_metric(Json{{"metric", row.name}}, type, place));
      metrics.push_back(std::move(metric));
    }
    return metrics;
  }
  if (!list.is_array() || list.empty() || list.size() > kMetricsMax) {
    return input_error(place, fmt::format("{}, expected a list of 1 to {} metrics",
                                          json_type_name(list), kMetricsMax));
  }
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string where = fmt::format("{}[{}]", place, i);
    ASSAY_TRY(Metric metric, read_metric(list[i], type, where));
    for (const Metric& other : metrics) {
      if (other.def.name != metric.def.name) continue;
      return input_error(where, fmt::format("metric `{}` stands twice", metric.def.name));
    }
    metrics.push_back(std::move(metric));
  }
  return metrics;
}

}  // namespace assay::suites::lm_eval
