#include "suites/import/logs/python_json.h"

#include <array>
#include <charconv>
#include <optional>

#include "harness/base/json.h"

namespace assay::suites {
namespace {

constexpr std::array<std::string_view, 3> kWords{"NaN", "Infinity", "-Infinity"};

// The four digits of an escape \uXXXX that begins at `at`.
std::optional<uint32_t> escape_at(std::string_view text, size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  uint32_t code = 0;
  const char* const first = text.data() + at + 2;
  const auto [end, failed] = std::from_chars(first, first + 4, code, 16);
  if (failed != std::errc() || end != first + 4) return std::nullopt;
  return code;
}

bool is_high(uint32_t code) { return code >= 0xD800 && code <= 0xDBFF; }
bool is_low(uint32_t code) { return code >= 0xDC00 && code <= 0xDFFF; }

class Plain {
 public:
  explicit Plain(std::string_view text) : text_(text) { out_.reserve(text.size()); }

  std::string run() {
    while (at_ < text_.size()) {
      if (text_[at_] == '"') {
        string();
      } else if (!word()) {
        out_ += text_[at_++];
      }
    }
    return std::move(out_);
  }

 private:
  // Only where a value may begin, so that broken text stays broken.
  bool word() {
    const char c = text_[at_];
    if (c != 'N' && c != 'I' && c != '-') return false;
    for (const std::string_view word : kWords) {
      if (text_.substr(at_, word.size()) != word) continue;
      out_ += '"';
      out_ += word;
      out_ += '"';
      at_ += word.size();
      return true;
    }
    return false;
  }

  void string() {
    out_ += text_[at_++];
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\\') {
        escape();
        continue;
      }
      out_ += c;
      ++at_;
      if (c == '"') return;
    }
  }

  void copy(size_t count) {
    out_ += text_.substr(at_, count);
    at_ += std::min(count, text_.size() - at_);
  }

  void escape() {
    const auto code = escape_at(text_, at_);
    if (!code) return copy(2);
    if (is_high(*code)) {
      const auto next = escape_at(text_, at_ + 6);
      if (next && is_low(*next)) return copy(12);
    }
    if (!is_high(*code) && !is_low(*code)) return copy(6);
    out_ += "\\ufffd";
    at_ += 6;
  }

  std::string_view text_;
  size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string plain_json(std::string_view text) { return Plain(text).run(); }

Result<Json> parse_python_json(std::string_view text, std::string_view where, int first_line) {
  // Most text needs no change.
  if (text.find("NaN") == std::string_view::npos &&
      text.find("Infinity") == std::string_view::npos &&
      text.find("\\ud") == std::string_view::npos && text.find("\\uD") == std::string_view::npos) {
    return parse_json(text, where, first_line);
  }
  return parse_json(plain_json(text), where, first_line);
}

}  // namespace assay::suites
