// Preprocessing functions on rows from outside: the first byte picks the function, the rest is the
// row's JSON text. Checks what the table promises: a row that is kept has the columns it names.
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/base/check.h"
#include "harness/base/json.h"
#include "suites/native/preprocess.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto all = assay::suites::all_preprocess();
  const assay::suites::Preprocess& function = all[data[0] % all.size()];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto row = assay::parse_json(text, "row");
  if (!row) return 0;
  assay::Json changed = *row;
  const assay::Result<bool> kept = function.apply(changed);
  if (!kept || !*kept) return 0;
  for (const std::string_view column : function.adds) {
    const bool given = column == "id" || changed.contains(std::string(column));
    ASSAY_CHECK(given, "`{}` did not add `{}`", function.name, column);
  }
  return 0;
}
