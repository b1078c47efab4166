// SuiteFinder: the file, or the tag's tasks, behind a name on the command line or in a group.
//
// Where it stands: behind expand_suites() (suites/registry.h); not thread-safe. Folders of tasks
// are looked through only when a name is not found otherwise.
//
//   SuiteFinder finder(options);
//   ASSAY_TRY(SuiteFinder::Found found, finder.find("mmlu"));
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/result.h"
#include "suites/loader/task_index.h"
#include "suites/registry.h"

namespace assay::suites {

class SuiteFinder {
 public:
  struct Found {
    std::string path;                  // of a task or group; empty: a tag
    std::vector<std::string> members;  // of the tag
  };
  explicit SuiteFinder(const LoadOptions& options) : options_(options) {}

  Result<Found> find(const std::string& name);
  // Nothing where there is none of this name.
  Result<std::optional<Found>> find_name(const std::string& name);
  // A folder that is looked in last: that of a group's file.
  void add_folder(const std::string& folder);

 private:
  Result<void> index_tasks();
  Result<void> index_shipped();
  Result<void> index_added();
  Error unknown(const std::string& name) const;

  const LoadOptions& options_;
  std::vector<std::string> added_;
  std::optional<TaskIndex> tasks_;
  std::optional<TaskIndex> shipped_;
  std::optional<TaskIndex> beside_;
};

// Shipped suites by name with their file; of one name the first folder wins.
std::vector<std::pair<std::string, std::string>> shipped_suites(const LoadOptions& options);

}  // namespace assay::suites
