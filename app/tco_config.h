// The `tco:` section of assay.yaml: traffic, APIs, machines, and models whose memory is asked for.
// The format is docs/tco.md. Every value that counts becomes a line that says whether it was given,
// measured or is a default, and why that. Every complaint names file:line:column, what was found
// and what was expected.
//
//   ASSAY_TRY(const TcoInputs inputs, read_tco(*root.find("tco"), {}, measure));
//   const TcoReport report = cost::compare_hosting(inputs);
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "harness/base/result.h"
#include "harness/base/yaml_tree.h"
#include "harness/types/prices.h"
#include "harness/types/tco.h"

namespace assay::app {

inline constexpr size_t kTcoEntriesMax = 32;  // of each list

// What the command line gives; it wins.
struct TcoFlags {
  std::string run;     // for machines that state no throughput
  std::string mix;     // "in=3000,out=500,cached=0.6,per_day=20000"
  std::string volume;  // "20000/day", "5e9 tokens/day"
};

struct MeasuredThroughput {
  TcoThroughput throughput;  // of what was measured as a whole
  std::string how;           // "bench.assay: 12 requests/s good at rate 12, ..."
};
// Of a model (empty: the only one) in a run file.
using MeasureThroughput =
    std::function<Result<MeasuredThroughput>(const std::string& run, const std::string& model)>;

// Prices of a model of the price tables, in a currency.
using FindPrices =
    std::function<Result<ModelPrices>(const std::string& model, const std::string& currency)>;

// `find` may be empty: no model of the tables is known.
Result<TcoInputs> read_tco(const YamlNode& section, const TcoFlags& flags,
                           const MeasureThroughput& measure, const FindPrices& find = {});

}  // namespace assay::app
