// The filters of lm_eval/filters/extraction.py and transformation.py that look at one response
// (lm-evaluation-harness 0.4.11), multi_choice_regex apart.
#include "suites/score/lm_eval/response_filters.h"

#include <fmt/format.h>

#include <deque>
#include <utility>

#include "harness/base/json.h"
#include "suites/score/lm_eval/python_text.h"
#include "suites/template/text.h"

namespace assay::suites::lm_eval {
namespace {

constexpr const char* kDefaultPattern = R"(#### (\-?[0-9\.\,]+))";
constexpr int64_t kSelectMax = 1'000'000;

// What findall puts in its list for the match that `all` is at.
Selected element(const PythonFindAll& all, size_t groups) {
  if (groups == 0) return {std::string(all.group(0)), false};
  if (groups == 1) return {std::string(all.group(1)), false};
  for (size_t i = 1; i <= groups; ++i) {
    if (!all.group(i).empty()) return {std::string(all.group(i)), false};
  }
  return {{}, true};
}

class RegexFilter final : public ResponseFilter {
 public:
  RegexFilter(PythonRegex regex, int64_t select, Json fallback)
      : regex_(std::move(regex)), select_(select), fallback_(std::move(fallback)) {}

  [[nodiscard]] Result<Json> apply(const Json& value,
                                   const FilterDocument& /*doc*/) const override {
    const std::string_view text =
        value.is_string() ? std::string_view(value.get_ref<const std::string&>()) : "";
    ASSAY_TRY(const std::optional<Selected> found, find_selected(regex_, text, select_));
    if (!found) return fallback_;
    if (!found->all_empty) return Json(std::string(jinja::strip(found->text)));
    if (!fallback_.is_string()) return not_a_text("regex", fallback_);
    return Json(std::string(jinja::strip(fallback_.get_ref<const std::string&>())));
  }

 private:
  PythonRegex regex_;
  int64_t select_;
  Json fallback_;
};

// The tags of "('word', 'TAG')" pairs.
class RegexPosFilter final : public ResponseFilter {
 public:
  RegexPosFilter(PythonRegex pairs, Json fallback)
      : pairs_(std::move(pairs)), fallback_(std::move(fallback)) {}

  [[nodiscard]] Result<Json> apply(const Json& value,
                                   const FilterDocument& /*doc*/) const override {
    if (!value.is_string()) return not_a_text("regex_pos", value);
    Json tags = Json::array();
    PythonFindAll all(pairs_, value.get_ref<const std::string&>());
    while (all.next()) tags.push_back(std::string(all.group(2)));
    if (!all.limit().empty()) return limit_error(all.limit());
    return tags.empty() ? fallback_ : tags;
  }

 private:
  PythonRegex pairs_;
  Json fallback_;
};

// A function from text to text.
class TextFilter final : public ResponseFilter {
 public:
  using Function = std::string (*)(std::string_view);
  TextFilter(std::string_view name, Function function) : name_(name), function_(function) {}

  [[nodiscard]] Result<Json> apply(const Json& value,
                                   const FilterDocument& /*doc*/) const override {
    if (!value.is_string()) return not_a_text(name_, value);
    return Json(function_(value.get_ref<const std::string&>()));
  }

 private:
  std::string_view name_;
  Function function_;
};

class MapFilter final : public ResponseFilter {
 public:
  MapFilter(Json mapping, Json fallback)
      : mapping_(std::move(mapping)), fallback_(std::move(fallback)) {}

  [[nodiscard]] Result<Json> apply(const Json& value,
                                   const FilterDocument& /*doc*/) const override {
    if (value.is_structured()) return not_a_text("map", value);
    // Keys of a task file are texts here: nothing else is found by them.
    const Json* found =
        value.is_string() ? find_member(mapping_, value.get_ref<const std::string&>()) : nullptr;
    return found != nullptr ? *found : fallback_;
  }

 private:
  Json mapping_;
  Json fallback_;
};

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  size_t done = 0;
  for (size_t at = text.find(from); at != std::string_view::npos; at = text.find(from, done)) {
    out += text.substr(done, at - done);
    out += to;
    done = at + from.size();
  }
  out += text.substr(done);
  return out;
}

// "person: Ada, Bob\nplaces: none" becomes "per: Ada $ per: Bob"; AfriNER's format.
class FormatSpanFilter final : public ResponseFilter {
 public:
  explicit FormatSpanFilter(PythonRegex entities) : entities_(std::move(entities)) {}

  [[nodiscard]] Result<Json> apply(const Json& value,
                                   const FilterDocument& /*doc*/) const override {
    if (!value.is_string()) return not_a_text("format_span", value);
    const std::string text = labelled(value.get_ref<const std::string&>());
    std::string out;
    PythonFindAll all(entities_, jinja::strip(text));
    while (all.next()) append_entities(all.group(1), all.group(2), out);
    if (!all.limit().empty()) return limit_error(all.limit());
    return Json(std::move(out));
  }

 private:
  static std::string labelled(std::string_view response) {
    struct Label {
      std::string_view word;
      std::string_view label;
    };
    // In the order in which the reference replaces them.
    static constexpr Label kLabels[] = {
        {"person", "PER"},  {"location", "LOC"},  {"organization", "ORG"}, {"counties", "LOC"},
        {"places", "LOC"},  {"people", "PER"},    {"persons", "PER"},      {"company", "ORG"},
        {"country", "LOC"}, {"continent", "LOC"}, {"time", "DATE"},        {"date", "DATE"},
        {"per", "PER"},     {"loc", "LOC"},       {"org", "ORG"}};
    std::string text = python_lower(response);
    for (const Label& label : kLabels) text = replace_all(text, label.word, label.label);
    text = replace_all(text, "$$", "$");
    text.resize(jinja::strip_right(text, "$").size());
    return replace_all(text, "\n", "$");
  }

