#include "suites/score/math/latex_parser.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>

#include "suites/score/math/evaluate.h"
#include "suites/score/math/latex_lexer.h"

namespace assay::suites::math {
namespace {

constexpr auto kIndicators = std::to_array<std::string_view>({
    "\\mathbb{C}",
    "\\text{i}",
    "\\mathrm{i}",
    "\\det",
    "\\operatorname{tr}",
    "\\operatorname{rank}",
    "\\text{rank}",
    "\\arg{",
    "\\Re{",
    "\\Im{",
    "\\operatorname{Re}",
    "\\operatorname{Im}",
    "\\text{Re}",
    "\\text{Im}",
});

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

std::string without_spaces(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ') out += c;
  }
  return out;
}

std::string_view greek_name(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 38> kNames{{
      {"α", "alpha"},  {"β", "beta"},    {"γ", "gamma"},      {"Γ", "Gamma"}, {"δ", "delta"},
      {"Δ", "Delta"},  {"ε", "epsilon"}, {"ϵ", "varepsilon"}, {"ζ", "zeta"},  {"η", "eta"},
      {"θ", "theta"},  {"Θ", "Theta"},   {"ϑ", "vartheta"},   {"ι", "iota"},  {"κ", "kappa"},
      {"λ", "lambda"}, {"Λ", "Lambda"},  {"μ", "mu"},         {"ν", "nu"},    {"ξ", "xi"},
      {"Ξ", "Xi"},     {"ο", "omicron"}, {"π", "pi"},         {"Π", "Pi"},    {"ϖ", "varpi"},
      {"ρ", "rho"},    {"ϱ", "varrho"},  {"σ", "sigma"},      {"Σ", "Sigma"}, {"ς", "varsigma"},
      {"τ", "tau"},    {"υ", "upsilon"}, {"Υ", "Upsilon"},    {"φ", "phi"},   {"Φ", "Phi"},
      {"ϕ", "varphi"}, {"χ", "chi"},     {"ψ", "psi"},
  }};
  for (const auto& [letter, name] : kNames) {
    if (letter == text) return name;
  }
  return text == "ω" ? "omega" : text == "Ω" ? "Omega" : text == "Ψ" ? "Psi" : text;
}

// What an accent or a text command shows: \text{Abc} is Abc, \vec{v} is "vec{v}".
std::string accented(std::string_view text) {
  const size_t open = text.find('{');
  std::string_view command = text.substr(1, open - 1);
  while (!command.empty() && command.back() == ' ') command.remove_suffix(1);
  std::string inside = without_spaces(text.substr(open + 1, text.size() - open - 2));
  if (command.find("text") != std::string_view::npos || command == "mbox") {
    std::erase_if(inside, [](char c) { return c == '(' || c == ')'; });
    return inside;
  }
  std::string name(command);
  if (command == "overline") name = "bar";
  if (command == "overrightarrow") name = "vec";
  if (command == "widetilde") name = "tilde";
  if (command.find("math") != std::string_view::npos) name = "math";
  return name + "{" + inside + "}";
}

// Recursive descent with ordered choice: where the grammar allows several readings, the first of
// its alternatives that fits is taken. Results are remembered by rule and place, so time is linear
// in the number of tokens times the number of rules.
class Parser {
 public:
  Parser(std::string_view text, std::vector<Token> tokens, Arena& arena)
      : text_(text), tokens_(std::move(tokens)), arena_(arena), real_(!looks_complex(text)) {}

  LatexResult run() {
    const Node* node = math();
    if (!limit_.empty()) return {nullptr, limit_};
    if (arena_.exhausted()) return {nullptr, "more than 50,000 parts in a formula"};
    return {node, {}};
  }

 private:
  using Nodes = std::vector<const Node*>;
  enum class Rule : uint8_t {
    kExpr,
    kMp,
    kMpNoFunc,
    kUnary,
    kUnaryNoFunc,
    kPostfix,
    kPostfixNoFunc,
    kSetAtom,
    kElements,
    kMinus
  };
  struct Remembered {
    const Node* node;
    size_t end;
  };

