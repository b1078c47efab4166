#include "suites/score/math/normalize.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "harness/base/check.h"
#include "suites/extract/pattern.h"
#include "suites/score/math/text_tools.h"

namespace assay::suites::math {
namespace {

using Replacer = std::function<std::string(const Pattern::Match&)>;

Pattern made(std::string_view source) {
  auto pattern = Pattern::compile(source);
  ASSAY_CHECK(pattern.has_value(), "pattern `{}`: {}", source, pattern.error().message);
  return std::move(pattern).value();
}

std::string substitute(const Pattern& pattern, const std::string& text, const Replacer& replacer,
                       std::string& limit) {
  std::string out;
  size_t from = 0;
  while (from <= text.size()) {
    const Pattern::Match match = pattern.find(text, from);
    if (match.found == Pattern::Found::kLimit) limit = match.reason;
    if (match.found != Pattern::Found::kYes) break;
    out.append(text, from, match.begin - from);
    out += replacer(match);
    if (match.end == match.begin) {  // an empty match: one character on
      if (match.end < text.size()) out += text[match.end];
      from = match.end + 1;
    } else {
      from = match.end;
    }
  }
  if (from < text.size()) out.append(text, from);
  return out;
}

std::string group_text(const Pattern::Match& match, size_t group) {
  return std::string(match.group(group));
}

// The words that are taken for units at the end of an answer; a plural ending may follow. The list
// and its order are the reference's, slips included ("integerpoint", "o", "ab"): which word is
// dropped decides verdicts.
constexpr std::string_view kUnitWords =
    "integerpoint|feet|sue|digit|pound|meal|edge|student|children ticket|multiple|east|degree|mph|"
    "kmph|ft|m square| m east|sq m|deg|mile|q .|monkey|prime|ratio|profit of rs|rd|o|gm|p . m|lb|"
    "tile|per|dm|lt|gain|ab|way|west|a .|b .|c .|d .|e .|f .|g .|h .|t|h|no change|men|soldier|"
    "pie|bc|excess|st|inches|noon|cent|by|gal|kmh|c|acre|rise|a . m|th|π r 2|sq|mark|l|toy|coin|"
    "sq . m|gallon|° f|profit|minw|yr|women|am|pm|hr|cu cm|square|v â € ™|are|rupee|rounds|cubic|"
    "cc|mtr|s|ohm|number|kmph|day|hour|minute|min|second|man|woman|sec|cube|mt|sq inch|mp|∏ cm ³|"
    "hectare|more|sec|unit|cu . m|cm 2|rs .|rs|kg|g|month|km|m|cm|mm|apple|liter|loss|yard|pure|"
    "year|increase|decrease|d|less|Surface|litre|pi sq m|s .|metre|meter|inch";

struct Words {
  Pattern pattern;
  std::vector<std::string> replacements;  // by the number of the group that took part
};

// One pass over all the wordings, the earlier of two that fit at a place first.
Words make_words() {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 20> kRows{{
      {R"(\\math(?:rm|it|bf))", "\\text"},
      {R"(\\text(?:normal|bf|it|rm))", "\\text"},
      {R"(\\(?:d|t|c)frac)", "\\frac"},
      {R"(\s\.)", " 0."},
      {R"(\{\.)", "{0."},
      {R"(~=)", "\\approx"},
      {R"(\s*\{\s*,\s*\})", ","},
      {R"((?<![a-zA-Z]),?\s*(?:and|or)(?![a-zA-Z]))", ","},
      {R"(,?\s*\\text\{\s*(?:and|or)\s*\})", ","},
      {R"((?<!\\)\\\s)", " "},
      {R"(infinity)", "\\infty"},
      {R"(,?\\ldots)", " "},
      {R"(\s*\bpercentage\b)", "%"},
      {R"(\s*\bpercent\b)", "%"},
      {R"(\s*\bpct\b)", "%"},
      {R"(\\text\{percent\})", "%"},
      {R"(\\text\{pct\})", "%"},
      {R"(\\text\{percentage\})", "%"},
      {R"((?<!\\)inf(?!inity))", "\\infty"},
      {R"( sqrt)", "\\sqrt"},
  }};
  std::string source;
  std::vector<std::string> replacements{""};
  for (const auto& [pattern, replacement] : kRows) {
    source += (source.empty() ? "(" : "|(") + std::string(pattern) + ")";
    replacements.emplace_back(replacement);
  }
  return {made(source), std::move(replacements)};
}

struct Rule {
  Pattern pattern;
  Replacer replacer;
};

Replacer braces_of(std::string before, size_t first, size_t second) {
  return [before = std::move(before), first, second](const Pattern::Match& match) {
    std::string out = before + "{" + group_text(match, first) + "}";
    return second == 0 ? out : out + "{" + group_text(match, second) + "}";
  };
}

struct Rules {
  Pattern left =
      made(R"(\\m?left(\\\{|\{|\\\||\||\[|\(|\\rbracl|\\lgroup|\\lbrace|\\lbrack|\\vert|)"
           R"(\\lvert|\\lceil|\\lfloor|\\langle|\\llcorner|\\ulcorner))");
  Pattern right =
      made(R"(\\m?right(\\\}|\}|\\\||\||\]|\)|\\rbrack|\\rgroup|\\rbrace|\\vert|\\rvert|)"
           R"(\\rceil|\\rfloor|\\rangle|\\lrcorner|\\urcorner))");
  Pattern permutation = made(R"(\(([a-zA-Z0-9+\-*/\\ ]+?)\)_\{([a-zA-Z0-9+\-*/\\ ]+?)\})");
  Pattern removed = made(R"(\\mathrm\{th\}|\\!\s*|\\text\s*\{\s*\}|\\\$|\$|(?<!\\)["']|)"
                         R"(\\displaystyle)");
  Words words = make_words();
  Pattern doubled = made(R"(\\\\(?=[a-zA-Z]))");
  Pattern unit_text = made(R"((\\(?:text|mbox)\{.*?\})(\^\d|\{\^\d\})?$)");
  Pattern unit_word =
      made(R"((\d|\}|\s)\s*(?:(?:)" + std::string(kUnitWords) + R"()(?:s|es)?)\s*$)");
  std::vector<Rule> malformed;

