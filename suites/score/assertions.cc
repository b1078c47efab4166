#include "suites/score/assertions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "harness/base/json.h"
#include "harness/base/utf8.h"
#include "suites/extract/pattern.h"
#include "suites/score/common.h"
#include "suites/score/factories.h"
#include "suites/score/json_schema.h"
#include "suites/score/json_value.h"
#include "suites/score/text_distance.h"
#include "suites/score/tool_calls.h"

namespace assay::suites {
namespace {

// The edit distance costs the product of both lengths.
constexpr size_t kDistancePointsMax = 100'000;
constexpr size_t kNgramWordsMax = 1'000'000;
constexpr int kSetDepthMax = 2;  // sets in sets

struct Check {
  bool pass = false;
  double score = 0;
  std::string reason;
  std::string unscored;

  static Check of(bool pass, std::string reason) {
    return {pass, pass ? 1.0 : 0.0, pass ? std::string() : std::move(reason), {}};
  }
  static Check cannot(std::string reason) { return {false, 0, {}, std::move(reason)}; }
};

struct Given {
  const Json& assertion;
  const Json* value;  // may be null
  const std::string& text;
  const Response& response;
  bool inverse;
};

std::string_view not_word(const Given& given) { return given.inverse ? "not " : ""; }

// As JavaScript's String() would show a value.
std::string value_text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : dump_json(value);
}

// A list, or the parts between commas; quotes keep commas, and are dropped.
std::vector<std::string> value_list(const Json& value) {
  std::vector<std::string> out;
  if (value.is_array()) {
    for (const Json& item : value) out.push_back(value_text(item));
    return out;
  }
  std::string part;
  bool quoted = false;
  const std::string text = value_text(value);
  const auto end_part = [&] {
    out.emplace_back(strip_space(part));
    part.clear();
  };
  for (const char c : text) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      end_part();
    } else {
      part += c;
    }
  }
  end_part();
  return out;
}

std::optional<double> number_member(const Json& object, std::string_view key) {
  const Json* found = find_member(object, key);
  if (found == nullptr || !found->is_number()) return std::nullopt;
  return found->get<double>();
}

// ---- texts ----------------------------------------------------------------------------------

Check equals(const Given& given) {
  bool same = false;
  if (given.value->is_object() || given.value->is_array()) {
    const Result<Json> reply = parse_json(given.text, "answer");
    same = reply && same_json(*reply, *given.value, {});
  } else {
    same = value_text(*given.value) == given.text;
  }
  return Check::of(same != given.inverse,
                   fmt::format("does {}equal {}", given.inverse ? "" : "not ",
                               shorten(dump_json(*given.value), 80)));
}

bool has_text(const std::string& text, const std::string& part, bool any_case) {
  if (!any_case) return text.find(part) != std::string::npos;
  return to_lower(text).find(to_lower(part)) != std::string::npos;
}

Check contains_text(const Given& given, bool any_case) {
  const std::string part = value_text(*given.value);
  if (part.empty()) return Check::cannot("`contains` has an empty value");
  return Check::of(
      has_text(given.text, part, any_case) != given.inverse,
      fmt::format("does {}contain `{}`", given.inverse ? "" : "not ", shorten(part, 80)));
}
Check contains(const Given& given) { return contains_text(given, false); }
Check icontains(const Given& given) { return contains_text(given, true); }

Check contains_list(const Given& given, bool any_case, bool all) {
  const std::vector<std::string> parts = value_list(*given.value);
  const std::string text = any_case ? to_lower(given.text) : given.text;
  const auto has = [&](const std::string& part) {
    return text.find(any_case ? to_lower(part) : part) != std::string::npos;
  };
  const bool right = all ? std::all_of(parts.begin(), parts.end(), has)
                         : std::any_of(parts.begin(), parts.end(), has);
  return Check::of(right != given.inverse,
                   fmt::format("does {}contain {} {}", given.inverse ? "" : "not ",
                               all ? "all of" : "one of", shorten(dump_json(Json(parts)), 80)));
}
Check contains_any(const Given& given) { return contains_list(given, false, false); }
Check contains_all(const Given& given) { return contains_list(given, false, true); }
Check icontains_any(const Given& given) { return contains_list(given, true, false); }
Check icontains_all(const Given& given) { return contains_list(given, true, true); }

