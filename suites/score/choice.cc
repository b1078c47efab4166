#include "suites/score/choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <utility>

#include "harness/base/utf8.h"
#include "suites/score/common.h"
#include "suites/score/factories.h"
#include "suites/score/text_distance.h"

namespace assay::suites {
namespace {

constexpr std::array<std::string_view, 14> kKoreanLabels{"가", "나", "다", "라", "마", "바", "사",
                                                         "아", "자", "차", "카", "타", "파", "하"};
// What may follow a label in a Korean sentence.
constexpr std::array<std::string_view, 14> kAfterLabel{"번",   "입니다", "이다", "이에요", "예요",
                                                       "임",   "이며",   "이고", "이라",   "항",
                                                       "라고", "와",     "과",   "을"};
constexpr std::string_view kCue =
    R"((?i)(?:\b(?:answers?|(?:correct|best|right|final)\s+(?:choice|option))\b)"
    R"((?:\s+to\s+[^.\n]{1,80}?(?=\s(?:is|was)\b|:))?["'*_`)]*)"
    R"(\s*(?:\b(?:is|was|are|would\s+be|should\s+be|must\s+be)\b|:|=|->|→|-|\n))"
    R"(|(?:정답|(?<![가-힣])답안?)(?:은|는|이|:|=)?|\\boxed)"
    R"(|\bI\s+(?:would\s+|will\s+)?(?:choose|pick|select)\b))";
constexpr size_t kCuesMax = 1000;
constexpr std::array<std::string_view, 8> kAfterSubject{" is ",  " was ", " isn't ", " are ",
                                                        " can ", "은 ",   "는 ",     "번은 "};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_ascii_word(char c) { return is_digit(c) || is_upper(c) || is_lower(c) || c == '_'; }
bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

bool word_before(std::string_view text, size_t at) {
  if (at == 0) return false;
  size_t begin = at - 1;
  while (begin > 0 && is_continuation(text[begin])) --begin;
  return is_letter_or_digit(to_code_points(text.substr(begin, at - begin)).front());
}

bool word_at(std::string_view text, size_t at) {
  if (at >= text.size()) return false;
  size_t n = 1;
  while (at + n < text.size() && is_continuation(text[at + n])) ++n;
  return is_letter_or_digit(to_code_points(text.substr(at, n)).front());
}

bool hangul_at(std::string_view text, size_t at) {
  if (at >= text.size()) return false;
  const auto lead = static_cast<unsigned char>(text[at]);
  return lead >= 0xEA && lead <= 0xED && word_at(text, at);
}

bool starts_with_any(std::string_view text, const auto& candidates) {
  return std::any_of(candidates.begin(), candidates.end(),
                     [&](std::string_view candidate) { return text.starts_with(candidate); });
}

// Marks and white space that may stand around a label or between a cue and it.
bool is_wrapping(char c) {
  return std::string_view(" \t\r\n*_\"'`([{<$:=>\\").find(c) != std::string_view::npos;
}

struct Choices {
  std::vector<std::string> keys;  // choice_key of each; may be empty
  size_t count = 0;
  bool numbers_are_labels = true;  // not when a choice itself is a number
};

Choices prepare(const std::vector<std::string>& choices) {
  Choices out;
  out.count = choices.empty() ? kChoicesMax : choices.size();
  for (const std::string& choice : choices) {
    out.keys.push_back(choice_key(choice));
    const std::string& key = out.keys.back();
    if (!key.empty() && std::all_of(key.begin(), key.end(), is_digit)) {
      out.numbers_are_labels = false;
    }
  }
  return out;
}

struct Label {
  size_t index = 0;
  size_t end = 0;       // byte after it
  bool marked = false;  // in brackets, or followed by ) or a 번
  bool certain = true;  // not a lower-case letter or the article A
};

// A label of whatever kind at `at`, with what follows it checked: it must not be part of a word or
// a number.
std::optional<Label> label_at(const Choices& choices, std::string_view text, size_t at) {
  if (at >= text.size()) return std::nullopt;
  Label label;
  const char c = text[at];
  if (is_upper(c) || is_lower(c)) {
    label.index = static_cast<size_t>((c | 0x20) - 'a');
    label.end = at + 1;
    if (label.end < text.size() && (is_ascii_word(text[label.end]) || text[label.end] == '\'')) {
      return std::nullopt;
    }
    label.certain = is_upper(c);
  } else if (is_digit(c)) {
    if (!choices.numbers_are_labels) return std::nullopt;
    size_t number = 0;
    const auto [end, error] =
        std::from_chars(text.data() + at, text.data() + std::min(text.size(), at + 4), number);
    label.end = static_cast<size_t>(end - text.data());
    if (error != std::errc() || number == 0) return std::nullopt;
    label.index = number - 1;
    const char next = label.end < text.size() ? text[label.end] : '\0';
    const char after = label.end + 1 < text.size() ? text[label.end + 1] : '\0';
    if (is_ascii_word(next) || next == '%') return std::nullopt;
    if ((next == '.' || next == ',' || next == '/' || next == ':') && is_digit(after)) {
      return std::nullopt;
    }
  } else {
    const auto* const found =
        std::find_if(kKoreanLabels.begin(), kKoreanLabels.end(),
                     [&](std::string_view name) { return text.substr(at).starts_with(name); });
    if (found == kKoreanLabels.end()) return std::nullopt;
    label.index = static_cast<size_t>(found - kKoreanLabels.begin());
    label.end = at + found->size();
    if (hangul_at(text, label.end) && !starts_with_any(text.substr(label.end), kAfterLabel)) {
      return std::nullopt;
    }
  }
  if (label.index >= choices.count) return std::nullopt;
  const bool bracketed =
      at > 0 && (text[at - 1] == '(' || text[at - 1] == '[' || text[at - 1] == '{') &&
      label.end < text.size() &&
      (text[label.end] == ')' || text[label.end] == ']' || text[label.end] == '}');
  label.marked = bracketed || text.substr(label.end).starts_with(")") ||
                 text.substr(label.end).starts_with("번");
  return label;
}

// The longest choice whose text stands at `at` as whole words; `key_text` is a choice_key.
std::optional<std::pair<size_t, size_t>> text_at(const Choices& choices, std::string_view key_text,
                                                 size_t at) {
  std::optional<std::pair<size_t, size_t>> best;  // index, length
  for (size_t i = 0; i < choices.keys.size(); ++i) {
    const std::string& key = choices.keys[i];
    if (key.empty() || !key_text.substr(at).starts_with(key)) continue;
    // Korean particles may follow: only a script's own letters end a word.
    const size_t end = at + key.size();
    const bool decimals = is_digit(key.back()) && end + 1 < key_text.size() &&
                          (key_text[end] == '.' || key_text[end] == ',') &&
                          is_digit(key_text[end + 1]);
    const bool glued = decimals || (word_at(key_text, end) && !hangul_at(key_text, end));
    if (glued || (best && best->second >= key.size())) continue;
    best = {i, key.size()};
  }
  return best;
}

PickedChoice picked(size_t index) { return {index, {}, false}; }

PickedChoice two_answers(size_t a, size_t b) {
  return {std::nullopt,
          fmt::format("two answers: {} and {}", choice_label(std::min(a, b)),
                      choice_label(std::max(a, b))),
          false};
}

// `text` without the marks around it: "**(B)**." gives "B".
std::string_view unwrapped(std::string_view text) {
  constexpr std::string_view kFront = " \t\r\n*_\"'`([{<$";
  constexpr std::string_view kBack = " \t\r\n*_\"'`)]}>$.,;:!";
  const size_t begin = std::min(text.find_first_not_of(kFront), text.size());
  text.remove_prefix(begin);
  const size_t end = text.find_last_not_of(kBack);
  return end == std::string_view::npos ? std::string_view{} : text.substr(0, end + 1);
}

// The whole of `text` is a label, or a choice's text.
std::optional<size_t> whole_choice(const Choices& choices, std::string_view text) {
  const std::string key = choice_key(unwrapped(text));
  const auto same = std::find(choices.keys.begin(), choices.keys.end(), key);
  if (!key.empty() && same != choices.keys.end()) {
    return static_cast<size_t>(same - choices.keys.begin());
  }
  const std::string exact = choice_key(text);
  const auto same_exact = std::find(choices.keys.begin(), choices.keys.end(), exact);
  if (!exact.empty() && same_exact != choices.keys.end()) {
    return static_cast<size_t>(same_exact - choices.keys.begin());
  }
  const std::string_view bare = unwrapped(text);
  const std::optional<Label> label = label_at(choices, bare, 0);
  if (!label) return std::nullopt;
  const std::string_view rest = bare.substr(label->end);
  if (rest.empty() || rest == "번" || rest == "번입니다" || rest == "입니다") return label->index;
  return std::nullopt;
}

// "B) Paris", "(2) ...", "나. ...", "C: ...": a label with a mark after it begins the line.
std::optional<Label> leading_label(const Choices& choices, std::string_view line) {
  size_t at = 0;
  while (at < line.size() && is_wrapping(line[at])) ++at;
  std::optional<Label> label = label_at(choices, line, at);
  if (!label) return std::nullopt;
  const std::string_view rest = line.substr(label->end);
  // "(A) is wrong, (B) is right": the subject of a sentence is no answer yet.
  const std::string_view next =
      rest.substr(std::min(rest.find_first_not_of("*_)]}`"), rest.size()));
  if (starts_with_any(next, kAfterSubject)) return std::nullopt;
  const bool mark = label->marked || rest.starts_with(".") || rest.starts_with(":") ||
                    rest.starts_with(",") || rest.starts_with("]") || rest.starts_with("}") ||
                    rest.starts_with("**") || rest.starts_with(" -") || rest.starts_with(" –");
  if (!mark) return std::nullopt;
  return label;
}

struct Candidate {
  size_t index = 0;
  size_t end = 0;
};

// A choice at `at` or after wrapping marks and filler words ("the", "option", "\text{").
std::optional<Candidate> candidate_after(const Choices& choices, std::string_view text, size_t at) {
  static constexpr std::array<std::string_view, 14> kFillers{
      "option ", "choice ", "letter ", "number ", "the ",     "Option ", "Choice ",
      "text{",   "mathrm{", "textbf{", "mathbf{", "clearly ", "보기 ",   "선택지 "};
  constexpr size_t kSkipMax = 40;
  constexpr size_t kChoiceTextBytes = 400;
  const size_t limit = std::min(text.size(), at + kSkipMax);
  while (at < limit) {
    if (is_wrapping(text[at])) {
      ++at;
      continue;
    }
    // The text of a choice may itself begin with a filler word.
    const std::string key = choice_key(text.substr(at, kChoiceTextBytes));
    if (const auto found = text_at(choices, key, 0)) {
      return Candidate{found->first, at + found->second};
    }
    const auto* const filler =
        std::find_if(kFillers.begin(), kFillers.end(),
                     [&](std::string_view word) { return text.substr(at).starts_with(word); });
    if (filler == kFillers.end()) break;
    at += filler->size();
  }
  const std::optional<Label> label = label_at(choices, text, at);
  if (!label) return std::nullopt;
  if (!label->certain && !label->marked) {
    // "the answer is a matter of ...": a lower-case letter counts at the end of a clause only.
    const char next = label->end < text.size() ? text[label->end] : '\n';
    if (std::string_view(".,;:)]}*\n\r$\"'").find(next) == std::string_view::npos) {
      return std::nullopt;
    }
  }
  return Candidate{label->index, label->end};
}

// After "B, C": the list ends here or goes on, so that C is an answer too and not the subject of
// the next clause ("B, C is wrong").
bool ends_clause(std::string_view rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of("*_)]}`\"'"), rest.size()));
  return rest.empty() || std::string_view(".,;\n").find(rest.front()) != std::string_view::npos ||
         rest.starts_with(" and ") || rest.starts_with(" or ") || rest.starts_with("번");
}