  // --- tokens
  [[nodiscard]] Tok peek(size_t ahead = 0) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)].type;
  }
  [[nodiscard]] std::string_view peek_text() const { return tokens_[at_].text; }
  bool take(Tok type) {
    if (peek() != type) return false;
    ++at_;
    return true;
  }
  std::string_view take_text() { return tokens_[at_++].text; }

  template <typename Body>
  const Node* remembered(Rule rule, Body body) {
    const uint64_t key = (at_ * 16 + static_cast<uint64_t>(rule)) * 2 + (in_bars_ ? 1 : 0);
    if (const auto found = memo_.find(key); found != memo_.end()) {
      at_ = found->second.end;
      return found->second.node;
    }
    if (++steps_ > kParseStepsMax) limit_ = "a formula that is too long to be read";
    if (depth_ >= kNestingMax) limit_ = "formula nested too deep";
    if (!limit_.empty()) return nullptr;
    ++depth_;
    const Node* node = body();
    --depth_;
    memo_.emplace(key, Remembered{node, at_});
    return node;
  }

  // Runs `body`; the place is what it was when that fails.
  template <typename Body>
  auto attempt(Body body) -> decltype(body()) {
    const size_t start = at_;
    auto result = body();
    if (!result) at_ = start;
    return result;
  }

  // --- lists, sets and relations
  const Node* math();
  const Node* list_of(const std::vector<Nodes>& elements);
  std::optional<std::vector<Nodes>> semicolon_elements(bool relations);
  std::optional<Nodes> element(bool relations);
  std::optional<Nodes> plus_minus();
  const Node* assignment_of_list();
  const Node* atom_list();
  const Node* relation();
  const Node* set_relation();
  const Node* set_minus();
  const Node* set_union();
  const Node* set_intersection();
  const Node* set_group();
  const Node* set_atom();
  const Node* interval();
  const Node* ordered_tuple();
  const Node* finite_set();
  const Node* literal_set();
  const Node* make_interval(const Node* from, const Node* to, bool left_open, bool right_open);

  // --- arithmetic
  const Node* expr();
  const Node* mp(bool functions);
  const Node* unary(bool functions);
  const Node* postfix_list(bool functions);
  const Node* postfix(bool functions);
  const Node* postfix_op(const Node* x);
  const Node* exp(bool functions);
  const Node* comp(bool functions);
  const Node* group();
  const Node* enclosed(Tok open, Tok close);
  const Node* bars();
  const Node* binom();
  const Node* frac();
  const Node* matrix();
  const Node* cells(Tok close, size_t& columns);
  const Node* atom();
  const Node* atom_expr(bool superscript);
  const Node* number();
  const Node* superscript();
  std::optional<std::string> subscript();
  const Node* subscript_node();

  // --- functions
  const Node* func();
  const Node* func_one();
  const Node* func_many();
  const Node* func_applied();
  const Node* func_int();
  const Node* func_sum();
  const Node* func_lim();
  const Node* func_sqrt();
  const Node* func_e();
  const Node* named(std::string name, const Node* arg, const Node* base);
  const Node* raised(const Node* x, const Node* power);
  std::optional<Nodes> arguments();

  const Node* symbol(std::string name);
  [[nodiscard]] bool ends_element() const;
  std::string text_between(size_t from, size_t to) const;

  std::string_view text_;
  std::vector<Token> tokens_;
  Arena& arena_;
  bool real_;
  bool in_bars_ = false;
  size_t at_ = 0;
  size_t steps_ = 0;
  size_t depth_ = 0;
  std::string limit_;
  std::unordered_map<uint64_t, Remembered> memo_;
};

// 3,333 is a number; 3, 333 a set.
bool is_comma_number(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\n')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n')) text.remove_suffix(1);
  if (!text.empty() && text.front() == '-') text.remove_prefix(1);
  const size_t point = text.find('.');
  std::string_view whole = text.substr(0, point);
  const auto all_digits = [](std::string_view part) {
    return !part.empty() &&
           std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (point != std::string_view::npos && !all_digits(text.substr(point + 1))) return false;
  size_t groups = 0;
  while (whole.size() > 4 && whole[whole.size() - 4] == ',') {
    if (!all_digits(whole.substr(whole.size() - 3))) return false;
    whole.remove_suffix(4);
    ++groups;
  }
  return groups > 0 && whole.size() <= 3 && all_digits(whole);
}

const Node* comma_number(std::string_view text, Arena& arena) {
  std::string digits;
  for (const char c : text) {
    if (c != ',' && c != ' ' && c != '\n') digits += c;
  }
  // 0,123 is a decimal fraction.
  if (text.front() == '0') {
    digits.assign(text);
    std::replace(digits.begin(), digits.end(), ',', '.');
    if (std::count(digits.begin(), digits.end(), '.') > 1) return nullptr;
  }
  const std::optional<Rational> value = decimal_value(digits);
  if (!value) return nullptr;
  return arena.number(*value, digits.find('.') != std::string::npos);
}

const Node* Parser::math() {
  if (const Node* node = attempt([&] { return assignment_of_list(); })) return node;
  if (!limit_.empty()) return nullptr;
  at_ = 0;
  if (const auto elements = semicolon_elements(true); elements && peek() == Tok::kEnd) {
    if (is_comma_number(text_)) return comma_number(text_, arena_);
    return list_of(*elements);
  }
  if (!limit_.empty()) return nullptr;
  at_ = 0;
  const Node* node = set_relation();
  return peek() == Tok::kEnd ? node : nullptr;
}

// x = 1, 2 is x = {1, 2}; the right side has no relation.
const Node* Parser::assignment_of_list() {
  const Node* left = atom_list();
  if (left == nullptr || !(take(Tok::kIn) || take(Tok::kAssign))) return nullptr;
  const auto elements = semicolon_elements(false);
  if (!elements || peek() != Tok::kEnd) return nullptr;
  return arena_.relation("=", left, list_of(*elements));
}

const Node* Parser::atom_list() {
  if (peek() != Tok::kLeftParen) return atom_expr(true);
  ++at_;
  Nodes atoms;
  do {
    const Node* one = atom_expr(true);
    if (one == nullptr) return nullptr;
    atoms.push_back(one);
  } while (take(Tok::kComma));
  if (!take(Tok::kRightParen)) return nullptr;
  return atoms.size() == 1 ? atoms.front() : arena_.make(Kind::kTuple, atoms);
}

const Node* Parser::list_of(const std::vector<Nodes>& elements) {
  if (elements.size() == 1) {
    if (elements.front().size() == 1) return elements.front().front();
    return arena_.make(Kind::kFiniteSet, elements.front());
  }
  const bool single = std::all_of(elements.begin(), elements.end(),
                                  [](const Nodes& nodes) { return nodes.size() == 1; });
  Nodes members;
  for (const Nodes& nodes : elements) {
    members.push_back(single ? nodes.front() : arena_.make(Kind::kTuple, nodes));
  }
  return arena_.make(Kind::kFiniteSet, members);
}

