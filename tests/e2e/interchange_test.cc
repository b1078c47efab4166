// Other tools' logs in and out, as a user does it: two foreign runs compared, what we export held
// against the documented formats member by member (lm_eval 0.4.9; inspect_ai EvalLog version 2),
// and imported again without a difference.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "harness/base/json.h"
#include "harness/store/sqlite_store.h"
#include "suites/import/logs/python_json.h"
#include "suites/import/logs/zip_archive.h"
#include "tests/support/cli.h"
#include "tests/support/zip_builder.h"

namespace assay {
namespace {

namespace fs = std::filesystem;
using suites::parse_python_json;
using test::CliResult;
using test::run_assay;
using test::TempDir;
using testing::HasSubstr;

// A member's name and what may stand there: s text, i integer, n number (NaN too), b boolean, o
// object, l list, 0 null, ? may be missing.
struct Member {
  const char* name;
  const char* types;
};

bool fits(const Json& value, const std::string& types) {
  const auto may = [&](char type) { return types.find(type) != std::string::npos; };
  if (value.is_string()) return may('s') || (may('n') && value == "NaN");
  if (value.is_number_integer()) return may('i') || may('n');
  if (value.is_number()) return may('n');
  if (value.is_boolean()) return may('b');
  if (value.is_object()) return may('o');
  if (value.is_array()) return may('l');
  return may('0');
}

// Every member is there with a type it may have, and there is none besides.
void expect_form(const Json& object, const std::vector<Member>& members, const std::string& place) {
  ASSERT_TRUE(object.is_object()) << place;
  std::set<std::string> known;
  for (const Member& member : members) {
    known.insert(member.name);
    const Json* value = find_member(object, member.name);
    const std::string types = member.types;
    if (value == nullptr) {
      EXPECT_NE(types.find('?'), std::string::npos) << place << " lacks " << member.name;
      continue;
    }
    EXPECT_TRUE(fits(*value, types)) << place << "." << member.name << " is " << *value;
  }
  for (const auto& [key, value] : object.items()) {
    EXPECT_TRUE(known.contains(key)) << place << " has an unknown member " << key;
  }
}

std::vector<std::string> files_under(const std::string& folder, const std::string& begin) {
  std::vector<std::string> out;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().filename().string().rfind(begin, 0) == 0) out.push_back(entry.path().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

Json read_json(const std::string& path) {
  const auto json = parse_python_json(test::read_file(path), path);
  EXPECT_TRUE(json) << json.error().text();
  return json ? *json : Json();
}

class Interchange : public testing::Test {
 protected:
  [[nodiscard]] CliResult assay(const std::vector<std::string>& arguments) const {
    return run_assay(arguments, {.cwd = dir_.path()});
  }
  void must(const std::vector<std::string>& arguments) const {
    const CliResult result = assay(arguments);
    ASSERT_EQ(result.exit_code, 0) << arguments.front() << ": " << result.err;
  }
  // A run of our own with repeats, two suites, graded and weighted metrics, tags.
  void make_run() const {
    must({"run", "quick-intents", "quick-ocr", "-m", "simulated:", "-o", "own.assay", "--limit",
          "30", "--repeats", "2", "-q"});
  }
  // Every row of the comparison has both sides, and no difference at all.
  void expect_same(const std::string& a, const std::string& b, size_t rows) const {
    const CliResult result = assay({"compare", a, b, "--json"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const Json report = *parse_json(result.out, "compare");
    EXPECT_EQ(report["rows"].size(), rows);
    for (const Json& row : report["rows"]) {
      EXPECT_EQ(row["difference"]["value"], 0) << row;
      EXPECT_EQ(row["a"], row["b"]) << row;
      EXPECT_EQ(row["improved"], 0);
      EXPECT_EQ(row["worsened"], 0);
    }
  }
  TempDir dir_;
};

// ---- lm-eval's form. Source: lm_eval 0.4.9, evaluator.py (members of a sample),
// loggers/evaluation_tracker.py (members of results, names of files).

const std::vector<Member> kLmEvalLine{
    {"doc_id", "i"},      {"doc", "o"},         {"target", "s"},
    {"arguments", "o"},   {"resps", "l"},       {"filtered_resps", "l"},
    {"filter", "s"},      {"metrics", "l"},     {"doc_hash", "s"},
    {"prompt_hash", "s"}, {"target_hash", "s"}, {"assay", "o?"}};

const std::vector<Member> kLmEvalResults{{"results", "o"},
                                         {"group_subtasks", "o"},
                                         {"configs", "o"},
                                         {"versions", "o"},
                                         {"n-shot", "o"},
                                         {"higher_is_better", "o"},
                                         {"n-samples", "o"},
                                         {"config", "o"},
                                         {"git_hash", "s0"},
                                         {"lm_eval_version", "s"},
                                         {"task_hashes", "o"},
                                         {"model_source", "s"},
                                         {"model_name", "s"},
                                         {"model_name_sanitized", "s"},
                                         {"system_instruction", "s0"},
                                         {"system_instruction_sha", "s0"},
                                         {"fewshot_as_multiturn", "b0"},
                                         {"chat_template", "s0"},
                                         {"chat_template_sha", "s0"}};

void check_line(const Json& line, const std::string& place) {
  std::vector<Member> members = kLmEvalLine;
  for (const Json& metric : line["metrics"]) {
    members.push_back({metric.get_ref<const std::string&>().c_str(), "n"});
  }
  expect_form(line, members, place);
  for (const char* const hash : {"doc_hash", "prompt_hash", "target_hash"}) {
    EXPECT_EQ(line[hash].get<std::string>().size(), 64U) << place;
  }
  ASSERT_FALSE(line["arguments"].empty()) << place;
  for (const auto& [key, argument] : line["arguments"].items()) {
    EXPECT_EQ(key.rfind("gen_args_", 0), 0U) << place;
    expect_form(argument, {{"arg_0", "s"}, {"arg_1", "so"}}, place + "." + key);
  }
  EXPECT_EQ(line["resps"].size(), line["filtered_resps"].size()) << place;
}

void check_task(const Json& results, const std::string& task) {
  for (const char* const part :
       {"configs", "versions", "higher_is_better", "n-samples", "group_subtasks", "task_hashes"}) {
    EXPECT_TRUE(results[part].contains(task)) << part;
  }
  for (const auto& [key, value] : results["results"][task].items()) {
    if (key == "alias") continue;
    const size_t comma = key.find(',');
    ASSERT_NE(comma, std::string::npos) << key;
    EXPECT_TRUE(value.is_number() || value == "N/A") << key << " " << value;
  }
  expect_form(results["n-samples"][task], {{"original", "i"}, {"effective", "i"}}, "n-samples");
}

TEST_F(Interchange, ExportIsOfLmEvalsFormAndComesBackTheSame) {
  make_run();
  must({"export", "own.assay", "--format", "lm-eval", "-o", "out"});
  const auto results_files = files_under(dir_.file("out"), "results_");
  ASSERT_EQ(results_files.size(), 1U);
  const Json results = read_json(results_files.front());
  expect_form(results, kLmEvalResults, "results");
  EXPECT_EQ(fs::path(results_files.front()).parent_path().filename().string(),
            results["model_name_sanitized"].get<std::string>());
  EXPECT_EQ(results["results"].size(), 2U);
  for (const auto& [task, figures] : results["results"].items()) check_task(results, task);
  const auto samples = files_under(dir_.file("out"), "samples_");
  ASSERT_EQ(samples.size(), 2U);
  for (const std::string& file : samples) {
    const std::string text = test::read_file(file);
    size_t number = 0;
    for (size_t at = 0; at < text.size(); ++number) {
      const size_t end = text.find('\n', at);
      ASSERT_NE(end, std::string::npos) << file;
      const auto line = parse_python_json(text.substr(at, end - at), file);
      ASSERT_TRUE(line) << line.error().text();
      check_line(*line, file + ":" + std::to_string(number + 1));
      EXPECT_EQ((*line)["doc_id"], number);
      at = end + 1;
    }
    EXPECT_EQ(number, 30U);
  }
  must({"import", "out", "-o", "back.assay"});
  expect_same("own.assay", "back.assay", 6);
}

// ---- Inspect's form. Source: inspect_ai 0.3.200, src/inspect_ai/log/_log.py (EvalLog, EvalSpec,
// EvalSample, EvalSampleSummary, EvalResults, EvalStats), scorer/_metric.py (Score),
// model/_model_output.py (ModelOutput, ModelUsage).

const std::vector<Member> kSpec{{"eval_id", "s"},
                                {"run_id", "s"},
                                {"created", "s"},
                                {"task", "s"},
                                {"task_id", "s"},
                                {"task_version", "is"},
                                {"task_display_name", "s?"},
                                {"task_attribs", "o"},
                                {"task_args", "o"},
                                {"task_args_passed", "o"},
                                {"dataset", "o"},
                                {"model", "s"},
                                {"model_generate_config", "o"},
                                {"model_args", "o"},
                                {"config", "o"},
                                {"packages", "o"},
                                {"metadata", "o?"},
                                {"scorers", "l?"}};
const std::vector<Member> kScore{{"value", "nsbol"},
                                 {"answer", "s?"},
                                 {"explanation", "s?"},
                                 {"metadata", "o?"},
                                 {"history", "l"}};
const std::vector<Member> kUsage{{"input_tokens", "i"},
                                 {"output_tokens", "i"},
                                 {"total_tokens", "i"},
                                 {"input_tokens_cache_write", "i?"},
                                 {"input_tokens_cache_read", "i?"},
                                 {"reasoning_tokens", "i?"},
                                 {"total_cost", "n?"}};
const std::vector<Member> kSample{
    {"id", "si"},         {"epoch", "i"},         {"input", "sl"}, {"choices", "l?"},
    {"target", "sl"},     {"messages", "l"},      {"output", "o"}, {"scores", "o?"},
    {"metadata", "o"},    {"store", "o"},         {"events", "l"}, {"model_usage", "o"},
    {"total_time", "n?"}, {"working_time", "n?"}, {"error", "o?"}, {"attachments", "o"}};
const std::vector<Member> kSummary{
    {"id", "si"},          {"epoch", "i"},         {"input", "sl"},      {"target", "sl"},
    {"metadata", "o"},     {"scores", "o?"},       {"model_usage", "o"}, {"role_usage", "o"},
    {"total_time", "n?"},  {"working_time", "n?"}, {"error", "s?"},      {"completed", "b"},
    {"message_count", "i"}};

void check_scores(const Json& scores, const std::string& place) {
  for (const auto& [name, score] : scores.items()) expect_form(score, kScore, place + "." + name);
}

void check_message(const Json& message, const std::string& place) {
  expect_form(
      message,
      {{"role", "s"}, {"content", "sl"}, {"source", "s?"}, {"model", "s?"}, {"tool_calls", "l?"}},
      place);
  const std::set<std::string> roles{"system", "user", "assistant", "tool"};
  EXPECT_TRUE(roles.contains(message["role"].get<std::string>())) << place;
}

void check_sample(const Json& sample, const std::string& place) {
  expect_form(sample, kSample, place);
  for (const Json& message : sample["messages"]) check_message(message, place + ".messages");
  expect_form(
      sample["output"],
      {{"model", "s"}, {"choices", "l"}, {"completion", "s"}, {"usage", "o?"}, {"time", "n?"}},
      place + ".output");
  const std::set<std::string> reasons{"stop",       "max_tokens",     "model_length",
                                      "tool_calls", "content_filter", "unknown"};
  for (const Json& choice : sample["output"]["choices"]) {
    expect_form(choice, {{"message", "o"}, {"stop_reason", "s"}}, place + ".choices");
    check_message(choice["message"], place + ".choices");
    EXPECT_TRUE(reasons.contains(choice["stop_reason"].get<std::string>())) << place;
  }
  for (const auto& [model, usage] : sample["model_usage"].items()) {
    expect_form(usage, kUsage, place + ".model_usage");
  }
  if (sample.contains("error")) {
    expect_form(sample["error"], {{"message", "s"}, {"traceback", "s"}, {"traceback_ansi", "s"}},
                place + ".error");
  }
  check_scores(sample["scores"], place);
}

void check_spec(const Json& spec, const std::string& place) {
  expect_form(spec, kSpec, place);
  expect_form(spec["dataset"],
              {{"name", "s?"}, {"location", "s?"}, {"samples", "i?"}, {"shuffled", "b?"}}, place);
  expect_form(spec["config"], {{"epochs", "i?"}, {"epochs_reducer", "l?"}}, place);
  for (const Json& scorer : spec["scorers"]) {
    expect_form(scorer, {{"name", "s"}, {"options", "o?"}, {"metrics", "lo?"}, {"metadata", "o?"}},
                place + ".scorers");
  }
}

void check_header(const Json& header) {
  expect_form(header,
              {{"version", "i"},
               {"status", "s"},
               {"eval", "o"},
               {"plan", "o"},
               {"results", "o?"},
               {"stats", "o"},
               {"invalidated", "b?"}},
              "header");
  EXPECT_EQ(header["version"], 2);
  check_spec(header["eval"], "header.eval");
  expect_form(header["plan"], {{"name", "s"}, {"steps", "l"}, {"config", "o"}}, "plan");
  expect_form(
      header["stats"],
      {{"started_at", "s"}, {"completed_at", "s"}, {"model_usage", "o"}, {"role_usage", "o"}},
      "stats");
  expect_form(header["results"],
              {{"total_samples", "i"}, {"completed_samples", "i"}, {"scores", "l"}}, "results");
  for (const Json& score : header["results"]["scores"]) {
    expect_form(score,
                {{"name", "s"},
                 {"scorer", "s"},
                 {"reducer", "s?"},
                 {"scored_samples", "i?"},
                 {"unscored_samples", "i?"},
                 {"params", "o"},
                 {"metrics", "o"}},
                "results.scores");
    for (const auto& [name, metric] : score["metrics"].items()) {
      expect_form(metric, {{"name", "s"}, {"value", "n"}, {"params", "o"}}, "metric");
      EXPECT_EQ(metric["name"], name);
    }
  }
}

void check_eval(const std::string& path, size_t samples_expected) {
  const auto zip = suites::ZipArchive::open(path, {});
  ASSERT_TRUE(zip) << zip.error().text();
  const auto read = [&](const std::string& name) {
    const suites::ZipMember* member = (*zip)->find(name);
    EXPECT_NE(member, nullptr) << name;
    if (member == nullptr) return Json();
    EXPECT_EQ(member->method, 8) << name;
    const auto text = (*zip)->read(*member);
    EXPECT_TRUE(text) << text.error().text();
    const auto json = parse_python_json(*text, name);
    EXPECT_TRUE(json) << json.error().text();
    return *json;
  };
  check_header(read("header.json"));
  const Json start = read("_journal/start.json");
  expect_form(start, {{"version", "i"}, {"eval", "o"}, {"plan", "o"}}, "start");
  check_spec(start["eval"], "start.eval");
  const Json summaries = read("summaries.json");
  EXPECT_EQ(summaries, read("_journal/summaries/1.json"));
  EXPECT_EQ(summaries.size(), samples_expected);
  for (const Json& one : summaries) {
    expect_form(one, kSummary, "summary");
    check_scores(one["scores"], "summary");
  }
  for (const Json& one : read("reductions.json")) {
    expect_form(one, {{"scorer", "s"}, {"reducer", "s?"}, {"samples", "l"}}, "reduction");
    for (const Json& score : one["samples"]) {
      expect_form(score, {{"value", "nsbol"}, {"history", "l"}, {"sample_id", "si?"}}, "reduced");
    }
  }
  size_t samples = 0;
  for (const suites::ZipMember& member : (*zip)->members()) {
    if (member.name.rfind("samples/", 0) != 0) continue;
    ++samples;
    const Json sample = read(member.name);
    check_sample(sample, member.name);
    EXPECT_EQ(member.name, "samples/" + sample["id"].get<std::string>() + "_epoch_" +
                               std::to_string(sample["epoch"].get<int>()) + ".json");
  }
  EXPECT_EQ(samples, samples_expected);
}

TEST_F(Interchange, ExportIsOfInspectsFormAndComesBackTheSame) {
  make_run();
  must({"export", "own.assay", "--format", "inspect", "-o", "out"});
  const auto logs = files_under(dir_.file("out"), "");
  ASSERT_EQ(logs.size(), 2U);
  for (const std::string& log : logs) check_eval(log, 60);
  must({"import", "out", "-o", "back.assay"});
  expect_same("own.assay", "back.assay", 6);
  // One suite: one file, twice the same bytes.
  must({"export", "own.assay", "--format", "inspect", "--suite", "quick-ocr", "-o", "a.eval"});
  must({"export", "own.assay", "--format", "inspect", "--suite", "quick-ocr", "-o", "b.eval"});
  EXPECT_TRUE(test::read_file(dir_.file("a.eval")) == test::read_file(dir_.file("b.eval")));
}

// ---- two foreign runs

std::string lm_eval_line(int id, const std::string& value) {
  return R"({"doc_id":)" + std::to_string(id) + R"(,"doc":{},"target":"t)" + std::to_string(id) +
         R"(","arguments":{"gen_args_0":{"arg_0":"q)" + std::to_string(id) +
         R"(","arg_1":{}}},"resps":[["r"]],"filtered_resps":["r"],"filter":"none","metrics":["acc"],"acc":)" +
         value + "}\n";
}

TEST_F(Interchange, TwoRunsOfLmEvalAreComparedItemByItem) {
  std::string a;
  std::string b;
  // The second run in another order: items pair by what they are.
  for (int i = 0; i < 40; ++i) a += lm_eval_line(i, i < 10 ? "0.0" : "1.0");
  for (int i = 39; i >= 0; --i) b += lm_eval_line(i, i == 5 ? "NaN" : i < 15 ? "1.0" : "0.0");
  dir_.write("m/samples_t_2025-01-01T00-00-00.jsonl", a);
  dir_.write("n/samples_t_2025-01-02T00-00-00.jsonl", b);
  must({"import", "m/samples_t_2025-01-01T00-00-00.jsonl", "-o", "a.assay"});
  must({"import", "n/samples_t_2025-01-02T00-00-00.jsonl", "-o", "b.assay"});
  const CliResult result = assay({"compare", "a.assay", "b.assay", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json row = (*parse_json(result.out, "compare"))["rows"][0];
  EXPECT_EQ(row["difference"]["n"], 39);
  EXPECT_EQ(row["improved"], 9);   // 0 to 9 without the one that has no number
  EXPECT_EQ(row["worsened"], 25);  // 15 to 39
  EXPECT_EQ(row["test"], "exact McNemar");
  const CliResult report = assay({"report", "a.assay"});
  EXPECT_EQ(report.exit_code, 0) << report.err;
  // No time in the log is no time, not 0 s.
  EXPECT_THAT(report.out, HasSubstr("n/a"));
  EXPECT_THAT(report.out, testing::Not(HasSubstr("0 s")));
}

TEST_F(Interchange, ImportedRunsGoOutAndComeBackTheSame) {
  std::string lines;
  for (int i = 0; i < 20; ++i)
    lines += lm_eval_line(i, i % 7 == 0 ? "NaN" : i % 3 ? "1.0" : "0.25");
  dir_.write("m/samples_t_2025-01-01T00-00-00.jsonl", lines);
  must({"import", "m", "-o", "a.assay"});
  must({"export", "a.assay", "--format", "inspect", "-o", "a.eval"});
  must({"import", "a.eval", "-o", "b.assay"});
  expect_same("a.assay", "b.assay", 1);
  must({"export", "b.assay", "--format", "lm-eval", "-o", "out"});
  must({"import", "out", "-o", "c.assay"});
  expect_same("a.assay", "c.assay", 1);
}

// ---- what goes wrong leaves nothing

TEST_F(Interchange, AFailedImportLeavesNoFile) {
  const std::string good = lm_eval_line(0, "1.0");
  dir_.write("samples_t.jsonl", good + "{\"doc_id\":");
  const CliResult result = assay({"import", "samples_t.jsonl", "-o", "x.assay"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("samples_t.jsonl:2:"));
  for (const auto& entry : fs::directory_iterator(dir_.path())) {
    EXPECT_EQ(entry.path().filename(), "samples_t.jsonl");
  }
}

TEST_F(Interchange, AFileIsReplacedOnlyWhenAsked) {
  dir_.write("samples_t.jsonl", lm_eval_line(0, "1.0"));
  must({"import", "samples_t.jsonl"});
  const CliResult again = assay({"import", "samples_t.jsonl"});
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(again.err, HasSubstr("samples_t.assay: exists already; --force replaces it"));
  must({"import", "samples_t.jsonl", "--force"});
}

TEST_F(Interchange, OneItemWithTwoTargetsIsRefused) {
  std::string other = lm_eval_line(0, "1.0");
  other.replace(other.find("\"t0\""), 4, "\"u0\"");
  dir_.write("samples_t.jsonl", lm_eval_line(0, "1.0") + other);
  const CliResult result = assay({"import", "samples_t.jsonl"});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("item `0` has another target here"));
}

TEST_F(Interchange, NothingToExportIsSaid) {
  dir_.write("samples_t.jsonl", lm_eval_line(0, "1.0"));
  must({"import", "samples_t.jsonl", "-o", "a.assay"});
  for (const char* const format : {"lm-eval", "inspect"}) {
    const CliResult result =
        assay({"export", "a.assay", "--format", format, "--suite", "other", "-o", "out"});
    EXPECT_EQ(result.exit_code, 2) << format;
    EXPECT_THAT(result.err, HasSubstr("has no items to export"));
    EXPECT_FALSE(fs::exists(dir_.file("out"))) << format;
  }
}

TEST_F(Interchange, PointsOfALearningCurveGoOutOnlyByName) {
  must({"run", "quick-intents", "-m", "baseline:linear", "-q", "-o", "c.assay"});
  must({"export", "c.assay", "--format", "inspect", "-o", "c.eval"});
  EXPECT_TRUE(fs::is_regular_file(dir_.file("c.eval")));
  must({"export", "c.assay", "--format", "inspect", "--model", "baseline:linear [train=63]", "-o",
        "p.eval"});
  EXPECT_TRUE(fs::is_regular_file(dir_.file("p.eval")));
}

}  // namespace
}  // namespace assay
