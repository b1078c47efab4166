// The three readers on small logs in the documented shapes, each written here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/json.h"
#include "suites/import/logs/foreign_log.h"
#include "tests/support/temp_dir.h"
#include "tests/support/zip_builder.h"

namespace assay::suites {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kDate = "2025-01-31T10-00-00.123456";

class ForeignLogs : public testing::Test {
 protected:
  [[nodiscard]] static std::vector<ForeignItem> items(const std::vector<std::string>& paths,
                                                      LogFormat format) {
    const auto log = open_foreign_log(paths, format);
    EXPECT_TRUE(log) << log.error().text();
    std::vector<ForeignItem> out;
    if (!log) return out;
    const auto read = (*log)->read([&](ForeignItem& item) -> Result<void> {
      out.push_back(item);
      return {};
    });
    EXPECT_TRUE(read) << read.error().text();
    return out;
  }
  // The error of opening or reading.
  [[nodiscard]] static std::string error(const std::string& path, LogFormat format) {
    const auto log = open_foreign_log({path}, format);
    if (!log) return log.error().text();
    const auto read = (*log)->read([](ForeignItem&) -> Result<void> { return {}; });
    return read ? "" : read.error().text();
  }
  test::TempDir dir_;
};

// ---- lm-eval

TEST_F(ForeignLogs, LmEvalGeneration) {
  const std::string samples = dir_.write(
      "hf__m/samples_capitals_" + kDate + ".jsonl",
      R"({"doc_id":3,"doc":{"q":"France"},"target":"Paris","arguments":{"gen_args_0":{"arg_0":"Q: France","arg_1":{"until":["\n"],"max_gen_toks":16,"temperature":0.0}}},"resps":[["Paris!"]],"filtered_resps":["Paris"],"filter":"strict","metrics":["exact_match","wer"],"doc_hash":"0123456789abcdef","exact_match":1.0,"wer":NaN})"
      "\n");
  dir_.write(
      "hf__m/results_" + kDate + ".json",
      R"({"results":{},"configs":{"capitals":{"output_type":"generate_until","metric_list":[{"metric":"exact_match","fn":"<function f at 0x7f>"}]}},"versions":{"capitals":3.0},"higher_is_better":{"capitals":{"exact_match":true,"wer":false}},"config":{"model":"hf","model_args":"pretrained=org/m"},"lm_eval_version":"0.4.9","model_source":"hf","model_name":"org/m"})");
  const auto log = open_foreign_log({samples}, LogFormat::kLmEval);
  ASSERT_TRUE(log) << log.error().text();
  EXPECT_EQ((*log)->models.front().name, "org/m");
  EXPECT_EQ((*log)->models.front().version, "lm-eval 0.4.9");
  EXPECT_EQ((*log)->suites.front().name, "capitals");
  EXPECT_THAT((*log)->suites.front().scoring, testing::Not(HasSubstr("0x7f")));
  EXPECT_EQ((*log)->utc, "2025-01-31T10:00:00.123456");
  EXPECT_TRUE((*log)->notes.empty());
  const auto all = items({samples}, LogFormat::kLmEval);
  ASSERT_EQ(all.size(), 1U);
  const ForeignItem& item = all.front();
  EXPECT_EQ(item.id, "3-01234567");
  EXPECT_EQ(item.part, "strict");
  EXPECT_EQ(item.truth, R"({"targets":["Paris"]})");
  EXPECT_THAT(item.request, HasSubstr(R"("content":"Q: France")"));
  EXPECT_THAT(item.request, HasSubstr(R"("max_tokens":16)"));
  EXPECT_EQ(item.response.answer, "Paris!");
  EXPECT_EQ(item.latency_ns, -1);
  ASSERT_EQ(item.scores.size(), 2U);
  EXPECT_EQ(item.scores[0].metric, "exact_match,strict");
  EXPECT_EQ(item.scores[0].value, 1);
  EXPECT_EQ(item.scores[0].extracted, "Paris");
  EXPECT_EQ(item.scores[1].status, ScoreStatus::kUnscored);
  EXPECT_FALSE(item.known.at("wer,strict").higher_is_better);
}

// Both spellings of arguments; log-likelihoods as numbers and as texts.
TEST_F(ForeignLogs, LmEvalChoices) {
  const std::string samples = dir_.write(
      "samples_arc.jsonl",
      R"({"doc_id":0,"doc":{"choices":{"text":["x","y"]}},"target":"1","arguments":[["Q"," x"],["Q"," y"]],"resps":[[[-1.5,true]],[["-2.5","False"]]],"filtered_resps":[[-1.5,true],[-2.5,false]],"acc":1.0,"acc_norm":false})"
      "\n\n");
  const auto all = items({samples}, LogFormat::kLmEval);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].truth, R"({"targets":["1"],"choices":["x","y"]})");
  ASSERT_EQ(all[0].response.loglikelihoods.size(), 2U);
  EXPECT_EQ(all[0].response.loglikelihoods[0].sum, -1.5);
  EXPECT_TRUE(all[0].response.loglikelihoods[0].greedy);
  EXPECT_EQ(all[0].response.loglikelihoods[1].sum, -2.5);
  EXPECT_FALSE(all[0].response.loglikelihoods[1].greedy);
  EXPECT_THAT(all[0].request, HasSubstr(R"("context":"Q")"));
  ASSERT_EQ(all[0].scores.size(), 2U);
  EXPECT_EQ(all[0].scores[1].metric, "acc_norm");
  EXPECT_EQ(all[0].scores[1].value, 0);
}

