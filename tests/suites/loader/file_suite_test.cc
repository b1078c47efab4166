// FileSuite through load_suite: samples, requests, few-shot, ranges, tags, hashes, and what load()
// refuses.
#include <gmock/gmock.h>

#include "harness/base/hash.h"
#include "harness/types/request.h"
#include "suites/registry.h"
#include "tests/suites/loader/fixture.h"

namespace assay::suites {
namespace {

using testing::ElementsAre;
using testing::Pair;

class FileSuiteTest : public FolderTest {
 protected:
  void SetUp() override {
    FolderTest::SetUp();
    write("test.jsonl", R"({"id": "t1", "q": "1+1", "a": "2", "lang": "en"})"
                        "\n"
                        R"({"id": "t2", "q": "둘 더하기 둘", "a": "4", "lang": "ko"})"
                        "\n"
                        R"({"id": "t3", "q": "3+3", "a": "6", "lang": "en"})"
                        "\n");
    write("train.csv", "q,a\n0+0,0\n5+5,10\n1+0,1\n");
  }
  static std::string base() {
    return "task: sums\n"
           "data: {test: test.jsonl, train: train.csv}\n"
           "doc_to_text: 'Q: {{ q }}'\n"
           "doc_to_target: a\n"
           "scorers: [exact]\n";
  }
  Result<std::unique_ptr<Suite>> load(const std::string& text, const LoadOptions& options = {}) {
    return load_suite(write("suite.yaml", text), options);
  }
  std::unique_ptr<Suite> must_load(const std::string& text, const LoadOptions& options = {}) {
    Result<std::unique_ptr<Suite>> suite = load(text, options);
    EXPECT_TRUE(suite.has_value()) << suite.error().text();
    return suite ? std::move(*suite) : nullptr;
  }
  std::string problem(const std::string& text, const LoadOptions& options = {}) {
    const auto suite = load(text, options);
    return suite ? "no error" : local(suite.error().text());
  }
  static std::string prompt(const Suite& suite, uint64_t index) {
    const Result<Sample> sample = suite.sample(index);
    if (!sample) return sample.error().text();
    const Result<Request> request = suite.request(*sample, 0);
    return request ? request->messages.back().text : request.error().text();
  }
  static std::vector<std::string> ids(const Suite& suite) {
    std::vector<std::string> all;
    for (uint64_t i = 0; i < suite.size(); ++i) {
      all.push_back(*suite.sample_id(i));
      EXPECT_EQ(suite.sample(i)->id, all.back());
    }
    return all;
  }
};

TEST_F(FileSuiteTest, SamplesAndRequests) {
  const auto suite = must_load(base() +
                               "description: \"Add.\\n\"\nsystem: You count.\ncluster: lang\n"
                               "tags: {language: lang, kind: sum}\ninput: q\n"
                               "generation_kwargs: {until: [X], max_gen_toks: 9, do_sample: false, "
                               "seed: 5}\nrepeats: 2\n");
  EXPECT_EQ(suite->size(), 3U);
  EXPECT_EQ(suite->info().train_count, 3U);
  EXPECT_EQ(suite->info().repeats, 2U);
  const Result<Sample> sample = suite->sample(1);
  ASSERT_TRUE(sample.has_value()) << sample.error().text();
  EXPECT_EQ(sample->index, 1U);
  EXPECT_EQ(sample->id, "t2");
  EXPECT_EQ(sample->cluster, "ko");
  EXPECT_THAT(sample->tags, ElementsAre(Pair("kind", "sum"), Pair("language", "ko")));
  EXPECT_THAT(sample->targets, ElementsAre("4"));
  EXPECT_EQ(sample->doc, R"({"id": "t2", "q": "둘 더하기 둘", "a": "4", "lang": "ko"})");
  const Result<Request> request = suite->request(*sample, 1);
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request_to_json(*request),
            R"({"messages":[{"role":"system","content":"You count."},)"
            R"({"role":"user","content":"Add.\nQ: 둘 더하기 둘"}],)"
            R"("params":{"max_tokens":9,"temperature":0,"seed":6,"stop":["X"]}})");
  EXPECT_EQ(request->input, "둘 더하기 둘");
  EXPECT_EQ(request->suite, "sums");
  const Result<TrainingExample> line = suite->train(1);
  ASSERT_TRUE(line.has_value());
  EXPECT_EQ(line->input, "5+5");
  EXPECT_EQ(line->target, "10");
}

TEST_F(FileSuiteTest, IdsAreTheColumnOrATemplateOrThePosition) {
  EXPECT_THAT(ids(*must_load(base())), ElementsAre("t1", "t2", "t3"));
  EXPECT_THAT(ids(*must_load(base() + "id: '{{ lang }}-{{ a }}'\n")),
              ElementsAre("en-2", "ko-4", "en-6"));
  write("plain.jsonl", "{\"q\": \"x\", \"a\": \"y\"}\n{\"q\": \"x\", \"a\": \"y\"}\n");
  EXPECT_THAT(ids(*must_load("task: t\ndata: {test: plain.jsonl}\ndoc_to_text: q\n"
                             "doc_to_target: a\nscorers: [exact]\n")),
              ElementsAre("0", "1"));
  write("odd.jsonl", R"({"id": 7, "q": "", "a": ""})"
                     "\n"
                     R"({"id": "a\"b", "q": "", "a": ""})");
  EXPECT_THAT(ids(*must_load("task: t\ndata: {test: odd.jsonl}\ndoc_to_text: q\n"
                             "doc_to_target: a\nscorers: [exact]\n")),
              ElementsAre("7", "a\"b"));
}

