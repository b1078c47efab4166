#include "suites/score/math/node.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace assay::suites::math {
namespace {

void append_key(const Node& node, std::string& out, size_t depth);

void append_set_key(const Node& node, std::string& out, size_t depth) {
  std::vector<std::string> members;
  for (const Node* arg : node.args) append_key(*arg, members.emplace_back(), depth);
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  for (const std::string& member : members) out += member + ",";
}

// `depth` is bounded by the parsers' kNestingMax (a level of theirs adds a few nodes).
void append_key(const Node& node, std::string& out, size_t depth) {
  if (out.size() > kKeyBytesMax || depth > 4 * kNestingMax) return;
  out += static_cast<char>('A' + static_cast<int>(node.kind));
  if (node.kind == Kind::kNumber) {
    out += node.value.str() + (node.is_decimal ? "." : "");
  }
  out += node.name;
  if (node.kind == Kind::kSymbol && !node.real) out += '\'';
  if (node.left_open) out += '<';
  if (node.right_open) out += '>';
  if (node.columns > 0) out += std::to_string(node.columns);
  if (node.args.empty()) return;
  out += '(';
  if (node.kind == Kind::kFiniteSet) {
    append_set_key(node, out, depth + 1);
  } else {
    for (const Node* arg : node.args) {
      append_key(*arg, out, depth + 1);
      out += ',';
    }
  }
  out += ')';
}

Rational power_of_ten(unsigned exponent) {
  return Rational(boost::multiprecision::pow(Integer(10), exponent));
}

}  // namespace

Node& Arena::fresh(Kind kind) {
  if (nodes_.size() >= kNodesMax) {
    exhausted_ = true;
    nodes_.pop_back();  // the judgement ends with a limit; no tree is looked at any more
  }
  Node& node = nodes_.emplace_back();
  node.kind = kind;
  return node;
}

const Node* Arena::make(Kind kind, std::vector<const Node*> args, std::string name) {
  Node& node = fresh(kind);
  node.args = std::move(args);
  node.name = std::move(name);
  return &node;
}

const Node* Arena::number(Rational value, bool is_decimal) {
  Node& node = fresh(Kind::kNumber);
  node.value = std::move(value);
  node.is_decimal = is_decimal;
  return &node;
}

const Node* Arena::symbol(std::string name, bool real) {
  Node& node = fresh(Kind::kSymbol);
  node.name = std::move(name);
  node.real = real;
  return &node;
}

const Node* Arena::interval(const Node* from, const Node* to, bool left_open, bool right_open) {
  Node& node = fresh(Kind::kInterval);
  node.args = {from, to};
  node.left_open = left_open;
  node.right_open = right_open;
  return &node;
}

const Node* Arena::matrix(std::vector<const Node*> cells, size_t columns) {
  Node& node = fresh(Kind::kMatrix);
  node.args = std::move(cells);
  node.columns = columns;
  return &node;
}

const Node* Arena::negated(const Node* x) {
  if (x->kind == Kind::kNumber) return number(-x->value, x->is_decimal);
  return product(integer(-1), x);
}

const Node* Arena::flat(Kind kind, const Node* left, const Node* right) {
  std::vector<const Node*> args;
  for (const Node* side : {left, right}) {
    if (side->kind == kind) {
      args.insert(args.end(), side->args.begin(), side->args.end());
    } else {
      args.push_back(side);
    }
  }
  return make(kind, std::move(args));
}

const Node* Arena::sum(const Node* left, const Node* right) {
  return flat(Kind::kAdd, left, right);
}

const Node* Arena::product(const Node* left, const Node* right) {
  return flat(Kind::kMul, left, right);
}

const Node* Arena::quotient(const Node* top, const Node* bottom) {
  if (top->is_integer() && bottom->is_integer()) {
    if (bottom->value == 0) return make(Kind::kUndefined, {});
    return number(top->value / bottom->value);
  }
  return make(Kind::kMul, {top, make(Kind::kPow, {bottom, integer(-1)})});
}

const Node* Arena::percent(const Node* x) {
  return make(Kind::kMul, {x, make(Kind::kHold, {number(Rational(1, 100))})});
}

std::optional<Rational> decimal_value(std::string_view text) {
  int64_t exponent = 0;
  if (const size_t e = text.find_first_of("eE"); e != std::string_view::npos) {
    std::string_view digits = text.substr(e + 1);
    if (!digits.empty() && digits.front() == '+') digits.remove_prefix(1);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (read.ec != std::errc() || std::abs(exponent) > static_cast<int64_t>(kDigitsMax)) return {};
    text = text.substr(0, e);
  }
  const bool minus = !text.empty() && text.front() == '-';
  if (minus) text.remove_prefix(1);
  if (text.size() > kDigitsMax || text.empty()) return {};
  Integer digits = 0;
  bool after_point = false;
  for (const char c : text) {
    if (c == '.') {
      if (after_point) return {};
      after_point = true;
      continue;
    }
    if (c < '0' || c > '9') return {};
    digits = digits * 10 + (c - '0');
    if (after_point) --exponent;
  }
  Rational value(digits);
  if (exponent > 0) value *= power_of_ten(static_cast<unsigned>(exponent));
  if (exponent < 0) value /= power_of_ten(static_cast<unsigned>(-exponent));
  return minus ? Rational(-value) : value;
}

std::string form_key(const Node& node) {
  std::string key;
  append_key(node, key, 0);
  return key;
}

}  // namespace assay::suites::math
