// JsonScanner: reads JSON that is known to have a certain shape, without building a document.
//
// Where it stands: the fast path of decoders, for the events that models really send. Every
// function returns false for what it does not understand; the caller then takes the slow path
// (harness/base/json.h), which also makes the error text. Decode thread.
//
//   JsonScanner in(line);
//   std::string text;
//   if (in.take('{') && in.key(name) && in.string(text) && in.take('}') && in.at_end()) ...
#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "harness/base/utf8.h"

namespace assay::backends {

// True when none of the eight bytes ends a plain run of a JSON string: quote, backslash, control.
inline bool eight_plain(const char* at) {
  constexpr uint64_t kOnes = 0x0101010101010101ULL;
  constexpr uint64_t kHigh = 0x8080808080808080ULL;
  uint64_t bytes = 0;
  std::memcpy(&bytes, at, sizeof bytes);
  const auto has_zero = [](uint64_t v) { return (v - kOnes) & ~v & kHigh; };
  const uint64_t below_space = (bytes - kOnes * 0x20) & ~bytes & kHigh;
  return (below_space | has_zero(bytes ^ (kOnes * '"')) | has_zero(bytes ^ (kOnes * '\\'))) == 0;
}

inline int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

class JsonScanner {
 public:
  explicit JsonScanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool take(char c) {
    skip_space();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  bool at_end() {
    skip_space();
    return at_ == end_;
  }
  // A key without escapes.
  bool key(std::string_view& out) {
    if (!take('"')) return false;
    const char* start = at_;
    while (at_ != end_ && *at_ != '"' && *at_ != '\\') ++at_;
    if (at_ == end_ || *at_ != '"') return false;
    out = {start, static_cast<size_t>(at_ - start)};
    ++at_;
    return take(':');
  }
  // Appends the string's text; a surrogate without its other half becomes U+FFFD.
  bool string(std::string& out) {
    if (!take('"')) return false;
    while (true) {
      const char* run = at_;
      while (end_ - at_ >= 8 && eight_plain(at_)) at_ += 8;
      while (at_ != end_ && *at_ != '"' && *at_ != '\\' && static_cast<unsigned char>(*at_) >= 0x20)
        ++at_;
      out.append(run, at_);
      if (at_ == end_) return false;
      const char c = *at_++;
      if (c == '"') return true;
      if (c != '\\' || !escape(out)) return false;
    }
  }
  // A string without escapes, where it stands.
  bool plain_string(std::string_view& out) {
    if (peek() != '"') return false;
    const char* start = at_ + 1;
    if (!skip_strict_string()) return false;
    out = {start, static_cast<size_t>(at_ - 1 - start)};
    return true;
  }
  bool boolean(bool& out) {
    skip_space();
    if (word("true")) {
      out = true;
      return true;
    }
    out = false;
    return word("false");
  }
  // A non-negative integer.
  bool count(int64_t& out) {
    skip_space();
    const auto [stop, status] = std::from_chars(at_, end_, out);
    if (status != std::errc() || out < 0 || at_ == stop || *at_ == '-') return false;
    if (stop - at_ > 1 && *at_ == '0') return false;  // not JSON
    at_ = stop;
    return at_ == end_ || (*at_ != '.' && *at_ != 'e' && *at_ != 'E');
  }
  bool null() {
    skip_space();
    return word("null");
  }
  // The next byte that is no space; 0 at the end.
  char peek() {
    skip_space();
    return at_ == end_ ? '\0' : *at_;
  }
  // Any value, its grammar checked.
  bool skip_value(int depth = 0) {
    switch (peek()) {
      case '"':
        return skip_strict_string();
      case '{':
        return skip_object(depth);
      case '[':
        return skip_list(depth);
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return skip_number();
    }
  }
  // The extent of any value, its grammar not checked.
  bool extent(std::string_view& out) {
    skip_space();
    const char* start = at_;
    int depth = 0;
    while (at_ != end_) {
      const char c = *at_;
      if (c == '"') {
        if (!skip_string()) return false;
      } else if (c == '{' || c == '[') {
        if (++depth > kExtentDepthMax) return false;
        ++at_;
      } else if (c == '}' || c == ']') {
        if (depth == 0) break;
        --depth;
        ++at_;
      } else if (c == ',' && depth == 0) {
        break;
      } else {
        ++at_;
      }
    }
    out = {start, static_cast<size_t>(at_ - start)};
    return depth == 0 && !out.empty();
  }

  static constexpr int kDepthMax = 16;         // of skipped values
  static constexpr int kExtentDepthMax = 256;  // of extents; kJsonDepthMax

 private:
  void skip_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\r' || *at_ == '\n')) ++at_;
  }
  bool word(std::string_view text) {
    if (std::string_view(at_, static_cast<size_t>(end_ - at_)).substr(0, text.size()) != text)
      return false;
    at_ += text.size();
    return true;
  }
  bool skip_object(int depth) {
    if (depth >= kDepthMax || !take('{')) return false;
    if (take('}')) return true;
    do {
      if (peek() != '"' || !skip_strict_string() || !take(':') || !skip_value(depth + 1))
        return false;
    } while (take(','));
    return take('}');
  }
  bool skip_list(int depth) {
    if (depth >= kDepthMax || !take('[')) return false;
    if (take(']')) return true;
    do {
      if (!skip_value(depth + 1)) return false;
    } while (take(','));
    return take(']');
  }
  bool skip_digits() {
    const char* start = at_;
    while (at_ != end_ && *at_ >= '0' && *at_ <= '9') ++at_;
    return at_ != start;
  }
  bool skip_number() {
    if (at_ != end_ && *at_ == '-') ++at_;
    if (at_ != end_ && *at_ == '0') {
      ++at_;
    } else if (!skip_digits()) {
      return false;
    }
    if (at_ != end_ && *at_ == '.') {
      ++at_;
      if (!skip_digits()) return false;
    }
    // An exponent may make it larger than any number: the slow path knows.
    return at_ == end_ || (*at_ != 'e' && *at_ != 'E');
  }
  bool skip_strict_string() {
    for (++at_; at_ != end_; ++at_) {
      while (end_ - at_ >= 8 && eight_plain(at_)) at_ += 8;
      if (at_ == end_) return false;
      if (*at_ == '"') {
        ++at_;
        return true;
      }
      // Escapes are left to the slow path.
      if (*at_ == '\\' || static_cast<unsigned char>(*at_) < 0x20) return false;
    }
    return false;
  }
  bool skip_string() {
    for (++at_; at_ != end_; ++at_) {
      if (*at_ == '\\') {
        if (++at_ == end_) return false;
      } else if (*at_ == '"') {
        ++at_;
        return true;
      }
    }
    return false;
  }
  bool escape(std::string& out) {
    if (at_ == end_) return false;
    switch (const char c = *at_++; c) {
      case '"':
      case '\\':
      case '/':
        out += c;
        return true;
      case 'n':
        out += '\n';
        return true;
      case 't':
        out += '\t';
        return true;
      case 'r':
        out += '\r';
        return true;
      case 'b':
        out += '\b';
        return true;
      case 'f':
        out += '\f';
        return true;
      case 'u':
        return unicode_escape(out);
      default:
        return false;
    }
  }
  bool four_hex(uint32_t& out) {
    if (end_ - at_ < 4) return false;
    out = 0;
    for (int i = 0; i < 4; ++i) {
      const int digit = hex_digit(*at_++);
      if (digit < 0) return false;
      out = out * 16 + static_cast<uint32_t>(digit);
    }
    return true;
  }
  bool unicode_escape(std::string& out) {
    uint32_t unit = 0;
    if (!four_hex(unit)) return false;
    if (unit >= 0xD800 && unit < 0xDC00 && end_ - at_ >= 6 && at_[0] == '\\' && at_[1] == 'u') {
      const char* before = at_;
      uint32_t low = 0;
      at_ += 2;
      if (!four_hex(low)) return false;
      if (low >= 0xDC00 && low < 0xE000) {
        append_utf8(out, static_cast<char32_t>(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)));
        return true;
      }
      at_ = before;  // the second is a character of its own
    }
    const bool half = unit >= 0xD800 && unit < 0xE000;
    append_utf8(out, half ? char32_t{0xFFFD} : static_cast<char32_t>(unit));
    return true;
  }

  const char* at_;
  const char* end_;
};

}  // namespace assay::backends
