// The reader of HTTP/1.1 responses. The first byte chooses the limits, the rest is what a server
// sent before it closed: any bytes, cut anywhere, end the same way with the same body; limits hold;
// a failure says why in UTF-8.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "backends/transport/response_reader.h"
#include "harness/base/check.h"
#include "harness/base/utf8.h"

namespace {

using namespace assay;  // NOLINT: a program of its own
using namespace assay::backends;

struct Reading {
  bool done = false;
  Outcome outcome = Outcome::kOk;
  std::string error;
  std::string body;
  std::string headers;
  int status = 0;
  bool keep_alive = false;
  size_t left = 0;  // bytes behind the reply
  bool operator==(const Reading&) const = default;
};

Reading read(std::string_view bytes, size_t step, const ResponseLimits& limits) {
  ResponseReader reader;
  reader.start(limits);
  Reading out;
  while (!bytes.empty() && !reader.done() && !reader.failed()) {
    const std::string_view given = bytes.substr(0, step);
    std::string_view rest = given;
    for (std::string_view part = reader.next(rest); !part.empty(); part = reader.next(rest))
      out.body += part;
    const bool ended = reader.done() || reader.failed();
    ASSAY_CHECK(ended || rest.empty(), "{} bytes were not taken", rest.size());
    bytes.remove_prefix(given.size() - rest.size());
  }
  if (reader.done()) out.left = bytes.size();
  reader.end_of_bytes();
  ASSAY_CHECK(reader.done() || reader.failed(), "neither done nor failed at the end");
  out.done = reader.done();
  out.outcome = reader.outcome();
  out.error = reader.error();
  out.headers = reader.headers();
  out.status = reader.status();
  out.keep_alive = reader.keep_alive();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const ResponseLimits limits{.header_bytes_max = (data[0] & 1) != 0 ? 64U : 100'000U,
                              .reply_bytes_max = (data[0] & 2) != 0 ? 16U : 100'000U};
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Reading whole = read(bytes, size, limits);
  ASSAY_CHECK(whole.headers.size() <= limits.header_bytes_max * 2, "headers beyond their limit");
  ASSAY_CHECK(whole.body.size() <= limits.reply_bytes_max, "a body beyond its limit");
  ASSAY_CHECK(whole.done == (whole.outcome == Outcome::kOk), "done and failed");
  ASSAY_CHECK(whole.done == whole.error.empty(), "no reason given");
  ASSAY_CHECK(!invalid_utf8_at(whole.error), "not UTF-8");
  for (const size_t step : {size_t{1}, size_t{2}, size_t{7}, std::max<size_t>(1, size / 2)}) {
    Reading cut = read(bytes, step, limits);
    // A part that goes beyond the limit is not given out: how much came before depends on the cut.
    if (whole.outcome == Outcome::kRejected) cut.body = whole.body;
    ASSAY_CHECK(cut == whole, "cut in steps of {} it reads differently", step);
  }
  return 0;
}
