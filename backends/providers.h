// Providers: where remote models are reached and what is peculiar about each place. The rows are
// backends/providers.yaml, built into the program, and `providers:` of the user's assay.yaml.
//
// Where it stands: read by backends/registry (which words may stand before a colon) and by
// backends/endpoint_spec (what a word stands for), while the command line is read.
//
//   ASSAY_TRY(const ProviderTable table, ProviderTable::load(config_text, "assay.yaml"));
//   if (const Provider* provider = table.find("deepseek")) use(provider->base_url);
//
// Errors of the user's rows stand at file:line:column.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "harness/base/yaml_tree.h"

namespace assay::backends {

enum class AuthStyle : uint8_t {
  kBearer,    // authorization: Bearer KEY
  kXApiKey,   // x-api-key: KEY
  kXGoogKey,  // x-goog-api-key: KEY
  kApiKey,    // api-key: KEY
  kNone,
};
enum class KeyNeed : uint8_t { kRequired, kOptional, kNone };
enum class ThinkMode : uint8_t { kAuto, kOpen, kOff };

// One row; the columns are explained at the head of providers.yaml.
struct Provider {
  std::string name;
  std::string title;
  std::string base_url;
  std::string endpoint_env;
  std::string versioned_url;
  std::vector<std::string> key_env;
  std::string keys_page;
  std::string wire = "openai-chat";
  std::string price_prefix;
  std::string max_tokens_field = "max_tokens";
  std::string seed_field = "seed";
  std::vector<std::string> headers;
  std::string docs;
  int64_t max_tokens_default = -1;
  KeyNeed key = KeyNeed::kRequired;
  AuthStyle auth = AuthStyle::kBearer;
  ThinkMode think = ThinkMode::kAuto;
  bool stream_usage = true;
  bool managed = false;
  bool batch = false;  // has a batch endpoint of its wire format's kind
};

// The header that carries a key: "authorization: Bearer " and so on; empty for kNone.
std::string_view auth_prefix(AuthStyle auth);

class ProviderTable {
 public:
  static constexpr size_t kRowsMax = 1000;

  // The shipped rows, then what `providers:` of the configuration changes. An empty text changes
  // nothing; members of the configuration besides `providers` are not looked at.
  static Result<ProviderTable> load(std::string_view config_text, const std::string& config_name);

  [[nodiscard]] const Provider* find(std::string_view name) const;
  [[nodiscard]] const std::vector<Provider>& rows() const { return rows_; }

 private:
  Result<void> add(const YamlNode& map);

  std::vector<Provider> rows_;
};

// A shipped row, for whoever knows its name. kNotFound names the nearest.
Result<Provider> find_provider(std::string_view name);

}  // namespace assay::backends
