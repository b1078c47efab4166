#include "suites/loader/prompt_maker.h"

#include <fmt/format.h>

#include <utility>

#include "suites/template/text.h"

namespace assay::suites {
namespace {

// The suite whose templates are those of the examples.
SuiteDefinition with_shot_templates(const SuiteDefinition& suite) {
  SuiteDefinition out = suite;
  const DocTemplates& shot = suite.shot;
  if (shot.text) out.doc.text = shot.text;
  if (!shot.target.empty()) {
    out.doc.target = shot.target;
    out.doc.target_is_list = shot.target_is_list;
  }
  if (!shot.choice.empty()) {
    out.doc.choice = shot.choice;
    out.doc.choice_is_list = shot.choice_is_list;
  }
  return out;
}

}  // namespace

void move_space(std::string& context, std::string& continuation) {
  const size_t kept = jinja::strip_right(context).size();
  continuation.insert(0, context, kept);
  context.resize(kept);
}

PromptMaker::PromptMaker(SampleMaker doc, SampleMaker example, const SuiteDefinition& suite,
                         PromptStyle style)
    : doc_(std::move(doc)),
      example_(std::move(example)),
      style_(std::move(style)),
      output_type_(suite.generates() ? "generate_until" : suite.output_type),
      unconditional_(suite.unconditional),
      target_delimiter_(suite.target_delimiter),
      fewshot_delimiter_(suite.fewshot_delimiter),
      shot_target_delimiter_(suite.shot_target_delimiter),
      shot_fewshot_delimiter_(suite.shot_fewshot_delimiter) {}

Result<PromptMaker> PromptMaker::compile(const SuiteDefinition& suite,
                                         const std::vector<std::string>& columns,
                                         const std::vector<std::string>& example_columns,
                                         PromptStyle style) {
  ASSAY_TRY(SampleMaker doc, SampleMaker::compile(suite, columns, RowPurpose::kSample));
  ASSAY_TRY(SampleMaker example, SampleMaker::compile(with_shot_templates(suite),
                                                      suite.reference ? columns : example_columns,
                                                      RowPurpose::kExample));
  return PromptMaker(std::move(doc), std::move(example), suite, std::move(style));
}

Result<Shot> PromptMaker::shot(const Json& doc) const {
  Shot shot;
  ASSAY_TRY(shot.question, example_.question(doc));
  ASSAY_TRY(shot.answer, example_.example_answer(doc));
  return shot;
}

// Instruction and description.
Result<std::string> PromptMaker::preface(const Json& doc) const {
  ASSAY_TRY(std::string description, doc_.description(doc));
  if (style_.system.empty()) return description;
  if (description.empty()) return style_.system;
  return style_.system + fewshot_delimiter_ + description;
}

// Every example begins its answer as the question's does, whatever its own document says.
void PromptMaker::add_shots(const std::vector<Shot>& shots, const std::string& prefix,
                            std::string& text) const {
  for (const Shot& shot : shots) {
    text += shot.question;
    if (!shot.answer) continue;
    text += shot_target_delimiter_;
    text += prefix;
    text += *shot.answer;
    text += shot_fewshot_delimiter_;
  }
}

void PromptMaker::add_turns(const std::vector<Shot>& shots, const std::string& prefix,
                            Prompt& prompt) const {
  for (const Shot& shot : shots) {
    prompt.turns.push_back({shot.question, prefix + shot.answer.value_or("")});
  }
}

Result<void> PromptMaker::make(const Json& doc, const std::vector<Shot>& shots,
                               Sample& sample) const {
  ASSAY_TRY_VOID(doc_.fill(doc, sample));
  Prompt& prompt = sample.prompt;
  ASSAY_TRY(const std::string preface, this->preface(doc));
  ASSAY_TRY(const std::optional<std::string> begin, doc_.gen_prefix(doc));
  const std::string shot_prefix = begin && !begin->empty() ? *begin + " " : "";
  if (style_.chat) {
    if (!preface.empty()) {
      if (!prompt.system.empty()) prompt.system += fewshot_delimiter_;
      prompt.system += preface;
    }
  } else {
    prompt.text = preface;
  }
  if (style_.chat && style_.fewshot_as_multiturn) {
    add_turns(shots, shot_prefix, prompt);
  } else {
    add_shots(shots, shot_prefix, prompt.text);
  }
  ASSAY_TRY(const Json question, doc_.question_value(doc));
  const bool contexts = !question.is_string() && output_type_ == "multiple_choice";
  if (!contexts) {  // otherwise the choices are what is asked
    ASSAY_TRY(std::string text, doc_.question(doc));
    prompt.text += text;
    if (begin && !style_.chat) prompt.text += target_delimiter_ + *begin;
    if (!doc_.has_input() && prompt.messages.empty()) prompt.input = std::move(text);
  }
  if (begin && style_.chat) prompt.answer_start = *begin;
  return add_continuations(doc, question, prompt);
}

Result<void> PromptMaker::add_continuations(const Json& doc, const Json& question,
                                            Prompt& prompt) const {
  if (output_type_ == "multiple_choice") return add_choices(doc, question, prompt);
  if (output_type_ == "generate_until") return {};
  ASSAY_TRY(const Json target, doc_.target_value(doc));
  ASSAY_TRY(std::string text, python_text(target));
  if (output_type_ == "loglikelihood") {
    prompt.continuations.push_back({std::move(text)});  // no delimiter in between
    return {};
  }
  prompt.text.clear();
  prompt.continuations.push_back({std::move(text), ""});
  return {};
}

Result<void> PromptMaker::add_choices(const Json& doc, const Json& question, Prompt& prompt) const {
  ASSAY_TRY(const Json choices, doc_.choices_value(doc));
  const std::string delimiter = style_.chat ? "" : target_delimiter_;
  std::vector<std::string> texts;
  for (const Json& choice : choices) {
    ASSAY_TRY(std::string text, python_text(choice));
    texts.push_back(std::move(text));
  }
  if (question.is_string()) {
    for (const std::string& text : texts) prompt.continuations.push_back({delimiter + text});
  } else {
    if (style_.chat) {
      return input_error("--chat", "choices that are contexts cannot be asked as a chat");
    }
    ASSAY_TRY(const Json target, doc_.target_value(doc));
    ASSAY_TRY(std::string text, python_text(target));
    for (const std::string& context : texts) {
      prompt.continuations.push_back({delimiter + text, prompt.text + context});
    }
    if (!doc_.has_input() && prompt.messages.empty()) prompt.input = std::move(text);
  }
  if (!unconditional_) return {};
  for (const std::string& text : texts) prompt.continuations.push_back({delimiter + text, ""});
  return {};
}

}  // namespace assay::suites
