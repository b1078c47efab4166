#include "backends/endpoint_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace assay::backends {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Keys of these tests, and nothing else, are in the environment.
class EndpointTest : public ::testing::Test {
 protected:
  EndpointTest() {
    setenv("OPENAI_API_KEY", "sk-openai-0123456789", 1);
    setenv("ASSAY_TEST_KEY", "sk-test-0123456789", 1);
    for (const char* name : {"DEEPSEEK_API_KEY", "AZURE_OPENAI_ENDPOINT", "VLLM_API_KEY",
                             "GEMINI_API_KEY", "GOOGLE_API_KEY"})
      unsetenv(name);
    setenv("AZURE_OPENAI_API_KEY", "azure-0123456789", 1);
    context_.warn = [this](const std::string& text) { warnings_.push_back(text); };
  }

  Result<EndpointSpec> read(const std::string& text) {
    ASSAY_TRY(const ModelSpec spec, parse_model_spec(text));
    if (spec.backend == "http" || spec.backend == "https")
      return read_endpoint(spec, plain_http_provider(spec.backend), context_);
    ASSAY_TRY(const ProviderTable table, ProviderTable::load("", ""));
    return read_endpoint(spec, *table.find(spec.backend), context_);
  }
  EndpointSpec endpoint(const std::string& text) {
    Result<EndpointSpec> read_one = read(text);
    EXPECT_TRUE(read_one) << read_one.error().text();
    return read_one ? std::move(read_one).value() : EndpointSpec{};
  }
  std::string error(const std::string& text) {
    const Result<EndpointSpec> read_one = read(text);
    return read_one ? "no error" : read_one.error().text();
  }
  std::string config(const std::string& text) { return endpoint(text).traits.config; }

  BackendContext context_;
  std::vector<std::string> warnings_;
};

TEST_F(EndpointTest, WhereRequestsGo) {
  struct Case {
    const char* spec;
    const char* url;
    const char* model;
    const char* wire;
  };
  context_.keys_required = false;
  for (const Case& one : {
           Case{"openai:gpt-4o?temperature=0", "https://api.openai.com/v1/p", "gpt-4o",
                "openai-chat"},
           Case{"openrouter:deepseek/deepseek-r1", "https://openrouter.ai/api/v1/p",
                "deepseek/deepseek-r1", "openai-chat"},
           Case{"deepseek:deepseek-chat", "https://api.deepseek.com/p", "deepseek-chat",
                "openai-chat"},
           Case{"azure:my-gpt?endpoint=https://X.openai.azure.com/",
                "https://x.openai.azure.com/openai/v1/p", "my-gpt", "openai-chat"},
           Case{"azure:my gpt?endpoint=https://x.openai.azure.com&api_version=2024-10-21",
                "https://x.openai.azure.com/openai/deployments/my%20gpt/p?api-version=2024-10-21",
                "my gpt", "openai-chat"},
           Case{"http://127.0.0.1:8000/v1#Qwen/Qwen3-8B", "http://127.0.0.1:8000/v1/p",
                "Qwen/Qwen3-8B", "openai-chat"},
           Case{"http://127.0.0.1:8000#m", "http://127.0.0.1:8000/v1/p", "m", "openai-chat"},
           Case{"http://127.0.0.1:8080/v1#m?wire=llama-cpp", "http://127.0.0.1:8080/p", "m",
                "llama-cpp"},
           Case{"https://h.example/api/v2/#m?wire=openai-completions", "https://h.example/api/v2/p",
                "m", "openai-completions"},
           Case{"ollama:qwen3:8b", "http://127.0.0.1:11434/p", "qwen3:8b", "ollama"},
           Case{"ollama:qwen3:8b?wire=openai-chat", "http://127.0.0.1:11434/v1/p", "qwen3:8b",
                "openai-chat"},
           Case{"vllm:m?base_url=http://10.0.0.7:9000/v1", "http://10.0.0.7:9000/v1/p", "m",
                "openai-chat"},
           Case{"anthropic:claude-x", "https://api.anthropic.com/v1/p", "claude-x", "anthropic"},
       }) {
    const EndpointSpec spec = endpoint(one.spec);
    EXPECT_EQ(spec.url_of("/p"), one.url) << one.spec;
    EXPECT_EQ(spec.options.model, one.model);
    EXPECT_EQ(spec.wire, one.wire);
  }
  EXPECT_EQ(endpoint("gemini:g").url_of("/m:s?alt=sse"),
            "https://generativelanguage.googleapis.com/v1beta/m:s?alt=sse");
}

