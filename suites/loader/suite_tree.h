// The keys of a suite file, its includes put together: what a file says before anybody asks what it
// means.
//
// Where it stands: between yaml_tree.h and suite_file.h (one suite) and task_index.h (groups).
// Unknown keys, includes in a circle and what needs Python are errors with file:line:column.
//
//   ASSAY_TRY(YamlNode root, read_suite_tree("tasks/gsm8k/gsm8k.yaml"));
//   override_keys(root, group_entry.members);
//   ASSAY_TRY_VOID(refuse_python(root));
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/base/yaml_tree.h"

namespace assay::suites {

// Keys of the including file win over those of its includes; of several includes the first wins,
// as in lm-evaluation-harness.
Result<YamlNode> read_suite_tree(const std::string& path);
// The same for a mapping that stands inside a file (a task of a group), whose includes are relative
// to that file.
Result<YamlNode> resolve_includes(YamlNode root);
// Members of `keys` replace those of the same name in `root`.
void override_keys(YamlNode& root, const std::vector<YamlMember>& keys);
// Words that PyYAML reads as true and false and YAML 1.2 does not (yes, no, on, off), where a task
// says what choices, answers and settings are.
void read_words_as_pyyaml(YamlNode& root);
// An error for the first value that is a Python function, or key that needs Python, with the native
// twin of the task where there is one.
Result<void> refuse_python(const YamlNode& root);

}  // namespace assay::suites
