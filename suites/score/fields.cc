#include "suites/score/fields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <memory>

#include "harness/base/json.h"
#include "harness/base/nearest.h"
#include "suites/extract/json_object.h"
#include "suites/score/common.h"
#include "suites/score/error_rate.h"
#include "suites/score/factories.h"
#include "suites/score/field_values.h"
#include "suites/score/text_distance.h"

namespace assay::suites {
namespace {

constexpr size_t kShownFieldsBytesMax = 4096;
constexpr size_t kMatchUnitsMax = 10'000;  // of a field's value; longer ones are cut

enum class FieldSource { kAuto, kJson, kRegex };

void flatten_into(const Json& value, const std::string& path, FieldValues& out) {
  if (out.size() >= kFieldsMax || value.is_null()) return;
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      flatten_into(member, path.empty() ? key : fmt::format("{}.{}", path, key), out);
    }
  } else if (value.is_array()) {
    for (size_t i = 0; i < value.size(); ++i) {
      flatten_into(value[i], fmt::format("{}.{}", path, i), out);
    }
  } else {
    out.emplace_back(path, value.is_string() ? value.get<std::string>() : dump_json(value));
  }
}

// The first value of `name`: exactly, or else as normalised text ("Total" for "total").
const std::string* find_field(const FieldValues& values, const std::string& name) {
  for (const auto& [key, value] : values) {
    if (key == name) return &value;
  }
  const std::string folded = normalize_field_text(name);
  for (const auto& [key, value] : values) {
    if (normalize_field_text(key) == folded) return &value;
  }
  return nullptr;
}

bool is_blank(std::string_view text) { return strip_space(text).empty(); }

std::vector<char32_t> bounded_points(const std::string& text) {
  auto points = to_code_points(text);
  if (points.size() > kMatchUnitsMax) points.resize(kMatchUnitsMax);
  return points;
}

void tally_field(const FieldRule& rule, const FieldValues& truth, const FieldValues& prediction,
                 FieldTally& tally) {
  const std::string* predicted = find_field(prediction, rule.name);
  const bool has_prediction = predicted != nullptr && !is_blank(*predicted);
  bool has_truth = false;
  bool right = false;
  for (const auto& [key, value] : truth) {
    if (key != rule.name || is_blank(value)) continue;
    has_truth = true;
    right = right || (has_prediction && fields_match(rule, value, *predicted));
  }
  if (right) {
    ++tally.right;
    return;
  }
  tally.extra += has_prediction ? 1 : 0;
  tally.missing += has_truth ? 1 : 0;
  if (has_prediction || has_truth) tally.wrong.push_back(rule.name);
}

// Patterns cannot be copied; of a fallback rule the rest can.
FieldRule named_rule(const FieldRule& fallback, std::string name) {
  FieldRule rule;
  rule.name = std::move(name);
  rule.form = fallback.form;
  rule.match = fallback.match;
  rule.threshold = fallback.threshold;
  rule.day_first = fallback.day_first;
  return rule;
}

struct FieldOptions {
  std::vector<FieldRule> rules;
  FieldRule fallback;
  FieldSource source = FieldSource::kAuto;
};

struct Prediction {
  FieldValues values;
  std::string problem;  // why there is none
  bool limit = false;
};

class FieldsScorer final : public Scorer {
 public:
  FieldsScorer(const std::string& prefix, const std::string& scorer, FieldOptions options,
               std::string identity)
      : metrics_{{prefix + "_f1", scorer, true, false},
                 {prefix + "_precision", scorer, true, false},
                 {prefix + "_recall", scorer, true, false}},
        options_(std::move(options)),
        identity_(std::move(identity)) {}

  [[nodiscard]] const std::vector<MetricDef>& metrics() const override { return metrics_; }
  [[nodiscard]] std::string identity() const override { return identity_; }

  void judge(const Sample& sample, const Response& response,
             std::vector<Score>& out) const override {
    Prediction prediction;
    prediction.problem = unusable_reason(response);
    std::string repaired;
    if (prediction.problem.empty()) prediction = predict(valid_utf8(response.answer, repaired));
    if (prediction.limit) return append_unscored(prediction.problem, out);
    const FieldTally tally =
        tally_fields(options_.rules, options_.fallback, sample.fields, prediction.values);
    append_scores(tally, prediction, out);
  }

