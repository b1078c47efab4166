#include "app/bench/self_test.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "app/bench/bench_model.h"
#include "app/bench/bench_plan.h"
#include "app/bench/bench_source.h"
#include "app/bench/mock_child.h"
#include "app/command.h"
#include "app/host.h"
#include "app/setup.h"
#include "harness/aggregate/load.h"
#include "harness/base/json.h"
#include "harness/load/arrivals.h"
#include "harness/types/chunk_log.h"

namespace assay::app {
namespace {

constexpr const char* kStreamsDefault = "16,64,256";
constexpr int64_t kTokensDefault = 100;
constexpr int64_t kOpenTokens = 4;
constexpr double kOpenRate = 200;
constexpr uint64_t kOpenRequests = 600;
// Beyond these the machine, or this program on it, is not fit for measuring.
constexpr double kTtftLimitS = 0.001;
constexpr double kItlLimitS = 0.0001;
constexpr double kDispatchLimitS = 0.001;

struct Case {
  std::string name;
  LoadKind kind = LoadKind::kBurst;
  uint64_t requests = 0;
  double rate = 0;
  int64_t tokens = 0;
};

struct Finding {
  Case of;
  Spread ttft_error_s;
  Spread itl_error_s;
  uint64_t unmatched = 0;  // replies that the mock's log does not have as they came
  LoadResult result;
  [[nodiscard]] bool good() const {
    const bool timely =
        of.kind == LoadKind::kBurst || result.instrument.dispatch_late_s.p99 <= kDispatchLimitS;
    return unmatched == 0 && result.failed == 0 && timely && ttft_error_s.p99 <= kTtftLimitS &&
           itl_error_s.p99 <= kItlLimitS;
  }
};

// A folder that goes with its owner.
class ScratchFolder {
 public:
  static Result<std::unique_ptr<ScratchFolder>> make() {
    std::string path = (std::filesystem::temp_directory_path() / "assay-self-test-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) return Error{ErrorCode::kIo, "cannot be made", path};
    return std::unique_ptr<ScratchFolder>(new ScratchFolder(path));
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  explicit ScratchFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

// Rank ceil(p n).
Spread spread_of(std::vector<double>& values) {
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  const auto at = [&](double p) {
    const auto rank = static_cast<size_t>(std::ceil(p * static_cast<double>(values.size())));
    return values[std::max<size_t>(rank, 1) - 1];
  };
  return {values.size(), at(0.5), at(0.99), values.back()};
}

std::optional<uint64_t> number_at_end(std::string_view id) {
  const size_t dash = id.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  return std::strtoull(std::string(id.substr(dash + 1)).c_str(), nullptr, 10);
}

// Adds one reply's errors; false: it is not as the mock's log has it.
bool compare(const LoadRecord& record, const std::unordered_map<uint64_t, MockTimes>& log,
             std::vector<double>& ttft, std::vector<double>& itl) {
  const std::optional<uint64_t> number = number_at_end(record.response_id);
  if (!number) return false;
  const auto found = log.find(*number);
  const Result<std::vector<Chunk>> chunks = read_chunk_log(record.chunks);
  if (found == log.end() || !chunks || chunks->empty()) return false;
  const MockTimes& truth = found->second;
  if (truth.token_ns.size() != chunks->size()) return false;
  const auto received = [&](size_t i) {
    const Chunk& chunk = (*chunks)[i];
    return to_ns(chunk.at) - std::max<int64_t>(0, chunk.kernel_lag.count());
  };
  const auto error = [](int64_t measured, int64_t real) {
    return std::abs(static_cast<double>(measured - real)) / 1e9;
  };
  ttft.push_back(error(received(0) - record.sent_ns, truth.token_ns[0] - truth.arrival_ns));
  for (size_t i = 1; i < chunks->size(); ++i)
    itl.push_back(error(received(i) - received(i - 1), truth.token_ns[i] - truth.token_ns[i - 1]));
  return true;
}

Result<run::LoadPlan> load_plan(const Case& of, uint32_t model, const BenchFlags& flags) {
  run::LoadPlan plan;
  plan.info.model = model;
  plan.info.kind = of.kind;
  plan.info.rate = of.rate;
  plan.info.planned = of.requests;
  plan.info.instrument.kernel_stamps = !flags.no_kernel_stamps;
  ASSAY_TRY(plan.due,
            load::arrivals({of.kind, of.rate, 1, 0}, {of.requests, Nanos(0)}, flags.seed));
  plan.in_flight_max = static_cast<uint32_t>(of.requests);
  const auto at_once = of.kind == LoadKind::kBurst ? of.requests : uint64_t{256};
  plan.connections = static_cast<uint32_t>(std::min(of.requests, at_once));
  ASSAY_TRY_VOID(allow_connections(plan.in_flight_max));
  return plan;
}

Result<std::unique_ptr<BenchModel>> model_of(const BenchFlags& flags, const std::string& url,
                                             const std::stop_token& stop) {
  backends::BackendContext context;
  context.timing = !flags.libcurl;
  context.kernel_stamps = !flags.no_kernel_stamps;
  context.text_bytes_kept = 256;
  context.stop = stop;
  const std::string spec = url + "#mock";
  const uint32_t loops =
      flags.loops == "auto" ? 1
                            : static_cast<uint32_t>(std::strtoul(flags.loops.c_str(), nullptr, 10));
  ASSAY_TRY(auto model, BenchModel::make({spec, spec, 0}, context, {}, std::max(1U, loops)));
  ASSAY_TRY_VOID(model->prepare({}));
  return model;
}

Result<Finding> run_case(const Case& of, const BenchFlags& flags, const ScratchFolder& folder,
                         const std::stop_token& stop) {
  const std::string log = folder.file("mock.jsonl");
  // The first token comes when the last request of a burst has long been sent.
  const std::string ttft = of.kind == LoadKind::kBurst ? "500ms" : "50ms";
  ASSAY_TRY(auto mock,
            MockChild::start(
                {"--ttft", ttft, "--itl", "20ms", "--tokens", std::to_string(of.tokens)}, log));
  ASSAY_TRY(auto model, model_of(flags, mock->url(), stop));
  const std::string path = folder.file("self-test.assay");
  std::error_code ignored;
  std::filesystem::remove(path, ignored);
  ASSAY_TRY(const auto store, store::SqliteStore::open_for_writing(path, {}));
  ASSAY_TRY_VOID(store->transact([&]() -> Result<void> {
    ASSAY_TRY(model->info, store->ensure_model(model->info));
    ASSAY_TRY_VOID(store->begin_session(this_session()));
    return {};
  }));
  ASSAY_TRY(run::LoadPlan plan, load_plan(of, model->info.id, flags));
  load::PromptOptions prompts;
  ASSAY_TRY(prompts.input, load::parse_lengths("32", "self-test"));
  ASSAY_TRY(prompts.output, load::parse_lengths(std::to_string(of.tokens), "self-test"));
  ASSAY_TRY(prompts.turns, load::parse_lengths("1", "self-test"));
  SyntheticSource source(prompts, nullptr, "");
  ASSAY_TRY(plan.info.id, store->begin_load(plan.info));
  source.set_repeat(plan.info.id);
  ASSAY_TRY(const LoadInfo done, model->engine().run(plan, source, *store, stop));
  mock->stop();
  if (stop.stop_requested()) return Error{ErrorCode::kInterrupted, "interrupted", "self-test"};

  Finding finding;
  finding.of = of;
  ASSAY_TRY(const auto truth, read_mock_log(log));
  std::vector<double> ttft_errors;
  std::vector<double> itl_errors;
  ASSAY_TRY_VOID(store->read_load_records(done.id, [&](const LoadRecord& record) {
    if (!compare(record, truth, ttft_errors, itl_errors)) ++finding.unmatched;
  }));
  finding.ttft_error_s = spread_of(ttft_errors);
  finding.itl_error_s = spread_of(itl_errors);
  ASSAY_TRY(finding.result, aggregate::summarize_load(*store, done, {}));
  return finding;
}

Result<std::vector<Case>> cases_of(const BenchFlags& flags) {
  BenchFlags streams = flags;
  if (streams.concurrency.empty()) streams.concurrency = kStreamsDefault;
  streams.self_test = true;
  streams.rate.clear();
  ASSAY_TRY(const BenchPlan plan, make_bench_plan(streams));
  const int64_t tokens =
      flags.output_tokens_given ? static_cast<int64_t>(plan.prompts.output.a) : kTokensDefault;
  std::vector<Case> cases;
  for (const BenchPoint& point : plan.points) {
    const auto n = static_cast<uint64_t>(point.concurrency);
    cases.push_back({fmt::format("{} streams at once", n), LoadKind::kBurst, n, 0, tokens});
  }
  if (flags.rate.empty()) {
    cases.push_back({fmt::format("{:g} requests/s", kOpenRate), LoadKind::kConstant, kOpenRequests,
                     kOpenRate, kOpenTokens});
  } else {
    BenchFlags open = flags;
    open.concurrency.clear();
    open.arrival = "constant";
    ASSAY_TRY(const BenchPlan rates, make_bench_plan(open));
    for (const BenchPoint& point : rates.points)
      cases.push_back({fmt::format("{:g} requests/s", point.rate), LoadKind::kConstant,
                       static_cast<uint64_t>(3 * point.rate), point.rate, kOpenTokens});
  }
  return cases;
}

std::string ms(double seconds) { return fmt::format("{:.3f}", seconds * 1e3); }

std::string three(const Spread& spread) {
  return fmt::format("{} / {} / {}", ms(spread.p50), ms(spread.p99), ms(spread.max));
}

void print_table(const std::vector<Finding>& findings) {
  fmt::print("Errors of this program on this machine, against the mock's own times\n");
  fmt::print("milliseconds, p50 / p99 / max; limits at p99: TTFT {:g}, ITL {:g}, dispatch {:g}\n\n",
             kTtftLimitS * 1e3, kItlLimitS * 1e3, kDispatchLimitS * 1e3);
  for (const Finding& f : findings) {
    const InstrumentReport& instrument = f.result.instrument;
    fmt::print("{}, {} tokens each: {}\n", f.of.name, f.of.tokens,
               f.good() ? "within the limits" : "BEYOND THE LIMITS");
    fmt::print("  TTFT error         {}\n", three(f.ttft_error_s));
    fmt::print("  ITL error          {}\n", three(f.itl_error_s));
    fmt::print("  dispatch lateness  {}{}\n", three(instrument.dispatch_late_s),
               f.of.kind == LoadKind::kBurst ? "   (the burst's own spread)" : "");
    fmt::print("  stamp lag          {}\n", three(instrument.stamp_lag_s));
    fmt::print("  loop awake late    {}\n", three(instrument.use.timer_late_s));
    fmt::print("  coalesced reads    {:.3g} %, kernel stamps {:.4g} %\n",
               instrument.coalesced_share * 100, instrument.kernel_stamp_share * 100);
    fmt::print("  CPU                {:.4f} s per 1,000 tokens, {:.0f} MB resident\n",
               instrument.client_cpu_s_per_1000_tokens,
               static_cast<double>(instrument.use.resident_bytes_max) / (1 << 20));
    if (f.unmatched > 0) fmt::print("  {} replies differ from the mock's log\n", f.unmatched);
    for (const std::string& reason : instrument.invalid) fmt::print("  invalid: {}\n", reason);
    fmt::print("\n");
  }
}

Json to_json(const Spread& spread) {
  return {{"n", spread.n}, {"p50", spread.p50}, {"p99", spread.p99}, {"max", spread.max}};
}

void print_json(const std::vector<Finding>& findings) {
  Json cases = Json::array();
  for (const Finding& f : findings) {
    const InstrumentReport& instrument = f.result.instrument;
    cases.push_back({{"case", f.of.name},
                     {"tokens", f.of.tokens},
                     {"requests", f.of.requests},
                     {"within_limits", f.good()},
                     {"ttft_error_s", to_json(f.ttft_error_s)},
                     {"itl_error_s", to_json(f.itl_error_s)},
                     {"dispatch_late_s", to_json(instrument.dispatch_late_s)},
                     {"stamp_lag_s", to_json(instrument.stamp_lag_s)},
                     {"timer_late_s", to_json(instrument.use.timer_late_s)},
                     {"coalesced_share", instrument.coalesced_share},
                     {"kernel_stamp_share", instrument.kernel_stamp_share},
                     {"cpu_s_per_1000_tokens", instrument.client_cpu_s_per_1000_tokens},
                     {"resident_bytes_max", instrument.use.resident_bytes_max},
                     {"unmatched", f.unmatched},
                     {"failed", f.result.failed},
                     {"valid", instrument.valid},
                     {"invalid", instrument.invalid}});
  }
  const Json out{{"self_test", std::move(cases)}, {"host", *parse_json(describe_host(), "host")}};
  fmt::print("{}\n", dump_json_pretty(out));
}

}  // namespace

Result<int> run_self_test(const BenchFlags& flags, const std::stop_token& stop) {
  ASSAY_TRY(const std::vector<Case> cases, cases_of(flags));
  ASSAY_TRY(const auto folder, ScratchFolder::make());
  std::vector<Finding> findings;
  for (const Case& one : cases) {
    if (!flags.quiet) fmt::print(stderr, "self-test: {}\n", one.name);
    ASSAY_TRY(Finding finding, run_case(one, flags, *folder, stop));
    findings.push_back(std::move(finding));
  }
  flags.json ? print_json(findings) : print_table(findings);
  const bool good = std::all_of(findings.begin(), findings.end(),
                                [](const Finding& finding) { return finding.good(); });
  return good ? kExitDone : kExitInfrastructure;
}

}  // namespace assay::app