TEST_F(FileSuiteTest, DuplicateIdsNameBothRows) {
  write("dup.jsonl",
        "{\"id\": \"a\", \"q\": \"x\"}\n\n{\"id\": \"b\", \"q\": \"x\"}\n{\"id\": \"a\", \"q\": "
        "\"y\"}\n");
  EXPECT_EQ(problem("task: t\ndata: {test: dup.jsonl}\ndoc_to_text: q\ndoc_to_target: q\n"
                    "scorers: [exact]\n"),
            "dup.jsonl:4: the id `a` is also that of dup.jsonl:1, expected unique ids");
  EXPECT_EQ(problem(base() + "id: lang\n"),
            "test.jsonl:3: the id `en` is also that of test.jsonl:1, expected unique ids");
}

TEST_F(FileSuiteTest, IdsThatAreMissingOrEmptyAreErrors) {
  write("a.jsonl", "{\"id\": \"a\", \"q\": \"x\"}\n{\"q\": \"x\"}\n");
  const std::string definition =
      "task: t\ndata: {test: a.jsonl}\ndoc_to_text: q\ndoc_to_target: q\nscorers: [exact]\n";
  EXPECT_EQ(problem(definition), "suite.yaml:2:14: `id`: the row has no `id` (row a.jsonl:2)");
  write("a.jsonl", "{\"id\": \"\", \"q\": \"x\"}\n");
  EXPECT_EQ(problem(definition),
            "suite.yaml:2:14: the id has 0 bytes, expected 1 to 512 (row a.jsonl:1)");
}

TEST_F(FileSuiteTest, ChoicesAndTargets) {
  write("c.jsonl",
        R"({"q": "x", "label": 1, "text": "no", "opts": ["p", "q"], "many": [0, 1], "ok": true})");
  const auto sample = [&](const std::string& lines) {
    const auto suite = must_load(
        "task: t\ndata: {test: c.jsonl}\ndoc_to_text: q\n"
        "scorers: [exact]\n" +
        lines);
    return suite ? *suite->sample(0) : Sample{};
  };
  EXPECT_THAT(sample("doc_to_target: label\ndoc_to_choice: ['no', 'yes']\n").targets,
              ElementsAre("yes"));
  EXPECT_THAT(sample("doc_to_target: '{{ label }}'\ndoc_to_choice: opts\n").targets,
              ElementsAre("q"));
  EXPECT_THAT(sample("doc_to_target: label\ndoc_to_choice: opts\n").choices, ElementsAre("p", "q"));
  EXPECT_THAT(sample("doc_to_target: text\ndoc_to_choice: '{{ [text, q] }}'\n").choices,
              ElementsAre("no", "x"));
  EXPECT_THAT(sample("doc_to_target: text\ndoc_to_choice: \"['{{ text }}', 'b']\"\n").choices,
              ElementsAre("no", "b"));
  EXPECT_THAT(sample("doc_to_target: many\ndoc_to_choice: opts\n").targets, ElementsAre("p", "q"));
  EXPECT_THAT(sample("doc_to_target: ok\ndoc_to_choice: opts\n").targets, ElementsAre("q"));
  EXPECT_THAT(sample("doc_to_target: label\n").targets, ElementsAre("1"));
  EXPECT_THAT(sample("doc_to_target: [text, '{{ q }}!']\n").targets, ElementsAre("no", "x!"));
  EXPECT_THAT(sample("doc_to_target: \"['a', 'b']\"\n").targets, ElementsAre("a", "b"));
}

