#include "suites/score/math/latex_lexer.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace assay::suites::math {
namespace {

struct Literal {
  std::string_view text;
  Tok type;
};

// Longest match decides; of two rows with the same text the first counts.
constexpr auto kLiterals = std::to_array<Literal>({
    {"^T", Tok::kTranspose},
    {"^{T}", Tok::kTranspose},
    {"'", Tok::kTranspose},
    {"^\\circ", Tok::kDegree},
    {"^\\degree", Tok::kDegree},
    {"^\\circle", Tok::kDegree},
    {"^°", Tok::kDegree},
    {"^{\\circ}", Tok::kDegree},
    {"^{\\degree}", Tok::kDegree},
    {"^{\\circle}", Tok::kDegree},
    {"^{°}", Tok::kDegree},
    {"\\,", Tok::kSkip},
    {"\\thinspace", Tok::kSkip},
    {"\\:", Tok::kSkip},
    {"\\medspace", Tok::kSkip},
    {"\\;", Tok::kSkip},
    {"\\thickspace", Tok::kSkip},
    {"\\quad", Tok::kSkip},
    {"\\qquad", Tok::kSkip},
    {"\\!", Tok::kSkip},
    {"\\negthinspace", Tok::kSkip},
    {"\\negmedspace", Tok::kSkip},
    {"\\negthickspace", Tok::kSkip},
    {"\\$", Tok::kSkip},
    {"\\vrule", Tok::kSkip},
    {"\\vcenter", Tok::kSkip},
    {"\\vbox", Tok::kSkip},
    {"\\vskip", Tok::kSkip},
    {"\\vspace", Tok::kSkip},
    {"\\hfil", Tok::kSkip},
    {"+", Tok::kAdd},
    {"∔", Tok::kAdd},
    {"⊕", Tok::kAdd},
    {"⊞", Tok::kAdd},
    {"-", Tok::kSub},
    {"−", Tok::kSub},
    {"∸", Tok::kSub},
    {"*", Tok::kMul},
    {"×", Tok::kMul},
    {"⋅", Tok::kMul},
    {"⋄", Tok::kMul},
    {"⊡", Tok::kMul},
    {"∗", Tok::kMul},
    {"⋆", Tok::kMul},
    {"∘", Tok::kMul},
    {"∙", Tok::kMul},
    {"⊗", Tok::kMul},
    {"⊠", Tok::kMul},
    {"\\times", Tok::kMul},
    {"\\cdot", Tok::kMul},
    {"/", Tok::kDiv},
    {"÷", Tok::kDiv},
    {"∕", Tok::kDiv},
    {"\\over", Tok::kDiv},
    {"\\div", Tok::kDiv},
    {"\\mod", Tok::kMod},
    {":", Tok::kColon},
    {"(", Tok::kLeftParen},
    {")", Tok::kRightParen},
    {"\\(", Tok::kLeftParenVisual},
    {"\\)", Tok::kRightParenVisual},
    {"\\lgroup", Tok::kLeftGroup},
    {"\\rgroup", Tok::kRightGroup},
    {"{", Tok::kLeftBrace},
    {"}", Tok::kRightBrace},
    {"\\{", Tok::kLeftBraceVisual},
    {"\\}", Tok::kRightBraceVisual},
    {"\\lbrace", Tok::kLeftBraceCmd},
    {"\\rbrace", Tok::kRightBraceCmd},
    {"[", Tok::kLeftBracket},
    {"]", Tok::kRightBracket},
    {"\\lbrack", Tok::kLeftBrack},
    {"\\rbrack", Tok::kRightBrack},
    {"\\phantom", Tok::kPhantom},
    {"\\boxed", Tok::kBoxed},
    {"|", Tok::kBar},
    {"\\lvert", Tok::kLeftVert},
    {"\\rvert", Tok::kRightVert},
    {"\\vert", Tok::kVert},
    {"\\|", Tok::kNorm},
    {"\\langle", Tok::kLeftAngle},
    {"\\rangle", Tok::kRightAngle},
    {"\\lfloor", Tok::kLeftFloor},
    {"\\rfloor", Tok::kRightFloor},
    {"\\llcorner", Tok::kLeftFloor},
    {"\\lrcorner", Tok::kRightFloor},
    {"\\lceil", Tok::kLeftCeil},
    {"\\rceil", Tok::kRightCeil},
    {"\\ulcorner", Tok::kLeftCeil},
    {"\\urcorner", Tok::kRightCeil},
    {"\\lim", Tok::kLim},
    {"\\to", Tok::kTo},
    {"\\rightarrow", Tok::kTo},
    {"\\Rightarrow", Tok::kTo},
    {"\\longrightarrow", Tok::kTo},
    {"\\Longrightarrow", Tok::kTo},
    {"\\int", Tok::kInt},
    {"\\sum", Tok::kSum},
    {"\\prod", Tok::kProd},
    {"\\log", Tok::kFunction},
    {"\\ln", Tok::kFunction},
    {"\\exp", Tok::kFunction},
    {"\\sin", Tok::kFunction},
    {"\\cos", Tok::kFunction},
    {"\\tan", Tok::kFunction},
    {"\\csc", Tok::kFunction},
    {"\\sec", Tok::kFunction},
    {"\\cot", Tok::kFunction},
    {"\\arcsin", Tok::kFunction},
    {"\\arccos", Tok::kFunction},
    {"\\arctan", Tok::kFunction},
    {"\\arccsc", Tok::kFunction},
    {"\\arcsec", Tok::kFunction},
    {"\\arccot", Tok::kFunction},
    {"\\sinh", Tok::kFunction},
    {"\\cosh", Tok::kFunction},
    {"\\tanh", Tok::kFunction},
    {"\\arsinh", Tok::kFunction},
    {"\\arcosh", Tok::kFunction},
    {"\\artanh", Tok::kFunction},
    {"\\arcsinh", Tok::kFunction},
    {"\\arccosh", Tok::kFunction},
    {"\\arctanh", Tok::kFunction},
    {"\\floor", Tok::kFunction},
    {"\\ceil", Tok::kFunction},
    {"\\det", Tok::kFunction},
    {"\\gcd", Tok::kFunctionMany},
    {"\\lcm", Tok::kFunctionMany},
    {"\\max", Tok::kFunctionMany},
    {"\\min", Tok::kFunctionMany},
    {"\\Gamma", Tok::kGamma},
    {"\\gamma", Tok::kGamma},
    {"\\sqrt", Tok::kSqrt},
    {"\\frac", Tok::kFrac},
    {"\\dfrac", Tok::kFrac},
    {"\\tfrac", Tok::kFrac},
    {"\\cfrac", Tok::kFrac},
    {"\\binom", Tok::kBinom},
    {"\\tbinom", Tok::kBinom},
    {"\\dbinom", Tok::kBinom},
    {"\\choose", Tok::kChoose},
    {"\\operatorname", Tok::kOperatorName},
    {"\\begin{matrix}", Tok::kMatrixBegin},
    {"\\begin{pmatrix}", Tok::kMatrixBegin},
    {"\\begin{bmatrix}", Tok::kMatrixBegin},
    {"\\end{matrix}", Tok::kMatrixEnd},
    {"\\end{pmatrix}", Tok::kMatrixEnd},
    {"\\end{bmatrix}", Tok::kMatrixEnd},
    {"\\end{array}", Tok::kArrayEnd},
    {"\\begin{vmatrix}", Tok::kDetBegin},
    {"\\end{vmatrix}", Tok::kDetEnd},
    {"&", Tok::kColumn},
    {"\\\\", Tok::kRow},
    {"_", Tok::kUnderscore},
    {"^", Tok::kCaret},
    {";", Tok::kSemicolon},
    {",", Tok::kComma},
    {".", Tok::kPeriod},
    {"e", Tok::kE},
    {"\\exponentialE", Tok::kE},
    {"E", Tok::kCapitalE},
    {"\\in", Tok::kIn},
    {"\\notin", Tok::kNotIn},
    {"∉", Tok::kNotIn},
    {"=", Tok::kAssign},
    {"≡", Tok::kAssign},
    {"≐", Tok::kAssign},
    {"≔", Tok::kAssign},
    {"≕", Tok::kAssign},
    {"≗", Tok::kAssign},
    {"==", Tok::kEqual},
    {"\\equiv", Tok::kEqual},
    {"~=", Tok::kApprox},
    {"≈", Tok::kApprox},
    {"≃", Tok::kApprox},
    {"≅", Tok::kApprox},
    {"\\approx", Tok::kApprox},
    {"<", Tok::kLess},
    {"≪", Tok::kLess},
    {"\\lt", Tok::kLess},
    {"\\leq", Tok::kLessEqual},
    {"\\le", Tok::kLessEqual},
    {"\\leqslant", Tok::kLessEqual},
    {"≤", Tok::kLessEqual},
    {"≦", Tok::kLessEqual},
    {"<=", Tok::kLessEqual},
    {">", Tok::kGreater},
    {"≫", Tok::kGreater},
    {"\\gt", Tok::kGreater},
    {"\\geq", Tok::kGreaterEqual},
    {"\\ge", Tok::kGreaterEqual},
    {"\\geqslant", Tok::kGreaterEqual},
    {"≥", Tok::kGreaterEqual},
    {"≧", Tok::kGreaterEqual},
    {">=", Tok::kGreaterEqual},
    {"!=", Tok::kNotEqual},
    {"!==", Tok::kNotEqual},
    {"\\ne", Tok::kNotEqual},
    {"\\neq", Tok::kNotEqual},
    {"\\not\\equiv", Tok::kNotEqual},
    {"≠", Tok::kNotEqual},
    {"!", Tok::kBang},
    {"\\infty", Tok::kInfinity},
    {"\\$\\infty", Tok::kInfinity},
    {"\\infty\\%", Tok::kInfinity},
    {"\\partial", Tok::kPartial},
    {"\\mathbb{N}", Tok::kNamedSet},
    {"ℕ", Tok::kNamedSet},
    {"\\mathbb{Z}", Tok::kNamedSet},
    {"ℤ", Tok::kNamedSet},
    {"\\mathbb{Q}", Tok::kNamedSet},
    {"ℚ", Tok::kNamedSet},
    {"\\mathbb{R}", Tok::kNamedSet},
    {"ℝ", Tok::kNamedSet},
    {"\\mathbb{C}", Tok::kNamedSet},
    {"ℂ", Tok::kNamedSet},
    {"\\cup", Tok::kUnion},
    {"∪", Tok::kUnion},
    {"\\cap", Tok::kIntersection},
    {"∩", Tok::kIntersection},
    {"\\setminus", Tok::kSetMinus},
    {"∖", Tok::kSetMinus},
    {"\\pm", Tok::kPlusMinus},
    {"±", Tok::kPlusMinus},
    {"∓", Tok::kPlusMinus},
    {"\\mp", Tok::kPlusMinus},
    {"\\emptyset", Tok::kEmptySet},
    {"∅", Tok::kEmptySet},
    {"\\{\\}", Tok::kEmptySet},
    {"\\lbrace\\rbrace", Tok::kEmptySet},
    {"\\supseteq", Tok::kSuperset},
    {"⊇", Tok::kSuperset},
    {"\\subseteq", Tok::kSubset},
    {"⊆", Tok::kSubset},
});

constexpr auto kGreekCommands = std::to_array<std::string_view>({
    "alpha",      "beta",     "gamma",  "Gamma",   "delta",   "Delta",    "epsilon",
    "varepsilon", "zeta",     "eta",    "theta",   "Theta",   "vartheta", "iota",
    "kappa",      "lambda",   "Lambda", "mu",      "nu",      "xi",       "Xi",
    "omicron",    "pi",       "Pi",     "varpi",   "rho",     "varrho",   "sigma",
    "Sigma",      "varsigma", "tau",    "upsilon", "Upsilon", "phi",      "Phi",
    "varphi",     "chi",      "psi",    "Psi",     "omega",   "Omega",
});

constexpr auto kOtherSymbols = std::to_array<std::string_view>({
    "Bbbk",          "wp",      "nabla",          "bigstar",
    "angle",         "nexists", "diagdown",       "measuredangle",
    "eth",           "diagup",  "sphericalangle", "clubsuit",
    "varnothing",    "Diamond", "complement",     "diamondsuit",
    "imath",         "Finv",    "triangledown",   "heartsuit",
    "jmath",         "Game",    "triangle",       "spadesuit",
    "ell",           "hbar",    "vartriangle",    "hslash",
    "blacklozenge",  "lozenge", "blacksquare",    "mho",
    "blacktriangle", "sharp",   "prime",          "Im",
    "flat",          "square",  "backprime",      "Re",
    "natural",       "surd",    "circledS",
});

constexpr auto kAccents = std::to_array<std::string_view>({
    "acute",      "bar",          "overline", "breve",          "check",
    "widecheck",  "dot",          "ddot",     "grave",          "hat",
    "tilde",      "widetilde",    "vec",      "overrightarrow", "bm",
    "boldsymbol", "text",         "textit",   "textbf",         "textnormal",
    "mathbb",     "mathbin",      "mathbf",   "mathcal",        "mathclap",
    "mathclose",  "mathellipsis", "mathfrak", "mathinner",      "mathit",
    "mathnormal", "mathop",       "mathopen", "mathord",        "mathpunct",
    "mathrel",    "mathring",     "mathrlap", "mathrm",         "mathscr",
    "mathsf",     "mathsterling", "mathtt",   "mbox",
});

// Plain words that are names of functions wherever they stand.
constexpr auto kWords = std::to_array<std::string_view>({
    "arsinh",      "arcsinh",    "arcosh",        "arccosh",    "artanh",       "arctanh",
    "gcd",         "lcm",        "floor",         "ceil",       "eye",          "zeros",
    "ones",        "cols",       "rows",          "diag",       "norm",         "rank",
    "trace",       "tr",         "rref",          "hstack",     "vstack",       "orth",
    "ortho",       "orthogonal", "orthogonalize", "nullspace",  "eig",          "eigen",
    "diagonalize", "eigenvals",  "eigenvalues",   "eigenvects", "eigenvectors", "svd",
    "SVD",         "matrix",     "pmatrix",       "bmatrix",    "vmatrix",
});

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

size_t letters_at(std::string_view text, size_t from) {
  size_t n = from;
  while (n < text.size() && is_letter(text[n])) ++n;
  return n - from;
}

// Bytes of a greek letter in UTF-8 (U+0391..U+03F5), 0 for anything else.
size_t greek_bytes(std::string_view rest) {
  if (rest.size() < 2) return 0;
  const auto first = static_cast<unsigned char>(rest[0]);
  const auto second = static_cast<unsigned char>(rest[1]);
  const unsigned code = ((first & 0x1FU) << 6U) | (second & 0x3FU);
  return (first & 0xE0U) == 0xC0U && code >= 0x391 && code <= 0x3F5 ? 2 : 0;
}

class Best {
 public:
  void offer(size_t length, Tok type) {
    if (length <= length_) return;
    length_ = length;
    type_ = type;
  }
  [[nodiscard]] size_t length() const { return length_; }
  [[nodiscard]] Tok type() const { return type_; }

