#include "suites/score/math/sympy_latex.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace assay::suites::math {
namespace {

constexpr size_t kTextBytesMax = size_t{16} << 10;
constexpr size_t kStepsMax = 100'000;

enum class Type : uint8_t {
  kEnd,
  kBad,  // no token begins here: an error once the parser looks at it
  kSkip,
  kAdd,
  kSub,
  kTimes,   // and \cdot, *
  kDivide,  // and \div, :
  kLeftParen,
  kRightParen,
  kLeftBrace,
  kRightBrace,
  kLeftLiteral,
  kRightLiteral,
  kLeftBracket,
  kRightBracket,
  kBar,
  kLeftAngle,
  kRightAngle,
  kLim,
  kTo,
  kInt,
  kSum,
  kProd,
  kFunction,
  kLeftFloor,
  kRightFloor,
  kLeftCeil,
  kRightCeil,
  kSqrt,
  kOverline,
  kFrac,
  kBinom,
  kMathit,
  kUnderscore,
  kCaret,
  kDifferential,
  kLetter,
  kDigit,
  kRelation,
  kEqual,
  kBang,
  kQuotes,
  kSymbol,
  kComma,
  kPeriod,
};

struct Piece {
  Type type = Type::kEnd;
  std::string_view text;
};

struct Fixed {
  std::string_view text;
  Type type;
};

constexpr auto kCommands = std::to_array<Fixed>({
    {"thinspace", Type::kSkip},    {"medspace", Type::kSkip},
    {"thickspace", Type::kSkip},   {"quad", Type::kSkip},
    {"qquad", Type::kSkip},        {"negthinspace", Type::kSkip},
    {"negmedspace", Type::kSkip},  {"negthickspace", Type::kSkip},
    {"left", Type::kSkip},         {"right", Type::kSkip},
    {"vrule", Type::kSkip},        {"vcenter", Type::kSkip},
    {"vbox", Type::kSkip},         {"vskip", Type::kSkip},
    {"vspace", Type::kSkip},       {"hfil", Type::kSkip},
    {"langle", Type::kLeftAngle},  {"rangle", Type::kRightAngle},
    {"lim", Type::kLim},           {"to", Type::kTo},
    {"rightarrow", Type::kTo},     {"Rightarrow", Type::kTo},
    {"longrightarrow", Type::kTo}, {"Longrightarrow", Type::kTo},
    {"int", Type::kInt},           {"sum", Type::kSum},
    {"prod", Type::kProd},         {"exp", Type::kFunction},
    {"log", Type::kFunction},      {"lg", Type::kFunction},
    {"ln", Type::kFunction},       {"sin", Type::kFunction},
    {"cos", Type::kFunction},      {"tan", Type::kFunction},
    {"csc", Type::kFunction},      {"sec", Type::kFunction},
    {"cot", Type::kFunction},      {"arcsin", Type::kFunction},
    {"arccos", Type::kFunction},   {"arctan", Type::kFunction},
    {"arccsc", Type::kFunction},   {"arcsec", Type::kFunction},
    {"arccot", Type::kFunction},   {"sinh", Type::kFunction},
    {"cosh", Type::kFunction},     {"tanh", Type::kFunction},
    {"arsinh", Type::kFunction},   {"arcosh", Type::kFunction},
    {"artanh", Type::kFunction},   {"lfloor", Type::kLeftFloor},
    {"rfloor", Type::kRightFloor}, {"lceil", Type::kLeftCeil},
    {"rceil", Type::kRightCeil},   {"sqrt", Type::kSqrt},
    {"overline", Type::kOverline}, {"times", Type::kTimes},
    {"cdot", Type::kTimes},        {"div", Type::kDivide},
    {"frac", Type::kFrac},         {"dfrac", Type::kFrac},
    {"tfrac", Type::kFrac},        {"binom", Type::kBinom},
    {"dbinom", Type::kBinom},      {"tbinom", Type::kBinom},
    {"mathit", Type::kMathit},     {"neq", Type::kRelation},
    {"leq", Type::kRelation},      {"le", Type::kRelation},
    {"leqq", Type::kRelation},     {"leqslant", Type::kRelation},
    {"geq", Type::kRelation},      {"ge", Type::kRelation},
    {"geqq", Type::kRelation},     {"geqslant", Type::kRelation},
});

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

size_t letters(std::string_view text, size_t from) {
  size_t n = from;
  while (n < text.size() && is_letter(text[n])) ++n;
  return n - from;
}

Piece command_at(std::string_view rest) {
  const size_t name = letters(rest, 1);
  if (name > 0) {
    const std::string_view word = rest.substr(1, name);
    for (const Fixed& fixed : kCommands) {
      if (fixed.text == word) return {fixed.type, rest.substr(0, 1 + name)};
    }
    return {Type::kSymbol, rest.substr(0, 1 + name)};
  }
  if (rest.size() < 2) return {Type::kBad, rest};
  constexpr std::string_view kSkipped = ",:;!*-./\"(=";
  const std::string_view text = rest.substr(0, 2);
  if (kSkipped.find(rest[1]) != std::string_view::npos) return {Type::kSkip, text};
  if (rest[1] == '{') return {Type::kLeftLiteral, text};
  if (rest[1] == '}') return {Type::kRightLiteral, text};
  return {Type::kBad, text};
}

Type sign_type(char c) {
  constexpr std::string_view kSigns = "+-*/()[]{}|_^:<>!,.";
  constexpr std::array<Type, 19> kTypes{
      {Type::kAdd, Type::kSub, Type::kTimes, Type::kDivide, Type::kLeftParen, Type::kRightParen,
       Type::kLeftBracket, Type::kRightBracket, Type::kLeftBrace, Type::kRightBrace, Type::kBar,
       Type::kUnderscore, Type::kCaret, Type::kDivide, Type::kRelation, Type::kRelation,
       Type::kBang, Type::kComma, Type::kPeriod}};
  const size_t at = kSigns.find(c);
  return at == std::string_view::npos ? Type::kBad : kTypes[at];
}

Piece differential_at(std::string_view rest) {
  size_t n = 1;
  while (n < rest.size() && is_blank(rest[n])) ++n;
  if (n < rest.size() && is_letter(rest[n])) return {Type::kDifferential, rest.substr(0, n + 1)};
  if (n < rest.size() && rest[n] == '\\') {
    const size_t name = letters(rest, n + 1);
    if (name > 0) return {Type::kDifferential, rest.substr(0, n + 1 + name)};
  }
  return {Type::kLetter, rest.substr(0, 1)};
}

Piece piece_at(std::string_view rest) {
  const char c = rest[0];
  if (c == '\\') return command_at(rest);
  if (c == 'd') return differential_at(rest);
  if (is_letter(c)) return {Type::kLetter, rest.substr(0, 1)};
  if (c >= '0' && c <= '9') return {Type::kDigit, rest.substr(0, 1)};
  if (c == '=') return {Type::kEqual, rest.substr(0, rest.substr(1, 1) == "&" ? 2 : 1)};
  if (c == '&' && rest.substr(1, 1) == "=") return {Type::kEqual, rest.substr(0, 2)};
  if (c == '\'') {
    return {Type::kQuotes, rest.substr(0, std::min(rest.find_first_not_of('\''), rest.size()))};
  }
  return {sign_type(c), rest.substr(0, 1)};
}

std::vector<Piece> pieces_of(std::string_view text) {
  std::vector<Piece> pieces;
  for (size_t at = 0; at < text.size();) {
    if (is_blank(text[at])) {
      ++at;
      continue;
    }
    const Piece piece = piece_at(text.substr(at));
    if (piece.type != Type::kSkip) pieces.push_back(piece);
    at += piece.text.size();
  }
  pieces.push_back({Type::kEnd, {}});
  return pieces;
}

// Recursive descent as far as it goes. Factors side by side and operators go on only where another
// operand can be seen to follow; the first thing that does not fit ends the reading, and is an
// error only where nothing, or a half of something, stands before it. Within one digit of a point
// without decimals SymPy reads odd things ("33." is 3); so does this.
class SympyParser {
 public:
  SympyParser(std::string_view text, Arena& arena) : pieces_(pieces_of(text)), arena_(arena) {}

