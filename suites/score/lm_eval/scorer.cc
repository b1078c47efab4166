// The scorer `lm_eval`: what lm-evaluation-harness does between a reply and its figures: the
// filters of a task's filter_list, then the metrics of its metric_list, by the task's output type.
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "harness/base/json.h"
#include "suites/score/common.h"
#include "suites/score/factories.h"
#include "suites/score/lm_eval/choice_metrics.h"
#include "suites/score/lm_eval/config.h"
#include "suites/score/lm_eval/filters.h"
#include "suites/score/lm_eval/generation.h"
#include "suites/score/lm_eval/metric_list.h"

namespace assay::suites {
namespace {

using lm_eval::ChoiceResult;
using lm_eval::ChoiceTruth;
using lm_eval::FilterPipeline;
using lm_eval::mark_unscored;
using lm_eval::Metric;
using lm_eval::MetricKind;
using lm_eval::OutputType;

constexpr double kBrierWorst = 2;
constexpr double kNoClass = -1;  // a reply that picks nothing

struct NamedPipeline {
  std::string name;
  FilterPipeline pipeline;
};

// One metric after one pipeline.
struct Judged {
  size_t pipeline = 0;
  Metric metric;
};

class LmEval : public Scorer {
 public:
  struct Setup {
    std::vector<NamedPipeline> pipelines;
    std::vector<Judged> judged;
    std::string identity;
  };
  explicit LmEval(Setup setup) : setup_(std::move(setup)) {
    for (const Judged& judged : setup_.judged) metrics_.push_back(judged.metric.def);
  }
  [[nodiscard]] const std::vector<MetricDef>& metrics() const final { return metrics_; }
  [[nodiscard]] std::string identity() const final { return setup_.identity; }
  void judge(const Sample& sample, const Response& response, std::vector<Score>& out) const final {
    const size_t first = out.size();
    for (const MetricDef& def : metrics_) out.emplace_back().metric = def.name;
    fill(sample, response, std::span(out).subspan(first));
  }

 protected:
  // One score for each of setup_.judged.
  virtual void fill(const Sample& sample, const Response& response,
                    std::span<Score> scores) const = 0;

  Setup setup_;

 private:
  std::vector<MetricDef> metrics_;
};

// --- generate_until

// The document's own field `choices` (of a mapping its keys, as Python walks over one); where it
// has none, the sample's choices.
std::optional<std::vector<std::string>> document_choices(const Sample& sample) {
  if (!sample.doc.empty()) {
    const Result<Json> doc = parse_json(sample.doc, "document");
    const Json* field = doc ? find_member(*doc, "choices") : nullptr;
    std::vector<std::string> choices;
    if (field != nullptr && field->is_structured()) {
      for (const auto& [key, value] : field->items()) {
        if (field->is_object()) {
          choices.push_back(key);
        } else if (value.is_string()) {
          choices.push_back(value.get<std::string>());
        }
      }
    }
    if (!choices.empty()) return choices;
  }
  if (sample.choices.empty()) return std::nullopt;
  return sample.choices;
}

class Generation final : public LmEval {
 public:
  using LmEval::LmEval;

 private:
  void fill(const Sample& sample, const Response& response,
            std::span<Score> scores) const override {
    const std::string unusable = unusable_reason(response);
    std::string repaired;
    const std::string answer(unusable.empty() ? valid_utf8(response.answer, repaired)
                                              : std::string_view());
    for (size_t p = 0; p < setup_.pipelines.size(); ++p) {
      const Result<Json> value =
          unusable.empty() ? filtered(setup_.pipelines[p].pipeline, sample, answer) : Json("");
      for (size_t i = 0; i < scores.size(); ++i) {
        if (setup_.judged[i].pipeline == p) set(i, sample, value, unusable, scores[i]);
      }
    }
    if (response.outcome != Outcome::kLength) return;
    for (Score& score : scores) {
      if (score.value < 1 && !score.reason.empty()) score.reason += " (cut off by the token limit)";
    }
  }

  static Result<Json> filtered(const FilterPipeline& pipeline, const Sample& sample,
                               const std::string& answer) {
    if (!pipeline.needs_document()) return pipeline.apply_one(answer, {});
    const auto choices = document_choices(sample);
    return pipeline.apply_one(answer, {choices ? &*choices : nullptr});
  }