// A second choice joined to the first: "A or B", "A, C", "②와 ③".
std::optional<size_t> joined_choice(const Choices& choices, std::string_view text, size_t at) {
  static constexpr std::array<std::string_view, 12> kJoints{
      "or ", "and ", "& ", "/", ",", "또는 ", "혹은 ", "및 ", "이나 ", "와 ", "과 ", "나 "};
  constexpr std::string_view kBetween = " \t*_\"'`)]}";
  at = std::min(text.find_first_not_of(kBetween, at), text.size());
  if (text.substr(at).starts_with("번")) at += std::string_view("번").size();
  at = std::min(text.find_first_not_of(kBetween, at), text.size());
  const auto* const joint =
      std::find_if(kJoints.begin(), kJoints.end(),
                   [&](std::string_view word) { return text.substr(at).starts_with(word); });
  if (joint == kJoints.end()) return std::nullopt;
  at += joint->size();
  while (at < text.size() &&
         std::string_view(" *_\"'`([{").find(text[at]) != std::string_view::npos)
    ++at;
  const std::optional<Label> label = label_at(choices, text, at);
  if (!label || (!label->certain && !label->marked)) return std::nullopt;
  if (*joint == "," && !ends_clause(text.substr(label->end))) return std::nullopt;
  // "B, I think": a pronoun or an article is no second answer.
  const char c = text[at];
  if ((c == 'I' || c == 'A') && !label->marked && label->end < text.size() &&
      text[label->end] == ' ') {
    return std::nullopt;
  }
  return label->index;
}

