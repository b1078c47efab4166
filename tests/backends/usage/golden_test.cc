// Golden usage objects: what providers say that a reply used, as they document it (or as it was
// seen), through the real decoders: the buckets, their sums, and what they cost.
//
// A row of *.jsonl has `usage`, or `events`: the usage objects of one stream; `buckets` (those that
// are said), `totals` (the provider's own), `usage_source` (reported) and the number of `notes`
// (0); with `price` also its rates and the cost that the documentation's own terms give.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "harness/cost/bill.h"
#include "harness/types/usage_sums.h"
#include "tests/backends/codec/codec_support.h"
#include "tests/backends/usage/usage_replies.h"

namespace assay::backends {
namespace {

constexpr std::array<std::pair<const char*, int64_t Usage::*>, kUsageBuckets.size()> kNames{{
    {"input", &Usage::input_tokens},
    {"cached", &Usage::cached_tokens},
    {"cached_audio", &Usage::cached_audio_tokens},
    {"cache_write", &Usage::cache_write_tokens},
    {"cache_write_hour", &Usage::cache_write_hour_tokens},
    {"image", &Usage::image_tokens},
    {"audio", &Usage::audio_tokens},
    {"output", &Usage::output_tokens},
    {"reasoning", &Usage::reasoning_tokens},
    {"image_output", &Usage::image_output_tokens},
    {"audio_output", &Usage::audio_output_tokens},
}};

std::filesystem::path folder() {
  return std::filesystem::path(ASSAY_SOURCE_DIR) / "tests/backends/usage";
}

struct Case {
  std::string file;
  Json row;
};

std::vector<Case> cases() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    if (entry.path().extension() == ".jsonl") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<Case> out;
  for (const auto& file : files) {
    for (Json& row : test::read_jsonl(file)) out.push_back({file.stem().string(), std::move(row)});
  }
  return out;
}

using Buckets = std::map<std::string, int64_t>;

Buckets buckets_of(const Usage& usage) {
  Buckets out;
  for (const auto& [name, bucket] : kNames) {
    if (usage.*bucket >= 0) out[name] = usage.*bucket;
  }
  return out;
}

void expect_totals(const Json& totals, const Usage& usage) {
  if (totals.contains("input")) {
    EXPECT_EQ(prompt_tokens(usage), totals["input"]);
  }
  if (totals.contains("output")) {
    EXPECT_EQ(reply_tokens(usage), totals["output"]);
  }
  if (totals.contains("total")) {
    EXPECT_EQ(prompt_tokens(usage) + reply_tokens(usage), totals["total"]);
  }
}

Response decoded(const Json& row, bool streamed) {
  test::UsageReply reply;
  reply.format = row["format"];
  reply.answer = row.value("answer", "The answer.");
  reply.reasoning = row.value("reasoning", "");
  reply.in_x_groq = row.value("x_groq", false);
  if (row.contains("events")) {
    reply.usages = row["events"].get<std::vector<Json>>();
  } else {
    reply.usages = {row["usage"]};
  }
  const auto codec = test::codec_of(reply.format, {.model = "m"});
  return test::decode_cut(*codec, test::answered_attempt(), test::usage_reply(reply, streamed), {});
}

size_t notes_in(const Response& response) {
  const Result<Json> details = parse_json(response.details, "details");
  return details && details->contains("notes") ? (*details)["notes"].size() : 0;
}

void expect_price(const Json& price, const Usage& usage) {
  PriceRow row{.model = "m", .currency = "USD"};
  for (const auto& [name, rate] : price["rates"].items()) {
    const auto what = billed_from_name(name);
    ASSERT_TRUE(what.has_value()) << name;
    row.rates.set(*what, *Rate::parse(rate.get<std::string>()));
  }
  const ModelPrices prices{.periods = {row}};
  const auto quantities = cost::quantities_of(usage);
  ASSERT_TRUE(quantities.has_value());
  const Result<cost::Bill> bill = cost::make_bill(prices, *quantities, 0);
  ASSERT_TRUE(bill.has_value()) << bill.error().text();
  EXPECT_EQ(bill->total.text(), price["cost"].get<std::string>());
}

void expect_case(const Json& row, const Response& response) {
  const Usage& usage = response.usage;
  EXPECT_EQ(buckets_of(usage), row["buckets"].get<Buckets>());
  EXPECT_EQ(usage_source_name(usage.source), row.value("usage_source", "reported"));
  EXPECT_EQ(notes_in(response), row.value("notes", 0U)) << response.details;
  expect_totals(row["totals"], usage);
  if (row.contains("provider_cost")) {
    const Result<Json> details = parse_json(response.details, "details");
    ASSERT_TRUE(details.has_value());
    EXPECT_EQ((*details)["provider_cost"], row["provider_cost"]);
  }
  if (row.contains("price")) expect_price(row["price"], usage);
}

TEST(GoldenUsage, BucketsAddUpToTheProvidersTotals) {
  size_t checked = 0;
  for (const Case& one : cases()) {
    for (const bool streamed : {false, true}) {
      if (!streamed && one.row.contains("events")) continue;
      SCOPED_TRACE(one.file + ": " + one.row["name"].get<std::string>() +
                   (streamed ? ", streamed" : ", whole"));
      expect_case(one.row, decoded(one.row, streamed));
      ++checked;
    }
  }
  EXPECT_GT(checked, 180U);
}

// Each provider, with every kind of bucket that it has.
TEST(GoldenUsage, CasesNameTheirSourceAndCoverEveryProvider) {
  std::map<std::string, size_t> providers;
  std::map<std::string, size_t> buckets;
  size_t priced = 0;
  for (const Case& one : cases()) {
    EXPECT_NE(one.row.value("source", "").find("https://"), std::string::npos) << one.row["name"];
    ++providers[one.row["provider"]];
    for (const auto& [name, count] : one.row["buckets"].items()) ++buckets[name];
    priced += one.row.contains("price") ? 1 : 0;
  }
  for (const char* provider : {"openai", "deepseek", "anthropic", "google", "xai", "openrouter",
                               "mistral", "groq", "together", "ollama", "llama.cpp", "vllm"}) {
    EXPECT_GT(providers[provider], 0U) << provider;
  }
  EXPECT_EQ(buckets.size(), kUsageBuckets.size());
  EXPECT_GE(priced, 12U);
}

}  // namespace
}  // namespace assay::backends
