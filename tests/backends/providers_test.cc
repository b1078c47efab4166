#include "backends/providers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "backends/codec/wire_codec.h"

namespace assay::backends {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

ProviderTable table_of(const std::string& config) {
  Result<ProviderTable> table = ProviderTable::load(config, "assay.yaml");
  EXPECT_TRUE(table) << table.error().text();
  return table ? std::move(table).value() : ProviderTable();
}

std::string load_error(const std::string& config) {
  const Result<ProviderTable> table = ProviderTable::load(config, "assay.yaml");
  return table ? "no error" : table.error().text();
}

TEST(Providers, TheShippedOnesAreAllThere) {
  const ProviderTable table = table_of("");
  for (const char* name :
       {"openai",     "azure",    "deepseek",  "openrouter", "anthropic", "gemini",     "mistral",
        "groq",       "together", "fireworks", "xai",        "upstage",   "hyperclova", "nvidia",
        "vllm",       "sglang",   "llama-cpp", "lmstudio",   "tgi",       "ollama",     "cerebras",
        "perplexity", "moonshot", "dashscope", "zhipu",      "cohere"}) {
    EXPECT_NE(table.find(name), nullptr) << name;
  }
  EXPECT_EQ(table.find("nobody"), nullptr);
}

TEST(Providers, EachShippedRowIsComplete) {
  const std::vector<std::string> formats = wire_formats();
  const ProviderTable table = table_of("");
  for (const Provider& row : table.rows()) {
    EXPECT_FALSE(row.title.empty()) << row.name;
    EXPECT_THAT(row.docs, StartsWith("https://")) << row.name;
    EXPECT_THAT(formats, ::testing::Contains(row.wire)) << row.name;
    const bool local = row.base_url.starts_with("http://127.0.0.1:");
    EXPECT_EQ(row.key == KeyNeed::kRequired, !local) << row.name;
    if (local) continue;
    EXPECT_TRUE(row.base_url.starts_with("https://") || row.base_url.starts_with("{endpoint}"))
        << row.name;
    EXPECT_FALSE(row.key_env.empty()) << row.name;
    EXPECT_THAT(row.keys_page, StartsWith("https://")) << row.name;
    EXPECT_FALSE(row.price_prefix.empty()) << row.name;
    EXPECT_NE(row.auth, AuthStyle::kNone) << row.name;
    EXPECT_FALSE(row.managed) << row.name;
  }
}

TEST(Providers, PeculiaritiesAreRead) {
  const ProviderTable table = table_of("");
  EXPECT_EQ(table.find("openai")->max_tokens_field, "max_completion_tokens");
  EXPECT_EQ(table.find("openai")->think, ThinkMode::kOff);
  EXPECT_EQ(table.find("mistral")->seed_field, "random_seed");
  EXPECT_FALSE(table.find("mistral")->stream_usage);
  EXPECT_EQ(table.find("anthropic")->max_tokens_default, 4096);
  EXPECT_EQ(table.find("anthropic")->auth, AuthStyle::kXApiKey);
  EXPECT_EQ(table.find("gemini")->auth, AuthStyle::kXGoogKey);
  EXPECT_THAT(table.find("gemini")->key_env, ElementsAre("GEMINI_API_KEY", "GOOGLE_API_KEY"));
  EXPECT_EQ(table.find("azure")->auth, AuthStyle::kApiKey);
  EXPECT_TRUE(table.find("ollama")->managed);
  EXPECT_EQ(table.find("ollama")->wire, "ollama");
}

TEST(Providers, ANewOneIsOneRow) {
  const ProviderTable table = table_of(
      "models: [x:y]\n"
      "providers:\n"
      "  corp: {base_url: https://llm.corp.example/v1, key_env: CORP_KEY, key: required}\n"
      "  plain: {base_url: 'http://10.0.0.7:8000/v1'}\n");
  const Provider* corp = table.find("corp");
  ASSERT_NE(corp, nullptr);
  EXPECT_EQ(corp->title, "corp");
  EXPECT_EQ(corp->wire, "openai-chat");
  EXPECT_EQ(corp->auth, AuthStyle::kBearer);
  EXPECT_THAT(corp->key_env, ElementsAre("CORP_KEY"));
  EXPECT_EQ(corp->key, KeyNeed::kRequired);
  EXPECT_EQ(table.find("plain")->key, KeyNeed::kOptional);
}

TEST(Providers, AnOverrideChangesItsColumnsAlone) {
  const ProviderTable table =
      table_of("providers:\n  deepseek: {base_url: https://proxy.example/deepseek}\n");
  EXPECT_EQ(table.find("deepseek")->base_url, "https://proxy.example/deepseek");
  EXPECT_THAT(table.find("deepseek")->key_env, ElementsAre("DEEPSEEK_API_KEY"));
  EXPECT_EQ(table.find("deepseek")->key, KeyNeed::kRequired);
  EXPECT_EQ(table.find("deepseek")->title, "DeepSeek");
  EXPECT_EQ(table.rows().size(), table_of("").rows().size());
}

TEST(Providers, ErrorsOfUserRowsStandAtTheirPlace) {
  struct Case {
    const char* row;
    const char* message;
  };
  for (const Case& one : {
           Case{"{}",
                "assay.yaml:2:6: provider `p` has no `base_url`, expected for example "
                "`base_url: https://api.example.com/v1`"},
           Case{"text", "assay.yaml:2:6: provider `p` is `text`, expected base_url, key_env ..."},
           Case{"{base_url: llm.example}",
                "assay.yaml:2:17: `base_url`: `llm.example` is no URL, expected http://... or "
                "https://..."},
           Case{"{base_url: 'https://u:pw@h/v1'}",
                "assay.yaml:2:17: `base_url` holds a user or password; keys belong in `key_env`"},
           Case{"{base_url: https://h/v1, wire: openai-chatt}",
                "assay.yaml:2:37: `wire` is `openai-chatt`, expected one of "},
           Case{"{base_url: https://h/v1, auth: basic}",
                "assay.yaml:2:37: `auth` is `basic`, expected one of bearer, x-api-key, "
                "x-goog-api-key, api-key, none"},
           Case{"{base_url: https://h/v1, key_evn: K}",
                "assay.yaml:2:31: unknown key `key_evn` in provider `p`, did you mean `key_env`?"},
           Case{"{base_url: https://h/v1, key_env: 'sk-123 456'}",
                "assay.yaml:2:40: `key_env` is no name of a variable, expected letters, digits and "
                "`_` (keys themselves do not belong here)"},
           Case{"{base_url: https://h/v1, stream_usage: perhaps}",
                "assay.yaml:2:45: `stream_usage` is `perhaps`, expected true or false"},
           Case{"{base_url: https://h/v1, max_tokens_default: 0}",
                "assay.yaml:2:51: `max_tokens_default` is `0`, expected a whole number from 1 to "
                "10000000"},
           Case{"{base_url: https://h/v1, headers: 'authorization: Bearer x'}",
                "assay.yaml:2:40: header `authorization` carries a key; keys come from the "
                "environment or a file: key_env=NAME or key_file=FILE"},
       }) {
    EXPECT_THAT(load_error(std::string("providers:\n  p: ") + one.row + "\n"),
                StartsWith(one.message));
  }
  EXPECT_EQ(load_error("providers: [a]\n"),
            "assay.yaml:1:12: `providers` is a list, expected a mapping from names to rows");
  EXPECT_EQ(load_error("providers:\n  My Corp: {base_url: https://h}\n"),
            "assay.yaml:2:12: provider `My Corp`, expected a name of lower-case letters, digits, "
            "`-` and `_`");
}

TEST(Providers, FindProvider) {
  EXPECT_EQ(find_provider("vllm")->base_url, "http://127.0.0.1:8000/v1");
  const Result<Provider> none = find_provider("vlm");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().text(), "unknown provider `vlm`, did you mean `vllm`?");
}

}  // namespace
}  // namespace assay::backends
