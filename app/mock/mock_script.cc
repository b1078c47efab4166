#include "app/mock/mock_script.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <optional>
#include <utility>

#include "harness/base/check.h"
#include "harness/base/rng.h"

namespace assay::app::mock {
namespace {

using After = Step::After;

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kEventStream = "text/event-stream; charset=utf-8";
constexpr std::string_view kLastChunk = "0\r\n\r\n";
constexpr uint64_t kResetStream = 0x7B1;
constexpr size_t kHugeHeaderBytes = size_t{1} << 20;
constexpr Nanos kSlowHeaderGap = std::chrono::milliseconds(20);
constexpr Nanos kEndlessGap = std::chrono::milliseconds(1);
constexpr size_t kEndlessBytes = size_t{16} << 10;
constexpr size_t kBombBlockBytes = size_t{16} << 20;  // when unpacked
constexpr int kBombBlocks = 1024;

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 302:
      return "Found";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 413:
      return "Content Too Large";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Status";
  }
}

// A chunk of HTTP around what is appended to `out` between begin and end.
class HttpChunk {
 public:
  explicit HttpChunk(std::string& out) : out_(&out), start_(out.size()) {}
  void end() {
    std::array<char, 16> size{};
    char* const last =
        std::to_chars(size.data(), size.data() + size.size(), out_->size() - start_, 16).ptr;
    *out_ += "\r\n";
    const std::string_view line(size.data(), static_cast<size_t>(last - size.data()));
    out_->insert(start_, "\r\n");
    out_->insert(start_, line);
  }

 private:
  std::string* out_;
  size_t start_;
};

void append_http_chunk(std::string& out, std::string_view data) {
  HttpChunk chunk(out);
  out += data;
  chunk.end();
}

// `write` appends the data of the event.
template <typename Write>
void append_event(std::string& out, bool crlf, Write&& write) {
  HttpChunk chunk(out);
  out += "data: ";
  write(out);
  out += crlf ? "\r\n\r\n" : "\n\n";
  chunk.end();
}

void append_sse(std::string& out, std::string_view data, bool crlf) {
  append_event(out, crlf, [&](std::string& to) { to += data; });
}

After after_reply(const ScriptContext& context) {
  return context.keep_alive ? After::kKeepAlive : After::kClose;
}

// Steps that are known beforehand.
class ListScript final : public Script {
 public:
  explicit ListScript(std::deque<Step> steps) : steps_(std::move(steps)) {}
  Step next(TimePoint /*now*/) override {
    ASSAY_CHECK(!steps_.empty(), "the script is over");
    Step step = std::move(steps_.front());
    steps_.pop_front();
    return step;
  }

 private:
  std::deque<Step> steps_;
};

std::unique_ptr<Script> one_step(TimePoint due, std::string bytes, After after, bool counts) {
  std::deque<Step> steps;
  steps.push_back({due, std::move(bytes), after, counts});
  return std::make_unique<ListScript>(std::move(steps));
}

// A streamed reply, good or with a fault in its middle.
class StreamScript final : public Script {
 public:
  StreamScript(const ScriptContext& context, ReplyWriter writer, std::optional<FaultKind> fault)
      : context_(context),
        writer_(std::move(writer)),
        fault_(fault),
        clock_(*context.options, context.key),
        last_(context.arrival) {
    const size_t size = writer_.plan().size();
    const size_t chunks = (size + chunk_tokens() - 1) / chunk_tokens();
    const size_t middle = fault == FaultKind::kMalformed ? chunks / 2 : (chunks + 1) / 2;
    fault_token_ = std::min(middle * chunk_tokens(), size);
  }

  void start(TimePoint at) override {
    started_ = true;
    exact_ = at;
    wait(clock_.first());
    last_ = at;
  }

