// Interpreter: values as text: str(), repr() and JSON as Python writes them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "harness/base/json.h"
#include "suites/template/interpreter.h"
#include "suites/template/text.h"

namespace assay::suites::jinja {

void Interpreter::append_str(std::string& out, const Value& value) {
  if (failed_) return;
  if (value.is(Kind::kString)) {
    if (charge_text(out.size() + value.size)) out += value.view();
    return;
  }
  append_repr(out, value);
}

void Interpreter::append_repr(std::string& out, const Value& value) {
  if (!charge(1) || !charge_text(out.size())) return;
  const Value now = resolve(value);
  switch (now.kind) {
    case Kind::kFailed:
      return;
    case Kind::kUndefined:
      if (!now.lenient()) fail_undefined(now);
      return;
    case Kind::kAbsent:
    case Kind::kNone:
      out += "None";
      return;
    case Kind::kBool:
      out += now.boolean ? "True" : "False";
      return;
    case Kind::kInt:
      fmt::format_to(std::back_inserter(out), "{}", now.integer);
      return;
    case Kind::kFloat:
      out += float_repr(now.number);
      return;
    case Kind::kString:
      if (charge(now.size / 64)) jinja::append_repr(out, now.view());
      return;
    case Kind::kJsonList:
    case Kind::kList:
      return append_list_repr(out, now);
    case Kind::kJsonDict:
    case Kind::kDict:
      return append_dict_repr(out, now);
    default:
      fail(fmt::format("a {} cannot be printed", type_name(now)));
  }
}

void Interpreter::append_items(std::string& out, const Value& value, std::string_view open,
                               std::string_view close) {
  const ValueLevel level(*this);
  if (!level.ok) return;
  const Sequence items(*this, value);
  out += open;
  for (size_t i = 0; !failed_ && i < items.size(); ++i) {
    if (i > 0) out += ", ";
    append_repr(out, items.at(i));
  }
  if (items.size() == 1 && is_tuple(value)) out += ',';
  out += close;
}

void Interpreter::append_list_repr(std::string& out, const Value& value) {
  if (value.is(Kind::kJsonList)) return append_items(out, value, "[", "]");
  const ListObject& list = *value.list;
  switch (list.flavour) {
    case Flavour::kList:
      return append_items(out, value, "[", "]");
    case Flavour::kTuple:
      return append_items(out, value, "(", ")");
    case Flavour::kKeys:
      return append_items(out, value, "dict_keys([", "])");
    case Flavour::kValues:
      return append_items(out, value, "dict_values([", "])");
    case Flavour::kItems:
      return append_items(out, value, "dict_items([", "])");
    case Flavour::kRange:
      fmt::format_to(std::back_inserter(out), "range({}, {}", list.start, list.stop);
      if (list.step != 1) fmt::format_to(std::back_inserter(out), ", {}", list.step);
      out += ')';
      return;
    case Flavour::kGenerator:
      fail("a generator cannot be printed; make it a list with `|list` or text with `|join`");
  }
}

void Interpreter::append_dict_repr(std::string& out, const Value& value) {
  const ValueLevel level(*this);
  if (!level.ok) return;
  out += '{';
  bool first = true;
  for (const auto& [key, item] : entries(value)) {
    if (failed_) return;
    if (!std::exchange(first, false)) out += ", ";
    append_repr(out, key);
    out += ": ";
    append_repr(out, item);
  }
  out += '}';
}

std::string_view Interpreter::str(const Value& value) {
  if (value.is(Kind::kString)) return value.view();
  std::string made;
  append_str(made, value);
  const Value held = failed_ ? Value::failed() : text(std::move(made));
  return held.bad() ? std::string_view() : held.view();
}

// ---- JSON

namespace {

// As json.dumps with ensure_ascii, then the characters that Jinja's tojson hides from HTML.
void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  char32_t point = 0;
  for (size_t at = 0; at < text.size();) {
    at += decode_point(text, at, point);
    const auto code = static_cast<uint32_t>(point);
    if (code == '"' || code == '\\') {
      out += '\\';
      out += static_cast<char>(code);
    } else if (code == '\n') {
      out += "\\n";
    } else if (code == '\r') {
      out += "\\r";
    } else if (code == '\t') {
      out += "\\t";
    } else if (code == '\b') {
      out += "\\b";
    } else if (code == '\f') {
      out += "\\f";
    } else if (code < ' ' || (code > 0x7E && code < 0x10000) || code == '<' || code == '>' ||
               code == '&' || code == '\'') {
      if (code == 0x7F) {
        out += static_cast<char>(code);
      } else {
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", code);
      }
    } else if (code >= 0x10000) {
      const uint32_t rest = code - 0x10000;
      fmt::format_to(std::back_inserter(out), "\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10),
                     0xDC00 + (rest & 0x3FF));
    } else {
      out += static_cast<char>(code);
    }
  }
  out += '"';
}

std::string json_float(double d) {
  if (std::isnan(d)) return "NaN";
  if (std::isinf(d)) return d > 0 ? "Infinity" : "-Infinity";
  return float_repr(d);
}

void append_break(std::string& out, int64_t indent, size_t depth) {
  if (indent < 0) return;
  out += '\n';
  out.append(static_cast<size_t>(indent) * depth, ' ');
}

}  // namespace

