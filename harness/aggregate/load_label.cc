#include <fmt/format.h>

#include "harness/aggregate/load.h"

namespace assay::aggregate {

std::string load_label(const LoadInfo& load) {
  switch (load.kind) {
    case LoadKind::kClosed:
      return fmt::format("concurrency {:g}", load.concurrency);
    case LoadKind::kConstant:
      return fmt::format("{:g} requests/s, constant", load.rate);
    case LoadKind::kPoisson:
      return fmt::format("{:g} requests/s, Poisson", load.rate);
    case LoadKind::kGamma:
      return fmt::format("{:g} requests/s, gamma, burstiness {:g}", load.rate, load.burstiness);
    case LoadKind::kRamp:
      return fmt::format("{:g} to {:g} requests/s, ramp", load.rate, load.rate_end);
    case LoadKind::kTrace:
      return fmt::format("trace {}", load.trace);
    case LoadKind::kBurst:
      break;
  }
  return fmt::format("burst of {}", load.planned);
}

}  // namespace assay::aggregate
