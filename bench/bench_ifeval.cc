// IFEval checks per second on one core: a reply of some 300 words, every kind of instruction on its
// own (strict and loose), and the language tools under them.
//
//   build/release/assay_bench_ifeval --benchmark_filter=judge
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json.h"
#include "suites/language/language_detector.h"
#include "suites/language/punkt.h"
#include "suites/language/word_tokenize.h"
#include "suites/score/ifeval/judge.h"

namespace assay::suites {
namespace {

constexpr std::string_view kParagraph =
    "**The river** runs past the old mill, and children play on its banks. Every spring the water "
    "rises quickly! Dr. Smith of the U.S. Survey wrote: \"It can't be stopped...\" Nobody knows "
    "why.\n\n* one\n* two\n\n<<A title>> [name] and more of NASA's words, which follow here.\n\n";
constexpr const char* kArguments = R"j({
  "capital_frequency": 99, "capital_relation": "at least", "prompt_to_repeat": "tea",
  "num_placeholders": 99, "postscript_marker": "P.S.", "section_spliter": "Section",
  "num_sections": 2, "num_bullets": 99, "num_highlights": 99, "keywords": ["river", "absent"],
  "forbidden_words": ["river"], "keyword": "river", "frequency": 99, "relation": "at least",
  "letter": "t", "let_frequency": 2, "let_relation": "less than", "language": "fr",
  "num_paragraphs": 2, "nth_paragraph": 1, "first_word": "tea", "num_sentences": 999,
  "num_words": 9999, "end_phrase": "the end."})j";

std::string reply() {
  std::string text;
  for (int i = 0; i < 6; ++i) text += kParagraph;
  return text;
}

// None of the instructions is followed, so that all eight versions are looked at: the worst case.
void judge_instruction(benchmark::State& state) {
  const std::string_view id = ifeval::instruction_ids()[static_cast<size_t>(state.range(0))];
  const Json kwargs = parse_json(kArguments, "arguments").value();
  const std::string text = reply();
  state.SetLabel(std::string(id));
  for (auto _ : state) {
    std::vector<std::unique_ptr<ifeval::Instruction>> one;
    one.push_back(ifeval::make_instruction(id, kwargs).value());
    benchmark::DoNotOptimize(ifeval::judge_reply(one, text));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(judge_instruction)->DenseRange(0, 24);

void detect_language(benchmark::State& state) {
  const std::u32string text = language::to_points(reply());
  for (auto _ : state) benchmark::DoNotOptimize(language::detect_language(text));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(detect_language);

void split_sentences(benchmark::State& state) {
  const std::u32string text = language::to_points(reply());
  for (auto _ : state) benchmark::DoNotOptimize(language::split_sentences(text));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(split_sentences);

void word_tokenize(benchmark::State& state) {
  const std::u32string text = language::to_points(reply());
  for (auto _ : state) benchmark::DoNotOptimize(language::word_tokenize(text));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(word_tokenize);

}  // namespace
}  // namespace assay::suites
