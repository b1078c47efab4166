#include "suites/score/metrics/rouge.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "suites/language/punkt.h"
#include "suites/score/metrics/ngrams.h"
#include "suites/score/metrics/porter_stemmer.h"
#include "suites/score/metrics/python_text.h"
#include "suites/score/text_distance.h"

namespace assay::suites {
namespace {

constexpr size_t kStemmedLengthMin = 4;

bool is_token_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

void append_tokens(std::string_view lower, bool stem, std::vector<std::string>& out) {
  for (size_t i = 0; i < lower.size();) {
    if (!is_token_character(lower[i])) {
      ++i;
      continue;
    }
    size_t end = i;
    while (end < lower.size() && is_token_character(lower[end])) ++end;
    const std::string_view token = lower.substr(i, end - i);
    out.push_back(stem && token.size() >= kStemmedLengthMin ? porter_stem(token)
                                                            : std::string(token));
    if (out.back().empty()) out.pop_back();
    i = end;
  }
}

RougeScore from_counts(double common, size_t target, size_t prediction) {
  RougeScore score;
  if (target > 0) score.recall = common / static_cast<double>(target);
  if (prediction > 0) score.precision = common / static_cast<double>(prediction);
  const double sum = score.precision + score.recall;
  if (sum > 0) score.f_measure = 2 * score.precision * score.recall / sum;
  return score;
}

Symbols numbers_of(const std::vector<std::string>& tokens, WordIds& ids) {
  Symbols out;
  out.reserve(tokens.size());
  for (const std::string& token : tokens) out.push_back(ids(token));
  return out;
}

double cells(const RougeText& a, const RougeText& b) {
  return static_cast<double>(a.tokens.size()) * static_cast<double>(b.tokens.size());
}

// Marks in `found` the places of `target` that one longest common subsequence with `line` has: the
// one that is read back from the end, going along the target where both ways are as long.
class SubsequenceMarker {
 public:
  void mark(const Symbols& target, const Symbols& line, std::vector<bool>& found) {
    fill(target, line);
    size_t i = target.size();
    size_t j = line.size();
    while (i > 0 && j > 0) {
      if (target[i - 1] == line[j - 1]) {
        found[i - 1] = true;
        --i;
        --j;
      } else if (along_line_[(i - 1) * line.size() + j - 1]) {
        --j;
      } else {
        --i;
      }
    }
  }

 private:
  // Lengths row by row; kept is only which neighbour is longer.
  void fill(const Symbols& target, const Symbols& line) {
    along_line_.assign(target.size() * line.size(), false);
    row_.assign(line.size() + 1, 0);
    for (size_t i = 0; i < target.size(); ++i) {
      uint32_t corner = 0;  // of the row above
      for (size_t j = 1; j <= line.size(); ++j) {
        const uint32_t above = row_[j];
        if (target[i] == line[j - 1]) {
          row_[j] = corner + 1;
        } else if (row_[j - 1] > above) {
          row_[j] = row_[j - 1];
          along_line_[i * line.size() + j - 1] = true;
        }
        corner = above;
      }
    }
  }