TEST_F(FileSuiteTest, ColumnsOfTextMayHoldTheChoiceOrItsPosition) {
  write("c.csv", "q,n\nx,2\n");
  const std::string rest =
      "task: t\ndata: {test: c.csv}\ndoc_to_text: q\ndoc_to_target: n\nscorers: [exact]\n";
  EXPECT_THAT(must_load(rest + "doc_to_choice: [a, b, c]\n")->sample(0)->targets, ElementsAre("c"));
  EXPECT_THAT(must_load(rest + "doc_to_choice: ['1', '2']\n")->sample(0)->targets,
              ElementsAre("2"));
}

TEST_F(FileSuiteTest, WrongTargetsAreErrors) {
  write("c.jsonl", R"({"q": "x", "label": 2, "text": "no", "none": null})");
  const std::string rest = "task: t\ndata: {test: c.jsonl}\ndoc_to_text: q\nscorers: [exact]\n";
  EXPECT_EQ(problem(rest + "doc_to_choice: [a, b]\ndoc_to_target: label\n"),
            "suite.yaml:6:16: the target 2 is no position in 2 choices, expected 0 to 1 (row "
            "c.jsonl:1)");
  EXPECT_EQ(problem(rest + "doc_to_choice: [a, b]\ndoc_to_target: text\n"
                           "output_type: multiple_choice\nas_generation: true\n"),
            "suite.yaml:6:16: the target `no` is not among the choices (a, b) (row c.jsonl:1)");
  EXPECT_EQ(problem(rest + "doc_to_target: none\n"),
            "suite.yaml:5:16: `doc_to_target` is null, expected a text, a number or a list (row "
            "c.jsonl:1)");
  EXPECT_EQ(problem(rest + "doc_to_target: q\ndoc_to_choice: text\n"),
            "suite.yaml:6:16: `doc_to_choice` is a string, expected a list of 1 to 10000 choices "
            "(row c.jsonl:1)");
}

TEST_F(FileSuiteTest, MissingColumnsNameTheNearest) {
  EXPECT_EQ(problem("task: t\ndata: {test: test.jsonl}\ndoc_to_text: question\ndoc_to_target: a\n"
                    "scorers: [exact]\n"),
            "suite.yaml:3:14: `doc_to_text` names the column `question`, which the data does not "
            "have, expected one of id, q, a, lang");
  EXPECT_EQ(problem(base() + "cluster: lng\n"),
            "suite.yaml:6:10: `cluster` names the column `lng`, which the data does not have, did "
            "you mean `lang`?");
}

TEST_F(FileSuiteTest, TemplatesThatNameAMissingFieldSayWhere) {
  const std::string message = problem(
      "task: t\ndata: {test: test.jsonl}\ndoc_to_text: '{{ nope }}'\n"
      "doc_to_target: a\nscorers: [exact]\n");
  EXPECT_TRUE(message.starts_with("suite.yaml:3:14: template 1:4: ")) << message;
  EXPECT_TRUE(message.ends_with(" (row test.jsonl:1)")) << message;
  EXPECT_NE(message.find("nope"), std::string::npos) << message;
  // A later row is found at load too.
  write("test.jsonl", "{\"q\": \"x\", \"a\": \"y\", \"z\": 1}\n{\"q\": \"x\", \"a\": \"y\"}\n");
  const std::string later = problem(
      "task: t\ndata: {test: test.jsonl}\ndoc_to_text: '{{ z }}'\n"
      "doc_to_target: a\nscorers: [exact]\n");
  EXPECT_TRUE(later.ends_with(" (row test.jsonl:2)")) << later;
}

