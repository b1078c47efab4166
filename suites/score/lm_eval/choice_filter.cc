// The filter multi_choice_regex: which choice a free answer names, in three tries: the task's own
// pattern; the choices' texts; a letter after a colon.
// Source: lm_eval/filters/extraction.py of lm-evaluation-harness 0.4.11. The second and third
// pattern, which the reference builds of the choices, are searched for without a regex.
#include <fmt/format.h>

#include <map>
#include <utility>

#include "harness/base/json.h"
#include "harness/base/utf8.h"
#include "suites/score/lm_eval/python_text.h"
#include "suites/score/lm_eval/response_filters.h"
#include "suites/template/text.h"

namespace assay::suites::lm_eval {
namespace {

constexpr size_t kLettersMax = 26;  // beyond Z the reference's pattern is broken
// Work of the search for the choices' texts: characters of the reply times choices.
constexpr size_t kChoiceWorkMax = size_t{64} << 20;
constexpr size_t kChoiceMatchesMax = 1'000'000;

std::string without_punctuation(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char32_t c : to_code_points(text)) {
    if (!is_punctuation(c)) append_utf8(out, c);
  }
  return out;
}

size_t after_character(std::string_view text, size_t at) {
  char32_t point = 0;
  return at < text.size() ? at + jinja::decode_point(text, at, point) : at + 1;
}

// The matches of A|B|C, literal texts, as re.findall lists them: the first alternative that stands
// at a place wins, and an empty one matches anywhere, but not twice at one place.
std::vector<std::string_view> find_literals(std::string_view text,
                                            const std::vector<std::string>& literals) {
  std::vector<std::string_view> found;
  bool after_empty = false;
  for (size_t at = 0; at <= text.size() && found.size() < kChoiceMatchesMax;) {
    const std::string* hit = nullptr;
    for (const std::string& literal : literals) {
      if (literal.empty() && after_empty) continue;
      if (text.substr(at).starts_with(literal)) {
        hit = &literal;
        break;
      }
    }
    after_empty = hit != nullptr && hit->empty();
    if (hit == nullptr) {
      at = after_character(text, at);
      continue;
    }
    found.push_back(text.substr(at, hit->size()));
    at += hit->size();
  }
  return found;
}

// The letters of `:\s*(A|B|...)`.
std::vector<std::string_view> find_letters(std::string_view text, size_t choices) {
  std::vector<std::string_view> found;
  for (size_t colon = text.find(':');
       colon != std::string_view::npos && found.size() < kChoiceMatchesMax;) {
    const std::string_view rest = jinja::strip_left(text.substr(colon + 1));
    const size_t at = text.size() - rest.size();
    if (choices == 0) {
      found.push_back(rest.substr(0, 0));
      colon = text.find(':', at);
    } else if (!rest.empty() && rest[0] >= 'A' && static_cast<size_t>(rest[0] - 'A') < choices) {
      found.push_back(rest.substr(0, 1));
      colon = text.find(':', at + 1);
    } else {
      colon = text.find(':', at);
    }
  }
  return found;
}

// list[select] of Python; the error where there is none. An empty list gives "".
Result<std::string> select_from(const std::vector<std::string_view>& found, int64_t select) {
  if (found.empty()) return std::string();
  if (found.size() == kChoiceMatchesMax) {
    return limit_error(fmt::format("the choices occur {} times", kChoiceMatchesMax));
  }
  const auto size = static_cast<int64_t>(found.size());
  const int64_t index = select < 0 ? size + select : select;
  if (index < 0 || index >= size) {
    return input_error(
        "", fmt::format("group_select is {}, but the pattern matches {} times", select, size));
  }
  return std::string(jinja::strip(found[static_cast<size_t>(index)]));
}

struct ChoiceRules {
  bool ignore_case = false;
  bool ignore_punctuation = false;
  std::vector<PythonRegex> ignored;
};

class MultiChoiceFilter final : public ResponseFilter {
 public:
  MultiChoiceFilter(PythonRegex regex, int64_t select, Json fallback, ChoiceRules rules)
      : regex_(std::move(regex)),
        select_(select),
        fallback_(std::move(fallback)),
        rules_(std::move(rules)) {}

