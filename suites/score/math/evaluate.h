// The value of a tree: exact as a rational where it is one, otherwise as a complex number of 60
// decimal digits, with the symbols at points drawn from a fixed seed.
//
// Pure functions, called by equivalence.cc and the parsers. Bounded whatever the tree: exponents,
// bits of exact numbers, steps and terms of sums have limits, and what lies beyond is kUnknown.
//
//   const Sameness same = same_value(*gold, *prediction);
//   if (same == Sameness::kUnknown) return unscored("values too large to be compared");
#pragma once

#include <optional>
#include <set>
#include <string>

#include "suites/score/math/node.h"

namespace assay::suites::math {

inline constexpr unsigned kExactBitsMax = 40'000;  // of a numerator or denominator
inline constexpr double kExponentMax = 1e8;        // of e, in size, of an inexact power
inline constexpr double kAngleMax = 1e20;          // of sine and the like
inline constexpr int64_t kSumTermsMax = 1'000;
inline constexpr size_t kEvaluateStepsMax = 50'000;  // of one value
inline constexpr size_t kMatrixCellsMax = 400;

enum class Sameness { kSame, kDifferent, kUnknown };

// Formula: equal exactly when both are rational; otherwise |a - b| <= 1e-30 max(|a|, |b|) at every
// one of four points where both are defined (1e-14 when a decimal fraction is in them). Complex
// values are principal ones. Functions without a meaning (f(x), integrals, limits) have a value
// drawn from their name and the values of their arguments. kDifferent when they are nowhere
// defined together. Sources: the idea of probabilistic identity testing (Schwartz 1980, Zippel
// 1979); the sampling is ours.
Sameness same_value(const Node& a, const Node& b);

// The tree's rational value, when it has one that is found without rounding.
std::optional<Rational> exact_value(const Node& node);
// Real constants in order: -1, 0, 1; infinities included. Nothing when a symbol is in them or they
// are not real.
std::optional<int> compare_constants(const Node& a, const Node& b);
bool is_infinite(const Node& node);
// The constant rounded to `digits` places after the point (ties to even), as
// value * 10^digits; nothing when it is no real constant.
std::optional<Integer> rounded(const Node& node, int digits);
// Whether the two are the same up to a constant factor other than 0, at four points.
bool is_proportional(const Node& a, const Node& b);

std::set<std::string> free_symbols(const Node& node);
bool has_decimal(const Node& node);

}  // namespace assay::suites::math
