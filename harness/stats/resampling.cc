#include "harness/stats/resampling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <unordered_map>

#include "harness/base/check.h"
#include "harness/base/rng.h"
#include "harness/stats/finite.h"
#include "harness/stats/sum.h"

namespace assay::stats {
namespace {

constexpr double kRoundingShare = 1e-12;  // of the sum of sizes: below it two sums are equal
constexpr size_t kExactTermsMax = 16;
constexpr uint32_t kResamplesKept = 1'000;  // however many rows there are
constexpr uint64_t kFlipStream = 0x666C6970;

// Number of each item's cluster, 0 .. count - 1 in order of first appearance.
struct Numbered {
  std::vector<uint32_t> of_item;
  size_t count = 0;
};

Numbered number_clusters(size_t n, std::span<const uint32_t> clusters) {
  Numbered out;
  out.of_item.resize(n);
  std::unordered_map<uint32_t, uint32_t> known;
  for (size_t i = 0; i < n; ++i) {
    out.of_item[i] =
        clusters.empty()
            ? static_cast<uint32_t>(i)
            : known.try_emplace(clusters[i], static_cast<uint32_t>(known.size())).first->second;
  }
  out.count = clusters.empty() ? n : known.size();
  return out;
}

// What one cluster (or all of them) adds up to.
struct Totals {
  double na = 0;
  double wa = 0;
  double nb = 0;
  double wb = 0;

  [[nodiscard]] double difference() const { return na / wa - nb / wb; }
  [[nodiscard]] Totals without(const Totals& part) const {
    return {na - part.na, wa - part.wa, nb - part.nb, wb - part.wb};
  }
};

struct Clustered {
  std::vector<Totals> parts;
  Totals all;
  double scale = 0;  // Σ |na| / Da + Σ |nb| / Db: what rounding is measured against

