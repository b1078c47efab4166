// ZipWriter: a zip file written front to back: deflate, zip64 where it is needed, fixed dates, so
// that the same members give the same bytes.
//
// Where it stands: reports/export, under inspect.cc; the one place of reports that includes zlib.h.
// A member is packed in memory; the file is not.
//
//   ZipWriter zip([&](std::string_view bytes) { return file.write(bytes); });
//   ASSAY_TRY_VOID(zip.add("header.json", text));
//   ASSAY_TRY_VOID(zip.finish());
//
// Source: APPNOTE.TXT 6.3.10 (PKWARE), sections 4.3 to 4.5.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/result.h"

namespace assay::reports {

class ZipWriter {
 public:
  using Put = std::function<Result<void>(std::string_view)>;
  explicit ZipWriter(Put put) : put_(std::move(put)) {}

  // Names in UTF-8, at most 65,535 bytes; `bytes` at most 4 GiB.
  Result<void> add(const std::string& name, std::string_view bytes);
  // The directory; nothing may be added after it.
  Result<void> finish();

 private:
  struct Entry {
    std::string name;
    uint64_t offset = 0;
    uint32_t packed = 0;
    uint32_t unpacked = 0;
    uint32_t crc = 0;
  };
  Result<void> write(std::string_view bytes);
  static std::string directory_entry(const Entry& entry);
  [[nodiscard]] std::string end_record(uint64_t offset, uint64_t bytes) const;

  Put put_;
  std::vector<Entry> entries_;
  uint64_t written_ = 0;
};

}  // namespace assay::reports
