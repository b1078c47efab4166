#include "suites/data/quick-ocr/generator/png.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <optional>

#include "harness/base/check.h"

namespace assay::suites::quick_ocr {
namespace {

constexpr std::string_view kSignature("\x89PNG\r\n\x1A\n", 8);
constexpr size_t kHeaderBytes = 13;

void append_u32(std::string& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xFFU);
}

uint32_t read_u32(std::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = (value << 8) | static_cast<unsigned char>(bytes[i]);
  return value;
}

uint32_t checksum(std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

void append_chunk(std::string& out, std::string_view type, std::string_view data) {
  append_u32(out, static_cast<uint32_t>(data.size()));
  std::string body(type);
  body += data;
  out += body;
  append_u32(out, checksum(body));
}

// zlib level 9, 32 KiB window, memLevel 9, default strategy: written down so that nobody's default
// changes it.
std::string deflate_all(std::string_view raw) {
  z_stream stream{};
  ASSAY_CHECK(deflateInit2(&stream, 9, Z_DEFLATED, 15, 9, Z_DEFAULT_STRATEGY) == Z_OK,
              "zlib refused its settings: {}", 9);
  std::string out(deflateBound(&stream, static_cast<uLong>(raw.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(raw.data()));  // zlib only reads it
  stream.avail_in = static_cast<uInt>(raw.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&stream, Z_FINISH);
  const size_t written = stream.total_out;
  deflateEnd(&stream);
  ASSAY_CHECK(status == Z_STREAM_END, "deflate ended with {}", status);
  out.resize(written);
  return out;
}

size_t row_bytes(int width) { return (static_cast<size_t>(width) + 1) / 2; }

struct Reader {
  std::string_view bytes;
  std::string where;
  size_t at = 0;

  [[nodiscard]] Error error(std::string_view what) const {
    return input_error(fmt::format("{}: byte {}", where, at), std::string(what));
  }
  struct Chunk {
    std::string_view type, data;
  };
  Result<Chunk> chunk() {
    if (bytes.size() - at < 12) return error("found the end of the file, expected a chunk");
    const uint32_t length = read_u32(bytes.substr(at));
    if (length > bytes.size() - at - 12) return error("chunk is longer than the file");
    const std::string_view body = bytes.substr(at + 4, 4 + length);
    if (read_u32(bytes.substr(at + 8 + length)) != checksum(body)) {
      return error("chunk has a wrong checksum");
    }
    at += 12 + static_cast<size_t>(length);
    return Chunk{body.substr(0, 4), body.substr(4)};
  }
};

struct Parts {
  int width = 0;
  int height = 0;
  std::string_view palette;
  std::string data;  // of all IDAT chunks
};

Result<void> read_header(std::string_view data, Parts& parts, const Reader& reader) {
  constexpr std::string_view kFormat("\x04\x03\x00\x00\x00", 5);  // depth 4, palette, no interlace
  if (data.size() != kHeaderBytes || data.substr(8) != kFormat) {
    return reader.error("expected a picture of 4 bits with a palette");
  }
  const uint32_t width = read_u32(data);
  const uint32_t height = read_u32(data.substr(4));
  if (width < 1 || height < 1 || width > kPngSideMax || height > kPngSideMax) {
    return reader.error(
        fmt::format("picture is {}x{}, expected sides of 1..{}", width, height, kPngSideMax));
  }
  parts.width = static_cast<int>(width);
  parts.height = static_cast<int>(height);
  return {};
}

Result<Parts> read_parts(Reader& reader) {
  Parts parts;
  while (true) {
    ASSAY_TRY(const Reader::Chunk chunk, reader.chunk());
    if (chunk.type == "IHDR") {
      ASSAY_TRY_VOID(read_header(chunk.data, parts, reader));
    } else if (chunk.type == "PLTE") {
      parts.palette = chunk.data;
    } else if (chunk.type == "IDAT") {
      parts.data += chunk.data;
    } else if (chunk.type == "IEND") {
      break;
    }
  }
  if (parts.width == 0) return reader.error("found no IHDR chunk");
  return parts;
}

}  // namespace

std::string write_png(const Bitmap& picture) {
  ASSAY_CHECK(!picture.pixels.empty(), "empty picture, {} pixels wide", picture.width);
  const auto [low_at, high_at] = std::minmax_element(picture.pixels.begin(), picture.pixels.end());
  const int low = *low_at;
  const int span = std::max(1, *high_at - low);
  constexpr int kTop = kPngLevels - 1;

  std::string palette;
  for (int level = 0; level < kPngLevels; ++level) {
    palette.append(3, static_cast<char>(low + (level * span + kTop / 2) / kTop));
  }
  std::string raw;
  raw.reserve((row_bytes(picture.width) + 1) * static_cast<size_t>(picture.height));
  for (int y = 0; y < picture.height; ++y) {
    raw += '\0';  // filter 0: none
    for (int x = 0; x < picture.width; x += 2) {
      const auto level = [&](int column) {
        if (column >= picture.width) return 0;
        return ((picture.pixels[picture.at(column, y)] - low) * kTop + span / 2) / span;
      };
      raw += static_cast<char>(level(x) * 16 + level(x + 1));
    }
  }

  std::string header;
  append_u32(header, static_cast<uint32_t>(picture.width));
  append_u32(header, static_cast<uint32_t>(picture.height));
  header += std::string_view("\x04\x03\x00\x00\x00", 5);
  std::string out(kSignature);
  append_chunk(out, "IHDR", header);
  append_chunk(out, "PLTE", palette);
  append_chunk(out, "IDAT", deflate_all(raw));
  append_chunk(out, "IEND", "");
  return out;
}

Result<Bitmap> read_png(std::string_view bytes, std::string_view where) {
  Reader reader{bytes, std::string(where), kSignature.size()};
  if (!bytes.starts_with(kSignature)) {
    return input_error(std::string(where), "found no PNG signature at byte 0");
  }
  ASSAY_TRY(const Parts parts, read_parts(reader));
  const size_t stride = row_bytes(parts.width) + 1;
  std::string raw(stride * static_cast<size_t>(parts.height), '\0');
  uLongf raw_bytes = static_cast<uLongf>(raw.size());
  const int status = uncompress(reinterpret_cast<Bytef*>(raw.data()), &raw_bytes,
                                reinterpret_cast<const Bytef*>(parts.data.data()),
                                static_cast<uLong>(parts.data.size()));
  if (status != Z_OK || raw_bytes != raw.size()) {
    return input_error(reader.where, "the compressed pixels are damaged or of the wrong length");
  }
  Bitmap picture{parts.width, parts.height, {}};
  picture.pixels.reserve(static_cast<size_t>(parts.width) * static_cast<size_t>(parts.height));
  for (int y = 0; y < parts.height; ++y) {
    const std::string_view row =
        std::string_view(raw).substr(stride * static_cast<size_t>(y), stride);
    if (row[0] != '\0') return input_error(reader.where, "rows are filtered, expected none");
    for (int x = 0; x < parts.width; ++x) {
      const auto pair = static_cast<unsigned char>(row[1 + static_cast<size_t>(x) / 2]);
      const size_t index = 3 * static_cast<size_t>(x % 2 == 0 ? pair / 16 : pair % 16);
      if (index >= parts.palette.size()) {
        return input_error(reader.where, "a pixel points beyond the palette");
      }
      picture.pixels.push_back(static_cast<uint8_t>(parts.palette[index]));
    }
  }
  return picture;
}

}  // namespace assay::suites::quick_ocr
