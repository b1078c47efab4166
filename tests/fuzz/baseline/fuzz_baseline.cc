// A baseline's log from any bytes: every line is an entry, empty, or named; what was read is
// written as one line and read again as the same.
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/base/check.h"
#include "harness/store/baseline.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace assay;  // NOLINT: a program of its own
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const store::BaselineLog log = store::parse_baseline_log(bytes);
  uint64_t before = 0;
  for (const uint64_t line : log.unreadable) {
    ASSAY_CHECK(line > before, "line {} after {}", line, before);
    before = line;
  }
  for (const store::BaselineEntry& entry : log.entries) {
    const std::string line = store::baseline_line(entry);
    ASSAY_CHECK(line.find('\n') == std::string::npos, "two lines");
    const store::BaselineLog again = store::parse_baseline_log(line);
    ASSAY_CHECK(again.entries.size() == 1 && again.unreadable.empty(), "not read again: {}", line);
    ASSAY_CHECK(store::baseline_line(again.entries[0]) == line, "another entry");
  }
  return 0;
}
