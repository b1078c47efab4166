// Extractor: takes the part of an answer that is to be judged: its last line, what stands after
// "####", the inside of \boxed{}. Scorers have it as their option `extract`.
//
// Made when a suite is loaded; apply() is const and called from several threads at once.
//
//   extract: last_line                      # a name
//   extract: {after_marker: "####"}         # a name with its argument
//   extract: [boxed, first_line]            # one after the other
//
//   ASSAY_TRY(Extractor e, Extractor::from_option(*option));
//   const Extraction got = e.apply(answer);
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"
#include "suites/extract/pattern.h"

namespace assay::suites {

struct Extraction {
  enum class Status {
    kFound,
    kNothing,  // the answer does not have it: wrong, with `reason`
    kLimit,    // the extractor's own limit: unscored, with `reason`
  };
  Status status = Status::kFound;
  std::string text;
  std::string reason;
};

// The pure functions behind the names. `text` must be valid UTF-8; nothing found: nullopt.
//
// The first / last line that is not blank, stripped.
std::optional<std::string> first_line(std::string_view text);
std::optional<std::string> last_line(std::string_view text);
// Inside of the last \boxed{...} or \fbox{...} with balanced braces; of "\boxed 5" up to the next
// white space or $.
std::optional<std::string> last_boxed(std::string_view text);
// The rest of the line after the last `marker`, stripped; when that is empty, the next line that is
// not blank.
std::optional<std::string> after_marker(std::string_view text, std::string_view marker);
// A member of the first JSON object ("a.b.0" walks objects and lists): a string as it is, anything
// else as compact JSON.
std::optional<std::string> json_member(std::string_view text, std::string_view path);

class Extractor {
 public:
  // Errors say what was found and expected; the caller adds the place.
  static Result<Extractor> from_option(const Json& option);
  [[nodiscard]] Extraction apply(std::string_view text) const;

 private:
  enum class Kind { kFirstLine, kLastLine, kBoxed, kAfterMarker, kRegex, kJson };
  struct Step {
    Kind kind = Kind::kFirstLine;
    std::string argument;
    std::vector<Pattern> pattern;  // one for kRegex
    size_t group = 0;
    bool last = false;
  };
  static Result<Step> step_from(const Json& option);
  static Result<Step> regex_step(const Json& object, const Json& source);
  static Extraction run(const Step& step, std::string_view text);

  std::vector<Step> steps_;
};

}  // namespace assay::suites
