#include "harness/run/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
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

// A stored sample by the hash of its id: 24 bytes a sample, where a map of ids would cost a
// hundred.
struct KnownSample {
  uint64_t id_hash = 0;
  uint64_t row = 0;
  uint64_t position = 0;
  bool operator<(const KnownSample& other) const { return id_hash < other.id_hash; }
};

uint64_t id_hash(const std::string& id) { return sha256(id).prefix64(); }

Result<std::vector<KnownSample>> known_samples(const ResumableStore& store, uint32_t suite) {
  std::vector<KnownSample> known;
  ASSAY_TRY_VOID(store.read_samples(suite, [&](const StoredSample& sample) {
    known.push_back({id_hash(sample.id), sample.sample, sample.position});
  }));
  std::sort(known.begin(), known.end());
  return known;
}

// The same question and target under the same id as when it was stored, or a conflict with the
// difference.
Result<void> check_unchanged(const ResumableStore& store, const Suite& suite, uint64_t index,
                             const std::string& id, uint64_t row) {
  ASSAY_TRY(const Sample sample, suite.sample(index));
  ASSAY_TRY(const SampleFact now, sample_fact(suite, sample));
  ASSAY_TRY(const auto texts, store.read_sample_texts(row));
  if (texts.first == now.request && texts.second == now.truth) return {};
  return changed_sample(store, suite.info().name, id, texts, now);
}

// The stored sample of this id, or the end.
std::vector<KnownSample>::const_iterator find_known(const std::vector<KnownSample>& known,
                                                    const std::string& id) {
  const KnownSample wanted{id_hash(id)};
  const auto it = std::lower_bound(known.begin(), known.end(), wanted);
  return it != known.end() && it->id_hash == wanted.id_hash ? it : known.end();
}

// Each sample's row, found by its id, whatever order, selection or added rows this load has. What
// the file does not know gets the row of its position in the data, or one behind all others where
// that may be taken.
Result<void> match_samples(ResumableStore& store, const SuiteInfo* before, SuitePlan& plan) {
  const Suite& suite = *plan.suite;
  const uint64_t base = uint64_t{plan.info.id} << kSampleSuiteShift;
  ASSAY_TRY(const std::vector<KnownSample> known, known_samples(store, plan.info.id));
  const bool same_prompts = before != nullptr && before->prompt_hash == suite.info().prompt_hash &&
                            before->data_hash == suite.info().data_hash;
  uint64_t next_row = base;
  for (const KnownSample& sample : known) next_row = std::max(next_row, sample.row + 1);
  // Written out from the first sample on whose row is not base + index: usually never.
  std::vector<uint64_t> rows;
  for (uint64_t index = 0; index < suite.size(); ++index) {
    const uint64_t position = suite.position(index);
    auto it = known.end();
    if (!known.empty()) {
      ASSAY_TRY(const std::string id, suite.sample_id(index));
      it = find_known(known, id);
      if (it != known.end() && !same_prompts)
        ASSAY_TRY_VOID(check_unchanged(store, suite, index, id, it->row));
    }
    uint64_t row = 0;
    if (it != known.end()) {
      row = it->row;
      plan.stored[index] = true;
      if (it->position != position) ASSAY_TRY_VOID(store.move_sample(it->row, position));
    } else {
      row = known.empty() || base + position >= next_row ? base + position : next_row;
      next_row = std::max(next_row, row + 1);
    }
    if (rows.empty() && row != base + index) {
      rows.reserve(suite.size());
      for (uint64_t before_it = 0; before_it < index; ++before_it) rows.push_back(base + before_it);
      rows.push_back(row);
    } else if (!rows.empty()) {
      rows.push_back(row);
    }
  }
  plan.rows = std::move(rows);
  return {};
}

Result<SuitePlan> plan_suite(ResumableStore& store, const Suite& suite) {
  SuitePlan plan;
  plan.suite = &suite;
  plan.stored.resize(suite.size());
  ASSAY_TRY(const std::optional<SuiteInfo> before, store.find_suite(suite.info().name));
  if (before && before->scorer_hash != suite.info().scorer_hash) {
    return Error{ErrorCode::kConflict,
                 fmt::format("the scorers of suite `{}` are not the ones this file was judged "
                             "with; `assay score {}` "
                             "judges its replies anew, then run this again",
                             suite.info().name, store.path()),
                 store.path()};
  }
  SuiteInfo wanted = suite.info();
  wanted.sample_count = suite.size();
  ASSAY_TRY(plan.info, store.ensure_suite(wanted));
  ASSAY_TRY_VOID(match_samples(store, before ? &*before : nullptr, plan));
  return plan;
}