  Step next(TimePoint /*now*/) override {
    if (stage_ == Stage::kHead) return head();
    if (piece_ > 0) return piece();
    if (started_ && !ready_) ready_ = packet();
    const TimePoint due = ready_ ? ready_->due : kNever;
    const std::optional<Nanos>& gap = context_.options->sse_comments;
    if (gap && last_ + *gap < due) {
      last_ += *gap;
      Step step{last_, {}, After::kMore, false};
      append_http_chunk(step.bytes,
                        context_.options->crlf ? ": keep-alive\r\n\r\n" : ": keep-alive\n\n");
      return step;
    }
    if (!ready_) return {kNever, {}, After::kMore, false};
    last_ = due;
    if (context_.options->split_events > 1 && !ready_->bytes.empty()) return piece();
    return take_ready();
  }

 private:
  enum class Stage : uint8_t { kHead, kRole, kTool, kTokens };

  // Where an event of the packet in hand is complete, and what with it.
  struct EventEnd {
    size_t offset = 0;
    int64_t tokens = 0;
    uint8_t mark = 0;
  };

  static constexpr size_t kEventRoom = 512;    // of most events
  static constexpr size_t kChunkEndBytes = 2;  // of HTTP, behind the event

  [[nodiscard]] size_t chunk_tokens() const {
    return static_cast<size_t>(context_.options->chunk_tokens);
  }
  void add(std::string& out, std::string_view data) const {
    append_sse(out, data, context_.options->crlf);
  }
  template <typename Write>
  void add_event(std::string& out, Write&& write) const {
    append_event(out, context_.options->crlf, std::forward<Write>(write));
  }
  void add_role(Step& step) {
    add_event(step.bytes, [&](std::string& out) { writer_.role_event(out); });
    said(step, kRoleMark);
  }
  // The step's last event is complete with its empty line; of CRLF, with the CR.
  void said(Step& step, uint8_t mark) {
    step.marks |= mark;
    step.tokens = tokens_said();
    if (context_.options->split_events == 1) return;
    const size_t behind = kChunkEndBytes + (context_.options->crlf ? 1 : 0);
    ends_.push_back({step.bytes.size() - behind, step.tokens, mark});
  }
  [[nodiscard]] bool has_role(RoleChunk when) const {
    return context_.options->role_chunk == when && writer_.ask().endpoint == Endpoint::kChat;
  }
  [[nodiscard]] int64_t tokens_said() const { return static_cast<int64_t>(tool_piece_ + token_); }
  [[nodiscard]] Stage after_role() const {
    return writer_.tool_pieces() > 0 ? Stage::kTool : Stage::kTokens;
  }
  [[nodiscard]] bool all_said() const {
    return tool_piece_ == writer_.tool_pieces() && token_ == writer_.plan().size();
  }
  // The schedule is kept exactly, and only what is due is rounded to the grid.
  void wait(Nanos more) {
    exact_ += more;
    due_ = align_up(exact_, context_.options->align);
  }
  Step take_ready() {
    Step step = std::move(*ready_);
    ready_.reset();
    return step;
  }

  // The next part of the packet in hand.
  Step piece() {
    const auto pieces = static_cast<size_t>(context_.options->split_events);
    const size_t size = ready_->bytes.size();
    const size_t from = size * piece_ / pieces;
    const Nanos offset = context_.options->split_gap * static_cast<int64_t>(piece_);
    const size_t to = size * ++piece_ / pieces;
    Step step{ready_->due + offset, ready_->bytes.substr(from, to - from), After::kMore, false};
    for (const EventEnd& end : ends_) {
      if (end.offset <= from || end.offset > to) continue;
      step.counts = true;
      step.tokens = end.tokens;
      step.marks |= end.mark;
    }
    if (piece_ == pieces) {
      piece_ = 0;
      step.after = take_ready().after;
    }
    return step;
  }

