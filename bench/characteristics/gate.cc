#include "bench/characteristics/experiments.h"

namespace assay::bench {

void gate_characteristics(Table& /*table*/, const Effort& /*effort*/) {}

}  // namespace assay::bench