TEST_F(ForeignLogs, LmEvalPerplexitiesKeepTheirWeights) {
  const std::string samples = dir_.write(
      "samples_wiki.jsonl",
      R"({"doc_id":0,"target":"t","arguments":[["text"]],"resps":[[[-90.0]]],"filter":"none","metrics":["word_perplexity","bits_per_byte","perplexity","bleu","bypass"],"word_perplexity":[-90.0,30],"bits_per_byte":[-90.0,120],"perplexity":-3.0,"bleu":["ref","pred"],"bypass":999})"
      "\n");
  const auto all = items({samples}, LogFormat::kLmEval);
  ASSERT_EQ(all.size(), 1U);
  ASSERT_EQ(all[0].scores.size(), 4U);
  EXPECT_EQ(all[0].scores[0].value, -3);
  EXPECT_EQ(all[0].scores[0].weight, 30);
  EXPECT_EQ(all[0].known.at("word_perplexity").aggregation, Aggregation::kPerplexity);
  EXPECT_FALSE(all[0].known.at("word_perplexity").higher_is_better);
  EXPECT_EQ(all[0].known.at("bits_per_byte").aggregation, Aggregation::kBitsPerByte);
  EXPECT_EQ(all[0].scores[2].value, -3);
  EXPECT_EQ(all[0].scores[3].status, ScoreStatus::kUnscored);
  EXPECT_THAT(all[0].scores[3].reason, HasSubstr("texts"));
}

// 0.4.2 and before wrote one JSON list.
TEST_F(ForeignLogs, LmEvalListOfSamples) {
  const std::string samples =
      dir_.write("samples_t.jsonl",
                 "[\n {\"doc_id\":0,\"target\":\"a\",\"acc\":1},\n {\"doc_id\":1,"
                 "\"target\":\"b\",\"acc\":0}\n]");
  EXPECT_EQ(items({samples}, LogFormat::kLmEval).size(), 2U);
}

TEST_F(ForeignLogs, LmEvalErrorsNameTheLine) {
  const std::string bad = dir_.write("samples_t.jsonl", "{\"doc_id\":0,\"acc\":1}\n{\"acc\":1}\n");
  EXPECT_THAT(error(bad, LogFormat::kLmEval), HasSubstr("samples_t.jsonl:2: `doc_id` is missing"));
  const std::string cut = dir_.write("samples_u.jsonl", "{\"doc_id\":0,\"acc\":1}\n{\"doc_id\":");
  EXPECT_THAT(error(cut, LogFormat::kLmEval), HasSubstr("samples_u.jsonl:2:"));
}

// ---- Inspect

const std::string kEval =
    R"({"task":"caps","task_version":2,"created":"2025-02-01T10:00:00+00:00","dataset":{"name":"d"},"model":"openai/x","config":{"epochs":2},"packages":{"inspect_ai":"0.3.150"},"scorers":[{"name":"match"}]})";

