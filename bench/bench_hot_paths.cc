// The hot paths of a run, one at a time, with Google Benchmark: template, decoder, scorers, random
// numbers, hash, store.
//
//   build/release/assay_bench --benchmark_filter=cer
#include <benchmark/benchmark.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "backends/codec/lines.h"
#include "backends/codec/wire_codec.h"
#include "harness/base/hash.h"
#include "harness/base/json.h"
#include "harness/base/rng.h"
#include "harness/base/utf8.h"
#include "harness/store/sqlite_store.h"
#include "suites/score/scorers.h"
#include "suites/score/text_distance.h"
#include "suites/template/template.h"

namespace assay {
namespace {

std::string words(size_t bytes, uint64_t seed) {
  static constexpr const char* kWords[] = {"the", "quick", "brown", "fox",    "jumps", "over",
                                           "a",   "lazy",  "dog",   "영수증", "합계"};
  Rng rng(seed);
  std::string text;
  while (text.size() < bytes) text += std::string(kWords[rng.below(std::size(kWords))]) + " ";
  return text;
}

void render_template(benchmark::State& state) {
  const auto parsed = suites::Template::parse("Question: {{question}}\nAnswer:", "bench");
  const Json context{{"question", words(200, 1)}, {"answer", "42"}};
  for (auto _ : state) benchmark::DoNotOptimize(parsed->render(context));
}
BENCHMARK(render_template);

void decode_reply(benchmark::State& state) {
  const backends::LinesReplyCodec codec;
  std::string bytes;
  backends::append_delta_event(bytes, words(static_cast<size_t>(state.range(0)), 2));
  backends::append_done_event(bytes, {});
  Attempt attempt;
  for (auto _ : state) {
    Response response;
    response.outcome = Outcome::kOk;
    const auto decoder = codec.decoder();
    decoder->feed(bytes, {});
    decoder->finish(attempt, response);
    benchmark::DoNotOptimize(response.answer);
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * bytes.size()));
}
BENCHMARK(decode_reply)->Arg(50)->Arg(1024)->Arg(65536);

// A streamed token of a wire format, each in a read of its own with its stamp.
void decode_token(benchmark::State& state, const char* format, const char* event) {
  const auto codec = backends::make_wire_codec(format, {});
  constexpr int kTokens = 1000;
  const std::string bytes = event;
  const ChunkStamp stamp{static_cast<uint32_t>(bytes.size()), from_ns(1), Nanos{20'000}};
  Attempt attempt;
  for (auto _ : state) {
    Response response;
    response.outcome = Outcome::kOk;
    const auto decoder = (*codec)->decoder();
    for (int i = 0; i < kTokens; ++i) decoder->feed(bytes, {&stamp, 1});
    decoder->finish(attempt, response);
    benchmark::DoNotOptimize(response.answer);
  }
  state.SetItemsProcessed(state.iterations() * kTokens);
}
BENCHMARK_CAPTURE(
    decode_token, openai_chat, "openai-chat",
    R"(data: {"id":"chatcmpl-123","object":"chat.completion.chunk","created":1694268190,"model":"gpt-4o-mini","service_tier":"default","system_fingerprint":"fp_44709d6fcb","choices":[{"index":0,"delta":{"content":" token"},"logprobs":null,"finish_reason":null}],"usage":null}

)");
BENCHMARK_CAPTURE(
    decode_token, openai_chat_slow_path, "openai-chat",
    R"(data: {"id":"chatcmpl-123","object":"chat.completion.chunk","created":1694268190,"model":"gpt-4o-mini","service_tier":"default","system_fingerprint":"fp_44709d6fcb","choices":[{"index":0,"delta":{"content":[{"type":"text","text":" token"}]},"logprobs":null,"finish_reason":null}],"usage":null}

)");
BENCHMARK_CAPTURE(decode_token, openai_responses, "openai-responses",
                  R"(event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_67c9fdcf37fc8190ba82116e33fb28c507b8b0ad4e5eb654","output_index":0,"content_index":0,"delta":" token","logprobs":[],"obfuscation":"FrBd8Hk2"}

)");

void score(benchmark::State& state, const char* name, size_t bytes) {
  const auto scorer = suites::make_scorer(
      name, Json::object(), [](std::string_view) { return std::string("bench"); }, ".");
  Sample sample;
  sample.targets = {words(bytes, 3)};
  Response response;
  response.outcome = Outcome::kOk;
  response.answer = words(bytes, 4);
  std::vector<Score> scores;
  for (auto _ : state) {
    scores.clear();
    (*scorer)->judge(sample, response, scores);
    benchmark::DoNotOptimize(scores.data());
  }
}
BENCHMARK_CAPTURE(score, exact_50, "exact", 50);
BENCHMARK_CAPTURE(score, includes_1k, "includes", 1024);
BENCHMARK_CAPTURE(score, number_1k, "number", 1024);
BENCHMARK_CAPTURE(score, cer_1k, "cer", 1024);
BENCHMARK_CAPTURE(score, wer_1k, "wer", 1024);
BENCHMARK_CAPTURE(score, anls_1k, "anls", 1024);

void levenshtein_page(benchmark::State& state) {
  const auto a = to_code_points(words(10'000, 5));
  const auto b = to_code_points(words(10'000, 6));
  for (auto _ : state) benchmark::DoNotOptimize(suites::levenshtein(a, b));
}
BENCHMARK(levenshtein_page);

void hash_prompt(benchmark::State& state) {
  const std::string text = words(1024, 7);
  for (auto _ : state) benchmark::DoNotOptimize(sha256(text));
}
BENCHMARK(hash_prompt);

// One transaction of 256 answered items: sample, attempt and score of each.
void store_items(benchmark::State& state) {
  const std::string path =
      (std::filesystem::temp_directory_path() / "assay-bench-store.assay").string();
  std::filesystem::remove(path);
  const auto opened = store::SqliteStore::open_for_writing(path, {});
  store::SqliteStore& store = **opened;
  ModelInfo model;
  model.name = "m";
  model.id = store.ensure_model(model)->id;
  SuiteInfo suite;
  suite.name = "s";
  suite.metrics = {{"accuracy", "exact", true, true}};
  suite.id = store.ensure_suite(suite)->id;
  const std::string reply = words(1024, 8);
  uint64_t next = 0;
  constexpr int kBatch = 256;
  for (auto _ : state) {
    std::vector<Fact> facts;
    for (int i = 0; i < kBatch; ++i, ++next) {
      const uint64_t row = uint64_t{suite.id} << kSampleSuiteShift | next;
      SampleFact sample;
      sample.sample = row;
      sample.suite = suite.id;
      sample.index = next;
      sample.id = std::to_string(next);
      sample.request =
          R"({"messages":[{"role":"user","content":"What is the next number?"}],"params":{}})";
      AttemptFact attempt;
      attempt.key = {model.id, row, 0, 0};
      attempt.response.outcome = Outcome::kOk;
      attempt.response.answer = reply;
      facts.emplace_back(std::move(sample));
      facts.emplace_back(attempt);
      facts.emplace_back(
          ScoreFact{attempt.key, {{"accuracy", ScoreStatus::kScored, 1, 1, "x", ""}}});
    }
    if (!store.append(facts)) state.SkipWithError("the store refused");
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * kBatch);
  std::filesystem::remove(path);
}
BENCHMARK(store_items);

}  // namespace
}  // namespace assay

BENCHMARK_MAIN();
