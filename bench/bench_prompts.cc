// What stands before a request: Jinja templates and five-shot prompts of a task like GSM8K, on rows
// written for this bench.
//
//   build/release/assay_bench --benchmark_filter='prompt|jinja'
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "harness/base/json.h"
#include "suites/registry.h"
#include "suites/template/template.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

constexpr int kRows = 500;

std::string made_up_row(int i) {
  const std::string question = fmt::format(
      "A market opens {} stalls in the morning and {} more at noon. Each stall sells {} loaves of "
      "bread, and every loaf costs {} coins. In the evening a third of the stalls close early and "
      "give their unsold bread away. How many coins do the stalls of the morning take together?",
      3 + i % 17, 2 + i % 5, 10 + i % 23, 1 + i % 4);
  const std::string answer = fmt::format(
      "The stalls of the morning sell {0} * {1} = <<{0}*{1}={2}>>{2} loaves.\nAt {3} coins a loaf "
      "they take {2} * {3} = <<{2}*{3}={4}>>{4} coins.\n#### {4}",
      3 + i % 17, 10 + i % 23, (3 + i % 17) * (10 + i % 23), 1 + i % 4,
      (3 + i % 17) * (10 + i % 23) * (1 + i % 4));
  return Json{{"question", question}, {"answer", answer}}.dump();
}

// A folder that goes away with the benchmark.
class BenchSuite {
 public:
  BenchSuite() : folder_(fs::temp_directory_path() / fmt::format("assay-bench-{}", ::getpid())) {
    fs::create_directories(folder_);
    std::ofstream rows(folder_ / "rows.jsonl");
    for (int i = 0; i < kRows; ++i) rows << made_up_row(i) << "\n";
    std::ofstream(folder_ / "suite.yaml") << R"(task: bench
data:
  test: {path: rows.jsonl, range: [0, 400]}
  train: {path: rows.jsonl, range: [400, 500]}
fewshot_split: train
num_fewshot: 5
doc_to_text: "Question: {{question}}\nAnswer:"
doc_to_target: "{{answer}}"
generation_kwargs: {until: ["Question:"], temperature: 0}
scorers:
  - name: exact
)";
  }
  ~BenchSuite() { fs::remove_all(folder_); }
  BenchSuite(const BenchSuite&) = delete;
  BenchSuite& operator=(const BenchSuite&) = delete;
  [[nodiscard]] std::string path() const { return folder_.string(); }

 private:
  fs::path folder_;
};

void five_shot_prompt(benchmark::State& state) {
  const BenchSuite made;
  const auto suite = suites::load_suite(made.path(), {});
  if (!suite) {
    state.SkipWithError(suite.error().text().c_str());
    return;
  }
  uint64_t i = 0;
  for (auto _ : state) {
    const auto sample = (*suite)->sample(i++ % (*suite)->size());
    benchmark::DoNotOptimize((*suite)->request(*sample, 0));
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(five_shot_prompt);

void jinja_choices(benchmark::State& state) {
  const auto parsed = suites::Template::parse(
      "{{question.strip()}}\n{% for c in choices %}{{ 'ABCDEFGH'[loop.index0] }}. {{ c }}\n"
      "{% endfor %}Answer:{% if answer is defined %} {{ 'ABCDEFGH'[answer] }}{% endif %}",
      "bench");
  const Json context{{"question", "  Which of these is a prime number? "},
                     {"choices", {"twenty-one", "thirty-three", "forty-seven", "fifty-one"}},
                     {"answer", 2}};
  if (const auto once = parsed->render(context); !once) {
    state.SkipWithError(once.error().text().c_str());
    return;
  }
  for (auto _ : state) benchmark::DoNotOptimize(parsed->render(context));
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(jinja_choices);

}  // namespace
}  // namespace assay
