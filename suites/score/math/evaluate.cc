#include "suites/score/math/evaluate.h"

#include <algorithm>
#include <array>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cstdint>
#include <map>
#include <utility>

namespace assay::suites::math {
namespace {

namespace mp = boost::multiprecision;
using Real = mp::number<mp::cpp_bin_float<60>, mp::et_off>;

constexpr int kPointsTried = 8;
constexpr int kPointsNeeded = 4;

struct Complex {
  Real re = 0;
  Real im = 0;
};
using Value = std::optional<Complex>;

Complex operator+(const Complex& a, const Complex& b) { return {a.re + b.re, a.im + b.im}; }
Complex operator-(const Complex& a, const Complex& b) { return {a.re - b.re, a.im - b.im}; }
Complex operator*(const Complex& a, const Complex& b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
Real size(const Complex& a) {
  return a.im == 0 ? Real(abs(a.re)) : Real(sqrt(a.re * a.re + a.im * a.im));
}
bool is_zero(const Complex& a) { return a.re == 0 && a.im == 0; }

Value divide(const Complex& a, const Complex& b) {
  const Real norm = b.re * b.re + b.im * b.im;
  if (norm == 0) return {};
  const Complex top = a * Complex{b.re, -b.im};
  return Complex{top.re / norm, top.im / norm};
}

uint64_t mixed(uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31U);
}

uint64_t hashed(std::string_view text, uint64_t seed) {
  uint64_t hash = mixed(seed);
  for (const char c : text) hash = mixed(hash ^ static_cast<unsigned char>(c));
  return hash;
}

// In (0.4, 2.4), of 100 bits.
Real drawn(uint64_t hash) {
  const Real high = Real(mixed(hash) >> 1U) / Real(uint64_t{1} << 63U);
  const Real low = Real(mixed(hash + 1) >> 1U) / Real(uint64_t{1} << 63U);
  return Real(2) * (high + low / Real(uint64_t{1} << 63U)) + Real(2) / 5;
}

Real as_real(const Rational& value) { return Real(numerator(value)) / Real(denominator(value)); }

const Real& pi() {
  static const Real kPi = boost::math::constants::pi<Real>();
  return kPi;
}

class Evaluator {
 public:
  explicit Evaluator(uint64_t point) : point_(point) {}

  Value value(const Node& node);
  [[nodiscard]] bool too_large() const { return too_large_; }

 private:
  using Method = Value (Evaluator::*)(const Node&);

  Value give_up() {
    too_large_ = true;
    return {};
  }
  Value number(const Node& node);
  Value symbol(const Node& node);
  Value constant(const Node& node);
  Value add(const Node& node);
  Value multiply(const Node& node);
  Value power(const Node& node);
  Value function(const Node& node);
  Value one_argument(const std::string& name, const Complex& x);
  Value real_function(const std::string& name, const Complex& x);
  Value circular(const std::string& name, const Complex& x);
  Value inverse_circular(const std::string& name, const Complex& x);
  Value hyperbolic(const std::string& name, const Complex& x);
  Value series(const Node& node);
  Value many(const std::string& name, const std::vector<Complex>& args);
  Value binomial(const Complex& n, const Complex& k);
  Value determinant(const Node& node);
  Value opaque(const std::string& name, const std::vector<Complex>& args) const;
  Value exp(const Complex& x);
  Value log(const Complex& x);
  Value pow(const Complex& base, const Complex& exponent);
  Value sqrt_of(const Complex& x) { return pow(x, {Real(1) / 2, 0}); }

