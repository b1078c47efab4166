// The list `memory` of the `tco:` section: models whose memory is asked for, and the GPUs that may
// hold them. Called by tco_config.cc.
#pragma once

#include <vector>

#include "app/tco_reader.h"

namespace assay::app {

Result<std::vector<MemoryModel>> read_memory_models(const YamlNode& list, TcoReader& reader);

}  // namespace assay::app
