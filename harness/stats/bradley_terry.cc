#include "harness/stats/bradley_terry.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_map>
#include <utility>

#include "harness/base/check.h"
#include "harness/base/rng.h"
#include "harness/stats/battle_graph.h"
#include "harness/stats/finite.h"
#include "harness/stats/percentile.h"

namespace assay::stats {
namespace {

using Vector = Eigen::VectorXd;
using Matrix = Eigen::MatrixXd;

constexpr int kStepsMax = 200;
constexpr int kHalvingsMax = 60;
constexpr double kGradientSmall = 1e-10;  // per battle
constexpr double kCollinear = 1e-9;       // share of a covariate's variance that is its own
constexpr double kSeparatedLogOdds = 30;  // fitted odds beyond e^30: told apart without error
constexpr double kNoVariance = 1e-14;

double sigmoid(double x) {
  return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
}
// log σ(x)
double log_sigmoid(double x) {
  return x >= 0 ? -std::log1p(std::exp(-x)) : x - std::log1p(std::exp(x));
}

// Log likelihood of one battle with its derivatives by η and the tie parameter t (log ν or τ).
struct Term {
  double value = 0;
  double by_eta = 0;
  double by_tie = 0;
  double eta_eta = 0;  // minus the second derivatives
  double eta_tie = 0;
  double tie_tie = 0;
};

Term half_win_term(Winner winner, double eta) {
  const double y = winner == Winner::kA ? 1 : (winner == Winner::kB ? 0 : 0.5);
  const double p = sigmoid(eta);
  return {.value = y * log_sigmoid(eta) + (1 - y) * log_sigmoid(-eta),
          .by_eta = y - p,
          .eta_eta = p * sigmoid(-eta)};
}

Term davidson_term(Winner winner, double eta, double log_nu) {
  const double top = std::max(std::fabs(eta) / 2, log_nu);
  const double a = std::exp(eta / 2 - top);
  const double b = std::exp(-eta / 2 - top);
  const double tie = std::exp(log_nu - top);
  const double total = a + b + tie;
  const double mean = (a - b) / (2 * total);  // of ±1/2 by who wins
  const double p_tie = tie / total;
  const double side = winner == Winner::kA ? 0.5 : (winner == Winner::kB ? -0.5 : 0);
  const double is_tie = winner == Winner::kTie ? 1 : 0;
  return {.value = side * eta + is_tie * log_nu - top - std::log(total),
          .by_eta = side - mean,
          .by_tie = is_tie - p_tie,
          .eta_eta = (a + b) / (4 * total) - mean * mean,
          .eta_tie = -mean * p_tie,
          .tie_tie = p_tie * (1 - p_tie)};
}

Term rao_kupper_term(Winner winner, double eta, double tau) {
  const double not_a = sigmoid(tau - eta);
  const double not_b = sigmoid(tau + eta);
  const double wide_a = not_a * sigmoid(eta - tau);
  const double wide_b = not_b * sigmoid(-eta - tau);
  if (winner == Winner::kA) {
    return {log_sigmoid(eta - tau), not_a, -not_a, wide_a, -wide_a, wide_a};
  }
  if (winner == Winner::kB) {
    return {log_sigmoid(-eta - tau), -not_b, -not_b, wide_b, wide_b, wide_b};
  }
  const double rest = -std::expm1(-2 * tau);  // 1 - e^(-2τ)
  return {.value = 2 * tau + std::log(rest) + log_sigmoid(eta - tau) + log_sigmoid(-eta - tau),
          .by_eta = not_a - not_b,
          .by_tie = 2 / rest - not_a - not_b,
          .eta_eta = wide_a + wide_b,
          .eta_tie = wide_b - wide_a,
          .tie_tie = 4 * std::exp(-2 * tau) / (rest * rest) + wide_a + wide_b};
}

// Which battles count and where each model's, covariate's and the tie's parameter stands.
struct Layout {
  std::vector<size_t> used;                       // battles
  std::vector<Eigen::Index> model;                // parameter of each model; -1: not rated
  std::vector<size_t> covariates;                 // those that are estimated
  std::vector<std::vector<Eigen::Index>> groups;  // parameters of comparable models
  Eigen::Index models = 0;
  bool has_tie = false;
  [[nodiscard]] Eigen::Index first_covariate() const { return models; }
  [[nodiscard]] Eigen::Index tie() const {
    return models + static_cast<Eigen::Index>(covariates.size());
  }
  [[nodiscard]] Eigen::Index size() const { return tie() + (has_tie ? 1 : 0); }
};

struct Derivatives {
  double value = 0;
  Vector gradient;
  Matrix hessian;  // of -log likelihood
};

class Likelihood {
 public:
  Likelihood(const BattleTable& table, const BradleyTerryOptions& options, const Layout& layout)
      : table_(table), options_(options), layout_(layout) {}

