// What a camera, a scanner or a bad printer does to a picture. Integer arithmetic only, chance from
// Rng: the same result on every machine.
//
//   blur(picture, 2, 2);                 // two passes of a 5×5 mean
//   add_noise(picture, 40, 30, rng);     // grain of ±40 and 3 % of specks
//   fade(picture, 70, 60, rng);          // ink 70 greys away from the paper, uneven light
#pragma once

#include "harness/base/rng.h"
#include "suites/data/quick-ocr/generator/bitmap.h"

namespace assay::suites::quick_ocr {

// `passes` means over a square of side 2 radius + 1; edges repeat the border pixel. Rounds to
// nearest.
void blur(Bitmap& picture, int radius, int passes);
// Grain: cells of 2×2 pixels move by a value in [-amplitude, amplitude], triangular (the sum of two
// uniforms). Specks: `specks_per_mille` of the 2×2 cells turn black or white. Clamped to 0..255.
void add_noise(Bitmap& picture, int amplitude, int specks_per_mille, Rng& rng);
// Contrast: greys are squeezed into `range` greys around a middle one; then `shade` greys of light
// are lost evenly from one corner to the opposite one; then a fine grain of ±4.
void fade(Bitmap& picture, int range, int shade, Rng& rng);

}  // namespace assay::suites::quick_ocr
