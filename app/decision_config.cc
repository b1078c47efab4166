#include "app/decision_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

#include "harness/base/duration.h"
#include "harness/base/money.h"

namespace assay::app {
namespace {

using aggregate::BudgetRule;
using aggregate::ModelFacts;
using aggregate::RequirementRules;

constexpr double kRequestsMax = 1e12;  // a day
constexpr double kWeightMax = 1e6;
constexpr double kTokensMax = 1e12;    // of a context
constexpr size_t kWordBytesMax = 128;  // of a licence, a region, a modality
constexpr size_t kCurrencyLetters = 3;

using Words = std::vector<std::string>;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpaces);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

std::optional<double> number_of(std::string_view text) {
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

// Places are the caller's: a file's line, or the name of a flag.
Error found(std::string_view key, const Words& words, std::string_view expected) {
  return input_error(
      "", fmt::format("`{}` is `{}`, expected {}", key, fmt::join(words, ", "), expected));
}

Result<std::string> one_word(std::string_view key, const Words& words, std::string_view expected) {
  if (words.size() != 1) return found(key, words, expected);
  return words.front();
}

Result<Words> word_list(std::string_view key, const Words& words) {
  const bool fits = !words.empty() && words.size() <= kRequirementWordsMax;
  const bool each = std::all_of(words.begin(), words.end(), [](const std::string& word) {
    return !word.empty() && word.size() <= kWordBytesMax;
  });
  if (!fits || !each) {
    return found(
        key, words,
        fmt::format("1 to {} words of at most {} bytes", kRequirementWordsMax, kWordBytesMax));
  }
  return words;
}

// "128k", "1m", "131072"
Result<uint64_t> tokens_of(std::string_view key, const Words& words) {
  constexpr std::string_view kWhat = "tokens, such as 128k (128,000), 1m or 131072";
  ASSAY_TRY(const std::string text, one_word(key, words, kWhat));
  std::string_view number = text;
  double unit = 1;
  if (number.ends_with('k') || number.ends_with('K')) unit = 1e3;
  if (number.ends_with('m') || number.ends_with('M')) unit = 1e6;
  if (unit > 1) number.remove_suffix(1);
  const std::optional<double> value = number_of(number);
  if (!value || !(*value * unit >= 1) || *value * unit > kTokensMax)
    return found(key, words, kWhat);
  return static_cast<uint64_t>(std::llround(*value * unit));
}

// "99%" or "0.99"
Result<double> share_of(std::string_view key, const Words& words) {
  constexpr std::string_view kWhat = "a share such as 99% or 0.99";
  ASSAY_TRY(const std::string text, one_word(key, words, kWhat));
  std::string_view number = text;
  const bool percent = number.ends_with('%');
  if (percent) number.remove_suffix(1);
  std::optional<double> value = number_of(trimmed(number));
  if (value && percent) *value /= 100;
  if (!value || *value < 0 || *value > 1) return found(key, words, kWhat);
  return *value;
}

Result<double> seconds_of(std::string_view key, const Words& words) {
  constexpr std::string_view kWhat = "a time above 0, such as 800ms or 5s";
  ASSAY_TRY(const std::string text, one_word(key, words, kWhat));
  const Result<Nanos> time = parse_duration(text);
  if (!time || time->count() <= 0) return found(key, words, kWhat);
  return std::chrono::duration<double>(*time).count();
}

Result<double> requests_of(std::string_view key, const Words& words) {
  constexpr std::string_view kWhat = "requests a day, above 0";
  ASSAY_TRY(const std::string text, one_word(key, words, kWhat));
  const std::optional<double> value = number_of(text);
  if (!value || !(*value > 0) || *value > kRequestsMax) return found(key, words, kWhat);
  return *value;
}

// "300usd/month"
Result<BudgetRule> budget_of(std::string_view key, const Words& words) {
  constexpr std::string_view kWhat =
      "an amount above 0 with its currency and period, such as 300usd/month or 5 EUR/day";
  ASSAY_TRY(const std::string text, one_word(key, words, kWhat));
  BudgetRule out;
  const size_t slash = text.find('/');
  if (slash == std::string::npos) return found(key, words, kWhat);
  const std::string_view period = trimmed(std::string_view(text).substr(slash + 1));
  if (period != "month" && period != "day") return found(key, words, kWhat);
  out.monthly = period == "month";
  const std::string_view amount = trimmed(std::string_view(text).substr(0, slash));
  if (amount.size() <= kCurrencyLetters) return found(key, words, kWhat);
  for (const char c : amount.substr(amount.size() - kCurrencyLetters)) {
    const bool lower = c >= 'a' && c <= 'z';
    if (!lower && (c < 'A' || c > 'Z')) return found(key, words, kWhat);
    out.currency += lower ? static_cast<char>(c - 'a' + 'A') : c;
  }
  const Result<Money> money =
      Money::parse(std::string(trimmed(amount.substr(0, amount.size() - kCurrencyLetters))));
  if (!money || money->nano <= 0) return found(key, words, kWhat);
  out.amount = *money;
  return out;
}

Result<bool> unknown_fails(std::string_view key, const Words& words) {
  constexpr std::string_view kWhat = "fail or keep";
  ASSAY_TRY(const std::string word, one_word(key, words, kWhat));
  if (word != "fail" && word != "keep") return found(key, words, kWhat);
  return word == "fail";
}

const std::vector<std::string>& requirement_keys() {
  static const std::vector<std::string> kKeys{"licence",      "region",     "context", "modality",
                                              "availability", "error_rate", "p95",     "budget",
                                              "per_day",      "unknown"};
  return kKeys;
}

// Errors without a place.
Result<void> set_requirement(std::string_view key, const Words& words, RequirementRules& rules) {
  if (key == "licence") {
    ASSAY_TRY(rules.licences, word_list(key, words));
  } else if (key == "region") {
    ASSAY_TRY(rules.regions, word_list(key, words));
  } else if (key == "modality") {
    ASSAY_TRY(rules.modalities, word_list(key, words));
  } else if (key == "context") {
    ASSAY_TRY(rules.context, tokens_of(key, words));
  } else if (key == "availability") {
    ASSAY_TRY(rules.availability, share_of(key, words));
  } else if (key == "error_rate") {
    ASSAY_TRY(rules.error_rate, share_of(key, words));
  } else if (key == "p95") {
    ASSAY_TRY(rules.p95_seconds, seconds_of(key, words));
  } else if (key == "budget") {
    ASSAY_TRY(rules.budget, budget_of(key, words));
  } else if (key == "per_day") {
    ASSAY_TRY(rules.requests_per_day, requests_of(key, words));
  } else if (key == "unknown") {
    ASSAY_TRY(rules.unknown_fails, unknown_fails(key, words));
  } else {
    return input_error("", fmt::format("found `{}`, expected one of {}", key,
                                       fmt::join(requirement_keys(), ", ")));
  }
  return {};
}

Result<void> read_budget(const YamlNode& node, RequirementRules& rules) {
  ASSAY_TRY_VOID(refuse_unknown_keys(node, "`budget`", {"amount", "per_day"}));
  const YamlNode* amount = node.find("amount");
  if (amount == nullptr)
    return node.error("a budget without `amount`, expected for example `amount: 300usd/month`");
  ASSAY_TRY(const std::string text, amount->as_string("amount"));
  const Result<BudgetRule> budget = budget_of("amount", {text});
  if (!budget) return amount->error(budget.error().message);
  rules.budget = *budget;
  if (const YamlNode* per_day = node.find("per_day")) {
    ASSAY_TRY(const std::string count, per_day->as_string("per_day"));
    const Result<double> requests = requests_of("per_day", {count});
    if (!requests) return per_day->error(requests.error().message);
    rules.budget->requests_per_day = *requests;
  }
  return {};
}

// What stands between key and value of a flag, and which keys it makes sense for.
struct Relation {
  std::string_view sign;
  std::vector<std::string_view> keys;
};

const std::array<Relation, 2>& relations() {
  static const std::array<Relation, 2> kAll{
      Relation{"<=", {"error_rate", "p95", "budget"}},
      Relation{">=", {"context", "availability"}},
  };
  return kAll;
}

struct FlagParts {
  std::string_view key;
  std::string_view value;
};

Result<FlagParts> split_flag(std::string_view text) {
  for (const Relation& relation : relations()) {
    const size_t at = text.find(relation.sign);
    if (at == std::string_view::npos) continue;
    const std::string_view key = trimmed(text.substr(0, at));
    if (std::find(relation.keys.begin(), relation.keys.end(), key) == relation.keys.end()) {
      return input_error("", fmt::format("found `{}`, expected `{}` behind one of {}", text,
                                         relation.sign, fmt::join(relation.keys, ", ")));
    }
    return FlagParts{key, trimmed(text.substr(at + relation.sign.size()))};
  }
  const size_t at = text.find('=');
  if (at == std::string_view::npos) {
    return input_error("",
                       fmt::format("found `{}`, expected for example p95<=5s, availability>=99% or "
                                   "region=kr,eu",
                                   text));
  }
  return FlagParts{trimmed(text.substr(0, at)), trimmed(text.substr(at + 1))};
}

Words split_words(std::string_view text) {
  Words out;
  size_t begin = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] != ',' && text[i] != '|') continue;
    out.emplace_back(trimmed(text.substr(begin, i - begin)));
    begin = i + 1;
  }
  return out;
}

