#include "backends/model/baseline.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "backends/in_process_backend.h"
#include "backends/model/bm25.h"
#include "backends/model/linear.h"
#include "backends/model/train_set.h"
#include "backends/params.h"
#include "harness/base/hash.h"
#include "harness/base/json.h"
#include "harness/base/nearest.h"
#include "harness/base/rng.h"

namespace assay::backends {
namespace {

// The version of the rules below: a change that can change an answer raises it.
constexpr std::string_view kVersion = "baseline 1";
constexpr size_t kProbabilitiesShown = 5;
constexpr size_t kExcerptBytes = 200;
constexpr double kNotTaken = -1000;  // log-likelihood of a choice that is not the answer

struct Answer {
  std::string text;
  std::string details;  // JSON; may be empty
};

// What was learnt from one suite; const once made, shared by all workers.
class Learnt {
 public:
  virtual ~Learnt() = default;
  [[nodiscard]] virtual Result<Answer> answer(const Attempt& attempt) const = 0;
};

struct Settings {
  std::string kind;
  TrainShare share;
  uint64_t seed = 0;
  Bm25::Options bm25;
  LinearClassifier::Options linear;
};

// Distinct targets in order of first sight, with their frequencies.
struct Targets {
  std::vector<std::string> texts;
  std::vector<size_t> counts;

  explicit Targets(const std::vector<TrainingExample>& lines) {
    std::unordered_map<std::string_view, size_t> index;
    for (const TrainingExample& line : lines) {
      const auto [it, added] = index.try_emplace(line.target, texts.size());
      if (added) {
        texts.push_back(line.target);
        counts.push_back(0);
      }
      ++counts[it->second];
    }
  }
  // The first seen on a tie.
  [[nodiscard]] size_t most_frequent() const {
    return static_cast<size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
  }
};

// {"probabilities":{"refund":0.91,"return":0.05}}: the likeliest first.
std::string probabilities_json(const std::vector<std::string>& labels,
                               const std::vector<double>& probabilities) {
  std::vector<size_t> order(labels.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return probabilities[a] > probabilities[b]; });
  order.resize(std::min(order.size(), kProbabilitiesShown));
  std::string out = "{\"probabilities\":{";
  for (const size_t i : order) {
    if (out.back() != '{') out += ',';
    append_json_string(out, labels[i]);
    out += fmt::format(":{:.4f}", probabilities[i]);
  }
  return out + "}}";
}

class RandomLearnt final : public Learnt {
 public:
  RandomLearnt(std::vector<std::string> targets, uint64_t seed)
      : targets_(std::move(targets)), seed_(seed) {}
  [[nodiscard]] Result<Answer> answer(const Attempt& attempt) const override {
    const std::vector<std::string>& from =
        attempt.request.choices.empty() ? targets_ : attempt.request.choices;
    if (from.empty()) {
      return input_error("", "the question has no choices and its suite no train split");
    }
    // By id, not by row: the answer stays the same in another run file and under another limit.
    HashBuilder hash;
    hash.add(attempt.request.suite).add(attempt.sample.id);
    Rng rng(seed_, hash.finish().prefix64(), attempt.key.repeat);
    return Answer{from[rng.below(from.size())], {}};
  }

 private:
  std::vector<std::string> targets_;
  uint64_t seed_;
};

class MajorityLearnt final : public Learnt {
 public:
  explicit MajorityLearnt(const std::vector<TrainingExample>& lines) {
    const Targets targets(lines);
    const auto total = static_cast<double>(lines.size());
    std::vector<double> shares;
    for (const size_t count : targets.counts) shares.push_back(static_cast<double>(count) / total);
    answer_ = {targets.texts[targets.most_frequent()], probabilities_json(targets.texts, shares)};
  }
  [[nodiscard]] Result<Answer> answer(const Attempt& /*attempt*/) const override { return answer_; }

 private:
  Answer answer_;
};

std::vector<std::string> inputs_of(const std::vector<TrainingExample>& lines) {
  std::vector<std::string> out;
  out.reserve(lines.size());
  for (const TrainingExample& line : lines) out.push_back(line.input);
  return out;
}

// Whole code points of the beginning of valid UTF-8.
std::string_view excerpt(std::string_view text) {
  if (text.size() <= kExcerptBytes) return text;
  size_t size = kExcerptBytes;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80) --size;
  return text.substr(0, size);
}

