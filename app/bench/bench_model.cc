#include "app/bench/bench_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/models.h"
#include "app/single_stream.h"
#include "harness/load/prompts.h"
#include "harness/machine/listening_pids.h"
#include "harness/types/usage_sums.h"

namespace assay::app {
namespace {

constexpr int64_t kShortWords = 8;
constexpr int64_t kLongWords = 136;
constexpr int64_t kLookTokens = 8;  // enough for a first token of any channel
// A ratio beyond these is not one of words to tokens.
constexpr double kRatioMin = 0.2;
constexpr double kRatioMax = 20;

AttemptPtr look_attempt(int64_t words) {
  auto attempt = std::make_unique<Attempt>();
  attempt->request.messages.push_back(
      {"user", load::synthetic_text(words, 1, 0, static_cast<uint64_t>(words)), {}, {}, {}});
  attempt->request.params.max_tokens = kLookTokens;
  return attempt;
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host == "[::1]" || host.starts_with("127.");
}

int64_t input_tokens(const Usage& usage) {
  return usage.input_tokens < 0 ? -1 : prompt_tokens(usage);
}

}  // namespace

Result<std::unique_ptr<BenchModel>> BenchModel::make(const ConfigModel& wanted,
                                                     const backends::BackendContext& context,
                                                     const PriceSettings& settings,
                                                     uint32_t loops) {
  std::unique_ptr<BenchModel> model(new BenchModel());
  std::vector<std::unique_ptr<Backend>> made;
  ModelPrices prices;
  for (uint32_t i = 0; i < loops; ++i) {
    backends::BackendContext own = context;
    own.http_loop = [&http = model->http_, i]() -> backends::HttpLoop& {
      while (http.size() <= i) http.push_back(std::make_unique<backends::HttpLoop>());
      return *http[i];
    };
    ASSAY_TRY(std::vector<run::RunModel> one, make_models({wanted}, {}, own, false));
    if (i == 0) {
      ASSAY_TRY_VOID(resolve_prices(settings, one));
      model->info = one.front().info;
      prices = one.front().prices;
    }
    made.push_back(std::move(one.front().backend));
    // Servers of ours are started once (their address is not known yet), and workers of this
    // process are shared out by one transport.
    if (!made.front()->server_address()) break;
  }
  model->progress_.model = model->info.name;
  model->engine_ =
      std::make_unique<run::LoadEngine>(std::move(made), std::move(prices), model->progress_);
  return model;
}

BenchModel::~BenchModel() {
  if (engine_) engine_->end();
}

bool BenchModel::in_process() const { return !engine_->backend().server_address().has_value(); }

Result<void> BenchModel::prepare(std::span<const Suite* const> suites) {
  ASSAY_TRY_VOID(engine_->prepare(suites));
  info.version = engine_->backend().traits().version;
  return {};
}

Result<void> BenchModel::look(const std::stop_token& stop) {
  SingleStream stream(engine_->backend());
  int64_t tokens_before = -1;
  for (const int64_t words : {kShortWords, kLongWords}) {
    const AttemptPtr done = stream.run(look_attempt(words), stop);
    const Response& response = done->response;
    if (stop.stop_requested()) return {};
    if (!is_answer(response.outcome)) {
      return Error{ErrorCode::kInfrastructure,
                   fmt::format("the first request failed ({}): {}", outcome_name(response.outcome),
                               response.error),
                   fmt::format("model `{}`", info.name)};
    }
    look_.e2e_s = std::chrono::duration<double>(done->stamps.done - done->stamps.sent).count();
    const int64_t tokens = input_tokens(response.usage);
    if (tokens_before >= 0 && tokens > tokens_before) {
      const double ratio = static_cast<double>(tokens - tokens_before) /
                           static_cast<double>(kLongWords - kShortWords);
      look_.counted = ratio >= kRatioMin && ratio <= kRatioMax;
      if (look_.counted) look_.tokens_per_word = ratio;
    }
    tokens_before = tokens;
  }
  return {};
}

void BenchModel::watch_machine(const std::vector<int64_t>& pids, const EnergySettings& energy,
                               const std::stop_token& stop) {
  if (engine_->backend().traits().virtual_clock) return;
  std::vector<int64_t> of_server = pids;
  std::vector<std::string> notes;
  if (of_server.empty()) of_server = engine_->backend().server_pids();
  const std::optional<ServerAddress> address = engine_->backend().server_address();
  if (of_server.empty() && address) {
    if (!is_loopback(address->host)) return;  // another machine's is not ours to measure
    Result<std::vector<int64_t>> found = machine::listening_pids(address->host, address->port);
    if (found) {
      of_server = std::move(found).value();
    } else {
      notes.push_back(found.error().text());
    }
  }
  if (of_server.empty() && notes.empty() && !engine_->backend().traits().local) return;
  machine::MachineSamplerOptions options;
  options.pids = std::move(of_server);
  options.notes = std::move(notes);
  options.rapl_root = energy.rapl_root;
  options.nvml_library = energy.nvml_library;
  options.energy = !energy.off;
  sampler_ = std::make_unique<machine::MachineSampler>(std::move(options));
  if (!energy.off) sampler_->measure_idle(energy.idle, stop);
}

}  // namespace assay::app
