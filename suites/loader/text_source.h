// TextSource: the bytes of a data file as valid UTF-8 text, in chunks. Unpacks gzip, skips a byte
// order mark, checks every byte, hashes the file as it is on disk.
//
// Where it stands: the lowest layer of the loader; the row readers (JSONL, JSON, CSV, TSV) stand on
// it. Memory is one chunk whatever the file's size. What is bounded: unpacked bytes and the ratio
// of unpacked to packed bytes (a gzip bomb ends with the limit named).
//
//   ASSAY_TRY(std::unique_ptr<TextSource> source, TextSource::open("test.jsonl.gz",
//   "test.jsonl.gz",
//   {})); for (;;) {
//     ASSAY_TRY(std::string_view chunk, source->next());
//     if (chunk.empty()) break;                       // the end
//   }
//   source->file_hash().hex();                        // of the packed bytes
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "harness/base/hash.h"
#include "harness/base/result.h"

namespace assay::suites {

struct SourceLimits {
  uint64_t unpacked_bytes_max = uint64_t{8} << 30;  // of one gzip file
  uint64_t ratio_max = 200;                         // unpacked : packed ...
  uint64_t ratio_from = uint64_t{64} << 20;         // ... once more than this has been unpacked
};

class TextSource {
 public:
  // `shown` is the file's name in messages.
  static Result<std::unique_ptr<TextSource>> open(const std::string& path, std::string shown,
                                                  const SourceLimits& limits);
  virtual ~TextSource() = default;
  TextSource(const TextSource&) = delete;
  TextSource& operator=(const TextSource&) = delete;

  // The next piece of text, never cut inside a code point; empty at the end. Valid until the next
  // call.
  virtual Result<std::string_view> next() = 0;
  // Bytes of the byte order mark that was skipped (0 or 3), once next() was called.
  [[nodiscard]] virtual uint64_t skipped() const = 0;
  [[nodiscard]] virtual bool packed() const = 0;  // the file is gzip
  // SHA-256 of the file's bytes; once, after next() gave the end.
  virtual Hash file_hash() = 0;

 protected:
  TextSource() = default;
};

}  // namespace assay::suites