Check starts_with(const Given& given) {
  return Check::of(given.text.starts_with(value_text(*given.value)) != given.inverse,
                   fmt::format("does {}start with {}", given.inverse ? "" : "not ",
                               shorten(dump_json(*given.value), 80)));
}
Check ends_with(const Given& given) {
  return Check::of(given.text.ends_with(value_text(*given.value)) != given.inverse,
                   fmt::format("does {}end with {}", given.inverse ? "" : "not ",
                               shorten(dump_json(*given.value), 80)));
}

Check regex(const Given& given) {
  const auto pattern = Pattern::compile(value_text(*given.value));
  if (!pattern) return Check::cannot(pattern.error().text());
  const Pattern::Match match = pattern->find(given.text);
  if (match.found == Pattern::Found::kLimit) return Check::cannot(match.reason);
  return Check::of((match.found == Pattern::Found::kYes) != given.inverse,
                   fmt::format("does {}match `{}`", given.inverse ? "" : "not ",
                               shorten(value_text(*given.value), 80)));
}

Check word_count(const Given& given) {
  size_t words = 0;
  bool inside = false;
  for (const char32_t point : to_code_points(given.text)) {
    const bool space = is_space(point);
    if (!space && !inside) ++words;
    inside = !space;
  }
  const auto n = static_cast<double>(words);
  bool right = false;
  if (given.value->is_object()) {
    const auto least = number_member(*given.value, "min");
    const auto most = number_member(*given.value, "max");
    if (!least && !most) return Check::cannot("`word-count` has neither `min` nor `max`");
    right = (!least || n >= *least) && (!most || n <= *most);
  } else {
    const Result<Json> number = parse_json(value_text(*given.value), "value");
    if (!number || !number->is_number()) return Check::cannot("`word-count` has no number");
    right = n == number->get<double>();
  }
  return Check::of(right != given.inverse, fmt::format("has {} words, expected {}{}", words,
                                                       not_word(given), dump_json(*given.value)));
}

// Lower case, without ASCII punctuation and the articles, single spaces.
std::string fuzzy_form(std::string_view text) {
  std::string kept;
  for (const char c : to_lower(text)) {
    const auto byte = static_cast<unsigned char>(c);
    const bool punctuation =
        byte > 0x20 && byte < 0x7f && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9');
    if (!punctuation) kept += c;
  }
  std::string out;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty() && word != "a" && word != "an" && word != "the") {
      out += (out.empty() ? "" : " ") + word;
    }
    word.clear();
  };
  for (const char32_t point : to_code_points(kept)) {
    if (is_space(point)) {
      end_word();
    } else {
      append_utf8(word, point);
    }
  }
  end_word();
  return out;
}

Check fuzzy_match(const Given& given) {
  const std::string got = fuzzy_form(given.text);
  const Json list = given.value->is_array() ? *given.value : Json::array({*given.value});
  const bool right = std::any_of(list.begin(), list.end(), [&](const Json& one) {
    const std::string wanted = fuzzy_form(value_text(one));
    if (got.empty() || wanted.empty()) return got == wanted;
    return got.find(wanted) != std::string::npos || wanted.find(got) != std::string::npos;
  });
  return Check::of(right != given.inverse, "is not like the expected text");
}

// ---- distances ------------------------------------------------------------------------------

Check levenshtein_check(const Given& given) {
  const auto a = to_code_points(given.text);
  const auto b = to_code_points(value_text(*given.value));
  if (a.size() > kDistancePointsMax || b.size() > kDistancePointsMax) {
    return Check::cannot(fmt::format("a text of more than {} characters", kDistancePointsMax));
  }
  double most = number_member(given.assertion, "threshold").value_or(5);
  if (most == 0) most = 5;  // as there: 0 counts as not given
  const size_t distance = levenshtein(a, b);
  return Check::of(
      (static_cast<double>(distance) <= most) != given.inverse,
      fmt::format("has the distance {}, expected {}at most {}", distance, not_word(given), most));
}

Check graded(const Given& given, double score, double fallback, std::string_view name) {
  const double least = number_member(given.assertion, "threshold").value_or(fallback);
  Check check = Check::of(
      (score >= least) != given.inverse,
      fmt::format("has {} {:.4f}, expected {}at least {}", name, score, not_word(given), least));
  check.score = given.inverse ? 1 - score : score;
  return check;
}

