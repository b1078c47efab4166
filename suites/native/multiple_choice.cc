// Multiple choice sets whose rows need a hand: GPQA (options in a shuffled order), MMLU (two forms
// of the same data), MMLU-Pro (one file for all subjects).
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/hash.h"
#include "harness/base/rng.h"
#include "suites/native/functions.h"
#include "suites/native/row.h"
#include "suites/template/text.h"

namespace assay::suites {
namespace {

constexpr uint64_t kGpqaStream = 0x67707161;  // names the stream of the shuffle
constexpr std::array<std::string_view, 4> kLetters = {"A", "B", "C", "D"};

// As the reference cleans an option; an absent one is a blank there too.
Result<std::string> gpqa_option(const Json& row, std::string_view key) {
  if (find_field(row, key) == nullptr) return std::string(" ");
  ASSAY_TRY(const std::string text, text_field(row, key));
  std::string out;
  const std::string_view stripped = jinja::strip(text);
  constexpr std::string_view kTitle = " [title]";
  for (size_t at = 0; at < stripped.size();) {
    if (stripped.substr(at).starts_with(kTitle)) {
      out += ". ";
      at += kTitle.size();
    } else {
      out += stripped[at++];
    }
  }
  std::string single;
  for (size_t at = 0; at < out.size(); ++at) {
    single += out[at];
    if (out[at] == ' ' && at + 1 < out.size() && out[at + 1] == ' ') ++at;
  }
  return single;
}

// The category of a row as the file writes it ("computer science").
Result<bool> of_category(const Json& row, std::string_view category) {
  ASSAY_TRY(const std::string found, text_field(row, "category"));
  return found == category;
}

}  // namespace

// Source: lm-evaluation-harness 0.4, lm_eval/tasks/gpqa/zeroshot/utils.py. There Python's shared
// generator shuffles the options, so their order depends on what ran before; here it is drawn from
// the question's text and is the same in every run.
Result<bool> preprocess_gpqa(Json& row) {
  ASSAY_TRY(const std::string question, text_field(row, "Question"));
  ASSAY_TRY_VOID(field(row, "Correct Answer"));
  std::vector<std::string> options;
  for (const std::string_view key :
       {"Incorrect Answer 1", "Incorrect Answer 2", "Incorrect Answer 3", "Correct Answer"}) {
    ASSAY_TRY(std::string option, gpqa_option(row, key));
    options.push_back(std::move(option));
  }
  const std::string right = options.back();
  Rng rng(sha256(question).prefix64(), kGpqaStream);
  rng.shuffle(options);
  int64_t gold = 0;
  while (options[static_cast<size_t>(gold)] != right) ++gold;
  for (size_t i = 0; i < options.size(); ++i) {
    set_field(row, "choice" + std::to_string(i + 1), options[i]);
  }
  set_field(row, "gold", gold);
  set_field(row, "answer", "(" + std::string(kLetters[static_cast<size_t>(gold)]) + ")");
  return true;
}

// The CSV form (columns A to D, the answer a letter) becomes the Hugging Face form (`choices`, the
// answer a position), which is left as it is.
Result<bool> preprocess_mmlu(Json& row) {
  if (find_field(row, "choices") == nullptr) {
    Json choices = Json::array();
    for (const std::string_view letter : kLetters) {
      ASSAY_TRY(std::string choice, text_field(row, letter));
      choices.push_back(std::move(choice));
    }
    set_field(row, "choices", std::move(choices));
  }
  ASSAY_TRY(const Json* answer, field(row, "answer"));
  if (answer->is_string()) {
    for (size_t i = 0; i < kLetters.size(); ++i) {
      if (answer->get_ref<const std::string&>() != kLetters[i]) continue;
      set_field(row, "answer", static_cast<int64_t>(i));
      return true;
    }
  }
  ASSAY_TRY(const int64_t gold, index_field(row, "answer", kLetters.size()));
  set_field(row, "answer", gold);
  return true;
}

// Source: lm-evaluation-harness 0.4, lm_eval/tasks/mmlu_pro/utils.py (process_docs by subject).
Result<bool> preprocess_mmlu_pro_biology(Json& row) { return of_category(row, "biology"); }
Result<bool> preprocess_mmlu_pro_business(Json& row) { return of_category(row, "business"); }
Result<bool> preprocess_mmlu_pro_chemistry(Json& row) { return of_category(row, "chemistry"); }
Result<bool> preprocess_mmlu_pro_computer_science(Json& row) {
  return of_category(row, "computer science");
}
Result<bool> preprocess_mmlu_pro_economics(Json& row) { return of_category(row, "economics"); }
Result<bool> preprocess_mmlu_pro_engineering(Json& row) { return of_category(row, "engineering"); }
Result<bool> preprocess_mmlu_pro_health(Json& row) { return of_category(row, "health"); }
Result<bool> preprocess_mmlu_pro_history(Json& row) { return of_category(row, "history"); }
Result<bool> preprocess_mmlu_pro_law(Json& row) { return of_category(row, "law"); }
Result<bool> preprocess_mmlu_pro_math(Json& row) { return of_category(row, "math"); }
Result<bool> preprocess_mmlu_pro_other(Json& row) { return of_category(row, "other"); }
Result<bool> preprocess_mmlu_pro_philosophy(Json& row) { return of_category(row, "philosophy"); }
Result<bool> preprocess_mmlu_pro_physics(Json& row) { return of_category(row, "physics"); }
Result<bool> preprocess_mmlu_pro_psychology(Json& row) { return of_category(row, "psychology"); }

}  // namespace assay::suites
