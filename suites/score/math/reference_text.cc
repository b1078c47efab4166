#include "suites/score/math/reference_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "suites/score/math/text_tools.h"

namespace assay::suites::math {
namespace {

constexpr size_t kNone = std::string_view::npos;

size_t count_of(std::string_view text, char c) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), c));
}

// "10 \text{ units}": "10 ". Two such texts make the original's assertion fail.
std::optional<std::string> without_right_units(std::string_view text) {
  constexpr std::string_view kUnits = "\\text{ ";
  const size_t at = text.find(kUnits);
  if (at == kNone) return std::string(text);
  if (text.find(kUnits, at + kUnits.size()) != kNone) return {};
  return std::string(text.substr(0, at));
}

enum class Slash { kKeepsWords, kFailsOnWords };

std::optional<std::string> strip(std::string_view input, Slash slash) {
  std::string text = replace_all(input, "\n", "");
  constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kFirst{{{"\\!", ""},
                                                                                 {"\\\\", "\\"},
                                                                                 {"tfrac", "frac"},
                                                                                 {"dfrac", "frac"},
                                                                                 {"\\left", ""},
                                                                                 {"\\right", ""},
                                                                                 {"^{\\circ}", ""},
                                                                                 {"^\\circ", ""},
                                                                                 {"\\$", ""}}};
  for (const auto& [from, to] : kFirst) text = replace_all(text, from, to);
  std::optional<std::string> kept = without_right_units(text);
  if (!kept) return {};
  text = replace_all(*kept, "\\%", "");
  if (slash == Slash::kKeepsWords) text = replace_all(text, "%", "");
  text = replace_all(text, " .", " 0.");
  text = replace_all(text, "{.", "{0.");
  if (text.empty()) return text;
  if (text.front() == '.') text.insert(0, "0");
  // "k = 5": "5", for names of at most two characters with their space.
  if (count_of(text, '=') == 1) {
    const size_t equal = text.find('=');
    if (code_point_count(std::string_view(text).substr(0, equal)) <= 2) text.erase(0, equal + 1);
  }
  std::optional<std::string> fixed = fix_sqrt(text, Repairs::kStrict);
  if (!fixed) return {};
  fixed = fix_fracs(replace_all(*fixed, " ", ""), Repairs::kStrict);
  if (!fixed) return {};
  text = *fixed == "0.5" ? "\\frac{1}{2}" : *fixed;
  fixed = fix_a_slash_b(text);
  if (!fixed && slash == Slash::kFailsOnWords) return {};
  return fixed ? fixed : text;
}

bool equal_by(std::optional<std::string> (*strip_one)(std::string_view), std::string_view a,
              std::string_view b) {
  const auto x = strip_one(a);
  const auto y = x ? strip_one(b) : std::nullopt;
  return y ? *x == *y : a == b;
}

// --- minerva

// Replaces each \command{inside} whose inside has no line feed and ends at the first brace.
std::string opened(std::string_view text, std::string_view command) {
  std::string out;
  size_t start = 0;
  for (size_t at = text.find(command); at != kNone; at = text.find(command, at)) {
    const size_t open = at + command.size();
    const size_t close = text.find_first_of("}\n", open);
    if (close == kNone) break;
    if (text[close] == '\n') {
      at = open;
      continue;
    }
    out.append(text, start, at - start);
    out += text.substr(open, close - open);
    at = start = close + 1;
  }
  out.append(text, start);
  return out;
}

// \boxed{inside} up to the last brace of the line.
std::string opened_box(std::string_view text) {
  constexpr std::string_view kBoxed = "\\boxed{";
  std::string out;
  size_t start = 0;
  size_t line_end = 0;
  size_t close = kNone;  // the last brace of the line
  for (size_t at = text.find(kBoxed); at != kNone; at = text.find(kBoxed, at)) {
    const size_t open = at + kBoxed.size();
    if (at >= line_end) {
      line_end = std::min(text.find('\n', open), text.size());
      close = text.substr(0, line_end).rfind('}');
    }
    if (close == kNone || close < open) {
      at = open;
      continue;
    }
    out.append(text, start, at - start);
    out += text.substr(open, close - open);
    at = start = close + 1;
  }
  out.append(text, start);
  return out;
}

// On each line: only the first formula, "$...$"; lines without one as they are.
std::string first_formulas(std::string_view text) {
  std::string out;
  size_t start = 0;
  while (start <= text.size()) {
    const size_t line_end = std::min(text.find('\n', start), text.size());
    const std::string_view line = text.substr(start, line_end - start);
    const size_t open = line.find('$');
    const size_t close = open == kNone ? kNone : line.find('$', open + 1);
    if (close == kNone) {
      out += line;
    } else {
      out += line.substr(open, close - open + 1);
    }
    if (line_end == text.size()) break;
    out += '\n';
    start = line_end + 1;
  }
  return out;
}

// frac + one character that is no brace + one character: braces around both.
std::string braced_fracs(std::string_view text) {
  constexpr std::string_view kFrac = "frac";
  std::string out;
  size_t at = 0;
  while (at < text.size()) {
    const size_t a = at + kFrac.size();
    if (text.substr(at, kFrac.size()) != kFrac || a >= text.size() || text[a] == '{') {
      out += text[at++];
      continue;
    }
    const size_t b = a + character_bytes(text, a);
    if (b >= text.size() || text[b] == '\n') {
      out += text[at++];
      continue;
    }
    const size_t end = b + character_bytes(text, b);
    out += "frac{" + std::string(text.substr(a, b - a)) + "}{" +
           std::string(text.substr(b, end - b)) + "}";
    at = end;
  }
  return out;
}

