#include "suites/loader/suite_finder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "harness/base/nearest.h"

namespace assay::suites {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuiteFile = "suite.yaml";

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}
bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

bool is_path(const std::string& text) {
  return text.find('/') != std::string::npos || text.ends_with(".yaml") || text.ends_with(".yml");
}

std::optional<SuiteFinder::Found> in_index(const std::optional<TaskIndex>& index,
                                           const std::string& name) {
  const TaskIndex::Entry* entry = index ? index->find(name) : nullptr;
  if (entry == nullptr) return std::nullopt;
  return SuiteFinder::Found{entry->path, entry->members};
}

}  // namespace

std::vector<std::pair<std::string, std::string>> shipped_suites(const LoadOptions& options) {
  std::vector<std::pair<std::string, std::string>> found;
  std::set<std::string> names;
  for (const std::string& dir : options.search_dirs) {
    std::error_code failed;  // a search folder that is not there holds no suites
    for (fs::directory_iterator it(dir, failed), end; !failed && it != end; it.increment(failed)) {
      const fs::path file = it->path() / kSuiteFile;
      std::string name = it->path().filename().string();
      if (is_file(file) && names.insert(name).second) {
        found.emplace_back(std::move(name), file.string());
      }
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

Result<void> SuiteFinder::index_tasks() {
  if (tasks_) return {};
  ASSAY_TRY(tasks_, TaskIndex::make(options_.task_dirs));
  return {};
}

Result<void> SuiteFinder::index_shipped() {
  if (shipped_) return {};
  std::vector<std::string> folders;
  for (const std::string& dir : options_.search_dirs) {
    if (is_folder(dir)) folders.push_back(dir);
  }
  ASSAY_TRY(shipped_, TaskIndex::make(folders));
  return {};
}

Result<void> SuiteFinder::index_added() {
  if (beside_) return {};
  ASSAY_TRY(beside_, TaskIndex::make(added_));
  return {};
}

void SuiteFinder::add_folder(const std::string& folder) {
  if (std::find(added_.begin(), added_.end(), folder) != added_.end()) return;
  added_.push_back(folder.empty() ? "." : folder);
  beside_.reset();
}

Result<std::optional<SuiteFinder::Found>> SuiteFinder::find_name(const std::string& name) {
  ASSAY_TRY_VOID(index_tasks());
  if (auto found = in_index(tasks_, name)) return found;
  for (const std::string& dir : options_.search_dirs) {
    const fs::path file = fs::path(dir) / name / kSuiteFile;
    if (is_file(file)) return std::optional(Found{file.string(), {}});
  }
  ASSAY_TRY_VOID(index_shipped());
  if (auto found = in_index(shipped_, name)) return found;
  ASSAY_TRY_VOID(index_added());
  return in_index(beside_, name);
}

Result<SuiteFinder::Found> SuiteFinder::find(const std::string& name) {
  if (!is_path(name)) {
    ASSAY_TRY(auto found, find_name(name));
    if (found) return std::move(*found);
  }
  if (is_file(name)) return Found{name, {}};
  if (const fs::path file = fs::path(name) / kSuiteFile; is_file(file)) {
    return Found{file.string(), {}};
  }
  if (is_path(name)) {
    return Error{ErrorCode::kNotFound,
                 "is neither a suite file nor a folder with a suite.yaml in it", name};
  }
  return unknown(name);
}

Error SuiteFinder::unknown(const std::string& name) const {
  std::vector<std::string> shipped;
  for (const auto& [known, file] : shipped_suites(options_)) shipped.push_back(known);
  std::vector<std::string> all = shipped;
  for (const auto* index : {&tasks_, &shipped_, &beside_}) {
    if (!*index) continue;
    const std::vector<std::string> names = (*index)->names();
    all.insert(all.end(), names.begin(), names.end());
  }
  std::string hint = did_you_mean(name, all);
  if (hint.empty()) {
    hint = shipped.empty() ? ", expected a YAML file or a folder with a suite.yaml"
                           : fmt::format(
                                 ", expected a YAML file, a folder with a suite.yaml, or one "
                                 "of {}",
                                 fmt::join(shipped, ", "));
  }
  return Error{ErrorCode::kNotFound, fmt::format("unknown suite `{}`{}", name, hint), ""};
}

}  // namespace assay::suites