TEST_F(FileSuiteTest, UnknownScorersAndOptionsHaveTheirPlace) {
  EXPECT_EQ(problem("task: t\ndata: {test: test.jsonl}\ndoc_to_text: q\ndoc_to_target: a\n"
                    "scorers: [exakt]\n"),
            "suite.yaml:5:11: unknown scorer `exakt`, did you mean `exact`?");
  const std::string option = problem(
      "task: t\ndata: {test: test.jsonl}\ndoc_to_text: q\n"
      "doc_to_target: a\nscorers: [{name: exact, ignore_cas: true}]\n");
  EXPECT_TRUE(option.starts_with("suite.yaml:5:37: ")) << option;
  EXPECT_NE(option.find("did you mean `ignore_case`?"), std::string::npos) << option;
  EXPECT_EQ(
      problem("task: t\ndata: {test: test.jsonl}\ndoc_to_text: q\ndoc_to_target: a\n"
              "scorers: [exact, includes]\n"),
      "suite.yaml:5:18: a second metric named `accuracy`, expected another name (scorers take "
      "`metric: NAME`)");
}

TEST_F(FileSuiteTest, FewshotIsPutTogetherAsLmEvalDoes) {
  const auto suite = must_load(base() +
                               "description: \"Add.\\n\\n\"\nnum_fewshot: 2\n"
                               "fewshot_config: {sampler: first_n}\ngen_prefix: 'A:'\n");
  EXPECT_EQ(prompt(*suite, 0), "Add.\n\nQ: 0+0 A: 0\n\nQ: 5+5 A: 10\n\nQ: 1+1 A:");
  const auto plain = must_load(base() +
                               "num_fewshot: 1\nfewshot_config: {sampler: first_n}\n"
                               "target_delimiter: ' = '\nfewshot_delimiter: \" | \"\n");
  EXPECT_EQ(prompt(*plain, 2), "Q: 0+0 = 0 | Q: 3+3");
}

TEST_F(FileSuiteTest, AQuestionIsNeverItsOwnExample) {
  const std::string definition =
      "task: t\ndata: {test: test.jsonl}\ndoc_to_text: q\ndoc_to_target: a\nscorers: [exact]\n"
      "num_fewshot: 2\nfewshot_delimiter: ' | '\n";
  const auto first = must_load(definition + "fewshot_config: {sampler: first_n}\n");
  EXPECT_EQ(prompt(*first, 0), "둘 더하기 둘 4 | 3+3 6 | 1+1");
  EXPECT_EQ(prompt(*first, 1), "1+1 2 | 3+3 6 | 둘 더하기 둘");
  EXPECT_EQ(prompt(*first, 2), "1+1 2 | 둘 더하기 둘 4 | 3+3");
  for (uint64_t seed = 0; seed < 20; ++seed) {
    LoadOptions options;
    options.seed = seed;
    const auto drawn = must_load(definition, options);
    EXPECT_THAT(prompt(*drawn, 0),
                testing::AnyOf("둘 더하기 둘 4 | 3+3 6 | 1+1", "3+3 6 | 둘 더하기 둘 4 | 1+1"));
  }
}

TEST_F(FileSuiteTest, TheSeedNamesTheDraw) {
  std::string rows = "q,a\n";
  for (int i = 0; i < 3000; ++i) rows += "n" + std::to_string(i) + ",x\n";
  write("train.csv", rows);
  const std::string definition = base() + "num_fewshot: 4\n";
  LoadOptions one;
  one.seed = 1;
  LoadOptions two;
  two.seed = 2;
  const auto a = must_load(definition, one);
  EXPECT_EQ(prompt(*a, 0), prompt(*must_load(definition, one), 0));
  EXPECT_NE(prompt(*a, 0), prompt(*must_load(definition, two), 0));
  EXPECT_NE(prompt(*a, 0).substr(0, 20), prompt(*a, 1).substr(0, 20));  // another draw per sample
  EXPECT_NE(a->info().prompt_hash, must_load(definition, two)->info().prompt_hash);
}

TEST_F(FileSuiteTest, TooFewExamplesIsAnError) {
  EXPECT_EQ(problem(base() + "num_fewshot: 4\n"),
            "train.csv: `num_fewshot` is 4, which needs 4 rows of the split `train`, but it has 3");
  EXPECT_EQ(problem(base() + "num_fewshot: 3\nfewshot_split: test\n"),
            "test.jsonl: `num_fewshot` is 3, which needs 4 rows of the split `test`, but it has 3");
}

