#include "backends/managed/discovery.h"

#include <gmock/gmock.h>

#include "backends/managed/local_port.h"
#include "tests/backends/managed/support.h"

namespace assay::backends {
namespace {

using ::testing::ElementsAre;

class DiscoveryTest : public ServerTest {
 protected:
  std::unique_ptr<ManagedServer> server(const std::string& kind, const std::string& models) {
    auto made = ManagedServer::make(options({"--kind", kind, "--models", models}));
    EXPECT_TRUE(made.has_value());
    const Result<void> up = (*made)->start();
    EXPECT_TRUE(up.has_value()) << up.error().text();
    return std::move(made).value();
  }
};

TEST_F(DiscoveryTest, TellsServersApart) {
  struct Case {
    const char* kind;
    const char* models;
    ServerKind found;
    const char* version;
  };
  const std::vector<Case> cases{
      {"vllm", "org/a,b", ServerKind::kVllm, "0.10.1"},
      {"sglang", "org/model", ServerKind::kSglang, "0.5.2"},
      {"llama-cpp", "tiny.gguf", ServerKind::kLlamaCpp, "b6100-abcdef"},
      {"tgi", "", ServerKind::kTgi, "3.3.4"},
      {"lm-studio", "qwen3", ServerKind::kLmStudio, ""},
      {"ollama", "qwen3:0.6b", ServerKind::kOllama, "0.11.4"},
      {"plain", "x", ServerKind::kOpenAiCompatible, ""},
  };
  std::vector<std::unique_ptr<ManagedServer>> servers;
  std::vector<std::string> origins;
  for (const Case& one : cases) {
    servers.push_back(server(one.kind, one.models));
    origins.push_back(servers.back()->origin());
  }
  const std::vector<FoundServer> found = discover_servers(origins, std::chrono::seconds(30));
  ASSERT_EQ(found.size(), cases.size());
  for (size_t i = 0; i < cases.size(); ++i) {
    EXPECT_EQ(found[i].origin, origins[i]);
    EXPECT_EQ(server_kind_name(found[i].server.kind), server_kind_name(cases[i].found));
    EXPECT_EQ(found[i].server.version, cases[i].version) << cases[i].kind;
  }
  EXPECT_THAT(found[0].specs, ElementsAre(origins[0] + "/v1#org/a", origins[0] + "/v1#b"));
  EXPECT_THAT(found[3].specs, ElementsAre(origins[3] + "/v1#org/tgi"));
  EXPECT_THAT(found[5].specs, ElementsAre("ollama:qwen3:0.6b"));
}

TEST_F(DiscoveryTest, WhereNobodyListensNothingIsFound) {
  auto port = LocalPort::reserve();
  ASSERT_TRUE(port.has_value());
  const std::vector<std::string> origins{fmt::format("http://127.0.0.1:{}", port->number())};
  EXPECT_TRUE(discover_servers(origins).empty());
}

TEST(WellKnownOrigins, AreThoseOfTheDocumentation) {
  ::unsetenv("OLLAMA_HOST");
  EXPECT_THAT(well_known_origins(), ElementsAre("http://127.0.0.1:8000", "http://127.0.0.1:30000",
                                                "http://127.0.0.1:8080", "http://127.0.0.1:1234",
                                                "http://127.0.0.1:11434"));
  ::setenv("OLLAMA_HOST", "0.0.0.0:9", 1);
  EXPECT_EQ(well_known_origins().back(), "http://127.0.0.1:9");
  ::unsetenv("OLLAMA_HOST");
}

}  // namespace
}  // namespace assay::backends
