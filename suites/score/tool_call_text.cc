#include "suites/score/tool_call_text.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "harness/base/utf8.h"
#include "suites/score/json_value.h"

namespace assay::suites {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

std::string_view strip(std::string_view text, std::string_view what) {
  const size_t from = text.find_first_not_of(what);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(what) - from + 1);
}

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_char(char c) { return is_name_start(c) || is_digit(c); }

// Calls in Python's syntax. Every reader returns false at the first thing that is not of it.
class PythonReader {
 public:
  explicit PythonReader(std::string_view text) : text_(text) {}

  std::optional<std::vector<FunctionCall>> read() {
    std::vector<FunctionCall> calls;
    skip();
    const bool list = take('[');
    for (;;) {
      skip();
      if (list && take(']')) break;
      FunctionCall call;
      if (calls.size() >= kCallsMax || !read_call(call, 0)) return std::nullopt;
      calls.push_back(std::move(call));
      skip();
      if (take(',')) continue;
      if (list && !take(']')) return std::nullopt;
      break;
    }
    skip();
    if (at_ != text_.size()) return std::nullopt;
    return calls;
  }

 private:
  [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void skip() {
    while (at_ < text_.size() && kSpace.find(text_[at_]) != std::string_view::npos) ++at_;
  }

  // a.b.c
  bool read_name(std::string& out) {
    const size_t from = at_;
    for (;;) {
      if (!is_name_start(peek())) return false;
      while (is_name_char(peek())) ++at_;
      if (peek() != '.') break;
      ++at_;
    }
    out = text_.substr(from, at_ - from);
    return true;
  }

  // NOLINTNEXTLINE(misc-no-recursion): bounded by kPythonDepthMax
  bool read_call(FunctionCall& call, int depth) {
    if (!read_name(call.name)) return false;
    skip();
    return take('(') && read_arguments(call, depth);
  }

  // NOLINTNEXTLINE(misc-no-recursion): bounded by kPythonDepthMax
  bool read_arguments(FunctionCall& call, int depth) {
    call.arguments = Json::object();
    for (;;) {
      skip();
      if (take(')')) return true;
      const std::string keyword = read_keyword();
      Json value;
      if (!read_value(value, depth + 1)) return false;
      if (!keyword.empty()) call.arguments[keyword] = std::move(value);
      skip();
      if (take(',')) continue;
      return take(')');
    }
  }

  // "name=" of a keyword argument; empty, with nothing read, where there is none.
  std::string read_keyword() {
    const size_t from = at_;
    while (is_name_char(peek())) ++at_;
    const size_t end = at_;
    skip();
    if (end > from && peek() == '=' && at_ + 1 < text_.size() && text_[at_ + 1] != '=') {
      ++at_;
      return std::string(text_.substr(from, end - from));
    }
    at_ = from;
    return {};
  }

  // NOLINTNEXTLINE(misc-no-recursion): bounded by kPythonDepthMax
  bool read_value(Json& out, int depth) {
    if (depth > kPythonDepthMax) return false;
    skip();
    const char c = peek();
    if (c == '[' || c == '(' || c == '{') return read_group(out, depth);
    if (c == '"' || c == '\'') return read_strings(out);
    if (is_digit(c) || c == '-' || c == '+' || c == '.') return read_number(out);
    return read_word(out, depth);
  }

  // A list, a tuple (as a list), a dict or a set (as a list).
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kPythonDepthMax
  bool read_group(Json& out, int depth) {
    const char open = text_[at_++];
    const char close = open == '[' ? ']' : open == '(' ? ')' : '}';
    out = open == '{' ? Json::object() : Json::array();
    bool comma = false;
    for (size_t n = 0;; ++n) {
      skip();
      if (take(close)) break;
      Json value;
      if (!read_value(value, depth + 1)) return false;
      skip();
      if (open == '{' && take(':')) {
        Json member;
        if (!read_value(member, depth + 1)) return false;
        if (!out.is_object()) return false;
        out[value.is_string() ? value.get<std::string>() : dump_json(value)] = std::move(member);
        skip();
      } else {
        if (out.is_object() && !out.empty()) return false;
        if (out.is_object()) out = Json::array();
        out.push_back(std::move(value));
      }
      comma = take(',');
      if (comma) continue;
      if (!take(close)) return false;
      break;
    }
    // (5) is 5; (5,) is a tuple.
    if (open == '(' && out.size() == 1 && !comma) {
      Json inside = std::move(out[0]);
      out = std::move(inside);
    }
    return true;
  }

  // Literals beside each other are one text.
  bool read_strings(Json& out) {
    std::string text;
    do {
      if (!read_string(text, false)) return false;
      skip();
    } while (peek() == '"' || peek() == '\'');
    out = sanitize_utf8(text);
    return true;
  }

  bool read_string(std::string& out, bool raw) {
    const char quote = text_[at_];
    const std::string_view rest = text_.substr(at_);
    const bool triple = rest.size() >= 3 && rest[1] == quote && rest[2] == quote;
    at_ += triple ? 3 : 1;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == quote && (!triple || text_.substr(at_, 3) == std::string(3, quote))) {
        at_ += triple ? 3 : 1;
        return true;
      }
      if (c == '\n' && !triple) return false;
      ++at_;
      if (c == '\\' && !raw) {
        if (!read_escape(out)) return false;
      } else {
        out += c;
      }
    }
    return false;
  }

  bool read_escape(std::string& out) {
    if (at_ >= text_.size()) return false;
    const char c = text_[at_++];
    constexpr std::string_view kFrom = "ntr0abfv\\'\"";
    constexpr std::string_view kTo("\n\t\r\0\a\b\f\v\\'\"", 11);
    if (const size_t at = kFrom.find(c); at != std::string_view::npos) {
      out += kTo[at];
    } else if (c == 'x' || c == 'u' || c == 'U') {
      return read_hex(c == 'x' ? 2 : c == 'u' ? 4 : 8, out);
    } else if (c != '\n') {
      out += '\\';
      out += c;
    }
    return true;
  }

  bool read_hex(size_t digits, std::string& out) {
    if (at_ + digits > text_.size()) return false;
    uint32_t point = 0;
    const char* from = text_.data() + at_;
    const auto [end, error] = std::from_chars(from, from + digits, point, 16);
    if (error != std::errc() || end != from + digits || point > 0x10FFFF) return false;
    at_ += digits;
    append_utf8(out, static_cast<char32_t>(point));
    return true;
  }

  bool read_number(Json& out) {
    bool negative = false;
    while (peek() == '-' || peek() == '+') {
      negative = negative != (peek() == '-');
      ++at_;
      skip();
    }
    const size_t from = at_;
    bool whole = true;
    std::string digits;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      const bool exponent_sign =
          (c == '-' || c == '+') && at_ > from && (text_[at_ - 1] == 'e' || text_[at_ - 1] == 'E');
      if (c == '.' || c == 'e' || c == 'E' || exponent_sign) {
        whole = false;
      } else if (!is_digit(c) && c != '_') {
        break;
      }
      if (c != '_') digits += c;
    }
    return make_number(digits, negative, whole, out);
  }

  static bool make_number(const std::string& digits, bool negative, bool whole, Json& out) {
    const char* end = digits.data() + digits.size();
    if (int64_t value = 0; whole) {
      const auto [stop, error] = std::from_chars(digits.data(), end, value);
      if (error == std::errc() && stop == end) {
        out = negative ? -value : value;
        return true;
      }
    }
    double value = 0;
    const auto [stop, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc() || stop != end) return false;
    out = negative ? -value : value;
    return true;
  }

  // True, None, a prefix of a string, a name, or a call whose source is the value.
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kPythonDepthMax
  bool read_word(Json& out, int depth) {
    const size_t from = at_;
    std::string word;
    if (!read_name(word)) return false;
    if ((peek() == '"' || peek() == '\'') && word.size() <= 2) {
      std::string text;
      const bool raw = word.find_first_of("rR") != std::string::npos;
      if (!read_string(text, raw)) return false;
      out = sanitize_utf8(text);
      return true;
    }
    skip_spaces_before('(');
    if (take('(')) {
      FunctionCall nested;
      if (!read_arguments(nested, depth)) return false;
      out = std::string(text_.substr(from, at_ - from));
      return true;
    }
    if (word == "True" || word == "true") {
      out = true;
    } else if (word == "False" || word == "false") {
      out = false;
    } else if (word == "None" || word == "null") {
      out = nullptr;
    } else {
      out = word;
    }
    return true;
  }

  void skip_spaces_before(char c) {
    const size_t from = at_;
    skip();
    if (peek() != c) at_ = from;
  }

  std::string_view text_;
  size_t at_ = 0;
};