std::string sample(const std::string& members) {
  return R"({"id":7,"epoch":2,"input":"q","target":["a","b"],)" + members + "}";
}

class InspectLogs : public ForeignLogs {
 protected:
  [[nodiscard]] std::string eval(const std::string& one, const std::string& header = "") const {
    test::ZipBuilder zip;
    zip.add("_journal/start.json", R"({"version":2,"eval":)" + kEval + R"(,"plan":{}})");
    zip.add("samples/7_epoch_2.json", one, {.method = 93});
    zip.add("header.json", header.empty() ? R"({"version":2,"status":"success","eval":)" + kEval +
                                                R"(,"stats":{"started_at":"2025-02-01T10:00:00Z"}})"
                                          : header);
    return dir_.write("x.eval", zip.finish());
  }
};

TEST_F(InspectLogs, SampleWithEverything) {
  const std::string path = eval(sample(
      R"("messages":[{"role":"system","content":"S"},{"role":"user","content":"attachment://h"},{"role":"assistant","content":"z"}],)"
      R"("attachments":{"h":"long question"},)"
      R"("output":{"model":"x-1","choices":[{"message":{"role":"assistant","content":[{"type":"reasoning","reasoning":"hm"},{"type":"text","text":"ans"}]},"stop_reason":"max_tokens"}],"time":0.5},)"
      R"("scores":{"match":{"value":"P","answer":"a","explanation":"half"},"judge":{"value":{"style":4,"facts":NaN}}},)"
      R"("metadata":{"level":"hard","n":3,"list":[1]},"started_at":"2025-02-01T10:00:02Z",)"
      R"("model_usage":{"openai/x":{"input_tokens":100,"output_tokens":30,"total_tokens":130,"input_tokens_cache_read":40,"reasoning_tokens":10},"openai/judge":{"input_tokens":9,"output_tokens":9,"total_tokens":18}})"));
  const auto all = items({path}, LogFormat::kInspect);
  ASSERT_EQ(all.size(), 1U);
  const ForeignItem& item = all.front();
  EXPECT_EQ(item.id, "7");
  EXPECT_EQ(item.repeat, 1U);
  EXPECT_EQ(item.truth, R"({"targets":["a","b"]})");
  EXPECT_THAT(item.request, HasSubstr("long question"));
  EXPECT_THAT(item.request, testing::Not(HasSubstr("assistant")));
  EXPECT_EQ(item.response.answer, "ans");
  EXPECT_EQ(item.response.reasoning, "hm");
  EXPECT_EQ(item.response.outcome, Outcome::kLength);
  EXPECT_EQ(item.latency_ns, 500'000'000);
  EXPECT_EQ(item.sent_ns, 2'000'000'000);
  EXPECT_EQ(item.tags, R"({"level":"hard","n":"3"})");
  // The total says that the cached ones are within the input.
  EXPECT_EQ(item.response.usage.input_tokens, 60);
  EXPECT_EQ(item.response.usage.cached_tokens, 40);
  EXPECT_EQ(item.response.usage.output_tokens, 20);
  EXPECT_EQ(item.response.usage.reasoning_tokens, 10);
  ASSERT_EQ(item.scores.size(), 3U);
  EXPECT_EQ(item.scores[0].value, 0.5);
  EXPECT_EQ(item.scores[0].extracted, "a");
  EXPECT_EQ(item.scores[0].reason, "half");
  EXPECT_EQ(item.scores[1].metric, "judge.style");
  EXPECT_EQ(item.scores[2].status, ScoreStatus::kUnscored);
}

TEST_F(InspectLogs, AFailedSampleHasNoScoreAndAnInvalidOneIsLeftOut) {
  auto all =
      items({eval(sample(R"("error":{"message":"503","traceback":""})"))}, LogFormat::kInspect);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].response.outcome, Outcome::kServerError);
  EXPECT_EQ(all[0].response.error, "503");
  EXPECT_TRUE(all[0].scores.empty());
  EXPECT_EQ(all[0].latency_ns, -1);
  all = items({eval(sample(R"("invalidation":{"author":"me"})"))}, LogFormat::kInspect);
  EXPECT_TRUE(all.empty());
}

