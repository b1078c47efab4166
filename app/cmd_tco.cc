// assay tco: what traffic costs through an API, on rented and on own machines, and how much memory
// a model needs. The story: assay.yaml's section `tco` → report → text or JSON.
#include <fmt/format.h>

#include <memory>

#include "app/command.h"
#include "app/config.h"
#include "app/setup.h"
#include "app/tco_example.h"
#include "app/tco_report.h"
#include "reports/json/json_tco.h"
#include "reports/text/text_tco.h"

namespace assay::app {
namespace {

struct TcoCommandFlags {
  std::string config;
  TcoFlags tco;
  std::string language = "en";
  bool json = false;
  bool init = false;
};

Result<int> tco_command(const TcoCommandFlags& flags) {
  if (flags.init) {
    ASSAY_TRY_VOID(write_output("-", std::string(kTcoExample)));
    return kExitDone;
  }
  const std::string config = config_path(flags.config);
  if (config.empty()) {
    return input_error("assay tco",
                       "no assay.yaml here and no --config, expected a configuration with a "
                       "section `tco`; --init prints an example");
  }
  ASSAY_TRY(const TcoReport report, tco_report(config, flags.tco));
  ReportOptions options;
  options.language = flags.language;
  ASSAY_TRY_VOID(write_output(
      "-", flags.json ? reports::tco_json(report) : reports::tco_text(report, options)));
  return kExitDone;
}

}  // namespace

void add_tco(CLI::App& app, Commands& commands) {
  CLI::App* command = app.add_subcommand(
      "tco", "API, rented or own machines: what traffic costs, and from which volume hosting pays");
  auto flags = std::make_shared<TcoCommandFlags>();  // shared with the action
  command->add_option("-c,--config", flags->config,
                      "Configuration with a section `tco` (default: assay.yaml)");
  command
      ->add_option("--run", flags->tco.run,
                   "Run file of `assay bench`: the throughput of machines that state none is its "
                   "goodput at the SLO")
      ->type_name("RUN");
  command->add_option("--mix", flags->tco.mix,
                      "Traffic instead of the file's: in=3000,out=500,cached=0.6,per_day=20000");
  command->add_option("--volume", flags->tco.volume,
                      "Volume instead of the file's: 20000/day (requests) or '5e9 tokens/day'");
  command->add_option("--lang", flags->language, "Language of the text")
      ->check(CLI::IsMember({"en", "ko"}));
  command->add_flag("--json", flags->json, "As JSON");
  command->add_flag("--init", flags->init, "Print an example configuration");
  command->footer(
      "Every input is listed with its value and whether it was given, measured or is a default; "
      "docs/tco.md has the formulas.\n\n"
      "Examples:\n"
      "  assay tco --init > assay.yaml\n"
      "  assay tco\n"
      "  assay tco --run bench.assay --volume 200000/day\n"
      "  assay tco --mix in=3000,out=500,cached=0.6,per_day=20000 --json | jq .break_even");
  commands.emplace_back(command, [flags] { return tco_command(*flags); });
}

}  // namespace assay::app
