// The YAML tree over any bytes: an error or a tree whose every value has a place and turns into
// JSON. The same bytes as a suite file or task of lm-evaluation-harness, as the lines that an index
// of tasks looks at, and as a Python literal: an error or a value, never more.
#include <cstdint>
#include <string_view>

#include "harness/base/json.h"
#include "harness/base/yaml_tree.h"
#include "suites/loader/python_literal.h"
#include "suites/loader/suite_file.h"
#include "suites/loader/task_index.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kBytesMax = 4096;  // larger ones find nothing new and take long
  if (size > kBytesMax) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto node = assay::read_yaml(text, "fuzz.yaml");
  if (node) {
    (void)assay::dump_json(node->to_json());
    (void)node->place();
  }
  auto task =
      assay::read_yaml(text, "fuzz.yaml", {.keep_functions = true, .last_of_duplicates = true});
  if (task && task->is_map()) {
    const auto suite = assay::suites::read_suite(std::move(*task), "fuzz.yaml");
    if (suite) (void)assay::dump_json(assay::suites::reference_generation_kwargs(*suite));
  }
  assay::suites::TaskHead head;
  (void)assay::suites::scan_task_head(text, head);
  const auto literal = assay::suites::parse_python_literal(text);
  if (literal) (void)assay::dump_json(*literal);
  return 0;
}
