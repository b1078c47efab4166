#include "app/foreign_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "app/setup.h"
#include "harness/base/hash.h"
#include "harness/base/json.h"
#include "harness/store/sqlite_store.h"
#include "suites/import/logs/log_values.h"

namespace assay::app {
namespace {

namespace fs = std::filesystem;
using suites::ForeignItem;
using suites::ForeignLog;
using suites::ForeignSuite;

constexpr size_t kFactsPerWrite = 256;
constexpr size_t kTagValuesMax = 40;  // of one tag: what reports slice by
constexpr size_t kTagNamesMax = 64;   // of one suite
constexpr size_t kNotedMax = 5;       // names in one note
constexpr double kWhole = 1.0;
constexpr std::string_view kImported = " (imported)";

// What the first reading learns of a metric.
struct MetricFacts {
  MetricDef def;
  bool known = false;  // the log or the name told its aggregation or direction
  bool bits = true;    // every value is 0 or 1
  bool part = true;    // every value is in [0, 1]
  bool weighted = false;
  uint64_t scored = 0;
  uint64_t unscored = 0;
};

struct SampleFacts {
  std::string id;
  Hash truth;
  Hash prompt;                // of the first request seen
  std::vector<Hash> prompts;  // other requests: models that were asked differently
  uint64_t position = 0;      // once all are known
};

// What the second reading needs of one reply of one item.
struct ReplyFacts {
  uint64_t last = 0;  // number of the log's entry that counts
};

struct SuiteFacts {
  SuiteInfo info;
  std::vector<MetricFacts> metrics;
  std::unordered_map<std::string, size_t> metric_numbers;
  std::unordered_map<std::string, size_t> sample_numbers;  // by id
  std::vector<SampleFacts> samples;
  std::map<std::string, std::set<std::string>> tag_values;
  uint32_t repeats = 1;
};

// (suite, model, sample, repeat) of a reply, and its part.
std::string reply_key(const ForeignItem& item, size_t sample) {
  return fmt::format("{} {} {} {}\n", item.suite, item.model, sample, item.repeat);
}

// Numbers before texts, by value; texts by their bytes. "9-ab" before "10-cd".
struct IdOrder {
  static size_t digits(std::string_view id) {
    const size_t end = id.find_first_not_of("0123456789");
    return end == std::string_view::npos ? id.size() : end;
  }
  bool operator()(std::string_view a, std::string_view b) const {
    const size_t in_a = digits(a);
    const size_t in_b = digits(b);
    if ((in_a == 0) != (in_b == 0)) return in_a > 0;
    const std::string_view number_a = strip(a.substr(0, in_a));
    const std::string_view number_b = strip(b.substr(0, in_b));
    if (number_a.size() != number_b.size()) return number_a.size() < number_b.size();
    if (number_a != number_b) return number_a < number_b;
    return a < b;
  }
  static std::string_view strip(std::string_view number) {
    while (!number.empty() && number.front() == '0') number.remove_prefix(1);
    return number;
  }
};

class ForeignRun {
 public:
  ForeignRun(ForeignLog& log, const ForeignRunOptions& options) : log_(log), options_(options) {}

  // The first reading.
  Result<void> learn();
  // The second one, into an empty file.
  Result<void> write(const std::string& path);
  ForeignRunInfo info() &&;

 private:
  Result<void> learn_item(const ForeignItem& item);
  Result<size_t> learn_sample(const ForeignItem& item, SuiteFacts& suite);
  Result<void> learn_scores(const ForeignItem& item, SuiteFacts& suite);
  static void learn_score(const Score& score, MetricFacts& metric);
  void learn_tags(const ForeignItem& item, SuiteFacts& suite);
  Result<void> name_things();
  void finish_suite(size_t number);
  void finish_metrics(const ForeignSuite& foreign, SuiteFacts& suite) const;
  void order_samples(SuiteFacts& suite) const;
  void hash_suite(const ForeignSuite& foreign, SuiteFacts& suite) const;
  [[nodiscard]] ModelInfo model_info(size_t number) const;
  Result<void> write_manifest();
  Result<void> write_item(ForeignItem& item);
  Result<void> flush();
  [[nodiscard]] std::string kept_tags(const std::string& tags, const SuiteFacts& suite) const;
  void note_metrics();