Check rouge_n(const Given& given) {
  if (given.text.empty()) return Check::of(given.inverse, "empty answer");
  return graded(given, promptfoo_rouge_1(given.text, value_text(*given.value)), 0.75, "ROUGE-1");
}

Check bleu(const Given& given) {
  if (given.text.empty()) return Check::of(given.inverse, "empty answer");
  std::vector<std::string> references;
  if (given.value->is_array()) {
    for (const Json& one : *given.value) references.push_back(value_text(one));
  } else {
    references.push_back(value_text(*given.value));
  }
  if (references.empty()) return Check::cannot("`bleu` has no reference");
  return graded(given, promptfoo_bleu(given.text, references), 0.5, "BLEU");
}

// ---- JSON and calls -------------------------------------------------------------------------

bool has_schema(const Given& given) {
  return given.value != nullptr && !given.value->is_null() &&
         !(given.value->is_string() && given.value->get_ref<const std::string&>().empty());
}

Result<JsonSchema> schema_of(const Given& given) {
  if (!given.value->is_string()) return JsonSchema::compile(*given.value);
  ASSAY_TRY(const Json schema, parse_json(given.value->get_ref<const std::string&>(), "schema"));
  return JsonSchema::compile(schema);
}

// Right when one of `values` fits the schema, if there is one.
Check json_check(const Given& given, const std::vector<Json>& values) {
  std::string reason = given.inverse ? "is JSON" : "is no JSON";
  bool right = !values.empty();
  if (right && has_schema(given)) {
    const Result<JsonSchema> schema = schema_of(given);
    if (!schema) return Check::cannot("the schema cannot be used: " + schema.error().text());
    right = false;
    for (const Json& value : values) {
      const JsonSchema::Verdict fit = schema->validate(value);
      if (fit.fit == JsonSchema::Fit::kLimit) return Check::cannot(fit.reason);
      right = fit.fit == JsonSchema::Fit::kYes;
      if (right) break;
      reason = "does not fit the schema: " + fit.reason;
    }
    if (right) reason = "fits the schema";
  }
  return Check::of(right != given.inverse, reason);
}

Check is_json(const Given& given) {
  std::vector<Json> values;
  if (Result<Json> whole = parse_json(given.text, "answer")) values.push_back(*std::move(whole));
  return json_check(given, values);
}

Check contains_json(const Given& given) { return json_check(given, all_json_values(given.text)); }

Check valid_calls(const Given& given) {
  const std::vector<FunctionCall> calls = calls_of(given.response);
  const Json* tools = find_member(given.assertion, "tools");
  const auto schemas = tools == nullptr ? std::map<std::string, Json>() : tool_schemas(*tools);
  std::string wrong = calls.empty() ? "no function call" : "";
  for (const FunctionCall& call : calls) {
    const auto it = schemas.find(call.name);
    if (!call.arguments.is_object()) wrong = call.fault;
    if (!wrong.empty() || schemas.empty()) break;
    if (it == schemas.end()) {
      wrong = fmt::format("calls the unknown function `{}`", shorten(call.name, 80));
      break;
    }
    const Result<JsonSchema> schema = JsonSchema::compile(it->second);
    if (!schema) return Check::cannot("a tool's parameters: " + schema.error().text());
    const JsonSchema::Verdict fit = schema->validate(call.arguments);
    if (fit.fit == JsonSchema::Fit::kLimit) return Check::cannot(fit.reason);
    if (fit.fit == JsonSchema::Fit::kNo) wrong = fmt::format("`{}`: {}", call.name, fit.reason);
  }
  return Check::of(wrong.empty() != given.inverse, given.inverse ? "a valid call" : wrong);
}

Check finish_reason(const Given& given) {
  const std::string wanted = to_lower(value_text(*given.value));
  const bool same =
      !given.response.finish_reason.empty() && to_lower(given.response.finish_reason) == wanted;
  return Check::of(same != given.inverse,
                   fmt::format("finish reason `{}`, expected {}`{}`", given.response.finish_reason,
                               not_word(given), wanted));
}

struct Row {
  std::string_view type;
  Check (*check)(const Given&);
  bool needs_value;
};