  [[nodiscard]] Result<Json> apply(const Json& value, const FilterDocument& doc) const override {
    if (doc.choices == nullptr) {
      return Error{
          ErrorCode::kNotFound, "multi_choice_regex needs a document with a field `choices`", {}};
    }
    if (doc.choices->size() > kLettersMax) {
      return Error{ErrorCode::kNotFound,
                   fmt::format("multi_choice_regex: {} choices, expected at most {}",
                               doc.choices->size(), kLettersMax),
                   {}};
    }
    const std::string text = value.is_string() ? value.get<std::string>() : std::string();
    ASSAY_TRY(std::string match, by_pattern(text));
    if (match.empty()) {
      ASSAY_TRY(match, by_text(text, *doc.choices));
    }
    if (match.empty()) {
      ASSAY_TRY(match, select_from(find_letters(text, doc.choices->size()), select_));
      if (!match.empty()) match = fmt::format("({})", match);
    }
    return match.empty() ? fallback_ : Json(std::move(match));
  }
  [[nodiscard]] bool needs_document() const override { return true; }

 private:
  [[nodiscard]] Result<std::string> by_pattern(const std::string& text) const {
    ASSAY_TRY(const std::optional<Selected> found, find_selected(regex_, text, select_));
    return found ? std::string(jinja::strip(found->text)) : std::string();
  }

  [[nodiscard]] Result<std::string> by_text(const std::string& text,
                                            const std::vector<std::string>& choices) const {
    std::vector<std::string> literals;
    std::map<std::string, std::string> letters;
    for (const std::string& choice : choices) {
      ASSAY_TRY(std::string literal, without_ignored(jinja::strip(choice)));
      letters[literal] = fmt::format("({})", static_cast<char>('A' + literals.size()));
      literals.push_back(std::move(literal));
    }
    if (literals.empty()) literals.emplace_back();  // an empty pattern
    ASSAY_TRY(const std::string reduced, without_ignored(text));
    if (reduced.size() * literals.size() > kChoiceWorkMax) {
      return limit_error(fmt::format("text of {} bytes is too long for {} choices", reduced.size(),
                                     literals.size()));
    }
    ASSAY_TRY(std::string match, select_from(find_literals(reduced, literals), select_));
    const auto letter = letters.find(match);
    return letter != letters.end() && !match.empty() ? letter->second : match;
  }

  [[nodiscard]] Result<std::string> without_ignored(std::string_view raw) const {
    std::string text(raw);
    for (const PythonRegex& regex : rules_.ignored) {
      std::string limit;
      text = regex.remove_all(text, limit);
      if (!limit.empty()) return limit_error(std::move(limit));
    }
    if (rules_.ignore_case) text = python_lower(text);
    return rules_.ignore_punctuation ? without_punctuation(text) : text;
  }

  PythonRegex regex_;
  int64_t select_;
  Json fallback_;
  ChoiceRules rules_;
};

}  // namespace

std::unique_ptr<ResponseFilter> make_multi_choice_regex_filter(ConfigReader& read) {
  std::optional<PythonRegex> regex = read_pattern(read, "regex_pattern", R"(#### (\-?[0-9\.\,]+))");
  const int64_t select = read.integer("group_select", 0, -1'000'000, 1'000'000);
  const Json* fallback = read.raw("fallback");
  ChoiceRules rules;
  rules.ignore_case = read.flag("ignore_case", false);
  rules.ignore_punctuation = read.flag("ignore_punctuation", false);
  if (auto ignored = read_ignored(read)) rules.ignored = std::move(*ignored);
  if (!regex) return nullptr;
  return std::make_unique<MultiChoiceFilter>(std::move(*regex), select,
                                             fallback != nullptr ? *fallback : Json("[invalid]"),
                                             std::move(rules));
}

}  // namespace assay::suites::lm_eval
