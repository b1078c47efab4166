// Files of other tools from outside: the first byte says which (a promptfoo configuration, samples
// of OpenAI-evals, a table). What is imported must be text that can be read again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "harness/base/json.h"
#include "harness/base/yaml_tree.h"
#include "suites/import/imported.h"
#include "suites/import/nunjucks.h"
#include "suites/import/table_encoding.h"
#include "suites/import/table_suite.h"
#include "tests/support/temp_dir.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check_yaml(const std::string& yaml) { require(assay::read_yaml(yaml, "suite").has_value()); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const assay::test::TempDir dir;
  assay::suites::ImportOptions options;
  options.skip_unsupported = true;
  options.name = "fuzz";
  if (data[0] % 3 == 0) {
    const auto suite = assay::suites::import_promptfoo(dir.write("c.yaml", text), options);
    if (suite) check_yaml(suite->suite_yaml);
    (void)assay::suites::render_nunjucks(text, assay::Json{{"a", "b"}, {"l", {1, 2}}}, "fuzz");
  } else if (data[0] % 3 == 1) {
    options.openai_class = (data[0] & 4) != 0 ? "match" : "fuzzy_match";
    const auto suite = assay::suites::import_openai_evals(dir.write("s.jsonl", text), options);
    if (suite) check_yaml(suite->suite_yaml);
  } else {
    (void)assay::suites::decode_table(text, "fuzz");
    const auto suite = assay::suites::suite_from_table(dir.write("t.csv", text), {"fuzz", "", ""});
    if (suite) check_yaml(suite->suite_yaml);
  }
  return 0;
}
