// The section `tco`: every key is read, every default is a line, every mistake names its place.
#include "app/tco_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "app/tco_measured.h"
#include "harness/cost/tco.h"
#include "tests/support/temp_dir.h"

namespace assay::app {
namespace {

using ::testing::HasSubstr;

Result<MeasuredThroughput> nothing_measured(const std::string& run, const std::string&) {
  return input_error(run, "not a run file");
}

Result<TcoInputs> parse(const std::string& text, const TcoFlags& flags = {},
                        const MeasureThroughput& measure = nothing_measured) {
  ASSAY_TRY(const YamlNode root, read_yaml(text, "assay.yaml"));
  return read_tco(*root.find("tco"), flags, measure);
}

TcoInputs read(const std::string& text, const TcoFlags& flags = {},
               const MeasureThroughput& measure = nothing_measured) {
  Result<TcoInputs> out = parse(text, flags, measure);
  EXPECT_TRUE(out) << out.error().text();
  return out ? *out : TcoInputs{};
}

std::string mistake(const std::string& text, const TcoFlags& flags = {}) {
  const Result<TcoInputs> out = parse(text, flags);
  return out ? "none" : out.error().text();
}

// As the flow style allows: one line each, so that places are easy to see.
struct Parts {
  std::string head = "currency: USD";
  std::string traffic = "{input_tokens: 3000, output_tokens: 500, requests_per_day: 20000}";
  std::string api = "{name: api, per_request: 0.003}";
  std::string rate = "{input_tokens_per_s: 18000, output_tokens_per_s: 3000}";
  std::string machine;  // more of the machine
  std::string rent = "{price_per_gpu_hour: 2.5}";
  std::string more;
};

std::string section(const Parts& p) {
  return "tco:\n  " + p.head + "\n  traffic: " + p.traffic + "\n  apis:\n    - " + p.api +
         "\n  machines:\n    - name: node\n      gpus: 8\n      throughput: " + p.rate +
         "\n      rent: " + p.rent + "\n" + (p.machine.empty() ? "" : "      " + p.machine + "\n") +
         p.more;
}

const TcoInputLine* line(const TcoInputs& in, const std::string& name) {
  const auto at = std::find_if(in.lines.begin(), in.lines.end(),
                               [&](const TcoInputLine& l) { return l.name == name; });
  return at == in.lines.end() ? nullptr : &*at;
}

TEST(TcoConfig, DefaultsAreLinesWithReasons) {
  const TcoInputs in = read(section({}));
  EXPECT_EQ(in.currency, "USD");
  EXPECT_DOUBLE_EQ(in.traffic.peak_to_mean, 2);
  EXPECT_DOUBLE_EQ(in.volume_from, 200);
  EXPECT_DOUBLE_EQ(in.volume_to, 2e6);
  ASSERT_EQ(in.machines.size(), 1U);
  EXPECT_DOUBLE_EQ(in.machines[0].utilisation, 0.8);
  EXPECT_DOUBLE_EQ(in.machines[0].throughput.output_weight, 5);
  for (const TcoInputLine& each : in.lines) {
    EXPECT_EQ(each.origin == TcoOrigin::kDefault, !each.why.empty()) << each.name;
  }
  const TcoInputLine* used = line(in, "machines.node.utilisation");
  ASSERT_NE(used, nullptr);
  EXPECT_EQ(used->origin, TcoOrigin::kDefault);
  EXPECT_EQ(used->value, "0.8");
  const TcoInputLine* given = line(in, "machines.node.rent.price_per_gpu_hour");
  ASSERT_NE(given, nullptr);
  EXPECT_EQ(given->origin, TcoOrigin::kGiven);
  EXPECT_EQ(given->value, "2.5");
}

// 3000 tokens, 60 % of them cached: 1200 × 0.55 + 1800 × 0.14 + 500 × 2.19 = 2007 millionths.
TEST(TcoConfig, TokenPricesGoThroughTheEngineThatBills) {
  Parts p;
  p.traffic = "{input_tokens: 3000, output_tokens: 500, cached: 0.6, requests_per_day: 10}";
  p.api = "{name: r1, price: {input: 0.55, cached_input: 0.14, output: 2.19}}";
  const TcoApi& api = read(section(p)).apis.at(0);
  EXPECT_NEAR(api.per_request, 0.002007, 1e-15);
  EXPECT_TRUE(api.by_tokens);
  EXPECT_NEAR(api.input_share, 912.0 / 2007, 1e-12);
  EXPECT_NEAR(api.output_share, 1095.0 / 2007, 1e-12);
  p.api = "{name: r1, price: {input: 0.55, output: 2.19}}";
  EXPECT_THAT(mistake(section(p)), HasSubstr("assay.yaml:5:"));
  EXPECT_THAT(mistake(section(p)), HasSubstr("cached"));
}

TEST(TcoConfig, CurrenciesNeedAStatedRate) {
  Parts p;
  p.api = "{name: api, per_request: 3, currency: KRW}";
  EXPECT_THAT(mistake(section(p)),
              HasSubstr("no rate from KRW to USD, expected `rates: {KRW: ...}`"));
  p.head = "rates: {KRW: 0.0007}";
  const TcoInputs in = read(section(p));
  EXPECT_DOUBLE_EQ(in.apis.at(0).to_report, 0.0007);
  EXPECT_EQ(line(in, "rates.KRW")->unit, "USD for one KRW");
  p.head = "rates: {KRW: 0}";
  EXPECT_THAT(mistake(section(p)), HasSubstr("`KRW` is 0, expected a number above 0"));
  p.head = "currency: dollars";
  EXPECT_THAT(mistake(section(p)), HasSubstr("`dollars` is no currency"));
}

TEST(TcoConfig, AnApiOfThePriceTablesIsBilledFromThem) {
  const std::string text = section({.api = "{name: a, model: maker/one}"});
  const FindPrices find = [](const std::string& model,
                             const std::string& currency) -> Result<ModelPrices> {
    if (model != "maker/one") return input_error(model, "no price is known for it");
    PriceRow row{.model = model, .currency = currency, .source = "a page", .checked = "2026-08-06"};
    row.rates.set(Billed::kInput, *Rate::parse("2"));
    row.rates.set(Billed::kCachedInput, *Rate::parse("0.5"));
    row.rates.set(Billed::kOutput, *Rate::parse("8"));
    return ModelPrices{{row}};
  };
  const auto with = [&](const std::string& yaml) -> Result<TcoInputs> {
    ASSAY_TRY(const YamlNode root, read_yaml(yaml, "assay.yaml"));
    return read_tco(*root.find("tco"), {.mix = "in=1000,out=100,cached=0.5,per_day=7"},
                    nothing_measured, find);
  };
  const Result<TcoInputs> inputs = with(text);
  ASSERT_TRUE(inputs) << inputs.error().text();
  // (500 × 2 + 500 × 0.5 + 100 × 8) / 1,000,000
  EXPECT_DOUBLE_EQ(inputs->apis[0].per_request, 0.00205);
  const auto line = std::find_if(inputs->lines.begin(), inputs->lines.end(),
                                 [](const TcoInputLine& l) { return l.name == "apis.a.model"; });
  ASSERT_NE(line, inputs->lines.end());
  EXPECT_EQ(line->why, "a page, checked 2026-08-06");
  EXPECT_THAT(with(section({.api = "{name: a, model: other}"})).error().text(),
              HasSubstr("no price is known for it"));
  EXPECT_THAT(mistake(text), HasSubstr("no price tables are known here"));
}

TEST(TcoConfig, FlagsWin) {
  const TcoInputs mixed = read(section({}), {.mix = "in=100,out=10,cached=0.5,per_day=7"});
  EXPECT_DOUBLE_EQ(mixed.traffic.input_tokens, 100);
  EXPECT_DOUBLE_EQ(mixed.traffic.output_tokens, 10);
  EXPECT_DOUBLE_EQ(mixed.traffic.cached_share, 0.5);
  EXPECT_DOUBLE_EQ(mixed.traffic.requests_per_day, 7);
  EXPECT_DOUBLE_EQ(read(section({}), {.volume = "500/day"}).traffic.requests_per_day, 500);
  EXPECT_DOUBLE_EQ(read(section({}), {.volume = "7e6 tokens/day"}).traffic.requests_per_day, 2000);
  for (const char* volume : {"x", "0", "-5/day", "1e99", "5 requests", "nan"}) {
    EXPECT_THAT(mistake(section({}), {.volume = volume}), HasSubstr("--volume: `")) << volume;
  }
  for (const char* mix :
       {"in", "in=", "in=x", "in=-1", "inn=4", "cached=2", "=", "in=3,,out=4", "per_day=0"}) {
    EXPECT_THAT(mistake(section({}), {.mix = mix}), HasSubstr("--mix: ")) << mix;
  }
  EXPECT_THAT(mistake(section({}), {.run = "bench.assay"}),
              HasSubstr("--run: no machine is without a throughput"));
}

TEST(TcoConfig, MeasuredThroughputIsSaidToBe) {
  Parts p;
  p.rate = "{run: bench.assay, model: qwen, nodes: 2}";
  const auto measure = [](const std::string& run,
                          const std::string& model) -> Result<MeasuredThroughput> {
    MeasuredThroughput out;
    out.throughput.input_tokens_per_s = 36'000;
    out.throughput.output_tokens_per_s = 6000;
    out.how = run + ": " + model;
    return out;
  };
  const TcoInputs in = read(section(p), {}, measure);
  EXPECT_DOUBLE_EQ(in.machines.at(0).throughput.input_tokens_per_s, 18'000);
  const TcoInputLine* measured = line(in, "machines.node.throughput.output_tokens_per_s");
  ASSERT_NE(measured, nullptr);
  EXPECT_EQ(measured->origin, TcoOrigin::kMeasured);
  EXPECT_EQ(measured->value, "3000");
  EXPECT_EQ(measured->why, "bench.assay: qwen");
  p.rate = "{model: qwen}";
  EXPECT_EQ(read(section(p), {.run = "other.assay"}, measure).lines.back().origin,
            TcoOrigin::kGiven);
  EXPECT_THAT(mistake(section(p)), HasSubstr("the throughput is missing"));
}

TEST(TcoConfig, MemoryInItsThreeWays) {
  const TcoInputs in = read(R"(tco:
  memory:
    - {name: a, parameters: 70.6e9, layers: 80, kv_heads: 8, head_dim: 128, tokens: 8192}
    - {name: b, parameters: 671e9, precision: fp8, layers: 61, kv_lora_rank: 512, rope_head_dim: 64, tokens: 8192}
    - {name: c, parameters: 8e9, bits_per_weight: 4.85, kv_bytes_per_token: 65536, tokens: 100,
       tensor_parallel: [1, 3], gpus: [{name: g, memory_gb: 24}]}
)");
  ASSERT_EQ(in.memory.size(), 3U);
  EXPECT_EQ(in.memory[0].kv, KvKind::kHeads);
  EXPECT_EQ(in.memory[0].precision, "bf16");
  EXPECT_EQ(in.memory[1].kv, KvKind::kLatent);
  EXPECT_DOUBLE_EQ(in.memory[1].bits_per_weight, 8);
  EXPECT_EQ(in.memory[2].kv, KvKind::kGiven);
  EXPECT_EQ(in.memory[2].precision, "4.85 bits");
  EXPECT_THAT(in.memory[2].tensor_parallel, ::testing::ElementsAre(1, 3));
  EXPECT_DOUBLE_EQ(in.memory[2].gpus.at(0).usable_share, 0.9);
}

struct Mistake {
  const char* what;
  Parts parts;
  const char* message;
};

TEST(TcoConfig, MistakesNameTheirPlace) {
  const std::vector<Mistake> cases{
      {"negative price",
       {.rent = "{price_per_gpu_hour: -2}"},
       "assay.yaml:10:34: `price_per_gpu_hour` is -2, expected a number from 0 to 1e+15"},
      {"negative API",
       {.api = "{name: api, per_request: -1}"},
       "assay.yaml:5:32: `per_request` is -1, expected a number from 0"},
      {"negative token price",
       {.api = "{name: api, price: {input: -1, output: 1}}"},
       "assay.yaml:5:34: `input`: "},
      {"utilisation 0",
       {.machine = "utilisation: 0"},
       "assay.yaml:11:20: `utilisation` is 0, expected a number above 0 and at most 1"},
      {"utilisation 1.2", {.machine = "utilisation: 1.2"}, "`utilisation` is 1.2, expected"},
      {"utilisation nan", {.machine = "utilisation: .nan"}, "`utilisation` is "},
      {"no throughput",
       {.rate = "{input_tokens_per_s: 0, output_tokens_per_s: 3000}"},
       "`input_tokens_per_s` is 0, expected a number from 1e-06 to 1e+12"},
      {"half a throughput",
       {.rate = "{input_tokens_per_s: 10}"},
       "`output_tokens_per_s` is missing, expected a number from"},
      {"a kind that is none",
       {.rate = "{kind: both, input_tokens_per_s: 1}"},
       "`kind` is both, expected mixed"},
      {"run and rates",
       {.rate = "{run: a.assay, input_tokens_per_s: 1}"},
       "`run` stands beside given rates"},
      {"no run file", {.rate = "{run: a.assay}"}, "a.assay: not a run file"},
      {"a key with a slip",
       {.machine = "utilization: 0.5"},
       "unknown key `utilization` in a machine, did you mean `utilisation`?"},
      {"no tokens",
       {.traffic = "{input_tokens: 0, output_tokens: 0, requests_per_day: 1}"},
       "a request has no tokens"},
      {"no volume",
       {.traffic = "{input_tokens: 1, output_tokens: 1}"},
       "`requests_per_day` is missing"},
      {"two volumes",
       {.traffic = "{input_tokens: 1, output_tokens: 1, requests_per_day: 1, tokens_per_day: 5}"},
       "`requests_per_day` stands beside `tokens_per_day`"},
      {"two prices",
       {.api = "{name: a, per_request: 1, price: {input: 1}}"},
       "an API needs one of `price`"},
      {"an API without a name", {.api = "{per_request: 1}"}, "an entry of `apis` without `name`"},
      {"idle above load",
       {.machine = "purchase: {price: 1, power_watts: 5, idle_watts: 6, tariff_per_kwh: 1}"},
       "`idle_watts` is 6, expected a number from 0 to 5"},
      {"no life",
       {.machine = "purchase: {price: 1, life_years: 0, power_watts: 5, tariff_per_kwh: 1}"},
       "`life_years` is 0, expected a number from 0.1"},
      {"pue below 1",
       {.machine = "purchase: {price: 1, power_watts: 5, pue: 0.9, tariff_per_kwh: 1}"},
       "`pue` is 0.9, expected a number from 1"},
      {"too many nodes",
       {.rate = "{input_tokens_per_s: 0.001, output_tokens_per_s: 0.001}"},
       "nodes of this machine, expected at most 1000000"},
      {"unknown precision",
       {.more = "  memory: [{name: m, parameters: 1, precision: fp7, "
                "kv_bytes_per_token: 1, tokens: 1}]\n"},
       "`precision` is fp7, expected fp32, bf16, fp16, fp8, int8 or int4, or `bits_per_weight`"},
      {"two caches",
       {.more = "  memory: [{name: m, parameters: 1, layers: 3, "
                "kv_bytes_per_token: 1, tokens: 1}]\n"},
       "`layers` stands beside `kv_bytes_per_token`"},
      {"unusable",
       {.more = "  memory: [{name: m, parameters: 1, kv_bytes_per_token: 1, tokens: 1, "
                "gpus: [{name: g, memory_gb: 1, usable: 1.1}]}]\n"},
       "`usable` is 1.1, expected a number from 0.01 to 1"},
      {"an empty list of sizes",
       {.more = "  memory: [{name: m, parameters: 1, kv_bytes_per_token: 1, tokens: 1, "
                "tensor_parallel: []}]\n"},
       "`tensor_parallel` is empty"},
  };
  for (const Mistake& each : cases) {
    EXPECT_THAT(mistake(section(each.parts)), HasSubstr(each.message)) << each.what;
  }
  EXPECT_THAT(mistake("tco: {}\n"), HasSubstr("expected one"));
  EXPECT_THAT(mistake("tco: []\n"), HasSubstr("expected a mapping"));
}

TEST(TcoConfig, TwoOfOneName) {
  EXPECT_THAT(mistake("tco:\n  traffic: {input_tokens: 1, output_tokens: 1, requests_per_day: 1}\n"
                      "  apis: [{name: a, per_request: 1}, {name: a, per_request: 2}]\n"),
              HasSubstr("two entries of `apis` are named `a`"));
}

TEST(TcoConfig, TheExampleIsValid) {
  const std::string text =
      test::read_file(std::string(ASSAY_SOURCE_DIR) + "/examples/tco/assay.yaml");
  const TcoReport report = cost::compare_hosting(read(text));
  EXPECT_EQ(report.options.size(), 4U);
  EXPECT_EQ(report.breaks.size(), 4U);
  EXPECT_EQ(report.memory.size(), 2U);
}

LoadPoint load_point(const std::string& model, double goodput, bool met) {
  LoadResult round;
  round.good = 100;
  round.goodput.value = goodput;
  round.slo_met = met;
  round.usage.input_tokens = 200'000;
  round.usage.cached_tokens = 100'000;
  round.usage.output_tokens = 40'000;
  round.usage.reasoning_tokens = 10'000;
  LoadPoint point;
  point.model.name = model;
  point.label = "rate 3";
  point.rounds = {round, round};
  return point;
}

TEST(TcoMeasured, TheHighestGoodputThatMeetsTheSlo) {
  LoadSection loads;
  loads.points = {load_point("qwen", 2, true), load_point("qwen", 3, true),
                  load_point("qwen", 9, false), load_point("other", 20, true)};
  loads.points.push_back(load_point("qwen", 50, true));
  loads.points.back().valid = false;
  const auto found = measured_throughput(loads, "qwen", "b.assay");
  ASSERT_TRUE(found) << found.error().text();
  EXPECT_DOUBLE_EQ(found->throughput.input_tokens_per_s, 9000);  // 3 × 3000
  EXPECT_DOUBLE_EQ(found->throughput.output_tokens_per_s, 1500);
  EXPECT_THAT(found->how, HasSubstr("b.assay: qwen at rate 3: 3 requests/s within the SLO"));
}

TEST(TcoMeasured, WhatItCannotUse) {
  LoadSection loads;
  const auto message = [&](const std::string& model) {
    const auto found = measured_throughput(loads, model, "b.assay");
    return found ? std::string("none") : found.error().text();
  };
  EXPECT_THAT(message(""), HasSubstr("b.assay: has no load"));
  loads.points = {load_point("qwen", 9, false), load_point("other", 2, true)};
  EXPECT_THAT(message(""),
              HasSubstr("has 2 models and none is named, expected one of qwen, other"));
  EXPECT_THAT(message("gpt"), HasSubstr("has no load of `gpt`, expected one of qwen, other"));
  EXPECT_THAT(message("qwen"), HasSubstr("no valid load of `qwen` met an SLO"));
  loads.points[1].rounds[0].usage = Usage{};
  EXPECT_THAT(message("other"), HasSubstr("do not say their tokens"));
}

}  // namespace
}  // namespace assay::app
