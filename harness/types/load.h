// Load: what was put on one model for a while (`assay bench`), what came back, and what the
// measuring program and the machine did meanwhile. Plain data: written by harness/run, kept by
// harness/store, read by harness/aggregate.
//
// Times are nanoseconds of the session's steady clock; -1: was not measured.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/money.h"
#include "harness/base/result.h"
#include "harness/types/response.h"

namespace assay {

// How requests become due.
enum class LoadKind : uint8_t {
  kClosed,    // a fixed number in flight; the next one is due when one ends
  kConstant,  // open loop: every 1 / rate
  kPoisson,   // open loop: exponential gaps
  kGamma,     // open loop: gamma gaps of shape `burstiness`
  kRamp,      // open loop: Poisson, its rate going from `rate` to `rate_end`
  kTrace,     // open loop: as in a recorded trace
  kBurst,     // everything at once
};
std::string_view load_kind_name(LoadKind kind);
std::optional<LoadKind> load_kind_from_name(std::string_view name);

// Limits that make a request a good one; unset ones do not restrict. Seconds.
struct Slo {
  std::optional<double> ttft_s;
  std::optional<double> ttfa_s;
  std::optional<double> tpot_s;
  std::optional<double> e2e_s;  // from due
  double share = 0.95;          // of requests that must be good for the SLO to be met: at=p95
  [[nodiscard]] bool empty() const { return !ttft_s && !ttfa_s && !tpot_s && !e2e_s; }
};

// Order statistics of something the program measured of itself. n = 0: nothing was measured.
struct Spread {
  uint64_t n = 0;
  double p50 = 0;
  double p99 = 0;
  double max = 0;
};

// What the measuring program did during one load, all its loops together.
struct InstrumentUse {
  uint32_t loops = 0;
  bool kernel_stamps = false;  // asked for; whether they came stands in each chunk
  Spread timer_late_s;         // from a timer's due time (10 ms heartbeat and request due times) to
                               // the loop's waking
  Spread loop_turn_s;          // of one turn of a loop, sleeping not included
  double loop_cpu_s = -1;      // CPU seconds of the loop threads
  double process_cpu_s = -1;   // of the whole program, user and system
  double run_delay_s = -1;     // that loop threads were runnable and did not run (schedstat)
  double wall_s = 0;           // of the load
  int64_t resident_bytes_max = -1;  // of the program, highest so far
  uint64_t in_flight_max = 0;
  uint64_t clock_steps = 0;       // of the wall clock
  bool in_flight_capped = false;  // requests waited for the program's own limit
  std::string scheduling;         // "SCHED_OTHER nice 0", "SCHED_FIFO 10"
};

struct GpuUse {
  uint32_t index = 0;
  std::string name;
  double utilisation_mean = -1;  // 0..1
  int64_t memory_bytes_max = -1;
  double power_watts_mean = -1;
  double joules = -1;
};

// What the machine did during one load. Only for servers of this machine. -1 and empty: not
// measured; `notes` say why.
struct MachineUse {
  bool local = false;
  std::vector<int64_t> pids;  // of the server, its children not named
  double server_cpu_s = -1;
  int64_t server_resident_bytes_max = -1;
  std::vector<GpuUse> gpus;
  double cpu_joules = -1;  // RAPL packages: the whole machine, this program included
  double gpu_joules = -1;
  double idle_watts_cpu = -1;  // before the first load, nothing asked
  double idle_watts_gpu = -1;
  double seconds = 0;
  std::vector<std::string> notes;
};

// One load: a load point on one model, in one round. A row of the run file's `loads`.
struct LoadInfo {
  uint32_t id = 0;       // row id
  uint32_t model = 0;    // row id
  uint32_t session = 0;  // row id
  uint32_t point = 0;    // the load point; the same number in every round and for every model
  uint32_t round = 0;
  uint32_t order = 0;  // in which the loads of the session ran
  LoadKind kind = LoadKind::kClosed;
  double concurrency = 0;     // kClosed
  double rate = 0;            // requests per second, open loops; kTrace: mean of the trace
  double rate_end = 0;        // kRamp
  double burstiness = 1;      // kGamma
  std::string trace;          // kTrace: file name, time scale and cut, for people
  std::string workload;       // "synthetic, input 512, output 128", "suite quick-intents"
  std::string workload_hash;  // loads that can be compared have the same
  uint64_t seed = 0;
  bool probe = false;  // made by a search
  Slo slo;
  uint64_t planned = 0;      // requests; 0: as many as fit into the duration
  double duration_s = 0;     // 0: until `planned` are done
  double warm_up_s = 0;      // requests due before it are not measured
  int64_t begin_ns = -1;     // the clock's zero of the load
  int64_t last_due_ns = -1;  // the last request that was started
  int64_t end_ns = -1;       // the last byte
  std::string end_reason;    // "count", "duration", "interrupted", "saturated", "no server"
  InstrumentUse instrument;
  MachineUse machine;
};

// Compact JSON, as the run file keeps it, and its inverse (an error names what is wrong).
std::string load_to_json(const LoadInfo& load);
Result<LoadInfo> load_from_json(const std::string& text);

// What an attempt of a load knows of its place in it.
struct LoadPlace {
  uint32_t load = 0;          // row id; 0: the attempt belongs to no load
  uint64_t number = 0;        // in due order, over all loops
  uint64_t conversation = 0;  // requests of one conversation share it
  uint32_t turn = 0;
  int64_t input_wanted = -1;   // tokens that the prompt was made for
  int64_t output_wanted = -1;  // tokens that were asked for
  bool warm_up = false;        // not measured
};

// An exchange that follows when a reply has come.
struct LaterTurn {
  std::string user;
  int64_t input_wanted = -1;
  int64_t output_wanted = -1;
  Nanos think{0};  // from the reply's end until it is due
};

// One request of a load as it was stored; what aggregation reads, by number.
struct LoadRecord {
  LoadPlace place;
  Outcome outcome = Outcome::kCancelled;
  int64_t due_ns = 0;
  int64_t sent_ns = 0;
  int64_t headers_ns = -1;
  int64_t first_token_ns = -1;  // when the program had it in hand; `chunks` know the kernel's time
  int64_t first_answer_ns = -1;
  int64_t done_ns = 0;
  int64_t loop_lag_ns = -1;
  int http_status = 0;
  int http_flags = 0;  // of HttpFlag (fact.h)
  Usage usage;
  std::optional<Money> cost;
  std::string_view chunks;       // a ChunkLog; valid during the callback; empty: did not stream
  std::string_view error;        // valid during the callback
  std::string_view response_id;  // the server's name of the reply; valid during the callback
};

}  // namespace assay
