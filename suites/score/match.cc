#include "suites/score/match.h"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

#include "harness/base/json.h"
#include "suites/score/common.h"
#include "suites/score/factories.h"

namespace assay::suites {
namespace {

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

bool ends_in_word(std::string_view text) {
  if (text.empty()) return false;
  size_t at = text.size() - 1;
  while (at > 0 && is_continuation(text[at])) --at;
  return is_letter_or_digit(to_code_points(text.substr(at)).front());
}

bool begins_with_word(std::string_view text) {
  if (text.empty()) return false;
  size_t n = 1;
  while (n < text.size() && is_continuation(text[n])) ++n;
  return is_letter_or_digit(to_code_points(text.substr(0, n)).front());
}

class Exact final : public VerdictScorer {
 public:
  Exact(Setup setup, TextNorm norm) : VerdictScorer(std::move(setup)), norm_(std::move(norm)) {}

 private:
  [[nodiscard]] Verdict decide(const Sample& sample, std::string_view answer) const override {
    std::string limit;
    std::string got = norm_.apply(answer, &limit);
    if (!limit.empty()) return Verdict::cannot(limit);
    for (const std::string& target : sample.targets) {
      if (norm_.apply(target) == got) return Verdict::right(std::move(got));
    }
    std::string reason = got.empty() ? "empty answer" : "differs from the target";
    return Verdict::wrong(std::move(got), std::move(reason));
  }

  TextNorm norm_;
};

class Includes final : public VerdictScorer {
 public:
  Includes(Setup setup, TextNorm norm, bool whole_word)
      : VerdictScorer(std::move(setup)), norm_(std::move(norm)), whole_word_(whole_word) {}

 private:
  [[nodiscard]] Verdict decide(const Sample& sample, std::string_view answer) const override {
    const std::string text = norm_.apply(answer);
    for (const std::string& raw : sample.targets) {
      std::string target = norm_.apply(raw);
      if (is_included(text, target, whole_word_)) return Verdict::right(std::move(target));
    }
    return Verdict::wrong({}, text.empty() ? "empty answer" : "no target in the answer");
  }

  TextNorm norm_;
  bool whole_word_;
};

struct RegexOptions {
  TextNorm norm;
  bool compare = false;  // the group with the targets; otherwise a match is right
  size_t group = 0;
  bool last = false;
};

class Regex final : public VerdictScorer {
 public:
  Regex(Setup setup, Pattern pattern, RegexOptions options)
      : VerdictScorer(std::move(setup)),
        pattern_(std::move(pattern)),
        options_(std::move(options)) {}

 private:
  [[nodiscard]] Verdict decide(const Sample& sample, std::string_view answer) const override {
    const Pattern::Match match = options_.last ? pattern_.find_last(answer) : pattern_.find(answer);
    if (match.found == Pattern::Found::kLimit) return Verdict::cannot(match.reason);
    if (match.found == Pattern::Found::kNo) {
      return Verdict::wrong({}, answer.empty() ? "empty answer" : "the pattern does not match");
    }
    if (!options_.compare) return Verdict::right(std::string(match.group(0)));
    std::string got = options_.norm.apply(match.group(options_.group));
    for (const std::string& target : sample.targets) {
      if (options_.norm.apply(target) == got) return Verdict::right(std::move(got));
    }
    return Verdict::wrong(std::move(got), "what the pattern caught differs from the target");
  }

  Pattern pattern_;
  RegexOptions options_;
};

// The option `group`: a number or a name; -1 when absent.
int read_group(OptionReader& read, const Pattern& pattern) {
  const Json* group = read.raw("group", "");
  if (group == nullptr) return -1;
  if (group->is_string()) {
    const size_t number = pattern.group_number(group->get<std::string>());
    if (number > 0) return static_cast<int>(number);
    read.fail("group",
              fmt::format("the pattern has no group named `{}`", group->get<std::string>()));
    return -1;
  }
  if (group->is_number_integer() && group->get<int64_t>() >= 0 &&
      group->get<uint64_t>() <= pattern.group_count()) {
    return group->get<int>();
  }
  read.fail("group", fmt::format("`group` is {}, expected 0..{} or a group's name",
                                 dump_json(*group), pattern.group_count()));
  return -1;
}

}  // namespace

bool is_exact_match(const TextNorm& norm, std::string_view answer, std::string_view target) {
  return norm.apply(answer) == norm.apply(target);
}

bool is_included(std::string_view answer, std::string_view target, bool whole_word) {
  if (target.empty()) return answer.empty();
  const bool guard_front = whole_word && begins_with_word(target);
  const bool guard_back = whole_word && ends_in_word(target);
  for (size_t at = answer.find(target); at != std::string_view::npos;
       at = answer.find(target, at + 1)) {
    if (guard_front && ends_in_word(answer.substr(0, at))) continue;
    if (guard_back && begins_with_word(answer.substr(at + target.size()))) continue;
    return true;
  }
  return false;
}

std::unique_ptr<Scorer> make_exact(OptionReader& read, const std::string& /*base_dir*/) {
  const std::string metric = read.text("metric", "accuracy");
  TextNorm norm = read_text_norm(read, {}, {.regexes_to_ignore = true});
  std::optional<Extractor> extractor = read_extractor(read);
  return std::make_unique<Exact>(
      VerdictScorer::Setup{{metric, read.scorer()}, std::move(extractor), identity_of(read, 1)},
      std::move(norm));
}

std::unique_ptr<Scorer> make_includes(OptionReader& read, const std::string& /*base_dir*/) {
  const std::string metric = read.text("metric", "accuracy");
  TextNorm norm = read_text_norm(read, {}, {});
  const bool whole_word = read.flag("whole_word", false);
  std::optional<Extractor> extractor = read_extractor(read);
  return std::make_unique<Includes>(
      VerdictScorer::Setup{{metric, read.scorer()}, std::move(extractor), identity_of(read, 1)},
      std::move(norm), whole_word);
}

std::unique_ptr<Scorer> make_regex(OptionReader& read, const std::string& /*base_dir*/) {
  const std::string metric = read.text("metric", "accuracy");
  const Json* source = read.required("pattern", "a regular expression");
  Pattern::Options flags;
  flags.multiline = read.flag("multiline", false);
  flags.dot_all = read.flag("dot_all", false);
  RegexOptions options;
  options.norm = read_text_norm(read, {}, {});
  flags.ignore_case = options.norm.ignore_case;
  options.last = read.choice("take", "first", {"first", "last"}) == "last";
  std::optional<Extractor> extractor = read_extractor(read);
  if (source != nullptr && !source->is_string()) {
    read.fail("pattern",
              fmt::format("`pattern` is {}, expected a string", json_type_name(*source)));
  }
  auto pattern = Pattern::compile(
      source != nullptr && source->is_string() ? source->get<std::string>() : std::string(), flags);
  if (!pattern) {
    read.fail("pattern", pattern.error());
    return nullptr;
  }
  const int group = read_group(read, *pattern);
  options.compare = group >= 0;
  options.group = static_cast<size_t>(std::max(group, 0));
  return std::make_unique<Regex>(
      VerdictScorer::Setup{{metric, read.scorer()}, std::move(extractor), identity_of(read, 1)},
      std::move(pattern).value(), std::move(options));
}

}  // namespace assay::suites