std::optional<std::vector<Parser::Nodes>> Parser::semicolon_elements(bool relations) {
  std::vector<Nodes> all;
  do {
    Nodes group;
    do {
      auto one = element(relations);
      if (!one) return {};
      group.insert(group.end(), one->begin(), one->end());
    } while (take(Tok::kComma));
    all.push_back(std::move(group));
  } while (take(Tok::kSemicolon));
  return all;
}

bool Parser::ends_element() const {
  switch (peek()) {
    case Tok::kEnd:
    case Tok::kComma:
    case Tok::kSemicolon:
    case Tok::kRightParen:
    case Tok::kRightParenVisual:
    case Tok::kRightBracket:
    case Tok::kRightBrace:
    case Tok::kRightBraceVisual:
      return true;
    default:
      return false;
  }
}

std::optional<Parser::Nodes> Parser::element(bool relations) {
  if (auto both = attempt([&] { return plus_minus(); }); both) return both;
  const Node* one = attempt([&]() -> const Node* {
    const Node* set = set_atom();
    return ends_element() ? set : nullptr;
  });
  if (one == nullptr) one = attempt([&] { return relations ? relation() : expr(); });
  if (one == nullptr || !ends_element()) return {};
  return Nodes{one};
}

std::optional<Parser::Nodes> Parser::plus_minus() {
  const Node* left = nullptr;
  if (peek() != Tok::kPlusMinus) {
    left = expr();
    if (left == nullptr) return {};
  }
  if (!take(Tok::kPlusMinus)) return {};
  const Node* right = expr();
  if (right == nullptr || !ends_element()) return {};
  if (left == nullptr) return Nodes{arena_.negated(right), right};
  return Nodes{arena_.sum(left, right), arena_.sum(left, arena_.negated(right))};
}

const char* relation_name(Tok type) {
  switch (type) {
    case Tok::kAssign:
    case Tok::kEqual:
      return "=";
    case Tok::kLess:
      return "<";
    case Tok::kLessEqual:
      return "<=";
    case Tok::kGreater:
      return ">";
    case Tok::kGreaterEqual:
      return ">=";
    case Tok::kNotEqual:
      return "!=";
    case Tok::kApprox:
      return "~";
    default:
      return nullptr;
  }
}

bool is_only_symbols(const Node& node) {
  if (node.kind == Kind::kSymbol) return true;
  if (node.kind == Kind::kPow && node.args[1]->kind == Kind::kNumber && node.args[1]->value == -1) {
    return is_only_symbols(*node.args[0]);
  }
  return !node.args.empty() && std::all_of(node.args.begin(), node.args.end(),
                                           [](const Node* arg) { return is_only_symbols(*arg); });
}

// An approximation is left out: x ≈ 2 is 2, sqrt(2) ≈ 1.41 is sqrt(2).
const Node* Parser::relation() {
  const Node* left = expr();
  while (left != nullptr && relation_name(peek()) != nullptr) {
    const std::string op = relation_name(peek());
    ++at_;
    const Node* right = expr();
    if (right == nullptr) return nullptr;
    if (op == "~") {
      left = is_only_symbols(*left) ? right : left;
    } else if (left->kind == Kind::kAnd) {
      Nodes chain = left->args;
      chain.push_back(arena_.relation(op, chain.back()->args[1], right));
      left = arena_.make(Kind::kAnd, std::move(chain));
    } else if (left->kind == Kind::kRelation) {
      left = arena_.make(Kind::kAnd, {left, arena_.relation(op, left->args[1], right)});
    } else {
      left = arena_.relation(op, left, right);
    }
  }
  return left;
}

const Node* Parser::set_relation() {
  const Node* named = attempt([&]() -> const Node* {
    const Node* left = atom_list();
    if (left == nullptr) return nullptr;
    const Tok op = peek();
    if (op != Tok::kIn && op != Tok::kNotIn && op != Tok::kAssign) return nullptr;
    ++at_;
    const Node* right = set_minus();
    if (right == nullptr) return nullptr;
    const Node* equal = arena_.relation("=", left, right);
    return op == Tok::kNotIn ? arena_.make(Kind::kNot, {equal}) : equal;
  });
  return named != nullptr ? named : set_minus();
}

const Node* Parser::set_minus() {
  return remembered(Rule::kMinus, [&]() -> const Node* {
    const Node* left = set_union();
    while (left != nullptr && take(Tok::kSetMinus)) {
      const Node* right = set_union();
      if (right == nullptr) return nullptr;
      left = arena_.make(Kind::kComplement, {left, right});
    }
    return left;
  });
}

const Node* Parser::set_union() {
  const Node* left = set_intersection();
  while (left != nullptr && take(Tok::kUnion)) {
    const Node* right = set_intersection();
    if (right == nullptr) return nullptr;
    left = arena_.make(Kind::kUnion, {left, right});
  }
  return left;
}

const Node* Parser::set_intersection() {
  const Node* left = set_group();
  while (left != nullptr && take(Tok::kIntersection)) {
    const Node* right = set_group();
    if (right == nullptr) return nullptr;
    left = arena_.make(Kind::kIntersection, {left, right});
  }
  return left;
}

const Node* Parser::set_group() {
  const Node* inside = attempt([&]() -> const Node* {
    if (!take(Tok::kLeftParen)) return nullptr;
    const Node* set = set_minus();
    return set != nullptr && take(Tok::kRightParen) ? set : nullptr;
  });
  return inside != nullptr ? inside : set_atom();
}

