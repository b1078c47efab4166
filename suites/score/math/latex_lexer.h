// The tokens of LaTeX answers: longest match first, commands by their longest known beginning
// ("\pix" is \pi and x), white space and spacing commands skipped.
//
// A pure function, called by latex_parser.cc. Source of the tokens: the grammar PS.g4 of
// latex2sympy2_extended 1.10, which Math-Verify reads answers with.
//
//   const std::optional<std::vector<Token>> tokens = latex_tokens("\\frac{1}{2}");
//   if (!tokens) ...   // a character that no answer has
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace assay::suites::math {

inline constexpr size_t kTokensMax = 4'000;

enum class Tok : uint8_t {
  kEnd,
  kSkip,
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMod,
  kColon,
  kLeftParen,
  kRightParen,
  kLeftParenVisual,
  kRightParenVisual,
  kLeftGroup,
  kRightGroup,
  kLeftBrace,
  kRightBrace,
  kLeftBraceVisual,
  kRightBraceVisual,
  kLeftBraceCmd,
  kRightBraceCmd,
  kLeftBracket,
  kRightBracket,
  kLeftBrack,
  kRightBrack,
  kPhantom,
  kBoxed,
  kBar,
  kLeftVert,
  kRightVert,
  kVert,
  kNorm,
  kLeftAngle,
  kRightAngle,
  kLeftFloor,
  kRightFloor,
  kLeftCeil,
  kRightCeil,
  kLim,
  kTo,
  kInt,
  kSum,
  kProd,
  kFunction,      // one argument: \sin, \log, ...
  kFunctionMany,  // \gcd, \lcm, \max, \min
  kFunctionName,  // a plain word that only \operatorname takes
  kGamma,
  kSqrt,
  kFrac,
  kBinom,
  kChoose,
  kOperatorName,
  kMatrixBegin,
  kMatrixEnd,
  kArrayBegin,
  kArrayEnd,
  kDetBegin,
  kDetEnd,
  kColumn,
  kRow,
  kUnderscore,
  kCaret,
  kSemicolon,
  kComma,
  kPeriod,
  kDifferential,
  kE,
  kCapitalE,
  kLetter,
  kNumber,
  kENumber,
  kPercentNumber,
  kIn,
  kNotIn,
  kAssign,
  kEqual,
  kApprox,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kNotEqual,
  kBang,
  kGreek,
  kOtherSymbol,
  kInfinity,
  kPartial,
  kNamedSet,
  kAccent,
  kUnion,
  kIntersection,
  kSetMinus,
  kPlusMinus,
  kEmptySet,
  kSubset,
  kSuperset,
  kTranspose,
  kDegree,
};

struct Token {
  Tok type = Tok::kEnd;
  std::string_view text;
};

// Ends with kEnd. Nothing for a character that starts no token; what is beyond kTokensMax tokens is
// left out.
std::optional<std::vector<Token>> latex_tokens(std::string_view text);

}  // namespace assay::suites::math
