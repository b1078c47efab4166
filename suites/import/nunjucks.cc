#include "suites/import/nunjucks.h"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "harness/base/json.h"
#include "suites/template/template.h"

namespace assay::suites {
namespace {

constexpr std::string_view kPrinted = "__as_text";  // suffix of a name's JavaScript text
// Names that are the language's own.
constexpr std::array<std::string_view, 30> kWords{
    "and",    "or",    "not",     "in",     "is",        "if",    "else",     "elif",
    "for",    "endif", "endfor",  "set",    "endset",    "true",  "false",    "none",
    "True",   "False", "None",    "loop",   "range",     "macro", "endmacro", "raw",
    "endraw", "call",  "endcall", "filter", "endfilter", "null"};

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_char(char c) { return is_name_start(c) || (c >= '0' && c <= '9'); }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_name(std::string_view text) {
  return !text.empty() && is_name_start(text.front()) &&
         std::all_of(text.begin(), text.end(), is_name_char);
}

// The inside of one {{ }} or {% %}, rewritten; the names it reads go to `names`.
std::string rewrite_code(std::string_view code, std::set<std::string>& names) {
  std::string out;
  for (size_t i = 0; i < code.size();) {
    const char c = code[i];
    if (c == '"' || c == '\'') {
      size_t end = i + 1;
      while (end < code.size() && code[end] != c) end += code[end] == '\\' ? 2 : 1;
      end = std::min(end + 1, code.size());
      out += code.substr(i, end - i);
      i = end;
    } else if (code.substr(i, 3) == "===" || code.substr(i, 3) == "!==") {
      out += c == '=' ? "==" : "!=";
      i += 3;
    } else if (is_name_start(c)) {
      size_t end = i;
      while (end < code.size() && is_name_char(code[end])) ++end;
      const std::string word(code.substr(i, end - i));
      const std::string_view before = trimmed(out);
      const char previous = before.empty() ? '\0' : before.back();
      if (previous == '.' && word == "length") {
        out.erase(out.rfind('.'));
        out += "|length";
      } else if (previous == '|' && word == "dump") {
        out += "tojson";
      } else if (previous == '\0' && word == "elseif") {
        out += "elif";
      } else {
        if (previous != '.' && previous != '|') names.insert(word);
        out += word;
      }
      i = end;
    } else {
      out += c;
      ++i;
    }
  }
  return out;
}

// As JavaScript prints a value in a template; objects as JSON.
// NOLINTNEXTLINE(misc-no-recursion): as deep as the value, at most kJsonDepthMax
std::string printed(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return {};
  if (!value.is_array()) return dump_json(value);
  std::string out;
  for (size_t i = 0; i < value.size(); ++i) {
    if (i > 0) out += ',';
    out += printed(value[i]);
  }
  return out;
}

bool prints_otherwise(const Json& value) { return !value.is_string() && !value.is_number(); }

struct Rewritten {
  std::string source;
  std::set<std::string> names;
  std::set<std::string> as_text;  // names printed plainly
};

Rewritten rewrite(std::string_view source, const Json& vars) {
  Rewritten out;
  for (size_t i = 0; i < source.size();) {
    const std::string_view open = source.substr(i, 2);
    const bool output = open == "{{";
    if (!output && open != "{%") {
      out.source += source[i++];
      continue;
    }
    const size_t end = source.find(output ? "}}" : "%}", i + 2);
    if (end == std::string_view::npos) {
      out.source += source.substr(i);
      break;
    }
    const std::string_view code = source.substr(i + 2, end - i - 2);
    const std::string name(trimmed(code));
    const Json* value = output && is_name(name) ? find_member(vars, name) : nullptr;
    out.source += open;
    if (value != nullptr && prints_otherwise(*value)) {
      out.as_text.insert(name);
      out.source += name;
      out.source += kPrinted;
    } else {
      out.source += rewrite_code(code, out.names);
    }
    out.source += source.substr(end, 2);
    i = end + 2;
  }
  return out;
}

}  // namespace

Result<std::string> render_nunjucks(std::string_view source, const Json& vars,
                                    const std::string& place) {
  if (source.find("{{") == std::string_view::npos && source.find("{%") == std::string_view::npos &&
      source.find("{#") == std::string_view::npos) {
    return std::string(source);
  }
  const Rewritten rewritten = rewrite(source, vars);
  Json context = vars;
  for (const std::string& name : rewritten.names) {
    const bool word = std::find(kWords.begin(), kWords.end(), name) != kWords.end();
    if (!word && !context.contains(name)) context[name] = "";
  }
  for (const std::string& name : rewritten.as_text) {
    context[name + std::string(kPrinted)] = printed(vars[name]);
  }
  ASSAY_TRY(const Template parsed, Template::parse(rewritten.source, place));
  return parsed.render(context);
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the value, at most kJsonDepthMax
Result<Json> render_inside(const Json& value, const Json& vars, const std::string& place) {
  if (value.is_string()) {
    ASSAY_TRY(std::string text, render_nunjucks(value.get_ref<const std::string&>(), vars, place));
    return Json(std::move(text));
  }
  if (!value.is_structured()) return value;
  Json out = value;
  for (auto& item : out) {
    ASSAY_TRY(Json rendered, render_inside(item, vars, place));
    item = std::move(rendered);
  }
  return out;
}

bool reads_environment(std::string_view source, const Json& vars) {
  if (vars.contains("env")) return false;
  const Rewritten rewritten = rewrite(source, vars);
  return rewritten.names.contains("env");
}

}  // namespace assay::suites
