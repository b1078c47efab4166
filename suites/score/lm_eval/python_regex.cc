#include "suites/score/lm_eval/python_regex.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "harness/base/utf8.h"
#include "suites/score/lm_eval/python_pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace assay::suites::lm_eval {
namespace {

constexpr uint64_t kStepsPerSearch = 10;  // what one call of PCRE2 costs beside its steps

using Code = std::unique_ptr<pcre2_code, decltype(&pcre2_code_free)>;
using MatchData = std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)>;
using MatchContext = std::unique_ptr<pcre2_match_context, decltype(&pcre2_match_context_free)>;
using CompileContext =
    std::unique_ptr<pcre2_compile_context, decltype(&pcre2_compile_context_free)>;

// PCRE2 wants a pointer even to nothing.
PCRE2_SPTR raw(std::string_view text) {
  return reinterpret_cast<PCRE2_SPTR>(text.data() == nullptr ? "" : text.data());
}

std::string pcre_message(int code) {
  std::array<PCRE2_UCHAR, 160> buffer{};
  pcre2_get_error_message(code, buffer.data(), buffer.size());
  return reinterpret_cast<const char*>(buffer.data());
}

Result<Code> compile_code(std::string_view pattern, const std::string& source, uint32_t extra) {
  const CompileContext context(pcre2_compile_context_create(nullptr), &pcre2_compile_context_free);
  ASSAY_CHECK(context != nullptr, "out of memory");
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  int error = 0;
  PCRE2_SIZE offset = 0;
  const uint32_t options =
      PCRE2_UTF | PCRE2_UCP | PCRE2_ALT_CIRCUMFLEX | PCRE2_NEVER_BACKSLASH_C | extra;
  Code code(pcre2_compile(raw(source), source.size(), options, &error, &offset, context.get()),
            &pcre2_code_free);
  if (code) return code;
  return input_error("", fmt::format("pattern `{}` is not a regular expression: {}", pattern,
                                     pcre_message(error)));
}

size_t text_bytes_max(HiddenCost cost) {
  switch (cost) {
    case HiddenCost::kReference:
      return kRegexReferenceTextBytesMax;
    case HiddenCost::kScan:
      return kRegexScanTextBytesMax;
    case HiddenCost::kNone:
      break;
  }
  return kRegexTextBytesMax;
}

// Called by the interpreter before every item of the pattern that it tries.
int count_step(pcre2_callout_block* /*block*/, void* steps_left) {
  auto& left = *static_cast<uint64_t*>(steps_left);
  if (left == 0) return PCRE2_ERROR_CALLOUT;
  --left;
  return 0;
}

}  // namespace

struct PythonRegex::State {
  Code fast{nullptr, &pcre2_code_free};     // with JIT, for short texts
  Code counted{nullptr, &pcre2_code_free};  // calls count_step
  size_t groups = 0;
  HiddenCost hidden_cost = HiddenCost::kNone;
};

PythonRegex::PythonRegex(std::unique_ptr<State> state) : state_(std::move(state)) {}
PythonRegex::~PythonRegex() = default;
PythonRegex::PythonRegex(PythonRegex&&) noexcept = default;
PythonRegex& PythonRegex::operator=(PythonRegex&&) noexcept = default;

Result<PythonRegex> PythonRegex::compile(std::string_view pattern) {
  ASSAY_TRY(const PythonPattern translated, translate_python_pattern(pattern));
  auto state = std::make_unique<State>();
  ASSAY_TRY(state->fast, compile_code(pattern, translated.source, 0));
  ASSAY_TRY(state->counted,
            compile_code(pattern, translated.source, PCRE2_AUTO_CALLOUT | PCRE2_NO_AUTO_POSSESS));
  // Without JIT (it may be forbidden on this machine) the interpreter answers the same.
  (void)pcre2_jit_compile(state->fast.get(), PCRE2_JIT_COMPLETE);
  state->groups = translated.groups;
  state->hidden_cost = translated.hidden_cost;
  return PythonRegex(std::move(state));
}

size_t PythonRegex::group_count() const { return state_->groups; }

std::string PythonRegex::remove_all(std::string_view text, std::string& limit) const {
  std::string out;
  size_t copied = 0;
  PythonFindAll all(*this, text);
  while (all.next()) {
    out.append(text, copied, all.begin() - copied);
    copied = all.end();
  }
  if (!all.limit().empty()) {
    limit = all.limit();
    return std::string(text);
  }
  out.append(text, copied, std::string_view::npos);
  return out;
}

