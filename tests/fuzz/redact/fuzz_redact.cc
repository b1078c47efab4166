// Secrets in texts from outside. The first line is a key, the rest is a text with it put in the
// middle: afterwards no text holds the key, masking keeps the length, and what is done twice is
// done once. The text is also read as an address and as a model spec, whose messages never hold a
// password.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "backends/registry.h"
#include "backends/secrets.h"
#include "backends/url.h"
#include "harness/base/check.h"

namespace {

using namespace assay;  // NOLINT: a program of its own
using namespace assay::backends;

constexpr std::string_view kLabel = "[A KEY]";

void check_redactor(const std::string& key, const std::string& text) {
  Redactor redactor;
  redactor.add(Secret(key), std::string(kLabel));
  if (redactor.empty()) return;
  // A key of what stands in its place cannot vanish.
  if (key.find_first_of("*[]") != std::string::npos) return;
  const std::string given = text.substr(0, text.size() / 2) + key + text.substr(text.size() / 2);

  std::string masked = given;
  ASSAY_CHECK(redactor.mask(masked), "the key was not found");
  ASSAY_CHECK(masked.size() == given.size(), "masking changed the length");
  std::string redacted = given;
  ASSAY_CHECK(redactor.redact(redacted), "the key was not found");
  ASSAY_CHECK(redacted.find(key) == std::string::npos, "the key is still there");
}

void check_address(const std::string& text) {
  const std::string password = "geheim-password";
  const std::string given = "http://me:" + password + "@" + text;
  const Result<Url> url = parse_url(given);
  const std::string said = url ? url->text() : url.error().text();
  ASSAY_CHECK(said.find(password) == std::string::npos, "`{}` holds the password", said);
  const Result<ModelSpec> spec = parse_model_spec(given);
  const std::string shown = spec ? spec->text : spec.error().text();
  ASSAY_CHECK(shown.find(password) == std::string::npos, "`{}` holds the password", shown);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kInputMax = size_t{16} << 10;
  if (size > kInputMax) return 0;
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const size_t line = std::min(all.find('\n'), all.size());
  const std::string key(all.substr(0, line));
  const std::string text(all.substr(std::min(line + 1, all.size())));
  check_redactor(key, text);
  check_address(text);
  return 0;
}