  [[nodiscard]] double eta(size_t battle, const Vector& at) const {
    const Battle& b = table_.battles[battle];
    double out = at[layout_.model[b.a]] - at[layout_.model[b.b]];
    for (size_t k = 0; k < layout_.covariates.size(); ++k) {
      out += at[layout_.first_covariate() + static_cast<Eigen::Index>(k)] * covariate(battle, k);
    }
    return out;
  }

  [[nodiscard]] Term term(size_t battle, const Vector& at) const {
    const Winner winner = table_.battles[battle].winner;
    if (!layout_.has_tie) return half_win_term(winner, eta(battle, at));
    const double tie = at[layout_.tie()];
    return options_.ties == TieModel::kDavidson ? davidson_term(winner, eta(battle, at), tie)
                                                : rao_kupper_term(winner, eta(battle, at), tie);
  }

  // -inf where the tie parameter is outside its domain.
  [[nodiscard]] double value(const Vector& at) const {
    if (tie_is_outside(at)) return -std::numeric_limits<double>::infinity();
    double out = 0;
    for (const size_t i : layout_.used) out += table_.battles[i].weight * term(i, at).value;
    for (Eigen::Index m = 0; m < layout_.models; ++m) out += prior_value(at[m]);
    return out;
  }

  [[nodiscard]] Derivatives derivatives(const Vector& at) const {
    Derivatives out{.gradient = Vector::Zero(layout_.size()),
                    .hessian = Matrix::Zero(layout_.size(), layout_.size())};
    for (const size_t i : layout_.used) {
      const Term t = term(i, at);
      const double weight = table_.battles[i].weight;
      out.value += weight * t.value;
      const std::vector<Entry> x = design(i);
      for (const Entry& p : x) {
        out.gradient[p.at] += weight * t.by_eta * p.x;
        for (const Entry& q : x) out.hessian(p.at, q.at) += weight * t.eta_eta * p.x * q.x;
        if (!layout_.has_tie) continue;
        out.hessian(p.at, layout_.tie()) += weight * t.eta_tie * p.x;
        out.hessian(layout_.tie(), p.at) += weight * t.eta_tie * p.x;
      }
      if (!layout_.has_tie) continue;
      out.gradient[layout_.tie()] += weight * t.by_tie;
      out.hessian(layout_.tie(), layout_.tie()) += weight * t.tie_tie;
    }
    add_prior(at, out);
    return out;
  }

  // Where a battle's η depends on the parameters, and how much.
  struct Entry {
    Eigen::Index at;
    double x;
  };
  [[nodiscard]] std::vector<Entry> design(size_t battle) const {
    const Battle& b = table_.battles[battle];
    std::vector<Entry> out{{layout_.model[b.a], 1}, {layout_.model[b.b], -1}};
    for (size_t k = 0; k < layout_.covariates.size(); ++k) {
      out.push_back(
          {layout_.first_covariate() + static_cast<Eigen::Index>(k), covariate(battle, k)});
    }
    return out;
  }

  // Directions that battles leave open (a group's common level) are held at 0 by adding them to the
  // Hessian: the gradient has no part along them.
  void hold_levels(Matrix& hessian) const {
    if (options_.prior > 0) return;  // holds them itself
    for (const auto& group : layout_.groups) {
      for (const Eigen::Index p : group) {
        for (const Eigen::Index q : group) hessian(p, q) += 1;
      }
    }
  }

