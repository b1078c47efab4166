#include "backends/process_backend.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>
#include <vector>

#include "backends/codec/lines.h"
#include "backends/command_line.h"
#include "backends/params.h"
#include "backends/transport/process.h"
#include "harness/base/hash.h"

namespace assay::backends {
namespace {

constexpr uint32_t kProcessesMax = 1024;
constexpr uintmax_t kHashedBytesMax = uintmax_t{256} << 20;  // a larger file counts by its size

class ProcessBackend final : public Backend {
 public:
  ProcessBackend(BackendTraits traits, ProcessOptions options)
      : traits_(std::move(traits)), transport_(std::move(options)) {}
  [[nodiscard]] const BackendTraits& traits() const override { return traits_; }
  Result<void> prepare(std::span<const Suite* const>) override {
    ASSAY_TRY(ProcessInfo info, transport_.prepare());
    traits_.version = std::move(info.version);
    traits_.concurrency_default = info.concurrency;
    return {};
  }
  void set_clock(const Clock& clock) override { transport_.set_clock(clock); }
  [[nodiscard]] Transport& transport() override { return transport_; }
  [[nodiscard]] const Codec& codec() const override { return codec_; }
  [[nodiscard]] std::vector<int64_t> server_pids() const override { return transport_.pids(); }

 private:
  BackendTraits traits_;
  ProcessTransport transport_;
  LinesCodec codec_;
};

// What a word of the command line stands for, when it is a file: a changed script is another model.
std::string content_of(const std::string& word, const std::string& cwd) {
  namespace fs = std::filesystem;
  std::error_code failed;
  const fs::path path = cwd.empty() ? fs::path(word) : fs::path(cwd) / word;
  if (!fs::is_regular_file(path, failed)) return {};
  const uintmax_t size = fs::file_size(path, failed);
  if (failed) return {};
  if (size > kHashedBytesMax) return fmt::format("{} bytes", size);
  const Result<Hash> hash = sha256_file(path.string());
  return hash ? hash->hex() : std::string();
}

std::string config_text(const ProcessOptions& options, const std::string& label) {
  std::string text = fmt::format("process v{} label={} cwd={}", kLinesProtocol, label, options.cwd);
  for (const std::string& word : options.argv)
    text += fmt::format("\n{} {}", word, content_of(word, options.cwd));
  return text;
}

}  // namespace

Result<std::unique_ptr<Backend>> make_process_backend(const ModelSpec& spec,
                                                      const BackendContext& context) {
  Params params(spec);
  ProcessOptions options;
  Result<std::vector<std::string>> words = split_command_line(spec.name);
  if (!words) return params.error(words.error().message);
  options.argv = std::move(words).value();
  if (options.argv.empty())
    return params.error("names no program, expected process:PROGRAM such as process:./model.py");
  std::string arg = params.text("arg", "");
  if (params.has("arg")) options.argv.push_back(std::move(arg));
  options.cwd = params.text("cwd", "");
  const std::string label = params.text("label", "");
  ASSAY_TRY(const int64_t processes,
            params.integer("processes", context.workers, 1, kProcessesMax));
  options.processes = static_cast<uint32_t>(processes);
  options.hello_required = params.has("hello");
  ASSAY_TRY(options.hello_wait, params.duration("hello", options.hello_wait));
  ASSAY_TRY_VOID(params.finish());
  if (context.timeout.count() > 0) options.timeout = context.timeout;

  BackendTraits traits;
  traits.config = config_text(options, label);
  traits.concurrency_default = options.processes;
  return std::unique_ptr<Backend>(
      std::make_unique<ProcessBackend>(std::move(traits), std::move(options)));
}

}  // namespace assay::backends