 private:
  [[nodiscard]] Prediction predict(std::string_view answer) const {
    Prediction prediction;
    if (options_.source != FieldSource::kRegex) {
      if (const std::optional<Json> object = first_json_object(answer)) {
        prediction.values = flatten_fields(*object);
        return prediction;
      }
      if (options_.source == FieldSource::kJson) {
        prediction.problem = answer.empty() ? "empty answer" : "no JSON object in the answer";
        return prediction;
      }
    }
    bool any_regex = false;
    for (const FieldRule& rule : options_.rules) {
      if (rule.regex.empty()) continue;
      any_regex = true;
      const Pattern::Match match = rule.regex.front().find(answer);
      if (match.found == Pattern::Found::kLimit) {
        return {{}, fmt::format("field `{}`: {}", rule.name, match.reason), true};
      }
      if (match.found == Pattern::Found::kNo) continue;
      const size_t group = rule.regex.front().group_count() > 0 ? 1 : 0;
      prediction.values.emplace_back(rule.name, std::string(match.group(group)));
    }
    if (!any_regex) {
      prediction.problem = answer.empty() ? "empty answer" : "no JSON object in the answer";
    }
    return prediction;
  }

  void append_unscored(const std::string& reason, std::vector<Score>& out) const {
    for (const MetricDef& metric : metrics_) {
      Score& score = out.emplace_back();
      score.metric = metric.name;
      score.status = ScoreStatus::kUnscored;
      score.reason = shorten(reason, kReasonBytesMax);
    }
  }

  // value = numerator / weight; 0 / 0 is 1 with weight 0 for F1 (nothing asked, nothing said) and
  // contributes nothing.
  void append_scores(const FieldTally& tally, const Prediction& prediction,
                     std::vector<Score>& out) const {
    const auto right = static_cast<double>(tally.right);
    const auto extra = static_cast<double>(tally.extra);
    const auto missing = static_cast<double>(tally.missing);
    const std::array<std::pair<double, double>, 3> ratios{{{2 * right, 2 * right + extra + missing},
                                                           {right, right + extra},
                                                           {right, right + missing}}};
    std::string reason = prediction.problem;
    if (reason.empty() && !tally.wrong.empty()) {
      reason = fmt::format("wrong: {}", fmt::join(tally.wrong, ", "));
    }
    for (size_t i = 0; i < metrics_.size(); ++i) {
      const auto& [numerator, weight] = ratios.at(i);
      Score& score = out.emplace_back();
      score.metric = metrics_[i].name;
      score.weight = weight;
      score.value = weight > 0 ? numerator / weight : 1;
      if (i > 0) continue;  // once is enough for the record
      score.extracted = shorten(shown(prediction.values), kShownFieldsBytesMax);
      score.reason = shorten(reason, kReasonBytesMax);
    }
  }

  // The values that were judged, as compact JSON.
  [[nodiscard]] std::string shown(const FieldValues& values) const {
    if (values.empty()) return {};
    Json object = Json::object();
    for (const FieldRule& rule : options_.rules) {
      const std::string* value = find_field(values, rule.name);
      if (value != nullptr) object[rule.name] = normalize_field(rule, *value);
    }
    if (options_.rules.empty()) {
      for (const auto& [key, value] : values) {
        object[key] = normalize_field(options_.fallback, value);
      }
    }
    return dump_json(object);
  }

  std::vector<MetricDef> metrics_;
  FieldOptions options_;
  std::string identity_;
};

// Reads one mapping {regex, normalize, match, threshold, day_first} into `rule`.
class RuleReader {
 public:
  RuleReader(OptionReader& read, std::string key, const FieldRule& fallback)
      : read_(read), key_(std::move(key)), rule_(named_rule(fallback, "")) {}

  FieldRule rule(const std::string& name, const Json& mapping) {
    rule_.name = name;
    path_ = name.empty() ? key_ : key_ + "." + name;
    if (mapping.is_null()) return std::move(rule_);
    if (!mapping.is_object()) {
      fail(fmt::format("`{}` is {}, expected a mapping", path_, json_type_name(mapping)));
      return std::move(rule_);
    }
    bool threshold_given = false;
    for (const auto& [key, value] : mapping.items()) {
      threshold_given = threshold_given || key == "threshold";
      member(key, value);
    }
    if (!threshold_given && mapping.contains("match")) {
      rule_.threshold = rule_.match == FieldMatch::kAnls ? 0.5 : 0.1;
    }
    return std::move(rule_);
  }

