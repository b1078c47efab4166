// The parts of managed servers that need no server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backends/managed/discovery.h"
#include "backends/managed/managed_entry.h"
#include "backends/managed/output_tail.h"
#include "harness/base/yaml_tree.h"

namespace assay::backends {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

TEST(OutputTail, KeepsTheLastLinesThatSaySomething) {
  OutputTail tail;
  tail.add("one\ntwo\n\n  \nthr");
  tail.add("ee\n");
  EXPECT_EQ(tail.lines(1), "three");
  EXPECT_EQ(tail.lines(2), "two\nthree");
  EXPECT_EQ(tail.lines(10), "one\ntwo\nthree");
}

TEST(OutputTail, IsBounded) {
  OutputTail tail;
  for (int i = 0; i < 10'000; ++i) tail.add("line " + std::to_string(i) + "\n");
  EXPECT_EQ(tail.lines(1), "line 9999");
  EXPECT_LE(tail.lines(1'000'000).size(), OutputTail::kBytesMax);
  tail.add(std::string(1'000'000, 'x'));
  EXPECT_LE(tail.lines(1'000'000).size(), OutputTail::kBytesMax);
}

TEST(OutputTail, ShowsWhatATerminalWouldShow) {
  OutputTail tail;
  tail.add("\x1b[31mred\x1b[0m\tword\x07 \xff\n10%\r50%\r100%\r\n");
  EXPECT_EQ(tail.lines(2), "red word \xEF\xBF\xBD\n100%");
}

TEST(OllamaHost, IsReadAsOllamaReadsIt) {
  EXPECT_EQ(ollama_origin(""), "http://127.0.0.1:11434");
  EXPECT_EQ(ollama_origin("0.0.0.0"), "http://127.0.0.1:11434");
  EXPECT_EQ(ollama_origin("0.0.0.0:9999"), "http://127.0.0.1:9999");
  EXPECT_EQ(ollama_origin(":8123"), "http://127.0.0.1:8123");
  EXPECT_EQ(ollama_origin("box:8123"), "http://box:8123");
  EXPECT_EQ(ollama_origin("[::1]:8123"), "http://[::1]:8123");
  EXPECT_EQ(ollama_origin("http://box"), "http://box:80");
  EXPECT_EQ(ollama_origin("https://box"), "https://box:443");
  EXPECT_EQ(ollama_origin("http://box:5/path"), "http://box:5");
}

Result<std::vector<ManagedEntry>> entries(const std::string& text) {
  ASSAY_TRY(const YamlNode root, read_yaml(text, "assay.yaml"));
  return read_managed_entries(root);
}

TEST(ManagedEntries, HaveDefaults) {
  const auto read = entries("- {name: tiny, command: './serve --port {port}'}\n");
  ASSERT_TRUE(read.has_value()) << read.error().text();
  ASSERT_EQ(read->size(), 1U);
  const ManagedEntry& entry = read->front();
  EXPECT_EQ(entry.name, "tiny");
  EXPECT_THAT(entry.command, ElementsAre("./serve", "--port", "{port}"));
  EXPECT_EQ(entry.model, "tiny");
  EXPECT_EQ(entry.port, 0);
  EXPECT_EQ(entry.health, "/health");
  EXPECT_EQ(entry.base_path, "/v1");
  EXPECT_EQ(entry.format, "openai-chat");
  EXPECT_TRUE(entry.restart);
  EXPECT_EQ(entry.concurrency, 1U);
}

TEST(ManagedEntries, SayEverything) {
  const auto read = entries(
      "- name: a.b-c_1\n"
      "  command: [python3, 'my server.py', '{port}']\n"
      "  model: org/name\n"
      "  port: 8090\n"
      "  health: /ready\n"
      "  base_path: /api/v2/\n"
      "  format: openai-completions\n"
      "  start_timeout: 90s\n"
      "  env: {CUDA_VISIBLE_DEVICES: 0, NAME: '{model}'}\n"
      "  cwd: servers\n"
      "  concurrency: 16\n"
      "  restart: false\n");
  ASSERT_TRUE(read.has_value()) << read.error().text();
  const ManagedEntry& entry = read->front();
  EXPECT_THAT(entry.command, ElementsAre("python3", "my server.py", "{port}"));
  EXPECT_EQ(entry.model, "org/name");
  EXPECT_EQ(entry.port, 8090);
  EXPECT_EQ(entry.health, "/ready");
  EXPECT_EQ(entry.base_path, "/api/v2");
  EXPECT_EQ(entry.format, "openai-completions");
  EXPECT_EQ(entry.start_timeout, std::chrono::seconds(90));
  EXPECT_THAT(entry.env, ElementsAre(Pair("CUDA_VISIBLE_DEVICES", "0"), Pair("NAME", "{model}")));
  EXPECT_EQ(entry.cwd, "servers");
  EXPECT_EQ(entry.concurrency, 16U);
  EXPECT_FALSE(entry.restart);
}

TEST(ManagedEntries, ComplaintsNameThePlace) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"name: x", "assay.yaml:1:1: `managed` is a mapping, expected a list of servers"},
      {"- x", "assay.yaml:1:3: an entry of `managed` is `x`, expected a mapping"},
      {"- {command: x}", "without `name`"},
      {"- {name: x}", "without `command`"},
      {"- {name: 'a b', command: x}", "assay.yaml:1:10: `name` is `a b`"},
      {"- {name: x, command: ''}", "`command` is empty"},
      {"- {name: x, command: \"'x\"}", "is never closed"},
      {"- {name: x, command: x, helth: /}", "did you mean `health`?"},
      {"- {name: x, command: x, health: ready}", "expected a path that begins with `/`"},
      {"- {name: x, command: x, port: 70000}",
       "`port` is `70000`, expected a whole number from 0 to 65535"},
      {"- {name: x, command: x, format: openai-chatt}", "did you mean `openai-chat`?"},
      {"- {name: x, command: x, start_timeout: soon}", "expected a time such as 90s"},
      {"- {name: x, command: x, start_timeout: 0}", "expected a time such as 90s"},
      {"- {name: x, command: x, restart: maybe}", "restart"},
      {"- {name: x, command: x, env: [1]}", "`env` is a list"},
      {"- {name: x, command: x}\n- {name: x, command: y}",
       "assay.yaml:2:3: two entries of `managed` are named `x`"},
  };
  for (const auto& [text, expected] : cases) {
    const auto read = entries(text);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_THAT(read.error().text(), HasSubstr(expected)) << text;
  }
}

}  // namespace
}  // namespace assay::backends