constexpr std::array<Row, 21> kRows{{
    {"bleu", bleu, true},
    {"contains", contains, true},
    {"contains-all", contains_all, true},
    {"contains-any", contains_any, true},
    {"contains-json", contains_json, false},
    {"ends-with", ends_with, true},
    {"equals", equals, true},
    {"finish-reason", finish_reason, true},
    {"fuzzy-match", fuzzy_match, true},
    {"icontains", icontains, true},
    {"icontains-all", icontains_all, true},
    {"icontains-any", icontains_any, true},
    {"is-json", is_json, false},
    {"is-valid-function-call", valid_calls, false},
    {"is-valid-openai-function-call", valid_calls, false},
    {"is-valid-openai-tools-call", valid_calls, false},
    {"levenshtein", levenshtein_check, true},
    {"regex", regex, true},
    {"rouge-n", rouge_n, true},
    {"starts-with", starts_with, true},
    {"word-count", word_count, true},
}};

const Row* find_row(std::string_view type) {
  const auto it =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& row) { return row.type == type; });
  return it == kRows.end() ? nullptr : &*it;
}

// "not-regex" is regex, inverted.
std::string_view base_type(std::string_view type, bool& inverse) {
  inverse = type.starts_with("not-");
  return inverse ? type.substr(4) : type;
}

std::string transformed(const Json& assertion, const std::string& text) {
  const Json* steps = find_member(assertion, "transform");
  std::string out = text;
  if (steps == nullptr || !steps->is_array()) return out;
  for (const Json& step : *steps) {
    if (step == "trim") out = std::string(strip_space(out));
    if (step == "lower") out = to_lower(out);
    if (step == "upper") {
      std::vector<char32_t> points = to_code_points(out);
      for (char32_t& point : points) point = upper_of(point);
      out = to_utf8(points);
    }
  }
  return out;
}

Check check_one(const Json& assertion, const std::string& type, const std::string& text,
                const Response& response) {
  bool inverse = false;
  const Row* row = find_row(base_type(type, inverse));
  if (row == nullptr) return Check::cannot(fmt::format("unknown assertion `{}`", type));
  const Json* value = find_member(assertion, "value");
  if (row->needs_value && (value == nullptr || value->is_null())) {
    return Check::cannot(fmt::format("`{}` has no value", type));
  }
  const std::string changed = transformed(assertion, text);
  Check check = row->check({assertion, value, changed, response, inverse});
  if (!check.unscored.empty()) check.unscored = fmt::format("`{}`: {}", type, check.unscored);
  if (!check.pass) check.reason = fmt::format("{}: {}", type, check.reason);
  return check;
}

// Adds checks up as promptfoo does.
class Sum {
 public:
  Sum(const std::string& text, const Response& response) : text_(text), response_(response) {}

  // NOLINTNEXTLINE(misc-no-recursion): bounded by kSetDepthMax
  AssertionResult all(const Json& list, std::optional<double> threshold, int depth) {
    AssertionResult total;
    double weights = 0;
    bool failed = false;
    for (const Json& assertion : list) {
      const Check check = one(assertion, depth, total);
      if (!check.unscored.empty() && total.unscored.empty()) total.unscored = check.unscored;
      const double weight = number_member(assertion, "weight").value_or(1);
      total.score += check.score * weight;
      weights += weight;
      name(assertion, check.score, weight, total);
      if (!check.pass && !failed) total.reason = check.reason;
      failed = failed || !check.pass;
    }
    total.score = list.empty() ? 1 : weights > 0 ? total.score / weights : 0;
    total.pass = threshold ? total.score >= *threshold : !failed;
    if (threshold && !total.pass) {
      total.reason = fmt::format("score {:.2f} below the threshold {} ({})", total.score,
                                 *threshold, total.reason);
    }
    return total;
  }

 private:
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kSetDepthMax
  Check one(const Json& assertion, int depth, AssertionResult& total) {
    if (++count_ > kAssertionsMax) {
      return Check::cannot(fmt::format("more than {} assertions", kAssertionsMax));
    }
    const Json* type = assertion.is_object() ? find_member(assertion, "type") : nullptr;
    if (type == nullptr || !type->is_string()) return Check::cannot("an assertion has no `type`");
    if (*type != "assert-set") {
      return check_one(assertion, type->get<std::string>(), text_, response_);
    }
    const Json* list = find_member(assertion, "assert");
    if (list == nullptr || !list->is_array() || depth >= kSetDepthMax) {
      return Check::cannot("an `assert-set` has no list `assert`, or stands too deep");
    }
    AssertionResult set = all(*list, number_member(assertion, "threshold"), depth + 1);
    for (const auto& [metric, sums] : set.named) {
      total.named[metric].first += sums.first;
      total.named[metric].second += sums.second;
    }
    return {set.pass, set.score, std::move(set.reason), std::move(set.unscored)};
  }

