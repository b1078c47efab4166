// The data set's keywords as the reference uses them: regular expressions, case ignored as Python's
// `re` ignores it.
//
// Where it stands: between the instructions and suites/extract/pattern.h, whose limits hold.
//
//   const Keyword keyword("\\bword\\b");
//   const Keyword::Count n = keyword.count(reply.bytes(), 3);
#pragma once

#include <string>
#include <string_view>

#include "harness/base/result.h"
#include "suites/extract/pattern.h"

namespace assay::suites::ifeval {

struct MatchCount {
  size_t count = 0;
  std::string cannot = {};  // why it is not known
};

// Non-overlapping matches in valid UTF-8, as re.findall counts them; counting stops at `most`.
MatchCount count_matches(const Pattern& pattern, std::string_view text, size_t most);

// A keyword that is no regular expression is an answer of count() (the reference fails there too,
// but only when it comes to it).
class Keyword {
 public:
  explicit Keyword(const std::string& source);
  [[nodiscard]] MatchCount count(std::string_view text, size_t most) const;

 private:
  Result<Pattern> pattern_;
};

}  // namespace assay::suites::ifeval
