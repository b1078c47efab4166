#include "app/tco_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "app/tco_memory_config.h"
#include "app/tco_reader.h"
#include "harness/cost/bill.h"
#include "harness/cost/tco.h"
#include "harness/cost/token_cost.h"
#include "harness/cost/traffic_mix.h"

namespace assay::app {
namespace {

constexpr double kTokensMax = 1e8;      // of a request
constexpr double kLeast = 1e-6;         // of rates and volumes, which divide
constexpr double kVolumeMax = 1e12;     // requests a day
constexpr double kVolumeSpan = 100;     // of the table to either side of the user's volume
constexpr double kVolumeSpanMax = 1e6;  // as far as it may be asked to go
constexpr size_t kCurrencyLetters = 3;
constexpr int64_t kRequestsBilled = 1000;  // so that a thousandth of a token counts

constexpr TcoField kInputTokens{
    .key = "input_tokens", .unit = "tokens a request", .max = kTokensMax};
constexpr TcoField kOutputTokens{
    .key = "output_tokens", .unit = "tokens a request", .max = kTokensMax};
constexpr TcoField kCached{.key = "cached",
                           .unit = "share of the input",
                           .max = 1,
                           .fallback = 0,
                           .why = "nothing comes from a provider's cache unless said"};
constexpr TcoField kPerDay{
    .key = "requests_per_day", .unit = "requests a day", .min = kLeast, .max = kVolumeMax};
constexpr TcoField kTokensPerDay{.key = "tokens_per_day",
                                 .unit = "tokens a day, in and out",
                                 .min = kLeast,
                                 .max = kVolumeMax * 1000};
constexpr TcoField kPeak{.key = "peak_to_mean",
                         .unit = "busiest hour over the mean",
                         .min = 1,
                         .max = 1000,
                         .fallback = 2,
                         .why = "assumed: a day and a night; 1 for an even load"};

constexpr TcoCount kGpus{.key = "gpus", .unit = "of a node", .max = 1024};
constexpr TcoField kUtilisation{.key = "utilisation",
                                .unit = "share of the throughput, busiest hour",
                                .min = 0,
                                .min_excluded = true,
                                .max = 1,
                                .fallback = 0.8,
                                .why = "assumed: room for bursts within the hour"};
constexpr TcoCount kNodesMin{.key = "nodes_min",
                             .unit = "nodes",
                             .fallback = 1,
                             .why = "no redundancy: one node out is an outage"};
constexpr TcoField kStaff{.key = "staff_per_year",
                          .unit = "for all nodes",
                          .fallback = 0,
                          .why = "not counted unless said"};
constexpr TcoField kGpuHour{.key = "price_per_gpu_hour", .unit = ""};
constexpr TcoField kPrice{.key = "price", .unit = "of a node"};
constexpr TcoField kLife{.key = "life_years",
                         .unit = "years",
                         .min = 0.1,
                         .max = 100,
                         .fallback = 5,
                         .why = "Amazon's books for servers since 2025 (Meta 5.5, Alphabet 6)"};
constexpr TcoField kInterest{.key = "interest",
                             .unit = "a year",
                             .max = 10,
                             .fallback = 0.08,
                             .why = "assumed cost of capital"};
constexpr TcoField kResidual{.key = "residual",
                             .unit = "share of the price",
                             .max = 1,
                             .fallback = 0,
                             .why = "cautious: worth nothing at the end"};
constexpr TcoField kMaintenance{.key = "maintenance",
                                .unit = "share of the price a year",
                                .max = 10,
                                .fallback = 0.05,
                                .why = "assumed: a support contract"};
constexpr TcoField kPower{.key = "power_watts", .unit = "W of a node under load", .max = 1e7};
constexpr TcoField kIdle{.key = "idle_watts", .unit = "W of a node", .max = 1e7};
constexpr TcoField kPue{.key = "pue",
                        .unit = "",
                        .min = 1,
                        .max = 10,
                        .fallback = 1.56,
                        .why = "mean of the Uptime Institute's survey of 2024"};
constexpr TcoField kTariff{.key = "tariff_per_kwh", .unit = "a kWh"};
constexpr TcoField kOther{.key = "other_per_year",
                          .unit = "of a node",
                          .fallback = 0,
                          .why = "not counted unless said: place, network"};

constexpr TcoField kInputRate{
    .key = "input_tokens_per_s", .unit = "tokens/s of a node", .min = kLeast, .max = 1e12};
constexpr TcoField kOutputRate{
    .key = "output_tokens_per_s", .unit = "tokens/s of a node", .min = kLeast, .max = 1e12};
constexpr TcoField kOutputWeight{.key = "output_weight",
                                 .unit = "input tokens' time",
                                 .min = kLeast,
                                 .max = 1e6,
                                 .fallback = 5,
                                 .why =
                                     "73.7 k against 14.8 k tokens/s of a node on DeepSeek's "
                                     "published day"};
constexpr TcoCount kNodesMeasured{.key = "nodes",
                                  .unit = "behind what was measured",
                                  .max = 100'000,
                                  .fallback = 1,
                                  .why = "one node was measured"};

constexpr TcoField kPerRequest{.key = "per_request", .unit = "a request"};

class SectionReader {
 public:
  SectionReader(const YamlNode& section, const TcoFlags& flags, const MeasureThroughput& measure,
                const FindPrices& find)
      : section_(section), flags_(flags), measure_(measure), find_(find), reader_(out_.lines) {}

