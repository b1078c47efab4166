#include "suites/score/math/answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "harness/base/check.h"
#include "suites/extract/pattern.h"
#include "suites/score/math/latex_parser.h"
#include "suites/score/math/normalize.h"
#include "suites/score/math/plain_parser.h"
#include "suites/score/math/text_tools.h"

namespace assay::suites::math {
namespace {

constexpr int kFormulasMax = 6;  // joined by "and", "or" or commas
constexpr size_t kEnvironments = 6;

// --- the places, as patterns

struct Place {
  Pattern pattern;
  int weight = 0;  // the least first
  bool formula = false;
  bool bare_box = false;  // a box outside of a formula
};

Pattern made(const std::string& source, bool dot_all) {
  auto pattern = Pattern::compile(source, {.dot_all = dot_all});
  ASSAY_CHECK(pattern.has_value(), "pattern `{}`: {}", source, pattern.error().message);
  return std::move(pattern).value();
}

// One formula: group `pN_K` for each way K of setting it, `pN_pct` for a percent sign after it.
std::string formula_pattern(int number, bool boxed) {
  const auto content = [boxed](const std::string& one) {
    return boxed ? fmt::format(R"({0}*?\\boxed{{{0}+?}}{0}*?)", one) : one + "+?";
  };
  std::string ways;
  const auto add = [&](int way, std::string_view before, const std::string& inside,
                       std::string_view after) {
    ways += fmt::format("{}{}(?P<p{}_{}>{}){}", ways.empty() ? "" : "|", before, number, way,
                        inside, after);
  };
  add(0, R"((?<!\\)\$\$)", content(R"((?:[^$]|\$(?!\$)))"), R"((?<!\\)\$\$)");
  add(1, R"((?<!\\)\\\[)", content(R"((?:[^\\]|\\(?!\])))"), R"((?<!\\)\\\])");
  add(2, R"((?<!\\|\d)\$)", content(R"((?:\\[$]|[^\n$]))"), R"((?<!\\)\$)");
  add(3, R"((?<!\\)\\\()", content(R"((?:[^\\\n]|\\(?!\))))"), R"((?<!\\)\\\))");
  add(4, R"(\s\[)", content(R"([^\n\]\[])"), R"(\]\s)");
  if (!boxed) {
    constexpr std::string_view kNumber = R"(-?\d+(?:[.,]\d+)?)";
    add(5, "", fmt::format(R"(-?\\frac{{{0}}}{{{0}}})", kNumber), "");
  }
  return fmt::format(R"((?:(?:{})\s*(?P<p{}_pct>(?:\\?%|[Pp]ercent|[Pp]ercentage|[Pp]ct))?))", ways,
                     number);
}

std::string formulas_pattern(bool boxed) {
  std::string all = formula_pattern(0, boxed);
  for (int i = 1; i < kFormulasMax; ++i) {
    all += fmt::format(R"({}(?:\s*(?:,?and|,?or|,)\s*{})?)", boxed ? R"(\s*)" : "",
                       formula_pattern(i, boxed));
  }
  return all;
}

// A number or arithmetic, after white space, "=" or the beginning of the text.
struct PlainPatterns {
  std::string arithmetic;
  std::string number;
};

PlainPatterns plain_patterns() {
  constexpr std::string_view kBefore = R"((?:^|\s|=)(?:\*\*)?)";
  constexpr std::string_view kOperators = R"(+\-*×/^()÷)";
  constexpr std::string_view kCurrency =
      "$€£¥₹₽₪₩₫฿₡₢₣₤₥₦₧₨₭₮₯₰₱₲₳₴₵₶₷₸₺₻₼₾"
      "₿";
  const std::string any = fmt::format(R"([\d.\s{}])", kOperators);
  const std::string arithmetic =
      fmt::format(R"((?P<expr>-?\(?-?\d{0}*[{1}]{0}+\)?))", any, kOperators);
  const std::string number =
      R"((?<!\d)(?:(?P<integer1>-?[1-9]\d{0,2}(?:[ ,]\d{3})+)(?P<decimal1>\.\d+)?|)"
      R"((?P<integer2>-?\d+)(?P<decimal2>[.,]\d+)|(?P<decimal3>\.\d+)|(?P<integer3>-?\d+)))"
      R"((?P<percent>\s*(?:%|[Pp]ercent|\s*[Pp]ercentage|\s*[Pp]ct))?)";
  return {fmt::format(R"((?:{}{}(?:\*\*)?(?:\.|,|:|\s|\)|\$|$)))", kBefore, arithmetic),
          fmt::format(R"((?:{}[{}]?{}))", kBefore, kCurrency, number)};
}

std::vector<Place> formula_places(int boxes) {
  std::vector<Place> places;
  const auto add = [&](const std::string& source, int weight, bool bare_box = false) {
    places.push_back({made(source, true), weight, true, bare_box});
  };
  const std::string formulas = formulas_pattern(false);
  add(R"((?i:final answer is):?\s*)" + formulas + R"(\.?\s?I hope)", 0);
  add(R"((?i:final answer.{0,100}?)\s+is:?\s*)" + formulas, 50);
  add(R"((?i:answer):.{0,50}?)" + formulas, 100);
  add(R"((?i:answer).{0,50}?)" + formulas, 200);
  add(formulas, 300);
  add(formulas_pattern(true), boxes);
  add(R"((?P<p0_0>\\boxed{.+}))", boxes, true);
  return places;
}

std::vector<Place> plain_places() {
  std::vector<Place> places;
  const auto add = [&](const std::string& source, int weight) {
    places.push_back({made(source, false), weight, false, false});
  };
  const PlainPatterns plain = plain_patterns();
  const std::string either = "(?:" + plain.arithmetic + "|" + plain.number + ")";
  add(R"((?i:final answer is):?\s*)" + either + R"(\.?\s?I hope)", 0);
  add(R"((?i:final answer.{0,100}?)\s+is:?)" + either, 50);
  const std::string after = R"((?:.{0,100}=\s*|.{0,50}?))" + either + R"((?!\s*=))";
  add(R"((?i:answer):)" + after, 100);
  add(R"((?i:answer))" + after, 200);
  add(plain.arithmetic, 300);
  add(plain.number, 300);
  return places;
}

// Formulas first: of two places that end and begin alike, that of the formula counts.
std::vector<const Place*> places_of(const AnswerOptions& options) {
  static const std::vector<Place> kFormulas = formula_places(50);
  static const std::vector<Place> kFormulasBoxesFirst = formula_places(0);
  static const std::vector<Place> kPlain = plain_places();
  std::vector<const Place*> places;
  if (options.latex) {
    for (const Place& p : options.boxes_first ? kFormulasBoxesFirst : kFormulas) {
      places.push_back(&p);
    }
  }
  if (options.plain) {
    for (const Place& p : kPlain) places.push_back(&p);
  }
  std::stable_sort(places.begin(), places.end(),
                   [](const Place* a, const Place* b) { return a->weight < b->weight; });
  return places;
}

// --- reading what was found

struct Found {
  const Place* place;
  Pattern::Match match;
};

struct Reading {
  const Node* tree = nullptr;
  std::string text;
  std::string limit;
};

std::string_view named_group(const Found& found, const std::string& name) {
  const size_t number = found.place->pattern.group_number(name);
  return number == 0 ? std::string_view() : found.match.group(number);
}

// a = b = c without lists: c.
std::string_view last_side(std::string_view latex) {
  if (latex.find_first_of(",;") != std::string_view::npos) return latex;
  size_t signs = 0;
  size_t last = 0;
  for (size_t at = latex.find('='); at != std::string_view::npos; at = latex.find('=', at + 1)) {
    constexpr std::string_view kNot = "\\<!>";
    if (at > 0 && kNot.find(latex[at - 1]) != std::string_view::npos) continue;
    ++signs;
    last = at;
  }
  return signs > 1 ? latex.substr(last + 1) : latex;
}

LatexResult read_latex(std::string_view latex, Arena& arena) {
  LatexResult result = parse_latex(latex, arena);
  if (result.node != nullptr || !result.limit.empty()) return result;
  const std::string_view side = last_side(latex);
  return side.size() == latex.size() ? result : parse_latex(side, arena);
}

Reading read_formulas(const Found& found, Arena& arena) {
  std::vector<const Node*> trees;
  std::vector<std::string> texts;
  Reading reading;
  for (int i = 0; i < kFormulasMax; ++i) {
    std::string_view latex;
    for (size_t way = 0; way < kEnvironments && latex.empty(); ++way) {
      latex = named_group(found, fmt::format("p{}_{}", i, way));
    }
    if (latex.empty()) continue;
    const Boxes boxes = found.place->bare_box ? Boxes::kLast : Boxes::kAll;
    texts.push_back(normalize_latex(latex, boxes, reading.limit));
    LatexResult read = read_latex(texts.back(), arena);
    if (reading.limit.empty()) reading.limit = std::move(read.limit);
    const Node* tree = read.node;
    if (tree != nullptr && !named_group(found, fmt::format("p{}_pct", i)).empty()) {
      tree = arena.percent(tree);
    }
    trees.push_back(tree);
  }
  if (trees.empty()) return reading;
  const bool all =
      std::none_of(trees.begin(), trees.end(), [](const Node* tree) { return tree == nullptr; });
  reading.tree = trees.front();
  reading.text = texts.front();
  if (trees.size() == 1 || !all) return reading;
  std::vector<const Node*> members;
  for (const Node* tree : trees) {
    if (tree->kind == Kind::kFiniteSet) {
      members.insert(members.end(), tree->args.begin(), tree->args.end());
    } else {
      members.push_back(tree);
    }
  }
  reading.tree = arena.make(Kind::kFiniteSet, std::move(members));
  reading.text = fmt::format("{}", fmt::join(texts, " and "));
  return reading;
}

Reading read_plain(const Found& found, Arena& arena) {
  std::string integer;
  std::string decimal;
  for (const char* name : {"integer1", "integer2", "integer3"}) {
    if (integer.empty()) integer = named_group(found, name);
  }
  for (const char* name : {"decimal1", "decimal2", "decimal3"}) {
    if (decimal.empty()) decimal = named_group(found, name);
  }
  if (integer.empty() && decimal.empty()) {
    const std::string text(named_group(found, "expr"));
    if (text.empty()) return {};
    return {parse_plain(text, arena), text, {}};
  }
  std::erase_if(integer, [](char c) { return c == ',' || c == ' '; });
  integer.erase(0, std::min(integer.find_first_not_of('0'), integer.size()));
  if (integer.empty()) integer = "0";
  std::replace(decimal.begin(), decimal.end(), ',', '.');
  Reading reading;
  reading.text = integer + decimal;
  const std::optional<Rational> value = decimal_value(reading.text);
  if (!value) return {nullptr, reading.text, "a number with too many digits"};
  reading.tree = arena.number(*value, !decimal.empty());
  if (!named_group(found, "percent").empty()) reading.tree = arena.percent(reading.tree);
  return reading;
}

// All matches of the places of one weight, the rightmost first.
std::vector<Found> matches(const std::vector<const Place*>& places, std::string_view reply,
                           std::string& limit) {
  std::vector<Found> all;
  for (const Place* place : places) {
    for (size_t from = 0; from <= reply.size();) {
      Pattern::Match match = place->pattern.find(reply, from);
      if (match.found == Pattern::Found::kLimit) limit = match.reason;
      if (match.found != Pattern::Found::kYes) break;
      if (all.size() >= kPlacesMax) all.erase(all.begin(), all.begin() + kPlacesMax / 2);
      from = match.end > match.begin ? match.end : match.end + 1;
      all.push_back({place, std::move(match)});
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const Found& a, const Found& b) {
    if (a.match.end != b.match.end) return a.match.end > b.match.end;
    return a.match.begin < b.match.begin;
  });
  return all;
}

std::string_view tail_of(std::string_view reply) {
  if (reply.size() <= kReplyBytesMax) return reply;
  size_t start = reply.size() - kReplyBytesMax;
  while (start < reply.size() && (static_cast<unsigned char>(reply[start]) & 0xC0U) == 0x80U) {
    ++start;
  }
  return reply.substr(start);
}

}  // namespace

Answers extract_math_answers(std::string_view reply, const AnswerOptions& options, Arena& arena) {
  reply = tail_of(reply);
  Answers answers;
  const std::vector<const Place*> places = places_of(options);
  for (size_t i = 0; i < places.size() && answers.tree == nullptr;) {
    std::vector<const Place*> same;
    const int weight = places[i]->weight;
    for (; i < places.size() && places[i]->weight == weight; ++i) same.push_back(places[i]);
    for (const Found& found : matches(same, reply, answers.limit)) {
      Reading reading =
          found.place->formula ? read_formulas(found, arena) : read_plain(found, arena);
      if (!reading.limit.empty()) answers.limit = std::move(reading.limit);
      if (!reading.text.empty() && !answers.text) answers.text = std::move(reading.text);
      answers.tree = reading.tree;
      if (answers.tree != nullptr || !answers.limit.empty()) break;
    }
    if (!answers.limit.empty()) break;
  }
  return answers;
}

}  // namespace assay::suites::math
