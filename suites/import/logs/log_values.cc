#include "suites/import/logs/log_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include "harness/base/utf8.h"

namespace assay::suites {
namespace {

constexpr size_t kReasonBytesMax = 2000;
constexpr size_t kScoreMembersMax = 32;  // of one score that is an object or a list
constexpr double kTokensMax = 9007199254740992.0;
constexpr double kSecondsMax = 1e9;
constexpr double kDollarsMax = 1e6;  // of one reply

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::optional<double> number_of_text(std::string_view text) {
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// inspect_ai 0.3.1xx, scorer/_metric.py, value_to_float: C 1, P 0.5, I and N 0; yes, true, no,
// false in any case; numbers as texts.
std::optional<double> number_of_word(std::string_view word) {
  if (word == "C") return 1.0;
  if (word == "P") return 0.5;
  if (word == "I" || word == "N") return 0.0;
  const std::string small = lower(word);
  if (small == "yes" || small == "true") return 1.0;
  if (small == "no" || small == "false") return 0.0;
  return number_of_text(small);
}

Score unscored(const std::string& metric, std::string why, const std::string& reason) {
  if (!reason.empty()) why += "; " + reason;
  return {.metric = metric,
          .status = ScoreStatus::kUnscored,
          .extracted = "",
          .reason = short_text(why, kReasonBytesMax)};
}

Score scalar_score(const std::string& metric, const Json& value, ScoreWords words,
                   const std::string& reason) {
  std::optional<double> number;
  if (value.is_boolean()) number = value.get<bool>() ? 1.0 : 0.0;
  if (value.is_number()) number = value.get<double>();
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (text == "NaN" || text == "Infinity" || text == "-Infinity") {
      return unscored(metric, fmt::format("the log says {}", text), reason);
    }
    if (words == ScoreWords::kInspect) number = number_of_word(text);
  }
  if (number && std::isfinite(*number)) {
    return {.metric = metric,
            .value = *number,
            .extracted = "",
            .reason = short_text(reason, kReasonBytesMax)};
  }
  if (number) return unscored(metric, "the log says a number that is not finite", reason);
  if (value.is_null()) return unscored(metric, "the log has no value", reason);
  return unscored(metric,
                  fmt::format("the log's value is {} (`{}`), expected a number",
                              json_type_name(value), short_text(text_of(value), 60)),
                  reason);
}

}  // namespace

void add_scores(const std::string& metric, const Json& value, ScoreWords words,
                const std::string& extracted, const std::string& reason,
                std::vector<Score>& scores) {
  if (!value.is_structured()) {
    scores.push_back(scalar_score(metric, value, words, reason));
    scores.back().extracted = extracted;
    return;
  }
  if (value.empty() || value.size() > kScoreMembersMax) {
    scores.push_back(unscored(metric,
                              fmt::format("the log's value is {} of {} members, expected 1 to {}",
                                          json_type_name(value), value.size(), kScoreMembersMax),
                              reason));
    return;
  }
  size_t number = 0;
  for (const auto& [key, member] : value.items()) {
    const std::string part = value.is_object() ? key : fmt::format("{}", number++);
    const std::string name = short_text(fmt::format("{}.{}", metric, part), kLogNameBytesMax);
    scores.push_back(scalar_score(name, member, words, reason));
    scores.back().extracted = extracted;
  }
}

bool lower_is_better(std::string_view metric) {
  constexpr std::array<std::string_view, 20> kLower{
      "perplexity", "ppl",  "wer",  "cer",  "ter",      "mer",     "loss",
      "nll",        "mae",  "mse",  "rmse", "brier",    "error",   "errors",
      "latency",    "cost", "byte", "rate", "toxicity", "distance"};
  const std::string name = lower(metric.substr(0, metric.find(',')));
  const size_t before = name.find_last_of("_-. /");
  const std::string last = before == std::string::npos ? name : name.substr(before + 1);
  if (last == "byte") return name.ends_with("bits_per_byte");
  if (last == "rate") return name.ends_with("error_rate");
  if (last == "score") return name.ends_with("brier_score");
  return std::find(kLower.begin(), kLower.end(), last) != kLower.end();
}

std::string short_text(std::string_view text, size_t max) {
  const bool cut = text.size() > max;
  if (cut) {
    text = text.substr(0, max);
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U) {
      text.remove_suffix(1);
    }
    if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xC0U) text.remove_suffix(1);
  }
  std::string out = sanitize_utf8(text);
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return out;
}

std::string log_name(std::string_view text, std::string_view when_empty) {
  const std::string name = short_text(text, kLogNameBytesMax);
  const size_t first = name.find_first_not_of(' ');
  if (first == std::string::npos) return std::string(when_empty);
  return name.substr(first, name.find_last_not_of(' ') - first + 1);
}

const Json& member_or_null(const Json& object, std::string_view key) {
  static const Json kNull;
  const Json* member = find_member(object, key);
  return member == nullptr ? kNull : *member;
}

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? std::string() : dump_json(value);
}

std::string text_at(const Json& object, std::string_view key) {
  const Json* member = find_member(object, key);
  return member == nullptr ? std::string() : text_of(*member);
}