 private:
  [[nodiscard]] double covariate(size_t battle, size_t k) const {
    return table_.covariates[battle * table_.covariate_count + layout_.covariates[k]];
  }
  [[nodiscard]] bool tie_is_outside(const Vector& at) const {
    return layout_.has_tie && options_.ties == TieModel::kRaoKupper && at[layout_.tie()] <= 0;
  }
  [[nodiscard]] double prior_value(double theta) const {
    if (options_.prior <= 0) return 0;
    return options_.prior * (log_sigmoid(theta) + log_sigmoid(-theta));
  }
  void add_prior(const Vector& at, Derivatives& out) const {
    if (options_.prior <= 0) return;
    for (Eigen::Index m = 0; m < layout_.models; ++m) {
      out.value += prior_value(at[m]);
      out.gradient[m] += options_.prior * (1 - 2 * sigmoid(at[m]));
      out.hessian(m, m) += 2 * options_.prior * sigmoid(at[m]) * sigmoid(-at[m]);
    }
  }

  const BattleTable& table_;
  const BradleyTerryOptions& options_;
  const Layout& layout_;
};

struct Maximum {
  Vector at;
  Matrix inverse;  // of the Hessian with levels held
  double value = 0;
  bool found = false;
};

Maximum maximise(const Likelihood& likelihood, const Layout& layout) {
  Maximum out;
  out.at = Vector::Zero(layout.size());
  if (layout.has_tie) out.at[layout.tie()] = 0.5;
  const double small = kGradientSmall * static_cast<double>(layout.used.size());
  for (int step = 0; step < kStepsMax; ++step) {
    Derivatives d = likelihood.derivatives(out.at);
    likelihood.hold_levels(d.hessian);
    const Eigen::LDLT<Matrix> factors(d.hessian);
    if (factors.info() != Eigen::Success || !factors.isPositive()) return out;
    const Vector move = factors.solve(d.gradient);
    if (!move.allFinite()) return out;
    out.value = d.value;
    const bool done =
        d.gradient.lpNorm<Eigen::Infinity>() <= small && move.lpNorm<Eigen::Infinity>() <= 1e-9;
    if (done) {
      out.inverse = factors.solve(Matrix::Identity(layout.size(), layout.size()));
      out.found = out.inverse.allFinite();
      return out;
    }
    double share = 1;
    int halvings = 0;
    // A last step below rounding may not rise: it is taken as it is.
    const double floor = d.value - 1e-12 * (1 + std::fabs(d.value));
    while (halvings < kHalvingsMax && !(likelihood.value(out.at + share * move) >= floor)) {
      share /= 2;
      ++halvings;
    }
    out.at += share * move;
  }
  return out;
}

// Covariates that neither the models' levels nor earlier covariates determine, by elimination in
// the least-squares problem.
std::vector<size_t> independent_covariates(const BattleTable& table,
                                           const BradleyTerryOptions& options, Layout layout) {
  layout.has_tie = false;
  layout.covariates.resize(table.covariate_count);
  std::iota(layout.covariates.begin(), layout.covariates.end(), size_t{0});
  const Likelihood likelihood(table, options, layout);
  Matrix cross = likelihood.derivatives(Vector::Zero(layout.size())).hessian;
  likelihood.hold_levels(cross);
  const Vector own = cross.diagonal();
  std::vector<size_t> out;
  for (Eigen::Index p = 0; p < layout.size(); ++p) {
    const bool free = cross(p, p) > kCollinear * own[p];
    if (p >= layout.models && free) out.push_back(static_cast<size_t>(p - layout.models));
    if (!free) continue;
    const Vector column = cross.col(p) / cross(p, p);
    const Eigen::Index rest = layout.size() - p - 1;
    cross.bottomRightCorner(rest, rest) -= column.tail(rest) * cross.row(p).tail(rest);
  }
  return out;
}

Layout layout_of(const BattleTable& table, const BradleyTerryOptions& options,
                 const std::vector<std::vector<uint32_t>>& groups) {
  Layout out;
  out.model.assign(table.models, -1);
  std::vector<size_t> group_of(table.models);
  for (size_t g = 0; g < groups.size(); ++g) {
    for (const uint32_t m : groups[g]) group_of[m] = g;
    if (groups[g].size() < 2) continue;
    out.groups.emplace_back();
    for (const uint32_t m : groups[g]) {
      out.model[m] = out.models++;
      out.groups.back().push_back(out.model[m]);
    }
  }
  bool tied = false;
  for (size_t i = 0; i < table.battles.size(); ++i) {
    const Battle& b = table.battles[i];
    if (b.a == b.b || group_of[b.a] != group_of[b.b] || b.weight <= 0) continue;
    out.used.push_back(i);
    tied = tied || b.winner == Winner::kTie;
  }
  if (!out.used.empty()) out.covariates = independent_covariates(table, options, out);
  out.has_tie = tied && options.ties != TieModel::kHalfWins;
  return out;
}

struct Sandwich {
  Matrix covariance;
  uint64_t clusters = 0;
};

// Score sums of one cluster at a time, so that only the parameters it touches cost anything.
class ScoreSquares {
 public:
  explicit ScoreSquares(Eigen::Index size)
      : sums_(Vector::Zero(size)), squares_(Matrix::Zero(size, size)) {}
  void add(Eigen::Index at, double score) {
    touched_.push_back(at);
    sums_[at] += score;
  }
  void close() {
    std::sort(touched_.begin(), touched_.end());
    touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
    for (const Eigen::Index p : touched_) {
      for (const Eigen::Index q : touched_) squares_(p, q) += sums_[p] * sums_[q];
    }
    for (const Eigen::Index p : touched_) sums_[p] = 0;
    touched_.clear();
  }
  [[nodiscard]] const Matrix& squares() const { return squares_; }

