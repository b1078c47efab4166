// Logs of chunk times, of both forms: any bytes are read or refused; what was read and is written
// again reads the same, its first chunk to the nanosecond, others to the microsecond.
#include <cstdint>
#include <string_view>
#include <vector>

#include "harness/base/check.h"
#include "harness/types/chunk_log.h"

namespace {

using namespace assay;  // NOLINT: a program of its own

// Differences of times that hostile bytes made may wrap.
bool near(int64_t a, int64_t b) {
  const auto apart = static_cast<int64_t>(static_cast<uint64_t>(a) - static_cast<uint64_t>(b));
  return apart >= -1000 && apart <= 1000;
}

// Kernel lags beyond this are cut when they are written (of the first chunk they are exact).
constexpr int64_t kSaneNs = int64_t{1} << 60;

bool sane(const Chunk& chunk) {
  const int64_t at = to_ns(chunk.at);
  return at > -kSaneNs && at < kSaneNs && chunk.kernel_lag.count() < kSaneNs;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const Result<std::vector<Chunk>> chunks = read_chunk_log(bytes);
  if (!chunks) return 0;
  ASSAY_CHECK(chunks->size() <= size, "more chunks than bytes");
  ChunkLog log;
  for (const Chunk& chunk : *chunks) log.add(chunk);
  log.relabel_as_reasoning();
  const Result<std::vector<Chunk>> again = read_chunk_log(log.bytes());
  ASSAY_CHECK(again.has_value() && again->size() == chunks->size(),
              "written, it reads differently");
  bool all_sane = true;
  for (size_t i = 0; i < chunks->size(); ++i) {
    const Chunk& a = (*chunks)[i];
    const Chunk& b = (*again)[i];
    ASSAY_CHECK(a.text_bytes == b.text_bytes && a.tokens == b.tokens && a.flags == b.flags &&
                    (a.kernel_lag.count() < 0) == (b.kernel_lag.count() < 0) &&
                    (a.channel == b.channel || a.channel == Channel::kAnswer),
                "chunk {} reads differently", i);
    all_sane = all_sane && sane(a);
    if (!all_sane) continue;
    ASSAY_CHECK(near(to_ns(a.at), to_ns(b.at)) && near(a.kernel_lag.count(), b.kernel_lag.count()),
                "chunk {} has other times", i);
    ASSAY_CHECK(i > 0 || (a.at == b.at && a.kernel_lag == b.kernel_lag), "the first is not exact");
  }
  return 0;
}
