#include "suites/score/math/equivalence.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "suites/score/math/ranges.h"

namespace assay::suites::math {
namespace {

bool is_relation(const Node& node) {
  return node.kind == Kind::kRelation || node.kind == Kind::kAnd;
}

bool is_equation(const Node& node) {
  if (node.kind == Kind::kRelation) return node.name == "=";
  return node.kind == Kind::kAnd && std::all_of(node.args.begin(), node.args.end(),
                                                [](const Node* arg) { return is_equation(*arg); });
}

bool is_name(const Node& node) {
  if (node.kind == Kind::kSymbol) return true;
  if (node.kind == Kind::kPow) {
    return node.args[1]->kind == Kind::kNumber && node.args[1]->value == -1 &&
           is_name(*node.args[0]);
  }
  return !node.args.empty() && std::all_of(node.args.begin(), node.args.end(),
                                           [](const Node* arg) { return is_name(*arg); });
}

const Node& first_relation(const Node& node) {
  return node.kind == Kind::kAnd ? *node.args.front() : node;
}
const Node& last_relation(const Node& node) {
  return node.kind == Kind::kAnd ? *node.args.back() : node;
}

// x = 5, A = B = 5: names on the left of an equation.
bool is_assignment(const Node& node) {
  return is_equation(node) && is_name(*first_relation(node).args[0]);
}

const char* mirrored(const std::string& op) {
  return op == "<" ? ">" : op == "<=" ? ">=" : op == ">" ? "<" : op == ">=" ? "<=" : "=";
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

// How a tree reads as a name: a symbol, a product of symbols ("a*n*s" for \text{ans}), a number.
std::optional<std::string> as_name(const Node& node) {
  if (node.kind == Kind::kSymbol) return node.name.size() > 1 ? lower(node.name) : node.name;
  if (node.kind == Kind::kConstant) return node.name;
  if (node.is_rational()) return node.value.str();
  if (node.kind != Kind::kMul) return {};
  std::string name;
  for (const Node* arg : node.args) {
    const bool letter =
        arg->kind == Kind::kSymbol || (arg->kind == Kind::kConstant && arg->name == "e");
    if (!letter) return {};
    name += arg->name;
  }
  return lower(name);
}

std::vector<const Node*> distinct(const std::vector<const Node*>& members) {
  std::map<std::string, const Node*> seen;
  std::vector<const Node*> kept;
  for (const Node* member : members) {
    if (seen.emplace(form_key(*member), member).second) kept.push_back(member);
  }
  return kept;
}

class Comparer {
 public:
  Comparer(const EquivalenceOptions& options, Arena& arena) : options_(options), arena_(arena) {}

  Sameness run(const Node& gold, const Node& prediction) {
    const Node* renamed_prediction = options_.strict ? &prediction : renamed(gold, prediction);
    const bool same = equal(gold, *renamed_prediction, options_.relations_match_sets);
    if (same) return Sameness::kSame;
    return unknown_ || arena_.exhausted() ? Sameness::kUnknown : Sameness::kDifferent;
  }

 private:
  using Nodes = std::vector<const Node*>;

  bool equal(const Node& gold, const Node& prediction, bool relations_match_sets = false);
  bool same_kind_equal(const Node& gold, const Node& prediction);
  bool relations_equal(const Node& gold, const Node& prediction);
  bool single_relations_equal(const Node& gold, const Node& prediction);
  bool sets_equal(const Node& gold, const Node& prediction);
  bool members_equal(const Node& gold, const Node& prediction);
  bool in_order(const Nodes& gold, const Nodes& prediction);
  bool in_any_order(Nodes gold, const Nodes& prediction);
  bool pair_up(size_t gold, const std::vector<std::vector<size_t>>& fits,
               std::vector<size_t>& partner, std::vector<bool>& tried) const;
  bool names_equal(const Node& gold, const Node& prediction) const;
  bool values_equal(const Node& gold, const Node& prediction);
  bool matrices_equal(const Node& gold, const Node& prediction);
  bool is_same_value(const Node& gold, const Node& prediction);
  const Node* as_matrix(const Node& node, size_t depth);
  const Node* renamed(const Node& gold, const Node& prediction);
  const Node* substituted(const Node& node, const std::map<std::string, std::string>& names);
  const Node* difference(const Node& relation) {
    return arena_.sum(relation.args[0], arena_.negated(relation.args[1]));
  }

  const EquivalenceOptions& options_;
  Arena& arena_;
  size_t comparisons_ = 0;
  size_t depth_ = 0;
  bool unknown_ = false;
};

bool Comparer::equal(const Node& gold, const Node& prediction, bool relations_match_sets) {
  if (++comparisons_ > kComparisonsMax || depth_ >= kCompareDepthMax || arena_.exhausted()) {
    unknown_ = true;
    return false;
  }
  const Node* g = &gold;
  const Node* p = &prediction;
  const bool gold_assigns = is_assignment(*g);
  // a = b = c: a = c.
  const auto shortened = [&](const Node& x) {
    if (x.kind != Kind::kAnd) return &x;
    return arena_.relation("=", first_relation(x).args[0], last_relation(x).args[1]);
  };
  if (gold_assigns) g = shortened(*g);
  if (is_assignment(*p)) p = shortened(*p);
  if (is_equation(*p) && !is_equation(*g)) {
    p = last_relation(*p).args[1];
  } else if (gold_assigns && !is_equation(*p)) {
    g = last_relation(*g).args[1];
  }
  if (is_relation(*g) && p->is_set()) {
    if (const Node* set = solution_set(*g, arena_)) g = set;
  }
  if (relations_match_sets && is_relation(*p) && g->is_set()) {
    if (const Node* set = solution_set(*p, arena_)) p = set;
  }
  ++depth_;
  const bool same = same_kind_equal(*g, *p);
  --depth_;
  return same;
}

bool Comparer::same_kind_equal(const Node& gold, const Node& prediction) {
  if (gold.kind == Kind::kUndefined) return false;
  if (form_key(gold) == form_key(prediction)) return true;
  const auto collection = [](const Node& x) { return x.is_set() || x.kind == Kind::kTuple; };
  if (is_relation(gold) && is_relation(prediction)) return relations_equal(gold, prediction);
  if (collection(gold) || collection(prediction)) return sets_equal(gold, prediction);
  if (is_relation(gold) || is_relation(prediction)) return false;
  if (gold.kind == Kind::kSymbol || prediction.kind == Kind::kSymbol) {
    return names_equal(gold, prediction);
  }
  return values_equal(gold, prediction);
}

bool Comparer::relations_equal(const Node& gold, const Node& prediction) {
  if (gold.kind != prediction.kind) return false;
  if (gold.kind == Kind::kRelation) return single_relations_equal(gold, prediction);
  if (gold.args.size() != prediction.args.size()) return false;
  for (size_t i = 0; i < gold.args.size(); ++i) {
    if (!single_relations_equal(*gold.args[i], *prediction.args[i])) return false;
  }
  return true;
}

// The same up to moving terms across and swapping the sides; equations of several variables also
// up to a constant factor. 2x = 4 is not x = 2: an equation of one variable is its own form.
bool Comparer::single_relations_equal(const Node& gold, const Node& prediction) {
  const auto has_set = [](const Node& x) {
    return std::any_of(x.args.begin(), x.args.end(), [](const Node* arg) {
      return arg->is_set() || arg->kind == Kind::kTuple || is_relation(*arg);
    });
  };
  if (has_set(gold) || has_set(prediction)) {
    return gold.name == prediction.name && equal(*gold.args[0], *prediction.args[0]) &&
           equal(*gold.args[1], *prediction.args[1]);
  }
  const Node* g = difference(gold);
  const Node* p = difference(prediction);
  if (gold.name == prediction.name && is_same_value(*g, *p)) return true;
  if (gold.name == "!=") return false;
  if (mirrored(gold.name) == prediction.name && is_same_value(*g, *arena_.negated(p))) return true;
  if (gold.name != "=" || prediction.name != "=") return false;
  const std::set<std::string> symbols = free_symbols(*g);
  return symbols.size() > 1 && symbols == free_symbols(*p) && is_proportional(*g, *p);
}

bool Comparer::is_same_value(const Node& gold, const Node& prediction) {
  const Sameness same = same_value(gold, prediction);
  if (same == Sameness::kUnknown) unknown_ = true;
  return same == Sameness::kSame;
}

bool Comparer::sets_equal(const Node& gold, const Node& prediction) {
  if (gold.kind == Kind::kInterval && prediction.kind == Kind::kInterval) {
    return gold.left_open == prediction.left_open && gold.right_open == prediction.right_open &&
           equal(*gold.args[0], *prediction.args[0]) && equal(*gold.args[1], *prediction.args[1]);
  }
  if (gold.is_set() && prediction.is_set()) {
    const auto g = ranges_of(gold);
    const auto p = g ? ranges_of(prediction) : std::nullopt;
    if (p && same_ranges(*g, *p)) return true;
  }
  const auto listed = [&](const Node& x) -> const Node* {
    if (x.kind == Kind::kFiniteSet || x.kind == Kind::kTuple) return &x;
    // (1, 2) is written for the point as well as for the open interval.
    if (x.kind == Kind::kInterval) {
      return x.left_open && x.right_open ? arena_.make(Kind::kTuple, x.args) : nullptr;
    }
    return x.is_set() ? nullptr : arena_.make(Kind::kFiniteSet, {&x});
  };
  const Node* g = listed(gold);
  const Node* p = listed(prediction);
  return g != nullptr && p != nullptr && members_equal(*g, *p);
}

bool Comparer::members_equal(const Node& gold, const Node& prediction) {
  const auto members = [](const Node& x) {
    return x.kind == Kind::kFiniteSet ? distinct(x.args) : x.args;
  };
  const Nodes g = members(gold);
  const Nodes p = members(prediction);
  if (g.size() != p.size()) return false;
  return gold.kind == Kind::kTuple ? in_order(g, p) : in_any_order(g, p);
}

bool Comparer::in_order(const Nodes& gold, const Nodes& prediction) {
  for (size_t i = 0; i < gold.size(); ++i) {
    if (!equal(*gold[i], *prediction[i])) return false;
  }
  return true;
}

// A partner for each, found by augmenting paths (Kuhn 1955).
bool Comparer::in_any_order(Nodes gold, const Nodes& prediction) {
  const size_t n = gold.size();
  if (n > kMembersMax) return in_order(gold, prediction);
  std::vector<std::vector<size_t>> fits(n);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) {
      if (equal(*gold[i], *prediction[j])) fits[i].push_back(j);
      if (unknown_) return false;
    }
    if (fits[i].empty()) return false;
  }
  std::vector<size_t> partner(n, n);
  for (size_t i = 0; i < n; ++i) {
    std::vector<bool> tried(n, false);
    if (!pair_up(i, fits, partner, tried)) return false;
  }
  return true;
}

// The recursion is at most kMembersMax deep: each call marks another member.
bool Comparer::pair_up(size_t gold, const std::vector<std::vector<size_t>>& fits,
                       std::vector<size_t>& partner, std::vector<bool>& tried) const {
  for (const size_t j : fits[gold]) {
    if (tried[j]) continue;
    tried[j] = true;
    if (partner[j] == partner.size() || pair_up(partner[j], fits, partner, tried)) {
      partner[j] = gold;
      return true;
    }
  }
  return false;
}

bool Comparer::names_equal(const Node& gold, const Node& prediction) const {
  const auto g = as_name(gold);
  const auto p = as_name(prediction);
  if (!g || !p) return false;
  // Where the other side is a product of letters, case does not count.
  const bool product = gold.kind == Kind::kMul || prediction.kind == Kind::kMul;
  return product ? lower(*g) == lower(*p) : *g == *p;
}

const Node* Comparer::as_matrix(const Node& node, size_t depth) {
  if (node.kind == Kind::kMatrix) return &node;
  if (depth == 0) return nullptr;
  if (node.kind == Kind::kFunction && node.name == "transpose") {
    const Node* inside = as_matrix(*node.args[0], depth - 1);
    if (inside == nullptr) return nullptr;
    const size_t rows = inside->args.size() / inside->columns;
    Nodes cells;
    for (size_t c = 0; c < inside->columns; ++c) {
      for (size_t r = 0; r < rows; ++r) cells.push_back(inside->args[r * inside->columns + c]);
    }
    return arena_.matrix(std::move(cells), rows);
  }
  if (node.kind != Kind::kMul) return nullptr;
  const Node* inside = nullptr;
  Nodes factors;
  for (const Node* arg : node.args) {
    const Node* matrix = as_matrix(*arg, depth - 1);
    if (matrix != nullptr && inside != nullptr) return nullptr;
    if (matrix != nullptr) {
      inside = matrix;
    } else {
      factors.push_back(arg);
    }
  }
  if (inside == nullptr) return nullptr;
  Nodes cells;
  for (const Node* cell : inside->args) {
    Nodes product = factors;
    product.push_back(cell);
    cells.push_back(arena_.make(Kind::kMul, std::move(product)));
  }
  return arena_.matrix(std::move(cells), inside->columns);
}

bool Comparer::matrices_equal(const Node& gold, const Node& prediction) {
  if (gold.columns != prediction.columns || gold.args.size() != prediction.args.size()) {
    return false;
  }
  if (gold.args.size() > kMatrixCellsMax) {
    unknown_ = true;
    return false;
  }
  return in_order(gold.args, prediction.args);
}

bool Comparer::values_equal(const Node& gold, const Node& prediction) {
  const Node* g = as_matrix(gold, kCompareDepthMax);
  const Node* p = as_matrix(prediction, kCompareDepthMax);
  if (g != nullptr && p != nullptr) return matrices_equal(*g, *p);
  if (g != nullptr || p != nullptr) return false;
  const auto decimal = [](const Node& x) { return x.kind == Kind::kNumber && x.is_decimal; };
  if (decimal(gold) || decimal(prediction)) {
    const auto a = rounded(gold, options_.decimal_places);
    const auto b = a ? rounded(prediction, options_.decimal_places) : std::nullopt;
    if (b && *a == *b) return true;
  }
  return is_same_value(gold, prediction);
}

const Node* Comparer::substituted(const Node& node,
                                  const std::map<std::string, std::string>& names) {
  if (node.kind == Kind::kSymbol) {
    const auto found = names.find(node.name);
    return found == names.end() ? &node : arena_.symbol(found->second, node.real);
  }
  if (node.args.empty()) return &node;
  Nodes args;
  for (const Node* arg : node.args) args.push_back(substituted(*arg, names));
  if (node.kind == Kind::kInterval) {
    return arena_.interval(args[0], args[1], node.left_open, node.right_open);
  }
  if (node.kind == Kind::kMatrix) return arena_.matrix(std::move(args), node.columns);
  return arena_.make(node.kind, std::move(args), node.name);
}

// The prediction with the gold's names for its variables, both in alphabetical order.
const Node* Comparer::renamed(const Node& gold, const Node& prediction) {
  const std::set<std::string> from = free_symbols(prediction);
  const std::set<std::string> to = free_symbols(gold);
  if (from.size() != to.size() || from == to) return &prediction;
  std::map<std::string, std::string> names;
  auto next = to.begin();
  for (const std::string& name : from) names[name] = *next++;
  return substituted(prediction, names);
}

std::string shown(const Answers& answers) { return answers.text.value_or(std::string()); }

}  // namespace

