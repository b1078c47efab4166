#include "suites/native/preprocess.h"

#include <algorithm>
#include <array>

#include "suites/native/functions.h"

namespace assay::suites {
namespace {

using Names = std::span<const std::string_view>;

constexpr std::array<std::string_view, 3> kQueryChoicesGold{"query", "choices", "gold"};
constexpr std::array<std::string_view, 2> kQueryGold{"query", "gold"};
constexpr std::array<std::string_view, 2> kChoicesGold{"choices", "gold"};
constexpr std::array<std::string_view, 3> kWinogrande{"contexts", "gold", "continuation"};
constexpr std::array<std::string_view, 6> kGpqa{"choice1", "choice2", "choice3",
                                                "choice4", "gold",    "answer"};
constexpr std::array<std::string_view, 2> kMmlu{"choices", "answer"};
constexpr std::array<std::string_view, 2> kDrop{"id", "answers"};

constexpr std::array<Preprocess, 24> kAll{{
    {"drop", "answer, validated_answers -> answers (lists of spans), id", kDrop, preprocess_drop},
    {"gpqa",
     "Question, Correct Answer, Incorrect Answer 1..3 -> choice1..4 in an order drawn from "
     "the question, gold, answer \"(B)\"",
     kGpqa, preprocess_gpqa},
    {"hellaswag", "activity_label, ctx_a, ctx_b (or ctx), endings, label -> query, choices, gold",
     kQueryChoicesGold, preprocess_hellaswag},
    {"kobest_copa", "premise, question, alternative_1..2, label -> query, choices, gold",
     kQueryChoicesGold, preprocess_kobest_copa},
    {"kobest_hellaswag", "context, ending_1..4, label -> query, choices, gold", kQueryChoicesGold,
     preprocess_kobest_hellaswag},
    {"kobest_wic", "context_1, context_2, word, label -> query, gold", kQueryGold,
     preprocess_kobest_wic},
    {"mmlu", "A..D and a letter, or choices and a position -> choices, answer (a position)", kMmlu,
     preprocess_mmlu},
    {"mmlu_pro_biology", "keeps the rows of this category", Names{}, preprocess_mmlu_pro_biology},
    {"mmlu_pro_business", "keeps the rows of this category", Names{}, preprocess_mmlu_pro_business},
    {"mmlu_pro_chemistry", "keeps the rows of this category", Names{},
     preprocess_mmlu_pro_chemistry},
    {"mmlu_pro_computer_science", "keeps the rows of this category", Names{},
     preprocess_mmlu_pro_computer_science},
    {"mmlu_pro_economics", "keeps the rows of this category", Names{},
     preprocess_mmlu_pro_economics},
    {"mmlu_pro_engineering", "keeps the rows of this category", Names{},
     preprocess_mmlu_pro_engineering},
    {"mmlu_pro_health", "keeps the rows of this category", Names{}, preprocess_mmlu_pro_health},
    {"mmlu_pro_history", "keeps the rows of this category", Names{}, preprocess_mmlu_pro_history},
    {"mmlu_pro_law", "keeps the rows of this category", Names{}, preprocess_mmlu_pro_law},
    {"mmlu_pro_math", "keeps the rows of this category", Names{}, preprocess_mmlu_pro_math},
    {"mmlu_pro_other", "keeps the rows of this category", Names{}, preprocess_mmlu_pro_other},
    {"mmlu_pro_philosophy", "keeps the rows of this category", Names{},
     preprocess_mmlu_pro_philosophy},
    {"mmlu_pro_physics", "keeps the rows of this category", Names{}, preprocess_mmlu_pro_physics},
    {"mmlu_pro_psychology", "keeps the rows of this category", Names{},
     preprocess_mmlu_pro_psychology},
    {"truthfulqa_mc1", "mc1_targets -> choices, gold", kChoicesGold, preprocess_truthfulqa_mc1},
    {"truthfulqa_mc2", "mc2_targets -> choices, gold (the true ones, a list)", kChoicesGold,
     preprocess_truthfulqa_mc2},
    {"winogrande", "sentence, option1, option2, answer -> contexts, gold, continuation",
     kWinogrande, preprocess_winogrande},
}};

// Tasks of lm-evaluation-harness that need Python, with the shipped suite that stands for each. A
// name that ends in * stands for all that begin so.
struct Twin {
  std::string_view task;
  std::string_view suite;
};
constexpr std::array<Twin, 40> kTwins{{
    {"aime", "aime"},
    {"aime24", "aime24"},
    {"aime25", "aime25"},
    {"bbh_cot_zeroshot*", "bbh"},
    {"bbh_zeroshot*", "bbh"},
    {"drop", "drop"},
    {"gpqa_diamond_zeroshot", "gpqa_diamond_zeroshot"},
    {"gpqa*", "gpqa_diamond"},
    {"hellaswag", "hellaswag"},
    {"hendrycks_math*", "math_500"},
    {"humaneval_instruct", "humaneval_instruct"},
    {"humaneval*", "humaneval"},
    {"ifeval", "ifeval"},
    {"kobest_boolq", "kobest_boolq"},
    {"kobest_copa", "kobest_copa"},
    {"kobest_hellaswag", "kobest_hellaswag"},
    {"kobest_sentineg", "kobest_sentineg"},
    {"kobest_wic", "kobest_wic"},
    {"kmmlu*", "kmmlu"},
    {"mbpp*", "mbpp"},
    {"minerva_math*", "math_500"},
    {"mmlu_pro_biology", "mmlu_pro_biology"},
    {"mmlu_pro_business", "mmlu_pro_business"},
    {"mmlu_pro_chemistry", "mmlu_pro_chemistry"},
    {"mmlu_pro_computer_science", "mmlu_pro_computer_science"},
    {"mmlu_pro_economics", "mmlu_pro_economics"},
    {"mmlu_pro_engineering", "mmlu_pro_engineering"},
    {"mmlu_pro_health", "mmlu_pro_health"},
    {"mmlu_pro_history", "mmlu_pro_history"},
    {"mmlu_pro_law", "mmlu_pro_law"},
    {"mmlu_pro_math", "mmlu_pro_math"},
    {"mmlu_pro_other", "mmlu_pro_other"},
    {"mmlu_pro_philosophy", "mmlu_pro_philosophy"},
    {"mmlu_pro_physics", "mmlu_pro_physics"},
    {"mmlu_pro_psychology", "mmlu_pro_psychology"},
    {"mmlu_pro*", "mmlu_pro"},
    {"truthfulqa_mc1", "truthfulqa_mc1"},
    {"truthfulqa_mc2", "truthfulqa_mc2"},
    {"winogrande", "winogrande"},
    {"simpleqa*", "simpleqa"},
}};

bool stands_for(std::string_view pattern, std::string_view task) {
  if (!pattern.ends_with('*')) return pattern == task;
  pattern.remove_suffix(1);
  return task.starts_with(pattern);
}

}  // namespace

std::span<const Preprocess> all_preprocess() { return kAll; }

const Preprocess* find_preprocess(std::string_view name) {
  const std::span<const Preprocess> all = all_preprocess();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const Preprocess& p) { return p.name == name; });
  return found == all.end() ? nullptr : &*found;
}

std::string_view native_twin(std::string_view task) {
  const auto found = std::find_if(kTwins.begin(), kTwins.end(),
                                  [&](const Twin& twin) { return stands_for(twin.task, task); });
  return found == kTwins.end() ? std::string_view() : found->suite;
}

}  // namespace assay::suites
