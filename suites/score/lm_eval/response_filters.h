// The filters that make a value of each response, one factory for each. Internal to
// suites/score/lm_eval: filters.cc has the table of names.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "suites/score/lm_eval/config.h"
#include "suites/score/lm_eval/filters.h"
#include "suites/score/lm_eval/python_regex.h"

namespace assay::suites::lm_eval {

// Reads its own keys; the caller checks read.finish() first, a factory whose keys are wrong may
// return null.
using FilterFactory = std::unique_ptr<ResponseFilter> (*)(ConfigReader& read);

std::unique_ptr<ResponseFilter> make_regex_filter(ConfigReader& read);
std::unique_ptr<ResponseFilter> make_regex_pos_filter(ConfigReader& read);
std::unique_ptr<ResponseFilter> make_multi_choice_regex_filter(ConfigReader& read);
std::unique_ptr<ResponseFilter> make_remove_whitespace_filter(ConfigReader& read);
std::unique_ptr<ResponseFilter> make_lowercase_filter(ConfigReader& read);
std::unique_ptr<ResponseFilter> make_uppercase_filter(ConfigReader& read);
std::unique_ptr<ResponseFilter> make_map_filter(ConfigReader& read);
std::unique_ptr<ResponseFilter> make_format_span_filter(ConfigReader& read);

// re.findall(text)[select] as RegexFilter reads it: the whole match, the only group, or of several
// groups the first that is not empty. nullopt: no match at all; `all_empty` is set where no group
// has text. Errors: a limit (kLimit), or an index beyond the matches, which Python raises for.
struct Selected {
  std::string text;
  bool all_empty = false;
};
Result<std::optional<Selected>> find_selected(const PythonRegex& regex, std::string_view text,
                                              int64_t select);

// The error of a filter that needs a str and has another value.
Error not_a_text(std::string_view filter, const Json& value);
// A regex's limit as an error.
Error limit_error(std::string reason);
// The key `regex_pattern`, compiled.
std::optional<PythonRegex> read_pattern(ConfigReader& read, const std::string& key,
                                        const std::string& fallback);
// The key `regexes_to_ignore`; nothing where it is absent.
std::optional<std::vector<PythonRegex>> read_ignored(ConfigReader& read);

}  // namespace assay::suites::lm_eval
