// The reply decoder of the lines codec: any bytes, cut anywhere, give the same response; its texts
// are valid UTF-8; details are JSON; lines it reads are lines that a transport can route.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "backends/codec/lines.h"
#include "harness/base/check.h"
#include "harness/base/json.h"
#include "harness/base/utf8.h"

namespace {

using namespace assay;  // NOLINT: a program of its own
using namespace assay::backends;

Response decode(std::string_view bytes, size_t step) {
  const std::unique_ptr<Decoder> decoder = LinesCodec().decoder();
  Attempt attempt;
  attempt.response.outcome = Outcome::kOk;
  for (size_t start = 0; start < bytes.size(); start += step) {
    const std::string_view piece = bytes.substr(start, step);
    const ChunkStamp stamp{static_cast<uint32_t>(piece.size()), from_ns(static_cast<int64_t>(1))};
    decoder->feed(piece, {&stamp, 1});
  }
  decoder->finish(attempt, attempt.response);
  return attempt.response;
}

bool same(const Response& a, const Response& b) {
  return a.outcome == b.outcome && a.answer == b.answer && a.reasoning == b.reasoning &&
         a.finish_reason == b.finish_reason && a.served_model == b.served_model &&
         a.error == b.error && a.details == b.details && a.cpu == b.cpu &&
         a.usage.input_tokens == b.usage.input_tokens &&
         a.usage.output_tokens == b.usage.output_tokens && a.retry_after == b.retry_after &&
         a.first_token == b.first_token && a.first_answer == b.first_answer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Response whole = decode(bytes, bytes.size() + 1);
  for (const size_t step : {size_t{1}, size_t{7}})
    ASSAY_CHECK(same(whole, decode(bytes, step)), "cut in steps of {} it reads differently", step);
  for (const std::string* text : {&whole.answer, &whole.reasoning, &whole.error,
                                  &whole.finish_reason, &whole.served_model, &whole.details}) {
    ASSAY_CHECK(!invalid_utf8_at(*text), "not UTF-8");
  }
  ASSAY_CHECK(whole.details.empty() || Json::accept(whole.details), "details are not JSON");
  ASSAY_CHECK(is_answer(whole.outcome) || whole.outcome != Outcome::kCancelled, "never decided");
  if (is_answer(whole.outcome) && whole.outcome != Outcome::kRefused) {
    // What was understood is understood again when it is written by us.
    std::string again;
    append_reasoning_event(again, whole.reasoning);
    append_delta_event(again, whole.answer);
    DoneEvent done;
    done.finish_reason = whole.finish_reason;
    done.usage = whole.usage;
    done.served_model = whole.served_model;
    done.details = whole.details;
    done.cpu = whole.cpu;
    append_done_event(again, done);
    Response read = decode(again, again.size());
    read.first_token = whole.first_token;
    read.first_answer = whole.first_answer;
    ASSAY_CHECK(same(read, whole), "written and read back it differs");
  }
  const size_t newline = bytes.find('\n');
  const auto head = peek_event(bytes.substr(0, newline));
  ASSAY_CHECK(head.has_value() || !head.error().message.empty(), "an error without a message");
  return 0;
}
