// MockOptions: what `assay mock` was told; plain values that its parts read. Texts become values
// here, so that cmd_mock.cc only names the flags.
//
//   MockOptions options;
//   ASSAY_TRY(options.jitter, parse_jitter("lognormal:0.2"));
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/mock/mock_faults.h"
#include "harness/base/clock.h"
#include "harness/base/result.h"

namespace assay::app::mock {

struct Jitter {
  enum class Kind : uint8_t { kNone, kUniform, kLognormal };
  Kind kind = Kind::kNone;
  double amount = 0;  // uniform: each wait times 1 ± amount; lognormal: sigma of a factor of mean 1
};

enum class ReplyMode : uint8_t { kWords, kEcho, kText };

struct ReasoningMode {
  enum class Style : uint8_t {
    kNone,
    kTags,             // "<think>…</think>answer" in the content
    kOpen,             // "…</think>answer": the chat template had opened the tag
    kField,            // reasoning_content
    kFieldOpenrouter,  // reasoning
  };
  Style style = Style::kNone;
  bool truncated = false;  // the token limit ends the reply inside the reasoning
};

enum class RoleChunk : uint8_t {
  kYes,    // directly before the first token
  kEarly,  // with the headers
  kNo,
};

enum class UsageMode : uint8_t {
  kYes,         // in whole replies, and in streams that ask for it
  kNo,          // never
  kAlways,      // in streams that do not ask, too
  kContinuous,  // kAlways, and every event of a stream carries the counts so far (as vLLM does
                // when asked for continuous_usage_stats)
};

enum class ToolCallMode : uint8_t {
  kNone,
  kFirst,  // the reply begins with a tool call in pieces, the text follows
  kOnly,   // the tool call is the whole reply
};

struct AnswerRule {
  bool equals = false;  // otherwise: contains
  std::string match;
  std::string answer;
};

// In the order of the help, one of them exists: padding costs nothing.
struct MockOptions {  // NOLINT(clang-analyzer-optin.performance.Padding)
  // Where
  std::string host = "127.0.0.1";
  uint16_t port = 8000;
  bool allow_remote = false;
  std::vector<std::string> models = {"mock"};
  bool strict_model = false;
  std::string api_key;  // empty: none is asked for
  // When
  Nanos ttft{0};
  Nanos itl{0};
  std::optional<Nanos> delay;  // of whole replies; otherwise ttft + (tokens - 1) * itl
  Jitter jitter;
  int64_t slots = 0;  // replies that are generated at once; 0: unlimited
  Nanos align{0};     // token times are multiples of it on the steady clock; 0: any time
  std::optional<Nanos> stall_at;  // from the first request's arrival, as die_at
  Nanos stall_for{0};
  std::optional<Nanos> die_at;
  // What
  ReplyMode reply = ReplyMode::kWords;
  std::string text;
  std::vector<AnswerRule> answers;
  int64_t tokens = 16;
  ReasoningMode reasoning;
  int64_t reasoning_tokens = 32;
  ToolCallMode tool_call = ToolCallMode::kNone;
  // How
  int64_t chunk_tokens = 1;
  RoleChunk role_chunk = RoleChunk::kYes;
  UsageMode usage = UsageMode::kYes;
  std::optional<Nanos> sse_comments;  // one each such time without a chunk
  int64_t split_events = 1;           // writes of one event
  Nanos split_gap = std::chrono::microseconds(300);
  int64_t events_per_packet = 1;  // events in one write
  bool crlf = false;
  bool done = true;
  bool rate_limit_headers = false;
  int64_t requests_per_minute = 0;              // 0: unlimited
  Nanos batch_delay = std::chrono::seconds(2);  // from a batch's creation to its end
  // What goes wrong
  double batch_fail_share = 0;    // of a batch's requests: answered with an error
  double batch_expire_share = 0;  // not executed
  std::vector<FaultShare> faults;
  std::optional<uint32_t> fault_max;
  Nanos retry_after = std::chrono::seconds(1);
  std::string redirect_to;
  uint64_t seed = 1;
  std::string log;
};

inline constexpr int64_t kTokensMax = 1'000'000;

// "none", "uniform:0.1", "lognormal:0.2".
Result<Jitter> parse_jitter(std::string_view text);
// "words", "echo", "text:...": sets reply and text.
Result<void> parse_reply(std::string_view text, MockOptions& options);
// "none", "tags", "open", "field", "field-openrouter"; with ",truncated"; "truncated" alone: tags.
Result<ReasoningMode> parse_reasoning(std::string_view text);
Result<RoleChunk> parse_role_chunk(std::string_view text);
Result<UsageMode> parse_usage(std::string_view text);
Result<ToolCallMode> parse_tool_call(std::string_view text);
// "10%" or "0.1", 0 to 1.
Result<double> parse_share_flag(std::string_view flag, std::string_view text);
// {"equals": "...", "answer": "..."} or {"contains": ...}, one a line.
Result<std::vector<AnswerRule>> read_answers(const std::string& path);
// What no single flag can be blamed for: a host beyond loopback without allow_remote, shares above
// 1, a redirect without its target, half of a stall.
Result<void> check_options(const MockOptions& options);

}  // namespace assay::app::mock
