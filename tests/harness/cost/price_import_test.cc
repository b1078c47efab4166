#include "harness/cost/price_import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>

#include "harness/base/utc_time.h"
#include "harness/cost/bill.h"
#include "harness/cost/price_file.h"

namespace assay::cost {
namespace {

using ::testing::HasSubstr;

Result<ImportedPrices> import(std::string_view text, PriceTable table = PriceTable::kAuto) {
  return import_prices(text, "t.json", table, {.source = "", .checked = "2026-08-06"});
}

const PriceRow& row_of(const ImportedPrices& table, const std::string& model) {
  const auto it = std::find_if(table.rows.begin(), table.rows.end(),
                               [&](const PriceRow& row) { return row.model == model; });
  if (it != table.rows.end()) return *it;
  ADD_FAILURE() << "no row of " << model;
  static const PriceRow kNone;
  return kNone;
}

std::string rate(const Rates& rates, Billed what) {
  return rates.get(what) ? rates.get(what)->text() : "none";
}

std::string strange(const ImportedPrices& table) {
  std::string out;
  for (const NotUnderstood& one : table.not_understood) out += one.dimension + ";";
  return out;
}

TEST(ImportLiteLlm, ReadsTiersServicesAndVariants) {
  const Result<ImportedPrices> table = import(R"({
    "sample_spec": {"input_cost_per_token": 0, "litellm_provider": "one of"},
    "openai/gpt-x": {"litellm_provider": "openai", "mode": "chat", "source": "https://x.example",
      "input_cost_per_token": 5e-06, "output_cost_per_token": 3e-05,
      "cache_read_input_token_cost": 5e-07, "input_cost_per_token_cache_hit": 9e-07,
      "cache_creation_input_token_cost_above_1hr": 1e-05,
      "cache_creation_input_token_cost_above_1hr_above_200k_tokens": 1.2e-05,
      "input_cost_per_token_above_272k_tokens": 1e-05,
      "input_cost_per_token_above_272k_tokens_priority": 2e-05,
      "input_cost_per_token_batches": 2.5e-06, "input_cost_per_token_flex": 2.5e-06,
      "search_context_cost_per_query": {"search_context_size_low": 0.01,
        "search_context_size_medium": 0.025, "search_context_size_high": 0.05},
      "regional_processing_uplift_multiplier_eu": 1.1, "max_tokens": 4096,
      "provider_specific_entry": {"fast": 6.0, "bedrock_invocation_schema": "v2"}}})");
  ASSERT_TRUE(table) << table.error().text();
  EXPECT_EQ(table->table, PriceTable::kLiteLlm);
  EXPECT_EQ(strange(*table), "");
  EXPECT_EQ(table->models, 1);
  ASSERT_EQ(table->rows.size(), 3U);
  const PriceRow& row = row_of(*table, "gpt-x");
  EXPECT_EQ(row.provider, "openai");
  EXPECT_EQ(row.source, "https://x.example");
  EXPECT_EQ(row.checked, "2026-08-06");
  EXPECT_EQ(rate(row.rates, Billed::kInput), "5");
  EXPECT_EQ(rate(row.rates, Billed::kCachedInput), "0.5");
  EXPECT_EQ(rate(row.rates, Billed::kCacheWriteHour), "10");
  EXPECT_EQ(rate(row.rates, Billed::kSearch), "0.025");
  ASSERT_EQ(row.tiers.size(), 2U);
  EXPECT_EQ(row.tiers[0].above_prompt_tokens, 200'000);
  EXPECT_EQ(rate(row.tiers[0].rates, Billed::kCacheWriteHour), "12");
  EXPECT_EQ(rate(row.tiers[1].rates, Billed::kInput), "10");
  EXPECT_EQ(row.tiers[1].services[0].service, Service::kPriority);
  EXPECT_EQ(rate(row.tiers[1].services[0].rates, Billed::kInput), "20");
  EXPECT_EQ(row.services.size(), 2U);
  EXPECT_EQ(rate(row_of(*table, "eu/gpt-x").rates, Billed::kInput), "5.5");
  EXPECT_EQ(rate(row_of(*table, "fast/gpt-x").tiers[1].rates, Billed::kInput), "60");
  EXPECT_EQ(rate(row_of(*table, "fast/gpt-x").services[0].rates, Billed::kInput), "15");
}

TEST(ImportLiteLlm, RangesAndHoursBecomeTiersAndWindows) {
  const Result<ImportedPrices> table = import(R"({
    "dashscope/q": {"litellm_provider": "dashscope", "mode": "chat", "tiered_pricing": [
      {"range": [0, 32000.0], "input_cost_per_token": 3e-07, "output_cost_per_token": 1.5e-06},
      {"range": [32000.0, 128000.0], "input_cost_per_token": 5e-07,
       "output_cost_per_reasoning_token": 4e-06}]},
    "d": {"litellm_provider": "deepseek", "input_cost_per_token": 2.7e-07,
      "output_cost_per_token": 1.1e-06,
      "off_peak_pricing": {"hours_utc": "16:30-00:30", "input_cost_per_token": 1.35e-07}},
    "v": {"litellm_provider": "x", "mode": "video_generation", "output_cost_per_second": 0.1},
    "s": {"litellm_provider": "x", "mode": "audio_transcription", "output_cost_per_second": 0.2}})");
  ASSERT_TRUE(table) << table.error().text();
  EXPECT_EQ(strange(*table), "");
  const PriceRow& q = row_of(*table, "q");
  EXPECT_EQ(rate(q.rates, Billed::kOutput), "1.5");
  EXPECT_EQ(q.tiers[0].above_prompt_tokens, 32'000);
  EXPECT_EQ(rate(q.tiers[0].rates, Billed::kReasoning), "4");
  const PriceRow& d = row_of(*table, "d");
  EXPECT_EQ(rate(d.rates, Billed::kInput), "0.27");
  EXPECT_EQ(d.windows[0].until_minute, 30);
  EXPECT_EQ(rate(d.windows[0].rates, Billed::kInput), "0.135");
  EXPECT_EQ(rate(row_of(*table, "v").rates, Billed::kVideoSecondOut), "0.1");
  EXPECT_EQ(rate(row_of(*table, "s").rates, Billed::kSecondOut), "0.2");
}

TEST(ImportLiteLlm, NamesWithAndWithoutTheirProviderAreOneModel) {
  const Result<ImportedPrices> table = import(R"({
    "same": {"litellm_provider": "p", "input_cost_per_token": 1e-06},
    "p/same": {"litellm_provider": "p", "input_cost_per_token": 1e-06},
    "other": {"litellm_provider": "p", "input_cost_per_token": 2e-06},
    "p/other": {"litellm_provider": "p", "input_cost_per_token": 3e-06}})");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->rows.size(), 2U);
  EXPECT_EQ(rate(row_of(*table, "other").rates, Billed::kInput), "3");
  ASSERT_EQ(table->notes.size(), 2U);
  EXPECT_THAT(table->notes[1], HasSubstr("is kept: other"));
}

TEST(ImportLiteLlm, StrangeFieldsAreCountedAndNothingIsGuessed) {
  const Result<ImportedPrices> table = import(R"({
    "m": {"litellm_provider": "p", "mode": "chat", "input_cost_per_token": 1e-06,
      "output_cost_per_token": "free", "cache_read_input_token_cost": -1,
      "input_cost_per_dream": 3, "input_cost_per_token_above_xk_tokens": 1,
      "search_context_cost_per_query": 4, "tiered_pricing": {}, "off_peak_pricing": {"hours_utc": 3},
      "regional_processing_uplift_multiplier_us": 0, "supports_vision": true},
    "n": {"litellm_provider": "p", "mode": "embedding", "input_cost_per_dream": 3},
    "o": 7})");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->rows.size(), 1U);
  EXPECT_EQ(table->without_price, 1);
  EXPECT_FALSE(table->rows[0].rates.get(Billed::kOutput));
  EXPECT_FALSE(table->rows[0].rates.get(Billed::kCachedInput));
  const auto dream =
      std::find_if(table->not_understood.begin(), table->not_understood.end(),
                   [](const auto& one) { return one.dimension == "input_cost_per_dream"; });
  ASSERT_NE(dream, table->not_understood.end());
  EXPECT_EQ(dream->modes.at("chat"), 1);
  EXPECT_EQ(dream->modes.at("embedding"), 1);
  EXPECT_THAT(strange(*table), HasSubstr("output_cost_per_token (not a price)"));
  EXPECT_THAT(strange(*table), HasSubstr("cache_read_input_token_cost (not a price)"));
  EXPECT_THAT(strange(*table), HasSubstr("off_peak_pricing"));
  EXPECT_THAT(strange(*table), HasSubstr("tiered_pricing"));
}

