#include "reports/load_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <set>

#include "reports/format.h"
#include "reports/verdict.h"

namespace assay::reports {
namespace {

constexpr double kPlainMax = 1e12;  // larger figures can only be damage; they are not written out
constexpr double kPlainMin = 1e-9;
constexpr double kLopsided = 0.15;  // the arms of an interval differ by more: no "±"

bool is_plain(double value) {
  const double size = std::fabs(value);
  return std::isfinite(value) && (size == 0 || (size >= kPlainMin && size < kPlainMax));
}

std::string short_number(double value) {
  return std::isfinite(value) ? fmt::format("{:.3g}", value) : std::string(kNotAvailable);
}

bool has_value(const Estimate& e) { return e.value && std::isfinite(*e.value); }
bool has_interval(const Estimate& e) {
  return has_value(e) && e.ci_low && e.ci_high && std::isfinite(*e.ci_low) &&
         std::isfinite(*e.ci_high);
}

// What was asked for is a round figure: "50.0 ms" is "50 ms".
std::string trimmed(const std::string& text) {
  const size_t end = std::min(text.find_first_not_of("0123456789.-"), text.size());
  std::string number = text.substr(0, end);
  if (number.find('.') == std::string::npos) return text;
  while (number.back() == '0') number.pop_back();
  if (number.back() == '.') number.pop_back();
  return number + text.substr(end);
}

// A share that is not 1 must not be written as 100%.
int share_digits(double share) {
  const double from_end = std::min(std::fabs(share), std::fabs(1 - share));
  if (from_end == 0) return 0;
  return from_end < 0.001 ? 3 : from_end < 0.01 ? 2 : 1;
}

std::string with_unit(LoadUnit unit, const std::string& name, const Estimate& e,
                      Language language) {
  std::string value = format_figure(unit, e);
  if (unit != LoadUnit::kPerSecond) return value;
  const Msg word =
      name == "output_tokens_per_s" ? Msg::kLoadOutputTokensPerS : Msg::kLoadRequestsPerS;
  return value + " " + std::string(say(language, word));
}

// `name` is "<metric>_p<number>".
const Estimate* percentile_by_name(const LoadResult& result, std::string_view name) {
  const size_t split = name.rfind("_p");
  if (split == std::string_view::npos) return nullptr;
  const LoadMetric* metric = load_metric(result, name.substr(0, split));
  if (metric == nullptr) return nullptr;
  for (const Percentile& p : metric->summary.percentiles) {
    if (format_percentile_name(p.p) == name.substr(split + 1)) return &p.estimate;
  }
  return nullptr;
}

const Estimate* own_figure(const LoadResult& result, std::string_view name) {
  if (name == "requests_per_s") return &result.requests_per_s;
  if (name == "output_tokens_per_s") return &result.output_tokens_per_s;
  if (name == "goodput") return &result.goodput;
  if (name == "availability") return &result.availability;
  return percentile_by_name(result, name);
}

std::string label_of(const LoadInfo& load, Language language) {
  const std::string rate = trimmed(format_number(load.rate));
  switch (load.kind) {
    case LoadKind::kClosed:
      return say(language, Msg::kLoadLabelClosed,
                 {{"n", trimmed(format_number(load.concurrency))}});
    case LoadKind::kConstant:
      return say(language, Msg::kLoadLabelConstant, {{"rate", rate}});
    case LoadKind::kPoisson:
      return say(language, Msg::kLoadLabelPoisson, {{"rate", rate}});
    case LoadKind::kGamma:
      return say(language, Msg::kLoadLabelGamma,
                 {{"rate", rate}, {"shape", trimmed(format_number(load.burstiness))}});
    case LoadKind::kRamp:
      return say(language, Msg::kLoadLabelRamp,
                 {{"rate", rate}, {"end", trimmed(format_number(load.rate_end))}});
    case LoadKind::kTrace:
      return say(language, Msg::kLoadLabelTrace, {{"trace", load.trace}});
    case LoadKind::kBurst:
      return say(language, Msg::kLoadLabelBurst, {{"n", format_count(load.planned)}});
  }
  return {};
}

const LoadPoint* point_of(const LoadSection& section, uint32_t number) {
  for (const LoadPoint& p : section.points) {
    if (p.point == number) return &p;
  }
  return nullptr;
}

std::string search_value(const LoadSearch& search, const std::optional<double>& value,
                         Language language) {
  if (!value) return std::string(kNotAvailable);
  if (search.unit == "concurrency")
    return say(language, Msg::kLoadLabelClosed, {{"n", trimmed(format_number(*value))}});
  const std::string unit = search.unit == "requests/s"
                               ? std::string(say(language, Msg::kLoadRequestsPerS))
                               : search.unit;
  return format_number(*value) + " " + unit;
}

std::string tokens_text(const TokenCounting& tokens, Language language) {
  std::string out = say(language, Msg::kLoadTokensLine,
                        {{"method", tokens.method},
                         {"tokens", format_count(tokens.tokens)},
                         {"chunks", format_count(tokens.chunks)}});
  if (tokens.tokens > 0 && tokens.chunks > 0 && tokens.usage_missing == 0 &&
      tokens.tokens != tokens.chunks) {
    const double difference =
        static_cast<double>(tokens.tokens) / static_cast<double>(tokens.chunks) - 1;
    out += "; " + say(language, Msg::kLoadTokensDifference,
                      {{"share", (difference > 0 ? "+" : "") + format_ratio(difference)}});
  }
  if (tokens.usage_missing > 0) {
    out +=
        "; " + say(language, Msg::kLoadTokensMissing, {{"n", format_count(tokens.usage_missing)}});
  }
  return out;
}

// The limits a model's search was made with: those of any of its loads that has some.
Slo slo_of(const LoadSection& section, const std::string& model) {
  for (const LoadPoint& p : section.points) {
    const LoadInfo* load = first_load(p);
    if (load != nullptr && p.model.name == model && !load->slo.empty()) return load->slo;
  }
  return {};
}

}  // namespace

std::vector<Workload> workloads(const LoadSection& section) {
  std::vector<Workload> out;
  std::vector<std::string> keys;
  for (const LoadPoint& point : section.points) {
    const LoadInfo* load = first_load(point);
    const std::string key = load == nullptr ? "" : load->workload_hash + "\n" + load->workload;
    const auto known = std::find(keys.begin(), keys.end(), key);
    const auto at = static_cast<size_t>(known - keys.begin());
    if (known == keys.end()) {
      keys.push_back(key);
      out.push_back({load == nullptr ? "" : load->workload, {}});
    }
    out[at].points.push_back(&point);
  }
  return out;
}

const LoadInfo* first_load(const LoadPoint& point) {
  return point.rounds.empty() ? nullptr : &point.rounds.front().load;
}

bool is_open_loop(LoadKind kind) { return kind != LoadKind::kClosed; }

double load_level(const LoadInfo& load) {
  return is_open_loop(load.kind) ? load.rate : load.concurrency;
}

std::string load_label(const LoadPoint& point, Language language) {
  if (language == Language::kEnglish && !point.label.empty()) return point.label;
  const LoadInfo* load = first_load(point);
  return load == nullptr ? point.label : label_of(*load, language);
}

std::string load_name(const LoadSection& section, const LoadPoint& point, const LoadResult* round,
                      Language language) {
  std::string out = load_label(point, language);
  if (count_models(section) > 1) out += " · " + point.model.name;
  if (round != nullptr && point.rounds.size() > 1) {
    out += ", " + say(language, Msg::kLoadRound, {{"n", format_count(round->load.round + 1ULL)}});
  }
  return out;
}

std::string slo_limits(const Slo& slo) {
  std::string limits;
  const auto add = [&](std::string_view name, const std::optional<double>& limit) {
    if (!limit) return;
    limits += fmt::format("{}{} ≤ {}", limits.empty() ? "" : ", ", name,
                          trimmed(format_duration(*limit)));
  };
  add("ttft", slo.ttft_s);
  add("ttfa", slo.ttfa_s);
  add("tpot", slo.tpot_s);
  add("e2e", slo.e2e_s);
  return limits;
}

std::string slo_text(const Slo& slo, Language language) {
  std::string limits = slo_limits(slo);
  if (limits.empty()) return limits;
  return say(language, Msg::kLoadSloText,
             {{"limits", limits}, {"share", fmt::format("{:.4g}%", slo.share * 100)}});
}

const LoadMetric* load_metric(const LoadResult& result, std::string_view name) {
  for (const LoadMetric& metric : result.metrics) {
    if (metric.name == name) return &metric;
  }
  return nullptr;
}

Estimate figure(const LoadPoint& point, std::string_view name) {
  const Estimate* own = point.rounds.size() == 1 ? own_figure(point.rounds.front(), name) : nullptr;
  for (const auto& [known, estimate] : point.over_rounds) {
    if (known != name) continue;
    return own != nullptr && !has_interval(estimate) && has_value(*own) ? *own : estimate;
  }
  return own != nullptr ? *own : Estimate{};
}

std::pair<uint64_t, uint64_t> requests_and_failures(const LoadPoint& point) {
  std::pair<uint64_t, uint64_t> out{0, 0};
  for (const LoadResult& r : point.rounds) {
    out.first += r.requests;
    out.second += r.failed;
  }
  return out;
}

std::vector<std::pair<std::string, uint64_t>> errors_over_rounds(const LoadPoint& point) {
  std::vector<std::pair<std::string, uint64_t>> out;
  for (const LoadResult& r : point.rounds) {
    for (const auto& [name, count] : r.errors) {
      const auto it = std::find_if(out.begin(), out.end(), [&error = name](const auto& known) {
        return known.first == error;
      });
      if (it == out.end()) {
        out.emplace_back(name, count);
      } else {
        it->second += count;
      }
    }
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return out;
}

bool any_slo(const Workload& work) {
  return std::any_of(work.points.begin(), work.points.end(), [](const LoadPoint* p) {
    const LoadInfo* load = first_load(*p);
    return load != nullptr && !load->slo.empty();
  });
}

size_t count_loads(const LoadSection& section) {
  size_t n = 0;
  for (const LoadPoint& p : section.points) n += p.rounds.size();
  return n;
}

size_t count_models(const LoadSection& section) {
  std::set<std::string_view> names;
  for (const LoadPoint& p : section.points) names.insert(p.model.name);
  return names.size();
}

LoadUnit load_unit(std::string_view name) {
  if (name == "availability") return LoadUnit::kShare;
  if (name == "goodput" || name.ends_with("_per_s")) return LoadUnit::kPerSecond;
  return LoadUnit::kSeconds;
}

std::string load_key(std::string_view name) {
  if (name == "goodput") return "goodput_requests_per_s";
  return std::string(name) + (load_unit(name) == LoadUnit::kSeconds ? "_s" : "");
}

std::string format_number(double value) {
  return is_plain(value) ? format_significant(value, 3) : short_number(value);
}

std::string format_duration(double seconds) {
  return is_plain(seconds) ? format_seconds(seconds) : short_number(seconds) + " s";
}

std::string format_ratio(double share) {
  if (!is_plain(share)) return short_number(share);
  return fmt::format("{:.{}f}%", share * 100, share_digits(share));
}

std::string format_figure(LoadUnit unit, const Estimate& e) {
  if (!has_value(e)) return std::string(kNotAvailable);
  switch (unit) {
    case LoadUnit::kSeconds:
      return format_duration(*e.value);
    case LoadUnit::kShare:
      return format_ratio(*e.value);
    default:
      return format_number(*e.value);
  }
}

std::string format_figure_interval(LoadUnit unit, const Estimate& e) {
  if (!has_interval(e)) return {};
  const bool plain = is_plain(*e.value) && is_plain(*e.ci_low) && is_plain(*e.ci_high);
  if (!plain) return short_number(*e.ci_low) + "–" + short_number(*e.ci_high);
  switch (unit) {
    case LoadUnit::kSeconds:
      return format_seconds_interval(e);
    case LoadUnit::kShare:
      return fmt::format("{0:.{2}f}–{1:.{2}f}%", *e.ci_low * 100, *e.ci_high * 100,
                         std::max(1, share_digits(*e.value)));
    default:
      return format_number(*e.ci_low) + "–" + format_number(*e.ci_high);
  }
}

std::string format_compact(LoadUnit unit, const Estimate& e) {
  std::string value = format_figure(unit, e);
  if (!has_interval(e) || !is_plain(*e.value) || !is_plain(*e.ci_low) || !is_plain(*e.ci_high)) {
    return value;
  }
  const size_t digits_end = std::min(value.find_first_not_of("0123456789.-"), value.size());
  const std::string number = value.substr(0, digits_end);
  const double shown = std::strtod(number.c_str(), nullptr);
  const double scale = *e.value != 0 ? shown / *e.value : 1;
  const size_t point = number.find('.');
  const auto decimals =
      point == std::string::npos ? 0 : static_cast<int>(number.size() - point - 1);
  const double up = (*e.ci_high - *e.value) * scale;
  const double down = (*e.value - *e.ci_low) * scale;
  const std::string tail = value.substr(digits_end);
  if (std::fabs(up - down) > kLopsided * std::max(up, down)) {
    return fmt::format("{} [{:.{}f}–{:.{}f}]{}", number, shown - down, decimals, shown + up,
                       decimals, tail);
  }
  std::string half = fmt::format("{:.{}f}", std::max(up, down), decimals);
  if (half.find_first_not_of("0.") == std::string::npos) half = format_significant(up, 1);
  return fmt::format("{} ±{}{}", number, half, tail);
}

std::string format_spread(const Spread& spread) {
  if (spread.n == 0) return std::string(kNotAvailable);
  if (!is_plain(spread.p50) || !is_plain(spread.p99) || !is_plain(spread.max)) {
    return fmt::format("{} / {} / {} s", short_number(spread.p50), short_number(spread.p99),
                       short_number(spread.max));
  }
  // In the unit of p99, the figure that is judged.
  const bool ms = std::fabs(spread.p99) < 0.9995;
  const bool us = std::fabs(spread.p99) < 0.0009995;
  const double scale = us ? 1e6 : ms ? 1e3 : 1;
  const auto shown = [&](double x) { return format_significant(x * scale, 3); };
  return fmt::format("{} / {} / {} {}", shown(spread.p50), shown(spread.p99), shown(spread.max),
                     us   ? "µs"
                     : ms ? "ms"
                          : "s");
}

std::string client_cpu_text(const InstrumentReport& instrument, Language language) {
  std::string out;
  if (instrument.client_cpu_share >= 0) {
    out =
        say(language, Msg::kLoadCpuOfCore, {{"share", format_ratio(instrument.client_cpu_share)}});
  }
  if (instrument.client_cpu_s_per_1000_tokens >= 0) {
    out += (out.empty() ? "" : ", ") + format_duration(instrument.client_cpu_s_per_1000_tokens) +
           "/1000 tok";
  }
  return out.empty() ? std::string(kNotAvailable) : out;
}

std::string search_text(const LoadSearch& search, const LoadSection& section, Language language) {
  const std::string probes = format_count(search.probes);
  if (!search.value) {
    return say(language, Msg::kLoadSearchNone,
               {{"model", search.model}, {"why", search.note}, {"n", probes}});
  }
  const std::string value = search_value(search, search.value, language);
  const std::string low = search_value(search, search.low, language);
  const std::string high = search_value(search, search.high, language);
  const std::string slo = slo_text(slo_of(section, search.model), language);
  std::string out = say(language, search.kind == "slo" ? Msg::kLoadSearchSlo : Msg::kLoadSearchKnee,
                        {{"model", search.model},
                         {"slo", slo.empty() ? "SLO" : slo},
                         {"value", value},
                         {"low", low},
                         {"high", high},
                         {"n", probes}});
  if (!search.note.empty()) out += " (" + search.note + ")";
  return out;
}

std::string comparison_text(const LoadComparison& comparison, Language language) {
  if (comparison.verdict == "b lower")
    return say(language, Msg::kLoadLower, {{"model", comparison.b}});
  if (comparison.verdict == "b higher")
    return say(language, Msg::kLoadHigher, {{"model", comparison.b}});
  if (comparison.verdict == "no difference shown")
    return std::string(say(language, Msg::kNoDifference));
  if (comparison.verdict == "n too small") return std::string(say(language, Msg::kLoadFew));
  return comparison.verdict;
}

std::string comparison_label(const LoadSection& section, const LoadComparison& comparison,
                             Language language) {
  const LoadPoint* point = point_of(section, comparison.point);
  if (language == Language::kEnglish || point == nullptr) return comparison.label;
  return load_label(*point, language);
}

std::vector<std::string> token_lines(const std::vector<const LoadPoint*>& points,
                                     Language language) {
  std::vector<TokenCounting> sums;  // one for each way of counting
  for (const LoadPoint* p : points) {
    for (const LoadResult& r : p->rounds) {
      auto sum = std::find_if(sums.begin(), sums.end(), [&](const TokenCounting& known) {
        return known.method == r.tokens.method;
      });
      if (sum == sums.end()) sum = sums.insert(sums.end(), {.method = r.tokens.method});
      sum->replies += r.tokens.replies;
      sum->chunks += r.tokens.chunks;
      sum->tokens += r.tokens.tokens;
      sum->usage_missing += r.tokens.usage_missing;
    }
  }
  std::vector<std::string> out;
  for (const TokenCounting& sum : sums) {
    if (!sum.method.empty() || sum.chunks > 0) out.push_back(tokens_text(sum, language));
  }
  return out;
}

std::string energy_text(const EnergyReport& energy, Language language) {
  const Estimate& e = energy.joules_per_output_token;
  if (!has_value(e)) {
    const std::string& why = e.method.empty() ? energy.basis : e.method;
    constexpr std::string_view kSaid = "not measured";
    if (why.empty()) return std::string(say(language, Msg::kNotMeasured));
    if (why.starts_with(kSaid) && language == Language::kEnglish) return why;
    const size_t colon = why.starts_with(kSaid) ? why.find_first_not_of(": ", kSaid.size()) : 0;
    return colon == std::string::npos
               ? std::string(say(language, Msg::kNotMeasured))
               : say(language, Msg::kLoadEnergyNot, {{"why", why.substr(colon)}});
  }
  std::string out = format_number(*e.value) + " J";
  if (const std::string interval = format_figure_interval(LoadUnit::kPerSecond, e);
      !interval.empty()) {
    out += " [" + interval + "]";
  }
  return energy.basis.empty() ? out : out + " (" + energy.basis + ")";
}

namespace {

struct Best {
  const LoadPoint* point = nullptr;
  double value = 0;
};

// The valid point with the highest figure of this name.
Best best_by(const Workload& work, std::string_view name) {
  Best best;
  for (const LoadPoint* p : work.points) {
    if (!p->valid) continue;
    const Estimate e = figure(*p, name);
    if (!has_value(e) || *e.value <= 0) continue;
    if (best.point == nullptr || *e.value > best.value) best = {p, *e.value};
  }
  return best;
}

const LoadSearch* best_search(const LoadSection& section) {
  const LoadSearch* best = nullptr;
  for (const LoadSearch& s : section.searches) {
    if (s.kind != "slo" || !s.value || !std::isfinite(*s.value)) continue;
    if (best == nullptr || *s.value > *best->value) best = &s;
  }
  return best;
}

void count(LoadVerdict& v, const Workload& work, size_t& saturated) {
  for (const LoadPoint* p : work.points) {
    for (const LoadResult& r : p->rounds) {
      ++v.loads;
      if (!r.instrument.valid) ++v.invalid;
      if (r.saturated) ++saturated;
    }
  }
}

size_t models_in(const Workload& work) {
  std::set<std::string_view> names;
  for (const LoadPoint* p : work.points) names.insert(p->model.name);
  return names.size();
}

std::string headline_of(const LoadVerdict& v, const Workload& work, Language language) {
  const bool alone = models_in(work) < 2;
  const Estimate e = figure(*v.best, v.best_metric);
  const std::string rate = with_unit(LoadUnit::kPerSecond, v.best_metric, e, language);
  const std::string& model = v.best->model.name;
  if (v.best_metric == "goodput") {
    const LoadInfo* load = first_load(*v.best);
    return say(language, alone ? Msg::kLoadHeadGoodputAlone : Msg::kLoadHeadGoodput,
               {{"model", model},
                {"rate", rate},
                {"slo", load == nullptr ? "SLO" : slo_limits(load->slo)}});
  }
  return say(language, alone ? Msg::kLoadHeadThroughputAlone : Msg::kLoadHeadThroughput,
             {{"model", model}, {"rate", rate}});
}

void add_times(LoadVerdict& v, std::string_view metric, Msg sentence, Language language) {
  const Estimate p50 = figure(*v.best, std::string(metric) + "_p50");
  const Estimate p99 = figure(*v.best, std::string(metric) + "_p99");
  if (!has_value(p50)) return;
  v.sentences.push_back(say(language, sentence,
                            {{"p50", format_figure(LoadUnit::kSeconds, p50)},
                             {"p99", format_figure(LoadUnit::kSeconds, p99)}}));
}

void add_place(LoadVerdict& v, Language language) {
  const std::string interval =
      format_figure_interval(LoadUnit::kPerSecond, figure(*v.best, v.best_metric));
  const std::string load = load_label(*v.best, language);
  v.sentences.push_back(interval.empty() ? say(language, Msg::kLoadSentenceAt, {{"load", load}})
                                         : say(language, Msg::kLoadSentenceAtInterval,
                                               {{"load", load}, {"interval", interval}}));
}

// Whether the lead of the best is shown, where the same load was put on the other models.
void add_comparisons(LoadVerdict& v, const LoadSection& section, Language language) {
  for (const LoadComparison& c : section.comparisons) {
    const bool about = c.point == v.best->point && c.metric == v.best_metric &&
                       (c.a == v.best->model.name || c.b == v.best->model.name);
    if (!about) continue;
    v.sentences.push_back(say(language, Msg::kLoadSentencePair,
                              {{"a", c.a}, {"b", c.b}, {"result", comparison_text(c, language)}}));
  }
}

void add_failures(LoadVerdict& v, const Workload& work, Language language) {
  uint64_t requests = 0;
  uint64_t failed = 0;
  for (const LoadPoint* p : work.points) {
    const auto [n, bad] = requests_and_failures(*p);
    requests += n;
    failed += bad;
  }
  if (requests == 0) return;
  const std::string n = format_count(requests);
  v.sentences.push_back(failed == 0 ? say(language, Msg::kLoadSentenceNoFailure, {{"n", n}})
                                    : say(language, Msg::kLoadSentenceFailed,
                                          {{"n", n}, {"failed", format_count(failed)}}));
}

void add_instrument(LoadVerdict& v, size_t saturated, Language language) {
  const std::string total = format_count(v.loads);
  if (saturated > 0) {
    v.sentences.push_back(say(language, Msg::kLoadSentenceSaturated,
                              {{"n", format_count(saturated)}, {"total", total}}));
  }
  if (v.invalid > 0 && v.invalid < v.loads) {
    v.sentences.push_back(say(language, Msg::kLoadSentenceInvalid,
                              {{"n", format_count(v.invalid)}, {"total", total}}));
  } else if (v.invalid == 0 && v.loads == 1) {
    v.sentences.emplace_back(say(language, Msg::kLoadSentenceValidOne));
  } else if (v.invalid == 0) {
    v.sentences.push_back(say(language, Msg::kLoadSentenceValid, {{"total", total}}));
  }
}

}  // namespace

LoadVerdict load_verdict(const LoadSection& section, const Workload& work, Language language) {
  LoadVerdict v;
  size_t saturated = 0;
  count(v, work, saturated);
  for (const char* name : {"goodput", "output_tokens_per_s", "requests_per_s"}) {
    const Best best = best_by(work, name);
    if (best.point == nullptr) continue;
    v.best = best.point;
    v.best_metric = name;
    break;
  }
  const LoadSearch* search = workloads(section).size() == 1 ? best_search(section) : nullptr;
  if (v.loads > 0 && v.invalid == v.loads) {
    v.best = nullptr;
    v.headline = say(language, Msg::kLoadHeadInvalid);
  } else if (v.best == nullptr) {
    v.headline = say(language, Msg::kLoadHeadNoReply);
  } else if (search != nullptr) {
    const std::string slo = slo_text(slo_of(section, search->model), language);
    v.headline = say(language, Msg::kLoadHeadSearch,
                     {{"model", search->model},
                      {"slo", slo.empty() ? "SLO" : slo},
                      {"rate", search_value(*search, search->value, language)}});
    v.sentences.push_back(headline_of(v, work, language));
  } else {
    v.headline = headline_of(v, work, language);
  }
  if (v.best != nullptr) {
    add_place(v, language);
    add_times(v, "ttft", Msg::kLoadSentenceTtft, language);
    add_times(v, "e2e", Msg::kLoadSentenceE2e, language);
    add_comparisons(v, section, language);
  }
  add_failures(v, work, language);
  add_instrument(v, saturated, language);
  return v;
}

}  // namespace assay::reports
