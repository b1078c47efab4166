#include "suites/loader/sample_maker.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "harness/base/hash.h"
#include "harness/base/json.h"
#include "suites/loader/chat_columns.h"

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

// A template's text that is a Python list, as the list it shows.
void unfold_list(Json& value) {
  if (!value.is_string()) return;
  Json list = list_of_text(value.get_ref<const std::string&>());
  if (list.is_array()) value = std::move(list);
}

int64_t position_of(const Json& value, const std::string& text) {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (value.is_number_integer()) return value.get<int64_t>();
  int64_t position = 0;
  for (const char c : text) position = position * 10 + (c - '0');
  return position;
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
  ASSAY_TRY_VOID(compile_one(suite.doc_to_text, columns, "doc_to_text", kColumn, maker.question_));
  ASSAY_TRY_VOID(compile_one(suite.input, columns, "input", kColumn, maker.input_));
  ASSAY_TRY_VOID(compile_one(suite.gen_prefix, columns, "gen_prefix", kText, maker.gen_prefix_));
  ASSAY_TRY_VOID(
      compile_all(suite.doc_to_target, columns, "doc_to_target", kColumn, maker.targets_));
  ASSAY_TRY_VOID(compile_all(suite.doc_to_choice, columns, "doc_to_choice",
                             suite.choice_is_list ? kText : kColumn, maker.choices_));
  maker.choice_is_list_ = suite.choice_is_list;
  maker.answer_is_choice_ = suite.output_type == "multiple_choice";
  if (purpose == RowPurpose::kSample) ASSAY_TRY_VOID(maker.compile_rest(suite, columns));
  return maker;
}

Result<void> SampleMaker::compile_rest(const SuiteDefinition& suite,
                                       const std::vector<std::string>& columns) {
  ASSAY_TRY_VOID(compile_one(suite.description, columns, "description", kText, description_));
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
Result<std::string> SampleMaker::question(const Json& row) const {
  return text_or_empty(question_, row);
}
Result<std::string> SampleMaker::input(const Json& row) const {
  return input_ ? input_->text(row) : question(row);
}
Result<std::string> SampleMaker::gen_prefix(const Json& row) const {
  return text_or_empty(gen_prefix_, row);
}
Result<std::string> SampleMaker::tag(const Json& row, size_t position) const {
  return tags_[position].text(row);
}

Result<std::string> SampleMaker::first_target(const Json& row) const {
  std::vector<std::string> choices;
  std::vector<std::string> targets;
  ASSAY_TRY_VOID(read_choices(row, choices));
  ASSAY_TRY_VOID(read_targets(row, choices, targets));
  return targets.empty() ? std::string() : std::move(targets.front());
}

Result<void> SampleMaker::fill(const Json& row, Sample& sample) const {
  ASSAY_TRY(sample.cluster, text_or_empty(cluster_, row));
  if (sample.cluster.size() > kClusterBytesMax) {
    sample.cluster = sha256(sample.cluster).short_hex();  // a whole paragraph names it
  }
  for (size_t i = 0; i < tags_.size(); ++i) {
    ASSAY_TRY(sample.tags[tag_names_[i]], tags_[i].text(row));
  }
  ASSAY_TRY_VOID(read_choices(row, sample.choices));
  ASSAY_TRY_VOID(read_targets(row, sample.choices, sample.targets));
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
  // Made again when it is asked; here so that what is wrong is found with the sample.
  ASSAY_TRY(const std::vector<Tool> checked, tools(row));
  (void)checked;
  ASSAY_TRY(const std::vector<Message> conversation, messages(row));
  if (messages_) sample.prompt.input = last_user_text(conversation);
  if (input_) {
    ASSAY_TRY(sample.prompt.input, input_->text(row));
  }
  return {};
}

Result<std::vector<Message>> SampleMaker::messages(const Json& row) const {
  if (!messages_) return std::vector<Message>();
  ASSAY_TRY(const Json value, messages_->value(row));
  return messages_from(value, messages_->place());
}

Result<std::vector<Tool>> SampleMaker::tools(const Json& row) const {
  if (!tools_) return std::vector<Tool>();
  ASSAY_TRY(const Json value, tools_->value(row));
  return tools_from(value, tools_->place());
}

Result<void> SampleMaker::read_choices(const Json& row, std::vector<std::string>& out) const {
  if (choices_.empty()) return {};
  if (choice_is_list_) {
    for (const Expression& choice : choices_) {
      ASSAY_TRY(std::string text, choice.text(row));
      out.push_back(std::move(text));
    }
    return {};
  }
  const Expression& source = choices_.front();
  ASSAY_TRY(Json value, source.value(row));
  unfold_list(value);
  if (!value.is_array() || value.empty() || value.size() > kTargetsMax) {
    return input_error(source.place(), fmt::format("`doc_to_choice` is {}, expected a list of 1 to "
                                                   "{} choices",
                                                   json_type_name(value), kTargetsMax));
  }
  for (const Json& item : value) out.push_back(scalar_text(item));
  return {};
}

Result<void> SampleMaker::read_targets(const Json& row, const std::vector<std::string>& choices,
                                       std::vector<std::string>& out) const {
  for (const Expression& source : targets_) {
    ASSAY_TRY(Json value, source.value(row));
    if (!source.is_column()) unfold_list(value);
    if (!value.is_array()) {
      ASSAY_TRY_VOID(add_target(source, value, choices, out));
      continue;
    }
    if (value.empty() || value.size() > kTargetsMax) {
      return input_error(source.place(),
                         fmt::format("`doc_to_target` is a list of {}, expected 1 to {} answers",
                                     value.size(), kTargetsMax));
    }
    for (const Json& item : value) ASSAY_TRY_VOID(add_target(source, item, choices, out));
  }
  return {};
}

Result<void> SampleMaker::add_target(const Expression& from, const Json& value,
                                     const std::vector<std::string>& choices,
                                     std::vector<std::string>& out) const {
  if (value.is_structured()) {
    out.push_back(dump_json(value));  // for scorers of JSON and tool calls
    return {};
  }
  if (value.is_null()) {
    return input_error(from.place(),
                       fmt::format("`doc_to_target` is {}, expected a text, a number or a list",
                                   json_type_name(value)));
  }
  std::string text = scalar_text(value);
  if (choices.empty()) {
    out.push_back(std::move(text));
    return {};
  }
  const bool is_choice = std::find(choices.begin(), choices.end(), text) != choices.end();
  // A number picks a choice by position. In a column of text the choice itself comes first, so that
  // a table with the choices 1, 2, 3 means what it shows.
  const bool is_number = value.is_number_integer() || value.is_boolean() || is_digits(text);
  if (is_number && !(is_choice && from.is_column() && value.is_string())) {
    const int64_t position = position_of(value, text);
    if (position < 0 || position >= static_cast<int64_t>(choices.size())) {
      return input_error(from.place(), fmt::format("the target {} is no position in {} choices, "
                                                   "expected 0 to {}",
                                                   position, choices.size(), choices.size() - 1));
    }
    out.push_back(choices[static_cast<size_t>(position)]);
    return {};
  }
  if (answer_is_choice_ && !is_choice) {
    return input_error(from.place(), fmt::format("the target `{}` is not among the choices ({})",
                                                 text, fmt::join(choices, ", ")));
  }
  out.push_back(std::move(text));
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
