#include "backends/codec/lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "backends/codec/json_scanner.h"
#include "backends/codec/usage_counts.h"
#include "harness/base/json.h"
#include "harness/base/utf8.h"

namespace assay::backends {
namespace {

constexpr size_t kExcerptMax = 120;  // bytes of a bad line quoted in an error
constexpr Nanos kRetryAfterMax = std::chrono::hours(24);

// What an error event may say; the first is what an event without a kind means.
constexpr std::array kErrorKinds = {
    Outcome::kServerError, Outcome::kRateLimited, Outcome::kConnectError, Outcome::kTimeout,
    Outcome::kMalformed,   Outcome::kCrashed,     Outcome::kRejected,     Outcome::kRefused,
};

void append_number(std::string& out, int64_t value) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

void append_count(std::string& out, bool& first, std::string_view key, int64_t value) {
  if (value < 0) return;
  out += first ? "\"" : ",\"";
  first = false;
  out += key;
  out += "\":";
  append_number(out, value);
}

struct UsageKey {
  std::string_view name;
  int64_t Usage::*bucket;
};
constexpr std::array<UsageKey, kUsageBuckets.size()> kUsageKeys{{
    {"input_tokens", &Usage::input_tokens},
    {"cached_tokens", &Usage::cached_tokens},
    {"reasoning_tokens", &Usage::reasoning_tokens},
    {"output_tokens", &Usage::output_tokens},
    {"cache_write_tokens", &Usage::cache_write_tokens},
    {"cache_write_hour_tokens", &Usage::cache_write_hour_tokens},
    {"image_tokens", &Usage::image_tokens},
    {"audio_tokens", &Usage::audio_tokens},
    {"cached_audio_tokens", &Usage::cached_audio_tokens},
    {"image_output_tokens", &Usage::image_output_tokens},
    {"audio_output_tokens", &Usage::audio_output_tokens},
}};

bool says_usage(const Usage& usage) {
  return std::any_of(kUsageKeys.begin(), kUsageKeys.end(),
                     [&](const UsageKey& key) { return usage.*key.bucket >= 0; });
}

void append_usage(std::string& out, const Usage& usage) {
  if (!says_usage(usage)) return;
  out += ",\"usage\":{";
  bool first = true;
  for (const UsageKey& key : kUsageKeys) append_count(out, first, key.name, usage.*key.bucket);
  out += '}';
}

// One event line as understood; views point into the line or into memory that lives as long.
struct Event {
  bool done = false;
  bool failed = false;
  std::string finish_reason;
  std::string served_model;
  std::string details;
  Usage usage;
  Nanos cpu{-1};
  Outcome outcome = Outcome::kOk;
  std::string error;
  Nanos retry_after{0};
  std::string id;
  std::vector<Loglikelihood> loglikelihoods;
};

bool scan_usage(JsonScanner& in, Usage& usage) {
  if (!in.take('{')) return false;
  if (in.take('}')) return true;
  do {
    std::string_view key;
    int64_t value = 0;
    if (!in.key(key) || !in.count(value) || value > kTokensMax) return false;
    const auto* known = std::find_if(kUsageKeys.begin(), kUsageKeys.end(),
                                     [&](const UsageKey& k) { return k.name == key; });
    if (known != kUsageKeys.end()) usage.*known->bucket = value;
  } while (in.take(','));
  return in.take('}');
}

static_assert(JsonScanner::kExtentDepthMax == kJsonDepthMax);

bool scan_details(JsonScanner& in, std::string& out) {
  std::string_view raw;
  if (!in.extent(raw)) return false;
  out = sanitize_utf8(raw);
  return Json::accept(out);
}

// Which keys a line had: a repeated one is unusual.
enum KeyBit : unsigned {
  kDelta = 1,
  kReasoning = 2,
  kDone = 4,
  kFinish = 8,
  kUsage = 16,
  kModel = 32,
  kDetails = 64,
  kCpu = 128,
  kId = 256,
};

bool scan_member(JsonScanner& in, std::string_view key, unsigned& seen, Event& event,
                 std::string& answer, std::string& reasoning) {
  const auto once = [&](KeyBit bit) { return std::exchange(seen, seen | bit) != (seen | bit); };
  if (key == "delta") return once(kDelta) && in.string(answer);
  if (key == "reasoning") return once(kReasoning) && in.string(reasoning);
  if (key == "done") return once(kDone) && in.boolean(event.done);
  if (key == "finish_reason") return once(kFinish) && in.string(event.finish_reason);
  if (key == "usage") return once(kUsage) && scan_usage(in, event.usage);
  if (key == "model") return once(kModel) && in.string(event.served_model);
  if (key == "details") return once(kDetails) && scan_details(in, event.details);
  if (key == "cpu_ns") {
    int64_t ns = 0;
    if (!once(kCpu) || !in.count(ns)) return false;
    event.cpu = Nanos(ns);
    return true;
  }
  return key == "id" && once(kId) && in.string(event.id);
}

// The whole line, or false with `answer` and `reasoning` as they were.
bool scan_event(std::string_view line, Event& event, std::string& answer, std::string& reasoning) {
  const size_t answer_before = answer.size();
  const size_t reasoning_before = reasoning.size();
  JsonScanner in(line);
  unsigned seen = 0;
  bool understood = in.take('{');
  if (understood && !in.take('}')) {
    do {
      std::string_view key;
      understood = in.key(key) && scan_member(in, key, seen, event, answer, reasoning);
    } while (understood && in.take(','));
    understood = understood && in.take('}');
  }
  if (understood && in.at_end()) return true;
  answer.resize(answer_before);
  reasoning.resize(reasoning_before);
  event = Event{};
  return false;
}

// The slow path: any JSON, with an error that says what is wrong.
class DocumentReader {
 public:
  DocumentReader(const Json& object, std::string_view where) : object_(object), where_(where) {}