  void set(size_t i, const Sample& sample, const Result<Json>& value, const std::string& unusable,
           Score& score) const {
    // The reference stops where a filter finds less than it was told to take. That is the reply's
    // fault, so it is wrong; a limit, or a document that does not fit, is not.
    if (!value && value.error().code != ErrorCode::kInput) {
      return mark_unscored(score, value.error().text());
    }
    const Metric& metric = setup_.judged[i].metric;
    lm_eval::judge_generation(metric, value ? *value : Json(""), sample.targets, sample.choices,
                              score);
    if (!unusable.empty() || !value) {
      if (metric.kind == MetricKind::kExactMatch) score.value = 0;
      score.reason = shorten(unusable.empty() ? value.error().text() : unusable, kReasonBytesMax);
    }
  }
};

// --- multiple_choice

ChoiceTruth truth_of(const Sample& sample) {
  if (sample.gold.empty()) return lm_eval::truth_by_target(sample.targets, sample.choices);
  const std::vector<int64_t> gold(sample.gold.begin(), sample.gold.end());
  return lm_eval::truth_by_index(gold, sample.choices.size(), gold.size() > 1);
}

class MultipleChoice final : public LmEval {
 public:
  using LmEval::LmEval;

 private:
  void fill(const Sample& sample, const Response& response,
            std::span<Score> scores) const override {
    const ChoiceTruth truth = truth_of(sample);
    const std::string unusable = unusable_reason(response);
    if (!unusable.empty()) {
      for (size_t i = 0; i < scores.size(); ++i) set_worst(i, truth, unusable, scores[i]);
      return;
    }
    const Result<ChoiceResult> result =
        lm_eval::judge_choices(response.loglikelihoods, sample.choices, truth);
    for (size_t i = 0; i < scores.size(); ++i) {
      if (!result) {
        mark_unscored(scores[i], result.error().text());
      } else {
        set(i, sample, response, truth, *result, scores[i]);
      }
    }
  }

  void set_worst(size_t i, const ChoiceTruth& truth, const std::string& reason,
                 Score& score) const {
    const MetricKind kind = setup_.judged[i].metric.kind;
    if (kind == MetricKind::kLikelihood) return mark_unscored(score, reason);
    if (kind == MetricKind::kBrier) score.value = kBrierWorst;
    if (kind == MetricKind::kClasses && truth.gold.size() == 1) {
      score.parts = {static_cast<double>(truth.gold[0]), kNoClass};
    }
    score.reason = shorten(reason, kReasonBytesMax);
  }

  void set(size_t i, const Sample& sample, const Response& response, const ChoiceTruth& truth,
           const ChoiceResult& result, Score& score) const {
    const MetricKind kind = setup_.judged[i].metric.kind;
    const size_t picked = kind == MetricKind::kAccNorm    ? result.picked_norm
                          : kind == MetricKind::kAccBytes ? result.picked_bytes
                                                          : result.picked;
    score.extracted = shorten(sample.choices[picked], kExtractedBytesMax);
    switch (kind) {
      case MetricKind::kAcc:
        score.value = result.acc;
        break;
      case MetricKind::kAccNorm:
        score.value = result.acc_norm;
        break;
      case MetricKind::kAccBytes:
        score.value = result.acc_bytes;
        break;
      case MetricKind::kExactMatch:
        score.value = result.exact_match;
        break;
      case MetricKind::kAccMutualInfo:
        if (!result.acc_mutual_info) {
          return mark_unscored(score,
                               "acc_mutual_info needs the choices' likelihoods on their own");
        }
        score.value = *result.acc_mutual_info;
        break;
      case MetricKind::kBypass:
        score.value = lm_eval::kBypassValue;
        return;
      default:
        return set_of_one_gold(kind, response, truth, result, score);
    }
    if (score.value == 0) {
      score.reason = truth.gold == std::vector<int64_t>{lm_eval::kNoGold}
                         ? "the label is none of the choices"
                         : fmt::format("picked choice {}", picked);
    }
  }

  // Metrics that need exactly one right choice.
  static void set_of_one_gold(MetricKind kind, const Response& response, const ChoiceTruth& truth,
                              const ChoiceResult& result, Score& score) {
    if (truth.gold.size() != 1) return mark_unscored(score, "needs exactly one right choice");
    const int64_t gold = truth.gold[0];
    if (kind == MetricKind::kClasses) {
      score.parts = {static_cast<double>(gold), static_cast<double>(result.picked)};
      score.value = result.acc;
      return;
    }
    const auto brier = lm_eval::brier_score(result, truth);
    if (!brier) return mark_unscored(score, "the label is none of the choices");
    score.value = kind == MetricKind::kBrier
                      ? *brier
                      : response.loglikelihoods[static_cast<size_t>(gold)].sum;
  }
};

// --- loglikelihood, loglikelihood_rolling

class TextLikelihood final : public LmEval {
 public:
  using LmEval::LmEval;

