// Node: a mathematical answer as a tree, and the Arena that owns the nodes of one judgement.
//
// Made by the parsers (latex_parser.h, sympy_latex.h, plain_parser.h), read by evaluate.h and
// equivalence.h. Trees keep the form that was written (nothing is simplified), so that "the same
// form" and "the same value" stay two questions. One Arena serves one judgement on one thread; its
// nodes live as long as it does.
//
//   Arena arena;
//   const Node* half = arena.number(Rational(1, 2));
//   const Node* sum = arena.make(Kind::kAdd, {half, arena.symbol("x", true)});
//   if (arena.exhausted()) return unscored("too many nodes");
#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::suites::math {

// Without expression templates, so that `auto` holds a value.
using Integer = boost::multiprecision::number<boost::multiprecision::cpp_int_backend<>,
                                              boost::multiprecision::et_off>;
using Rational = boost::multiprecision::number<boost::multiprecision::cpp_rational_backend,
                                               boost::multiprecision::et_off>;

inline constexpr size_t kNodesMax = 50'000;  // of one judgement
inline constexpr size_t kDigitsMax = 1'000;  // of a number as it is written
inline constexpr size_t kNestingMax = 600;   // rules inside one another: some 120 pairs of brackets
inline constexpr size_t kKeyBytesMax = size_t{1} << 20;

enum class Kind : uint8_t {
  kNumber,    // `value`; `is_decimal` when it was written with a point or an exponent
  kSymbol,    // `name`, `real`
  kConstant,  // `name`: "pi", "e", "i", "gamma"
  kInfinity,
  kUndefined,  // 1/0
  kAdd,
  kMul,
  kPow,       // base, exponent
  kFunction,  // `name`: known ("sin", "log" with its base, "abs", "factorial" ...) or anything
  kHold,      // one argument, of the same value: a percentage's 1/100
  kRelation,  // `name`: "=", "!=", "<", "<=", ">", ">="; left, right
  kAnd,       // a chain of relations
  kNot,
  kTuple,
  kFiniteSet,
  kInterval,  // from, to; `left_open`, `right_open`
  kUnion,
  kIntersection,
  kComplement,
  kEmptySet,
  kNamedSet,  // `name`: "N", "Z", "Q", "R", "C"
  kMatrix,    // row by row, `columns` to a row
};

struct Node {
  Kind kind = Kind::kNumber;
  bool is_decimal = false;
  bool real = true;
  bool left_open = false;
  bool right_open = false;
  size_t columns = 0;
  std::string name;
  Rational value;
  std::vector<const Node*> args;

  [[nodiscard]] bool is_integer() const {
    return kind == Kind::kNumber && !is_decimal && denominator(value) == 1;
  }
  [[nodiscard]] bool is_rational() const { return kind == Kind::kNumber && !is_decimal; }
  [[nodiscard]] bool is_set() const { return kind >= Kind::kFiniteSet && kind <= Kind::kNamedSet; }
};

class Arena {
 public:
  const Node* make(Kind kind, std::vector<const Node*> args, std::string name = {});
  const Node* number(Rational value, bool is_decimal = false);
  const Node* integer(int64_t value) { return number(Rational(value)); }
  const Node* symbol(std::string name, bool real);
  const Node* constant(std::string name) { return make(Kind::kConstant, {}, std::move(name)); }
  const Node* relation(std::string op, const Node* left, const Node* right) {
    return make(Kind::kRelation, {left, right}, std::move(op));
  }
  const Node* interval(const Node* from, const Node* to, bool left_open, bool right_open);
  const Node* matrix(std::vector<const Node*> cells, size_t columns);
  // -x: of a number the number.
  const Node* negated(const Node* x);
  // Sums and products whose terms are sums (products) themselves become one.
  const Node* sum(const Node* left, const Node* right);
  const Node* product(const Node* left, const Node* right);
  // a/b: of two integers the rational.
  const Node* quotient(const Node* top, const Node* bottom);
  // The number's 1/100, kept apart from it.
  const Node* percent(const Node* x);

  [[nodiscard]] bool exhausted() const { return exhausted_; }

 private:
  Node& fresh(Kind kind);
  const Node* flat(Kind kind, const Node* left, const Node* right);

  std::deque<Node> nodes_;
  bool exhausted_ = false;
};

// "12", "1.50", ".5", "8E-4" as an exact number; nothing for more than kDigitsMax digits or an
// exponent beyond that.
std::optional<Rational> decimal_value(std::string_view text);

// Equal for trees of the same form, and only for these; members of sets in any order and once.
// Longer than kKeyBytesMax: cut there.
std::string form_key(const Node& node);

}  // namespace assay::suites::math
