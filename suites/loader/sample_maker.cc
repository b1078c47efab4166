#include "suites/loader/sample_maker.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "harness/base/hash.h"
#include "harness/base/json.h"
#include "suites/loader/chat_columns.h"
#include "suites/loader/python_literal.h"
#include "suites/template/text.h"

namespace assay::suites {
namespace {

constexpr size_t kClusterBytesMax = 64;
constexpr size_t kTargetsMax = 10'000;
constexpr size_t kDigitsMax = 9;  // fits an int64_t
constexpr WordRule kColumn = WordRule::kMustBeColumn;
constexpr WordRule kText = WordRule::kMayBeText;

Result<void> compile_one(const std::optional<TemplateText>& source,
                         const std::vector<std::string>& columns, std::string_view key,
                         WordRule rule, std::optional<Expression>& out) {
  if (!source) return {};
  ASSAY_TRY(Expression expression, Expression::compile(*source, columns, key, rule));
  out = std::move(expression);
  return {};
}

Result<void> compile_all(const std::vector<TemplateText>& sources,
                         const std::vector<std::string>& columns, std::string_view key,
                         WordRule rule, std::vector<Expression>& out) {
  for (const TemplateText& source : sources) {
    ASSAY_TRY(Expression expression, Expression::compile(source, columns, key, rule));
    out.push_back(std::move(expression));
  }
  return {};
}

Result<std::string> text_or_empty(const std::optional<Expression>& expression, const Json& row) {
  if (!expression) return std::string();
  return expression->text(row);
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.size() <= kDigitsMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A scalar as the text a person would write.
std::string scalar_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";  // as Jinja prints it
  return dump_json(value);
}

bool is_integer(const Json& value) { return value.is_number_integer() || value.is_boolean(); }

int64_t integer_of(const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  return value.get<int64_t>();
}

// A text of digits as the number it is, where it is one for Python too ("007" is not).
Result<Json> number_of_digits(const std::string& text, const Expression& source) {
  std::optional<Json> number = parse_python_literal(text);
  if (number && number->is_number_integer()) return std::move(*number);
  return input_error(source.place(),
                     fmt::format("the template gave `{}`, which is no number in Python", text));
}

// What a YAML value without templates is to Python.
Json literal_of(const TemplateText& text) {
  if (text.is_bool) return text.text.front() == 't' || text.text.front() == 'T';
  std::optional<Json> number;
  if (text.is_number) number = parse_python_literal(text.text);
  return number && number->is_number_integer() ? std::move(*number) : Json(text.text);
}

Json list_of(const std::vector<TemplateText>& texts) {
  Json list = Json::array();
  for (const TemplateText& text : texts) list.push_back(literal_of(text));
  return list;
}

Result<std::string> inside_folder(const Expression& source, const std::string& name) {
  const std::filesystem::path path(name);
  const bool leaves = path.is_absolute() ||
                      std::find(path.begin(), path.end(), "..") != path.end() ||
                      name.find('\0') != std::string::npos;
  if (leaves) {
    return input_error(source.place(),
                       fmt::format("the picture `{}` lies outside the folder of pictures, expected "
                                   "a path inside it",
                                   name));
  }
  return name;
}

}  // namespace

Result<SampleMaker> SampleMaker::compile(const SuiteDefinition& suite,
                                         const std::vector<std::string>& columns,
                                         RowPurpose purpose) {
  SampleMaker maker;
  maker.reference_ = suite.reference;
  maker.answer_is_choice_ = suite.output_type == "multiple_choice";
  ASSAY_TRY_VOID(maker.compile_doc(suite, columns));
  ASSAY_TRY_VOID(compile_one(suite.input, columns, "input", kColumn, maker.input_));
  ASSAY_TRY_VOID(compile_one(suite.gen_prefix, columns, "gen_prefix", kText, maker.gen_prefix_));
  if (purpose == RowPurpose::kSample) ASSAY_TRY_VOID(maker.compile_rest(suite, columns));
  return maker;
}

Result<void> SampleMaker::compile_doc(const SuiteDefinition& suite, const Texts& columns) {
  const DocTemplates& doc = suite.doc;
  // In the reference a word that is no column is a constant, and lists are what they show.
  const WordRule word = reference_ ? kText : kColumn;
  const WordRule item = reference_ ? WordRule::kLiteral : WordRule::kNeverColumn;
  ASSAY_TRY_VOID(compile_one(doc.text, columns, "doc_to_text", word, question_));
  target_is_list_ = doc.target_is_list;
  choice_is_list_ = doc.choice_is_list;
  const bool number = !doc.target.empty() && !target_is_list_ && doc.target[0].is_number;
  if (number) fixed_target_ = literal_of(doc.target[0]);
  if (reference_ && target_is_list_) fixed_target_ = list_of(doc.target);
  if (reference_ && choice_is_list_) fixed_choices_ = list_of(doc.choice);
  ASSAY_TRY_VOID(compile_all(doc.target, columns, "doc_to_target",
                             reference_ && target_is_list_ ? item : word, targets_));
  return compile_all(doc.choice, columns, "doc_to_choice", choice_is_list_ ? item : word, choices_);
}

Result<void> SampleMaker::compile_rest(const SuiteDefinition& suite, const Texts& columns) {
  ASSAY_TRY_VOID(
      compile_one(suite.description, columns, "description", WordRule::kNeverColumn, description_));
  ASSAY_TRY_VOID(compile_one(suite.system, columns, "system", kText, system_));
  ASSAY_TRY_VOID(compile_one(suite.messages, columns, "messages", kColumn, messages_));
  ASSAY_TRY_VOID(compile_one(suite.tools, columns, "tools", kColumn, tools_));
  ASSAY_TRY_VOID(compile_one(suite.cluster, columns, "cluster", kColumn, cluster_));
  ASSAY_TRY_VOID(compile_all(suite.doc_to_image, columns, "doc_to_image", kColumn, images_));
  for (const auto& [name, source] : suite.sample_tags) {
    tag_names_.push_back(name);
    ASSAY_TRY(Expression expression, Expression::compile(source, columns, name, kText));
    tags_.push_back(std::move(expression));
  }
  for (const auto& [name, source] : suite.fields) {
    ASSAY_TRY(Expression expression, Expression::compile(source, columns, name, kColumn));
    fields_.emplace_back(name, std::move(expression));
  }
  return {};
}

Result<std::string> SampleMaker::description(const Json& row) const {
  return text_or_empty(description_, row);
}

Result<std::string> SampleMaker::input(const Json& row) const {
  return input_ ? input_->text(row) : question(row);
}

Result<std::optional<std::string>> SampleMaker::gen_prefix(const Json& row) const {
  if (!gen_prefix_) return std::optional<std::string>();
  ASSAY_TRY(std::string text, gen_prefix_->text(row));
  return std::optional<std::string>(std::move(text));
}

Result<std::string> SampleMaker::tag(const Json& row, size_t position) const {
  return tags_[position].text(row);
}

// ---- what the templates give ----------------------------------------------------------------

// A column as it is. Of a template a list, or the text it prints; text of digits is a number where
// there are choices, and text that is a Python list is that list.
Result<Json> SampleMaker::value_of(const Expression& source, const Json& row) const {
  ASSAY_TRY(Json value, source.value(row));
  if (source.is_column() || value.is_array()) return value;
  if (!reference_ && (value.is_null() || value.is_object())) return value;
  if (!value.is_string()) {
    ASSAY_TRY(value, source.text(row));
  }
  const std::string& text = value.get_ref<const std::string&>();
  if (has_choices() && jinja::all_digits(text)) return number_of_digits(text, source);
  return value;
}

Result<Json> SampleMaker::question_value(const Json& row) const {
  if (!question_) return Json("");
  ASSAY_TRY(Json value, value_of(*question_, row));
  const bool may_be_number = has_choices() && (reference_ || answer_is_choice_);
  if (may_be_number && is_integer(value)) return value;
  if (value.is_string()) return value;
  if (reference_ && value.is_array() && question_->is_column()) {
    return input_error(question_->place(), "`doc_to_text` is a list, expected a text or a number");
  }
  ASSAY_TRY(std::string text, question_->text(row));
  return Json(std::move(text));
}

Result<std::string> SampleMaker::question(const Json& row) const {
  ASSAY_TRY(const Json value, question_value(row));
  if (value.is_string()) return value.get<std::string>();
  ASSAY_TRY(const Json choices, choices_value(row));
  return choice_at(choices, value);
}

Result<Json> SampleMaker::choices_value(const Json& row) const {
  if (!has_choices()) return Json(nullptr);
  if (!fixed_choices_.is_null()) return fixed_choices_;
  if (choice_is_list_) {
    Json list = Json::array();
    for (const Expression& choice : choices_) {
      ASSAY_TRY(std::string text, choice.text(row));
      list.push_back(std::move(text));
    }
    return list;
  }
  const Expression& source = choices_.front();
  ASSAY_TRY(Json value, source.value(row));
  if (value.is_string()) {
    std::optional<Json> list = parse_python_literal(value.get_ref<const std::string&>());
    if (list && list->is_array()) value = std::move(*list);
  }
  if (!value.is_array() || value.empty() || value.size() > kTargetsMax) {
    return input_error(source.place(), fmt::format("`doc_to_choice` is {}, expected a list of 1 to "
                                                   "{} choices",
                                                   json_type_name(value), kTargetsMax));
  }
  return value;
}

Result<Json> SampleMaker::target_value(const Json& row) const {
  if (targets_.empty()) return Json(nullptr);
  if (!fixed_target_.is_null()) return fixed_target_;
  if (target_is_list_) {
    Json list = Json::array();
    for (const Expression& target : targets_) {
      ASSAY_TRY(Json value, value_of(target, row));
      list.push_back(std::move(value));
    }
    return list;
  }
  const Expression& source = targets_.front();
  ASSAY_TRY(Json value, value_of(source, row));
  if (source.is_column() || !value.is_string()) return value;
  const auto& text = value.get_ref<const std::string&>();
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return value;
  std::optional<Json> list = parse_python_literal(text);
  return list ? std::move(*list) : std::move(value);
}

// As Python's indexing, from the end where it is negative.
Result<std::string> SampleMaker::choice_at(const Json& choices, const Json& position) const {
  const auto count = static_cast<int64_t>(choices.is_array() ? choices.size() : 0);
  const int64_t at = is_integer(position) ? integer_of(position) : count;
  if (at < -count || at >= count) {
    return input_error(choices_.front().place(),
                       fmt::format("there is no choice {} among {}, expected 0 to {}",
                                   dump_json(position), count, count - 1));
  }
  return python_text(choices[static_cast<size_t>(at < 0 ? at + count : at)]);
}

Result<std::string> SampleMaker::first_target(const Json& row) const {
  Sample sample;
  ASSAY_TRY_VOID(read_truth(row, sample));
  return sample.targets.empty() ? std::string() : std::move(sample.targets.front());
}

// Source: ContextSampler.get_context of lm_eval/api/samplers.py, 0.4.9.
Result<std::string> SampleMaker::reference_answer(const Json& row, const Json& target) const {
  if (target.is_array()) {
    if (!target.empty()) return python_text(target[0]);
    return input_error(targets_.front().place(), "`doc_to_target` is an empty list");
  }
  if (!has_choices() || target.is_string()) return python_text(target);
  ASSAY_TRY(const Json choices, choices_value(row));
  return choice_at(choices, target);
}

Result<std::optional<std::string>> SampleMaker::example_answer(const Json& row) const {
  std::optional<std::string> answer;
  if (!reference_) {
    ASSAY_TRY(answer, first_target(row));
    if (answer->empty()) answer.reset();
    return answer;
  }
  ASSAY_TRY(const Json target, target_value(row));
  if (target.is_string() && target.get_ref<const std::string&>().empty()) return answer;
  ASSAY_TRY(answer, reference_answer(row, target));
  return answer;
}

// ---- the truth ------------------------------------------------------------------------------

Result<void> SampleMaker::fill(const Json& row, Sample& sample) const {
  ASSAY_TRY(sample.cluster, text_or_empty(cluster_, row));
  if (sample.cluster.size() > kClusterBytesMax) {
    sample.cluster = sha256(sample.cluster).short_hex();  // a whole paragraph names it
  }
  for (size_t i = 0; i < tags_.size(); ++i) {
    ASSAY_TRY(sample.tags[tag_names_[i]], tags_[i].text(row));
  }
  ASSAY_TRY_VOID(read_truth(row, sample));
  for (const auto& [name, expression] : fields_) {
    ASSAY_TRY(const Json value, expression.value(row));
    // A list is several accepted values; null is a field that this document does not have.
    const Json values = value.is_array() ? value : Json::array({value});
    for (const Json& one : values) {
      if (!one.is_null()) sample.fields.emplace_back(name, scalar_text(one));
    }
  }
  ASSAY_TRY_VOID(read_images(row, sample.prompt.images));
  ASSAY_TRY(sample.prompt.system, text_or_empty(system_, row));
  ASSAY_TRY_VOID(read_chat(row, sample.prompt));
  if (input_) {
    ASSAY_TRY(sample.prompt.input, input_->text(row));
  }
  return {};
}

Result<void> SampleMaker::read_chat(const Json& row, Prompt& prompt) const {
  if (messages_) {
    ASSAY_TRY(const Json value, messages_->value(row));
    // Checked now, made by request().
    ASSAY_TRY(const std::vector<Message> messages, messages_from(value, messages_->place()));
    prompt.messages = dump_json(value);
    prompt.input = last_user_text(messages);
  }
  if (tools_) {
    ASSAY_TRY(const Json value, tools_->value(row));
    ASSAY_TRY(const std::vector<Tool> tools, tools_from(value, tools_->place()));
    if (!tools.empty()) prompt.tools = dump_json(value);
  }
  return {};
}

Result<void> SampleMaker::read_truth(const Json& row, Sample& sample) const {
  ASSAY_TRY_VOID(read_choices(row, sample.choices));
  if (targets_.empty()) return {};
  if (reference_) return read_reference_target(row, sample);
  // Where the choices are contexts, the question names the right one.
  if (has_choices() && answer_is_choice_) {
    ASSAY_TRY(const Json question, question_value(row));
    if (is_integer(question)) return read_reference_target(row, sample);
  }
  ASSAY_TRY(const Json target, target_value(row));
  return read_own_target(target, sample);
}

Result<void> SampleMaker::read_choices(const Json& row, Texts& out) const {
  ASSAY_TRY(const Json choices, choices_value(row));
  if (choices.is_null()) return {};
  out.reserve(choices.size());
  for (const Json& choice : choices) {
    ASSAY_TRY(std::string text, python_text(choice));
    out.push_back(std::move(text));
  }
  return {};
}

Result<void> SampleMaker::read_reference_target(const Json& row, Sample& sample) const {
  const Texts& choices = sample.choices;
  ASSAY_TRY(const Json target, target_value(row));
  const Json targets = target.is_array() ? target : Json::array({target});
  if (targets.size() > kTargetsMax) {
    return input_error(targets_.front().place(),
                       fmt::format("`doc_to_target` has {} answers, expected at most {}",
                                   targets.size(), kTargetsMax));
  }
  ASSAY_TRY(const Json question, answer_is_choice_ ? question_value(row) : Result<Json>(Json("")));
  const bool contexts = is_integer(question);
  const auto add_gold = [&](int64_t at) {
    if (at < 0 || at >= static_cast<int64_t>(choices.size())) return false;
    sample.gold.push_back(static_cast<uint32_t>(at));
    return true;
  };
  if (contexts) add_gold(integer_of(question));
  for (const Json& one : targets) {
    ASSAY_TRY(std::string text, python_text(one));
    if (has_choices() && !contexts && is_integer(one)) {
      const int64_t at = integer_of(one);
      // A number that is no position is never right, as in the reference.
      if (add_gold(at)) text = choices[static_cast<size_t>(at)];
    } else if (has_choices() && !contexts) {
      const auto same = std::find(choices.begin(), choices.end(), text);
      if (same != choices.end()) add_gold(same - choices.begin());
    }
    sample.targets.push_back(std::move(text));
  }
  return {};
}

// One accepted answer or a list of them. A number picks a choice by position. In a column of text
// the choice itself comes first, so that a table with the choices 1, 2, 3 means what it shows.
Result<void> SampleMaker::read_own_target(const Json& target, Sample& sample) const {
  const std::string& place = targets_.front().place();
  if (!target.is_array()) return add_own_target(target, place, sample);
  if (target.empty() || target.size() > kTargetsMax) {
    return input_error(place, fmt::format("`doc_to_target` is a list of {}, expected 1 to {} "
                                          "answers",
                                          target.size(), kTargetsMax));
  }
  for (const Json& one : target) {
    // Of several templates each may give a list.
    const Json items = target_is_list_ && one.is_array() ? one : Json::array({one});
    for (const Json& item : items) ASSAY_TRY_VOID(add_own_target(item, place, sample));
  }
  return {};
}

Result<void> SampleMaker::add_own_target(const Json& value, const std::string& place,
                                         Sample& sample) const {
  const Texts& choices = sample.choices;
  if (value.is_structured()) {
    sample.targets.push_back(dump_json(value));  // for scorers of JSON and tool calls
    return {};
  }
  if (value.is_null()) {
    return input_error(place,
                       fmt::format("`doc_to_target` is {}, expected a text, a number or a list",
                                   json_type_name(value)));
  }
  std::string text = scalar_text(value);
  const auto same = std::find(choices.begin(), choices.end(), text);
  const bool is_choice = same != choices.end();
  const bool is_number = is_integer(value) || (is_digits(text) && !is_choice);
  if (!choices.empty() && is_number) {
    const int64_t at = is_integer(value) ? integer_of(value) : std::stoll(text);
    if (at < 0 || at >= static_cast<int64_t>(choices.size())) {
      return input_error(place, fmt::format("the target {} is no position in {} choices, "
                                            "expected 0 to {}",
                                            at, choices.size(), choices.size() - 1));
    }
    sample.gold.push_back(static_cast<uint32_t>(at));
    sample.targets.push_back(choices[static_cast<size_t>(at)]);
    return {};
  }
  if (is_choice) sample.gold.push_back(static_cast<uint32_t>(same - choices.begin()));
  if (answer_is_choice_ && !is_choice) {
    return input_error(place, fmt::format("the target `{}` is not among the choices ({})", text,
                                          fmt::join(choices, ", ")));
  }
  sample.targets.push_back(std::move(text));
  return {};
}

Result<void> SampleMaker::read_images(const Json& row, std::vector<std::string>& out) const {
  for (const Expression& source : images_) {
    ASSAY_TRY(const Json value, source.value(row));
    const Json list = value.is_array() ? value : Json::array({value});
    for (const Json& item : list) {
      if (!item.is_string() || item.get_ref<const std::string&>().empty()) {
        return input_error(source.place(),
                           fmt::format("`doc_to_image` is {}, expected the path of a picture",
                                       item.is_string() ? "empty" : json_type_name(item)));
      }
      ASSAY_TRY(std::string name, inside_folder(source, item.get_ref<const std::string&>()));
      out.push_back(std::move(name));
    }
  }
  return {};
}

}  // namespace assay::suites