  Result<TcoInputs> read();

 private:
  Result<void> read_rates();
  Result<void> read_traffic();
  Result<void> read_mix();
  Result<void> read_volume_flag();
  Result<void> read_volumes();
  Result<void> read_apis();
  Result<TcoApi> read_api(const YamlNode& node);
  Result<void> read_token_prices(const YamlNode& node, const std::string& path, TcoApi& api);
  Result<void> read_table_prices(const YamlNode& node, const std::string& path, TcoApi& api);
  Result<void> bill_traffic(const YamlNode& node, const ModelPrices& prices, int64_t unix_s,
                            TcoApi& api) const;
  Result<void> read_machines();
  Result<TcoMachine> read_machine(const YamlNode& node);
  Result<void> read_throughput(const YamlNode& machine, const std::string& path, TcoMachine& out);
  Result<void> read_measured(const YamlNode* node, const std::string& path, const std::string& run,
                             TcoThroughput& out);
  Result<void> read_given_rates(const YamlNode& node, const std::string& path, TcoThroughput& out);
  Result<void> check_nodes(const YamlNode& node, const TcoMachine& machine) const;
  // Of an API or a machine; the report's own where it is not said.
  Result<std::pair<std::string, double>> currency_of(const YamlNode& node, const std::string& path);

  const YamlNode& section_;
  const TcoFlags& flags_;
  const MeasureThroughput& measure_;
  const FindPrices& find_;
  TcoInputs out_;
  TcoReader reader_;
  std::map<std::string, double> rates_;
  bool run_used_ = false;
};

Result<void> check_currency(const YamlNode& node, const std::string& name) {
  bool letters = name.size() == kCurrencyLetters;
  for (const char c : name) letters = letters && c >= 'A' && c <= 'Z';
  if (letters) return {};
  return node.error(
      fmt::format("`{}` is no currency, expected three capital letters such as USD", name));
}

Result<void> SectionReader::read_rates() {
  ASSAY_TRY(out_.currency,
            reader_.text(section_, "", "currency", "USD", "what most prices are in"));
  const YamlNode* named = section_.find("currency");
  ASSAY_TRY_VOID(check_currency(named != nullptr ? *named : section_, out_.currency));
  const YamlNode* rates = section_.find("rates");
  if (rates == nullptr) return {};
  ASSAY_TRY_VOID(expect_map(*rates, "`rates`"));
  for (const YamlMember& member : rates->members) {
    ASSAY_TRY_VOID(check_currency(member.value, member.key));
    const TcoField field{.key = member.key.c_str(), .unit = "", .min_excluded = true, .max = 1e9};
    ASSAY_TRY(rates_[member.key], reader_.number(*rates, "rates", field));
    out_.lines.back().unit = fmt::format("{} for one {}", out_.currency, member.key);
  }
  return {};
}

Result<std::pair<std::string, double>> SectionReader::currency_of(const YamlNode& node,
                                                                  const std::string& path) {
  const YamlNode* named = node.find("currency");
  if (named == nullptr) return std::pair(out_.currency, 1.0);
  ASSAY_TRY(const std::string name, reader_.text(node, path, "currency", nullptr, ""));
  ASSAY_TRY_VOID(check_currency(*named, name));
  if (name == out_.currency) return std::pair(name, 1.0);
  const auto rate = rates_.find(name);
  if (rate != rates_.end()) return std::pair(name, rate->second);
  return named->error(
      fmt::format("no rate from {0} to {1}, expected `rates: {{{0}: ...}}` ({1} for "
                  "one {0}) in `tco`",
                  name, out_.currency));
}

// A number that fills `text`.
std::optional<double> whole_number(std::string_view text) {
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

// "in=3000,out=500,cached=0.6,per_day=20000"
Result<void> SectionReader::read_mix() {
  ASSAY_TRY(const cost::TrafficMix mix, cost::parse_mix(flags_.mix));
  constexpr double kMillionths = 1e6;
  TcoTraffic& t = out_.traffic;
  t.input_tokens = static_cast<double>(mix.input);
  t.output_tokens = static_cast<double>(mix.output) + static_cast<double>(mix.reasoning);
  t.cached_share = static_cast<double>(mix.cached.millionths) / kMillionths;
  if (mix.per_day > 0) t.requests_per_day = static_cast<double>(mix.per_day);
  const auto given = [&](const TcoField& field, double value) {
    reader_.given("traffic." + std::string(field.key), tco_number(value), field.unit);
    out_.lines.back().why = "--mix";
  };
  given(kInputTokens, t.input_tokens);
  given(kOutputTokens, t.output_tokens);
  given(kCached, t.cached_share);
  if (mix.per_day > 0) given(kPerDay, t.requests_per_day);
  return {};
}

// "20000", "20000/day", "5e9 tokens/day"
Result<void> SectionReader::read_volume_flag() {
  std::string_view text = flags_.volume;
  if (text.ends_with("/day")) text.remove_suffix(4);
  const bool tokens = text.ends_with("tokens");
  if (tokens) text.remove_suffix(6);
  while (text.ends_with(' ')) text.remove_suffix(1);
  const auto value = whole_number(text);
  const TcoTraffic& t = out_.traffic;
  const double per_request = tokens ? t.input_tokens + t.output_tokens : 1;
  if (!value || !(*value / per_request >= kLeast) || !(*value / per_request <= kVolumeMax)) {
    return input_error("--volume", fmt::format("`{}` is no volume, expected for example 20000/day "
                                               "(requests) or '5e9 tokens/day'",
                                               flags_.volume));
  }
  out_.traffic.requests_per_day = *value / per_request;
  reader_.given("traffic.requests_per_day", tco_number(out_.traffic.requests_per_day),
                kPerDay.unit);
  out_.lines.back().why = "--volume " + flags_.volume;
  return {};
}

Result<void> SectionReader::read_traffic() {
  const YamlNode* node = section_.find("traffic");
  TcoTraffic& t = out_.traffic;
  if (node != nullptr) {
    ASSAY_TRY_VOID(expect_map(*node, "`traffic`"));
    ASSAY_TRY_VOID(refuse_unknown_keys(*node, "`traffic`",
                                       {"input_tokens", "output_tokens", "cached",
                                        "requests_per_day", "tokens_per_day", "peak_to_mean"}));
  } else if (flags_.mix.empty()) {
    return section_.error(
        "`traffic` is missing, expected input_tokens, output_tokens and "
        "requests_per_day, or --mix");
  }
  const YamlNode& from = node != nullptr ? *node : section_;
  if (flags_.mix.empty()) {
    ASSAY_TRY(t.input_tokens, reader_.number(from, "traffic", kInputTokens));
    ASSAY_TRY(t.output_tokens, reader_.number(from, "traffic", kOutputTokens));
    ASSAY_TRY(t.cached_share, reader_.number(from, "traffic", kCached));
  } else {
    ASSAY_TRY_VOID(read_mix());
  }
  if (!(t.input_tokens + t.output_tokens >= 1))
    return from.error("a request has no tokens, expected input_tokens or output_tokens from 1");
  if (!flags_.volume.empty()) {
    ASSAY_TRY_VOID(read_volume_flag());
  } else if (t.requests_per_day > 0) {
    // The mix said it.
  } else if (from.find("tokens_per_day") != nullptr) {
    if (const YamlNode* both = from.find("requests_per_day"))
      return both->error("`requests_per_day` stands beside `tokens_per_day`, expected one of them");
    ASSAY_TRY(const double tokens, reader_.number(from, "traffic", kTokensPerDay));
    t.requests_per_day = tokens / (t.input_tokens + t.output_tokens);
  } else {
    ASSAY_TRY(t.requests_per_day, reader_.number(from, "traffic", kPerDay));
  }
  ASSAY_TRY(t.peak_to_mean, reader_.number(from, "traffic", kPeak));
  return {};
}

// A volume of the command line may lie outside the file's: it is then the end of them.
Result<void> SectionReader::read_volumes() {
  const double own = out_.traffic.requests_per_day;
  const bool by_flag = !flags_.mix.empty() || !flags_.volume.empty();
  const YamlNode* node = section_.find("volumes");
  if (node != nullptr) {
    ASSAY_TRY_VOID(expect_map(*node, "`volumes`"));
    ASSAY_TRY_VOID(refuse_unknown_keys(*node, "`volumes`", {"from", "to"}));
  }
  const YamlNode none;
  const YamlNode& from = node != nullptr ? *node : none;
  const TcoField low{.key = "from",
                     .unit = "requests a day",
                     .min = own / kVolumeSpanMax,
                     .max = by_flag ? kVolumeMax : own,
                     .fallback = own / kVolumeSpan,
                     .why = "a hundredth of the volume"};
  const TcoField high{.key = "to",
                      .unit = "requests a day",
                      .min = by_flag ? kLeast : own,
                      .max = own * kVolumeSpanMax,
                      .fallback = own * kVolumeSpan,
                      .why = "a hundred times the volume"};
  ASSAY_TRY(out_.volume_from, reader_.number(from, "volumes", low));
  ASSAY_TRY(out_.volume_to, reader_.number(from, "volumes", high));
  out_.volume_from = std::min(out_.volume_from, own);
  out_.volume_to = std::max(out_.volume_to, own);
  return {};
}

Result<void> SectionReader::read_token_prices(const YamlNode& node, const std::string& path,
                                              TcoApi& api) {
  ASSAY_TRY_VOID(expect_map(node, "`price`"));
  ModelPrices prices;
  PriceRow row;
  row.model = api.name;
  row.currency = api.currency;
  const std::vector<std::pair<const char*, Billed>> known{{"input", Billed::kInput},
                                                          {"cached_input", Billed::kCachedInput},
                                                          {"output", Billed::kOutput},
                                                          {"request", Billed::kRequest}};
  ASSAY_TRY_VOID(
      refuse_unknown_keys(node, "`price`", {"input", "cached_input", "output", "request"}));
  for (const auto& [key, what] : known) {
    const YamlNode* price = node.find(key);
    if (price == nullptr) continue;
    ASSAY_TRY(const std::string text, price->as_string(key));
    const Result<Rate> rate = Rate::parse(text);
    if (!rate) return price->error(fmt::format("`{}`: {}", key, rate.error().message));
    row.rates.set(what, *rate);
    reader_.given(joined_path(path, key), text, is_token(what) ? "a million tokens" : "a request");
  }
  prices.periods.push_back(std::move(row));
  return bill_traffic(node, prices, 0, api);
}

// Of a model of the price tables, at today's price.
Result<void> SectionReader::read_table_prices(const YamlNode& node, const std::string& path,
                                              TcoApi& api) {
  ASSAY_TRY(const std::string model, node.as_string("model"));
  if (!find_) return node.error("no price tables are known here; give `price` or `per_request`");
  const Result<ModelPrices> prices = find_(model, api.currency);
  if (!prices) return node.error(prices.error().message);
  const int64_t now = cost::unix_now_s();
  const PriceRow* row = cost::period_at(*prices, now);
  ASSAY_TRY_VOID(bill_traffic(node, *prices, now, api));
  reader_.given(joined_path(path, "model"), model, "");
  if (row != nullptr) {
    out_.lines.back().why = fmt::format("{}, checked {}", row->source,
                                        row->checked.empty() ? "nobody knows when" : row->checked);
  }
  return {};
}

// Of a thousand requests at once, by the engine that bills.
Result<void> SectionReader::bill_traffic(const YamlNode& node, const ModelPrices& prices,
                                         int64_t unix_s, TcoApi& api) const {
  const TcoTraffic& t = out_.traffic;
  const auto thousandfold = [](double tokens) {
    return static_cast<int64_t>(std::llround(tokens * static_cast<double>(kRequestsBilled)));
  };
  cost::Quantities q;
  q.set(Billed::kCachedInput, thousandfold(t.input_tokens * t.cached_share));
  q.set(Billed::kInput, thousandfold(t.input_tokens) - q.get(Billed::kCachedInput));
  q.set(Billed::kOutput, thousandfold(t.output_tokens));
  q.set(Billed::kRequest, kRequestsBilled);
  q.set_prompt_tokens(std::llround(t.input_tokens));
  const Result<cost::Bill> bill = cost::make_bill(prices, q, unix_s);
  if (!bill) return node.error(bill.error().message);
  const double total = bill->total.approximate();
  api.per_request = total / static_cast<double>(kRequestsBilled);
  api.by_tokens = true;
  if (total > 0) {
    api.input_share = bill->prompt.approximate() / total;
    api.output_share = bill->reply.approximate() / total;
  }
  return {};
}

Result<TcoApi> SectionReader::read_api(const YamlNode& node) {
  ASSAY_TRY_VOID(
      refuse_unknown_keys(node, "an API", {"name", "currency", "per_request", "price", "model"}));
  TcoApi api;
  ASSAY_TRY(api.name, node.find("name")->as_string("name"));
  const std::string path = "apis." + api.name;
  ASSAY_TRY(const auto currency, currency_of(node, path));
  std::tie(api.currency, api.to_report) = currency;
  const YamlNode* price = node.find("price");
  const YamlNode* per_request = node.find("per_request");
  const YamlNode* model = node.find("model");
  if ((price != nullptr) + (per_request != nullptr) + (model != nullptr) != 1) {
    return node.error(
        "an API needs one of `price` (by a million tokens), `per_request` and `model` "
        "(of the price tables)");
  }
  if (model != nullptr) {
    ASSAY_TRY_VOID(read_table_prices(*model, path, api));
  } else if (price != nullptr) {
    ASSAY_TRY_VOID(read_token_prices(*price, path + ".price", api));
  } else {
    ASSAY_TRY(api.per_request, reader_.number(node, path, kPerRequest));
  }
  return api;
}

Result<void> SectionReader::read_apis() {
  const YamlNode* list = section_.find("apis");
  if (list == nullptr) return {};
  ASSAY_TRY_VOID(expect_list(*list, "apis"));
  std::vector<std::string> taken;
  for (const YamlNode& item : list->items) {
    ASSAY_TRY_VOID(unique_name(item, "apis", taken));
    ASSAY_TRY(TcoApi api, read_api(item));
    out_.apis.push_back(std::move(api));
  }
  return {};
}

Result<void> SectionReader::read_measured(const YamlNode* node, const std::string& path,
                                          const std::string& run, TcoThroughput& out) {
  const YamlNode none;
  const YamlNode& from = node != nullptr ? *node : none;
  std::string model;
  if (const YamlNode* named = from.find("model")) {
    ASSAY_TRY(model, named->as_string("model"));
  }
  ASSAY_TRY(const MeasuredThroughput measured, measure_(run, model));
  ASSAY_TRY(const uint32_t nodes, reader_.count(from, path, kNodesMeasured));
  out = measured.throughput;
  out.input_tokens_per_s /= nodes;
  out.output_tokens_per_s /= nodes;
  reader_.measured(joined_path(path, kInputRate.key), out.input_tokens_per_s, kInputRate.unit,
                   measured.how);
  reader_.measured(joined_path(path, kOutputRate.key), out.output_tokens_per_s, kOutputRate.unit,
                   measured.how);
  ASSAY_TRY(out.output_weight, reader_.number(from, path, kOutputWeight));
  return {};
}

Result<void> SectionReader::read_given_rates(const YamlNode& node, const std::string& path,
                                             TcoThroughput& out) {
  ASSAY_TRY(const std::string kind,
            reader_.text(node, path, "kind", "mixed", "as `assay bench` measures: both at once"));
  if (kind != "mixed" && kind != "separate") {
    return node.find("kind")->error(
        fmt::format("`kind` is {}, expected mixed (both at once) or separate (each alone)", kind));
  }
  out.kind = kind == "mixed" ? TcoThroughputKind::kMixed : TcoThroughputKind::kSeparate;
  // A side that the traffic does not have need not be known.
  const TcoTraffic& t = out_.traffic;
  if (t.input_tokens > 0 || node.find(kInputRate.key) != nullptr) {
    ASSAY_TRY(out.input_tokens_per_s, reader_.number(node, path, kInputRate));
  }
  if (t.output_tokens > 0 || node.find(kOutputRate.key) != nullptr) {
    ASSAY_TRY(out.output_tokens_per_s, reader_.number(node, path, kOutputRate));
  }
  if (out.kind == TcoThroughputKind::kMixed) {
    ASSAY_TRY(out.output_weight, reader_.number(node, path, kOutputWeight));
  } else if (const YamlNode* weight = node.find(kOutputWeight.key)) {
    return weight->error("`output_weight` is of mixed rates; separate ones say it themselves");
  }
  return {};
}

Result<void> SectionReader::read_throughput(const YamlNode& machine, const std::string& path,
                                            TcoMachine& out) {
  const YamlNode* node = machine.find("throughput");
  const std::string at = path + ".throughput";
  if (node != nullptr) {
    ASSAY_TRY_VOID(expect_map(*node, "`throughput`"));
    ASSAY_TRY_VOID(refuse_unknown_keys(*node, "`throughput`",
                                       {"run", "model", "nodes", "kind", "input_tokens_per_s",
                                        "output_tokens_per_s", "output_weight"}));
    const YamlNode* run = node->find("run");
    const bool given = node->find(kInputRate.key) != nullptr ||
                       node->find(kOutputRate.key) != nullptr || node->find("kind") != nullptr;
    if (run != nullptr && given)
      return run->error("`run` stands beside given rates, expected one of them");
    if (run != nullptr) {
      ASSAY_TRY(const std::string file, run->as_string("run"));
      return read_measured(node, at, file, out.throughput);
    }
    if (given) return read_given_rates(*node, at, out.throughput);
  }
  if (flags_.run.empty()) {
    return (node != nullptr ? *node : machine)
        .error(
            "the throughput is missing, expected input_tokens_per_s and output_tokens_per_s of "
            "a node, or a run file of `assay bench` (`run`, or --run)");
  }
  run_used_ = true;
  return read_measured(node, at, flags_.run, out.throughput);
}

Result<TcoPurchase> read_purchase(const YamlNode& node, const std::string& path,
                                  TcoReader& reader) {
  ASSAY_TRY_VOID(expect_map(node, "`purchase`"));
  ASSAY_TRY_VOID(refuse_unknown_keys(
      node, "`purchase`",
      {"price", "life_years", "interest", "residual", "maintenance", "power_watts", "idle_watts",
       "pue", "tariff_per_kwh", "other_per_year"}));
  TcoPurchase p;
  ASSAY_TRY(p.price, reader.number(node, path, kPrice));
  ASSAY_TRY(p.life_years, reader.number(node, path, kLife));
  ASSAY_TRY(p.interest, reader.number(node, path, kInterest));
  ASSAY_TRY(p.residual_share, reader.number(node, path, kResidual));
  ASSAY_TRY(p.maintenance_share, reader.number(node, path, kMaintenance));
  ASSAY_TRY(p.power_watts, reader.number(node, path, kPower));
  TcoField idle = kIdle;
  idle.max = p.power_watts;
  idle.fallback = p.power_watts;
  idle.why = "cautious: as under load";
  ASSAY_TRY(p.idle_watts, reader.number(node, path, idle));
  ASSAY_TRY(p.pue, reader.number(node, path, kPue));
  ASSAY_TRY(p.tariff_per_kwh, reader.number(node, path, kTariff));
  ASSAY_TRY(p.other_per_year, reader.number(node, path, kOther));
  return p;
}

Result<TcoMachine> SectionReader::read_machine(const YamlNode& node) {
  ASSAY_TRY_VOID(refuse_unknown_keys(node, "a machine",
                                     {"name", "currency", "gpus", "throughput", "utilisation",
                                      "nodes_min", "staff_per_year", "rent", "purchase"}));
  TcoMachine machine;
  ASSAY_TRY(machine.name, node.find("name")->as_string("name"));
  const std::string path = "machines." + machine.name;
  ASSAY_TRY(const auto currency, currency_of(node, path));
  std::tie(machine.currency, machine.to_report) = currency;
  ASSAY_TRY(machine.gpus, reader_.count(node, path, kGpus));
  ASSAY_TRY_VOID(read_throughput(node, path, machine));
  ASSAY_TRY(machine.utilisation, reader_.number(node, path, kUtilisation));
  ASSAY_TRY(machine.nodes_min, reader_.count(node, path, kNodesMin));
  ASSAY_TRY(machine.staff_per_year, reader_.number(node, path, kStaff));
  const YamlNode* rent = node.find("rent");
  const YamlNode* purchase = node.find("purchase");
  if (rent == nullptr && purchase == nullptr)
    return node.error("a machine needs `rent`, `purchase` or both");
  if (rent != nullptr) {
    ASSAY_TRY_VOID(expect_map(*rent, "`rent`"));
    ASSAY_TRY_VOID(refuse_unknown_keys(*rent, "`rent`", {"price_per_gpu_hour"}));
    machine.rent.emplace();
    ASSAY_TRY(machine.rent->price_per_gpu_hour, reader_.number(*rent, path + ".rent", kGpuHour));
  }
  if (purchase != nullptr) {
    ASSAY_TRY(machine.purchase, read_purchase(*purchase, path + ".purchase", reader_));
  }
  ASSAY_TRY_VOID(check_nodes(node, machine));
  return machine;
}

// The search for a break-even walks over the nodes.
Result<void> SectionReader::check_nodes(const YamlNode& node, const TcoMachine& machine) const {
  const double nodes = out_.volume_to / cost::node_requests_per_day(out_.traffic, machine);
  if (nodes <= static_cast<double>(cost::kNodesMax)) return {};
  return node.error(fmt::format(
      "{} requests a day would take {} nodes of this machine, expected at most {}: a smaller "
      "`volumes: {{to: ...}}`, or a higher throughput",
      tco_number(out_.volume_to), tco_number(nodes), cost::kNodesMax));
}

Result<void> SectionReader::read_machines() {
  const YamlNode* list = section_.find("machines");
  if (list != nullptr) {
    ASSAY_TRY_VOID(expect_list(*list, "machines"));
    std::vector<std::string> taken;
    for (const YamlNode& item : list->items) {
      ASSAY_TRY_VOID(unique_name(item, "machines", taken));
      ASSAY_TRY(TcoMachine machine, read_machine(item));
      out_.machines.push_back(std::move(machine));
    }
  }
  if (flags_.run.empty() || run_used_) return {};
  return input_error("--run", "no machine is without a throughput of its own, expected one");
}

Result<TcoInputs> SectionReader::read() {
  ASSAY_TRY_VOID(expect_map(section_, "`tco`"));
  ASSAY_TRY_VOID(refuse_unknown_keys(
      section_, "`tco`",
      {"currency", "rates", "traffic", "volumes", "apis", "machines", "memory"}));
  const bool hosting = section_.find("apis") != nullptr || section_.find("machines") != nullptr;
  const YamlNode* memory = section_.find("memory");
  if (!hosting && memory == nullptr)
    return section_.error("`tco` has no `apis`, no `machines` and no `memory`, expected one");
  ASSAY_TRY_VOID(read_rates());
  if (hosting) {
    ASSAY_TRY_VOID(read_traffic());
    ASSAY_TRY_VOID(read_volumes());
    ASSAY_TRY_VOID(read_apis());
  }
  ASSAY_TRY_VOID(read_machines());
  if (memory != nullptr) {
    ASSAY_TRY(out_.memory, read_memory_models(*memory, reader_));
  }
  return std::move(out_);
}

}  // namespace

Result<TcoInputs> read_tco(const YamlNode& section, const TcoFlags& flags,
                           const MeasureThroughput& measure, const FindPrices& find) {
  return SectionReader(section, flags, measure, find).read();
}

}  // namespace assay::app
