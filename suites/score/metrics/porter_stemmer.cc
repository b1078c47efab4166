#include "suites/score/metrics/porter_stemmer.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "harness/base/utf8.h"
#include "suites/score/metrics/python_text.h"

namespace assay::suites {
namespace {

struct Rule {
  std::string_view suffix;
  std::string_view replacement;
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kIrregular{{
    {"sky", "sky"},
    {"skies", "sky"},
    {"dying", "die"},
    {"lying", "lie"},
    {"tying", "tie"},
    {"news", "news"},
    {"innings", "inning"},
    {"inning", "inning"},
    {"outings", "outing"},
    {"outing", "outing"},
    {"cannings", "canning"},
    {"canning", "canning"},
    {"howe", "howe"},
    {"proceed", "proceed"},
    {"exceed", "exceed"},
}};
constexpr std::string_view kSucceed = "succeed";  // irregular too

constexpr std::array<Rule, 4> kStep1a{{{"sses", "ss"}, {"ies", "i"}, {"ss", "ss"}, {"s", ""}}};
constexpr std::array<Rule, 3> kStep1b{{{"at", "ate"}, {"bl", "ble"}, {"iz", "ize"}}};
constexpr std::array<Rule, 21> kStep2{{
    {"ational", "ate"}, {"tional", "tion"}, {"enci", "ence"}, {"anci", "ance"}, {"izer", "ize"},
    {"bli", "ble"},     {"alli", "al"},     {"entli", "ent"}, {"eli", "e"},     {"ousli", "ous"},
    {"ization", "ize"}, {"ation", "ate"},   {"ator", "ate"},  {"alism", "al"},  {"iveness", "ive"},
    {"fulness", "ful"}, {"ousness", "ous"}, {"aliti", "al"},  {"iviti", "ive"}, {"biliti", "ble"},
    {"fulli", "ful"},
}};
constexpr std::array<Rule, 7> kStep3{{
    {"icate", "ic"},
    {"ative", ""},
    {"alize", "al"},
    {"iciti", "ic"},
    {"ical", "ic"},
    {"ful", ""},
    {"ness", ""},
}};
// "ion" also wants an s or t before it.
constexpr std::array<Rule, 19> kStep4{{
    {"al", ""},  {"ance", ""},  {"ence", ""}, {"er", ""},  {"ic", ""},  {"able", ""}, {"ible", ""},
    {"ant", ""}, {"ement", ""}, {"ment", ""}, {"ent", ""}, {"ion", ""}, {"ou", ""},   {"ism", ""},
    {"ate", ""}, {"iti", ""},   {"ous", ""},  {"ive", ""}, {"ize", ""},
}};

// The steps on one word; Text is a string of bytes (ASCII words) or of code points.
template <typename Text>
class Stemmer {
 public:
  explicit Stemmer(Text word) : word_(std::move(word)) {}

  Text run() {
    step1a();
    step1b();
    step1c();
    step2();
    step3();
    step4();
    step5a();
    step5b();
    return std::move(word_);
  }

 private:
  [[nodiscard]] bool is_vowel_letter(size_t i) const {
    const auto c = word_[i];
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u';
  }

  // A y is a consonant at the beginning and after a vowel; rows of them alternate.
  [[nodiscard]] bool is_consonant(size_t i) const {
    size_t first = i;
    while (first > 0 && word_[first] == 'y') --first;
    const bool consonant = !is_vowel_letter(first);  // a leading y too
    return consonant == ((i - first) % 2 == 0);
  }

  // How often a consonant follows a vowel in the first `length` letters.
  [[nodiscard]] size_t measure(size_t length) const {
    size_t pairs = 0;
    bool previous = true;  // nothing before: a y there is a consonant, and no pair begins there
    bool vowel_before = false;
    for (size_t i = 0; i < length; ++i) {
      bool consonant = !is_vowel_letter(i);
      if (word_[i] == 'y' && i > 0) consonant = !previous;
      if (consonant && vowel_before) ++pairs;
      vowel_before = !consonant;
      previous = consonant;
    }
    return pairs;
  }

  [[nodiscard]] bool has_vowel(size_t length) const {
    for (size_t i = 0; i < length; ++i) {
      if (is_vowel_letter(i)) return true;
      // A y after a consonant; the letter before it is one, or this would have returned.
      if (word_[i] == 'y' && i > 0) return true;
    }
    return false;
  }

  [[nodiscard]] bool ends_double_consonant() const {
    const size_t n = word_.size();
    return n >= 2 && word_[n - 1] == word_[n - 2] && is_consonant(n - 1);
  }

