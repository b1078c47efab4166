// ZipArchive: the members of a zip file, one at a time: stored, deflate or zstd (method 93), zip64.
//
// Where it stands: under the Inspect reader. libzip of Debian 12 (1.7.3) cannot unpack zstd members
// (support came with 1.8.0), so the central directory is read here and the bytes go to zlib and
// libzstd. The only place of suites that includes zstd.h.
//
// A hostile file is refused with the reason: more members, bytes or unpacking than the limits,
// members that overlap (one block named many times is the classic bomb), encryption, several disks,
// wrong CRC, sizes that contradict each other. Names are only compared; nothing is ever written.
//
//   ASSAY_TRY(auto zip, suites::ZipArchive::open("log.eval", {}));
//   for (const ZipMember& m : zip->members()) { ASSAY_TRY(std::string bytes, zip->read(m)); ... }
//
// One thread. Source: APPNOTE.TXT 6.3.10 (PKWARE), sections 4.3 and 4.5.3.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace assay::suites {

struct ZipLimits {
  uint64_t members_max = 2'000'000;
  uint64_t directory_bytes_max = uint64_t{512} << 20;
  uint64_t member_bytes_max = uint64_t{512} << 20;  // unpacked, of one
  uint64_t total_bytes_max = uint64_t{64} << 30;    // unpacked, of all together
  uint64_t ratio_max = 1200;                        // unpacked : packed (deflate reaches 1032) ...
  uint64_t ratio_from = uint64_t{16} << 20;         // ... of members larger than this
};

struct ZipMember {
  std::string name;
  uint64_t packed = 0;
  uint64_t unpacked = 0;
  uint64_t header = 0;  // offset of its local header
  uint64_t limit = 0;   // offset where what follows it begins
  uint32_t crc = 0;
  uint16_t method = 0;
  bool encrypted = false;
};

class ZipArchive {
 public:
  // Reads the directory and checks it whole. Errors: kInput with "file: what".
  static Result<std::unique_ptr<ZipArchive>> open(const std::string& path, const ZipLimits& limits);
  virtual ~ZipArchive() = default;
  ZipArchive(const ZipArchive&) = delete;
  ZipArchive& operator=(const ZipArchive&) = delete;

  // In the directory's order; a name may occur twice (what was appended later counts).
  [[nodiscard]] virtual const std::vector<ZipMember>& members() const = 0;
  // The last one of this name, or nullptr.
  [[nodiscard]] virtual const ZipMember* find(std::string_view name) const = 0;
  // The unpacked bytes, their CRC checked. Errors: "file: member: what".
  [[nodiscard]] virtual Result<std::string> read(const ZipMember& member) const = 0;

 protected:
  ZipArchive() = default;
};

}  // namespace assay::suites