std::string braced_sqrts(std::string_view text) {
  constexpr std::string_view kSqrt = "sqrt";
  std::string out;
  size_t at = 0;
  while (at < text.size()) {
    const size_t a = at + kSqrt.size();
    if (text.substr(at, kSqrt.size()) != kSqrt || a >= text.size() || text[a] == '{') {
      out += text[at++];
      continue;
    }
    const size_t end = a + character_bytes(text, a);
    out += "sqrt{" + std::string(text.substr(a, end - a)) + "}";
    at = end;
  }
  return out;
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kSubstitutions{
    {{"an ", ""},
     {"a ", ""},
     {".$", "$"},
     {"\\$", ""},
     {"\\ ", ""},
     {" ", ""},
     {"mbox", "text"},
     {",\\text{and}", ","},
     {"\\text{and}", ","},
     {"\\text{m}", "\\text{}"}}};

constexpr std::array<std::string_view, 40> kRemoved{
    "square",          "ways",       "integers",   "dollars",   "mph",
    "inches",          "ft",         "hours",      "km",        "units",
    "\\ldots",         "sue",        "points",     "feet",      "minutes",
    "digits",          "cents",      "degrees",    "cm",        "gm",
    "pounds",          "meters",     "meals",      "edges",     "students",
    "childrentickets", "multiples",  "\\text{s}",  "\\text{.}", "\\text{\ns}",
    "\\text{}^2",      "\\text{}^3", "\\text{\n}", "\\text{}",  "\\mathrm{th}",
    "^\\circ",         "^{\\circ}",  "\\;",        ",\\!",      "{,}"};

}  // namespace

std::optional<std::string> strip_hendrycks(std::string_view text) {
  return strip(text, Slash::kKeepsWords);
}

bool hendrycks_equal(std::string_view a, std::string_view b) {
  return equal_by(strip_hendrycks, a, b);
}

std::optional<std::string> strip_lm_eval_hendrycks(std::string_view text) {
  return strip(text, Slash::kFailsOnWords);
}

bool lm_eval_hendrycks_equal(std::string_view a, std::string_view b) {
  return equal_by(strip_lm_eval_hendrycks, a, b);
}

std::string lm_eval_hendrycks_answer(std::string_view reply) {
  const size_t first = reply.find('$');
  const size_t last = reply.rfind('$');
  if (first == kNone || first == last) return std::string(reply);
  return std::string(reply.substr(first + 1, last - first - 1));
}

std::optional<std::string> last_boxed_only_string(std::string_view text) {
  constexpr std::string_view kSpaced = "\\boxed ";
  if (const size_t at = text.rfind(kSpaced); at != kNone) {
    const std::string_view rest = text.substr(at + kSpaced.size());
    return std::string(kSpaced) + std::string(rest.substr(0, rest.find('$')));
  }
  size_t start = text.rfind("\\boxed");
  if (start == kNone) start = text.rfind("\\fbox");
  if (start == kNone) return {};
  int64_t depth = 0;
  for (size_t i = start; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) return std::string(text.substr(start, i + 1 - start));
  }
  return {};
}

std::optional<std::string> remove_boxed(std::string_view text) {
  constexpr std::string_view kSpaced = "\\boxed ";
  if (text.find(kSpaced) != kNone) {
    if (text.substr(0, kSpaced.size()) != kSpaced) return {};
    return std::string(text.substr(kSpaced.size()));
  }
  constexpr std::string_view kBraced = "\\boxed{";
  if (text.substr(0, kBraced.size()) != kBraced || text.back() != '}') return {};
  return std::string(text.substr(kBraced.size(), text.size() - kBraced.size() - 1));
}

// The original's pattern has an open dot before "I hope": any character but a line feed.
std::string minerva_final_answer(std::string_view reply) {
  constexpr std::string_view kBegin = "Final Answer: The final answer is";
  constexpr std::string_view kEnd = " I hope it is correct";
  const std::string text = std::string(reply) + "I hope it is correct.";
  for (size_t at = text.find(kBegin); at != kNone; at = text.find(kBegin, at + 1)) {
    const size_t start = at + kBegin.size();
    const size_t line_end = std::min(text.find('\n', start), text.size());
    const std::string_view line = std::string_view(text).substr(start, line_end - start);
    for (size_t end = line.find(kEnd); end != kNone; end = line.find(kEnd, end + 1)) {
      // A character before the phrase, and one after it.
      if (end == 0 || end + kEnd.size() >= line.size()) continue;
      size_t cut = end - 1;
      while (cut > 0 && (static_cast<unsigned char>(line[cut]) & 0xC0U) == 0x80U) --cut;
      return std::string(stripped(line.substr(0, cut)));
    }
  }
  return std::string(kInvalidAnswer);
}

std::string normalize_minerva(std::string_view input) {
  const size_t equal = input.rfind('=');
  std::string text(equal == kNone ? input : input.substr(equal + 1));
  for (const auto& [from, to] : kSubstitutions) text = replace_all(text, from, to);
  for (const std::string_view word : kRemoved) text = replace_all(text, word, "");
  text = replace_all(replace_all(text, "\"", ""), "\\dots", "");
  text = first_formulas(text);
  for (const std::string_view command : {"\\text{", "\\textbf{", "\\overline{"}) {
    text = opened(text, command);
  }
  text = braced_sqrts(braced_fracs(opened_box(text)));
  text = replace_all(text, "$", "");
  const std::string digits = replace_all(text, ",", "");
  const bool number = !digits.empty() && std::all_of(digits.begin(), digits.end(),
                                                     [](char c) { return c >= '0' && c <= '9'; });
  return number ? digits : text;
}

}  // namespace assay::suites::math