TEST_F(FileSuiteTest, RangesCutSplitsFromOneFile) {
  std::string rows;
  for (int i = 0; i < 10; ++i) {
    rows += "{\"id\": \"" + std::to_string(i) + "\", \"q\": \"x\", \"a\": \"y\"}\n";
  }
  write("all.jsonl", rows);
  const auto with = [](const std::string& train, const std::string& test) {
    return "task: t\ndata:\n  train: {path: all.jsonl, range: " + train +
           "}\n  test: {path: all.jsonl, range: " + test +
           "}\ndoc_to_text: q\ndoc_to_target: a\nscorers: [exact]\n";
  };
  const auto halves = must_load(with("[0.0, 0.35]", "[0.35, 1.0]"));
  EXPECT_EQ(halves->train_size(), 3U);
  EXPECT_THAT(ids(*halves), ElementsAre("3", "4", "5", "6", "7", "8", "9"));
  EXPECT_EQ(halves->sample(0)->index, 0U);  // a position in the split
  EXPECT_THAT(ids(*must_load(with("[0, 8]", "[8, 10]"))), ElementsAre("8", "9"));
  EXPECT_EQ(problem(with("[0, 8]", "[8, 12]")),
            "suite.yaml:4:34: `range` is rows 8 to 12, but all.jsonl has 10 rows");
}

TEST_F(FileSuiteTest, LimitShuffleAndTags) {
  LoadOptions options;
  options.limit = 2;
  EXPECT_THAT(ids(*must_load(base(), options)), ElementsAre("t1", "t2"));
  EXPECT_THAT(ids(*must_load(base() + "limit: 1\n")), ElementsAre("t1"));
  EXPECT_EQ(ids(*must_load(base() + "limit: 1\n", options)).size(), 2U);  // flags win
  LoadOptions shuffled;
  shuffled.shuffle_seed = 3;
  const auto order = ids(*must_load(base(), shuffled));
  EXPECT_THAT(order, testing::UnorderedElementsAre("t1", "t2", "t3"));
  EXPECT_EQ(order, ids(*must_load(base(), shuffled)));
  shuffled.limit = 2;
  EXPECT_THAT(ids(*must_load(base(), shuffled)), ElementsAre(order[0], order[1]));
  LoadOptions tagged;
  tagged.tags = {"language=en"};
  const auto english = must_load(base() + "tags: {language: lang}\n", tagged);
  EXPECT_THAT(ids(*english), ElementsAre("t1", "t3"));
  EXPECT_EQ(english->sample(1)->index, 2U);
  tagged.tags = {"lang=en"};
  EXPECT_EQ(problem(base() + "tags: {language: lang}\n", tagged),
            "--tag: the suite `sums` has no tag `lang`, expected one of language");
  tagged.tags = {"language=fr"};
  EXPECT_EQ(problem(base() + "tags: {language: lang}\n", tagged),
            "--tag: no sample of the suite `sums` carries language=fr");
  tagged.tags = {"language"};
  EXPECT_EQ(problem(base(), tagged), "--tag: `language` is no tag, expected KEY=VALUE");
}

TEST_F(FileSuiteTest, HashesChangeWithWhatTheyAreOf) {
  const auto hashes = [&](const std::string& text, const LoadOptions& options = {}) {
    return must_load(text, options)->info();
  };
  const SuiteInfo a = hashes(base());
  EXPECT_EQ(a.hash, hashes(base()).hash);
  EXPECT_EQ(a.hash.size(), 64U);
  LoadOptions limit;
  limit.limit = 1;
  EXPECT_EQ(a.hash, hashes(base(), limit).hash);
  EXPECT_EQ(a.hash, hashes(base() + "repeats: 9\ntitle: other\n").hash);

  const SuiteInfo prompt = hashes(base() + "system: x\n");
  EXPECT_NE(a.prompt_hash, prompt.prompt_hash);
  EXPECT_EQ(a.data_hash, prompt.data_hash);
  EXPECT_EQ(a.scorer_hash, prompt.scorer_hash);
  EXPECT_NE(a.hash, prompt.hash);

  const SuiteInfo params = hashes(base() + "generation_kwargs: {temperature: 0.5}\n");
  EXPECT_NE(a.prompt_hash, params.prompt_hash);

  std::string other = base();
  other.replace(other.find("[exact]"), 7, "[{name: exact, ignore_case: true}]");
  EXPECT_NE(a.scorer_hash, hashes(other).scorer_hash);
  EXPECT_EQ(a.prompt_hash, hashes(other).prompt_hash);

  EXPECT_EQ(a.prompt_hash, hashes(base() + "cluster: lang\n").prompt_hash);
  EXPECT_NE(a.hash, hashes(base() + "cluster: lang\n").hash);

  write("train.csv", "q,a\n9+9,18\n");
  const SuiteInfo data = hashes(base());
  EXPECT_NE(a.data_hash, data.data_hash);
  EXPECT_EQ(a.prompt_hash, data.prompt_hash);
}

