#include "suites/language/word_tokenize.h"

#include <algorithm>
#include <array>

#include "harness/base/utf8.h"
#include "suites/language/punkt.h"

namespace assay::suites::language {
namespace {

constexpr CharSet kOpeners(U" ([{<");  // before a quote that opens
constexpr CharSet kClitics(U"mtsdn");  // in lower case; after an apostrophe
constexpr CharSet kShortClitics(U"sSmMdD");
constexpr CharSet kNoClitic(U"' ");  // what no clitic follows
constexpr CharSet kColons(U":,");

// The tokenizer is a list of replacements, each made over the whole text before the next; the white
// space that is left are the cuts. `at(text, i, out)` looks at one place: it appends the
// replacement and returns how many characters it replaces, or 0.
template <typename At>
void replace_all(std::u32string& text, const CharSet& triggers, At&& at) {
  // Most rules find nothing.
  if (std::none_of(text.begin(), text.end(), [&](char32_t c) { return triggers.has(c); })) return;
  std::u32string out;
  out.reserve(text.size() + 16);
  for (size_t i = 0; i < text.size();) {
    const size_t n = at(TextView(text), i, out);
    if (n == 0) {
      out += text[i++];
    } else {
      i += n;
    }
  }
  text.swap(out);
}

char32_t at_or_nul(TextView text, size_t at) { return at < text.size() ? text[at] : U'\0'; }

void append_padded(std::u32string& out, TextView token) {
  out += ' ';
  out += token;
  out += ' ';
}

// Each of these characters becomes a word.
void pad_each(std::u32string& text, TextView characters) {
  const CharSet set(characters);
  replace_all(text, set, [&set](TextView in, size_t i, std::u32string& out) -> size_t {
    if (!set.has(in[i])) return 0;
    append_padded(out, in.substr(i, 1));
    return 1;
  });
}

// Each occurrence of `sign` becomes the word `with`.
void pad_sign(std::u32string& text, TextView sign, TextView with) {
  replace_all(text, CharSet(sign.substr(0, 1)),
              [=](TextView in, size_t i, std::u32string& out) -> size_t {
                if (!in.substr(i).starts_with(sign)) return 0;
                append_padded(out, with);
                return sign.size();
              });
}

// Runs of at least `least` of one character become words.
void pad_runs(std::u32string& text, char32_t c, size_t least) {
  replace_all(text, CharSet(TextView(&c, 1)),
              [=](TextView in, size_t i, std::u32string& out) -> size_t {
                if (in[i] != c) return 0;
                const size_t end = std::min(in.find_first_not_of(c, i), in.size());
                if (end - i < least) {
                  out += in.substr(i, end - i);
                } else {
                  append_padded(out, in.substr(i, end - i));
                }
                return end - i;
              });
}

// Lower case as Python's re.IGNORECASE compares.
char32_t fold(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 0x20 : c;
  if (c == 0x130 || c == 0x131) return 'i';
  if (c == 0x17F) return 's';
  return lower_of(c);
}

bool matches_folded(TextView text, size_t at, TextView word) {
  if (text.size() - at < word.size()) return false;
  for (size_t i = 0; i < word.size(); ++i) {
    if (fold(text[at + i]) != word[i]) return false;
  }
  return true;
}

void opening_quotes(std::u32string& text) {
  pad_each(text, U"«“‘„");
  pad_runs(text, '`', 1);
  if (text.starts_with(U"\"")) text.replace(0, 1, U"``");
  pad_sign(text, U"``", U"``");
  replace_all(text, CharSet(U"\"'"), [](TextView in, size_t i, std::u32string& out) -> size_t {
    if (!kOpeners.has(in[i])) return 0;
    const bool twice = in.substr(i + 1).starts_with(U"''");
    if (!twice && at_or_nul(in, i + 1) != '"') return 0;
    out += in[i];
    out += U" `` ";
    return twice ? 3 : 2;
  });
  // An apostrophe before a single character that is no clitic.
  replace_all(text, CharSet(U"'"), [](TextView in, size_t i, std::u32string& out) -> size_t {
    if (in[i] != '\'' || i + 1 >= in.size() || !is_word(in[i + 1])) return 0;
    if (kClitics.has(fold(in[i + 1]))) return 0;
    if (i + 2 < in.size() && is_word(in[i + 2])) return 0;
    out += U"' ";
    out += in[i + 1];
    return 2;
  });
}

// The period that ends the text, with signs from `closers` and white space after it: apart from the
// word before it, and with `gap` from the signs.
void final_period(std::u32string& text, const CharSet& closers, TextView gap) {
  const size_t at = text.rfind('.');
  if (at == std::u32string::npos || at == 0 || text[at - 1] == '.') return;
  size_t end = at + 1;
  while (end < text.size() && closers.has(text[end])) ++end;
  if (!is_blank(TextView(text).substr(end))) return;
  const std::u32string signs = text.substr(at + 1, end - at - 1);
  text.resize(at);
  text += U" .";
  text += gap;
  text += signs;
  text += ' ';
}

// A colon or comma before anything but a digit, and at the end.
void colons_and_commas(std::u32string& text) {
  replace_all(text, kColons, [](TextView in, size_t i, std::u32string& out) -> size_t {
    if (!kColons.has(in[i]) || i + 1 >= in.size() || is_digit(in[i + 1])) return 0;
    append_padded(out, in.substr(i, 1));
    out += in[i + 1];
    return 2;
  });
  if (text.empty()) return;
  const bool line = text.size() >= 2 && text.back() == '\n';
  const size_t at = text.size() - (line ? 2 : 1);
  if (kColons.has(text[at])) {
    text.insert(at + 1, U" ");
    text.insert(at, U" ");
  }
}

void punctuation(std::u32string& text) {
  final_period(text, CharSet(U"])}>\"'»”’ "), U" ");
  colons_and_commas(text);
  pad_runs(text, '.', 2);
  pad_each(text, U";@#$%&");
  final_period(text, CharSet(U"])}>\"'"), U"");
  pad_each(text, U"?!");
  replace_all(text, CharSet(U"'"), [](TextView in, size_t i, std::u32string& out) -> size_t {
    if (in[i] == '\'' || !in.substr(i + 1).starts_with(U"' ")) return 0;
    out += in[i];
    out += U" ' ";
    return 3;
  });
  pad_each(text, U"*");
  pad_each(text, U"][(){}<>");
  pad_sign(text, U"--", U"--");
}

void closing_quotes(std::u32string& text) {
  pad_each(text, U"»”’");
  pad_sign(text, U"''", U"''");
  pad_sign(text, U"\"", U"''");
  replace_all(text, CharSet(U"'"), [](TextView in, size_t i, std::u32string& out) -> size_t {
    if (kNoClitic.has(in[i]) || at_or_nul(in, i + 1) != '\'') return 0;
    const bool clitic = kShortClitics.has(at_or_nul(in, i + 2)) && at_or_nul(in, i + 3) == ' ';
    if (!clitic && at_or_nul(in, i + 2) != ' ') return 0;
    out += in[i];
    append_padded(out, in.substr(i + 1, clitic ? 2 : 1));
    return clitic ? 4 : 3;
  });
  replace_all(text, CharSet(U"'"), [](TextView in, size_t i, std::u32string& out) -> size_t {
    static constexpr std::array<TextView, 8> kEndings{U"'ll", U"'LL", U"'re", U"'RE",
                                                      U"'ve", U"'VE", U"n't", U"N'T"};
    if (kNoClitic.has(in[i]) || at_or_nul(in, i + 4) != ' ') return 0;
    for (const TextView ending : kEndings) {
      if (in.substr(i + 1, 3) != ending) continue;
      out += in[i];
      append_padded(out, ending);
      return 5;
    }
    return 0;
  });
}

struct Contraction {
  TextView first;
  TextView second;
  bool before_space = false;  // only before white space, not at every end of a word
};

void contraction(std::u32string& text, const Contraction& c) {
  const CharSet triggers(c.second.starts_with(U"'") ? U"'" : U"nNmMtT");
  replace_all(text, triggers, [&](TextView in, size_t i, std::u32string& out) -> size_t {
    const size_t size = c.first.size() + c.second.size();
    const size_t end = i + size;
    if (!matches_folded(in, i, c.first) || !matches_folded(in, i + c.first.size(), c.second)) {
      return 0;
    }
    if (i > 0 && is_word(in[i - 1])) return 0;
    const bool ends = c.before_space ? end < in.size() && is_space(in[end])
                                     : end >= in.size() || !is_word(in[end]);
    if (!ends) return 0;
    out += ' ';
    out += in.substr(i, c.first.size());
    append_padded(out, in.substr(i + c.first.size(), c.second.size()));
    return size;
  });
}

// " 'tis" and " 'twas".
void old_contraction(std::u32string& text, TextView verb) {
  replace_all(text, CharSet(U"'"), [verb](TextView in, size_t i, std::u32string& out) -> size_t {
    const size_t end = i + 3 + verb.size();
    if (in[i] != ' ' || !matches_folded(in, i + 1, U"'t") || !matches_folded(in, i + 3, verb)) {
      return 0;
    }
    if (end < in.size() && is_word(in[end])) return 0;
    out += ' ';
    out += in.substr(i + 1, 2);
    append_padded(out, in.substr(i + 3, verb.size()));
    return end - i;
  });
}

std::vector<std::u32string> split_at_space(TextView text) {
  std::vector<std::u32string> words;
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    while (end < text.size() && !is_space(text[end])) ++end;
    if (end > at) words.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

}  // namespace

std::vector<std::u32string> treebank_words(TextView sentence) {
  static constexpr std::array<Contraction, 8> kContractions{{{U"can", U"not"},
                                                             {U"d", U"'ye"},
                                                             {U"gim", U"me"},
                                                             {U"gon", U"na"},
                                                             {U"got", U"ta"},
                                                             {U"lem", U"me"},
                                                             {U"more", U"'n"},
                                                             {U"wan", U"na", true}}};
  std::u32string text(sentence);
  opening_quotes(text);
  punctuation(text);
  text.insert(0, 1, U' ');
  text += ' ';
  closing_quotes(text);
  for (const Contraction& c : kContractions) contraction(text, c);
  old_contraction(text, U"is");
  old_contraction(text, U"was");
  return split_at_space(text);
}

std::vector<std::u32string> word_tokenize(TextView text) {
  std::vector<std::u32string> words;
  for (const TextView sentence : split_sentences(text)) {
    for (std::u32string& word : treebank_words(sentence)) words.push_back(std::move(word));
  }
  return words;
}

}  // namespace assay::suites::language