  SympyResult run() {
    const Node* node = relation();
    if (peek() == Type::kBad || bad_) node = nullptr;
    if (!limit_.empty()) return {nullptr, limit_};
    if (arena_.exhausted()) return {nullptr, "a formula of too many parts"};
    return {node, {}};
  }

 private:
  using Nodes = std::vector<const Node*>;

  // Looking at what is no token is an error, even where it would not be used.
  [[nodiscard]] Type peek(size_t ahead = 0) {
    const Type type = pieces_[std::min(at_ + ahead, pieces_.size() - 1)].type;
    if (type == Type::kBad) bad_ = true;
    return type;
  }
  bool take(Type type) {
    if (peek() != type) return false;
    ++at_;
    return true;
  }
  std::string_view take_text() { return pieces_[at_++].text; }

  // Deeper, or the end of the reading.
  bool enter() {
    if (++steps_ > kStepsMax) limit_ = "a formula that is too long to be read";
    if (depth_ >= kNestingMax) limit_ = "formula nested too deep";
    if (!limit_.empty()) return false;
    ++depth_;
    return true;
  }
  const Node* leave(const Node* node) {
    --depth_;
    return node;
  }

  const Node* relation();
  const Node* expr();
  const Node* mp(bool functions);
  const Node* unary(bool functions);
  const Node* postfix_list(bool functions);
  const Node* postfix(bool functions);
  const Node* exp(bool functions);
  const Node* comp(bool functions);
  const Node* enclosed(Type open, Type close);
  const Node* absolute();
  const Node* atom();
  const Node* letter(bool functions);
  const Node* number();
  const Node* frac();
  const Node* frac_part();
  const Node* binom();
  const Node* function();
  const Node* root();
  const Node* series();
  const Node* limit();
  const Node* integral();
  const Node* mathit();
  const Node* script(Type mark);
  const Node* function_script(Type mark);
  std::optional<std::string> subscript_name();
  const Node* fresh_comp(bool functions);
  [[nodiscard]] bool starts_postfix(bool functions);
  bool operand_follows(bool functions);
  bool power_follows();