const Node* Parser::set_atom() {
  return remembered(Rule::kSetAtom, [&]() -> const Node* {
    if (const Node* set = attempt([&] { return interval(); })) return set;
    if (const Node* set = attempt([&] { return literal_set(); })) return set;
    if (const Node* set = attempt([&] { return ordered_tuple(); })) return set;
    return attempt([&] { return finite_set(); });
  });
}

const Node* Parser::make_interval(const Node* from, const Node* to, bool left_open,
                                  bool right_open) {
  if (from->is_set() || to->is_set()) return nullptr;
  const std::optional<int> order = compare_constants(*from, *to);
  // (2, 1) is no interval but a point.
  if (order &&
      ((left_open && right_open && *order >= 0) || (!left_open && !right_open && *order > 0))) {
    return arena_.make(Kind::kTuple, {from, to});
  }
  if (order && *order > 0) return arena_.make(Kind::kEmptySet, {});
  if (order && *order == 0) {
    if (left_open || right_open) return arena_.make(Kind::kEmptySet, {});
    return arena_.make(Kind::kFiniteSet, {from});
  }
  if (is_infinite(*from)) left_open = true;
  if (is_infinite(*to)) right_open = true;
  return arena_.interval(from, to, left_open, right_open);
}

const Node* Parser::interval() {
  const Tok open = take(Tok::kLeftParen) || take(Tok::kLeftParenVisual) || take(Tok::kLeftGroup)
                       ? Tok::kLeftParen
                   : take(Tok::kLeftBracket) || take(Tok::kLeftBrack) ? Tok::kLeftBracket
                                                                      : Tok::kEnd;
  if (open == Tok::kEnd) return nullptr;
  const Node* from = expr();
  if (from == nullptr || !take(Tok::kComma)) return nullptr;
  const Node* to = expr();
  if (to == nullptr) return nullptr;
  const bool round =
      take(Tok::kRightParen) || take(Tok::kRightParenVisual) || take(Tok::kRightGroup);
  if (!round && !take(Tok::kRightBracket) && !take(Tok::kRightBrack)) return nullptr;
  return make_interval(from, to, open == Tok::kLeftParen, round);
}

const Node* Parser::literal_set() {
  if (take(Tok::kEmptySet)) return arena_.make(Kind::kEmptySet, {});
  if (peek() == Tok::kLeftBrace && peek(1) == Tok::kRightBrace) {
    at_ += 2;
    return arena_.make(Kind::kEmptySet, {});
  }
  if (peek() != Tok::kNamedSet) return nullptr;
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kBlackboard{
      {{"ℕ", "N"}, {"ℤ", "Z"}, {"ℚ", "Q"}, {"ℝ", "R"}, {"ℂ", "C"}}};
  const std::string_view text = take_text();
  for (const auto& [letter, name] : kBlackboard) {
    if (text == letter) return arena_.make(Kind::kNamedSet, {}, std::string(name));
  }
  return arena_.make(Kind::kNamedSet, {}, std::string(text.substr(text.size() - 2, 1)));
}

std::vector<const Node*> flattened(const std::vector<std::vector<const Node*>>& groups) {
  std::vector<const Node*> all;
  for (const auto& group : groups) all.insert(all.end(), group.begin(), group.end());
  return all;
}

const Node* Parser::ordered_tuple() {
  const Tok open = peek();
  const Tok close = open == Tok::kLeftParen         ? Tok::kRightParen
                    : open == Tok::kLeftParenVisual ? Tok::kRightParenVisual
                    : open == Tok::kLeftBracket     ? Tok::kRightBracket
                                                    : Tok::kEnd;
  if (close == Tok::kEnd) return nullptr;
  ++at_;
  const auto elements = semicolon_elements(true);
  if (!elements || !take(close)) return nullptr;
  if (elements->size() == 1 && elements->front().size() == 1) return elements->front().front();
  return arena_.make(Kind::kTuple, flattened(*elements));
}

const Node* Parser::finite_set() {
  const bool boxed = take(Tok::kBoxed);
  const Tok close = !boxed && peek() == Tok::kLeftBraceVisual ? Tok::kRightBraceVisual
                    : peek() == Tok::kLeftBrace               ? Tok::kRightBrace
                                                              : Tok::kEnd;
  if (close == Tok::kEnd) return nullptr;
  ++at_;
  const auto elements = semicolon_elements(true);
  if (!elements || !take(close)) return nullptr;
  return boxed ? list_of(*elements) : arena_.make(Kind::kFiniteSet, flattened(*elements));
}

const Node* Parser::expr() {
  return remembered(Rule::kExpr, [&]() -> const Node* {
    const Node* left = mp(true);
    while (left != nullptr && (peek() == Tok::kAdd || peek() == Tok::kSub)) {
      const size_t operator_at = at_;
      const bool minus = peek() == Tok::kSub;
      ++at_;
      const Node* right = mp(true);
      if (right == nullptr) {
        at_ = operator_at;  // "x ->" and the like: the caller sees the sign and fails
        return left;
      }
      left = arena_.sum(left, minus ? arena_.negated(right) : right);
    }
    return left;
  });
}

const Node* Parser::mp(bool functions) {
  return remembered(functions ? Rule::kMp : Rule::kMpNoFunc, [&]() -> const Node* {
    const Node* left = unary(functions);
    for (;;) {
      const Tok op = peek();
      if (left == nullptr ||
          (op != Tok::kMul && op != Tok::kDiv && op != Tok::kColon && op != Tok::kMod)) {
        return left;
      }
      ++at_;
      const Node* right = unary(functions);
      if (right == nullptr) return nullptr;
      left = op == Tok::kMul   ? arena_.product(left, right)
             : op == Tok::kMod ? arena_.make(Kind::kFunction, {left, right}, "mod")
                               : arena_.quotient(left, right);
    }
  });
}