TEST_F(FileSuiteTest, PicturesAreNamedProbedAndHashed) {
  write("pics/a.png", png(10, 20));
  write("pics/b.png", png(30, 40));
  write("pics/truth.jsonl",
        "{\"image\": \"a.png\", \"text\": \"A\", \"fields\": {\"total\": 1.5}}\n"
        "{\"image\": \"b.png\", \"text\": \"B\", \"fields\": {\"total\": null}}\n");
  const std::string definition =
      "task: t\ndata: {test: {images: pics, truth: truth.jsonl}}\ndoc_to_target: text\n"
      "doc_to_text: Read.\nfields: {total: '{{ fields.total }}'}\nid: image\nscorers: [cer]\n";
  const auto suite = must_load(definition);
  const Result<Sample> sample = suite->sample(1);
  ASSERT_TRUE(sample.has_value()) << sample.error().text();
  EXPECT_EQ(sample->id, "b.png");
  EXPECT_TRUE(sample->fields.empty());  // null: not in this document
  EXPECT_THAT(suite->sample(0)->fields, ElementsAre(Pair("total", "1.5")));
  const Result<Request> request = suite->request(*sample, 0);
  ASSERT_TRUE(request.has_value()) << request.error().text();
  ASSERT_EQ(request->messages[0].images.size(), 1U);
  EXPECT_EQ(local(request->messages[0].images[0].path), "pics/b.png");
  EXPECT_EQ(request->messages[0].images[0].width, 30U);
  EXPECT_EQ(request->messages[0].text, "Read.");
  const std::string before = suite->info().data_hash;
  write("pics/b.png", png(30, 40) + "more");
  EXPECT_NE(before, must_load(definition)->info().data_hash);
}

TEST_F(FileSuiteTest, PictureProblemsAreFoundAtLoad) {
  write("pics/a.png", png(10, 20));
  write("pics/b.png", "not one");
  write("truth.jsonl", "{\"image\": \"a.png\"}\n{\"image\": \"b.png\"}\n");
  const auto definition = [](const std::string& truth) {
    return "task: t\ndata: {test: {images: pics, truth: " + truth +
           "}}\nfields: {x: image}\nscorers: [fields]\n";
  };
  EXPECT_EQ(problem(definition("truth.jsonl")),
            "pics/b.png: is not a picture: its first bytes are 6e 6f 74 20 6f 6e 65, expected PNG, "
            "JPEG, GIF, WebP, BMP or TIFF (row truth.jsonl:2)");
  write("t2.jsonl", "{\"image\": \"../suite.yaml\"}\n");
  EXPECT_EQ(problem(definition("t2.jsonl")),
            "suite.yaml:2:14: the picture `../suite.yaml` lies outside the folder of pictures, "
            "expected a path inside it (row t2.jsonl:1)");
  write("t3.jsonl", "{\"image\": \"c.png\"}\n");
  EXPECT_EQ(problem(definition("t3.jsonl")),
            "pics/c.png: the picture cannot be opened: No such file or directory (row t3.jsonl:1)");
  EXPECT_EQ(problem(definition("none.jsonl")),
            "suite.yaml:2:14: the truth file `none.jsonl` is neither in the picture folder `pics` "
            "nor beside the suite");
}

