// Logs of Inspect (inspect_ai): .eval files (zip: header.json, samples/ID_epoch_N.json) and the
// older single .json document. EvalLog versions 1 and 2.
// Read from inspect_ai's src/inspect_ai/log/_log.py, log/_recorders/eval.py, scorer/_metric.py and
// model/_model_output.py (0.3.50 to 0.3.200).
#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "harness/types/request.h"
#include "harness/types/sample.h"
#include "suites/import/logs/assay_reply.h"
#include "suites/import/logs/foreign_log.h"
#include "suites/import/logs/json_slices.h"
#include "suites/import/logs/log_values.h"
#include "suites/import/logs/python_json.h"
#include "suites/import/logs/zip_archive.h"

namespace assay::suites {
namespace {

constexpr std::string_view kTool = "inspect";
constexpr std::string_view kAttachment = "attachment://";
constexpr int64_t kVersionMax = 2;  // of EvalLog
constexpr size_t kMessagesMax = 200;
// What score() of the first logs had for a name.
constexpr std::string_view kOldScoreName = "score";

// One log: a file, read whole (.json) or member by member (.eval).
struct LogFile {
  std::string path;
  std::unique_ptr<ZipArchive> zip;
  std::string text;
  JsonSlices slices;  // views of text
  std::vector<const ZipMember*> samples;
  size_t model = 0;
  size_t suite = 0;
  std::string model_key;  // in model_usage
  int64_t begin_ns = -1;  // since 1970
  bool from_assay = false;
};

// ---- texts

// Long texts of a sample stand aside, under their hash.
class Attachments {
 public:
  explicit Attachments(const Json& sample) : list_(member_or_null(sample, "attachments")) {}
  [[nodiscard]] std::string resolve(std::string text) const {
    if (!text.starts_with(kAttachment)) return text;
    const Json* found = find_member(list_, std::string_view(text).substr(kAttachment.size()));
    return found != nullptr && found->is_string() ? found->get<std::string>() : text;
  }

