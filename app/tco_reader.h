// TcoReader: reads values of the `tco:` section and remembers each as a line: given or default, and
// why. Inside the reading of that section only (tco_config.cc, tco_memory_config.cc).
//
//   TcoReader reader(inputs.lines);
//   ASSAY_TRY(const double pue, reader.number(node, "machines.a.purchase", kPue));
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/base/yaml_tree.h"
#include "harness/types/tco.h"

namespace assay::app {

// A number of the section: its name, unit, range and default.
struct TcoField {
  const char* key;
  const char* unit;
  double min = 0;
  bool min_excluded = false;
  double max = 1e15;
  std::optional<double> fallback{};  // none: must be given
  const char* why = "";              // of the default
};

struct TcoCount {
  const char* key;
  const char* unit;
  int64_t min = 1;
  int64_t max = 1'000'000;
  std::optional<int64_t> fallback{};
  const char* why = "";
};

class TcoReader {
 public:
  explicit TcoReader(std::vector<TcoInputLine>& lines) : lines_(lines) {}

  // `path` is where `map` stands, for the line's name: "machines.a".
  Result<double> number(const YamlNode& map, const std::string& path, const TcoField& field);
  Result<uint32_t> count(const YamlNode& map, const std::string& path, const TcoCount& field);
  // A scalar, not empty; `fallback` where it is not there (nullptr: must be).
  Result<std::string> text(const YamlNode& map, const std::string& path, const char* key,
                           const char* fallback, const char* why);

  void given(const std::string& name, const std::string& value, const char* unit);
  void by_default(const std::string& name, const std::string& value, const char* unit,
                  std::string_view why);
  void measured(const std::string& name, double value, const char* unit, const std::string& how);

 private:
  std::vector<TcoInputLine>& lines_;
};

// Six significant digits, trailing zeros removed.
std::string tco_number(double value);
std::string joined_path(const std::string& path, std::string_view key);

Result<void> expect_map(const YamlNode& node, std::string_view what);
// A list of mappings, not longer than kTcoEntriesMax.
Result<void> expect_list(const YamlNode& node, std::string_view what);
// A name of an entry of `what`, unlike the names already in `taken`.
Result<std::string> unique_name(const YamlNode& entry, std::string_view what,
                                std::vector<std::string>& taken);

}  // namespace assay::app