  // Ends consonant, vowel, consonant other than w, x, y; or is vowel, consonant (NLTK).
  [[nodiscard]] bool ends_cvc(size_t n) const {
    if (n >= 3 && is_consonant(n - 3) && !is_consonant(n - 2) && is_consonant(n - 1)) {
      return word_[n - 1] != 'w' && word_[n - 1] != 'x' && word_[n - 1] != 'y';
    }
    return n == 2 && !is_consonant(0) && is_consonant(1);
  }

  [[nodiscard]] bool ends_with(std::string_view suffix) const {
    return word_.size() >= suffix.size() &&
           std::equal(suffix.rbegin(), suffix.rend(), word_.rbegin(), [](char a, auto b) {
             return static_cast<char32_t>(a) == static_cast<char32_t>(b);
           });
  }

  void replace(std::string_view suffix, std::string_view replacement) {
    word_.resize(word_.size() - suffix.size());
    word_.append(replacement.begin(), replacement.end());
  }

  // The first rule whose suffix the word has decides, even when its condition fails.
  template <typename Condition>
  bool apply(std::span<const Rule> rules, Condition condition) {
    for (const Rule& rule : rules) {
      if (!ends_with(rule.suffix)) continue;
      if (condition(rule, word_.size() - rule.suffix.size()))
        replace(rule.suffix, rule.replacement);
      return true;
    }
    return false;
  }

  void step1a() {
    if (ends_with("ies") && word_.size() == 4) return replace("ies", "ie");  // dies, not flies
    apply(kStep1a, [](const Rule&, size_t) { return true; });
  }

  void step1b() {
    if (ends_with("ied")) return replace("ied", word_.size() == 4 ? "ie" : "i");
    if (ends_with("eed")) {
      if (measure(word_.size() - 3) > 0) replace("eed", "ee");
      return;
    }
    if (ends_with("ed") && has_vowel(word_.size() - 2)) {
      replace("ed", "");
    } else if (ends_with("ing") && has_vowel(word_.size() - 3)) {
      replace("ing", "");
    } else {
      return;
    }
    if (apply(kStep1b, [](const Rule&, size_t) { return true; })) return;
    if (ends_double_consonant()) {
      const auto last = word_.back();
      if (last != 'l' && last != 's' && last != 'z') word_.pop_back();
    } else if (measure(word_.size()) == 1 && ends_cvc(word_.size())) {
      word_.push_back('e');
    }
  }

  void step1c() {
    const size_t n = word_.size();
    if (ends_with("y") && n > 2 && is_consonant(n - 2)) word_.back() = 'i';
  }

  void step2() {
    // -alli comes first here, and what is left goes through the list; it cannot end so again.
    if (ends_with("alli") && measure(word_.size() - 4) > 0) replace("alli", "al");
    if (apply(kStep2, [this](const Rule&, size_t stem) { return measure(stem) > 0; })) return;
    if (ends_with("logi") && measure(word_.size() - 3) > 0) word_.pop_back();
  }

  void step3() {
    apply(kStep3, [this](const Rule&, size_t stem) { return measure(stem) > 0; });
  }

  void step4() {
    apply(kStep4, [this](const Rule& rule, size_t stem) {
      if (measure(stem) <= 1) return false;
      return rule.suffix != "ion" || word_[stem - 1] == 's' || word_[stem - 1] == 't';
    });
  }

  void step5a() {
    if (!ends_with("e")) return;
    const size_t stem = word_.size() - 1;
    const size_t m = measure(stem);
    if (m > 1 || (m == 1 && !ends_cvc(stem))) word_.pop_back();
  }

  void step5b() {
    if (ends_with("ll") && measure(word_.size() - 1) > 1) word_.pop_back();
  }

  Text word_;
};

}  // namespace

std::string porter_stem(std::string_view word) {
  // Irregular forms are looked up as given: "News" is not among them.
  if (word == kSucceed) return std::string(word);
  for (const auto& [form, stem] : kIrregular) {
    if (word == form) return std::string(stem);
  }
  std::string lower = python_lower(word);
  const std::vector<char32_t> given = to_code_points(word);
  if (given.size() <= 2) return lower;
  if (lower.size() == given.size()) return Stemmer<std::string>(lower).run();  // ASCII
  const std::vector<char32_t> points = to_code_points(lower);
  const std::u32string stem =
      Stemmer<std::u32string>(std::u32string(points.begin(), points.end())).run();
  return to_utf8({stem.begin(), stem.end()});
}

}  // namespace assay::suites
