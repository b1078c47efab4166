// Replies of a datasets-server over any bytes. The first byte says from which row on and how many
// rows were asked for; a page that is taken holds no more, and each row is one line of JSONL.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json.h"
#include "suites/loader/hub_page.h"

namespace {

using assay::Result;
using assay::suites::HubPage;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_page(HubPage page, const assay::suites::HubAsked& asked) {
  require(page.rows.size() <= asked.length);
  require(page.rows_total <= assay::suites::kHubRowsMax);
  for (assay::suites::HubRow& row : page.rows) {
    const std::vector<std::string> names(row.pictures.size(), "p.png");
    assay::suites::name_pictures(page.columns, names, row);
    const std::string line = assay::dump_json(row.row);
    require(line.find('\n') == std::string::npos);
    const Result<assay::Json> again = assay::parse_json(line, "fuzz");
    require(again.has_value() && again->is_object());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const assay::suites::HubAsked asked{.offset = data[0] & 15U, .length = 1 + (data[0] >> 4U)};
  Result<HubPage> page = assay::suites::read_hub_page(text, asked, "fuzz");
  if (page) check_page(std::move(*page), asked);
  (void)assay::suites::read_hub_splits(text, "fuzz");  // any answer will do, but no crash
  const std::string said = assay::suites::hub_error_text(text);
  require(said.find('\n') == std::string::npos);
  return 0;
}
