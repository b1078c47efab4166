// The scorers `math` (our own), `hendrycks_math` and `minerva_math` (the references' rules).
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "suites/score/common.h"
#include "suites/score/factories.h"
#include "suites/score/math/equivalence.h"
#include "suites/score/math/reference_text.h"
#include "suites/score/math/sympy_latex.h"

namespace assay::suites {
namespace {

// A target is a text with formulas in it, or the bare inside of one.
std::string as_text_with_formula(const std::string& target) {
  constexpr std::array<std::string_view, 5> kMarks{{"$", "\\boxed", "\\fbox", "\\(", "\\["}};
  for (const std::string_view mark : kMarks) {
    if (target.find(mark) != std::string::npos) return target;
  }
  return "$" + target + "$";
}

// A target that is a whole solution has its answer in the last box.
std::string opened_target(const std::string& target) {
  const auto boxed = math::last_boxed_only_string(target);
  return boxed ? math::remove_boxed(*boxed).value_or(target) : target;
}

class Math final : public VerdictScorer {
 public:
  Math(Setup setup, math::EquivalenceOptions options)
      : VerdictScorer(std::move(setup)), options_(options) {}

 private:
  [[nodiscard]] Verdict decide(const Sample& sample, std::string_view answer) const override {
    Verdict best = Verdict::wrong({}, "empty answer");
    for (const std::string& target : sample.targets) {
      math::Equivalence e = math::equivalent(as_text_with_formula(target), answer, options_);
      if (e.same == math::Sameness::kSame) return Verdict::right(std::move(e.prediction));
      if (best.unscored) continue;
      best = e.same == math::Sameness::kUnknown
                 ? Verdict::cannot(std::move(e.reason))
                 : Verdict::wrong(std::move(e.prediction), std::move(e.reason));
    }
    return best;
  }

  math::EquivalenceOptions options_;
};

class Hendrycks final : public VerdictScorer {
 public:
  Hendrycks(Setup setup, std::string answer, bool original)
      : VerdictScorer(std::move(setup)), answer_(std::move(answer)), original_(original) {}

 private:
  [[nodiscard]] Verdict decide(const Sample& sample, std::string_view reply) const override {
    if (reply.size() > math::kReferenceBytesMax) return Verdict::cannot("reply of over 256 KiB");
    std::string got = answer_ == "dollars" ? math::lm_eval_hendrycks_answer(reply)
                      : answer_ == "boxed" ? opened_target(std::string(reply))
                                           : std::string(reply);
    for (const std::string& target : sample.targets) {
      const std::string gold = opened_target(target);
      const bool same =
          original_ ? math::hendrycks_equal(got, gold) : math::lm_eval_hendrycks_equal(got, gold);
      if (same) return Verdict::right(std::move(got));
    }
    return Verdict::wrong(std::move(got), "differs from the target");
  }

  std::string answer_;
  bool original_;
};

class Minerva final : public VerdictScorer {
 public:
  explicit Minerva(Setup setup) : VerdictScorer(std::move(setup)) {}

 private:
  [[nodiscard]] Verdict decide(const Sample& sample, std::string_view reply) const override {
    if (reply.size() > math::kReferenceBytesMax) return Verdict::cannot("reply of over 256 KiB");
    std::string got = math::normalize_minerva(math::minerva_final_answer(reply));
    bool unknown = false;
    for (const std::string& target : sample.targets) {
      const std::string gold = math::normalize_minerva(opened_target(target));
      const math::Sameness same = math::minerva_equal(got, gold);
      if (same == math::Sameness::kSame) return Verdict::right(std::move(got));
      unknown = unknown || same == math::Sameness::kUnknown;
    }
    if (unknown) return Verdict::cannot("formulas too large to be compared");
    return Verdict::wrong(std::move(got), "differs from the target");
  }
};

}  // namespace

std::unique_ptr<Scorer> make_math(OptionReader& read, const std::string& /*base_dir*/) {
  const std::string metric = read.text("metric", "accuracy");
  math::EquivalenceOptions options;
  options.decimal_places = static_cast<int>(read.number("decimal_places", 6, 0, 15));
  options.strict = read.flag("strict", true);
  options.relations_match_sets = read.flag("relations_match_sets", false);
  options.prediction.plain = read.flag("plain_numbers", true);
  options.prediction.boxes_first = read.flag("boxes_first", false);
  std::optional<Extractor> extractor = read_extractor(read);
  return std::make_unique<Math>(
      VerdictScorer::Setup{{metric, read.scorer()}, std::move(extractor), identity_of(read, 1)},
      options);
}

std::unique_ptr<Scorer> make_hendrycks_math(OptionReader& read, const std::string& /*base_dir*/) {
  const std::string metric = read.text("metric", "exact_match");
  std::string answer = read.choice("answer", "dollars", {"dollars", "boxed", "whole"});
  const bool original = read.choice("rules", "lm_eval", {"lm_eval", "original"}) == "original";
  std::optional<Extractor> extractor = read_extractor(read);
  return std::make_unique<Hendrycks>(
      VerdictScorer::Setup{{metric, read.scorer()}, std::move(extractor), identity_of(read, 1)},
      std::move(answer), original);
}

std::unique_ptr<Scorer> make_minerva_math(OptionReader& read, const std::string& /*base_dir*/) {
  const std::string metric = read.text("metric", "exact_match");
  std::optional<Extractor> extractor = read_extractor(read);
  return std::make_unique<Minerva>(
      VerdictScorer::Setup{{metric, read.scorer()}, std::move(extractor), identity_of(read, 1)});
}

}  // namespace assay::suites
