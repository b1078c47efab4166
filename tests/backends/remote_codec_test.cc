#include "backends/remote_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <string>
#include <utility>

namespace assay::backends {
namespace {

// Fills a response with the bytes themselves, everywhere.
class EchoDecoder final : public Decoder {
 public:
  void feed(std::string_view bytes, std::span<const ChunkStamp> /*stamps*/) override {
    text_ += bytes;
  }
  void finish(const Attempt& /*attempt*/, Response& response) override {
    for (std::string* text :
         {&response.answer, &response.reasoning, &response.error, &response.wire, &response.details,
          &response.served_model, &response.fingerprint, &response.response_id,
          &response.finish_reason})
      *text = text_;
    response.tool_calls = {{text_, text_, text_}};
  }

 private:
  std::string text_;
};

// Writes what it is asked as one line a message.
class ListingCodec final : public WireCodec {
 public:
  [[nodiscard]] std::string encode(const Attempt& attempt) const override {
    std::string out = "{";
    for (const Message& message : attempt.request.messages)
      out += message.role + "=" + message.text + ";";
    if (attempt.request.params.seed) out += "seed";
    return out + "}";
  }
  [[nodiscard]] std::unique_ptr<Decoder> decoder() const override {
    return std::make_unique<EchoDecoder>();
  }
  [[nodiscard]] std::string path() const override { return "/listing"; }
  [[nodiscard]] std::optional<std::string> refuses(const Request& request) const override {
    if (!request.continuations.empty()) return "no log-likelihoods";
    return std::nullopt;
  }
};

Attempt attempt_of(std::vector<std::pair<const char*, const char*>> messages) {
  Attempt attempt;
  for (const auto& [role, text] : messages)
    attempt.request.messages.push_back({role, text, {}, {}, {}});
  return attempt;
}

RemoteCodec codec_of(SystemMode mode, const Redactor& redactor, const char* seed_field = "seed",
                     std::optional<uint64_t> seed = std::nullopt) {
  return {std::make_unique<ListingCodec>(), mode, seed_field, seed, redactor};
}

TEST(RemoteCodec, SystemMessages) {
  const Redactor redactor;
  const Attempt attempt =
      attempt_of({{"system", "S"}, {"user", "Q"}, {"assistant", "A"}, {"user", "R"}});
  EXPECT_EQ(codec_of(SystemMode::kKeep, redactor).encode(attempt),
            "{system=S;user=Q;assistant=A;user=R;}");
  EXPECT_EQ(codec_of(SystemMode::kDeveloper, redactor).encode(attempt),
            "{developer=S;user=Q;assistant=A;user=R;}");
  EXPECT_EQ(codec_of(SystemMode::kDrop, redactor).encode(attempt),
            "{user=S\n\nQ;assistant=A;user=R;}");
  EXPECT_EQ(codec_of(SystemMode::kDrop, redactor).encode(attempt_of({{"system", "S"}})),
            "{user=S;}");
  EXPECT_EQ(codec_of(SystemMode::kDrop, redactor).encode(attempt_of({{"user", "Q"}})), "{user=Q;}");
}

TEST(RemoteCodec, SeedsUnderTheProvidersName) {
  const Redactor redactor;
  Attempt attempt = attempt_of({{"user", "Q"}});
  EXPECT_EQ(codec_of(SystemMode::kKeep, redactor, "random_seed").encode(attempt), "{user=Q;}");
  attempt.request.params.seed = 5;
  EXPECT_EQ(codec_of(SystemMode::kKeep, redactor).encode(attempt), "{user=Q;seed}");
  EXPECT_EQ(codec_of(SystemMode::kKeep, redactor, "random_seed").encode(attempt),
            "{\"random_seed\":5,user=Q;}");
  EXPECT_EQ(codec_of(SystemMode::kKeep, redactor, "random_seed", 9).encode(attempt),
            "{\"random_seed\":9,user=Q;}");
}

TEST(RemoteCodec, WhatTheFormatCannotSayIsEmpty) {
  const Redactor redactor;
  Attempt attempt = attempt_of({{"user", "Q"}});
  attempt.request.continuations = {{" A"}};
  const RemoteCodec codec = codec_of(SystemMode::kKeep, redactor);
  EXPECT_EQ(codec.encode(attempt), "");
  EXPECT_EQ(codec.refuses(attempt.request), "no log-likelihoods");
}

TEST(RemoteCodec, NoFieldOfAReplyKeepsTheKey) {
  Redactor redactor;
  redactor.add(Secret("sk-geheim-0123456789"), "[KEY]");
  const RemoteCodec codec = codec_of(SystemMode::kKeep, redactor);
  const std::unique_ptr<Decoder> decoder = codec.decoder();
  decoder->feed("key sk-gehe", {});
  decoder->feed("im-0123456789 end", {});
  Response response;
  decoder->finish(Attempt{}, response);
  EXPECT_EQ(response.answer, "key ******************** end");
  EXPECT_EQ(response.reasoning, response.answer);
  EXPECT_EQ(response.error, "key [KEY] end");
  EXPECT_EQ(response.wire, "key [KEY] end");
  for (const std::string& text :
       {response.details, response.served_model, response.fingerprint, response.response_id,
        response.finish_reason, response.tool_calls[0].id, response.tool_calls[0].name,
        response.tool_calls[0].arguments})
    EXPECT_EQ(text, response.answer);
}

}  // namespace
}  // namespace assay::backends
