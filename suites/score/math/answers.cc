#include "suites/score/math/answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "harness/base/check.h"
#include "suites/extract/pattern.h"
#include "suites/score/math/formula_scanner.h"
#include "suites/score/math/latex_parser.h"
#include "suites/score/math/normalize.h"
#include "suites/score/math/plain_parser.h"
#include "suites/score/math/text_tools.h"

namespace assay::suites::math {
namespace {

// Weights of places, the least first.
constexpr int kFinalAnswerIs = 0;
constexpr int kFinalAnswer = 50;
constexpr int kAnswerColon = 100;
constexpr int kAnswer = 200;
constexpr int kAnywhere = 300;

// --- the places

struct Place {
  Pattern pattern;
  int weight = 0;
  std::string_view word = {};  // without it (in small letters) in the reply there is no such place
};

Pattern made(const std::string& source) {
  auto pattern = Pattern::compile(source);
  ASSAY_CHECK(pattern.has_value(), "pattern `{}`: {}", source, pattern.error().message);
  return std::move(pattern).value();
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
      "$€£¥₹₽₪₩₫฿₡₢₣₤₥₦₧₨₭₮₯₰₱₲₳₴₵₶₷₸₺₻"
      "₼"
      "₾"
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

std::vector<Place> plain_places() {
  std::vector<Place> places;
  const auto add = [&](const std::string& source, int weight, std::string_view word = {}) {
    places.push_back({made(source), weight, word});
  };
  const PlainPatterns patterns = plain_patterns();
  const std::string either = "(?:" + patterns.arithmetic + "|" + patterns.number + ")";
  add(R"((?i:final answer is):?\s*)" + either + R"(\.?\s?I hope)", kFinalAnswerIs,
      "final answer is");
  add(R"((?i:final answer.{0,100}?)\s+is:?)" + either, kFinalAnswer, "final answer");
  const std::string after = R"((?:.{0,100}=\s*|.{0,50}?))" + either + R"((?!\s*=))";
  add(R"((?i:answer):)" + after, kAnswerColon, "answer:");
  add(R"((?i:answer))" + after, kAnswer, "answer");
  add(patterns.arithmetic, kAnywhere);
  add(patterns.number, kAnywhere);
  return places;
}

const std::vector<Place>& plain() {
  static const std::vector<Place> kPlaces = plain_places();
  return kPlaces;
}

// One place where an answer may stand: formulas, or a match of a plain place.
struct Found {
  size_t begin = 0;
  size_t end = 0;
  std::vector<Formula> formulas;
  bool bare_box = false;
  const Place* place = nullptr;
  Pattern::Match match = {};
};

// --- reading what was found

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
  for (const Formula& formula : found.formulas) {
    const Boxes boxes = found.bare_box ? Boxes::kLast : Boxes::kAll;
    texts.push_back(normalize_latex(formula.inside, boxes, reading.limit));
    LatexResult read = read_latex(texts.back(), arena);
    if (reading.limit.empty()) reading.limit = std::move(read.limit);
    const Node* tree = read.node;
    if (tree != nullptr && formula.percent) tree = arena.percent(tree);
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

// The longest stretches of figures and signs, times the places in them where arithmetic may begin:
// what its pattern costs.
size_t arithmetic_cost(std::string_view reply) {
  size_t cost = 0;
  size_t starts = 0;
  size_t length = 0;
  for (size_t i = 0; i < reply.size(); ++i) {
    constexpr std::string_view kOthers = ".+-*/^()";
    constexpr std::string_view kFirst = "0123456789-(*";
    const char c = reply[i];
    const bool blank = is_space(c) || c == '=';
    if (blank || (c >= '0' && c <= '9') || kOthers.find(c) != std::string_view::npos ||
        (static_cast<unsigned char>(c) & 0x80U) != 0) {
      ++length;
      const bool first =
          i + 1 < reply.size() && kFirst.find(reply[i + 1]) != std::string_view::npos;
      starts += blank && first ? 1 : 0;
      continue;
    }
    cost += starts * length;
    starts = length = 0;
  }
  return cost + starts * length;
}

void add_formulas(std::vector<FormulaMatch> matches, std::vector<Found>& all) {
  for (FormulaMatch& match : matches) {
    all.push_back({match.begin, match.end, std::move(match.formulas)});
  }
}

void add_plain(const Place& place, std::string_view reply, std::vector<Found>& all,
               std::string& limit) {
  size_t count = 0;
  for (size_t from = 0; from <= reply.size();) {
    Pattern::Match match = place.pattern.find(reply, from);
    if (match.found == Pattern::Found::kLimit) limit = match.reason;
    if (match.found != Pattern::Found::kYes) return;
    if (++count > kPlacesMax) limit = "more than 3,000 numbers in the reply";
    if (!limit.empty()) return;
    from = match.end > match.begin ? match.end : match.end + 1;
    all.push_back({match.begin, match.end, {}, false, &place, std::move(match)});
  }
}

// The places of one weight; formulas before numbers.
class Places {
 public:
  Places(std::string_view reply, const AnswerOptions& options)
      : reply_(reply), options_(options), scanner_(reply), small_(reply) {
    std::transform(small_.begin(), small_.end(), small_.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
  }

  // The rightmost first, of two that end alike the longer.
  std::vector<Found> of_weight(int weight, std::string& limit) const {
    std::vector<Found> all;
    if (options_.latex) formulas(weight, all);
    if (all.size() > kPlacesMax) limit = "more than 3,000 formulas in the reply";
    for (const Place& place : plain()) {
      if (!options_.plain || place.weight != weight || !limit.empty()) continue;
      if (small_.find(place.word) == std::string::npos) continue;
      if (arithmetic_cost(reply_) > kArithmeticCostMax) {
        limit = "arithmetic too long to be read";
        break;
      }
      add_plain(place, reply_, all, limit);
    }
    std::stable_sort(all.begin(), all.end(), [](const Found& a, const Found& b) {
      return a.end != b.end ? a.end > b.end : a.begin < b.begin;
    });
    return all;
  }

 private:
  void formulas(int weight, std::vector<Found>& all) const {
    if (weight == kFinalAnswerIs) add_formulas(scanner_.after_final_answer_is(), all);
    if (weight == kFinalAnswer) add_formulas(scanner_.after_final_answer(), all);
    if (weight == (options_.boxes_first ? kFinalAnswerIs : kFinalAnswer)) {
      add_formulas(scanner_.anywhere(true), all);
      if (auto box = scanner_.bare_box()) {
        all.push_back({box->begin, box->end, std::move(box->formulas), true});
      }
    }
    if (weight == kAnswerColon) add_formulas(scanner_.after_answer(true), all);
    if (weight == kAnswer) add_formulas(scanner_.after_answer(false), all);
    if (weight == kAnywhere) add_formulas(scanner_.anywhere(false), all);
  }

  std::string_view reply_;
  const AnswerOptions& options_;
  FormulaScanner scanner_;
  std::string small_;
};

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
  const Places places(reply, options);
  for (const int weight : {kFinalAnswerIs, kFinalAnswer, kAnswerColon, kAnswer, kAnywhere}) {
    for (const Found& found : places.of_weight(weight, answers.limit)) {
      Reading reading =
          found.place == nullptr ? read_formulas(found, arena) : read_plain(found, arena);
      if (!reading.limit.empty()) answers.limit = std::move(reading.limit);
      if (!reading.text.empty() && !answers.text) answers.text = std::move(reading.text);
      answers.tree = reading.tree;
      if (answers.tree != nullptr || !answers.limit.empty()) return answers;
    }
    if (!answers.limit.empty()) break;
  }
  return answers;
}

}  // namespace assay::suites::math
