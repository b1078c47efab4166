// Reads every #include "..." and checks that it points the way the picture in docs/architecture.md
// allows, and that each third-party library stays in its place.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

namespace assay {
namespace {

namespace fs = std::filesystem;

// Layer of a file → layers it may include. A file of harness/ belongs to its subfolder, any other
// to its top folder.
const std::map<std::string, std::set<std::string>> kAllowed{
    {"harness/base", {"harness/base"}},
    {"harness/types", {"harness/types", "harness/base"}},
    {"harness/api", {"harness/api", "harness/types", "harness/base"}},
    {"harness/stats", {"harness/stats", "harness/types", "harness/base"}},
    {"harness/cost", {"harness/cost", "harness/types", "harness/base"}},
    {"harness/machine", {"harness/machine", "harness/cost", "harness/types", "harness/base"}},
    {"harness/aggregate",
     {"harness/aggregate", "harness/stats", "harness/cost", "harness/api", "harness/types",
      "harness/base"}},
    {"harness/load", {"harness/load", "harness/types", "harness/base"}},
    {"harness/store", {"harness/store", "harness/api", "harness/types", "harness/base"}},
    {"harness/run",
     {"harness/run", "harness/load", "harness/cost", "harness/api", "harness/types",
      "harness/base"}},
    {"suites", {"suites", "harness/stats", "harness/api", "harness/types", "harness/base"}},
    {"backends", {"backends", "harness/api", "harness/types", "harness/base"}},
    {"reports", {"reports", "harness/aggregate", "harness/api", "harness/types", "harness/base"}},
    {"app",
     {"app", "suites", "backends", "reports", "harness/run", "harness/store", "harness/aggregate",
      "harness/load", "harness/machine", "harness/cost", "harness/api", "harness/types",
      "harness/base"}},
};

// Header of a library → folders that may include it.
const std::map<std::string, std::vector<std::string>> kPlaces{
    {"sqlite3.h", {"harness/store"}},
    // Run files, and the zstd members of Inspect's zip files (libzip of Debian 12 has none).
    {"zstd.h", {"harness/store", "suites/import/logs"}},
    {"Eigen/", {"harness/stats", "backends/model"}},
    {"boost/math/", {"harness/stats"}},
    {"boost/multiprecision/", {"suites/score/math"}},
    {"CLI/", {"app"}},
    {"benchmark/", {"app/gbench"}},
    {"curl/", {"backends/transport"}},
    {"event2/", {"app/mock"}},
    {"yaml-cpp/", {"harness/base"}},
    {"pcre2.h", {"suites"}},
    {"utf8proc.h", {"harness/base"}},
    {"nettle/", {"harness/base"}},
    // Gzip and zip of data and logs; the mock's replies; traces; the zip files that are exported.
    {"zlib.h", {"suites", "app/mock", "harness/load", "reports/export"}},
    {"tesseract/", {"backends/plugin"}},
    {"allheaders.h", {"backends/plugin"}},
    {"nlohmann/json.hpp", {"harness/base/json.h"}},
};

std::string layer_of(const std::string& path) {
  const size_t first = path.find('/');
  if (first == std::string::npos) return path;
  const std::string top = path.substr(0, first);
  return top == "harness" ? path.substr(0, path.find('/', first + 1)) : top;
}

struct Include {
  std::string file;
  int line;
  std::string target;
  bool quoted;
};

std::vector<Include> all_includes() {
  const fs::path root(ASSAY_SOURCE_DIR);
  const std::regex form(R"(^\s*#\s*include\s*(["<])([^">]+)[">])");
  std::vector<Include> includes;
  for (const char* top : {"app", "harness", "suites", "backends", "reports"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / top)) {
      const std::string path = fs::relative(entry.path(), root).string();
      const std::string extension = entry.path().extension().string();
      if ((extension != ".h" && extension != ".cc" && extension != ".c") ||
          path.rfind("suites/data/", 0) == 0)
        continue;
      std::ifstream in(entry.path());
      int number = 0;
      for (std::string line; std::getline(in, line);) {
        ++number;
        std::smatch match;
        if (std::regex_search(line, match, form))
          includes.push_back({path, number, match[2], match[1] == "\""});
      }
    }
  }
  return includes;
}

TEST(IncludeDirection, EveryArrowPointsDownward) {
  const std::vector<Include> includes = all_includes();
  ASSERT_GT(includes.size(), 200U);
  for (const Include& include : includes) {
    if (!include.quoted || include.target == "app/version.h") continue;
    const auto allowed = kAllowed.find(layer_of(include.file));
    ASSERT_NE(allowed, kAllowed.end()) << include.file << " lies in no layer";
    EXPECT_TRUE(allowed->second.contains(layer_of(include.target)))
        << include.file << ":" << include.line << ": " << layer_of(include.file)
        << " must not include " << include.target;
  }
}

TEST(IncludeDirection, EachLibraryHasOnePlace) {
  for (const Include& include : all_includes()) {
    for (const auto& [header, places] : kPlaces) {
      if (include.target.rfind(header, 0) != 0) continue;
      bool in_place = false;
      for (const std::string& place : places)
        in_place = in_place || include.file.rfind(place, 0) == 0;
      EXPECT_TRUE(in_place) << include.file << ":" << include.line << ": <" << include.target
                            << "> belongs elsewhere";
    }
  }
}

}  // namespace
}  // namespace assay
