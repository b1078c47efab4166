#include "backends/transport/simulated_reply.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

#include "backends/codec/lines.h"
#include "harness/base/json.h"
#include "harness/base/rng.h"
#include "harness/base/utf8.h"

namespace assay::backends {
namespace {

// One stream of chance for each purpose, so that a new draw for one changes no other.
enum Stream : uint64_t {
  kDifficulty = 1,
  kCorrectness,
  kWrongAnswer,
  kFiller,
  kFault,
  kTiming,
  kLikelihood
};

constexpr Nanos kDelayMax = std::chrono::hours(24 * 7);
constexpr Nanos kPerTokenMax = std::chrono::minutes(1);  // times the most tokens, it still fits
constexpr size_t kShortAnswer = 64;                      // characters
constexpr double kBytesPerToken = 4;  // rule of thumb for the usage of a made-up text

// 64-bit hash of a short text, for naming streams: eight bytes at a time through mix64.
uint64_t hash_text(std::string_view text, uint64_t state) {
  state = mix64(state ^ text.size());
  while (!text.empty()) {
    uint64_t word = 0;
    const size_t n = std::min<size_t>(text.size(), sizeof word);
    std::memcpy(&word, text.data(), n);
    state = mix64(state ^ word) + 0x9E3779B97F4A7C15ULL;
    text.remove_prefix(n);
  }
  return state;
}

struct Identity {
  uint64_t sample;  // suite and sample id
  uint64_t label;
  uint32_t repeat;
  uint32_t attempt;
};

Identity identity_of(const SimulatedOptions& options, const Attempt& attempt) {
  return {hash_text(attempt.sample.id, hash_text(attempt.request.suite, 0)),
          hash_text(options.label, 0), attempt.key.repeat, attempt.key.attempt};
}

bool is_right(const SimulatedOptions& options, const Identity& who) {
  if (options.accuracy <= 0 || options.accuracy >= 1) return options.accuracy >= 1;
  const double z = Rng(options.seed, kDifficulty, who.sample).normal();
  const double logit = std::log(options.accuracy / (1 - options.accuracy)) - options.spread * z;
  const double p = 1 / (1 + std::exp(-logit));
  return Rng(options.seed, kCorrectness, who.label, who.sample, who.repeat).uniform() < p;
}

std::string right_answer(const Sample& sample) {
  if (!sample.targets.empty()) return sample.targets.front();
  if (sample.fields.empty()) return {};
  Json fields = Json::object();
  for (const auto& [name, value] : sample.fields) fields[name] = value;
  return dump_json(fields);
}

bool is_target(const Sample& sample, std::string_view text) {
  return std::find(sample.targets.begin(), sample.targets.end(), text) != sample.targets.end();
}

bool contains_target(const Sample& sample, std::string_view text) {
  return std::any_of(sample.targets.begin(), sample.targets.end(), [&](const std::string& target) {
    return !target.empty() && text.find(target) != std::string_view::npos;
  });
}

// "B" with choices of texts: the answer is a letter that names one of them.
bool is_choice_letter(const Sample& sample) {
  if (sample.targets.empty() || sample.targets.front().size() != 1) return false;
  const char c = sample.targets.front().front();
  return c >= 'A' && static_cast<size_t>(c - 'A') < std::min<size_t>(sample.choices.size(), 26);
}

std::string another_of(const Sample& sample, std::vector<std::string> options, uint64_t draw) {
  std::erase_if(options, [&](const std::string& option) { return is_target(sample, option); });
  return options.empty() ? "none of these" : options[draw % options.size()];
}

// One letter or digit replaced by another that is not its upper or lower case, so that the text
// neither equals nor contains the target under the usual normalisations.
std::string with_one_change(const std::string& text, uint64_t draw) {
  std::vector<char32_t> points = to_code_points(text);
  std::vector<size_t> places;
  for (size_t i = 0; i < points.size(); ++i) {
    if (is_letter_or_digit(points[i])) places.push_back(i);
  }
  if (places.empty()) return "wrong";
  // The answer of a long target (a worked solution) stands at its end.
  const bool is_long = points.size() > kShortAnswer;
  char32_t& point = points[is_long ? places.back() : places[draw % places.size()]];
  if (point >= '0' && point <= '9') {
    point = '0' + (point - '0' + 1 + static_cast<char32_t>((draw >> 32) % 9)) % 10;
  } else {
    point = point == 'x' || point == 'X' ? 'q' : 'x';
  }
  return to_utf8(points);
}

// Sixty-four words of three to eight letters that hardly occur in any language, so that a scorer
// which looks for the target in the reply finds it in the answer or not at all. A small vocabulary,
// as a text has: it compresses as texts do.
struct FillerWord {
  std::array<char, 9> text{};  // with its leading space
  size_t length = 0;
};

constexpr std::array<FillerWord, 64> make_filler_words() {
  constexpr std::array<char, 8> kLetters = {'q', 'x', 'z', 'j', 'k', 'v', 'w', 'y'};
  std::array<FillerWord, 64> words{};
  for (size_t i = 0; i < words.size(); ++i) {
    uint64_t bits = mix64(i + 1);
    words[i].text[0] = ' ';
    words[i].length = 4 + bits % 6;
    for (size_t at = 1; at < words[i].length; ++at) words[i].text[at] = kLetters[(bits >>= 3) & 7];
  }
  return words;
}
constexpr std::array<FillerWord, 64> kFillerWords = make_filler_words();

void append_filler(std::string& out, size_t length, Rng rng) {
  const size_t end = out.size() + length;
  uint64_t bits = 0;
  int left = 0;
  out.reserve(end + kFillerWords[0].text.size());
  while (out.size() < end) {
    if (left == 0) {
      bits = rng.next();
      left = 10;
    }
    const FillerWord& word = kFillerWords[bits & 63];
    out.append(word.text.data(), word.length);
    bits >>= 6;
    --left;
  }
  out.resize(end);
}

int64_t tokens_of(size_t bytes) {
  return static_cast<int64_t>(std::ceil(static_cast<double>(bytes) / kBytesPerToken));
}

Nanos scaled(Nanos median, double factor, Nanos max) {
  const double ns = static_cast<double>(median.count()) * factor;
  return ns >= static_cast<double>(max.count()) ? max : Nanos(static_cast<int64_t>(ns));
}

struct Timing {
  Nanos first;      // of the first token, or of everything
  Nanos per_token;  // 0 unless streaming
};

Timing draw_timing(const SimulatedOptions& options, const Identity& who) {
  const Nanos first = options.streaming ? options.ttft : options.delay;
  if (options.sigma == 0 || (first.count() == 0 && options.per_token.count() == 0))
    return {first, options.per_token};
  Rng rng(options.seed, kTiming, who.label, who.sample, who.repeat, who.attempt);
  const double first_factor = rng.lognormal(0, options.sigma);
  const double token_factor = rng.lognormal(0, options.sigma);
  return {scaled(first, first_factor, kDelayMax),
          scaled(options.per_token, token_factor, kPerTokenMax)};
}

enum class Fault { kNone, kRateLimited, kServerError, kTruncated, kMalformed, kStall, kCrash };

struct DrawnFault {
  Fault fault = Fault::kNone;
  double where = 1;  // how much of the reply arrives before it, [0, 1)
};

DrawnFault draw_fault(const SimulatedOptions& options, const Identity& who) {
  const std::array<std::pair<Fault, double>, 6> faults = {{
      {Fault::kRateLimited, options.rate_limited},
      {Fault::kServerError, options.server_error},
      {Fault::kTruncated, options.truncated},
      {Fault::kMalformed, options.malformed},
      {Fault::kStall, options.stall},
      {Fault::kCrash, options.crash},
  }};
  double sum = 0;
  for (const auto& [fault, probability] : faults) sum += probability;
  if (sum <= 0) return {};
  Rng rng(options.seed, kFault, who.label, who.sample, who.repeat, who.attempt);
  double u = rng.uniform();
  for (const auto& [fault, probability] : faults) {
    if (u < probability) return {fault, rng.uniform()};
    u -= probability;
  }
  return {};
}

int64_t prompt_tokens(const Request& request) {
  size_t bytes = 0;
  for (const Message& message : request.messages) bytes += message.text.size();
  return tokens_of(bytes);
}

// Collects events with the times they arrive at.
class ReplyWriter {
 public:
  ReplyWriter(SimulatedReply& reply, TimePoint sent) : reply_(reply), at_(sent) {}
  void wait(Nanos span) { at_ += span; }
  std::string& bytes() { return reply_.bytes; }
  void stamp() {
    const auto end = static_cast<uint32_t>(reply_.bytes.size());
    if (!reply_.stamps.empty() && reply_.stamps.back().at == at_) {
      reply_.stamps.back().end_offset = end;
    } else {
      reply_.stamps.push_back({end, at_});
    }
  }
  void finish() { reply_.done = at_; }