  ForeignLog& log_;
  const ForeignRunOptions& options_;
  std::vector<SuiteFacts> suites_;
  std::unordered_map<std::string, ReplyFacts> replies_;
  std::unordered_set<std::string> stored_replies_;
  std::unordered_set<uint64_t> stored_samples_;
  uint64_t entry_ = 0;
  uint64_t doubled_ = 0;
  uint64_t stored_ = 0;
  bool priced_ = false;
  std::unique_ptr<store::SqliteStore> store_;
  std::vector<ModelInfo> models_;
  std::vector<Fact> facts_;
  std::vector<std::string> notes_;
};

// ---- the first reading

Result<void> ForeignRun::learn() {
  suites_.resize(log_.suites.size());
  ASSAY_TRY_VOID(name_things());
  entry_ = 0;
  ASSAY_TRY_VOID(log_.read([&](ForeignItem& item) { return learn_item(item); }));
  if (entry_ == 0) {
    return input_error(log_.models.empty() ? "" : log_.models.front().name,
                       "the log holds no items");
  }
  for (size_t i = 0; i < suites_.size(); ++i) finish_suite(i);
  notes_.insert(notes_.begin(), log_.notes.begin(), log_.notes.end());
  if (doubled_ > 0) {
    notes_.push_back(
        fmt::format("{} items stand twice in the log; the later ones count", count_text(doubled_)));
  }
  note_metrics();
  return {};
}

Result<void> ForeignRun::name_things() {
  if (!options_.suite.empty()) {
    if (log_.suites.size() != 1) {
      return input_error("--suite",
                         fmt::format("names one suite, the log has {}", log_.suites.size()));
    }
    log_.suites.front().name = options_.suite;
  }
  if (!options_.model.empty()) {
    if (log_.models.size() != 1) {
      return input_error("--model",
                         fmt::format("names one model, the log has {}", log_.models.size()));
    }
    log_.models.front().name = options_.model;
  }
  return {};
}

Result<void> ForeignRun::learn_item(const ForeignItem& item) {
  ++entry_;
  SuiteFacts& suite = suites_[item.suite];
  ASSAY_TRY(const size_t sample, learn_sample(item, suite));
  ReplyFacts& reply = replies_[reply_key(item, sample) + item.part];
  if (reply.last != 0) ++doubled_;
  reply.last = entry_;
  suite.repeats = std::max(suite.repeats, item.repeat + 1);
  priced_ = priced_ || item.response.cost.has_value();
  learn_tags(item, suite);
  return learn_scores(item, suite);
}

Result<size_t> ForeignRun::learn_sample(const ForeignItem& item, SuiteFacts& suite) {
  const Hash truth = sha256(item.truth);
  const Hash prompt = sha256(item.request);
  const auto [at, added] = suite.sample_numbers.try_emplace(item.id, suite.samples.size());
  if (added) {
    if (suite.samples.size() >= suites::kLogItemsMax) {
      return Error{ErrorCode::kLimit,
                   fmt::format("more than {} items of one task", suites::kLogItemsMax), item.place};
    }
    suite.samples.push_back({.id = item.id, .truth = truth, .prompt = prompt, .prompts = {}});
    return at->second;
  }
  SampleFacts& sample = suite.samples[at->second];
  if (sample.truth != truth) {
    return Error{ErrorCode::kConflict,
                 fmt::format("item `{}` has another target here than before in the log", item.id),
                 item.place};
  }
  const bool seen =
      sample.prompt == prompt ||
      std::find(sample.prompts.begin(), sample.prompts.end(), prompt) != sample.prompts.end();
  if (!seen) sample.prompts.push_back(prompt);
  return at->second;
}

Result<void> ForeignRun::learn_scores(const ForeignItem& item, SuiteFacts& suite) {
  const std::vector<MetricDef>& given = log_.suites[item.suite].metrics;
  for (const Score& score : item.scores) {
    const auto [at, added] = suite.metric_numbers.try_emplace(score.metric, suite.metrics.size());
    if (added) {
      if (suite.metrics.size() >= suites::kLogMetricsMax) {
        return input_error(item.place,
                           fmt::format("more than {} metrics in one task", suites::kLogMetricsMax));
      }
      MetricFacts& metric = suite.metrics.emplace_back();
      metric.def = {.name = score.metric,
                    .scorer = std::string(suites::log_format_name(log_.format)),
                    .higher_is_better = true};
    }
    MetricFacts& metric = suite.metrics[at->second];
    if (const auto known = item.known.find(score.metric); known != item.known.end()) {
      metric.def = known->second;
      metric.known = true;
    }
    for (const MetricDef& def : given) {
      if (def.name == score.metric) metric.def = def;
    }
    learn_score(score, metric);
  }
  return {};
}

void ForeignRun::learn_score(const Score& score, MetricFacts& metric) {
  if (score.status != ScoreStatus::kScored) {
    ++metric.unscored;
    return;
  }
  ++metric.scored;
  metric.bits = metric.bits && (score.value == 0 || score.value == kWhole);
  metric.part = metric.part && score.value >= 0 && score.value <= kWhole;
  metric.weighted = metric.weighted || score.weight != kWhole || !score.parts.empty();
}

void ForeignRun::learn_tags(const ForeignItem& item, SuiteFacts& suite) {
  if (item.tags.empty()) return;
  const Result<Json> tags = parse_json(item.tags, item.place);
  if (!tags) return;
  for (const auto& [key, value] : tags->items()) {
    const bool room = suite.tag_values.size() < kTagNamesMax || suite.tag_values.contains(key);
    if (!room || !value.is_string()) continue;
    std::set<std::string>& values = suite.tag_values[key];
    if (values.size() <= kTagValuesMax) values.insert(value.get<std::string>());
  }
}

void ForeignRun::finish_suite(size_t number) {
  const ForeignSuite& foreign = log_.suites[number];
  SuiteFacts& suite = suites_[number];
  finish_metrics(foreign, suite);
  order_samples(suite);
  suite.info.name = foreign.name;
  suite.info.title = foreign.title;
  for (const MetricFacts& metric : suite.metrics) suite.info.metrics.push_back(metric.def);
  suite.info.sample_count = suite.samples.size();
  suite.info.repeats = suite.repeats;
  hash_suite(foreign, suite);
}

// Of logs of our own the definitions as they were, in their order; otherwise what the values show.
void ForeignRun::finish_metrics(const ForeignSuite& foreign, SuiteFacts& suite) const {
  if (foreign.metrics.empty()) {
    for (MetricFacts& metric : suite.metrics) {
      const bool whole = metric.scored > 0 && !metric.weighted;
      if (!metric.known) {
        metric.def.higher_is_better = !suites::lower_is_better(metric.def.name);
      }
      if (metric.def.aggregation != Aggregation::kPooled) continue;
      metric.def.binary = whole && metric.bits;
      metric.def.share = whole && metric.part;
    }
    return;
  }
  std::vector<MetricFacts> ordered;
  for (const MetricDef& def : foreign.metrics) {
    MetricFacts metric{.def = def};
    if (const auto at = suite.metric_numbers.find(def.name); at != suite.metric_numbers.end()) {
      metric = suite.metrics[at->second];
      metric.def = def;
    }
    ordered.push_back(std::move(metric));
  }
  for (MetricFacts& metric : suite.metrics) {
    const bool listed =
        std::any_of(foreign.metrics.begin(), foreign.metrics.end(),
                    [&](const MetricDef& def) { return def.name == metric.def.name; });
    if (!listed && ordered.size() < suites::kLogMetricsMax) ordered.push_back(std::move(metric));
  }
  suite.metrics = std::move(ordered);
}

void ForeignRun::order_samples(SuiteFacts& suite) const {
  std::vector<size_t> order(suite.samples.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return IdOrder()(suite.samples[a].id, suite.samples[b].id);
  });
  for (size_t position = 0; position < order.size(); ++position) {
    suite.samples[order[position]].position = position;
  }
}

void ForeignRun::hash_suite(const ForeignSuite& foreign, SuiteFacts& suite) const {
  std::vector<const SampleFacts*> by_position(suite.samples.size());
  for (const SampleFacts& sample : suite.samples) by_position[sample.position] = &sample;
  HashBuilder data;
  HashBuilder prompts;
  for (const SampleFacts* sample : by_position) {
    data.add(sample->id).add(sample->truth.hex());
    std::vector<std::string> all{sample->prompt.hex()};
    for (const Hash& other : sample->prompts) all.push_back(other.hex());
    std::sort(all.begin(), all.end());
    for (const std::string& one : all) prompts.add(one);
  }
  HashBuilder scorer;
  scorer.add("foreign").add(foreign.scoring);
  std::vector<std::string> names;
  for (const MetricDef& def : suite.info.metrics) names.push_back(def.name);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) scorer.add(name);
  suite.info.data_hash = data.finish().hex();
  suite.info.prompt_hash =
      foreign.prompt_hash.empty() ? prompts.finish().hex() : foreign.prompt_hash;
  suite.info.scorer_hash =
      foreign.scorer_hash.empty() ? scorer.finish().hex() : foreign.scorer_hash;
  HashBuilder whole;
  whole.add(suite.info.data_hash).add(suite.info.prompt_hash).add(suite.info.scorer_hash);
  suite.info.hash = whole.finish().hex();
}

