#include "suites/loader/text_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "harness/base/utf8.h"

namespace assay::suites {
namespace {

constexpr size_t kChunkBytes = size_t{256} << 10;
constexpr int kGzipOnly = 16 + MAX_WBITS;  // zlib's way to say so

// Bytes at the end of `text` that begin a code point whose rest has not arrived (0 to 3).
size_t incomplete_tail(std::string_view text) {
  for (size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const auto c = static_cast<unsigned char>(text[text.size() - back]);
    if (c < 0x80) return 0;
    if (c < 0xC0) continue;  // a continuation byte: look further left for its lead
    const size_t want = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
    return want > back ? back : 0;
  }
  return 0;
}

bool is_ascii(std::string_view text) {
  uint64_t all = 0;
  size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t word = 0;
    std::memcpy(&word, text.data() + i, 8);
    all |= word;
  }
  for (; i < text.size(); ++i) all |= static_cast<unsigned char>(text[i]);
  return (all & 0x8080808080808080ULL) == 0;
}

// The packed or plain bytes of the file, hashed as they pass.
class FileBytes {
 public:
  ~FileBytes() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileBytes() = default;
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;

  Result<void> open(const std::string& path, const std::string& shown) {
    shown_ = shown;
    fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) {
      const int reason = errno;
      return Error{reason == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
                   fmt::format("cannot be opened: {}", std::strerror(reason)), shown};
    }
    struct stat info {};
    if (::fstat(fd_, &info) != 0 || !S_ISREG(info.st_mode)) {
      return input_error(shown, "is not a file");
    }
    buffer_.resize(kChunkBytes);
    return {};
  }

  Result<std::string_view> read() {
    for (;;) {
      const ssize_t n = ::read(fd_, buffer_.data(), buffer_.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        return Error{ErrorCode::kIo, fmt::format("cannot be read: {}", std::strerror(errno)),
                     shown_};
      }
      const std::string_view bytes(buffer_.data(), static_cast<size_t>(n));
      hash_.add_raw(bytes);
      total_ += bytes.size();
      return bytes;
    }
  }
  [[nodiscard]] uint64_t total() const { return total_; }
  [[nodiscard]] const std::string& shown() const { return shown_; }
  Hash hash() { return hash_.finish(); }

 private:
  int fd_ = -1;
  std::string shown_;
  std::vector<char> buffer_;
  HashBuilder hash_;
  uint64_t total_ = 0;
};

// zlib's inflate over FileBytes; members may follow each other, as gzip allows.
class Gunzip {
 public:
  explicit Gunzip(const SourceLimits& limits) : limits_(limits), buffer_(kChunkBytes) {}
  ~Gunzip() {
    if (started_) inflateEnd(&stream_);
  }
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  Result<void> start(const std::string& shown) {
    if (inflateInit2(&stream_, kGzipOnly) != Z_OK) {
      return Error{ErrorCode::kLimit, "no memory to unpack gzip", shown};
    }
    started_ = true;
    return {};
  }
  void give(std::string_view packed) {
    stream_.next_in = reinterpret_cast<Bytef*>(
        const_cast<char*>(packed.data()));  // zlib's interface is not const, it only reads
    stream_.avail_in = static_cast<uInt>(packed.size());
  }
  // The next unpacked bytes; empty at the end of the file.
  Result<std::string_view> read(FileBytes& file) {
    for (;;) {
      if (stream_.avail_in == 0 && !file_ended_) {
        ASSAY_TRY(const std::string_view packed, file.read());
        file_ended_ = packed.empty();
        give(packed);
      }
      if (file_ended_ && stream_.avail_in == 0 && at_member_end_) return std::string_view();
      if (at_member_end_) {
        inflateReset(&stream_);
        at_member_end_ = false;
      }
      ASSAY_TRY(const std::string_view text, inflate_some(file));
      if (!text.empty()) return text;
    }
  }

 private:
  Result<std::string_view> inflate_some(FileBytes& file) {
    stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
    stream_.avail_out = static_cast<uInt>(buffer_.size());
    const int status = inflate(&stream_, Z_NO_FLUSH);
    const uint64_t at = file.total() - stream_.avail_in;
    const size_t n = buffer_.size() - stream_.avail_out;
    if (status == Z_BUF_ERROR && n == 0 && file_ended_) {
      return input_error(file.shown(),
                         fmt::format("the gzip data is cut short: it ends after {} bytes, before "
                                     "its own end mark",
                                     at));
    }
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
      return input_error(file.shown(),
                         fmt::format("corrupt gzip data at byte {}: {}", at,
                                     stream_.msg == nullptr ? "not gzip" : stream_.msg));
    }
    at_member_end_ = status == Z_STREAM_END;
    unpacked_ += n;
    ASSAY_TRY_VOID(check_limits(file.shown(), at));
    return std::string_view(buffer_.data(), n);
  }
  Result<void> check_limits(const std::string& shown, uint64_t packed) const {
    if (unpacked_ > limits_.unpacked_bytes_max) {
      return Error{ErrorCode::kLimit,
                   fmt::format("unpacks to more than {} bytes (limit unpacked_bytes_max)",
                               limits_.unpacked_bytes_max),
                   shown};
    }
    if (unpacked_ > limits_.ratio_from && unpacked_ / limits_.ratio_max > packed) {
      return Error{ErrorCode::kLimit,
                   fmt::format("unpacks to more than {} times its size (limit ratio_max); this is "
                               "not a data file but a gzip bomb",
                               limits_.ratio_max),
                   shown};
    }
    return {};
  }

  const SourceLimits limits_;
  z_stream stream_{};
  std::vector<char> buffer_;
  uint64_t unpacked_ = 0;
  bool started_ = false;
  bool file_ended_ = false;
  bool at_member_end_ = false;
};

