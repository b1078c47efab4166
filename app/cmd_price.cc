// assay price: what a request costs, line by line; what traffic costs; what training is said to
// have cost.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "app/command.h"
#include "app/price_tables.h"
#include "app/setup.h"
#include "harness/base/json.h"
#include "harness/base/utc_time.h"
#include "harness/cost/bill.h"
#include "harness/cost/price_file.h"
#include "harness/cost/token_cost.h"
#include "harness/cost/traffic_mix.h"

namespace assay::app {
namespace {

struct CountFlag {
  Billed what;
  const char* name;
  const char* help;
};
constexpr std::array<CountFlag, 12> kCounts{{
    {Billed::kInput, "--in", "Tokens of the prompt that no cache has"},
    {Billed::kCachedInput, "--cached", "Tokens of the prompt that are read from the cache"},
    {Billed::kCacheWrite, "--cache-write", "Tokens of the prompt that are written to the cache"},
    {Billed::kCacheWriteHour, "--cache-write-hour", "The same, for an hour"},
    {Billed::kImageInput, "--image-tokens", "Tokens of pictures in the prompt"},
    {Billed::kAudioInput, "--audio-tokens", "Tokens of sound in the prompt"},
    {Billed::kOutput, "--out", "Visible tokens of the reply"},
    {Billed::kReasoning, "--reasoning", "Tokens of the reply that were thought, besides --out"},
    {Billed::kImageOutput, "--image-out", "Tokens of pictures in the reply"},
    {Billed::kAudioOutput, "--audio-out", "Tokens of sound in the reply"},
    {Billed::kImage, "--images", "Pictures in the prompt, each also a page"},
    {Billed::kSearch, "--searches", "Web searches that the model makes"},
}};

struct PriceFlags {
  std::string model;
  std::array<int64_t, kCounts.size()> counts{};
  int64_t requests = 1;
  std::string at;
  std::string service = "standard";
  std::string currency;
  std::vector<std::string> rates;
  std::vector<std::string> files;
  std::string mix;
  bool assume_input_price = false;
  bool training = false;
  bool json = false;
};

// Everything that is shown of one question.
struct Answer {
  ModelPrices prices;
  int64_t at = 0;
  int64_t now = 0;
  std::optional<cost::Bill> bill;
  std::optional<cost::TrafficMix> mix;
  std::optional<cost::MixCost> mix_cost;
};

Result<int64_t> time_of(const PriceFlags& flags) {
  if (flags.at.empty()) return cost::unix_now_s();
  if (const auto time = parse_utc(flags.at)) return *time;
  return input_error("--at", fmt::format("`{}` is no time, expected for example 2025-02-01 or "
                                         "2025-02-01T16:45:00Z (UTC)",
                                         flags.at));
}

bool asks_for_request(const PriceFlags& flags) {
  return std::any_of(flags.counts.begin(), flags.counts.end(), [](int64_t n) { return n > 0; });
}

cost::Quantities quantities_of(const PriceFlags& flags) {
  cost::Quantities out;
  for (size_t i = 0; i < kCounts.size(); ++i) out.set(kCounts[i].what, flags.counts[i]);
  out.set(Billed::kPage, out.get(Billed::kImage));
  out.set(Billed::kRequest, 1);
  return out;
}

Result<Answer> answer_of(const PriceFlags& flags, const cost::PriceBook& book) {
  Answer out;
  out.now = cost::unix_now_s();
  ASSAY_TRY(out.at, time_of(flags));
  ASSAY_TRY(out.prices, book.find(flags.model, flags.currency));
  out.prices.service = service_from_name(flags.service).value_or(Service::kStandard);
  if (flags.assume_input_price) out.prices.missing = MissingPrice::kAsInput;
  if (asks_for_request(flags)) {
    ASSAY_TRY(out.bill, cost::make_bill(out.prices, quantities_of(flags), out.at));
  }
  if (!flags.mix.empty()) {
    ASSAY_TRY(out.mix, cost::parse_mix(flags.mix));
    ASSAY_TRY(out.mix_cost, cost::project(out.prices, *out.mix, out.at));
  }
  return out;
}

// --- as text -----------------------------------------------------------------------------------

std::string unit_text(Billed what) { return unit_of(what) == 1 ? " each" : " per million"; }

void print_bill(const cost::Bill& bill, int64_t requests, const std::string& currency) {
  for (const cost::BillLine& line : bill.lines) {
    fmt::print("  {:<17} {:>15} × {}{} = {} {}{}\n", billed_name(line.what),
               count_text(static_cast<uint64_t>(line.count)), line.rate.text(),
               unit_text(line.what), line.amount.text(), currency,
               line.assumed ? "  (assumed: no price of its own)" : "");
  }
  fmt::print("  total {} {}\n", bill.total.text(), currency);
  if (requests > 1)
    fmt::print("  {} such requests {} {}\n", count_text(static_cast<uint64_t>(requests)),
               bill.total.times_ratio(requests, 1).text(), currency);
}

void print_mix(const Answer& answer, const std::string& currency) {
  const cost::MixCost& cost = *answer.mix_cost;
  fmt::print("  under {}\n  a request {} {}\n", cost::mix_text(*answer.mix),
             cost.per_request.text(), currency);
  if (cost.per_day)
    fmt::print("  a day     {} {}\n  a month   {} {} (365.25 / 12 days)\n", cost.per_day->text(),
               currency, cost.per_month->text(), currency);
  if (cost.window_share > 0)
    fmt::print("  requests spread evenly: {:.1f} % of the week have another price\n",
               cost.window_share * 100);
}

// Tier and window in force.
std::string terms_text(const Answer& answer) {
  std::string out;
  if (!answer.bill) return out;
  if (answer.bill->tier != nullptr)
    out += fmt::format(", tier above {} prompt tokens",
                       count_text(static_cast<uint64_t>(answer.bill->tier->above_prompt_tokens)));
  if (answer.bill->window != nullptr)
    out +=
        fmt::format(", window {}",
                    answer.bill->window->name.empty() ? "of the day" : answer.bill->window->name);
  return out;
}

void print_answer(const PriceFlags& flags, const Answer& answer, const PriceRow& row) {
  fmt::print("{}, {} UTC, {} service{}\n", cost::price_name(row), utc_text(answer.at),
             service_name(answer.prices.service), terms_text(answer));
  if (answer.bill) print_bill(*answer.bill, flags.requests, row.currency);
  if (answer.mix_cost) print_mix(answer, row.currency);
  fmt::print("  price in force: {}; source: {}\n  checked: {}, age: {}\n", price_period_text(row),
             row.source, row.checked.empty() ? "not known" : row.checked,
             price_age_text(row, answer.now));
  if (!row.note.empty()) fmt::print("  note: {}\n", row.note);
}

// --- as JSON -----------------------------------------------------------------------------------

// Money as text: a number of JSON has no exact places.
Json bill_json(const cost::Bill& bill, int64_t requests) {
  Json out{{"lines", Json::array()}, {"total", bill.total.text()}};
  for (const cost::BillLine& line : bill.lines) {
    out["lines"].push_back({{"what", billed_name(line.what)},
                            {"count", line.count},
                            {"rate", line.rate.text()},
                            {"per", unit_of(line.what)},
                            {"amount", line.amount.text()},
                            {"assumed", line.assumed}});
  }
  out["requests"] = requests;
  out["total_of_requests"] = bill.total.times_ratio(requests, 1).text();
  out["tier_above"] = bill.tier == nullptr ? Json(nullptr) : Json(bill.tier->above_prompt_tokens);
  out["window"] = bill.window == nullptr ? Json(nullptr) : Json(bill.window->name);
  return out;
}

Json amount_json(const std::optional<Amount>& amount) {
  return amount ? Json(amount->text()) : Json(nullptr);
}

Json answer_json(const PriceFlags& flags, const Answer& answer, const PriceRow& row) {
  const std::optional<int64_t> age = cost::price_age_days(row, answer.now);
  Json out{{"model", cost::price_name(row)},
           {"at", utc_text(answer.at)},
           {"service", service_name(answer.prices.service)},
           {"currency", row.currency},
           {"bill", answer.bill ? bill_json(*answer.bill, flags.requests) : Json(nullptr)}};
  if (answer.mix_cost)
    out["mix"] = {{"mix", cost::mix_text(*answer.mix)},
                  {"per_request", answer.mix_cost->per_request.text()},
                  {"per_day", amount_json(answer.mix_cost->per_day)},
                  {"per_month", amount_json(answer.mix_cost->per_month)}};
  out["price"] = cost::price_row_json(row);
  out["age_days"] = age ? Json(*age) : Json(nullptr);
  out["old"] = !price_age_warning(row, answer.now).empty();
  return out;
}

// --- training ----------------------------------------------------------------------------------

// By the model's own name, or one of those that its prices go by.
Result<const cost::TrainingClaim*> claim_of(const cost::PriceBook& book, const std::string& name) {
  if (const auto* claim = book.find_claim(name)) return claim;
  ASSAY_TRY(const std::vector<PriceRow> rows, book.rows_of(name));
  for (const PriceRow& row : rows) {
    for (const std::string& alias : row.aliases) {
      if (const auto* claim = book.find_claim(alias)) return claim;
    }
  }
  std::string known;
  for (const cost::TrainingClaim& claim : book.claims())
    known += (known.empty() ? "" : ", ") + claim.model;
  return Error{ErrorCode::kNotFound, "no claim on its training is known; there is one of: " + known,
               name};
}

Result<int> show_training(const PriceFlags& flags, const cost::PriceBook& book) {
  ASSAY_TRY(const cost::TrainingClaim* found, claim_of(book, flags.model));
  cost::TrainingClaim claim = *found;
  if (!flags.currency.empty()) {
    ASSAY_TRY(claim.price_per_gpu_hour,
              book.convert(claim.price_per_gpu_hour, claim.currency, flags.currency));
    claim.currency = flags.currency;
  }
  const Amount total = cost::training_cost(claim);
  if (flags.json) {
    fmt::print("{}\n",
               dump_json_pretty(Json{{"model", claim.model},
                                     {"hardware", claim.hardware},
                                     {"gpu_hours", claim.gpu_hours},
                                     {"price_per_gpu_hour", claim.price_per_gpu_hour.text()},
                                     {"currency", claim.currency},
                                     {"total", total.text()},
                                     {"scope", claim.scope},
                                     {"source", claim.source},
                                     {"checked", claim.checked}}));
    return kExitDone;
  }
  fmt::print(
      "{}, published claim on training\n  {} {} GPU hours × {} {} = {} {}\n  scope: {}\n  "
      "source: {}\n",
      claim.model, count_text(static_cast<uint64_t>(claim.gpu_hours)), claim.hardware,
      claim.price_per_gpu_hour.text(), claim.currency, total.text(), claim.currency, claim.scope,
      claim.source);
  return kExitDone;
}

Result<int> price_command(const PriceFlags& flags) {
  if (!flags.currency.empty() && !cost::is_currency(flags.currency))
    return input_error(
        "--currency", fmt::format("`{}` is no currency, expected for example KRW", flags.currency));
  ASSAY_TRY(const cost::PriceBook book, load_price_book(flags.files, flags.rates));
  if (flags.training) return show_training(flags, book);
  if (!asks_for_request(flags) && flags.mix.empty())
    return input_error("",
                       "nothing is counted; give for example --in 4186 --out 1520, or --mix "
                       "in=3000,out=500 (`assay list prices MODEL` shows the prices)");
  ASSAY_TRY(const Answer answer, answer_of(flags, book));
  const PriceRow& row = *cost::period_at(answer.prices, answer.at);
  if (flags.json) {
    fmt::print("{}\n", dump_json_pretty(answer_json(flags, answer, row)));
  } else {
    print_answer(flags, answer, row);
  }
  const std::string old = price_age_warning(row, answer.now);
  if (!old.empty()) fmt::print(stderr, "assay: note: {}\n", old);
  return kExitDone;
}

void declare_counts(CLI::App& command, PriceFlags& flags) {
  for (size_t i = 0; i < kCounts.size(); ++i) {
    command.add_option(kCounts[i].name, flags.counts[i], kCounts[i].help)
        ->type_name("N")
        ->check(CLI::Range(int64_t{0}, cost::kCountMax))
        ->group("One request");
  }
  command.add_option("--requests", flags.requests, "So many requests of these counts")
      ->type_name("N")
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}))
      ->group("One request");
}

}  // namespace

