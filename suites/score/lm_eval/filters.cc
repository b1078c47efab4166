#include "suites/score/lm_eval/filters.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "harness/base/json.h"
#include "harness/base/nearest.h"
#include "suites/score/lm_eval/config.h"
#include "suites/score/lm_eval/response_filters.h"
#include "suites/template/text.h"

namespace assay::suites::lm_eval {
namespace {

struct Row {
  std::string_view name;
  FilterFactory make;
};

constexpr std::array<Row, 8> kFilters{{
    {"format_span", make_format_span_filter},
    {"lowercase", make_lowercase_filter},
    {"map", make_map_filter},
    {"multi_choice_regex", make_multi_choice_regex_filter},
    {"regex", make_regex_filter},
    {"regex_pos", make_regex_pos_filter},
    {"remove_whitespace", make_remove_whitespace_filter},
    {"uppercase", make_uppercase_filter},
}};

std::vector<std::string> filter_names() {
  std::vector<std::string> names;
  names.reserve(kFilters.size() + 3);
  for (const Row& row : kFilters) names.emplace_back(row.name);
  for (const char* name : {"majority_vote", "take_first", "take_first_k"}) names.emplace_back(name);
  return names;
}

// A text is the list of its characters to a filter that walks over it.
Result<Json> as_list(Json state) {
  if (state.is_array()) return state;
  if (!state.is_string()) return not_a_text("after take_first", state);
  Json list = Json::array();
  for (const std::string_view c : jinja::characters(state.get_ref<const std::string&>())) {
    list.push_back(std::string(c));
  }
  return list;
}

// The value that occurs most often; of several the one seen first (Counter.most_common).
Result<Json> majority(const Json& list) {
  if (list.empty()) return input_error("", "majority_vote over no responses");
  std::map<std::string, size_t> counts;
  for (const Json& value : list) {
    if (value.is_structured()) return not_a_text("majority_vote", value);
    ++counts[dump_json(value)];
  }
  const Json* best = &list[0];
  size_t most = 0;
  for (const Json& value : list) {
    const size_t count = counts[dump_json(value)];
    if (count <= most) continue;
    most = count;
    best = &value;
  }
  return *best;
}

Error cannot_split(const std::string& place, std::string_view why) {
  return input_error(place, fmt::format("{}: this order of filters cannot be judged", why));
}

}  // namespace

Result<FilterPipeline::Step> FilterPipeline::step_from_json(const Json& object,
                                                            const std::string& place) {
  ConfigReader read(object, place);
  const std::string name = read.text("function", "");
  Step step;
  step.place = place;
  if (name == "take_first") {
    step.kind = Kind::kTakeFirst;
  } else if (name == "majority_vote") {
    step.kind = Kind::kMajorityVote;
  } else if (name == "take_first_k") {
    step.kind = Kind::kTakeFirstK;
    if (object.is_object() && !object.contains("k")) read.fail("take_first_k needs `k`");
    step.k = static_cast<uint32_t>(read.integer("k", 1, 1, kTakeFirstMax));
  } else {
    for (const Row& row : kFilters) {
      if (row.name == name) step.each = row.make(read);
    }
    if (!step.each && name == "custom") read.fail("filter `custom` needs Python (`filter_fn`)");
    if (!step.each && !read.failed()) {
      const std::vector<std::string> known = filter_names();
      std::string hint = did_you_mean(name, known);
      if (hint.empty()) hint = fmt::format(", expected one of {}", fmt::join(known, ", "));
      read.fail(fmt::format("unknown filter `{}`{}", name, hint));
    }
  }
  ASSAY_TRY_VOID(read.finish());
  return step;
}

Result<FilterPipeline> FilterPipeline::from_json(const Json& steps, const std::string& place) {
  if (!steps.is_array() || steps.empty() || steps.size() > kFiltersMax) {
    return input_error(place, fmt::format("{}, expected a list of 1 to {} filters",
                                          json_type_name(steps), kFiltersMax));
  }
  FilterPipeline pipeline;
  for (size_t i = 0; i < steps.size(); ++i) {
    ASSAY_TRY(Step step, step_from_json(steps[i], fmt::format("{}[{}]", place, i)));
    pipeline.steps_.push_back(std::move(step));
  }
  return pipeline;
}

FilterPipeline FilterPipeline::take_first() {
  FilterPipeline pipeline;
  pipeline.steps_.emplace_back().kind = Kind::kTakeFirst;
  return pipeline;
}

Result<Json> FilterPipeline::run(const Step& step, Json state, const FilterDocument& doc) {
  const bool text = state.is_string();
  ASSAY_TRY(Json list, as_list(std::move(state)));
  switch (step.kind) {
    case Kind::kTakeFirst:
      if (list.empty()) return input_error(step.place, "take_first of no responses");
      return list[0];
    case Kind::kTakeFirstK: {
      if (list.size() < step.k) {
        return input_error(step.place, fmt::format("take_first_k needs {} responses, there are {}",
                                                   step.k, list.size()));
      }
      list.erase(list.begin() + step.k, list.end());
      if (!text) return list;
      std::string joined;
      for (const Json& c : list) joined += c.get_ref<const std::string&>();
      return Json(std::move(joined));
    }
    case Kind::kMajorityVote: {
      ASSAY_TRY(Json vote, majority(list));
      return Json::array({std::move(vote)});
    }
    case Kind::kEach:
      break;
  }
  for (Json& value : list) {
    ASSAY_TRY(value, step.each->apply(value, doc));
  }
  return list;
}

Result<Json> FilterPipeline::apply(const std::vector<std::string>& responses,
                                   const FilterDocument& doc) const {
  Json state(responses);
  for (const Step& step : steps_) {
    ASSAY_TRY(state, run(step, std::move(state), doc));
  }
  return state;
}

Result<Json> FilterPipeline::apply_one(const std::string& response,
                                       const FilterDocument& doc) const {
  Json value(response);
  for (const Step& step : steps_) {
    if (step.kind != Kind::kEach) continue;
    ASSAY_TRY(value, step.each->apply(value, doc));
  }
  return value;
}

// Each response by itself, then perhaps the first k, then perhaps a vote, then perhaps the first.
// Steps on each response may also follow take_first_k: the order of the two makes no difference.
Result<RepeatRule> FilterPipeline::repeats() const {
  RepeatRule rule;
  bool over = false;  // take_first was there
  for (const Step& step : steps_) {
    if (over) return cannot_split(step.place, "a filter after take_first");
    if (rule.vote && step.kind != Kind::kTakeFirst) {
      return cannot_split(step.place, "a filter after majority_vote");
    }
    switch (step.kind) {
      case Kind::kEach:
        break;
      case Kind::kTakeFirst:
        if (!rule.vote) rule.first = 1;
        over = true;
        break;
      case Kind::kTakeFirstK:
        rule.first = rule.first == 0 ? step.k : std::min(rule.first, step.k);
        break;
      case Kind::kMajorityVote:
        rule.vote = true;
        break;
    }
  }
  return rule;
}

bool FilterPipeline::needs_document() const {
  return std::any_of(steps_.begin(), steps_.end(), [](const Step& step) {
    return step.kind == Kind::kEach && step.each->needs_document();
  });
}

bool FilterPipeline::only_takes_first() const {
  return steps_.size() == 1 && steps_.front().kind == Kind::kTakeFirst;
}

}  // namespace assay::suites::lm_eval
