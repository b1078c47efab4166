#include "suites/score/audit.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "harness/base/json.h"
#include "harness/base/utf8.h"
#include "suites/score/common.h"
#include "suites/score/numbers.h"
#include "suites/score/text_distance.h"

namespace assay::suites {
namespace {

constexpr size_t kShownAnswerBytes = 200;

// A rule as the option `extract` would be written.
struct BuiltIn {
  std::string_view name;
  std::string_view option;
};

constexpr std::string_view kAnswerIs =
    R"j({"regex": "(?i)(?:answer|solution|result)(?:\\s+is)?\\s*[:=]?\\s*\\(?([^\\n.]+)", "take": "last"})j";

constexpr std::array<BuiltIn, 7> kChoiceRules{{
    {"first_letter", R"j({"regex": "(?<![\\w'])([A-Z])(?![\\w'])", "take": "first"})j"},
    {"last_letter", R"j({"regex": "(?<![\\w'])([A-Z])(?![\\w'])", "take": "last"})j"},
    {"bracketed", R"j({"regex": "\\(([A-Z])\\)", "take": "last"})j"},
    {"answer_is",
     R"j({"regex": "(?i:answer|정답|답)(?i:\\s+is)?\\s*(?:은|는)?\\s*[:=]?\\s*\\(?([A-Z])(?![a-z])", "take": "last"})j"},
    {"boxed", R"j("boxed")j"},
    {"first_line", R"j("first_line")j"},
    {"last_line", R"j("last_line")j"},
}};
constexpr std::array<BuiltIn, 5> kNumberRules{{
    {"boxed", R"j("boxed")j"},
    {"after_####", R"j({"after_marker": "####"})j"},
    {"answer_is", kAnswerIs},
    {"last_line", R"j("last_line")j"},
    {"json_answer", R"j({"json": "answer"})j"},
}};
constexpr std::array<BuiltIn, 5> kTextRules{{
    {"first_line", R"j("first_line")j"},
    {"last_line", R"j("last_line")j"},
    {"boxed", R"j("boxed")j"},
    {"answer_is", kAnswerIs},
    {"json_answer", R"j({"json": "answer"})j"},
}};

template <size_t N>
void make_rules(const std::array<BuiltIn, N>& rows, std::vector<AuditExtra>& out) {
  for (const BuiltIn& row : rows) {
    const Result<Json> option = parse_json(row.option, row.name);
    auto extractor = Extractor::from_option(option.value());
    ASSAY_CHECK(extractor.has_value(), "audit rule `{}`", row.name);
    out.push_back({std::string(row.name), std::move(extractor).value()});
  }
}

// Rules of each kind that are no extractors, in front of the others.
std::vector<std::string> leading_names(AuditKind kind) {
  if (kind == AuditKind::kChoice) return {"choice"};
  if (kind == AuditKind::kNumber) return {"last_number", "first_number"};
  return {"whole"};
}

std::string number_text(const std::optional<FoundNumber>& number) {
  return number ? number->value.text() : std::string();
}

}  // namespace

std::string_view audit_kind_name(AuditKind kind) {
  return kind == AuditKind::kChoice ? "choice" : kind == AuditKind::kNumber ? "number" : "text";
}

AuditKind audit_kind(const std::vector<AuditedReply>& some) {
  const bool choices = std::any_of(some.begin(), some.end(),
                                   [](const AuditedReply& r) { return !r.choices.empty(); });
  if (choices) return AuditKind::kChoice;
  const NumberSyntax syntax;
  const auto numeric = [&](const std::string& target) {
    const auto found = first_number(syntax, target);
    return found && found->begin == 0 && found->end == target.size();
  };
  bool any = false;
  for (const AuditedReply& reply : some) {
    any = any || !reply.targets.empty();
    if (!std::all_of(reply.targets.begin(), reply.targets.end(), numeric)) return AuditKind::kText;
  }
  return any ? AuditKind::kNumber : AuditKind::kText;
}

Audit::Audit(AuditKind kind, std::vector<AuditExtra> extras, size_t cases_max)
    : extras_(std::move(extras)), cases_max_(cases_max) {
  result_.kind = kind;
  if (kind == AuditKind::kChoice) make_rules(kChoiceRules, built_in_);
  if (kind == AuditKind::kNumber) make_rules(kNumberRules, built_in_);
  if (kind == AuditKind::kText) make_rules(kTextRules, built_in_);
  result_.rules.push_back({"scored", 0, 0, 0, 0});
  for (std::string& name : leading_names(kind)) result_.rules.push_back({std::move(name)});
  for (const AuditExtra& rule : built_in_) result_.rules.push_back({rule.name});
  for (const AuditExtra& rule : extras_) result_.rules.push_back({rule.name});
  result_.pairs.assign(result_.rules.size(), std::vector<uint64_t>(result_.rules.size()));
}

// Choices by letter, numbers by value, texts without case and outer punctuation.
Audit::Value Audit::canonical(std::string_view text, const AuditedReply& reply) const {
  Value value;
  if (strip_space(text).empty()) return value;
  if (result_.kind == AuditKind::kChoice) {
    if (const auto index = target_choice(std::string(strip_space(text)), reply.choices)) {
      if (*index >= reply.choices.size() && !reply.choices.empty()) return value;
      value.text = choice_label(*index);
    } else {
      PickedChoice picked = reader_.read(text, reply.choices);
      value.limit = picked.limit;
      if (picked.index) value.text = choice_label(*picked.index);
    }
  } else if (result_.kind == AuditKind::kNumber) {
    value.text = number_text(last_number(NumberSyntax{}, text));
  } else {
    std::string lower = to_lower(normalize(strip_space(text), NormalForm::kNfkc));
    while (!lower.empty() && (lower.back() == '.' || lower.back() == '!')) lower.pop_back();
    value.text = shorten(lower, kExtractedBytesMax);
  }
  value.found = !value.text.empty();
  return value;
}

std::vector<Audit::Value> Audit::run_rules(const AuditedReply& reply) const {
  std::vector<Value> values;
  values.push_back(canonical(reply.scored, reply));
  if (result_.kind == AuditKind::kNumber) {
    values.push_back(canonical(reply.answer, reply));
    Value first;
    first.text = number_text(first_number(NumberSyntax{}, reply.answer));
    first.found = !first.text.empty();
    values.push_back(std::move(first));
  } else {
    values.push_back(canonical(reply.answer, reply));
  }
  for (const std::vector<AuditExtra>* rules : {&built_in_, &extras_}) {
    for (const AuditExtra& rule : *rules) {
      const Extraction got = rule.extractor.apply(reply.answer);
      Value value;
      if (got.status == Extraction::Status::kFound) value = canonical(got.text, reply);
      value.limit = value.limit || got.status == Extraction::Status::kLimit;
      values.push_back(std::move(value));
    }
  }
  return values;
}

bool Audit::is_right(const Value& value, const AuditedReply& reply) const {
  return std::any_of(reply.targets.begin(), reply.targets.end(), [&](const std::string& target) {
    return value.found && canonical(target, reply).text == value.text;
  });
}

void Audit::add(const AuditedReply& reply) { count(run_rules(reply), reply); }

void Audit::count(const std::vector<Value>& values, const AuditedReply& reply) {
  ++result_.replies;
  std::map<std::string, size_t> votes;
  bool any_right = false;
  bool any_wrong = false;
  std::vector<bool> right(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].limit) ++result_.rules[i].limited;
    if (!values[i].found) continue;
    ++votes[values[i].text];
    ++result_.rules[i].found;
    right[i] = is_right(values[i], reply);
    if (right[i]) ++result_.rules[i].right;
    (right[i] ? any_right : any_wrong) = true;
  }
  if (votes.size() < 2) return;
  ++result_.disagree;
  if (any_right && any_wrong) ++result_.verdict_depends;
  const auto most = std::max_element(
      votes.begin(), votes.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  for (size_t i = 0; i < values.size(); ++i) {
    if (!values[i].found) continue;
    if (values[i].text != most->first) ++result_.rules[i].alone;
    for (size_t k = 0; k < values.size(); ++k) {
      if (values[k].found && values[k].text != values[i].text) ++result_.pairs[i][k];
    }
  }
  if (result_.cases.size() >= cases_max_) return;
  AuditCase one;
  one.sample = reply.sample;
  one.model = reply.model;
  one.repeat = reply.repeat;
  one.target = reply.targets.empty() ? std::string() : reply.targets.front();
  for (const Value& value : values) one.values.push_back(value.text);
  const std::string_view answer = strip_space(reply.answer);
  size_t from = answer.size() > kShownAnswerBytes ? answer.size() - kShownAnswerBytes : 0;
  while (from < answer.size() && (static_cast<unsigned char>(answer[from]) & 0xC0U) == 0x80U) {
    ++from;
  }
  one.answer = answer.substr(from);
  result_.cases.push_back(std::move(one));
}

}  // namespace assay::suites
