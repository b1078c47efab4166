#include "suites/extract/pattern.h"

#include <fmt/format.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

namespace assay::suites {
namespace {

std::string pcre_message(int code) {
  PCRE2_UCHAR buffer[160];
  const int n = pcre2_get_error_message(code, buffer, sizeof buffer);
  return n < 0 ? fmt::format("error {}", code) : reinterpret_cast<const char*>(buffer);
}

PCRE2_SPTR raw(std::string_view text) {
  // PCRE2 wants a pointer even to nothing.
  return reinterpret_cast<PCRE2_SPTR>(text.data() == nullptr ? "" : text.data());
}

std::string limit_reason(int code) {
  switch (code) {
    case PCRE2_ERROR_MATCHLIMIT:
      return fmt::format("regex gave up after {} steps", kPatternMatchLimit);
    case PCRE2_ERROR_CALLOUT:
      return fmt::format("regex gave up after {} steps", kPatternWalkSteps);
    case PCRE2_ERROR_HEAPLIMIT:
      return fmt::format("regex needs more than {} KiB", kPatternHeapLimitKib);
    case PCRE2_ERROR_DEPTHLIMIT:
      return "regex backtracks too deeply";
    default:
      return "regex failed: " + pcre_message(code);
  }
}

// Called by the interpreter before every item of the pattern that it tries.
int count_step(pcre2_callout_block* /*block*/, void* steps_left) {
  auto& left = *static_cast<uint64_t*>(steps_left);
  if (left == 0) return PCRE2_ERROR_CALLOUT;
  --left;
  return 0;
}

}  // namespace

struct Pattern::State {
  pcre2_code* code = nullptr;
  pcre2_code* counted = nullptr;  // the same, calling count_step
  pcre2_match_context* context = nullptr;
  bool jit = false;
  ~State() {
    pcre2_match_context_free(context);
    pcre2_code_free(code);
    pcre2_code_free(counted);
  }
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // `steps` are those left of a walk over a long text.
  [[nodiscard]] Match search(std::string_view text, size_t from, uint32_t options,
                             uint64_t& steps) const;
  [[nodiscard]] int execute(std::string_view text, size_t from, uint32_t options,
                            pcre2_match_data* data, uint64_t& steps) const;
};

Pattern::Pattern(std::unique_ptr<State> state) : state_(std::move(state)) {}
Pattern::~Pattern() = default;
Pattern::Pattern(Pattern&&) noexcept = default;
Pattern& Pattern::operator=(Pattern&&) noexcept = default;

Result<Pattern> Pattern::compile(std::string_view source) { return compile(source, Options{}); }

Result<Pattern> Pattern::compile(std::string_view source, Options options) {
  if (source.size() > kPatternSourceBytesMax) {
    return input_error("", fmt::format("pattern has {} bytes, expected at most {}", source.size(),
                                       kPatternSourceBytesMax));
  }
  uint32_t flags = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C;
  if (options.ignore_case) flags |= PCRE2_CASELESS;
  if (options.multiline) flags |= PCRE2_MULTILINE;
  if (options.dot_all) flags |= PCRE2_DOTALL;
  int error = 0;
  PCRE2_SIZE offset = 0;
  auto state = std::make_unique<State>();
  state->code = pcre2_compile(raw(source), source.size(), flags, &error, &offset, nullptr);
  if (state->code == nullptr) {
    return input_error("", fmt::format("pattern `{}` is not a regular expression: {} at byte {}",
                                       source, pcre_message(error), offset));
  }
  state->counted =
      pcre2_compile(raw(source), source.size(), flags | PCRE2_AUTO_CALLOUT | PCRE2_NO_AUTO_POSSESS,
                    &error, &offset, nullptr);
  if (state->counted == nullptr) {
    return input_error("", fmt::format("pattern `{}` is too large to be bounded: {}", source,
                                       pcre_message(error)));
  }
  // Without JIT (it may be forbidden on this machine) the interpreter answers the same.
  state->jit = pcre2_jit_compile(state->code, PCRE2_JIT_COMPLETE) == 0;
  state->context = pcre2_match_context_create(nullptr);
  ASSAY_CHECK(state->context != nullptr, "out of memory");
  pcre2_set_match_limit(state->context, kPatternMatchLimit);
  pcre2_set_depth_limit(state->context, kPatternMatchLimit);
  pcre2_set_heap_limit(state->context, kPatternHeapLimitKib);
  return Pattern(std::move(state));
}

int Pattern::State::execute(std::string_view text, size_t from, uint32_t options,
                            pcre2_match_data* data, uint64_t& steps) const {
  if (text.size() > kPatternFastBytes) {
    const std::unique_ptr<pcre2_match_context, decltype(&pcre2_match_context_free)> own(
        pcre2_match_context_copy(context), &pcre2_match_context_free);
    ASSAY_CHECK(own != nullptr, "out of memory");
    pcre2_set_callout(own.get(), &count_step, &steps);
    return pcre2_match(counted, raw(text), text.size(), from, options, data, own.get());
  }
  const int rc = pcre2_match(code, raw(text), text.size(), from, options, data, context);
  if (rc != PCRE2_ERROR_JIT_STACKLIMIT) return rc;
  return pcre2_match(code, raw(text), text.size(), from, options | PCRE2_NO_JIT, data, context);
}

Pattern::Match Pattern::State::search(std::string_view text, size_t from, uint32_t options,
                                      uint64_t& steps) const {
  Match match;
  if (text.size() > kPatternSubjectBytesMax) {
    match.found = Found::kLimit;
    match.reason = fmt::format("text of {} bytes is longer than a regex may search ({})",
                               text.size(), kPatternSubjectBytesMax);
    return match;
  }
  const std::unique_ptr<pcre2_match_data, decltype(&pcre2_match_data_free)> data(
      pcre2_match_data_create_from_pattern(code, nullptr), &pcre2_match_data_free);
  ASSAY_CHECK(data != nullptr, "out of memory");
  const int rc = execute(text, from, options, data.get(), steps);
  if (rc == PCRE2_ERROR_NOMATCH) return match;
  if (rc < 0) {
    match.found = Found::kLimit;
    match.reason = limit_reason(rc);
    return match;
  }
  match.found = Found::kYes;
  const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer(data.get());
  match.begin = bounds[0];
  match.end = std::max(bounds[0], bounds[1]);  // \K in a look-ahead can turn them round
  match.groups.reserve(static_cast<size_t>(rc));
  match.groups.push_back(text.substr(match.begin, match.end - match.begin));
  for (size_t i = 1; i < static_cast<size_t>(rc); ++i) {
    const PCRE2_SIZE begin = bounds[2 * i];
    const PCRE2_SIZE end = bounds[2 * i + 1];
    match.groups.push_back(begin == PCRE2_UNSET || end < begin ? std::string_view{}
                                                               : text.substr(begin, end - begin));
  }
  return match;
}

Pattern::Match Pattern::find(std::string_view text, size_t from) const {
  uint64_t steps = kPatternWalkSteps;
  return state_->search(text, from, from == 0 ? 0 : PCRE2_NO_UTF_CHECK, steps);
}

namespace {

// Where the search goes on after `match`: past it, and past one code point when it was empty.
size_t after(std::string_view text, const Pattern::Match& match, size_t from) {
  size_t next = std::max(match.end, from);
  if (match.end > match.begin) return next;
  ++next;
  while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0U) == 0x80U) ++next;
  return next;
}

}  // namespace

