#include "suites/registry.h"

#include <fmt/format.h>

#include <utility>

#include "suites/loader/file_suite.h"
#include "suites/loader/split.h"
#include "suites/loader/suite_file.h"
#include "suites/loader/suite_finder.h"

namespace assay::suites {
namespace {

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
    const Result<LocatedSource> located = locate(*suite->source(split), options.data_dir);
    if (located) continue;
    row.data_here = false;
    row.missing = located.error().message;
    break;
  }
  return row;
}

}  // namespace

Result<std::unique_ptr<Suite>> load_suite(const SuiteChoice& choice, const LoadOptions& options) {
  ASSAY_TRY(SuiteDefinition definition, read_suite(choice.tree, choice.path));
  definition.name = choice.name;
  ASSAY_TRY(std::unique_ptr<FileSuite> suite, FileSuite::load(std::move(definition), options));
  return std::unique_ptr<Suite>(std::move(suite));
}

Result<std::unique_ptr<Suite>> load_suite(const std::string& name_or_path,
                                          const LoadOptions& options) {
  ASSAY_TRY(const Expansion found, expand_suites({name_or_path}, options));
  if (found.suites.size() == 1) return load_suite(found.suites.front(), options);
  return input_error(name_or_path,
                     fmt::format("stands for {} suites, expected one", found.suites.size()));
}

Result<std::vector<SuiteListing>> list_suites(const LoadOptions& options) {
  std::vector<SuiteListing> rows;
  for (const auto& [name, path] : shipped_suites(options)) {
    rows.push_back(list_one(name, path, options));
  }
  return rows;
}

}  // namespace assay::suites