 private:
  void fill(const Sample& sample, const Response& response,
            std::span<Score> scores) const override {
    const std::string unusable = unusable_reason(response);
    double sum = 0;
    bool greedy = true;
    for (const Loglikelihood& value : response.loglikelihoods) {
      sum += value.sum;
      greedy = greedy && value.greedy;
    }
    const std::string document = sample.targets.empty() ? std::string() : sample.targets.front();
    for (size_t i = 0; i < scores.size(); ++i) {
      const MetricKind kind = setup_.judged[i].metric.kind;
      if (!unusable.empty() && kind == MetricKind::kAcc) {
        scores[i].reason = shorten(unusable, kReasonBytesMax);
      } else if (!unusable.empty()) {
        mark_unscored(scores[i], unusable);  // a perplexity has no worst value
      } else if (response.loglikelihoods.empty()) {
        mark_unscored(scores[i], "the reply has no log-likelihood");
      } else {
        set(kind, sum, greedy, document, scores[i]);
      }
    }
  }

  static void set(MetricKind kind, double sum, bool greedy, const std::string& document,
                  Score& score) {
    score.value = sum;
    if (kind == MetricKind::kAcc) {
      score.value = greedy ? 1 : 0;
      if (!greedy) score.reason = "the target is not what greedy decoding writes";
    } else if (kind == MetricKind::kBypass) {
      score.value = lm_eval::kBypassValue;
    } else if (kind != MetricKind::kPerplexity) {
      // The pooled figure weighs the value again: sum of likelihoods / sum of words or bytes.
      score.weight = static_cast<double>(
          kind == MetricKind::kPerWord ? lm_eval::count_split_words(document) : document.size());
      score.value = score.weight > 0 ? sum / score.weight : 0;
    }
  }
};

// --- options

Result<std::vector<NamedPipeline>> read_pipelines(const Json& list, OutputType type) {
  std::vector<NamedPipeline> pipelines;
  if (list.is_null()) {
    pipelines.push_back({"none", FilterPipeline::take_first()});
    return pipelines;
  }
  if (!list.is_array() || list.empty() || list.size() > lm_eval::kFiltersMax) {
    return input_error("filter_list", fmt::format("{}, expected a list of 1 to {} pipelines",
                                                  json_type_name(list), lm_eval::kFiltersMax));
  }
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string place = fmt::format("filter_list[{}]", i);
    lm_eval::ConfigReader read(list[i], place);
    std::string name = read.text("name", "");
    const Json* steps = read.raw("filter");
    if (name.empty()) read.fail("a pipeline needs a `name`");
    if (steps == nullptr) read.fail("a pipeline needs `filter`, a list");
    for (const NamedPipeline& other : pipelines) {
      if (other.name == name) read.fail(fmt::format("pipeline `{}` stands twice", name));
    }
    ASSAY_TRY_VOID(read.finish());
    ASSAY_TRY(FilterPipeline pipeline, FilterPipeline::from_json(*steps, place + ".filter"));
    if (type != OutputType::kGenerateUntil && !pipeline.only_takes_first()) {
      return input_error(place, "log-likelihoods have no filters but take_first");
    }
    pipelines.push_back({std::move(name), std::move(pipeline)});
  }
  return pipelines;
}

Result<LmEval::Setup> read_setup(const Json& filters, const Json& metrics, OutputType type) {
  LmEval::Setup setup;
  ASSAY_TRY(setup.pipelines, read_pipelines(filters, type));
  ASSAY_TRY(const std::vector<Metric> wanted,
            lm_eval::read_metric_list(metrics, type, "metric_list"));
  for (size_t p = 0; p < setup.pipelines.size(); ++p) {
    ASSAY_TRY(const lm_eval::RepeatRule rule, setup.pipelines[p].pipeline.repeats());
    for (Metric metric : wanted) {
      if (setup.pipelines.size() > 1) metric.def.name += "," + setup.pipelines[p].name;
      metric.def.repeats_first = rule.first;
      metric.def.vote = rule.vote;
      setup.judged.push_back({p, std::move(metric)});
    }
  }
  return setup;
}

}  // namespace

std::unique_ptr<Scorer> make_lm_eval(OptionReader& read, const std::string& /*base_dir*/) {
  const std::string type_name =
      read.choice("output_type", "generate_until", lm_eval::output_type_names());
  const OutputType type = *lm_eval::output_type_from_name(type_name);
  const Json* filters = read.raw("filter_list", "take_first");
  const Json* metrics = read.raw("metric_list", "by output_type");
  Result<LmEval::Setup> setup = read_setup(filters != nullptr ? *filters : Json(),
                                           metrics != nullptr ? *metrics : Json(), type);
  if (!setup) {
    read.fail(setup.error().where.starts_with("metric_list") ? "metric_list" : "filter_list",
              setup.error());
    return nullptr;
  }
  setup->identity = identity_of(read, 1);
  switch (type) {
    case OutputType::kGenerateUntil:
      return std::make_unique<Generation>(std::move(*setup));
    case OutputType::kMultipleChoice:
      return std::make_unique<MultipleChoice>(std::move(*setup));
    default:
      return std::make_unique<TextLikelihood>(std::move(*setup));
  }
}

}  // namespace assay::suites
