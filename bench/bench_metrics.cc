// Metrics against references, per segment of about 30 words (a translation, or a summary's line).
//
//   build/release/assay_bench --benchmark_filter='bleu|chrf|ter|rouge|squad'
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/rng.h"
#include "harness/stats/corpus_scores.h"
#include "suites/score/metrics/bleu.h"
#include "suites/score/metrics/chrf.h"
#include "suites/score/metrics/rouge.h"
#include "suites/score/metrics/squad.h"
#include "suites/score/metrics/ter.h"

namespace assay {
namespace {

constexpr size_t kSegments = 64;
constexpr size_t kWords = 30;

struct Pair {
  std::string hypothesis;
  std::string reference;
};

// The hypothesis is the reference with one word in eight replaced and one block moved.
std::vector<Pair> make_pairs() {
  static constexpr std::array<const char*, 12> kVocabulary{
      "the",    "river", "was", "rising", "slowly,", "and",
      "people", "moved", "3.5", "miles",  "inland;", "quickly"};
  Rng rng(11);
  const auto word = [&rng] { return std::string(kVocabulary[rng.below(kVocabulary.size())]); };
  const auto join = [](const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& one : words) text += (text.empty() ? "" : " ") + one;
    return text + ".";
  };
  std::vector<Pair> pairs(kSegments);
  for (Pair& pair : pairs) {
    std::vector<std::string> words(kWords);
    for (std::string& one : words) one = word();
    pair.reference = join(words);
    for (std::string& one : words) {
      if (rng.below(8) == 0) one = word();
    }
    std::rotate(words.begin() + 4, words.begin() + 8, words.begin() + 14);
    pair.hypothesis = join(words);
  }
  return pairs;
}

template <typename Score>
void run(benchmark::State& state, Score score) {
  const std::vector<Pair> pairs = make_pairs();
  size_t at = 0;
  for (auto _ : state) {
    const Pair& pair = pairs[at++ % pairs.size()];
    const std::array<std::string_view, 1> references{pair.reference};
    benchmark::DoNotOptimize(score(pair.hypothesis, references));
  }
  state.SetItemsProcessed(state.iterations());
}

void bleu_segment(benchmark::State& state) {
  run(state, [](const std::string& hypothesis, const auto& references) {
    return stats::bleu_from_sums(suites::bleu_statistics({}, hypothesis, references));
  });
}
BENCHMARK(bleu_segment);

void chrf_segment(benchmark::State& state) {
  run(state, [](const std::string& hypothesis, const auto& references) {
    return stats::chrf_from_sums(suites::chrf_statistics({.word_order = 2}, hypothesis, references),
                                 2);
  });
}
BENCHMARK(chrf_segment);

void ter_segment(benchmark::State& state) {
  run(state, [](const std::string& hypothesis, const auto& references) {
    return suites::count_ter({}, hypothesis, references)->edits;
  });
}
BENCHMARK(ter_segment);

void rouge_segment(benchmark::State& state) {
  run(state, [](const std::string& hypothesis, const auto& references) {
    const auto prediction = suites::rouge_text(hypothesis, true);
    const auto target = suites::rouge_text(references[0], true);
    double sum = 0;
    for (const char* type : {"rouge1", "rouge2", "rougeL", "rougeLsum"}) {
      sum += suites::rouge_score(type, target, prediction)->f_measure;
    }
    return sum;
  });
}
BENCHMARK(rouge_segment);

void squad_answer(benchmark::State& state) {
  run(state, [](const std::string& hypothesis, const auto& references) {
    return suites::squad_f1(references[0], hypothesis);
  });
}
BENCHMARK(squad_answer);

}  // namespace
}  // namespace assay
