#include "harness/run/plan.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "harness/base/hash.h"
#include "harness/base/json.h"

namespace assay::run {
namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (true) {
    const size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return lines;
    text.remove_prefix(end + 1);
  }
}

// The lines that differ, old with "-", new with "+", after what both begin with and before what
// both end with.
std::string line_difference(std::string_view before, std::string_view now) {
  constexpr size_t kLinesMax = 6;
  std::vector<std::string_view> a = lines_of(before);
  std::vector<std::string_view> b = lines_of(now);
  size_t head = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  while (a.size() > head && b.size() > head && a.back() == b.back()) {
    a.pop_back();
    b.pop_back();
  }
  std::string out;
  for (size_t i = head; i < a.size() && i < head + kLinesMax; ++i)
    out += fmt::format("\n  - {}", a[i]);
  for (size_t i = head; i < b.size() && i < head + kLinesMax; ++i)
    out += fmt::format("\n  + {}", b[i]);
  return out;
}

// Requests are compact JSON; laid out one value a line, the difference is where a person looks for
// it.
std::string readable(const std::string& json_text) {
  const Result<Json> json = parse_json(json_text, "");
  if (!json) return json_text;
  std::string out;
  const std::string pretty = dump_json_pretty(*json);
  for (size_t i = 0; i < pretty.size(); ++i) {
    if (pretty[i] == '\\' && i + 1 < pretty.size() && pretty[i + 1] == 'n') {
      out += '\n';
      ++i;
    } else {
      out += pretty[i];
    }
  }
  return out;
}

Error changed_sample(const ResumableStore& store, const std::string& suite, const std::string& id,
                     const std::pair<std::string, std::string>& before, const SampleFact& now) {
  const bool prompt_changed = before.first != now.request;
  const std::string difference =
      prompt_changed ? line_difference(readable(before.first), readable(now.request))
                     : line_difference(readable(before.second), readable(now.truth));
  return Error{ErrorCode::kConflict,
               fmt::format("the {} of sample `{}` of suite `{}` is not the one this file holds; "
                           "undo the change, or write "
                           "to another file with -o{}",
                           prompt_changed ? "prompt" : "target", id, suite, difference),
               store.path()};
}

// The file knows this suite: find each sample's row by id, and check that what is asked is what was
// asked.
Result<void> match_stored_samples(const ResumableStore& store, const SuiteInfo& before,
                                  SuitePlan& plan) {
  const Suite& suite = *plan.suite;
  const bool same_prompts =
      before.prompt_hash == suite.info().prompt_hash && before.data_hash == suite.info().data_hash;
  const bool same_selection = before.hash == suite.info().hash;
  std::unordered_map<std::string, StoredSample> by_id;
  uint64_t next_row = uint64_t{before.id} << kSampleSuiteShift;
  ASSAY_TRY_VOID(store.read_samples(before.id, [&](const StoredSample& sample) {
    const uint64_t index = sample.sample & ((uint64_t{1} << kSampleSuiteShift) - 1);
    if (same_selection && index < plan.stored.size()) {
      plan.stored[index] = true;
    } else {
      by_id.emplace(sample.id, sample);
    }
    next_row = std::max(next_row, sample.sample + 1);
  }));
  if (same_selection) return {};
  for (uint64_t index = 0; index < suite.size(); ++index) {
    ASSAY_TRY(const std::string id, suite.sample_id(index));
    const auto it = by_id.find(id);
    if (it == by_id.end()) {
      plan.rows.push_back(next_row++);
      continue;
    }
    plan.rows.push_back(it->second.sample);
    plan.stored[index] = true;
    if (same_prompts) continue;
    ASSAY_TRY(const Sample sample, suite.sample(index));
    ASSAY_TRY(const SampleFact now, sample_fact(suite, sample));
    if (now.hash == it->second.hash) continue;
    ASSAY_TRY(const auto texts, store.read_sample_texts(it->second.sample));
    return changed_sample(store, suite.info().name, id, texts, now);
  }
  return {};
}