Result<LaneSuite> plan_lane_suite(const ResumableStore& store, const ModelInfo& model,
                                  const SuitePlan& suite, uint32_t first_repeat,
                                  uint64_t& unscored) {
  const uint64_t size = suite.suite->size();
  const uint32_t repeats = suite.suite->info().repeats;
  LaneSuite lane;
  lane.done.resize(size * repeats);
  std::fill_n(lane.done.begin(), size * std::min(first_repeat, repeats), true);
  lane.remaining = lane.done.size() - size * std::min(first_repeat, repeats);
  std::unordered_map<uint64_t, uint64_t> index_of;
  for (uint64_t i = 0; i < suite.rows.size(); ++i) index_of.emplace(suite.rows[i], i);
  ASSAY_TRY_VOID(store.read_progress(model.id, suite.info.id, [&](const ItemProgress& item) {
    uint64_t index = item.sample & ((uint64_t{1} << kSampleSuiteShift) - 1);
    if (!suite.rows.empty()) {
      const auto it = index_of.find(item.sample);
      index = it == index_of.end() ? size : it->second;
    }
    if (index >= size || item.repeat >= repeats || item.repeat < first_repeat)
      return;  // stored by a larger run, outside what is asked here
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
  return fact;
}

Result<SampleFact> sample_fact(const Suite& suite, const Sample& sample) {
  ASSAY_TRY(const Request request, suite.request(sample, 0));
  return sample_fact(sample, request);
}

Result<RunPlan> make_plan(ResumableStore& store, const std::vector<ModelInfo>& models,
                          const std::vector<const Suite*>& suites, uint32_t first_repeat) {
  RunPlan plan;
  for (const Suite* suite : suites) {
    ASSAY_TRY(SuitePlan suite_plan, plan_suite(store, *suite));
    plan.suites.push_back(std::move(suite_plan));
  }
  for (const ModelInfo& wanted : models) {
    LanePlan lane;
    ASSAY_TRY(lane.model, store.ensure_model(wanted));
    for (const SuitePlan& suite : plan.suites) {
      ASSAY_TRY(LaneSuite lane_suite,
                plan_lane_suite(store, lane.model, suite, first_repeat, lane.unscored));
      lane.total += lane_suite.done.size();
      lane.remaining += lane_suite.remaining;
      lane.suites.push_back(std::move(lane_suite));
    }
    plan.lanes.push_back(std::move(lane));
  }
  return plan;
}

uint64_t LaneCursor::place(const LaneSuite& suite, uint64_t at) const {
  if (suite.order.empty()) return at;
  const uint64_t size = suite.order.size();
  const uint64_t repeats = suite.done.size() / size;
  return at % repeats * size + suite.order[at / repeats];
}

std::optional<PlanItem> LaneCursor::next() {
  while (suite_ < lane_.suites.size()) {
    const LaneSuite& suite = lane_.suites[suite_];
    if (over_ && over_(suite_)) skip_suite();
    while (at_ < suite.done.size() && suite.done[place(suite, at_)]) ++at_;
    if (at_ == suite.done.size()) {
      ++suite_;
      at_ = 0;
      continue;
    }
    const uint64_t size = plan_.suites[suite_].suite->size();
    const uint64_t at = place(suite, at_);
    const auto tried = suite.attempts.find(at);
    const PlanItem item{suite_, at % size, static_cast<uint32_t>(at / size),
                        tried == suite.attempts.end() ? 0 : tried->second};
    ++at_;
    return item;
  }
  return std::nullopt;
}

void LaneCursor::skip_suite() {
  const LaneSuite& suite = lane_.suites[suite_];
  // What was over before the run began is no longer remaining, and was counted then.
  for (; at_ < suite.done.size(); ++at_) {
    if (suite.remaining > 0 && !suite.done[place(suite, at_)]) ++skipped_;
  }
}

}  // namespace assay::run