 private:
  const Json& list_;
};

// `content` of a message: a text, or parts of which texts and reasoning count here.
std::string content_text(const Json& content, std::string_view type, const Attachments& aside) {
  if (content.is_string()) return type == "text" ? aside.resolve(text_of(content)) : "";
  std::string out;
  if (!content.is_array()) return out;
  for (const Json& part : content) {
    if (text_at(part, "type") != type) continue;
    if (!out.empty()) out += '\n';
    out += aside.resolve(text_at(part, type));
  }
  return out;
}

std::vector<ToolCall> tool_calls_of(const Json& message) {
  std::vector<ToolCall> out;
  const Json& calls = member_or_null(message, "tool_calls");
  if (!calls.is_array()) return out;
  for (const Json& call : calls) {
    if (out.size() >= kMessagesMax) break;
    out.push_back({.id = text_at(call, "id"),
                   .name = text_at(call, "function"),
                   .arguments = text_at(call, "arguments")});
  }
  return out;
}

void add_messages(const Json& list, const Attachments& aside, Request& request) {
  for (const Json& message : list) {
    const std::string role = text_at(message, "role");
    if (role == "assistant" || request.messages.size() >= kMessagesMax) return;
    request.messages.push_back(
        {.role = role, .text = content_text(member_or_null(message, "content"), "text", aside)});
  }
}

// What the model was asked first: the conversation before its first words; else the input.
std::string request_of(const Json& sample, const Attachments& aside) {
  Request request;
  const Json& messages = member_or_null(sample, "messages");
  const Json& input = member_or_null(sample, "input");
  if (messages.is_array()) add_messages(messages, aside, request);
  if (request.messages.empty() && input.is_array()) add_messages(input, aside, request);
  if (request.messages.empty()) {
    request.messages.push_back({.role = "user", .text = aside.resolve(text_of(input))});
  }
  return request_to_json(request);
}

std::string truth_of(const Json& sample) {
  Sample out;
  const Json& target = member_or_null(sample, "target");
  if (target.is_array()) {
    for (const Json& one : target) out.targets.push_back(text_of(one));
  } else {
    out.targets.push_back(text_of(target));
  }
  const Json& choices = member_or_null(sample, "choices");
  if (choices.is_array()) {
    for (const Json& one : choices) out.choices.push_back(text_of(one));
  }
  return truth_to_json(out);
}

// ---- the reply

Outcome outcome_of(std::string_view stop) {
  if (stop == "max_tokens" || stop == "model_length" || stop == "length") return Outcome::kLength;
  return stop == "content_filter" ? Outcome::kRefused : Outcome::kOk;
}

// total_tokens tells whether cached input is counted within input_tokens; reasoning is within
// output_tokens.
void read_usage(const Json& usage, Response& response) {
  const int64_t input = tokens_at(usage, "input_tokens");
  const int64_t output = tokens_at(usage, "output_tokens");
  if (input < 0 || output < 0) return;
  const int64_t read = tokens_at(usage, "input_tokens_cache_read");
  const int64_t write = tokens_at(usage, "input_tokens_cache_write");
  const int64_t aside = std::max<int64_t>(0, read) + std::max<int64_t>(0, write);
  const bool within =
      aside > 0 && aside <= input && tokens_at(usage, "total_tokens") == input + output;
  const int64_t reasoning =
      std::min(output, std::max<int64_t>(0, tokens_at(usage, "reasoning_tokens")));
  response.usage = {.input_tokens = within ? input - aside : input,
                    .cached_tokens = read,
                    .reasoning_tokens = reasoning > 0 ? reasoning : -1,
                    .output_tokens = output - reasoning,
                    .cache_write_tokens = write,
                    .source = UsageSource::kReported};
  response.cost = dollars(number_at(usage, "total_cost"));
}

void read_output(const Json& sample, const Attachments& aside, Response& response) {
  const Json& output = member_or_null(sample, "output");
  const Json& choices = member_or_null(output, "choices");
  response.outcome = Outcome::kOk;
  response.served_model = short_text(text_at(output, "model"), kLogNameBytesMax);
  if (choices.is_array() && !choices.empty()) {
    const Json& message = member_or_null(choices[0], "message");
    const Json& content = member_or_null(message, "content");
    response.answer = content_text(content, "text", aside);
    response.reasoning = content_text(content, "reasoning", aside);
    response.tool_calls = tool_calls_of(message);
    response.finish_reason = short_text(text_at(choices[0], "stop_reason"), 60);
    response.outcome = outcome_of(response.finish_reason);
  }
  if (response.answer.empty()) response.answer = aside.resolve(text_at(output, "completion"));
  const Json& error = member_or_null(sample, "error");
  if (error.is_null()) return;
  response.error = error.is_object() ? text_at(error, "message") : text_of(error);
  response.outcome = Outcome::kServerError;
}

// The reply's own time where one was asked for; for conversations the sample's.
int64_t latency_of(const Json& sample) {
  size_t replies = 0;
  const Json& messages = member_or_null(sample, "messages");
  if (messages.is_array()) {
    for (const Json& one : messages) replies += text_at(one, "role") == "assistant" ? 1 : 0;
  }
  const int64_t reply = nanoseconds(number_at(member_or_null(sample, "output"), "time"));
  if (replies <= 1 && reply >= 0) return reply;
  const int64_t working = nanoseconds(number_at(sample, "working_time"));
  return working >= 0 ? working : nanoseconds(number_at(sample, "total_time"));
}

void read_scores(const Json& sample, ForeignItem& item) {
  const auto add = [&](const std::string& name, const Json& score) {
    const std::string metric = log_name(name, kOldScoreName);
    const std::string explanation = short_text(text_at(score, "explanation"), 2000);
    add_scores(metric, member_or_null(score, "value"), ScoreWords::kInspect,
               text_at(score, "answer"), explanation, item.scores);
  };
  if (const Json* old = find_member(sample, "score"); old != nullptr && old->is_object()) {
    return add(std::string(kOldScoreName), *old);
  }
  const Json& scores = member_or_null(sample, "scores");
  if (!scores.is_object()) return;
  for (const auto& [name, score] : scores.items()) add(name, score);
}

// ---- the header

ForeignModel model_of(const Json& eval, const std::string& version) {
  ForeignModel model;
  model.name = log_name(text_at(eval, "model"), "model");
  model.spec = "inspect:" + model.name;
  model.version = version;
  Json config{{"tool", kTool}, {"model", model.name}};
  for (const std::string_view key :
       {"model_generate_config", "model_args", "model_base_url", "solver", "solver_args"}) {
    if (const Json* value = find_member(eval, key)) config[std::string(key)] = *value;
  }
  model.config = dump_json(config);
  return model;
}

// Of older headers without `scorers`: the names in the results.
Json scorers_of(const Json& header, const Json& eval) {
  if (const Json* scorers = find_member(eval, "scorers"); scorers != nullptr && scorers->is_array())
    return *scorers;
  Json out = Json::array();
  const Json& scores = member_or_null(member_or_null(header, "results"), "scores");
  if (!scores.is_array()) return out;
  for (const Json& one : scores) {
    out.push_back({{"name", text_at(one, "name")}, {"options", member_or_null(one, "params")}});
  }
  return out;
}

ForeignSuite suite_of(const Json& header, const Json& eval) {
  ForeignSuite suite;
  suite.name = log_name(text_at(eval, "task"), "inspect");
  const std::string dataset = text_at(member_or_null(eval, "dataset"), "name");
  suite.title =
      suite.name + (dataset.empty() ? "" : " on " + short_text(dataset, 80)) + " (inspect)";
  suite.scoring = dump_json(Json{{"tool", kTool},
                                 {"task", suite.name},
                                 {"version", member_or_null(eval, "task_version")},
                                 {"scorers", scorers_of(header, eval)}});
  return suite;
}

bool is_sample(std::string_view name) {
  return name.starts_with("samples/") && name.ends_with(".json");
}

class InspectLog final : public ForeignLog {
 public:
  Result<void> open(const std::vector<std::string>& paths) {
    format = LogFormat::kInspect;
    for (const std::string& path : paths) ASSAY_TRY_VOID(add(path));
    return {};
  }
  [[nodiscard]] Result<void> read(const Take& take) const override {
    for (const LogFile& file : files_) ASSAY_TRY_VOID(read_file(file, take));
    return {};
  }