std::optional<PickedChoice> by_cue(const Pattern& cue, const Choices& choices,
                                   std::string_view text) {
  std::optional<PickedChoice> last;
  size_t from = 0;
  for (size_t n = 0; n < kCuesMax; ++n) {
    const Pattern::Match match = cue.find(text, from);
    if (match.found == Pattern::Found::kLimit) return PickedChoice{{}, match.reason, true};
    if (match.found == Pattern::Found::kNo) break;
    from = match.end;
    const std::optional<Candidate> candidate = candidate_after(choices, text, match.end);
    if (!candidate) continue;
    last = picked(candidate->index);
    const std::optional<size_t> second = joined_choice(choices, text, candidate->end);
    if (second && *second != candidate->index) last = two_answers(candidate->index, *second);
  }
  return last;
}

std::optional<PickedChoice> by_last_line(const Choices& choices, std::string_view text) {
  text = strip_space(text);
  const size_t break_at = text.rfind('\n');
  const bool single = break_at == std::string_view::npos;
  const std::string_view line = single ? text : strip_space(text.substr(break_at + 1));
  if (const auto whole = whole_choice(choices, line)) return picked(*whole);
  const std::optional<Label> label = leading_label(choices, line);
  if (!label || label->index >= choices.keys.size()) return std::nullopt;
  // The last of the choices told again is no answer.
  const std::optional<std::string> above =
      single ? std::nullopt : last_line(text.substr(0, break_at));
  if (above) {
    const std::optional<Label> label_above = leading_label(choices, *above);
    if (label_above && label_above->index != label->index) return std::nullopt;
  }
  // The label with its own text; a label with other text is only an item of a list.
  const std::string key = choice_key(unwrapped(line.substr(label->end)));
  const std::string_view wanted = choices.keys[label->index];
  const size_t at = key.find_first_not_of(".,:) ");
  if (wanted.empty() || at == std::string::npos) return std::nullopt;
  if (std::string_view(key).substr(at) == wanted) return picked(label->index);
  return std::nullopt;
}

