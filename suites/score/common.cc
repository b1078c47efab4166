#include "suites/score/common.h"

#include <fmt/format.h>

#include <utility>

#include "harness/base/utf8.h"

namespace assay::suites {

std::string unusable_reason(const Response& response) {
  switch (response.outcome) {
    case Outcome::kOk:
    case Outcome::kLength:
      return {};
    case Outcome::kCutOffWhileThinking:
      return "cut off while thinking";
    case Outcome::kRefused:
      return "refused";
    default:
      return response.error.empty()
                 ? std::string(outcome_name(response.outcome))
                 : fmt::format("{}: {}", outcome_name(response.outcome), response.error);
  }
}

std::string_view valid_utf8(std::string_view bytes, std::string& storage) {
  if (!invalid_utf8_at(bytes)) return bytes;
  storage = sanitize_utf8(bytes);
  return storage;
}

std::string shorten(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return std::string(text.substr(0, end)) + "…";
}

std::optional<Extractor> read_extractor(OptionReader& read) {
  const Json* option = read.raw("extract", "");
  if (option == nullptr) return std::nullopt;
  auto extractor = Extractor::from_option(*option);
  if (extractor) return std::move(extractor).value();
  read.fail("extract", extractor.error());
  return std::nullopt;
}

std::string identity_of(const OptionReader& read, int version) {
  return fmt::format("{} v{} {{{}}}", read.scorer(), version, read.described());
}

VerdictScorer::VerdictScorer(Setup setup)
    : metrics_{std::move(setup.metric)},
      extractor_(std::move(setup.extractor)),
      identity_(std::move(setup.identity)) {}

void VerdictScorer::judge(const Sample& sample, const Response& response,
                          std::vector<Score>& out) const {
  Verdict result = verdict(sample, response);
  Score& score = out.emplace_back();
  score.metric = metrics_.front().name;
  score.status = result.unscored ? ScoreStatus::kUnscored : ScoreStatus::kScored;
  score.value = result.value;
  if (response.outcome == Outcome::kLength && result.value < 1 && !result.reason.empty()) {
    result.reason += " (cut off by the token limit)";
  }
  score.extracted = shorten(result.extracted, kExtractedBytesMax);
  score.reason = shorten(result.reason, kReasonBytesMax);
}

Verdict VerdictScorer::verdict(const Sample& sample, const Response& response) const {
  if (std::string reason = unusable_reason(response); !reason.empty()) {
    return Verdict::wrong({}, std::move(reason));
  }
  std::string repaired;
  const std::string_view answer = valid_utf8(response.answer, repaired);
  if (!extractor_) return decide(sample, answer);
  const Extraction extraction = extractor_->apply(answer);
  switch (extraction.status) {
    case Extraction::Status::kLimit:
      return Verdict::cannot(extraction.reason);
    case Extraction::Status::kNothing:
      return Verdict::wrong({}, extraction.reason);
    case Extraction::Status::kFound:
      break;
  }
  return decide(sample, extraction.text);
}

}  // namespace assay::suites
