#include "reports/export/lm_eval.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "harness/base/hash.h"
#include "reports/export/foreign_export.h"

namespace assay::reports {
namespace {

constexpr std::array<std::string_view, 12> kLineMembers{
    "doc_id", "doc",     "target",   "arguments",   "resps",       "filtered_resps",
    "filter", "metrics", "doc_hash", "prompt_hash", "target_hash", "assay"};

// As lm_eval.utils.sanitize_model_name and sanitize_task_name.
std::string folder_name(std::string_view model) {
  std::string out;
  for (const char c : model) {
    const bool bad = std::string_view("\"<>:/|\\?*[]").find(c) != std::string_view::npos;
    if (!bad) {
      out += static_cast<unsigned char>(c) < 0x20 ? '_' : c;
    } else if (!out.ends_with("__")) {
      out += "__";
    }
  }
  return out.empty() || out == "." || out == ".." ? "model" : out;
}

std::string task_name(std::string_view suite) {
  std::string out(suite);
  for (char& c : out) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || static_cast<unsigned char>(c) >= 0x80;
    if (!word) c = '_';
  }
  return out;
}

// A metric of lm-eval is a name and the filter that its answer went through: "acc,none".
struct Named {
  const MetricDef* def;
  std::string name;
  std::string filter;
};

std::vector<Named> named_metrics(const SuiteInfo& suite) {
  std::vector<Named> out;
  for (const MetricDef& def : suite.metrics) {
    const size_t comma = def.name.find(',');
    Named one{&def, def.name.substr(0, comma),
              comma == std::string::npos ? "none" : def.name.substr(comma + 1)};
    if (std::find(kLineMembers.begin(), kLineMembers.end(), one.name) != kLineMembers.end()) {
      one.name += "_";
    }
    out.push_back(std::move(one));
  }
  return out;
}

// In order of first use; a suite without metrics has one, for its lines.
std::vector<std::string> filters_of(const std::vector<Named>& metrics) {
  std::vector<std::string> out;
  for (const Named& one : metrics) {
    if (std::find(out.begin(), out.end(), one.filter) == out.end()) out.push_back(one.filter);
  }
  if (out.empty()) out.emplace_back("none");
  return out;
}

Json generation_settings(const Json& params) {
  Json out = Json::object();
  const auto copy = [&](const char* from, const char* to) {
    if (const Json* value = find_member(params, from)) out[to] = *value;
  };
  copy("stop", "until");
  copy("max_tokens", "max_gen_toks");
  copy("temperature", "temperature");
  copy("top_p", "top_p");
  return out;
}

Json arguments_json(const AskedFor& asked) {
  Json out = Json::object();
  for (size_t i = 0; i < asked.continuations.size(); ++i) {
    out[fmt::format("gen_args_{}", i)] =
        Json{{"arg_0", asked.continuations[i].first}, {"arg_1", asked.continuations[i].second}};
  }
  if (!asked.continuations.empty()) return out;
  out["gen_args_0"] = Json{{"arg_0", asked.text}, {"arg_1", generation_settings(asked.params)}};
  return out;
}

// A log-likelihood as lm-eval writes it: two texts.
Json likelihood_json(const Loglikelihood& value) {
  return Json::array({fmt::format("{}", value.sum), value.greedy ? "True" : "False"});
}

struct Replies {
  Json resps = Json::array();     // by request, then by repeat
  Json filtered = Json::array();  // by request
};

Replies replies_json(const std::vector<ItemDetail>& repeats, const std::string& extracted) {
  Replies out;
  const auto first = loglikelihoods_from_json(repeats.front().loglikelihoods);
  for (size_t i = 0; i < first.size(); ++i) {
    Json all = Json::array();
    for (const ItemDetail& item : repeats) {
      const auto values = loglikelihoods_from_json(item.loglikelihoods);
      if (i < values.size()) all.push_back(likelihood_json(values[i]));
    }
    out.resps.push_back(std::move(all));
    out.filtered.push_back(likelihood_json(first[i]));
  }
  if (!first.empty()) return out;
  Json all = Json::array();
  for (const ItemDetail& item : repeats) all.push_back(item.answer);
  out.resps.push_back(std::move(all));
  out.filtered.push_back(extracted.empty() ? repeats.front().answer : extracted);
  return out;
}

// The texts of one item do not depend on what a model replied: its hashes are the same in all runs.
Json doc_json(const ItemDetail& item, const AskedFor& asked) {
  Json doc{{"id", item.sample_id}, {"input", asked.text}, {"targets", targets_of(item.truth)}};
  if (const auto choices = choices_of(item.truth); !choices.empty()) doc["choices"] = choices;
  const Json tags = object_of(item.tags);
  if (!tags.empty()) doc["tags"] = tags;
  return doc;
}

class Exporter {
 public:
  Exporter(const RunStore& store, const ForeignExport& options, ExportFiles& files)
      : store_(store), options_(options), files_(files) {}

