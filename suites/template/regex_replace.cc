// The filter regex_replace of lm-evaluation-harness: Python's re.sub, by PCRE2 with match limits.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <fmt/format.h>
#include <pcre2.h>

#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "suites/template/builtins.h"
#include "suites/template/interpreter.h"
#include "suites/template/text.h"

namespace assay::suites::jinja {
namespace {

// Work of one search, in PCRE2's match steps. A search that needs more than kMatchLimit is repeated
// with a tenfold limit, which the budget of the whole call pays for.
constexpr uint32_t kMatchLimit = 10'000;
constexpr uint32_t kMatchBudget = 50'000'000;
constexpr uint64_t kStepsPerMatch = 10;

using Code = std::unique_ptr<pcre2_code, decltype(&pcre2_code_free)>;
using MatchData = std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)>;
using MatchContext = std::unique_ptr<pcre2_match_context, decltype(&pcre2_match_context_free)>;

PCRE2_SPTR raw(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

std::string pcre_message(int code) {
  std::array<PCRE2_UCHAR, 160> buffer{};
  pcre2_get_error_message(code, buffer.data(), buffer.size());
  return reinterpret_cast<const char*>(buffer.data());
}

class Replacer {
 public:
  Replacer(Interpreter& in, std::string_view pattern, std::string_view replacement)
      : in_(in),
        replacement_(replacement),
        code_(compile(pattern), &pcre2_code_free),
        match_(nullptr, &pcre2_match_data_free),
        context_(pcre2_match_context_create(nullptr), &pcre2_match_context_free) {
    if (!code_) return;
    match_.reset(pcre2_match_data_create_from_pattern(code_.get(), nullptr));
  }

  Value run(std::string_view text, int64_t count) {
    std::string out;
    size_t done = 0;  // text before it is in `out`
    size_t from = 0;
    for (int64_t n = 0; from <= text.size() && (count <= 0 || n < count) && !in_.failed();) {
      const std::optional<std::pair<size_t, size_t>> hit = find(text, from);
      if (!hit) break;
      const auto [begin, end] = *hit;
      out += text.substr(done, begin - done);
      append_replacement(out, text);
      done = end;
      ++n;
      from = end;
      if (!in_.charge(kStepsPerMatch) || !in_.charge_text(out.size())) break;
    }
    if (in_.failed()) return Value::failed();
    out += text.substr(done);
    return in_.text(std::move(out));
  }

 private:
  pcre2_code* compile(std::string_view pattern) {
    int error = 0;
    PCRE2_SIZE offset = 0;
    pcre2_code* code = pcre2_compile(raw(pattern), pattern.size(), PCRE2_UTF | PCRE2_UCP, &error,
                                     &offset, nullptr);
    if (code == nullptr) {
      in_.fail(fmt::format("the pattern is wrong at its character {}: {}",
                           count_points(pattern.substr(0, offset)) + 1, pcre_message(error)));
    }
    return code;
  }

  // Python's rule since 3.7: an empty match may follow a match, but not at the place where an empty
  // match was.
  std::optional<std::pair<size_t, size_t>> find(std::string_view text, size_t from) {
    const uint32_t options = last_was_empty_ ? PCRE2_NOTEMPTY_ATSTART : 0;
    const int n = search(text, from, options);
    if (n == PCRE2_ERROR_NOMATCH) return std::nullopt;
    if (n < 0) {
      const bool limit =
          n == PCRE2_ERROR_MATCHLIMIT || n == PCRE2_ERROR_DEPTHLIMIT || n == PCRE2_ERROR_HEAPLIMIT;
      if (limit) {
        in_.fail_limit("regex_replace: the pattern takes too long on this text");
      } else {
        in_.fail(fmt::format("regex_replace: {}", pcre_message(n)));
      }
      return std::nullopt;
    }
    const PCRE2_SIZE* at = pcre2_get_ovector_pointer(match_.get());
    groups_ = static_cast<size_t>(n);
    last_was_empty_ = at[0] == at[1];
    // \K in a look-around may put the begin behind the end.
    return std::pair<size_t, size_t>{std::min(at[0], at[1]), at[1]};
  }

  int search(std::string_view text, size_t from, uint32_t options) {
    for (uint32_t limit = kMatchLimit;; limit *= 10) {
      pcre2_set_match_limit(context_.get(), limit);
      const int n = pcre2_match(code_.get(), raw(text), text.size(), from, options, match_.get(),
                                context_.get());
      if (n != PCRE2_ERROR_MATCHLIMIT || limit * 10 > budget_) return n;
      budget_ -= limit * 10;
    }
  }

  void append_group(std::string& out, std::string_view text, size_t group) {
    const uint32_t count = pcre2_get_ovector_count(match_.get());
    if (group >= count) {
      in_.fail(fmt::format("the replacement names group {}, the pattern has {}", group, count - 1));
      return;
    }
    const PCRE2_SIZE* at = pcre2_get_ovector_pointer(match_.get()) + 2 * group;
    if (group < groups_ && at[0] != PCRE2_UNSET && at[0] <= at[1]) {
      out += text.substr(at[0], at[1] - at[0]);
    }
  }

  void append_named(std::string& out, std::string_view text, std::string_view name) {
    size_t group = 0;
    if (!name.empty() && name.size() < 4 && is_ascii(name) && all_decimals(name)) {
      for (const char c : name) group = group * 10 + static_cast<size_t>(c - '0');
      return append_group(out, text, group);
    }
    const int number = pcre2_substring_number_from_name(code_.get(), raw(std::string(name)));
    if (number <= 0) {
      in_.fail(
          fmt::format("the replacement names group `{}`, which the pattern does not have", name));
      return;
    }
    append_group(out, text, static_cast<size_t>(number));
  }

  // \1, \g<1>, \g<name>, \n, \t, \\; other characters stand for themselves.
  void append_replacement(std::string& out, std::string_view text) {
    for (size_t i = 0; i < replacement_.size() && !in_.failed(); ++i) {
      const char c = replacement_[i];
      if (c != '\\' || i + 1 >= replacement_.size()) {
        out += c;
        continue;
      }
      const char next = replacement_[++i];
      if (next >= '1' && next <= '9') {
        auto group = static_cast<size_t>(next - '0');
        if (i + 1 < replacement_.size() && replacement_[i + 1] >= '0' &&
            replacement_[i + 1] <= '9') {
          group = group * 10 + static_cast<size_t>(replacement_[++i] - '0');
        }
        append_group(out, text, group);
      } else if (next == 'g' && i + 1 < replacement_.size() && replacement_[i + 1] == '<') {
        const size_t close = replacement_.find('>', i);
        if (close == std::string_view::npos) {
          in_.fail("`\\g<` without `>` in the replacement");
          return;
        }
        append_named(out, text, replacement_.substr(i + 2, close - i - 2));
        i = close;
      } else {
        append_escape(out, next);
      }
    }
  }

  void append_escape(std::string& out, char next) {
    static constexpr std::string_view kFrom = "\\nrtabfv";
    static constexpr std::string_view kTo = "\\\n\r\t\a\b\f\v";
    if (const size_t known = kFrom.find(next); known != std::string_view::npos) {
      out += kTo[known];
      return;
    }
    if ((next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') || next == '0') {
      in_.fail(fmt::format("unknown escape `\\{}` in the replacement", next));
      return;
    }
    out += '\\';
    out += next;
  }

  Interpreter& in_;
  const std::string_view replacement_;
  Code code_;
  MatchData match_;
  MatchContext context_;
  uint32_t budget_ = kMatchBudget;
  size_t groups_ = 0;
  bool last_was_empty_ = false;
};

}  // namespace

Value filter_regex_replace(Interpreter& in, const Value& self, const Args& args) {
  int64_t count = 0;
  if (args.has(2) && !in.to_integer(args[2], "count", count)) return Value::failed();
  for (const Value* v : {&self, &args[0], &args[1]}) {
    if (!v->is(Kind::kString)) {
      return in.fail(fmt::format("regex_replace of {}, expected a str", type_name(*v)));
    }
  }
  if (!in.charge(1 + self.size / 16)) return Value::failed();
  Replacer replacer(in, args[0].view(), args[1].view());
  return in.failed() ? Value::failed() : replacer.run(self.view(), count);
}

}  // namespace assay::suites::jinja
