#include "app/list_prices.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "app/exit_code.h"
#include "app/price_tables.h"
#include "app/print_table.h"
#include "harness/base/json.h"
#include "harness/cost/bill.h"
#include "harness/cost/price_file.h"
#include "harness/cost/token_cost.h"

namespace assay::app {
namespace {

// The period that holds now, else the last.
PriceRow current(const std::vector<PriceRow>& periods, int64_t now) {
  const ModelPrices prices{periods};
  const PriceRow* row = cost::period_at(prices, now);
  return row != nullptr ? *row : periods.back();
}

Result<std::vector<PriceRow>> rows_to_list(const ListPricesFlags& flags,
                                           const cost::PriceBook& book, int64_t now) {
  if (!flags.model.empty()) {
    ASSAY_TRY(ModelPrices prices, book.find(flags.model, ""));
    return std::move(prices.periods);
  }
  std::map<std::string, std::vector<PriceRow>> models;
  for (const PriceRow& row : book.rows()) models[cost::price_name(row)].push_back(row);
  std::vector<PriceRow> out;
  for (auto& [name, periods] : models) {
    std::stable_sort(periods.begin(), periods.end(),
                     [](const PriceRow& a, const PriceRow& b) { return a.from < b.from; });
    if (flags.all) {
      std::move(periods.begin(), periods.end(), std::back_inserter(out));
    } else {
      out.push_back(current(periods, now));
    }
  }
  return out;
}

std::string rate_text(const PriceRow& row, Billed what) {
  return row.rates.get(what) ? row.rates.get(what)->text() : "-";
}

std::string clock_text(int minute) { return fmt::format("{:02}:{:02}", minute / 60, minute % 60); }

std::string terms_text(const PriceRow& row) {
  std::vector<std::string> parts;
  for (const PriceTier& tier : row.tiers)
    parts.push_back(fmt::format("above {}", tier.above_prompt_tokens));
  for (const ServiceTerms& terms : row.services) parts.emplace_back(service_name(terms.service));
  for (const PriceWindow& window : row.windows)
    parts.push_back(
        fmt::format("{}-{} UTC", clock_text(window.from_minute), clock_text(window.until_minute)));
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + part;
  return out.empty() ? "-" : out;
}

Json row_json(const PriceRow& row, int64_t now) {
  Json out = cost::price_row_json(row);
  const std::optional<int64_t> age = cost::price_age_days(row, now);
  out["in_force"] = row.from <= now && now < row.until;
  out["age_days"] = age ? Json(*age) : Json(nullptr);
  return out;
}

}  // namespace

Result<int> list_prices(const ListPricesFlags& flags) {
  ASSAY_TRY(const cost::PriceBook book, load_price_book(flags.files, {}));
  const int64_t now = cost::unix_now_s();
  ASSAY_TRY(const std::vector<PriceRow> rows, rows_to_list(flags, book, now));
  if (flags.json) {
    Json out = Json::array();
    for (const PriceRow& row : rows) out.push_back(row_json(row, now));
    fmt::print("{}\n", dump_json_pretty(out));
    return kExitDone;
  }
  std::vector<TableRow> table{
      {"MODEL", "PERIOD", "", "INPUT", "CACHED", "OUTPUT", "OTHER TERMS", "CHECKED", "AGE"}};
  for (const PriceRow& row : rows) {
    table.push_back({cost::price_name(row), price_period_text(row), row.currency,
                     rate_text(row, Billed::kInput), rate_text(row, Billed::kCachedInput),
                     rate_text(row, Billed::kOutput), terms_text(row),
                     row.checked.empty() ? "?" : row.checked, price_age_text(row, now)});
  }
  print_table(table);
  if (flags.model.empty())
    fmt::print(
        "\nPer million tokens.{} `assay price MODEL --in N --out N` computes, --json shows "
        "all figures and sources.\n",
        flags.all ? "" : " Earlier periods: --all.");
  return kExitDone;
}

}  // namespace assay::app