struct PythonFindAll::Work {
  bool fast = false;
  uint64_t steps_left = 0;
  MatchData match{nullptr, &pcre2_match_data_free};
  MatchContext fast_context{pcre2_match_context_create(nullptr), &pcre2_match_context_free};
  MatchContext counted_context{pcre2_match_context_create(nullptr), &pcre2_match_context_free};
};

PythonFindAll::PythonFindAll(const PythonRegex& regex, std::string_view text)
    : regex_(regex), text_(text) {
  const PythonRegex::State& state = *regex.state_;
  if (const size_t most = text_bytes_max(state.hidden_cost); text.size() > most) {
    limit_ = fmt::format("text of {} bytes is longer than this regex may search ({})", text.size(),
                         most);
    over_ = true;
    return;
  }
  if (invalid_utf8_at(text)) {  // PCRE2 is told not to check
    limit_ = "text is not UTF-8";
    over_ = true;
    return;
  }
  work_ = std::make_unique<Work>();
  Work& work = *work_;
  const bool hidden = state.hidden_cost != HiddenCost::kNone;
  work.fast = !hidden && text.size() <= kRegexJitTextBytesMax;
  work.steps_left = hidden ? kRegexHiddenWork / (text.size() + 1)
                           : kRegexSteps + kRegexStepsPerByte * text.size();
  work.match.reset(pcre2_match_data_create_from_pattern(state.fast.get(), nullptr));
  ASSAY_CHECK(
      work.match != nullptr && work.fast_context != nullptr && work.counted_context != nullptr,
      "out of memory");
  pcre2_set_match_limit(work.fast_context.get(), kRegexJitStepsMax);
  pcre2_set_heap_limit(work.fast_context.get(), kRegexHeapKibMax);
  pcre2_set_heap_limit(work.counted_context.get(), kRegexHeapKibMax);
  pcre2_set_callout(work.counted_context.get(), &count_step, &work.steps_left);
}

PythonFindAll::~PythonFindAll() = default;

// One search from end_ on: PCRE2's answer.
int PythonFindAll::search() {
  if (!work_->fast) return search_counted();
  const uint32_t options = PCRE2_NO_UTF_CHECK | (was_empty_ ? PCRE2_NOTEMPTY_ATSTART : 0);
  const int n = pcre2_match(regex_.state_->fast.get(), raw(text_), text_.size(), end_, options,
                            work_->match.get(), work_->fast_context.get());
  if (n >= 0 || n == PCRE2_ERROR_NOMATCH) return n;
  work_->fast = false;  // steps, or the stack of compiled code
  return search_counted();
}

int PythonFindAll::search_counted() {
  uint64_t& left = work_->steps_left;
  left -= std::min(left, kStepsPerSearch);
  const uint32_t options = PCRE2_NO_UTF_CHECK | (was_empty_ ? PCRE2_NOTEMPTY_ATSTART : 0);
  return pcre2_match(regex_.state_->counted.get(), raw(text_), text_.size(), end_, options,
                     work_->match.get(), work_->counted_context.get());
}

bool PythonFindAll::next() {
  if (over_) return false;
  const int n = search();
  if (n > 0) {
    const PCRE2_SIZE* at = pcre2_get_ovector_pointer(work_->match.get());
    begin_ = at[0];
    end_ = at[1];
    groups_ = static_cast<size_t>(n);
    was_empty_ = begin_ == end_;
    return true;
  }
  over_ = true;
  if (n == PCRE2_ERROR_NOMATCH) return false;
  if (n == PCRE2_ERROR_CALLOUT || n == PCRE2_ERROR_MATCHLIMIT || n == PCRE2_ERROR_DEPTHLIMIT) {
    limit_ = "regex gave up: too many steps";
  } else if (n == PCRE2_ERROR_HEAPLIMIT) {
    limit_ = fmt::format("regex needs more than {} KiB", kRegexHeapKibMax);
  } else {
    limit_ = "regex failed: " + pcre_message(n);
  }
  return false;
}

std::string_view PythonFindAll::group(size_t index) const {
  if (index >= groups_) return {};
  const PCRE2_SIZE* at = pcre2_get_ovector_pointer(work_->match.get()) + 2 * index;
  if (at[0] == PCRE2_UNSET || at[1] < at[0]) return {};
  return text_.substr(at[0], at[1] - at[0]);
}

}  // namespace assay::suites::lm_eval
