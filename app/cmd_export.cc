// assay export: every item or request of a run file, one line each, its figures in the form of
// benchmark tools, and whole runs in the files of lm-eval and Inspect.
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "app/command.h"
#include "app/foreign_export.h"
#include "app/item_json.h"
#include "app/setup.h"
#include "harness/aggregate/summarize.h"
#include "reports/export/gbench.h"
#include "reports/export/requests.h"

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
         "reasoning_tokens,output_tokens,cache_write_hour_tokens,image_tokens,audio_tokens,"
         "cached_audio_tokens,image_output_tokens,audio_output_tokens,usage,cost,answer,error\r\n";
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
  for (const int64_t tokens :
       {usage.input_tokens, usage.cached_tokens, usage.cache_write_tokens, usage.reasoning_tokens,
        usage.output_tokens, usage.cache_write_hour_tokens, usage.image_tokens, usage.audio_tokens,
        usage.cached_audio_tokens, usage.image_output_tokens, usage.audio_output_tokens})
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

Error cannot_write(const std::string& output) {
  return {ErrorCode::kIo, fmt::format("cannot be written ({})", std::strerror(errno)), output};
}

// Where an export goes: a file, or standard output.
class Sink {
 public:
  static Result<Sink> open(const std::string& output) {
    Sink sink;
    sink.file_.reset(output == "-" ? stdout : std::fopen(output.c_str(), "wb"));
    if (sink.file_ == nullptr) return input_error(output, cannot_write(output).message);
    return sink;
  }
  // False once something could not be written.
  bool put(const std::string& text) {
    written_ = written_ && std::fwrite(text.data(), 1, text.size(), file_.get()) == text.size();
    return written_;
  }
  bool finish() { return written_ && std::fflush(file_.get()) == 0; }

 private:
  std::unique_ptr<std::FILE, CloseFile> file_;
  bool written_ = true;
};

Result<uint64_t> export_items(const RunStore& store, const ExportFlags& flags, Sink& sink) {
  const bool csv = flags.format == "csv";
  if (csv) sink.put(csv_header());
  ItemQuery query;
  query.model = flags.model;
  query.suite = flags.suite;
  uint64_t items = 0;
  ASSAY_TRY_VOID(store.read_items(query, [&](const ItemDetail& item) {
    ++items;
    return sink.put(csv ? csv_rows(item) : item_to_json(item) + "\n");
  }));
  return items;
}

Result<uint64_t> count_loads(const RunStore& store) {
  uint64_t loads = 0;
  ASSAY_TRY_VOID(store.read_loads([&](const LoadInfo&) { ++loads; }));
  return loads;
}

Result<uint64_t> export_form(const OpenRuns& runs, const ExportFlags& flags, Sink& sink) {
  const RunStore& store = *runs.list.front();
  if (flags.format == "gbench") {
    ASSAY_TRY(const Summary summary, aggregate::summarize(runs.list, runs.names, {}));
    sink.put(reports::gbench_json(summary));
    return uint64_t{1};
  }
  if (flags.format != "requests") return export_items(store, flags, sink);
  return reports::export_requests(store, flags.model,
                                  [&](const std::string& line) { return sink.put(line); });
}

// What a user may have expected to find and why it is not there.
Result<void> say_what_is_missing(const RunStore& store, const ExportFlags& flags, uint64_t lines) {
  ASSAY_TRY(const uint64_t loads, count_loads(store));
  if (flags.format == "requests" && loads == 0) {
    fmt::print(stderr,
               "{}: no loads in this file, so no requests of loads; items: --format jsonl\n",
               flags.run);
  } else if (flags.format != "requests" && flags.format != "gbench" && loads > 0) {
    fmt::print(stderr,
               "{}: {} loads of `assay bench` in this file{}; their requests: --format requests\n",
               flags.run, count_text(loads), lines == 0 ? ", without items" : "");
  }
  return {};
}

std::string_view unit_of(const std::string& format) {
  if (format == "requests") return "requests";
  return format == "gbench" ? "document" : "items";
}

Result<int> export_foreign(const RunStore& store, const ExportFlags& flags) {
  const ForeignExportFlags foreign{
      .run = flags.run, .output = flags.output, .model = flags.model, .suite = flags.suite};
  ASSAY_TRY(const ForeignExportInfo info, flags.format == "lm-eval"
                                              ? export_as_lm_eval(store, foreign)
                                              : export_as_inspect(store, foreign));
  fmt::print("{}: {} items in the form of {}\n", info.where, count_text(info.items), flags.format);
  return kExitDone;
}

Result<int> export_command(const ExportFlags& flags) {
  ASSAY_TRY(const OpenRuns runs, open_runs({flags.run}));
  if (flags.format == "lm-eval" || flags.format == "inspect") {
    return export_foreign(*runs.list.front(), flags);
  }
  ASSAY_TRY(Sink sink, Sink::open(flags.output));
  ASSAY_TRY(const uint64_t lines, export_form(runs, flags, sink));
  if (!sink.finish()) return cannot_write(flags.output);
  ASSAY_TRY_VOID(say_what_is_missing(*runs.list.front(), flags, lines));
  if (flags.output != "-")
    fmt::print("{}: {} {}\n", flags.output, count_text(lines), unit_of(flags.format));
  return kExitDone;
}

}  // namespace

void add_export(CLI::App& app, Commands& commands) {
  CLI::App* command = app.add_subcommand(
      "export",
      "Every item or request of a run file as JSON lines or CSV; figures for benchmark tools; "
      "the files of lm-eval and Inspect");
  auto flags = std::make_shared<ExportFlags>();  // shared with the action
  command->add_option("run", flags->run, "Run file")->required();
  command
      ->add_option("--format", flags->format,
                   "jsonl (default) or csv: items; requests: every request of the loads, as JSON "
                   "lines; gbench: Google Benchmark's JSON; lm-eval: a folder with its results and "
                   "samples; inspect: .eval logs")
      ->check(CLI::IsMember({"jsonl", "csv", "requests", "gbench", "lm-eval", "inspect"}));
  command->add_option("-o,--output", flags->output,
                      "File, or folder of lm-eval and of several logs (default: standard output; "
                      "for these two, named after the run)");
  command->add_option("-m,--model", flags->model, "Only this model (items and requests)");
  command->add_option("--suite", flags->suite, "Only this suite (items)");
  command->footer(
      "Examples:\n  assay export quick-ocr.assay --format csv -o items.csv\n  assay export "
      "quick-ocr.assay | jq 'select(.outcome != \"ok\")'\n  assay export bench.assay --format "
      "requests | jq .ttft_s\n  assay export bench.assay --format gbench -o bench.json\n  assay "
      "export run.assay --format inspect -o run.eval");
  commands.emplace_back(command, [flags] { return export_command(*flags); });
}

}  // namespace assay::app
