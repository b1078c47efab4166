#include "app/bench/bench_flags.h"

namespace assay::app {
namespace {

void declare_load(CLI::App& command, BenchFlags& flags) {
  const std::string group = "Load";
  command
      .add_option("--concurrency", flags.concurrency,
                  "Closed loop: so many conversations at once; a list makes several loads")
      ->type_name("N,..")
      ->group(group);
  command
      .add_option("--rate", flags.rate,
                  "Open loop: requests per second, whatever the server does; `inf`: all at once")
      ->type_name("R,..")
      ->group(group);
  command.add_option("--arrival", flags.arrival, "Gaps of --rate: constant, poisson, gamma")
      ->check(CLI::IsMember({"constant", "poisson", "gamma"}))
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--burstiness", flags.burstiness,
                  "Shape of gamma gaps: 1 is Poisson, below 1 burstier")
      ->group(group);
  command.add_option("--ramp", flags.ramp, "Open loop whose rate goes from A to B over --duration")
      ->type_name("A..B")
      ->group(group);
  command
      .add_option("--trace", flags.trace,
                  "Open loop as recorded: Azure CSV, Mooncake JSONL or our JSONL (docs/load.md)")
      ->type_name("FILE")
      ->group(group);
  command.add_option("--trace-scale", flags.trace_scale, "Replay so many times as fast")
      ->group(group);
  command.add_option("--trace-from", flags.trace_from, "Skip so much of the trace's own time")
      ->type_name("TIME")
      ->group(group);
  command.add_option("--trace-for", flags.trace_for, "Use so much of the trace's own time")
      ->type_name("TIME")
      ->group(group);
  command
      .add_flag("--sweep", flags.sweep,
                "Search: double the concurrency until throughput gains no more (the knee)")
      ->group(group);
  command
      .add_option("--slo", flags.slo,
                  "Limits of a good request: ttft=500ms,tpot=50ms,e2e=10s[,at=p95]. Without "
                  "another load it searches the highest rate that meets them")
      ->type_name("LIMITS")
      ->group(group);
}

void declare_extent(CLI::App& command, BenchFlags& flags) {
  const std::string group = "How long";
  command.add_option("--requests", flags.requests, "Conversations of each load")
      ->check(CLI::Range(uint64_t{1}, uint64_t{20'000'000}))
      ->group(group);
  command
      .add_option("--duration", flags.duration,
                  "Nothing starts after it (default 30s where --requests is not given)")
      ->type_name("TIME")
      ->group(group);
  command
      .add_option("--warm-up", flags.warm_up,
                  "Requests due before it are asked and stored, but not measured")
      ->type_name("TIME")
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--drain", flags.drain,
                  "After the last start, cut off what takes longer and count it as failed "
                  "(default: wait)")
      ->type_name("TIME")
      ->group(group);
  command.add_option("--rounds", flags.rounds, "Repeat all loads; models take turns as ABBA")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str()
      ->group(group);
  command.add_option("--probes", flags.probes_max, "Loads of a search at most")
      ->check(CLI::Range(2, 64))
      ->capture_default_str()
      ->group(group);
  command.add_option("--rate-start", flags.rate_start, "Where a search for a rate begins")
      ->check(CLI::PositiveNumber)
      ->group(group);
}

void declare_workload(CLI::App& command, BenchFlags& flags) {
  const std::string group = "What is asked";
  command
      .add_option("-s,--suite", flags.suites,
                  "Ask a suite's questions and judge the replies (repeatable); without it, "
                  "synthetic prompts")
      ->allow_extra_args(false)
      ->group(group);
  command.add_option("--limit", flags.limit, "Only the first N samples of each suite")
      ->check(CLI::PositiveNumber)
      ->group(group);
  command.add_option("--data", flags.data_dir, "Folder with local copies of data")->group(group);
  command
      .add_option("--input-tokens", flags.input_tokens,
                  "Length of prompts: N, uniform:A,B, normal:M,S, lognormal:M,S, list:.., file:..")
      ->type_name("LENGTHS")
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--output-tokens", flags.output_tokens,
                  "Length asked for (max_tokens), in the same forms")
      ->type_name("LENGTHS")
      ->capture_default_str()
      ->group(group);
  command
      .add_flag("--ignore-eos", flags.ignore_eos,
                "Ask servers that know it (vLLM, SGLang) to go on until max_tokens")
      ->group(group);
  command.add_option("--prefix-tokens", flags.prefix_tokens, "Length of a prefix they share")
      ->check(CLI::Range(int64_t{0}, int64_t{10'000'000}))
      ->group(group);
  command.add_option("--prefix-groups", flags.prefix_groups, "So many different shared prefixes")
      ->check(CLI::Range(uint32_t{1}, uint32_t{1'000'000}))
      ->group(group);
  command
      .add_flag("--bust-prefix", flags.bust_prefix,
                "Begin each prompt with its own number, so that no prefix cache helps")
      ->group(group);
  command.add_option("--turns", flags.turns, "Exchanges of a conversation")
      ->type_name("LENGTHS")
      ->group(group);
  command.add_option("--think", flags.think, "Mean time the user thinks between exchanges")
      ->type_name("TIME")
      ->group(group);
  command.add_option("--images", flags.images, "Pictures of each request")
      ->check(CLI::Range(0, 64))
      ->group(group);
  command.add_option("--image-size", flags.image_size, "Their size")
      ->type_name("WxH")
      ->capture_default_str()
      ->group(group);
  command.add_option("--seed", flags.seed, "Seed of everything drawn at random")->group(group);
}

