// Script: one reply as a row of steps, each with its bytes and the moment they are due. What the
// mock does on the wire, good or faulty, is a script; a connection only plays it.
//
// Where it stands: made by MockService for each request, played by MockConnection on the loop
// thread. Steps are made one by one when they are needed, so that endless replies cost nothing.
//
//   std::unique_ptr<Script> script = whole_script(...);
//   script->start(t0);                        // its slot is free: ttft counts from here
//   Step step = script->next(t0);             // then write step.bytes at step.due, and so on
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/mock/mock_options.h"
#include "app/mock/mock_wire.h"
#include "harness/base/clock.h"

namespace assay::app::mock {

struct Step {
  enum class After : uint8_t {
    kMore,       // ask for the next step
    kKeepAlive,  // the reply is complete; the connection waits for the next request
    kClose,      // the reply ends, and our side of the connection with it
    kReset,      // the connection is reset (RST)
    kHold,       // nothing more comes; wait until the client goes
  };
  TimePoint due{};
  std::string bytes;
  After after = After::kMore;
  bool counts = true;  // part of the reply's text: its lateness is measured
  uint8_t marks = 0;   // of Mark: what else it completes
  int64_t tokens = 0;  // of the reply that are complete with this step
};

// What a step of a stream may complete besides tokens.
enum Mark : uint8_t { kRoleMark = 1, kFinishMark = 2, kUsageMark = 4, kDoneMark = 8 };
inline constexpr size_t kMarks = 4;

class Script {
 public:
  virtual ~Script() = default;
  // The reply is generated from `at` on. Scripts of good replies wait for it: until then, their
  // next step may be one that is never due; after it, that step is void and next() is asked anew.
  virtual void start(TimePoint /*at*/) {}
  // The next step; `now` is when the one before was done (or the request arrived). Not after a step
  // that ends.
  virtual Step next(TimePoint now) = 0;
};

// What every script needs to know of the request it answers.
struct ScriptContext {
  const MockOptions* options = nullptr;
  TimePoint arrival{};
  uint64_t key = 0;     // of chance
  std::string headers;  // further header lines, each with CRLF
  bool keep_alive = true;
};

// `t` rounded up to a multiple of `grid` on the steady clock; as it is where grid is 0.
TimePoint align_up(TimePoint t, Nanos grid);

// "retry-after: 1", with a retry-after-ms where the wait is no whole number of seconds.
std::string retry_after_headers(Nanos wait);
// HTTP head; length < 0: chunked.
std::string response_head(int status, std::string_view content_type, int64_t length,
                          const ScriptContext& context);

// At once: a document with its status.
std::unique_ptr<Script> document_script(const ScriptContext& context, int status,
                                        std::string_view content_type, std::string_view body);
// The good reply, whole, at its delay. Both wait for start().
std::unique_ptr<Script> whole_script(const ScriptContext& context, const ReplyWriter& writer);
// The good reply, streamed.
std::unique_ptr<Script> stream_script(const ScriptContext& context, ReplyWriter writer);
// Any kind of fault; the writer has the reply that would have been.
std::unique_ptr<Script> fault_script(const ScriptContext& context, FaultKind kind,
                                     ReplyWriter writer);

}  // namespace assay::app::mock