class FileTextSource final : public TextSource {
 public:
  Result<void> start(const std::string& path, std::string shown, const SourceLimits& limits) {
    shown_ = std::move(shown);
    ASSAY_TRY_VOID(file_.open(path, shown_));
    ASSAY_TRY(first_, file_.read());
    const bool named_gzip = path.ends_with(".gz");
    const bool is_gzip = first_.starts_with("\x1f\x8b");
    if (named_gzip && !is_gzip) {
      return input_error(shown_,
                         "is named .gz, but is not gzip data (expected its first bytes 1f 8b)");
    }
    if (is_gzip) {
      gunzip_ = std::make_unique<Gunzip>(limits);
      ASSAY_TRY_VOID(gunzip_->start(shown_));
      gunzip_->give(first_);
    }
    return {};
  }

  Result<std::string_view> next() override {
    for (;;) {
      ASSAY_TRY(std::string_view raw, read_raw());
      const bool ended = raw.empty();
      if (ended && carry_.empty()) return raw;
      if (!carry_.empty()) {  // at most three bytes of a code point, and the start of the text
        joined_.assign(carry_).append(raw);
        raw = joined_;
      }
      if (begins_ && !ended && raw.size() < 3) {
        carry_.assign(raw);
        continue;
      }
      const size_t tail = ended ? 0 : incomplete_tail(raw);
      std::string_view text = raw.substr(0, raw.size() - tail);
      std::string rest(raw.substr(raw.size() - tail));
      ASSAY_TRY_VOID(check_utf8(text));
      carry_ = std::move(rest);
      if (begins_) {
        begins_ = false;
        if (text.starts_with("\xEF\xBB\xBF")) {
          text.remove_prefix(3);
          skipped_ = 3;
        }
      }
      if (!text.empty()) return text;
      if (ended) return std::string_view();
    }
  }
  [[nodiscard]] uint64_t skipped() const override { return skipped_; }
  [[nodiscard]] bool packed() const override { return gunzip_ != nullptr; }
  Hash file_hash() override { return file_.hash(); }

 private:
  Result<std::string_view> read_raw() {
    if (gunzip_) return gunzip_->read(file_);
    if (!first_.empty()) return std::exchange(first_, std::string_view());
    return file_.read();
  }
  Result<void> check_utf8(std::string_view text) {
    if (!is_ascii(text)) {
      if (const auto bad = invalid_utf8_at(text)) return utf8_error(text, *bad);
    }
    lines_ += static_cast<uint64_t>(std::count(text.begin(), text.end(), '\n'));
    offset_ += text.size();
    return {};
  }
  Error utf8_error(std::string_view text, size_t bad) const {
    const auto line = lines_ + 1 +
                      static_cast<uint64_t>(
                          std::count(text.begin(), text.begin() + static_cast<long>(bad), '\n'));
    return input_error(
        fmt::format("{}:{}", shown_, line),
        fmt::format("byte {} of the {} (0x{:02x}) is not valid UTF-8, expected UTF-8 text",
                    offset_ + bad, gunzip_ ? "unpacked text" : "file",
                    static_cast<unsigned char>(text[bad])));
  }

  std::string shown_;
  FileBytes file_;
  std::unique_ptr<Gunzip> gunzip_;
  std::string_view first_;  // what start() read to look at the first bytes
  std::string carry_;
  std::string joined_;
  bool begins_ = true;
  uint64_t skipped_ = 0;
  uint64_t lines_ = 0;
  uint64_t offset_ = 0;
};

}  // namespace

Result<std::unique_ptr<TextSource>> TextSource::open(const std::string& path, std::string shown,
                                                     const SourceLimits& limits) {
  auto source = std::make_unique<FileTextSource>();
  ASSAY_TRY_VOID(source->start(path, std::move(shown), limits));
  return std::unique_ptr<TextSource>(std::move(source));
}

}  // namespace assay::suites
