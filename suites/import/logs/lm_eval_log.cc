// Samples of lm-evaluation-harness (`--log_samples`): samples_TASK_DATE.jsonl, one line for each
// document and filter, with results_DATE.json beside it for the model, versions and directions.
// Read from lm_eval 0.3 to 0.4.9: lm_eval/evaluator.py (what a line holds) and
// lm_eval/loggers/evaluation_tracker.py (names of files, how arguments are rewritten).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "harness/types/request.h"
#include "harness/types/sample.h"
#include "suites/import/logs/assay_reply.h"
#include "suites/import/logs/foreign_log.h"
#include "suites/import/logs/json_slices.h"
#include "suites/import/logs/log_values.h"
#include "suites/import/logs/python_json.h"
#include "suites/loader/text_source.h"

namespace assay::suites {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTool = "lm-eval";
constexpr size_t kArgumentsMax = 4096;  // of one document
constexpr size_t kHashDigits = 8;       // of doc_hash that go into an id

// "samples_arc_easy_2025-01-31T10-00-00.123456.jsonl" -> task "arc_easy", date "2025-01-31T..."
struct SampleFile {
  std::string path;
  std::string task;
  std::string date;  // empty: none in the name
  size_t model = 0;
  size_t suite = 0;
  bool is_list = false;  // one JSON list instead of lines (0.4.2 and before)
};

bool is_date(std::string_view text) {
  return text.size() >= 10 && text[4] == '-' && text[7] == '-' && text[0] >= '0' && text[0] <= '9';
}

SampleFile name_parts(const std::string& path) {
  SampleFile out{.path = path, .task = "", .date = ""};
  std::string name = fs::path(path).filename().string();
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  name = name.substr(0, name.rfind('.'));
  // An ISO date has a dot before its microseconds.
  const std::string whole = fs::path(path).filename().string();
  if (const size_t end = whole.find(".json"); end != std::string::npos) name = whole.substr(0, end);
  if (name.starts_with("samples_")) name.erase(0, 8);
  const size_t last = name.rfind('_');
  if (last != std::string::npos && is_date(std::string_view(name).substr(last + 1))) {
    out.date = name.substr(last + 1);
    name.resize(last);
  }
  out.task = name;
  return out;
}

// As lm_eval.utils.sanitize_task_name: what is no letter, digit or _ becomes _.
std::string sanitized(std::string_view task) {
  std::string out(task);
  for (char& c : out) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || static_cast<unsigned char>(c) >= 0x80;
    if (!word) c = '_';
  }
  return out;
}

// Texts with an address in memory ("<function f at 0x7f...>") differ from run to run.
Json without_addresses(const Json& value) {  // NOLINT(misc-no-recursion): depth of parse_json
  if (value.is_string() && value.get_ref<const std::string&>().find(" at 0x") != std::string::npos)
    return nullptr;
  if (!value.is_structured()) return value;
  Json out = value.is_object() ? Json::object() : Json::array();
  for (const auto& [key, member] : value.items()) {
    if (value.is_object()) {
      out[key] = without_addresses(member);
    } else {
      out.push_back(without_addresses(member));
    }
  }
  return out;
}

// What the results file says of the run; all of it may be missing.
struct Results {
  Json json;
  bool present = false;
};

Result<Results> read_results(const SampleFile& file) {
  Results out;
  if (file.date.empty()) return out;
  const fs::path path = fs::path(file.path).parent_path() / ("results_" + file.date + ".json");
  std::error_code failed;
  if (!fs::exists(path, failed)) return out;
  ASSAY_TRY(const std::string text, read_document(path.string()));
  ASSAY_TRY(out.json, parse_python_json(text, path.string()));
  if (!out.json.is_object()) {
    return input_error(path.string(), fmt::format("is {}, expected an object with `results` and "
                                                  "`configs`",
                                                  json_type_name(out.json)));
  }
  out.present = true;
  return out;
}