  static void name(const Json& assertion, double score, double weight, AssertionResult& total) {
    const Json* metric = assertion.is_object() ? find_member(assertion, "metric") : nullptr;
    if (metric == nullptr || !metric->is_string()) return;
    auto& sums = total.named[metric->get<std::string>()];
    sums.first += score * weight;
    sums.second += weight;
  }

  const std::string& text_;
  const Response& response_;
  size_t count_ = 0;
};

// ---- the scorer -----------------------------------------------------------------------------

class Assertions final : public Scorer {
 public:
  Assertions(std::vector<MetricDef> metrics, std::string column, std::string identity)
      : metrics_(std::move(metrics)), column_(std::move(column)), identity_(std::move(identity)) {}

  [[nodiscard]] const std::vector<MetricDef>& metrics() const override { return metrics_; }
  [[nodiscard]] std::string identity() const override { return identity_; }

  void judge(const Sample& sample, const Response& response,
             std::vector<Score>& out) const override {
    AssertionResult result;
    const std::string unusable = unusable_reason(response);
    const Result<Json> column = doc_column(sample.doc, column_);
    if (!column) {
      result.unscored = column.error().text();
    } else if (unusable.empty()) {
      result = check_assertions(*column, response);
    } else {
      result.reason = unusable;
    }
    const ScoreStatus status =
        result.unscored.empty() ? ScoreStatus::kScored : ScoreStatus::kUnscored;
    for (size_t i = 0; i < metrics_.size(); ++i) {
      Score& score = out.emplace_back();
      score.metric = metrics_[i].name;
      score.status = status;
      score.reason =
          shorten(result.unscored.empty() ? result.reason : result.unscored, kReasonBytesMax);
      if (status == ScoreStatus::kUnscored) continue;
      if (i == 0) {
        score.value = result.pass ? 1 : 0;
      } else if (i == 1) {
        // A threshold above 1 and the like cannot make a share of more than all.
        score.value = std::clamp(result.score, 0.0, 1.0);
      } else {
        const auto it = result.named.find(metrics_[i].name);
        const bool there = it != result.named.end() && it->second.second > 0;
        score.value = there ? std::clamp(it->second.first / it->second.second, 0.0, 1.0) : 0;
        score.weight = there ? it->second.second : 0;
      }
    }
  }

 private:
  std::vector<MetricDef> metrics_;
  std::string column_;
  std::string identity_;
};

MetricDef share(std::string name, const std::string& scorer) {
  MetricDef def;
  def.name = std::move(name);
  def.scorer = scorer;
  def.binary = false;
  return def;
}

std::vector<std::string> lower_words(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  for (const char32_t point : to_code_points(to_lower(text))) {
    if (!is_space(point)) {
      append_utf8(word, point);
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
    if (words.size() >= kNgramWordsMax) break;
  }
  if (!word.empty()) words.push_back(std::move(word));
  if (words.empty()) words.emplace_back();  // splitting an empty text gives one empty word there
  return words;
}

std::map<std::string, size_t> count_grams(const std::vector<std::string>& words, size_t n) {
  std::map<std::string, size_t> counts;
  for (size_t i = 0; i + n <= words.size(); ++i) {
    std::string gram;
    for (size_t k = 0; k < n; ++k) gram += words[i + k] + " ";
    ++counts[gram];
  }
  return counts;
}

// Punctuation stands for itself, a final full stop too; "n't" and "'s" are words of their own.
std::vector<std::string> treebank_words(std::string_view text) {
  constexpr std::string_view kAlone = ",;:@#$%&!?()[]{}<>\"";
  std::string spaced;
  const std::string_view stripped = strip_space(text);
  for (size_t i = 0; i < stripped.size(); ++i) {
    const char c = stripped[i];
    const bool final_stop = c == '.' && i + 1 == stripped.size() && i > 0 && stripped[i - 1] != '.';
    const bool number = (c == ',' || c == ':') && i + 1 < stripped.size() &&
                        stripped[i + 1] >= '0' && stripped[i + 1] <= '9';
    if (final_stop || (kAlone.find(c) != std::string_view::npos && !number)) {
      spaced += ' ';
      spaced += c;
      spaced += ' ';
    } else if (c == '\'' && i > 0 && stripped[i - 1] == 'n' && i + 1 < stripped.size() &&
               stripped[i + 1] == 't') {
      spaced.insert(spaced.size() - 1, " ");
      spaced += c;
    } else if (c == '\'') {
      spaced += " '";
    } else {
      spaced += c;
    }
  }
  std::vector<std::string> words;
  for (size_t at = 0; at < spaced.size() && words.size() < kNgramWordsMax;) {
    const size_t from = spaced.find_first_not_of(" \t\r\n", at);
    if (from == std::string::npos) break;
    at = std::min(spaced.find_first_of(" \t\r\n", from), spaced.size());
    words.push_back(spaced.substr(from, at - from));
  }
  return words;
}

}  // namespace

