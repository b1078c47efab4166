// assay init: starter files. Without arguments a commented assay.yaml; with a table of questions
// and answers a working suite beside it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <memory>

#include "app/command.h"
#include "app/setup.h"
#include "harness/base/json.h"
#include "harness/base/rng.h"
#include "harness/base/utf8.h"
#include "suites/loader/row_store.h"

namespace assay::app {
namespace {

namespace fs = std::filesystem;

struct InitFlags {
  std::vector<std::string> what;
  std::string question;
  std::string answer;
  std::string name;
  bool force = false;
};

constexpr const char* kStarter =
    R"yaml(# assay.yaml: what `assay run` does when no flags are given. Flags win.
# `assay list suites` and `assay list backends` show what can be named here.

models:
  # backend:name?key=value, as after --model
  - baseline:majority          # always the most frequent answer: what any model must beat
  - baseline:bm25              # the answer of the most similar training example
  - baseline:linear            # learns from the suite's train split in seconds
  # - name: my-model           # a name for reports, and settings of its own
  #   model: process:./my-model.py
  #   concurrency: 4
  # - tesseract:kor+eng?psm=6

suites:
  - {}

# Cost of models that run here: what an hour of this machine costs.
# machine:
#   price_per_hour: 0.40
#   currency: USD

options:
  seed: 0
  # output: run.assay          # the same command again resumes this file
  # limit: 50                  # the first 50 samples of each suite
  # repeats: 1
  # retries: 4
  # timeout: 60                # seconds per request
  # data: ../data              # local copies of data that suites name by URL
)yaml";

// What people call these columns.
constexpr std::array<std::string_view, 8> kQuestionNames{"question", "text", "prompt", "input",
                                                         "query",    "질문", "문제",   "문장"};
constexpr std::array<std::string_view, 8> kAnswerNames{"answer", "label", "target", "expected",
                                                       "output", "정답",  "답",     "답변"};

Result<void> refuse_existing(const std::string& path, bool force) {
  std::error_code failed;
  if (!force && fs::exists(path, failed))
    return input_error(path, "exists already; --force replaces it");
  return {};
}

Result<int> init_config(const InitFlags& flags, const std::string& suite) {
  ASSAY_TRY_VOID(refuse_existing("assay.yaml", flags.force));
  ASSAY_TRY_VOID(write_output("assay.yaml", fmt::format(fmt::runtime(kStarter), suite)));
  fmt::print("assay.yaml written; `assay run` starts it\n");
  return kExitDone;
}

std::string columns_text(const Json& row) {
  std::string out;
  for (const auto& [key, value] : row.items()) out += (out.empty() ? "`" : ", `") + key + "`";
  return out;
}

template <size_t N>
Result<std::string> find_column(const Json& row, const std::string& wanted,
                                const std::array<std::string_view, N>& usual,
                                const std::string& flag, const std::string& path) {
  if (!wanted.empty()) {
    if (row.contains(wanted)) return wanted;
    return input_error(path,
                       fmt::format("no column `{}`; columns here: {}", wanted, columns_text(row)));
  }
  for (const std::string_view name : usual) {
    for (const auto& [key, value] : row.items()) {
      if (to_lower(key) == name) return key;
    }
  }
  return input_error(
      path, fmt::format("no column looks like the {0}; name it with --{0} (columns here: {1})",
                        flag, columns_text(row)));
}

struct Table {
  std::vector<Json> rows;
  std::string question;
  std::string answer;
  std::vector<std::string> labels;  // the closed set of answers, when there is one
  bool numeric = true;              // every answer is a number
};

std::string cell_text(const Json& row, const std::string& column) {
  const Json& value = row.at(column);
  return value.is_string() ? value.get<std::string>() : dump_json(value);
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789.,-") == std::string::npos &&
         text.find_first_of("0123456789") != std::string::npos;
}

// Few different answers, each seen several times: a classification.
void find_labels(Table& table) {
  constexpr size_t kLabelsMax = 30;
  std::map<std::string, size_t> counts;
  for (const Json& row : table.rows) ++counts[cell_text(row, table.answer)];
  const bool repeated = std::all_of(counts.begin(), counts.end(),
                                    [](const auto& count) { return count.second >= 2; });
  if (counts.size() < 2 || counts.size() > kLabelsMax || !repeated ||
      table.rows.size() < 4 * counts.size())
    return;
  for (const auto& [label, count] : counts) table.labels.push_back(label);
}

Result<Table> read_table(const InitFlags& flags, const std::string& path) {
  suites::RowSource source;
  source.path = path;
  source.shown = path;
  ASSAY_TRY(const auto rows, suites::RowStore::open(source));
  if (rows->size() == 0) return input_error(path, "has no rows");
  Table table;
  for (uint64_t i = 0; i < rows->size(); ++i) {
    ASSAY_TRY(Json row, rows->row(i));
    table.rows.push_back(std::move(row));
  }
  ASSAY_TRY(table.question,
            find_column(table.rows.front(), flags.question, kQuestionNames, "question", path));
  ASSAY_TRY(table.answer,
            find_column(table.rows.front(), flags.answer, kAnswerNames, "answer", path));
  for (size_t i = 0; i < table.rows.size(); ++i) {
    for (const std::string& column : {table.question, table.answer}) {
      if (!table.rows[i].contains(column))
        return input_error(rows->place(i), fmt::format("no `{}` in this row", column));
    }
    table.numeric = table.numeric && is_number(cell_text(table.rows[i], table.answer));
  }
  find_labels(table);
  return table;
}

std::string yaml_string(const std::string& text) {
  std::string out;
  append_json_string(out, text);  // a JSON string is a YAML string
  return out;
}

// A column as the template names it; names that are no identifiers cannot stand alone in a
// template.
std::string suite_yaml(const std::string& name, const Table& table) {
  std::string out = fmt::format(
      "# Made by `assay init suite`. docs/suites.md describes every key.\ntask: {}\ntitle: "
      "{}\ndata:\n  test: test.jsonl\n",
      name, yaml_string(name));
  const bool classify = !table.labels.empty();
  if (classify) out += "  train: train.jsonl\ntraining_split: train\n";
  out += "test_split: test\nid: \"{{ id }}\"\ninput: \"{{ question }}\"\n";
  if (classify) {
    std::string labels;
    for (const std::string& label : table.labels) labels += (labels.empty() ? "" : ", ") + label;
    out +=
        fmt::format("doc_to_text: {}\ndoc_to_choice:\n",
                    yaml_string("{{ question }}\n\nAnswer with one of: " + labels + "\nAnswer:"));
    for (const std::string& label : table.labels) out += "  - " + yaml_string(label) + "\n";
    out += "doc_to_target: \"{{ answer }}\"\nscorers:\n  - choice\n";
    return out;
  }
  out += "doc_to_text: \"{{ question }}\"\ndoc_to_target: \"{{ answer }}\"\nscorers:\n";
  out += table.numeric ? "  - number\n"
                       : "  - name: includes        # right when the answer is contained in the "
                         "reply\n    ignore_case: true\n";
  return out;
}

std::string json_line(const Table& table, size_t row) {
  return dump_json(Json{{"id", fmt::format("{}", row + 1)},
                        {"question", cell_text(table.rows[row], table.question)},
                        {"answer", cell_text(table.rows[row], table.answer)}}) +
         "\n";
}

// A classification gives 60 % of its rows, drawn by a fixed seed, to models that learn.
void split_rows(const Table& table, std::string& train, std::string& test) {
  std::vector<size_t> order(table.rows.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  const bool classify = !table.labels.empty();
  if (classify) Rng(0).shuffle(order);
  const size_t train_rows = classify ? order.size() * 6 / 10 : 0;
  std::sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(train_rows));
  std::sort(order.begin() + static_cast<std::ptrdiff_t>(train_rows), order.end());
  for (size_t i = 0; i < order.size(); ++i)
    (i < train_rows ? train : test) += json_line(table, order[i]);
}

Result<int> init_suite(const InitFlags& flags, const std::string& path) {
  ASSAY_TRY(const Table table, read_table(flags, path));
  const std::string name = flags.name.empty() ? fs::path(path).stem().string() : flags.name;
  const std::string& folder = name;  // the suite's folder has its name
  ASSAY_TRY_VOID(refuse_existing(folder + "/suite.yaml", flags.force));
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) return input_error(folder, fmt::format("cannot be made ({})", failed.message()));
  std::string train;
  std::string test;
  split_rows(table, train, test);
  ASSAY_TRY_VOID(write_output(folder + "/test.jsonl", test));
  if (!train.empty()) ASSAY_TRY_VOID(write_output(folder + "/train.jsonl", train));
  ASSAY_TRY_VOID(write_output(folder + "/suite.yaml", suite_yaml(name, table)));
  fmt::print("{}/suite.yaml written: {} questions from `{}`, answers from `{}`{}\n", folder,
             table.rows.size(), table.question, table.answer,
             table.labels.empty()
                 ? ""
                 : fmt::format(", {} labels, 60 % of the rows to train", table.labels.size()));
  fmt::print("try: assay run ./{} -m baseline:{}\n", folder,
             table.labels.empty() ? "random" : "linear");
  if (!fs::exists("assay.yaml", failed)) return init_config(flags, "./" + folder);
  return kExitDone;
}

