#include "tests/conformance/lm_eval_scoring.h"

#include <optional>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "suites/score/lm_eval/choice_metrics.h"
#include "suites/score/lm_eval/filters.h"
#include "suites/score/lm_eval/generation.h"
#include "suites/score/lm_eval/metric_list.h"

namespace assay::conformance {
namespace {

namespace judging = suites::lm_eval;

Json refused(const Error& error) { return Json{{"error", error.text()}}; }

// str() of Python, of a value that is no container.
std::string python_text(const Json& value) {
  if (value.is_null()) return "None";
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  return judging::shown_value(value);
}

// A target as doc_to_target gives it: a text, a number, or a list of them.
std::vector<std::string> targets_of(const Json& target) {
  std::vector<std::string> out;
  for (const Json& one : target.is_array() ? target : Json::array({target})) {
    out.push_back(python_text(one));
  }
  return out;
}

// Of the document's field `choices`, where the vector has one.
std::optional<std::vector<std::string>> choices_of(const Json& input) {
  const Json* holder = input.contains("doc") ? &input["doc"] : &input;
  const Json* choices = holder->is_object() ? find_member(*holder, "choices") : nullptr;
  if (choices == nullptr || !choices->is_array()) return std::nullopt;
  return choices->get<std::vector<std::string>>();
}

Result<Json> run_pipeline(const Json& entry, const std::vector<judging::Metric>& metrics,
                          const Json& input) {
  ASSAY_TRY(const judging::FilterPipeline pipeline,
            judging::FilterPipeline::from_json(entry.at("filter"), "filter"));
  const auto choices = choices_of(input);
  ASSAY_TRY(const Json value, pipeline.apply(input.at("responses").get<std::vector<std::string>>(),
                                             {choices ? &*choices : nullptr}));
  Json values = Json::object();
  for (const judging::Metric& metric : metrics) {
    if (metric.exact) {
      ASSAY_TRY(const double match,
                judging::exact_match_value(*metric.exact, value, targets_of(input.at("target"))));
      values[metric.def.name] = match;
      continue;
    }
    Score score;
    judging::judge_generation(metric, value, targets_of(input.at("target")),
                              choices.value_or(std::vector<std::string>()), score);
    values[metric.def.name] = score.value;
  }
  return Json{{"extracted", value}, {"metrics", std::move(values)}};
}

judging::ChoiceTruth truth_of(const Json& gold, const std::vector<std::string>& choices) {
  if (gold.is_string()) {
    return judging::truth_by_target({gold.get<std::string>()}, choices);
  }
  const Json list = gold.is_array() ? gold : Json::array({gold});
  if (!list.empty() && list[0].is_string()) {
    return judging::truth_by_target(list.get<std::vector<std::string>>(), choices);
  }
  return judging::truth_by_index(list.get<std::vector<int64_t>>(), choices.size(), gold.is_array());
}

}  // namespace

Json lm_eval_filter(const Json& input) {
  const auto metrics = judging::read_metric_list(
      input.value("metric_list", Json()), judging::OutputType::kGenerateUntil, "metric_list");
  if (!metrics) return refused(metrics.error());
  Json got = Json::object();
  for (const Json& entry : input.at("filter_list")) {
    const Result<Json> result = run_pipeline(entry, *metrics, input);
    got[entry.at("name").get<std::string>()] = result ? *result : refused(result.error());
  }
  return got;
}

Json lm_eval_regex_filter(const Json& input) {
  Json step{{"function", "regex"}};
  for (const char* key : {"regex_pattern", "group_select", "fallback"}) {
    if (input.contains(key)) step[key] = input[key];
  }
  const auto pipeline = judging::FilterPipeline::from_json(
      Json::array({step, Json{{"function", "take_first"}}}), "regex_filter");
  if (!pipeline) return refused(pipeline.error());
  const Result<Json> value = pipeline->apply({input.at("text").get<std::string>()}, {});
  return value ? Json{{"extracted", *value}} : refused(value.error());
}

Json lm_eval_multiple_choice(const Json& input) {
  const auto choices = input.at("choices").get<std::vector<std::string>>();
  std::vector<Loglikelihood> values;
  for (const Json& sum : input.at("loglikelihoods")) values.push_back({sum.get<double>()});
  for (size_t i = 0; i < values.size(); ++i) {
    values[i].greedy = input.at("is_greedy").at(i).get<bool>();
  }
  const auto result = judging::judge_choices(values, choices, truth_of(input.at("gold"), choices));
  if (!result) return refused(result.error());
  Json got{{"acc", result->acc},
           {"acc_norm", result->acc_norm},
           {"acc_bytes", result->acc_bytes},
           {"exact_match", result->exact_match},
           {"softmax", result->probabilities}};
  if (result->acc_mutual_info) got["acc_mutual_info"] = *result->acc_mutual_info;
  return got;
}

}  // namespace assay::conformance