TEST(ImportLiteLlm, NumbersAreWhatIsWritten) {
  const Result<ImportedPrices> table = import(R"({
    "a": {"litellm_provider": "p", "input_cost_per_token": 0.00000014,
          "output_cost_per_token": 2.9999900000000002e-06, "input_cost_per_pixel": 1.0490417e-08}})");
  ASSERT_TRUE(table);
  EXPECT_EQ(rate(table->rows[0].rates, Billed::kInput), "0.14");
  EXPECT_EQ(rate(table->rows[0].rates, Billed::kOutput), "2.99999");
  EXPECT_EQ(rate(table->rows[0].rates, Billed::kPixelIn), "0.010490417");
  EXPECT_EQ(table->rounded, 1);
}

constexpr const char* kGenai = R"([{"id": "anthropic", "pricing_urls": ["https://a.example"],
  "models": [
   {"id": "opus", "match": {"or": [{"equals": "opus-4"}, {"starts_with": "opus"}]},
    "prices": [
      {"prices": {"input_mtok": {"base": 5, "tiers": [{"start": 200000, "price": 10}]},
                  "output_mtok": 25, "requests_kcount": 5,
                  "tool_use_kcount": {"web_search": 10, "dream": 1}}},
      {"constraint": {"start_date": "2026-03-13"}, "prices": {"input_mtok": 5, "output_mtok": 20}}]},
   {"id": "chat", "match": {"equals": "chat"}, "prices_checked": "2025-07-12",
    "prices": [
      {"prices": {"input_mtok": 0.135, "cache_read_mtok": 0.035, "output_mtok": 0.55}},
      {"constraint": {"start_time": "00:30:00Z", "end_time": "16:30:00Z"},
       "prices": {"input_mtok": 0.27, "cache_read_mtok": 0.07, "output_mtok": 1.1}}]},
   {"id": "odd", "prices": [{"prices": {"input_mtok": 1}},
      {"constraint": {"moon": "full"}, "prices": {"input_mtok": 2}}]},
   {"id": "none", "prices": 3}]}])";

