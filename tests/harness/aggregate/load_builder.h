// Loads for tests of their aggregation: requests in milliseconds, on a FakeStore.
//
//   LoadStore file;                             // one model, closed loop of concurrency 2
//   file.add({.due = 0, .sent = 1, .done = 90, .chunks = {10, 30, 50}, .output = 3});
//   const LoadResult r = file.result();
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/aggregate/load.h"
#include "harness/types/chunk_log.h"
#include "tests/support/fake_store.h"

namespace assay::test {

inline int64_t ms_to_ns(double ms) {
  return static_cast<int64_t>(ms * 1e6 + (ms < 0 ? -0.5 : 0.5));
}

struct ChunkSpec {
  double at = 0;           // ms, the program's stamp
  double kernel_lag = -1;  // ms
  uint32_t text = 4;
  Channel channel = Channel::kAnswer;
  uint8_t flags = kStampExact;
  ChunkSpec(double at_ms) : at(at_ms) {}  // NOLINT: a list of times is the usual case
  ChunkSpec(double at_ms, double lag, uint32_t bytes = 4, Channel c = Channel::kAnswer,
            uint8_t f = kStampExact)
      : at(at_ms), kernel_lag(lag), text(bytes), channel(c), flags(f) {}
};

inline std::string chunk_log(const std::vector<ChunkSpec>& chunks) {
  ChunkLog log;
  for (const ChunkSpec& c : chunks) {
    Chunk chunk;
    chunk.at = from_ns(ms_to_ns(c.at));
    if (c.kernel_lag >= 0) chunk.kernel_lag = Nanos(ms_to_ns(c.kernel_lag));
    chunk.text_bytes = c.text;
    chunk.channel = c.channel;
    chunk.flags = c.flags;
    log.add(chunk);
  }
  return log.take();
}

struct RequestSpec {
  double due = 0;
  double sent = 0;
  double done = 0;
  std::vector<ChunkSpec> chunks{};
  int64_t output = -1;  // visible tokens
  int64_t reasoning = -1;
  int64_t input = -1;
  int64_t cached = -1;
  Outcome outcome = Outcome::kOk;
  bool warm_up = false;
  double first_token = -1;
  double first_answer = -1;
  double loop_lag = -1;
  int http_status = 200;
  int64_t input_wanted = -1;
  std::optional<Money> cost{};
};

inline FakeRequest request_of(const RequestSpec& spec) {
  FakeRequest out;
  LoadRecord& r = out.record;
  const auto time = [](double ms) { return ms < 0 ? int64_t{-1} : ms_to_ns(ms); };
  r.place.warm_up = spec.warm_up;
  r.place.input_wanted = spec.input_wanted;
  r.outcome = spec.outcome;
  r.due_ns = ms_to_ns(spec.due);
  r.sent_ns = ms_to_ns(spec.sent);
  r.done_ns = ms_to_ns(spec.done);
  r.first_token_ns = time(spec.first_token);
  r.first_answer_ns = time(spec.first_answer);
  r.loop_lag_ns = time(spec.loop_lag);
  r.http_status = spec.http_status;
  r.usage.input_tokens = spec.input;
  r.usage.cached_tokens = spec.cached;
  r.usage.output_tokens = spec.output;
  r.usage.reasoning_tokens = spec.reasoning;
  if (spec.output >= 0) r.usage.source = UsageSource::kReported;
  r.cost = spec.cost;
  out.chunks = chunk_log(spec.chunks);
  return out;
}

class LoadStore {
 public:
  explicit LoadStore(const std::string& path = "bench.assay") : store(path) {
    ModelInfo model;
    model.id = 1;
    model.name = "m";
    store.info.models = {model};
    load.id = 1;
    load.model = 1;
    load.session = 1;
    load.kind = LoadKind::kClosed;
    load.concurrency = 2;
    load.begin_ns = 0;
    load.instrument.kernel_stamps = true;
  }
  void add(const RequestSpec& spec) {
    FakeRequest request = request_of(spec);
    request.record.place.number = number++;
    store.add_request(1, std::move(request));
  }

  [[nodiscard]] LoadResult result(const aggregate::LoadOptions& options = {}) const {
    Result<LoadResult> out = aggregate::summarize_load(store, load, options);
    EXPECT_TRUE(out) << out.error().text();
    return out ? *out : LoadResult{};
  }

  FakeStore store;
  LoadInfo load;
  uint64_t number = 0;
};

inline const LoadMetric& metric(const LoadResult& result, std::string_view name) {
  for (const LoadMetric& m : result.metrics) {
    if (m.name == name) return m;
  }
  ADD_FAILURE() << "no metric " << name;
  static const LoadMetric kNone;
  return kNone;
}

inline double p50(const LoadResult& result, std::string_view name) {
  const LoadMetric& m = metric(result, name);
  return m.summary.percentiles.empty() ? -1 : *m.summary.percentiles.front().estimate.value;
}

}  // namespace assay::test