// ---- JSON -----------------------------------------------------------------------------------

FunctionCall call_from(std::string name, const Json* arguments) {
  FunctionCall call;
  call.name = std::move(name);
  Json given = arguments == nullptr ? Json::object() : *arguments;
  if (given.is_string()) {
    const std::string& text = given.get_ref<const std::string&>();
    Result<Json> parsed = parse_json(text.empty() ? "{}" : text, "arguments");
    if (!parsed) {
      call.fault = "the arguments are not JSON: " + parsed.error().text();
      return call;
    }
    given = std::move(parsed).value();
  }
  if (given.is_null()) given = Json::object();
  if (!given.is_object()) {
    call.fault = "the arguments are " + json_type_name(given) + ", expected an object";
    return call;
  }
  call.arguments = std::move(given);
  return call;
}

const Json* first_of(const Json& object, std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (const Json* found = find_member(object, key)) return found;
  }
  return nullptr;
}

// One object as one or several calls; false: it is no call.
bool calls_from_object(const Json& object, std::vector<FunctionCall>& out) {
  const Json* function = find_member(object, "function");
  const Json& body = function != nullptr && function->is_object() ? *function : object;
  const Json* name = find_member(body, "name");
  if (name == nullptr && function != nullptr && function->is_string()) name = function;
  if (name != nullptr && name->is_string()) {
    out.push_back(call_from(name->get<std::string>(),
                            first_of(body, {"arguments", "parameters", "args", "input"})));
    return true;
  }
  if (object.empty()) return false;
  std::vector<FunctionCall> named;
  for (const auto& [key, value] : object.items()) {
    if (!value.is_object() || named.size() >= kCallsMax) return false;
    named.push_back(call_from(key, &value));
  }
  std::move(named.begin(), named.end(), std::back_inserter(out));
  return true;
}

