#include "harness/load/trace.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <memory>
#include <utility>

#include "harness/base/hash.h"
#include "harness/load/trace_line.h"

namespace assay::load {
namespace {

constexpr size_t kBlockBytes = 65'536;

double seconds(int64_t ns) { return static_cast<double>(ns) / 1e9; }

// Cuts and scales what the lines say.
class Cut {
 public:
  Cut(std::string name, const TraceOptions& options) : name_(std::move(name)), options_(options) {}

  Result<void> take(TraceLine line, uint64_t number) {
    if (seen_ == 0) first_ns_ = last_ns_ = line.at_ns;
    ++seen_;
    if (line.at_ns < last_ns_) {
      return input_error(
          fmt::format("{}:{}", name_, number),
          fmt::format("time goes back: found {:.9f} s after the first entry, "
                      "expected at least {:.9f} s as in the entry before",
                      seconds(line.at_ns - first_ns_), seconds(last_ns_ - first_ns_)));
    }
    last_ns_ = line.at_ns;
    if (!inside(line.at_ns - first_ns_)) return {};
    if (entries_.empty()) kept_from_ns_ = line.at_ns;
    const double at_ns = static_cast<double>(line.at_ns - kept_from_ns_) / options_.time_scale;
    if (!(at_ns < 0x1p62))
      return input_error(
          fmt::format("{}:{}", name_, number),
          fmt::format("the entry would be due after {:.3g} s, expected less than 146 "
                      "years: the time scale is {}",
                      at_ns / 1e9, options_.time_scale));
    // At the trace's own speed no bit is lost to the division.
    line.entry.at =
        options_.time_scale == 1 ? Nanos(line.at_ns - kept_from_ns_) : Nanos(std::llround(at_ns));
    kept_bytes_ += sizeof(TraceEntry) + line.entry.blocks.size() * sizeof(uint64_t) +
                   line.entry.prompt.size() + line.entry.conversation.size();
    if (kept_bytes_ > kTraceKeptBytesMax)
      return input_error(fmt::format("{}:{}", name_, number),
                         fmt::format("the entries take more than {} bytes, expected at most that: "
                                     "take a shorter cut",
                                     kTraceKeptBytesMax));
    entries_.push_back(std::move(line.entry));
    return {};
  }

  Result<std::vector<TraceEntry>> finish() {
    if (seen_ == 0) return input_error(name_, "found no entry, expected at least one");
    if (!entries_.empty()) return std::move(entries_);
    return input_error(
        name_, fmt::format("nothing is left: found {} entries over {:.3f} s, expected some from "
                           "{:.3f} s on{}",
                           seen_, seconds(last_ns_ - first_ns_), seconds(options_.from.count()),
                           options_.duration
                               ? fmt::format(" for {:.3f} s", seconds(options_.duration->count()))
                               : ""));
  }

 private:
  [[nodiscard]] bool inside(int64_t since_first_ns) const {
    if (options_.limit > 0 && entries_.size() >= options_.limit) return false;
    const int64_t since_from_ns = since_first_ns - options_.from.count();
    return since_from_ns >= 0 && (!options_.duration || since_from_ns < options_.duration->count());
  }

  std::string name_;
  const TraceOptions& options_;
  std::vector<TraceEntry> entries_;
  uint64_t seen_ = 0;
  uint64_t kept_bytes_ = 0;
  int64_t first_ns_ = 0;
  int64_t last_ns_ = 0;
  int64_t kept_from_ns_ = 0;
};

// Plain bytes → lines → entries.
class LineFeed {
 public:
  LineFeed(const std::string& name, const TraceOptions& options)
      : name_(name), lines_(name), cut_(name, options) {}

  Result<void> feed(std::string_view bytes) {
    bytes_ += bytes.size();
    if (bytes_ > kTraceBytesMax)
      return input_error(
          name_, fmt::format("found more than {} bytes, expected at most that", kTraceBytesMax));
    while (!bytes.empty()) {
      const size_t newline = bytes.find('\n');
      const std::string_view piece = bytes.substr(0, newline);
      if (line_.size() + piece.size() > kTraceLineBytesMax)
        return input_error(fmt::format("{}:{}", name_, number_ + 1),
                           fmt::format("found a line of more than {} bytes, expected at most that",
                                       kTraceLineBytesMax));
      line_ += piece;
      if (newline == std::string_view::npos) return {};
      bytes.remove_prefix(newline + 1);
      ASSAY_TRY_VOID(end_line());
    }
    return {};
  }

  Result<Trace> finish() {
    ASSAY_TRY_VOID(end_line());
    Trace trace;
    ASSAY_TRY(trace.entries, cut_.finish());
    trace.form = lines_.form();
    return trace;
  }

