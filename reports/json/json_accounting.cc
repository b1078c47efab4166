#include "reports/json/json_accounting.h"

#include <array>
#include <optional>
#include <string_view>
#include <utility>

namespace assay::reports {
namespace {

constexpr std::array<std::pair<std::string_view, int64_t Usage::*>, 11> kBuckets{{
    {"input_tokens", &Usage::input_tokens},
    {"cached_tokens", &Usage::cached_tokens},
    {"cache_write_tokens", &Usage::cache_write_tokens},
    {"cache_write_hour_tokens", &Usage::cache_write_hour_tokens},
    {"image_tokens", &Usage::image_tokens},
    {"audio_tokens", &Usage::audio_tokens},
    {"cached_audio_tokens", &Usage::cached_audio_tokens},
    {"reasoning_tokens", &Usage::reasoning_tokens},
    {"output_tokens", &Usage::output_tokens},
    {"image_output_tokens", &Usage::image_output_tokens},
    {"audio_output_tokens", &Usage::audio_output_tokens},
}};

void write_amount(JsonWriter& w, std::string_view name, const std::optional<Money>& amount) {
  w.key(name);
  amount ? w.value(amount->text()) : w.null();
}

// Buckets that nobody said are left out: most providers have few of them.
void write_spent(JsonWriter& w, std::string_view name, const Spent& spent) {
  w.key(name).begin_object();
  w.key("calls").value(spent.calls);
  for (const auto& [bucket, member] : kBuckets) {
    if (spent.usage.*member >= 0) w.key(bucket).value(spent.usage.*member);
  }
  write_amount(w, "cost", spent.cost);
  w.key("unpriced").value(spent.unpriced);
  w.end_object();
}

void write_projection(JsonWriter& w, const std::optional<Projection>& projection) {
  w.key("projection");
  if (!projection) {
    w.null();
    return;
  }
  w.begin_object().key("mix").value(projection->mix);
  write_amount(w, "per_request", projection->per_request);
  write_amount(w, "per_day", projection->per_day);
  write_amount(w, "per_month", projection->per_month);
  write_amount(w, "per_correct", projection->per_correct);
  w.key("basis").value(projection->basis).end_object();
}

}  // namespace

void write_accounting(JsonWriter& w, const CostSummary& cost) {
  const Accounting& a = cost.accounting;
  w.key("accounting").begin_object();
  write_spent(w, "answers", a.answers);
  write_spent(w, "retries", a.retries);
  write_spent(w, "failed", a.failed);
  write_spent(w, "judges", a.judges);
  write_spent(w, "warm_ups", a.warm_ups);
  write_amount(w, "answers_without_cache", a.without_cache);
  w.key("prices").value(a.prices);
  w.key("unpriced_reason").value(a.unpriced_reason);
  w.key("contradictory_usage").value(a.contradictory);
  w.end_object();
  write_projection(w, cost.projection);
}

}  // namespace assay::reports
