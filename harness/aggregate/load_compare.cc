#include <algorithm>
#include <array>
#include <vector>

#include "harness/aggregate/load_points.h"
#include "harness/stats/paired.h"

namespace assay::aggregate {
namespace {

constexpr std::array<std::string_view, 9> kCompared{"ttft_p50",
                                                    "ttft_p99",
                                                    "itl_p50",
                                                    "tpot_p50",
                                                    "e2e_p50",
                                                    "e2e_p99",
                                                    "output_tokens_per_s",
                                                    "requests_per_s",
                                                    "goodput"};

using Rounds = std::vector<std::pair<const LoadResult*, const LoadResult*>>;

bool stands_before(const PointOfFile& a, const PointOfFile& b) {
  return std::pair(a.source, a.model_row) < std::pair(b.source, b.model_row);
}

// Which of a model's points with these settings it is: a file may have the same one twice.
size_t ordinal(std::span<const PointOfFile> points, size_t i) {
  return static_cast<size_t>(std::count_if(
      points.begin(), points.begin() + static_cast<std::ptrdiff_t>(i), [&](const PointOfFile& p) {
        return p.source == points[i].source && p.model_row == points[i].model_row &&
               p.settings == points[i].settings;
      }));
}

bool is_probe(const PointOfFile& p) { return p.point.rounds.front().load.probe; }

// Rounds of the same number; where a number is there several times, in order.
Rounds pair_rounds(const PointOfFile& a, const PointOfFile& b) {
  Rounds out;
  std::vector<bool> used(b.point.rounds.size());
  for (const LoadResult& of_a : a.point.rounds) {
    for (size_t i = 0; i < used.size(); ++i) {
      const LoadResult& of_b = b.point.rounds[i];
      if (used[i] || of_b.load.round != of_a.load.round) continue;
      used[i] = true;
      out.emplace_back(&of_a, &of_b);
      break;
    }
  }
  return out;
}

double mean(std::span<const double> values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

const char* verdict_of(const Estimate& difference) {
  if (!difference.ci_low) return "n too small";
  if (*difference.ci_high < 0) return "b lower";
  return *difference.ci_low > 0 ? "b higher" : "no difference shown";
}

void compare_pair(const PointOfFile& a, const PointOfFile& b, double confidence,
                  std::vector<LoadComparison>& out) {
  const Rounds rounds = pair_rounds(a, b);
  for (const std::string_view metric : kCompared) {
    std::vector<double> of_a;
    std::vector<double> of_b;
    for (const auto& [round_a, round_b] : rounds) {
      const auto value_a = round_figure(*round_a, metric);
      const auto value_b = round_figure(*round_b, metric);
      if (!value_a || !value_b) continue;
      of_a.push_back(*value_a);
      of_b.push_back(*value_b);
    }
    if (of_a.empty()) continue;
    const stats::PairedTest test = stats::paired_difference(of_b, of_a, {}, confidence);
    LoadComparison& c = out.emplace_back();
    c.point = a.point.point;
    c.label = a.point.label;
    c.a = a.point.model.name;
    c.b = b.point.model.name;
    c.a_source = a.source;
    c.b_source = b.source;
    c.metric = std::string(metric);
    c.difference = test.difference;
    if (of_a.size() < 2) {
      c.difference.ci_low.reset();
      c.difference.ci_high.reset();
    } else {
      c.p_value = test.p_value;
    }
    if (const double base = mean(of_a); base != 0) c.ratio = mean(of_b) / base;
    c.verdict = verdict_of(c.difference);
  }
}

}  // namespace

std::vector<LoadComparison> compare_points(std::span<const PointOfFile> points, double confidence) {
  std::vector<LoadComparison> out;
  for (size_t a = 0; a < points.size(); ++a) {
    if (is_probe(points[a])) continue;
    const size_t ordinal_a = ordinal(points, a);
    for (size_t b = 0; b < points.size(); ++b) {
      if (points[a].settings != points[b].settings || !stands_before(points[a], points[b]))
        continue;
      if (ordinal(points, b) != ordinal_a) continue;
      compare_pair(points[a], points[b], confidence, out);
    }
  }
  return out;
}

}  // namespace assay::aggregate
