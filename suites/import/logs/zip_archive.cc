#include "suites/import/logs/zip_archive.h"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>
#include <optional>
#include <unordered_map>

#include "harness/base/utf8.h"

namespace assay::suites {
namespace {

constexpr uint32_t kLocalSignature = 0x04034b50;
constexpr uint32_t kEntrySignature = 0x02014b50;
constexpr uint32_t kEndSignature = 0x06054b50;
constexpr uint32_t kEnd64Signature = 0x06064b50;
constexpr uint32_t kLocator64Signature = 0x07064b50;
constexpr size_t kLocalBytes = 30;
constexpr size_t kEntryBytes = 46;
constexpr size_t kEndBytes = 22;
constexpr size_t kEnd64Bytes = 56;
constexpr size_t kLocator64Bytes = 20;
constexpr size_t kCommentBytesMax = 65535;
constexpr uint16_t kExtra64 = 0x0001;
constexpr uint32_t kFull32 = 0xFFFFFFFF;
constexpr uint16_t kStored = 0;
constexpr uint16_t kDeflate = 8;
constexpr uint16_t kZstd = 93;
constexpr int kZstdWindowLogMax = 27;  // 128 MiB of window at most
constexpr size_t kChunkBytes = size_t{64} << 10;

// Little-endian numbers; the caller has checked that they are there.
uint64_t number(std::string_view bytes, size_t at, size_t width) {
  uint64_t out = 0;
  for (size_t i = 0; i < width; ++i) {
    out |= uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  }
  return out;
}
uint16_t number16(std::string_view bytes, size_t at) {
  return static_cast<uint16_t>(number(bytes, at, 2));
}
uint32_t number32(std::string_view bytes, size_t at) {
  return static_cast<uint32_t>(number(bytes, at, 4));
}
uint64_t number64(std::string_view bytes, size_t at) { return number(bytes, at, 8); }

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// Random reads of one file.
class Bytes {
 public:
  Bytes() = default;
  static Result<Bytes> open(const std::string& path) {
    Bytes out;
    out.file_.reset(std::fopen(path.c_str(), "rb"));
    if (out.file_ == nullptr) return input_error(path, "cannot be opened");
    if (fseeko(out.file_.get(), 0, SEEK_END) != 0) return input_error(path, "cannot be read");
    const off_t size = ftello(out.file_.get());
    if (size < 0) return input_error(path, "cannot be read");
    out.size_ = static_cast<uint64_t>(size);
    return out;
  }
  [[nodiscard]] uint64_t size() const { return size_; }
  [[nodiscard]] bool read(uint64_t at, size_t count, std::string& out) const {
    out.resize(count);
    if (at > size_ || count > size_ - at) return false;
    return fseeko(file_.get(), static_cast<off_t>(at), SEEK_SET) == 0 &&
           std::fread(out.data(), 1, count, file_.get()) == count;
  }

 private:
  std::unique_ptr<std::FILE, CloseFile> file_;
  uint64_t size_ = 0;
};

struct Directory {
  uint64_t offset = 0;
  uint64_t bytes = 0;
  uint64_t entries = 0;
};

// What a decompressor gives: appended to `out`, never beyond `expected` bytes.
struct Sink {
  std::string& out;
  uint64_t expected;
  [[nodiscard]] bool put(const char* data, size_t count) const {
    if (count > expected - out.size()) return false;
    out.append(data, count);
    return true;
  }
};

class Decoder {
 public:
  Decoder() = default;
  virtual ~Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  // What is wrong with the bytes; empty: nothing.
  virtual std::string feed(std::string_view bytes, const Sink& sink) = 0;
  [[nodiscard]] virtual bool complete() const = 0;
};

class StoredDecoder final : public Decoder {
 public:
  std::string feed(std::string_view bytes, const Sink& sink) override {
    return sink.put(bytes.data(), bytes.size()) ? "" : "holds more bytes than the directory says";
  }
  [[nodiscard]] bool complete() const override { return true; }
};

class DeflateDecoder final : public Decoder {
 public:
  DeflateDecoder() : ready_(inflateInit2(&stream_, -MAX_WBITS) == Z_OK) {}
  ~DeflateDecoder() override {
    if (ready_) inflateEnd(&stream_);
  }
  std::string feed(std::string_view bytes, const Sink& sink) override {
    if (!ready_) return "cannot be unpacked (out of memory)";
    if (complete_) return "goes on after its end";
    // zlib's interface lacks const; it does not write to its input.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // NOLINT
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
      stream_.avail_out = static_cast<uInt>(buffer_.size());
      const int status = inflate(&stream_, Z_NO_FLUSH);
      if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
        return "is damaged (deflate)";
      }
      if (!sink.put(buffer_.data(), buffer_.size() - stream_.avail_out)) {
        return "unpacks to more bytes than the directory says";
      }
      complete_ = status == Z_STREAM_END;
    } while (!complete_ && (stream_.avail_in > 0 || stream_.avail_out == 0));
    return stream_.avail_in > 0 ? "goes on after its end" : "";
  }
  [[nodiscard]] bool complete() const override { return complete_; }

