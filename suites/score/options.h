// OptionReader: reads a scorer's options with defaults, remembers what was read, and says what is
// wrong with the place, what was found and what was expected.
//
// Used while a suite is loaded (and by list_scorers, which reads an empty mapping to learn the
// options there are). Getters return the default after an error; finish() returns the first error.
//
//   OptionReader read("exact", options, where);
//   const bool ignore_case = read.flag("ignore_case", false);
//   ASSAY_TRY_VOID(read.finish());                 // also refuses keys that nobody read
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"
#include "suites/score/scorers.h"

namespace assay::suites {

class OptionReader {
 public:
  OptionReader(std::string scorer, const Json& options, const WhereFn& where);

  bool flag(const std::string& key, bool fallback);
  std::string text(const std::string& key, const std::string& fallback);
  double number(const std::string& key, double fallback, double min, double max);
  // One of `allowed`.
  std::string choice(const std::string& key, const std::string& fallback,
                     const std::vector<std::string>& allowed);
  // A string, or a list of strings.
  std::vector<std::string> text_list(const std::string& key);
  // The value as it is, or nullptr; `shown_default` is what the list of options shows.
  const Json* raw(const std::string& key, const std::string& shown_default);
  // A key that must be there; nullptr (and an error) when it is not.
  const Json* required(const std::string& key, std::string_view expected);

  // Remembers the first error; `where` is the place of `key`.
  void fail(const std::string& key, std::string message);
  void fail(const std::string& key, const Error& error);
  // The first error, or unknown keys.
  [[nodiscard]] Result<void> finish();

  [[nodiscard]] const std::string& scorer() const { return scorer_; }
  // "ignore_case=false, strip=true": every option read, with the value in force.
  [[nodiscard]] std::string described() const;
  [[nodiscard]] bool failed() const { return error_.has_value(); }

 private:
  const Json* find(const std::string& key);
  void remember(const std::string& key, std::string value);
  void wrong_type(const std::string& key, const Json& found, std::string_view expected);

  std::string scorer_;
  const Json& options_;
  const WhereFn& where_;
  std::vector<std::pair<std::string, std::string>> read_;
  std::optional<Error> error_;
};

}  // namespace assay::suites
