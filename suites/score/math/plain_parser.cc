#include "suites/score/math/plain_parser.h"

#include <optional>

#include "suites/score/math/text_tools.h"

namespace assay::suites::math {
namespace {

class PlainParser {
 public:
  PlainParser(std::string_view text, Arena& arena) : text_(text), arena_(arena) {}

  const Node* run() {
    const Node* x = sum();
    skip();
    return at_ == text_.size() ? x : nullptr;
  }

 private:
  void skip() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  bool take(char c) {
    skip();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool take_power() {
    skip();
    if (take('^')) return true;
    if (text_.substr(at_, 2) != "**") return false;
    at_ += 2;
    return true;
  }

  const Node* sum() {
    const Node* left = product();
    while (left != nullptr) {
      const bool plus = take('+');
      if (!plus && !take('-')) return left;
      const Node* right = product();
      if (right == nullptr) return nullptr;
      left = arena_.sum(left, plus ? right : arena_.negated(right));
    }
    return nullptr;
  }

  const Node* product() {
    const Node* left = signed_power();
    while (left != nullptr) {
      skip();
      if (text_.substr(at_, 2) == "**" || text_.substr(at_, 2) == "//") return nullptr;
      const bool times = take('*');
      if (!times && !take('/')) return left;
      const Node* right = signed_power();
      if (right == nullptr) return nullptr;
      left = times ? arena_.product(left, right) : arena_.quotient(left, right);
    }
    return nullptr;
  }

  // A sign binds looser than a power: -2^2 is -4.
  const Node* signed_power() {
    if (depth_ >= kPlainNestingMax) return nullptr;
    ++depth_;
    const Node* x = nullptr;
    if (take('-')) {
      x = signed_power();
      if (x != nullptr) x = arena_.negated(x);
    } else if (take('+')) {
      x = signed_power();
    } else {
      x = primary();
      if (x != nullptr && take_power()) {
        const Node* exponent = signed_power();
        x = exponent == nullptr ? nullptr : arena_.make(Kind::kPow, {x, exponent});
      }
    }
    --depth_;
    return x;
  }

  const Node* primary() {
    if (take('(')) {
      const Node* x = sum();
      return x != nullptr && take(')') ? x : nullptr;
    }
    const size_t start = at_;
    while (at_ < text_.size() && ((text_[at_] >= '0' && text_[at_] <= '9') || text_[at_] == '.')) {
      ++at_;
    }
    const std::string_view digits = text_.substr(start, at_ - start);
    const bool decimal = digits.find('.') != std::string_view::npos;
    if (digits.empty() || digits == ".") return nullptr;
    if (!decimal && digits.size() > 1 && digits.front() == '0' &&
        digits.find_first_not_of('0') != std::string_view::npos) {
      return nullptr;
    }
    const std::optional<Rational> value = decimal_value(digits);
    return value ? arena_.number(*value, decimal) : nullptr;
  }

  std::string_view text_;
  Arena& arena_;
  size_t at_ = 0;
  size_t depth_ = 0;
};

}  // namespace

const Node* parse_plain(std::string_view text, Arena& arena) {
  if (text.size() > kPlainBytesMax) return nullptr;
  return PlainParser(text, arena).run();
}

}  // namespace assay::suites::math
