// Draws a scene with Cairo and Pango: greyscale antialiasing, no hinting, no rounding of glyph
// positions, so that the pixels depend on the library and font versions alone.
//
//   ASSAY_TRY(Bitmap picture, render(scene, *fonts));
//
// Errors (a mistake in the scene, so that a truth which is not in the picture cannot be published):
// a glyph the font lacks, text beyond the edge of the picture or wider than its room, two texts
// that overlap or stand closer than a space.
#pragma once

#include "harness/base/result.h"
#include "suites/data/quick-ocr/generator/bitmap.h"
#include "suites/data/quick-ocr/generator/fonts.h"
#include "suites/data/quick-ocr/generator/scene.h"

namespace assay::suites::quick_ocr {

Result<Bitmap> render(const Scene& scene, const Fonts& fonts);

}  // namespace assay::suites::quick_ocr
