#include "suites/loader/image_header.h"

#include <cstddef>

namespace assay::suites {
namespace {

// TIFF 6.0: tags and the type of 16-bit values.
constexpr uint32_t kWidthTag = 256;
constexpr uint32_t kHeightTag = 257;
constexpr uint32_t kShort = 3;

// Bounded reads: what lies outside the bytes is nullopt.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] std::optional<uint8_t> u8(size_t at) const {
    if (at >= bytes_.size()) return std::nullopt;
    return static_cast<uint8_t>(bytes_[at]);
  }
  [[nodiscard]] std::optional<uint32_t> big(size_t at, size_t n) const { return read(at, n, true); }
  [[nodiscard]] std::optional<uint32_t> little(size_t at, size_t n) const {
    return read(at, n, false);
  }
  [[nodiscard]] std::optional<uint32_t> read(size_t at, size_t n, bool big_endian) const {
    if (at > bytes_.size() || bytes_.size() - at < n) return std::nullopt;
    uint32_t value = 0;
    for (size_t i = 0; i < n; ++i) {
      const auto byte = static_cast<uint8_t>(bytes_[at + (big_endian ? i : n - 1 - i)]);
      value = (value << 8) | byte;
    }
    return value;
  }
  [[nodiscard]] bool has(size_t at, std::string_view text) const {
    return at <= bytes_.size() && bytes_.substr(at, text.size()) == text;
  }
  [[nodiscard]] size_t size() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
};

void set_size(ImageHeader& header, std::optional<uint32_t> width, std::optional<uint32_t> height) {
  if (!width || !height) return;
  header.width = *width;
  header.height = *height;
}

void png_size(const Bytes& in, ImageHeader& header) {
  if (in.has(12, "IHDR")) set_size(header, in.big(16, 4), in.big(20, 4));
}

bool is_start_of_frame(uint8_t marker) {
  return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
}

void jpeg_size(const Bytes& in, ImageHeader& header) {
  size_t at = 2;
  for (;;) {
    const auto fill = in.u8(at);
    const auto marker = in.u8(at + 1);
    if (!fill || *fill != 0xFF || !marker) return;
    if (*marker == 0xFF) {  // fill bytes before a marker
      ++at;
      continue;
    }
    if (*marker == 0x01 || (*marker >= 0xD0 && *marker <= 0xD7)) {  // markers without a length
      at += 2;
      continue;
    }
    if (is_start_of_frame(*marker)) {
      set_size(header, in.big(at + 7, 2), in.big(at + 5, 2));
      return;
    }
    const auto length = in.big(at + 2, 2);
    if (*marker == 0xD9 || *marker == 0xDA || !length || *length < 2) return;
    at += 2 + *length;
  }
}

void webp_size(const Bytes& in, ImageHeader& header) {
  const auto plus_one = [](std::optional<uint32_t> value) {
    return value ? std::optional<uint32_t>(*value + 1) : std::nullopt;
  };
  if (in.has(12, "VP8X")) {
    set_size(header, plus_one(in.little(24, 3)), plus_one(in.little(27, 3)));
  } else if (in.has(12, "VP8L")) {
    const auto bits = in.little(21, 4);
    if (bits && in.u8(20) == 0x2F) {
      set_size(header, (*bits & 0x3FFFU) + 1, ((*bits >> 14) & 0x3FFFU) + 1);
    }
  } else if (in.has(12, "VP8 ") && in.has(23, "\x9D\x01\x2A")) {
    const auto width = in.little(26, 2);
    const auto height = in.little(28, 2);
    if (width && height) set_size(header, *width & 0x3FFFU, *height & 0x3FFFU);
  }
}

void bmp_size(const Bytes& in, ImageHeader& header) {
  const auto info = in.little(14, 4);
  if (!info) return;
  if (*info == 12) {  // BITMAPCOREHEADER
    set_size(header, in.little(18, 2), in.little(20, 2));
    return;
  }
  const auto height = in.little(22, 4);
  if (!height) return;
  const bool top_down = (*height & 0x80000000U) != 0;
  set_size(header, in.little(18, 4), top_down ? ~*height + 1 : *height);
}

void tiff_size(const Bytes& in, bool big_endian, ImageHeader& header) {
  const auto directory = in.read(4, 4, big_endian);
  if (!directory) return;
  const auto entries = in.read(*directory, 2, big_endian);
  if (!entries) return;
  std::optional<uint32_t> width;
  std::optional<uint32_t> height;
  for (uint32_t i = 0; i < *entries; ++i) {
    const size_t at = size_t{*directory} + 2 + size_t{12} * i;
    const auto tag = in.read(at, 2, big_endian);
    const auto type = in.read(at + 2, 2, big_endian);
    if (!tag || !type) return;
    if (*tag == kWidthTag) width = in.read(at + 8, *type == kShort ? 2 : 4, big_endian);
    if (*tag == kHeightTag) height = in.read(at + 8, *type == kShort ? 2 : 4, big_endian);
  }
  set_size(header, width, height);
}

}  // namespace

std::optional<ImageHeader> read_image_header(std::string_view bytes) {
  const Bytes in(bytes);
  ImageHeader header;
  if (in.has(0, "\x89PNG\r\n\x1A\n")) {
    header.media_type = "image/png";
    png_size(in, header);
  } else if (in.has(0, "\xFF\xD8\xFF")) {
    header.media_type = "image/jpeg";
    jpeg_size(in, header);
  } else if (in.has(0, "GIF87a") || in.has(0, "GIF89a")) {
    header.media_type = "image/gif";
    set_size(header, in.little(6, 2), in.little(8, 2));
  } else if (in.has(0, "RIFF") && in.has(8, "WEBP")) {
    header.media_type = "image/webp";
    webp_size(in, header);
  } else if (in.has(0, "BM") && in.little(6, 4) == 0U) {
    header.media_type = "image/bmp";
    bmp_size(in, header);
  } else if (in.has(0, std::string_view("II*\0", 4)) || in.has(0, std::string_view("MM\0*", 4))) {
    header.media_type = "image/tiff";
    tiff_size(in, in.has(0, "MM"), header);
  } else {
    return std::nullopt;
  }
  return header;
}

}  // namespace assay::suites