TEST_F(EndpointTest, EveryParameterArrives) {
  const EndpointSpec spec = endpoint(
      "openai:gpt?temperature=0.5&top_p=0.9&top_k=40&min_p=0.05&max_tokens=100&seed=7&"
      "presence_penalty=-1&frequency_penalty=1.5&stop=END&reasoning_effort=high&thinking_budget="
      "2048&think=open&think_tag=%3Ca%3E,%3C/a%3E&stream=0&keep_wire&system=developer&"
      "max_tokens_field=max_tokens&header=X-A: b&extra_body=%7B%22k%22: [1]%7D&rpm=60&tpm=1000&"
      "concurrency=4&price_in=0.55&price_out=2.19&price_cached=0.14&price_cache_write=0.7&"
      "price_request=0.001&timeout=90&connect_timeout=3&first_token_timeout=30s&stall_timeout=20&"
      "proxy=http://127.0.0.1:3128&insecure=1&http=1.1&client=curl");
  const WireOptions& options = spec.options;
  EXPECT_EQ(options.params.temperature, 0.5);
  EXPECT_EQ(options.params.top_p, 0.9);
  EXPECT_EQ(options.params.top_k, 40);
  EXPECT_EQ(options.params.min_p, 0.05);
  EXPECT_EQ(options.params.max_tokens, 100);
  EXPECT_EQ(options.params.seed, 7U);
  EXPECT_EQ(options.params.presence_penalty, -1);
  EXPECT_EQ(options.params.frequency_penalty, 1.5);
  EXPECT_THAT(options.params.stop, ElementsAre("END"));
  EXPECT_EQ(options.reasoning_effort, "high");
  EXPECT_EQ(options.thinking_budget, 2048);
  EXPECT_TRUE(options.reasoning.opened_by_template);
  EXPECT_FALSE(options.reasoning.off);
  EXPECT_EQ(options.reasoning.tags.front(), std::pair(std::string("<a>"), std::string("</a>")));
  EXPECT_FALSE(options.stream);
  EXPECT_TRUE(options.keep_wire);
  EXPECT_EQ(spec.system, SystemMode::kDeveloper);
  EXPECT_EQ(options.max_tokens_field, "max_tokens");
  EXPECT_THAT(spec.http.headers, ElementsAre("X-A: b"));
  EXPECT_EQ(options.extra_body, R"({"k":[1]})");
  EXPECT_EQ(spec.traits.requests_per_minute, 60);
  EXPECT_EQ(spec.traits.tokens_per_minute, 1000);
  EXPECT_EQ(spec.traits.concurrency_default, 4U);
  EXPECT_FALSE(spec.traits.concurrency_auto);
  ASSERT_TRUE(spec.traits.prices.known());
  const Rates& rates = spec.traits.prices.periods.front().rates;
  EXPECT_EQ(rates.get(Billed::kInput)->text(), "0.55");
  EXPECT_EQ(rates.get(Billed::kOutput)->text(), "2.19");
  EXPECT_EQ(rates.get(Billed::kCachedInput)->text(), "0.14");
  EXPECT_EQ(rates.get(Billed::kCacheWrite)->text(), "0.7");
  EXPECT_EQ(rates.get(Billed::kRequest)->text(), "0.001");
  EXPECT_EQ(spec.http.total_timeout, std::chrono::seconds(90));
  EXPECT_EQ(spec.http.connect_timeout, std::chrono::seconds(3));
  EXPECT_EQ(spec.http.first_token_timeout, std::chrono::seconds(30));
  EXPECT_EQ(spec.http.stall_timeout, std::chrono::seconds(20));
  EXPECT_EQ(spec.http.proxy, "http://127.0.0.1:3128");
  EXPECT_TRUE(spec.http.insecure);
  EXPECT_EQ(spec.http.version, HttpVersion::k11);
  EXPECT_TRUE(spec.curl_only);
}