Sameness compare_trees(const Node& gold, const Node& prediction, const EquivalenceOptions& options,
                       Arena& arena) {
  return Comparer(options, arena).run(gold, prediction);
}

Equivalence equivalent(std::string_view gold, std::string_view prediction,
                       const EquivalenceOptions& options) {
  Arena arena;
  const Answers g = extract_math_answers(gold, options.gold, arena);
  const Answers p = extract_math_answers(prediction, options.prediction, arena);
  Equivalence result;
  result.prediction = shown(p);
  const std::string& limit = g.limit.empty() ? p.limit : g.limit;
  if (!limit.empty() || arena.exhausted()) {
    result.same = Sameness::kUnknown;
    result.reason = limit.empty() ? "a formula of too many parts" : limit;
    return result;
  }
  // Texts count where both have one, read or not.
  if (g.text && p.text && !g.text->empty() && *g.text == *p.text) {
    result.same = Sameness::kSame;
    return result;
  }
  if (p.tree == nullptr && !p.text) {
    result.reason = "no mathematical answer found";
    return result;
  }
  if (g.tree == nullptr || p.tree == nullptr) {
    result.reason = g.tree == nullptr ? "the gold answer is a text, and differs"
                                      : "the answer cannot be read as mathematics";
    return result;
  }
  result.same = compare_trees(*g.tree, *p.tree, options, arena);
  if (result.same == Sameness::kUnknown) result.reason = "values too large to be compared";
  if (result.same == Sameness::kDifferent) result.reason = "differs from the target";
  return result;
}

}  // namespace assay::suites::math