const Node* Parser::unary(bool functions) {
  return remembered(functions ? Rule::kUnary : Rule::kUnaryNoFunc, [&]() -> const Node* {
    if (take(Tok::kAdd)) return unary(functions);
    if (take(Tok::kSub)) {
      const Node* x = unary(functions);
      return x == nullptr ? nullptr : arena_.negated(x);
    }
    return postfix_list(functions);
  });
}

// Factors side by side; an integer before a fraction is a mixed number.
const Node* Parser::postfix_list(bool functions) {
  struct Factor {
    const Node* node;
    bool bare;  // not in brackets
  };
  std::vector<Factor> factors;
  for (;;) {
    const bool bare = peek() != Tok::kLeftParen && peek() != Tok::kLeftBracket;
    const Node* next = attempt([&] { return postfix(functions || factors.empty()); });
    if (next == nullptr) break;
    factors.push_back({next, bare});
  }
  if (factors.empty()) return nullptr;
  const Node* right = factors.back().node;
  bool bare = factors.back().bare;
  for (size_t i = factors.size() - 1; i-- > 0;) {
    const Node* left = factors[i].node;
    if (bare && left->is_integer() && right->is_rational() && right->value > 0) {
      right = arena_.number(left->value < 0 ? Rational(left->value - right->value)
                                            : Rational(left->value + right->value));
    } else {
      right = arena_.product(left, right);
    }
    bare = factors[i].bare;
  }
  return right;
}

const Node* Parser::postfix(bool functions) {
  return remembered(functions ? Rule::kPostfix : Rule::kPostfixNoFunc, [&]() -> const Node* {
    const Node* x = exp(functions);
    while (x != nullptr) {
      if (take(Tok::kBang)) {
        x = arena_.make(Kind::kFunction, {x}, "factorial");
      } else if (peek() == Tok::kTranspose) {
        ++at_;
        if (x->kind == Kind::kMatrix) x = arena_.make(Kind::kFunction, {x}, "transpose");
      } else if (!take(Tok::kDegree)) {
        break;
      }
    }
    return x;
  });
}

const Node* Parser::exp(bool functions) {
  const Node* base = comp(functions);
  while (base != nullptr && peek() == Tok::kCaret) {
    const Node* power = superscript();
    if (power == nullptr) return nullptr;
    if (peek() == Tok::kUnderscore && !subscript()) return nullptr;
    base = arena_.make(Kind::kPow, {base, power});
  }
  return base;
}

const Node* Parser::comp(bool functions) {
  if (const Node* x = attempt([&] { return group(); })) return x;
  if (const Node* x = attempt([&] { return bars(); })) return x;
  if (functions) {
    if (const Node* x = attempt([&] { return func(); })) return x;
  }
  if (const Node* x = attempt([&] { return atom(); })) return x;
  if (const Node* x = attempt([&] { return frac(); })) return x;
  if (const Node* x = attempt([&] { return binom(); })) return x;
  return attempt([&] { return matrix(); });
}

const Node* Parser::enclosed(Tok open, Tok close) {
  return attempt([&]() -> const Node* {
    if (!take(open)) return nullptr;
    const bool outer = std::exchange(in_bars_, false);
    const Node* x = expr();
    in_bars_ = outer;
    return x != nullptr && take(close) ? x : nullptr;
  });
}

const Node* Parser::group() {
  switch (peek()) {
    case Tok::kLeftParen:
      return enclosed(Tok::kLeftParen, Tok::kRightParen);
    case Tok::kLeftGroup:
      return enclosed(Tok::kLeftGroup, Tok::kRightGroup);
    case Tok::kLeftBrace:
      return enclosed(Tok::kLeftBrace, Tok::kRightBrace);
    case Tok::kLeftBracket:
      return enclosed(Tok::kLeftBracket, Tok::kRightBracket);
    case Tok::kLeftBraceVisual:
      return enclosed(Tok::kLeftBraceVisual, Tok::kRightBraceVisual);
    case Tok::kLeftBraceCmd:
      return enclosed(Tok::kLeftBraceCmd, Tok::kRightBraceCmd);
    case Tok::kLeftBrack:
      return enclosed(Tok::kLeftBrack, Tok::kRightBrack);
    case Tok::kPhantom:
    case Tok::kBoxed:
      ++at_;
      return enclosed(Tok::kLeftBrace, Tok::kRightBrace);
    default:
      return nullptr;
  }
}

// |x|, norms, floor and ceiling.
const Node* Parser::bars() {
  struct Pair {
    Tok open;
    Tok close;
    const char* name;
  };
  constexpr std::array<Pair, 6> kPairs{{{Tok::kBar, Tok::kBar, "abs"},
                                        {Tok::kLeftVert, Tok::kRightVert, "abs"},
                                        {Tok::kVert, Tok::kVert, "abs"},
                                        {Tok::kNorm, Tok::kNorm, "abs"},
                                        {Tok::kLeftFloor, Tok::kRightFloor, "floor"},
                                        {Tok::kLeftCeil, Tok::kRightCeil, "ceiling"}}};
  for (const Pair& pair : kPairs) {
    if (!take(pair.open)) continue;
    const bool outer = std::exchange(in_bars_, pair.open == pair.close);
    const Node* x = expr();
    in_bars_ = outer;
    if (x == nullptr || !take(pair.close)) return nullptr;
    return arena_.make(Kind::kFunction, {x}, pair.name);
  }
  return nullptr;
}