void declare_instrument(CLI::App& command, BenchFlags& flags) {
  const std::string group = "The instrument";
  command
      .add_option("--loops", flags.loops,
                  "Threads that send and receive, nothing shared; auto: one per 1,000 in flight, "
                  "at most half the cores")
      ->type_name("N|auto")
      ->group(group);
  command
      .add_option("--max-in-flight", flags.in_flight_max,
                  "Requests at once at most; reaching it makes an open load invalid")
      ->check(CLI::Range(uint32_t{1}, uint32_t{1'000'000}))
      ->group(group);
  command
      .add_flag("--no-kernel-stamps", flags.no_kernel_stamps,
                "Do not ask the kernel when bytes came")
      ->group(group);
  command.add_flag("--libcurl", flags.libcurl, "Use libcurl also for plain HTTP")->group(group);
  command
      .add_flag("--no-first-request", flags.no_first_request,
                "Do not ask the two small requests that see whether the server is there and how "
                "long its tokens are")
      ->group(group);
  command.add_option("--timeout", flags.timeout_s, "Seconds one request may take")
      ->check(CLI::PositiveNumber)
      ->group(group);
}

void declare_machine(CLI::App& command, BenchFlags& flags) {
  const std::string group = "The machine (servers on this one)";
  command.add_option("--pid", flags.pids, "Process of the server (default: who listens there)")
      ->check(CLI::PositiveNumber)
      ->allow_extra_args(false)
      ->group(group);
  command.add_option("--idle", flags.energy.idle_time, "How long the idle power is measured first")
      ->type_name("TIME")
      ->capture_default_str()
      ->group(group);
  declare_counter_flags(command, flags.energy.rapl_root, flags.energy.nvml_library, group);
  command
      .add_option("--power-watts", flags.energy.power_watts,
                  "Power of this machine while it works, where energy cannot be measured: reported "
                  "as given, never as measured")
      ->type_name("W")
      ->group(group);
  command.add_flag("--no-energy", flags.energy.no_energy, "Do not measure energy")->group(group);
  command.add_flag("--no-machine", flags.no_machine, "Do not watch CPU, memory, GPU and energy")
      ->group(group);
  command.add_option("--machine-price", flags.machine_price, "Price of this machine per hour")
      ->group(group);
  command.add_option("--currency", flags.currency, "Of prices")
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--prices", flags.price_files,
                  "Price file (docs/prices.md), before the shipped table; repeatable")
      ->type_name("FILE")
      ->allow_extra_args(false)
      ->group(group);
  command
      .add_flag("--assume-input-price", flags.assume_input_price,
                "Prompt tokens without a price of their own cost what uncached input does")
      ->group(group);
}

void declare_other(CLI::App& command, BenchFlags& flags) {
  const std::string group = "Other ways";
  command
      .add_flag("--gbench", flags.gbench,
                "One request at a time under Google Benchmark, one row per request")
      ->group(group);
  command.add_option("--gbench-iterations", flags.gbench_iterations, "Times each is asked")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str()
      ->group(group);
  command.add_option("--gbench-repetitions", flags.gbench_repetitions, "Rows of each request")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str()
      ->group(group);
  command.add_option("--gbench-format", flags.gbench_format, "console, json or csv")
      ->check(CLI::IsMember({"console", "json", "csv"}))
      ->capture_default_str()
      ->group(group);
  command.add_option("--gbench-out", flags.gbench_out, "File for it (default: standard output)")
      ->type_name("FILE")
      ->group(group);
  command
      .add_flag("--self-test", flags.self_test,
                "Measure this program against `assay mock` and print its errors on this machine")
      ->group(group);
}

}  // namespace

void declare_bench_flags(CLI::App& command, BenchFlags& flags) {
  command.add_option("models", flags.models, "Models as backend:name or http://host:port/v1#name");
  command.add_option("-m,--model", flags.models, "The same")->allow_extra_args(false);
  command
      .add_option("-o,--output", flags.output,
                  "Run file; an existing one is added to, and its history counts")
      ->capture_default_str();
  declare_load(command, flags);
  declare_extent(command, flags);
  declare_workload(command, flags);
  declare_instrument(command, flags);
  declare_machine(command, flags);
  declare_other(command, flags);
  command.add_flag("-q,--quiet", flags.quiet, "No progress");
  command.add_flag("--json", flags.json, "Print the summary as JSON instead of a table");
}

}  // namespace assay::app
