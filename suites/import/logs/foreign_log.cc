#include "suites/import/logs/foreign_log.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "harness/base/json.h"
#include "suites/import/logs/json_slices.h"
#include "suites/import/logs/log_values.h"
#include "suites/loader/text_source.h"

namespace assay::suites {
namespace {

namespace fs = std::filesystem;

constexpr size_t kHeadBytesMax = size_t{1} << 20;  // looked at to tell what a file is
constexpr size_t kKeysMax = 40;
constexpr std::string_view kKnown =
    "known are: samples of lm-eval (samples_*.jsonl: `doc_id`, `target`, `resps`), logs of Inspect "
    "(.eval, or .json with `eval` and `samples`), results of promptfoo (.json with `results`), "
    "configurations of promptfoo (`prompts`, `providers`, `tests`), samples of OpenAI-evals "
    "(`input`, `ideal`)";

class Keys {
 public:
  explicit Keys(std::vector<std::string> keys) : keys_(std::move(keys)) {}
  [[nodiscard]] bool has(std::string_view key) const {
    return std::find(keys_.begin(), keys_.end(), key) != keys_.end();
  }
  [[nodiscard]] bool empty() const { return keys_.empty(); }
  [[nodiscard]] std::string text() const {
    return fmt::format(
        "`{}`",
        fmt::join(keys_.begin(),
                  keys_.begin() + static_cast<std::ptrdiff_t>(std::min(keys_.size(), size_t{8})),
                  "`, `"));
  }

 private:
  std::vector<std::string> keys_;
};

Result<std::string> read_head(const std::string& path) {
  std::string head;
  ASSAY_TRY(const auto source, TextSource::open(path, path, {}));
  while (head.size() < kHeadBytesMax) {
    ASSAY_TRY(const std::string_view chunk, source->next());
    if (chunk.empty()) break;
    head += chunk;
  }
  return head;
}

std::optional<ImportKind> kind_of_object(const Keys& keys) {
  ImportKind kind;
  if (keys.has("doc_id") && (keys.has("target") || keys.has("resps") || keys.has("doc"))) {
    kind.log = LogFormat::kLmEval;
  } else if (keys.has("eval") && (keys.has("version") || keys.has("status"))) {
    kind.log = LogFormat::kInspect;
  } else if (keys.has("input") && keys.has("ideal")) {
    kind.suite = "openai-evals";
  } else if (keys.has("results") && !keys.has("configs")) {
    kind.log = LogFormat::kPromptfoo;
  } else if (keys.has("prompts") || keys.has("providers") || keys.has("tests")) {
    kind.suite = "promptfoo";
  } else {
    return std::nullopt;
  }
  return kind;
}

// The object may be longer than what was read of it: `results` of promptfoo comes early, but one
// list can be all of it.
Result<ImportKind> kind_of_json(const std::string& path, std::string_view head) {
  const size_t first = head.find_first_not_of(" \t\r\n");
  std::string_view object = head.substr(first);
  const bool list = object.front() == '[';
  if (list) {
    const size_t inner = object.find('{');
    object = inner == std::string_view::npos ? std::string_view() : object.substr(inner);
  }
  const Keys keys(leading_keys(object, kKeysMax));
  if (auto kind = kind_of_object(keys)) return *kind;
  if (keys.has("results") && keys.has("configs")) {
    return input_error(path,
                       "is the summary of an lm-eval run; its items stand in "
                       "samples_TASK_DATE.jsonl beside it (--log_samples): name these, or "
                       "the folder");
  }
  if (keys.empty()) {
    return input_error(path,
                       fmt::format("is JSON without members that tell what it is; {}", kKnown));
  }
  return input_error(path,
                     fmt::format("has {}, which is no format known here; {}", keys.text(), kKnown));
}

// Names of logs of one format in a folder, sorted.
std::vector<std::string> logs_in(const std::string& folder, LogFormat format) {
  std::vector<std::string> out;
  std::error_code failed;
  for (fs::recursive_directory_iterator at(folder, failed), end; !failed && at != end;
       at.increment(failed)) {
    if (at.depth() > 2) at.disable_recursion_pending();
    const std::string name = at->path().filename().string();
    const bool wanted = format == LogFormat::kLmEval
                            ? name.starts_with("samples_") &&
                                  (name.ends_with(".jsonl") || name.ends_with(".jsonl.gz"))
                            : format == LogFormat::kInspect && name.ends_with(".eval");
    if (wanted && at->is_regular_file(failed)) out.push_back(at->path().string());
    if (out.size() > kLogFilesMax) break;
  }
  std::sort(out.begin(), out.end());
  return out;
}

bool has_files(const std::string& folder, LogFormat format) {
  return !logs_in(folder, format).empty();
}

}  // namespace

std::string_view log_format_name(LogFormat format) {
  switch (format) {
    case LogFormat::kLmEval:
      return "lm-eval";
    case LogFormat::kInspect:
      return "inspect";
    case LogFormat::kPromptfoo:
      break;
  }
  return "promptfoo-results";
}

Result<ImportKind> detect_import(const std::string& path) {
  std::error_code failed;
  if (fs::is_directory(path, failed)) {
    for (const LogFormat format : {LogFormat::kLmEval, LogFormat::kInspect}) {
      if (has_files(path, format)) return ImportKind{.log = format, .suite = ""};
    }
    return input_error(path,
                       fmt::format("is a folder without samples_*.jsonl or *.eval; {}", kKnown));
  }
  if (!fs::exists(path, failed)) return input_error(path, "there is no such file");
  ASSAY_TRY(const bool zip, [&]() -> Result<bool> {
    std::FILE* const file = std::fopen(path.c_str(), "rb");
    if (file == nullptr) return input_error(path, "cannot be opened");
    std::string magic(4, '\0');
    magic.resize(std::fread(magic.data(), 1, magic.size(), file));
    std::fclose(file);
    return magic == "PK\x03\x04" || magic == "PK\x05\x06";
  }());
  if (zip) return ImportKind{.log = LogFormat::kInspect, .suite = ""};
  ASSAY_TRY(const std::string head, read_head(path));
  const size_t first = head.find_first_not_of(" \t\r\n");
  if (first == std::string::npos) return input_error(path, fmt::format("is empty; {}", kKnown));
  if (head[first] == '{' || head[first] == '[') return kind_of_json(path, head);
  if (path.ends_with(".yaml") || path.ends_with(".yml")) {
    return ImportKind{.log = std::nullopt, .suite = "promptfoo"};
  }
  return input_error(path,
                     fmt::format("begins with `{}`, which is no format known here; {}",
                                 short_text(std::string_view(head).substr(first), 30), kKnown));
}

Result<std::unique_ptr<ForeignLog>> open_foreign_log(const std::vector<std::string>& paths,
                                                     LogFormat format) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code failed;
    if (!fs::is_directory(path, failed)) {
      files.push_back(path);
      continue;
    }
    const std::vector<std::string> inside = logs_in(path, format);
    if (inside.empty()) {
      return input_error(path, fmt::format("holds no logs of {}", log_format_name(format)));
    }
    files.insert(files.end(), inside.begin(), inside.end());
  }
  if (files.size() > kLogFilesMax) {
    return input_error(paths.front(), fmt::format("more than {} logs", kLogFilesMax));
  }
  switch (format) {
    case LogFormat::kLmEval:
      return open_lm_eval(files);
    case LogFormat::kInspect:
      return open_inspect(files);
    case LogFormat::kPromptfoo:
      break;
  }
  return open_promptfoo_results(files);
}

}  // namespace assay::suites
