// assay doctor: what of this machine Assay can use; with a run file, whether the file is sound.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "app/command.h"
#include "app/energy_flags.h"
#include "app/host.h"
#include "app/paths.h"
#include "app/setup.h"
#include "app/version.h"
#include "backends/managed/discovery.h"
#include "backends/registry.h"
#include "harness/base/json.h"
#include "harness/cost/energy.h"
#include "harness/machine/nvml.h"

namespace assay::app {
namespace {

struct DoctorFlags {
  std::string run;
  std::string rapl_root;
  std::string nvml_library;
  bool json = false;
};

// `state` is "ok", "no" (something is not available; other things work) or "bad" (something is
// broken).
struct Finding {
  std::string what;
  std::string state;
  std::string detail;
};

void find_backends(std::vector<Finding>& findings) {
  backends::BackendContext context;
  context.module_dir = module_dir();
  for (const auto& backend : backends::list_backends(context)) {
    const bool available = backend.available == "yes" || backend.available.rfind("yes", 0) == 0;
    findings.push_back({"backend " + backend.name, available ? "ok" : "no",
                        available ? backend.summary : backend.available});
  }
}

constexpr size_t kSpecsShown = 8;

void find_servers(std::vector<Finding>& findings) {
  const std::vector<std::string> origins = backends::well_known_origins();
  const std::vector<backends::FoundServer> found = backends::discover_servers(origins);
  for (const backends::FoundServer& one : found) {
    std::string what{backends::server_kind_name(one.server.kind)};
    if (!one.server.version.empty()) what += " " + one.server.version;
    std::string models = one.specs.empty() ? "it lists no models" : "";
    for (size_t i = 0; i < std::min(one.specs.size(), kSpecsShown); ++i)
      models += (i == 0 ? "-m " : "  -m ") + one.specs[i];
    if (one.specs.size() > kSpecsShown)
      models += fmt::format("  and {} more", one.specs.size() - kSpecsShown);
    findings.push_back(
        {"local server", "ok", fmt::format("{} at {}: {}", what, one.origin, models)});
  }
  if (found.empty()) {
    findings.push_back(
        {"local server", "no", fmt::format("none answers at {}", fmt::join(origins, ", "))});
  }
}

void find_suites(std::vector<Finding>& findings) {
  suites::LoadOptions options;
  options.search_dirs = suite_dirs();
  const auto listed = suites::list_suites(options);
  if (!listed) {
    findings.push_back({"suites", "bad", listed.error().text()});
    return;
  }
  size_t here = 0;
  size_t suites = 0;
  for (const auto& suite : *listed) {
    if (suite.tasks > 0) continue;  // a group; its suites are listed too
    ++suites;
    here += suite.data_here ? 1 : 0;
  }
  findings.push_back({"suites", listed->empty() ? "bad" : "ok",
                      fmt::format("{} found, {} with their data here", suites, here)});
}

// Since Linux 5.10 only root may read them.
std::string with_hint(const std::string& why, const std::string& root) {
  if (why.find("Permission denied") == std::string::npos) return why;
  return fmt::format(
      "{} (root may read it; until the next start everybody after `sudo chmod o+r "
      "{}/intel-rapl:*/energy_uj`)",
      why, root);
}

void find_processor_energy(const std::string& root, std::vector<Finding>& findings) {
  cost::EnergyCounters counters(root);
  const Result<void> started = counters.start();
  findings.push_back({"energy counters", started ? "ok" : "no",
                      started
                          ? fmt::format("{}: {}", root, fmt::join(counters.descriptions(), ", "))
                          : with_hint(started.error().text(), root)});
}

std::string gpu_energy_words(const machine::GpuReading& reading) {
  if (reading.energy_joules) return "energy counter";
  return reading.power_watts ? "no energy counter, power is integrated"
                             : "neither energy nor power";
}

void find_gpu_energy(const std::string& library, std::vector<Finding>& findings) {
  const Result<std::unique_ptr<machine::Nvml>> nvml = machine::Nvml::open(library);
  if (!nvml) {
    findings.push_back({"GPU energy", "no", nvml.error().text()});
    return;
  }
  std::vector<std::string> gpus;
  for (uint32_t index = 0; index < (*nvml)->count(); ++index) {
    gpus.push_back(fmt::format("{} {}: {}", index, (*nvml)->name(index),
                               gpu_energy_words((*nvml)->read(index))));
  }
  findings.push_back({"GPU energy", "ok", fmt::format("{}", fmt::join(gpus, "; "))});
}

// A program on PATH that later features and scorers use.
void find_program(std::vector<Finding>& findings, const std::string& name,
                  const std::string& purpose) {
  const char* path = std::getenv("PATH");
  std::string rest = path == nullptr ? "" : path;
  while (!rest.empty()) {
    const size_t colon = rest.find(':');
    const std::string file = rest.substr(0, colon) + "/" + name;
    if (access(file.c_str(), X_OK) == 0) {
      findings.push_back({name, "ok", file});
      return;
    }
    rest = colon == std::string::npos ? "" : rest.substr(colon + 1);
  }
  findings.push_back({name, "no", "not installed; " + purpose});
}

Result<std::vector<Finding>> examine_run(const std::string& path) {
  std::vector<Finding> findings;
  ASSAY_TRY(const auto store, store::SqliteStore::open_for_reading(path));
  ASSAY_TRY(const std::string problems, store->integrity_problems());
  findings.push_back({"database", problems.empty() ? "ok" : "bad",
                      problems.empty() ? "every page and index is sound" : problems});
  ASSAY_TRY(const Manifest manifest, store->manifest());
  findings.push_back({"contents", "ok",
                      fmt::format("{} models, {} suites, {} sessions", manifest.models.size(),
                                  manifest.suites.size(), manifest.sessions.size())});
  uint64_t items = 0;
  uint64_t unjudged = 0;
  uint64_t failed = 0;
  ASSAY_TRY_VOID(store->read_records([&](const Record& record) {
    ++items;
    if (!is_answer(record.outcome)) {
      ++failed;
    } else if (record.scores.empty()) {
      ++unjudged;
    }
  }));
  findings.push_back({"items", unjudged == 0 && failed == 0 ? "ok" : "no",
                      fmt::format("{} stored, {} without an answer (asked again by `assay run`), "
                                  "{} answered but not judged",
                                  count_text(items), count_text(failed), count_text(unjudged))});
  return findings;
}

Result<int> doctor_command(const DoctorFlags& flags) {
  std::vector<Finding> findings;
  if (flags.run.empty()) {
    findings.push_back({"assay", "ok", kVersion});
    findings.push_back({"machine", "ok", describe_host()});
    find_backends(findings);
    find_suites(findings);
    find_processor_energy(rapl_root_or_default(flags.rapl_root), findings);
    find_gpu_energy(nvml_library_or_default(flags.nvml_library), findings);
    find_servers(findings);
    find_program(findings, "bwrap", "needed to run code that models write");
  } else {
    ASSAY_TRY(findings, examine_run(flags.run));
  }
  bool sound = true;
  Json out = Json::array();
  for (const Finding& finding : findings) {
    sound = sound && finding.state != "bad";
    out.push_back({{"what", finding.what}, {"state", finding.state}, {"detail", finding.detail}});
    if (!flags.json) fmt::print("{:<4} {:<20} {}\n", finding.state, finding.what, finding.detail);
  }
  if (flags.json) fmt::print("{}\n", dump_json_pretty(out));
  return sound ? kExitDone : kExitUsage;
}

}  // namespace

void add_doctor(CLI::App& app, Commands& commands) {
  CLI::App* command = app.add_subcommand(
      "doctor", "What of this machine can be used; with a run file, whether it is sound");
  auto flags = std::make_shared<DoctorFlags>();  // shared with the action
  command->add_option("run", flags->run, "Run file to check thoroughly");
  declare_counter_flags(*command, flags->rapl_root, flags->nvml_library);
  command->add_flag("--json", flags->json, "As JSON");
  command->footer("Examples:\n  assay doctor\n  assay doctor quick-ocr.assay");
  commands.emplace_back(command, [flags] { return doctor_command(*flags); });
}

}  // namespace assay::app