  Result<void> text(std::string_view key, std::string& out) const {
    const Json* member = find(key);
    if (member == nullptr) return {};
    ASSAY_TRY(const std::string value, get_string(object_, key, where_));
    out += value;
    return {};
  }
  Result<void> count(std::string_view key, int64_t& out) const {
    const Json* member = find(key);
    if (member == nullptr) return {};
    const bool fits =
        member->is_number_integer() &&
        (!member->is_number_unsigned() ||
         member->get<uint64_t>() <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max()));
    if (!fits || member->get<int64_t>() < 0) return wrong(key, *member, "an integer of 0 or more");
    out = member->get<int64_t>();
    return {};
  }
  Result<void> boolean(std::string_view key, bool& out) const {
    const Json* member = find(key);
    if (member == nullptr) return {};
    if (!member->is_boolean()) return wrong(key, *member, "true or false");
    out = member->get<bool>();
    return {};
  }
  // Member that is absent or null: nothing.
  [[nodiscard]] const Json* find(std::string_view key) const {
    const Json* member = find_member(object_, key);
    return member == nullptr || member->is_null() ? nullptr : member;
  }
  [[nodiscard]] Error wrong(std::string_view key, const Json& found,
                            std::string_view expected) const {
    std::string shown = dump_json(found);
    if (shown.size() > kExcerptMax) shown = json_type_name(found);
    return input_error(std::string(where_),
                       fmt::format("`{}` is {}, expected {}", key, shown, expected));
  }