// The single document of before, with `score` for `scores`.
TEST_F(InspectLogs, OlderJsonDocument) {
  const std::string path = dir_.write(
      "x.json", R"({"version":1,"status":"success","eval":)" + kEval + R"(,"samples":[)" +
                    sample(R"("score":{"value":"C"},"output":{"completion":"a"})") + "]}");
  const auto all = items({path}, LogFormat::kInspect);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].scores.front().metric, "score");
  EXPECT_EQ(all[0].scores.front().value, 1);
  EXPECT_EQ(all[0].response.answer, "a");
}

TEST_F(InspectLogs, ErrorsNameTheMember) {
  EXPECT_THAT(error(eval("{\"epoch\":1}"), LogFormat::kInspect),
              HasSubstr("x.eval: samples/7_epoch_2.json: `id` is missing"));
  EXPECT_THAT(error(eval(sample(R"("epoch":0)")), LogFormat::kInspect), HasSubstr("`epoch` is"));
  EXPECT_THAT(error(eval("{"), LogFormat::kInspect), HasSubstr("samples/7_epoch_2.json:1:"));
  EXPECT_THAT(error(eval("{}", R"({"version":3,"eval":)" + kEval + "}"), LogFormat::kInspect),
              HasSubstr("version 3, expected 1 to 2"));
  EXPECT_THAT(error(eval("{}", "{}"), LogFormat::kInspect), HasSubstr("has no `eval`"));
  test::ZipBuilder zip;
  zip.add("other.txt", "x");
  EXPECT_THAT(error(dir_.write("y.eval", zip.finish()), LogFormat::kInspect),
              HasSubstr("without `header.json`"));
}

TEST_F(InspectLogs, ALogWithoutSamplesSaysWhy) {
  test::ZipBuilder zip;
  zip.add("header.json", R"({"version":2,"status":"success","eval":)" + kEval + "}");
  EXPECT_THAT(error(dir_.write("y.eval", zip.finish()), LogFormat::kInspect),
              HasSubstr("holds no samples"));
}

// ---- promptfoo

std::string result(const std::string& provider, const std::string& prompt, const std::string& q,
                   const std::string& members) {
  return R"({"provider":{"id":")" + provider + R"("},"prompt":{"raw":"Ask )" + q +
         R"(","label":")" + prompt + R"("},"vars":{"q":")" + q +
         R"(","_conversation":[]},"testCase":{"vars":{"q":")" + q +
         R"("},"assert":[{"type":"equals","value":"a"}]},)" + members + "}";
}

TEST_F(ForeignLogs, PromptfooModelsRepeatsAndErrors) {
  const std::string ok =
      R"("success":true,"score":1,"latencyMs":120,"namedScores":{"tone":0.5},"response":{"output":{"x":1},"tokenUsage":{"prompt":10,"completion":5,"completionDetails":{"reasoning":2}},"cost":0.002})";
  const std::string wrong =
      R"("success":false,"score":0.25,"latencyMs":3,"gradingResult":{"reason":"not a"},"response":{"output":"b","cached":true,"tokenUsage":{"cached":15}})";
  const std::string failed =
      R"("success":false,"score":0,"failureReason":2,"error":"429","response":{"error":"429"})";
  const std::string path = dir_.write(
      "out.json", R"({"results":{"version":3,"timestamp":"2025-03-01T00:00:00.000Z","results":[)" +
                      result("p:a", "P1", "x", ok) + "," + result("p:a", "P1", "x", wrong) + "," +
                      result("p:b", "P1", "x", failed) + R"(]},"config":{"description":"D"}})");
  const auto log = open_foreign_log({path}, LogFormat::kPromptfoo);
  ASSERT_TRUE(log) << log.error().text();
  ASSERT_EQ((*log)->models.size(), 2U);
  EXPECT_EQ((*log)->models[0].name, "p:a");
  EXPECT_EQ((*log)->suites[0].title, "D");
  const auto all = items({path}, LogFormat::kPromptfoo);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].id, all[1].id);
  EXPECT_EQ(all[0].id, all[2].id);
  EXPECT_EQ(all[0].repeat, 0U);
  EXPECT_EQ(all[1].repeat, 1U);
  EXPECT_EQ(all[2].repeat, 0U);
  EXPECT_EQ(all[0].truth, R"({"targets":["equals: a"]})");
  EXPECT_EQ(all[0].response.answer, R"({"x":1})");
  EXPECT_EQ(all[0].response.usage.output_tokens, 3);
  EXPECT_EQ(all[0].response.cost->nano, 2'000'000);
  EXPECT_EQ(all[0].latency_ns, 120'000'000);
  ASSERT_EQ(all[0].scores.size(), 3U);
  EXPECT_EQ(all[0].scores[2].metric, "tone");
  // From its cache: no time, no tokens.
  EXPECT_EQ(all[1].latency_ns, -1);
  EXPECT_EQ(all[1].response.usage.source, UsageSource::kMissing);
  EXPECT_EQ(all[1].scores[0].value, 0);
  EXPECT_EQ(all[1].scores[0].reason, "not a");
  EXPECT_EQ(all[2].response.outcome, Outcome::kServerError);
  EXPECT_TRUE(all[2].scores.empty());
}