std::optional<double> number_at(const Json& object, std::string_view key) {
  const Json* member = find_member(object, key);
  if (member == nullptr || !member->is_number()) return std::nullopt;
  const auto value = member->get<double>();
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

int64_t tokens_at(const Json& object, std::string_view key) {
  const std::optional<double> value = number_at(object, key);
  if (!value || *value < 0 || *value > kTokensMax) return -1;
  return static_cast<int64_t>(*value);
}

int64_t nanoseconds(std::optional<double> seconds) {
  if (!seconds || !(*seconds >= 0) || *seconds > kSecondsMax) return -1;
  return std::llround(*seconds * 1e9);
}

std::optional<int64_t> epoch_ns(std::string_view utc) {
  const auto field = [&](size_t at, size_t width) -> std::optional<int> {
    int value = 0;
    if (at + width > utc.size()) return std::nullopt;
    const char* const first = utc.data() + at;
    const auto [end, failed] = std::from_chars(first, first + width, value);
    if (failed != std::errc() || end != first + width) return std::nullopt;
    return value;
  };
  const auto year = field(0, 4);
  const auto month = field(5, 2);
  const auto day = field(8, 2);
  const auto hour = field(11, 2);
  const auto minute = field(14, 2);
  const auto second = field(17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *year < 1970 || *year > 2200 || *hour > 23 || *minute > 59 || *second > 60) {
    return std::nullopt;
  }
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  int64_t out = ((int64_t{days} * 24 + *hour) * 60 + *minute) * 60 + *second;
  size_t at = 19;
  int64_t fraction = 0;
  if (at < utc.size() && utc[at] == '.') {
    int64_t unit = 100'000'000;
    for (++at; at < utc.size() && utc[at] >= '0' && utc[at] <= '9'; ++at, unit /= 10) {
      fraction += unit * (utc[at] - '0');
    }
  }
  if (at < utc.size() && (utc[at] == '+' || utc[at] == '-')) {
    const int sign = utc[at] == '+' ? 1 : -1;
    const auto hours = field(at + 1, 2);
    const auto minutes = field(at + 4, 2);
    out -= int64_t{sign} * (hours.value_or(0) * 3600 + minutes.value_or(0) * 60);
  }
  return out * 1'000'000'000 + fraction;
}

std::optional<Money> dollars(std::optional<double> amount) {
  if (!amount || !(*amount >= 0) || *amount > kDollarsMax) return std::nullopt;
  return Money{std::llround(*amount * 1e9)};
}

std::map<std::string, std::string> tags_of(const Json& object) {
  std::map<std::string, std::string> tags;
  if (!object.is_object()) return tags;
  for (const auto& [key, value] : object.items()) {
    if (tags.size() >= kLogTagsMax) break;
    const bool scalar = value.is_string() || value.is_boolean() || value.is_number_integer();
    if (!scalar || key.empty() || key.size() > kLogTagValueBytesMax) continue;
    const std::string text = text_of(value);
    if (text.empty() || text.size() > kLogTagValueBytesMax) continue;
    tags.emplace(short_text(key, kLogTagValueBytesMax), short_text(text, kLogTagValueBytesMax));
  }
  return tags;
}

Result<std::string> read_document(const std::string& path) {
  std::error_code failed;
  const uint64_t bytes = std::filesystem::file_size(path, failed);
  if (failed) return input_error(path, "cannot be read");
  if (bytes > kLogDocumentBytesMax) {
    return Error{ErrorCode::kLimit,
                 fmt::format("has {} bytes, at most {} are read of one JSON document", bytes,
                             kLogDocumentBytesMax),
                 path};
  }
  std::FILE* const file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return input_error(path, "cannot be opened");
  std::string text(static_cast<size_t>(bytes), '\0');
  const size_t read = std::fread(text.data(), 1, text.size(), file);
  std::fclose(file);
  if (read != text.size()) return input_error(path, "cannot be read to its end");
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  return text;
}

MetricDef known_metric(const std::string& name, const std::string& tool) {
  return {.name = name,
          .scorer = tool,
          .higher_is_better = !lower_is_better(name),
          .binary = false,
          .share = false};
}

bool read_assay_suite(const Json& assay, ForeignSuite& suite) {
  const Json* metrics = find_member(assay, "metrics");
  const std::string scorer = text_at(assay, "scorer_hash");
  if (metrics == nullptr || !metrics->is_array() || metrics->empty() || scorer.empty() ||
      metrics->size() > kLogMetricsMax) {
    return false;
  }
  std::vector<MetricDef> defs;
  for (const Json& one : *metrics) {
    const auto aggregation = aggregation_from_name(text_at(one, "aggregation"));
    const int64_t first = tokens_at(one, "repeats_first");
    const std::string name = text_at(one, "name");
    if (!aggregation || first < 0 || first > kLogRepeatsMax || name.empty()) return false;
    const auto flag = [&](std::string_view key) {
      const Json* member = find_member(one, key);
      return member != nullptr && member->is_boolean() && member->get<bool>();
    };
    for (const MetricDef& def : defs) {
      if (def.name == name) return false;
    }
    defs.push_back({.name = log_name(name, "metric"),
                    .scorer = short_text(text_at(one, "scorer"), kLogNameBytesMax),
                    .higher_is_better = flag("higher_is_better"),
                    .binary = flag("binary"),
                    .aggregation = *aggregation,
                    .repeats_first = static_cast<uint32_t>(first),
                    .vote = flag("vote"),
                    .share = flag("share")});
  }
  suite.metrics = std::move(defs);
  suite.scorer_hash = short_text(scorer, kLogNameBytesMax);
  suite.prompt_hash = short_text(text_at(assay, "prompt_hash"), kLogNameBytesMax);
  return true;
}

}  // namespace assay::suites