class Bm25Learnt final : public Learnt {
 public:
  Bm25Learnt(std::vector<TrainingExample> lines, Bm25::Options options)
      : lines_(std::move(lines)), index_(inputs_of(lines_), options) {
    const Targets targets(lines_);
    fallback_ = targets.texts[targets.most_frequent()];
  }
  [[nodiscard]] Result<Answer> answer(const Attempt& attempt) const override {
    const std::optional<Bm25::Match> match = index_.nearest(attempt.request.input);
    // Nothing in common with any line: what is right most often.
    if (!match) return Answer{fallback_, R"({"score":0,"nearest":null})"};
    const TrainingExample& line = lines_[match->line];
    std::string details = fmt::format("{{\"score\":{:.4f},\"nearest\":", match->score);
    append_json_string(details, excerpt(line.input));
    return Answer{line.target, details + "}"};
  }

 private:
  std::vector<TrainingExample> lines_;
  Bm25 index_;
  std::string fallback_;
};

class LinearLearnt final : public Learnt {
 public:
  explicit LinearLearnt(LinearClassifier model) : model_(std::move(model)) {}
  [[nodiscard]] Result<Answer> answer(const Attempt& attempt) const override {
    const LinearClassifier::Prediction p = model_.predict(attempt.request.input);
    return Answer{model_.labels()[p.label], probabilities_json(model_.labels(), p.probabilities)};
  }

 private:
  LinearClassifier model_;
};

// Such a model says which choice it takes, not how likely each is: the one it takes is likelier
// than all others, which are equal. A continuation without a choice is not taken.
std::vector<Loglikelihood> likelihoods_of(const Request& request, const std::string& answer) {
  std::vector<Loglikelihood> out;
  for (size_t i = 0; i < request.continuations.size(); ++i) {
    const bool taken = i < request.choices.size() && request.choices[i] == answer;
    out.push_back({taken ? 0 : kNotTaken, taken, 1});
  }
  return out;
}

using LearntBySuite = std::map<std::string, std::unique_ptr<const Learnt>>;

class BaselineWorker final : public InProcessWorker {
 public:
  explicit BaselineWorker(const LearntBySuite& learnt) : learnt_(learnt) {}

  void answer(const Attempt& attempt, ReplySink& sink) override {
    const auto found = learnt_.find(attempt.request.suite);
    if (found == learnt_.end()) {
      sink.error(Outcome::kRejected,
                 fmt::format("suite `{}` was not prepared", attempt.request.suite));
      return;
    }
    const Result<Answer> answer = found->second->answer(attempt);
    if (!answer) {
      sink.error(Outcome::kRejected, answer.error().text());
      return;
    }
    if (attempt.request.continuations.empty()) {
      sink.text(answer->text);
    } else {
      sink.loglikelihoods(likelihoods_of(attempt.request, answer->text));
    }
    if (!answer->details.empty()) sink.details(answer->details);
  }

 private:
  const LearntBySuite& learnt_;  // of the model, which outlives its workers
};

class BaselineModel final : public InProcessModel {
 public:
  BaselineModel(Settings settings, BackendTraits traits)
      : settings_(std::move(settings)), traits_(std::move(traits)) {}

  [[nodiscard]] const BackendTraits& traits() const override { return traits_; }

  Result<void> prepare(std::span<const Suite* const> suites) override {
    size_t most = 0;
    for (const Suite* suite : suites) {
      ASSAY_TRY(std::vector<TrainingExample> lines, read_train_lines(*suite, settings_.share));
      most = std::max(most, lines.size());
      ASSAY_TRY(learnt_[suite->info().name], learn(*suite, std::move(lines)));
    }
    if (traits_.train_size >= 0) traits_.train_size = static_cast<int64_t>(most);
    return {};
  }

  Result<std::unique_ptr<InProcessWorker>> make_worker() override {
    return std::unique_ptr<InProcessWorker>(std::make_unique<BaselineWorker>(learnt_));
  }

 private:
  [[nodiscard]] Error cannot_learn(const Suite& suite, std::string_view needed) const {
    return input_error(fmt::format("suite `{}`", suite.info().name),
                       fmt::format("`baseline:{}` needs {}", settings_.kind, needed));
  }

