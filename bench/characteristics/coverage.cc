#include "bench/characteristics/experiments.h"

namespace assay::bench {

void coverage_characteristics(Table& /*table*/, const Effort& /*effort*/) {}

}  // namespace assay::bench
