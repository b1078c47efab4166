#include "suites/score/lm_eval/choice_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "suites/template/text.h"

namespace assay::suites::lm_eval {
namespace {

size_t argmax(const std::vector<double>& values) {
  size_t best = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) return i;
    if (values[i] > values[best]) best = i;
  }
  return best;
}

std::vector<double> softmax(const std::vector<double>& values) {
  const double top = *std::max_element(values.begin(), values.end());
  std::vector<double> out;
  double sum = 0;
  for (const double value : values) sum += out.emplace_back(std::exp(value - top));
  for (double& value : out) value /= sum;
  return out;
}

double is_right(size_t picked, const ChoiceTruth& truth) {
  return std::find(truth.gold.begin(), truth.gold.end(), static_cast<int64_t>(picked)) !=
                 truth.gold.end()
             ? 1
             : 0;
}

double greedy_is_right(std::span<const Loglikelihood> values, const ChoiceTruth& truth) {
  const auto size = static_cast<int64_t>(values.size());
  for (const int64_t gold : truth.gold) {
    const int64_t index = gold < 0 ? gold + size : gold;  // Python's negative index
    if (index >= 0 && index < size && values[static_cast<size_t>(index)].greedy) return 1;
  }
  return 0;
}

}  // namespace

ChoiceTruth truth_by_index(const std::vector<int64_t>& gold, size_t choices, bool several) {
  ChoiceTruth truth{gold, several};
  for (int64_t& index : truth.gold) {
    if (index >= static_cast<int64_t>(choices)) index = kNoGold;
  }
  return truth;
}

ChoiceTruth truth_by_target(const std::vector<std::string>& targets,
                            const std::vector<std::string>& choices) {
  ChoiceTruth truth{{}, targets.size() > 1};
  for (const std::string& target : targets) {
    const auto found = std::find(choices.begin(), choices.end(), target);
    truth.gold.push_back(found == choices.end() ? kNoGold : found - choices.begin());
  }
  return truth;
}

Result<ChoiceResult> judge_choices(std::span<const Loglikelihood> values,
                                   const std::vector<std::string>& choices,
                                   const ChoiceTruth& truth) {
  const size_t n = choices.size();
  if (n == 0) return input_error("", "no choices");
  if (values.size() != n && values.size() != 2 * n) {
    return input_error("", fmt::format("{} log-likelihoods for {} choices", values.size(), n));
  }
  std::vector<double> plain;
  std::vector<double> by_characters;
  std::vector<double> by_bytes;
  std::vector<double> mutual;
  for (size_t i = 0; i < n; ++i) {
    const double sum = values[i].sum;
    plain.push_back(sum);
    by_characters.push_back(sum / static_cast<double>(jinja::count_points(choices[i])));
    by_bytes.push_back(sum / static_cast<double>(choices[i].size()));
    if (values.size() == 2 * n) mutual.push_back(sum - values[n + i].sum);
  }
  ChoiceResult out;
  out.picked = argmax(plain);
  out.picked_norm = argmax(by_characters);
  out.picked_bytes = argmax(by_bytes);
  out.acc = is_right(out.picked, truth);
  out.acc_norm = is_right(out.picked_norm, truth);
  out.acc_bytes = is_right(out.picked_bytes, truth);
  out.exact_match = greedy_is_right(values.first(n), truth);
  if (!mutual.empty()) out.acc_mutual_info = is_right(argmax(mutual), truth);
  out.probabilities = softmax(plain);
  return out;
}

std::optional<double> brier_score(const ChoiceResult& result, const ChoiceTruth& truth) {
  if (truth.gold.size() != 1 || truth.gold[0] < 0) return std::nullopt;
  double sum = 0;
  for (size_t i = 0; i < result.probabilities.size(); ++i) {
    const double right = static_cast<int64_t>(i) == truth.gold[0] ? 1 : 0;
    sum += (result.probabilities[i] - right) * (result.probabilities[i] - right);
  }
  return sum;
}

size_t count_split_words(std::string_view text) {
  size_t runs = 0;
  bool in_space = false;
  char32_t point = 0;
  for (size_t at = 0; at < text.size();) {
    at += jinja::decode_point(text, at, point);
    const bool space = jinja::is_python_space(point);
    if (space && !in_space) ++runs;
    in_space = space;
  }
  return runs + 1;
}

}  // namespace assay::suites::lm_eval