ForeignModel model_of(const SampleFile& file, const Results& results) {
  ForeignModel model;
  const Json& config = member_or_null(results.json, "config");
  const std::string version = text_at(results.json, "lm_eval_version");
  model.version = version.empty() ? "lm-eval (version not known)" : "lm-eval " + version;
  if (const std::string number = text_at(results.json, "transformers_version"); !number.empty()) {
    model.version += ", transformers " + number;
  }
  std::error_code failed;
  const std::string folder =
      fs::absolute(file.path, failed).lexically_normal().parent_path().filename().string();
  model.name = log_name(text_at(results.json, "model_name"), "");
  if (model.name.empty()) model.name = log_name(text_at(config, "model"), "");
  if (model.name.empty()) model.name = log_name(folder, "model");
  const std::string source = text_at(results.json, "model_source");
  model.spec =
      fmt::format("lm-eval:{}:{}", source.empty() ? "unknown" : short_text(source, 60), model.name);
  Json settings{{"tool", kTool}, {"name", model.name}};
  for (const std::string_view key :
       {"model", "model_args", "gen_kwargs", "model_revision", "model_sha", "model_dtype"}) {
    if (const Json* value = find_member(config, key)) settings[std::string(key)] = *value;
  }
  for (const std::string_view key :
       {"system_instruction_sha", "chat_template_sha", "fewshot_as_multiturn"}) {
    if (const Json* value = find_member(results.json, key)) settings[std::string(key)] = *value;
  }
  model.config = dump_json(settings);
  if (const Json* assay = assay_member(config)) {
    const Json& saved = member_or_null(*assay, "model");
    model.name = log_name(text_at(saved, "name"), model.name);
    model.spec = short_text(text_at(saved, "spec"), kLogNameBytesMax);
    model.version = short_text(text_at(saved, "version"), kLogNameBytesMax);
    model.config = dump_json(saved);
  }
  return model;
}

ForeignSuite suite_of(const SampleFile& file, const Results& results) {
  ForeignSuite suite;
  std::string task = file.task;
  const Json& configs = member_or_null(results.json, "configs");
  if (configs.is_object()) {
    for (const auto& [name, config] : configs.items()) {
      if (sanitized(name) == file.task) task = name;
    }
  }
  suite.name = log_name(task, "lm-eval");
  suite.title = suite.name + " (lm-eval)";
  const Json& config = member_or_null(configs, task);
  Json scoring{{"tool", kTool},
               {"task", task},
               {"version", member_or_null(member_or_null(results.json, "versions"), task)}};
  for (const std::string_view key : {"output_type", "metric_list", "filter_list"}) {
    scoring[std::string(key)] = without_addresses(member_or_null(config, key));
  }
  suite.scoring = dump_json(scoring);
  if (const Json* assay = assay_member(member_or_null(config, "metadata"))) {
    read_assay_suite(*assay, suite);
    suite.title = short_text(text_at(*assay, "title"), kLogNameBytesMax);
    suite.name = log_name(text_at(*assay, "name"), suite.name);
  }
  return suite;
}

// ---- one line

// Perplexities stand as log-likelihoods, alone or with what they are counted by; F1 and MCC as
// pairs (gold, predicted): numbers that only all items together make a figure of.
struct Special {
  std::string_view metric;
  Aggregation aggregation;
  bool pair;  // [value, weight], or [gold, predicted]
  bool lower;
};
constexpr std::array<Special, 6> kSpecials{{
    {"perplexity", Aggregation::kPerplexity, false, true},
    {"word_perplexity", Aggregation::kPerplexity, true, true},
    {"byte_perplexity", Aggregation::kPerplexity, true, true},
    {"bits_per_byte", Aggregation::kBitsPerByte, true, true},
    {"f1", Aggregation::kF1, true, false},
    {"mcc", Aggregation::kMcc, true, false},
}};