  std::vector<Piece> pieces_;
  Arena& arena_;
  size_t at_ = 0;
  size_t steps_ = 0;
  size_t depth_ = 0;
  size_t bars_ = 0;  // absolute values that are open
  bool bad_ = false;
  struct Remembered {
    const Node* node;
    size_t end;
  };
  std::unordered_map<size_t, Remembered> memo_;  // of comp()
  std::string limit_;
};

const Node* SympyParser::relation() {
  const Node* left = expr();
  while (left != nullptr && (peek() == Type::kRelation || peek() == Type::kEqual)) {
    ++at_;
    const Node* right = expr();
    if (right == nullptr) return nullptr;
    left = arena_.relation("=", left, right);
  }
  return left;
}

const Node* SympyParser::expr() {
  if (!enter()) return nullptr;
  const Node* left = mp(true);
  while (left != nullptr && (peek() == Type::kAdd || peek() == Type::kSub)) {
    const bool minus = peek() == Type::kSub;
    ++at_;
    if (!operand_follows(true)) {
      --at_;
      break;
    }
    const Node* right = mp(true);
    left = right == nullptr ? nullptr : arena_.sum(left, minus ? arena_.negated(right) : right);
  }
  return leave(left);
}

const Node* SympyParser::mp(bool functions) {
  const Node* left = unary(functions);
  while (left != nullptr && (peek() == Type::kTimes || peek() == Type::kDivide)) {
    const bool times = peek() == Type::kTimes;
    ++at_;
    if (!operand_follows(functions)) {
      --at_;
      break;
    }
    const Node* right = unary(functions);
    if (right == nullptr) return nullptr;
    left = times ? arena_.product(left, right) : arena_.quotient(left, right);
  }
  return left;
}

// Whether the smallest operand that can stand here does.
bool SympyParser::operand_follows(bool functions) {
  const size_t start = at_;
  while (peek() == Type::kAdd || peek() == Type::kSub) ++at_;
  const bool digit = peek() == Type::kDigit;
  const bool follows = digit || (starts_postfix(functions) && comp(true) != nullptr);
  at_ = start;
  return follows;
}

bool SympyParser::power_follows() {
  const size_t start = at_;
  ++at_;
  const bool follows =
      peek() == Type::kDigit || (peek() == Type::kLeftBrace ? comp(true) : atom()) != nullptr;
  at_ = start;
  return follows;
}

const Node* SympyParser::unary(bool functions) {
  if (!enter()) return nullptr;
  const bool minus = peek() == Type::kSub;
  if (minus || peek() == Type::kAdd) {
    ++at_;
    const Node* x = unary(functions);
    return leave(x != nullptr && minus ? arena_.negated(x) : x);
  }
  return leave(postfix_list(functions));
}

bool SympyParser::starts_postfix(bool functions) {
  switch (peek()) {
    case Type::kLeftParen:
    case Type::kLeftBracket:
    case Type::kLeftBrace:
    case Type::kLeftLiteral:
    case Type::kBar:
    case Type::kLeftAngle:
    case Type::kLetter:
    case Type::kSymbol:
    case Type::kDigit:
    case Type::kDifferential:
    case Type::kMathit:
    case Type::kFrac:
    case Type::kBinom:
    case Type::kLeftFloor:
    case Type::kLeftCeil:
      return true;
    case Type::kFunction:
    case Type::kInt:
    case Type::kSqrt:
    case Type::kOverline:
    case Type::kSum:
    case Type::kProd:
    case Type::kLim:
      return functions;
    default:
      return false;
  }
}

// Factors side by side; an x between two numbers is a sign of multiplication.
const Node* SympyParser::postfix_list(bool functions) {
  Nodes factors;
  while (factors.empty() || starts_postfix(functions)) {
    const size_t start = at_;
    const bool bar = peek() == Type::kBar && bars_ > 0;
    const Node* next = postfix(functions || factors.empty());
    // A bar closes, unless a whole |...| follows that leaves one for the closing.
    if (next == nullptr || (bar && !factors.empty() && peek() != Type::kBar)) {
      at_ = start;
      break;
    }
    factors.push_back(next);
  }
  if (factors.empty()) return nullptr;
  const Node* product = factors.back();
  for (size_t i = factors.size() - 1; i-- > 0;) {
    const bool sign = i > 0 && factors[i]->kind == Kind::kSymbol && factors[i]->name == "x" &&
                      free_symbols(*factors[i - 1]).empty() &&
                      free_symbols(*factors[i + 1]).empty();
    if (!sign) product = arena_.make(Kind::kMul, {factors[i], product});
  }
  return product;
}

const Node* SympyParser::postfix(bool functions) {
  const Node* x = exp(functions);
  while (x != nullptr && take(Type::kBang)) x = arena_.make(Kind::kFunction, {x}, "factorial");
  return x;
}

const Node* SympyParser::script(Type mark) {
  if (!take(mark)) return nullptr;
  if (peek() == Type::kLeftBrace) return enclosed(Type::kLeftBrace, Type::kRightBrace);
  return atom();
}

const Node* SympyParser::exp(bool functions) {
  const Node* base = comp(functions);
  while (base != nullptr && peek() == Type::kCaret && power_follows()) {
    const Node* power = script(Type::kCaret);
    if (power == nullptr) return nullptr;
    if (peek() == Type::kUnderscore && script(Type::kUnderscore) == nullptr) return nullptr;
    base = arena_.make(Kind::kPow, {base, power});
  }
  return base;
}

const Node* SympyParser::enclosed(Type open, Type close) {
  if (!take(open)) return nullptr;
  const size_t outer = std::exchange(bars_, 0);
  const Node* x = expr();
  bars_ = outer;
  return x != nullptr && take(close) ? x : nullptr;
}

const Node* SympyParser::absolute() {
  ++at_;
  ++bars_;
  const Node* x = expr();
  --bars_;
  if (x == nullptr || !take(Type::kBar)) return nullptr;
  return arena_.make(Kind::kFunction, {x}, "abs");
}

const Node* SympyParser::comp(bool functions) {
  const size_t key = at_ * 4 + (functions ? 2 : 0) + (bars_ > 0 ? 1 : 0);
  if (const auto found = memo_.find(key); found != memo_.end()) {
    at_ = found->second.end;
    return found->second.node;
  }
  const Node* node = fresh_comp(functions);
  memo_.emplace(key, Remembered{node, at_});
  return node;
}

const Node* SympyParser::fresh_comp(bool functions) {
  switch (peek()) {
    case Type::kLeftParen:
      return enclosed(Type::kLeftParen, Type::kRightParen);
    case Type::kLeftBracket:
      return enclosed(Type::kLeftBracket, Type::kRightBracket);
    case Type::kLeftBrace:
      return enclosed(Type::kLeftBrace, Type::kRightBrace);
    case Type::kLeftLiteral:
      return enclosed(Type::kLeftLiteral, Type::kRightLiteral);
    case Type::kBar:
      return absolute();
    case Type::kLeftFloor: {
      const Node* x = enclosed(Type::kLeftFloor, Type::kRightFloor);
      return x == nullptr ? nullptr : arena_.make(Kind::kFunction, {x}, "floor");
    }
    case Type::kLeftCeil: {
      const Node* x = enclosed(Type::kLeftCeil, Type::kRightCeil);
      return x == nullptr ? nullptr : arena_.make(Kind::kFunction, {x}, "ceiling");
    }
    case Type::kLetter:
    case Type::kSymbol:
      return letter(functions);
    case Type::kFunction:
    case Type::kInt:
    case Type::kSqrt:
    case Type::kOverline:
    case Type::kSum:
    case Type::kProd:
    case Type::kLim:
      return functions ? function() : nullptr;
    default:
      return atom();
  }
}

const Node* SympyParser::atom() {
  switch (peek()) {
    case Type::kLetter:
    case Type::kSymbol:
      return letter(false);
    case Type::kDigit:
      return number();
    case Type::kDifferential: {
      std::string name(take_text());
      std::erase_if(name, [](char c) { return is_blank(c) || c == '\\'; });
      return arena_.symbol(name, false);
    }
    case Type::kMathit:
      return mathit();
    case Type::kFrac:
      return frac();
    case Type::kBinom:
      return binom();
    default:
      return nullptr;
  }
}

std::optional<std::string> SympyParser::subscript_name() {
  const Node* sub = script(Type::kUnderscore);
  if (sub == nullptr) return {};
  return "_{" + form_key(*sub) + "}";
}

// A symbol, or a function with its arguments when a parenthesis follows.
const Node* SympyParser::letter(bool functions) {
  std::string name(take_text());
  if (name.front() == '\\') name.erase(0, 1);
  const bool infinite = name == "infty";
  for (int i = 0; i < 2; ++i) {
    if (peek() == Type::kUnderscore) {
      const auto sub = subscript_name();
      if (!sub) return nullptr;
      name += *sub;
    } else if (peek() == Type::kQuotes) {
      name += take_text();
    }
  }
  const size_t after_name = at_;
  if (functions && take(Type::kLeftParen)) {
    const size_t outer = std::exchange(bars_, 0);
    Nodes args;
    const Node* arg = nullptr;
    do {
      arg = expr();
      args.push_back(arg);
    } while (arg != nullptr && take(Type::kComma));
    bars_ = outer;
    if (arg != nullptr && take(Type::kRightParen)) {
      return arena_.make(Kind::kFunction, std::move(args), "f:" + name);
    }
    at_ = after_name;
  }
  if (infinite) return arena_.make(Kind::kInfinity, {});
  return arena_.symbol(std::move(name), false);
}

// Digits with groups of three after commas, and decimals.
const Node* SympyParser::number() {
  const size_t start = at_;
  size_t before_group = 0;  // where the last group begins
  std::string digits;
  while (peek() == Type::kDigit) digits += take_text();
  std::string shorter = digits.substr(0, 1);
  while (peek() == Type::kComma && peek(1) == Type::kDigit && peek(2) == Type::kDigit &&
         peek(3) == Type::kDigit) {
    shorter = digits;
    before_group = at_;
    ++at_;
    for (int i = 0; i < 3; ++i) digits += take_text();
  }
  bool decimal = peek() == Type::kPeriod;
  if (decimal && peek(1) == Type::kDigit) {
    ++at_;
    const size_t whole = digits.size();
    digits += '.';
    while (peek() == Type::kDigit) digits += take_text();
    const bool group = peek() == Type::kComma && peek(1) == Type::kDigit &&
                       peek(2) == Type::kDigit && peek(3) == Type::kDigit;
    if ((group || peek() == Type::kPeriod) && digits.size() > whole + 2) {
      digits.pop_back();
      --at_;
    }
  } else if (decimal) {
    if (digits.size() == 1) return nullptr;
    digits = shorter;
    at_ = before_group > 0 ? before_group : start + 1;
    decimal = false;
  }
  // Python reads no 012.
  if (!decimal && digits.size() > 1 && digits.front() == '0' &&
      digits.find_first_not_of('0') != std::string::npos) {
    bad_ = true;
  }
  const std::optional<Rational> value = decimal_value(digits);
  if (!value) limit_ = "a number with too many digits";
  return value ? arena_.number(*value, decimal) : nullptr;
}

const Node* SympyParser::mathit() {
  ++at_;
  if (!take(Type::kLeftBrace)) return nullptr;
  std::string name;
  while (peek() == Type::kLetter) name += take_text();
  return take(Type::kRightBrace) ? arena_.symbol(std::move(name), false) : nullptr;
}

const Node* SympyParser::frac_part() {
  if (peek() == Type::kDigit) {
    return arena_.integer(take_text().front() - '0');
  }
  return enclosed(Type::kLeftBrace, Type::kRightBrace);
}

const Node* SympyParser::frac() {
  ++at_;
  const Node* top = frac_part();
  const Node* bottom = top == nullptr ? nullptr : frac_part();
  return bottom == nullptr ? nullptr : arena_.quotient(top, bottom);
}

const Node* SympyParser::binom() {
  ++at_;
  const Node* n = enclosed(Type::kLeftBrace, Type::kRightBrace);
  const Node* k = n == nullptr ? nullptr : enclosed(Type::kLeftBrace, Type::kRightBrace);
  return k == nullptr ? nullptr : arena_.make(Kind::kFunction, {n, k}, "binomial");
}

const Node* SympyParser::root() {
  ++at_;
  const Node* degree = nullptr;
  if (peek() == Type::kLeftBracket) {
    degree = enclosed(Type::kLeftBracket, Type::kRightBracket);
    if (degree == nullptr) return nullptr;
  }
  const Node* base = enclosed(Type::kLeftBrace, Type::kRightBrace);
  if (base == nullptr) return nullptr;
  const Node* power = degree == nullptr ? arena_.number(Rational(1, 2))
                                        : arena_.quotient(arena_.integer(1), degree);
  return arena_.make(Kind::kPow, {base, power});
}

// A base or power of a function: of bare digits the last is the argument where no other follows
// ("\\log_28" is the logarithm of 8 to the base 2).
const Node* SympyParser::function_script(Type mark) {
  if (peek(1) != Type::kDigit) return script(mark);
  size_t count = 1;
  while (peek(1 + count) == Type::kDigit) ++count;
  const size_t start = at_;
  at_ += 1 + count;
  const Type next = peek();
  const bool argument = starts_postfix(true) || next == Type::kAdd || next == Type::kSub ||
                        next == Type::kUnderscore || next == Type::kCaret || next == Type::kComma ||
                        next == Type::kPeriod;
  at_ = start;
  if (argument || count == 1) return script(mark);
  std::string digits;
  for (++at_; digits.size() + 1 < count;) digits += take_text();
  const std::optional<Rational> value = decimal_value(digits);
  return value ? arena_.number(*value) : nullptr;
}

const Node* SympyParser::function() {
  switch (peek()) {
    case Type::kSqrt:
      return root();
    case Type::kInt:
      return integral();
    case Type::kSum:
    case Type::kProd:
      return series();
    case Type::kLim:
      return limit();
    case Type::kOverline: {
      ++at_;
      const Node* x = enclosed(Type::kLeftBrace, Type::kRightBrace);
      return x == nullptr ? nullptr : arena_.make(Kind::kFunction, {x}, "conjugate");
    }
    default:
      break;
  }
  std::string name(take_text().substr(1));
  const Node* base = nullptr;
  const Node* power = nullptr;
  for (int i = 0; i < 2; ++i) {
    const bool below = base == nullptr && peek() == Type::kUnderscore;
    if (!below && (power != nullptr || peek() != Type::kCaret)) continue;
    const Node* read = function_script(below ? Type::kUnderscore : Type::kCaret);
    if (read == nullptr) return nullptr;
    (below ? base : power) = read;
  }
  const Node* arg = nullptr;
  if (take(Type::kLeftParen)) {
    const size_t outer = std::exchange(bars_, 0);
    arg = expr();
    while (arg != nullptr && take(Type::kComma)) {
      if (expr() == nullptr) return nullptr;  // only the first argument counts
    }
    bars_ = outer;
    if (!take(Type::kRightParen)) return nullptr;
  } else {
    arg = mp(false);
  }
  if (arg == nullptr) return nullptr;
  const bool logarithm = name == "log" || name == "ln" || name == "lg";
  if (name.substr(0, 3) == "arc") name = "a" + name.substr(3);
  if (name.substr(0, 2) == "ar") name = "a" + name.substr(2);
  const bool inverse = power != nullptr && power->is_integer() && power->value == -1 &&
                       !logarithm && name != "exp" && name.front() != 'a';
  if (inverse) {
    name.insert(0, "a");
    power = nullptr;
  }
  if (name == "lg" && base == nullptr) base = arena_.integer(10);
  const Node* x = logarithm && base != nullptr
                      ? arena_.make(Kind::kFunction, {arg, base}, "log")
                      : arena_.make(Kind::kFunction, {arg}, logarithm ? "ln" : name);
  return power == nullptr ? x : arena_.make(Kind::kPow, {x, power});
}

const Node* SympyParser::integral() {
  ++at_;
  const Node* from = peek() == Type::kUnderscore ? script(Type::kUnderscore) : nullptr;
  const Node* to = peek() == Type::kCaret ? script(Type::kCaret) : nullptr;
  if (from == nullptr && to != nullptr) from = script(Type::kUnderscore);
  const Node* body = expr();
  if (body == nullptr || (from == nullptr) != (to == nullptr)) return nullptr;
  Nodes args{body};
  if (from != nullptr) args.insert(args.end(), {from, to});
  return arena_.make(Kind::kFunction, std::move(args), "integral");
}

const Node* SympyParser::series() {
  const char* name = peek() == Type::kSum ? "sum" : "prod";
  ++at_;
  const Node* to = peek() == Type::kCaret ? script(Type::kCaret) : nullptr;
  if (!take(Type::kUnderscore) || !take(Type::kLeftBrace)) return nullptr;
  const Node* variable = expr();
  if (variable == nullptr || !take(Type::kEqual)) return nullptr;
  const Node* from = expr();
  if (from == nullptr || !take(Type::kRightBrace)) return nullptr;
  if (to == nullptr) to = script(Type::kCaret);
  const Node* body = to == nullptr ? nullptr : mp(true);
  if (body == nullptr) return nullptr;
  return arena_.make(Kind::kFunction, {body, variable, from, to}, name);
}

const Node* SympyParser::limit() {
  ++at_;
  if (!take(Type::kUnderscore) || !take(Type::kLeftBrace)) return nullptr;
  if (peek() != Type::kLetter && peek() != Type::kSymbol) return nullptr;
  const Node* variable = arena_.symbol(std::string(take_text()), false);
  if (!take(Type::kTo)) return nullptr;
  const Node* target = expr();
  if (target == nullptr) return nullptr;
  std::string side = "+-";
  if (take(Type::kCaret)) {
    const bool braced = take(Type::kLeftBrace);
    side = take_text();
    if (braced && !take(Type::kRightBrace)) return nullptr;
  }
  if (!take(Type::kRightBrace)) return nullptr;
  const Node* body = mp(true);
  if (body == nullptr) return nullptr;
  return arena_.make(Kind::kFunction, {body, variable, target}, "lim" + side);
}

}  // namespace

SympyResult parse_sympy_latex(std::string_view text, Arena& arena) {
  if (text.size() > kTextBytesMax) return {nullptr, "a formula of more than 16 KiB"};
  return SympyParser(text, arena).run();
}

Sameness minerva_equal(std::string_view a, std::string_view b) {
  Arena arena;
  const SympyResult x = parse_sympy_latex(a, arena);
  const SympyResult y = parse_sympy_latex(b, arena);
  if (!x.limit.empty() || !y.limit.empty()) return Sameness::kUnknown;
  if (x.node == nullptr || y.node == nullptr) return Sameness::kDifferent;
  if (x.node->kind == Kind::kRelation || y.node->kind == Kind::kRelation) {
    return Sameness::kDifferent;
  }
  // A tree is not equal to itself where it has no value: oo - oo is no zero.
  if (is_infinite(*x.node) || x.node->kind == Kind::kUndefined) return Sameness::kDifferent;
  if (form_key(*x.node) == form_key(*y.node)) return Sameness::kSame;
  return same_value(*x.node, *y.node);
}

}  // namespace assay::suites::math
