#include "app/foreign_export.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include "app/version.h"
#include "reports/export/foreign_export.h"
#include "reports/export/inspect.h"
#include "reports/export/lm_eval.h"

namespace assay::app {
namespace {

namespace fs = std::filesystem;

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// Files under one folder, complete or not there.
class PartFiles final : public reports::ExportFiles {
 public:
  explicit PartFiles(std::string folder) : folder_(std::move(folder)) {}
  ~PartFiles() override {
    std::error_code ignored;
    for (const auto& [name, file] : files_) fs::remove(part(name), ignored);
  }

  Result<void> append(const std::string& name, std::string_view bytes) override {
    std::unique_ptr<std::FILE, CloseFile>& file = files_[name];
    if (file == nullptr) {
      std::error_code failed;
      fs::create_directories(fs::path(part(name)).parent_path(), failed);
      file.reset(std::fopen(part(name).c_str(), "wb"));
    }
    if (file == nullptr || std::fwrite(bytes.data(), 1, bytes.size(), file.get()) != bytes.size()) {
      return wrong(name);
    }
    return {};
  }

  // All of them under their names.
  Result<void> finish() {
    for (auto& [name, file] : files_) {
      if (file == nullptr || std::fclose(file.release()) != 0) return wrong(name);
    }
    for (const auto& [name, file] : files_) {
      std::error_code failed;
      fs::rename(part(name), whole(name), failed);
      if (failed) {
        return Error{ErrorCode::kIo, fmt::format("cannot be written ({})", failed.message()),
                     whole(name)};
      }
    }
    files_.clear();
    return {};
  }
  void drop(const std::string& name) {
    std::error_code ignored;
    files_.erase(name);
    fs::remove(part(name), ignored);
  }

 private:
  [[nodiscard]] std::string whole(const std::string& name) const {
    return (fs::path(folder_) / name).string();
  }
  [[nodiscard]] std::string part(const std::string& name) const { return whole(name) + ".part"; }
  [[nodiscard]] Error wrong(const std::string& name) const {
    return {ErrorCode::kIo, fmt::format("cannot be written ({})", std::strerror(errno)),
            whole(name)};
  }

  std::string folder_;
  std::map<std::string, std::unique_ptr<std::FILE, CloseFile>> files_;
};

std::string stem_of(const std::string& run) { return fs::path(run).stem().string(); }

reports::ForeignExport options_of(const ForeignExportFlags& flags) {
  return {.model = flags.model, .suite = flags.suite, .assay_version = kVersion};
}

Error nothing(const ForeignExportFlags& flags) {
  return input_error(flags.run, "has no items to export (of the model and suite that were named)");
}

struct Log {
  const ModelInfo* model;
  const SuiteInfo* suite;
};

std::vector<Log> logs_of(const Manifest& manifest, const ForeignExportFlags& flags) {
  std::vector<Log> out;
  for (const ModelInfo& model : manifest.models) {
    if (!reports::is_exported(model, flags.model)) continue;
    for (const SuiteInfo& suite : manifest.suites) {
      if (!flags.suite.empty() && suite.name != flags.suite) continue;
      out.push_back({&model, &suite});
    }
  }
  return out;
}

}  // namespace

Result<ForeignExportInfo> export_as_lm_eval(const RunStore& store,
                                            const ForeignExportFlags& flags) {
  const std::string folder = flags.output == "-" ? stem_of(flags.run) + "-lm-eval" : flags.output;
  PartFiles files(folder);
  ASSAY_TRY(const uint64_t items, reports::export_lm_eval(store, options_of(flags), files));
  if (items == 0) return nothing(flags);
  ASSAY_TRY_VOID(files.finish());
  return ForeignExportInfo{items, folder};
}

Result<ForeignExportInfo> export_as_inspect(const RunStore& store,
                                            const ForeignExportFlags& flags) {
  ASSAY_TRY(const Manifest manifest, store.manifest());
  const std::vector<Log> logs = logs_of(manifest, flags);
  const bool named = flags.output != "-";
  std::error_code failed;
  const bool one = logs.size() == 1 && named && !fs::is_directory(flags.output, failed);
  const fs::path output = flags.output;
  std::string folder = one ? output.parent_path().string() : flags.output;
  if (!named) folder = logs.size() == 1 ? "" : stem_of(flags.run) + "-inspect";
  PartFiles files(folder);
  ForeignExportInfo info{.items = 0, .where = folder};
  std::map<std::string, int> used;
  for (const Log& log : logs) {
    std::string name = one ? output.filename().string()
                           : reports::inspect_file_name(manifest, *log.model, *log.suite);
    if (const int again = used[name]++; again > 0)
      name.insert(name.size() - 5, fmt::format("_{}", again + 1));
    const auto put = [&](std::string_view bytes) { return files.append(name, bytes); };
    ASSAY_TRY(const uint64_t items,
              reports::export_inspect(store, *log.model, *log.suite, options_of(flags), put));
    if (items == 0) files.drop(name);
    info.items += items;
    if (logs.size() == 1) info.where = (fs::path(folder) / name).string();
  }
  if (info.items == 0) return nothing(flags);
  ASSAY_TRY_VOID(files.finish());
  return info;
}

}  // namespace assay::app
