#include "suites/loader/json_scan.h"

namespace assay::suites {
namespace {

constexpr int kScanDepthMax = 64;

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool object(std::vector<JsonMember>* members) {
    space();
    if (!members_of_object(members, 0)) return false;
    space();
    return at_ == text_.size();
  }

 private:
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void space() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
  }
  bool literal(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  // The escapes' own syntax; \u is left to the authority, which also pairs surrogates.
  bool string() {
    if (!take('"')) return false;
    while (at_ < text_.size()) {
      const auto c = static_cast<unsigned char>(text_[at_++]);
      if (c == '"') return true;
      if (c < 0x20) return false;
      if (c == '\\') {
        if (at_ >= text_.size()) return false;
        switch (text_[at_++]) {
          case '"':
          case '\\':
          case '/':
          case 'b':
          case 'f':
          case 'n':
          case 'r':
          case 't':
            break;
          default:
            return false;
        }
      }
    }
    return false;
  }
  bool digits() {
    const size_t start = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    return at_ > start;
  }
  bool number() {
    take('-');
    if (take('0')) {
      if (peek() >= '0' && peek() <= '9') return false;
    } else if (!digits()) {
      return false;
    }
    if (take('.') && !digits()) return false;
    return peek() != 'e' && peek() != 'E';
  }
  bool value(int depth) {
    switch (peek()) {
      case '{':
        return members_of_object(nullptr, depth);
      case '[':
        return elements(depth);
      case '"':
        return string();
      case 't':
        return literal("true");
      case 'f':
        return literal("false");
      case 'n':
        return literal("null");
      default:
        return number();
    }
  }
  bool elements(int depth) {  // NOLINT(misc-no-recursion): bounded by kScanDepthMax
    if (depth >= kScanDepthMax || !take('[')) return false;
    space();
    if (take(']')) return true;
    for (;;) {
      space();
      if (!value(depth + 1)) return false;
      space();
      if (take(']')) return true;
      if (!take(',')) return false;
    }
  }
  bool members_of_object(std::vector<JsonMember>* members, int depth) {
    if (depth >= kScanDepthMax || !take('{')) return false;
    space();
    if (take('}')) return true;
    for (;;) {
      space();
      const size_t key = at_;
      if (!string()) return false;
      const size_t key_end = at_;
      space();
      if (!take(':')) return false;
      space();
      const size_t start = at_;
      if (!value(depth + 1)) return false;
      if (members != nullptr) {
        members->push_back(
            {text_.substr(key + 1, key_end - key - 2), text_.substr(start, at_ - start)});
      }
      space();
      if (take('}')) return true;
      if (!take(',')) return false;
    }
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

bool scan_json_object(std::string_view text, std::vector<JsonMember>* members) {
  return Scanner(text).object(members);
}

}  // namespace assay::suites
