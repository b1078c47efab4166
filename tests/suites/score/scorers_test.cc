// make_scorer: the messages of wrong options, word for word; identities; listings; all scorers on
// hostile bytes; several threads at once.
#include "suites/score/scorers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "harness/base/json.h"
#include "suites/extract/extractor.h"
#include "suites/extract/json_object.h"
#include "suites/registry.h"

namespace assay::suites {
namespace {

std::string place(std::string_view key) {
  return key.empty() ? "suite.yaml:4:7" : "suite.yaml:" + std::string(key);
}

std::string error_of(const std::string& name, const std::string& options) {
  const auto scorer = make_scorer(name, *parse_json(options, "options"), place, "");
  return scorer ? "no error" : scorer.error().text();
}

struct Wrong {
  const char* scorer;
  const char* options;
  const char* message;
};

// One row for each message, as a person sees it.
const Wrong kWrong[] = {
    {"exat", "{}", "suite.yaml:4:7: unknown scorer `exat`, did you mean `exact`?"},
    {"Exact", "{}", "suite.yaml:4:7: unknown scorer `Exact`, did you mean `exact`?"},
    {"lm_eval", R"j({"output_type": "generate"})j",
     "suite.yaml:output_type: `output_type` is `generate`, expected one of generate_until, "
     "multiple_choice, loglikelihood, loglikelihood_rolling"},
    {"lm_eval", R"j({"filter_list": [{"name": "x", "filter": [{"function": "regx"}]}]})j",
     "suite.yaml:filter_list: filter_list[0].filter[0]: unknown filter `regx`, did you mean "
     "`regex`?"},
    {"lm_eval",
     R"j({"filter_list": [{"name": "x", "filter": [{"function": "take_first"},
                                                   {"function": "regex"}]}]})j",
     "suite.yaml:filter_list: filter_list[0].filter[1]: a filter after take_first: this order of "
     "filters cannot be judged"},
    {"lm_eval", R"j({"metric_list": [{"metric": "!function utils.score"}]})j",
     "suite.yaml:metric_list: metric_list[0]: `metric` is `!function utils.score`, which needs "
     "Python"},
    {"lm_eval", R"j({"output_type": "multiple_choice", "metric_list": [{"metric": "acc_nrm"}]})j",
     "suite.yaml:metric_list: metric_list[0]: unknown metric `acc_nrm`, did you mean `acc_norm`?"},
    {"lm_eval",
     R"j({"output_type": "loglikelihood",
          "filter_list": [{"name": "x", "filter": [{"function": "lowercase"}]}]})j",
     "suite.yaml:filter_list: filter_list[0]: log-likelihoods have no filters but take_first"},
    {"exact", R"j({"ignorecase": true})j",
     "suite.yaml:ignorecase: unknown option `ignorecase` of scorer `exact`, did you mean "
     "`ignore_case`?"},
    {"choice", R"j({"zzzzzzzz": 1})j",
     "suite.yaml:zzzzzzzz: unknown option `zzzzzzzz` of scorer `choice`, expected one of metric, "
     "extract"},
    {"exact", R"j({"ignore_case": "yes"})j",
     "suite.yaml:ignore_case: `ignore_case` is a string, expected true or false"},
    {"exact", R"j({"normalize": "nfd"})j",
     "suite.yaml:normalize: `normalize` is `nfd`, expected one of none, nfc, nfkc"},
    {"exact", R"j({"normalize": 1})j",
     "suite.yaml:normalize: `normalize` is an integer, expected one of none, nfc, nfkc"},
    {"exact", R"j({"metric": 5})j", "suite.yaml:metric: `metric` is an integer, expected a string"},
    {"exact", R"j([1])j",
     "suite.yaml:4:7: options of scorer `exact` are a list, expected a mapping"},
    {"exact", R"j({"regexes_to_ignore": [1]})j",
     "suite.yaml:regexes_to_ignore: `regexes_to_ignore` is a list, expected a list of strings"},
    {"exact", R"j({"regexes_to_ignore": ["("]})j",
     "suite.yaml:regexes_to_ignore: pattern `(` is not a regular expression: missing closing "
     "parenthesis at byte 1"},
    {"exact", R"j({"extract": "lastline"})j",
     "suite.yaml:extract: unknown extractor `lastline`, did you mean `last_line`?"},
    {"exact", R"j({"extract": "regex"})j",
     "suite.yaml:extract: extractor `regex` needs an argument: {regex: ...}"},
    {"exact", R"j({"extract": {"boxed": "x"}})j",
     "suite.yaml:extract: extractor `boxed` takes no argument"},
    {"exact", R"j({"extract": {"json": 3}})j",
     "suite.yaml:extract: `extract.json` is an integer, expected a string that is not empty"},
    {"exact", R"j({"extract": {"regex": "a(b)", "group": 2}})j",
     "suite.yaml:extract: `extract.group` is 2, expected 0..1"},
    {"exact", R"j({"extract": {"regex": "a", "tak": "last"}})j",
     "suite.yaml:extract: unknown key `tak` beside `extract.regex`, did you mean `take`?"},
    {"exact", R"j({"extract": 4})j",
     "suite.yaml:extract: `extract` is an integer, expected a name or a mapping"},
    {"regex", "{}", "suite.yaml:4:7: scorer `regex` needs `pattern`: a regular expression"},
    {"regex", R"j({"pattern": "a)"})j",
     "suite.yaml:pattern: pattern `a)` is not a regular expression: unmatched closing parenthesis "
     "at byte 1"},
    {"regex", R"j({"pattern": "(a)", "group": 2})j",
     "suite.yaml:group: `group` is 2, expected 0..1 or a group's name"},
    {"regex", R"j({"pattern": "(?<x>a)", "group": "y"})j",
     "suite.yaml:group: the pattern has no group named `y`"},
    {"number", R"j({"tolerance": -1})j",
     "suite.yaml:tolerance: `tolerance` is -1, expected 0..1e+300"},
    {"number", R"j({"take": "middle"})j",
     "suite.yaml:take: `take` is `middle`, expected one of first, last"},
    {"anls", R"j({"threshold": 1.5})j", "suite.yaml:threshold: `threshold` is 1.5, expected 0..1"},
    {"cer", R"j({"unit": "word"})j",
     "suite.yaml:unit: `unit` is `word`, expected one of code_point, grapheme, jamo"},
    {"wer", R"j({"unit": "jamo"})j",
     "suite.yaml:unit: unknown option `unit` of scorer `wer`, expected one of metric, normalize, "
     "ignore_case, ignore_punctuation, collapse_whitespace, strip, max_length"},
    {"bleu", R"j({"tokenize": "ja-mecab"})j",
     "suite.yaml:tokenize: `tokenize` is `ja-mecab`, expected one of 13a, intl, zh, char, none"},
    {"bleu", R"j({"smooth_method": "floor"})j",
     "suite.yaml:smooth_method: the corpus figure is smoothed by `exp`; others are for `level: "
     "sentence`"},
    {"bleu", R"j({"max_ngram_order": 2})j",
     "suite.yaml:max_ngram_order: the corpus figure has 4; others are for `level: sentence`"},
    {"chrf", R"j({"beta": 3})j",
     "suite.yaml:beta: the corpus figure has 2; others are for `level: sentence`"},
    {"chrf", R"j({"eps_smoothing": true})j",
     "suite.yaml:eps_smoothing: the corpus figure has none; it is for `level: sentence`"},
    {"rouge", R"j({"types": ["rouge0"]})j",
     "suite.yaml:types: `rouge0`, expected rouge1 to rouge9, rougeL or rougeLsum"},
    {"rouge", R"j({"types": ["rougeL", "rougeL"]})j", "suite.yaml:types: `rougeL` is named twice"},
    {"fields", R"j({"fields": []})j",
     "suite.yaml:fields: `fields` is a list, expected a mapping of field names"},
    {"fields", R"j({"fields": {"total": {"normalise": "amount"}}})j",
     "suite.yaml:fields: unknown key `fields.total.normalise`, did you mean `normalize`?"},
    {"fields", R"j({"fields": {"total": {"normalize": "money"}}})j",
     "suite.yaml:fields: `fields.total.normalize` is \"money\", expected one of text, amount, "
     "date, number"},
    {"fields", R"j({"fields": {"total": {"threshold": 2}}})j",
     "suite.yaml:fields: `fields.total.threshold` is 2, expected a number in 0..1"},
    {"fields", R"j({"fields": {"total": {"regex": "["}}})j",
     "suite.yaml:fields: pattern `[` is not a regular expression: missing terminating ] for "
     "character class at byte 1"},
    {"fields", R"j({"source": "regex"})j",
     "suite.yaml:source: `source` is `regex`, expected a `regex` in `fields`"},
    {"process", "{}",
     "suite.yaml:4:7: scorer `process` needs `command`: a list: the program and its arguments"},
    {"process", R"j({"command": "judge.py"})j",
     "suite.yaml:command: `command` is a string, expected a list of strings: the program and its "
     "arguments"},
    {"process", R"j({"command": ["./no-such-judge"]})j",
     "suite.yaml:command: no such program: ./no-such-judge"},
    {"process", R"j({"command": ["sh"], "metrics": [{"nam": "x"}]})j",
     "suite.yaml:metrics: unknown key `nam` in `metrics`, did you mean `name`?"},
    {"process", R"j({"command": ["sh"], "metrics": ["x", "x"]})j",
     "suite.yaml:metrics: metric `x` is named twice"},
    {"process", R"j({"command": ["sh"], "timeout": 0})j",
     "suite.yaml:timeout: `timeout` is 0, expected 0.01..3600"},
};