const Special* special_of(std::string_view metric, const Json& value) {
  for (const Special& one : kSpecials) {
    if (one.metric != metric) continue;
    const bool pair =
        value.is_array() && value.size() == 2 && value[0].is_number() && value[1].is_number();
    return pair == one.pair && (pair || value.is_number()) ? &one : nullptr;
  }
  return nullptr;
}

void add_special(const Special& special, const std::string& name, const Json& value,
                 ForeignItem& item) {
  MetricDef def = known_metric(name, std::string(kTool));
  def.higher_is_better = !special.lower;
  def.aggregation = special.aggregation;
  def.share = special.aggregation == Aggregation::kF1;
  Score score{.metric = name, .extracted = "", .reason = ""};
  const bool counts =
      special.aggregation == Aggregation::kF1 || special.aggregation == Aggregation::kMcc;
  if (!special.pair) {
    score.value = value.get<double>();
  } else if (counts) {
    score.parts = {value[0].get<double>(), value[1].get<double>()};
    score.value = score.parts[0] == score.parts[1] ? 1 : 0;
  } else {
    score.weight = value[1].get<double>();
    score.value = score.weight > 0 ? value[0].get<double>() / score.weight : 0;
  }
  if (!(score.weight >= 0)) {
    score.status = ScoreStatus::kUnscored;
    score.reason = "the log counts it by a negative number";
  }
  item.known[name] = def;
  item.scores.push_back(std::move(score));
}

void add_metric(const std::string& metric, const std::string& filter, const Json& value,
                const std::string& extracted, ForeignItem& item) {
  const std::string name = log_name(filter.empty() ? metric : metric + "," + filter, "metric");
  if (const Special* special = special_of(metric, value)) {
    return add_special(*special, name, value, item);
  }
  const bool texts = value.is_array() && !value.empty() &&
                     std::any_of(value.begin(), value.end(), [](const Json& one) {
                       return one.is_string() || one.is_structured();
                     });
  if (texts) {
    item.scores.push_back(
        {.metric = name,
         .status = ScoreStatus::kUnscored,
         .extracted = extracted,
         .reason = "the log keeps what the metric is made of (texts), no score of the item"});
    return;
  }
  add_scores(name, value, ScoreWords::kNone, extracted, "", item.scores);
}

// `arguments`: [[context, second], ...] or {"gen_args_0": {"arg_0": context, "arg_1": second}}.
std::vector<std::pair<std::string, Json>> arguments_of(const Json& arguments) {
  std::vector<std::pair<std::string, Json>> out;
  if (!arguments.is_structured()) return out;
  for (const auto& [key, one] : arguments.items()) {
    if (out.size() >= kArgumentsMax) break;
    if (one.is_array() && !one.empty()) {
      out.emplace_back(text_of(one[0]), one.size() > 1 ? one[1] : Json());
    } else if (one.is_object()) {
      out.emplace_back(text_at(one, "arg_0"), member_or_null(one, "arg_1"));
    } else if (one.is_string()) {
      out.emplace_back(one.get<std::string>(), Json());
    }
  }
  return out;
}

void read_params(const Json& settings, GenerationParams& params) {
  if (const int64_t n = tokens_at(settings, "max_gen_toks"); n >= 0) params.max_tokens = n;
  params.temperature = number_at(settings, "temperature");
  params.top_p = number_at(settings, "top_p");
  const Json& until = member_or_null(settings, "until");
  if (until.is_string()) params.stop.push_back(until.get<std::string>());
  if (!until.is_array()) return;
  for (const Json& one : until) {
    if (one.is_string() && params.stop.size() < 64) params.stop.push_back(one.get<std::string>());
  }
}

std::string request_of(const Json& arguments) {
  const auto list = arguments_of(arguments);
  if (list.empty()) return "";
  Request request;
  if (list.front().second.is_string()) {
    for (const auto& [context, text] : list) {
      request.continuations.push_back({.text = text_of(text), .context = context});
    }
    return request_to_json(request);
  }
  request.messages.push_back({.role = "user", .text = list.front().first});
  read_params(list.front().second, request.params);
  return request_to_json(request);
}

