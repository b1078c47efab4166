// Logs of other tools from outside: the first byte says which reader (lm-eval, Inspect's document,
// promptfoo). What is read must be JSON where the run file keeps JSON, and numbers finite.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "harness/base/json.h"
#include "suites/import/logs/foreign_log.h"
#include "tests/support/temp_dir.h"

namespace {

using assay::suites::ForeignItem;
using assay::suites::LogFormat;

void require(bool condition) {
  if (!condition) std::abort();
}

bool is_object(const std::string& text) {
  const auto json = assay::parse_json(text, "fuzz");
  return json && json->is_object();
}

assay::Result<void> check(const ForeignItem& item) {
  require(item.request.empty() || is_object(item.request));
  require(is_object(item.truth));
  require(item.tags.empty() || is_object(item.tags));
  require(item.id.size() <= assay::suites::kLogNameBytesMax + 16);
  for (const assay::Score& score : item.scores) {
    require(!score.metric.empty());
    require(std::isfinite(score.value) && score.weight >= 0);
  }
  return {};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const assay::test::TempDir dir;
  const std::string path = dir.write("samples_t_2025-01-01T00-00-00.jsonl", text);
  // The same bytes as what stands beside them.
  if ((data[0] & 8U) != 0) dir.write("results_2025-01-01T00-00-00.json", text);
  const LogFormat format = data[0] % 4 == 0   ? LogFormat::kLmEval
                           : data[0] % 4 == 1 ? LogFormat::kInspect
                                              : LogFormat::kPromptfoo;
  (void)assay::suites::detect_import(path);
  const auto log = assay::suites::open_foreign_log({path}, format);
  if (!log) return 0;
  const size_t models = (*log)->models.size();
  const size_t suites = (*log)->suites.size();
  (void)(*log)->read([&](ForeignItem& item) {
    require(item.model < models && item.suite < suites);
    return check(item);
  });
  return 0;
}
