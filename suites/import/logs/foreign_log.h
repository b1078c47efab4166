// ForeignLog: what another tool wrote about one evaluation, as our facts: models, suites, and the
// items one at a time with their replies and scores. Nothing is judged again.
//
// Where it stands: suites/import/logs, one reader for each tool; app/foreign_run.cc writes the run
// file. One thread. A log is read several times, item by item: nothing keeps the whole of it.
//
//   ASSAY_TRY(auto log, suites::open_foreign_log({"run.eval"}, LogFormat::kInspect));
//   ASSAY_TRY_VOID(log->read([&](ForeignItem& item) -> Result<void> { ... }));
//
// Formats read: samples of lm-evaluation-harness 0.3 to 0.4.9, logs of inspect_ai (EvalLog versions
// 1 and 2, as .eval and as .json), results of promptfoo (versions 1 to 3). docs/interchange.md.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"
#include "harness/types/manifest.h"
#include "harness/types/response.h"
#include "harness/types/score.h"

namespace assay::suites {

inline constexpr size_t kLogDocumentBytesMax = size_t{1} << 30;  // of one JSON document
inline constexpr size_t kLogLineBytesMax = size_t{256} << 20;    // of one line of JSON lines
inline constexpr size_t kLogItemsMax = 5'000'000;
inline constexpr size_t kLogFilesMax = 1000;
inline constexpr size_t kLogNameBytesMax = 200;  // of a model, a suite, a metric
inline constexpr size_t kLogTagsMax = 8;         // of one item
inline constexpr size_t kLogTagValueBytesMax = 60;
inline constexpr size_t kLogMetricsMax = 64;  // of one suite: what a run file holds
inline constexpr uint32_t kLogRepeatsMax = 100'000;

enum class LogFormat : uint8_t { kLmEval, kInspect, kPromptfoo };
std::string_view log_format_name(LogFormat format);  // "lm-eval", "inspect", "promptfoo-results"

struct ForeignModel {
  std::string name;
  std::string spec;     // tool:model
  std::string config;   // JSON of what can change an answer, where the log has it
  std::string version;  // the tool and its version
};

struct ForeignSuite {
  std::string name;
  std::string title;
  std::string scoring;  // JSON: tool, task, its version, metrics' configuration
  // Of logs that Assay wrote itself: the suite as it was. Otherwise empty.
  std::vector<MetricDef> metrics;
  std::string prompt_hash;
  std::string scorer_hash;
};

struct ForeignItem {
  size_t model = 0;  // index into models
  size_t suite = 0;
  std::string id;
  uint32_t repeat = 0;
  std::string part;  // of an item whose scores stand in several places (a filter of lm-eval)
  std::string cluster;
  std::string request;  // as request_to_json
  std::string truth;    // as truth_to_json
  std::string tags;     // as tags_to_json
  Response response;
  int64_t sent_ns = -1;     // from the log's first request; -1: not known
  int64_t latency_ns = -1;  // -1: not known
  std::vector<Score> scores;
  // Direction and aggregation of metrics, where the name or the log tells: by metric.
  std::map<std::string, MetricDef> known;
  std::string place;  // "samples.jsonl:7"
};

class ForeignLog {
 public:
  using Take = std::function<Result<void>(ForeignItem&)>;
  virtual ~ForeignLog() = default;
  ForeignLog(const ForeignLog&) = delete;
  ForeignLog& operator=(const ForeignLog&) = delete;

  [[nodiscard]] virtual Result<void> read(const Take& take) const = 0;

  LogFormat format = LogFormat::kLmEval;
  std::string tool;  // with its version: "lm-eval 0.4.9"
  std::string utc;   // when the log began, ISO 8601; empty: not known
  std::vector<ForeignModel> models;
  std::vector<ForeignSuite> suites;
  std::vector<std::string> notes;  // what a person should know

 protected:
  ForeignLog() = default;
};

// What a file is, by its content: a log, or a suite ("promptfoo", "openai-evals").
struct ImportKind {
  std::optional<LogFormat> log;
  std::string suite;
};
// Errors say what was found and which formats are known.
Result<ImportKind> detect_import(const std::string& path);

// Several files are one run: tasks of one lm-eval run, logs of one Inspect evaluation set. A folder
// stands for the logs in it (and, for lm-eval, in its folders).
Result<std::unique_ptr<ForeignLog>> open_foreign_log(const std::vector<std::string>& paths,
                                                     LogFormat format);
Result<std::unique_ptr<ForeignLog>> open_lm_eval(const std::vector<std::string>& files);
Result<std::unique_ptr<ForeignLog>> open_inspect(const std::vector<std::string>& files);
Result<std::unique_ptr<ForeignLog>> open_promptfoo_results(const std::vector<std::string>& files);

}  // namespace assay::suites