 private:
  std::vector<Eigen::Index> touched_;
  Vector sums_;
  Matrix squares_;
};

// Battles by cluster, clusters in order of first appearance.
std::vector<std::vector<size_t>> by_cluster(const BattleTable& table, const Layout& layout) {
  std::vector<std::vector<size_t>> out;
  std::unordered_map<uint32_t, size_t> place;
  for (const size_t i : layout.used) {
    size_t at = out.size();
    if (!table.clusters.empty())
      at = place.try_emplace(table.clusters[i], out.size()).first->second;
    if (at == out.size()) out.emplace_back();
    out[at].push_back(i);
  }
  return out;
}

// H⁻¹ M H⁻¹ with every group's level taken out.
Sandwich sandwich(const BattleTable& table, const Likelihood& likelihood, const Layout& layout,
                  const Maximum& maximum) {
  ScoreSquares meat(layout.size());
  const auto clusters = by_cluster(table, layout);
  for (const auto& cluster : clusters) {
    for (const size_t i : cluster) {
      const Term t = likelihood.term(i, maximum.at);
      const double weight = table.battles[i].weight;
      for (const auto& entry : likelihood.design(i)) {
        meat.add(entry.at, weight * t.by_eta * entry.x);
      }
      if (layout.has_tie) meat.add(layout.tie(), weight * t.by_tie);
    }
    meat.close();
  }
  Matrix centred = maximum.inverse;
  for (const auto& group : layout.groups) {
    Eigen::RowVectorXd mean = Eigen::RowVectorXd::Zero(layout.size());
    for (const Eigen::Index p : group) mean += centred.row(p);
    mean /= static_cast<double>(group.size());
    for (const Eigen::Index p : group) centred.row(p) -= mean;
  }
  const auto c = static_cast<double>(clusters.size());
  Sandwich out{.covariance = Matrix(), .clusters = clusters.size()};
  if (clusters.size() > 1) {
    out.covariance = c / (c - 1) * centred * meat.squares() * centred.transpose();
  }
  return out;
}

// Draws of N(0, covariance) by a root that stands rank deficiency.
class NormalDraws {
 public:
  explicit NormalDraws(const Matrix& covariance) {
    const Eigen::LDLT<Matrix> factors(covariance);
    const Vector root = factors.vectorD().cwiseMax(0.0).cwiseSqrt();
    root_ = factors.transpositionsP().transpose() *
            Matrix(Matrix(factors.matrixL()) * root.asDiagonal());
  }
  [[nodiscard]] Vector draw(Rng& rng) const {
    Vector z(root_.cols());
    for (double& value : z) value = rng.normal();
    return root_ * z;
  }

