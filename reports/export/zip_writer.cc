#include "reports/export/zip_writer.h"

#include <fmt/format.h>
#include <zlib.h>

#include <limits>

namespace assay::reports {
namespace {

constexpr int kLevel = 6;
constexpr uint16_t kVersion = 20;    // deflate
constexpr uint16_t kVersion64 = 45;  // zip64
constexpr uint16_t kUtf8Names = 1U << 11;
constexpr uint16_t kDeflate = 8;
constexpr uint16_t kDate = 0x0021;  // 1980-01-01, the first one there is
constexpr uint32_t kFull32 = 0xFFFFFFFF;
constexpr uint16_t kFull16 = 0xFFFF;

void put16(std::string& out, uint16_t value) {
  out += static_cast<char>(value & 0xFFU);
  out += static_cast<char>(value >> 8);
}
void put32(std::string& out, uint32_t value) {
  put16(out, static_cast<uint16_t>(value & 0xFFFFU));
  put16(out, static_cast<uint16_t>(value >> 16));
}
void put64(std::string& out, uint64_t value) {
  put32(out, static_cast<uint32_t>(value & kFull32));
  put32(out, static_cast<uint32_t>(value >> 32));
}

Result<std::string> packed(const std::string& name, std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, kLevel, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    return Error{ErrorCode::kIo, "cannot be packed (out of memory)", name};
  }
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  // zlib's interface lacks const; it does not write to its input.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // NOLINT
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) return Error{ErrorCode::kIo, "cannot be packed", name};
  return out;
}

}  // namespace

Result<void> ZipWriter::write(std::string_view bytes) {
  written_ += bytes.size();
  return put_(bytes);
}

Result<void> ZipWriter::add(const std::string& name, std::string_view bytes) {
  if (name.empty() || name.size() > kFull16 || bytes.size() > std::numeric_limits<int32_t>::max()) {
    return Error{ErrorCode::kLimit,
                 fmt::format("a member of {} bytes with a name of {} does not fit into a zip file",
                             bytes.size(), name.size()),
                 name};
  }
  ASSAY_TRY(const std::string body, packed(name, bytes));
  const uLong crc =
      crc32_z(crc32(0, nullptr, 0), reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  const Entry entry{.name = name,
                    .offset = written_,
                    .packed = static_cast<uint32_t>(body.size()),
                    .unpacked = static_cast<uint32_t>(bytes.size()),
                    .crc = static_cast<uint32_t>(crc)};
  std::string header;
  put32(header, 0x04034b50);
  put16(header, kVersion);
  put16(header, kUtf8Names);
  put16(header, kDeflate);
  put16(header, 0);  // time
  put16(header, kDate);
  put32(header, entry.crc);
  put32(header, entry.packed);
  put32(header, entry.unpacked);
  put16(header, static_cast<uint16_t>(name.size()));
  put16(header, 0);  // extra
  header += name;
  entries_.push_back(entry);
  ASSAY_TRY_VOID(write(header));
  return write(body);
}

std::string ZipWriter::directory_entry(const Entry& entry) {
  const bool far = entry.offset >= kFull32;
  std::string out;
  put32(out, 0x02014b50);
  put16(out, far ? kVersion64 : kVersion);
  put16(out, far ? kVersion64 : kVersion);
  put16(out, kUtf8Names);
  put16(out, kDeflate);
  put16(out, 0);
  put16(out, kDate);
  put32(out, entry.crc);
  put32(out, entry.packed);
  put32(out, entry.unpacked);
  put16(out, static_cast<uint16_t>(entry.name.size()));
  put16(out, far ? 12 : 0);
  put16(out, 0);  // comment
  put16(out, 0);  // disk
  put16(out, 0);  // attributes
  put32(out, 0);
  put32(out, far ? kFull32 : static_cast<uint32_t>(entry.offset));
  out += entry.name;
  if (far) {
    put16(out, 1);
    put16(out, 8);
    put64(out, entry.offset);
  }
  return out;
}

std::string ZipWriter::end_record(uint64_t offset, uint64_t bytes) const {
  const bool large = entries_.size() >= kFull16 || offset >= kFull32 || bytes >= kFull32;
  std::string out;
  if (large) {
    put32(out, 0x06064b50);
    put64(out, 44);
    put16(out, kVersion64);
    put16(out, kVersion64);
    put32(out, 0);
    put32(out, 0);
    put64(out, entries_.size());
    put64(out, entries_.size());
    put64(out, bytes);
    put64(out, offset);
    put32(out, 0x07064b50);
    put32(out, 0);
    put64(out, offset + bytes);
    put32(out, 1);
  }
  put32(out, 0x06054b50);
  put16(out, 0);
  put16(out, 0);
  const uint16_t count = large ? kFull16 : static_cast<uint16_t>(entries_.size());
  put16(out, count);
  put16(out, count);
  put32(out, large ? kFull32 : static_cast<uint32_t>(bytes));
  put32(out, large ? kFull32 : static_cast<uint32_t>(offset));
  put16(out, 0);
  return out;
}

Result<void> ZipWriter::finish() {
  const uint64_t offset = written_;
  for (const Entry& entry : entries_) ASSAY_TRY_VOID(write(directory_entry(entry)));
  return write(end_record(offset, written_ - offset));
}

}  // namespace assay::reports