  // As many events as go out in one write; they wait for the last of them.
  Step packet() {
    ends_.clear();
    Step step = event();
    for (int64_t i = 1; i < context_.options->events_per_packet; ++i) {
      if (step.after != After::kMore) break;
      const size_t known = ends_.size();
      Step more = event();
      for (size_t k = known; k < ends_.size(); ++k) ends_[k].offset += step.bytes.size();
      step.due = more.due;
      step.bytes += more.bytes;
      step.after = more.after;
      step.counts = step.counts || more.counts;
      step.marks |= more.marks;
      step.tokens = more.tokens;
    }
    return step;
  }

  Step event() {
    if (stage_ == Stage::kRole) return role();
    if (stage_ == Stage::kTool) return tool();
    if (fault_ && token_ >= fault_token_) return faulty();
    return token_ < writer_.plan().size() ? chunk() : tail();
  }

  Step head() {
    Step step{context_.arrival, response_head(200, kEventStream, -1, context_), After::kMore,
              false};
    if (has_role(RoleChunk::kEarly)) add_role(step);
    if (writer_.ask().echo) {
      add_event(step.bytes, [&](std::string& out) { writer_.echo_event(out); });
    }
    stage_ = has_role(RoleChunk::kYes) ? Stage::kRole : after_role();
    // What is due at once travels together, as it does from real servers.
    if (stage_ == Stage::kRole && due_ == context_.arrival) {
      add_role(step);
      stage_ = after_role();
    }
    return step;
  }

  Step role() {
    stage_ = after_role();
    Step step{due_, {}, After::kMore, true};
    add_role(step);
    return step;
  }

  Step tool() {
    Step step{due_, {}, After::kMore, true};
    add_event(step.bytes, [&](std::string& out) { writer_.tool_event(tool_piece_, out); });
    ++tool_piece_;
    said(step, 0);
    if (!all_said()) wait(clock_.after(1));
    if (tool_piece_ == writer_.tool_pieces()) stage_ = Stage::kTokens;
    return step;
  }

  Step chunk() {
    const size_t end = std::min(token_ + chunk_end_offset(), writer_.plan().size());
    Step step{due_, {}, After::kMore, true};
    step.bytes.reserve(kEventRoom);
    add_event(step.bytes, [&](std::string& out) { writer_.chunk_event(token_, end, out); });
    const size_t more = end - token_;
    token_ = end;
    said(step, 0);
    if (end < writer_.plan().size()) wait(clock_.after(more));
    return step;
  }

  // A field of its own begins a chunk of its own.
  [[nodiscard]] size_t chunk_end_offset() const {
    const ReplyPlan& plan = writer_.plan();
    const bool thinks = plan.separate && token_ < plan.reasoning_tokens;
    return thinks ? std::min(chunk_tokens(), plan.reasoning_tokens - token_) : chunk_tokens();
  }

  Step tail() {
    Step step{due_, {}, after_reply(context_), true};
    add_event(step.bytes, [&](std::string& out) { writer_.finish_event(out); });
    said(step, kFinishMark);
    if (writer_.streams_usage()) {
      add_event(step.bytes, [&](std::string& out) { writer_.usage_event(out); });
      said(step, kUsageMark);
    }
    if (context_.options->done) {
      add(step.bytes, "[DONE]");
      said(step, kDoneMark);
    }
    step.bytes += kLastChunk;
    return step;
  }

  Step faulty() {
    Step step{due_, {}, After::kHold, false, 0, tokens_said()};
    switch (*fault_) {
      case FaultKind::kReset:
        step.after = After::kReset;
        break;
      case FaultKind::kTruncated:
        step.bytes = kLastChunk;
        step.after = after_reply(context_);
        break;
      case FaultKind::kErrorMidStream:
        add(step.bytes, error_json({500, "server_error", "internal_error",
                                    "the mock was told to fail in the middle of the stream"}));
        step.bytes += kLastChunk;
        step.after = after_reply(context_);
        break;
      case FaultKind::kMalformed: {
        std::string event;
        if (token_ < writer_.plan().size()) {
          writer_.chunk_event(token_, token_ + 1, event);
        } else {
          writer_.finish_event(event);
        }
        add(step.bytes, std::string_view(event).substr(0, event.size() * 2 / 3));
        step.after = After::kMore;
        token_ = std::min(token_ + 1, writer_.plan().size());
        fault_.reset();  // everything behind it is as it should be
        break;
      }
      default:  // a stall: nothing more
        break;
    }
    return step;
  }

