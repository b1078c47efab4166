#include "backends/providers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "backends/codec/wire_codec.h"
#include "backends/providers_text.h"
#include "backends/url.h"
#include "harness/base/nearest.h"

namespace assay::backends {
namespace {

template <typename T>
struct Word {
  std::string_view text;
  T value;
};
constexpr std::array kAuthWords = {Word<AuthStyle>{"bearer", AuthStyle::kBearer},
                                   Word<AuthStyle>{"x-api-key", AuthStyle::kXApiKey},
                                   Word<AuthStyle>{"x-goog-api-key", AuthStyle::kXGoogKey},
                                   Word<AuthStyle>{"api-key", AuthStyle::kApiKey},
                                   Word<AuthStyle>{"none", AuthStyle::kNone}};
constexpr std::array kKeyWords = {Word<KeyNeed>{"required", KeyNeed::kRequired},
                                  Word<KeyNeed>{"optional", KeyNeed::kOptional},
                                  Word<KeyNeed>{"none", KeyNeed::kNone}};
constexpr std::array kThinkWords = {Word<ThinkMode>{"auto", ThinkMode::kAuto},
                                    Word<ThinkMode>{"open", ThinkMode::kOpen},
                                    Word<ThinkMode>{"off", ThinkMode::kOff}};

const std::vector<std::string>& columns() {
  static const std::vector<std::string> kColumns = {"title",
                                                    "base_url",
                                                    "endpoint_env",
                                                    "versioned_url",
                                                    "key_env",
                                                    "key",
                                                    "keys_page",
                                                    "wire",
                                                    "auth",
                                                    "price_prefix",
                                                    "max_tokens_field",
                                                    "seed_field",
                                                    "stream_usage",
                                                    "max_tokens_default",
                                                    "think",
                                                    "headers",
                                                    "managed",
                                                    "batch",
                                                    "docs"};
  return kColumns;
}

Result<void> read_text(const YamlNode& row, const char* column, std::string& out) {
  const YamlNode* node = row.find(column);
  if (node == nullptr) return {};
  ASSAY_TRY(out, node->as_string(column));
  return {};
}

Result<void> read_one_of(const YamlNode& row, const char* column,
                         const std::vector<std::string>& words, std::string& out) {
  const YamlNode* node = row.find(column);
  if (node == nullptr) return {};
  ASSAY_TRY(std::string text, node->as_string(column));
  if (std::find(words.begin(), words.end(), text) == words.end()) {
    return node->error(fmt::format("`{}` is `{}`, expected one of {}{}", column, text,
                                   fmt::join(words, ", "), did_you_mean(text, words)));
  }
  out = std::move(text);
  return {};
}

template <typename T, size_t N>
Result<void> read_word(const YamlNode& row, const char* column, const std::array<Word<T>, N>& words,
                       T& out) {
  std::vector<std::string> known;
  known.reserve(N);
  for (const Word<T>& word : words) known.emplace_back(word.text);
  std::string text;
  ASSAY_TRY_VOID(read_one_of(row, column, known, text));
  for (const Word<T>& word : words) {
    if (word.text == text) out = word.value;
  }
  return {};
}

Result<void> read_identifier(const YamlNode& row, const char* column, std::string& out) {
  ASSAY_TRY_VOID(read_text(row, column, out));
  if (is_identifier(out) || out.empty()) return {};
  return row.find(column)->error(
      fmt::format("`{}` is `{}`, expected letters, digits and `_`", column, out));
}

Result<void> check_url(const YamlNode& row, const char* column, const std::string& url) {
  const YamlNode* node = row.find(column);
  if (node == nullptr) return {};
  std::string sample = url;
  for (const auto& [mark, stand_in] :
       {std::pair{"{endpoint}", "https://host"}, std::pair{"{model}", "model"}}) {
    if (const size_t at = sample.find(mark); at != std::string::npos)
      sample.replace(at, std::string_view(mark).size(), stand_in);
  }
  const Result<Url> parsed = parse_url(sample);
  if (!parsed) return node->error(fmt::format("`{}`: {}", column, parsed.error().message));
  if (!parsed->userinfo.empty())
    return node->error(
        fmt::format("`{}` holds a user or password; keys belong in `key_env`", column));
  return {};
}

Result<void> read_urls(const YamlNode& row, Provider& provider) {
  ASSAY_TRY_VOID(read_text(row, "base_url", provider.base_url));
  ASSAY_TRY_VOID(check_url(row, "base_url", provider.base_url));
  ASSAY_TRY_VOID(read_text(row, "versioned_url", provider.versioned_url));
  ASSAY_TRY_VOID(check_url(row, "versioned_url", provider.versioned_url));
  return read_identifier(row, "endpoint_env", provider.endpoint_env);
}

Result<void> read_key(const YamlNode& row, Provider& provider) {
  if (const YamlNode* node = row.find("key_env")) {
    ASSAY_TRY(provider.key_env, node->as_strings("key_env"));
    for (const std::string& variable : provider.key_env) {
      // What stands here instead may be a key: it is not repeated.
      if (!is_identifier(variable))
        return node->error(
            "`key_env` is no name of a variable, expected letters, digits and `_` "
            "(keys themselves do not belong here)");
    }
  }
  ASSAY_TRY_VOID(read_word(row, "key", kKeyWords, provider.key));
  ASSAY_TRY_VOID(read_text(row, "keys_page", provider.keys_page));
  return read_word(row, "auth", kAuthWords, provider.auth);
}

Result<void> read_headers(const YamlNode& row, Provider& provider) {
  const YamlNode* node = row.find("headers");
  if (node == nullptr) return {};
  ASSAY_TRY(provider.headers, node->as_strings("headers"));
  for (const std::string& header : provider.headers) {
    const Result<void> sound = check_header(header);
    if (!sound) return node->error(sound.error().message);
  }
  return {};
}

Result<void> read_format(const YamlNode& row, Provider& provider) {
  ASSAY_TRY_VOID(read_one_of(row, "wire", wire_formats(), provider.wire));
  ASSAY_TRY_VOID(read_identifier(row, "max_tokens_field", provider.max_tokens_field));
  ASSAY_TRY_VOID(read_identifier(row, "seed_field", provider.seed_field));
  if (const YamlNode* node = row.find("stream_usage")) {
    ASSAY_TRY(provider.stream_usage, node->as_bool("stream_usage"));
  }
  if (const YamlNode* node = row.find("max_tokens_default")) {
    ASSAY_TRY(provider.max_tokens_default, node->as_integer("max_tokens_default", 1, 10'000'000));
  }
  return read_word(row, "think", kThinkWords, provider.think);
}

// The columns that the row has; others stay as they are.
Result<void> read_row(const YamlNode& row, Provider& provider) {
  if (!row.is_map()) {
    return row.error(fmt::format("provider `{}` is {}, expected base_url, key_env ...",
                                 provider.name, row.type_name()));
  }
  ASSAY_TRY_VOID(refuse_unknown_keys(row, fmt::format("provider `{}`", provider.name), columns()));
  ASSAY_TRY_VOID(read_text(row, "title", provider.title));
  ASSAY_TRY_VOID(read_urls(row, provider));
  ASSAY_TRY_VOID(read_key(row, provider));
  ASSAY_TRY_VOID(read_format(row, provider));
  ASSAY_TRY_VOID(read_headers(row, provider));
  ASSAY_TRY_VOID(read_text(row, "price_prefix", provider.price_prefix));
  ASSAY_TRY_VOID(read_text(row, "docs", provider.docs));
  if (const YamlNode* node = row.find("managed")) {
    ASSAY_TRY(provider.managed, node->as_bool("managed"));
  }
  if (const YamlNode* node = row.find("batch")) {
    ASSAY_TRY(provider.batch, node->as_bool("batch"));
  }
  if (provider.base_url.empty()) {
    return row.error(
        fmt::format("provider `{}` has no `base_url`, expected for example "
                    "`base_url: https://api.example.com/v1`",
                    provider.name));
  }
  if (provider.title.empty()) provider.title = provider.name;
  // A row without a variable has no key, unless it says that one is needed.
  if (provider.key_env.empty() && row.find("key") == nullptr) provider.key = KeyNeed::kOptional;
  return {};
}

bool is_provider_name(std::string_view name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string_view::npos;
}

}  // namespace

std::string_view auth_prefix(AuthStyle auth) {
  switch (auth) {
    case AuthStyle::kBearer:
      return "authorization: Bearer ";
    case AuthStyle::kXApiKey:
      return "x-api-key: ";
    case AuthStyle::kXGoogKey:
      return "x-goog-api-key: ";
    case AuthStyle::kApiKey:
      return "api-key: ";
    case AuthStyle::kNone:
      break;
  }
  return "";
}

Result<ProviderTable> ProviderTable::load(std::string_view config_text,
                                          const std::string& config_name) {
  ProviderTable table;
  ASSAY_TRY(const YamlNode shipped, read_yaml(kProvidersText, "providers.yaml"));
  ASSAY_TRY_VOID(table.add(shipped));
  if (config_text.empty()) return table;
  ASSAY_TRY(const YamlNode config, read_yaml(config_text, config_name));
  if (const YamlNode* rows = config.find("providers")) ASSAY_TRY_VOID(table.add(*rows));
  return table;
}

Result<void> ProviderTable::add(const YamlNode& map) {
  if (!map.is_map()) {
    return map.error(
        fmt::format("`providers` is {}, expected a mapping from names to rows", map.type_name()));
  }
  for (const YamlMember& member : map.members) {
    if (!is_provider_name(member.key)) {
      return member.value.error(fmt::format(
          "provider `{}`, expected a name of lower-case letters, digits, `-` and `_`", member.key));
    }
    const auto same = std::find_if(rows_.begin(), rows_.end(),
                                   [&](const Provider& row) { return row.name == member.key; });
    Provider provider;
    if (same != rows_.end()) provider = *same;
    provider.name = member.key;
    ASSAY_TRY_VOID(read_row(member.value, provider));
    if (same != rows_.end()) {
      *same = std::move(provider);
    } else if (rows_.size() == kRowsMax) {
      return member.value.error(fmt::format("more than {} providers (limit kRowsMax)", kRowsMax));
    } else {
      rows_.push_back(std::move(provider));
    }
  }
  return {};
}

const Provider* ProviderTable::find(std::string_view name) const {
  const auto it = std::find_if(rows_.begin(), rows_.end(),
                               [&](const Provider& row) { return row.name == name; });
  return it == rows_.end() ? nullptr : &*it;
}

Result<Provider> find_provider(std::string_view name) {
  ASSAY_TRY(const ProviderTable table, ProviderTable::load("", ""));
  if (const Provider* provider = table.find(name)) return *provider;
  std::vector<std::string> known;
  known.reserve(table.rows().size());
  for (const Provider& row : table.rows()) known.push_back(row.name);
  return Error{ErrorCode::kNotFound,
               fmt::format("unknown provider `{}`{}", name, did_you_mean(name, known)), ""};
}

}  // namespace assay::backends
