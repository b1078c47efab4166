// ConfigReader: reads one mapping of a task file (a filter, a metric) and says what is wrong with
// its place. Every key must be known.
//
// Where it stands: used by filters.cc and metric_list.cc while a suite is loaded. Getters return
// the default after an error; finish() returns the first error.
//
//   ConfigReader read(step, "filter_list[0].filter[1]");
//   const std::string pattern = read.text("regex_pattern", "");
//   ASSAY_TRY_VOID(read.finish());
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"

namespace assay::suites::lm_eval {

// A value that names a Python function: "!function utils.score".
bool names_python(const Json& value);

class ConfigReader {
 public:
  // `object` must be a mapping (finish() says so otherwise) and outlive this.
  ConfigReader(const Json& object, std::string place);

  bool flag(const std::string& key, bool fallback);
  std::string text(const std::string& key, const std::string& fallback);
  int64_t integer(const std::string& key, int64_t fallback, int64_t min, int64_t max);
  double number(const std::string& key, double fallback);
  // Nothing where the key is absent or null.
  std::optional<std::vector<std::string>> text_list(const std::string& key);
  // The value as it is, or nullptr.
  const Json* raw(const std::string& key);

  // Remembers the first error.
  void fail(std::string message);
  void fail(const Error& error);
  [[nodiscard]] bool failed() const { return error_.has_value(); }
  // The first error, or the first key that nobody asked for.
  [[nodiscard]] Result<void> finish();
  [[nodiscard]] const std::string& place() const { return place_; }

 private:
  const Json* find(const std::string& key);
  void wrong_type(const std::string& key, const Json& found, std::string_view expected);

  const Json& object_;
  std::string place_;
  std::vector<std::string> known_;
  std::optional<Error> error_;
};

}  // namespace assay::suites::lm_eval