std::optional<double> number_of(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  // sanitize_list turns numbers into texts.
  const Result<Json> json = parse_json(value.get_ref<const std::string&>(), "");
  return json && json->is_number() ? std::optional(json->get<double>()) : std::nullopt;
}

bool truth_of(const Json& value) {
  if (value.is_boolean()) return value.get<bool>();
  return value.is_string() && value.get_ref<const std::string&>() == "True";
}

// resps: for each request its repeats; a repeat is a text, or [log-likelihood, greedy].
void read_replies(const Json& resps, Response& response) {
  response.outcome = Outcome::kOk;
  if (!resps.is_array()) return;
  for (const Json& request : resps) {
    const Json* first = request.is_array() && !request.empty() ? &request[0] : nullptr;
    if (first == nullptr) continue;
    if (first->is_array() && !first->empty()) {
      if (const auto sum = number_of((*first)[0]);
          sum && response.loglikelihoods.size() < kArgumentsMax) {
        response.loglikelihoods.push_back(
            {.sum = *sum, .greedy = first->size() > 1 && truth_of((*first)[1]), .tokens = 0});
      }
      continue;
    }
    if (response.answer.empty()) response.answer = text_of(*first);
  }
}

std::string extracted_of(const Json& filtered) {
  if (!filtered.is_array() || filtered.size() != 1) return "";
  return filtered[0].is_string() ? filtered[0].get<std::string>() : std::string();
}

std::vector<std::string> choices_of(const Json& doc) {
  const Json* choices = &member_or_null(doc, "choices");
  if (choices->is_object()) choices = &member_or_null(*choices, "text");
  std::vector<std::string> out;
  if (!choices->is_array() || choices->size() > 1000) return out;
  for (const Json& one : *choices) {
    if (!one.is_string()) return {};
    out.push_back(one.get<std::string>());
  }
  return out;
}

class LmEvalLog final : public ForeignLog {
 public:
  Result<void> open(const std::vector<std::string>& paths) {
    format = LogFormat::kLmEval;
    for (const std::string& path : paths) ASSAY_TRY_VOID(add(path));
    return {};
  }
  [[nodiscard]] Result<void> read(const Take& take) const override {
    for (const SampleFile& file : files_) {
      ASSAY_TRY_VOID(file.is_list ? read_list(file, take) : read_lines(file, take));
    }
    return {};
  }

 private:
  struct Directions {
    Json higher_is_better;  // of the task: {"acc": true}
  };

  Result<void> add(const std::string& path);
  [[nodiscard]] Result<void> read_lines(const SampleFile& file, const Take& take) const;
  [[nodiscard]] Result<void> read_list(const SampleFile& file, const Take& take) const;
  [[nodiscard]] Result<void> take_line(const SampleFile& file, const Json& line, std::string place,
                                       const Take& take) const;
  [[nodiscard]] Result<void> take_replies(const Json& line, const Json& assay, ForeignItem& item,
                                          const Take& take) const;
  void read_metrics(const Json& line, ForeignItem& item) const;

  std::vector<SampleFile> files_;
  std::vector<Directions> directions_;  // by suite
};

