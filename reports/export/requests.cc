#include "reports/export/requests.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "harness/aggregate/request_times.h"
#include "harness/base/json.h"
#include "harness/base/utf8.h"
#include "harness/types/fact.h"

namespace assay::reports {
namespace {

constexpr double kNanosPerSecond = 1e9;

std::string_view channel_name(Channel channel) {
  switch (channel) {
    case Channel::kReasoning:
      return "reasoning";
    case Channel::kTool:
      return "tool";
    default:
      return "answer";
  }
}

// One object on one line. nlohmann's document would hold a reply's chunks twice.
class Line {
 public:
  void text(std::string_view key, std::string_view value) {
    name(key);
    append_json_string(out_, sanitize_utf8(value));
  }
  void number(std::string_view key, std::optional<double> value) {
    name(key);
    out_ += value && std::isfinite(*value) ? fmt::format("{}", *value) : std::string("null");
  }
  void count(std::string_view key, uint64_t value) {
    name(key);
    out_ += fmt::format("{}", value);
  }
  // -1: not said.
  void tokens(std::string_view key, int64_t value) {
    name(key);
    out_ += value < 0 ? std::string("null") : fmt::format("{}", value);
  }
  // The buckets that few providers have, those that there are: "image_tokens": 12.
  void rare_tokens(const Usage& usage) {
    const Result<Json> rare = parse_json(rare_usage_to_json(usage), "usage");
    if (!rare) return;
    for (const auto& [key, count] : rare->items()) tokens(key + "_tokens", count.get<int64_t>());
  }
  void flag(std::string_view key, bool value) {
    name(key);
    out_ += value ? "true" : "false";
  }
  // [[seconds since sent, lag or null, text bytes, channel, flags, tokens], ...]
  void chunks(const std::vector<aggregate::ChunkTime>& chunks) {
    name("chunks");
    out_ += '[';
    bool first = true;
    for (const aggregate::ChunkTime& c : chunks) {
      if (!first) out_ += ',';
      first = false;
      out_ += fmt::format("[{:.9f},{},{},\"{}\",{},{}]", c.at_s,
                          c.lag_s < 0 ? std::string("null") : fmt::format("{:.9f}", c.lag_s),
                          c.text_bytes, channel_name(c.channel), unsigned{c.flags}, c.tokens);
    }
    out_ += ']';
  }
  [[nodiscard]] std::string finish() && { return std::move(out_) + "}\n"; }

 private:
  void name(std::string_view key) {
    out_ += out_.size() > 1 ? "," : "";
    out_ += '"';
    out_ += key;
    out_ += "\":";
  }
  std::string out_ = "{";
};

// Since the load began; a stamp that was not taken is null.
std::optional<double> since(const LoadInfo& load, int64_t ns) {
  int64_t apart = 0;
  if (ns < 0 || load.begin_ns < 0 || __builtin_sub_overflow(ns, load.begin_ns, &apart))
    return std::nullopt;
  return static_cast<double>(apart) / kNanosPerSecond;
}

void put_place(Line& line, const LoadInfo& load, const std::string& model, const LoadRecord& r) {
  line.count("load", load.id);
  line.count("point", load.point);
  line.count("round", load.round);
  line.text("kind", load_kind_name(load.kind));
  line.number(load.kind == LoadKind::kClosed ? "concurrency" : "rate_per_s",
              load.kind == LoadKind::kClosed ? load.concurrency : load.rate);
  line.text("model", model);
  line.count("number", r.place.number);
  line.count("conversation", r.place.conversation);
  line.count("turn", r.place.turn);
  line.flag("warm_up", r.place.warm_up);
}

void put_stamps(Line& line, const LoadInfo& load, const LoadRecord& r) {
  line.number("due_s", since(load, r.due_ns));
  line.number("sent_s", since(load, r.sent_ns));
  line.number("headers_s", since(load, r.headers_ns));
  line.number("first_token_s", since(load, r.first_token_ns));
  line.number("first_answer_s", since(load, r.first_answer_ns));
  line.number("done_s", since(load, r.done_ns));
}

void put_times(Line& line, const aggregate::RequestTimes& t, const LoadRecord& r) {
  line.number("ttft_s", t.ttft_s);
  line.number("ttfa_s", t.ttfa_s);
  line.number("tpot_s", t.tpot_s);
  line.number("normalized_s", t.normalized_s);
  line.number("e2e_s", t.e2e_s);
  line.number("e2e_sent_s", t.e2e_sent_s);
  line.number("queue_s", t.queue_s);
  line.number("loop_lag_s",
              r.loop_lag_ns < 0
                  ? std::nullopt
                  : std::optional<double>(static_cast<double>(r.loop_lag_ns) / kNanosPerSecond));
}

void put_outcome(Line& line, const LoadRecord& r) {
  line.tokens("input_wanted", r.place.input_wanted);
  line.tokens("output_wanted", r.place.output_wanted);
  line.tokens("input_tokens", r.usage.input_tokens);
  line.tokens("cached_tokens", r.usage.cached_tokens);
  line.tokens("reasoning_tokens", r.usage.reasoning_tokens);
  line.tokens("output_tokens", r.usage.output_tokens);
  line.tokens("cache_write_tokens", r.usage.cache_write_tokens);
  line.rare_tokens(r.usage);
  line.text("usage", usage_source_name(r.usage.source));
  line.text("outcome", outcome_name(r.outcome));
  line.text("response_id", r.response_id);
  line.text("error", r.error);
  line.count("http_status", r.http_status < 0 ? 0 : static_cast<uint64_t>(r.http_status));
  line.flag("reused", (r.http_flags & kHttpReused) != 0);
  line.flag("http2", (r.http_flags & kHttp2) != 0);
  if (r.cost) line.text("cost", r.cost->text());
}

std::string request_line(const LoadInfo& load, const std::string& model, const LoadRecord& r) {
  const aggregate::RequestTimes times = aggregate::request_times(r);
  Line line;
  put_place(line, load, model, r);
  put_stamps(line, load, r);
  put_times(line, times, r);
  put_outcome(line, r);
  if (!times.problem.empty()) line.text("chunks_problem", times.problem);
  line.chunks(times.chunks);
  return std::move(line).finish();
}

}  // namespace

Result<uint64_t> export_requests(const RunStore& store, const std::string& model,
                                 const std::function<bool(const std::string&)>& put) {
  ASSAY_TRY(const Manifest manifest, store.manifest());
  std::map<uint32_t, std::string> names;
  for (const ModelInfo& m : manifest.models) names[m.id] = m.name;
  std::vector<LoadInfo> loads;
  ASSAY_TRY_VOID(store.read_loads([&](const LoadInfo& load) { loads.push_back(load); }));
  uint64_t written = 0;
  bool going = true;
  for (const LoadInfo& load : loads) {
    const std::string& name = names[load.model];
    if (!going || (!model.empty() && name != model)) continue;
    ASSAY_TRY_VOID(store.read_load_records(load.id, [&](const LoadRecord& record) {
      if (!going) return;
      going = put(request_line(load, name, record));
      ++written;
    }));
  }
  return written;
}

}  // namespace assay::reports
