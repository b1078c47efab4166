#include "suites/language/punkt.h"

#include <algorithm>
#include <optional>
#include <string>

#include "suites/language/punkt_model.h"

namespace assay::suites::language {
namespace {

constexpr CharSet kSentenceEnds(U".?!");
constexpr CharSet kNotInWords(U")\";}]*:@'({[?!");
constexpr CharSet kNotWordStart(U"(\"`{[:;&#*@)}]-,");
constexpr CharSet kPunctuation(U";:,.!?");
constexpr CharSet kClosers(U"\"')]}");
constexpr std::string_view kNumberType = "##number##";

char32_t at_or_nul(TextView text, size_t at) { return at < text.size() ? text[at] : U'\0'; }

// ---- tokens ------------------------------------------------------------------------------------

size_t run_length(TextView text, size_t at, char32_t c) {
  const size_t end = text.find_first_not_of(c, at);
  return (end == TextView::npos ? text.size() : end) - at;
}

// Signs that make one token together: two or more hyphens, two or more dots, or three or more dots
// with one white space between each. The length, or 0.
size_t joint_sign(TextView text, size_t at) {
  const char32_t c = at_or_nul(text, at);
  if (c != '-' && c != '.') return 0;
  if (const size_t run = run_length(text, at, c); run >= 2) return run;
  if (c == '-') return 0;
  size_t spaced = 0;  // dots that are followed by white space
  while (at_or_nul(text, at + 2 * spaced) == '.' && at + 2 * spaced + 1 < text.size() &&
         is_space(text[at + 2 * spaced + 1])) {
    ++spaced;
  }
  if (spaced >= 2 && at_or_nul(text, at + 2 * spaced) == '.') return 2 * spaced + 1;
  return spaced >= 3 ? 2 * spaced - 1 : 0;
}

// The same question without measuring the run, so that asking at every character stays linear.
bool joint_sign_begins(TextView text, size_t at) {
  const char32_t c = at_or_nul(text, at);
  if (c != '-' && c != '.') return false;
  if (at_or_nul(text, at + 1) == c) return true;
  return c == '.' && at + 4 < text.size() && is_space(text[at + 1]) && text[at + 2] == '.' &&
         is_space(text[at + 3]) && text[at + 4] == '.';
}

bool breaks_word(TextView line, size_t at) {
  return at >= line.size() || is_space(line[at]) || kNotInWords.has(line[at]) ||
         joint_sign_begins(line, at);
}

// The token at `at`, which is not white space.
TextView token_at(TextView line, size_t at) {
  if (const size_t sign = joint_sign(line, at); sign > 0) return line.substr(at, sign);
  if (kNotWordStart.has(line[at])) return line.substr(at, 1);
  size_t end = at + 1;
  while (!breaks_word(line, end) && !(line[end] == ',' && breaks_word(line, end + 1))) ++end;
  return line.substr(at, end - at);
}

struct Token {
  TextView text;
  bool sentence_break = false;
  bool abbreviation = false;
  bool ellipsis = false;