Result<SuitePlan> plan_suite(ResumableStore& store, const Suite& suite) {
  SuitePlan plan;
  plan.suite = &suite;
  plan.stored.resize(suite.size());
  ASSAY_TRY(const std::optional<SuiteInfo> before, store.find_suite(suite.info().name));
  if (before) {
    if (before->scorer_hash != suite.info().scorer_hash) {
      return Error{ErrorCode::kConflict,
                   fmt::format("the scorers of suite `{}` are not the ones this file was judged "
                               "with; `assay score {}` "
                               "judges its replies anew, then run this again",
                               suite.info().name, store.path()),
                   store.path()};
    }
    ASSAY_TRY_VOID(match_stored_samples(store, *before, plan));
  }
  SuiteInfo wanted = suite.info();
  wanted.sample_count = suite.size();
  ASSAY_TRY(plan.info, store.ensure_suite(wanted));
  return plan;
}

Result<LaneSuite> plan_lane_suite(const ResumableStore& store, const ModelInfo& model,
                                  const SuitePlan& suite, uint32_t repeats, uint64_t& unscored) {
  const uint64_t size = suite.suite->size();
  LaneSuite lane;
  lane.done.resize(size * repeats);
  lane.remaining = lane.done.size();
  std::unordered_map<uint64_t, uint64_t> index_of;
  for (uint64_t i = 0; i < suite.rows.size(); ++i) index_of.emplace(suite.rows[i], i);
  ASSAY_TRY_VOID(store.read_progress(model.id, suite.info.id, [&](const ItemProgress& item) {
    uint64_t index = item.sample & ((uint64_t{1} << kSampleSuiteShift) - 1);
    if (!suite.rows.empty()) {
      const auto it = index_of.find(item.sample);
      index = it == index_of.end() ? size : it->second;
    }
    if (index >= size || item.repeat >= repeats)
      return;  // stored by a larger run; not asked for now
    const uint64_t at = item.repeat * size + index;
    if (item.answered) {
      lane.done[at] = true;
      --lane.remaining;
      if (!item.scored) ++unscored;
    } else {
      lane.attempts[at] = item.attempts;
    }
  }));
  return lane;
}

}  // namespace

SampleFact sample_fact(const Sample& sample, const Request& request) {
  SampleFact fact;
  fact.index = sample.index;
  fact.id = sample.id;
  fact.cluster = sample.cluster;
  fact.request = request_to_json(request);
  fact.truth = truth_to_json(sample);
  fact.tags = tags_to_json(sample);
  fact.hash = HashBuilder().add(fact.request).add(fact.truth).finish().short_hex();
  return fact;
}

Result<SampleFact> sample_fact(const Suite& suite, const Sample& sample) {
  ASSAY_TRY(const Request request, suite.request(sample, 0));
  return sample_fact(sample, request);
}

Result<RunPlan> make_plan(ResumableStore& store, const std::vector<ModelInfo>& models,
                          const std::vector<const Suite*>& suites) {
  RunPlan plan;
  for (const Suite* suite : suites) {
    ASSAY_TRY(SuitePlan suite_plan, plan_suite(store, *suite));
    plan.suites.push_back(std::move(suite_plan));
  }
  for (const ModelInfo& wanted : models) {
    LanePlan lane;
    ASSAY_TRY(lane.model, store.ensure_model(wanted));
    for (const SuitePlan& suite : plan.suites) {
      ASSAY_TRY(LaneSuite lane_suite, plan_lane_suite(store, lane.model, suite,
                                                      suite.suite->info().repeats, lane.unscored));
      lane.total += lane_suite.done.size();
      lane.remaining += lane_suite.remaining;
      lane.suites.push_back(std::move(lane_suite));
    }
    plan.lanes.push_back(std::move(lane));
  }
  return plan;
}

std::optional<PlanItem> LaneCursor::next() {
  while (suite_ < lane_.suites.size()) {
    const LaneSuite& suite = lane_.suites[suite_];
    while (at_ < suite.done.size() && suite.done[at_]) ++at_;
    if (at_ == suite.done.size()) {
      ++suite_;
      at_ = 0;
      continue;
    }
    const uint64_t size = plan_.suites[suite_].suite->size();
    const auto tried = suite.attempts.find(at_);
    const PlanItem item{suite_, at_ % size, static_cast<uint32_t>(at_ / size),
                        tried == suite.attempts.end() ? 0 : tried->second};
    ++at_;
    return item;
  }
  return std::nullopt;
}

}  // namespace assay::run