 private:
  Result<void> end_line() {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    std::string_view line = line_;
    ++number_;
    if (number_ == 1 && line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
    if (line.ends_with('\r')) line.remove_suffix(1);
    ASSAY_TRY(std::optional<TraceLine> read, lines_.read(line, number_));
    line_.clear();
    return read ? cut_.take(std::move(*read), number_) : Result<void>();
  }

  std::string name_;
  TraceLines lines_;
  Cut cut_;
  std::string line_;
  uint64_t number_ = 0;
  uint64_t bytes_ = 0;
};

struct InflateEnd {
  void operator()(z_stream* stream) const {
    inflateEnd(stream);
    delete stream;  // made below; zlib wants it to stay where it is
  }
};

// Gzip (RFC 1952), one member after the other, in front of a LineFeed.
class Unpacker {
 public:
  Unpacker(std::string name, LineFeed& lines) : name_(std::move(name)), lines_(lines) {
    auto stream = std::make_unique<z_stream>();
    constexpr int kWindowBitsGzip = 15 + 16;
    ready_ = inflateInit2(stream.get(), kWindowBitsGzip) == Z_OK;
    if (ready_) stream_.reset(stream.release());
  }

  Result<void> feed(std::string_view bytes) {
    if (!ready_) return bad("there is no memory to unpack it");
    // zlib's interface is not const; it does not write there.
    stream_->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_->avail_in = static_cast<uInt>(bytes.size());
    while (stream_->avail_in > 0) {
      if (ended_ && inflateReset(stream_.get()) != Z_OK) return bad("a second part is broken");
      ended_ = false;
      ASSAY_TRY_VOID(step());
    }
    return {};
  }

  Result<void> finish() { return ended_ ? Result<void>() : bad("it ends in the middle"); }

 private:
  // Until the input is used up or a member ends.
  Result<void> step() {
    int status = Z_OK;
    do {
      stream_->next_out = reinterpret_cast<Bytef*>(out_.data());
      stream_->avail_out = static_cast<uInt>(out_.size());
      status = inflate(stream_.get(), Z_NO_FLUSH);
      if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
        return bad(stream_->msg == nullptr ? "it cannot be unpacked" : stream_->msg);
      ASSAY_TRY_VOID(lines_.feed({out_.data(), out_.size() - stream_->avail_out}));
    } while (status == Z_OK && (stream_->avail_in > 0 || stream_->avail_out == 0));
    ended_ = status == Z_STREAM_END;
    return {};
  }

  [[nodiscard]] Error bad(std::string_view what) const {
    return input_error(name_,
                       fmt::format("found gzip data of which {}, expected a whole file", what));
  }

  std::string name_;
  LineFeed& lines_;
  std::unique_ptr<z_stream, InflateEnd> stream_;
  std::array<char, kBlockBytes> out_{};
  bool ready_ = false;
  bool ended_ = false;
};

// Bytes as they lie in the file → trace.
class Reader {
 public:
  Reader(const std::string& name, const TraceOptions& options)
      : name_(name), lines_(name, options) {}

  // In blocks; the first one, unless it is the whole file, has two bytes or more.
  Result<void> feed(std::string_view bytes) {
    hash_.add_raw(bytes);
    if (!begun_ && bytes.starts_with("\x1F\x8B"))
      unpacker_ = std::make_unique<Unpacker>(name_, lines_);
    begun_ = true;
    return unpacker_ ? unpacker_->feed(bytes) : lines_.feed(bytes);
  }

  Result<Trace> finish() {
    if (unpacker_) ASSAY_TRY_VOID(unpacker_->finish());
    ASSAY_TRY(Trace trace, lines_.finish());
    trace.hash = hash_.finish().hex();
    return trace;
  }

 private:
  std::string name_;
  LineFeed lines_;
  std::unique_ptr<Unpacker> unpacker_;
  HashBuilder hash_;
  bool begun_ = false;
};

Result<void> check_options(const TraceOptions& options) {
  if (!std::isfinite(options.time_scale) || options.time_scale <= 0)
    return input_error(
        "trace",
        fmt::format("the time scale is {}, expected a positive finite number", options.time_scale));
  if (options.from < Nanos(0))
    return input_error("trace", fmt::format("the cut begins at {} s, expected 0 or more",
                                            seconds(options.from.count())));
  if (options.duration && *options.duration <= Nanos(0))
    return input_error("trace", fmt::format("the cut is {} s long, expected more than 0",
                                            seconds(options.duration->count())));
  return {};
}

}  // namespace

Result<Trace> read_trace(const std::string& path, const TraceOptions& options) {
  ASSAY_TRY_VOID(check_options(options));
  std::ifstream in(path, std::ios::binary);
  if (!in)
    return Error{ErrorCode::kNotFound, "cannot be read, expected a trace (CSV or JSON lines)",
                 path};
  Reader reader(path, options);
  std::vector<char> block(kBlockBytes);
  while (in.read(block.data(), static_cast<std::streamsize>(block.size())), in.gcount() > 0)
    ASSAY_TRY_VOID(reader.feed({block.data(), static_cast<size_t>(in.gcount())}));
  if (in.bad() || !in.eof())
    return Error{ErrorCode::kIo, "reading it failed, expected a trace (CSV or JSON lines)", path};
  return reader.finish();
}

Result<Trace> parse_trace(std::string_view bytes, const std::string& name,
                          const TraceOptions& options) {
  ASSAY_TRY_VOID(check_options(options));
  Reader reader(name, options);
  for (size_t begin = 0; begin < bytes.size(); begin += kBlockBytes)
    ASSAY_TRY_VOID(reader.feed(bytes.substr(begin, kBlockBytes)));
  return reader.finish();
}

}  // namespace assay::load
