#include "harness/stats/acceptability.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "harness/base/check.h"
#include "harness/base/rng.h"

namespace assay::stats {
namespace {

constexpr double kTie = 1e-12;  // utilities this near are equal
constexpr uint64_t kStream = 0x736D616132;

// Fills `out` with u_ik.
void scale_into(std::span<const double> values, size_t candidates, size_t criteria,
                std::span<double> out) {
  for (size_t k = 0; k < criteria; ++k) {
    double low = values[k];
    double high = values[k];
    for (size_t i = 1; i < candidates; ++i) {
      low = std::min(low, values[i * criteria + k]);
      high = std::max(high, values[i * criteria + k]);
    }
    const double range = high - low;
    for (size_t i = 0; i < candidates; ++i) {
      const size_t at = i * criteria + k;
      out[at] = range > 0 ? (values[at] - low) / range : 0.0;
    }
  }
}

void draw_weights(Rng& rng, std::span<const WeightBounds> bounds, std::span<double> out) {
  double sum = 0;
  for (size_t k = 0; k < out.size(); ++k) {
    const double u = rng.uniform();
    out[k] =
        bounds.empty() ? -std::log(1.0 - u) : bounds[k].low + u * (bounds[k].high - bounds[k].low);
    sum += out[k];
  }
  if (sum <= 0) return;
  for (double& w : out) w /= sum;
}

// One pass over all draws; its buffers are made once.
class Counter {
 public:
  Counter(const CandidateDraws& draws, std::span<const WeightBounds> bounds)
      : draws_(draws),
        bounds_(bounds),
        scaled_(draws.candidates * draws.criteria),
        weights_(draws.criteria),
        utilities_(draws.candidates),
        order_(draws.candidates),
        firsts_(draws.candidates, 0.0) {
    out_.candidates = draws.candidates;
    out_.criteria = draws.criteria;
    out_.ranks.assign(draws.candidates * draws.candidates, 0.0);
    out_.expected_rank.assign(draws.candidates, 0.0);
    out_.central.assign(draws.candidates * draws.criteria, 0.0);
  }

  Acceptability run(const AcceptabilityOptions& options) {
    const size_t size = scaled_.size();
    const size_t count = size == 0 ? 0 : draws_.values.size() / size;
    for (size_t d = 0; d < count; ++d) {
      const std::span<const double> values = draws_.values.subspan(d * size, size);
      if (!std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); }))
        continue;
      ++out_.draws;
      scale_into(values, draws_.candidates, draws_.criteria, scaled_);
      Rng rng(options.seed, kStream, d);
      for (uint32_t w = 0; w < options.weightings; ++w) {
        draw_weights(rng, bounds_, weights_);
        count_ranks();
      }
    }
    finish(static_cast<double>(out_.draws) * options.weightings);
    return std::move(out_);
  }

 private:
  void count_ranks() {
    const size_t n = draws_.candidates;
    for (size_t i = 0; i < n; ++i) {
      double sum = 0;
      for (size_t k = 0; k < draws_.criteria; ++k)
        sum += weights_[k] * scaled_[i * draws_.criteria + k];
      utilities_[i] = sum;
    }
    std::iota(order_.begin(), order_.end(), size_t{0});
    std::sort(order_.begin(), order_.end(), [this](size_t a, size_t b) {
      return utilities_[a] != utilities_[b] ? utilities_[a] > utilities_[b] : a < b;
    });
    for (size_t first = 0; first < n;) {
      size_t end = first + 1;
      while (end < n && utilities_[order_[end - 1]] - utilities_[order_[end]] <= kTie) ++end;
      share_ranks(first, end);
      first = end;
    }
  }

  // Those at places first .. end of the order are tied: each has each of these ranks in part.
  void share_ranks(size_t first, size_t end) {
    const double share = 1.0 / static_cast<double>(end - first);
    for (size_t at = first; at < end; ++at) {
      const size_t i = order_[at];
      for (size_t r = first; r < end; ++r) out_.ranks[i * draws_.candidates + r] += share;
      if (first > 0) continue;
      firsts_[i] += share;
      for (size_t k = 0; k < draws_.criteria; ++k)
        out_.central[i * draws_.criteria + k] += share * weights_[k];
    }
  }

  void finish(double total) {
    constexpr double kNever = std::numeric_limits<double>::quiet_NaN();
    for (size_t i = 0; i < draws_.candidates; ++i) {
      for (size_t r = 0; r < draws_.candidates; ++r) {
        double& share = out_.ranks[i * draws_.candidates + r];
        if (total > 0) share = std::min(share / total, 1.0);  // above it by rounding
        out_.expected_rank[i] += share * static_cast<double>(r + 1);
      }
      for (size_t k = 0; k < draws_.criteria; ++k) {
        double& weight = out_.central[i * draws_.criteria + k];
        weight = firsts_[i] > 0 ? weight / firsts_[i] : kNever;
      }
    }
  }

  const CandidateDraws& draws_;
  std::span<const WeightBounds> bounds_;
  std::vector<double> scaled_;
  std::vector<double> weights_;
  std::vector<double> utilities_;
  std::vector<size_t> order_;
  std::vector<double> firsts_;
  Acceptability out_;
};

}  // namespace

Acceptability rank_acceptability(const CandidateDraws& draws, std::span<const WeightBounds> bounds,
                                 const AcceptabilityOptions& options) {
  ASSAY_CHECK(bounds.empty() || bounds.size() == draws.criteria, "{} ranges for {} criteria",
              bounds.size(), draws.criteria);
  for (const WeightBounds& b : bounds)
    ASSAY_CHECK(b.low >= 0 && b.low <= b.high, "a weight from {} to {}", b.low, b.high);
  return Counter(draws, bounds).run(options);
}

std::vector<double> scaled_utilities(std::span<const double> values, size_t candidates,
                                     size_t criteria) {
  ASSAY_CHECK(values.size() == candidates * criteria, "{} values", values.size());
  std::vector<double> out(values.size());
  if (candidates > 0) scale_into(values, candidates, criteria, out);
  return out;
}

}  // namespace assay::stats
