// SampleMaker: the templates of a suite, compiled once, applied to documents (data rows).
//
// Where it stands: inside PromptMaker and FileSuite; pure and shared by threads. It says what the
// templates of one document give; PromptMaker puts prompts together from that.
//
//   ASSAY_TRY(SampleMaker maker, SampleMaker::compile(definition, columns, RowPurpose::kSample));
//   Sample sample;
//   ASSAY_TRY_VOID(maker.fill(doc, sample));
//   ASSAY_TRY(std::string question, maker.question(doc));
//
// Two sets of rules (docs/suites.md): those of Assay's own suites, and for tasks of
// lm-evaluation-harness the reference's. Source: ConfigurableTask.doc_to_text, doc_to_target and
// doc_to_choice of lm_eval/api/task.py, and check_gold_index_error of lm_eval/api/utils.py, 0.4.9.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/result.h"
#include "harness/types/sample.h"
#include "suites/loader/expression.h"
#include "suites/loader/suite_file.h"

namespace assay::suites {

// What rows are made into: whole samples, or question and answer alone (few-shot examples, training
// lines), whose split may lack the columns of the rest.
enum class RowPurpose : uint8_t { kSample, kExample };

class SampleMaker {
 public:
  // `columns`: the names that stand for columns (of the split the rows come from; in the reference
  // always of the test split).
  static Result<SampleMaker> compile(const SuiteDefinition& suite,
                                     const std::vector<std::string>& columns, RowPurpose purpose);

  // Cluster, tags, targets, choices, gold, fields, pictures (relative names), the system message
  // and, where the suite has an `input`, that; not id, index, doc and what is asked.
  Result<void> fill(const Json& row, Sample& sample) const;
  [[nodiscard]] Result<std::string> description(const Json& row) const;
  // What doc_to_text gives: a text; or the number of the right one among the choices, which are
  // then contexts.
  [[nodiscard]] Result<Json> question_value(const Json& row) const;
  // As text: a number picks a choice.
  [[nodiscard]] Result<std::string> question(const Json& row) const;
  // What doc_to_choice gives, a list; null without one.
  [[nodiscard]] Result<Json> choices_value(const Json& row) const;
  // What doc_to_target gives: text, number, list ...; null without one.
  [[nodiscard]] Result<Json> target_value(const Json& row) const;
  // `input`, or the question.
  [[nodiscard]] Result<std::string> input(const Json& row) const;
  // The first accepted answer; empty where the suite names none.
  [[nodiscard]] Result<std::string> first_target(const Json& row) const;
  // The answer as it stands in a few-shot example; nothing: the example has none.
  [[nodiscard]] Result<std::optional<std::string>> example_answer(const Json& row) const;
  // Nothing without one, which is not the same as empty.
  [[nodiscard]] Result<std::optional<std::string>> gen_prefix(const Json& row) const;
  [[nodiscard]] Result<std::string> tag(const Json& row, size_t position) const;
  [[nodiscard]] bool has_input() const { return input_.has_value(); }
  [[nodiscard]] const std::vector<std::string>& tag_names() const { return tag_names_; }

 private:
  using Texts = std::vector<std::string>;
  Result<void> compile_doc(const SuiteDefinition& suite, const Texts& columns);
  Result<void> compile_rest(const SuiteDefinition& suite, const Texts& columns);
  Result<void> read_truth(const Json& row, Sample& sample) const;
  Result<void> read_choices(const Json& row, Texts& out) const;
  Result<void> read_own_target(const Json& target, Sample& sample) const;
  Result<void> add_own_target(const Json& value, const std::string& place, Sample& sample) const;
  Result<void> read_reference_target(const Json& row, Sample& sample) const;
  Result<void> read_chat(const Json& row, Prompt& prompt) const;
  Result<void> read_images(const Json& row, Texts& out) const;
  [[nodiscard]] Result<Json> value_of(const Expression& source, const Json& row) const;
  [[nodiscard]] Result<std::string> reference_answer(const Json& row, const Json& target) const;
  [[nodiscard]] Result<std::string> choice_at(const Json& choices, const Json& position) const;
  [[nodiscard]] bool has_choices() const { return !choices_.empty(); }

  bool reference_ = false;
  bool answer_is_choice_ = false;  // output_type: multiple_choice
  std::optional<Expression> description_;
  std::optional<Expression> question_;
  std::optional<Expression> input_;
  std::optional<Expression> system_;
  std::optional<Expression> messages_;
  std::optional<Expression> tools_;
  std::optional<Expression> gen_prefix_;
  std::optional<Expression> cluster_;
  std::vector<Expression> targets_;
  bool target_is_list_ = false;
  Json fixed_target_;  // `doc_to_target: 3`, and in the reference every list; null: templates
  std::vector<Expression> choices_;
  bool choice_is_list_ = false;
  Json fixed_choices_;  // in the reference a list as it is written; null: templates
  std::vector<Expression> images_;
  Texts tag_names_;
  std::vector<Expression> tags_;
  std::vector<std::pair<std::string, Expression>> fields_;
};

}  // namespace assay::suites