const Node* Parser::frac() {
  if (!take(Tok::kFrac)) return nullptr;
  const Node* top = enclosed(Tok::kLeftBrace, Tok::kRightBrace);
  if (top == nullptr) return nullptr;
  const Node* bottom = enclosed(Tok::kLeftBrace, Tok::kRightBrace);
  return bottom == nullptr ? nullptr : arena_.quotient(top, bottom);
}

const Node* Parser::binom() {
  const Node* top = nullptr;
  const Node* bottom = nullptr;
  if (take(Tok::kBinom)) {
    top = enclosed(Tok::kLeftBrace, Tok::kRightBrace);
    if (top != nullptr) bottom = enclosed(Tok::kLeftBrace, Tok::kRightBrace);
  } else if (take(Tok::kLeftBrace)) {
    top = expr();
    if (top == nullptr || !take(Tok::kChoose)) return nullptr;
    bottom = expr();
    if (!take(Tok::kRightBrace)) return nullptr;
  }
  if (top == nullptr || bottom == nullptr) return nullptr;
  return arena_.make(Kind::kFunction, {top, bottom}, "binomial");
}

const Node* Parser::cells(Tok close, size_t& columns) {
  Nodes all;
  columns = 0;
  for (;;) {
    size_t row = 0;
    do {
      const Node* cell = expr();
      if (cell == nullptr) return nullptr;
      all.push_back(cell);
      ++row;
    } while (take(Tok::kColumn));
    if (columns == 0) columns = row;
    if (row != columns) return nullptr;
    if (take(close)) break;
    if (!take(Tok::kRow)) return nullptr;
    if (take(close)) break;
  }
  return arena_.matrix(std::move(all), columns);
}

const Node* Parser::matrix() {
  size_t columns = 0;
  if (take(Tok::kMatrixBegin)) return cells(Tok::kMatrixEnd, columns);
  if (take(Tok::kArrayBegin)) return cells(Tok::kArrayEnd, columns);
  if (!take(Tok::kDetBegin)) return nullptr;
  const Node* inside = cells(Tok::kDetEnd, columns);
  return inside == nullptr ? nullptr : arena_.make(Kind::kFunction, {inside}, "det");
}

const Node* Parser::number() {
  std::string digits(take_text());
  const bool percent = digits.back() == '%';
  if (percent) {
    digits.erase(digits.find_first_not_of("0123456789."));
  }
  const std::optional<Rational> value = decimal_value(digits);
  if (!value) {
    limit_ = "a number with too many digits";
    return nullptr;
  }
  const Node* x = arena_.number(*value, digits.find_first_of(".E") != std::string::npos);
  return percent ? arena_.percent(x) : x;
}

const Node* Parser::atom() {
  switch (peek()) {
    case Tok::kLetter:
    case Tok::kGreek:
    case Tok::kOtherSymbol:
    case Tok::kAccent:
      return atom_expr(true);
    case Tok::kInfinity:
      ++at_;
      return arena_.make(Kind::kInfinity, {});
    case Tok::kNumber: {
      const Node* x = number();
      if (x != nullptr && peek() == Tok::kUnderscore && !subscript()) return nullptr;
      return x;
    }
    case Tok::kPercentNumber:
    case Tok::kENumber:
      return number();
    case Tok::kCapitalE:
      ++at_;
      return symbol("e");
    case Tok::kGamma:
      ++at_;
      return arena_.constant("gamma");
    case Tok::kDifferential: {
      std::string name(take_text());
      std::erase_if(name, [](char c) { return c == ' ' || c == '\\' || c == '\t' || c == '\n'; });
      return arena_.symbol(name, real_);
    }
    default:
      return nullptr;
  }
}

const Node* Parser::symbol(std::string name) {
  if (!name.empty() && name.front() == '\\') name.erase(0, 1);
  if (name == "gamma") return arena_.constant("gamma");
  name = lower(std::move(name));
  if (name == "pi") return arena_.constant("pi");
  if (name == "gamma") return arena_.constant("gamma");
  return arena_.symbol(std::move(name), real_);
}

std::string Parser::text_between(size_t from, size_t to) const {
  std::string out;
  for (size_t i = from; i < to; ++i) out += tokens_[i].text;
  return out;
}

// The text of a subscript; it is part of a symbol's name.
std::optional<std::string> Parser::subscript() {
  if (!take(Tok::kUnderscore)) return {};
  const size_t start = at_;
  if (atom() != nullptr) return text_between(start, at_);
  at_ = start;
  if (!take(Tok::kLeftBrace)) return {};
  do {
    if (expr() == nullptr) return {};
  } while (take(Tok::kComma));
  if (!take(Tok::kRightBrace)) return {};
  return text_between(start + 1, at_ - 1);
}

// A subscript that has a meaning: a logarithm's base, an integral's end.
const Node* Parser::subscript_node() {
  if (!take(Tok::kUnderscore)) return nullptr;
  if (const Node* x = attempt([&] { return atom(); })) return x;
  return enclosed(Tok::kLeftBrace, Tok::kRightBrace);
}

const Node* Parser::superscript() {
  if (!take(Tok::kCaret)) return nullptr;
  if (const Node* x = attempt([&] { return atom(); })) return x;
  return enclosed(Tok::kLeftBrace, Tok::kRightBrace);
}