  [[nodiscard]] bool period_final() const { return text.back() == '.'; }
};

void append_tokens(TextView line, std::vector<Token>& tokens) {
  for (size_t at = 0; at < line.size();) {
    if (is_space(line[at])) {
      ++at;
      continue;
    }
    tokens.push_back({token_at(line, at)});
    at += tokens.back().text.size();
  }
}

std::vector<Token> tokenize(TextView text) {
  std::vector<Token> tokens;
  while (!text.empty()) {
    const size_t end = std::min(text.find(U'\n'), text.size());
    append_tokens(text.substr(0, end), tokens);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return tokens;
}

// -?[.,]?D[D,.-]*, with D a decimal digit: what counts as a number.
bool is_number(TextView token) {
  size_t at = 0;
  if (at_or_nul(token, at) == '-') ++at;
  if (at_or_nul(token, at) == '.' || at_or_nul(token, at) == ',') ++at;
  if (at >= token.size() || !is_digit(token[at])) return false;
  return std::all_of(token.begin() + static_cast<std::ptrdiff_t>(at), token.end(),
                     [](char32_t c) { return is_digit(c) || c == ',' || c == '.' || c == '-'; });
}

std::string type_of(TextView token) {
  return is_number(token) ? std::string(kNumberType) : to_bytes(lower(token));
}

std::string type_without_period(TextView token) {
  std::string type = type_of(token);
  if (type.size() > 1 && type.back() == '.') type.pop_back();
  return type;
}

// As the word is looked up when it follows an end.
std::string type_as_next(const Token& token) {
  return token.sentence_break ? type_without_period(token.text) : type_of(token.text);
}

// One letter (or sign that \w has and \d has not) with a period.
bool is_initial(TextView token) {
  return token.size() == 2 && token[1] == '.' && is_word(token[0]) && !is_digit(token[0]);
}

// ---- decisions ---------------------------------------------------------------------------------

bool is_known_abbreviation(const PunktModel& model, TextView token) {
  const std::string word = to_bytes(lower(token.substr(0, token.size() - 1)));
  const size_t hyphen = word.rfind('-');
  return model.is_abbreviation(word) ||
         (hyphen != std::string::npos &&
          model.is_abbreviation(std::string_view(word).substr(hyphen + 1)));
}

// From the word alone.
void annotate_by_type(const PunktModel& model, Token& token) {
  const TextView text = token.text;
  if (text.size() == 1 && kSentenceEnds.has(text[0])) {
    token.sentence_break = true;
  } else if (text.size() >= 2 && run_length(text, 0, '.') == text.size()) {
    token.ellipsis = true;
  } else if (token.period_final() && !text.ends_with(U"..")) {
    token.abbreviation = is_known_abbreviation(model, text);
    token.sentence_break = !token.abbreviation;
  }
}

enum class Starts { kYes, kNo, kUnknown };

// Does the token look like the first of a sentence?
Starts orthographic_evidence(const PunktModel& model, const Token& token, const std::string& type) {
  if (token.text.size() == 1 && kPunctuation.has(token.text[0])) return Starts::kNo;
  const unsigned seen = model.contexts(type);
  const char32_t first = token.text[0];
  if (is_upper(first) && (seen & kAnyLower) != 0 && (seen & kMiddleUpper) == 0) {
    return Starts::kYes;
  }
  if (is_lower(first) && ((seen & kAnyUpper) != 0 || (seen & kBeginLower) == 0)) {
    return Starts::kNo;
  }
  return Starts::kUnknown;
}

// From the word and the one after it.
void annotate_by_pair(const PunktModel& model, Token& token, const Token& next) {
  if (!token.period_final()) return;
  const std::string type = type_without_period(token.text);
  const std::string next_type = type_as_next(next);
  const bool initial = is_initial(token.text);
  if (model.is_collocation(type, next_type)) {
    token.sentence_break = false;
    return;
  }
  const Starts starts = orthographic_evidence(model, next, next_type);
  if ((token.abbreviation || token.ellipsis) && !initial) {
    if (starts == Starts::kYes ||
        (is_upper(next.text[0]) && model.is_sentence_starter(next_type))) {
      token.sentence_break = true;
      return;
    }
  }
  if (!initial && type != kNumberType) return;
  const bool always_capital =
      initial && is_upper(next.text[0]) && (model.contexts(next_type) & kAnyLower) == 0U;
  if (starts == Starts::kNo || (starts == Starts::kUnknown && always_capital)) {
    token.sentence_break = false;
  }
}

// Is there a break before the last token?
bool has_break(const PunktModel& model, TextView context) {
  std::vector<Token> tokens = tokenize(context);
  for (Token& token : tokens) annotate_by_type(model, token);
  for (size_t i = 0; i + 1 < tokens.size(); ++i) {
    annotate_by_pair(model, tokens[i], tokens[i + 1]);
    if (tokens[i].sentence_break) return true;
  }
  return false;
}

// ---- candidates --------------------------------------------------------------------------------

// A sign that may end a sentence, with what it is judged by.
struct Candidate {
  size_t at = 0;
  size_t word_begin = 0;   // the word before it
  size_t context_end = 0;  // past the word or sign after it
  size_t next_begin = 0;   // where the next sentence would begin
};

std::optional<Candidate> candidate_at(TextView text, size_t at) {
  if (at + 1 >= text.size() || !kSentenceEnds.has(text[at])) return std::nullopt;
  if (kNotInWords.has(text[at + 1])) return Candidate{at, 0, at + 2, at + 1};
  size_t begin = at + 1;
  while (begin < text.size() && is_space(text[begin])) ++begin;
  if (begin == at + 1 || begin == text.size()) return std::nullopt;
  size_t end = begin;
  while (end < text.size() && !is_space(text[end])) ++end;
  return Candidate{at, 0, end, begin};
}

bool is_ascii_space(char32_t c) { return c == ' ' || (c >= 0x09 && c <= 0x0D); }

// Where the word before `at` begins, `last` being the candidate before. White space right after
// that one does not count: so the reference does.
size_t word_begin(TextView text, const Candidate& last, size_t at) {
  for (size_t i = at; i > last.at + 1; --i) {
    if (is_ascii_space(text[i - 1])) return i;
  }
  return last.word_begin;
}

// Calls `use` for the last candidate of every word.
template <typename Use>
void for_each_candidate(TextView text, Use&& use) {
  Candidate last;  // of a text that has none yet: an empty word at the very beginning
  bool pending = false;
  for (size_t at = 0; at < text.size(); ++at) {
    std::optional<Candidate> next = candidate_at(text, at);
    if (!next) continue;
    next->word_begin = word_begin(text, last, at);
    if (pending && last.at <= next->word_begin) use(last);
    last = *next;
    pending = true;
  }
  if (pending) use(last);
}

// ---- sentences ---------------------------------------------------------------------------------

struct Slice {
  size_t begin = 0;
  size_t end = 0;
};

// Closing signs at the beginning of `text` that belong to the sentence before: how many, and with
// the white space after them.
struct Closing {
  size_t signs = 0;
  size_t end = 0;
};

Closing closing_signs(TextView text) {
  for (size_t at = 0; at < text.size() && kClosers.has(text[at]);) {
    ++at;
    size_t end = at;
    while (end < text.size() && is_space(text[end])) ++end;
    if (end > at || at == text.size() || text.substr(at).starts_with(U"--")) return {at, end};
  }
  return {};
}

// Gives each sentence the closing signs that follow it.
class Realigner {
 public:
  Realigner(TextView text, std::vector<TextView>& out) : text_(text), out_(out) {}

  void add(Slice next) {
    if (any_) {
      const Closing closing = closing_signs(cut(next));
      const size_t begin = last_.begin + taken_;
      if (closing.signs > 0) {
        out_.push_back(cut({begin, next.begin + closing.signs}));
      } else {
        keep({begin, last_.end});
      }
      taken_ = closing.end;
    }
    last_ = next;
    any_ = true;
  }
  void finish() {
    if (any_) keep({last_.begin + taken_, last_.end});
  }

 private:
  [[nodiscard]] TextView cut(Slice slice) const {
    return slice.begin >= slice.end ? TextView{}
                                    : text_.substr(slice.begin, slice.end - slice.begin);
  }
  void keep(Slice slice) {
    if (slice.begin < slice.end) out_.push_back(cut(slice));
  }

  TextView text_;
  std::vector<TextView>& out_;
  Slice last_;
  size_t taken_ = 0;  // characters at the front of last_ that the one before it got
  bool any_ = false;
};

}  // namespace

std::vector<TextView> split_sentences(TextView text) {
  const PunktModel& model = PunktModel::english();
  std::vector<TextView> sentences;
  Realigner realigner(text, sentences);
  size_t begin = 0;
  for_each_candidate(text, [&](const Candidate& candidate) {
    const size_t from = candidate.word_begin;
    if (!has_break(model, text.substr(from, candidate.context_end - from))) return;
    realigner.add({begin, candidate.at + 1});
    begin = candidate.next_begin;
  });
  realigner.add({begin, strip_right(text).size()});
  realigner.finish();
  return sentences;
}

}  // namespace assay::suites::language
