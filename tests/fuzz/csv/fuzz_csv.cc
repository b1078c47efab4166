// Tables, JSON lists and the quick JSON scan over any bytes. The first byte says how the text is
// read and where it is cut: cutting must not change what comes out.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/utf8.h"
#include "suites/loader/json_array_reader.h"
#include "suites/loader/json_scan.h"
#include "suites/loader/table_reader.h"

namespace {

using assay::Result;

std::string read_table(std::string_view text, size_t cut, const assay::suites::TableOptions& how) {
  assay::suites::TableReader reader("fuzz", how);
  std::string out;
  const auto take = [&](const assay::suites::TableRecord& record) -> Result<void> {
    out += std::to_string(record.line) + (record.blank ? "b" : "");
    for (const std::string& field : record.fields) out += "|" + field;
    out += "\n";
    return {};
  };
  cut = cut > text.size() ? text.size() : cut;
  Result<void> done = reader.feed(text.substr(0, cut), take);
  if (done) done = reader.feed(text.substr(cut), take);
  if (done) done = reader.finish(take);
  return done ? out : out + done.error().text();
}

std::string read_list(std::string_view text, size_t cut) {
  assay::suites::JsonArrayReader reader("fuzz", 1 << 16);
  std::string out;
  const auto take = [&](const assay::Json& row, uint64_t line) -> Result<void> {
    out += std::to_string(line) + assay::dump_json(row) + "\n";
    return {};
  };
  cut = cut > text.size() ? text.size() : cut;
  Result<void> done = reader.feed(text.substr(0, cut), take);
  if (done) done = reader.feed(text.substr(cut), take);
  if (done) done = reader.finish();
  return done ? out : out + done.error().text();
}

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string text =
      assay::sanitize_utf8({reinterpret_cast<const char*>(data) + 1, size - 1});
  const size_t cut = data[0] >> 1;
  const assay::suites::TableOptions how{.separator = (data[0] & 1) != 0 ? '\t' : ',',
                                        .quoting = (data[0] & 2) == 0,
                                        .record_bytes_max = 1 << 12,
                                        .columns_max = 100};
  require(read_table(text, cut, how) == read_table(text, 0, how));
  require(read_list(text, cut) == read_list(text, 0));
  // What the quick scan calls well formed, the parser takes; and both see the same members.
  std::vector<assay::suites::JsonMember> members;
  if (assay::suites::scan_json_object(text, &members)) {
    const Result<assay::Json> parsed = assay::parse_json(text, "fuzz");
    require(parsed.has_value() && parsed->is_object());
    require(parsed->size() <= members.size());
  }
  return 0;
}