const Node* Parser::atom_expr(bool with_superscript) {
  const Tok type = peek();
  if (type != Tok::kLetter && type != Tok::kGreek && type != Tok::kOtherSymbol &&
      type != Tok::kAccent) {
    return nullptr;
  }
  std::string_view text = take_text();
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  std::string name = type == Tok::kAccent ? accented(text) : std::string(greek_name(text));
  const Node* power = nullptr;
  std::string sub;
  for (int i = 0; i < 2; ++i) {
    if (with_superscript && power == nullptr && peek() == Tok::kCaret) {
      const size_t start = at_;
      power = superscript();
      if (power == nullptr) at_ = start;
    } else if (sub.empty() && peek() == Tok::kUnderscore) {
      const size_t start = at_;
      const auto read = subscript();
      if (!read) {
        at_ = start;
        break;
      }
      sub = without_spaces(*read);
    }
  }
  if (type == Tok::kLetter && text == "I") return arena_.constant("i");
  if (!sub.empty()) name += sub.size() > 1 ? "_{" + sub + "}" : "_" + sub;
  const Node* x = symbol(std::move(name));
  return power == nullptr ? x : arena_.make(Kind::kPow, {x, power});
}

const Node* Parser::func() {
  switch (peek()) {
    case Tok::kFunction:
    case Tok::kGamma:
      return func_one();
    case Tok::kFunctionMany:
      return func_many();
    case Tok::kOperatorName: {
      const Node* x = attempt([&] { return func_one(); });
      return x != nullptr ? x : func_many();
    }
    case Tok::kLetter:
    case Tok::kGreek:
    case Tok::kOtherSymbol:
    case Tok::kAccent:
      return func_applied();
    case Tok::kInt:
      return func_int();
    case Tok::kSum:
    case Tok::kProd:
      return func_sum();
    case Tok::kLim:
      return func_lim();
    case Tok::kSqrt:
      return func_sqrt();
    case Tok::kE:
      return func_e();
    default:
      return nullptr;
  }
}

const Node* Parser::raised(const Node* x, const Node* power) {
  return power == nullptr ? x : arena_.make(Kind::kPow, {x, power});
}

