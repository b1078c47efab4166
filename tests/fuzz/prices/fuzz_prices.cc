// Price files, prices of a run file, other tools' tables, mixes of traffic and exchange rates over
// any bytes: an error with words, or values that are within their limits, bill without overflow and
// are the same once written and read again.
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/base/check.h"
#include "harness/cost/bill.h"
#include "harness/cost/price_book.h"
#include "harness/cost/price_file.h"
#include "harness/cost/price_import.h"
#include "harness/cost/price_json.h"
#include "harness/cost/traffic_mix.h"

namespace {

using namespace assay;  // NOLINT: a program of its own

void check_bill(const PriceRow& row) {
  cost::Quantities counts;
  for (size_t i = 0; i < kBilledCount; ++i) counts.set(static_cast<Billed>(i), cost::kCountMax);
  for (const Service service : {Service::kStandard, Service::kBatch, Service::kPriority}) {
    const ModelPrices prices{{row}, service, MissingPrice::kZero};
    const auto bill = cost::make_bill(prices, counts, 0);
    if (bill) ASSAY_CHECK(!(bill->total < Amount{}), "a bill below nothing");
  }
}

void check_rows(const std::vector<PriceRow>& rows) {
  for (const PriceRow& row : rows) {
    ASSAY_CHECK(cost::price_row_fault(row).empty(), "{}", cost::price_row_fault(row));
    ASSAY_CHECK(row.currency.size() == 3 && !row.source.empty(), "currency and source");
    check_bill(row);
  }
}

void check_file(std::string_view text) {
  const auto file = cost::read_price_file(text, "fuzz.yaml");
  if (!file) {
    ASSAY_CHECK(!file.error().message.empty(), "no message");
    return;
  }
  check_rows(file->prices);
  const std::string written = cost::price_file_text(*file);
  const auto again = cost::read_price_file(written, "again.yaml");
  ASSAY_CHECK(again.has_value(), "not readable: {}", again.error().text());
  ASSAY_CHECK(again->prices == file->prices, "another price");
}

void check_import(std::string_view text) {
  const auto table = cost::import_prices(text, "fuzz.json", cost::PriceTable::kAuto, {});
  if (!table) return;
  ASSAY_CHECK(table->models > 0, "no models and no error");
  check_rows(table->rows);
}

void check_mix(std::string_view text) {
  const auto mix = cost::parse_mix(text);
  if (!mix) return;
  const auto again = cost::parse_mix(cost::mix_text(*mix));
  ASSAY_CHECK(again.has_value() && *again == *mix, "another mix");
  PriceRow row{.model = "m", .currency = "USD"};
  row.rates.set(Billed::kInput, Rate{INT64_MAX});
  row.rates.set(Billed::kOutput, Rate{1});
  const auto cost = cost::project({{row}, Service::kStandard, MissingPrice::kAsInput}, *mix, 0);
  if (cost) ASSAY_CHECK(!(cost->per_request < Amount{}), "below nothing");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kBytesMax = 4096;  // larger ones find nothing new and take long
  if (size > kBytesMax) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_file(text);
  const auto prices = cost::prices_from_json(std::string(text), "fuzz.assay");
  if (prices) check_rows(prices->periods);
  check_import(text);
  check_mix(text);
  (void)cost::parse_exchange_rate(text);
  return 0;
}