 private:
  Matrix root_;
};

struct PairError {
  size_t i;
  size_t j;
  double error;
};

// How many errors a difference must lie from 0 so that none of them does by chance.
double simultaneous_errors(const Matrix& covariance, const std::vector<PairError>& pairs,
                           const BradleyTerryOptions& options, uint64_t group, double degrees) {
  const NormalDraws draws(covariance);
  std::vector<double> largest(std::max<uint32_t>(options.draws, 1));
  for (size_t d = 0; d < largest.size(); ++d) {
    Rng rng(options.seed, group, d);
    const Vector z = draws.draw(rng);
    for (const PairError& p : pairs) {
      const double distance =
          std::fabs(z[static_cast<Eigen::Index>(p.i)] - z[static_cast<Eigen::Index>(p.j)]);
      largest[d] = std::max(largest[d], distance / p.error);
    }
  }
  std::sort(largest.begin(), largest.end());
  const auto last = static_cast<double>(largest.size());
  const auto place =
      static_cast<size_t>(std::clamp(std::ceil(options.confidence * last), 1.0, last));
  const double tail = normal_two_sided(largest[place - 1]);
  return student_quantile(1 - tail / 2, degrees);
}

void rank_group(const std::vector<uint32_t>& members, const Matrix& covariance, const Vector& theta,
                double degrees, const BradleyTerryOptions& options, size_t group,
                BradleyTerry& out) {
  std::vector<PairError> pairs;
  const auto v = [&](size_t i, size_t j) {
    return covariance(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j));
  };
  for (size_t i = 0; i < members.size(); ++i) {
    for (size_t j = i + 1; j < members.size(); ++j) {
      const double variance = v(i, i) + v(j, j) - 2 * v(i, j);
      // No variation between clusters is no knowledge of the difference.
      if (variance > kNoVariance) pairs.push_back({i, j, std::sqrt(variance)});
    }
  }
  for (const uint32_t m : members) {
    out.models[m].rank_low = 1;
    out.models[m].rank_high = static_cast<uint32_t>(members.size());
  }
  if (pairs.empty()) return;
  const double errors = simultaneous_errors(covariance, pairs, options, group, degrees);
  for (const PairError& p : pairs) {
    const double difference =
        theta[static_cast<Eigen::Index>(p.i)] - theta[static_cast<Eigen::Index>(p.j)];
    if (std::fabs(difference) <= errors * p.error) continue;
    const uint32_t better = members[difference > 0 ? p.i : p.j];
    const uint32_t worse = members[difference > 0 ? p.j : p.i];
    ++*out.models[worse].rank_low;
    --*out.models[better].rank_high;
  }
}

void set_interval(Estimate& e, double error, double half) {
  if (error <= 0) return;
  e.ci_low = *e.value - half;
  e.ci_high = *e.value + half;
}

class Reporter {
 public:
  Reporter(const BattleTable& table, const BradleyTerryOptions& options, const Layout& layout,
           const Maximum& maximum, const Sandwich& spread, BradleyTerry& out)
      : table_(table),
        options_(options),
        layout_(layout),
        maximum_(maximum),
        spread_(spread),
        out_(out) {
    if (spread.clusters > 1) {
      degrees_ = static_cast<double>(spread.clusters) - 1;
      quantile_ = student_quantile((1 + options.confidence) / 2, degrees_);
    }
  }

  void report() {
    out_.log_likelihood = maximum_.value;
    for (size_t g = 0; g < out_.groups.size(); ++g) {
      if (out_.groups[g].size() > 1) group(g);
    }
    for (size_t k = 0; k < layout_.covariates.size(); ++k) coefficient(k);
    tie_parameter();
  }

 private:
  // 0 where there is none.
  [[nodiscard]] double error_of(Eigen::Index p) const {
    if (spread_.clusters < 2) return 0;
    const double variance = spread_.covariance(p, p);
    return variance > kNoVariance ? std::sqrt(variance) : 0;
  }