 private:
  const Json& object_;
  std::string_view where_;
};

Result<void> read_usage(const Json& value, std::string_view where, const DocumentReader& parent,
                        Usage& usage) {
  if (!value.is_object()) return parent.wrong("usage", value, "an object");
  const DocumentReader reader(value, where);
  for (const UsageKey& key : kUsageKeys) {
    ASSAY_TRY_VOID(reader.count(key.name, usage.*key.bucket));
    if (usage.*key.bucket > kTokensMax)
      return reader.wrong(key.name, *reader.find(key.name), "at most 10^12 tokens");
  }
  return {};
}

Result<Outcome> read_error_kind(const DocumentReader& reader) {
  const Json* kind = reader.find("kind");
  if (kind == nullptr) return kErrorKinds.front();
  std::string known;
  for (const Outcome outcome : kErrorKinds) {
    if (kind->is_string() && kind->get_ref<const std::string&>() == outcome_name(outcome))
      return outcome;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", outcome_name(outcome));
  }
  return reader.wrong("error.kind", *kind, "one of " + known);
}

Result<void> read_error(const Json& value, std::string_view where, const DocumentReader& parent,
                        Event& event) {
  event.failed = true;
  event.outcome = kErrorKinds.front();
  if (value.is_string()) {
    event.error = value.get<std::string>();
    return {};
  }
  if (!value.is_object()) return parent.wrong("error", value, "an object or a string");
  const DocumentReader reader(value, where);
  ASSAY_TRY(event.outcome, read_error_kind(reader));
  ASSAY_TRY_VOID(reader.text("message", event.error));
  if (const Json* after = reader.find("retry_after_ms"); after != nullptr) {
    if (!after->is_number() || after->get<double>() < 0)
      return reader.wrong("error.retry_after_ms", *after, "a number of 0 or more");
    const double ns =
        std::min(after->get<double>() * 1e6, static_cast<double>(kRetryAfterMax.count()));
    event.retry_after = Nanos(static_cast<int64_t>(ns));
  }
  return {};
}

Result<Json> read_object(std::string_view line, std::string_view where, int line_number) {
  Result<Json> parsed = parse_json(sanitize_utf8(line), where, line_number);
  if (!parsed) {
    // It quotes what it read last, which may end inside a character.
    parsed.error().message = sanitize_utf8(parsed.error().message);
    return std::move(parsed).error();
  }
  Json document = std::move(parsed).value();
  if (!document.is_object()) {
    return input_error(fmt::format("{}:{}", where, line_number),
                       fmt::format("found {}, expected an object", json_type_name(document)));
  }
  return document;
}

Result<void> read_event(const Json& document, const std::string& at, Event& event,
                        std::string& answer, std::string& reasoning) {
  const DocumentReader reader(document, at);
  std::string delta;
  std::string thought;
  int64_t cpu = -1;
  ASSAY_TRY_VOID(reader.text("reasoning", thought));
  ASSAY_TRY_VOID(reader.text("delta", delta));
  ASSAY_TRY_VOID(reader.boolean("done", event.done));
  ASSAY_TRY_VOID(reader.text("finish_reason", event.finish_reason));
  ASSAY_TRY_VOID(reader.text("model", event.served_model));
  ASSAY_TRY_VOID(reader.count("cpu_ns", cpu));
  event.cpu = Nanos(cpu);
  if (const Json* usage = reader.find("usage"); usage != nullptr)
    ASSAY_TRY_VOID(read_usage(*usage, at, reader, event.usage));
  if (const Json* details = reader.find("details"); details != nullptr)
    event.details = dump_json(*details);
  if (const Json* error = reader.find("error"); error != nullptr)
    ASSAY_TRY_VOID(read_error(*error, at, reader, event));
  ASSAY_TRY_VOID(reader.text("id", event.id));
  if (const Json* values = reader.find("loglikelihoods"); values != nullptr) {
    event.loglikelihoods = loglikelihoods_from_json(dump_json(*values));
    if (event.loglikelihoods.empty()) {
      return reader.wrong("loglikelihoods", *values,
                          "a list of objects with `sum`, `greedy` and `tokens`");
    }
  }
  answer += delta;
  reasoning += thought;
  return {};
}

Result<HelloEvent> read_hello(const Json& document, std::string_view where) {
  const DocumentReader reader(document, where);
  HelloEvent hello;
  ASSAY_TRY_VOID(reader.count("protocol", hello.protocol));
  ASSAY_TRY_VOID(reader.count("concurrency", hello.concurrency));
  ASSAY_TRY_VOID(reader.text("version", hello.version));
  if (hello.protocol != kLinesProtocol) {
    return reader.wrong("protocol", document["protocol"], fmt::format("{}", kLinesProtocol));
  }
  if (hello.concurrency < 1 || hello.concurrency > kHelloConcurrencyMax) {
    return reader.wrong("concurrency", document["concurrency"],
                        fmt::format("1..{}", kHelloConcurrencyMax));
  }
  return hello;
}

Outcome outcome_of_finish(std::string_view reason, const std::string& answer,
                          const std::string& reasoning) {
  if (reason == "length" || reason == "max_tokens") {
    return answer.empty() && !reasoning.empty() ? Outcome::kCutOffWhileThinking : Outcome::kLength;
  }
  if (reason == "refusal" || reason == "refused" || reason == "content_filter")
    return Outcome::kRefused;
  return Outcome::kOk;
}

bool blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

class LinesDecoder final : public Decoder {
 public:
  void feed(std::string_view bytes, std::span<const ChunkStamp> stamps) override {
    size_t stamp = 0;
    size_t start = 0;
    total_ += bytes.size();
    if (!broken_ && total_ > kReplyBytesMax)
      fail(fmt::format("the reply is longer than {} bytes", kReplyBytesMax));
    while (start < bytes.size() && !broken_) {
      const void* newline = std::memchr(bytes.data() + start, '\n', bytes.size() - start);
      const size_t end =
          newline == nullptr
              ? bytes.size()
              : static_cast<size_t>(static_cast<const char*>(newline) - bytes.data());
      if (!within_limits(end - start)) return;
      if (newline == nullptr) {
        partial_.append(bytes, start);
        break;
      }
      while (stamp + 1 < stamps.size() && stamps[stamp].end_offset <= end) ++stamp;
      if (stamp < stamps.size()) arrived_ = stamps[stamp].at;
      take_line(bytes.substr(start, end - start));
      start = end + 1;
    }
    if (!stamps.empty()) arrived_ = stamps.back().at;
  }