TEST(ImportGenai, ReadsPeriodsTiersAndTimesOfDay) {
  const Result<ImportedPrices> table = import(kGenai);
  ASSERT_TRUE(table) << table.error().text();
  EXPECT_EQ(table->table, PriceTable::kGenaiPrices);
  ASSERT_EQ(table->rows.size(), 4U);
  const PriceRow& before = table->rows[0];
  EXPECT_EQ(before.source, "https://a.example");
  EXPECT_EQ(before.aliases, std::vector<std::string>{"opus-4"});
  EXPECT_EQ(utc_text(before.until), "2026-03-13");
  EXPECT_EQ(before.tiers[0].above_prompt_tokens, 200'000);
  EXPECT_EQ(rate(before.rates, Billed::kRequest), "0.005");
  EXPECT_EQ(rate(before.rates, Billed::kSearch), "0.01");
  EXPECT_TRUE(table->rows[1].tiers.empty());
  EXPECT_EQ(rate(table->rows[1].rates, Billed::kOutput), "20");
  const PriceRow& chat = row_of(*table, "chat");
  EXPECT_EQ(chat.checked, "2025-07-12");
  EXPECT_EQ(rate(chat.rates, Billed::kInput), "0.135");
  EXPECT_EQ(chat.windows[0].from_minute, 30);
  EXPECT_EQ(rate(chat.windows[0].rates, Billed::kCachedInput), "0.07");
  EXPECT_EQ(strange(*table), "prices (constraint);tool_use_kcount: dream;");
  EXPECT_EQ(table->without_price, 1);
  EXPECT_THAT(table->notes.at(0), HasSubstr("1 models also go by names"));
}

TEST(ImportGenai, ReadsAProvidersYaml) {
  const Result<ImportedPrices> table = import(
      "id: deepseek\nmodels:\n  - id: deepseek-chat\n    match: {equals: deepseek-chat}\n    "
      "prices_checked: 2025-07-12\n    prices:\n      input_mtok: 0.550\n      output_mtok: 1.1\n");
  ASSERT_TRUE(table) << table.error().text();
  EXPECT_EQ(rate(table->rows.at(0).rates, Billed::kInput), "0.55");
  EXPECT_EQ(table->rows[0].provider, "deepseek");
}

TEST(ImportOpenRouter, ReadsOverridesAndSkipsVariablePrices) {
  const Result<ImportedPrices> table = import(R"({"data": [
    {"id": "a/one", "canonical_slug": "a/one-2026", "pricing": {"prompt": "0.00000066",
      "completion": "0.00000198", "request": "0", "image": "0", "web_search": "0.01",
      "internal_reasoning": "0", "input_cache_read": "0.000000022", "discount": 0, "overrides": [
      {"utc_days": ["monday", "friday"], "utc_start": 100, "utc_end": 400, "prompt": "0.00000132"},
      {"utc_start": 1200, "utc_end": 0, "prompt": "0.00000066"},
      {"min_prompt_tokens": 200000, "prompt": "0.000006"}]}},
    {"id": "a/free", "pricing": {"prompt": "0", "completion": "0"}},
    {"id": "auto", "pricing": {"prompt": "-1", "completion": "-1"}},
    {"id": "none"},
    {"id": "odd", "pricing": {"prompt": "0.1", "dream": "1", "overrides": [{"moon": 1, "prompt": "1"}]}}]})");
  ASSERT_TRUE(table) << table.error().text();
  EXPECT_EQ(table->table, PriceTable::kOpenRouter);
  const PriceRow& row = row_of(*table, "a/one");
  EXPECT_EQ(row.provider, "openrouter");
  EXPECT_EQ(row.aliases, std::vector<std::string>{"a/one-2026"});
  EXPECT_EQ(rate(row.rates, Billed::kInput), "0.66");
  EXPECT_EQ(rate(row.rates, Billed::kReasoning), "none");
  EXPECT_EQ(rate(row.rates, Billed::kImage), "none");
  EXPECT_EQ(rate(row.rates, Billed::kSearch), "0.01");
  ASSERT_EQ(row.windows.size(), 1U);  // the second changes nothing
  EXPECT_EQ(row.windows[0].days, 0b0010001);
  EXPECT_EQ(row.windows[0].until_minute, 240);
  EXPECT_EQ(row.tiers.at(0).above_prompt_tokens, 199'999);
  EXPECT_EQ(rate(row_of(*table, "a/free").rates, Billed::kOutput), "0");
  EXPECT_EQ(table->without_price, 2);
  EXPECT_THAT(table->notes.at(0), HasSubstr("1 models cost what the model costs that answers"));
  EXPECT_EQ(strange(*table), "dream;moon;overrides;");
}

