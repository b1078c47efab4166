// The scanner of chat chunks against the slow path: whatever both read, they read the same.
#include <gtest/gtest.h>

#include <random>

#include "backends/codec/openai_choices.h"
#include "tests/backends/codec/codec_support.h"

namespace assay::backends {
namespace {

namespace fs = std::filesystem;

std::string decode(std::string_view bytes, bool fast) {
  WireOptions options;
  ChoicesDecoder decoder(options, fast);
  test::feed_stamped(decoder, bytes, 0, bytes.size());
  Response response;
  response.outcome = Outcome::kOk;
  decoder.finish(test::answered_attempt(), response);
  return dump_json(test::response_json(response)) + response.chunks;
}

void expect_same(const std::string& bytes) {
  EXPECT_EQ(decode(bytes, true), decode(bytes, false)) << bytes;
}

TEST(Choices, TheFastPathAgreesOnEveryTranscript) {
  int compared = 0;
  for (const char* format : {"openai-chat", "openai-completions"}) {
    for (const auto& entry : fs::directory_iterator(test::data_folder() / "transcripts" / format)) {
      if (entry.path().extension() != ".sse") continue;
      SCOPED_TRACE(entry.path().string());
      expect_same(test::read_file(entry.path()));
      ++compared;
    }
  }
  EXPECT_GT(compared, 15);
}

// Chunks that are nearly the usual ones.
const std::vector<std::string>& unusual_chunks() {
  static const std::vector<std::string> kChunks{
      R"({"choices":[{"delta":{"content":"a"}}]})",
      R"( { "choices" : [ { "delta" : { "content" : "a" } } ] } )",
      R"({"choices":[{"delta":{"content":"a","content":"b"}}]})",
      R"({"choices":[{"delta":{"content":"a"},"delta":{"content":"b"}}]})",
      R"({"choices":[{"delta":{"content":"a"}}],"choices":[{"delta":{"content":"b"}}]})",
      R"({"choices":[{"delta":{"content":"a"},"index":1}]})",
      R"({"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"b"}}]})",
      R"({"choices":[{"delta":{"content":"A😀\n\"\\\/\b\f\r\t"}}]})",
      R"({"choices":[{"delta":{"content":"\ud83d \ude00 \ud83d"}}]})",
      R"({"choices":[{"delta":{"content":"\x"}}]})",
      R"({"choices":[{"delta":{"content":5}}]})",
      R"({"choices":[{"delta":{"content":null,"reasoning":null,"reasoning_content":"r"}}]})",
      R"({"choices":[{"delta":{"reasoning":"x","reasoning_content":"y"}}]})",
      R"({"choices":[{"delta":{"reasoning":"","reasoning_details":[{"text":"d"}]}}]})",
      R"({"choices":[{"delta":{"content":"a","refusal":"no"}}]})",
      R"({"choices":[{"delta":{"content":"a","refusal":null,"tool_calls":null}}]})",
      R"({"choices":[{"delta":{"content":"a"},"finish_reason":"length"}]})",
      R"({"choices":[{"delta":{"content":"a"},"finish_reason":""}]})",
      R"({"choices":[{"delta":{"content":"a"},"finish_reason":7}]})",
      R"({"choices":[{"delta":null,"finish_reason":"stop"}]})",
      R"({"choices":[{"text":"t","delta":{"content":"d"}}]})",
      R"({"choices":[{"delta":{"content":"a"},"error":{"message":"m"}}]})",
      R"({"choices":[{"delta":{"content":"a"}}],"error":null,"usage":null,"x_groq":null})",
      R"({"choices":[{"delta":{"content":"a"}}],"error":"boom"})",
      R"({"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":1,"completion_tokens":2}})",
      R"({"choices":[{"delta":{"content":"a"}}],"object":"error","message":"m"})",
      R"({"choices":[{"delta":{"content":"a"}}],"id":"i","model":"m\u0041","system_fingerprint":null})",
      R"({"choices":[{"delta":{"content":"a"}}],"n":01})",
      R"({"choices":[{"delta":{"content":"a"}}],"n":-0.5e+3,"m":[1,{"a":[]}],"t":true,"f":false})",
      R"({"choices":[{"delta":{"content":"a"}}],"n":1e999})",
      R"({"choices":[{"delta":{"content":"a"}}],})",
      R"({"choices":[{"delta":{"content":"a"},}]})",
      R"({"choices":[{"delta":{"content":"a"}}]} x)",
      R"({"choices":[{"delta":{"content":"a")",
      R"({"choices":[]})",
      R"({"choices":{}})",
      R"({})",
      R"([])",
      R"(7)",
      R"("text")",
      R"(null)",
      "",
  };
  return kChunks;
}

TEST(Choices, TheFastPathAgreesOnUnusualChunks) {
  for (const std::string& chunk : unusual_chunks()) {
    expect_same("data: " + chunk + "\n\n");
    expect_same("data: " + chunk +
                "\n\ndata: {\"choices\":[{\"delta\":{},\"finish_reason\":"
                "\"stop\"}]}\n\ndata: [DONE]\n\n");
  }
}

TEST(Choices, TheFastPathAgreesOnDamagedChunks) {
  std::mt19937 random(11);  // NOLINT: the same damage each time
  const std::string usual =
      R"({"id":"c","object":"chat.completion.chunk","created":1,"model":"m","system_fingerprint":"f",)"
      R"("choices":[{"index":0,"delta":{"role":"assistant","content":"H\u00e9\n"},"logprobs":null,)"
      R"("finish_reason":null}],"usage":null})";
  const std::string letters = "{}[]\",:\\nul0159-e .truefals";
  for (int i = 0; i < 5000; ++i) {
    std::string chunk = usual;
    for (unsigned n = 0; n < 1 + random() % 2; ++n) {
      const size_t at = random() % chunk.size();
      const char letter = letters[random() % letters.size()];
      switch (random() % 3) {
        case 0:
          chunk[at] = letter;
          break;
        case 1:
          chunk.erase(at, 1 + random() % 4);
          break;
        default:
          chunk.insert(at, 1, letter);
      }
    }
    expect_same("data: " + chunk + "\n\n");
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace assay::backends
