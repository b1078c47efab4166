// MockBatches: the batch endpoints of the mock: files and batches in OpenAI's form, message batches
// in Anthropic's. A batch is done so long after its creation; its results are made when somebody
// first asks for them. Knows nothing of sockets; loop thread.
//
// Everything that is uploaded is hostile and bounded: kFilesMax files and batches, kBytesMax bytes
// of them together, kRequestsMax requests in one.
//
//   MockBatches batches(options);
//   if (MockBatches::serves(request.path)) reply(batches.answer(request, now, unix_now));
//
// Sources: OpenAI API reference, "Files" and "Batch"; Anthropic API reference, "Message Batches".
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/mock/http_request.h"
#include "app/mock/mock_ask.h"
#include "app/mock/mock_options.h"
#include "app/mock/mock_stats.h"
#include "harness/base/clock.h"
#include "harness/base/json_fwd.h"

namespace assay::app::mock {

struct MockAnswer {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
};

class MockBatches {
 public:
  static constexpr size_t kFilesMax = 1000;
  static constexpr size_t kBytesMax = size_t{512} << 20;
  static constexpr size_t kRequestsMax = 100'000;
  static constexpr size_t kProblemsMax = 10;  // that a refused batch names

  // `options` outlives this.
  explicit MockBatches(const MockOptions& options) : options_(&options) {}

  // Paths below .../files, .../batches and .../messages/batches.
  static bool serves(std::string_view path);
  // In Anthropic's words where the path is its.
  static bool is_messages(std::string_view path);
  MockAnswer answer(const HttpRequest& request, TimePoint now, int64_t unix_now_s);
  [[nodiscard]] const BatchStats& stats() const { return stats_; }
  void reset_stats() { stats_ = BatchStats(); }

 private:
  struct Line {
    std::string custom_id;
    std::string body;
  };
  struct Batch {
    bool messages = false;  // Anthropic's
    std::string id;
    Endpoint endpoint = Endpoint::kChat;
    std::string url;         // that its lines ask
    std::string input_file;  // OpenAI's
    std::string metadata;    // JSON; empty: none
    std::vector<Line> lines;
    size_t requests = 0;
    std::vector<std::string> problems;  // JSON objects; not empty: it fails
    TimePoint created{};
    int64_t created_unix_s = 0;
    std::optional<TimePoint> cancelled;
    bool done = false;  // its results are made
    uint64_t answered = 0;
    uint64_t failed = 0;
    uint64_t expired = 0;
    std::string output_file;  // ids of OpenAI's files
    std::string error_file;
    std::string results;  // of Anthropic's
  };
  // What a line comes to.
  struct Outcome {
    enum class Kind : uint8_t { kAnswered, kFailed, kExpired, kCancelled };
    Kind kind = Kind::kAnswered;
    int status = 200;
    std::string body;
  };

  MockAnswer upload(const HttpRequest& request, int64_t unix_now_s);
  MockAnswer file_of(std::string_view rest) const;
  MockAnswer create(const HttpRequest& request, TimePoint now, int64_t unix_now_s);
  MockAnswer create_messages(const HttpRequest& request, TimePoint now, int64_t unix_now_s);
  MockAnswer list(const HttpRequest& request, bool messages, TimePoint now);
  MockAnswer one(const HttpRequest& request, bool messages, std::string_view rest, TimePoint now);
  // What is wrong with the lines of an input file; they are kept where nothing is.
  void read_lines(const std::string& content, Batch& batch) const;
  std::optional<std::string> read_line(std::string_view text, Batch& batch) const;
  std::optional<Refusal> read_requests(const Json& body, Batch& batch) const;
  Batch& add(Batch batch, TimePoint now, int64_t unix_now_s);
  std::string add_file(std::string content, std::string_view purpose);
  [[nodiscard]] bool is_over(const Batch& batch, TimePoint now) const;
  void finish(Batch& batch, TimePoint now);
  [[nodiscard]] Outcome result_of(const Batch& batch, const Line& line, uint64_t number) const;
  [[nodiscard]] std::string to_json(const Batch& batch, TimePoint now) const;
  [[nodiscard]] std::string messages_to_json(const Batch& batch) const;
  [[nodiscard]] std::string_view status_of(const Batch& batch, TimePoint now) const;

  struct File {
    std::string purpose;
    std::string content;
    int64_t created_unix_s = 0;
  };

  const MockOptions* options_;
  std::map<std::string, File, std::less<>> files_;
  std::vector<Batch> batches_;  // in order of creation
  size_t bytes_ = 0;            // of files, lines and results
  uint64_t next_file_ = 1;
  int64_t unix_now_s_ = 0;  // of the request being answered
  BatchStats stats_;
};

}  // namespace assay::app::mock
