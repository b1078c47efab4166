// Replays every transcript of tests/backends/codec/transcripts/<format>/: NAME.sse and NAME.json
// are the bodies of a 200, NAME.http is a whole reply with its status line and headers. Beside
// each, NAME.expected.json names the page it was written from ("source"), may ask something
// ("request": context and continuation) or set options ("options"), and holds what must come out
// ("response"). A new format adds files only. UPDATE_GOLDEN=1 rewrites "response"; the diff is
// reviewed.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/backends/codec/codec_support.h"

namespace assay::backends {
namespace {

namespace fs = std::filesystem;
using test::response_json;

struct Transcript {
  fs::path path;
  std::string format;
  std::string body;
  Json expected;
  Attempt asked;
  std::unique_ptr<WireCodec> codec;
};

// Status line and headers off a .http file.
void take_head(std::string& text, Attempt& asked) {
  const size_t end = text.find("\r\n\r\n");
  ASSERT_NE(end, std::string::npos);
  const size_t line = text.find("\r\n");
  asked.http.status = std::stoi(text.substr(text.find(' ') + 1, 3));
  asked.http.headers = text.substr(line + 2, end - line);
  const size_t type = asked.http.headers.find("content-type: ");
  if (type != std::string::npos) {
    const std::string rest = asked.http.headers.substr(type + 14);
    asked.http.content_type = rest.substr(0, rest.find_first_of(";\r"));
  }
  text.erase(0, end + 4);
}

WireOptions options_of(const Json& expected) {
  WireOptions options;
  options.model = "m";
  const Json* given = find_member(expected, "options");
  if (given == nullptr) return options;
  if (const Json* opened = find_member(*given, "opened_by_template"); opened != nullptr)
    options.reasoning.opened_by_template = opened->get<bool>();
  return options;
}

Transcript load(const std::string& format, const fs::path& path) {
  Transcript t;
  t.path = path;
  t.format = format;
  t.body = test::read_file(path);
  const std::string kind = path.extension().string();
  t.asked = test::answered_attempt(200, kind == ".sse" ? "text/event-stream" : "application/json");
  if (kind == ".http") take_head(t.body, t.asked);
  fs::path expected = path;
  expected.replace_extension(".expected.json");
  Result<Json> parsed = parse_json(test::read_file(expected), expected.filename().string());
  EXPECT_TRUE(parsed.has_value()) << parsed.error().text();
  if (parsed) t.expected = std::move(*parsed);
  if (const Json* request = find_member(t.expected, "request"); request != nullptr) {
    t.asked.request.messages.push_back(
        {"user", (*request)["context"].get<std::string>(), {}, {}, {}});
    t.asked.request.continuations = {{(*request)["continuation"].get<std::string>()}};
  }
  t.codec = test::codec_of(format, options_of(t.expected));
  return t;
}

std::vector<Transcript> all_transcripts() {
  std::vector<Transcript> all;
  const fs::path folder = test::data_folder() / "transcripts";
  for (const std::string& format : test::formats_with_folder(folder)) {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(folder / format)) {
      const std::string name = entry.path().filename().string();
      if (!name.ends_with(".expected.json")) paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    for (const fs::path& path : paths) all.push_back(load(format, path));
  }
  return all;
}

void update(const Transcript& t, const Response& got) {
  Json expected = t.expected;
  expected["response"] = response_json(got);
  fs::path path = t.path;
  std::ofstream(path.replace_extension(".expected.json")) << dump_json_pretty(expected) << "\n";
}

// The whole state: what response_json leaves out too.
std::string everything(const Response& r) {
  return dump_json(response_json(r)) + "|" + r.chunks + "|" + r.wire;
}

TEST(Transcripts, EachGivesWhatIsExpected) {
  std::map<std::string, int> seen;
  for (const Transcript& t : all_transcripts()) {
    SCOPED_TRACE(t.path.string());
    ++seen[t.format];
    const Response got = test::decode_cut(*t.codec, t.asked, t.body, {});
    if (test::updating()) {
      update(t, got);
      continue;
    }
    ASSERT_TRUE(t.expected.contains("source"));
    EXPECT_EQ(dump_json_pretty(response_json(got)), dump_json_pretty(t.expected["response"]));
  }
  for (const std::string& format : wire_formats())
    EXPECT_GE(seen[format], 5) << format << " has too few transcripts";
}

TEST(Transcripts, HowBytesAreCutChangesNothing) {
  for (const Transcript& t : all_transcripts()) {
    SCOPED_TRACE(t.path.string());
    const std::string whole = everything(test::decode_cut(*t.codec, t.asked, t.body, {}));
    std::vector<size_t> every;
    for (size_t i = 1; i < t.body.size(); ++i) every.push_back(i);
    ASSERT_EQ(everything(test::decode_cut(*t.codec, t.asked, t.body, every)), whole);
    for (const size_t cut : every) {
      ASSERT_EQ(everything(test::decode_cut(*t.codec, t.asked, t.body, {cut})), whole)
          << "cut at " << cut;
    }
  }
}

TEST(Transcripts, ABeginningIsNeverTakenForTheWhole) {
  for (const Transcript& t : all_transcripts()) {
    SCOPED_TRACE(t.path.string());
    const Response whole = test::decode_cut(*t.codec, t.asked, t.body, {});
    for (size_t length = 0; length < t.body.size(); ++length) {
      const std::string_view part = std::string_view(t.body).substr(0, length);
      const Response got = test::decode_cut(*t.codec, t.asked, part, {});
      SCOPED_TRACE(length);
      if (is_answer(got.outcome)) {
        ASSERT_EQ(got.answer, whole.answer);
        ASSERT_EQ(got.reasoning, whole.reasoning);
        ASSERT_EQ(got.tool_calls.size(), whole.tool_calls.size());
        continue;
      }
      ASSERT_TRUE(got.outcome == Outcome::kTruncated || got.outcome == Outcome::kMalformed ||
                  got.outcome == whole.outcome || t.asked.http.status != 200)
          << outcome_name(got.outcome);
      ASSERT_FALSE(got.error.empty());
    }
  }
}

// The connection broke, or did not: a complete reply is complete.
TEST(Transcripts, WhatBecomesOfTheConnectionBehindACompleteReplyDoesNotMatter) {
  for (Transcript& t : all_transcripts()) {
    SCOPED_TRACE(t.path.string());
    const Response whole = test::decode_cut(*t.codec, t.asked, t.body, {});
    t.asked.response.outcome = Outcome::kTruncated;
    t.asked.response.error = "the connection broke";
    const Response broken = test::decode_cut(*t.codec, t.asked, t.body, {});
    if (is_answer(whole.outcome)) {
      EXPECT_EQ(everything(broken), everything(whole));
    } else if (whole.outcome == Outcome::kTruncated || whole.outcome == Outcome::kMalformed) {
      EXPECT_EQ(broken.outcome, Outcome::kTruncated);
      EXPECT_EQ(broken.error, "the connection broke");
    }
  }
}

}  // namespace
}  // namespace assay::backends
