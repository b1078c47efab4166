// Bitmap: an 8-bit greyscale picture, row by row, without padding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace assay::suites::quick_ocr {

struct Bitmap {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> pixels;  // [height × width], 0 black .. 255 white

  [[nodiscard]] size_t at(int x, int y) const {
    return static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x);
  }
};

}  // namespace assay::suites::quick_ocr