std::optional<Criterion> criterion_of(std::string_view name) {
  for (const Criterion c : {Criterion::kQuality, Criterion::kCost, Criterion::kLatency}) {
    if (criterion_name(c) == name) return c;
  }
  return std::nullopt;
}

// Errors without a place.
Result<WeightRange> range_of(std::string_view key, const Words& ends) {
  constexpr std::string_view kWhat = "a weight of 0 or more, or a range of two";
  if (ends.empty() || ends.size() > 2) return found(key, ends, kWhat);
  const std::optional<double> low = number_of(ends.front());
  const std::optional<double> high = number_of(ends.back());
  if (!low || !high || *low < 0 || *high < *low || *high > kWeightMax)
    return found(key, ends, kWhat);
  return WeightRange{.low = *low, .high = *high};
}

Result<WeightRanges> checked(const WeightRanges& weights) {
  const bool any = std::any_of(weights.begin(), weights.end(),
                               [](const WeightRange& range) { return range.high > 0; });
  if (!any) return input_error("", "found no weight above 0, expected at least one");
  return weights;
}

}  // namespace

Result<RequirementRules> read_requirements(const YamlNode& node) {
  if (!node.is_map()) {
    return node.error("`require` is " + node.type_name() +
                      ", expected a mapping such as `{p95: 5s, region: [kr, eu]}`");
  }
  ASSAY_TRY_VOID(refuse_unknown_keys(node, "`require`", requirement_keys()));
  RequirementRules rules;
  for (const YamlMember& member : node.members) {
    if (member.key == "budget" && member.value.is_map()) {
      ASSAY_TRY_VOID(read_budget(member.value, rules));
      continue;
    }
    ASSAY_TRY(const Words words, member.value.as_strings(member.key));
    const Result<void> set = set_requirement(member.key, words, rules);
    if (!set) return member.value.error(set.error().message);
  }
  return rules;
}