 private:
  z_stream stream_{};
  bool ready_;
  bool complete_ = false;
  std::array<char, kChunkBytes> buffer_{};
};

class ZstdDecoder final : public Decoder {
 public:
  ZstdDecoder() : stream_(ZSTD_createDStream()) {
    if (stream_ != nullptr) {
      ZSTD_DCtx_setParameter(stream_.get(), ZSTD_d_windowLogMax, kZstdWindowLogMax);
    }
  }
  std::string feed(std::string_view bytes, const Sink& sink) override {
    if (stream_ == nullptr) return "cannot be unpacked (out of memory)";
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    for (;;) {
      ZSTD_outBuffer out{buffer_.data(), buffer_.size(), 0};
      const size_t before = in.pos;
      const size_t left = ZSTD_decompressStream(stream_.get(), &out, &in);
      if (ZSTD_isError(left) != 0) {
        return fmt::format("is damaged (zstd: {})", ZSTD_getErrorName(left));
      }
      if (!sink.put(buffer_.data(), out.pos)) {
        return "unpacks to more bytes than the directory says";
      }
      // A call that finds nothing to do after a frame's end asks for the next frame.
      if (in.pos > before || out.pos > 0) complete_ = left == 0;
      if (in.pos == in.size && out.pos < out.size) return "";
    }
  }
  [[nodiscard]] bool complete() const override { return complete_; }

 private:
  struct Free {
    void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
  };
  std::unique_ptr<ZSTD_DStream, Free> stream_;
  bool complete_ = false;
  std::array<char, kChunkBytes> buffer_{};
};

std::unique_ptr<Decoder> decoder_of(uint16_t method) {
  if (method == kStored) return std::make_unique<StoredDecoder>();
  if (method == kDeflate) return std::make_unique<DeflateDecoder>();
  if (method == kZstd) return std::make_unique<ZstdDecoder>();
  return nullptr;
}

class Archive final : public ZipArchive {
 public:
  Archive(std::string path, const ZipLimits& limits) : path_(std::move(path)), limits_(limits) {}

  Result<void> load() {
    ASSAY_TRY(bytes_, Bytes::open(path_));
    ASSAY_TRY(const Directory directory, find_directory());
    ASSAY_TRY_VOID(read_directory(directory));
    ASSAY_TRY_VOID(check_layout(directory.offset));
    for (size_t i = 0; i < members_.size(); ++i) by_name_[members_[i].name] = i;
    return {};
  }

  [[nodiscard]] const std::vector<ZipMember>& members() const override { return members_; }
  [[nodiscard]] const ZipMember* find(std::string_view name) const override {
    const auto at = by_name_.find(name);
    return at == by_name_.end() ? nullptr : &members_[at->second];
  }
  [[nodiscard]] Result<std::string> read(const ZipMember& member) const override;

 private:
  [[nodiscard]] Error wrong(std::string what) const { return input_error(path_, std::move(what)); }
  [[nodiscard]] Error wrong(const ZipMember& member, std::string_view what) const {
    // A name from outside: never more than a label in the message.
    const std::string name = sanitize_utf8(member.name.substr(0, 120));
    return input_error(fmt::format("{}: member `{}`", path_, name), std::string(what));
  }
  [[nodiscard]] Result<Directory> find_directory() const;
  [[nodiscard]] Result<Directory> directory64(uint64_t end_at) const;
  Result<void> read_directory(const Directory& directory);
  [[nodiscard]] Result<void> read_extra64(std::string_view extra, ZipMember& member) const;
  Result<void> check_layout(uint64_t directory_at);
  [[nodiscard]] Result<uint64_t> data_at(const ZipMember& member) const;

  std::string path_;
  ZipLimits limits_;
  Bytes bytes_;
  std::vector<ZipMember> members_;
  std::unordered_map<std::string_view, size_t> by_name_;
};

