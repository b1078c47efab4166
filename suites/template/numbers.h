// Helpers that filters and methods share: numbers from text and back, padding, replacement.
//
// Where it stands: below filters.cc, tests.cc and methods.cc.
//
//   int64_t i; parse_integer(" 1_000 ", 10, i) == ParsedInteger::kGood     // as Python's int()
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "suites/template/builtins.h"
#include "suites/template/value.h"

namespace assay::suites::jinja {

enum class ParsedInteger : uint8_t { kGood, kNotANumber, kTooLarge };

// int(text, base): blanks around, a sign, single underscores, the prefix of the base.
ParsedInteger parse_integer(std::string_view text, int base, int64_t& out);
// float(text): decimal, exponent, inf, nan, single underscores.
bool parse_float(std::string_view text, double& out);
// int(d) for a finite number: toward zero; an error outside 64 bits.
Value integer_of(Interpreter& in, double d);
// A number, or the number a string holds.
Value number_of(Interpreter& in, const Value& value);
// round(value, precision): a float is rounded on its exact decimal value, half to even.
Value rounded(Interpreter& in, const Value& value, int64_t precision);

// str.center, with Python's choice of the longer side.
std::string centered(std::string_view text, size_t width, std::string_view fill);
// str.replace; count < 0: all.
Value replace_text(Interpreter& in, std::string_view text, std::string_view from,
                   std::string_view to, int64_t count);

}  // namespace assay::suites::jinja