Result<void> add_requirement(std::string_view text, RequirementRules& rules) {
  const auto at_flag = [](const Error& error) { return input_error("--require", error.message); };
  const Result<FlagParts> parts = split_flag(text);
  if (!parts) return at_flag(parts.error());
  const Result<void> set = set_requirement(parts->key, split_words(parts->value), rules);
  if (!set) return at_flag(set.error());
  return {};
}

Result<WeightRanges> read_weights(const YamlNode& node) {
  if (!node.is_map()) {
    return node.error("`weights` is " + node.type_name() +
                      ", expected a mapping such as `{quality: 2, cost: 1, latency: [1, 3]}`");
  }
  ASSAY_TRY_VOID(refuse_unknown_keys(node, "`weights`", {"quality", "cost", "latency"}));
  WeightRanges weights{};
  for (const YamlMember& member : node.members) {
    ASSAY_TRY(const Words ends, member.value.as_strings(member.key));
    const Result<WeightRange> range = range_of(member.key, ends);
    if (!range) return member.value.error(range.error().message);
    weights[static_cast<size_t>(*criterion_of(member.key))] = *range;
  }
  const Result<WeightRanges> out = checked(weights);
  if (!out) return node.error(out.error().message);
  return *out;
}

Result<WeightRanges> parse_weights(std::string_view text) {
  const auto at_flag = [](const Error& error) { return input_error("--weights", error.message); };
  WeightRanges weights{};
  for (const std::string& part : split_words(text)) {
    const size_t equals = part.find('=');
    const auto criterion = criterion_of(trimmed(std::string_view(part).substr(0, equals)));
    if (equals == std::string::npos || !criterion) {
      return input_error("--weights", fmt::format("found `{}`, expected quality, cost and latency "
                                                  "with weights, such as quality=2,cost=1..3",
                                                  part));
    }
    const std::string value = part.substr(equals + 1);
    const size_t dots = value.find("..");
    Words ends{value.substr(0, dots)};
    if (dots != std::string::npos) ends.push_back(value.substr(dots + 2));
    const Result<WeightRange> range = range_of(criterion_name(*criterion), ends);
    if (!range) return at_flag(range.error());
    weights[static_cast<size_t>(*criterion)] = *range;
  }
  const Result<WeightRanges> out = checked(weights);
  if (!out) return at_flag(out.error());
  return *out;
}

std::vector<std::string> fact_keys() { return {"licence", "region", "context", "modality"}; }

Result<void> read_facts(const YamlNode& model, ModelFacts& facts) {
  for (const std::string& key : fact_keys()) {
    const YamlNode* const node = model.find(key);
    if (node == nullptr) continue;
    ASSAY_TRY(const Words words, node->as_strings(key));
    const Result<Words> fits = word_list(key, words);
    if (!fits) return node->error(fits.error().message);
    if (key == "region") facts.regions = words;
    if (key == "modality") facts.modalities = words;
    if (key == "licence") {
      const Result<std::string> word = one_word(key, words, "one licence");
      if (!word) return node->error(word.error().message);
      facts.licence = *word;
    }
    if (key == "context") {
      const Result<uint64_t> tokens = tokens_of(key, words);
      if (!tokens) return node->error(tokens.error().message);
      facts.context = *tokens;
    }
  }
  return {};
}

}  // namespace assay::app
