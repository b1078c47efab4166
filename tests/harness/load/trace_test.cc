#include "harness/load/trace.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/hash.h"
#include "harness/load/lengths.h"

namespace assay::load {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""min;
using testing::ElementsAre;
using testing::HasSubstr;

const std::string kHeader = "TIMESTAMP,ContextTokens,GeneratedTokens\r\n";

Trace trace_of(std::string_view bytes, const TraceOptions& options = {}) {
  Result<Trace> trace = parse_trace(bytes, "t", options);
  EXPECT_TRUE(trace.has_value()) << trace.error().text();
  return trace ? std::move(*trace) : Trace();
}

std::string error_of(std::string_view bytes, const TraceOptions& options = {}) {
  const Result<Trace> trace = parse_trace(bytes, "t", options);
  return trace ? "none" : trace.error().text();
}

std::vector<int64_t> times_ns(const Trace& trace) {
  std::vector<int64_t> out;
  for (const TraceEntry& entry : trace.entries) out.push_back(entry.at.count());
  return out;
}

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// --- Azure ---------------------------------------------------------------------------------------

TEST(AzureTrace, TimesLengthsAndLineEnds) {
  const std::string text = kHeader +
                           "2023-11-16 18:17:03.9799600,4808,10\r\n"
                           "2023-11-16 18:17:04.0319600,3180,8\n"
                           "2023-11-16 18:17:04.0319600,0,0\r\n"
                           "\r\n"
                           "2023-11-16 18:17:05,1,2";
  const Trace trace = trace_of(text);
  EXPECT_EQ(trace.form, "azure");
  EXPECT_EQ(trace.block_tokens, 512);
  EXPECT_EQ(trace.hash, sha256(text).hex());
  EXPECT_THAT(times_ns(trace), ElementsAre(0, 52'000'000, 52'000'000, 1'020'040'000));
  EXPECT_EQ(trace.entries[0].input_tokens, 4808);
  EXPECT_EQ(trace.entries[0].output_tokens, 10);
  EXPECT_EQ(trace.entries[2].input_tokens, 0);
  EXPECT_TRUE(trace.entries[0].blocks.empty());
}

TEST(AzureTrace, DaysMonthsAndYearsRollOver) {
  const Trace trace = trace_of(kHeader +
                               "2023-12-31 23:59:59.5,1,1\n"
                               "2024-01-01 00:00:00.25,1,1\n"
                               "2024-02-28 23:59:59,1,1\n"
                               "2024-02-29 00:00:01,1,1\n");
  EXPECT_EQ(trace.entries[1].at, 750ms);
  EXPECT_EQ(trace.entries[3].at - trace.entries[2].at, 2s);
}

TEST(AzureTrace, OffsetsAndOtherColumns) {
  const Trace trace = trace_of(
      "\xEF\xBB\xBFid,GeneratedTokens,TIMESTAMP,ContextTokens\n"
      "a,5,2024-05-10 00:00:00.009930+00:00,2162\n"
      "b,6,2024-05-10T02:00:01.009930+02:00,2163\n"
      "c,7,2024-05-09 23:30:02.009930-00:30,2164\n"
      "d,8,2024-05-10T00:00:03.009930Z,2165\n");
  EXPECT_THAT(times_ns(trace), ElementsAre(0, 1'000'000'000, 2'000'000'000, 3'000'000'000));
  EXPECT_EQ(trace.entries[3].input_tokens, 2165);
  EXPECT_EQ(trace.entries[3].output_tokens, 8);
}

TEST(AzureTrace, BadTimes) {
  for (const char* bad :
       {"", "18:17:03", "2023-11-16", "2023-13-16 18:17:03", "2023-02-29 00:00:00",
        "2023-11-16 24:00:00", "2023-11-16 18:60:03", "2023-11-16 18:17:61", "2023-11-16 18:17:03.",
        "2023-11-16 18:17:03.1234567890", "2023-11-16 18:17:3", "1969-12-31 23:59:59",
        "2201-01-01 00:00:00", "2023-11-16 18:17:03 ", " 2023-11-16 18:17:03",
        "1970-01-01 00:00:00+01:00", "2023-11-16 18:17:03+1", "99999-11-16 18:17:03", "-"}) {
    EXPECT_EQ(error_of(kHeader + bad + ",1,1\n"),
              fmt::format("t:2: `TIMESTAMP` is `{}`, expected a time like 2023-11-16 "
                          "18:17:03.9799600",
                          bad));
  }
}

TEST(AzureTrace, BadLengthsAndColumns) {
  const std::string time = "2023-11-16 18:17:03,";
  for (const char* bad : {"-1", "10000001", "1.5", "", "x", " 1", "99999999999999999999"}) {
    EXPECT_EQ(error_of(kHeader + time + bad + ",1\n"),
              fmt::format("t:2: `ContextTokens` is `{}`, expected a whole number of tokens "
                          "0..10000000",
                          bad));
    EXPECT_THAT(error_of(kHeader + time + "1," + bad + "\n"), HasSubstr("t:2: `GeneratedTokens`"));
  }
  EXPECT_EQ(error_of(kHeader + time + "1\n"),
            "t:2: found 2 columns in `2023-11-16 18:17:03,1`, expected 3 as in the header");
  EXPECT_THAT(error_of(kHeader + time + "1,1,1\n"), HasSubstr("found 4 columns"));
  EXPECT_THAT(error_of(kHeader + std::string(100'000, ',') + "\n"), HasSubstr("t:2: found"));
  EXPECT_EQ(error_of("TIMESTAMP,ContextTokens\n"),
            "t:1: column `GeneratedTokens` is missing in `TIMESTAMP,ContextTokens`, expected "
            "TIMESTAMP,ContextTokens,GeneratedTokens");
}

TEST(AzureTrace, TimeThatGoesBack) {
  EXPECT_EQ(error_of(kHeader + "2023-11-16 18:17:03,1,1\n"
                               "2023-11-16 18:17:05,1,1\n"
                               "\n"
                               "2023-11-16 18:17:04.5,1,1\n"),
            "t:5: time goes back: found 1.500000000 s after the first entry, expected at least "
            "2.000000000 s as in the entry before");
  EXPECT_THAT(error_of(kHeader + "2023-11-16 18:17:03,1,1\n2023-11-16 18:17:02,1,1\n"),
              HasSubstr("found -1.000000000 s"));
  // Also where the cut would leave it out.
  EXPECT_THAT(error_of(kHeader + "2023-11-16 18:17:03,1,1\n2023-11-16 18:17:09,1,1\n"
                                 "2023-11-16 18:17:08,1,1\n",
                       {.duration = 1s}),
              HasSubstr("t:4: time goes back"));
}

// --- Mooncake ------------------------------------------------------------------------------------

TEST(MooncakeTrace, TimesLengthsAndBlocks) {
  const Trace trace = trace_of(
      R"({"timestamp": 100, "input_length": 1200, "output_length": 6, "hash_ids": [0, 7, 18446744073709551615]})"
      "\n"
      R"({"timestamp": 103.25, "input_length": 10, "output_length": 1, "other": {}})"
      "\n\n");
  EXPECT_EQ(trace.form, "mooncake");
  EXPECT_THAT(times_ns(trace), ElementsAre(0, 3'250'000));
  EXPECT_THAT(trace.entries[0].blocks, ElementsAre(0U, 7U, ~uint64_t{0}));
  EXPECT_EQ(trace.entries[1].input_tokens, 10);
  EXPECT_TRUE(trace.entries[1].blocks.empty());
}

TEST(MooncakeTrace, BadMembers) {
  const auto line = [](const std::string& timestamp, const std::string& input,
                       const std::string& ids) {
    return fmt::format(
        R"({{"timestamp": {}, "input_length": {}, "output_length": 1, "hash_ids": {}}})", timestamp,
        input, ids);
  };
  ASSERT_EQ(error_of(line("0", "1", "[]")), "none");
  EXPECT_EQ(error_of(line("-1", "1", "[]")),
            "t:1: `timestamp` is -1, expected a number 0..9000000000000");
  for (const char* bad : {"\"5\"", "null", "1e300", "9000000000001", "[]"}) {
    EXPECT_THAT(error_of(line(bad, "1", "[]")), HasSubstr("t:1: `timestamp` is")) << bad;
  }
  EXPECT_EQ(error_of(line("0", "-3", "[]")),
            "t:1: `input_length` is -3, expected a whole number of tokens 0..10000000");
  for (const char* bad : {"1.5", "\"1\"", "10000001", "99999999999999999999999", "true"}) {
    EXPECT_THAT(error_of(line("0", bad, "[]")), HasSubstr("t:1: `input_length` is")) << bad;
  }
  for (const char* bad : {"[-1]", "[1.5]", "5", "[\"1\"]", "{}", "[99999999999999999999999]"}) {
    EXPECT_THAT(error_of(line("0", "1", bad)),
                HasSubstr("expected an array of whole numbers, 0 or more"))
        << bad;
  }
  EXPECT_EQ(error_of("{\"timestamp\": 1}"),
            "t:1: `input_length` is missing, expected a whole number of tokens 0..10000000");
  // The form is settled by the first line.
  EXPECT_EQ(error_of(line("0", "1", "[]") + "\n" + R"({"at_s": 1})"),
            "t:2: `timestamp` is missing, expected a number 0..9000000000000");
  EXPECT_THAT(error_of(line("0", "1", "[]") + "\n" + kHeader), HasSubstr("t:2:1"));
}

// --- Ours ----------------------------------------------------------------------------------------

TEST(AssayTrace, EveryMember) {
  const Trace trace = trace_of(
      R"({"at_s": 1700000000.5, "input_tokens": 5, "output_tokens": 6, "blocks": [1], "conversation": "c1"})"
      "\n"
      R"({"at_ms": 1700000000600, "output_tokens": 7, "prompt": "Hello 안녕", "conversation": 12})"
      "\n"
      R"({"at_s": 1700000001, "input_tokens": 3, "output_tokens": 7, "prompt": "Hi"})"
      "\n");
  EXPECT_EQ(trace.form, "assay");
  EXPECT_THAT(times_ns(trace), ElementsAre(0, 100'000'000, 500'000'000));
  EXPECT_THAT(trace.entries[0].blocks, ElementsAre(1U));
  EXPECT_EQ(trace.entries[0].conversation, "c1");
  EXPECT_EQ(trace.entries[0].prompt, "");
  EXPECT_EQ(trace.entries[1].prompt, "Hello 안녕");
  EXPECT_EQ(trace.entries[1].input_tokens, -1);
  EXPECT_EQ(trace.entries[1].conversation, "12");
  EXPECT_EQ(trace.entries[2].input_tokens, 3);
}

TEST(AssayTrace, BadMembers) {
  const auto error = [](const std::string& members) {
    return error_of("{\"at_s\": 1, " + members + "}");
  };
  ASSERT_EQ(error(R"("input_tokens": 1, "output_tokens": 1)"), "none");
  EXPECT_EQ(error(R"("input_token": 1, "output_tokens": 1)"),
            "t:1: unknown key `input_token`, did you mean `input_tokens`? expected at_s, at_ms, "
            "input_tokens, output_tokens, blocks, prompt, conversation");
  EXPECT_THAT(error(R"("at_ms": 1)"), HasSubstr("found both `at_s` and `at_ms`"));
  EXPECT_THAT(error(R"("output_tokens": 1)"), HasSubstr("`input_tokens` is missing"));
  EXPECT_THAT(error(R"("input_tokens": 1)"), HasSubstr("`output_tokens` is missing"));
  EXPECT_THAT(error(R"("prompt": "", "output_tokens": 1)"),
              HasSubstr("`prompt` is \"\", expected a string that is not empty"));
  EXPECT_THAT(error(R"("prompt": 5, "output_tokens": 1)"), HasSubstr("`prompt` is 5"));
  EXPECT_THAT(error(R"("input_tokens": 1, "output_tokens": 1, "conversation": "")"),
              HasSubstr("expected a name of 1..256 bytes or a whole number"));
  EXPECT_THAT(error(R"("input_tokens": 1, "output_tokens": 1, "conversation": ")" +
                    std::string(257, 'x') + "\""),
              HasSubstr("expected a name of 1..256 bytes"));
  EXPECT_THAT(error_of(R"({"at_s": -0.5, "input_tokens": 1, "output_tokens": 1})"),
              HasSubstr("`at_s` is -0.5, expected a number 0..9000000000"));
}

// --- Hostile bytes -------------------------------------------------------------------------------

TEST(Trace, FormsThatAreNone) {
  const std::string expected =
      "expected the header TIMESTAMP,ContextTokens,GeneratedTokens or a JSON object with "
      "`timestamp` or with `at_s` or `at_ms`";
  EXPECT_EQ(error_of("hello\n"), "t:1: found `hello`, " + expected);
  EXPECT_EQ(error_of("\n\n{\"a\": 1}\n"), "t:3: found `{\"a\": 1}`, " + expected);
  EXPECT_EQ(error_of("[1]"), "t:1: found `[1]`, " + expected);
  EXPECT_EQ(error_of(std::string_view("a\0b\xFF", 4)), "t:1: found `a\\x00b\\xff`, " + expected);
  EXPECT_THAT(error_of("{\"timestamp\": "), HasSubstr("t:1:"));
  EXPECT_EQ(error_of(""), "t: found no entry, expected at least one");
  EXPECT_EQ(error_of("\r\n \t\n"), "t: found no entry, expected at least one");
  EXPECT_EQ(error_of(kHeader), "t: found no entry, expected at least one");
  EXPECT_THAT(error_of("\x1F\x8B"), HasSubstr("found gzip data of which it ends in the middle"));
}

TEST(Trace, LinesHaveALimit) {
  EXPECT_EQ(error_of(kHeader + std::string(kTraceLineBytesMax + 1, '1')),
            "t:2: found a line of more than 16777216 bytes, expected at most that");
  EXPECT_LT(error_of(std::string(kTraceLineBytesMax, 'x')).size(), 300U);
  EXPECT_LT(error_of("{\"timestamp\": \"" + std::string(1'000'000, 'x') + "\"}").size(), 300U);
  EXPECT_THAT(error_of("{\"at_s\": " + std::string(100'000, '[')), HasSubstr("t:1: nested deeper"));
}

TEST(Trace, Gzip) {
  const std::string text = kHeader + "2023-11-16 18:17:03,1,1\n2023-11-16 18:17:04,2,2\n";
  const std::string packed = gzip(text);
  const Trace trace = trace_of(packed);
  EXPECT_EQ(trace.form, "azure");
  EXPECT_EQ(trace.hash, sha256(packed).hex());
  EXPECT_THAT(times_ns(trace), ElementsAre(0, 1'000'000'000));
  // Members one after the other, as `cat a.gz b.gz` makes them.
  EXPECT_EQ(trace_of(packed + gzip("2023-11-16 18:17:09,2,2\n")).entries.size(), 3U);
  // Cut anywhere, or with bytes after it, it is an error and no shorter trace.
  for (size_t length = 2; length < packed.size(); ++length)
    EXPECT_THAT(error_of(packed.substr(0, length)), HasSubstr("t: found gzip data of which"));
  EXPECT_THAT(error_of(packed + "x"), HasSubstr("found gzip data of which"));
  std::string broken = packed;
  broken[packed.size() - 6] ^= 1;  // the check sum
  EXPECT_THAT(error_of(broken), HasSubstr("found gzip data of which incorrect data check"));
  // A bomb ends at the longest line.
  EXPECT_THAT(error_of(gzip(std::string(20'000'000, ' '))), HasSubstr("found a line of more than"));
}

// --- Cuts and scale ------------------------------------------------------------------------------

std::string every_second(int entries) {
  std::string text;
  for (int i = 0; i < entries; ++i)
    text +=
        fmt::format("{{\"at_s\": {}, \"input_tokens\": {}, \"output_tokens\": 1}}\n", 100 + i, i);
  return text;
}

TEST(Trace, ScaleAndCuts) {
  const std::string text = every_second(10);
  EXPECT_EQ(trace_of(text, {.time_scale = 20}).entries.back().at, 450ms);
  EXPECT_EQ(trace_of(text, {.time_scale = 0.5}).entries.back().at, 18s);
  const Trace cut = trace_of(text, {.time_scale = 2, .from = 2500ms, .duration = 3s});
  ASSERT_EQ(cut.entries.size(), 3U);  // 3, 4 and 5 s; the cut ends at 5.5 s
  EXPECT_EQ(cut.entries[0].input_tokens, 3);
  EXPECT_THAT(times_ns(cut), ElementsAre(0, 500'000'000, 1'000'000'000));
  // The begin belongs to it, the end does not.
  EXPECT_EQ(trace_of(text, {.from = 2s, .duration = 3s}).entries.size(), 3U);
  EXPECT_EQ(trace_of(text, {.limit = 4}).entries.size(), 4U);
  EXPECT_EQ(trace_of(text, {.from = 8s, .limit = 4}).entries.size(), 2U);
}

TEST(Trace, CutsThatLeaveNothing) {
  EXPECT_EQ(error_of(every_second(10), {.from = 10s}),
            "t: nothing is left: found 10 entries over 9.000 s, expected some from 10.000 s on");
  EXPECT_EQ(error_of(every_second(10), {.from = 1500ms, .duration = 400ms}),
            "t: nothing is left: found 10 entries over 9.000 s, expected some from 1.500 s on for "
            "0.400 s");
}

TEST(Trace, BadOptions) {
  for (const double scale : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_EQ(error_of(every_second(2), {.time_scale = scale}),
              fmt::format("trace: the time scale is {}, expected a positive finite number", scale));
  }
  EXPECT_THAT(error_of(every_second(2), {.time_scale = 1e-300}),
              HasSubstr("t:2: the entry would be due after"));
  EXPECT_THAT(error_of(every_second(2), {.from = -1s}), HasSubstr("the cut begins at -1 s"));
  EXPECT_THAT(error_of(every_second(2), {.duration = 0s}), HasSubstr("the cut is 0 s long"));
}

TEST(Trace, FromAFile) {
  const std::filesystem::path path = std::filesystem::path(testing::TempDir()) / "trace.jsonl";
  const std::string text = every_second(5000);  // several blocks
  std::ofstream(path, std::ios::binary) << text;
  const Result<Trace> trace = read_trace(path.string(), {});
  ASSERT_TRUE(trace.has_value()) << trace.error().text();
  EXPECT_EQ(trace->entries.size(), 5000U);
  EXPECT_EQ(trace->hash, sha256(text).hex());
  std::ofstream(path, std::ios::binary | std::ios::app) << "x";
  EXPECT_THAT(read_trace(path.string(), {}).error().text(), HasSubstr(path.string() + ":5001:1"));
  std::filesystem::remove(path);
  EXPECT_EQ(read_trace(path.string(), {}).error().text(),
            path.string() + ": cannot be read, expected a trace (CSV or JSON lines)");
  EXPECT_FALSE(read_trace(testing::TempDir(), {}).has_value());
}

// --- Real ones -----------------------------------------------------------------------------------

const std::string kTraces = std::string(ASSAY_SOURCE_DIR) + "/../shared/data/traces/";

TEST(RealTrace, Azure) {
  const std::string path = kTraces + "AzureLLMInferenceTrace_code.csv";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "the trace is not in ../shared/data/traces";
  const Result<Trace> trace = read_trace(path, {});
  ASSERT_TRUE(trace.has_value()) << trace.error().text();
  ASSERT_EQ(trace->entries.size(), 8819U);
  EXPECT_EQ(trace->entries[1].at, 52ms);
  EXPECT_EQ(trace->entries[0].input_tokens, 4808);
  // 18:17:03.9799600 to 19:14:19.9280160.
  EXPECT_EQ(trace->entries.back().at, 57min + 15s + Nanos(948'056'000));
  EXPECT_EQ(trace->entries.back().output_tokens, 173);
  const Result<Trace> cut = read_trace(path, {.time_scale = 20, .duration = 10min});
  ASSERT_TRUE(cut.has_value());
  EXPECT_LT(cut->entries.back().at, 30s);
  for (size_t i = 0; i < cut->entries.size(); ++i) {
    const int64_t off = cut->entries[i].at.count() * 20 - trace->entries[i].at.count();
    EXPECT_LE(std::abs(off), 10) << i;  // rounded to whole nanoseconds after scaling
  }
  EXPECT_GE(trace->entries[cut->entries.size()].at, 10min);
}

TEST(RealTrace, Mooncake) {
  const std::string path = kTraces + "mooncake_synthetic_trace.jsonl.gz";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "the trace is not in ../shared/data/traces";
  const Result<Trace> trace = read_trace(path, {});
  ASSERT_TRUE(trace.has_value()) << trace.error().text();
  EXPECT_EQ(trace->form, "mooncake");
  ASSERT_EQ(trace->entries.size(), 3993U);
  EXPECT_EQ(trace->entries.back().at, Nanos(1'022'025'000'000));
  for (const TraceEntry& entry : trace->entries)
    EXPECT_EQ(static_cast<int64_t>(entry.blocks.size()), (entry.input_tokens + 511) / 512);
}

}  // namespace
}  // namespace assay::load