bool calls_from_json(const Json& value, std::vector<FunctionCall>& out) {
  const Json* list = value.is_object() ? find_member(value, "tool_calls") : &value;
  if (list == nullptr) return calls_from_object(value, out);
  if (!list->is_array()) return false;
  for (const Json& item : *list) {
    if (out.size() >= kCallsMax) break;
    if (!item.is_object() || !calls_from_object(item, out)) return false;
  }
  return true;
}

// <tool_call>{...}</tool_call>, as Hermes and Qwen write calls.
std::vector<FunctionCall> tagged_calls(std::string_view text) {
  constexpr std::string_view kOpen = "<tool_call>";
  constexpr std::string_view kClose = "</tool_call>";
  std::vector<FunctionCall> calls;
  for (size_t at = text.find(kOpen); at != std::string_view::npos && calls.size() < kCallsMax;
       at = text.find(kOpen, at)) {
    at += kOpen.size();
    const size_t end = std::min(text.find(kClose, at), text.size());
    if (const auto value = parse_json(strip(text.substr(at, end - at), kSpace), "answer")) {
      (void)calls_from_json(*value, calls);
    } else {
      calls.push_back({"", nullptr, "a tool call that is not JSON"});
    }
    at = end;
  }
  return calls;
}

std::string_view inside_fence(std::string_view text) {
  constexpr std::string_view kFence = "```";
  const size_t open = text.find(kFence);
  if (open == std::string_view::npos) return text;
  const size_t body = text.find('\n', open);
  if (body == std::string_view::npos) return text;
  return text.substr(body, std::min(text.find(kFence, body), text.size()) - body);
}

}  // namespace

std::optional<std::vector<FunctionCall>> python_calls(std::string_view text) {
  return PythonReader(strip(text, "` \t\r\n")).read();
}

std::vector<FunctionCall> calls_in_text(std::string_view text) {
  if (text.size() > kCallTextBytesMax) return {};
  if (text.find("<tool_call>") != std::string_view::npos) return tagged_calls(text);
  if (auto python = python_calls(inside_fence(text))) return *python;
  std::vector<FunctionCall> calls;
  if (const auto value = find_json_value(text)) {
    if (!calls_from_json(*value, calls)) calls.clear();
  }
  return calls;
}

std::vector<FunctionCall> calls_of(const Response& response) {
  if (response.tool_calls.empty()) {
    return calls_in_text(invalid_utf8_at(response.answer) ? sanitize_utf8(response.answer)
                                                          : response.answer);
  }
  std::vector<FunctionCall> calls;
  for (const ToolCall& call : response.tool_calls) {
    if (calls.size() >= kCallsMax) break;
    const Json arguments = sanitize_utf8(call.arguments);
    calls.push_back(call_from(call.name, &arguments));
  }
  return calls;
}

}  // namespace assay::suites
