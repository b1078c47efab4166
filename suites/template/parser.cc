#include "suites/template/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <unordered_map>
#include <utility>

#include "suites/template/builtins.h"

namespace assay::suites::jinja {
namespace {

using Names = std::initializer_list<std::string_view>;

struct OpText {
  std::string_view text;
  Op op;
};
// From the loosest to the tightest; `~` stands between the second and the third.
constexpr std::array<OpText, 2> kAdditive = {{{"+", Op::kAdd}, {"-", Op::kSubtract}}};
constexpr std::array<OpText, 4> kMultiplicative = {
    {{"*", Op::kMultiply}, {"/", Op::kDivide}, {"//", Op::kFloorDivide}, {"%", Op::kModulo}}};
constexpr std::array<OpText, 1> kPower = {{{"**", Op::kPower}}};
constexpr std::array<OpText, 6> kComparisons = {{{"==", Op::kEqual},
                                                 {"!=", Op::kNotEqual},
                                                 {"<", Op::kLess},
                                                 {"<=", Op::kLessEqual},
                                                 {">", Op::kGreater},
                                                 {">=", Op::kGreaterEqual}}};

bool one_of(std::string_view name, Names names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class Parser {
 public:
  Parser(Program& program, const std::vector<Token>& tokens, SyntaxError& error)
      : program_(program), tokens_(tokens), error_(error) {
    for (const std::string_view name : {"loop", "caller", "varargs", "kwargs"}) symbol(name);
  }

  bool run() {
    program_.body = block({}, "");
    return !failed_;
  }

 private:
  // ---- tokens

  [[nodiscard]] const Token& now() const { return tokens_[position_]; }
  [[nodiscard]] const Token& after() const {
    return tokens_[std::min(position_ + 1, tokens_.size() - 1)];
  }
  const Token& take() {
    const Token& token = tokens_[position_];
    if (position_ + 1 < tokens_.size()) ++position_;
    return token;
  }
  [[nodiscard]] bool at_op(std::string_view op) const {
    return now().kind == TokenKind::kOperator && now().text == op;
  }
  [[nodiscard]] bool at_name(std::string_view name) const {
    return now().kind == TokenKind::kName && now().text == name;
  }
  bool take_op(std::string_view op) {
    if (!at_op(op)) return false;
    take();
    return true;
  }
  bool take_name(std::string_view name) {
    if (!at_name(name)) return false;
    take();
    return true;
  }
  bool expect_op(std::string_view op) { return take_op(op) || unexpected(fmt::format("`{}`", op)); }
  bool expect(TokenKind kind, std::string_view what) {
    if (now().kind != kind) return unexpected(what);
    take();
    return true;
  }

  bool fail(size_t at, std::string message) {
    if (!failed_) error_ = {at, std::move(message)};
    failed_ = true;
    return false;
  }
  bool unexpected(std::string_view expected) {
    return fail(now().at, fmt::format("found {}, expected {}", describe(now()), expected));
  }
  static std::string describe(const Token& token) {
    switch (token.kind) {
      case TokenKind::kEnd:
        return "the end of the template";
      case TokenKind::kString:
        return "a string";
      case TokenKind::kText:
        return "text";
      default:
        return fmt::format("`{}`", token.text);
    }
  }

  uint32_t symbol(std::string_view name) {
    const auto [it, fresh] =
        symbols_.try_emplace(std::string(name), static_cast<uint32_t>(program_.symbols.size()));
    if (fresh) program_.symbols.emplace_back(name);
    return it->second;
  }

  // Counts one level of nesting while it lives.
  class Nest {
   public:
    explicit Nest(Parser& p) : parser_(p) {
      if (++p.nesting_ > kNestingMax) {
        p.fail(p.now().at, fmt::format("nested deeper than {} levels", kNestingMax));
      }
    }
    ~Nest() { --parser_.nesting_; }
    Nest(const Nest&) = delete;
    Nest& operator=(const Nest&) = delete;

   private:
    Parser& parser_;
  };

  static ExprPtr make(ExprKind kind, size_t at) {
    auto e = std::make_unique<Expr>();
    e->kind = kind;
    e->at = static_cast<uint32_t>(at);
    return e;
  }
  static ExprPtr constant(size_t at, Value value) {
    ExprPtr e = make(ExprKind::kConstant, at);
    e->constant = value;
    return e;
  }

  // ---- statements

  // Statements up to a tag whose name is in `ends` (left at its name), or the end of the template
  // when `ends` is empty.
  Block block(Names ends, std::string_view opener, size_t opened_at = 0) {
    Block body;
    const Nest nest(*this);
    while (!failed_) {
      if (now().kind == TokenKind::kEnd) {
        if (ends.size() > 0) {
          fail(now().at,
               fmt::format("found the end of the template, expected `{}` for `{}` at {}",
                           *(ends.end() - 1), opener, position_text(program_.source, opened_at)));
        }
        return body;
      }
      if (now().kind == TokenKind::kTagBegin && after().kind == TokenKind::kName &&
          one_of(after().text, ends)) {
        take();
        return body;
      }
      statement(body);
    }
    return body;
  }

  void statement(Block& body) {
    const Token& token = take();
    Stmt stmt;
    stmt.at = token.at;
    if (token.kind == TokenKind::kText) {
      stmt.text = token.text;
    } else if (token.kind == TokenKind::kOutputBegin) {
      stmt.kind = StmtKind::kOutput;
      stmt.expr = tuple(true);
      if (!failed_) expect(TokenKind::kOutputEnd, "`}}` or an operator");
    } else {
      tag(stmt);
    }
    if (!failed_) body.push_back(std::move(stmt));
  }

  void tag(Stmt& stmt) {
    const Token name = now();
    if (name.kind != TokenKind::kName) {
      unexpected("the name of a tag");
      return;
    }
    take();
    using Method = void (Parser::*)(Stmt&);
    static constexpr std::array<std::pair<std::string_view, Method>, 8> kTags = {{
        {"if", &Parser::if_tag},
        {"for", &Parser::for_tag},
        {"set", &Parser::set_tag},
        {"macro", &Parser::macro_tag},
        {"call", &Parser::call_tag},
        {"filter", &Parser::filter_tag},
        {"with", &Parser::with_tag},
        {"print", &Parser::print_tag},
    }};
    for (const auto& [known, method] : kTags) {
      if (known == name.text) {
        (this->*method)(stmt);
        return;
      }
    }
    unknown_tag(name);
  }

  void unknown_tag(const Token& name) {
    if (one_of(name.text, {"include", "import", "from", "extends", "block"})) {
      fail(name.at, fmt::format("`{}` is not available: a template of a suite stands alone, in one "
                                "piece",
                                name.text));
    } else if (one_of(name.text, {"do", "break", "continue", "trans", "autoescape", "debug"})) {
      fail(name.at, fmt::format("`{}` is an extension that suites do not have", name.text));
    } else if (name.text.starts_with("end") || one_of(name.text, {"else", "elif"})) {
      fail(name.at, fmt::format("`{}` without the tag that it belongs to", name.text));
    } else {
      fail(name.at, fmt::format("unknown tag `{}`, expected if, for, set, macro, call, filter, "
                                "with, raw or print",
                                name.text));
    }
  }

  bool tag_end() { return !failed_ && expect(TokenKind::kTagEnd, "`%}`"); }
  // "endfor %}", standing at the name.
  bool close_tag() {
    if (failed_) return false;
    take();
    return tag_end();
  }

  void if_tag(Stmt& stmt) {
    stmt.kind = StmtKind::kIf;
    for (bool more = true; more && !failed_;) {
      stmt.values.push_back(tuple(false));
      if (!tag_end()) return;
      stmt.blocks.push_back(block({"elif", "else", "endif"}, "if", stmt.at));
      more = !failed_ && take_name("elif");
    }
    if (!failed_ && take_name("else")) {
      if (!tag_end()) return;
      stmt.blocks.push_back(block({"endif"}, "if", stmt.at));
    }
    close_tag();
  }

  void for_tag(Stmt& stmt) {
    stmt.kind = StmtKind::kFor;
    stmt.targets.push_back(target(false));
    if (failed_) return;
    if (!take_name("in")) {
      unexpected("`in`");
      return;
    }
    stmt.expr = tuple(false);
    if (!failed_ && take_name("if")) stmt.filter = expression();
    stmt.recursive = !failed_ && take_name("recursive");
    if (!tag_end()) return;
    stmt.blocks.push_back(block({"else", "endfor"}, "for", stmt.at));
    if (!failed_ && take_name("else")) {
      if (!tag_end()) return;
      stmt.blocks.push_back(block({"endfor"}, "for", stmt.at));
    }
    close_tag();
  }

  void set_tag(Stmt& stmt) {
    stmt.targets.push_back(target(true));
    if (failed_) return;
    if (take_op("=")) {
      stmt.kind = StmtKind::kSet;
      stmt.expr = tuple(true);
      tag_end();
      return;
    }
    stmt.kind = StmtKind::kSetBlock;
    if (stmt.targets[0].what == Target::What::kTuple) {
      unexpected("`=`");
      return;
    }
    while (!failed_ && take_op("|")) filter_step(stmt.steps);
    if (!tag_end()) return;
    stmt.blocks.push_back(block({"endset"}, "set", stmt.at));
    close_tag();
  }

  void filter_tag(Stmt& stmt) {
    stmt.kind = StmtKind::kFilterBlock;
    do {
      filter_step(stmt.steps);
    } while (!failed_ && take_op("|"));
    if (!tag_end()) return;
    stmt.blocks.push_back(block({"endfilter"}, "filter", stmt.at));
    close_tag();
  }

  void with_tag(Stmt& stmt) {
    stmt.kind = StmtKind::kWith;
    while (!failed_ && now().kind != TokenKind::kTagEnd) {
      if (!stmt.targets.empty() && !expect_op(",")) return;
      stmt.targets.push_back(target(false));
      if (failed_ || !expect_op("=")) return;
      stmt.values.push_back(expression());
    }
    if (!tag_end()) return;
    stmt.blocks.push_back(block({"endwith"}, "with", stmt.at));
    close_tag();
  }

  void print_tag(Stmt& stmt) {
    stmt.kind = StmtKind::kOutput;
    stmt.expr = tuple(true);
    tag_end();
  }

  void macro_tag(Stmt& stmt) {
    stmt.kind = StmtKind::kMacro;
    stmt.macro = std::make_unique<MacroDecl>();
    if (now().kind != TokenKind::kName) {
      unexpected("the name of the macro");
      return;
    }
    stmt.macro->name = now().text;
    stmt.macro->symbol = symbol(take().text);
    if (!expect_op("(")) return;
    macro_body(stmt, "macro", {"endmacro"});
  }

  void call_tag(Stmt& stmt) {
    stmt.kind = StmtKind::kCallBlock;
    stmt.macro = std::make_unique<MacroDecl>();
    stmt.macro->name = "caller";
    stmt.macro->symbol = kSymbolCaller;
    const bool with_parameters = take_op("(");
    if (with_parameters && !parameters(*stmt.macro)) return;
    stmt.expr = expression();
    if (failed_) return;
    if (stmt.expr->kind != ExprKind::kPostfix || stmt.expr->steps.back().kind != StepKind::kCall) {
      fail(stmt.expr->at, "`call` needs the call of a macro, such as `{% call name() %}`");
      return;
    }
    macro_block(stmt, "call", {"endcall"});
  }

  void macro_body(Stmt& stmt, std::string_view opener, Names ends) {
    macros_.push_back(stmt.macro.get());
    const bool good = parameters(*stmt.macro);
    macros_.pop_back();
    if (good) macro_block(stmt, opener, ends);
  }

  void macro_block(Stmt& stmt, std::string_view opener, Names ends) {
    if (!tag_end()) return;
    macros_.push_back(stmt.macro.get());
    stmt.blocks.push_back(block(ends, opener, stmt.at));
    macros_.pop_back();
    close_tag();
  }

  // After "(", up to ")".
  bool parameters(MacroDecl& macro) {
    while (!failed_ && !take_op(")")) {
      if (!macro.parameters.empty() && !expect_op(",")) return false;
      if (at_op(")")) continue;
      if (now().kind != TokenKind::kName) return unexpected("a parameter or `)`");
      Parameter p;
      p.name = now().text;
      p.symbol = symbol(take().text);
      if (take_op("=")) {
        p.fallback = expression();
      } else if (!macro.parameters.empty() && macro.parameters.back().fallback) {
        return fail(now().at,
                    fmt::format("parameter `{}` has no default but follows one that has", p.name));
      }
      macro.parameters.push_back(std::move(p));
    }
    return !failed_;
  }

  // ---- assignment targets

  Target target(bool with_field) {
    Target first = target_part(with_field);
    if (failed_ || !at_op(",")) return first;
    Target all;
    all.what = Target::What::kTuple;
    all.at = first.at;
    all.parts.push_back(std::move(first));
    while (!failed_ && take_op(",")) {
      if (at_name("in") || at_op("=")) break;
      all.parts.push_back(target_part(with_field));
    }
    return all;
  }

  Target target_part(bool with_field) {
    Target t;
    t.at = now().at;
    if (take_op("(")) {
      const Nest nest(*this);
      if (failed_) return t;
      t = target(with_field);
      if (!failed_) expect_op(")");
      return t;
    }
    if (now().kind != TokenKind::kName) {
      unexpected("a name to assign to");
      return t;
    }
    if (one_of(now().text, {"true", "false", "none", "True", "False", "None", "loop"})) {
      fail(now().at, fmt::format("`{}` cannot be assigned to", now().text));
      return t;
    }
    t.symbol = symbol(take().text);
    if (with_field && take_op(".")) {
      t.what = Target::What::kField;
      if (now().kind != TokenKind::kName) {
        unexpected("the name of a field");
        return t;
      }
      t.field = take().text;
    }
    return t;
  }

  // ---- expressions

  // One expression, or several with commas between them: then a tuple.
  ExprPtr tuple(bool with_conditional) {
    const size_t at = now().at;
    ExprPtr first = with_conditional ? expression() : or_expression();
    if (failed_ || !at_op(",")) return first;
    ExprPtr all = make(ExprKind::kTuple, at);
    all->children.push_back(std::move(first));
    while (!failed_ && take_op(",")) {
      if (ends_tuple()) break;
      all->children.push_back(with_conditional ? expression() : or_expression());
    }
    return all;
  }
  [[nodiscard]] bool ends_tuple() const {
    return now().kind == TokenKind::kOutputEnd || now().kind == TokenKind::kTagEnd || at_op(")") ||
           at_name("recursive");
  }

  ExprPtr expression() {
    const Nest nest(*this);
    if (failed_) return nullptr;
    ExprPtr value = or_expression();
    int wraps = 0;
    while (!failed_ && at_name("if")) {
      if (++wraps > 1) {  // each wraps the one before; one is all a person writes
        fail(now().at, "`if` after `if` without `else` between them; use parentheses");
        return nullptr;
      }
      ExprPtr whole = make(ExprKind::kConditional, take().at);
      whole->children.push_back(or_expression());
      whole->children.push_back(std::move(value));
      if (!failed_ && take_name("else")) whole->children.push_back(expression());
      value = std::move(whole);
    }
    return value;
  }

  ExprPtr or_expression() { return chain("or", ExprKind::kOr, &Parser::and_expression); }
  ExprPtr and_expression() { return chain("and", ExprKind::kAnd, &Parser::not_expression); }

  ExprPtr chain(std::string_view word, ExprKind kind, ExprPtr (Parser::*operand)()) {
    ExprPtr first = (this->*operand)();
    if (failed_ || !at_name(word)) return first;
    ExprPtr all = make(kind, now().at);
    all->children.push_back(std::move(first));
    while (!failed_ && take_name(word)) all->children.push_back((this->*operand)());
    return all;
  }

  ExprPtr not_expression() {
    if (!at_name("not")) return comparison();
    const Nest nest(*this);
    if (failed_) return nullptr;
    ExprPtr e = make(ExprKind::kNot, take().at);
    e->children.push_back(not_expression());
    return e;
  }

  ExprPtr comparison() {
    ExprPtr first = additive();
    ExprPtr all;
    for (Op op{}; !failed_ && take_comparison(op);) {
      if (!all) {
        all = make(ExprKind::kCompare, tokens_[position_ - 1].at);
        all->children.push_back(std::move(first));
      }
      all->ops.push_back(op);
      all->children.push_back(additive());
    }
    return all ? std::move(all) : std::move(first);
  }

  bool take_comparison(Op& op) {
    for (const OpText& known : kComparisons) {
      if (take_op(known.text)) {
        op = known.op;
        return true;
      }
    }
    op = Op::kIn;
    if (take_name("in")) return true;
    if (!at_name("not") || after().kind != TokenKind::kName || after().text != "in") return false;
    take();
    take();
    op = Op::kNotIn;
    return true;
  }

  ExprPtr additive() { return arithmetic(kAdditive, &Parser::concatenation); }
  ExprPtr multiplicative() { return arithmetic(kMultiplicative, &Parser::power); }
  ExprPtr power() { return arithmetic(kPower, &Parser::unary_filtered); }

  template <size_t N>
  ExprPtr arithmetic(const std::array<OpText, N>& ops, ExprPtr (Parser::*operand)()) {
    ExprPtr first = (this->*operand)();
    ExprPtr all;
    while (!failed_) {
      const auto known =
          std::find_if(ops.begin(), ops.end(), [&](const OpText& o) { return at_op(o.text); });
      if (known == ops.end()) break;
      if (!all) {
        all = make(ExprKind::kArithmetic, now().at);
        all->children.push_back(std::move(first));
      }
      take();
      all->ops.push_back(known->op);
      all->children.push_back((this->*operand)());
    }
    return all ? std::move(all) : std::move(first);
  }

  ExprPtr concatenation() {
    ExprPtr first = multiplicative();
    if (failed_ || !at_op("~")) return first;
    ExprPtr all = make(ExprKind::kConcat, now().at);
    all->children.push_back(std::move(first));
    while (!failed_ && take_op("~")) all->children.push_back(multiplicative());
    return all;
  }

  // The analyzer loses the owner behind the conditional return of unary().
  ExprPtr unary_filtered() {
    return unary(true);  // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks)
  }

  // A sign binds tighter than a filter: -1|abs is (-1)|abs.
  ExprPtr unary(bool with_filters) {
    ExprPtr value;
    if (at_op("-") || at_op("+")) {
      const Nest nest(*this);
      if (failed_) return nullptr;
      const Token& sign = take();
      value = make(sign.text == "-" ? ExprKind::kNegative : ExprKind::kPositive, sign.at);
      value->children.push_back(unary(false));
    } else {
      value = primary();
    }
    return failed_ ? nullptr : postfix(std::move(value), with_filters);
  }

  ExprPtr primary() {
    const Token& token = now();
    switch (token.kind) {
      case TokenKind::kName:
        return name();
      case TokenKind::kString:
        return string();
      case TokenKind::kInteger:
        return integer();
      case TokenKind::kFloat:
        return floating();
      case TokenKind::kOperator:
        if (token.text == "(") return parenthesis();
        if (token.text == "[") return list();
        if (token.text == "{") return dict();
        break;
      default:
        break;
    }
    unexpected("an expression");
    return nullptr;
  }

  ExprPtr name() {
    const Token& token = take();
    if (one_of(token.text, {"true", "True"})) return constant(token.at, Value::of(true));
    if (one_of(token.text, {"false", "False"})) return constant(token.at, Value::of(false));
    if (one_of(token.text, {"none", "None"})) return constant(token.at, Value());
    ExprPtr e = make(ExprKind::kName, token.at);
    e->symbol = symbol(token.text);
    e->global = find_row(global_rows(), token.text);
    for (MacroDecl* macro : macros_) {
      macro->uses_caller = macro->uses_caller || e->symbol == kSymbolCaller;
      macro->uses_varargs = macro->uses_varargs || e->symbol == kSymbolVarargs;
      macro->uses_kwargs = macro->uses_kwargs || e->symbol == kSymbolKwargs;
    }
    return e;
  }

  ExprPtr string() {
    const Token& first = take();
    if (now().kind != TokenKind::kString) return constant(first.at, Value::borrow(first.text));
    auto joined = std::make_unique<std::string>(first.text);
    while (now().kind == TokenKind::kString) *joined += take().text;
    program_.literals.push_back(std::move(joined));
    return constant(first.at, Value::borrow(*program_.literals.back()));
  }

  static std::string without_underscores(std::string_view text) {
    std::string digits(text);
    std::erase(digits, '_');
    return digits;
  }

  ExprPtr integer() {
    const Token& token = take();
    std::string digits = without_underscores(token.text);
    int base = 10;
    if (digits.size() > 1 && digits[0] == '0' && (digits[1] < '0' || digits[1] > '9')) {
      const char mark = static_cast<char>(digits[1] | 0x20);
      base = mark == 'x' ? 16 : mark == 'o' ? 8 : 2;
      digits.erase(0, 2);
    }
    int64_t value = 0;
    const auto [end, ec] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (ec == std::errc::result_out_of_range) {
      fail(token.at, fmt::format("`{}` does not fit an integer of 64 bits", token.text));
      return nullptr;
    }
    if (ec != std::errc() || end != digits.data() + digits.size()) {
      fail(token.at, fmt::format("`{}` is not a number", token.text));
      return nullptr;
    }
    return constant(token.at, Value::of(value));
  }

  ExprPtr floating() {
    const Token& token = take();
    const std::string digits = without_underscores(token.text);
    double value = 0;
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (ec != std::errc() || end != digits.data() + digits.size()) {
      fail(token.at, fmt::format("`{}` is outside the range of a float", token.text));
      return nullptr;
    }
    return constant(token.at, Value::of(value));
  }

  ExprPtr parenthesis() {
    const size_t at = take().at;
    if (take_op(")")) return make(ExprKind::kTuple, at);
    ExprPtr e = tuple(true);
    if (!failed_) expect_op(")");
    return e;
  }

  ExprPtr list() {
    ExprPtr e = make(ExprKind::kList, take().at);
    while (!failed_ && !take_op("]")) {
      if (!e->children.empty() && !expect_op(",")) break;
      if (take_op("]")) break;
      e->children.push_back(expression());
    }
    return e;
  }

  ExprPtr dict() {
    ExprPtr e = make(ExprKind::kDict, take().at);
    while (!failed_ && !take_op("}")) {
      if (!e->children.empty() && !expect_op(",")) break;
      if (take_op("}")) break;
      e->children.push_back(expression());
      if (failed_ || !expect_op(":")) break;
      e->children.push_back(expression());
    }
    return e;
  }

  // ---- postfix: fields, items, calls, filters, tests

  ExprPtr postfix(ExprPtr value, bool with_filters) {
    std::vector<Step> steps;
    bool filtered = false;  // after a filter or test only calls, filters and tests follow
    while (!failed_) {
      if (!filtered && at_op(".")) {
        field_step(steps);
      } else if (!filtered && at_op("[")) {
        subscript_step(steps);
      } else if (at_op("(")) {
        call_step(steps);
      } else if (with_filters && take_op("|")) {
        filter_step(steps);
        filtered = true;
      } else if (with_filters && at_name("is")) {
        test_step(steps);
        filtered = true;
      } else {
        break;
      }
    }
    if (failed_ || steps.empty()) return value;
    return attach(std::move(value), std::move(steps));
  }

  static ExprPtr attach(ExprPtr value, std::vector<Step> steps) {
    ExprPtr e = make(ExprKind::kPostfix, value->at);
    e->children.push_back(std::move(value));
    e->steps = std::move(steps);
    return e;
  }

  static Step& add(std::vector<Step>& steps, StepKind kind, size_t at) {
    Step& step = steps.emplace_back();
    step.kind = kind;
    step.at = static_cast<uint32_t>(at);
    return step;
  }

  void field_step(std::vector<Step>& steps) {
    take();
    const Token& token = now();
    if (token.kind == TokenKind::kName) {
      add(steps, StepKind::kField, token.at).name = take().text;
    } else if (token.kind == TokenKind::kInteger) {  // x.0 is x[0]
      Step& step = add(steps, StepKind::kItem, token.at);
      step.key = integer();
    } else {
      unexpected("a name after `.`");
    }
  }

  void subscript_step(std::vector<Step>& steps) {
    Step step;
    step.kind = StepKind::kItem;
    step.at = take().at;
    if (!at_op(":")) step.key = expression();
    if (!failed_ && at_op(":")) slice(step);
    if (!failed_ && at_op(",")) item_tuple(step);
    if (!failed_) expect_op("]");
    steps.push_back(std::move(step));
  }

  void slice(Step& step) {
    step.kind = StepKind::kSlice;
    take();
    if (!at_op(":") && !at_op("]")) step.stop = expression();
    if (failed_ || !take_op(":")) return;
    if (!at_op("]")) step.step = expression();
  }

  void item_tuple(Step& step) {
    if (step.kind == StepKind::kSlice) {
      unexpected("`]`");
      return;
    }
    ExprPtr all = make(ExprKind::kTuple, step.at);
    all->children.push_back(std::move(step.key));
    while (!failed_ && take_op(",")) {
      if (at_op("]")) break;
      all->children.push_back(expression());
    }
    step.key = std::move(all);
  }

  void call_step(std::vector<Step>& steps) {
    Step step;
    step.kind = StepKind::kCall;
    step.at = now().at;
    arguments(step.arguments);
    steps.push_back(std::move(step));
  }

  void arguments(Arguments& arguments) {
    take();
    bool first = true;
    while (!failed_ && !take_op(")")) {
      if (!std::exchange(first, false) && !expect_op(",")) return;
      if (take_op(")")) return;
      argument(arguments);
    }
  }

  void argument(Arguments& arguments) {
    if (take_op("**")) {
      arguments.star_star = expression();
    } else if (take_op("*")) {
      arguments.star = expression();
    } else if (now().kind == TokenKind::kName && after().kind == TokenKind::kOperator &&
               after().text == "=") {
      const Token& key = take();
      for (const auto& [known, value] : arguments.named) {
        if (known == key.text) {
          fail(key.at, fmt::format("argument `{}` is given twice", key.text));
          return;
        }
      }
      take();
      arguments.named.emplace_back(key.text, expression());
    } else if (!arguments.named.empty() || arguments.star || arguments.star_star) {
      fail(now().at, "a positional argument after a named one");
    } else {
      arguments.positional.push_back(expression());
    }
  }

  // Dotted name of a filter or test, looked up in `rows`.
  const FunctionRow* row(std::string_view what, std::span<const FunctionRow> rows,
                         std::string_view& name) {
    const Token& token = now();
    if (token.kind != TokenKind::kName) {
      unexpected(fmt::format("the name of a {}", what));
      return nullptr;
    }
    name = take().text;
    const FunctionRow* found = find_row(rows, name);
    if (found == nullptr) {
      const std::string_view near = nearest_name(rows, name);
      fail(token.at,
           near.empty() ? fmt::format("there is no {} `{}`", what, name)
                        : fmt::format("there is no {} `{}`; did you mean `{}`?", what, name, near));
    }
    return found;
  }

  void filter_step(std::vector<Step>& steps) {
    Step step;
    step.kind = StepKind::kFilter;
    step.at = now().at;
    step.row = row("filter", filter_rows(), step.name);
    if (!failed_ && at_op("(")) arguments(step.arguments);
    steps.push_back(std::move(step));
  }

  void test_step(std::vector<Step>& steps) {
    take();
    Step step;
    step.kind = StepKind::kTest;
    step.negated = take_name("not");
    step.at = now().at;
    step.row = row("test", test_rows(), step.name);
    if (failed_) return;
    if (at_op("(")) {
      arguments(step.arguments);
    } else if (starts_test_argument()) {
      const Nest nest(*this);
      if (!failed_) step.arguments.positional.push_back(test_argument());
    }
    steps.push_back(std::move(step));
  }

  // `is divisibleby 3`: one argument without parentheses.
  [[nodiscard]] bool starts_test_argument() const {
    switch (now().kind) {
      case TokenKind::kString:
      case TokenKind::kInteger:
      case TokenKind::kFloat:
        return true;
      case TokenKind::kName:
        return !one_of(now().text, {"else", "or", "and", "if", "in", "is", "not", "recursive"});
      case TokenKind::kOperator:
        return at_op("[") || at_op("{");
      default:
        return false;
    }
  }
  ExprPtr test_argument() {
    ExprPtr value = primary();
    return failed_ ? nullptr : postfix(std::move(value), false);
  }

  Program& program_;
  const std::vector<Token>& tokens_;
  SyntaxError& error_;
  size_t position_ = 0;
  int nesting_ = 0;
  bool failed_ = false;
  std::unordered_map<std::string, uint32_t> symbols_;
  std::vector<MacroDecl*> macros_;  // those whose body is being parsed, the innermost last
};

}  // namespace

bool parse_program(Program& program, const std::vector<Token>& tokens, SyntaxError& error) {
  return Parser(program, tokens, error).run();
}

}  // namespace assay::suites::jinja
