#include "suites/language/language_detector.h"

#include <algorithm>
#include <array>
#include <string>

#include "harness/base/utf8.h"
#include "suites/language/ngram_profiles.h"
#include "suites/language/python_random.h"

namespace assay::suites::language {
namespace {

constexpr size_t kCharactersMax = 10'000;  // of the text, that are looked at
constexpr size_t kGramMax = 3;
constexpr int kTrials = 7;
constexpr int kDrawsMax = 1000;
constexpr int kDrawsPerCheck = 5;
constexpr double kSmoothing = 0.5;
constexpr double kSmoothingWidth = 0.05;
constexpr double kBaseFrequency = 10'000;
constexpr double kConverged = 0.99999;
constexpr double kShareMin = 0.1;
constexpr size_t kUrlMax = 2076;  // characters after "://"
constexpr size_t kMailNameMax = 64;
constexpr size_t kMailPartMax = 255;

using Probabilities = std::array<double, kLanguages>;

bool is_ascii_alphanumeric(char32_t c) { return c < 0x80 && c != '_' && is_word(c); }

// ---- cleaning ----------------------------------------------------------------------------------

// Length of the address that begins at `at`, or 0.
size_t url_length(TextView text, size_t at) {
  TextView rest = text.substr(at);
  if (!rest.starts_with(U"http")) return 0;
  size_t n = 4;
  if (rest.substr(n).starts_with(U"s")) ++n;
  if (!rest.substr(n).starts_with(U"://")) return 0;
  n += 3;
  rest = rest.substr(n, kUrlMax);
  size_t tail = 0;
  while (tail < rest.size() && (is_ascii_alphanumeric(rest[tail]) ||
                                TextView(U"-_.?&~;+=/#").find(rest[tail]) != TextView::npos)) {
    ++tail;
  }
  return tail == 0 ? 0 : n + tail;
}

std::u32string without_urls(TextView text) {
  std::u32string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t n = text[at] == 'h' ? url_length(text, at) : 0;
    out += n > 0 ? U' ' : text[at];
    at += std::max<size_t>(n, 1);
  }
  return out;
}

bool in_mail_name(char32_t c) {
  return is_ascii_alphanumeric(c) || c == '-' || c == '_' || c == '.';
}

// Length of what stands after the @ at `at`: a part without dots, then anything; 0 when too short.
size_t mail_domain_length(TextView text, size_t at) {
  const TextView part = text.substr(at + 1, kMailPartMax);
  size_t first = 0;
  while (first < part.size() && part[first] != '.' && in_mail_name(part[first])) ++first;
  const TextView rest = text.substr(at + 1 + first, kMailPartMax);
  size_t second = 0;
  while (second < rest.size() && in_mail_name(rest[second])) ++second;
  if (first == 0 || first + second < 2) return 0;
  return first + second;
}

std::u32string without_mails(TextView text) {
  std::u32string out;
  size_t done = 0;
  for (size_t at = text.find(U'@'); at != TextView::npos; at = text.find(U'@', at + 1)) {
    if (at < done) continue;
    size_t begin = at;
    while (begin > done && at - begin < kMailNameMax && in_mail_name(text[begin - 1])) --begin;
    const size_t domain = begin == at ? 0 : mail_domain_length(text, at);
    if (domain == 0) continue;
    out += text.substr(done, begin - done);
    out += ' ';
    done = at + 1 + domain;
  }
  out += text.substr(done);
  return out;
}

// A letter of Vietnamese and a tone mark after it as one character.
char32_t composed(char32_t letter, char32_t mark) {
  static constexpr TextView kLetters = U"AEIOUYaeiouyÂÊÔâêôĂăƠơƯư";
  static constexpr TextView kMarks = U"\u0300\u0301\u0303\u0309\u0323";
  if (kMarks.find(mark) == TextView::npos || kLetters.find(letter) == TextView::npos) return 0;
  const std::array<char32_t, 2> pair{letter, mark};
  const std::u32string one =
      to_points(normalize(to_bytes({pair.data(), pair.size()}), NormalForm::kNfc));
  return one.size() == 1 ? one.front() : 0;
}

// The first characters with tones composed and runs of blanks made one.
std::u32string beginning(TextView text) {
  std::u32string out;
  char32_t before = 0;
  size_t taken = 0;
  for (size_t at = 0; at < text.size() && taken < kCharactersMax; ++at, ++taken) {
    char32_t c = text[at];
    if (at + 1 < text.size() && text[at + 1] >= 0x300 && text[at + 1] <= 0x323) {
      if (const char32_t one = composed(c, text[at + 1]); one != 0) {
        c = one;
        ++at;
      }
    }
    if (c != ' ' || before != ' ') out += c;
    before = c;
  }
  return out;
}

// Latin letters go when others are more than twice as many.
void drop_stray_latin(std::u32string& text) {
  const auto is_latin = [](char32_t c) { return c >= 'A' && c <= 'z'; };
  const auto latin = std::count_if(text.begin(), text.end(), is_latin);
  const auto other = std::count_if(text.begin(), text.end(), [](char32_t c) { return c >= 0x300; });
  if (latin * 2 < other) std::erase_if(text, is_latin);
}

// ---- n-grams -----------------------------------------------------------------------------------

bool within(char32_t c, char32_t first, char32_t last) { return c >= first && c <= last; }

// Characters that are counted as one: everything that is no letter, kana, Hangul, kanji of a class.
char32_t normalized(const NgramProfiles& profiles, char32_t c) {
  if (c < 0x80) return within(c, 'A', 'Z') || within(c, 'a', 'z') ? c : U' ';
  if (c <= 0xFF) return c == 0xA0 || c == 0xAB || c == 0xB0 || c == 0xBB ? U' ' : c;
  if (c == 0x219) return 0x15F;  // comma below as cedilla: Romanian
  if (c == 0x21B) return 0x163;
  if (c == 0x6CC) return 0x64A;  // Farsi yeh
  if (within(c, 0x1EA0, 0x1EFF)) return 0x1EC3;
  if (within(c, 0x2000, 0x206F)) return ' ';
  if (within(c, 0x3040, 0x309F)) return 0x3042;
  if (within(c, 0x30A0, 0x30FF)) return 0x30A2;
  if (within(c, 0x3100, 0x312F) || within(c, 0x31A0, 0x31BF)) return 0x3105;
  if (within(c, 0x4E00, 0x9FFF)) return profiles.representative(c);
  if (within(c, 0xAC00, 0xD7AF)) return 0xAC00;
  return c;
}

// The last characters of the word being read, with a blank in front where it began.
class Window {
 public:
  void add(char32_t c) {
    const char32_t last = grams_.back();
    if (last == ' ') {
      grams_ = U" ";
      in_capitals_ = false;
      if (c == ' ') return;
    } else if (grams_.size() >= kGramMax) {
      grams_.erase(0, 1);
    }
    grams_ += c;
    in_capitals_ = is_upper(c) && (in_capitals_ || is_upper(last));
  }
  // Words in capitals have no n-grams.
  [[nodiscard]] bool in_capitals() const { return in_capitals_; }
  // The last n characters, or nothing when there are not as many.
  [[nodiscard]] TextView last(size_t n) const {
    return n <= grams_.size() ? TextView(grams_).substr(grams_.size() - n) : TextView{};
  }

