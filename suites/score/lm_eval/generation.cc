#include "suites/score/lm_eval/generation.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "harness/base/json.h"
#include "suites/score/common.h"
#include "suites/score/text_distance.h"
#include "suites/template/text.h"

namespace assay::suites::lm_eval {
namespace {

constexpr size_t kAnlsBytesMax = 1'000'000;

bool equals_number(const Json& value, std::string_view target) {
  target = jinja::strip(target);
  double number = 0;
  const auto [end, error] = std::from_chars(target.data(), target.data() + target.size(), number);
  return error == std::errc() && end == target.data() + target.size() &&
         number == value.get<double>();
}

Result<double> list_share(const ExactMatch& match, const Json& list,
                          const std::vector<std::string>& targets) {
  if (list.empty() || targets.size() != 1 || match.regexes_to_ignore) {
    return input_error("", "exact_match of a list: the filters end without take_first");
  }
  double sum = 0;
  for (const Json& item : list) {
    if (!item.is_string()) return input_error("", "exact_match of a list that is not of texts");
    ASSAY_TRY(const double share, match.share(item.get_ref<const std::string&>(), targets));
    sum += share;
  }
  return sum / static_cast<double>(list.size());
}

void judge_exact_match(const Metric& metric, const Json& value,
                       const std::vector<std::string>& targets, Score& score) {
  const Result<double> result = exact_match_value(*metric.exact, value, targets);
  if (!result && result.error().code == ErrorCode::kLimit) {
    return mark_unscored(score, result.error().text());
  }
  score.value = result.value_or(0.0);
  if (score.value >= 1) return;
  if (!result) {
    score.reason = shorten(result.error().text(), kReasonBytesMax);
  } else {
    score.reason = score.extracted.empty() ? "empty answer" : "differs from the target";
  }
}

void judge_anls(const Metric& metric, const std::vector<std::string>& targets,
                std::string_view text, Score& score) {
  score.value = 0;
  if (text.size() > kAnlsBytesMax) {
    score.reason = fmt::format("answer longer than {} bytes", kAnlsBytesMax);
  } else {
    score.value = anls(targets, text, metric.anls_threshold);
  }
}

}  // namespace

void mark_unscored(Score& score, std::string_view reason) {
  score.status = ScoreStatus::kUnscored;
  score.reason = shorten(reason, kReasonBytesMax);
}

std::string shown_value(const Json& value) {
  return value.is_string() ? value.get<std::string>() : dump_json(value);
}

Result<double> exact_match_value(const ExactMatch& match, const Json& value,
                                 const std::vector<std::string>& targets) {
  if (value.is_string()) {
    ASSAY_TRY(const double share, match.share(value.get_ref<const std::string&>(), targets));
    return targets.size() > 1 && share > 0 ? 1.0 : share;
  }
  if (value.is_array()) return list_share(match, value, targets);
  if (!value.is_number()) return 0.0;
  const bool equal =
      std::any_of(targets.begin(), targets.end(),
                  [&value](const std::string& target) { return equals_number(value, target); });
  return equal ? 1.0 : 0.0;
}

double class_number(std::string_view text, const std::vector<std::string>& choices) {
  const auto found = std::find(choices.begin(), choices.end(), text);
  if (found != choices.end()) return static_cast<double>(found - choices.begin());
  uint64_t hash = 0xCBF29CE484222325U;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return static_cast<double>((hash >> 12U) | (uint64_t{1} << 52U));
}

void judge_generation(const Metric& metric, const Json& value,
                      const std::vector<std::string>& targets,
                      const std::vector<std::string>& choices, Score& score) {
  const std::string shown = shown_value(value);
  score.extracted = shorten(shown, kExtractedBytesMax);
  switch (metric.kind) {
    case MetricKind::kExactMatch:
      return judge_exact_match(metric, value, targets, score);
    case MetricKind::kAnls:
      return judge_anls(metric, targets, shown, score);
    case MetricKind::kText:
      return metric.text->judge(shown, targets, score);
    case MetricKind::kClasses: {
      const std::string gold = targets.empty() ? std::string() : targets.front();
      score.parts = {class_number(gold, choices), class_number(shown, choices)};
      score.value = score.parts[0] == score.parts[1] ? 1 : 0;
      return;
    }
    case MetricKind::kBypass:
      score.value = kBypassValue;
      return;
    default:
      return mark_unscored(score, "not a metric of generated texts");
  }
}

}  // namespace assay::suites::lm_eval