  [[nodiscard]] double rounding() const { return kRoundingShare * scale; }
};

double weight_at(std::span<const double> weights, size_t i) {
  return weights.empty() ? 1.0 : weights[i];
}

Clustered add_up(const GradedPairs& pairs) {
  const size_t n = pairs.numerators_a.size();
  const Numbered numbers = number_clusters(n, pairs.clusters);
  std::vector<std::array<Sum, 4>> sums(numbers.count);
  std::array<Sum, 6> all;
  for (size_t i = 0; i < n; ++i) {
    const std::array<double, 4> terms{pairs.numerators_a[i], weight_at(pairs.weights_a, i),
                                      pairs.numerators_b[i], weight_at(pairs.weights_b, i)};
    for (size_t k = 0; k < terms.size(); ++k) {
      sums[numbers.of_item[i]][k].add(terms[k]);
      all[k].add(terms[k]);
    }
    all[4].add(std::fabs(terms[0]));
    all[5].add(std::fabs(terms[2]));
  }
  Clustered out;
  out.parts.reserve(sums.size());
  for (const auto& s : sums)
    out.parts.push_back({s[0].value(), s[1].value(), s[2].value(), s[3].value()});
  out.all = {all[0].value(), all[1].value(), all[2].value(), all[3].value()};
  if (out.all.wa > 0 && out.all.wb > 0)
    out.scale = all[4].value() / out.all.wa + all[5].value() / out.all.wb;
  return out;
}

bool usable(std::span<const double> numerators, std::span<const double> weights) {
  return all_finite(numerators) && all_finite(weights) &&
         std::all_of(weights.begin(), weights.end(), [](double w) { return w >= 0; });
}

void check_sizes(const GradedPairs& pairs) {
  const size_t n = pairs.numerators_a.size();
  const auto fits = [n](size_t size) { return size == 0 || size == n; };
  ASSAY_CHECK(pairs.numerators_b.size() == n, "{} items against {}", n, pairs.numerators_b.size());
  ASSAY_CHECK(fits(pairs.weights_a.size()) && fits(pairs.weights_b.size()),
              "{} and {} weights for {} items", pairs.weights_a.size(), pairs.weights_b.size(), n);
  ASSAY_CHECK(fits(pairs.clusters.size()), "{} clusters for {} items", pairs.clusters.size(), n);
}

// sqrt(C / (C - 1) Σ_c r_c²), r_c = (na - Ra wa) / Da - (nb - Rb wb) / Db; 0 when it is rounding.
double linearised_error(const Clustered& data) {
  const Totals& all = data.all;
  Sum squares;
  for (const Totals& p : data.parts) {
    const double r =
        (p.na - all.na / all.wa * p.wa) / all.wa - (p.nb - all.nb / all.wb * p.wb) / all.wb;
    squares.add(r * r);
  }
  const auto c = static_cast<double>(data.parts.size());
  const double error = std::sqrt(squares.value() * c / (c - 1));
  return error <= data.rounding() ? 0 : error;
}

// t_c of the header, under the hypothesis that both ratios are R.
std::vector<double> flip_terms(const Clustered& data) {
  const Totals& all = data.all;
  const double pooled = (all.na + all.nb) / (all.wa + all.wb);
  std::vector<double> terms;
  terms.reserve(data.parts.size());
  for (const Totals& p : data.parts)
    terms.push_back((p.na - pooled * p.wa) / all.wa - (p.nb - pooled * p.wb) / all.wb);
  return terms;
}

// As few columns as the weights allow: the kernel's time is what it reads.
struct Table {
  std::vector<double> values;
  size_t columns = 1;
};

Table table_of(const Clustered& data) {
  bool same = true;      // both models have the same weights
  bool constant = true;  // and every cluster has the same
  for (const Totals& p : data.parts) {
    same = same && p.wa == p.wb;
    constant = constant && p.wa == data.parts.front().wa;
  }
  Table out;
  out.columns = !same ? 4 : (constant ? 1 : 2);
  out.values.reserve(data.parts.size() * out.columns);
  for (const Totals& p : data.parts) {
    if (out.columns == 4) {
      out.values.insert(out.values.end(), {p.na, p.wa, p.nb, p.wb});
    } else {
      out.values.push_back(p.na - p.nb);
      if (out.columns == 2) out.values.push_back(p.wa);
    }
  }
  return out;
}

std::vector<double> replicates_of(const Clustered& data, const ResampleOptions& options) {
  const Table table = table_of(data);
  const BootstrapDraws draws{.resamples = affordable_resamples(data.parts.size(), options),
                             .seed = options.seed,
                             .threads = options.threads};
  const std::vector<double> sums =
      bootstrap_sums({.values = table.values, .columns = table.columns}, draws);
  std::vector<double> out(draws.resamples);
  for (size_t r = 0; r < out.size(); ++r) {
    const double* const s = sums.data() + r * table.columns;
    if (table.columns == 1) {
      out[r] = s[0] / data.all.wa;
    } else if (table.columns == 2) {
      out[r] = s[0] / s[1];
    } else {
      out[r] = s[0] / s[1] - s[2] / s[3];
    }
  }
  return out;
}

std::optional<double> acceleration_of(const Clustered& data) {
  std::vector<double> left_out;
  left_out.reserve(data.parts.size());
  for (const Totals& p : data.parts) {
    const Totals rest = data.all.without(p);
    // Nothing but rounding is left of the weights: the figure without this cluster does not exist.
    if (rest.wa <= kRoundingShare * data.all.wa || rest.wb <= kRoundingShare * data.all.wb)
      return std::nullopt;
    left_out.push_back(rest.difference());
  }
  return jackknife_acceleration(left_out);
}

// Value, error and interval; `clusters` and `what` go into the method's name.
void estimate_into(PairedTest& out, const Clustered& data, const std::string& what,
                   const ResampleOptions& options) {
  const double value = data.all.difference();
  if (!std::isfinite(value)) {  // finite terms whose sum is not
    out.difference.method = kNotFinite;
    return;
  }
  out.difference.value = value;
  if (data.parts.size() < 2) {
    out.difference.method = what + ", one cluster";
    return;
  }
  out.error = linearised_error(data);
  const Estimate interval = bca_interval({.value = value,
                                          .replicates = replicates_of(data, options),
                                          .acceleration = acceleration_of(data),
                                          .rounding = data.rounding()},
                                         options.confidence);
  out.difference.ci_low = interval.ci_low;
  out.difference.ci_high = interval.ci_high;
  out.difference.method = what + ", " + interval.method;
}

// Sums by cluster of each model, and as last column how many items they are; without clusters the
// scores as they are, and no such column.
struct MeanTable {
  std::vector<double> values;
  size_t columns = 0;
  size_t models = 0;
  size_t n = 0;