TEST_F(EndpointTest, DefaultsAndTraits) {
  const EndpointSpec remote = endpoint("openai:gpt");
  EXPECT_TRUE(remote.options.stream);
  EXPECT_FALSE(remote.options.params.temperature.has_value());
  EXPECT_TRUE(remote.traits.concurrency_auto);
  EXPECT_FALSE(remote.traits.local);
  EXPECT_FALSE(remote.traits.prices.known());
  EXPECT_EQ(remote.traits.version, "OpenAI openai-chat");
  EXPECT_FALSE(remote.http.insecure);
  EXPECT_TRUE(endpoint("vllm:m").traits.local);
  EXPECT_TRUE(endpoint("http://localhost:1/v1#m").traits.local);
  EXPECT_FALSE(endpoint("http://10.0.0.7:1/v1#m").traits.local);
  context_.timeout = std::chrono::seconds(5);
  EXPECT_EQ(endpoint("openai:gpt").http.total_timeout, std::chrono::seconds(5));
  EXPECT_EQ(endpoint("openai:gpt?timeout=7").http.total_timeout, std::chrono::seconds(7));
}

TEST_F(EndpointTest, PresetR1AndWhatWinsOverIt) {
  const EndpointSpec preset = endpoint("openai:m?preset=r1");
  EXPECT_EQ(preset.options.params.temperature, 0.6);
  EXPECT_EQ(preset.options.params.top_p, 0.95);
  EXPECT_EQ(preset.options.params.max_tokens, 32768);
  EXPECT_EQ(preset.system, SystemMode::kDrop);
  const EndpointSpec changed = endpoint("openai:m?preset=r1&max_tokens=100&system=keep");
  EXPECT_EQ(changed.options.params.max_tokens, 100);
  EXPECT_EQ(changed.options.params.temperature, 0.6);
  EXPECT_EQ(changed.system, SystemMode::kKeep);
}

TEST_F(EndpointTest, ConfigHoldsWhatCanChangeAnAnswer) {
  EXPECT_EQ(config("http://127.0.0.1:8000/v1#m?temperature=0&think=off&think_tag=x,y"),
            "remote v1\n"
            "base=\"http://127.0.0.1:8000/v1\"\n"
            "wire=\"openai-chat\"\n"
            "model=\"m\"\n"
            "temperature=0\n"
            "think=off\n"
            "tag=\"x,y\"\n"
            "tag=\"<think>,</think>\"\n"
            "tag=\"<thinking>,</thinking>\"\n"
            "tag=\"<reasoning>,</reasoning>\"\n"
            "tag=\"[THINK],[/THINK]\"\n"
            "tag=\"<seed:think>,</seed:think>\"\n"
            "tag=\"◁think▷,◁/think▷\"\n"
            "max_tokens_field=\"max_tokens\"\n"
            "seed_field=\"seed\"");
  const std::string base = config("openai:m");
  for (const char* changes : {"temperature=0",
                              "top_p=1",
                              "top_k=1",
                              "min_p=0",
                              "max_tokens=5",
                              "seed=1",
                              "presence_penalty=0",
                              "frequency_penalty=0",
                              "stop=x",
                              "reasoning_effort=low",
                              "thinking_budget=5",
                              "think=open",
                              "think_tag=a,b",
                              "system=drop",
                              "preset=r1",
                              "extra_body=%7B%22a%22:1%7D",
                              "max_tokens_field=max_tokens",
                              "header=a: b",
                              "wire=openai-responses",
                              "base_url=https://api.example.com/v1",
                              "api_version=1"})
    EXPECT_NE(config(std::string("openai:m?") + changes), base) << changes;
  for (const char* keeps :
       {"timeout=5", "connect_timeout=5", "first_token_timeout=5", "stall_timeout=5", "rpm=5",
        "tpm=5", "concurrency=5", "price_in=1&price_out=1",
        "price_in=1&price_out=1&price_request=1", "stream=0", "proxy=http://p:1", "insecure=1",
        "http=1.1", "client=curl", "keep_wire=1", "key_env=ASSAY_TEST_KEY", "think=off"})
    EXPECT_EQ(config(std::string("openai:m?") + keeps), base) << keeps;
}