void add_price(CLI::App& app, Commands& commands) {
  CLI::App* command = app.add_subcommand(
      "price", "What a request or traffic costs with a model, line by line, at any date");
  auto flags = std::make_shared<PriceFlags>();  // shared with the action
  command
      ->add_option("model", flags->model,
                   "Model, with or without its provider: deepseek/deepseek-reasoner, DeepSeek-R1")
      ->required();
  declare_counts(*command, *flags);
  command
      ->add_option("--mix", flags->mix,
                   "Traffic: in=3000,out=500,cached=0.6,per_day=20000 (cached: share of in)")
      ->type_name("MIX");
  command->add_option("--at", flags->at, "Date or time in UTC whose price counts (default: now)")
      ->type_name("TIME");
  command->add_option("--service", flags->service, "standard, batch, priority or flex")
      ->check(CLI::IsMember({"standard", "batch", "priority", "flex"}));
  command->add_option("--currency", flags->currency, "Say amounts in this currency");
  command
      ->add_option("--rate", flags->rates,
                   "Exchange rate, FROM:TO=RATE: so many TO for one FROM; repeatable")
      ->type_name("FROM:TO=RATE")
      ->allow_extra_args(false);
  command
      ->add_option("--prices", flags->files,
                   "Price file (docs/prices.md), before the shipped table; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command->add_flag("--assume-input-price", flags->assume_input_price,
                    "Prompt tokens without a price of their own cost what uncached input does");
  command->add_flag("--training", flags->training,
                    "What training the model is said to have cost, and what that covers");
  command->add_flag("--json", flags->json, "As JSON");
  command->footer(
      "Examples:\n"
      "  assay price deepseek-reasoner --in 4186 --cached 12000 --out 350 --reasoning 2100 --at "
      "2025-03-01T17:00:00Z\n"
      "  assay price GPT-4o-0513 --in 3000 --out 500 --service batch --currency KRW --rate "
      "USD:KRW=1450\n"
      "  assay price Claude-3.5-Sonnet-1022 --mix in=3000,out=500,cached=0.6,per_day=20000\n"
      "  assay price DeepSeek-V3 --training");
  commands.emplace_back(command, [flags] { return price_command(*flags); });
}

}  // namespace assay::app