  void group(size_t g) {
    const std::vector<uint32_t>& members = out_.groups[g];
    const auto size = static_cast<Eigen::Index>(members.size());
    Vector theta(size);
    for (Eigen::Index i = 0; i < size; ++i) {
      theta[i] = maximum_.at[layout_.model[members[static_cast<size_t>(i)]]];
    }
    theta.array() -= theta.mean();
    const double points = options_.scale / std::log(options_.base);
    for (Eigen::Index i = 0; i < size; ++i) {
      const uint32_t m = members[static_cast<size_t>(i)];
      ModelRating& model = out_.models[m];
      model.state = RatingState::kRated;
      model.rating.value = options_.mean_rating + points * theta[i];
      model.rating.method = method();
      const double error = points * error_of(layout_.model[m]);
      if (error > 0) model.error = error;
      set_interval(model.rating, error, quantile_ * error);
    }
    if (spread_.clusters > 1) {
      rank_group(members, covariance_of(members), theta, degrees_, options_, g, out_);
    } else {
      for (const uint32_t m : members) {
        out_.models[m].rank_low = 1;
        out_.models[m].rank_high = static_cast<uint32_t>(members.size());
      }
    }
  }

  [[nodiscard]] Matrix covariance_of(const std::vector<uint32_t>& members) const {
    const auto size = static_cast<Eigen::Index>(members.size());
    Matrix out(size, size);
    for (Eigen::Index i = 0; i < size; ++i) {
      for (Eigen::Index j = 0; j < size; ++j) {
        out(i, j) = spread_.covariance(layout_.model[members[static_cast<size_t>(i)]],
                                       layout_.model[members[static_cast<size_t>(j)]]);
      }
    }
    return out;
  }

  [[nodiscard]] std::string method() const {
    std::string out = "bradley-terry";
    if (layout_.has_tie)
      out += options_.ties == TieModel::kDavidson ? ", davidson" : ", rao-kupper";
    if (options_.prior > 0) out += ", weak prior";
    if (spread_.clusters < 2) return out + "; one cluster: no interval";
    return out + (table_.clusters.empty() ? ", sandwich" : ", clustered sandwich");
  }

  void coefficient(size_t k) {
    const Eigen::Index p = layout_.first_covariate() + static_cast<Eigen::Index>(k);
    Coefficient& c = out_.covariates[layout_.covariates[k]];
    c.log_odds.value = maximum_.at[p];
    c.log_odds.n = out_.battles;
    c.log_odds.method = method();
    const double error = error_of(p);
    if (error <= 0) return;
    c.error = error;
    set_interval(c.log_odds, error, quantile_ * error);
    c.p_value = student_two_sided(maximum_.at[p] / error, degrees_);
  }

  // Both are e^t.
  void tie_parameter() {
    if (!layout_.has_tie) return;
    const double t = maximum_.at[layout_.tie()];
    Estimate& e = out_.tie_parameter;
    e.value = std::exp(t);
    e.n = out_.battles;
    e.method = method();
    const double error = error_of(layout_.tie());
    if (error <= 0) return;
    e.ci_low = std::exp(t - quantile_ * error);
    e.ci_high = std::exp(t + quantile_ * error);
  }