TEST_F(EndpointTest, ConfigHoldsNoSecret) {
  EXPECT_EQ(config("http://me:password99@h.example/v1#m"), config("http://h.example/v1#m"));
  EXPECT_THAT(config("openai:m"), Not(HasSubstr("sk-openai")));
}

TEST_F(EndpointTest, KeysComeFromTheEnvironmentOrAFile) {
  EXPECT_EQ(endpoint("openai:m").key.reveal(), "sk-openai-0123456789");
  EXPECT_EQ(endpoint("openai:m").key_label, "[OPENAI_API_KEY]");
  EXPECT_EQ(endpoint("openai:m?key_env=ASSAY_TEST_KEY").key.reveal(), "sk-test-0123456789");
  const test::TempDir dir;
  const std::string path = dir.write("key", "sk-file-0123456789\n");
  const EndpointSpec from_file = endpoint("openai:m?key_file=" + path);
  EXPECT_EQ(from_file.key.reveal(), "sk-file-0123456789");
  EXPECT_EQ(from_file.key_label, "[key_file]");
  EXPECT_TRUE(endpoint("vllm:m").key.empty());
  setenv("GOOGLE_API_KEY", "google-0123456789", 1);
  EXPECT_EQ(endpoint("gemini:m").key_label, "[GOOGLE_API_KEY]");
  EXPECT_EQ(endpoint("http://h/v1#m").key.empty(), true);
}

TEST_F(EndpointTest, AMissingKeySaysWhatToDo) {
  EXPECT_EQ(error("deepseek:m"),
            "model `deepseek:m`: no key: set DEEPSEEK_API_KEY or give key_file=FILE; keys of "
            "DeepSeek are made at https://platform.deepseek.com/api_keys");
  EXPECT_EQ(error("gemini:m"),
            "model `gemini:m`: no key: set GEMINI_API_KEY or GOOGLE_API_KEY or give "
            "key_file=FILE; keys of Google Gemini are made at https://aistudio.google.com/apikey");
  EXPECT_EQ(error("http://h/v1#m?key_env=ASSAY_NO_SUCH_KEY"),
            "model `http://h/v1#m?key_env=ASSAY_NO_SUCH_KEY`: no key: set ASSAY_NO_SUCH_KEY or "
            "give key_file=FILE");
  context_.keys_required = false;
  EXPECT_THAT(endpoint("deepseek:m").key_missing, HasSubstr("set DEEPSEEK_API_KEY"));
}

TEST_F(EndpointTest, CredentialsOfAUrlAreTakenApart) {
  const ModelSpec spec = *parse_model_spec("http://me:pass%3Aword@h.example:8/v1#m?seed=1");
  EXPECT_EQ(spec.text, "http://[redacted]@h.example:8/v1#m?seed=1");
  EXPECT_EQ(spec.name, "//h.example:8/v1#m");
  EXPECT_EQ(spec.credentials.reveal(), "me:pass:word");
  const EndpointSpec parsed = endpoint("http://me:pass%3Aword@h.example:8/v1#m");
  EXPECT_EQ(parsed.base.userinfo.reveal(), "me:pass:word");
  EXPECT_EQ(parsed.url_of("/p"), "http://h.example:8/v1/p");
  EXPECT_EQ(parse_model_spec("http://h/v1#a@b")->name, "//h/v1#a@b");
  EXPECT_EQ(error("vllm:m?base_url=http://me:geheim123@h/v1"),
            "model `vllm:m?base_url=http://[redacted]@h/v1`: a URL with a user or password is "
            "taken only as http://USER:PASSWORD@...; keys come from key_env=NAME or key_file=FILE");
  EXPECT_EQ(error("openai:m?proxy=http://me:geheim123@p:1"),
            "model `openai:m?proxy=http://[redacted]@p:1`: parameter `proxy` holds a user or "
            "password; give it by the variable HTTPS_PROXY");
}