  void finish(const Attempt& attempt, Response& response) override {
    if (!broken_ && !partial_.empty()) take_unfinished_line();
    response.answer = repaired(std::move(answer_));
    response.reasoning = repaired(std::move(reasoning_));
    response.finish_reason = sanitize_utf8(last_.finish_reason);
    response.served_model = sanitize_utf8(last_.served_model);
    response.details = std::move(last_.details);
    response.usage = last_.usage;
    response.cpu = last_.cpu;
    response.first_token = first_token_;
    response.first_answer = first_answer_;
    response.loglikelihoods = std::move(last_.loglikelihoods);
    if (response.outcome == Outcome::kOk) settle_outcome(response);
    const size_t asked = attempt.request.continuations.size();
    if (response.outcome == Outcome::kOk && response.loglikelihoods.size() != asked) {
      response.outcome = Outcome::kRejected;
      response.error = fmt::format("{} log-likelihoods were asked for, the model gave {}", asked,
                                   response.loglikelihoods.size());
    }
  }

 private:
  [[nodiscard]] bool ended() const { return last_.done || last_.failed; }

  bool within_limits(size_t more) {
    if (partial_.size() + more > kLineBytesMax)
      fail(fmt::format("line {} of the reply is longer than {} bytes", line_ + 1, kLineBytesMax));
    return !broken_;
  }

  void fail(std::string message) {
    broken_ = true;
    error_ = std::move(message);
    partial_.clear();
    partial_.shrink_to_fit();
  }

  void take_line(std::string_view rest) {
    if (partial_.empty()) {
      take_event(rest);
      offset_ += rest.size() + 1;
      return;
    }
    partial_ += rest;
    const std::string whole = std::exchange(partial_, {});
    take_event(whole);
    offset_ += whole.size() + 1;
  }

  void take_event(std::string_view line) {
    ++line_;
    if (blank(line)) return;
    if (ended()) {
      fail(fmt::format("line {} of the reply (byte {}): found `{}` after the reply's end", line_,
                       offset_, excerpt(line)));
      return;
    }
    const size_t answer_before = answer_.size();
    const size_t reasoning_before = reasoning_.size();
    Event event;
    if (!scan_event(line, event, answer_, reasoning_)) {
      const Result<void> read = read_any_event(line, event);
      if (!read) {
        fail(fmt::format("{} (byte {} of the reply: `{}`)", read.error().text(), offset_,
                         excerpt(line)));
        return;
      }
    }
    note_tokens(answer_.size() > answer_before, reasoning_.size() > reasoning_before);
    if (event.done || event.failed) last_ = std::move(event);
  }

  Result<void> read_any_event(std::string_view line, Event& event) {
    const auto number = static_cast<int>(line_);
    ASSAY_TRY(const Json document, read_object(line, "reply", number));
    return read_event(document, fmt::format("reply:{}", number), event, answer_, reasoning_);
  }

  void note_tokens(bool answer, bool reasoning) {
    if ((answer || reasoning) && !first_token_) first_token_ = arrived_;
    if (answer && !first_answer_) first_answer_ = arrived_;
  }

  // Bytes after the last newline: an event whose newline was left out, or one that was cut.
  void take_unfinished_line() {
    const std::string line = std::exchange(partial_, {});
    const bool had_ended = ended();
    take_event(line);
    if (broken_ && !had_ended) {
      broken_ = false;
      error_ = fmt::format("the reply ends inside line {}: `{}`", line_, excerpt(line));
    }
  }

  void settle_outcome(Response& response) {
    if (broken_) {
      response.outcome = Outcome::kMalformed;
      response.error = std::move(error_);
    } else if (last_.failed) {
      response.outcome = last_.outcome;
      response.error = sanitize_utf8(last_.error);
      response.retry_after = last_.retry_after;
    } else if (!last_.done) {
      response.outcome = Outcome::kTruncated;
      response.error = !error_.empty() ? std::move(error_)
                       : total_ == 0   ? "no reply"
                                       : "the reply ends without a `done` event";
    } else {
      response.outcome =
          outcome_of_finish(last_.finish_reason, response.answer, response.reasoning);
    }
  }

