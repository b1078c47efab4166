// Scorers by name. Called by the loader with what stands in a suite file:
//
//   scorers:
//     - name: cer
//       normalize: nfkc
//
//   ASSAY_TRY(std::unique_ptr<Scorer> s, suites::make_scorer("cer", options, {"suite.yaml", at}));
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "harness/api/scorer.h"
#include "harness/base/json_fwd.h"
#include "harness/base/result.h"

namespace assay::suites {

// Names the place of an option in its file: where("normalize") is "suite.yaml:7:16"; where("") the
// scorer itself.
using WhereFn = std::function<std::string(std::string_view key)>;

// `options`: the mapping without `name`. Unknown scorers, unknown keys and wrong values are errors
// that name the nearest known one. `base_dir`: where a relative program path starts (process
// scorer).
Result<std::unique_ptr<Scorer>> make_scorer(const std::string& name, const Json& options,
                                            const WhereFn& where, const std::string& base_dir);

}  // namespace assay::suites