void ForeignRun::note_metrics() {
  for (const SuiteFacts& suite : suites_) {
    std::vector<std::string> empty;
    for (const MetricFacts& metric : suite.metrics) {
      if (metric.scored == 0) empty.push_back(metric.def.name);
    }
    if (empty.size() > kNotedMax) empty.resize(kNotedMax);
    for (const std::string& name : empty) {
      notes_.push_back(fmt::format("{}: no item has a number for `{}`", suite.info.name, name));
    }
    for (const auto& [key, values] : suite.tag_values) {
      if (values.size() <= kTagValuesMax) continue;
      notes_.push_back(fmt::format("{}: `{}` has more than {} values and is no tag",
                                   suite.info.name, key, kTagValuesMax));
    }
  }
}

// ---- the second reading

ModelInfo ForeignRun::model_info(size_t number) const {
  const suites::ForeignModel& model = log_.models[number];
  HashBuilder config;
  config.add("foreign").add(model.spec).add(model.config);
  return {.name = model.name,
          .spec = model.spec,
          .config_hash = config.finish().hex(),
          // A log of our own may hold a run that was imported itself.
          .version = model.version.ends_with(kImported) ? model.version
                                                        : model.version + std::string(kImported),
          .local = false};
}

Result<void> ForeignRun::write_manifest() {
  SessionInfo session = this_session();
  // The log's own time and no host: the machine that imports measured nothing.
  if (suites::epoch_ns(log_.utc)) session.utc = log_.utc;
  session.host = dump_json(Json{{"imported_from", log_.tool}});
  session.argv = command_line();
  ASSAY_TRY_VOID(store_->begin_session(session));
  ASSAY_TRY_VOID(store_->set_run_settings(0, "", priced_ ? "USD" : ""));
  for (size_t i = 0; i < log_.models.size(); ++i) {
    ASSAY_TRY(ModelInfo model, store_->ensure_model(model_info(i)));
    models_.push_back(std::move(model));
  }
  for (SuiteFacts& suite : suites_) {
    if (suite.samples.empty()) continue;
    ASSAY_TRY(suite.info, store_->ensure_suite(suite.info));
  }
  Json event{{"format", suites::log_format_name(log_.format)}, {"tool", log_.tool}};
  event["notes"] = notes_;
  facts_.emplace_back(EventFact{.at_ns = 0, .kind = "imported", .json = dump_json(event)});
  return {};
}