TEST_F(ForeignLogs, PromptfooOlderShapes) {
  const std::string one =
      R"({"provider":"p:a","prompt":{"raw":"r","display":"d"},"vars":{"q":"x"},"success":true,"score":1,"latencyMs":1,"response":{"output":"o"}})";
  for (const std::string& text : {R"({"version":2,"results":[)" + one + "],\"stats\":{}}",
                                  R"({"results":{"version":1,"results":[)" + one + "]}}"}) {
    const auto all = items({dir_.write("o.json", text)}, LogFormat::kPromptfoo);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0].scores[0].value, 1);
  }
}

// Several prompts: each with each provider is a model.
TEST_F(ForeignLogs, PromptfooPromptsAreModels) {
  const std::string path =
      dir_.write("o.json", R"({"results":[)" + result("p", "P1", "x", R"("success":true)") + "," +
                               result("p", "P2", "x", R"("success":false)") + "]}");
  const auto log = open_foreign_log({path}, LogFormat::kPromptfoo);
  ASSERT_TRUE(log);
  ASSERT_EQ((*log)->models.size(), 2U);
  EXPECT_EQ((*log)->models[0].name, "p [P1]");
  EXPECT_EQ((*log)->models[1].name, "p [P2]");
}

// ---- what a file is

TEST_F(ForeignLogs, ContentTellsTheFormat) {
  const auto kind = [&](const std::string& name, const std::string& text) {
    const auto found = detect_import(dir_.write(name, text));
    if (!found) return found.error().text();
    return found->log ? std::string(log_format_name(*found->log)) : found->suite;
  };
  EXPECT_EQ(kind("a", R"({"doc_id":1,"target":"x"})"), "lm-eval");
  EXPECT_EQ(kind("b", R"([{"doc_id":1,"target":"x"}])"), "lm-eval");
  EXPECT_EQ(kind("c.jsonl", R"({"input":"x","ideal":"y"})"), "openai-evals");
  EXPECT_EQ(kind("d.json", R"({"version":2,"status":"success","eval":{}})"), "inspect");
  EXPECT_EQ(kind("e", test::ZipBuilder().finish()), "inspect");
  EXPECT_EQ(kind("f.json", R"({"evalId":"e","results":{"version":3}})"), "promptfoo-results");
  EXPECT_EQ(kind("g.json", R"({"prompts":["x"],"tests":[]})"), "promptfoo");
  EXPECT_EQ(kind("h.yaml", "prompts: [x]\n"), "promptfoo");
  EXPECT_THAT(kind("i.json", R"({"foo":1,"bar":2})"), HasSubstr("has `foo`, `bar`, which is no"));
  EXPECT_THAT(kind("j.json", R"({"results":{},"configs":{}})"), HasSubstr("samples_TASK_DATE"));
  EXPECT_THAT(kind("k.txt", "hello"), HasSubstr("begins with `hello`"));
  EXPECT_THAT(kind("l.txt", "  "), HasSubstr("is empty"));
  EXPECT_THAT(kind("m/n.txt", ""), HasSubstr("is empty"));
  EXPECT_THAT(detect_import(dir_.file("m")).error().text(), HasSubstr("is a folder without"));
  EXPECT_THAT(detect_import(dir_.file("none")).error().text(), HasSubstr("no such file"));
}

}  // namespace
}  // namespace assay::suites
