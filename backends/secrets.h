// Secret: a key or password that gets into no text by accident; Redactor: takes secrets out of
// texts that came from outside (providers echo keys in their errors).
//
// Where it stands: keys go from the environment or a file into a Secret and from there only into
// HttpOptions::secret_headers. Redactors run on the decode thread (replies) and the loop thread
// (header lines); const, shared.
//
//   ASSAY_TRY(Secret key, read_key_file("key.txt", warn));
//   options.secret_headers.push_back("authorization: Bearer " + key.reveal());
//   Redactor redactor;
//   redactor.add(key, "[key.txt]");
//   redactor.redact_error(response.error);
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/result.h"

namespace assay::backends {

// Has no operator<<, no comparison and no formatter: reveal() is the one way to its text, and easy
// to search for.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  [[nodiscard]] bool empty() const { return value_.empty(); }
  [[nodiscard]] const std::string& reveal() const { return value_; }

 private:
  std::string value_;
};

// Takes messages for people that stop nothing ("key file is readable by others").
using Warn = std::function<void(const std::string&)>;

// The one line of a file, without white space around it. Errors name the file and never its
// contents; a file that group or others may read is a warning.
Result<Secret> read_key_file(const std::string& path, const Warn& warn);
// The variable's value, trimmed; an empty Secret when it is unset or empty. An error when it could
// not stand in a header.
Result<Secret> read_key_variable(const std::string& name);

class Redactor {
 public:
  // Shorter secrets are not searched for: they would be found by chance.
  static constexpr size_t kSecretBytesMin = 8;
  // So much of a secret in a row is taken for it in errors.
  static constexpr size_t kFragmentBytes = 8;

  // `label` stands in its place: "[OPENAI_API_KEY]".
  void add(const Secret& secret, std::string label);
  [[nodiscard]] bool empty() const { return secrets_.empty(); }

  // The model's own words: each byte of a secret (as it is, base64, %XX) becomes `*`, so that
  // lengths and offsets stay. False: nothing was there.
  bool mask(std::string& text) const { return replace_forms(text, true); }
  // Other long texts (wire bytes of good replies): the same with the label in its place.
  bool label(std::string& text) const { return replace_forms(text, false); }
  // Errors, wire bytes and header lines of failures: labels; also for fragments of a secret and for
  // what is left of one that the provider masked ("sk-ab*****wxyz").
  bool redact(std::string& text) const;

 private:
  struct Known {
    std::string value;
    std::string label;
    std::vector<std::string> forms;  // longest first
  };

  bool replace_forms(std::string& text, bool same_length) const;
  bool replace_fragments(std::string& text, const Known& known) const;
  static bool replace_masked(std::string& text, const Known& known);

  std::vector<Known> secrets_;
};

}  // namespace assay::backends
