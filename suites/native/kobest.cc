// KoBEST: questions as lm-evaluation-harness asks them, from either form of the data: the Hugging
// Face columns or those of the authors' TSV files.
// Source: lm-evaluation-harness 0.4, lm_eval/tasks/kobest/utils.py.
#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>

#include "suites/native/functions.h"
#include "suites/native/row.h"
#include "suites/template/text.h"

namespace assay::suites {
namespace {

// The column's name in the Hugging Face form, then in the TSV form.
struct Column {
  std::string_view hub;
  std::string_view tsv;
};

Result<std::string> text_of(const Json& row, Column column) {
  return text_field(row, find_field(row, column.hub) != nullptr ? column.hub : column.tsv);
}

// `label` counts from 0. The TSV column counts from `tsv_base`, or holds True or False.
Result<int64_t> label_of(const Json& row, std::string_view tsv, int64_t tsv_base, size_t count) {
  if (find_field(row, "label") != nullptr) return index_field(row, "label", count);
  ASSAY_TRY(const Json* found, field(row, tsv));
  if (found->is_string()) {
    const std::string text = jinja::to_lower_case(found->get<std::string>());
    if (text == "true") return int64_t{1};
    if (text == "false") return int64_t{0};
  }
  ASSAY_TRY(const int64_t value, integer_field(row, tsv));
  if (value < tsv_base || value >= tsv_base + static_cast<int64_t>(count)) {
    return input_error("", fmt::format("`{}` is {}, expected {} to {}", tsv, value, tsv_base,
                                       tsv_base + static_cast<int64_t>(count) - 1));
  }
  return value - tsv_base;
}

Result<void> set_choices(Json& row, const Column* columns, size_t count) {
  Json choices = Json::array();
  for (size_t i = 0; i < count; ++i) {
    ASSAY_TRY(std::string choice, text_of(row, columns[i]));
    choices.push_back(std::move(choice));
  }
  set_field(row, "choices", std::move(choices));
  return {};
}

}  // namespace

Result<bool> preprocess_kobest_copa(Json& row) {
  constexpr std::array<Column, 2> kChoices{{{"alternative_1", "1"}, {"alternative_2", "2"}}};
  ASSAY_TRY(const std::string premise, text_of(row, {"premise", "sentence"}));
  ASSAY_TRY(const std::string asked, text_field(row, "question"));
  ASSAY_TRY(const int64_t gold, label_of(row, "Answer", 1, kChoices.size()));
  const std::string_view kind = jinja::strip(asked);
  std::string_view connector;
  if (kind == "원인") connector = " 왜냐하면";
  if (kind == "결과") connector = " 그래서";
  if (connector.empty()) {
    return input_error("", fmt::format("`question` is `{:.40}`, expected `원인` or `결과`", asked));
  }
  set_field(row, "query", fmt::format("{} {}", premise, connector));
  ASSAY_TRY_VOID(set_choices(row, kChoices.data(), kChoices.size()));
  set_field(row, "gold", gold);
  return true;
}

Result<bool> preprocess_kobest_hellaswag(Json& row) {
  constexpr std::array<Column, 4> kEndings{{{"ending_1", "choice1"},
                                            {"ending_2", "choice2"},
                                            {"ending_3", "choice3"},
                                            {"ending_4", "choice4"}}};
  ASSAY_TRY(const std::string context, text_field(row, "context"));
  ASSAY_TRY(const int64_t gold, index_field(row, "label", kEndings.size()));
  set_field(row, "query", "문장: " + context);
  ASSAY_TRY_VOID(set_choices(row, kEndings.data(), kEndings.size()));
  set_field(row, "gold", gold);
  return true;
}

Result<bool> preprocess_kobest_wic(Json& row) {
  ASSAY_TRY(const std::string first, text_of(row, {"context_1", "SENTENCE1"}));
  ASSAY_TRY(const std::string second, text_of(row, {"context_2", "SENTENCE2"}));
  ASSAY_TRY(const std::string word, text_of(row, {"word", "Target"}));
  ASSAY_TRY(const int64_t gold, label_of(row, "ANSWER", 0, 2));
  set_field(
      row, "query",
      fmt::format("문장1: {} 문장2: {} 두 문장에서 {}가 같은 뜻으로 쓰였나?", first, second, word));
  set_field(row, "gold", gold);
  return true;
}

}  // namespace assay::suites