void Interpreter::append_json_key(std::string& out, const Value& key) {
  if (key.is(Kind::kString)) return append_json_text(out, key.view());
  if (!key.is_number() && !key.is(Kind::kNone)) {
    fail(fmt::format("a {} cannot be a key of a JSON object", type_name(key)));
    return;
  }
  out += '"';
  append_json(out, key, -1);
  out += '"';
}

void Interpreter::append_json(std::string& out, const Value& value, int64_t indent, size_t depth) {
  const ValueLevel level(*this);
  if (!level.ok || !charge(1) || !charge_text(out.size())) return;
  const Value now = resolve(value);
  const bool list = now.is(Kind::kJsonList) ||
                    (now.is(Kind::kList) &&
                     (now.list->flavour == Flavour::kList || now.list->flavour == Flavour::kTuple));
  if (now.is(Kind::kUndefined)) {
    fail_undefined(now);
  } else if (now.is(Kind::kNone)) {
    out += "null";
  } else if (now.is(Kind::kBool)) {
    out += now.boolean ? "true" : "false";
  } else if (now.is(Kind::kInt)) {
    out += fmt::format("{}", now.integer);
  } else if (now.is(Kind::kFloat)) {
    out += json_float(now.number);
  } else if (now.is(Kind::kString)) {
    if (charge(now.size / 64)) append_json_text(out, now.view());
  } else if (list) {
    const Sequence items(*this, now);
    out += '[';
    for (size_t i = 0; !failed_ && i < items.size(); ++i) {
      if (i > 0) out += indent < 0 ? ", " : ",";
      append_break(out, indent, depth + 1);
      append_json(out, items.at(i), indent, depth + 1);
    }
    if (items.size() > 0) append_break(out, indent, depth);
    out += ']';
  } else if (now.is_dict()) {
    auto members = entries(now);  // tojson sorts the keys
    std::stable_sort(members.begin(), members.end(),
                     [this](const auto& a, const auto& b) { return less(a.first, b.first); });
    out += '{';
    for (size_t i = 0; !failed_ && i < members.size(); ++i) {
      if (i > 0) out += indent < 0 ? ", " : ",";
      append_break(out, indent, depth + 1);
      append_json_key(out, members[i].first);
      out += ": ";
      append_json(out, members[i].second, indent, depth + 1);
    }
    if (!members.empty()) append_break(out, indent, depth);
    out += '}';
  } else {
    fail(fmt::format("a {} cannot be written as JSON", type_name(now)));
  }
}

// The value itself, for Template::evaluate().
Json Interpreter::to_json(const Value& value) {
  const ValueLevel level(*this);
  if (!level.ok || !charge(1)) return {};
  const Value now = resolve(value);
  switch (now.kind) {
    case Kind::kNone:
      return {};
    case Kind::kBool:
      return now.boolean;
    case Kind::kInt:
      return now.integer;
    case Kind::kFloat:
      return now.number;
    case Kind::kString:
      return std::string(now.view());
    case Kind::kUndefined:
      fail_undefined(now);
      return {};
    case Kind::kJsonList:
    case Kind::kList: {
      const Sequence items(*this, now);
      Json list = Json::array();
      for (size_t i = 0; !failed_ && i < items.size(); ++i) list.push_back(to_json(items.at(i)));
      return list;
    }
    case Kind::kJsonDict:
    case Kind::kDict: {
      Json object = Json::object();
      for (const auto& [key, item] : entries(now)) {
        // Json searches its keys one by one.
        if (!charge(1 + object.size() / 16)) break;
        object.emplace(std::string(str(key)), to_json(item));
      }
      return object;
    }
    default:
      fail(fmt::format("the value is a {}, expected text, a number, a list or a dict",
                       type_name(now)));
      return {};
  }
}

}  // namespace assay::suites::jinja