Pattern::Match Pattern::find_last(std::string_view text) const {
  uint64_t steps = kPatternWalkSteps;
  Match last = state_->search(text, 0, 0, steps);
  size_t from = 0;
  for (size_t n = 0; last.found == Found::kYes; ++n) {
    from = after(text, last, from);
    if (from > text.size()) break;
    // The first search has checked the encoding.
    Match next = state_->search(text, from, PCRE2_NO_UTF_CHECK, steps);
    if (next.found == Found::kNo) break;
    last = std::move(next);
    if (n == kPatternMatchesMax) {
      last.found = Found::kLimit;
      last.reason = fmt::format("regex has more than {} matches", kPatternMatchesMax);
    }
  }
  return last;
}

std::string Pattern::remove_all(std::string_view text, std::string& reason) const {
  std::string out;
  size_t copied = 0;
  size_t from = 0;
  uint64_t steps = kPatternWalkSteps;
  Match match = state_->search(text, 0, 0, steps);
  for (size_t n = 0; match.found == Found::kYes && n < kPatternMatchesMax; ++n) {
    if (match.begin > copied) out.append(text, copied, match.begin - copied);
    copied = std::max(copied, match.end);
    from = after(text, match, from);
    if (from > text.size()) break;
    match = state_->search(text, from, PCRE2_NO_UTF_CHECK, steps);
  }
  if (match.found == Found::kLimit) {
    reason = match.reason;
    return std::string(text);
  }
  out.append(text, copied, std::string_view::npos);
  return out;
}

size_t Pattern::group_count() const {
  uint32_t count = 0;
  pcre2_pattern_info(state_->code, PCRE2_INFO_CAPTURECOUNT, &count);
  return count;
}

size_t Pattern::group_number(const std::string& name) const {
  const int n =
      pcre2_substring_number_from_name(state_->code, reinterpret_cast<PCRE2_SPTR>(name.c_str()));
  return n > 0 ? static_cast<size_t>(n) : 0;
}

}  // namespace assay::suites
