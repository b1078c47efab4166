#include "suites/native/drop.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "suites/native/functions.h"
#include "suites/native/row.h"
#include "suites/template/text.h"

namespace assay::suites {
namespace {

constexpr size_t kAnswersMax = 1000;  // of one row; the published ones have at most a dozen

std::string text_or_empty(const Json& object, std::string_view key) {
  const Json* found = find_field(object, key);
  return found != nullptr && found->is_string() ? found->get<std::string>() : std::string();
}

// {"number": .., "date": {..}, "spans": [..]}
Result<std::vector<std::string>> parse_answer(const Json& answer) {
  if (!answer.is_object()) return wrong_field("answer", answer, "an object");
  const Json* number = find_field(answer, "number");
  if (number != nullptr && number->is_number()) return std::vector{dump_json(*number)};
  if (std::string text = text_or_empty(answer, "number"); !text.empty()) {
    return std::vector{std::move(text)};
  }
  const Json* spans = find_field(answer, "spans");
  if (spans != nullptr && spans->is_array() && !spans->empty()) {
    return texts_field(answer, "spans");
  }
  const Json* date = find_field(answer, "date");
  if (date == nullptr) return std::vector{std::string()};
  const std::string text = fmt::format("{} {} {}", text_or_empty(*date, "day"),
                                       text_or_empty(*date, "month"), text_or_empty(*date, "year"));
  return std::vector{std::string(jinja::strip(text))};
}

Json item_at(const Json& lists, std::string_view key, size_t index) {
  const Json* list = find_field(lists, key);
  if (list == nullptr || !list->is_array() || index >= list->size()) return nullptr;
  return (*list)[index];
}

// A list of answers, or an object of lists with one entry each, as Hugging Face gives sequences.
Result<std::vector<Json>> validated(const Json& row) {
  const Json* found = find_field(row, "validated_answers");
  if (found == nullptr) return std::vector<Json>{};
  if (found->is_array()) return std::vector<Json>(found->begin(), found->end());
  if (!found->is_object()) return wrong_field("validated_answers", *found, "a list");
  std::vector<Json> answers;
  const Json* numbers = find_field(*found, "number");
  const size_t count = numbers != nullptr && numbers->is_array() ? numbers->size() : 0;
  for (size_t i = 0; i < std::min(count, kAnswersMax + 1); ++i) {
    Json answer = Json::object();
    for (const std::string_view key : {"number", "date", "spans"}) {
      set_field(answer, key, item_at(*found, key, i));
    }
    answers.push_back(std::move(answer));
  }
  return answers;
}

}  // namespace

Result<DropAnswers> drop_answers(const Json& row) {
  ASSAY_TRY(const Json* first, field(row, "answer"));
  ASSAY_TRY(const std::vector<Json> others, validated(row));
  if (others.size() > kAnswersMax) {
    return Error{ErrorCode::kLimit,
                 fmt::format("more than {} validated answers (limit kAnswersMax)", kAnswersMax),
                 ""};
  }
  DropAnswers answers;
  ASSAY_TRY(std::vector<std::string> parsed, parse_answer(*first));
  answers.push_back(std::move(parsed));
  for (const Json& other : others) {
    ASSAY_TRY(parsed, parse_answer(other));
    if (std::find(answers.begin(), answers.end(), parsed) == answers.end()) {
      answers.push_back(std::move(parsed));
    }
  }
  return answers;
}

Result<bool> preprocess_drop(Json& row) {
  ASSAY_TRY(const DropAnswers answers, drop_answers(row));
  if (const Json* id = find_field(row, "query_id")) set_field(row, "id", Json(*id));
  set_field(row, "answers", answers);
  return true;
}

}  // namespace assay::suites