bool is_inverted(std::string_view name) {
  constexpr std::array<std::string_view, 9> kNames{
      {"sin", "cos", "tan", "csc", "sec", "cot", "sinh", "cosh", "tanh"}};
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

// \arcsin, \arsinh, \arcsinh: asin, asinh, asinh.
std::string plain_name(std::string_view name) {
  if (name.substr(0, 3) == "arc") return "a" + std::string(name.substr(3));
  if (name.substr(0, 2) == "ar" && name.size() > 4) return "a" + std::string(name.substr(2));
  return name == "ceil" ? "ceiling" : std::string(name);
}

const Node* Parser::named(std::string name, const Node* arg, const Node* base) {
  if (name == "log") {
    return arena_.make(Kind::kFunction, {arg, base != nullptr ? base : arena_.integer(10)}, "log");
  }
  if (name == "ln") {
    if (base != nullptr) return arena_.make(Kind::kFunction, {arg, base}, "log");
    return arena_.make(Kind::kFunction, {arg}, "ln");
  }
  if (name == "Gamma" || name == "gamma") name = "gammafunction";
  return arena_.make(Kind::kFunction, {arg}, std::move(name));
}

const Node* Parser::func_one() {
  std::string name;
  if (take(Tok::kOperatorName)) {
    if (!take(Tok::kLeftBrace) || peek() != Tok::kFunctionName) return nullptr;
    name = take_text();
    if (!take(Tok::kRightBrace)) return nullptr;
  } else {
    name = take_text().substr(1);
  }
  const Node* base = nullptr;
  const Node* power = nullptr;
  for (int i = 0; i < 2; ++i) {
    if (base == nullptr && peek() == Tok::kUnderscore) {
      base = subscript_node();
      if (base == nullptr) return nullptr;
    } else if (power == nullptr && peek() == Tok::kCaret) {
      power = superscript();
      if (power == nullptr) return nullptr;
    }
  }
  const Node* arg = enclosed(Tok::kLeftParen, Tok::kRightParen);
  if (arg == nullptr) arg = mp(false);
  if (arg == nullptr) return nullptr;
  name = plain_name(name);
  if (is_inverted(name) && power != nullptr && power->is_integer() && power->value == -1) {
    return named("a" + name, arg, base);
  }
  return raised(named(name, arg, base), power);
}

std::optional<Parser::Nodes> Parser::arguments() {
  Nodes all;
  do {
    const Node* arg = expr();
    if (arg == nullptr) return {};
    all.push_back(arg);
  } while (take(Tok::kComma));
  return all;
}

const Node* Parser::func_many() {
  std::string name;
  if (take(Tok::kOperatorName)) {
    if (!take(Tok::kLeftBrace) || peek() != Tok::kFunctionName) return nullptr;
    name = take_text();
    if (!take(Tok::kRightBrace)) return nullptr;
  } else {
    name = take_text().substr(1);
  }
  if (peek() == Tok::kUnderscore && !subscript()) return nullptr;
  const Node* power = nullptr;
  if (peek() == Tok::kCaret && (power = superscript()) == nullptr) return nullptr;
  if (!take(Tok::kLeftParen)) return nullptr;
  auto args = arguments();
  if (!args || !take(Tok::kRightParen)) return nullptr;
  return raised(arena_.make(Kind::kFunction, std::move(*args), name), power);
}

// f(x), f(x, y), f^{-1}(x): one atom, or several expressions; f(x + 1) is a product.
const Node* Parser::func_applied() {
  const size_t start = at_;
  if (atom_expr(false) == nullptr) return nullptr;
  const std::string name = text_between(start, at_);
  const Node* power = nullptr;
  if (peek() == Tok::kCaret && (power = superscript()) == nullptr) return nullptr;
  const bool braced = peek() == Tok::kLeftBrace;
  if (braced) ++at_;
  const Tok close = peek() == Tok::kLeftParen     ? Tok::kRightParen
                    : peek() == Tok::kLeftBracket ? Tok::kRightBracket
                                                  : Tok::kEnd;
  if (close == Tok::kEnd) return nullptr;
  ++at_;
  Nodes args;
  const Node* single = attempt([&]() -> const Node* {
    const Node* x = atom();
    return peek() == close ? x : nullptr;
  });
  if (single != nullptr) {
    args.push_back(single);
  } else {
    const Node* first = expr();
    if (first == nullptr || !take(Tok::kComma)) return nullptr;
    args.push_back(first);
    if (peek() != close) {
      auto more = arguments();
      if (!more) return nullptr;
      args.insert(args.end(), more->begin(), more->end());
    }
  }
  if (!take(close) || (braced && !take(Tok::kRightBrace))) return nullptr;
  return raised(arena_.make(Kind::kFunction, std::move(args), "f:" + name), power);
}

const Node* Parser::func_int() {
  ++at_;
  Nodes args;
  const Node* from = peek() == Tok::kUnderscore ? subscript_node() : nullptr;
  const Node* to = peek() == Tok::kCaret ? superscript() : nullptr;
  if (from == nullptr && to != nullptr) from = subscript_node();
  const Node* body = expr();
  if (body == nullptr || (from == nullptr) != (to == nullptr)) return nullptr;
  args.push_back(body);
  if (from != nullptr) args.insert(args.end(), {from, to});
  return arena_.make(Kind::kFunction, std::move(args), "integral");
}

const Node* Parser::func_sum() {
  const char* name = peek() == Tok::kSum ? "sum" : "prod";
  ++at_;
  const Node* variable = nullptr;
  const Node* from = nullptr;
  const Node* to = peek() == Tok::kCaret ? superscript() : nullptr;
  if (!take(Tok::kUnderscore) || !take(Tok::kLeftBrace)) return nullptr;
  variable = expr();
  if (variable == nullptr || !(take(Tok::kAssign) || take(Tok::kEqual))) return nullptr;
  from = expr();
  if (from == nullptr || !take(Tok::kRightBrace)) return nullptr;
  if (to == nullptr) to = superscript();
  if (to == nullptr) return nullptr;
  const Node* body = mp(true);
  if (body == nullptr) return nullptr;
  return arena_.make(Kind::kFunction, {body, variable, from, to}, name);
}

const Node* Parser::func_lim() {
  ++at_;
  if (!take(Tok::kUnderscore) || !take(Tok::kLeftBrace)) return nullptr;
  const Node* variable = atom_expr(false);
  if (variable == nullptr || !take(Tok::kTo)) return nullptr;
  const Node* target = expr();
  if (target == nullptr) return nullptr;
  std::string side = "+";
  if (take(Tok::kCaret)) {
    if (!take(Tok::kLeftBrace)) return nullptr;
    side = take_text();
    if (!take(Tok::kRightBrace)) return nullptr;
  }
  if (!take(Tok::kRightBrace)) return nullptr;
  const Node* body = mp(true);
  if (body == nullptr) return nullptr;
  return arena_.make(Kind::kFunction, {body, variable, target}, "lim" + side);
}

const Node* Parser::func_sqrt() {
  ++at_;
  const Node* root = nullptr;
  if (take(Tok::kLeftBracket)) {
    root = expr();
    if (root == nullptr || !take(Tok::kRightBracket)) return nullptr;
  }
  const Node* base = enclosed(Tok::kLeftBrace, Tok::kRightBrace);
  if (base == nullptr) return nullptr;
  const Node* power =
      root == nullptr ? arena_.number(Rational(1, 2)) : arena_.quotient(arena_.integer(1), root);
  return arena_.make(Kind::kPow, {base, power});
}

const Node* Parser::func_e() {
  ++at_;
  const Node* e = arena_.constant("e");
  if (peek() != Tok::kCaret) return e;
  const Node* power = superscript();
  return power == nullptr ? nullptr : arena_.make(Kind::kPow, {e, power});
}

}  // namespace

bool looks_complex(std::string_view text) {
  for (const std::string_view word : kIndicators) {
    if (text.find(word) != std::string_view::npos) return true;
  }
  for (size_t at = text.find('i'); at != std::string_view::npos; at = text.find('i', at + 1)) {
    const bool free_before = at == 0 || !is_word_byte(text[at - 1]);
    const bool free_after = at + 1 == text.size() || !is_word_byte(text[at + 1]);
    if (free_before && free_after) return true;
  }
  return text.find("\\imath") != std::string_view::npos;
}

LatexResult parse_latex(std::string_view text, Arena& arena) {
  if (text.size() > kFormulaBytesMax) return {nullptr, "a formula of more than 64 KiB"};
  std::optional<std::vector<Token>> tokens = latex_tokens(text);
  if (!tokens) return {};
  if (tokens->size() > kTokensMax) return {nullptr, "a formula of more than 4,000 tokens"};
  return Parser(text, std::move(*tokens), arena).run();
}

}  // namespace assay::suites::math