  uint64_t point_;
  size_t steps_ = 0;
  bool too_large_ = false;
  std::map<std::string, Complex> bound_;  // index variables of sums
};

// The recursion is as deep as the tree, which the parsers bound.
Value Evaluator::value(const Node& node) {
  if (++steps_ > kEvaluateStepsMax) return give_up();
  switch (node.kind) {
    case Kind::kNumber:
      return number(node);
    case Kind::kSymbol:
      return symbol(node);
    case Kind::kConstant:
      return constant(node);
    case Kind::kAdd:
      return add(node);
    case Kind::kMul:
      return multiply(node);
    case Kind::kPow:
      return power(node);
    case Kind::kFunction:
      return function(node);
    case Kind::kHold:
      return value(*node.args[0]);
    default:
      return {};
  }
}

Value Evaluator::number(const Node& node) { return Complex{as_real(node.value), 0}; }

Value Evaluator::symbol(const Node& node) {
  if (const auto found = bound_.find(node.name); found != bound_.end()) return found->second;
  const uint64_t hash = hashed(node.name, point_ * 2 + (node.real ? 1 : 0));
  // First all positive, then all negative, then of any sign.
  const bool negative = point_ == 1 || (point_ >= 2 && (hash & 1U) != 0);
  const Real re = negative ? Real(-drawn(hash)) : drawn(hash);
  if (node.real) return Complex{re, 0};
  const uint64_t other = hashed("im", hash);
  return Complex{re, (other & 1U) != 0 ? Real(-drawn(other)) : drawn(other)};
}

Value Evaluator::constant(const Node& node) {
  if (node.name == "pi") return Complex{pi(), 0};
  if (node.name == "e") return Complex{boost::math::constants::e<Real>(), 0};
  if (node.name == "i") return Complex{0, 1};
  return Complex{boost::math::constants::euler<Real>(), 0};
}

Value Evaluator::add(const Node& node) {
  Complex sum;
  for (const Node* arg : node.args) {
    const Value x = value(*arg);
    if (!x) return {};
    sum = sum + *x;
  }
  return sum;
}

Value Evaluator::multiply(const Node& node) {
  Complex product{1, 0};
  for (const Node* arg : node.args) {
    const Value x = value(*arg);
    if (!x) return {};
    product = product * *x;
  }
  return product;
}

Value Evaluator::exp(const Complex& x) {
  if (abs(x.re) > kExponentMax || abs(x.im) > kAngleMax) return give_up();
  const Real length = mp::exp(x.re);
  if (x.im == 0) return Complex{length, 0};
  return Complex{length * cos(x.im), length * sin(x.im)};
}

Value Evaluator::log(const Complex& x) {
  if (is_zero(x)) return {};
  if (x.im == 0 && x.re > 0) return Complex{mp::log(x.re), 0};
  return Complex{mp::log(size(x)), atan2(x.im, x.re)};
}

Value Evaluator::pow(const Complex& base, const Complex& exponent) {
  if (is_zero(exponent)) return Complex{1, 0};
  if (is_zero(base)) return exponent.re > 0 ? Value(Complex{}) : Value();
  const bool whole = exponent.im == 0 && floor(exponent.re) == exponent.re;
  if (whole && abs(exponent.re) <= 4096) {
    const bool inverse = exponent.re < 0;
    auto n = static_cast<unsigned>(abs(exponent.re));
    Complex result{1, 0};
    for (Complex square = base; n > 0; n >>= 1U, square = square * square) {
      if ((n & 1U) != 0) result = result * square;
    }
    return inverse ? divide({1, 0}, result) : Value(result);
  }
  const Value ln = log(base);
  if (!ln) return {};
  Value result = exp(exponent * *ln);
  // A whole power of a real number is real, however large.
  if (result && whole && base.im == 0) result->im = 0;
  return result;
}

Value Evaluator::power(const Node& node) {
  const Value base = value(*node.args[0]);
  const Value exponent = base ? value(*node.args[1]) : Value();
  if (!exponent) return {};
  return pow(*base, *exponent);
}

Value Evaluator::function(const Node& node) {
  if (node.name == "sum" || node.name == "prod") return series(node);
  if (node.name == "det") return determinant(node);
  std::vector<Complex> args;
  for (const Node* arg : node.args) {
    const Value x = value(*arg);
    if (!x) return {};
    args.push_back(*x);
  }
  Value result = args.size() == 1 ? one_argument(node.name, args[0]) : many(node.name, args);
  if (result || too_large_) return result;
  const bool known = node.name == "ln" || node.name == "log" || node.name == "tan" ||
                     node.name == "cot" || node.name == "sec" || node.name == "csc" ||
                     node.name == "mod" || node.name == "atanh" || node.name == "atan";
  return known ? Value() : opaque(node.name, args);
}

Value Evaluator::one_argument(const std::string& name, const Complex& x) {
  if (name == "ln") return log(x);
  if (name == "exp") return exp(x);
  if (name == "abs") return Complex{size(x), 0};
  if (name == "conjugate") return Complex{x.re, -x.im};
  if (name == "transpose") return x;
  if (Value found = real_function(name, x)) return found;
  if (Value found = circular(name, x); found || too_large_) return found;
  if (Value found = hyperbolic(name, x); found || too_large_) return found;
  return inverse_circular(name, x);
}

Value Evaluator::real_function(const std::string& name, const Complex& x) {
  if (x.im != 0) return {};
  if (name == "floor") return Complex{floor(x.re), 0};
  if (name == "ceiling") return Complex{ceil(x.re), 0};
  const bool whole = floor(x.re) == x.re;
  Real n = x.re;
  if (name == "gammafunction") n -= 1;
  if ((name == "factorial" || name == "gammafunction") && whole && n >= 0 && n <= 3000) {
    Real product = 1;
    for (int i = 2; i <= static_cast<int>(n); ++i) product *= i;
    return Complex{product, 0};
  }
  return {};
}

Value Evaluator::circular(const std::string& name, const Complex& x) {
  if (abs(x.re) > kAngleMax || abs(x.im) > kAngleMax) return give_up();
  const auto sin_of = [&]() -> Complex {
    if (x.im == 0) return {sin(x.re), 0};
    return {sin(x.re) * cosh(x.im), cos(x.re) * sinh(x.im)};
  };
  const auto cos_of = [&]() -> Complex {
    if (x.im == 0) return {cos(x.re), 0};
    return {cos(x.re) * cosh(x.im), -sin(x.re) * sinh(x.im)};
  };
  const auto tiny = [](const Complex& v) { return size(v) < Real("1e-50"); };
  if (name == "sin") return sin_of();
  if (name == "cos") return cos_of();
  if (name != "tan" && name != "cot" && name != "sec" && name != "csc") return {};
  const Complex s = sin_of();
  const Complex c = cos_of();
  const bool over_cos = name == "tan" || name == "sec";
  if (tiny(over_cos ? c : s)) return {};
  if (name == "tan") return divide(s, c);
  if (name == "cot") return divide(c, s);
  return divide({1, 0}, over_cos ? c : s);
}

Value Evaluator::hyperbolic(const std::string& name, const Complex& x) {
  if (name != "sinh" && name != "cosh" && name != "tanh") return {};
  const Value up = exp(x);
  const Value down = up ? exp({-x.re, -x.im}) : Value();
  if (!down) return {};
  const Complex half{Real(1) / 2, 0};
  const Complex s = (*up - *down) * half;
  const Complex c = (*up + *down) * half;
  return name == "sinh" ? Value(s) : name == "cosh" ? Value(c) : divide(s, c);
}

// asin z = -i ln(iz + sqrt(1 - z^2)), acos z = pi/2 - asin z, atan z = (ln(1 + iz) - ln(1 - iz)) /
// 2i; asinh z = i asin(-iz)... DLMF 4.23, 4.37.
Value Evaluator::inverse_circular(const std::string& name, const Complex& x) {
  const Complex one{1, 0};
  const Complex i{0, 1};
  const Value inverse = divide(one, x);
  if (name == "acsc") return inverse ? inverse_circular("asin", *inverse) : Value();
  if (name == "asec") return inverse ? inverse_circular("acos", *inverse) : Value();
  if (name == "acot") {
    return inverse ? inverse_circular("atan", *inverse) : Value(Complex{pi() / 2, 0});
  }
  if (name == "asin" || name == "acos" || name == "asinh") {
    const Complex z = name == "asinh" ? i * x : x;
    const Value root = sqrt_of(one - z * z);
    const Value ln = root ? log(i * z + *root) : Value();
    if (!ln) return {};
    const Complex asin = Complex{0, -1} * *ln;
    if (name == "asinh") return Complex{0, -1} * asin;
    return name == "asin" ? asin : Complex{pi() / 2, 0} - asin;
  }
  if (name == "acosh") {
    const Value left = sqrt_of(x + one);
    const Value right = sqrt_of(x - one);
    return left && right ? log(x + *left * *right) : Value();
  }
  if (name != "atan" && name != "atanh") return {};
  const Complex z = name == "atan" ? i * x : x;
  const Value plus = log(one + z);
  const Value minus = log(one - z);
  if (!plus || !minus) return {};
  const Complex half = (*plus - *minus) * Complex{Real(1) / 2, 0};
  return name == "atanh" ? half : Complex{0, -1} * half;
}

Value Evaluator::binomial(const Complex& n, const Complex& k) {
  if (k.im != 0 || floor(k.re) != k.re || k.re > 3000) return {};
  if (k.re < 0) return Complex{};
  Complex product{1, 0};
  for (int j = 1; j <= static_cast<int>(k.re); ++j) {
    product = product * Complex{(n.re - j + 1) / j, n.im / j};
  }
  return product;
}

Value Evaluator::many(const std::string& name, const std::vector<Complex>& args) {
  if (args.empty()) return {};
  if (name == "log" && args.size() == 2) {
    const Value top = log(args[0]);
    const Value base = log(args[1]);
    return top && base ? divide(*top, *base) : Value();
  }
  if (name == "binomial" && args.size() == 2) return binomial(args[0], args[1]);
  if (name == "mod" && args.size() == 2 && args[0].im == 0 && args[1].im == 0) {
    if (args[1].re == 0) return {};
    return Complex{args[0].re - args[1].re * floor(args[0].re / args[1].re), 0};
  }
  const bool all_real =
      std::all_of(args.begin(), args.end(), [](const Complex& x) { return x.im == 0; });
  if ((name == "max" || name == "min") && all_real) {
    const auto less = [](const Complex& a, const Complex& b) { return a.re < b.re; };
    return name == "max" ? *std::max_element(args.begin(), args.end(), less)
                         : *std::min_element(args.begin(), args.end(), less);
  }
  if ((name != "gcd" && name != "lcm") || !all_real) return {};
  Integer whole = 0;
  for (const Complex& arg : args) {
    if (floor(arg.re) != arg.re || abs(arg.re) > Real("1e50")) return {};
    const Integer next(arg.re);
    if (&arg == args.data()) {
      whole = next;
    } else {
      whole = name == "gcd" ? Integer(gcd(whole, next)) : Integer(lcm(whole, next));
    }
  }
  return Complex{Real(whole), 0};
}

Value Evaluator::series(const Node& node) {
  const Value from = value(*node.args[2]);
  const Value to = value(*node.args[3]);
  const bool whole = from && to && from->im == 0 && to->im == 0 && floor(from->re) == from->re &&
                     floor(to->re) == to->re && to->re - from->re < kSumTermsMax &&
                     abs(from->re) < Real("1e15");
  if (!whole || node.args[1]->kind != Kind::kSymbol || bound_.contains(node.args[1]->name)) {
    const Value body = value(*node.args[0]);
    if (!body || !from) return {};
    return opaque(node.name, {*body, *from, to ? *to : Complex{}});
  }
  const std::string& variable = node.args[1]->name;
  Complex total{node.name == "sum" ? Real(0) : Real(1), 0};
  for (Real k = from->re; k <= to->re; k += 1) {
    bound_[variable] = Complex{k, 0};
    const Value term = value(*node.args[0]);
    if (!term) {
      bound_.erase(variable);
      return {};
    }
    total = node.name == "sum" ? total + *term : total * *term;
  }
  bound_.erase(variable);
  return total;
}

// Gaussian elimination with the largest pivot.
Value Evaluator::determinant(const Node& node) {
  const Node& matrix = *node.args[0];
  const size_t n = matrix.columns;
  if (matrix.kind != Kind::kMatrix || n * n != matrix.args.size()) return {};
  if (n * n > kMatrixCellsMax) return give_up();
  std::vector<Complex> cells;
  for (const Node* cell : matrix.args) {
    const Value x = value(*cell);
    if (!x) return {};
    cells.push_back(*x);
  }
  Complex result{1, 0};
  for (size_t c = 0; c < n; ++c) {
    size_t best = c;
    for (size_t r = c + 1; r < n; ++r) {
      if (size(cells[r * n + c]) > size(cells[best * n + c])) best = r;
    }
    if (is_zero(cells[best * n + c])) return Complex{};
    if (best != c) {
      for (size_t k = 0; k < n; ++k) std::swap(cells[best * n + k], cells[c * n + k]);
      result = result * Complex{-1, 0};
    }
    result = result * cells[c * n + c];
    for (size_t r = c + 1; r < n; ++r) {
      const Value factor = divide(cells[r * n + c], cells[c * n + c]);
      if (!factor) return {};
      for (size_t k = c; k < n; ++k) {
        cells[r * n + k] = cells[r * n + k] - *factor * cells[c * n + k];
      }
    }
  }
  return result;
}

Value Evaluator::opaque(const std::string& name, const std::vector<Complex>& args) const {
  std::string key = name;
  for (const Complex& arg : args) {
    key += "," + arg.re.str(25, std::ios_base::scientific);
    if (abs(arg.im) > Real("1e-25")) key += "+" + arg.im.str(25, std::ios_base::scientific);
  }
  return Complex{drawn(hashed(key, 7)), 0};
}

void collect_symbols(const Node& node, std::set<std::string>& names) {
  if (node.kind == Kind::kSymbol) names.insert(node.name + (node.real ? "" : "'"));
  for (const Node* arg : node.args) collect_symbols(*arg, names);
}

bool fits(const Rational& value) {
  const Integer top = abs(numerator(value));
  return (top == 0 || msb(top) < kExactBitsMax) && msb(denominator(value)) < kExactBitsMax;
}

std::optional<Rational> exact_power(const Rational& base, const Rational& exponent) {
  if (denominator(exponent) != 1) return {};
  const Integer n = abs(numerator(exponent));
  if (base == 0) return exponent > 0 ? std::optional(Rational(0)) : std::nullopt;
  if (base == 1 || n == 0) return Rational(1);
  const Integer top = abs(numerator(base));
  const unsigned bits = std::max(msb(top), msb(denominator(base))) + 1U;
  if (n > kExactBitsMax || static_cast<unsigned>(n) > kExactBitsMax / bits) return {};
  const auto power = static_cast<unsigned>(n);
  const Integer up = mp::pow(Integer(numerator(base)), power);
  const Integer down = mp::pow(Integer(denominator(base)), power);
  return exponent > 0 ? Rational(up, down) : Rational(down, up);
}

std::optional<Rational> exact_function(const Node& node) {
  if (node.args.size() != 1) return {};
  const bool known = node.name == "abs" || node.name == "floor" || node.name == "ceiling" ||
                     node.name == "factorial";
  const std::optional<Rational> x = known ? exact_value(*node.args[0]) : std::nullopt;
  if (!x) return {};
  if (node.name == "abs") return *x < 0 ? Rational(-*x) : *x;
  const bool whole = denominator(*x) == 1;
  if (node.name == "factorial") {
    if (!whole || *x < 0 || *x > 1000) return {};
    Integer product = 1;
    for (unsigned i = 2; i <= static_cast<unsigned>(numerator(*x)); ++i) product *= i;
    return Rational(product);
  }
  Integer down = numerator(*x) / denominator(*x);
  if (!whole && *x < 0) --down;
  return Rational(whole || node.name == "floor" ? down : Integer(down + 1));
}

bool nearly_equal(const Complex& a, const Complex& b, const Real& tolerance) {
  const Real scale = std::max(size(a), size(b));
  const Real difference = size(a - b);
  return difference <= tolerance * scale || scale < Real("1e-50");
}

}  // namespace

std::set<std::string> free_symbols(const Node& node) {
  std::set<std::string> names;
  collect_symbols(node, names);
  return names;
}

bool has_decimal(const Node& node) {
  if (node.kind == Kind::kNumber) return node.is_decimal;
  return std::any_of(node.args.begin(), node.args.end(),
                     [](const Node* arg) { return has_decimal(*arg); });
}

std::optional<Rational> exact_value(const Node& node) {
  if (node.kind == Kind::kNumber) return node.value;
  if (node.kind == Kind::kHold) return exact_value(*node.args[0]);
  if (node.kind == Kind::kFunction) return exact_function(node);
  if (node.kind == Kind::kPow) {
    const auto base = exact_value(*node.args[0]);
    const auto exponent = base ? exact_value(*node.args[1]) : std::nullopt;
    return exponent ? exact_power(*base, *exponent) : std::nullopt;
  }
  if (node.kind != Kind::kAdd && node.kind != Kind::kMul) return {};
  Rational total(node.kind == Kind::kAdd ? 0 : 1);
  for (const Node* arg : node.args) {
    const auto x = exact_value(*arg);
    if (!x) return {};
    if (node.kind == Kind::kAdd) {
      total += *x;
    } else {
      total *= *x;
    }
    if (!fits(total)) return {};
  }
  return total;
}

Sameness same_value(const Node& a, const Node& b) {
  const bool decimals = has_decimal(a) || has_decimal(b);
  const Real tolerance(decimals ? "1e-14" : "1e-30");
  const auto exact_a = exact_value(a);
  const auto exact_b = exact_a ? exact_value(b) : std::nullopt;
  if (exact_b) {
    const bool same =
        *exact_a == *exact_b ||
        (decimals && nearly_equal({as_real(*exact_a), 0}, {as_real(*exact_b), 0}, tolerance));
    return same ? Sameness::kSame : Sameness::kDifferent;
  }
  const bool constants = free_symbols(a).empty() && free_symbols(b).empty();
  const int needed = constants ? 1 : kPointsNeeded;
  int agreed = 0;
  bool too_large = false;
  for (int point = 0; point < (constants ? 1 : kPointsTried) && agreed < needed; ++point) {
    Evaluator left(static_cast<uint64_t>(point));
    Evaluator right(static_cast<uint64_t>(point));
    const Value x = left.value(a);
    const Value y = right.value(b);
    too_large = too_large || left.too_large() || right.too_large();
    if (!x || !y) continue;
    if (!nearly_equal(*x, *y, tolerance)) return Sameness::kDifferent;
    ++agreed;
  }
  if (agreed > 0) return Sameness::kSame;
  return too_large ? Sameness::kUnknown : Sameness::kDifferent;
}

namespace {

// +1 or -1 for an infinity, 0 for anything else.
int infinity_sign(const Node& node) {
  if (node.kind == Kind::kInfinity) return 1;
  if (node.kind != Kind::kMul) return 0;
  int sign = 1;
  bool infinite = false;
  for (const Node* arg : node.args) {
    if (arg->kind == Kind::kInfinity) {
      infinite = true;
    } else if (arg->kind == Kind::kNumber && arg->value != 0) {
      sign = arg->value < 0 ? -sign : sign;
    } else {
      return 0;
    }
  }
  return infinite ? sign : 0;
}

std::optional<Real> real_constant(const Node& node) {
  if (!free_symbols(node).empty()) return {};
  const Value x = Evaluator(0).value(node);
  if (!x || abs(x->im) > Real("1e-40") * (1 + abs(x->re))) return {};
  return x->re;
}

}  // namespace

bool is_infinite(const Node& node) { return infinity_sign(node) != 0; }

std::optional<int> compare_constants(const Node& a, const Node& b) {
  const int left = infinity_sign(a);
  const int right = infinity_sign(b);
  if (left != 0 && right != 0) return left == right ? 0 : left < right ? -1 : 1;
  const auto x = left == 0 ? real_constant(a) : std::optional<Real>(0);
  const auto y = right == 0 ? real_constant(b) : std::optional<Real>(0);
  if (!x || !y) return {};
  if (left != 0) return left;
  if (right != 0) return -right;
  if (abs(*x - *y) <= Real("1e-40") * (1 + abs(*x))) return 0;
  return *x < *y ? -1 : 1;
}

std::optional<Integer> rounded(const Node& node, int digits) {
  const auto x = real_constant(node);
  if (!x || abs(*x) > Real("1e40")) return {};
  const Real scaled = *x * mp::pow(Real(10), digits);
  const Real down = floor(scaled);
  Integer whole(down);
  const Real rest = scaled - down;
  const Real tie = abs(rest - Real(1) / 2);
  if (tie < Real("1e-12")) return whole % 2 == 0 ? whole : Integer(whole + 1);
  return rest > Real(1) / 2 ? Integer(whole + 1) : whole;
}

bool is_proportional(const Node& a, const Node& b) {
  std::optional<Complex> ratio;
  int agreed = 0;
  for (uint64_t point = 0; point < kPointsTried; ++point) {
    const Value x = Evaluator(point).value(a);
    const Value y = Evaluator(point).value(b);
    if (!x || !y || is_zero(*x) || is_zero(*y)) continue;
    const Value next = divide(*x, *y);
    if (!next) continue;
    if (ratio && !nearly_equal(*ratio, *next, Real("1e-14"))) return false;
    ratio = next;
    if (++agreed >= kPointsNeeded) return true;
  }
  return false;
}

}  // namespace assay::suites::math