 private:
  SimulatedReply& reply_;
  TimePoint at_;
};

// The answer in `tokens` events of about the same length, cut between characters.
void stream_answer(ReplyWriter& writer, std::string_view answer, int64_t tokens, Nanos per_token) {
  size_t start = 0;
  for (int64_t token = 0; token < tokens; ++token) {
    if (token > 0) writer.wait(per_token);
    size_t end = token + 1 == tokens
                     ? answer.size()
                     : answer.size() * static_cast<size_t>(token + 1) / static_cast<size_t>(tokens);
    while (end < answer.size() && (static_cast<unsigned char>(answer[end]) & 0xC0U) == 0x80U) ++end;
    if (end <= start) continue;
    append_delta_event(writer.bytes(), answer.substr(start, end - start));
    writer.stamp();
    start = end;
  }
}

std::string make_answer(const SimulatedOptions& options, const Attempt& attempt,
                        const Identity& who) {
  std::string answer =
      is_right(options, who)
          ? right_answer(attempt.sample)
          : wrong_answer(attempt.sample,
                         Rng(options.seed, kWrongAnswer, who.label, who.sample, who.repeat).next());
  const auto length = static_cast<size_t>(options.reply_bytes);
  if (answer.size() < length) {
    append_filler(answer, length - answer.size(),
                  Rng(options.seed, kFiller, who.label, who.sample, who.repeat));
  }
  return answer;
}

// The continuation that shall be the likeliest; none where nobody knows which is right.
std::optional<size_t> favoured(const SimulatedOptions& options, const Attempt& attempt,
                               const Identity& who) {
  const Sample& sample = attempt.sample;
  const size_t choices = std::min(sample.choices.size(), attempt.request.continuations.size());
  if (sample.gold.empty() || choices == 0) return std::nullopt;
  const bool right = is_right(options, who);
  std::vector<size_t> candidates;
  for (size_t i = 0; i < choices; ++i) {
    const bool gold = std::find(sample.gold.begin(), sample.gold.end(), i) != sample.gold.end();
    if (gold == right) candidates.push_back(i);
  }
  if (candidates.empty()) return std::nullopt;
  const uint64_t draw = Rng(options.seed, kWrongAnswer, who.label, who.sample, who.repeat).next();
  return candidates[draw % candidates.size()];
}

std::vector<Loglikelihood> make_likelihoods(const SimulatedOptions& options, const Attempt& attempt,
                                            const Identity& who) {
  Rng rng(options.seed, kLikelihood, who.label, who.sample, who.repeat);
  std::vector<Loglikelihood> out;
  double most = -std::numeric_limits<double>::infinity();
  for (const Continuation& continuation : attempt.request.continuations) {
    const int64_t tokens = std::max<int64_t>(1, tokens_of(continuation.text.size()));
    out.push_back({-static_cast<double>(tokens) * rng.lognormal(0, 0.5), false, tokens});
    most = std::max(most, out.back().sum);
  }
  if (const std::optional<size_t> one = favoured(options, attempt, who)) {
    // A logarithm of a probability stays below 0.
    out[*one] = {std::min(most + 1, most / 2), true, out[*one].tokens};
  } else if (out.size() == 1) {
    out.front().greedy = is_right(options, who);
  }
  return out;
}

void write_likelihoods(const SimulatedOptions& options, const Attempt& attempt, const Identity& who,
                       const Timing& timing, ReplyWriter& writer) {
  writer.wait(timing.first);
  const std::vector<Loglikelihood> values = make_likelihoods(options, attempt, who);
  DoneEvent done;
  done.loglikelihoods = values;
  done.usage.input_tokens = prompt_tokens(attempt.request);
  done.usage.output_tokens = 0;
  append_done_event(writer.bytes(), done);
  writer.stamp();
  writer.finish();
}

void write_whole_reply(const SimulatedOptions& options, const Attempt& attempt, const Identity& who,
                       const Timing& timing, ReplyWriter& writer) {
  const std::string answer = make_answer(options, attempt, who);
  writer.bytes().reserve(answer.size() + static_cast<size_t>(options.reasoning_bytes) + 192);
  writer.wait(timing.first);
  Usage usage;
  usage.input_tokens = prompt_tokens(attempt.request);
  usage.reasoning_tokens = tokens_of(static_cast<size_t>(options.reasoning_bytes));
  usage.output_tokens = options.streaming ? options.tokens : tokens_of(answer.size());
  if (options.reasoning_bytes > 0) {
    std::string trace = "thinking";
    trace.resize(std::min(trace.size(), static_cast<size_t>(options.reasoning_bytes)));
    append_filler(trace, static_cast<size_t>(options.reasoning_bytes) - trace.size(),
                  Rng(options.seed, kFiller, who.label, who.sample, who.repeat, 1));
    append_reasoning_event(writer.bytes(), trace);
    writer.stamp();
    writer.wait(timing.per_token * usage.reasoning_tokens);
  }
  stream_answer(writer, answer, options.streaming ? options.tokens : 1, timing.per_token);
  DoneEvent done;
  done.usage = usage;
  append_done_event(writer.bytes(), done);
  writer.stamp();
  writer.finish();
}

// Keeps the first `length` bytes and what was stamped by then.
void cut_reply(SimulatedReply& reply, size_t length) {
  reply.bytes.resize(length);
  std::erase_if(reply.stamps, [&](const ChunkStamp& stamp) { return stamp.end_offset > length; });
  const uint32_t stamped = reply.stamps.empty() ? 0 : reply.stamps.back().end_offset;
  if (stamped < length) reply.stamps.push_back({static_cast<uint32_t>(length), reply.done});
}

void cut_reply_at(SimulatedReply& reply, TimePoint limit) {
  std::erase_if(reply.stamps, [&](const ChunkStamp& stamp) { return stamp.at > limit; });
  reply.bytes.resize(reply.stamps.empty() ? 0 : reply.stamps.back().end_offset);
  reply.done = limit;
}

SimulatedReply error_reply(Outcome outcome, std::string_view message, Nanos retry_after,
                           TimePoint at) {
  SimulatedReply reply;
  ErrorEvent event;
  event.outcome = outcome;
  event.message = message;
  event.retry_after = retry_after;
  append_error_event(reply.bytes, event);
  reply.stamps.push_back({static_cast<uint32_t>(reply.bytes.size()), at});
  reply.done = at;
  return reply;
}

void apply_cut(const DrawnFault& drawn, SimulatedReply& reply) {
  // Short of the last brace: a reply that only lacks its newline is complete.
  const auto most = static_cast<double>(reply.bytes.size() - 1);
  cut_reply(reply, static_cast<size_t>(drawn.where * most));
  switch (drawn.fault) {
    case Fault::kMalformed:
      reply.bytes += "\n{\"delta\": simulated garbage\n";
      cut_reply(reply, reply.bytes.size());
      break;
    case Fault::kStall:
      reply.done = kNever;
      break;
    case Fault::kCrash:
      reply.outcome = Outcome::kCrashed;
      reply.error = "simulated crash";
      break;
    default:
      break;
  }
}

}  // namespace

std::string wrong_answer(const Sample& sample, uint64_t draw) {
  if (is_choice_letter(sample)) {
    std::vector<std::string> letters;
    for (size_t i = 0; i < std::min<size_t>(sample.choices.size(), 26); ++i)
      letters.emplace_back(1, static_cast<char>('A' + i));
    return another_of(sample, std::move(letters), draw);
  }
  const auto& choices = sample.choices;
  if (!sample.targets.empty() &&
      std::find(choices.begin(), choices.end(), sample.targets.front()) != choices.end()) {
    return another_of(sample, choices, draw);
  }
  for (std::string text :
       {with_one_change(right_answer(sample), draw), std::string("wrong"), std::string("zzz")}) {
    if (!contains_target(sample, text)) return text;
  }
  return "?";
}

SimulatedReply simulate_reply(const SimulatedOptions& options, const Attempt& attempt,
                              TimePoint sent) {
  const Identity who = identity_of(options, attempt);
  const Timing timing = draw_timing(options, who);
  const DrawnFault drawn = draw_fault(options, who);
  SimulatedReply reply;
  if (drawn.fault == Fault::kRateLimited) {
    reply = error_reply(Outcome::kRateLimited, "simulated rate limit", options.retry_after,
                        sent + timing.first);
  } else if (drawn.fault == Fault::kServerError) {
    reply =
        error_reply(Outcome::kServerError, "simulated server error", Nanos(0), sent + timing.first);
  } else {
    ReplyWriter writer(reply, sent);
    const bool likelihoods = !attempt.request.continuations.empty();
    (likelihoods ? write_likelihoods : write_whole_reply)(options, attempt, who, timing, writer);
    if (drawn.fault != Fault::kNone) apply_cut(drawn, reply);
  }
  if (options.timeout.count() > 0 && reply.done - sent > options.timeout) {
    cut_reply_at(reply, sent + options.timeout);
    reply.outcome = Outcome::kTimeout;
    reply.error = "no end of the reply within the time limit";
  }
  return reply;
}

}  // namespace assay::backends