 private:
  size_t length_ = 0;
  Tok type_ = Tok::kEnd;
};

void offer_literals(std::string_view rest, Best& best) {
  for (const Literal& literal : kLiterals) {
    if (rest.substr(0, literal.text.size()) == literal.text) {
      best.offer(literal.text.size(), literal.type);
    }
  }
}

// "12", "1.5", ".5", with an exponent "E-4" or a percent sign after it.
void offer_numbers(std::string_view rest, Best& best) {
  size_t n = 0;
  while (n < rest.size() && is_digit(rest[n])) ++n;
  size_t fraction = n;
  if (n < rest.size() && rest[n] == '.') {
    ++fraction;
    while (fraction < rest.size() && is_digit(rest[fraction])) ++fraction;
    if (fraction > n + 1) n = fraction;
  }
  if (n == 0) return;
  best.offer(n, Tok::kNumber);
  if (n < rest.size() && rest[n] == 'E') {
    size_t e = n + 1;
    if (e < rest.size() && (rest[e] == '-' || rest[e] == '+')) ++e;
    const size_t digits = e;
    while (e < rest.size() && is_digit(rest[e])) ++e;
    if (e > digits) best.offer(e, Tok::kENumber);
  }
  size_t p = n;
  if (p < rest.size() && is_blank(rest[p])) ++p;
  if (rest.substr(p, 1) == "%") best.offer(p + 1, Tok::kPercentNumber);
  if (rest.substr(p, 2) == "\\%") best.offer(p + 2, Tok::kPercentNumber);
}

// "dx", "d \theta".
void offer_differential(std::string_view rest, Best& best) {
  if (rest[0] != 'd') return;
  size_t n = 1;
  while (n < rest.size() && is_blank(rest[n])) ++n;
  if (n >= rest.size()) return;
  if (is_letter(rest[n])) best.offer(n + 1, Tok::kDifferential);
  if (rest[n] == '\\') {
    const size_t name = letters_at(rest, n + 1);
    if (name > 0) best.offer(n + 1 + name, Tok::kDifferential);
  }
}

template <size_t N>
void offer_commands(std::string_view rest, const std::array<std::string_view, N>& names, Tok type,
                    Best& best) {
  for (const std::string_view name : names) {
    if (rest.substr(1, name.size()) != name) continue;
    const bool space = rest.substr(1 + name.size(), 1) == " ";
    best.offer(1 + name.size() + (space ? 1 : 0), type);
  }
}

void offer_accents(std::string_view rest, Best& best) {
  for (const std::string_view name : kAccents) {
    if (rest.substr(1, name.size()) != name) continue;
    size_t n = 1 + name.size();
    if (n < rest.size() && is_blank(rest[n])) ++n;
    if (rest.substr(n, 1) != "{") continue;
    const size_t first = rest.find('}', n);
    size_t close = first;  // the first that is not \\}, or the first
    while (close != std::string_view::npos && rest[close - 1] == '\\') {
      close = rest.find('}', close + 1);
    }
    if (close == std::string_view::npos) close = first;
    if (close != std::string_view::npos) best.offer(close + 1, Tok::kAccent);
  }
}

void offer_array(std::string_view rest, Best& best) {
  constexpr std::string_view kBegin = "\\begin{array}{";
  if (rest.substr(0, kBegin.size()) != kBegin) return;
  size_t n = kBegin.size();
  while (n < rest.size() && (rest[n] == 'c' || rest[n] == 'l' || rest[n] == 'r')) ++n;
  if (n < rest.size() && rest[n] == '}') best.offer(n + 1, Tok::kArrayBegin);
}

Best token_at(std::string_view rest) {
  Best best;
  offer_literals(rest, best);
  if (rest[0] == '\\') {
    offer_array(rest, best);
    offer_commands(rest, kGreekCommands, Tok::kGreek, best);
    offer_commands(rest, kOtherSymbols, Tok::kOtherSymbol, best);
    offer_accents(rest, best);
    return best;
  }
  offer_numbers(rest, best);
  offer_differential(rest, best);
  for (const std::string_view word : kWords) {
    if (rest.substr(0, word.size()) == word) best.offer(word.size(), Tok::kFunctionName);
  }
  if (is_letter(rest[0])) best.offer(1, Tok::kLetter);
  if (const size_t bytes = greek_bytes(rest)) best.offer(bytes, Tok::kGreek);
  return best;
}

}  // namespace

std::optional<std::vector<Token>> latex_tokens(std::string_view text) {
  std::vector<Token> tokens;
  size_t at = 0;
  while (at < text.size()) {
    if (is_blank(text[at])) {
      ++at;
      continue;
    }
    const Best best = token_at(text.substr(at));
    if (best.length() == 0) return {};
    if (tokens.size() >= kTokensMax) break;
    if (best.type() != Tok::kSkip) tokens.push_back({best.type(), text.substr(at, best.length())});
    at += best.length();
  }
  tokens.push_back({Tok::kEnd, {}});
  return tokens;
}

}  // namespace assay::suites::math