TEST(ImportPrices, WhatIsNoTableIsNamed) {
  const auto error = [](std::string_view text, PriceTable table = PriceTable::kAuto) {
    const auto imported = import(text, table);
    return imported ? std::string("imported") : imported.error().text();
  };
  EXPECT_THAT(error(""), HasSubstr("t.json: is empty"));
  EXPECT_THAT(error("{\"a\": "), HasSubstr("t.json:1:"));
  EXPECT_THAT(error("{}"), HasSubstr("no price table that is known"));
  EXPECT_THAT(error("[]"), HasSubstr("names no model"));
  EXPECT_THAT(error("{}", PriceTable::kOpenRouter), HasSubstr("list `data`"));
  EXPECT_THAT(error("[]", PriceTable::kLiteLlm), HasSubstr("object of models"));
  EXPECT_THAT(error("3", PriceTable::kGenaiPrices), HasSubstr("list of providers"));
  EXPECT_EQ(error(R"({"data": [1, {"id": 3, "pricing": []}]})"), "imported");  // without rows
}

// --- the whole table ---------------------------------------------------------------------------

std::string unpacked(const std::string& path) {
  std::string out;
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
  if (!file) return out;
  std::string piece(size_t{1} << 16, '\0');
  for (int n = 1; n > 0;) {
    n = gzread(file.get(), piece.data(), static_cast<unsigned>(piece.size()));
    if (n > 0) out.append(piece, 0, static_cast<size_t>(n));
  }
  return out;
}

TEST(ImportLiteLlm, TheWholeTableIsUnderstood) {
  const std::string path = std::string(ASSAY_SOURCE_DIR) +
                           "/../shared/data/prices/model_prices_and_context_window.json.gz";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "the table is not in ../shared/data/prices";
  const Result<ImportedPrices> table =
      import_prices(unpacked(path), "litellm.json", PriceTable::kAuto, {.checked = "2026-08-06"});
  ASSERT_TRUE(table) << table.error().text();
  EXPECT_EQ(table->models, 2985);
  // 19 stand twice; 50 rows are of a region or a speed.
  EXPECT_EQ(table->rows.size(), 2916U);
  EXPECT_EQ(table->without_price, 100);
  EXPECT_EQ(table->rounded, 39);
  // None of them is of text or of pictures: films by length and size, and searches by results.
  EXPECT_EQ(strange(*table),
            "input_cost_per_video_per_second_above_15s_interval;"
            "input_cost_per_video_per_second_above_8s_interval;output_cost_per_second_1080p;"
            "tiered_pricing;");
  for (const NotUnderstood& one : table->not_understood) {
    for (const char* mode : {"chat", "completion", "responses", "image_generation", "image_edit"})
      EXPECT_FALSE(one.modes.contains(mode)) << one.dimension;
  }
  EXPECT_EQ(table->not_understood.back().modes.at("search"), 2);
  // What it becomes is a price file.
  const PriceFile file{.rates = {}, .prices = table->rows, .training = {}};
  const Result<PriceFile> again = read_price_file(price_file_text(file), "again.yaml");
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(again->prices, table->rows);
}

}  // namespace
}  // namespace assay::cost
