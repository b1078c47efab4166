// Command: how a subcommand of `assay` is declared and run. Each cmd_*.cc adds one; main.cc
// dispatches.
//
//   void add_show(CLI::App& app, Commands& commands);   // declares flags, remembers what to do
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <utility>
#include <vector>

#include "app/exit_code.h"
#include "harness/base/result.h"

namespace assay::app {

// What the chosen subcommand does; the int is the exit code.
using Action = std::function<Result<int>()>;
using Commands = std::vector<std::pair<CLI::App*, Action>>;

void add_run(CLI::App& app, Commands& commands);
void add_baseline(CLI::App& app, Commands& commands);
void add_bench(CLI::App& app, Commands& commands);
void add_score(CLI::App& app, Commands& commands);
void add_compare(CLI::App& app, Commands& commands);
void add_gate(CLI::App& app, Commands& commands);
void add_plan(CLI::App& app, Commands& commands);
void add_price(CLI::App& app, Commands& commands);
void add_report(CLI::App& app, Commands& commands);
void add_show(CLI::App& app, Commands& commands);
void add_export(CLI::App& app, Commands& commands);
void add_fetch(CLI::App& app, Commands& commands);
void add_list(CLI::App& app, Commands& commands);
void add_decide(CLI::App& app, Commands& commands);
void add_doctor(CLI::App& app, Commands& commands);
void add_import(CLI::App& app, Commands& commands);
// Below `import`.
void add_import_prices(CLI::App& import, Commands& commands);
void add_init(CLI::App& app, Commands& commands);
void add_history(CLI::App& app, Commands& commands);
void add_rank(CLI::App& app, Commands& commands);
void add_suite(CLI::App& app, Commands& commands);
void add_tco(CLI::App& app, Commands& commands);
void add_mock(CLI::App& app, Commands& commands);

}  // namespace assay::app
