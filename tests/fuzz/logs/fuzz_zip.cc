// Zip files from outside: every member is read or refused, never more bytes than the limits allow.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "suites/import/logs/zip_archive.h"
#include "tests/support/temp_dir.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const assay::test::TempDir dir;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const assay::suites::ZipLimits limits{.members_max = 1000,
                                        .member_bytes_max = uint64_t{4} << 20,
                                        .total_bytes_max = uint64_t{16} << 20};
  const auto zip = assay::suites::ZipArchive::open(dir.write("x.eval", text), limits);
  if (!zip) return 0;
  uint64_t total = 0;
  for (const assay::suites::ZipMember& member : (*zip)->members()) {
    const auto bytes = (*zip)->read(member);
    if (bytes) total += bytes->size();
    if (bytes && bytes->size() != member.unpacked) std::abort();
  }
  if (total > limits.total_bytes_max) std::abort();
  return 0;
}