  static void append_entities(std::string_view label, std::string_view values, std::string& out) {
    for (const std::string_view part : jinja::split_by(values, ",")) {
      const std::string_view entity = jinja::strip(part);
      if (python_lower(entity) == "none") continue;
      fmt::format_to(std::back_inserter(out), "{}{}: {}", out.empty() ? "" : " $ ",
                     python_lower(label), entity);
    }
  }

  PythonRegex entities_;
};

PythonRegex built_in(std::string_view pattern) {
  Result<PythonRegex> regex = PythonRegex::compile(pattern);
  ASSAY_CHECK(regex.has_value(), "pattern {}", pattern);
  return std::move(regex).value();
}

}  // namespace

Error not_a_text(std::string_view filter, const Json& value) {
  return input_error(
      "", fmt::format("filter `{}` on {}, expected a string", filter, json_type_name(value)));
}

Error limit_error(std::string reason) { return Error{ErrorCode::kLimit, std::move(reason), {}}; }

Result<std::optional<Selected>> find_selected(const PythonRegex& regex, std::string_view text,
                                              int64_t select) {
  const size_t kept_max = select < 0 ? static_cast<size_t>(-select) : 1;
  std::deque<Selected> kept;  // the last ones that may be asked for
  int64_t count = 0;
  PythonFindAll all(regex, text);
  while (all.next()) {
    if (select < 0 || count == select) kept.push_back(element(all, regex.group_count()));
    if (kept.size() > kept_max) kept.pop_front();
    if (count++ == select) break;
  }
  if (!all.limit().empty()) return limit_error(all.limit());
  if (count == 0) return std::optional<Selected>();
  if (kept.size() == kept_max) return std::optional<Selected>(std::move(kept.front()));
  return input_error(
      "", fmt::format("group_select is {}, but the pattern matches {} times", select, count));
}

std::optional<PythonRegex> read_pattern(ConfigReader& read, const std::string& key,
                                        const std::string& fallback) {
  Result<PythonRegex> regex = PythonRegex::compile(read.text(key, fallback));
  if (regex) return std::move(regex).value();
  read.fail(fmt::format("`{}`: {}", key, regex.error().text()));
  return std::nullopt;
}

std::optional<std::vector<PythonRegex>> read_ignored(ConfigReader& read) {
  const auto sources = read.text_list("regexes_to_ignore");
  if (!sources) return std::nullopt;
  std::vector<PythonRegex> ignored;
  for (const std::string& source : *sources) {
    Result<PythonRegex> regex = PythonRegex::compile(source);
    if (!regex) {
      read.fail("`regexes_to_ignore`: " + regex.error().text());
      return std::nullopt;
    }
    ignored.push_back(std::move(regex).value());
  }
  return ignored;
}

std::unique_ptr<ResponseFilter> make_regex_filter(ConfigReader& read) {
  std::optional<PythonRegex> regex = read_pattern(read, "regex_pattern", kDefaultPattern);
  const int64_t select = read.integer("group_select", 0, -kSelectMax, kSelectMax);
  const Json* fallback = read.raw("fallback");
  if (!regex) return nullptr;
  return std::make_unique<RegexFilter>(std::move(*regex), select,
                                       fallback != nullptr ? *fallback : Json("[invalid]"));
}

std::unique_ptr<ResponseFilter> make_regex_pos_filter(ConfigReader& read) {
  // The reference compiles this pattern and never uses it.
  (void)read_pattern(read, "regex_pattern", R"(\['(.*?)'\])");
  (void)read.integer("group_select", 0, -kSelectMax, kSelectMax);
  const Json* fallback = read.raw("fallback");
  const bool given = fallback != nullptr && !fallback->is_null();
  return std::make_unique<RegexPosFilter>(built_in(R"(\('([^']*)', '([^']*)'\))"),
                                          given ? *fallback : Json::array({"invalid"}));
}

std::unique_ptr<ResponseFilter> make_remove_whitespace_filter(ConfigReader& /*read*/) {
  return std::make_unique<TextFilter>(
      "remove_whitespace", [](std::string_view text) { return std::string(jinja::strip(text)); });
}

std::unique_ptr<ResponseFilter> make_lowercase_filter(ConfigReader& /*read*/) {
  return std::make_unique<TextFilter>("lowercase", &python_lower);
}

std::unique_ptr<ResponseFilter> make_uppercase_filter(ConfigReader& /*read*/) {
  return std::make_unique<TextFilter>("uppercase", &python_upper);
}

std::unique_ptr<ResponseFilter> make_map_filter(ConfigReader& read) {
  const Json* mapping = read.raw("mapping_dict");
  const Json* fallback = read.raw("default_value");
  if (mapping != nullptr && !mapping->is_null() && !mapping->is_object()) {
    read.fail(fmt::format("`mapping_dict` is {}, expected a mapping", json_type_name(*mapping)));
    return nullptr;
  }
  return std::make_unique<MapFilter>(
      mapping != nullptr && mapping->is_object() ? *mapping : Json::object(),
      fallback != nullptr ? *fallback : Json());
}

std::unique_ptr<ResponseFilter> make_format_span_filter(ConfigReader& /*read*/) {
  return std::make_unique<FormatSpanFilter>(built_in(R"(\b(PER|LOC|ORG|DATE):\s*([^$]+))"));
}

}  // namespace assay::suites::lm_eval
