// Statistics vectors of tests, ranks, ratings and agreement, by the code in harness/stats.
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json.h"
#include "harness/stats/agreement.h"
#include "harness/stats/bradley_terry.h"
#include "harness/stats/correlation.h"
#include "harness/stats/distributions.h"
#include "harness/stats/elo.h"
#include "harness/stats/mann_whitney.h"
#include "harness/stats/mean.h"
#include "harness/stats/multiple.h"
#include "harness/stats/paired.h"
#include "harness/stats/welch.h"
#include "tests/conformance/statistics_input.h"

namespace assay::conformance {
namespace {

constexpr double kCountMax = 1e15;
constexpr size_t kTestsMax = 5000;  // Hommel's adjustment takes the square of them
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::runtime_error refusal(const std::string& what) { return std::runtime_error(what); }

// The reference divides by an error of 0, where the product says that there is no test.
double two_sided(double statistic, double degrees) {
  if (std::isnan(statistic) || degrees < 1) return kNan;
  if (std::isinf(statistic)) return 0;
  return std::isinf(degrees) ? stats::normal_two_sided(statistic)
                             : stats::student_two_sided(statistic, degrees);
}

Json paired_difference(const Json& input) {
  const auto a = numbers_of(input.at("a"));
  const auto b = numbers_of(input.at("b"));
  if (a.size() != b.size()) throw refusal("lists of different lengths");
  const stats::PairedTest test = stats::paired_difference(a, b, {});
  const double mean = test.difference.value.value_or(kNan);
  const double error = test.error.value_or(kNan);
  const double t = mean / error;
  const stats::WelchTest welch = stats::welch(a, b);
  return {{"mean_difference", json_number(mean)},
          {"stderr", json_number(error)},
          {"t", json_number(t)},
          {"p_t", json_number(two_sided(t, static_cast<double>(a.size()) - 1))},
          {"z", json_number(t)},
          {"p_z", json_number(two_sided(t, std::numeric_limits<double>::infinity()))},
          {"pearson_r", json_number(stats::pearson(a, b).value)},
          {"welch_t", json_number(welch.t)},
          {"welch_p", json_number(welch.p_value)}};
}

Json mcnemar(const Json& input) {
  const auto count = [&](const char* key, size_t row, size_t column) {
    const Json& value = input.contains(key) ? input.at(key) : input.at("table").at(row).at(column);
    const double number = number_of(value);
    if (!(number >= 0 && number <= kCountMax) || number != std::floor(number)) {
      throw refusal("not a count");
    }
    return static_cast<uint64_t>(number);
  };
  const uint64_t b = count("b", 0, 1);
  const uint64_t c = count("c", 1, 0);
  const stats::ChiSquareTest plain = stats::mcnemar_chi_square(b, c, false);
  const stats::ChiSquareTest corrected = stats::mcnemar_chi_square(b, c, true);
  return {{"p_exact", stats::mcnemar_exact(b, c)},
          {"chi2", json_number(plain.statistic)},
          {"p_chi2", json_number(plain.p_value)},
          {"chi2_corrected", json_number(corrected.statistic)},
          {"p_chi2_corrected", json_number(corrected.p_value)}};
}

struct NamedAdjustment {
  const char* name;
  stats::Adjustment method;
};
constexpr NamedAdjustment kAdjustments[] = {
    {"fdr_bh", stats::Adjustment::kBenjaminiHochberg},
    {"fdr_by", stats::Adjustment::kBenjaminiYekutieli},
    {"holm", stats::Adjustment::kHolm},
    {"bonferroni", stats::Adjustment::kBonferroni},
    {"hommel", stats::Adjustment::kHommel},
    {"sidak", stats::Adjustment::kSidak},
};

Json multiple_comparisons(const Json& input) {
  const auto p = numbers_of(input.at("p"));
  if (p.empty() || p.size() > kTestsMax) throw refusal("no p-values, or too many");
  Json out = Json::object();
  for (const auto& [name, method] : kAdjustments) {
    const stats::AdjustedTests tests = stats::adjust(method, p, input.value("alpha", 0.05));
    Json adjusted = Json::array();
    Json reject = Json::array();
    for (size_t i = 0; i < p.size(); ++i) {
      adjusted.push_back(json_number(tests.p_values[i]));
      reject.push_back(static_cast<bool>(tests.rejected[i]));
    }
    out[name] = Json{{"adjusted", adjusted}, {"reject", reject}};
  }
  return out;
}

Json mann_whitney_u(const Json& input) {
  using stats::Alternative;
  const auto a = numbers_of(input.at("a"));
  const auto b = numbers_of(input.at("b"));
  if (a.empty() || b.empty()) throw refusal("an empty sample");
  const std::map<std::string, Alternative> alternatives{{"two-sided", Alternative::kTwoSided},
                                                        {"less", Alternative::kLess},
                                                        {"greater", Alternative::kGreater}};
  Json out = Json::object();
  for (const auto& [name, alternative] : alternatives) {
    const stats::MannWhitney m = stats::mann_whitney(a, b, alternative);
    Json& one = out[name];
    one = {{"U1", json_number(m.u)},
           {"p_auto", json_number(m.p_value())},
           {"p_asymptotic_continuity", json_number(m.p_normal)},
           {"p_asymptotic_no_continuity", json_number(m.p_normal_uncorrected)}};
    if (m.p_exact) one["p_exact"] = *m.p_exact;
  }
  return out;
}

// Players are numbered in order of first appearance.
struct Games {
  std::vector<std::string> names;
  std::vector<stats::Game> games;
};
Games games_of(const Json& battles) {
  const std::map<std::string, double> scores{
      {"model_a", 1}, {"model_b", 0}, {"tie", 0.5}, {"tie (bothbad)", 0.5}, {"bothbad", 0.5}};
  Games out;
  std::map<std::string, uint32_t> known;
  const auto number = [&](const Json& name) {
    const auto [at, fresh] =
        known.try_emplace(name.get<std::string>(), static_cast<uint32_t>(out.names.size()));
    if (fresh) out.names.push_back(at->first);
    return at->second;
  };
  for (const Json& battle : battles) {
    const uint32_t a = number(battle.at(0));
    const uint32_t b = number(battle.at(1));
    const auto score = scores.find(battle.at(2).get<std::string>());
    if (score == scores.end()) throw refusal("unknown winner " + battle.at(2).dump());
    out.games.push_back({.a = a, .b = b, .score = score->second});
  }
  return out;
}

Json elo_online(const Json& input) {
  const Games games = games_of(input.at("battles"));
  const stats::EloRule rule{.k = input.value("k", 4.0),
                            .base = input.value("base", 10.0),
                            .scale = input.value("scale", 400.0),
                            .initial = input.value("init", 1000.0)};
  const auto ratings = stats::elo(games.games, games.names.size(), rule);
  Json out = Json::object();
  for (size_t i = 0; i < ratings.size(); ++i) out[games.names[i]] = json_number(ratings[i]);
  return {{"ratings", out}};
}

// The reference's maximum exists only where every model can be reached from every other by wins.
Json bradley_terry(const Json& input) {
  const Games games = games_of(input.at("battles"));
  std::vector<stats::Battle> battles;
  for (const stats::Game& game : games.games) {
    stats::Winner winner = stats::Winner::kTie;
    if (game.score > 0.5) winner = stats::Winner::kA;
    if (game.score < 0.5) winner = stats::Winner::kB;
    battles.push_back({.a = game.a, .b = game.b, .winner = winner});
  }
  stats::BradleyTerryOptions options;
  options.base = input.value("base", 10.0);
  options.scale = input.value("scale", 400.0);
  options.mean_rating = input.value("mean_rating", 1000.0);
  const stats::BradleyTerry fit = stats::bradley_terry(
      {.models = static_cast<uint32_t>(games.names.size()), .battles = battles}, options);
  if (!fit.note.empty()) throw refusal(fit.note);
  if (fit.groups.size() != 1) throw refusal("no finite ratings for all models together");
  Json ratings = Json::object();
  for (size_t i = 0; i < fit.models.size(); ++i) {
    const auto value = fit.models[i].rating.value;
    ratings[games.names[i]] = value ? json_number(value) : refused("no finite rating");
  }
  return {{"ratings", ratings}};
}

Json cohen_kappa(const Json& input) {
  using stats::KappaWeights;
  const Json& a = input.at("a");
  const Json& b = input.at("b");
  const Labels labels = labels_of(a, b);
  const auto cells = cross_table(labels, a, b);
  const size_t k = labels.sorted.size();
  double same = 0;
  for (size_t i = 0; i < k; ++i) same += cells[i * k + i];
  const auto kappa = [&](KappaWeights weights) {
    return json_number(stats::cohen_kappa(cells, k, weights));
  };
  return {{"kappa", kappa(KappaWeights::kNone)},
          {"observed_agreement", same / static_cast<double>(a.size())},
          {"kappa_linear", kappa(KappaWeights::kLinear)},
          {"kappa_quadratic", kappa(KappaWeights::kQuadratic)},
          {"labels_seen", labels.sorted}};
}

// [subjects × raters] labels, or with "table" [subjects × categories] counts.
Json fleiss_kappa(const Json& input) {
  if (input.contains("table")) {
    std::vector<double> counts;
    for (const Json& row : input.at("table")) {
      if (row.size() != input.at("table").at(0).size()) throw refusal("rows of different lengths");
      const auto numbers = numbers_of(row);
      counts.insert(counts.end(), numbers.begin(), numbers.end());
    }
    const size_t categories = input.at("table").at(0).size();
    return {{"kappa", json_number(stats::fleiss_kappa(counts, categories))}};
  }
  const Json& ratings = input.at("ratings");
  Json all = Json::array();
  for (const Json& row : ratings) {
    if (row.size() != ratings.at(0).size()) throw refusal("subjects with different raters");
    all.insert(all.end(), row.begin(), row.end());
  }
  if (all.empty()) throw refusal("no ratings");
  const Labels labels = labels_of(all, Json::array());
  std::vector<double> counts;
  for (const Json& row : ratings) {
    const size_t begin = counts.size();
    counts.resize(begin + labels.sorted.size());
    for (const Json& label : row) counts[begin + labels.place(label)] += 1;
  }
  return {{"kappa", json_number(stats::fleiss_kappa(counts, labels.sorted.size()))}};
}

Json rank_correlation(const Json& input) {
  const auto x = numbers_of(input.at("x"));
  const auto y = numbers_of(input.at("y"));
  if (x.size() != y.size()) throw refusal("lists of different lengths");
  if (x.size() < 2) throw refusal("fewer than two pairs");
  const stats::Correlation rho = stats::spearman_t(x, y);
  const stats::Correlation r = stats::pearson(x, y);
  const stats::KendallTau tau = stats::kendall(x, y);
  return {{"spearman_rho", json_number(rho.value)},
          {"spearman_p", json_number(rho.p_value)},
          {"kendall_tau_b", json_number(tau.b)},
          {"kendall_p_auto", json_number(tau.p_value())},
          {"kendall_p_asymptotic", json_number(tau.p_normal)},
          {"kendall_tau_c", json_number(tau.c)},
          {"pearson_r", json_number(r.value)},
          {"pearson_p", json_number(r.p_value)}};
}

struct Operation {
  std::string_view name;
  Json (*run)(const Json& input);
};

constexpr Operation kOperations[] = {
    {"paired_difference", paired_difference},
    {"mcnemar", mcnemar},
    {"multiple_comparisons", multiple_comparisons},
    {"mann_whitney_u", mann_whitney_u},
    {"bradley_terry", bradley_terry},
    {"elo_online", elo_online},
    {"cohen_kappa", cohen_kappa},
    {"fleiss_kappa", fleiss_kappa},
    {"rank_correlation", rank_correlation},
};

}  // namespace

Json statistics_test_case(const std::string& op, const Json& input) {
  for (const Operation& operation : kOperations) {
    if (operation.name == op) return operation.run(input);
  }
  return Json{{"error", "unknown operation " + op}};
}

}  // namespace assay::conformance
