// assay export: every item of a run file, one line each, for other programs.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "app/command.h"
#include "app/item_json.h"
#include "app/setup.h"

namespace assay::app {
namespace {

struct ExportFlags {
  std::string run;
  std::string format = "jsonl";
  std::string output = "-";
  std::string model;
  std::string suite;
};

// RFC 4180; a text that a spreadsheet would take for a formula gets a leading apostrophe.
void append_cell(std::string& out, const std::string& text) {
  const bool formula = !text.empty() && std::strchr("=+-@\t\r", text.front()) != nullptr;
  out += '"';
  if (formula) out += '\'';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

std::string csv_header() {
  return "suite,model,sample,repeat,attempts,outcome,metric,status,value,weight,extracted,reason,"
         "latency_s,ttft_s,ttfa_s,cpu_s,input_tokens,cached_tokens,cache_write_tokens,"
         "reasoning_tokens,output_tokens,usage,cost,answer,error\r\n";
}

std::string number_or_empty(int64_t n, double scale) {
  return n < 0 ? std::string() : fmt::format("{}", static_cast<double>(n) / scale);
}

std::string csv_row(const ItemDetail& item, const Score* score) {
  std::string out;
  append_cell(out, item.suite);
  out += ',';
  append_cell(out, item.model);
  out += ',';
  append_cell(out, item.sample_id);
  out += fmt::format(",{},{},{},", item.repeat, item.attempts, outcome_name(item.outcome));
  if (score != nullptr) {
    const bool scored = score->status == ScoreStatus::kScored;
    append_cell(out, score->metric);
    out += scored ? fmt::format(",scored,{},{},", score->value, score->weight)
                  : std::string(",unscored,,,");
    append_cell(out, score->extracted);
    out += ',';
    append_cell(out, score->reason);
  } else {
    out += ",,,,,";
  }
  const Usage& usage = item.usage;
  for (const int64_t ns : {item.latency_ns, item.ttft_ns, item.ttfa_ns, item.cpu_ns})
    out += "," + number_or_empty(ns, 1e9);
  for (const int64_t tokens : {usage.input_tokens, usage.cached_tokens, usage.cache_write_tokens,
                               usage.reasoning_tokens, usage.output_tokens})
    out += "," + number_or_empty(tokens, 1);
  out += fmt::format(",{},{},", usage_source_name(usage.source),
                     item.cost ? item.cost->text() : std::string());
  append_cell(out, item.answer);
  out += ',';
  append_cell(out, item.error);
  return out + "\r\n";
}

// One row per item and metric, so that a table needs no nested columns.
std::string csv_rows(const ItemDetail& item) {
  if (item.scores.empty()) return csv_row(item, nullptr);
  std::string out;
  for (const Score& score : item.scores) out += csv_row(item, &score);
  return out;
}

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdout) std::fclose(file);
  }
};

Result<int> export_command(const ExportFlags& flags) {
  ASSAY_TRY(const OpenRuns runs, open_runs({flags.run}));
  const std::unique_ptr<std::FILE, CloseFile> file(
      flags.output == "-" ? stdout : std::fopen(flags.output.c_str(), "wb"));
  if (file == nullptr)
    return input_error(flags.output, fmt::format("cannot be written ({})", std::strerror(errno)));
  const bool csv = flags.format == "csv";
  bool written = true;
  const auto put = [&](const std::string& text) {
    written = written && std::fwrite(text.data(), 1, text.size(), file.get()) == text.size();
    return written;
  };
  if (csv) put(csv_header());
  ItemQuery query;
  query.model = flags.model;
  query.suite = flags.suite;
  uint64_t items = 0;
  ASSAY_TRY_VOID(runs.list.front()->read_items(query, [&](const ItemDetail& item) {
    ++items;
    return put(csv ? csv_rows(item) : item_to_json(item) + "\n");
  }));
  if (!written || std::fflush(file.get()) != 0)
    return Error{ErrorCode::kIo, fmt::format("cannot be written ({})", std::strerror(errno)),
                 flags.output};
  if (flags.output != "-") fmt::print("{}: {} items\n", flags.output, count_text(items));
  return kExitDone;
}

}  // namespace

void add_export(CLI::App& app, Commands& commands) {
  CLI::App* command = app.add_subcommand("export", "Every item of a run file as JSON lines or CSV");
  auto flags = std::make_shared<ExportFlags>();  // shared with the action
  command->add_option("run", flags->run, "Run file")->required();
  command->add_option("--format", flags->format, "jsonl (default) or csv")
      ->check(CLI::IsMember({"jsonl", "csv"}));
  command->add_option("-o,--output", flags->output, "File (default: standard output)");
  command->add_option("-m,--model", flags->model, "Only this model");
  command->add_option("--suite", flags->suite, "Only this suite");
  command->footer(
      "Examples:\n  assay export quick-ocr.assay --format csv -o items.csv\n  assay export "
      "quick-ocr.assay | jq 'select(.outcome != \"ok\")'");
  commands.emplace_back(command, [flags] { return export_command(*flags); });
}

}  // namespace assay::app
