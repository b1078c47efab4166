// assay mock: an OpenAI-compatible server with a known schedule and seeded faults, to calibrate
// clients with.
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/command.h"
#include "app/mock/mock_options.h"
#include "app/mock/mock_server.h"
#include "backends/params.h"

namespace assay::app {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  assay mock --ttft 200ms --itl 20ms --tokens 50\n"
    "      tokens on an exact schedule: what does your client measure?\n"
    "  assay mock --reply echo --fault 429=10%,500=5%,reset=2%,stall=0.5% --log mock.jsonl\n"
    "      does your client lose or repeat anything? Ctrl-C prints the counts\n"
    "  assay mock --reasoning field --reasoning-tokens 200 --usage always\n"
    "  assay mock --slots 8 --ttft 100ms --itl 10ms --tokens 91\n"
    "      a server that can do 8 requests a second, not one more: where does your client see it?\n"
    "  assay mock --batch-delay 5s --batch-fail-share 10%\n"
    "      /v1/files, /v1/batches and /v1/messages/batches, for assay run --batch\n"
    "  assay mock --answers answers.jsonl --model small --model large --strict-model\n\n"
    "Times are 200ms, 0.5s, 50us; shares 10% or 0.1. Kinds of faults: 429 500 503 reset malformed\n"
    "stall stall_mid truncated content_type slow_headers error_mid_stream redirect huge_header\n"
    "gzip_bomb endless hang. GET /mock/stats gives the counts while it runs; docs/mock.md says "
    "all.";

constexpr int64_t kPartsMax = 1000;  // of an event, or of a packet

// What the command line gives as text.
struct MockFlags {
  mock::MockOptions options;
  std::string ttft = "0";
  std::string itl = "0";
  std::string delay;
  std::string retry_after = "1s";
  std::string sse_comments;
  std::string jitter = "none";
  std::string reply = "words";
  std::string answers;
  std::string reasoning = "none";
  std::string role_chunk = "yes";
  std::string usage = "yes";
  std::string tool_call = "none";
  std::string align;
  std::string stall_at;
  std::string stall_for;
  std::string die_at;
  std::string split_gap = "300us";
  std::string batch_delay = "2s";
  std::string batch_fail_share = "0";
  std::string batch_expire_share = "0";
  std::vector<std::string> faults;
  std::vector<std::string> models;
  int64_t fault_max = -1;
  bool no_done = false;
};

Result<Nanos> duration_flag(const std::string& flag, const std::string& text) {
  const Result<Nanos> value = backends::parse_duration(text);
  if (value) return *value;
  return input_error(flag, fmt::format("`{}` is not a time like 200ms, 0.5s or 50us", text));
}

// Of a flag that may be absent.
Result<std::optional<Nanos>> optional_duration(const std::string& flag, const std::string& text) {
  if (text.empty()) return std::optional<Nanos>();
  ASSAY_TRY(const Nanos value, duration_flag(flag, text));
  return std::optional<Nanos>(value);
}

Result<void> read_accidents(const MockFlags& flags, mock::MockOptions& options) {
  ASSAY_TRY(options.stall_at, optional_duration("--stall-at", flags.stall_at));
  ASSAY_TRY(options.die_at, optional_duration("--die-at", flags.die_at));
  ASSAY_TRY(const auto stall_for, optional_duration("--stall-for", flags.stall_for));
  options.stall_for = stall_for.value_or(Nanos(0));
  return {};
}

Result<void> read_times(const MockFlags& flags, mock::MockOptions& options) {
  ASSAY_TRY(options.ttft, duration_flag("--ttft", flags.ttft));
  ASSAY_TRY(options.itl, duration_flag("--itl", flags.itl));
  ASSAY_TRY(options.retry_after, duration_flag("--retry-after", flags.retry_after));
  ASSAY_TRY(options.delay, optional_duration("--delay", flags.delay));
  ASSAY_TRY(options.split_gap, duration_flag("--split-gap", flags.split_gap));
  ASSAY_TRY(const auto align, optional_duration("--align", flags.align));
  options.align = align.value_or(Nanos(0));
  if (!flags.sse_comments.empty()) {
    ASSAY_TRY(options.sse_comments, duration_flag("--sse-comments", flags.sse_comments));
    if (*options.sse_comments <= Nanos(0)) return input_error("--sse-comments", "must be above 0");
  }
  return {};
}

Result<void> read_batches(const MockFlags& flags, mock::MockOptions& options) {
  ASSAY_TRY(options.batch_delay, duration_flag("--batch-delay", flags.batch_delay));
  ASSAY_TRY(options.batch_fail_share,
            mock::parse_share_flag("--batch-fail-share", flags.batch_fail_share));
  ASSAY_TRY(options.batch_expire_share,
            mock::parse_share_flag("--batch-expire-share", flags.batch_expire_share));
  return {};
}

Result<mock::MockOptions> read_options(const MockFlags& flags) {
  mock::MockOptions options = flags.options;
  ASSAY_TRY_VOID(read_times(flags, options));
  ASSAY_TRY_VOID(read_accidents(flags, options));
  ASSAY_TRY_VOID(read_batches(flags, options));
  ASSAY_TRY(options.jitter, mock::parse_jitter(flags.jitter));
  ASSAY_TRY_VOID(mock::parse_reply(flags.reply, options));
  ASSAY_TRY(options.reasoning, mock::parse_reasoning(flags.reasoning));
  ASSAY_TRY(options.role_chunk, mock::parse_role_chunk(flags.role_chunk));
  ASSAY_TRY(options.usage, mock::parse_usage(flags.usage));
  ASSAY_TRY(options.tool_call, mock::parse_tool_call(flags.tool_call));
  if (!flags.answers.empty()) {
    ASSAY_TRY(options.answers, mock::read_answers(flags.answers));
  }
  for (const std::string& text : flags.faults) {
    ASSAY_TRY(const auto shares, mock::parse_fault_shares(text));
    options.faults.insert(options.faults.end(), shares.begin(), shares.end());
  }
  if (!flags.models.empty()) options.models = flags.models;
  if (flags.fault_max >= 0) options.fault_max = static_cast<uint32_t>(flags.fault_max);
  options.done = !flags.no_done;
  return options;
}

Result<int> mock_command(const MockFlags& flags) {
  ASSAY_TRY(const mock::MockOptions options, read_options(flags));
  ASSAY_TRY(const auto server, mock::MockServer::start(options));
  fmt::print("listening on {}\n", server->url());
  std::fflush(stdout);
  server->run();
  fmt::print("{}\n", server->stats_json());
  std::fflush(stdout);
  return kExitDone;
}

void add_server_flags(CLI::App& command, MockFlags& flags) {
  mock::MockOptions& options = flags.options;
  command.add_option("--port", options.port, "Port; 0: one that is free")->capture_default_str();
  command.add_option("--host", options.host, "Numeric address to listen on")->capture_default_str();
  command.add_flag("--allow-remote", options.allow_remote,
                   "Allow a --host that other machines reach");
  command.add_option("--model", flags.models, "Model that exists (repeatable) [mock]");
  command.add_flag("--strict-model", options.strict_model, "404 for any other model");
  command.add_option("--api-key", options.api_key, "401 without this key (a made-up one)");
  command.add_option("--log", options.log, "File for one JSON line per request");
  command.add_option("--seed", options.seed, "Of words, jitter and faults")->capture_default_str();
}

void add_reply_flags(CLI::App& command, MockFlags& flags) {
  mock::MockOptions& options = flags.options;
  const auto tokens = CLI::Range(int64_t{0}, mock::kTokensMax);
  command.add_option("--ttft", flags.ttft, "From the request to the first token")
      ->capture_default_str();
  command.add_option("--itl", flags.itl, "From a token to the next")->capture_default_str();
  command.add_option("--delay", flags.delay, "Of whole replies [ttft + (tokens - 1) * itl]");
  command.add_option("--jitter", flags.jitter, "none, uniform:SHARE or lognormal:SIGMA")
      ->capture_default_str();
  command.add_option("--align", flags.align,
                     "Tokens at multiples of TIME on the steady clock: all streams at once");
  command
      .add_option("--slots", options.slots,
                  "Replies generated at once; others wait in line [unlimited]")
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000}));
  command.add_option("--tokens", options.tokens, "Words of a reply")
      ->check(tokens)
      ->capture_default_str();
  command
      .add_option("--reply", flags.reply, "words (seeded), echo (the last user message), text:...")
      ->capture_default_str();
  command.add_option("--answers", flags.answers,
                     "JSON lines {\"equals\"|\"contains\": ..., \"answer\": ...}; first fit wins");
  command
      .add_option("--reasoning", flags.reasoning,
                  "none, tags, open, field, field-openrouter; behind it `,truncated`")
      ->capture_default_str();
  command.add_option("--reasoning-tokens", options.reasoning_tokens, "Words of the reasoning")
      ->check(tokens)
      ->capture_default_str();
  command
      .add_option("--tool-call", flags.tool_call,
                  "none, first (in pieces, before the text), only (no text)")
      ->capture_default_str();
}

