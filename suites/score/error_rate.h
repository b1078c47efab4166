// Character and word error rates with the options of the scorers `cer` and `wer`, as pure
// functions.
//
//   const ErrorCount errors = character_errors(options, target, answer);
//   errors.rate();                       // edits / max(1, units of the target)
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "suites/score/text_distance.h"
#include "suites/score/text_norm.h"

namespace assay::suites {

// What one character is.
enum class CharacterUnit {
  kCodePoint,
  kGrapheme,  // extended grapheme cluster
  kJamo,      // code points, Hangul syllables taken apart into their two or three letters
};

struct ErrorRateOptions {
  TextNorm norm;
  CharacterUnit unit = CharacterUnit::kCodePoint;
  size_t max_length = 100'000;  // units; see judge_error_rate
};

// Hangul syllables (U+AC00..D7A3) as conjoining jamo; everything else as it is.
// Source: The Unicode Standard, section 3.12.
std::vector<char32_t> to_jamo(const std::vector<char32_t>& points);

// Both texts valid UTF-8; normalised here. Time |target| * |answer| / 64.
ErrorCount character_errors(const ErrorRateOptions& options, std::string_view target,
                            std::string_view answer);
ErrorCount word_errors(const ErrorRateOptions& options, std::string_view target,
                       std::string_view answer);

}  // namespace assay::suites