// The end record stands before a comment of at most 65,535 bytes that reaches the end of the file.
Result<Directory> Archive::find_directory() const {
  const uint64_t tail_bytes = std::min<uint64_t>(bytes_.size(), kEndBytes + kCommentBytesMax);
  const uint64_t tail_at = bytes_.size() - tail_bytes;
  std::string tail;
  if (!bytes_.read(tail_at, static_cast<size_t>(tail_bytes), tail)) {
    return wrong("cannot be read");
  }
  for (size_t back = kEndBytes; back <= tail.size(); ++back) {
    const size_t at = tail.size() - back;
    if (number32(tail, at) != kEndSignature) continue;
    if (number16(tail, at + 20) != back - kEndBytes) continue;
    if (number16(tail, at + 4) != 0 || number16(tail, at + 6) != 0) {
      return wrong("is one of several disks of a zip file, expected a single one");
    }
    const Directory plain{.offset = number32(tail, at + 16),
                          .bytes = number32(tail, at + 12),
                          .entries = number16(tail, at + 10)};
    const bool large = plain.offset == kFull32 || plain.bytes == kFull32 || plain.entries == 0xFFFF;
    if (large) {
      ASSAY_TRY(const Directory found, directory64(tail_at + at));
      if (found.bytes > 0 || found.entries > 0) return found;
    }
    if (plain.offset + plain.bytes > tail_at + at) {
      return wrong("is damaged: the directory reaches beyond its end");
    }
    return plain;
  }
  return wrong("has no end of a zip file (cut short, or another format)");
}

// Nothing found (no locator): the 16-bit count of exactly 65,535 members.
Result<Directory> Archive::directory64(uint64_t end_at) const {
  std::string locator;
  if (end_at < kLocator64Bytes ||
      !bytes_.read(end_at - kLocator64Bytes, kLocator64Bytes, locator) ||
      number32(locator, 0) != kLocator64Signature) {
    return Directory{};
  }
  const uint64_t at = number64(locator, 8);
  std::string end;
  if (at > end_at || !bytes_.read(at, kEnd64Bytes, end) || number32(end, 0) != kEnd64Signature) {
    return wrong("is damaged: its zip64 end record is not where it should be");
  }
  const Directory out{
      .offset = number64(end, 48), .bytes = number64(end, 40), .entries = number64(end, 32)};
  if (out.offset > at || out.bytes > at - out.offset) {
    return wrong("is damaged: the directory reaches beyond its end");
  }
  return out;
}

Result<void> Archive::read_directory(const Directory& directory) {
  if (directory.entries > limits_.members_max) {
    return wrong(
        fmt::format("has {} members, at most {} are read", directory.entries, limits_.members_max));
  }
  if (directory.bytes > limits_.directory_bytes_max) {
    return wrong(fmt::format("has a directory of {} bytes, at most {} are read", directory.bytes,
                             limits_.directory_bytes_max));
  }
  if (directory.entries > directory.bytes / kEntryBytes) {
    return wrong(fmt::format("is damaged: {} members in a directory of {} bytes", directory.entries,
                             directory.bytes));
  }
  std::string text;
  if (!bytes_.read(directory.offset, static_cast<size_t>(directory.bytes), text)) {
    return wrong("is cut short: its directory cannot be read");
  }
  members_.reserve(static_cast<size_t>(directory.entries));
  size_t at = 0;
  for (uint64_t i = 0; i < directory.entries; ++i) {
    if (text.size() - at < kEntryBytes || number32(text, at) != kEntrySignature) {
      return wrong(fmt::format("is damaged: member {} of {} is not in its directory", i + 1,
                               directory.entries));
    }
    const size_t name = number16(text, at + 28);
    const size_t extra = number16(text, at + 30);
    const size_t comment = number16(text, at + 32);
    if (text.size() - at - kEntryBytes < name + extra + comment) {
      return wrong("is damaged: its directory ends inside a member");
    }
    ZipMember member{.name = text.substr(at + kEntryBytes, name),
                     .packed = number32(text, at + 20),
                     .unpacked = number32(text, at + 24),
                     .header = number32(text, at + 42),
                     .crc = number32(text, at + 16),
                     .method = number16(text, at + 10),
                     .encrypted = (number16(text, at + 8) & 1U) != 0};
    ASSAY_TRY_VOID(
        read_extra64(std::string_view(text).substr(at + kEntryBytes + name, extra), member));
    members_.push_back(std::move(member));
    at += kEntryBytes + name + extra + comment;
  }
  return {};
}