void add_wire_flags(CLI::App& command, MockFlags& flags) {
  mock::MockOptions& options = flags.options;
  command.add_option("--chunk-tokens", options.chunk_tokens, "Tokens in one event of a stream")
      ->check(CLI::Range(int64_t{1}, mock::kTokensMax))
      ->capture_default_str();
  command
      .add_option("--role-chunk", flags.role_chunk,
                  "yes (before the first token), early (with the headers), no")
      ->capture_default_str();
  command
      .add_option("--usage", flags.usage,
                  "yes (streams: when asked), no, always, continuous (in every event)")
      ->capture_default_str();
  command
      .add_option("--sse-comments", flags.sse_comments,
                  "A keep-alive comment each such TIME of waiting [15ms where no TIME is given]")
      ->expected(0, 1)
      ->default_str("15ms");
  const auto parts = CLI::Range(int64_t{1}, kPartsMax);
  command.add_option("--split-events", options.split_events, "Packets that one event comes in")
      ->check(parts)
      ->capture_default_str();
  command.add_option("--split-gap", flags.split_gap, "Between the packets of one event")
      ->capture_default_str();
  command
      .add_option("--events-per-packet", options.events_per_packet,
                  "Events in one packet, at the time of the last")
      ->check(parts)
      ->capture_default_str();
  command.add_flag("--crlf", options.crlf, "End the lines of events by CRLF");
  command.add_flag("--no-done", flags.no_done, "Leave [DONE] away");
  command.add_flag("--rate-limit-headers", options.rate_limit_headers, "Send x-ratelimit-*");
  command
      .add_option("--max-requests-per-minute", options.requests_per_minute,
                  "429 beyond it [unlimited]")
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000'000}));
}

