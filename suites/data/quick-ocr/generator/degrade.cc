#include "suites/data/quick-ocr/generator/degrade.h"

#include <algorithm>
#include <utility>

namespace assay::suites::quick_ocr {
namespace {

constexpr int kGrain = 2;  // side of a noise cell, pixels

uint8_t clamp_grey(int value) { return static_cast<uint8_t>(std::clamp(value, 0, 255)); }

// Mean over 2 radius + 1 pixels along one axis: `length` pixels `step` apart, from `start`.
void mean_along(const std::vector<uint8_t>& in, std::vector<uint8_t>& out, size_t start,
                size_t step, int length, int radius) {
  const int window = 2 * radius + 1;
  const auto pixel = [&](int i) {
    return static_cast<int>(in[start + step * static_cast<size_t>(std::clamp(i, 0, length - 1))]);
  };
  int sum = 0;
  for (int i = -radius; i <= radius; ++i) sum += pixel(i);
  for (int i = 0; i < length; ++i) {
    out[start + step * static_cast<size_t>(i)] = static_cast<uint8_t>((sum + window / 2) / window);
    sum += pixel(i + radius + 1) - pixel(i - radius);
  }
}

// Calls change(grey, cell's draw) for each pixel; pixels of one 2×2 cell share the draw.
template <typename Draw, typename Change>
void each_cell(Bitmap& picture, Draw draw, Change change) {
  for (int y = 0; y < picture.height; y += kGrain) {
    for (int x = 0; x < picture.width; x += kGrain) {
      const auto drawn = draw();
      for (int dy = 0; dy < kGrain && y + dy < picture.height; ++dy) {
        for (int dx = 0; dx < kGrain && x + dx < picture.width; ++dx) {
          uint8_t& grey = picture.pixels[picture.at(x + dx, y + dy)];
          grey = clamp_grey(change(grey, drawn));
        }
      }
    }
  }
}

// Triangular in [-amplitude, amplitude].
int triangular(int amplitude, Rng& rng) {
  const uint64_t faces = static_cast<uint64_t>(amplitude) + 1;
  const auto first = static_cast<int>(rng.below(faces));
  const auto second = static_cast<int>(rng.below(faces));
  return first - second;
}

}  // namespace

void blur(Bitmap& picture, int radius, int passes) {
  std::vector<uint8_t> other(picture.pixels.size());
  const auto width = static_cast<size_t>(picture.width);
  for (int pass = 0; pass < passes; ++pass) {
    for (int y = 0; y < picture.height; ++y) {
      mean_along(picture.pixels, other, picture.at(0, y), 1, picture.width, radius);
    }
    std::swap(picture.pixels, other);
    for (int x = 0; x < picture.width; ++x) {
      mean_along(picture.pixels, other, picture.at(x, 0), width, picture.height, radius);
    }
    std::swap(picture.pixels, other);
  }
}

void add_noise(Bitmap& picture, int amplitude, int specks_per_mille, Rng& rng) {
  struct Cell {
    int shift;
    int speck;  // -1 none, else the grey
  };
  const auto draw = [&] {
    Cell cell{triangular(amplitude, rng), -1};
    if (rng.below(1000) < static_cast<uint64_t>(specks_per_mille)) {
      cell.speck = rng.below(2) == 0 ? 0 : 255;
    }
    return cell;
  };
  each_cell(picture, draw, [](int grey, const Cell& cell) {
    return cell.speck >= 0 ? cell.speck : grey + cell.shift;
  });
}

void fade(Bitmap& picture, int range, int shade, Rng& rng) {
  constexpr int kMiddle = 165;
  constexpr int kFineGrain = 4;
  const bool from_left = rng.below(2) == 0;
  const int way = std::max(1, picture.width + picture.height);
  for (int y = 0; y < picture.height; ++y) {
    for (int x = 0; x < picture.width; ++x) {
      uint8_t& grey = picture.pixels[picture.at(x, y)];
      const int squeezed = kMiddle + (grey - 128) * range / 255;
      const int along = (from_left ? x : picture.width - 1 - x) + y;
      grey = clamp_grey(squeezed - shade * along / way + shade / 2);
    }
  }
  each_cell(
      picture, [&] { return triangular(kFineGrain, rng); },
      [](int grey, int shift) { return grey + shift; });
}

}  // namespace assay::suites::quick_ocr
