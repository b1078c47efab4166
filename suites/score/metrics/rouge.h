// ROUGE-N, ROUGE-L and ROUGE-Lsum of a prediction against a target.
//
// Where it stands: used by the scorer `rouge`; pure.
//
//   const RougeText target = rouge_text("the cat sat", true);
//   const RougeText prediction = rouge_text("a cat sits", true);
//   rouge_n(target, prediction, 1).f_measure;
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::suites {

struct RougeScore {
  double precision = 0;
  double recall = 0;
  double f_measure = 0;  // 2PR / (P + R); 0 when both are 0
};

struct RougeText {
  std::vector<std::string> tokens;
  std::vector<std::vector<std::string>> sentences;  // tokens of each line that is not empty
};

// What is a sentence for ROUGE-Lsum.
enum class RougeSplit : uint8_t {
  kLines,  // each line
  kPunkt,  // what NLTK's sent_tokenize finds (rouge_score's split_summaries)
};
// In lower case, runs of a-z and 0-9; with `stem`, tokens of more than three characters by their
// stem. Everything else separates, so texts in other scripts have no tokens. `text` is valid UTF-8.
RougeText rouge_text(std::string_view text, bool stem, RougeSplit split = RougeSplit::kLines);

// All of these: edge case no tokens on a side: all 0. Source: Lin, 2004; rouge_score 0.1.2.
//
// Common n-grams over those of the prediction (precision) and of the target (recall). n >= 1.
RougeScore rouge_n(const RougeText& target, const RougeText& prediction, size_t n);

// Word comparisons of the longest common subsequence, 64 at a time.
inline constexpr double kRougeLcsCellsMax = 2e10;
// The longest common subsequence of the whole texts, line breaks ignored. nullopt: beyond the
// limit.
std::optional<RougeScore> rouge_l(const RougeText& target, const RougeText& prediction);

// The same for the union, whose tables are kept (a bit for each cell) and read back one by one.
inline constexpr double kRougeSumCellsMax = 1e8;
// For each target line, the words of it that a longest common subsequence with any line of the
// prediction has; each word counts at most as often as both sides have it. nullopt: beyond the
// limit.
std::optional<RougeScore> rouge_l_sum(const RougeText& target, const RougeText& prediction);

// The figure of "rouge1" .. "rouge9", "rougeL" or "rougeLsum". nullopt: beyond its limit.
std::optional<RougeScore> rouge_score(std::string_view type, const RougeText& target,
                                      const RougeText& prediction);
bool is_rouge_type(std::string_view type);

}  // namespace assay::suites