TEST(MakeScorer, SaysWhatIsWrongAndWhere) {
  for (const Wrong& wrong : kWrong) {
    EXPECT_EQ(error_of(wrong.scorer, wrong.options), wrong.message);
  }
}

TEST(MakeScorer, NamesAllWhenNothingIsNear) {
  std::string names;
  for (const auto& row : list_scorers()) names += (names.empty() ? "" : ", ") + row.name;
  EXPECT_EQ(error_of("zzzzzzzzzzz", "{}"),
            "suite.yaml:4:7: unknown scorer `zzzzzzzzzzz`, expected one of " + names);
}

TEST(MakeScorer, IdentityChangesWithEveryOption) {
  const auto identity = [](const std::string& name, const std::string& options) {
    return make_scorer(name, *parse_json(options, "o"), nullptr, "").value()->identity();
  };
  EXPECT_EQ(identity("exact", "{}"), identity("exact", R"j({"ignore_case": false})j"));
  EXPECT_NE(identity("exact", "{}"), identity("exact", R"j({"ignore_case": true})j"));
  EXPECT_NE(identity("exact", "{}"), identity("includes", "{}"));
  EXPECT_NE(identity("number", "{}"), identity("number", R"j({"tolerance": 0.1})j"));
  EXPECT_NE(identity("exact", R"j({"extract": "boxed"})j"), identity("exact", "{}"));
  EXPECT_NE(identity("fields", R"j({"fields": {"a": {}}})j"),
            identity("fields", R"j({"fields": {"b": {}}})j"));
}

