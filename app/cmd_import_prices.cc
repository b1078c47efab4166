// assay import prices: other tools' price tables as a price file of ours, and what was not
// understood of them.
#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "app/command.h"
#include "app/price_tables.h"
#include "app/setup.h"
#include "harness/base/utc_time.h"
#include "harness/cost/price_file.h"
#include "harness/cost/price_import.h"

namespace assay::app {
namespace {

struct ImportPricesFlags {
  std::string file;
  std::string output = "prices.yaml";
  std::string from = "auto";
  cost::ImportSource source;
  bool force = false;
};

cost::PriceTable table_named(const std::string& name) {
  using cost::PriceTable;
  for (const PriceTable table :
       {PriceTable::kLiteLlm, PriceTable::kGenaiPrices, PriceTable::kOpenRouter}) {
    if (cost::price_table_name(table) == name) return table;
  }
  return PriceTable::kAuto;
}

std::string modes_text(const cost::NotUnderstood& strange) {
  std::string out;
  for (const auto& [mode, models] : strange.modes) {
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", models, mode.empty() ? "models" : mode);
  }
  return out;
}

void print_imported(const cost::ImportedPrices& table, const std::string& path) {
  std::FILE* to = path == "-" ? stderr : stdout;
  fmt::print(to, "{} written: {} prices of {} models ({}), {} without a price\n",
             path == "-" ? "prices" : path, count_text(table.rows.size()),
             count_text(static_cast<uint64_t>(table.models)), cost::price_table_name(table.table),
             count_text(static_cast<uint64_t>(table.without_price)));
  if (table.rounded > 0)
    fmt::print(to, "note: {} figures have more than 12 places and were rounded\n",
               count_text(static_cast<uint64_t>(table.rounded)));
  for (const std::string& note : table.notes) fmt::print(to, "note: {}\n", note);
  if (table.not_understood.empty()) fmt::print(to, "everything was understood\n");
  for (const cost::NotUnderstood& strange : table.not_understood)
    fmt::print(to, "not understood: {} ({}; for example {})\n", strange.dimension,
               modes_text(strange), strange.example);
}

Result<int> import_prices_command(const ImportPricesFlags& flags) {
  if (!flags.source.checked.empty() && !parse_utc_date(flags.source.checked))
    return input_error("--checked", fmt::format("`{}` is no date, expected for example 2026-08-06",
                                                flags.source.checked));
  std::error_code failed;
  if (!flags.force && flags.output != "-" && std::filesystem::exists(flags.output, failed))
    return input_error(flags.output, "exists already; --force replaces it");
  ASSAY_TRY(const std::string text, read_table_file(flags.file, cost::kImportBytesMax));
  ASSAY_TRY(const cost::ImportedPrices table,
            cost::import_prices(text, flags.file, table_named(flags.from), flags.source));
  if (table.rows.empty()) return input_error(flags.file, "has no price that could be read");
  ASSAY_TRY_VOID(write_output(
      flags.output, cost::price_file_text({.rates = {}, .prices = table.rows, .training = {}})));
  print_imported(table, flags.output);
  return kExitDone;
}

}  // namespace

void add_import_prices(CLI::App& import, Commands& commands) {
  CLI::App* command = import.add_subcommand(
      "prices", "LiteLLM's, genai-prices' or OpenRouter's table as a price file");
  auto flags = std::make_shared<ImportPricesFlags>();  // shared with the action
  command
      ->add_option("file", flags->file,
                   "model_prices_and_context_window.json, genai-prices' data.json or a provider's "
                   "YAML, or the reply of OpenRouter's /api/v1/models")
      ->required();
  command->add_option("-o,--output", flags->output, "Price file; - for standard output")
      ->capture_default_str();
  command->add_option("--from", flags->from, "What the file is (default: by its content)")
      ->check(CLI::IsMember({"auto", "litellm", "genai-prices", "openrouter"}));
  command
      ->add_option("--checked", flags->source.checked,
                   "Date of the table, for prices that have none of their own")
      ->type_name("DATE");
  command->add_option("--source", flags->source.source, "Source of prices that name none");
  command->add_flag("--force", flags->force, "Replace what exists");
  command->footer(
      "Examples:\n"
      "  assay import prices model_prices_and_context_window.json --checked 2026-08-06\n"
      "  curl -s https://openrouter.ai/api/v1/models | assay import prices /dev/stdin -o "
      "openrouter.yaml\n"
      "  assay run quick-intents -m openai:gpt-4o-mini --prices prices.yaml");
  commands.emplace_back(command, [flags] { return import_prices_command(*flags); });
}

}  // namespace assay::app
