#include "suites/registry.h"

#include <fmt/format.h>

#include <utility>

#include "suites/loader/data_access.h"
#include "suites/loader/file_suite.h"
#include "suites/loader/split.h"
#include "suites/loader/suite_file.h"

namespace assay::suites {
namespace {}  // namespace

Result<std::unique_ptr<Suite>> load_suite(const SuiteChoice& choice, const LoadOptions& options) {
  ASSAY_TRY(SuiteDefinition definition, read_suite(choice.tree, choice.path));
  definition.name = choice.name;
  definition.groups = choice.groups;
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

DataAccess data_access(const LoadOptions& options) {
  return {options.data_dir, options.cache_dir, options.offline, options.fetcher,
          options.refresh,  options.note,      options.progress};
}

Result<std::vector<FetchedSplit>> fetch_suite(const std::string& name_or_path,
                                              const LoadOptions& options) {
  ASSAY_TRY(const Expansion found, expand_suites({name_or_path}, options));
  std::vector<FetchedSplit> fetched;
  for (const SuiteChoice& choice : found.suites) {
    ASSAY_TRY(const SuiteDefinition definition, read_suite(choice.tree, choice.path));
    for (const DataSource& source : definition.data) {
      ASSAY_TRY(const LocatedSource located, obtain(source, data_access(options)));
      fetched.push_back({source.split, located.rows_path});
    }
  }
  return fetched;
}

}  // namespace assay::suites