Result<void> ForeignRun::write(const std::string& path) {
  ASSAY_TRY(store_, store::SqliteStore::open_for_writing(path, {}));
  ASSAY_TRY_VOID(write_manifest());
  entry_ = 0;
  ASSAY_TRY_VOID(log_.read([&](ForeignItem& item) { return write_item(item); }));
  ASSAY_TRY_VOID(flush());
  ASSAY_TRY_VOID(store_->checkpoint());
  store_.reset();
  return {};
}

// Only tags that people can slice by.
std::string ForeignRun::kept_tags(const std::string& tags, const SuiteFacts& suite) const {
  if (tags.empty()) return tags;
  const Result<Json> json = parse_json(tags, "");
  if (!json || !json->is_object()) return "";
  Json kept = Json::object();
  for (const auto& [key, value] : json->items()) {
    const auto at = suite.tag_values.find(key);
    if (at != suite.tag_values.end() && at->second.size() <= kTagValuesMax) kept[key] = value;
  }
  if (kept.size() == json->size()) return tags;
  return kept.empty() ? "" : dump_json(kept);
}

Result<void> ForeignRun::write_item(ForeignItem& item) {
  ++entry_;
  SuiteFacts& suite = suites_[item.suite];
  const auto number = suite.sample_numbers.find(item.id);
  if (number == suite.sample_numbers.end()) {
    return Error{ErrorCode::kConflict, "the log changed while it was read", item.place};
  }
  const SampleFacts& sample = suite.samples[number->second];
  const std::string key = reply_key(item, number->second);
  if (replies_[key + item.part].last != entry_) return {};
  const uint64_t row = uint64_t{suite.info.id} << kSampleSuiteShift | sample.position;
  if (stored_samples_.insert(row).second) {
    facts_.emplace_back(SampleFact{.sample = row,
                                   .suite = suite.info.id,
                                   .index = sample.position,
                                   .id = item.id,
                                   .cluster = item.cluster,
                                   .request = item.request,
                                   .truth = item.truth,
                                   .tags = kept_tags(item.tags, suite)});
  }
  const Key where{.model = models_[item.model].id, .sample = row, .repeat = item.repeat};
  std::vector<Score> scores;
  for (Score& score : item.scores) {
    const bool twice = std::any_of(scores.begin(), scores.end(),
                                   [&](const Score& one) { return one.metric == score.metric; });
    if (!twice && suite.metric_numbers.contains(score.metric)) scores.push_back(std::move(score));
  }
  if (stored_replies_.insert(key).second) {
    ++stored_;
    AttemptFact attempt{.key = where, .response = std::move(item.response)};
    // A request of its own, where models were asked differently.
    if (sha256(item.request) != sample.prompt) {
      attempt.response.details = dump_json(Json{{"request", item.request}});
    }
    // A reply without a time of its own ends before it was sent: not measured.
    const int64_t sent = std::max<int64_t>(1, item.sent_ns);
    attempt.stamps.scheduled = TimePoint(Nanos(sent));
    attempt.stamps.sent = TimePoint(Nanos(sent));
    attempt.stamps.done = TimePoint(Nanos(item.latency_ns < 0 ? sent - 1 : sent + item.latency_ns));
    facts_.emplace_back(std::move(attempt));
  }
  if (!scores.empty()) facts_.emplace_back(ScoreFact{.key = where, .scores = std::move(scores)});
  return facts_.size() >= kFactsPerWrite ? flush() : Result<void>();
}

