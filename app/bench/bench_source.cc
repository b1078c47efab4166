#include "app/bench/bench_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/base/hash.h"
#include "harness/base/rng.h"

namespace assay::app {
namespace {

constexpr uint64_t kLengthStream = 0x6f7574;  // of draws of output lengths for suites

Request request_of(load::Conversation& talk) {
  Request request;
  request.messages = std::move(talk.opening);
  load::Turn& first = talk.turns.front();
  request.messages.push_back({"user", std::move(first.user), std::move(talk.images), {}, {}});
  if (first.output_tokens > 0) request.params.max_tokens = first.output_tokens;
  return request;
}

}  // namespace

SyntheticSource::SyntheticSource(load::PromptOptions options, const load::Trace* trace,
                                 std::string trace_text)
    : prompts_(std::move(options)), trace_(trace), trace_text_(std::move(trace_text)) {}

Result<run::LoadTalk> SyntheticSource::talk(uint64_t number) const {
  load::Conversation talk =
      trace_ == nullptr
          ? prompts_.conversation(number)
          : prompts_.conversation(number, trace_->entries[number % trace_->entries.size()],
                                  trace_->block_tokens);
  run::LoadTalk out;
  out.key.sample = number;
  out.key.repeat = repeat_;
  out.sample.index = number;
  out.sample.id = std::to_string(number);  // models that draw by it draw anew for each request
  out.input_wanted = talk.turns.front().input_tokens;
  out.output_wanted = talk.turns.front().output_tokens;
  for (size_t i = talk.turns.size(); i > 1; --i) {
    load::Turn& turn = talk.turns[i - 1];
    out.later_turns.push_back(
        {std::move(turn.user), turn.input_tokens, turn.output_tokens, turn.think});
  }
  out.request = request_of(talk);
  return out;
}

std::string SyntheticSource::describe() const {
  return trace_ == nullptr
             ? prompts_.describe()
             : fmt::format("trace {}, {} requests", trace_text_, trace_->entries.size());
}

std::string SyntheticSource::hash() const {
  HashBuilder hash;
  hash.add("synthetic").add(describe());
  if (trace_ != nullptr) hash.add(trace_->hash);
  return hash.finish().short_hex();
}

SuiteSource::SuiteSource(const run::RunPlan& plan, run::LoadImage load_image,
                         std::optional<load::LengthDistribution> output, uint64_t seed)
    : plan_(plan), load_image_(load_image), output_(std::move(output)), seed_(seed) {
  for (const run::SuitePlan& suite : plan.suites) size_ += suite.suite->size();
}

Result<run::LoadTalk> SuiteSource::talk(uint64_t number) const {
  uint64_t index = number % size_;
  uint32_t suite = 0;
  while (index >= plan_.suites[suite].suite->size()) index -= plan_.suites[suite++].suite->size();
  const run::SuitePlan& of = plan_.suites[suite];
  run::LoadTalk out;
  out.suite = suite;
  out.key.sample = of.row(index);
  out.key.repeat = first_repeat_ + static_cast<uint32_t>(number / size_);
  ASSAY_TRY(out.sample, of.suite->sample(index));
  ASSAY_TRY(out.request, of.suite->request(out.sample, out.key.repeat));
  for (Message& message : out.request.messages) {
    for (Image& image : message.images) ASSAY_TRY_VOID(load_image_(image));
  }
  if (output_) {
    Rng rng(seed_, kLengthStream, number);
    out.request.params.max_tokens = output_->draw(rng);
  }
  out.output_wanted = out.request.params.max_tokens.value_or(-1);
  return out;
}

std::string SuiteSource::describe() const {
  std::string text;
  for (const run::SuitePlan& suite : plan_.suites)
    text += fmt::format("{}suite {}", text.empty() ? "" : ", ", suite.info.name);
  if (output_) text += fmt::format(", output {}", output_->text);
  return text;
}

std::string SuiteSource::hash() const {
  HashBuilder hash;
  hash.add("suites").add(output_ ? output_->text : "");
  for (const run::SuitePlan& suite : plan_.suites)
    hash.add(suite.info.name).add(suite.info.prompt_hash).add(suite.info.data_hash);
  return hash.finish().short_hex();
}

Result<std::vector<Fact>> SuiteSource::sample_facts(run::RunPlan& plan, uint64_t count) const {
  std::vector<Fact> facts;
  uint64_t seen = 0;
  for (run::SuitePlan& suite : plan.suites) {
    for (uint64_t i = 0; i < suite.suite->size() && (count == 0 || seen < count); ++i, ++seen) {
      if (suite.stored[i]) continue;
      ASSAY_TRY(const Sample sample, suite.suite->sample(i));
      ASSAY_TRY(SampleFact fact, run::sample_fact(*suite.suite, sample));
      fact.sample = suite.row(i);
      fact.suite = suite.info.id;
      facts.emplace_back(std::move(fact));
      suite.stored[i] = true;
    }
  }
  return facts;
}

}  // namespace assay::app
