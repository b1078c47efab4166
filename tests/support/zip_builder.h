// Zip files for tests, right or wrong in one place each.
//
//   ZipBuilder zip;
//   zip.add("header.json", "{}");                          // deflate
//   zip.add("samples/1_epoch_1.json", "{}", {.method = 93});   // zstd
//   const std::string bytes = zip.finish();
#pragma once

#include <zlib.h>
#include <zstd.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay::test {

struct ZipHow {
  uint16_t method = 8;     // 0 stored, 8 deflate, 93 zstd
  uint16_t flags = 0;      // 1: encrypted
  int64_t unpacked = -1;   // what the directory says instead of the truth
  uint32_t crc_xor = 0;    // spoils the CRC
  std::string local_name;  // another name in the member's own header
  int64_t at = -1;         // offset that the directory says
};

class ZipBuilder {
 public:
  void add(const std::string& name, std::string_view bytes, const ZipHow& how = {}) {
    const std::string body = packed(bytes, how.method);
    const auto crc = static_cast<uint32_t>(
        crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
    const uint64_t offset = how.at >= 0 ? static_cast<uint64_t>(how.at) : out_.size();
    const auto unpacked =
        how.unpacked >= 0 ? static_cast<uint64_t>(how.unpacked) : uint64_t{bytes.size()};
    const std::string fields = number(how.flags, 2) + number(how.method, 2) + number(0, 4) +
                               number(crc ^ how.crc_xor, 4) + number(body.size(), 4) +
                               number(unpacked, 4);
    const std::string local = how.local_name.empty() ? name : how.local_name;
    out_ += number(0x04034b50, 4) + number(20, 2) + fields + number(local.size(), 2) +
            number(0, 2) + local + body;
    directory_ += number(0x02014b50, 4) + number(20, 2) + number(20, 2) + fields +
                  number(name.size(), 2) + number(0, 2) + number(0, 2) + number(0, 2) +
                  number(0, 2) + number(0, 4) + number(offset, 4) + name;
    ++count_;
  }

  // With zip64 records where `large`, and a comment.
  std::string finish(bool large = false, const std::string& comment = "") const {
    const uint64_t at = out_.size();
    std::string out = out_ + directory_;
    const uint64_t end64 = out.size();
    if (large) {
      out += number(0x06064b50, 4) + number(44, 8) + number(45, 2) + number(45, 2) + number(0, 4) +
             number(0, 4) + number(count_, 8) + number(count_, 8) + number(directory_.size(), 8) +
             number(at, 8);
      out += number(0x07064b50, 4) + number(0, 4) + number(end64, 8) + number(1, 4);
    }
    out += number(0x06054b50, 4) + number(0, 4) + number(large ? 0xFFFF : count_, 2) +
           number(large ? 0xFFFF : count_, 2) + number(large ? 0xFFFFFFFF : directory_.size(), 4) +
           number(large ? 0xFFFFFFFF : at, 4) + number(comment.size(), 2) + comment;
    return out;
  }

 private:
  static std::string number(uint64_t value, size_t width) {
    std::string out;
    for (size_t i = 0; i < width; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFFU);
    return out;
  }
  static std::string packed(std::string_view bytes, uint16_t method) {
    if (method == 93) {
      std::string out(ZSTD_compressBound(bytes.size()), '\0');
      out.resize(ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3));
      return out;
    }
    if (method != 8) return std::string(bytes);
    z_stream stream{};
    deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    std::string out(deflateBound(&stream, bytes.size()), '\0');
    std::string in(bytes);
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
  }

  std::string out_;
  std::string directory_;
  uint64_t count_ = 0;
};

}  // namespace assay::test
