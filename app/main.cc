// assay: parses the command line, runs one command, says errors in one line, maps them to exit
// codes. The one place that catches what nobody else did.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string>

#include "app/command.h"
#include "app/version.h"

namespace {

constexpr const char* kDescription =
    "Assay: asks models the same questions and measures how right, how fast and how expensive each "
    "is.";
constexpr const char* kFooter =
    "Examples:\n"
    "  assay run quick-intents -m baseline:linear -m baseline:majority\n"
    "  assay report quick-intents.assay -o report.html\n"
    "  assay compare old.assay new.assay\n\n"
    "Exit codes: 0 done, 1 regression, 2 usage or input, 3 inconclusive, 4 infrastructure, 130 "
    "interrupted.\n"
    "Every command has --help with an example.";

int exit_code(assay::ErrorCode code) {
  switch (code) {
    case assay::ErrorCode::kIo:
    case assay::ErrorCode::kInfrastructure:
    case assay::ErrorCode::kLimit:
      return assay::app::kExitInfrastructure;
    case assay::ErrorCode::kInterrupted:
      return assay::app::kExitInterrupted;
    default:
      return assay::app::kExitUsage;
  }
}

int run_chosen(const assay::app::Commands& commands) {
  for (const auto& [command, action] : commands) {
    if (!command->parsed()) continue;
    const assay::Result<int> done = action();
    if (done) return *done;
    fmt::print(stderr, "assay: {}\n", done.error().text());
    return exit_code(done.error().code);
  }
  return assay::app::kExitUsage;
}

int assay_main(int argc, char** argv) {
  CLI::App app(kDescription, "assay");
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("assay ") + assay::app::kVersion);
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);
  assay::app::Commands commands;
  assay::app::add_run(app, commands);
  assay::app::add_baseline(app, commands);
  assay::app::add_bench(app, commands);
  assay::app::add_score(app, commands);
  assay::app::add_compare(app, commands);
  assay::app::add_gate(app, commands);
  assay::app::add_decide(app, commands);
  assay::app::add_plan(app, commands);
  assay::app::add_price(app, commands);
  assay::app::add_rank(app, commands);
  assay::app::add_tco(app, commands);
  assay::app::add_report(app, commands);
  assay::app::add_show(app, commands);
  assay::app::add_export(app, commands);
  assay::app::add_fetch(app, commands);
  assay::app::add_list(app, commands);
  assay::app::add_doctor(app, commands);
  assay::app::add_init(app, commands);
  assay::app::add_import(app, commands);
  assay::app::add_history(app, commands);
  assay::app::add_suite(app, commands);
  assay::app::add_mock(app, commands);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    // Help and version are "errors" of code 0 to CLI11.
    return app.exit(e) == 0 ? assay::app::kExitDone : assay::app::kExitUsage;
  }
  return run_chosen(commands);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return assay_main(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "assay: unexpected: %s\n", e.what());
    return assay::app::kExitInfrastructure;
  }
}
