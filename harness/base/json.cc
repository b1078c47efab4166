#include "harness/base/json.h"

#include <fmt/format.h>

#include <algorithm>

namespace assay {
namespace {

struct Position {
  int line;
  size_t column;
};

Position position_of(std::string_view text, size_t offset, int first_line) {
  offset = std::min(offset, text.size());
  Position position{first_line, 1};
  for (size_t i = 0; i < offset; ++i) {
    if (text[i] == '\n') {
      ++position.line;
      position.column = 1;
    } else if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U) {
      ++position.column;
    }
  }
  return position;
}

// nlohmann's messages name the exception and repeat the position; what a person needs is the part
// after the last "parse error - " or ": ".
std::string readable(std::string_view what) {
  for (const std::string_view marker :
       {std::string_view("syntax error while parsing "), std::string_view("; ")}) {
    if (const size_t at = what.find(marker); at != std::string_view::npos) {
      if (marker.front() == 's') return std::string(what.substr(at));
      return std::string(what.substr(at + marker.size()));
    }
  }
  const size_t at = what.rfind(": ");
  return std::string(at == std::string_view::npos ? what : what.substr(at + 2));
}

// True when brackets nest deeper than kJsonDepthMax; nlohmann's parser is iterative, its destructor
// and our walks are not.
bool too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        in_string = false;
      }
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '[' || c == '{') {
      if (++depth > kJsonDepthMax) return true;
    }
    if (c == ']' || c == '}') --depth;
  }
  return false;
}

Error wrong_member(std::string_view where, std::string_view key, const Json* found,
                   std::string_view expected) {
  if (found == nullptr) {
    return input_error(std::string(where),
                       fmt::format("`{}` is missing, expected {}", key, expected));
  }
  return input_error(std::string(where),
                     fmt::format("`{}` is {}, expected {}", key, json_type_name(*found), expected));
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view where, int first_line) {
  if (too_deep(text)) {
    return input_error(std::string(where),
                       fmt::format("nested deeper than {} levels", kJsonDepthMax));
  }
  try {
    return Json::parse(text.begin(), text.end());
  } catch (const Json::parse_error& e) {
    const size_t offset = e.byte > 0 ? e.byte - 1 : 0;
    const Position at = position_of(text, offset, first_line);
    return input_error(fmt::format("{}:{}:{}", where, at.line, at.column), readable(e.what()));
  } catch (const Json::exception& e) {
    return input_error(fmt::format("{}:{}", where, first_line), readable(e.what()));
  }
}

std::string dump_json(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}
std::string dump_json_pretty(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace);
}

void append_json_string(std::string& out, std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out += '"';
  size_t run = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, run, i - run);
    run = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += "\\u00";
        out += kDigits[c >> 4];
        out += kDigits[c & 15];
    }
  }
  out.append(text, run, text.size() - run);
  out += '"';
}

std::string json_type_name(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "null";
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "a list";
    case Json::value_t::string:
      return "a string";
    case Json::value_t::boolean:
      return "a boolean";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return "an integer";
    case Json::value_t::number_float:
      return "a number";
    default:
      return "an unknown value";
  }
}

const Json* find_member(const Json& object, std::string_view key) {
  if (!object.is_object()) return nullptr;
  const auto it = object.find(std::string(key));
  return it == object.end() ? nullptr : &*it;
}

Result<std::string> get_string(const Json& object, std::string_view key, std::string_view where) {
  const Json* member = find_member(object, key);
  if (member == nullptr || !member->is_string())
    return wrong_member(where, key, member, "a string");
  return member->get<std::string>();
}

Result<double> get_number(const Json& object, std::string_view key, std::string_view where) {
  const Json* member = find_member(object, key);
  if (member == nullptr || !member->is_number())
    return wrong_member(where, key, member, "a number");
  return member->get<double>();
}

Result<int64_t> get_integer(const Json& object, std::string_view key, std::string_view where) {
  const Json* member = find_member(object, key);
  if (member == nullptr || !member->is_number_integer())
    return wrong_member(where, key, member, "an integer");
  return member->get<int64_t>();
}

}  // namespace assay
