// Where things are: shipped suites, modules, the program itself. Found relative to the executable,
// so that a build tree and an installed tree both work without configuration.
#pragma once

#include <string>
#include <vector>

namespace assay::app {

// Folders that hold shipped suites (DIR/NAME/suite.yaml): $ASSAY_SUITES (colon-separated),
// ./suites, then those beside the program.
std::vector<std::string> suite_dirs();
// Folder of the loadable modules (tesseract).
std::string module_dir();

}  // namespace assay::app