Result<void> LmEvalLog::add(const std::string& path) {
  SampleFile file = name_parts(path);
  ASSAY_TRY(const Results results, read_results(file));
  if (!results.present) {
    notes.push_back(fmt::format(
        "{}: no results_{}.json beside it: the version of the task and its settings are not known, "
        "so it compares only with logs imported the same way",
        path, file.date.empty() ? "DATE" : file.date));
  }
  const ForeignModel model = model_of(file, results);
  const auto same_model = std::find_if(models.begin(), models.end(), [&](const ForeignModel& one) {
    return one.name == model.name;
  });
  file.model = static_cast<size_t>(same_model - models.begin());
  if (same_model == models.end()) models.push_back(model);
  const ForeignSuite suite = suite_of(file, results);
  const auto same_suite = std::find_if(suites.begin(), suites.end(), [&](const ForeignSuite& one) {
    return one.name == suite.name;
  });
  file.suite = static_cast<size_t>(same_suite - suites.begin());
  if (same_suite == suites.end()) {
    suites.push_back(suite);
    directions_.push_back(
        {member_or_null(member_or_null(results.json, "higher_is_better"), suite.name)});
  } else if (same_suite->scoring != suite.scoring) {
    return input_error(path, fmt::format("task `{}` is scored otherwise than in the files before "
                                         "it; import them into run files of their own",
                                         suite.name));
  }
  if (tool.empty()) tool = models.front().version;
  if (utc.empty() && is_date(file.date)) {
    utc = file.date;
    for (size_t i = utc.find('T'); i < utc.size(); ++i) {
      if (utc[i] == '-') utc[i] = ':';
    }
  }
  ASSAY_TRY(const auto source, TextSource::open(path, path, {}));
  ASSAY_TRY(const std::string_view head, source->next());
  const size_t first = head.find_first_not_of(" \t\r\n");
  file.is_list = first != std::string_view::npos && head[first] == '[';
  files_.push_back(std::move(file));
  return {};
}

Result<void> LmEvalLog::read_lines(const SampleFile& file, const Take& take) const {
  ASSAY_TRY(const auto source, TextSource::open(file.path, file.path, {}));
  std::string line;
  int number = 1;
  const auto finish_line = [&]() -> Result<void> {
    if (line.find_first_not_of(" \t\r") == std::string::npos) return {};
    ASSAY_TRY(const Json json, parse_python_json(line, file.path, number));
    return take_line(file, json, fmt::format("{}:{}", file.path, number), take);
  };
  for (;;) {
    ASSAY_TRY(std::string_view chunk, source->next());
    if (chunk.empty()) break;
    while (!chunk.empty()) {
      const size_t end = chunk.find('\n');
      line += chunk.substr(0, end);
      if (line.size() > kLogLineBytesMax) {
        return input_error(fmt::format("{}:{}", file.path, number),
                           fmt::format("a line of more than {} bytes", kLogLineBytesMax));
      }
      if (end == std::string_view::npos) break;
      ASSAY_TRY_VOID(finish_line());
      line.clear();
      ++number;
      chunk.remove_prefix(end + 1);
    }
  }
  return finish_line();
}

Result<void> LmEvalLog::read_list(const SampleFile& file, const Take& take) const {
  ASSAY_TRY(const std::string text, read_document(file.path));
  ASSAY_TRY(const JsonSlices slices, slice_json(text, {}, file.path, kLogItemsMax));
  for (size_t i = 0; i < slices.elements.size(); ++i) {
    const std::string place = fmt::format("{}: element {}", file.path, i);
    ASSAY_TRY(const Json json, parse_python_json(slices.elements[i], place));
    ASSAY_TRY_VOID(take_line(file, json, place, take));
  }
  return {};
}

