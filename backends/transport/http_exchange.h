// What the transfers of both HTTP transports have in common: the limits of time, header lines, and
// secrets that must not come back. Pure; loop thread.
//
//   TransferTimes times{.started = now};
//   loop.arm(transfer, times.deadline(options));      // again whenever a time was set
//   if (now >= times.deadline(options)) const HttpFailure why = times.overdue(options, now);
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/transport/http.h"
#include "backends/transport/http_outcome.h"
#include "harness/types/attempt.h"

namespace assay::backends {

// How far a transfer has come, and until when it may take its next step.
struct TransferTimes {
  TimePoint started{};
  std::optional<TimePoint> sent;      // the request's first byte left
  std::optional<TimePoint> progress;  // last body bytes that were more than comments

  [[nodiscard]] TimePoint deadline(const HttpOptions& options) const;
  // Which limit it was that ended at `now`.
  [[nodiscard]] HttpFailure overdue(const HttpOptions& options, TimePoint now) const;
};

// The attempt is about to be sent: nothing of an earlier try stays in it. Its outcome is kOk until
// fail().
void begin_exchange(Attempt& attempt, TimePoint now);
// The first reason holds.
void fail(Attempt& attempt, Outcome outcome, std::string text);

// "Accept: */*" and "accept:".
bool has_name(std::string_view line, std::string_view lower_name);
// "Content-Type: Text/HTML; charset=x", name in any case: "text/html". Empty: another header.
std::string content_type_of(std::string_view line);
// "HTTP/1.1 200 OK": 200. 0: there is none.
int status_of(std::string_view line);

// The last word of each header's value ("authorization: Bearer abc": "abc"), unless it is too short
// to be a secret.
std::vector<std::string> secret_words(const std::vector<std::string>& headers);
// The exchange's texts without those words.
void redact_exchange(HttpExchange& http, const std::vector<std::string>& secrets);

}  // namespace assay::backends
