#include <optional>
#include <string>
#include <string_view>

#include "harness/base/json.h"
#include "suites/score/math/equivalence.h"
#include "suites/score/math/reference_text.h"
#include "suites/score/math/sympy_latex.h"
#include "tests/conformance/families.h"

namespace assay::conformance {
namespace {

namespace math = suites::math;

Json or_error(const std::optional<std::string>& text, std::string_view error) {
  return text ? Json(*text) : Json("error:" + std::string(error));
}

Json verdict(math::Sameness same) {
  if (same == math::Sameness::kUnknown) return Json("error:unscored");
  return Json(same == math::Sameness::kSame);
}

bool has_type(const Json& input, std::string_view type) {
  for (const Json& one : input["match_types"]) {
    if (one == std::string(type)) return true;
  }
  return false;
}

Json response_pair(const Json& input) {
  math::EquivalenceOptions options;
  if (!input.value("default_config", false)) {
    options.gold = {has_type(input, "latex"), has_type(input, "expr"), true};
    options.prediction = options.gold;
  }
  options.decimal_places = input.value("float_rounding", 6);
  options.strict = input.value("strict", true);
  options.relations_match_sets = input.value("allow_set_relation_comp", false);
  const math::Equivalence e = math::equivalent(input["gold"].get<std::string>(),
                                               input["prediction"].get<std::string>(), options);
  return Json{{"math_verify", verdict(e.same)}};
}

Json answer_pair(const Json& input) {
  const auto gold = input["gold"].get<std::string>();
  const auto prediction = input["prediction"].get<std::string>();
  const math::Equivalence e = math::equivalent("$" + gold + "$", "$" + prediction + "$", {});
  const bool same = e.same == math::Sameness::kSame;
  const math::Sameness minerva =
      math::minerva_equal(math::normalize_minerva(gold), math::normalize_minerva(prediction));
  return Json{{"consensus", same ? "equal" : "different"},
              {"math_verify", verdict(e.same)},
              {"hendrycks", math::hendrycks_equal(gold, prediction)},
              {"minerva", minerva == math::Sameness::kSame}};
}

Json last_boxed(std::string_view text) {
  const auto boxed = math::last_boxed_only_string(text);
  return boxed ? or_error(math::remove_boxed(*boxed), "AssertionError") : Json();
}

Json response(const Json& input) {
  const auto reply = input["response"].get<std::string>();
  const auto gold_solution = input["gold_solution"].get<std::string>();
  const auto gold = input["gold"].get<std::string>();
  const std::string final_answer = math::minerva_final_answer(reply);
  const std::string normalized = math::normalize_minerva(final_answer);
  const math::Sameness minerva = math::minerva_equal(normalized, math::normalize_minerva(gold));
  return Json{{"math_verify", verdict(math::equivalent(gold_solution, reply, {}).same)},
              {"last_boxed", last_boxed(reply)},
              {"minerva_final_answer", final_answer},
              {"minerva_normalized", normalized},
              {"lm_eval_hendrycks_exact_match",
               math::lm_eval_hendrycks_equal(math::lm_eval_hendrycks_answer(reply), gold)},
              {"lm_eval_minerva_exact_match", minerva == math::Sameness::kSame}};
}

Json normalize(const Json& input) {
  const auto text = input["text"].get<std::string>();
  return Json{{"hendrycks", or_error(math::strip_hendrycks(text), "AssertionError")},
              {"lm_eval_hendrycks", or_error(math::strip_lm_eval_hendrycks(text), "ValueError")},
              {"minerva", math::normalize_minerva(text)}};
}

Json extract_boxed(const Json& input) {
  const auto boxed = math::last_boxed_only_string(input["text"].get<std::string>());
  return Json{
      {"last_boxed_only_string", boxed ? Json(*boxed) : Json()},
      {"remove_boxed", boxed ? or_error(math::remove_boxed(*boxed), "AssertionError") : Json()}};
}

}  // namespace

Json math_case(const Json& input) {
  const std::string op = input.value("op", std::string());
  if (op == "response_pair") return response_pair(input);
  if (op == "answer_pair") return answer_pair(input);
  if (op == "response") return response(input);
  if (op == "normalize") return normalize(input);
  if (op == "extract_boxed") return extract_boxed(input);
  return Json{{"error", "unknown operation " + op}};
}

}  // namespace assay::conformance