std::optional<PickedChoice> by_first_line(const Choices& choices, std::string_view text) {
  std::optional<Label> first;
  size_t labelled_lines = 0;
  bool first_seen = false;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = strip_space(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    const std::optional<Label> label = leading_label(choices, line);
    if (!first_seen) {
      if (!label) return std::nullopt;
      first = label;
      first_seen = true;
      if (const auto second = joined_choice(choices, line, label->end);
          second && *second != label->index) {
        return two_answers(label->index, *second);
      }
    } else if (label && label->index != first->index) {
      ++labelled_lines;
    }
  }
  // Several labelled lines are the choices told again, not an answer.
  if (!first || labelled_lines > 0) return std::nullopt;
  return picked(first->index);
}

std::optional<PickedChoice> by_text(const Choices& choices, std::string_view text) {
  if (choices.keys.empty()) return std::nullopt;
  const std::string key = choice_key(text);
  std::optional<size_t> found;
  for (size_t at = 0; at < key.size();) {
    if (!is_continuation(key[at]) && !word_before(key, at)) {
      if (const auto hit = text_at(choices, key, at)) {
        if (found && *found != hit->first) return two_answers(*found, hit->first);
        found = hit->first;
        at += hit->second;
        continue;
      }
    }
    ++at;
  }
  if (!found) return std::nullopt;
  return picked(*found);
}

