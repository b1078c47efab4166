#include "reports/verdict.h"

#include <algorithm>
#include <cmath>

#include "reports/format.h"

namespace assay::reports {
namespace {

constexpr size_t kNamesMax = 3;  // more names make a sentence nobody reads

std::string names(const SuiteSummary& suite, const std::vector<size_t>& indices,
                  Language language) {
  std::string out;
  const size_t shown = indices.size() > kNamesMax + 1 ? kNamesMax : indices.size();
  for (size_t i = 0; i < shown; ++i) {
    if (i > 0) out += ", ";
    out += suite.models[indices[i]].model.name;
  }
  if (shown < indices.size()) {
    const std::string count = std::to_string(indices.size() - shown);
    out += ", " + say(language, Msg::kAndMore, {{"count", count}});
  }
  return out;
}

std::string verdict_headline(const SuiteSummary& suite, Language language) {
  const SuiteVerdict& v = suite.verdict;
  if (v.kind == VerdictKind::kNoData || !v.best) {
    return std::string(say(language, Msg::kHeadNoData));
  }
  const std::string& best = suite.models[*v.best].model.name;
  switch (v.kind) {
    case VerdictKind::kSingleModel:
      return say(language, Msg::kHeadSingle, {{"model", best}});
    case VerdictKind::kTied:
      if (v.tied.size() == 1) {
        return say(language, Msg::kHeadTiedOne,
                   {{"model", best}, {"other", suite.models[v.tied[0]].model.name}});
      }
      return say(language, Msg::kHeadTiedMany,
                 {{"model", best}, {"count", std::to_string(v.tied.size())}});
    default:
      return say(language, Msg::kHeadClear, {{"model", best}});
  }
}

std::string quality_sentence(const MetricResult& result, Language language) {
  const std::string value = format_value(result.def, result.estimate);
  const std::string interval = format_interval(result.def, result.estimate);
  const std::string n = format_count(result.estimate.n);
  if (interval.empty()) {
    return say(language, Msg::kSentenceQualityBare,
               {{"metric", result.def.name}, {"value", value}, {"n", n}});
  }
  return say(language, Msg::kSentenceQuality,
             {{"metric", result.def.name}, {"value", value}, {"interval", interval}, {"n", n}});
}

void add_lead(const SuiteSummary& suite, Language language, std::vector<std::string>& out) {
  const std::optional<size_t> second = runner_up(suite);
  const Comparison* lead = second ? best_against(suite, *second) : nullptr;
  if (lead == nullptr || !lead->difference.value) return;
  const auto pp = say(language, Msg::kPercentagePoints);
  const bool higher = *headline(suite.models[*suite.verdict.best])->estimate.value >=
                      headline(suite.models[*second])->estimate.value.value_or(0);
  out.push_back(say(language, higher ? Msg::kSentenceLeadHigher : Msg::kSentenceLeadLower,
                    {{"difference", format_magnitude(lead->metric, lead->difference, pp)},
                     {"second", suite.models[*second].model.name},
                     {"interval", format_difference_interval(lead->metric, lead->difference)},
                     {"p", format_p(lead->p_holm ? lead->p_holm : lead->p_value)}}));
}

std::vector<size_t> beaten(const SuiteSummary& suite) {
  std::vector<size_t> out;
  for (const size_t i : by_quality(suite)) {
    const Comparison* c = best_against(suite, i);
    if (c == nullptr) continue;
    const bool best_is_a = c->a == *suite.verdict.best;
    const PairVerdict wins = best_is_a ? PairVerdict::kABetter : PairVerdict::kBBetter;
    if (c->verdict == wins) out.push_back(i);
  }
  return out;
}

void add_standing(const SuiteSummary& suite, Language language, std::vector<std::string>& out) {
  const std::vector<size_t> worse = beaten(suite);
  if (suite.verdict.kind == VerdictKind::kClearBest) {
    if (suite.models.size() > 2 && worse.size() == suite.models.size() - 1) {
      out.push_back(
          say(language, Msg::kSentenceAllBeaten, {{"count", std::to_string(worse.size())}}));
    }
    return;
  }
  if (!suite.verdict.tied.empty()) {
    out.push_back(say(language, Msg::kSentenceTied,
                      {{"models", names(suite, suite.verdict.tied, language)}}));
  }
  if (!worse.empty()) {
    out.push_back(say(language, Msg::kSentenceBeaten, {{"models", names(suite, worse, language)}}));
  }
}

void add_speed(const SuiteSummary& suite, Language language, std::vector<std::string>& out) {
  const SuiteVerdict& v = suite.verdict;
  const std::optional<size_t> overall = fastest_of_all(suite);
  if (!overall) return;
  const auto time = [&](size_t i) { return format_seconds(*median_latency(suite.models[i])); };
  const auto name = [&](size_t i) -> const std::string& { return suite.models[i].model.name; };
  size_t named = *v.best;
  if (v.kind == VerdictKind::kTied && v.fastest && median_latency(suite.models[*v.fastest])) {
    named = *v.fastest;
    out.push_back(
        say(language, Msg::kSentenceFastestTied, {{"model", name(named)}, {"time", time(named)}}));
  } else if (median_latency(suite.models[named])) {
    out.push_back(say(language, Msg::kSentenceMedian, {{"time", time(named)}}));
  }
  if (*overall != named) {
    out.push_back(say(language, Msg::kSentenceFastestAll,
                      {{"model", name(*overall)}, {"time", time(*overall)}}));
  }
}

void add_cost(const SuiteSummary& suite, Language language, std::vector<std::string>& out) {
  if (!cost_was_measured(suite)) {
    const std::string why = cost_reason(suite);
    out.push_back(why.empty() ? std::string(say(language, Msg::kSentenceCostUnknown))
                              : say(language, Msg::kSentenceCostUnknownWhy, {{"why", why}}));
    return;
  }
  const CostSummary& best = suite.models[*suite.verdict.best].cost;
  if (best.per_thousand_items) {
    out.push_back(say(language, Msg::kSentenceCost,
                      {{"cost", format_money(*best.per_thousand_items, best.currency)}}));
  }
  std::optional<size_t> cheapest;
  for (size_t i = 0; i < suite.models.size(); ++i) {
    const auto& price = suite.models[i].cost.per_thousand_items;
    if (!price) continue;
    if (!cheapest || *price < *suite.models[*cheapest].cost.per_thousand_items) cheapest = i;
  }
  if (cheapest && *cheapest != *suite.verdict.best) {
    const CostSummary& c = suite.models[*cheapest].cost;
    const std::string least = format_money(*c.per_thousand_items, c.currency);
    if (best.per_thousand_items && least == format_money(*best.per_thousand_items, best.currency)) {
      return;  // the same to every digit shown
    }
    out.push_back(say(language, Msg::kSentenceCheapest,
                      {{"model", suite.models[*cheapest].model.name}, {"cost", least}}));
  }
}

}  // namespace

VerdictText verdict_text(const SuiteSummary& suite, Language language) {
  VerdictText text;
  text.headline = verdict_headline(suite, language);
  const SuiteVerdict& v = suite.verdict;
  const MetricResult* best = v.best ? headline(suite.models[*v.best]) : nullptr;
  if (v.kind == VerdictKind::kNoData || best == nullptr || !best->estimate.value) {
    text.sentences.emplace_back(say(language, Msg::kSentenceNoData));
    return text;
  }
  text.sentences.push_back(quality_sentence(*best, language));
  if (v.kind == VerdictKind::kClearBest) add_lead(suite, language, text.sentences);
  add_standing(suite, language, text.sentences);
  add_speed(suite, language, text.details);
  add_cost(suite, language, text.details);
  return text;
}

const MetricResult* headline(const ModelResult& model) {
  return model.metrics.empty() ? nullptr : &model.metrics.front();
}

std::vector<size_t> by_quality(const SuiteSummary& suite) {
  std::vector<size_t> order(suite.models.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto badness = [&](size_t i) {
    const MetricResult* m = headline(suite.models[i]);
    if (m == nullptr || !m->estimate.value || std::isnan(*m->estimate.value)) return HUGE_VAL;
    return m->def.higher_is_better ? -*m->estimate.value : *m->estimate.value;
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return badness(a) < badness(b); });
  return order;
}

const Estimate* percentile(const LatencySummary& latency, double p) {
  for (const Percentile& q : latency.percentiles) {
    if (std::fabs(q.p - p) < 1e-9) return &q.estimate;
  }
  return nullptr;
}

std::optional<double> median_latency(const ModelResult& model) {
  const Estimate* p50 = percentile(model.latency, 0.5);
  return p50 == nullptr ? std::nullopt : p50->value;
}

const Comparison* best_against(const SuiteSummary& suite, size_t other) {
  if (!suite.verdict.best) return nullptr;
  const size_t best = *suite.verdict.best;
  const MetricResult* main = headline(suite.models[best]);
  for (const Comparison& c : suite.comparisons) {
    const bool pair = (c.a == best && c.b == other) || (c.b == best && c.a == other);
    if (pair && main != nullptr && c.metric.name == main->def.name) return &c;
  }
  return nullptr;
}

std::optional<size_t> runner_up(const SuiteSummary& suite) {
  if (!suite.verdict.best) return std::nullopt;
  for (const size_t i : by_quality(suite)) {
    const MetricResult* m = headline(suite.models[i]);
    if (i != *suite.verdict.best && m != nullptr && m->estimate.value) return i;
  }
  return std::nullopt;
}

std::optional<size_t> fastest_of_all(const SuiteSummary& suite) {
  std::optional<size_t> best;
  for (size_t i = 0; i < suite.models.size(); ++i) {
    const auto time = median_latency(suite.models[i]);
    if (time && (!best || *time < *median_latency(suite.models[*best]))) best = i;
  }
  return best;
}

bool cost_was_measured(const SuiteSummary& suite) {
  return std::any_of(suite.models.begin(), suite.models.end(), [](const ModelResult& m) {
    return m.cost.total || m.cost.per_thousand_items;
  });
}

std::string cost_reason(const SuiteSummary& suite) {
  for (const ModelResult& m : suite.models) {
    if (m.cost.basis.empty()) continue;
    std::string why = m.cost.basis;
    // It goes into a sentence that begins with "not measured" and ends by itself.
    constexpr std::string_view kSaid = "not measured: ";
    if (why.starts_with(kSaid)) why.erase(0, kSaid.size());
    if (!why.empty() && why.back() == '.') why.pop_back();
    return why;
  }
  return {};
}

}  // namespace assay::reports