  [[nodiscard]] RowTable view() const { return {.values = values, .columns = columns}; }
  [[nodiscard]] size_t rows() const { return view().rows(); }
  // Items in one row of anything with these columns, which adds up `rows` rows.
  [[nodiscard]] double items(const double* row, size_t rows_added) const {
    return columns > models ? row[models] : static_cast<double>(rows_added);
  }
};

MeanTable mean_table(const RowTable& scores, std::span<const uint32_t> clusters) {
  MeanTable out{.values = {scores.values.begin(), scores.values.end()},
                .columns = scores.columns,
                .models = scores.columns,
                .n = scores.rows()};
  if (clusters.empty()) return out;
  const Numbered numbers = number_clusters(out.n, clusters);
  out.columns = out.models + 1;
  out.values.assign(numbers.count * out.columns, 0.0);
  for (size_t i = 0; i < out.n; ++i) {
    double* const row = out.values.data() + numbers.of_item[i] * out.columns;
    for (size_t m = 0; m < out.models; ++m) row[m] += scores.values[i * out.models + m];
    row[out.models] += 1;
  }
  return out;
}

Bootstrapped bootstrapped_mean(const MeanTable& table, size_t model, double total, double sizes,
                               std::span<const double> sums) {
  const size_t rows = table.rows();
  const auto n = static_cast<double>(table.n);
  Bootstrapped out{.value = total / n, .rounding = kRoundingShare * sizes / n};
  for (size_t at = 0; at < sums.size(); at += table.columns)
    out.replicates.push_back(sums[at + model] / table.items(sums.data() + at, rows));
  std::vector<double> left_out;
  for (size_t row = 0; row < rows; ++row) {
    const double* const values = table.values.data() + row * table.columns;
    left_out.push_back((total - values[model]) / (n - table.items(values, 1)));
  }
  out.acceleration = jackknife_acceleration(left_out);
  return out;
}

Estimate mean_of_column(const MeanTable& table, size_t model, std::span<const double> sums,
                        double confidence) {
  Estimate out;
  out.n = table.n;
  out.method = "mean";
  Sum total;
  Sum sizes;
  for (size_t row = 0; row < table.rows(); ++row) {
    total.add(table.values[row * table.columns + model]);
    sizes.add(std::fabs(table.values[row * table.columns + model]));
  }
  if (!std::isfinite(total.value())) {
    out.method = kNotFinite;
    return out;
  }
  if (table.n == 0) return out;
  out.value = total.value() / static_cast<double>(table.n);
  if (table.rows() < 2) return out;
  const Bootstrapped figure = bootstrapped_mean(table, model, total.value(), sizes.value(), sums);
  const Estimate interval = bca_interval(figure, confidence);
  out.ci_low = interval.ci_low;
  out.ci_high = interval.ci_high;
  out.method = "mean, " + interval.method;
  return out;
}

// Sums of all 2^C sign patterns with |sum| >= bar, over 2^C. The last sign is fixed: a pattern and
// its opposite have the same size.
double exact_share(std::span<const double> terms, double bar) {
  std::vector<double> sums{terms.back()};
  for (size_t i = 0; i + 1 < terms.size(); ++i) {
    const size_t half = sums.size();
    sums.resize(2 * half);
    for (size_t k = 0; k < half; ++k) {
      sums[half + k] = sums[k] - terms[i];
      sums[k] += terms[i];
    }
  }
  const auto hits =
      std::count_if(sums.begin(), sums.end(), [bar](double s) { return std::fabs(s) >= bar; });
  return static_cast<double>(hits) / static_cast<double>(sums.size());
}

constexpr size_t kByte = 8;        // terms whose signs one byte holds
constexpr size_t kWord = 8;        // bytes of one hash
constexpr size_t kPatterns = 256;  // of one byte
using Patterns = std::array<double, kPatterns>;

// Signed sum of up to eight terms for every pattern of signs.
Patterns signed_sums(std::span<const double> terms) {
  Patterns out{};
  size_t filled = 1;
  for (const double term : terms) {
    for (size_t k = 0; k < filled; ++k) {
      out[filled + k] = out[k] - term;
      out[k] += term;
    }
    filled *= 2;
  }
  // Fewer terms: the byte's other bits change nothing.
  for (size_t k = filled; k < kPatterns; ++k) out[k] = out[k % filled];
  return out;
}

// Monte Carlo: 64 terms at a time, their signs from one hash of (seed, block, flip), eight of them
// looked up together.
double drawn_share(std::span<const double> terms, double bar, uint32_t flips, uint64_t seed) {
  std::vector<double> sums(flips, 0.0);
  std::array<Patterns, kWord> patterns{};
  for (size_t first = 0, block = 0; first < terms.size(); first += kByte * kWord, ++block) {
    for (size_t g = 0; g < kWord; ++g) {
      const size_t from = std::min(first + g * kByte, terms.size());
      patterns[g] = signed_sums(terms.subspan(from, std::min(kByte, terms.size() - from)));
    }
    Rng rng(seed, kFlipStream, block);
    for (double& flipped : sums) {
      uint64_t signs = rng.next();
      double sum = 0;
      for (const Patterns& of_byte : patterns) {
        sum += of_byte[signs % kPatterns];
        signs /= kPatterns;
      }
      flipped += sum;
    }
  }
  const auto hits =
      std::count_if(sums.begin(), sums.end(), [bar](double s) { return std::fabs(s) >= bar; });
  return (1 + static_cast<double>(hits)) / (1 + static_cast<double>(flips));
}

}  // namespace

uint32_t affordable_resamples(size_t rows, const ResampleOptions& options) {
  const uint64_t wanted = std::clamp(options.resamples, kResamplesMin, kResamplesMax);
  const uint64_t affordable = options.draws_max / std::max<size_t>(1, rows);
  return static_cast<uint32_t>(std::min(wanted, std::max<uint64_t>(affordable, kResamplesKept)));
}

PairedTest graded_difference(const GradedPairs& pairs, const ResampleOptions& options) {
  check_sizes(pairs);
  PairedTest out;
  out.difference.n = pairs.numerators_a.size();
  const std::string what =
      pairs.clusters.empty() ? "paired difference" : "clustered paired difference";
  out.difference.method = what;
  if (!usable(pairs.numerators_a, pairs.weights_a) ||
      !usable(pairs.numerators_b, pairs.weights_b)) {
    out.difference.method = kNotFinite;
    return out;
  }
  const Clustered data = add_up(pairs);
  if (!(data.all.wa > 0 && data.all.wb > 0)) return out;
  estimate_into(out, data, what, options);
  if (out.error) out.p_value = sign_flip_p(flip_terms(data), options);
  return out;
}

std::vector<Estimate> bootstrap_means(const RowTable& scores, std::span<const uint32_t> clusters,
                                      const ResampleOptions& options) {
  const size_t n = scores.rows();
  ASSAY_CHECK(clusters.empty() || clusters.size() == n, "{} clusters for {} items", clusters.size(),
              n);
  const MeanTable table = mean_table(scores, clusters);
  const BootstrapDraws draws{.resamples = affordable_resamples(table.rows(), options),
                             .seed = options.seed,
                             .threads = options.threads};
  std::vector<double> sums;
  if (table.rows() >= 2) sums = bootstrap_sums(table.view(), draws);
  std::vector<Estimate> out;
  for (size_t m = 0; m < scores.columns; ++m) {
    out.push_back(mean_of_column(table, m, sums, options.confidence));
    if (!clusters.empty()) out.back().method = "clustered " + out.back().method;
  }
  return out;
}

double sign_flip_p(std::span<const double> terms, const ResampleOptions& options) {
  if (!all_finite(terms)) return std::numeric_limits<double>::quiet_NaN();
  std::vector<double> moving;
  Sum total;
  Sum sizes;
  for (const double t : terms) {
    if (t == 0) continue;
    moving.push_back(t);
    total.add(t);
    sizes.add(std::fabs(t));
  }
  if (moving.empty()) return 1;
  const double bar = std::fabs(total.value()) - kRoundingShare * sizes.value();
  if (moving.size() <= kExactTermsMax) return exact_share(moving, bar);
  const uint32_t flips = std::clamp(options.flips, kResamplesMin, kResamplesMax);
  return drawn_share(moving, bar, flips, options.seed);
}

}  // namespace assay::stats