// A capital letter, bracketed label or "2번" that stands alone; not the article A or the pronoun I.
std::optional<PickedChoice> by_lone_label(const Choices& choices, std::string_view text) {
  std::optional<size_t> found;
  for (size_t at = 0; at < text.size(); ++at) {
    if (is_continuation(text[at]) || word_before(text, at)) continue;
    const std::optional<Label> label = label_at(choices, text, at);
    if (!label) continue;
    const char c = text[at];
    bool counts = label->marked;
    if (is_upper(c) && !counts) {
      const bool word = (c == 'A' || c == 'I') && label->end < text.size() &&
                        text[label->end] == ' ' && word_at(text, label->end + 1);
      counts = !word || joined_choice(choices, text, label->end).has_value();
    }
    if (!counts) continue;
    if (found && *found != label->index) return two_answers(*found, label->index);
    found = label->index;
  }
  if (!found) return std::nullopt;
  return picked(*found);
}

class ChoiceScorer final : public VerdictScorer {
 public:
  explicit ChoiceScorer(Setup setup) : VerdictScorer(std::move(setup)) {}

 private:
  [[nodiscard]] Verdict decide(const Sample& sample, std::string_view answer) const override {
    const PickedChoice choice = reader_.read(answer, sample.choices);
    if (choice.limit) return Verdict::cannot(choice.reason);
    for (const std::string& target : sample.targets) {
      const auto wanted = target_choice(target, sample.choices);
      if (!wanted) {
        return Verdict::cannot(
            fmt::format("the target `{}` is none of the choices", shorten(target, 80)));
      }
      if (choice.index == wanted) return Verdict::right(shown(*choice.index, sample.choices));
    }
    if (!choice.index) return Verdict::wrong({}, choice.reason);
    return Verdict::wrong(shown(*choice.index, sample.choices), "another choice");
  }

  // The choice's text where choices are given, otherwise its letter.
  static std::string shown(size_t index, const std::vector<std::string>& choices) {
    return index < choices.size() ? choices[index] : choice_label(index);
  }

  ChoiceReader reader_;
};

}  // namespace

std::string choice_key(std::string_view text) {
  const auto points = to_code_points(to_lower(normalize(text, NormalForm::kNfkc)));
  std::string out;
  out.reserve(text.size());
  bool gap = false;
  for (size_t i = 0; i < points.size(); ++i) {
    // A hyphen joins words only between letters or digits: "-5" keeps its sign.
    const bool joins = (points[i] == '_' || points[i] == '-') && i > 0 && i + 1 < points.size() &&
                       is_letter_or_digit(points[i - 1]) && is_letter_or_digit(points[i + 1]);
    if (joins || is_space(points[i])) {
      gap = !out.empty();
      continue;
    }
    if (gap) out += ' ';
    gap = false;
    append_utf8(out, points[i]);
  }
  return out;
}

std::string choice_label(size_t index) {
  if (index < kChoicesMax) return std::string(1, static_cast<char>('A' + index));
  return fmt::format("{}", index + 1);
}

std::optional<size_t> target_choice(std::string_view target,
                                    const std::vector<std::string>& choices) {
  std::string repaired;
  const std::string folded = normalize(valid_utf8(target, repaired), NormalForm::kNfkc);
  return whole_choice(prepare(choices), folded);
}

ChoiceReader::ChoiceReader()
    // A pattern of our own: that it compiles is checked by every test.
    : cue_(Pattern::compile(kCue).value()) {}

PickedChoice ChoiceReader::read(std::string_view answer,
                                const std::vector<std::string>& choices) const {
  if (answer.size() > kChoiceAnswerBytesMax) {
    return {std::nullopt, fmt::format("answer longer than {} bytes", kChoiceAnswerBytesMax), true};
  }
  const Choices known = prepare(choices);
  const std::string text = normalize(answer, NormalForm::kNfkc);
  if (strip_space(text).empty()) return {std::nullopt, "empty answer", false};
  if (const auto whole = whole_choice(known, text)) return picked(*whole);
  if (const auto cued = by_cue(cue_, known, text)) return *cued;
  if (const auto line = by_last_line(known, text)) return *line;
  if (const auto line = by_first_line(known, text)) return *line;
  if (const auto named = by_text(known, text)) return *named;
  if (const auto lone = by_lone_label(known, text)) return *lone;
  return {std::nullopt, "no choice in the answer", false};
}

std::unique_ptr<Scorer> make_choice(OptionReader& read, const std::string& /*base_dir*/) {
  const std::string metric = read.text("metric", "accuracy");
  std::optional<Extractor> extractor = read_extractor(read);
  return std::make_unique<ChoiceScorer>(
      VerdictScorer::Setup{{metric, read.scorer()}, std::move(extractor), identity_of(read, 1)});
}

}  // namespace assay::suites