Result<void> LmEvalLog::take_line(const SampleFile& file, const Json& line, std::string place,
                                  const Take& take) const {
  const Json* id = find_member(line, "doc_id");
  if (id == nullptr || !(id->is_number_integer() || id->is_string())) {
    return input_error(place, fmt::format("`doc_id` is {}, expected a number: a sample of lm-eval",
                                          id == nullptr ? "missing" : json_type_name(*id)));
  }
  ForeignItem item{.model = file.model,
                   .suite = file.suite,
                   .id = short_text(text_of(*id), kLogNameBytesMax),
                   .part = text_at(line, "filter"),
                   .place = std::move(place)};
  const std::string doc_hash = text_at(line, "doc_hash");
  if (!doc_hash.empty()) item.id += "-" + short_text(doc_hash, kHashDigits);
  Sample sample;
  sample.targets.push_back(text_at(line, "target"));
  sample.choices = choices_of(member_or_null(line, "doc"));
  item.truth = truth_to_json(sample);
  item.request = request_of(member_or_null(line, "arguments"));
  read_replies(member_or_null(line, "resps"), item.response);
  if (item.part == "none") item.part.clear();
  // Of our own export the first filter's lines say everything; the others repeat scores.
  if (!suites[file.suite].metrics.empty()) {
    const Json* assay = assay_member(line);
    return assay == nullptr ? Result<void>() : take_replies(line, *assay, item, take);
  }
  read_metrics(line, item);
  return take(item);
}

// Of our own export: every repeat as it was.
Result<void> LmEvalLog::take_replies(const Json& line, const Json& assay, ForeignItem& item,
                                     const Take& take) const {
  read_assay_item(assay, item);
  const Json& replies = member_or_null(assay, "replies");
  const Json& resps = member_or_null(line, "resps");
  for (size_t i = 0; replies.is_array() && i < replies.size(); ++i) {
    ForeignItem one = item;
    const int64_t repeat = tokens_at(replies[i], "repeat");
    if (repeat < 0 || repeat >= kLogRepeatsMax) {
      return input_error(item.place, fmt::format("`assay.replies[{}].repeat` is out of range", i));
    }
    one.repeat = static_cast<uint32_t>(repeat);
    const bool there = resps.is_array() && !resps.empty() && resps[0].is_array() &&
                       i < resps[0].size() && resps[0][i].is_string();
    one.response.answer = there ? resps[0][i].get<std::string>() : std::string();
    read_assay_reply(replies[i], one);
    ASSAY_TRY_VOID(take(one));
  }
  return {};
}

void LmEvalLog::read_metrics(const Json& line, ForeignItem& item) const {
  const std::string extracted = extracted_of(member_or_null(line, "filtered_resps"));
  const Json& directions = directions_[item.suite].higher_is_better;
  const auto add = [&](const std::string& metric, const Json& value) {
    // What lm-eval writes for tasks that only generate.
    if (metric == "bypass") return;
    const size_t before = item.scores.size();
    add_metric(metric, item.part, value, extracted, item);
    const Json& higher = member_or_null(directions, metric);
    if (!higher.is_boolean()) return;
    for (size_t i = before; i < item.scores.size(); ++i) {
      const std::string& name = item.scores[i].metric;
      auto known = item.known.try_emplace(name, known_metric(name, std::string(kTool))).first;
      if (known->second.aggregation == Aggregation::kPooled) {
        known->second.higher_is_better = higher.get<bool>();
      }
    }
  };
  if (const Json& named = member_or_null(line, "metrics"); named.is_array()) {
    for (const Json& metric : named) {
      if (!metric.is_string()) continue;
      const auto& name = metric.get_ref<const std::string&>();
      if (const Json* value = find_member(line, name)) add(name, *value);
    }
    return;
  }
  // Before 0.4.4 metrics stand among the other members, without a list of their names.
  constexpr std::array<std::string_view, 12> kFixed{
      "doc_id", "doc",      "target",      "arguments",   "resps", "filtered_resps",
      "filter", "doc_hash", "prompt_hash", "target_hash", "index", "metrics"};
  for (const auto& [key, value] : line.items()) {
    if (std::find(kFixed.begin(), kFixed.end(), key) == kFixed.end()) add(key, value);
  }
}

}  // namespace

Result<std::unique_ptr<ForeignLog>> open_lm_eval(const std::vector<std::string>& files) {
  auto log = std::make_unique<LmEvalLog>();
  ASSAY_TRY_VOID(log->open(files));
  return std::unique_ptr<ForeignLog>(std::move(log));
}

}  // namespace assay::suites