  ScriptContext context_;
  ReplyWriter writer_;
  std::optional<FaultKind> fault_;
  TokenClock clock_;
  Stage stage_ = Stage::kHead;
  bool started_ = false;
  TimePoint exact_{};           // when the next chunk is due by the schedule
  TimePoint due_ = kNever;      // the same on the grid
  TimePoint last_;              // of the step before, where comments count from
  std::optional<Step> ready_;   // the packet whose time has not come, or that is being split
  std::vector<EventEnd> ends_;  // of it, where packets are split
  size_t piece_ = 0;            // of it that were given
  size_t token_ = 0;
  size_t tool_piece_ = 0;
  size_t fault_token_ = 0;
};

// A whole reply.
class WholeScript final : public Script {
 public:
  WholeScript(const ScriptContext& context, const ReplyWriter& writer);
  void start(TimePoint at) override { due_ = align_up(at + delay_, grid_); }
  Step next(TimePoint /*now*/) override {
    if (due_ == kNever) return {kNever, {}, After::kMore, false};
    return {due_, std::move(bytes_), after_, true, 0, tokens_};
  }

 private:
  Nanos delay_;
  Nanos grid_;
  std::string bytes_;
  After after_;
  int64_t tokens_;
  TimePoint due_ = kNever;
};

// Text without end, as fast as the client takes it, or slower.
class EndlessScript final : public Script {
 public:
  EndlessScript(const ScriptContext& context, const ReplyWriter& writer)
      : context_(context), stream_(writer.ask().stream) {}

  Step next(TimePoint now) override {
    Step step{std::max(now, due_), {}, After::kMore, false};
    if (std::exchange(first_, false)) {
      step.bytes = response_head(200, stream_ ? kEventStream : kJson, -1, context_);
      if (!stream_) {
        append_http_chunk(step.bytes, R"({"choices":[{"index":0,"message":{"content":")");
      }
    } else if (stream_) {
      const std::string event = R"({"choices":[{"index":0,"delta":{"content":")" +
                                std::string(kEndlessBytes, 'a') + R"("},"finish_reason":null}]})";
      append_sse(step.bytes, event, context_.options->crlf);
    } else {
      append_http_chunk(step.bytes, std::string(kEndlessBytes, 'a'));
    }
    due_ = step.due + std::max(context_.options->itl, kEndlessGap);
    return step;
  }

 private:
  ScriptContext context_;
  bool stream_;
  bool first_ = true;
  TimePoint due_{};
};

// A header that never ends, one byte at a time.
class SlowHeadersScript final : public Script {
 public:
  explicit SlowHeadersScript(const ScriptContext& context)
      : due_(context.arrival), head_(response_head(200, kEventStream, -1, context)) {
    head_.resize(head_.size() - 2);  // without the empty line
    head_ += "x-slow: ";
  }
  Step next(TimePoint now) override {
    Step step{std::max(now, due_), {}, After::kMore, false};
    step.bytes = at_ < head_.size() ? head_[at_++] : 'a';
    due_ = step.due + kSlowHeaderGap;
    return step;
  }

 private:
  TimePoint due_;
  std::string head_;
  size_t at_ = 0;
};

