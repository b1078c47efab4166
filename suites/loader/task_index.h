// TaskIndex: which file below some folders holds which task, group or tag. Hundreds of files are
// looked through by their lines alone; a file is parsed only where that does not tell.
//
// Where it stands: behind expand_suites() (suites/registry.h). Names are those that stand in a file
// itself, not in its includes, as in lm-evaluation-harness. Of one name the first folder wins, in a
// folder the first path in the order of bytes.
//
//   TaskIndex index({"~/lm-evaluation-harness/lm_eval/tasks"});
//   const TaskIndex::Entry* entry = index.find("mmlu_anatomy");
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace assay::suites {

inline constexpr size_t kTaskFilesMax = 100'000;

class TaskIndex {
 public:
  struct Entry {
    std::string path;                  // of a task or group; empty: a tag
    std::vector<std::string> members;  // of a tag: names of tasks, in the order of their files
  };
  // A folder that is not there, or has more files than kTaskFilesMax, is an error.
  static Result<TaskIndex> make(const std::vector<std::string>& folders);

  [[nodiscard]] const Entry* find(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  void add_file(const std::string& path);

  std::map<std::string, Entry> entries_;  // tasks and groups, which win over tags of their name
  std::map<std::string, Entry> tags_;
};

// What a task file says of itself at its outermost level.
struct TaskHead {
  std::string task;       // empty: none, or a list
  bool has_list = false;  // `task` is a list: the file is a group
  std::string group;
  std::vector<std::string> tags;
};
// From the text's lines; false: they do not tell, the YAML must be parsed.
bool scan_task_head(std::string_view text, TaskHead& head);

}  // namespace assay::suites
