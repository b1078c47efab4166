#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "harness/base/check.h"
#include "harness/base/hash.h"
#include "harness/base/rng.h"
#include "harness/load/prompts.h"

// PNG: ISO/IEC 15948; chunks 5.3, header 11.2.2, no filter 9.2, zlib stream 10.
namespace assay::load {
namespace {

using Colour = std::array<uint8_t, 3>;

struct Shape {
  uint32_t left, top, right, bottom;  // right and bottom are outside
  Colour colour;
};

Colour draw_colour(Rng& rng) {
  // 16..239: the noise on it leaves 0..255 nowhere.
  const auto level = [&] { return static_cast<uint8_t>(16 + rng.below(224)); };
  return {level(), level(), level()};
}

std::array<Shape, 12> draw_shapes(uint32_t width, uint32_t height, Rng& rng) {
  std::array<Shape, 12> shapes{};
  for (Shape& shape : shapes) {
    shape.left = static_cast<uint32_t>(rng.below(width));
    shape.top = static_cast<uint32_t>(rng.below(height));
    shape.right = shape.left + 1 + static_cast<uint32_t>(rng.below(width - shape.left));
    shape.bottom = shape.top + 1 + static_cast<uint32_t>(rng.below(height - shape.top));
    shape.colour = draw_colour(rng);
  }
  shapes[0] = {0, 0, width, height, shapes[0].colour};  // the ground
  return shapes;
}

// Rows as PNG wants them before compression: a filter byte, then the pixels.
std::string draw_rows(uint32_t width, uint32_t height, Rng& rng) {
  const std::array<Shape, 12> shapes = draw_shapes(width, height, rng);
  const size_t row_bytes = 1 + size_t{3} * width;
  std::string rows(row_bytes * height, '\0');
  for (uint32_t y = 0; y < height; ++y) {
    char* const row = rows.data() + row_bytes * y + 1;
    for (const Shape& shape : shapes) {
      if (y < shape.top || y >= shape.bottom) continue;
      for (uint32_t x = shape.left; x < shape.right; ++x)
        for (size_t c = 0; c < 3; ++c) row[size_t{3} * x + c] = static_cast<char>(shape.colour[c]);
    }
    uint64_t noise = 0;  // three bits a channel, 21 channels a draw
    for (size_t i = 0; i + 1 < row_bytes; ++i) {
      if (i % 21 == 0) noise = rng.next();
      row[i] = static_cast<char>(static_cast<uint8_t>(row[i]) + (noise & 7));
      noise >>= 3;
    }
  }
  return rows;
}

void append_u32(std::string& out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xFF);
}

void append_chunk(std::string& out, std::string_view type, std::string_view data) {
  append_u32(out, static_cast<uint32_t>(data.size()));
  const size_t begin = out.size();
  out += type;
  out += data;
  const auto* bytes = reinterpret_cast<const Bytef*>(out.data() + begin);
  append_u32(out, static_cast<uint32_t>(crc32_z(0, bytes, out.size() - begin)));
}

std::string deflate_rows(const std::string& rows) {
  uLongf size = compressBound(static_cast<uLong>(rows.size()));
  std::string out(size, '\0');
  // The quickest level: the noise does not compress further, and the load generator pays for it.
  const int status = compress2(reinterpret_cast<Bytef*>(out.data()), &size,
                               reinterpret_cast<const Bytef*>(rows.data()),
                               static_cast<uLong>(rows.size()), Z_BEST_SPEED);
  ASSAY_CHECK(status == Z_OK, "compress2 says {}", status);
  out.resize(size);
  return out;
}

}  // namespace

Image synthetic_image(uint32_t width, uint32_t height, uint64_t seed, uint64_t stream) {
  Image image;
  image.width = std::clamp(width, 1U, kImageSideMax);
  image.height = std::clamp(height, 1U, kImageSideMax);
  Rng rng(seed, stream);
  std::string header;
  append_u32(header, image.width);
  append_u32(header, image.height);
  header += std::string_view("\x08\x02\x00\x00\x00", 5);  // 8 bits, RGB, not interlaced
  std::string bytes("\x89PNG\r\n\x1A\n", 8);
  append_chunk(bytes, "IHDR", header);
  append_chunk(bytes, "IDAT", deflate_rows(draw_rows(image.width, image.height, rng)));
  append_chunk(bytes, "IEND", "");
  image.path = fmt::format("synthetic-{:016x}-{:016x}.png", seed, stream);
  image.media_type = "image/png";
  image.sha256 = sha256(bytes).hex();
  image.content = std::make_shared<const std::string>(std::move(bytes));
  return image;
}

}  // namespace assay::load
