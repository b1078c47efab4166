// Data health of a suite: its texts, its labels, what run files say of its items, in one check with
// findings that a person can act on.
//
// Where it stands: harness/aggregate; called by app/ for `assay suite check`, rendered by
// reports/health. One thread.
//
//   ASSAY_TRY(SuiteCheck check, aggregate::check_suite(*suite, nullptr, {}));
//   for (const HealthFinding& f : check.findings) print(f.kind, f.text);
//
// Severities: an error makes figures of the suite wrong (contradicting answers, test questions in
// the train split or in their own prompt), a warning makes them weak, a note is for information.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/aggregate/probe.h"
#include "harness/aggregate/text_health.h"
#include "harness/types/health.h"
#include "harness/types/summary.h"

namespace assay::aggregate {

enum class Severity : uint8_t { kNote, kWarning, kError };
std::string_view severity_name(Severity severity);  // "note", "warning", "error"

struct HealthFinding {
  Severity severity = Severity::kNote;
  std::string kind;  // "conflicting answers", "in train split", ...
  std::string text;
  uint64_t items = 0;
  std::vector<TextGroup> examples;
};

struct SuiteCheck {
  std::string suite;
  MetricDef metric;  // headline
  TextHealth texts;
  LabelHealth labels;
  ItemHealth items;  // from runs
  NeededItems needed;
  std::vector<std::string> notes;  // runs of other data, ...
  std::optional<ProbeResult> probe;
  std::vector<HealthFinding> findings;  // errors first
};

struct CheckOptions {
  NearOptions near;
  double detect = 0.02;
  double discordance = 0.2;
  double confidence = 0.95;
};

// `runs`: a summary made with the same `detect`, or null. Errors: those of text_health().
Result<SuiteCheck> check_suite(const Suite& suite, const Summary* runs,
                               const CheckOptions& options);
// Adds what a probe found.
void add_probe(ProbeResult probe, SuiteCheck& check);

struct CheckReport {
  std::vector<std::string> sources;  // run files
  std::vector<SuiteCheck> suites;
  [[nodiscard]] uint64_t count(Severity severity) const;
};

}  // namespace assay::aggregate
