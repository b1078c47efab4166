// PNG for the generator's pictures: 4 bits a pixel, a palette of 16 greys spread evenly over the
// greys in use, no filter, one fixed zlib setting. Written here, not by a library, so that the
// bytes depend on the pixels and zlib alone. (Format: W3C PNG specification, second edition.)
//
//   const std::string bytes = write_png(picture);       // at most 16 greys survive
//   ASSAY_TRY(Bitmap again, read_png(bytes, "a.png"));   // pictures written by write_png only
#pragma once

#include <string>
#include <string_view>

#include "harness/base/result.h"
#include "suites/data/quick-ocr/generator/bitmap.h"

namespace assay::suites::quick_ocr {

inline constexpr int kPngLevels = 16;        // palette entries
inline constexpr int kPngSideMax = 1 << 14;  // pixels; read_png refuses larger pictures

// Every grey becomes the nearest of the 16 levels between the darkest and the lightest pixel.
std::string write_png(const Bitmap& picture);
// Checks signature, chunk lengths, checksums, sizes and palette indices.
Result<Bitmap> read_png(std::string_view bytes, std::string_view where);

}  // namespace assay::suites::quick_ocr