Result<void> ForeignRun::flush() {
  ASSAY_TRY_VOID(store_->append(facts_));
  facts_.clear();
  return {};
}

ForeignRunInfo ForeignRun::info() && {
  ForeignRunInfo out;
  out.replies = stored_;
  for (const SuiteFacts& suite : suites_) {
    if (suite.samples.empty()) continue;
    out.items += suite.samples.size();
    out.suites.push_back(suite.info.name);
    for (const MetricFacts& metric : suite.metrics) out.unscored += metric.unscored;
  }
  for (const ModelInfo& model : models_) out.models.push_back(model.name);
  out.notes = std::move(notes_);
  return out;
}

void remove_run_file(const std::string& path) {
  std::error_code ignored;
  for (const char* const ending : {"", "-wal", "-shm", "-journal"}) {
    fs::remove(path + ending, ignored);
  }
}

}  // namespace

Result<ForeignRunInfo> write_foreign_run(ForeignLog& log, const std::string& path,
                                         const ForeignRunOptions& options) {
  std::error_code failed;
  if (!options.force && fs::exists(path, failed)) {
    return input_error(path, "exists already; --force replaces it");
  }
  ForeignRun run(log, options);
  ASSAY_TRY_VOID(run.learn());
  const std::string unfinished = path + ".part";
  remove_run_file(unfinished);
  const Result<void> written = run.write(unfinished);
  ForeignRunInfo info = std::move(run).info();
  if (!written) {
    remove_run_file(unfinished);
    return written.error();
  }
  fs::rename(unfinished, path, failed);
  if (failed) {
    remove_run_file(unfinished);
    return input_error(path, fmt::format("cannot be written ({})", failed.message()));
  }
  return info;
}

}  // namespace assay::app