TEST(MakeScorer, NamesAllScorersWhereNoneIsNear) {
  std::string known;
  for (const auto& row : list_scorers()) known += (known.empty() ? "" : ", ") + row.name;
  EXPECT_EQ(error_of("qqqqqqqqqqqq", "{}"),
            "suite.yaml:4:7: unknown scorer `qqqqqqqqqqqq`, expected one of " + known);
}

TEST(ListScorers, NamesEveryScorerWithItsOptions) {
  const auto rows = list_scorers();
  ASSERT_GE(rows.size(), 16U);
  EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end(),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));
  for (const auto& row : rows) {
    EXPECT_FALSE(row.summary.empty());
    // One without options has metrics of fixed names.
    const bool named = row.options.find("metric") != std::string::npos;
    EXPECT_TRUE(named || row.options.empty()) << row.name;
  }
  const auto regex =
      std::find_if(rows.begin(), rows.end(), [](const auto& row) { return row.name == "regex"; });
  EXPECT_EQ(regex->options,
            "metric=accuracy, pattern=(required), multiline=false, dot_all=false, normalize=nfc, "
            "ignore_case=false, ignore_punctuation=false, collapse_whitespace=false, strip=true, "
            "take=first, extract=, group=");
}

TEST(Scorers, AppendOneScoreForEachMetricWhateverComes) {
  const std::vector<std::pair<std::string, std::string>> scorers{
      {"exact", "{}"},
      {"includes", R"j({"whole_word": true})j"},
      {"number", "{}"},
      {"regex", R"j({"pattern": "(.)(.*)x", "group": 2, "take": "last"})j"},
      {"choice", "{}"},
      {"cer", R"j({"unit": "grapheme"})j"},
      {"wer", "{}"},
      {"anls", "{}"},
      {"bleu", R"j({"tokenize": "intl", "lowercase": true})j"},
      {"chrf", R"j({"word_order": 2})j"},
      {"ter", "{}"},
      {"rouge", R"j({"use_stemmer": true})j"},
      {"squad", "{}"},
      {"ratio", R"j({"kind": "token_sort"})j"},
      {"fields", R"j({"fields": {"t": {"regex": "\\d+", "normalize": "date"}}})j"}};
  const std::vector<std::string> answers{"",
                                         std::string(3, '\0'),
                                         "\xFF\xFE\xC0",
                                         "\xED\xA0\x80",
                                         std::string(90'000, '\xCC'),
                                         std::string(100'000, '('),
                                         "{\"a\":",
                                         "\\boxed{",
                                         "1e999999999999",
                                         "a\xCC\x81\xCC\x81"};
  for (const auto& [name, options] : scorers) {
    const std::unique_ptr<Scorer> scorer =
        make_scorer(name, *parse_json(options, "o"), nullptr, "").value();
    for (const std::string& answer : answers) {
      for (const Outcome outcome : {Outcome::kOk, Outcome::kLength, Outcome::kRefused,
                                    Outcome::kCutOffWhileThinking, Outcome::kCrashed}) {
        Sample sample;
        sample.targets = {"1", answer};
        sample.choices = {"1", answer};
        sample.fields = {{"t", answer}};
        Response response;
        response.answer = answer;
        response.outcome = outcome;
        std::vector<Score> scores;
        scorer->judge(sample, response, scores);
        ASSERT_EQ(scores.size(), scorer->metrics().size());
        for (const Score& score : scores) {
          EXPECT_TRUE(score.value >= 0) << name;
          EXPECT_TRUE(score.weight >= 0) << name;
          if (outcome > Outcome::kLength) {
            EXPECT_EQ(score.status, ScoreStatus::kScored) << name;
          }
        }
      }
    }
  }
}

TEST(Scorers, JudgeFromSeveralThreadsAtOnce) {
  const auto scorer =
      make_scorer("exact", *parse_json(R"j({"regexes_to_ignore": ["[0-9]+"]})j", "o"), nullptr, "")
          .value()
          .release();
  const std::unique_ptr<Scorer> owner(scorer);
  std::vector<std::thread> threads;
  std::vector<int> right(4, 0);
  for (size_t t = 0; t < right.size(); ++t) {
    threads.emplace_back([&, t] {
      Sample sample;
      sample.targets = {"서울"};
      Response response;
      response.outcome = Outcome::kOk;
      response.answer = "12서울34";
      std::vector<Score> scores;
      for (int i = 0; i < 500; ++i) scorer->judge(sample, response, scores);
      for (const Score& score : scores) right[t] += score.value == 1 ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, std::vector<int>(4, 500));
}

TEST(FirstJsonObject, PrefersAFenceAndForgivesCommas) {
  EXPECT_EQ(dump_json(*first_json_object("{\"a\":1} ```json\n{\"b\":[1,2,],}\n```")),
            R"j({"b":[1,2]})j");
  EXPECT_EQ(dump_json(*first_json_object("{no} {\"s\":\"}{,]\"}")), R"j({"s":"}{,]"})j");
  EXPECT_FALSE(first_json_object("{\"a\":1"));
  EXPECT_FALSE(first_json_object("[1,2]"));
  EXPECT_FALSE(first_json_object(""));
  std::string deep;
  for (int i = 0; i < 5000; ++i) deep += "{\"a\":";
  EXPECT_FALSE(first_json_object(deep + "1" + std::string(5000, '}')));
}

TEST(Extractors, PureFunctions) {
  EXPECT_EQ(first_line("\n  a \nb"), "a");
  EXPECT_EQ(last_line("a\n b \n\n"), "b");
  EXPECT_EQ(last_boxed("\\boxed{a{b}c} \\fbox{d}"), "d");
  EXPECT_EQ(last_boxed("\\boxed{\\}}"), "\\}");
  EXPECT_FALSE(last_boxed("boxed{a}"));
  EXPECT_EQ(after_marker("x: 1\nx: 2", "x:"), "2");
  EXPECT_FALSE(after_marker("x", "y"));
  EXPECT_EQ(json_member("{\"a\":[{\"b\":\"c\"}]}", "a.0.b"), "c");
  EXPECT_EQ(json_member("{\"a\":[1, 2]}", "a"), "[1,2]");
  EXPECT_FALSE(json_member("{\"a\":null}", "a"));
}

}  // namespace
}  // namespace assay::suites
