#include "suites/probe_suite.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/base/hash.h"
#include "harness/base/shingles.h"
#include "harness/base/utf8.h"

namespace assay::suites {
namespace {

constexpr const char* kInstruction =
    "Below is the beginning of a text. Go on with it word for word as the original does. Answer "
    "with the continuation alone.\n\n";
constexpr const char* kScorerIdentity = "probe 1";

class ProbeScorer : public Scorer {
 public:
  ProbeScorer() : metrics_{{.name = "returned", .scorer = "probe", .binary = false}} {}
  [[nodiscard]] const std::vector<MetricDef>& metrics() const override { return metrics_; }
  [[nodiscard]] std::string identity() const override { return kScorerIdentity; }
  void judge(const Sample& sample, const Response& response,
             std::vector<Score>& out) const override {
    const std::string hidden = sample.targets.empty() ? std::string() : sample.targets.front();
    out.push_back({.metric = "returned",
                   .value = returned_share(hidden, response.answer),
                   .extracted = {},
                   .reason = {}});
  }

 private:
  std::vector<MetricDef> metrics_;
};

// The white space nearest to the middle, or the middle.
size_t cut_of(const std::vector<char32_t>& points) {
  const size_t middle = points.size() / 2;
  for (size_t away = 0; away < points.size() / 4; ++away) {
    if (is_space(points[middle + away])) return middle + away;
    if (is_space(points[middle - away])) return middle - away;
  }
  return middle;
}

std::string text_of(const std::vector<char32_t>& points, size_t from, size_t to) {
  std::string out;
  for (size_t i = from; i < to; ++i) append_utf8(out, points[i]);
  return out;
}

}  // namespace

ProbeQuestion split_question(std::string id, const std::string& text) {
  std::vector<char32_t> points = to_code_points(sanitize_utf8(text));
  ProbeQuestion out{.id = std::move(id), .shown = {}, .hidden = {}};
  if (points.size() < kProbeCharactersMin) return out;
  if (points.size() > kProbeCharactersMax) points.resize(kProbeCharactersMax);
  const size_t cut = cut_of(points);
  out.shown = text_of(points, 0, cut);
  out.hidden = text_of(points, cut, points.size());
  return out;
}

Result<std::unique_ptr<ProbeSuite>> ProbeSuite::make(const Suite& of, uint64_t items_max) {
  std::unique_ptr<ProbeSuite> out(new ProbeSuite);
  const uint64_t wanted = std::min(items_max, of.size());
  HashBuilder data;
  for (uint64_t i = 0; i < wanted; ++i) {
    // Evenly spread: floor(i · size / wanted), without overflow.
    const uint64_t index = i * (of.size() / wanted) + i * (of.size() % wanted) / wanted;
    ASSAY_TRY(const Sample sample, of.sample(index));
    if (!sample.prompt.images.empty()) continue;
    const std::string& text =
        sample.prompt.input.empty() ? sample.prompt.text : sample.prompt.input;
    ProbeQuestion question = split_question(sample.id, text);
    if (question.hidden.empty()) continue;
    data.add(question.id).add(question.shown).add(question.hidden);
    out->questions_.push_back(std::move(question));
  }
  out->scorers_.push_back(std::make_unique<ProbeScorer>());
  SuiteInfo& info = out->info_;
  info.name = "probe-" + of.info().name;
  info.title = "Can a model go on with the questions of " + of.info().name;
  info.language = of.info().language;
  info.licence = of.info().licence;
  info.prompt_hash = sha256(kInstruction).hex();
  info.data_hash = data.finish().hex();
  info.scorer_hash = sha256(kScorerIdentity).hex();
  info.hash = HashBuilder()
                  .add(info.name)
                  .add(info.prompt_hash)
                  .add(info.data_hash)
                  .add(info.scorer_hash)
                  .finish()
                  .hex();
  info.metrics = out->scorers_.front()->metrics();
  info.sample_count = out->questions_.size();
  return out;
}

Result<Sample> ProbeSuite::sample(uint64_t index) const {
  const ProbeQuestion& question = questions_[index];
  Sample out;
  out.index = index;
  out.id = question.id;
  out.targets = {question.hidden};
  out.prompt.input = question.shown;
  out.prompt.text = kInstruction + question.shown;
  return out;
}

Result<std::string> ProbeSuite::sample_id(uint64_t index) const { return questions_[index].id; }

Result<Request> ProbeSuite::request(const Sample& sample, uint32_t /*repeat*/) const {
  Request out;
  out.suite = info_.name;
  out.messages.push_back({.role = "user", .text = sample.prompt.text});
  out.input = sample.prompt.input;
  out.params.temperature = 0;
  out.params.max_tokens = kProbeTokensMax;
  return out;
}

Result<TrainingExample> ProbeSuite::train(uint64_t index) const {
  return input_error(info_.name, fmt::format("has no train line {}", index));
}

}  // namespace assay::suites