  [[nodiscard]] Result<std::unique_ptr<const Learnt>> learn(
      const Suite& suite, std::vector<TrainingExample> lines) const {
    using Made = std::unique_ptr<const Learnt>;
    if (settings_.kind == "random") {
      if (lines.empty()) ASSAY_TRY_VOID(require_choices(suite));
      return Made(std::make_unique<RandomLearnt>(Targets(lines).texts, settings_.seed));
    }
    if (lines.empty()) {
      return cannot_learn(suite, "a train split to learn from, and the suite has none");
    }
    if (settings_.kind == "majority") return Made(std::make_unique<MajorityLearnt>(lines));
    if (settings_.kind == "bm25") {
      return Made(std::make_unique<Bm25Learnt>(std::move(lines), settings_.bm25));
    }
    Result<LinearClassifier> model = LinearClassifier::train(lines, settings_.linear);
    if (!model) {
      model.error().where = fmt::format("suite `{}`", suite.info().name);
      return std::move(model).error();
    }
    return Made(std::make_unique<LinearLearnt>(std::move(*model)));
  }

  [[nodiscard]] Result<void> require_choices(const Suite& suite) const {
    if (suite.size() == 0) return {};
    ASSAY_TRY(const Sample sample, suite.sample(0));
    ASSAY_TRY(const Request request, suite.request(sample, 0));
    if (!request.choices.empty()) return {};
    return cannot_learn(suite,
                        "choices or a train split to draw answers from, and the suite has neither");
  }

  Settings settings_;
  BackendTraits traits_;
  LearntBySuite learnt_;
};

Result<Settings> read_settings(const ModelSpec& spec, Params& params, uint64_t run_seed) {
  Settings settings;
  settings.kind = spec.name;
  constexpr int64_t kSeedMax = std::numeric_limits<int64_t>::max();
  if (spec.name == "bm25") {
    ASSAY_TRY(settings.bm25.k1, params.number("k1", settings.bm25.k1, 0, 100));
    ASSAY_TRY(settings.bm25.b, params.number("b", settings.bm25.b, 0, 1));
  } else if (spec.name == "linear") {
    ASSAY_TRY(settings.linear.c, params.number("c", settings.linear.c, 1e-6, 1e6));
  }
  if (spec.name != "random") {
    ASSAY_TRY(const int64_t train,
              params.integer("train", 0, 1, static_cast<int64_t>(kTrainLinesMax)));
    if (params.has("train")) settings.share.limit = static_cast<uint64_t>(train);
  }
  ASSAY_TRY(const int64_t seed,
            params.integer("seed", static_cast<int64_t>(run_seed), 0, kSeedMax));
  settings.seed = static_cast<uint64_t>(seed);
  settings.share.seed = settings.seed;
  ASSAY_TRY_VOID(params.finish());
  return settings;
}

// Everything that can change an answer. The seed is part of it only where chance is.
std::string config_text(const Settings& settings) {
  std::string out = fmt::format("{} {}", kVersion, settings.kind);
  if (settings.kind == "bm25") {
    out += fmt::format("\nk1={}\nb={}", settings.bm25.k1, settings.bm25.b);
  }
  if (settings.kind == "linear") {
    out += fmt::format("\nc={}\ntolerance={}", settings.linear.c, settings.linear.tolerance);
  }
  if (settings.share.limit) out += fmt::format("\ntrain={}", *settings.share.limit);
  if (settings.share.limit || settings.kind == "random") {
    out += fmt::format("\nseed={}", settings.seed);
  }
  return out;
}

}  // namespace

Result<std::unique_ptr<Backend>> make_baseline_backend(const ModelSpec& spec,
                                                       const BackendContext& context) {
  const std::vector<std::string> kinds = {"random", "majority", "bm25", "linear"};
  Params params(spec);
  if (std::find(kinds.begin(), kinds.end(), spec.name) == kinds.end()) {
    const std::string hint = did_you_mean(spec.name, kinds);
    return Error{ErrorCode::kNotFound,
                 fmt::format("unknown baseline `{}`{} known: {}", spec.name,
                             hint.empty() ? ";" : hint, fmt::join(kinds, ", ")),
                 fmt::format("model `{}`", spec.text)};
  }
  ASSAY_TRY(Settings settings, read_settings(spec, params, context.seed));
  BackendTraits traits;
  traits.config = config_text(settings);
  traits.version = kVersion;
  traits.concurrency_default = std::max(1U, context.workers);
  const bool learns = settings.kind != "random";
  if (learns) traits.train_size = static_cast<int64_t>(settings.share.limit.value_or(0));
  traits.learning_curve = settings.kind == "linear" && !settings.share.limit;
  return make_in_process_backend(
      std::make_unique<BaselineModel>(std::move(settings), std::move(traits)), context);
}

}  // namespace assay::backends
