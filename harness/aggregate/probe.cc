#include "harness/aggregate/probe.h"

#include <algorithm>

#include "harness/base/shingles.h"
#include "harness/stats/mean.h"
#include "harness/stats/paired.h"
#include "harness/stats/proportion.h"

namespace assay::aggregate {
namespace {

constexpr size_t kNamedMax = 20;

}  // namespace

ProbeResult probe_result(std::span<const ProbeAnswer> answers, double confidence) {
  ProbeResult out;
  out.asked = answers.size();
  std::vector<double> own;
  std::vector<double> other;
  uint64_t returned = 0;
  uint64_t by_chance = 0;
  for (size_t i = 0; i < answers.size(); ++i) {
    const ProbeAnswer& answer = answers[i];
    own.push_back(returned_share(answer.expected, answer.reply));
    if (own.back() >= kReturnedFrom) {
      ++returned;
      if (out.returned_items.size() < kNamedMax) out.returned_items.push_back(answer.id);
    }
    if (answers.size() < 2) continue;
    const size_t away = (i + std::max<size_t>(answers.size() / 2, 1)) % answers.size();
    other.push_back(returned_share(answers[away].expected, answer.reply));
    by_chance += other.back() >= kReturnedFrom ? 1 : 0;
  }
  out.returned = stats::wilson(returned, own.size(), confidence);
  out.overlap = stats::mean_clustered(own, {}, confidence);
  out.baseline = stats::wilson(by_chance, other.size(), confidence);
  if (other.size() == own.size() && !own.empty()) {
    out.excess = stats::paired_difference(own, other, {}, confidence).difference;
  } else {
    out.excess.method = "n/a: one question has no other to compare with";
  }
  return out;
}

}  // namespace assay::aggregate
