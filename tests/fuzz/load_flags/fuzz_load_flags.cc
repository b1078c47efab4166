// What `assay bench` reads from its command line and from files of lengths: any bytes give a value
// within its limits or an error with a message. Texts that name a file are left out: the bytes of a
// file are read as they stand.
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/base/check.h"
#include "harness/base/duration.h"
#include "harness/load/lengths.h"
#include "harness/load/slo.h"

namespace {

using namespace assay;  // NOLINT: a program of its own

void check_lengths(const std::string& text) {
  if (text.starts_with("file:")) return;
  const auto lengths = load::parse_lengths(text, "fuzz");
  if (!lengths) {
    ASSAY_CHECK(lengths.error().where == "fuzz" && !lengths.error().message.empty(), "no message");
    return;
  }
  for (uint64_t i = 0; i < 20; ++i) {
    Rng rng(i);
    const int64_t n = lengths->draw(rng);
    ASSAY_CHECK(n >= lengths->min && n <= lengths->max && n >= 1 && n <= load::kLengthMax,
                "drew {}", n);
  }
}

void check_lines(std::string_view bytes) {
  const auto lengths = load::parse_length_lines(bytes, "fuzz");
  if (!lengths) return;
  ASSAY_CHECK(!lengths->empty() && lengths->size() <= load::kLengthsMax, "{}", lengths->size());
  for (const int64_t n : *lengths) ASSAY_CHECK(n >= 1 && n <= load::kLengthMax, "length {}", n);
}

void check_slo(const std::string& text) {
  const auto slo = load::parse_slo(text);
  if (!slo) {
    ASSAY_CHECK(slo.error().where == "--slo" && !slo.error().message.empty(), "no message");
    return;
  }
  ASSAY_CHECK(!slo->empty() && slo->share > 0 && slo->share <= 1, "share {}", slo->share);
  for (const auto& limit : {slo->ttft_s, slo->ttfa_s, slo->tpot_s, slo->e2e_s})
    ASSAY_CHECK(!limit || (*limit > 0 && *limit <= 86'400), "limit {}", *limit);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check_lengths(text);
  check_lines(text);
  check_slo(text);
  const Result<Nanos> duration = parse_duration(text);
  ASSAY_CHECK(!duration || *duration >= Nanos(0), "{} ns", duration->count());
  return 0;
}