  Result<uint64_t> run() {
    ASSAY_TRY(manifest_, store_.manifest());
    std::set<std::string> folders;
    for (const ModelInfo& model : manifest_.models) {
      if (!is_exported(model, options_.model)) continue;
      folder_ = folder_name(model.name);
      for (int i = 2; !folders.insert(folder_).second; ++i) {
        folder_ = fmt::format("{}_{}", folder_name(model.name), i);
      }
      ASSAY_TRY_VOID(export_model(model));
    }
    return items_;
  }

 private:
  Result<void> export_model(const ModelInfo& model);
  Result<void> export_suite(const ModelInfo& model, const SuiteInfo& suite);
  Result<void> export_filter(const ModelInfo& model, const SuiteInfo& suite,
                             const std::vector<Named>& metrics, const std::string& filter,
                             bool first);
  Result<void> put_line(const std::vector<ItemDetail>& repeats, const std::vector<Named>& metrics,
                        const std::string& filter, bool first);
  void begin_results(const ModelInfo& model);
  void add_results(const SuiteInfo& suite, const std::vector<Named>& metrics);
  [[nodiscard]] std::string date() const;

  const RunStore& store_;
  const ForeignExport& options_;
  ExportFiles& files_;
  Manifest manifest_;
  std::string folder_;
  std::string samples_file_;
  Json results_;
  std::map<std::string, MetricMean> means_;  // of the suite, by metric
  uint64_t number_ = 0;                      // of the line within its filter
  uint64_t samples_ = 0;
  uint64_t items_ = 0;
  std::string hashes_;        // of the suite's lines, joined
  bool likelihoods_ = false;  // the suite asks for log-likelihoods
};

std::string Exporter::date() const {
  std::string out = began(manifest_).substr(0, 26);
  if (out.ends_with('Z')) out.pop_back();
  std::replace(out.begin(), out.end(), ':', '-');
  std::replace(out.begin(), out.end(), '+', '-');
  return out;
}

void Exporter::begin_results(const ModelInfo& model) {
  const Json config{{"model", "assay"},
                    {"model_args", "model=" + model.name},
                    {"batch_size", nullptr},
                    {"device", nullptr},
                    {"limit", nullptr},
                    {"bootstrap_iters", 0},
                    {"gen_kwargs", nullptr},
                    {"random_seed", manifest_.seed},
                    {"assay", {{"version", 1}, {"model", assay_model(model)}}}};
  results_ = Json{{"results", Json::object()},
                  {"group_subtasks", Json::object()},
                  {"configs", Json::object()},
                  {"versions", Json::object()},
                  {"n-shot", Json::object()},
                  {"higher_is_better", Json::object()},
                  {"n-samples", Json::object()},
                  {"config", config},
                  {"git_hash", nullptr},
                  {"lm_eval_version", fmt::format("none: written by assay {} in the form of 0.4.9",
                                                  options_.assay_version)},
                  {"task_hashes", Json::object()},
                  {"model_source", "assay"},
                  {"model_name", model.name},
                  {"model_name_sanitized", folder_},
                  {"system_instruction", nullptr},
                  {"system_instruction_sha", nullptr},
                  {"fewshot_as_multiturn", nullptr},
                  {"chat_template", nullptr},
                  {"chat_template_sha", nullptr}};
}

Result<void> Exporter::export_model(const ModelInfo& model) {
  begin_results(model);
  std::set<std::string> tasks;
  for (const SuiteInfo& suite : manifest_.suites) {
    if (!options_.suite.empty() && suite.name != options_.suite) continue;
    if (!tasks.insert(task_name(suite.name)).second) {
      return input_error(
          store_.path(),
          fmt::format("two suites would be the task `{}` of lm-eval; export one at a "
                      "time with --suite",
                      task_name(suite.name)));
    }
    ASSAY_TRY_VOID(export_suite(model, suite));
  }
  if (results_["results"].empty()) return {};
  return files_.append(fmt::format("{}/results_{}.json", folder_, date()),
                       dump_json_pretty(results_) + "\n");
}

Result<void> Exporter::export_suite(const ModelInfo& model, const SuiteInfo& suite) {
  samples_file_ = fmt::format("{}/samples_{}_{}.jsonl", folder_, task_name(suite.name), date());
  means_.clear();
  hashes_.clear();
  samples_ = 0;
  likelihoods_ = false;
  const std::vector<Named> metrics = named_metrics(suite);
  bool first = true;
  for (const std::string& filter : filters_of(metrics)) {
    number_ = 0;
    ASSAY_TRY_VOID(export_filter(model, suite, metrics, filter, first));
    first = false;
  }
  if (samples_ > 0) add_results(suite, metrics);
  return {};
}

// Items come with the repeats of one sample in a row.
Result<void> Exporter::export_filter(const ModelInfo& model, const SuiteInfo& suite,
                                     const std::vector<Named>& metrics, const std::string& filter,
                                     bool first) {
  std::vector<ItemDetail> repeats;
  Result<void> put;
  const auto finish = [&] {
    if (!repeats.empty()) put = put_line(repeats, metrics, filter, first);
    repeats.clear();
    return put.has_value();
  };
  ItemQuery query;
  query.model = model.name;
  query.suite = suite.name;
  ASSAY_TRY_VOID(store_.read_items(query, [&](const ItemDetail& item) {
    const bool next = !repeats.empty() && repeats.front().sample_row != item.sample_row;
    if (next && !finish()) return false;
    repeats.push_back(item);
    return true;
  }));
  if (put.has_value()) (void)finish();
  return put;
}

Result<void> Exporter::put_line(const std::vector<ItemDetail>& repeats,
                                const std::vector<Named>& metrics, const std::string& filter,
                                bool first) {
  const ItemDetail& item = repeats.front();
  const AskedFor asked = asked_for(item.request);
  const std::vector<std::string> targets = targets_of(item.truth);
  const std::string target = targets.empty() ? "" : targets.front();
  const Json doc = doc_json(item, asked);
  likelihoods_ = likelihoods_ || !asked.continuations.empty();
  Json names = Json::array();
  std::string values;
  std::string extracted;
  for (const Named& metric : metrics) {
    if (metric.filter != filter) continue;
    const std::optional<Score> score = mean_score(repeats, metric.def->name);
    MetricMean& mean = means_[metric.def->name];
    score ? mean.add(score->value, score->weight) : mean.add_unscored();
    if (score && extracted.empty()) extracted = score->extracted;
    names.push_back(metric.name);
    values += ',';
    append_json_string(values, metric.name);
    values += ':' + python_number(score ? std::optional(score->value) : std::nullopt);
  }
  const Replies replies = replies_json(repeats, extracted);
  Json line{{"doc_id", number_++},
            {"doc", doc},
            {"target", target},
            {"arguments", arguments_json(asked)},
            {"resps", replies.resps},
            {"filtered_resps", replies.filtered},
            {"filter", filter},
            {"metrics", std::move(names)},
            {"doc_hash", sha256(dump_json_pretty(doc)).hex()},
            {"prompt_hash", sha256(asked.text).hex()},
            {"target_hash", sha256(target).hex()}};
  if (first) {
    Json assay = assay_item(item);
    Json all = Json::array();
    for (const ItemDetail& one : repeats) all.push_back(assay_reply(one));
    assay["replies"] = std::move(all);
    line["assay"] = std::move(assay);
    ++samples_;
    items_ += repeats.size();
    for (const char* const key : {"doc_hash", "prompt_hash", "target_hash"}) {
      hashes_ += line[key].get<std::string>();
    }
  }
  // Metrics last: a number that is none has no place in Json.
  std::string text = dump_json(line);
  text.pop_back();
  return files_.append(samples_file_, text + values + "}\n");
}

void Exporter::add_results(const SuiteInfo& suite, const std::vector<Named>& metrics) {
  const std::string& task = suite.name;
  Json figures{{"alias", task}};
  Json list = Json::array();
  Json higher = Json::object();
  for (const Named& metric : metrics) {
    const MetricMean& mean = means_[metric.def->name];
    const auto value = figure_of(*metric.def, mean);
    const auto error =
        metric.def->aggregation == Aggregation::kPooled ? mean.error() : std::nullopt;
    const std::string key = metric.name + "," + metric.filter;
    const std::string error_key = metric.name + "_stderr," + metric.filter;
    figures[key] = value ? Json(*value) : Json("N/A");
    figures[error_key] = error ? Json(*error) : Json("N/A");
    list.push_back({{"metric", metric.name},
                    {"aggregation", aggregation_name(metric.def->aggregation)},
                    {"higher_is_better", metric.def->higher_is_better}});
    higher[metric.name] = metric.def->higher_is_better;
  }
  results_["results"][task] = std::move(figures);
  results_["group_subtasks"][task] = Json::array();
  results_["configs"][task] =
      Json{{"task", task},
           {"description", suite.title},
           {"output_type", likelihoods_ ? "multiple_choice" : "generate_until"},
           {"metric_list", std::move(list)},
           {"repeats", suite.repeats},
           {"metadata", {{"version", 0}, {"assay", assay_suite(suite)}}}};
  results_["versions"][task] = 0;
  results_["higher_is_better"][task] = std::move(higher);
  results_["n-samples"][task] = Json{{"original", suite.sample_count}, {"effective", samples_}};
  results_["task_hashes"][task] = sha256(hashes_).hex();
}

}  // namespace

Result<uint64_t> export_lm_eval(const RunStore& store, const ForeignExport& options,
                                ExportFiles& files) {
  return Exporter(store, options, files).run();
}

}  // namespace assay::reports
