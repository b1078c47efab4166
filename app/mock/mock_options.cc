#include "app/mock/mock_options.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <array>
#include <charconv>
#include <fstream>
#include <system_error>
#include <utility>

#include "harness/base/json.h"
#include "harness/base/utf8.h"

namespace assay::app::mock {
namespace {

template <typename T, size_t N>
Result<T> one_of(std::string_view flag, std::string_view text,
                 const std::array<std::pair<std::string_view, T>, N>& values) {
  std::string names;
  for (const auto& [name, value] : values) {
    if (name == text) return value;
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  return input_error(std::string(flag), fmt::format("`{}` is not one of {}", text, names));
}

bool is_loopback(const std::string& host) {
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

bool is_address(const std::string& host) {
  in6_addr any{};
  return inet_pton(AF_INET, host.c_str(), &any) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

Result<AnswerRule> read_rule(const std::string& line, const std::string& path, int number) {
  const std::string where = fmt::format("{}:{}", path, number);
  ASSAY_TRY(const Json row, parse_json(line, path, number));
  AnswerRule rule;
  rule.equals = find_member(row, "equals") != nullptr;
  if (rule.equals == (find_member(row, "contains") != nullptr)) {
    return input_error(where, "expected one of `equals` and `contains`");
  }
  ASSAY_TRY(rule.match, get_string(row, rule.equals ? "equals" : "contains", where));
  ASSAY_TRY(rule.answer, get_string(row, "answer", where));
  return rule;
}

}  // namespace

Result<double> parse_share_flag(std::string_view flag, std::string_view text) {
  const std::optional<double> share = parse_share(text);
  if (share) return *share;
  return input_error(std::string(flag), fmt::format("`{}` is not 0..1 or 0..100%", text));
}

Result<Jitter> parse_jitter(std::string_view text) {
  if (text == "none") return Jitter{};
  const size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const std::string_view number = colon == text.npos ? "" : text.substr(colon + 1);
  double amount = 0;
  const auto [stop, status] = std::from_chars(number.data(), number.data() + number.size(), amount);
  const bool numeric = status == std::errc() && stop == number.data() + number.size();
  if (numeric && name == "uniform" && amount >= 0 && amount <= 1) {
    return Jitter{Jitter::Kind::kUniform, amount};
  }
  if (numeric && name == "lognormal" && amount >= 0 && amount <= 3) {
    return Jitter{Jitter::Kind::kLognormal, amount};
  }
  return input_error("--jitter",
                     fmt::format("`{}` is not none, uniform:0..1 or lognormal:0..3", text));
}

Result<void> parse_reply(std::string_view text, MockOptions& options) {
  if (text.rfind("text:", 0) == 0) {
    options.reply = ReplyMode::kText;
    options.text = sanitize_utf8(text.substr(5));
    return {};
  }
  constexpr std::array<std::pair<std::string_view, ReplyMode>, 2> kModes = {
      {{"words", ReplyMode::kWords}, {"echo", ReplyMode::kEcho}}};
  ASSAY_TRY(options.reply, one_of("--reply", text, kModes));
  return {};
}

Result<ReasoningMode> parse_reasoning(std::string_view text) {
  using Style = ReasoningMode::Style;
  constexpr std::array<std::pair<std::string_view, Style>, 6> kStyles = {
      {{"none", Style::kNone},
       {"tags", Style::kTags},
       {"open", Style::kOpen},
       {"field", Style::kField},
       {"field-openrouter", Style::kFieldOpenrouter},
       {"truncated", Style::kTags}}};
  const size_t comma = text.find(',');
  if (comma != text.npos && text.substr(comma + 1) != "truncated") {
    return input_error("--reasoning", fmt::format("`{}`: behind a comma stands `truncated`", text));
  }
  ReasoningMode mode;
  ASSAY_TRY(mode.style, one_of("--reasoning", text.substr(0, comma), kStyles));
  mode.truncated = comma != text.npos || text == "truncated";
  if (mode.truncated && mode.style == Style::kNone) {
    return input_error("--reasoning", "`none` cannot be truncated");
  }
  return mode;
}

Result<RoleChunk> parse_role_chunk(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, RoleChunk>, 3> kValues = {
      {{"yes", RoleChunk::kYes}, {"early", RoleChunk::kEarly}, {"no", RoleChunk::kNo}}};
  return one_of("--role-chunk", text, kValues);
}

Result<UsageMode> parse_usage(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, UsageMode>, 4> kValues = {
      {{"yes", UsageMode::kYes},
       {"no", UsageMode::kNo},
       {"always", UsageMode::kAlways},
       {"continuous", UsageMode::kContinuous}}};
  return one_of("--usage", text, kValues);
}

Result<ToolCallMode> parse_tool_call(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, ToolCallMode>, 3> kValues = {
      {{"none", ToolCallMode::kNone},
       {"first", ToolCallMode::kFirst},
       {"only", ToolCallMode::kOnly}}};
  return one_of("--tool-call", text, kValues);
}

Result<std::vector<AnswerRule>> read_answers(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error{ErrorCode::kNotFound, "the file cannot be read", path};
  std::vector<AnswerRule> rules;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    ASSAY_TRY(AnswerRule rule, read_rule(line, path, number));
    rules.push_back(std::move(rule));
  }
  return rules;
}

Result<void> check_options(const MockOptions& options) {
  if (!is_address(options.host)) {
    return input_error("--host", fmt::format("`{}` is not a numeric IP address", options.host));
  }
  if (!is_loopback(options.host) && !options.allow_remote) {
    return input_error("--host", fmt::format("{} is reached from other machines, and the mock asks "
                                             "for no key unless told; say --allow-remote as well",
                                             options.host));
  }
  if (options.stall_at.has_value() != (options.stall_for > Nanos(0))) {
    return input_error("--stall-at", "a stall needs both --stall-at and --stall-for");
  }
  double sum = 0;
  for (const FaultShare& share : options.faults) {
    sum += share.share;
    if (share.kind == FaultKind::kRedirect && options.redirect_to.empty()) {
      return input_error("--fault", "redirect needs --redirect-to URL");
    }
  }
  if (sum > 1 + 1e-9) {
    return input_error("--fault", fmt::format("the shares add up to {}, more than 1", sum));
  }
  if (options.batch_fail_share + options.batch_expire_share > 1 + 1e-9) {
    return input_error("--batch-expire-share", "and --batch-fail-share are more than 1 together");
  }
  for (const char c : options.redirect_to) {
    if (c <= ' ' || c >= 0x7f) return input_error("--redirect-to", "not a URL");
  }
  return {};
}

}  // namespace assay::app::mock
