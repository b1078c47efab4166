#include "app/gate_outputs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "app/write_output.h"
#include "reports/gate/gate_report.h"

namespace assay::app {
namespace {

bool on_stdout(const GateOutputs& outputs) {
  return outputs.json == "-" || outputs.junit == "-" || outputs.markdown == "-";
}

// Other steps of the job may have written to it before: appended, never replaced.
Result<void> append_summary(const std::string& path, const std::string& text) {
  std::error_code none;
  const uint64_t size = std::filesystem::exists(path, none) ? std::filesystem::file_size(path) : 0;
  if (size + text.size() > kStepSummaryMax) {
    fmt::print(stderr, "assay: the step summary has no room left ({} bytes are in it), left out\n",
               size);
    return {};
  }
  std::FILE* file = std::fopen(path.c_str(), "abe");
  if (file == nullptr) {
    return input_error(path, fmt::format("cannot be written ({})", std::strerror(errno)));
  }
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (std::fclose(file) != 0 || !written) return Error{ErrorCode::kIo, "cannot be written", path};
  return {};
}

Result<void> write_github(const aggregate::GateResult& result, const GateOutputs& outputs) {
  // The runner reads commands from both streams.
  std::FILE* stream = on_stdout(outputs) ? stderr : stdout;
  fmt::print(stream, "{}", reports::gate_annotations(result));
  const char* summary = std::getenv("GITHUB_STEP_SUMMARY");
  if (summary == nullptr || *summary == '\0') {
    fmt::print(stderr, "assay: GITHUB_STEP_SUMMARY is not set: no step summary is written\n");
    return {};
  }
  return append_summary(summary, reports::gate_markdown(result, outputs.id));
}

}  // namespace

Result<void> check_outputs(const GateOutputs& outputs) {
  const int on_stdout = static_cast<int>(outputs.json == "-") +
                        static_cast<int>(outputs.junit == "-") +
                        static_cast<int>(outputs.markdown == "-");
  if (on_stdout <= 1) return {};
  return input_error("", "two outputs are `-`, expected at most one on standard output");
}

Result<void> write_gate(const aggregate::GateResult& result, const GateOutputs& outputs) {
  if (!on_stdout(outputs)) {
    reports::GateTextOptions text;
    text.colour = isatty(STDOUT_FILENO) != 0;
    text.quiet = outputs.quiet;
    ASSAY_TRY_VOID(write_output("-", reports::gate_text(result, text)));
  }
  if (!outputs.json.empty()) ASSAY_TRY_VOID(write_output(outputs.json, reports::gate_json(result)));
  if (!outputs.junit.empty())
    ASSAY_TRY_VOID(write_output(outputs.junit, reports::gate_junit(result)));
  if (!outputs.markdown.empty())
    ASSAY_TRY_VOID(write_output(outputs.markdown, reports::gate_markdown(result, outputs.id)));
  if (outputs.github) ASSAY_TRY_VOID(write_github(result, outputs));
  return {};
}

}  // namespace assay::app
