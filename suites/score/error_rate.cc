#include "suites/score/error_rate.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <utility>

#include "suites/score/common.h"
#include "suites/score/factories.h"

namespace assay::suites {
namespace {

constexpr char32_t kHangulFirst = 0xAC00;
constexpr char32_t kHangulLast = 0xD7A3;
constexpr char32_t kVowels = 21;
constexpr char32_t kTails = 28;  // with "none"

using Units = std::vector<char32_t>;

// Characters of one text as numbers; graphemes of several code points are numbered by `ids`, above
// every code point.
Units to_units(std::string_view text, CharacterUnit unit,
               std::unordered_map<std::string, char32_t>& ids) {
  if (unit == CharacterUnit::kCodePoint) return to_code_points(text);
  if (unit == CharacterUnit::kJamo) return to_jamo(to_code_points(text));
  constexpr char32_t kFirstId = 0x110000;
  Units units;
  for (const std::string_view cluster : graphemes(text)) {
    const auto points = to_code_points(cluster);
    units.push_back(
        points.size() == 1
            ? points.front()
            : ids.try_emplace(std::string(cluster), kFirstId + static_cast<char32_t>(ids.size()))
                  .first->second);
  }
  return units;
}

// Words: what white space separates; only ' ' when it was not collapsed.
Units to_words(std::string_view text, std::unordered_map<std::string, char32_t>& ids) {
  Units units;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (end > 0) {
      units.push_back(
          ids.try_emplace(std::string(text.substr(0, end)), static_cast<char32_t>(ids.size()))
              .first->second);
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return units;
}

// The answer beyond the limit counts as inserted: an upper bound of the distance, at bounded cost,
// so that a model that rambles on is wrong rather than unscored.
ErrorCount count_errors(const Units& target, const Units& answer, size_t max_length) {
  const size_t judged = std::min(answer.size(), max_length);
  return {levenshtein(target, std::span(answer).first(judged)) + (answer.size() - judged),
          target.size()};
}

class ErrorRate final : public Scorer {
 public:
  ErrorRate(MetricDef metric, ErrorRateOptions options, bool words, std::string identity)
      : metrics_{std::move(metric)},
        options_(std::move(options)),
        words_(words),
        identity_(std::move(identity)) {}

  [[nodiscard]] const std::vector<MetricDef>& metrics() const override { return metrics_; }
  [[nodiscard]] std::string identity() const override { return identity_; }

  void judge(const Sample& sample, const Response& response,
             std::vector<Score>& out) const override {
    Score& score = out.emplace_back();
    score.metric = metrics_.front().name;
    std::string reason = unusable_reason(response);
    std::string repaired;
    // A reply without usable answer is judged as an empty one: every unit of the target is missing.
    const std::string_view answer =
        reason.empty() ? valid_utf8(response.answer, repaired) : std::string_view{};
    if (sample.targets.empty()) return unscored(score, "the sample has no target");
    std::optional<ErrorCount> best;
    for (const std::string& raw : sample.targets) {
      const ErrorCount errors = count(raw, answer);
      if (errors.reference_length > options_.max_length) {
        return unscored(
            score, fmt::format("the target has {} {}, the limit is {}", errors.reference_length,
                               words_ ? "words" : "characters", options_.max_length));
      }
      if (!best || errors.rate() < best->rate()) best = errors;
    }
    score.value = best->rate();
    score.weight = static_cast<double>(std::max<size_t>(1, best->reference_length));
    if (reason.empty()) reason = describe(*best, answer.empty(), response.outcome);
    score.reason = shorten(reason, kReasonBytesMax);
  }

 private:
  [[nodiscard]] ErrorCount count(std::string_view target, std::string_view answer) const {
    return words_ ? word_errors(options_, target, answer)
                  : character_errors(options_, target, answer);
  }

  [[nodiscard]] std::string describe(const ErrorCount& errors, bool empty_answer,
                                     Outcome outcome) const {
    if (errors.edits == 0) return {};
    if (empty_answer) return "empty answer";
    return fmt::format("{} edits in {} {}{}", errors.edits, errors.reference_length,
                       words_ ? "words" : "characters",
                       outcome == Outcome::kLength ? " (cut off by the token limit)" : "");
  }

  static void unscored(Score& score, std::string reason) {
    score.status = ScoreStatus::kUnscored;
    score.reason = std::move(reason);
  }

  std::vector<MetricDef> metrics_;
  ErrorRateOptions options_;
  bool words_;
  std::string identity_;
};

std::unique_ptr<Scorer> make_error_rate(OptionReader& read, bool words) {
  MetricDef metric{read.text("metric", read.scorer()), read.scorer(), false, false};
  TextNorm defaults;
  defaults.collapse_whitespace = true;
  ErrorRateOptions options;
  options.norm = read_text_norm(read, std::move(defaults), {.ignore_whitespace = !words});
  if (!words) {
    const std::string unit = read.choice("unit", "code_point", {"code_point", "grapheme", "jamo"});
    options.unit = unit == "jamo"       ? CharacterUnit::kJamo
                   : unit == "grapheme" ? CharacterUnit::kGrapheme
                                        : CharacterUnit::kCodePoint;
  }
  options.max_length = static_cast<size_t>(read.number("max_length", 100'000, 1, 1'000'000));
  return std::make_unique<ErrorRate>(std::move(metric), std::move(options), words,
                                     identity_of(read, 1));
}

}  // namespace

std::vector<char32_t> to_jamo(const std::vector<char32_t>& points) {
  std::vector<char32_t> out;
  out.reserve(points.size() * 2);
  for (const char32_t point : points) {
    if (point < kHangulFirst || point > kHangulLast) {
      out.push_back(point);
      continue;
    }
    const char32_t index = point - kHangulFirst;
    out.push_back(0x1100 + index / (kVowels * kTails));
    out.push_back(0x1161 + index % (kVowels * kTails) / kTails);
    if (const char32_t tail = index % kTails; tail > 0) out.push_back(0x11A7 + tail);
  }
  return out;
}

namespace {

// Beyond this the target is refused by its length alone.
bool is_too_long(const Units& target, const ErrorRateOptions& options) {
  return target.size() > options.max_length;
}

}  // namespace

ErrorCount character_errors(const ErrorRateOptions& options, std::string_view target,
                            std::string_view answer) {
  std::unordered_map<std::string, char32_t> ids;
  const Units a = to_units(options.norm.apply(target), options.unit, ids);
  if (is_too_long(a, options)) return {a.size(), a.size()};
  const Units b = to_units(options.norm.apply(answer), options.unit, ids);
  return count_errors(a, b, options.max_length);
}

ErrorCount word_errors(const ErrorRateOptions& options, std::string_view target,
                       std::string_view answer) {
  std::unordered_map<std::string, char32_t> ids;
  const Units a = to_words(options.norm.apply(target), ids);
  if (is_too_long(a, options)) return {a.size(), a.size()};
  const Units b = to_words(options.norm.apply(answer), ids);
  return count_errors(a, b, options.max_length);
}

std::unique_ptr<Scorer> make_cer(OptionReader& read, const std::string& /*base_dir*/) {
  return make_error_rate(read, false);
}

std::unique_ptr<Scorer> make_wer(OptionReader& read, const std::string& /*base_dir*/) {
  return make_error_rate(read, true);
}

}  // namespace assay::suites
