// SampleMaker: the templates of a suite, compiled once, applied to data rows.
//
// Where it stands: inside FileSuite; pure and shared by threads. It parses a row once and renders
// everything a sample needs from it. Few-shot examples are put in front by Fewshot.
//
//   ASSAY_TRY(SampleMaker maker, SampleMaker::compile(definition, columns,
//   RowPurpose::kSample));
//   Sample sample;
//   ASSAY_TRY_VOID(maker.fill(row, sample));
//   ASSAY_TRY(std::string question, maker.question(row));
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"
#include "harness/types/request.h"
#include "harness/types/sample.h"
#include "suites/loader/expression.h"
#include "suites/loader/suite_file.h"

namespace assay::suites {

// What rows are made into: whole samples, or question and answer alone (few-shot examples, training
// lines), whose split may lack the columns of the rest.
enum class RowPurpose : uint8_t { kSample, kExample };

class SampleMaker {
 public:
  // `columns`: of the split the rows come from.
  static Result<SampleMaker> compile(const SuiteDefinition& suite,
                                     const std::vector<std::string>& columns, RowPurpose purpose);

  // Cluster, tags, targets, choices, fields, pictures (relative names), the system message and,
  // where the suite has an `input`, that; not id, index, doc and the prompt's text.
  Result<void> fill(const Json& row, Sample& sample) const;
  [[nodiscard]] Result<std::string> description(const Json& row) const;
  [[nodiscard]] Result<std::string> question(const Json& row) const;
  // `input`, or the question.
  [[nodiscard]] Result<std::string> input(const Json& row) const;
  // The first accepted answer; empty where the suite names none.
  [[nodiscard]] Result<std::string> first_target(const Json& row) const;
  // "" without one.
  [[nodiscard]] Result<std::string> gen_prefix(const Json& row) const;
  [[nodiscard]] Result<std::string> tag(const Json& row, size_t position) const;
  // The conversation and the functions that stand in the row; empty where the suite names none.
  [[nodiscard]] Result<std::vector<Message>> messages(const Json& row) const;
  [[nodiscard]] Result<std::vector<Tool>> tools(const Json& row) const;
  [[nodiscard]] bool has_messages() const { return messages_.has_value(); }
  [[nodiscard]] bool has_tools() const { return tools_.has_value(); }
  [[nodiscard]] bool has_input() const { return input_.has_value(); }
  [[nodiscard]] const std::vector<std::string>& tag_names() const { return tag_names_; }

 private:
  Result<void> compile_rest(const SuiteDefinition& suite, const std::vector<std::string>& columns);
  Result<void> read_choices(const Json& row, std::vector<std::string>& out) const;
  Result<void> read_targets(const Json& row, const std::vector<std::string>& choices,
                            std::vector<std::string>& out) const;
  Result<void> add_target(const Expression& from, const Json& value,
                          const std::vector<std::string>& choices,
                          std::vector<std::string>& out) const;
  Result<void> read_images(const Json& row, std::vector<std::string>& out) const;

  std::optional<Expression> description_;
  std::optional<Expression> question_;
  std::optional<Expression> input_;
  std::optional<Expression> system_;
  std::optional<Expression> messages_;
  std::optional<Expression> tools_;
  std::optional<Expression> gen_prefix_;
  std::optional<Expression> cluster_;
  std::vector<Expression> targets_;
  std::vector<Expression> choices_;
  bool choice_is_list_ = false;
  bool answer_is_choice_ = false;  // output_type: multiple_choice
  std::vector<Expression> images_;
  std::vector<std::string> tag_names_;
  std::vector<Expression> tags_;
  std::vector<std::pair<std::string, Expression>> fields_;
};

}  // namespace assay::suites
