// What all scorers share: the words for replies that have no answer, valid UTF-8, the options
// `metric` and `extract`, and VerdictScorer, the base of scorers that say right or wrong.
//
//   class Exact final : public VerdictScorer {
//     Verdict decide(const Sample& sample, std::string_view answer) const override { ... }
//   };
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/api/scorer.h"
#include "suites/extract/extractor.h"
#include "suites/score/options.h"

namespace assay::suites {

inline constexpr size_t kExtractedBytesMax = 512;  // of Score::extracted; longer is cut with "…"
inline constexpr size_t kReasonBytesMax = 512;

// Why a reply without usable answer is wrong ("cut off while thinking", "refused", "timeout: ...");
// empty when there is an answer to judge (it may be an empty text).
std::string unusable_reason(const Response& response);

// `bytes` when they are valid UTF-8, otherwise a repaired copy kept in `storage`.
std::string_view valid_utf8(std::string_view bytes, std::string& storage);

// At most `bytes_max` bytes, cut at a character, with "…".
std::string shorten(std::string_view text, size_t bytes_max);

// The option `extract`; nothing when absent.
std::optional<Extractor> read_extractor(OptionReader& read);

// Name, version and every option in force: what Scorer::identity() returns.
std::string identity_of(const OptionReader& read, int version);

struct Verdict {
  double value = 0;
  std::string extracted;
  std::string reason;  // why it is not fully right
  bool unscored = false;

  static Verdict right(std::string extracted) { return {1, std::move(extracted), {}, false}; }
  static Verdict wrong(std::string extracted, std::string reason) {
    return {0, std::move(extracted), std::move(reason), false};
  }
  static Verdict cannot(std::string reason) { return {0, {}, std::move(reason), true}; }
};

// One metric of weight 1; deals with outcomes, encoding and extraction.
class VerdictScorer : public Scorer {
 public:
  [[nodiscard]] const std::vector<MetricDef>& metrics() const final { return metrics_; }
  [[nodiscard]] std::string identity() const final { return identity_; }
  void judge(const Sample& sample, const Response& response, std::vector<Score>& out) const final;

  struct Setup {
    MetricDef metric;
    std::optional<Extractor> extractor;
    std::string identity;
  };

 protected:
  explicit VerdictScorer(Setup setup);
  // `answer`: valid UTF-8, extracted. Must be pure.
  [[nodiscard]] virtual Verdict decide(const Sample& sample, std::string_view answer) const = 0;

 private:
  [[nodiscard]] Verdict verdict(const Sample& sample, const Response& response) const;

  std::vector<MetricDef> metrics_;
  std::optional<Extractor> extractor_;
  std::string identity_;
};

}  // namespace assay::suites