// Numbers too large for their 32 bits stand in the extra field 0x0001, in this order.
Result<void> Archive::read_extra64(std::string_view extra, ZipMember& member) const {
  const bool wanted =
      member.unpacked == kFull32 || member.packed == kFull32 || member.header == kFull32;
  while (wanted && extra.size() >= 4) {
    const uint16_t id = number16(extra, 0);
    const size_t bytes = number16(extra, 2);
    if (bytes > extra.size() - 4) break;
    std::string_view field = extra.substr(4, bytes);
    extra.remove_prefix(4 + bytes);
    if (id != kExtra64) continue;
    for (uint64_t* const value : {&member.unpacked, &member.packed, &member.header}) {
      if (*value != kFull32) continue;
      if (field.size() < 8) return wrong(member, "lacks a size in its zip64 field");
      *value = number64(field, 0);
      field.remove_prefix(8);
    }
    return {};
  }
  return {};
}

// No two members share bytes, none reaches into the directory, and all together stay in the limits.
Result<void> Archive::check_layout(uint64_t directory_at) {
  std::vector<size_t> order(members_.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return members_[a].header < members_[b].header; });
  uint64_t total = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    ZipMember& member = members_[order[i]];
    member.limit = i + 1 < order.size() ? members_[order[i + 1]].header : directory_at;
    const uint64_t room = member.limit < member.header ? 0 : member.limit - member.header;
    if (room < kLocalBytes + member.name.size() ||
        room - kLocalBytes - member.name.size() < member.packed) {
      return wrong(member, "overlaps what follows it: the file is damaged or made to harm");
    }
    if (member.unpacked > limits_.member_bytes_max) {
      return wrong(member, fmt::format("unpacks to {} bytes, at most {} are read", member.unpacked,
                                       limits_.member_bytes_max));
    }
    if (member.unpacked > limits_.ratio_from &&
        member.unpacked / limits_.ratio_max > member.packed) {
      return wrong(member, fmt::format("unpacks {} bytes to {}, more than {} to 1", member.packed,
                                       member.unpacked, limits_.ratio_max));
    }
    total += member.unpacked;
    if (total > limits_.total_bytes_max) {
      return wrong(fmt::format("unpacks to more than {} bytes", limits_.total_bytes_max));
    }
  }
  return {};
}

Result<uint64_t> Archive::data_at(const ZipMember& member) const {
  std::string header;
  if (!bytes_.read(member.header, kLocalBytes, header) || number32(header, 0) != kLocalSignature) {
    return wrong(member, "has no header where the directory says");
  }
  const size_t name = number16(header, 26);
  const size_t extra = number16(header, 28);
  std::string stored;
  if (number16(header, 8) != member.method || name != member.name.size() ||
      !bytes_.read(member.header + kLocalBytes, name, stored) || stored != member.name) {
    return wrong(member, "has a header that contradicts the directory");
  }
  const uint64_t at = member.header + kLocalBytes + name + extra;
  if (at > member.limit || member.packed > member.limit - at) {
    return wrong(member, "overlaps what follows it: the file is damaged or made to harm");
  }
  return at;
}

Result<std::string> Archive::read(const ZipMember& member) const {
  if (member.encrypted) {
    return wrong(member, "is encrypted, expected a log without a password");
  }
  const std::unique_ptr<Decoder> decoder = decoder_of(member.method);
  if (decoder == nullptr) {
    return wrong(member, fmt::format("is packed by method {}, expected 0 (stored), 8 (deflate) or "
                                     "93 (zstd)",
                                     member.method));
  }
  ASSAY_TRY(const uint64_t begin, data_at(member));
  std::string out;
  const Sink sink{out, member.unpacked};
  std::string chunk;
  for (uint64_t done = 0; done < member.packed; done += chunk.size()) {
    const auto count = static_cast<size_t>(std::min<uint64_t>(kChunkBytes, member.packed - done));
    if (!bytes_.read(begin + done, count, chunk)) return wrong(member, "is cut short");
    const std::string problem = decoder->feed(chunk, sink);
    if (!problem.empty()) return wrong(member, problem);
  }
  if (out.size() != member.unpacked || !decoder->complete()) {
    return wrong(member, fmt::format("unpacks to {} bytes, the directory says {}", out.size(),
                                     member.unpacked));
  }
  const uLong crc =
      crc32_z(crc32(0, nullptr, 0), reinterpret_cast<const Bytef*>(out.data()), out.size());
  if (crc != member.crc) {
    return wrong(member, fmt::format("has CRC {:08x}, the directory says {:08x}: it is damaged",
                                     crc, member.crc));
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<ZipArchive>> ZipArchive::open(const std::string& path,
                                                     const ZipLimits& limits) {
  auto archive = std::make_unique<Archive>(path, limits);
  ASSAY_TRY_VOID(archive->load());
  return std::unique_ptr<ZipArchive>(std::move(archive));
}

}  // namespace assay::suites
