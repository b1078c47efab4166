// The SSE parser: any bytes, cut anywhere, give the same events; offsets never go back and lie
// within the stream; an event never holds a line end that was not its own.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "backends/codec/sse_parser.h"
#include "harness/base/check.h"

namespace {

using namespace assay::backends;  // NOLINT: a program of its own

struct Event {
  std::string type;
  std::string data;
  uint64_t end_offset = 0;
  bool operator==(const Event&) const = default;
};

std::vector<Event> parse(std::string_view bytes, size_t step, uint64_t& comments) {
  SseParser parser;
  std::vector<Event> events;
  const auto take = [&](const SseEvent& e) {
    events.push_back({std::string(e.type), std::string(e.data), e.end_offset});
  };
  for (size_t start = 0; start < bytes.size(); start += step)
    parser.feed(bytes.substr(start, step), take);
  parser.finish(take);
  comments = parser.comments();
  return events;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  uint64_t comments = 0;
  const std::vector<Event> whole = parse(bytes, size + 1, comments);
  for (const size_t step : {size_t{1}, size_t{2}, size_t{7}}) {
    uint64_t cut_comments = 0;
    ASSAY_CHECK(parse(bytes, step, cut_comments) == whole && cut_comments == comments,
                "cut in steps of {} it reads differently", step);
  }
  uint64_t before = 0;
  for (const Event& event : whole) {
    ASSAY_CHECK(event.end_offset >= before && event.end_offset <= size, "offset {} of {}",
                event.end_offset, size);
    before = event.end_offset;
    ASSAY_CHECK(!event.type.empty(), "an event without a type");
    ASSAY_CHECK(event.data.find('\r') == std::string::npos, "a line end within data");
    ASSAY_CHECK(event.type.find_first_of("\r\n") == std::string::npos, "a line end in a type");
  }
  return 0;
}