bool is_known_assertion(std::string_view type) {
  bool inverse = false;
  return type == "assert-set" || find_row(base_type(type, inverse)) != nullptr;
}

AssertionResult check_assertions(const Json& column, const Response& response) {
  AssertionResult wrong;
  const Json* list = column.is_object() ? find_member(column, "assert") : &column;
  if (list == nullptr || !list->is_array()) {
    wrong.unscored = fmt::format("the assertions are {}, expected a list", json_type_name(column));
    return wrong;
  }
  if (list->empty()) {
    wrong.unscored = "no assertion to judge by";
    return wrong;
  }
  const std::string text = sanitize_utf8(response.answer);
  return Sum(text, response)
      .all(*list, column.is_object() ? number_member(column, "threshold") : std::nullopt, 0);
}

double promptfoo_bleu(std::string_view candidate, const std::vector<std::string>& references) {
  const std::vector<std::string> words = lower_words(candidate);
  std::vector<std::vector<std::string>> wanted;
  wanted.reserve(references.size());
  for (const std::string& reference : references) wanted.push_back(lower_words(reference));
  const auto gap = [&](size_t length) {
    return length > words.size() ? length - words.size() : words.size() - length;
  };
  size_t closest = wanted.front().size();
  for (const auto& one : wanted) {
    if (gap(one.size()) < gap(closest)) closest = one.size();
  }
  double sum = 0;
  for (size_t n = 1; n <= 4; ++n) {
    const auto grams = count_grams(words, n);
    size_t best = 0;
    for (const auto& one : wanted) {
      const auto have = count_grams(one, n);
      size_t clipped = 0;
      for (const auto& [gram, count] : grams) {
        const auto it = have.find(gram);
        if (it != have.end()) clipped += std::min(count, it->second);
      }
      best = std::max(best, clipped);
    }
    const size_t all = words.size() >= n ? words.size() - n + 1 : 0;
    const double precision =
        best == 0 || all == 0 ? 1e-7 : static_cast<double>(best) / static_cast<double>(all);
    sum += 0.25 * std::log(precision);
  }
  const double ratio = static_cast<double>(words.size()) / static_cast<double>(closest);
  return (words.size() > closest ? 1.0 : std::exp(1 - ratio)) * std::exp(sum);
}

double promptfoo_rouge_1(std::string_view candidate, std::string_view reference) {
  const std::vector<std::string> words = treebank_words(candidate);
  const std::vector<std::string> wanted = treebank_words(reference);
  if (wanted.empty()) return 0;
  const std::set<std::string> have(words.begin(), words.end());
  const std::set<std::string> different(wanted.begin(), wanted.end());
  const auto both = std::count_if(different.begin(), different.end(),
                                  [&](const std::string& word) { return have.contains(word); });
  return static_cast<double>(both) / static_cast<double>(wanted.size());
}

std::unique_ptr<Scorer> make_assertions(OptionReader& read, const std::string& /*base_dir*/) {
  const std::string metric = read.text("metric", "pass");
  const std::string column = read.text("column", "assert");
  const std::vector<std::string> named = read.text_list("named");
  std::vector<MetricDef> metrics{{metric, read.scorer()}, share("score", read.scorer())};
  for (const std::string& name : named) metrics.push_back(share(name, read.scorer()));
  return std::make_unique<Assertions>(std::move(metrics), column, identity_of(read, 1));
}

}  // namespace assay::suites
