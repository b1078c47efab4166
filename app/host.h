// What machine this is, for the manifest: processor, cores, memory, kernel. JSON text.
#pragma once

#include <string>

namespace assay::app {

std::string describe_host();

}  // namespace assay::app
