// Task files of lm-evaluation-harness: what is read from them, the prompts they make (cases in
// lm_eval_prompts.jsonl), the requests asked, and what needs Python.
#include <gmock/gmock.h>

#include <fstream>

#include "harness/base/json.h"
#include "harness/types/request.h"
#include "suites/loader/prompt_maker.h"
#include "suites/loader/suite_file.h"
#include "suites/registry.h"
#include "tests/suites/loader/fixture.h"

namespace assay::suites {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// ---- prompts --------------------------------------------------------------------------------

Result<Sample> prompt_of(const Json& one) {
  Json task = one["task"];
  task.update(Json{{"task", "t"}, {"dataset_path", "x/y"}, {"test_split", "test"}});
  ASSAY_TRY(YamlNode root, read_yaml(dump_json(task), "task"));
  ASSAY_TRY(const SuiteDefinition suite, read_suite(std::move(root), "task"));
  PromptStyle style;
  if (const Json* given = find_member(one, "style")) {
    style.chat = given->value("chat", false);
    style.fewshot_as_multiturn = given->value("fewshot_as_multiturn", true);
    style.system = given->value("system", std::string());
  }
  std::vector<std::string> columns;
  for (const auto& [key, value] : one["doc"].items()) columns.push_back(key);
  ASSAY_TRY(const PromptMaker maker, PromptMaker::compile(suite, columns, columns, style));
  std::vector<Shot> shots;
  for (const Json& example : one.value("examples", Json::array())) {
    ASSAY_TRY(Shot shot, maker.shot(example));
    shots.push_back(std::move(shot));
  }
  Sample sample;
  ASSAY_TRY_VOID(maker.make(one["doc"], shots, sample));
  return sample;
}

Json described(const Sample& sample) {
  Json got;
  const Prompt& prompt = sample.prompt;
  got["prompt"] = prompt.text;
  got["system"] = prompt.system;
  got["answer_start"] = prompt.answer_start;
  got["targets"] = sample.targets;
  got["choices"] = sample.choices;
  got["gold"] = sample.gold;
  got["turns"] = Json::array();
  for (const ExampleTurn& turn : prompt.turns) {
    got["turns"].push_back(Json::array({turn.user, turn.assistant}));
  }
  got["continuations"] = Json::array();
  for (const Continuation& asked : prompt.continuations) {
    got["continuations"].push_back(asked.context ? Json::array({*asked.context, asked.text})
                                                 : Json(asked.text));
  }
  return got;
}

TEST(LmEvalPrompts, AreThoseOfTheReference) {
  std::ifstream in(std::string(ASSAY_SOURCE_DIR) + "/tests/suites/loader/lm_eval_prompts.jsonl");
  std::string line;
  int cases = 0;
  while (std::getline(in, line)) {
    const Result<Json> one = parse_json(line, "lm_eval_prompts.jsonl");
    ASSERT_TRUE(one.has_value()) << one.error().text();
    const std::string name = (*one)["name"].get<std::string>();
    const Result<Sample> sample = prompt_of(*one);
    ASSERT_TRUE(sample.has_value()) << name << ": " << sample.error().text();
    const Json got = described(*sample);
    for (const auto& [key, want] : (*one)["want"].items()) {
      EXPECT_EQ(dump_json(got[key]), dump_json(want)) << name << ": " << key;
    }
    ++cases;
  }
  EXPECT_GE(cases, 30);
}

TEST(LmEvalPrompts, SpaceMovesToTheContinuation) {
  std::string context = "Answer: \n\xe3\x80\x80";  // an ideographic space too
  std::string continuation = " yes";
  move_space(context, continuation);
  EXPECT_EQ(context, "Answer:");
  EXPECT_EQ(continuation, " \n\xe3\x80\x80 yes");
  move_space(context, continuation);
  EXPECT_EQ(context, "Answer:");
}

// ---- files ----------------------------------------------------------------------------------

class LmEvalTaskTest : public FolderTest {
 protected:
  void SetUp() override {
    FolderTest::SetUp();
    std::string rows;
    for (int i = 0; i < 30; ++i) {
      rows += "{\"q\": \"q" + std::to_string(i) + "\", \"a\": \"a" + std::to_string(i) + "\"}\n";
    }
    write("rows.jsonl", rows);
    write("test.jsonl", "{\"q\": \"q7\", \"a\": \"a7\"}\n{\"q\": \"other\", \"a\": \"b\"}\n");
  }
  // Scored by a scorer of our own, so that the tests need no other part.
  static std::string base() {
    return "task: tiny\n"
           "dataset_path: json\n"
           "dataset_kwargs: {data_files: {test: test.jsonl, train: rows.jsonl}}\n"
           "test_split: test\n"
           "doc_to_text: '{{q}}:'\n"
           "doc_to_target: '{{a}}'\n"
           "scorers: [exact]\n";
  }
  SuiteDefinition read(const std::string& text) const {
    Result<SuiteDefinition> suite = read_suite_file(write("task.yaml", text));
    EXPECT_TRUE(suite.has_value()) << suite.error().text();
    return suite ? std::move(*suite) : SuiteDefinition{};
  }
  std::string problem(const std::string& text) const {
    const Result<SuiteDefinition> suite = read_suite_file(write("task.yaml", text));
    return suite ? "no error" : local(suite.error().text());
  }
  Result<std::unique_ptr<Suite>> load(const std::string& text, const LoadOptions& options = {}) {
    return load_suite(write("task.yaml", text), options);
  }
  std::vector<std::string> prompts(const std::string& text, const LoadOptions& options = {}) {
    const auto suite = load(text, options);
    if (!suite) return {local(suite.error().text())};
    std::vector<std::string> all;
    for (uint64_t i = 0; i < (*suite)->size(); ++i) {
      const Result<Sample> sample = (*suite)->sample(i);
      all.push_back(sample ? sample->prompt.text : sample.error().text());
    }
    return all;
  }
};

TEST_F(LmEvalTaskTest, ASetOfHuggingFaceIsASource) {
  const SuiteDefinition suite = read(
      "task: t\ndataset_path: org/set\ndataset_name: main\n"
      "dataset_kwargs: {revision: abc, trust_remote_code: true}\n"
      "training_split: train\nvalidation_split: validation\nfewshot_split: dev\n"
      "doc_to_text: q\ndoc_to_target: a\n");
  EXPECT_TRUE(suite.reference);
  EXPECT_EQ(suite.test_split, "validation");
  EXPECT_EQ(suite.train_split, "train");
  EXPECT_EQ(suite.fewshot_split, "dev");
  EXPECT_FALSE(suite.extra_shot);
  ASSERT_EQ(suite.data.size(), 3U);
  EXPECT_EQ(suite.data[0].hub, "org/set");
  EXPECT_EQ(suite.data[0].hub_config, "main");
  EXPECT_EQ(suite.data[0].hub_split, "validation");
  EXPECT_EQ(suite.data[0].hub_revision, "abc");
  EXPECT_EQ(suite.generation_kwargs, std::nullopt);
  EXPECT_THAT(suite.params.stop, ElementsAre("\n\n"));
  EXPECT_EQ(suite.params.max_tokens, 256);
  EXPECT_EQ(suite.params.temperature, 0.0);
}

TEST_F(LmEvalTaskTest, SplitsFollowTheReferencesRules) {
  const std::string rest = "task: t\ndataset_path: x/y\ndoc_to_text: q\ndoc_to_target: a\n";
  const SuiteDefinition validation = read(rest + "validation_split: validation\n");
  EXPECT_EQ(validation.test_split, "validation");
  EXPECT_EQ(validation.fewshot_split, "validation");
  EXPECT_TRUE(validation.extra_shot);  // neither split has a name: None == None
  const SuiteDefinition both = read(rest + "test_split: test\ntraining_split: train\n");
  EXPECT_EQ(both.fewshot_split, "train");
  EXPECT_FALSE(both.extra_shot);
  EXPECT_TRUE(read(rest + "test_split: test\nfewshot_split: test\n").extra_shot);
  EXPECT_EQ(problem(rest),
            "task.yaml:2:15: the task names neither a `test_split` nor a `validation_split`");
}

TEST_F(LmEvalTaskTest, WithoutScorersTheReferenceJudges) {
  const SuiteDefinition suite = read(
      "task: t\ndataset_path: x/y\ntest_split: test\ndoc_to_text: q\ndoc_to_target: a\n"
      "filter_list: [{name: strict, filter: [{function: take_first}]}]\n"
      "metric_list: [{metric: exact_match, ignore_case: true}]\n");
  ASSERT_EQ(suite.scorers.size(), 1U);
  EXPECT_EQ(suite.scorers[0].name, "lm_eval");
  EXPECT_EQ(dump_json(suite.scorers[0].options.to_json()),
            R"({"output_type":"generate_until",)"
            R"("filter_list":[{"name":"strict","filter":[{"function":"take_first"}]}],)"
            R"("metric_list":[{"metric":"exact_match","ignore_case":true}]})");
}

TEST_F(LmEvalTaskTest, GenerationSettings) {
  const std::string rest =
      "task: t\ndataset_path: x/y\ntest_split: test\ndoc_to_text: q\ndoc_to_target: a\n";
  const SuiteDefinition suite =
      read(rest +
           "generation_kwargs: {until: [X], max_gen_toks: 9, do_sample: true, top_p: 0.5, "
           "top_k: 7, num_beams: 1}\n");
  EXPECT_THAT(suite.params.stop, ElementsAre("X"));
  EXPECT_EQ(suite.params.max_tokens, 9);
  EXPECT_EQ(suite.params.temperature, std::nullopt);
  EXPECT_EQ(suite.params.top_k, 7);
  EXPECT_EQ(dump_json(reference_generation_kwargs(
                read(rest + "fewshot_delimiter: '--'\ngeneration_kwargs: {do_sample: false}\n"))),
            R"({"do_sample":false,"until":["--"]})");
  EXPECT_EQ(problem(rest + "generation_kwargs: {num_beams: 4}\n"),
            "task.yaml:6:32: `num_beams` is 4, which no backend of this version has, expected 1");
}

TEST_F(LmEvalTaskTest, PythonIsRefusedByKeyAndLine) {
  const std::string rest =
      "task: t\ndataset_path: x/y\ntest_split: test\ndoc_to_text: q\ndoc_to_target: a\n";
  EXPECT_EQ(problem(rest + "process_docs: !function utils.process_docs\n"),
            "task.yaml:6:15: `process_docs` is `!function utils.process_docs`, which needs Python; "
            "Assay does not run it");
  EXPECT_EQ(problem(rest + "metric_list:\n  - metric: acc\n  - metric: !function m.f\n"),
            "task.yaml:8:13: `metric_list[1].metric` is `!function m.f`, which needs Python; Assay "
            "does not run it");
  EXPECT_EQ(problem("task: t\nclass: !function task.Class\n"),
            "task.yaml:2:8: `class` is `!function task.Class`, which needs Python; Assay does not "
            "run it");
  // What a file overrides is not asked for.
  write("_base", "process_docs: !function utils.f\ndataset_path: x/y\n");
  EXPECT_EQ(problem("include: _base\nprocess_docs: null\ntask: t\ntest_split: test\n"
                    "doc_to_text: q\ndoc_to_target: a\n"),
            "no error");
  // The include's own line is named.
  EXPECT_EQ(problem("include: _base\ntask: t\n"),
            "_base:1:15: `process_docs` is `!function utils.f`, which needs Python; Assay does not "
            "run it");
}

TEST_F(LmEvalTaskTest, OfSeveralIncludesTheFirstWins) {
  write("_a", "dataset_path: a/a\ndescription: A\n");
  write("_b", "dataset_path: b/b\ntest_split: test\n");
  const SuiteDefinition suite =
      read("include: [_a, _b]\ntask: t\ndoc_to_text: q\ndoc_to_target: a\n");
  EXPECT_EQ(suite.data[0].hub, "a/a");
  EXPECT_EQ(suite.test_split, "test");
}

TEST_F(LmEvalTaskTest, KeysStandTwiceAsPyYamlAllows) {
  const SuiteDefinition suite = read(
      "task: t\ndataset_path: x/y\ntest_split: test\ndoc_to_text: q\ndoc_to_target: a\n"
      "description: one\ndescription: two\n");
  EXPECT_EQ(suite.description->text, "two");
  EXPECT_EQ(problem("task: t\ndata: {test: test.jsonl}\ntask: u\n"),
            "task.yaml:3:1: the key `task` stands here a second time, first in line 1");
}

TEST_F(LmEvalTaskTest, FilesOfThisMachine) {
  EXPECT_THAT(prompts(base()), ElementsAre("q7:", "other:"));
  EXPECT_THAT(prompts("task: t\ndataset_path: json\ndataset_kwargs: {data_files: test.jsonl}\n"
                      "test_split: train\ndoc_to_text: q\ndoc_to_target: a\nscorers: [exact]\n"),
              ElementsAre("q7", "other"));
  write("set/test.csv", "q,a\nx,y\n");
  EXPECT_THAT(prompts("task: t\ndataset_path: ./set\ntest_split: test\ndoc_to_text: q\n"
                      "doc_to_target: a\nscorers: [exact]\n"),
              ElementsAre("x"));
  EXPECT_EQ(problem("task: t\ndataset_path: json\ntest_split: test\n"),
            "task.yaml:2:15: `dataset_path: json` reads files, expected `dataset_kwargs: "
            "{data_files: ...}`");
}

TEST_F(LmEvalTaskTest, ExamplesAreDrawnAsTheReferenceDraws) {
  // random.Random(1234).sample(range(30), 2), twice.
  const std::string shots = base() + "fewshot_split: train\nnum_fewshot: 2\n";
  EXPECT_THAT(prompts(shots),
              ElementsAre("q24: a24\n\nq14: a14\n\nq7:", "q3: a3\n\nq0: a0\n\nother:"));
  // The order of the run changes nothing: each question has its own draw.
  LoadOptions shuffled;
  shuffled.shuffle_seed = 1;
  EXPECT_THAT(prompts(shots, shuffled), testing::UnorderedElementsAreArray(prompts(shots)));
  LoadOptions seeded;
  seeded.seed = 5;
  EXPECT_NE(prompts(shots, seeded), prompts(shots));
}

TEST_F(LmEvalTaskTest, TheQuestionItselfIsLeftOut) {
  const std::string first = base() + "fewshot_config: {sampler: first_n}\nnum_fewshot: 8\n";
  // Of another split none is drawn in its place.
  const std::vector<std::string> train = prompts(first + "fewshot_split: train\n");
  EXPECT_THAT(train[0], testing::Not(HasSubstr("q7: a7")));
  EXPECT_THAT(train[0], testing::Not(HasSubstr("q8: a8")));
  EXPECT_THAT(train[1], HasSubstr("q7: a7"));
  // Of the same split one more is drawn.
  EXPECT_THAT(prompts(base() + "fewshot_config: {sampler: first_n}\nnum_fewshot: 1\n"
                               "fewshot_split: test\n"),
              ElementsAre("other: b\n\nq7:", "q7: a7\n\nother:"));
  EXPECT_THAT(prompts(base() + "num_fewshot: 2\nfewshot_split: test\n"),
              ElementsAre("test.jsonl: `num_fewshot` is 2, which needs 3 rows of the split `test`, "
                          "but it has 2"));
}

TEST_F(LmEvalTaskTest, SamplesStandInTheFile) {
  EXPECT_THAT(
      prompts(base() + "num_fewshot: 2\nfewshot_config:\n  sampler: first_n\n  samples:\n"
                       "    - {q: one, a: 1}\n    - {q: two, a: 2}\n    - {q: three, a: 3}\n"),
      ElementsAre("one: 1\n\ntwo: 2\n\nq7:", "one: 1\n\ntwo: 2\n\nother:"));
}

TEST_F(LmEvalTaskTest, ChatsAreMessages) {
  LoadOptions options;
  options.chat = true;
  options.system = "Be brief.";
  const auto suite = load(base() +
                              "description: 'Copy.'\ngen_prefix: So\nnum_fewshot: 1\n"
                              "fewshot_config: {sampler: first_n}\nfewshot_split: train\n",
                          options);
  ASSERT_TRUE(suite.has_value()) << suite.error().text();
  const Result<Request> request = (*suite)->request(*(*suite)->sample(1), 0);
  ASSERT_TRUE(request.has_value());
  EXPECT_THAT(request_to_json(*request),
              HasSubstr(R"({"messages":[{"role":"system","content":"Be brief.\n\nCopy."},)"
                        R"({"role":"user","content":"q0:"},)"
                        R"({"role":"assistant","content":"So a0"},)"
                        R"({"role":"user","content":"other:"},)"
                        R"({"role":"assistant","content":"So"}])"));
}

const std::string kChoices =
    "output_type: multiple_choice\ndoc_to_choice: [b, a7]\ndoc_to_text: '{{q}}: '\n"
    "doc_to_target: '{{a}}'\n";

TEST_F(LmEvalTaskTest, FreeTextIsAnotherQuestion) {
  std::string task = base() + kChoices;  // the later keys count
  task.replace(task.find("scorers: [exact]"), 16, "scorers: [choice]");
  EXPECT_EQ(local(load(task).error().text()),
            "task.yaml:7:11: the scorer `choice` judges a text, but `output_type: multiple_choice` "
            "asks for log-likelihoods; expected `as_generation: true` (or --as-generation), or no "
            "`scorers:`");
  const auto free = load(task + "as_generation: true\n");
  ASSERT_TRUE(free.has_value()) << free.error().text();
  const Result<Request> request = (*free)->request(*(*free)->sample(0), 0);
  EXPECT_TRUE(request->continuations.empty());
  EXPECT_EQ(request->messages[0].text, "q7: ");
  EXPECT_THAT(request->choices, ElementsAre("b", "a7"));
  LoadOptions flag;
  flag.as_generation = true;
  EXPECT_EQ((*load(task, flag))->info().hash, (*free)->info().hash);
  EXPECT_EQ(problem(base() + "as_generation: true\n"),
            "task.yaml:8:16: `as_generation` stands beside `output_type: generate_until`, expected "
            "multiple_choice");
}

TEST_F(LmEvalTaskTest, ChoicesAreAskedByTheirLikelihood) {
  std::string task = base() + kChoices;
  task.replace(task.find("scorers: [exact]"), 17, "");
  const auto suite = load(task);
  if (!suite && suite.error().text().find("unknown scorer `lm_eval`") != std::string::npos) {
    GTEST_SKIP() << "this build has no scorer `lm_eval`";
  }
  ASSERT_TRUE(suite.has_value()) << suite.error().text();
  const Result<Sample> sample = (*suite)->sample(0);
  EXPECT_THAT(sample->gold, ElementsAre(1));
  const Result<Request> request = (*suite)->request(*sample, 0);
  // The context's last space is the continuation's.
  EXPECT_EQ(request_to_json(*request),
            R"({"messages":[{"role":"user","content":"q7:"}],"choices":["b","a7"],)"
            R"("continuations":["  b","  a7"]})");
  LoadOptions flag;
  flag.as_generation = true;
  const auto free = load(task, flag);
  ASSERT_TRUE(free.has_value()) << free.error().text();
  EXPECT_NE((*free)->info().prompt_hash, (*suite)->info().prompt_hash);
}

}  // namespace
}  // namespace assay::suites