 private:
  void member(const std::string& key, const Json& value) {
    static const std::vector<std::string> kKeys{"regex", "normalize", "match", "threshold",
                                                "day_first"};
    if (key == "regex" && value.is_string() && !rule_.name.empty()) {
      regex(value.get<std::string>());
    } else if (key == "normalize") {
      rule_.form = static_cast<FieldForm>(
          one_of(key, value, {"text", "amount", "date", "number"}, rule_.form));
    } else if (key == "match") {
      rule_.match =
          static_cast<FieldMatch>(one_of(key, value, {"exact", "anls", "cer"}, rule_.match));
    } else if (key == "threshold" && value.is_number() && value >= 0 && value <= 1) {
      rule_.threshold = value.get<double>();
    } else if (key == "day_first" && value.is_boolean()) {
      rule_.day_first = value.get<bool>();
    } else if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) {
      fail(fmt::format("unknown key `{}.{}`{}", path_, key, did_you_mean(key, kKeys)));
    } else {
      fail(fmt::format("`{}.{}` is {}, expected {}", path_, key, dump_json(value),
                       key == "regex"       ? "a regular expression of one field"
                       : key == "threshold" ? "a number in 0..1"
                                            : "true or false"));
    }
  }

  void regex(const std::string& source) {
    auto pattern = Pattern::compile(source);
    if (!pattern) return read_.fail(key_, pattern.error());
    rule_.regex.push_back(std::move(pattern).value());
  }

  template <typename E>
  int one_of(const std::string& key, const Json& value, const std::vector<std::string>& names,
             E fallback) {
    const auto found = value.is_string()
                           ? std::find(names.begin(), names.end(), value.get<std::string>())
                           : names.end();
    if (found != names.end()) return static_cast<int>(found - names.begin());
    fail(fmt::format("`{}.{}` is {}, expected one of {}", path_, key, dump_json(value),
                     fmt::join(names, ", ")));
    return static_cast<int>(fallback);
  }

  void fail(std::string message) { read_.fail(key_, std::move(message)); }

  OptionReader& read_;
  std::string key_;
  std::string path_;
  FieldRule rule_;
};

std::vector<FieldRule> read_rules(OptionReader& read, const FieldRule& fallback) {
  std::vector<FieldRule> rules;
  const Json* fields = read.raw("fields", "");
  if (fields == nullptr) return rules;
  if (!fields->is_object() || fields->empty()) {
    read.fail("fields", fmt::format("`fields` is {}, expected a mapping of field names",
                                    fields->is_object() ? "empty" : json_type_name(*fields)));
    return rules;
  }
  for (const auto& [name, mapping] : fields->items()) {
    rules.push_back(RuleReader(read, "fields", fallback).rule(name, mapping));
  }
  return rules;
}

}  // namespace

std::string normalize_field(const FieldRule& rule, std::string_view value) {
  std::optional<std::string> out;
  if (rule.form == FieldForm::kAmount) out = normalize_amount(value);
  if (rule.form == FieldForm::kDate) out = normalize_date(value, rule.day_first);
  if (rule.form == FieldForm::kNumber) out = normalize_number(value);
  return out ? *out : normalize_field_text(value);
}

bool fields_match(const FieldRule& rule, std::string_view truth, std::string_view predicted) {
  const std::string a = normalize_field(rule, truth);
  const std::string b = normalize_field(rule, predicted);
  if (a == b) return true;
  if (rule.match == FieldMatch::kExact) return false;
  const auto x = bounded_points(a);
  const auto y = bounded_points(b);
  if (rule.match == FieldMatch::kAnls) return normalized_similarity(x, y) >= rule.threshold;
  return ErrorCount{levenshtein(x, y), x.size()}.rate() <= rule.threshold;
}

FieldTally tally_fields(const std::vector<FieldRule>& rules, const FieldRule& fallback,
                        const FieldValues& truth, const FieldValues& prediction) {
  FieldTally tally;
  if (!rules.empty()) {
    for (const FieldRule& rule : rules) tally_field(rule, truth, prediction, tally);
    return tally;
  }
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  };
  for (const auto& [name, value] : truth) add(name);
  for (const auto& field : prediction) {
    const std::string folded = normalize_field_text(field.first);
    const bool known = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return normalize_field_text(name) == folded;
    });
    if (!known) add(field.first);
  }
  for (const std::string& name : names) {
    tally_field(named_rule(fallback, name), truth, prediction, tally);
  }
  return tally;
}

FieldValues flatten_fields(const Json& object) {
  FieldValues out;
  flatten_into(object, "", out);
  return out;
}

std::unique_ptr<Scorer> make_fields(OptionReader& read, const std::string& /*base_dir*/) {
  const std::string prefix = read.text("metric", "field");
  FieldOptions options;
  const std::string source = read.choice("source", "auto", {"auto", "json", "regex"});
  options.source = source == "json"    ? FieldSource::kJson
                   : source == "regex" ? FieldSource::kRegex
                                       : FieldSource::kAuto;
  if (const Json* fallback = read.raw("default", "{normalize: text, match: exact}")) {
    options.fallback = RuleReader(read, "default", {}).rule("", *fallback);
  }
  options.rules = read_rules(read, options.fallback);
  if (options.source == FieldSource::kRegex &&
      std::all_of(options.rules.begin(), options.rules.end(),
                  [](const FieldRule& rule) { return rule.regex.empty(); })) {
    read.fail("source", "`source` is `regex`, expected a `regex` in `fields`");
  }
  return std::make_unique<FieldsScorer>(prefix, read.scorer(), std::move(options),
                                        identity_of(read, 1));
}

}  // namespace assay::suites
