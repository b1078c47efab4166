#include "reports/tco_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/format.h"

namespace assay::reports {
namespace {

constexpr double kCountMax = 1e15;  // beyond it digits are not whole any more
constexpr double kGb = 1e9;

std::string words(Language language, Msg message) { return std::string(say(language, message)); }

std::string whole(double value) {
  return format_count(static_cast<uint64_t>(std::llround(std::clamp(value, 0.0, kCountMax))));
}

}  // namespace

std::string tco_money(double value) {
  if (value == 0) return "0";
  if (value >= 1000) return whole(value);
  if (value >= 100) return fmt::format("{:.2f}", value);
  return format_significant(value, 3);
}

std::string tco_money(const std::optional<double>& value) {
  return value ? tco_money(*value) : std::string(kNotAvailable);
}

std::string tco_volume(double requests_per_day) {
  return requests_per_day >= 100 ? whole(requests_per_day)
                                 : fmt::format("{:.3g}", requests_per_day);
}

std::string tco_bytes(double bytes) {
  const double gb = bytes / kGb;
  return gb >= 100 ? fmt::format("{:.1f} GB", gb) : format_significant(gb, 3) + " GB";
}

std::string tco_percent(double share) {
  return share > 0 && share < 0.01 ? fmt::format("{:.2g}%", share * 100)
                                   : fmt::format("{:.0f}%", share * 100);
}

std::string tco_kind(TcoKind kind, Language language) {
  switch (kind) {
    case TcoKind::kApi:
      return words(language, Msg::kTcoApi);
    case TcoKind::kRent:
      return words(language, Msg::kTcoRent);
    default:
      return words(language, Msg::kTcoOwn);
  }
}

std::string tco_name(const TcoOption& option, Language language) {
  if (option.kind == TcoKind::kApi) return option.name;
  return option.name + ", " + tco_kind(option.kind, language);
}

std::string tco_origin(TcoOrigin origin, Language language) {
  switch (origin) {
    case TcoOrigin::kGiven:
      return words(language, Msg::kTcoGiven);
    case TcoOrigin::kMeasured:
      return words(language, Msg::kTcoMeasured);
    default:
      return words(language, Msg::kTcoDefault);
  }
}

std::string tco_traffic(const TcoReport& report, Language language) {
  const TcoTraffic& t = report.inputs.traffic;
  return say(language, Msg::kTcoTraffic,
             {{"volume", tco_volume(t.requests_per_day)},
              {"input", tco_volume(t.input_tokens)},
              {"output", tco_volume(t.output_tokens)},
              {"peak", fmt::format("{:.3g}", t.peak_to_mean)},
              {"currency", report.inputs.currency}});
}

std::string tco_note(const TcoReport& report, Language language) {
  std::string out = words(language, Msg::kTcoSplit);
  const double cached = report.inputs.traffic.cached_share;
  if (cached > 0) out += " " + say(language, Msg::kTcoCachedNote, {{"share", tco_percent(cached)}});
  return out;
}

std::string tco_sentence(const TcoReport& report, const TcoBreakEven& found, Language language) {
  const TcoOption& api = report.options[found.api];
  const TcoOption& self = report.options[found.self];
  const std::string name = tco_name(self, language);
  const std::string currency = " " + report.inputs.currency;
  const std::string volume = tco_volume(found.requests_per_day.value_or(0));
  const std::string nodes = format_count(found.nodes);
  std::string out;
  switch (found.verdict) {
    case TcoVerdict::kFrom:
      out = say(language, Msg::kTcoFrom,
                {{"self", name}, {"api", api.name}, {"volume", volume}, {"nodes", nodes}});
      break;
    case TcoVerdict::kBeyond:
      out = say(language, Msg::kTcoBeyond,
                {{"self", name},
                 {"api", api.name},
                 {"end", tco_volume(report.inputs.volume_to)},
                 {"volume", volume},
                 {"nodes", nodes}});
      break;
    case TcoVerdict::kAlways:
      return say(language, Msg::kTcoAlways, {{"self", name}, {"api", api.name}});
    default:
      return say(language, Msg::kTcoNever,
                 {{"self", name},
                  {"api", api.name},
                  {"least", tco_money(self.least_per_request) + currency},
                  {"price", tco_money(api.per_request) + currency}});
  }
  if (found.first_requests_per_day) {
    out += " " +
           say(language, Msg::kTcoFirst, {{"volume", tco_volume(*found.first_requests_per_day)}});
  }
  return out;
}

std::string tco_fit(const MemoryNeeds& needs, const MemoryFit& fit, Language language) {
  if (fit.gpus) return fmt::format("{} × {}", *fit.gpus, fit.gpu.name);
  const auto& allowed = needs.model.tensor_parallel;
  return say(
      language, Msg::kTcoNoFit,
      {{"gpus", std::to_string(allowed.empty() ? 0 : allowed.back())}, {"gpu", fit.gpu.name}});
}

size_t tco_cheapest(const TcoReport& report, size_t volume) {
  size_t best = 0;
  for (size_t i = 1; i < report.options.size(); ++i) {
    if (report.options[i].grid[volume].per_month < report.options[best].grid[volume].per_month)
      best = i;
  }
  return best;
}

}  // namespace assay::reports