// One block of white space that may stand any number of times in a deflate stream.
std::string bomb_block() {
  z_stream stream{};
  ASSAY_CHECK(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8,
                           Z_DEFAULT_STRATEGY) == Z_OK,
              "zlib does not start");
  std::string plain(kBombBlockBytes, ' ');
  std::string packed(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FULL_FLUSH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

class GzipBombScript final : public Script {
 public:
  explicit GzipBombScript(ScriptContext context) : context_(std::move(context)) {
    context_.headers += "content-encoding: gzip\r\n";
  }
  Step next(TimePoint now) override {
    Step step{now, {}, After::kMore, false};
    if (sent_ == 0) {
      block_ = bomb_block();
      step.bytes = response_head(200, kJson, -1, context_);
      append_http_chunk(step.bytes, std::string_view("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10));
    }
    append_http_chunk(step.bytes, block_);
    if (++sent_ < kBombBlocks) return step;
    step.bytes += kLastChunk;  // the gzip stream itself has no end
    step.after = After::kClose;
    return step;
  }

 private:
  ScriptContext context_;
  std::string block_;
  int sent_ = 0;
};

// From the beginning to a whole reply.
Nanos whole_delay(const ScriptContext& context, const ReplyWriter& writer) {
  if (context.options->delay) return *context.options->delay;
  TokenClock clock(*context.options, context.key);
  const Nanos first = clock.first();
  const int64_t tokens = writer.output_tokens();
  return first + clock.after(tokens > 1 ? static_cast<size_t>(tokens - 1) : 0);
}

std::string whole_bytes(const ScriptContext& context, std::string_view body) {
  return response_head(200, kJson, static_cast<int64_t>(body.size()), context) + std::string(body);
}

WholeScript::WholeScript(const ScriptContext& context, const ReplyWriter& writer)
    : delay_(whole_delay(context, writer)),
      grid_(context.options->align),
      bytes_(whole_bytes(context, writer.whole())),
      after_(after_reply(context)),
      tokens_(writer.output_tokens()) {}

// The faults in the middle of a whole reply.
std::unique_ptr<Script> half_reply(const ScriptContext& context, FaultKind kind,
                                   const ReplyWriter& writer) {
  const TimePoint due = context.arrival + whole_delay(context, writer);
  const std::string body = writer.whole();
  const size_t half = body.size() / 2;
  if (kind == FaultKind::kMalformed) {
    return one_step(due, whole_bytes(context, std::string_view(body).substr(0, half)),
                    after_reply(context), false);
  }
  if (kind == FaultKind::kErrorMidStream) {
    return one_step(due,
                    whole_bytes(context, error_json({500, "server_error", "internal_error",
                                                     "the mock was told to fail"})),
                    after_reply(context), false);
  }
  std::string bytes = whole_bytes(context, body);
  bytes.resize(bytes.size() - (body.size() - half));
  const After after = kind == FaultKind::kReset       ? After::kReset
                      : kind == FaultKind::kTruncated ? After::kClose
                                                      : After::kHold;
  return one_step(due, std::move(bytes), after, false);
}

// A fault takes no slot: it begins when its request is there.
std::unique_ptr<Script> started_stream(const ScriptContext& context, ReplyWriter writer,
                                       FaultKind kind) {
  auto script = std::make_unique<StreamScript>(context, std::move(writer), kind);
  script->start(context.arrival);
  return script;
}

std::unique_ptr<Script> status_fault(const ScriptContext& context, int status) {
  ScriptContext with = context;
  Refusal refusal{status, "server_error", "internal_error", "the mock was told to fail"};
  if (status == 429) {
    refusal = {429, "requests", "rate_limit_exceeded",
               "Rate limit reached (by the mock's --fault)"};
    with.headers += retry_after_headers(context.options->retry_after);
  } else if (status == 503) {
    refusal.type = "overloaded_error";
  }
  return document_script(with, status, kJson, error_json(refusal));
}

}  // namespace

TimePoint align_up(TimePoint t, Nanos grid) {
  if (grid <= Nanos(0)) return t;
  const Nanos over = t.time_since_epoch() % grid;
  return over == Nanos(0) ? t : t + (grid - over);
}

std::string retry_after_headers(Nanos wait) {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  const int64_t whole = std::chrono::ceil<seconds>(wait).count();
  std::string out = fmt::format("retry-after: {}\r\n", whole);
  if (seconds(whole) != wait) {
    out += fmt::format("retry-after-ms: {}\r\n", std::chrono::ceil<milliseconds>(wait).count());
  }
  return out;
}

std::string response_head(int status, std::string_view content_type, int64_t length,
                          const ScriptContext& context) {
  std::string out = fmt::format("HTTP/1.1 {} {}\r\ncontent-type: {}\r\n", status,
                                reason_phrase(status), content_type);
  out += length < 0 ? "transfer-encoding: chunked\r\ncache-control: no-cache\r\n"
                    : fmt::format("content-length: {}\r\n", length);
  if (!context.keep_alive) out += "connection: close\r\n";
  return out + context.headers + "\r\n";
}

std::unique_ptr<Script> document_script(const ScriptContext& context, int status,
                                        std::string_view content_type, std::string_view body) {
  std::string bytes =
      response_head(status, content_type, static_cast<int64_t>(body.size()), context);
  bytes += body;
  return one_step(context.arrival, std::move(bytes), after_reply(context), false);
}

std::unique_ptr<Script> whole_script(const ScriptContext& context, const ReplyWriter& writer) {
  return std::make_unique<WholeScript>(context, writer);
}

std::unique_ptr<Script> stream_script(const ScriptContext& context, ReplyWriter writer) {
  return std::make_unique<StreamScript>(context, std::move(writer), std::nullopt);
}

std::unique_ptr<Script> fault_script(const ScriptContext& context, FaultKind kind,
                                     ReplyWriter writer) {
  const bool stream = writer.ask().stream;
  ScriptContext with = context;
  switch (kind) {
    case FaultKind::k429:
      return status_fault(context, 429);
    case FaultKind::k500:
      return status_fault(context, 500);
    case FaultKind::k503:
      return status_fault(context, 503);
    case FaultKind::kReset:
      if (Rng(context.key, kResetStream).below(2) == 0) {
        return one_step(context.arrival, {}, After::kReset, false);
      }
      [[fallthrough]];
    case FaultKind::kMalformed:
    case FaultKind::kStallMidStream:
    case FaultKind::kTruncated:
    case FaultKind::kErrorMidStream:
      if (!stream) return half_reply(context, kind, writer);
      return started_stream(context, std::move(writer), kind);
    case FaultKind::kStall: {
      const int64_t length = stream ? -1 : static_cast<int64_t>(writer.whole().size());
      return one_step(context.arrival,
                      response_head(200, stream ? kEventStream : kJson, length, context),
                      After::kHold, false);
    }
    case FaultKind::kContentType:
      return document_script(context, 200, "text/html; charset=utf-8",
                             "<!doctype html><title>Sign in</title><p>Please sign in.</p>\n");
    case FaultKind::kSlowHeaders:
      return std::make_unique<SlowHeadersScript>(context);
    case FaultKind::kRedirect:
      with.headers += "location: " + context.options->redirect_to + "\r\n";
      return document_script(with, 302, kJson, "{}");
    case FaultKind::kHugeHeader:
      with.headers += "x-huge: " + std::string(kHugeHeaderBytes, 'a') + "\r\n";
      return document_script(with, 200, kJson, "{}");
    case FaultKind::kGzipBomb:
      return std::make_unique<GzipBombScript>(context);
    case FaultKind::kEndless:
      return std::make_unique<EndlessScript>(context, writer);
    case FaultKind::kHang:
      return one_step(context.arrival, {}, After::kHold, false);
  }
  ASSAY_CHECK(false, "unknown fault {}", static_cast<int>(kind));
}

}  // namespace assay::app::mock
