// Rates of the mathematical scorers on one core: pairs of answers, replies with an answer in them,
// and minerva_math's comparison.
#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <utility>

#include "suites/score/math/equivalence.h"
#include "suites/score/math/reference_text.h"
#include "suites/score/math/sympy_latex.h"

namespace {

namespace math = assay::suites::math;

constexpr std::array<std::pair<const char*, const char*>, 8> kPairs{
    {{"\\frac{1}{2}", "0.5"},
     {"42", "42"},
     {"x^2+2x+1", "(x+1)^2"},
     {"(-\\infty,1)\\cup(2,3]", "(2,3]\\cup(-\\infty,1)"},
     {"\\sqrt{12}", "2\\sqrt{3}"},
     {"\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "\\begin{pmatrix}1&2\\\\3&5\\end{pmatrix}"},
     {"x=5", "5"},
     {"\\text{even}", "\\text{odd}"}}};

void math_pairs(benchmark::State& state) {
  int64_t pairs = 0;
  for (auto _ : state) {
    for (const auto& [gold, prediction] : kPairs) {
      const std::string g = "$" + std::string(gold) + "$";
      const std::string p = "$" + std::string(prediction) + "$";
      benchmark::DoNotOptimize(math::equivalent(g, p, {}).same);
      ++pairs;
    }
  }
  state.SetItemsProcessed(pairs);
}
BENCHMARK(math_pairs);

void math_replies(benchmark::State& state) {
  std::string reply;
  for (int i = 0; i < 20; ++i) {
    reply += "We see that $x_" + std::to_string(i) + " = \\frac{" + std::to_string(i) +
             "}{7}$ and go on with 3 more steps.\n";
  }
  reply += "So the answer is \\(\\boxed{\\frac{3}{4}}\\).";
  for (auto _ : state) {
    benchmark::DoNotOptimize(math::equivalent("$\\frac34$", reply, {}).same);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(math_replies);

void minerva_pairs(benchmark::State& state) {
  int64_t pairs = 0;
  for (auto _ : state) {
    for (const auto& [gold, prediction] : kPairs) {
      benchmark::DoNotOptimize(
          math::minerva_equal(math::normalize_minerva(gold), math::normalize_minerva(prediction)));
      ++pairs;
    }
  }
  state.SetItemsProcessed(pairs);
}
BENCHMARK(minerva_pairs);

}  // namespace