void add_batch_flags(CLI::App& command, MockFlags& flags) {
  command.add_option("--batch-delay", flags.batch_delay, "From a batch's creation to its end")
      ->capture_default_str();
  command
      .add_option("--batch-fail-share", flags.batch_fail_share,
                  "SHARE of a batch's requests that are answered with an error")
      ->capture_default_str();
  command
      .add_option("--batch-expire-share", flags.batch_expire_share,
                  "SHARE of a batch's requests that are not executed")
      ->capture_default_str();
}

void add_fault_flags(CLI::App& command, MockFlags& flags) {
  command.add_option("--fault", flags.faults,
                     "KIND=SHARE of requests (repeatable, or with commas)");
  command.add_option("--fault-max", flags.fault_max, "Faults of one request body at most [any]")
      ->check(CLI::Range(int64_t{0}, int64_t{1'000'000'000}));
  command.add_option("--retry-after", flags.retry_after, "What a 429 fault says")
      ->capture_default_str();
  command.add_option("--stall-at", flags.stall_at,
                     "TIME after the first request: nothing is read or sent ...");
  command.add_option("--stall-for", flags.stall_for, "... for that long; then all that is due");
  command.add_option("--die-at", flags.die_at,
                     "TIME after the first request: all connections are reset, the mock ends");
  command.add_option("--redirect-to", flags.options.redirect_to, "Where a redirect fault points");
}

}  // namespace

void add_mock(CLI::App& app, Commands& commands) {
  CLI::App* command = app.add_subcommand(
      "mock", "An OpenAI-compatible server with a known schedule and seeded faults");
  auto flags = std::make_shared<MockFlags>();  // shared with the action
  add_server_flags(*command, *flags);
  add_reply_flags(*command, *flags);
  add_wire_flags(*command, *flags);
  add_batch_flags(*command, *flags);
  add_fault_flags(*command, *flags);
  command->footer(kExamples);
  commands.emplace_back(command, [flags] { return mock_command(*flags); });
}

}  // namespace assay::app