 private:
  std::u32string grams_ = U" ";
  bool in_capitals_ = false;
};

std::vector<const NgramProfiles::Row*> known_ngrams(const NgramProfiles& profiles, TextView text) {
  std::vector<const NgramProfiles::Row*> found;
  Window window;
  for (const char32_t c : text) {
    window.add(normalized(profiles, c));
    if (window.in_capitals()) continue;
    for (size_t n = 1; n <= kGramMax; ++n) {
      const TextView gram = window.last(n);
      if (gram.empty()) break;
      const NgramProfiles::Row* row = gram == U" " ? nullptr : profiles.find(ngram_key(gram));
      if (row != nullptr) found.push_back(row);
    }
  }
  return found;
}

// ---- trials ------------------------------------------------------------------------------------

void multiply(Probabilities& p, std::span<const NgramProfiles::Share> shares, double weight) {
  size_t language = 0;
  for (const NgramProfiles::Share& share : shares) {
    while (language < share.language) p[language++] *= weight;
    p[language++] *= weight + share.probability;
  }
  while (language < kLanguages) p[language++] *= weight;
}

// Makes the sum 1; returns the largest.
double normalize_sum(Probabilities& p) {
  double sum = 0;
  for (const double one : p) sum += one;
  double largest = 0;
  for (double& one : p) {
    one /= sum;
    largest = std::max(largest, one);
  }
  return largest;
}

Probabilities run_trials(const NgramProfiles& profiles,
                         const std::vector<const NgramProfiles::Row*>& ngrams) {
  PythonRandom random(0);
  Probabilities mean{};
  for (int trial = 0; trial < kTrials; ++trial) {
    Probabilities p;
    p.fill(1.0 / kLanguages);
    const double weight = (kSmoothing + random.gauss() * kSmoothingWidth) / kBaseFrequency;
    for (int draw = 0;; ++draw) {
      const auto index = random.below(static_cast<uint32_t>(ngrams.size()));
      multiply(p, profiles.shares(*ngrams[index]), weight);
      if (draw % kDrawsPerCheck != 0) continue;
      if (normalize_sum(p) > kConverged || draw >= kDrawsMax) break;
    }
    for (size_t i = 0; i < kLanguages; ++i) mean[i] += p[i] / kTrials;
  }
  return mean;
}

}  // namespace

std::optional<std::vector<LanguageShare>> language_shares(TextView text) {
  const NgramProfiles& profiles = NgramProfiles::built_in();
  std::u32string cleaned = beginning(without_mails(without_urls(text)));
  drop_stray_latin(cleaned);
  const std::vector<const NgramProfiles::Row*> ngrams = known_ngrams(profiles, cleaned);
  if (ngrams.empty()) return std::nullopt;
  const Probabilities p = run_trials(profiles, ngrams);
  std::vector<LanguageShare> shares;
  for (size_t i = 0; i < kLanguages; ++i) {
    if (p[i] > kShareMin) shares.push_back({profiles.name(i), p[i]});
  }
  std::stable_sort(shares.begin(), shares.end(),
                   [](const auto& a, const auto& b) { return a.probability > b.probability; });
  return shares;
}

std::optional<std::string_view> detect_language(TextView text) {
  const auto shares = language_shares(text);
  if (!shares) return std::nullopt;
  return shares->empty() ? std::string_view("unknown") : shares->front().language;
}

}  // namespace assay::suites::language