  Rules() {
    malformed.push_back({made(R"(\^\s?\((.*?)\))"), braces_of("^", 1, 0)});
    malformed.push_back({made(R"(sqrt\s?\((.*?)\))"), braces_of("\\sqrt", 1, 0)});
    malformed.push_back({made(R"(\\frac\s?(\d)\s?(\d+))"), braces_of("\\frac", 1, 2)});
    malformed.push_back({made(R"(\\log_\s?(\d)\s?(\d+))"), braces_of("\\log_", 1, 2)});
    malformed.push_back({made(R"(\\frac\s?\{(.*?)\}\s?(\d))"), braces_of("\\frac", 1, 2)});
    malformed.push_back({made(R"(\\frac\s?(\d)\s?\{(.*?)\})"), braces_of("\\frac", 1, 2)});
    malformed.push_back({made(R"(\\sqrt\s?(\d))"), braces_of("\\sqrt", 1, 0)});
  }
};

const Rules& rules() {
  static const Rules kRules;
  return kRules;
}

std::string basic(std::string text, std::string& limit) {
  const Rules& r = rules();
  const Replacer first = [](const Pattern::Match& match) { return group_text(match, 1); };
  const Replacer nothing = [](const Pattern::Match&) { return std::string(); };
  text = replace_all(text, "\\mathrm{T}", "T");
  text = replace_all(text, "\\mathrm{d}", "d");
  text = replace_all(text, "{\\rm d}", "d");
  text = replace_all(text, "\\left[\\begin{matrix}", "\\begin{bmatrix}");
  text = replace_all(text, "\\end{matrix}\\right]", "\\end{bmatrix}");
  text = substitute(r.left, text, first, limit);
  text = substitute(r.right, text, first, limit);
  text = substitute(
      r.permutation, text,
      [](const Pattern::Match& m) {
        const std::string n = group_text(m, 1);
        return "\\frac{" + n + "!}{((" + n + ")-(" + group_text(m, 2) + "))!}";
      },
      limit);
  text = substitute(r.removed, text, nothing, limit);
  text = substitute(
      r.words.pattern, text,
      [&](const Pattern::Match& match) {
        for (size_t group = 1; group < match.groups.size(); ++group) {
          if (match.groups[group].data() != nullptr && !match.groups[group].empty()) {
            return r.words.replacements[group];
          }
        }
        return std::string();
      },
      limit);
  std::replace(text.begin(), text.end(), '\n', ' ');
  std::replace(text.begin(), text.end(), '\t', ' ');
  if (text.find("matrix") == std::string::npos) {
    text = substitute(
        r.doubled, text, [](const Pattern::Match&) { return std::string("\\"); }, limit);
  }
  return text;
}

std::string without_units(std::string text, std::string& limit) {
  const Rules& r = rules();
  std::string shorter(stripped(substitute(
      r.unit_text, text, [](const Pattern::Match&) { return std::string(); }, limit)));
  if (!shorter.empty()) text = std::move(shorter);
  for (int i = 0; i < 2; ++i) {
    shorter = substitute(
        r.unit_word, text, [](const Pattern::Match& m) { return group_text(m, 1); }, limit);
    if (!shorter.empty()) text = std::move(shorter);
  }
  return text;
}

std::string with_braces(std::string text, std::string& limit) {
  for (const Rule& rule : rules().malformed) {
    text = substitute(rule.pattern, text, rule.replacer, limit);
  }
  text = replace_all(text, " sqrt", "\\sqrt");
  text = fix_sqrt(text, Repairs::kLenient).value_or(text);
  text = fix_fracs(text, Repairs::kLenient).value_or(text);
  return fix_a_slash_b(text).value_or(text);
}

// The place of the brace that closes the one at `open`, before `end`.
size_t closing_brace(std::string_view text, size_t open, size_t end) {
  size_t depth = 1;
  for (size_t i = open + 1; i < end; ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return i;
  }
  return std::string_view::npos;
}

bool has_separator(std::string_view between) {
  if (between.find_first_of(",;") != std::string_view::npos) return true;
  for (const std::string_view word : {"and", "or"}) {
    for (size_t at = between.find(word); at != std::string_view::npos;
         at = between.find(word, at + 1)) {
      const size_t end = at + word.size();
      const bool free_before = at == 0 || !is_word_byte(between[at - 1]);
      if (free_before && (end == between.size() || !is_word_byte(between[end]))) return true;
    }
  }
  return false;
}

// Whether a box belongs to the one after it: close by, or within reach with a separator between.
bool belongs(std::string_view between, std::string_view content, std::string_view next) {
  const size_t length = code_point_count(between);
  if (length < 10) return true;
  return next != content && length < 70 && has_separator(between);
}

}  // namespace

std::string boxed_content(std::string_view text, Boxes boxes) {
  std::vector<std::string> found;  // from the right
  size_t before = text.size();     // where the search to the left starts
  size_t end = text.size();
  size_t next_start = std::string_view::npos;
  for (;;) {
    const std::string_view head = text.substr(0, before);
    const size_t boxed = head.rfind("\\boxed");
    const size_t framed = head.rfind("\\fbox");
    const bool is_boxed =
        framed == std::string_view::npos || (boxed != std::string_view::npos && boxed > framed);
    const size_t start = is_boxed ? boxed : framed;
    if (start == std::string_view::npos) break;
    size_t open = start + (is_boxed ? 6 : 5);
    while (open < end && is_space(text[open])) ++open;
    if (open >= end) break;
    const size_t close =
        text[open] == '{' ? closing_brace(text, open, end) : std::string_view::npos;
    if (close == std::string_view::npos) {
      if (found.empty()) found.emplace_back(text.substr(open));
      break;
    }
    std::string content(stripped(text.substr(open + 1, close - open - 1)));
    if (boxes == Boxes::kLast && next_start != std::string_view::npos &&
        !belongs(text.substr(close + 1, next_start - close - 1), content,
                 found.empty() ? "" : found.back())) {
      break;
    }
    if (found.empty() || found.back() != content) found.push_back(std::move(content));
    next_start = end = before = start;
  }
  if (found.empty()) return std::string(text);
  std::string joined;
  for (auto it = found.rbegin(); it != found.rend(); ++it) {
    joined += (it == found.rbegin() ? "" : ",") + *it;
  }
  return joined;
}

std::string normalize_latex(std::string_view text, Boxes boxes, std::string& limit) {
  std::string out = basic(boxed_content(text, boxes), limit);
  out = without_units(std::move(out), limit);
  if (!out.empty() && out.front() == '.') out.insert(0, "0");
  if (out == "0.5") out = "\\frac{1}{2}";
  return std::string(stripped(with_braces(std::move(out), limit)));
}

}  // namespace assay::suites::math