Result<int> init_command(const InitFlags& flags) {
  if (flags.what.empty()) return init_config(flags, "quick-intents");
  if (flags.what.size() == 2 && flags.what[0] == "suite") return init_suite(flags, flags.what[1]);
  if (flags.what.size() == 1 && flags.what[0] != "suite") return init_suite(flags, flags.what[0]);
  return input_error("", "expected `assay init`, or `assay init suite FILE.csv`");
}

}  // namespace

void add_init(CLI::App& app, Commands& commands) {
  CLI::App* command = app.add_subcommand(
      "init", "Starter files: assay.yaml, or a working suite from a table of questions");
  auto flags = std::make_shared<InitFlags>();  // shared with the action
  command
      ->add_option("what", flags->what,
                   "`suite FILE`: a CSV, TSV, JSON or JSONL table with questions and answers")
      ->expected(0, 2);
  command->add_option("--question", flags->question,
                      "Column with the question (default: found by its name)");
  command->add_option("--answer", flags->answer,
                      "Column with the answer (default: found by its name)");
  command->add_option("--name", flags->name,
                      "Name of the suite and its folder (default: the file's)");
  command->add_flag("--force", flags->force, "Replace files that exist");
  command->footer(
      "Examples:\n  assay init\n  assay init suite questions.csv\n  assay init suite tickets.csv "
      "--question body --answer queue");
  commands.emplace_back(command, [flags] { return init_command(*flags); });
}

}  // namespace assay::app