  std::vector<bool> along_line_;
  std::vector<uint32_t> row_;
};

std::vector<Symbols> lines_of(const RougeText& text, WordIds& ids) {
  std::vector<Symbols> lines;
  lines.reserve(text.sentences.size());
  for (const auto& sentence : text.sentences) lines.push_back(numbers_of(sentence, ids));
  return lines;
}

std::vector<int64_t> count_words(const std::vector<Symbols>& lines, size_t words) {
  std::vector<int64_t> counts(words, 0);
  for (const Symbols& line : lines) {
    for (const uint32_t word : line) ++counts[word];
  }
  return counts;
}

double union_hits(const std::vector<Symbols>& target, const std::vector<Symbols>& prediction,
                  size_t words) {
  std::vector<int64_t> left_target = count_words(target, words);
  std::vector<int64_t> left_prediction = count_words(prediction, words);
  SubsequenceMarker marker;
  double hits = 0;
  for (const Symbols& line : target) {
    std::vector<bool> found(line.size(), false);
    for (const Symbols& other : prediction) marker.mark(line, other, found);
    for (size_t i = 0; i < line.size(); ++i) {
      const uint32_t word = line[i];
      if (!found[i] || left_target[word] <= 0 || left_prediction[word] <= 0) continue;
      ++hits;
      --left_target[word];
      --left_prediction[word];
    }
  }
  return hits;
}

}  // namespace

RougeText rouge_text(std::string_view text, bool stem, RougeSplit split) {
  RougeText out;
  const std::string lower = python_lower(text);
  append_tokens(lower, stem, out.tokens);
  if (split == RougeSplit::kPunkt) {
    // Sentences are found in the text as it is: the model knows words by their case.
    const std::u32string points = language::to_points(text);
    for (const language::TextView sentence : language::split_sentences(points)) {
      append_tokens(python_lower(language::to_bytes(sentence)), stem, out.sentences.emplace_back());
    }
    return out;
  }
  for (size_t at = 0; at <= lower.size();) {
    const size_t end = std::min(lower.find('\n', at), lower.size());
    if (end > at)
      append_tokens(std::string_view(lower).substr(at, end - at), stem,
                    out.sentences.emplace_back());
    at = end + 1;
  }
  return out;
}

RougeScore rouge_n(const RougeText& target, const RougeText& prediction, size_t n) {
  WordIds ids;
  const std::array<Symbols, 2> texts{numbers_of(target.tokens, ids),
                                     numbers_of(prediction.tokens, ids)};
  double common = 0;
  for_each_ngram(texts, n, [&](size_t length, std::span<const uint32_t> counts) {
    if (length == n) common += std::min(counts[0], counts[1]);
  });
  return from_counts(common, ngram_total(texts[0].size(), n), ngram_total(texts[1].size(), n));
}

std::optional<RougeScore> rouge_l(const RougeText& target, const RougeText& prediction) {
  if (cells(target, prediction) > kRougeLcsCellsMax) return std::nullopt;
  if (target.tokens.empty() || prediction.tokens.empty()) return RougeScore{};
  WordIds ids;
  const Symbols a = numbers_of(target.tokens, ids);
  const Symbols b = numbers_of(prediction.tokens, ids);
  const std::u32string target_words(a.begin(), a.end());
  const std::u32string prediction_words(b.begin(), b.end());
  const size_t common = lcs_length(target_words, prediction_words);
  return from_counts(static_cast<double>(common), a.size(), b.size());
}

std::optional<RougeScore> rouge_l_sum(const RougeText& target, const RougeText& prediction) {
  if (cells(target, prediction) > kRougeSumCellsMax) return std::nullopt;
  WordIds ids;
  const std::vector<Symbols> a = lines_of(target, ids);
  const std::vector<Symbols> b = lines_of(prediction, ids);
  // Line breaks separate tokens anyway, so that lines and whole texts have the same number.
  if (target.tokens.empty() || prediction.tokens.empty()) return RougeScore{};
  return from_counts(union_hits(a, b, ids.size()), target.tokens.size(), prediction.tokens.size());
}

bool is_rouge_type(std::string_view type) {
  if (type == "rougeL" || type == "rougeLsum") return true;
  return type.size() == 6 && type.starts_with("rouge") && type[5] >= '1' && type[5] <= '9';
}

std::optional<RougeScore> rouge_score(std::string_view type, const RougeText& target,
                                      const RougeText& prediction) {
  if (!is_rouge_type(type)) return std::nullopt;
  if (type == "rougeL") return rouge_l(target, prediction);
  if (type == "rougeLsum") return rouge_l_sum(target, prediction);
  return rouge_n(target, prediction, static_cast<size_t>(type[5] - '0'));
}

}  // namespace assay::suites
