#include "app/paths.h"

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <system_error>

namespace assay::app {
namespace {

namespace fs = std::filesystem;

fs::path program_dir() {
  std::error_code failed;
  const fs::path program = fs::read_symlink("/proc/self/exe", failed);
  return failed ? fs::path(".") : program.parent_path();
}

}  // namespace

std::vector<std::string> suite_dirs() {
  std::vector<std::string> dirs;
  if (const char* listed = std::getenv("ASSAY_SUITES"); listed != nullptr) {
    std::stringstream in(listed);
    for (std::string dir; std::getline(in, dir, ':');) {
      if (!dir.empty()) dirs.push_back(dir);
    }
  }
  const fs::path program = program_dir();
  for (const fs::path& dir :
       {fs::path("suites"), program / "../../suites/data", program / "../share/assay/suites"}) {
    std::error_code failed;
    if (fs::is_directory(dir, failed)) dirs.push_back(dir.lexically_normal().string());
  }
  return dirs;
}

std::string module_dir() {
  const fs::path program = program_dir();
  std::error_code failed;
  for (const fs::path& dir : {program / "modules", program / "../lib/assay/modules"}) {
    if (fs::is_directory(dir, failed)) return dir.lexically_normal().string();
  }
  return (program / "modules").string();
}

}  // namespace assay::app