 private:
  Result<void> add(const std::string& path);
  [[nodiscard]] static Result<Json> open_zip(LogFile& file);
  [[nodiscard]] static Result<Json> open_json(LogFile& file);
  Result<void> take_header(LogFile& file, const Json& header);
  Result<void> place_suite(LogFile& file, ForeignSuite suite);
  Result<void> place_model(LogFile& file, ForeignModel model);
  [[nodiscard]] Result<void> read_file(const LogFile& file, const Take& take) const;
  [[nodiscard]] static Result<void> take_sample(const LogFile& file, const Json& sample,
                                                std::string place, const Take& take);

  std::deque<LogFile> files_;  // views into them must stay
};

Result<void> InspectLog::add(const std::string& path) {
  LogFile& file = files_.emplace_back();
  file.path = path;
  std::string head;
  if (std::FILE* const in = std::fopen(path.c_str(), "rb"); in != nullptr) {
    head.resize(4);
    head.resize(std::fread(head.data(), 1, head.size(), in));
    std::fclose(in);
  }
  const bool packed = head.starts_with("PK");
  ASSAY_TRY(const Json header, packed ? open_zip(file) : open_json(file));
  return take_header(file, header);
}

Result<Json> InspectLog::open_zip(LogFile& file) {
  ASSAY_TRY(file.zip, ZipArchive::open(file.path, {}));
  const ZipMember* header = nullptr;
  // A log that was not finished has only its beginning.
  for (const std::string_view name : {"header.json", "_journal/start.json", "start.json"}) {
    if (header == nullptr) header = file.zip->find(name);
  }
  if (header == nullptr) {
    return input_error(file.path,
                       "is a zip file without `header.json` or `_journal/start.json`, "
                       "expected an .eval log of Inspect");
  }
  for (const ZipMember& member : file.zip->members()) {
    // Of members of one name the last counts.
    if (is_sample(member.name) && file.zip->find(member.name) == &member) {
      file.samples.push_back(&member);
    }
  }
  ASSAY_TRY(const std::string text, file.zip->read(*header));
  return parse_python_json(text, file.path + ": " + header->name);
}

Result<Json> InspectLog::open_json(LogFile& file) {
  ASSAY_TRY(file.text, read_document(file.path));
  ASSAY_TRY(file.slices, slice_json(file.text, {"samples"}, file.path, kLogItemsMax));
  const std::string_view head = file.slices.found ? std::string_view(file.slices.rest) : file.text;
  return parse_python_json(head, file.path);
}

Result<void> InspectLog::take_header(LogFile& file, const Json& header) {
  const Json& eval = member_or_null(header, "eval");
  if (!eval.is_object() || text_at(eval, "task").empty() || text_at(eval, "model").empty()) {
    return input_error(file.path,
                       "has no `eval` with `task` and `model`, expected a log of "
                       "Inspect");
  }
  const int64_t version = tokens_at(header, "version");
  if (version > kVersionMax) {
    return input_error(file.path, fmt::format("is an EvalLog of version {}, expected 1 to {}",
                                              version, kVersionMax));
  }
  if (file.samples.empty() && file.slices.elements.empty()) {
    return input_error(file.path,
                       "holds no samples (Inspect was run with --no-log-samples, or "
                       "ended before the first one)");
  }
  const std::string status = text_at(header, "status");
  if (status != "success") {
    notes.push_back(fmt::format("{}: the evaluation did not finish (status `{}`)", file.path,
                                status.empty() ? "started" : short_text(status, 40)));
  }
  const std::string number = text_at(member_or_null(eval, "packages"), "inspect_ai");
  const std::string version_text =
      number.empty() ? "inspect_ai (version not known)" : "inspect_ai " + short_text(number, 40);
  if (tool.empty()) tool = version_text;
  if (utc.empty()) utc = short_text(text_at(eval, "created"), 40);
  file.begin_ns = epoch_ns(text_at(member_or_null(header, "stats"), "started_at")).value_or(-1);
  file.model_key = text_at(eval, "model");
  ForeignModel model = model_of(eval, version_text);
  ForeignSuite suite = suite_of(header, eval);
  if (const Json* assay = assay_member(member_or_null(eval, "metadata"))) {
    file.from_assay = read_assay_suite(member_or_null(*assay, "suite"), suite);
    suite.title = short_text(text_at(member_or_null(*assay, "suite"), "title"), kLogNameBytesMax);
    suite.name = log_name(text_at(member_or_null(*assay, "suite"), "name"), suite.name);
    const Json& saved = member_or_null(*assay, "model");
    model.name = log_name(text_at(saved, "name"), model.name);
    model.spec = short_text(text_at(saved, "spec"), kLogNameBytesMax);
    model.version = short_text(text_at(saved, "version"), kLogNameBytesMax);
    model.config = dump_json(saved);
  }
  ASSAY_TRY_VOID(place_suite(file, std::move(suite)));
  return place_model(file, std::move(model));
}

Result<void> InspectLog::place_suite(LogFile& file, ForeignSuite suite) {
  for (file.suite = 0; file.suite < suites.size(); ++file.suite) {
    if (suites[file.suite].name != suite.name) continue;
    if (suites[file.suite].scoring == suite.scoring) return {};
    return input_error(file.path, fmt::format("task `{}` is scored otherwise than in the files "
                                              "before it; import them into run files of their own",
                                              suite.name));
  }
  suites.push_back(std::move(suite));
  return {};
}

Result<void> InspectLog::place_model(LogFile& file, ForeignModel model) {
  for (file.model = 0; file.model < models.size(); ++file.model) {
    if (models[file.model].name != model.name) continue;
    if (models[file.model].config == model.config) return {};
    return input_error(file.path, fmt::format("model `{}` has other settings than in the files "
                                              "before it; import them into run files of their own",
                                              model.name));
  }
  models.push_back(std::move(model));
  return {};
}

Result<void> InspectLog::read_file(const LogFile& file, const Take& take) const {
  for (const ZipMember* member : file.samples) {
    ASSAY_TRY(const std::string text, file.zip->read(*member));
    std::string place = file.path + ": " + short_text(member->name, kLogNameBytesMax);
    ASSAY_TRY(const Json sample, parse_python_json(text, place));
    ASSAY_TRY_VOID(take_sample(file, sample, std::move(place), take));
  }
  for (size_t i = 0; i < file.slices.elements.size(); ++i) {
    std::string place = fmt::format("{}: samples[{}]", file.path, i);
    ASSAY_TRY(const Json sample, parse_python_json(file.slices.elements[i], place));
    ASSAY_TRY_VOID(take_sample(file, sample, std::move(place), take));
  }
  return {};
}

Result<void> InspectLog::take_sample(const LogFile& file, const Json& sample, std::string place,
                                     const Take& take) {
  const Json* id = find_member(sample, "id");
  if (id == nullptr || !(id->is_number_integer() || id->is_string())) {
    return input_error(place, fmt::format("`id` is {}, expected a text or a number",
                                          id == nullptr ? "missing" : json_type_name(*id)));
  }
  const int64_t epoch = find_member(sample, "epoch") == nullptr ? 1 : tokens_at(sample, "epoch");
  if (epoch < 1 || epoch > kLogRepeatsMax) {
    return input_error(place,
                       fmt::format("`epoch` is `{}`, expected 1 to {}",
                                   short_text(text_at(sample, "epoch"), 40), kLogRepeatsMax));
  }
  // A person took it out.
  if (!member_or_null(sample, "invalidation").is_null()) return {};
  ForeignItem item{.model = file.model,
                   .suite = file.suite,
                   .id = log_name(text_of(*id), "sample"),
                   .repeat = static_cast<uint32_t>(epoch - 1),
                   .place = std::move(place)};
  const Attachments aside(sample);
  item.request = request_of(sample, aside);
  item.truth = truth_of(sample);
  const Json& metadata = member_or_null(sample, "metadata");
  Sample tagged;
  tagged.tags = tags_of(metadata);
  item.tags = tags_to_json(tagged);
  read_output(sample, aside, item.response);
  const Json& usage = member_or_null(sample, "model_usage");
  const Json* own = find_member(usage, file.model_key);
  if (own == nullptr && usage.is_object() && usage.size() == 1) own = &usage.front();
  if (own == nullptr) own = &member_or_null(member_or_null(sample, "output"), "usage");
  read_usage(*own, item.response);
  item.latency_ns = latency_of(sample);
  const auto started = epoch_ns(text_at(sample, "started_at"));
  if (started && file.begin_ns >= 0 && *started >= file.begin_ns) {
    item.sent_ns = *started - file.begin_ns;
  }
  if (is_answer(item.response.outcome) || !member_or_null(sample, "scores").is_null()) {
    read_scores(sample, item);
  }
  // A sample that was scored in spite of its error counts as answered.
  if (!item.scores.empty() && !is_answer(item.response.outcome)) {
    item.response.outcome = Outcome::kOk;
  }
  if (const Json* assay = assay_member(metadata); assay != nullptr && file.from_assay) {
    read_assay_item(*assay, item);
    read_assay_reply(member_or_null(*assay, "reply"), item);
  }
  return take(item);
}

}  // namespace

Result<std::unique_ptr<ForeignLog>> open_inspect(const std::vector<std::string>& files) {
  auto log = std::make_unique<InspectLog>();
  ASSAY_TRY_VOID(log->open(files));
  return std::unique_ptr<ForeignLog>(std::move(log));
}

}  // namespace assay::suites
