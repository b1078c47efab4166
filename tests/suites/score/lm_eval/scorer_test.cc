// The scorer `lm_eval` as a whole: what its metrics declare, and replies of ten megabytes.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "suites/score/scorers.h"

namespace assay::suites {
namespace {

std::unique_ptr<Scorer> make(const std::string& options) {
  const Result<Json> json = parse_json(options, "options");
  auto scorer = make_scorer("lm_eval", json.value(), nullptr, "");
  EXPECT_TRUE(scorer.has_value()) << scorer.error().text();
  return std::move(scorer).value();
}

// "name aggregation first-repeats vote binary better" of each metric.
std::vector<std::string> declared(const std::string& options) {
  std::vector<std::string> out;
  const std::unique_ptr<Scorer> scorer = make(options);
  for (const MetricDef& def : scorer->metrics()) {
    out.push_back(def.name + " " + std::string(aggregation_name(def.aggregation)) + " " +
                  std::to_string(def.repeats_first) + (def.vote ? " vote" : "") +
                  (def.binary ? " binary" : "") + (def.higher_is_better ? "" : " lower"));
  }
  return out;
}

using Lines = std::vector<std::string>;

TEST(LmEval, DeclaresMetricsByOutputType) {
  EXPECT_EQ(declared("{}"), Lines{"exact_match pooled 1 binary"});
  EXPECT_EQ(declared(R"({"output_type": "multiple_choice"})"),
            (Lines{"acc pooled 1 binary", "acc_norm pooled 1 binary"}));
  EXPECT_EQ(declared(R"({"output_type": "loglikelihood"})"),
            (Lines{"perplexity perplexity 1 lower", "acc pooled 1 binary"}));
  EXPECT_EQ(declared(R"({"output_type": "loglikelihood_rolling"})"),
            (Lines{"word_perplexity perplexity 1 lower", "byte_perplexity perplexity 1 lower",
                   "bits_per_byte bits_per_byte 1 lower"}));
  EXPECT_EQ(declared(R"({"output_type": "multiple_choice", "metric_list": [
                {"metric": "f1", "aggregation": "f1_macro"}, {"metric": "mcc"},
                {"metric": "brier_score"}, {"metric": "acc", "aggregation": "median"}]})"),
            (Lines{"f1 f1_macro 1", "mcc mcc 1", "brier_score pooled 1 lower", "acc median 1"}));
}

TEST(LmEval, SeveralFiltersNameTheirMetrics) {
  EXPECT_EQ(declared(R"j({"metric_list": [{"metric": "exact_match", "higher_is_better": false}],
          "filter_list": [
            {"name": "first", "filter": [{"function": "regex"}, {"function": "take_first"}]},
            {"name": "maj@8", "filter": [{"function": "take_first_k", "k": 8},
               {"function": "regex"}, {"function": "majority_vote"}, {"function": "take_first"}]},
            {"name": "all", "filter": [{"function": "regex"}]}]})j"),
            (Lines{"exact_match,first pooled 1 binary lower",
                   "exact_match,maj@8 pooled 8 vote binary lower",
                   "exact_match,all pooled 0 binary lower"}));
}

TEST(LmEval, JudgesTenMegabytes) {
  const auto numbers = make(R"j({"filter_list": [
      {"name": "strict", "filter": [{"function": "regex"}, {"function": "take_first"}]},
      {"name": "flexible", "filter": [{"function": "regex", "group_select": -1,
        "regex_pattern": "(-?[$0-9.,]{2,})|(-?[0-9]+)"}, {"function": "take_first"}]}],
      "metric_list": [{"metric": "exact_match", "ignore_case": true, "ignore_punctuation": true,
        "regexes_to_ignore": [",", "\\$", "(?s).*#### ", "\\.$"]}]})j");
  const auto choice = make(R"j({"filter_list": [{"name": "c", "filter": [
      {"function": "multi_choice_regex", "ignore_case": true, "ignore_punctuation": true,
       "regexes_to_ignore": ["(a+)+$"]}, {"function": "take_first"}]}]})j");
  constexpr size_t kBytes = size_t{10} << 20;
  Sample sample;
  sample.targets = {"#### 7"};
  sample.choices = {"Seoul", "", "aaaa"};
  for (const std::string& piece :
       {std::string("1"), std::string("#### a"), std::string("\xCC"), std::string(" :\n")}) {
    Response response;
    response.outcome = Outcome::kOk;
    while (response.answer.size() < kBytes) response.answer += piece;
    for (const Scorer* scorer : {numbers.get(), choice.get()}) {
      std::vector<Score> scores;
      scorer->judge(sample, response, scores);
      ASSERT_EQ(scores.size(), scorer->metrics().size());
      for (const Score& score : scores) {
        EXPECT_EQ(score.value, 0);
        EXPECT_FALSE(score.reason.empty());
      }
    }
  }
}

}  // namespace
}  // namespace assay::suites
