// Arguments: the `kwargs` of one IFEval instruction, read with their types.
//
// Where it stands: read by the instructions' factories. Null, zero, "", false and [] count as
// absent, as in lm-evaluation-harness (data sets in parquet have every key in every row). What the
// references would then draw at random cannot be judged: an error that says so.
//
//   ASSAY_TRY(const int64_t wanted, arguments.number("num_words"));
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"

namespace assay::suites::ifeval {

enum class Relation { kLessThan, kAtLeast };

class Arguments {
 public:
  // `kwargs` outlives this; anything but an object has no arguments.
  explicit Arguments(const Json& kwargs) : kwargs_(kwargs) {}

  [[nodiscard]] Result<int64_t> number(const std::string& key) const;    // not 0
  [[nodiscard]] Result<int64_t> positive(const std::string& key) const;  // above 0
  [[nodiscard]] Result<std::string> text(const std::string& key) const;  // not empty
  [[nodiscard]] Result<std::vector<std::string>> texts(const std::string& key) const;
  [[nodiscard]] Result<Relation> relation(const std::string& key) const;

 private:
  [[nodiscard]] const Json* find(const std::string& key) const;

  const Json& kwargs_;
};

}  // namespace assay::suites::ifeval
