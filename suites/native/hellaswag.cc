// HellaSwag: contexts and endings without the marks of WikiHow.
// Source: lm-evaluation-harness 0.4, lm_eval/tasks/hellaswag/utils.py (process_docs).
#include <string>
#include <string_view>
#include <vector>

#include "suites/native/functions.h"
#include "suites/native/row.h"
#include "suites/template/text.h"

namespace assay::suites {
namespace {

constexpr size_t kNone = std::string::npos;

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0;;) {
    const size_t found = text.find(from, at);
    out.append(text.substr(at, found == kNone ? kNone : found - at));
    if (found == kNone) return out;
    out.append(to);
    at = found + from.size();
  }
}

// Without "[...]" as the pattern \[.*?\] finds them: the nearest ] on the same line closes. Linear:
// a ] or line end that was found is kept until it is passed.
std::string without_brackets(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  size_t close = 0;
  size_t line_end = 0;
  for (size_t at = 0; at < text.size();) {
    if (text[at] != '[') {
      out += text[at++];
      continue;
    }
    if (close != kNone && close <= at) close = text.find(']', at);
    if (line_end != kNone && line_end <= at) line_end = text.find('\n', at);
    if (close == kNone || line_end < close) {
      out += text[at++];
    } else {
      at = close + 1;
    }
  }
  return out;
}

std::string cleaned(std::string_view text) {
  std::string out = replace_all(jinja::strip(text), " [title]", ". ");
  out = without_brackets(out);
  return replace_all(out, "  ", " ");
}

// A context that comes in one piece: its last, unfinished sentence gets the capital that ctx_b
// gets. Files that keep ctx_a and ctx_b do not need this guess.
std::string whole_context(const std::string& context) {
  size_t begin = kNone;
  for (size_t at = 0; at + 2 < context.size(); ++at) {
    const char c = context[at];
    if ((c == '.' || c == '!' || c == '?') && context[at + 1] == ' ') begin = at + 2;
  }
  if (begin == kNone) return context;
  const char first = context[begin];
  if (first < 'a' || first > 'z') return context;
  return context.substr(0, begin) + jinja::to_capitalized(context.substr(begin));
}

Result<std::string> context_of(const Json& row) {
  if (find_field(row, "ctx_a") == nullptr && find_field(row, "ctx") != nullptr) {
    ASSAY_TRY(const std::string whole, text_field(row, "ctx"));
    return whole_context(whole);
  }
  ASSAY_TRY(const std::string a, text_field(row, "ctx_a"));
  ASSAY_TRY(const std::string b, text_field(row, "ctx_b"));
  return a + " " + jinja::to_capitalized(b);
}

}  // namespace

Result<bool> preprocess_hellaswag(Json& row) {
  ASSAY_TRY(const std::string context, context_of(row));
  ASSAY_TRY(const std::string activity, text_field(row, "activity_label"));
  ASSAY_TRY(const std::vector<std::string> endings, texts_field(row, "endings"));
  ASSAY_TRY(const int64_t gold, index_field(row, "label", endings.size()));
  Json choices = Json::array();
  for (const std::string& ending : endings) choices.push_back(cleaned(ending));
  set_field(row, "query", cleaned(activity + ": " + context));
  set_field(row, "choices", std::move(choices));
  set_field(row, "gold", gold);
  return true;
}

}  // namespace assay::suites