TEST_F(EndpointTest, AKeyOverPlainHttpIsAWarning) {
  (void)endpoint("http://127.0.0.1:8/v1#m?key_env=ASSAY_TEST_KEY");
  EXPECT_TRUE(warnings_.empty());
  (void)endpoint("http://10.0.0.7:8/v1#m?key_env=ASSAY_TEST_KEY");
  EXPECT_THAT(warnings_, ElementsAre("model `http://10.0.0.7:8/v1#m?key_env=ASSAY_TEST_KEY`: the "
                                     "key travels unencrypted over http://"));
}

TEST_F(EndpointTest, ErrorsNameFoundAndExpected) {
  struct Case {
    const char* spec;
    const char* message;
  };
  for (const Case& one : {
           Case{"openai:", "names no model, expected openai:MODEL"},
           Case{"http://h/v1", "names no model, expected http://HOST:PORT/v1#MODEL[?key=value]"},
           Case{"https://h/v1#", "names no model, expected https://HOST:PORT/v1#MODEL[?key=value]"},
           Case{"http://h:x/v1#m", "port `x`, expected 1..65535"},
           Case{"openai:m?base_url=h", "`h` is no URL, expected http://... or https://..."},
           Case{"azure:m", "no endpoint: give ?endpoint=https://... or set AZURE_OPENAI_ENDPOINT"},
           Case{"openai:m?temperature=hot",
                "parameter `temperature` is `hot`, expected a number 0..10"},
           Case{"openai:m?think=maybe",
                "parameter `think` is `maybe`, expected one of auto, open, off"},
           Case{"openai:m?think_tag=x",
                "parameter `think_tag` is `x`, expected OPENING,CLOSING like <think>,</think>"},
           Case{"openai:m?extra_body=[1]",
                "parameter `extra_body` is a list, expected a JSON object"},
           Case{"openai:m?concurrency=0",
                "parameter `concurrency` is `0`, expected auto or an integer 1..4096"},
           Case{"openai:m?price_in=cheap",
                "parameter `price_in` is `cheap`, expected a price per million tokens like 0.55"},
           Case{"openai:m?price_in=-1",
                "parameter `price_in` is `-1`, expected a price per million tokens like 0.55"},
           Case{"openai:m?price_in=1",
                "prices are given without `price_out`, expected both `price_in` and `price_out`"},
           Case{"openai:m?timeout=0", "parameter `timeout` is 0, expected a longer duration"},
           Case{"openai:m?ca_file=/no/such.pem",
                "parameter `ca_file` is `/no/such.pem`, which cannot be read"},
           Case{"openai:m?http=3",
                "parameter `http` is `3`, expected one of auto, 1.1, 2, did you mean `2`?"},
           Case{"openai:m?preset=r2",
                "parameter `preset` is `r2`, expected one of r1, did you mean `r1`?"},
           Case{"openai:m?header=x-api-key: k",
                "header `x-api-key` carries a key; keys come from the environment or a file: "
                "key_env=NAME or key_file=FILE"},
           Case{"openai:m?key_env=A&key_file=b",
                "both `key_env` and `key_file` are given, expected one of them"},
       }) {
    EXPECT_EQ(error(one.spec), std::string("model `") + one.spec + "`: " + one.message);
  }
  EXPECT_THAT(error("openai:m?wire=openai"),
              HasSubstr("parameter `wire` is `openai`, expected one of "));
  EXPECT_THAT(
      error("openai:m?temprature=0"),
      HasSubstr("unknown parameter `temprature`, did you mean `temperature`? known: "
                "api_version, base_url, batch, ca_file, client, concurrency, connect_timeout, "
                "extra_body, "));
  EXPECT_EQ(error("openai:m?key_env=sk-geheim-123"),
            "model `openai:...`: parameter `key_env` is no name of a variable, expected letters, "
            "digits and `_` (keys themselves do not belong here)");
}

}  // namespace
}  // namespace assay::backends
