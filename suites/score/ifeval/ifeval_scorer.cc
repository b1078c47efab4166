// The scorer `ifeval`: which of a sample's verifiable instructions a reply follows.
//
// It reads `instruction_id_list` and `kwargs` from the data row (Sample::doc). The figures of a
// suite are those of the reference: the share of prompts whose instructions are all followed, and
// the share of instructions (value = followed / instructions of the sample, weight = instructions).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>

#include "harness/base/json.h"
#include "suites/extract/pattern.h"
#include "suites/score/common.h"
#include "suites/score/factories.h"
#include "suites/score/ifeval/judge.h"

namespace assay::suites {
namespace {

using ifeval::Instruction;
using ifeval::Judgement;

constexpr size_t kReplyBytesMax = kPatternSubjectBytesMax;  // 2 MiB
constexpr size_t kInstructionsMax = 64;                     // of one prompt; IFEval has at most 3

struct Prompt {
  std::vector<std::string> ids;
  std::vector<std::unique_ptr<Instruction>> instructions;
};

Result<Prompt> read_prompt(const std::string& doc) {
  ASSAY_TRY(const Json row, parse_json(doc, "the data row"));
  const Json* ids = row.is_object() ? find_member(row, "instruction_id_list") : nullptr;
  const Json* kwargs = row.is_object() ? find_member(row, "kwargs") : nullptr;
  if (ids == nullptr || !ids->is_array() || ids->empty() || ids->size() > kInstructionsMax) {
    return input_error("",
                       fmt::format("the data row needs `instruction_id_list`, a list of 1 to {} "
                                   "names",
                                   kInstructionsMax));
  }
  if (kwargs == nullptr || !kwargs->is_array() || kwargs->size() != ids->size()) {
    return input_error("", "the data row needs `kwargs`, a list as long as `instruction_id_list`");
  }
  Prompt prompt;
  for (size_t i = 0; i < ids->size(); ++i) {
    if (!(*ids)[i].is_string()) return input_error("", "an instruction's name is not a text");
    prompt.ids.push_back((*ids)[i].get<std::string>());
    auto made = ifeval::make_instruction(prompt.ids.back(), (*kwargs)[i]);
    if (!made) {
      return input_error("", fmt::format("{}: {}", prompt.ids.back(), made.error().text()));
    }
    prompt.instructions.push_back(std::move(made).value());
  }
  return prompt;
}

// "not followed: punctuation:no_comma, keywords:existence", or nothing.
std::string shortfall(const Prompt& prompt, const std::vector<bool>& followed) {
  std::vector<std::string> missed;
  for (size_t i = 0; i < followed.size(); ++i) {
    if (!followed[i]) missed.push_back(prompt.ids[i]);
  }
  return missed.empty() ? std::string() : fmt::format("not followed: {}", fmt::join(missed, ", "));
}

class IfevalScorer final : public Scorer {
 public:
  explicit IfevalScorer(std::string identity) : identity_(std::move(identity)) {
    constexpr std::array<const char*, 4> kNames{"prompt_level_strict_acc", "inst_level_strict_acc",
                                                "prompt_level_loose_acc", "inst_level_loose_acc"};
    for (size_t i = 0; i < kNames.size(); ++i) {
      metrics_.push_back({.name = kNames[i], .scorer = "ifeval", .binary = i % 2 == 0});
    }
  }

  [[nodiscard]] const std::vector<MetricDef>& metrics() const override { return metrics_; }
  [[nodiscard]] std::string identity() const override { return identity_; }

  void judge(const Sample& sample, const Response& response,
             std::vector<Score>& out) const override {
    const Result<Prompt> prompt = read_prompt(sample.doc);
    if (!prompt) return unscored(prompt.error().text(), out);
    if (std::string reason = unusable_reason(response); !reason.empty()) {
      const std::vector<bool> none(prompt->ids.size(), false);
      return add(none, none, reason, reason, out);
    }
    if (response.answer.size() > kReplyBytesMax) {
      return unscored(fmt::format("answer longer than {} bytes", kReplyBytesMax), out);
    }
    std::string repaired;
    const Judgement judged =
        ifeval::judge_reply(prompt->instructions, valid_utf8(response.answer, repaired));
    if (!judged.cannot.empty()) return unscored(judged.cannot, out);
    const std::string cut =
        response.outcome == Outcome::kLength ? " (cut off by the token limit)" : "";
    std::string strict = shortfall(*prompt, judged.strict);
    std::string loose = shortfall(*prompt, judged.loose);
    if (!strict.empty()) strict += cut;
    if (!loose.empty()) loose += cut;
    add(judged.strict, judged.loose, strict, loose, out);
  }

 private:
  void unscored(const std::string& reason, std::vector<Score>& out) const {
    for (const MetricDef& metric : metrics_) {
      Score& score = out.emplace_back();
      score.metric = metric.name;
      score.status = ScoreStatus::kUnscored;
      score.reason = shorten(reason, kReasonBytesMax);
    }
  }

  void add(const std::vector<bool>& strict, const std::vector<bool>& loose,
           const std::string& strict_reason, const std::string& loose_reason,
           std::vector<Score>& out) const {
    for (size_t i = 0; i < metrics_.size(); ++i) {
      const std::vector<bool>& followed = i < 2 ? strict : loose;
      const auto yes = static_cast<double>(std::count(followed.begin(), followed.end(), true));
      const auto all = static_cast<double>(followed.size());
      Score& score = out.emplace_back();
      score.metric = metrics_[i].name;
      score.value = metrics_[i].binary ? static_cast<double>(yes == all) : yes / all;
      score.weight = metrics_[i].binary ? 1 : all;
      score.reason = shorten(i < 2 ? strict_reason : loose_reason, kReasonBytesMax);
    }
  }

  std::vector<MetricDef> metrics_;
  std::string identity_;
};

}  // namespace

std::unique_ptr<Scorer> make_ifeval(OptionReader& read, const std::string& /*base_dir*/) {
  return std::make_unique<IfevalScorer>(identity_of(read, 1));
}

}  // namespace assay::suites