  static std::string repaired(std::string text) {
    if (invalid_utf8_at(text)) text = sanitize_utf8(text);
    return text;
  }

  static std::string excerpt(std::string_view line) {
    if (line.size() <= kExcerptMax) return sanitize_utf8(line);
    return sanitize_utf8(line.substr(0, kExcerptMax)) + "...";
  }

  std::string partial_;  // the line whose newline has not come yet
  std::string answer_;   // bytes as they came: a character may be cut between two events
  std::string reasoning_;
  std::string error_;
  Event last_;  // the done or error event
  std::optional<TimePoint> arrived_;
  std::optional<TimePoint> first_token_;
  std::optional<TimePoint> first_answer_;
  size_t total_ = 0;   // bytes fed
  size_t offset_ = 0;  // of the current line in the reply
  size_t line_ = 0;
  bool broken_ = false;
};

}  // namespace

void append_delta_event(std::string& out, std::string_view text) {
  out += "{\"delta\":";
  append_json_string(out, text);
  out += "}\n";
}

void append_reasoning_event(std::string& out, std::string_view text) {
  out += "{\"reasoning\":";
  append_json_string(out, text);
  out += "}\n";
}

void append_done_event(std::string& out, const DoneEvent& event) {
  out += "{\"done\":true,\"finish_reason\":";
  append_json_string(out, event.finish_reason);
  append_usage(out, event.usage);
  if (!event.served_model.empty()) {
    out += ",\"model\":";
    append_json_string(out, event.served_model);
  }
  if (!event.details.empty()) {
    out += ",\"details\":";
    // JSON text may hold newlines between its values, never inside a string: one event, one line.
    const size_t start = out.size();
    out += event.details;
    std::replace(out.begin() + static_cast<std::ptrdiff_t>(start), out.end(), '\n', ' ');
  }
  if (event.cpu.count() >= 0) {
    out += ",\"cpu_ns\":";
    append_number(out, event.cpu.count());
  }
  if (!event.loglikelihoods.empty()) {
    out += ",\"loglikelihoods\":";
    out += loglikelihoods_to_json({event.loglikelihoods.begin(), event.loglikelihoods.end()});
  }
  out += "}\n";
}

void append_error_event(std::string& out, const ErrorEvent& event) {
  out += "{\"error\":{\"kind\":";
  append_json_string(out, outcome_name(event.outcome));
  out += ",\"message\":";
  append_json_string(out, event.message);
  if (event.retry_after.count() > 0) {
    out += ",\"retry_after_ms\":";
    append_number(out, (event.retry_after.count() + 999'999) / 1'000'000);
  }
  out += "}}\n";
}

Result<EventHead> peek_event(std::string_view line) {
  EventHead head;
  Event event;
  std::string answer;
  std::string reasoning;
  if (!scan_event(line, event, answer, reasoning)) {
    ASSAY_TRY(const Json document, read_object(line, "line", 1));
    const Json* type = find_member(document, "type");
    if (type != nullptr && *type == "hello") {
      ASSAY_TRY(head.hello, read_hello(document, "hello"));
      return head;
    }
    ASSAY_TRY_VOID(read_event(document, "line:1", event, answer, reasoning));
  }
  head.ends_reply = event.done || event.failed;
  head.id = std::move(event.id);
  return head;
}

std::string request_id(const Key& key) {
  return fmt::format("{}/{}/{}", key.model, key.sample, key.repeat);
}

std::string LinesCodec::encode(const Attempt& attempt) const {
  std::string out = R"({"type":"request","id":)";
  append_json_string(out, request_id(attempt.key));
  out += ",\"suite\":";
  append_json_string(out, attempt.request.suite);
  out += ",\"sample\":";
  append_json_string(out, attempt.sample.id);
  out += ",\"repeat\":";
  append_number(out, attempt.key.repeat);
  out += ",\"input\":";
  append_json_string(out, attempt.request.input);
  out += ',';
  out.append(request_to_json(attempt.request), 1);  // messages, choices, params
  out += '\n';
  return out;
}

std::unique_ptr<Decoder> LinesCodec::decoder() const { return std::make_unique<LinesDecoder>(); }
std::unique_ptr<Decoder> LinesReplyCodec::decoder() const {
  return std::make_unique<LinesDecoder>();
}

}  // namespace assay::backends