TEST_F(FileSuiteTest, FilesNamedByUrlAreLookedForAndChecked) {
  ::setenv("ASSAY_CACHE", path("cache").c_str(), 1);
  const std::string text = "{\"q\": \"x\", \"a\": \"y\"}\n";
  const std::string sha = sha256(text).hex();
  const std::string definition =
      "task: t\ndata: {test: {url: 'https://example.org/t.jsonl', local: set/t.jsonl, sha256: " +
      sha + "}}\ndoc_to_text: q\ndoc_to_target: a\nscorers: [exact]\n";
  EXPECT_EQ(problem(definition),
            "suite.yaml:2:14: the data of `test` is not on this machine: get it from "
            "https://example.org/t.jsonl and point at the folder that holds `set/t.jsonl` with "
            "--data DIR (looked for DIR/set/t.jsonl, cache/data/" +
                sha + ")");
  LoadOptions options;
  options.data_dir = path("data");
  EXPECT_NE(problem(definition, options).find("(looked for data/set/t.jsonl, cache/data/"),
            std::string::npos);
  write("cache/data/" + sha, text);  // its name has no extension: the URL says the format
  EXPECT_EQ(must_load(definition)->size(), 1U);
  write("data/set/t.jsonl", text + text);
  EXPECT_EQ(problem(definition, options), "suite.yaml:2:14: data/set/t.jsonl has sha256 " +
                                              sha256(text + text).hex() + ", expected " + sha);
  write("data/set/t.jsonl", "<html>");
  EXPECT_EQ(problem(definition, options), "suite.yaml:2:14: data/set/t.jsonl has sha256 " +
                                              sha256("<html>").hex() + ", expected " + sha);
  ::unsetenv("ASSAY_CACHE");
}

TEST_F(FileSuiteTest, MissingFilesAndSuites) {
  EXPECT_EQ(problem("task: t\ndata: {test: none.jsonl}\ndoc_to_text: q\ndoc_to_target: a\n"
                    "scorers: [exact]\n"),
            "suite.yaml:2:14: there is no data file `none.jsonl`");
  write("shipped/quick-intents/suite.yaml", base());
  write("shipped/sroie/suite.yaml", base());
  LoadOptions options;
  options.search_dirs = {path("shipped")};
  EXPECT_EQ(load_suite("quick-intent", options).error().text(),
            "unknown suite `quick-intent`, did you mean `quick-intents`?");
  EXPECT_EQ(load_suite("zzz", options).error().text(),
            "unknown suite `zzz`, expected a YAML file, a folder with a suite.yaml, or one of "
            "quick-intents, sroie");
  EXPECT_EQ(local(load_suite(path("nothing.yaml"), options).error().text()),
            "nothing.yaml: is neither a suite file nor a folder with a suite.yaml in it");
}

TEST_F(FileSuiteTest, SuitesAreListedWithWhatIsMissing) {
  write("shipped/b/suite.yaml", base());
  write("shipped/b/test.jsonl", "{}\n");
  write("shipped/b/train.csv", "a\n");
  write("shipped/a/suite.yaml",
        "task: a\ntitle: The A\nlanguage: ko\nlicence: MIT\ntag: x\n"
        "data: {test: {url: 'https://example.org/a.csv', local: a.csv, sha256: unpinned}}\n"
        "doc_to_text: q\ndoc_to_target: q\nscorers: [exact]\n");
  write("shipped/c/suite.yaml", "task: [\n");
  LoadOptions options;
  options.search_dirs = {path("shipped"), path("none")};
  const Result<std::vector<SuiteListing>> rows = list_suites(options);
  ASSERT_TRUE(rows.has_value());
  ASSERT_EQ(rows->size(), 3U);
  EXPECT_EQ((*rows)[0].title, "The A");
  EXPECT_FALSE((*rows)[0].data_here);
  EXPECT_NE((*rows)[0].missing.find("https://example.org/a.csv"), std::string::npos);
  const auto row = [&](const std::string& folder) {
    return *std::find_if(rows->begin(), rows->end(), [&](const SuiteListing& one) {
      return one.name == folder || one.path.find("/" + folder + "/") != std::string::npos;
    });
  };
  EXPECT_TRUE(row("b").data_here);
  EXPECT_NE(row("c").missing.find("not valid YAML"), std::string::npos) << row("c").missing;
}

}  // namespace
}  // namespace assay::suites
