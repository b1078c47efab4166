#include "backends/transport/replay.h"

#include <fmt/format.h>

#include <algorithm>

namespace assay::backends {
namespace {

// Reasoning came at the first token, the answer at the first answer token, the end at the end. What
// was not stored is taken as having come with the end.
std::vector<ChunkStamp> stamps_of(const StoredReply& reply, TimePoint sent) {
  std::vector<ChunkStamp> stamps;
  const auto add = [&](uint32_t end, Nanos after) {
    const Nanos at = after.count() < 0 ? reply.latency : std::min(after, reply.latency);
    if (end > (stamps.empty() ? 0 : stamps.back().end_offset)) stamps.push_back({end, sent + at});
  };
  add(reply.reasoning_end, reply.first_token);
  add(reply.answer_end, reply.first_answer);
  add(static_cast<uint32_t>(reply.bytes.size()), reply.latency);
  return stamps;
}

StoredReply refusal(std::string why) {
  StoredReply reply;
  reply.outcome = Outcome::kRejected;
  reply.error = std::move(why);
  return reply;
}

}  // namespace

StoredReply ReplayTransport::reply_for(const Attempt& attempt) const {
  Result<std::optional<StoredReply>> found =
      archive_.find(attempt.request.suite, attempt.sample.id, attempt.key.repeat);
  if (!found) return refusal(found.error().text());
  if (*found) return std::move(**found);
  return refusal(fmt::format("not in {}: sample `{}` of suite `{}`, repeat {}", run_,
                             attempt.sample.id, attempt.request.suite, attempt.key.repeat));
}

void ReplayTransport::start(AttemptPtr attempt) {
  StoredReply reply = reply_for(*attempt);
  const TimePoint sent = clock_->now();
  const TimePoint done = sent + reply.latency;
  Piece piece;
  piece.lane = attempt->lane;
  piece.stamps = stamps_of(reply, sent);
  piece.bytes = std::move(reply.bytes);
  attempt->stamps.sent = sent;
  attempt->stamps.done = done;
  attempt->response = Response{};
  attempt->response.outcome = reply.outcome;
  attempt->response.error = std::move(reply.error);
  piece.end = std::move(attempt);
  timed_.add(done, std::move(piece));
}

TimePoint ReplayTransport::collect(std::vector<Piece>& out) {
  return timed_.collect(clock_->now(), out);
}

void ReplayTransport::cancel_all() {
  timed_.cancel(clock_->now());
  if (wake_ && !timed_.empty()) wake_();
}

}  // namespace assay::backends
