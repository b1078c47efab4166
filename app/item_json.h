// One stored item as a line of JSON: what `assay show --json` and `assay export --format jsonl`
// print.
#pragma once

#include <string>

#include "harness/types/record.h"

namespace assay::app {

std::string item_to_json(const ItemDetail& item);

}  // namespace assay::app
