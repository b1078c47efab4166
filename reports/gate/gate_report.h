// A gate's result for people and for CI: on a terminal, as JSON (format "assay-gate-1"), JUnit XML,
// Markdown for a comment that is updated in place, and GitHub's annotations. docs/gate.md.
//
// Where it stands: reports/gate; called by app/ with what harness/aggregate/gate.h gives. Names of
// suites, models, items and tags may be hostile: each form escapes them by its own rules.
//
//   const aggregate::GateResult result = aggregate::run_gate(input, asking);
//   std::string xml = reports::gate_junit(result);
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "harness/aggregate/gate.h"

namespace assay::reports {

inline constexpr size_t kMarkdownBytesMax = 65'000;  // GitHub takes 65,536 characters
inline constexpr size_t kAnnotationsMax = 10;        // of each kind, as GitHub shows per step

struct GateTextOptions {
  size_t width = 100;
  bool colour = false;
  bool quiet = false;  // the verdict alone
};

std::string gate_text(const aggregate::GateResult& result, const GateTextOptions& options);
std::string gate_json(const aggregate::GateResult& result);
// One testsuite per suite, one testcase per check: failure (regressed, failed), skipped
// (inconclusive), error (missing, not comparable, unreliable). Valid XML 1.0 whatever the names.
std::string gate_junit(const aggregate::GateResult& result);
// Below kMarkdownBytesMax bytes whatever the data; what is left out is said. Begins with
// `<!-- assay-gate:ID -->`; `id` is kept to letters, digits, '.', '_' and '-'.
std::string gate_markdown(const aggregate::GateResult& result, std::string_view id);
// Workflow commands, a line each: ::error, ::warning, ::notice.
std::string gate_annotations(const aggregate::GateResult& result);
// "gate failed: 2 of 8 checks regressed or broke a limit"
std::string gate_headline(const aggregate::GateResult& result);

}  // namespace assay::reports
