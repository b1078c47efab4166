// The suite file format: YAML reading, includes, every kind of wrong input with its exact message.
#include "suites/loader/suite_file.h"

#include <gmock/gmock.h>

#include "harness/base/json.h"
#include "tests/suites/loader/fixture.h"

namespace assay::suites {
namespace {

using testing::ElementsAre;

std::string yaml_problem(const std::string& text) {
  const Result<YamlNode> node = read_yaml(text, "a.yaml");
  return node ? "no error" : node.error().text();
}

TEST(Yaml, PlainScalarsAreTypedQuotedOnesAreText) {
  const auto node = read_yaml(
      "a: 1\nb: '1'\nc: 1.5\nd: true\ne: 'true'\nf:\ng: ~\nh: |\n  text\ni: [x, 2]\nj: 1e2\nk: "
      ".nan\n"
      "l: inf\nm: 0x10\n",
      "a.yaml");
  ASSERT_TRUE(node.has_value()) << node.error().text();
  EXPECT_EQ(dump_json(node->to_json()),
            R"({"a":1,"b":"1","c":1.5,"d":true,"e":"true","f":null,"g":null,"h":"text\n",)"
            R"("i":["x",2],"j":100.0,"k":".nan","l":"inf","m":"0x10"})");
  EXPECT_EQ(node->find("c")->place(), "a.yaml:3:4");
}

TEST(Yaml, AliasesAreCopies) {
  const auto node = read_yaml("a: &x {p: [1]}\nb: *x\n", "a.yaml");
  ASSERT_TRUE(node.has_value());
  EXPECT_EQ(dump_json(node->to_json()), R"({"a":{"p":[1]},"b":{"p":[1]}})");
}

TEST(Yaml, ProblemsNameThePlace) {
  EXPECT_EQ(yaml_problem("a: 1\nb: 2\na: 3\n"),
            "a.yaml:3:1: the key `a` stands here a second time, first in line 1");
  EXPECT_TRUE(yaml_problem("a: [1, 2\nb: 3\n").starts_with("a.yaml:")) << yaml_problem("a: [1\n");
  EXPECT_EQ(yaml_problem("a: 'open"), "a.yaml:1:9: not valid YAML: illegal EOF in scalar");
  EXPECT_EQ(yaml_problem("a: 1\n---\nb: 2\n"),
            "a.yaml:1:1: a second YAML document follows, expected one");
  EXPECT_EQ(
      yaml_problem("a: !function utils.process\n"),
      "a.yaml:1:4: `!function utils.process` needs Python, which Assay does not run; expected "
      "a value or a template");
  EXPECT_EQ(yaml_problem("a: !thing x\n"), "a.yaml:1:4: unknown tag `!thing`, expected none");
  EXPECT_EQ(yaml_problem("? [a]\n: 1\n"),
            "a.yaml:1:3: a list or mapping as a key, expected a string");
  EXPECT_EQ(yaml_problem(""), "a.yaml: is empty, expected a YAML mapping");
  EXPECT_EQ(yaml_problem("a: \xff\n"), "a.yaml: byte 3 of the file is not valid UTF-8");
}

TEST(Yaml, SizeIsBounded) {
  EXPECT_EQ(yaml_problem(std::string(kYamlBytesMax + 1, ' ')),
            "a.yaml: larger than 4194304 bytes (limit kYamlBytesMax)");
  std::string deep;
  deep.append(100, '[').append(100, ']');
  EXPECT_EQ(yaml_problem(deep), "a.yaml:1:65: nested deeper than 64 levels (limit kYamlDepthMax)");
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string self = "a" + std::to_string(i);
    const std::string last = "*a" + std::to_string(i - 1);
    laughs += self + ": &" + self + " [" + last;
    for (int j = 0; j < 9; ++j) laughs += ", " + last;
    laughs += "]\n";
  }
  EXPECT_THAT(yaml_problem(laughs),
              testing::EndsWith("more than 200000 values (limit kYamlNodesMax)"));
}

class SuiteFileTest : public FolderTest {
 protected:
  // A complete definition whose lines can be replaced or added to.
  static std::string base() {
    return "task: tiny\n"
           "data: {test: test.jsonl}\n"
           "doc_to_text: q\n"
           "doc_to_target: a\n"
           "scorers: [exact]\n";
  }
  std::string problem(const std::string& text) const {
    const Result<SuiteDefinition> suite = read_suite_file(write("suite.yaml", text));
    return suite ? "no error" : local(suite.error().text());
  }
  std::string problem_with(const std::string& lines) const { return problem(base() + lines); }
  SuiteDefinition read(const std::string& text) const {
    Result<SuiteDefinition> suite = read_suite_file(write("suite.yaml", text));
    EXPECT_TRUE(suite.has_value()) << suite.error().text();
    return suite ? std::move(*suite) : SuiteDefinition{};
  }
};

TEST_F(SuiteFileTest, DefaultsAreThoseOfTheFormat) {
  const SuiteDefinition suite = read(base());
  EXPECT_EQ(suite.name, "tiny");
  EXPECT_EQ(suite.title, "tiny");
  EXPECT_EQ(suite.test_split, "test");
  EXPECT_EQ(suite.train_split, "");
  EXPECT_EQ(suite.fewshot_split, "test");
  EXPECT_EQ(suite.num_fewshot, 0U);
  EXPECT_EQ(suite.fewshot_delimiter, "\n\n");
  EXPECT_EQ(suite.target_delimiter, " ");
  EXPECT_EQ(suite.repeats, 1U);
  EXPECT_FALSE(suite.limit);
  EXPECT_EQ(suite.scorers.size(), 1U);
  EXPECT_EQ(suite.doc.text->place, path("suite.yaml") + ":3:14");
}

TEST_F(SuiteFileTest, ReadsEveryKey) {
  const SuiteDefinition suite = read(
      "task: t\nname: tiny\ntitle: Tiny\nlanguage: ko\nlicence: MIT\ntag: [x, y]\n"
      "data:\n"
      "  test: {path: t.csv, header: false, columns: [q, a], quoting: false, range: [0.5, 1.0],\n"
      "         sha256: 00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff}\n"
      "  train: {url: 'https://example.org/x.json', local: x.json, sha256: unpinned, field: rows}\n"
      "  validation: {images: pics, truth: t.jsonl, image_column: file}\n"
      "test_split: test\nfewshot_split: train\n"
      "description: D\ndoc_to_text: q\ndoc_to_target: [a, b]\ndoc_to_choice: ['yes', 'no']\n"
      "doc_to_image: [i]\nid: q\ncluster: q\ninput: q\nsystem: S\ngen_prefix: P\n"
      "tags: {language: ko}\nfields: {total: '{{ t }}'}\n"
      "num_fewshot: 2\nfewshot_config: {sampler: first_n}\nfewshot_delimiter: ''\n"
      "target_delimiter: ': '\noutput_type: multiple_choice\n"
      "generation_kwargs: {until: [A, B], max_gen_toks: 5, temperature: 0.5, top_p: 0.9, seed: 3}\n"
      "repeats: 4\nlimit: 10\n"
      "scorers: [exact, {name: cer, normalize: nfkc}]\n"
      "published: [{model: m, metric: accuracy, value: 0.5, source: 'a paper'}]\n"
      "metadata: {version: 1}\n");
  EXPECT_EQ(suite.name, "tiny");
  EXPECT_THAT(suite.tags, ElementsAre("x", "y"));
  ASSERT_EQ(suite.data.size(), 3U);
  EXPECT_EQ(suite.data[0].sha256,
            "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
  EXPECT_TRUE(suite.data[0].range->shares);
  EXPECT_EQ(suite.data[1].sha256, "");
  EXPECT_TRUE(suite.data[2].is_folder());
  EXPECT_EQ(suite.doc.target.size(), 2U);
  EXPECT_EQ(suite.sampler, FewshotSampler::kFirst);
  EXPECT_EQ(suite.fewshot_delimiter, "");
  EXPECT_EQ(suite.params.max_tokens, 5);
  EXPECT_EQ(suite.params.temperature, 0.5);
  EXPECT_EQ(suite.params.seed, 3U);
  EXPECT_THAT(suite.params.stop, ElementsAre("A", "B"));
  EXPECT_EQ(suite.limit, 10U);
  EXPECT_EQ(suite.scorers[1].name, "cer");
  EXPECT_EQ(dump_json(suite.scorers[1].options.to_json()), R"({"normalize":"nfkc"})");
  EXPECT_EQ(suite.published.at("m/accuracy"), 0.5);
}

TEST_F(SuiteFileTest, AMetricListIsJudgedAsTheReferenceDoes) {
  const SuiteDefinition suite = read(
      "task: t\ndata: {test: a.jsonl}\ndoc_to_text: q\ndoc_to_target: a\n"
      "metric_list:\n"
      "  - {metric: exact_match, aggregation: mean, higher_is_better: true, ignore_case: true}\n");
  ASSERT_EQ(suite.scorers.size(), 1U);
  EXPECT_EQ(suite.scorers[0].name, "lm_eval");
  EXPECT_EQ(dump_json(suite.scorers[0].options.to_json()),
            R"({"output_type":"generate_until","metric_list":[{"metric":"exact_match",)"
            R"("aggregation":"mean","higher_is_better":true,"ignore_case":true}]})");
}

TEST_F(SuiteFileTest, IncludeIsOverriddenByLaterKeys) {
  write("common/base.yaml",
        "task: base\ndoc_to_text: q\ndoc_to_target: a\nscorers: [exact]\n"
        "data: {test: base.jsonl}\n");
  write("mid.yaml", "include: common/base.yaml\ntask: mid\nnum_fewshot: 1\n");
  const SuiteDefinition suite = read("include: mid.yaml\ntask: top\n");
  EXPECT_EQ(suite.name, "top");
  EXPECT_EQ(suite.num_fewshot, 1U);
  // Paths are relative to the file that names them.
  EXPECT_EQ(local(suite.data[0].base_dir + "/"), "common/");
}

TEST_F(SuiteFileTest, IncludeProblems) {
  write("a.yaml", "include: suite.yaml\n");
  EXPECT_EQ(problem("include: a.yaml\ntask: t\n"),
            "suite.yaml: includes itself, directly or through another file");
  EXPECT_EQ(problem("task: t\ninclude: none.yaml\n"),
            "suite.yaml:2:10: the included file `none.yaml` is not there");
  write("bad.yaml", "task: t\ntas: u\n");
  EXPECT_EQ(problem("include: bad.yaml\n"),
            "bad.yaml:2:1: unknown key `tas` in a suite, did you mean `task`?");
}

TEST_F(SuiteFileTest, UnknownKeysNameTheNearest) {
  EXPECT_EQ(problem_with("doc_to_texts: x\n"),
            "suite.yaml:6:1: unknown key `doc_to_texts` in a suite, did you mean `doc_to_text`?");
  EXPECT_EQ(problem("task: t\ndata:\n  tests: a.jsonl\n"),
            "suite.yaml:3:3: unknown key `tests` in `data` (splits), did you mean `test`?");
  EXPECT_EQ(problem("task: t\ndata:\n  test: {path: a.jsonl, formt: csv}\n"),
            "suite.yaml:3:25: unknown key `formt` in a data source, did you mean `format`?");
  EXPECT_EQ(problem_with("generation_kwargs: {temperatur: 1}\n"),
            "suite.yaml:6:21: unknown key `temperatur` in `generation_kwargs`, did you mean "
            "`temperature`?");
  EXPECT_EQ(problem_with("fewshot_config: {samplers: first_n}\n"),
            "suite.yaml:6:18: unknown key `samplers` in `fewshot_config`, did you mean `sampler`?");
  EXPECT_EQ(problem_with("fewshot_config: {samples: 1}\n"),
            "suite.yaml:6:27: `samples` is `1`, expected a list of mappings (documents)");
}

TEST_F(SuiteFileTest, KeysOfOtherToolsSayWhy) {
  EXPECT_EQ(problem_with("process_results: f\n"),
            "suite.yaml:6:18: `process_results` needs Python, which Assay does not run");
  EXPECT_EQ(problem_with("doc_to_audio: a\n"),
            "suite.yaml:6:15: `doc_to_audio` asks with sound, which this version cannot");
  EXPECT_EQ(problem_with("unsafe_code: false\n"), "no error");
  EXPECT_THAT(problem_with("preprocess: nothing_like_it\n"),
              testing::StartsWith("suite.yaml:6:13: unknown preprocessing `nothing_like_it`"));
  EXPECT_EQ(problem("group: g\ntask: [a, b]\n"),
            "suite.yaml:2:7: `task` is a list, which makes this file a group of suites, expected "
            "the name of one");
}

TEST_F(SuiteFileTest, WrongValuesSayWhatWasExpected) {
  EXPECT_EQ(problem_with("num_fewshot: many\n"),
            "suite.yaml:6:14: `num_fewshot` is `many`, expected a whole number from 0 to 1000");
  EXPECT_EQ(problem_with("repeats: 0\n"),
            "suite.yaml:6:10: `repeats` is `0`, expected a whole number from 1 to 1000000");
  EXPECT_EQ(problem_with("limit: 0\n"),
            "suite.yaml:6:8: `limit` is `0`, expected a whole number of at least 1");
  EXPECT_EQ(problem_with("tags: [a]\n"),
            "suite.yaml:6:7: `tags` is a list, expected a mapping from names to templates");
  EXPECT_EQ(problem_with("description: [a]\n"),
            "suite.yaml:6:14: `description` is a list, expected a string");
  EXPECT_EQ(problem_with("output_type: free\n"),
            "suite.yaml:6:14: unknown output type `free`, expected generate_until, "
            "multiple_choice, loglikelihood or loglikelihood_rolling");
  EXPECT_EQ(problem_with("output_type: multiple_choice\n"),
            "suite.yaml:1:1: has `output_type: multiple_choice` and no `doc_to_choice`");
  EXPECT_EQ(problem_with("fewshot_config: {sampler: random}\n"),
            "suite.yaml:6:27: unknown sampler `random`, expected `first_n` or `default` (a seeded "
            "draw)");
  EXPECT_EQ(problem_with("generation_kwargs: {top_p: 2}\n"),
            "suite.yaml:6:28: `top_p` is not in (0, 1]");
  EXPECT_EQ(
      problem_with("test_split: dev\n"),
      "suite.yaml:6:13: `test_split` names the split `dev`, which `data` does not have (test)");
  EXPECT_EQ(problem("- a\n"),
            "suite.yaml:1:1: the file is a list, expected a mapping of keys such as `task`, `data` "
            "and `doc_to_text`");
}

TEST_F(SuiteFileTest, MissingKeysAreNamed) {
  EXPECT_EQ(problem("data: {test: a.jsonl}\n"),
            "suite.yaml:1:1: has no name, expected `task: NAME`");
  EXPECT_EQ(problem("task: a b\n"),
            "suite.yaml:1:1: the name `a b` is not usable, expected at most 200 characters without "
            "spaces and slashes");
  EXPECT_EQ(problem("task: t\n"),
            "suite.yaml:1:1: has no `data:`, expected a mapping from `test` (and `train`, "
            "`validation`, `fewshot`) to files");
  EXPECT_EQ(problem("task: t\ndata: {test: a.jsonl}\n"),
            "suite.yaml:1:1: has no `doc_to_text`, expected a template or a column name");
  EXPECT_EQ(
      problem("task: t\ndata: {test: a.jsonl}\ndoc_to_text: q\n"),
      "suite.yaml:1:1: has no `doc_to_target` (nor `fields`), expected a template or a column "
      "name");
  EXPECT_EQ(problem("task: t\ndata: {test: a.jsonl}\ndoc_to_text: q\ndoc_to_target: a\n"),
            "suite.yaml:1:1: names no scorer, expected `scorers:` with at least one (`exact`, "
            "`cer`, ...)");
  EXPECT_EQ(problem("task: t\ndata: {train: a.jsonl}\ndoc_to_text: q\n"),
            "suite.yaml:2:7: has no split `test`, expected one, or a `test_split:`");
}

TEST_F(SuiteFileTest, DataSourceProblems) {
  const auto source = [this](const std::string& text) {
    return problem("task: t\ndata:\n  test: " + text + "\n");
  };
  EXPECT_EQ(source("{format: csv}"),
            "suite.yaml:3:9: names no data, expected `path`, `url`, `hub` or `images`");
  EXPECT_EQ(source("{path: a, url: 'https://x'}"),
            "suite.yaml:3:9: has several of `path`, `url` and `hub`, expected one of them");
  EXPECT_EQ(source("https://example.org/a.csv"),
            "suite.yaml:3:9: a URL alone, expected `url`, `local` and `sha256`");
  EXPECT_EQ(source("{url: 'https://x', local: a}"),
            "suite.yaml:3:9: has a `url` and no `sha256`, expected 64 hexadecimal digits or "
            "`unpinned`");
  EXPECT_EQ(source("{path: a.csv, sha256: abc}"),
            "suite.yaml:3:31: `sha256` is `abc`, expected 64 hexadecimal digits or `unpinned`");
  EXPECT_EQ(
      source("{path: a.csv, format: xls}"),
      "suite.yaml:3:31: unknown format `xls`, expected jsonl, json, csv, tsv, lines or images");
  EXPECT_EQ(
      source("{path: a.csv, range: [5, 2]}"),
      "suite.yaml:3:30: `range` is [5, 2], expected [FROM, TO): row numbers such as [0, 1500], "
      "or shares such as [0.0, 0.5]");
  EXPECT_EQ(
      source("{path: a.csv, columns: [a]}"),
      "suite.yaml:3:9: has `columns` and a header; expected `header: false` beside `columns`");
  EXPECT_EQ(source("{path: a.csv, header: false}"),
            "suite.yaml:3:9: has `header: false` and no `columns`, expected their names");
}

}  // namespace
}  // namespace assay::suites
