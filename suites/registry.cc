#include "suites/registry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "harness/base/nearest.h"
#include "suites/loader/data_access.h"
#include "suites/loader/file_suite.h"
#include "suites/loader/split.h"
#include "suites/loader/suite_file.h"

namespace assay::suites {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSuiteFile = "suite.yaml";

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

bool is_path(const std::string& text) {
  return text.find('/') != std::string::npos || text.ends_with(".yaml") || text.ends_with(".yml");
}

// Shipped suites by name with their file; of one name the first folder wins.
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

Result<std::string> find_suite_file(const std::string& name, const LoadOptions& options) {
  if (!is_path(name)) {
    for (const std::string& dir : options.search_dirs) {
      if (const fs::path file = fs::path(dir) / name / kSuiteFile; is_file(file)) {
        return file.string();
      }
    }
  }
  if (is_file(name)) return name;
  if (const fs::path file = fs::path(name) / kSuiteFile; is_file(file)) return file.string();
  if (is_path(name)) {
    return Error{ErrorCode::kNotFound,
                 "is neither a suite file nor a folder with a suite.yaml in it", name};
  }
  std::vector<std::string> known;
  for (const auto& [shipped, file] : shipped_suites(options)) known.push_back(shipped);
  std::string hint = did_you_mean(name, known);
  if (hint.empty()) {
    hint = known.empty() ? ", expected a YAML file or a folder with a suite.yaml"
                         : fmt::format(
                               ", expected a YAML file, a folder with a suite.yaml, or one "
                               "of {}",
                               fmt::join(known, ", "));
  }
  return Error{ErrorCode::kNotFound, fmt::format("unknown suite `{}`{}", name, hint), ""};
}

SuiteListing list_one(const std::string& name, const std::string& path,
                      const LoadOptions& options) {
  SuiteListing row;
  row.name = name;
  row.path = path;
  const Result<SuiteDefinition> suite = read_suite_file(path);
  if (!suite) {
    row.missing = suite.error().text();
    return row;
  }
  row.title = suite->title;
  row.language = suite->language;
  row.licence = suite->licence;
  row.tags = suite->tags;
  row.data_here = true;
  for (const std::string& split : {suite->test_split, suite->train_split}) {
    if (split.empty()) continue;
    const Result<LocatedSource> located = locate(*suite->source(split), data_access(options));
    if (located) continue;
    row.data_here = false;
    row.missing = located.error().message;
    break;
  }
  return row;
}

}  // namespace

Result<std::unique_ptr<Suite>> load_suite(const std::string& name_or_path,
                                          const LoadOptions& options) {
  ASSAY_TRY(const std::string path, find_suite_file(name_or_path, options));
  ASSAY_TRY(SuiteDefinition definition, read_suite_file(path));
  ASSAY_TRY(std::unique_ptr<FileSuite> suite, FileSuite::load(std::move(definition), options));
  return std::unique_ptr<Suite>(std::move(suite));
}

DataAccess data_access(const LoadOptions& options) {
  return {options.data_dir, options.cache_dir, options.offline, options.fetcher,
          options.refresh,  options.note,      options.progress};
}

Result<std::vector<FetchedSplit>> fetch_suite(const std::string& name_or_path,
                                              const LoadOptions& options) {
  ASSAY_TRY(const std::string path, find_suite_file(name_or_path, options));
  ASSAY_TRY(const SuiteDefinition definition, read_suite_file(path));
  std::vector<FetchedSplit> fetched;
  for (const DataSource& source : definition.data) {
    ASSAY_TRY(const LocatedSource located, obtain(source, data_access(options)));
    fetched.push_back({source.split, located.rows_path});
  }
  return fetched;
}

Result<std::vector<SuiteListing>> list_suites(const LoadOptions& options) {
  std::vector<SuiteListing> rows;
  for (const auto& [name, path] : shipped_suites(options)) {
    rows.push_back(list_one(name, path, options));
  }
  return rows;
}

}  // namespace assay::suites
