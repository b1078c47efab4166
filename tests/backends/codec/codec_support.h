// What the tests of wire formats share: feeding bytes with a stamp for every byte, so that how they
// are cut must not change anything; canonical JSON of a Response; data files.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "backends/codec/wire_codec.h"
#include "harness/api/codec.h"
#include "harness/base/json.h"

namespace assay::backends::test {

inline std::filesystem::path data_folder() {
  return std::filesystem::path(ASSAY_SOURCE_DIR) / "tests/backends/codec";
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

inline std::vector<Json> read_jsonl(const std::filesystem::path& path) {
  std::vector<Json> rows;
  std::istringstream lines(read_file(path));
  std::string line;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.empty()) continue;
    Result<Json> row = parse_json(line, path.filename().string(), number);
    EXPECT_TRUE(row.has_value()) << row.error().text();
    if (row) rows.push_back(std::move(*row));
  }
  return rows;
}

// The byte with number n (from 1) of a stream was in hand at n ns.
inline void feed_stamped(Decoder& decoder, std::string_view bytes, size_t begin, size_t end) {
  std::vector<ChunkStamp> stamps;
  for (size_t i = begin; i < end; ++i) {
    stamps.push_back({static_cast<uint32_t>(i - begin + 1), from_ns(static_cast<int64_t>(i + 1))});
  }
  decoder.feed(bytes.substr(begin, end - begin), stamps);
}

// Decodes `bytes`, cut at `cuts` (ascending).
inline Response decode_cut(const WireCodec& codec, const Attempt& asked, std::string_view bytes,
                           const std::vector<size_t>& cuts) {
  const std::unique_ptr<Decoder> decoder = codec.decoder();
  size_t begin = 0;
  for (const size_t cut : cuts) {
    feed_stamped(*decoder, bytes, begin, cut);
    begin = cut;
  }
  feed_stamped(*decoder, bytes, begin, bytes.size());
  Response response = asked.response;
  decoder->finish(asked, response);
  return response;
}

// An attempt whose transport saw nothing wrong.
inline Attempt answered_attempt(int status = 200, std::string content_type = "") {
  Attempt attempt;
  attempt.response.outcome = Outcome::kOk;
  attempt.http.status = status;
  attempt.http.content_type = std::move(content_type);
  return attempt;
}

inline Json usage_json(const Usage& usage) {
  Json out = Json::object();
  const auto put = [&](const char* key, int64_t value) {
    if (value >= 0) out[key] = value;
  };
  put("input", usage.input_tokens);
  put("cached", usage.cached_tokens);
  put("cache_write", usage.cache_write_tokens);
  put("reasoning", usage.reasoning_tokens);
  put("output", usage.output_tokens);
  put("cache_write_hour", usage.cache_write_hour_tokens);
  put("image", usage.image_tokens);
  put("audio", usage.audio_tokens);
  put("cached_audio", usage.cached_audio_tokens);
  put("image_output", usage.image_output_tokens);
  put("audio_output", usage.audio_output_tokens);
  out["source"] = std::string(usage_source_name(usage.source));
  return out;
}

// Everything a decoder fills in; what is empty is left out. Times are byte numbers.
inline Json response_json(const Response& r) {
  Json out = Json::object();
  const auto put = [&](const char* key, const std::string& text) {
    if (!text.empty()) out[key] = text;
  };
  out["outcome"] = std::string(outcome_name(r.outcome));
  put("answer", r.answer);
  put("reasoning", r.reasoning);
  put("finish_reason", r.finish_reason);
  put("served_model", r.served_model);
  put("fingerprint", r.fingerprint);
  put("response_id", r.response_id);
  put("error", r.error);
  put("details", r.details);
  for (const ToolCall& call : r.tool_calls)
    out["tool_calls"].push_back(
        {{"id", call.id}, {"name", call.name}, {"arguments", call.arguments}});
  // One alone is shown as it is, several as a list.
  Json likelihoods = Json::array();
  for (const Loglikelihood& one : r.loglikelihoods)
    likelihoods.push_back({{"sum", one.sum}, {"greedy", one.greedy}, {"tokens", one.tokens}});
  if (!likelihoods.empty()) {
    out["loglikelihood"] = likelihoods.size() == 1 ? likelihoods.front() : likelihoods;
  }
  out["usage"] = usage_json(r.usage);
  if (r.first_token) out["first_token"] = to_ns(*r.first_token);
  if (r.first_answer) out["first_answer"] = to_ns(*r.first_answer);
  if (r.retry_after.count() > 0) out["retry_after_ms"] = r.retry_after.count() / 1'000'000;
  return out;
}

inline std::unique_ptr<WireCodec> codec_of(std::string_view format, WireOptions options) {
  Result<std::unique_ptr<WireCodec>> codec = make_wire_codec(format, std::move(options));
  EXPECT_TRUE(codec.has_value()) << codec.error().text();
  return codec ? std::move(*codec) : nullptr;
}

inline std::vector<std::string> formats_with_folder(const std::filesystem::path& folder) {
  std::vector<std::string> formats;
  for (const std::string& format : wire_formats()) {
    if (std::filesystem::is_directory(folder / format)) formats.push_back(format);
  }
  return formats;
}

inline bool updating() { return std::getenv("UPDATE_GOLDEN") != nullptr; }

}  // namespace assay::backends::test