  const BattleTable& table_;
  const BradleyTerryOptions& options_;
  const Layout& layout_;
  const Maximum& maximum_;
  const Sandwich& spread_;
  BradleyTerry& out_;
  double degrees_ = 0;
  double quantile_ = 0;
};

std::string refusal(const BattleTable& table) {
  if (table.models > kRatedModelsMax) return "refused: more than 1000 models";
  if (table.covariate_count > kCovariatesMax) return "refused: more than 32 covariates";
  const bool weights = std::all_of(table.battles.begin(), table.battles.end(), [](const Battle& b) {
    return std::isfinite(b.weight) && b.weight >= 0;
  });
  if (!weights) return "refused: a weight is negative or not a finite number";
  return all_finite(table.covariates) ? std::string() : std::string(kNotFinite);
}

void count_battles(const BattleTable& table, BradleyTerry& out) {
  for (const Battle& b : table.battles) {
    if (b.a == b.b) {
      ++out.against_itself;
      continue;
    }
    ++out.models[b.a].rating.n;
    ++out.models[b.b].rating.n;
    if (b.winner == Winner::kTie) {
      ++out.models[b.a].ties;
      ++out.models[b.b].ties;
    } else {
      ++out.models[b.winner == Winner::kA ? b.a : b.b].wins;
      ++out.models[b.winner == Winner::kA ? b.b : b.a].losses;
    }
  }
}

void state_unrated(ModelRating& model) {
  if (model.rating.n == 0) {
    model.state = RatingState::kNoBattles;
    model.rating.method = "no battles";
  } else if (model.wins == model.rating.n) {
    model.state = RatingState::kWonAll;
    model.rating.method = "unbounded: won every battle";
  } else if (model.losses == model.rating.n) {
    model.state = RatingState::kLostAll;
    model.rating.method = "unbounded: lost every battle";
  } else {
    model.state = RatingState::kSeparated;
    model.rating.method = "unbounded: nobody it beat leads back to those who beat it";
  }
}

// Why there is no maximum, or nothing. Ties are looked at before, covariates after the fit.
std::string no_maximum(const Likelihood& likelihood, const Layout& layout, const Maximum& maximum) {
  if (!maximum.found) return "no maximum of the likelihood was found";
  if (layout.covariates.empty()) return {};
  for (const size_t i : layout.used) {
    if (std::fabs(likelihood.eta(i, maximum.at)) > kSeparatedLogOdds) {
      return "refused: the covariates tell some winners apart without error (no finite maximum)";
    }
  }
  return {};
}

bool tie_is_unbounded(const BattleTable& table, const BradleyTerryOptions& options,
                      const Layout& layout) {
  std::vector<Battle> used;
  bool decided = false;
  for (const size_t i : layout.used) {
    used.push_back(table.battles[i]);
    decided = decided || used.back().winner != Winner::kTie;
  }
  // A prior keeps the ratings finite, and with them the tie parameter as soon as anybody won.
  return options.prior > 0 ? !decided : ties_are_told_by_ratings(used, table.models);
}

void refuse(BradleyTerry& out, const std::string& why) {
  out.note = why;
  for (ModelRating& model : out.models) {
    if (model.rating.method.empty()) model.rating.method = why;
  }
  for (Coefficient& c : out.covariates) c.log_odds.method = why;
}

}  // namespace

BradleyTerry bradley_terry(const BattleTable& table, const BradleyTerryOptions& options) {
  ASSAY_CHECK(table.clusters.empty() || table.clusters.size() == table.battles.size(),
              "{} clusters for {} battles", table.clusters.size(), table.battles.size());
  ASSAY_CHECK(table.covariates.size() == table.battles.size() * table.covariate_count,
              "{} covariates for {} battles of {}", table.covariates.size(), table.battles.size(),
              table.covariate_count);
  for (const Battle& b : table.battles) {
    ASSAY_CHECK(b.a < table.models && b.b < table.models, "models {} and {} of {}", b.a, b.b,
                table.models);
  }
  BradleyTerry out;
  out.models.resize(table.models);
  out.covariates.resize(table.covariate_count);
  count_battles(table, out);
  if (std::string why = refusal(table); !why.empty()) {
    refuse(out, why);
    return out;
  }
  out.groups = comparable_groups(table.battles, table.models, options.prior > 0);
  for (size_t g = 0; g < out.groups.size(); ++g) {
    for (const uint32_t m : out.groups[g]) out.models[m].group = g;
    if (out.groups[g].size() == 1) state_unrated(out.models[out.groups[g].front()]);
  }
  const Layout layout = layout_of(table, options, out.groups);
  out.battles = layout.used.size();
  out.between_groups = table.battles.size() - out.against_itself - out.battles;
  if (layout.used.empty()) {
    refuse(out, table.battles.size() == out.against_itself
                    ? "no battles"
                    : "no two models that each won or tied against the other");
    return out;
  }
  if (layout.has_tie && tie_is_unbounded(table, options, layout)) {
    refuse(out, "refused: ratings alone tell ties from wins (no finite tie parameter)");
    return out;
  }
  const Likelihood likelihood(table, options, layout);
  const Maximum maximum = maximise(likelihood, layout);
  if (std::string why = no_maximum(likelihood, layout, maximum); !why.empty()) {
    refuse(out, why);
    return out;
  }
  for (Coefficient& c : out.covariates) {
    c.log_odds.method = "no coefficient: does not vary, or others determine it";
  }
  const Sandwich spread = sandwich(table, likelihood, layout, maximum);
  out.clusters = spread.clusters;
  Reporter(table, options, layout, maximum, spread, out).report();
  return out;
}

}  // namespace assay::stats
