#include "suites/score/math/ranges.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "suites/score/math/evaluate.h"

namespace assay::suites::math {
namespace {

using Ranges = std::vector<Range>;

// Both ends constant, so that they have an order.
bool is_constant(const Node& node) { return compare_constants(node, node).has_value(); }

int order(const Node& a, const Node& b) { return compare_constants(a, b).value_or(0); }

bool starts_before(const Range& a, const Range& b) {
  const int by_value = order(*a.from, *b.from);
  return by_value != 0 ? by_value < 0 : !a.left_open && b.left_open;
}

// Whether `next` begins where `range` still is, or where it ends without a gap.
bool touches(const Range& range, const Range& next) {
  const int by_value = order(*next.from, *range.to);
  return by_value < 0 || (by_value == 0 && !(range.right_open && next.left_open));
}

Ranges merged(Ranges ranges) {
  std::sort(ranges.begin(), ranges.end(), starts_before);
  Ranges out;
  for (const Range& range : ranges) {
    if (out.empty() || !touches(out.back(), range)) {
      out.push_back(range);
      continue;
    }
    const int by_end = order(*range.to, *out.back().to);
    if (by_end > 0) {
      out.back().to = range.to;
      out.back().right_open = range.right_open;
    } else if (by_end == 0) {
      out.back().right_open = out.back().right_open && range.right_open;
    }
  }
  return out;
}

std::optional<Range> common(const Range& a, const Range& b) {
  Range both = a;
  const int from = order(*a.from, *b.from);
  if (from < 0) both.from = b.from;
  both.left_open = from == 0 ? a.left_open || b.left_open : from < 0 ? b.left_open : a.left_open;
  const int to = order(*a.to, *b.to);
  if (to > 0) both.to = b.to;
  both.right_open = to == 0 ? a.right_open || b.right_open : to > 0 ? b.right_open : a.right_open;
  const int width = order(*both.from, *both.to);
  if (width > 0 || (width == 0 && (both.left_open || both.right_open))) return {};
  return both;
}

Ranges intersection(const Ranges& a, const Ranges& b) {
  Ranges out;
  for (const Range& x : a) {
    for (const Range& y : b) {
      if (const auto both = common(x, y)) out.push_back(*both);
    }
  }
  return merged(std::move(out));
}

const Node& infinity(bool negative) {
  static const Node kPlus = [] {
    Node node;
    node.kind = Kind::kInfinity;
    return node;
  }();
  static const Node kMinusOne = [] {
    Node node;
    node.value = -1;
    return node;
  }();
  static const Node kMinus = [] {
    Node node;
    node.kind = Kind::kMul;
    node.args = {&kMinusOne, &kPlus};
    return node;
  }();
  return negative ? kMinus : kPlus;
}

Ranges all_reals() { return {{&infinity(true), &infinity(false), true, true}}; }

Ranges complement(const Ranges& ranges) {
  Ranges out;
  const Node* from = &infinity(true);
  bool left_open = true;
  for (const Range& range : ranges) {
    const Range gap{from, range.from, left_open, !range.left_open};
    const int width = order(*gap.from, *gap.to);
    if (width < 0 || (width == 0 && !gap.left_open && !gap.right_open)) out.push_back(gap);
    from = range.to;
    left_open = !range.right_open;
  }
  if (!is_infinite(*from) || ranges.empty()) {
    out.push_back({from, &infinity(false), left_open, true});
  }
  return out;
}

std::optional<Ranges> pair_ranges(const Node& set, size_t depth);

std::optional<Ranges> ranges_at(const Node& set, size_t depth) {
  if (depth == 0) return {};
  switch (set.kind) {
    case Kind::kEmptySet:
      return Ranges{};
    case Kind::kNamedSet:
      return set.name == "R" ? std::optional(all_reals()) : std::nullopt;
    case Kind::kInterval:
      if (!is_constant(*set.args[0]) || !is_constant(*set.args[1])) return {};
      return Ranges{{set.args[0], set.args[1], set.left_open, set.right_open}};
    case Kind::kFiniteSet: {
      Ranges points;
      for (const Node* member : set.args) {
        if (!is_constant(*member)) return {};
        points.push_back({member, member, false, false});
      }
      return points.size() > kRangesMax ? std::nullopt : std::optional(merged(std::move(points)));
    }
    case Kind::kUnion:
    case Kind::kIntersection:
    case Kind::kComplement:
      return pair_ranges(set, depth - 1);
    default:
      return {};
  }
}

std::optional<Ranges> pair_ranges(const Node& set, size_t depth) {
  auto left = ranges_at(*set.args[0], depth);
  const auto right = left ? ranges_at(*set.args[1], depth) : std::nullopt;
  if (!right || left->size() + right->size() > kRangesMax) return {};
  if (set.kind == Kind::kIntersection) return intersection(*left, *right);
  if (set.kind == Kind::kComplement) return intersection(*left, complement(*right));
  left->insert(left->end(), right->begin(), right->end());
  return merged(std::move(*left));
}

// --- inequalities

// The variable of a relation; a function of something counts as one.
const Node* only_variable(const Node& node, std::set<std::string>& keys) {
  const bool applied = node.kind == Kind::kFunction && node.name.substr(0, 2) == "f:";
  if (node.kind == Kind::kSymbol || applied) {
    keys.insert(form_key(node));
    return &node;
  }
  const Node* found = nullptr;
  for (const Node* arg : node.args) {
    if (const Node* inside = only_variable(*arg, keys)) found = inside;
  }
  return found;
}

const Node* replaced(const Node& node, const std::string& key, const Node* value, Arena& arena) {
  if ((node.kind == Kind::kSymbol || node.kind == Kind::kFunction) && form_key(node) == key) {
    return value;
  }
  if (node.args.empty()) return &node;
  std::vector<const Node*> args;
  for (const Node* arg : node.args) args.push_back(replaced(*arg, key, value, arena));
  return arena.make(node.kind, std::move(args), node.name);
}

struct Bound {
  std::string op;  // of variable op value
  const Node* value;
};

std::string mirrored(const std::string& op) {
  return op == "<" ? ">" : op == "<=" ? ">=" : op == ">" ? "<" : op == ">=" ? "<=" : op;
}

// left op right, linear in the variable: variable op value.
std::optional<Bound> bound_of(const Node& relation, const Node& variable, Arena& arena) {
  const Node& left = *relation.args[0];
  const Node& right = *relation.args[1];
  const std::string key = form_key(variable);
  if (form_key(left) == key && is_constant(right)) return Bound{relation.name, &right};
  if (form_key(right) == key && is_constant(left)) return Bound{mirrored(relation.name), &left};
  const Node* difference = arena.sum(&left, arena.negated(&right));
  std::vector<Rational> at;
  for (const int64_t x : {0, 1, 2, 5}) {
    const auto value = exact_value(*replaced(*difference, key, arena.integer(x), arena));
    if (!value) return {};
    at.push_back(*value);
  }
  const Rational slope = at[1] - at[0];
  if (slope == 0 || at[2] - at[1] != slope || at[3] - at[0] != slope * 5) return {};
  return Bound{slope > 0 ? relation.name : mirrored(relation.name),
               arena.number(Rational(-at[0] / slope))};
}

Ranges ranges_of_bound(const Bound& bound) {
  const Range below{&infinity(true), bound.value, true, bound.op != "<="};
  const Range above{bound.value, &infinity(false), bound.op != ">=", true};
  if (bound.op == "<" || bound.op == "<=") return {below};
  if (bound.op == ">" || bound.op == ">=") return {above};
  if (bound.op == "!=") return {below, above};
  return {{bound.value, bound.value, false, false}};
}

const Node* as_set(const Ranges& ranges, Arena& arena) {
  const Node* set = nullptr;
  for (const Range& range : ranges) {
    const bool point = order(*range.from, *range.to) == 0;
    const Node* part =
        point ? arena.make(Kind::kFiniteSet, {range.from})
              : arena.interval(range.from, range.to, range.left_open, range.right_open);
    set = set == nullptr ? part : arena.make(Kind::kUnion, {set, part});
  }
  return set == nullptr ? arena.make(Kind::kEmptySet, {}) : set;
}

}  // namespace

std::optional<std::vector<Range>> ranges_of(const Node& set) { return ranges_at(set, kRangesMax); }

bool same_ranges(const std::vector<Range>& a, const std::vector<Range>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Range& x, const Range& y) {
    return x.left_open == y.left_open && x.right_open == y.right_open &&
           order(*x.from, *y.from) == 0 && order(*x.to, *y.to) == 0;
  });
}

const Node* solution_set(const Node& relation, Arena& arena) {
  std::set<std::string> variables;
  const Node* variable = only_variable(relation, variables);
  if (variables.size() != 1) return nullptr;
  const std::vector<const Node*> single{&relation};
  Ranges solutions = all_reals();
  for (const Node* part : relation.kind == Kind::kAnd ? relation.args : single) {
    const auto bound = bound_of(*part, *variable, arena);
    if (!bound) return nullptr;
    solutions = intersection(solutions, ranges_of_bound(*bound));
  }
  return as_set(solutions, arena);
}

}  // namespace assay::suites::math
