#include "reports/html/sample_pick.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "reports/html/escape.h"

namespace assay::reports::html {
namespace {

// Up to this many replies the others of a shown sample are looked up, too; in a larger file that
// look-up would cost more than the page is worth.
constexpr uint64_t kLookUpRepliesMax = 20'000;
constexpr size_t kRequestBytesMax = 1U << 20;  // a larger prompt is shown as unreadable

ShownText shown(std::string_view text) {
  Excerpt e = excerpt(text, kTextPointsMax);
  return {std::move(e.text), e.cut};
}

const Score* score_of(const ItemDetail& item, const std::string& metric) {
  for (const Score& s : item.scores) {
    if (s.metric == metric) return &s;
  }
  return nullptr;
}

void rank(const ItemDetail& item, const SuiteSummary& suite, ShownReply& reply) {
  const MetricDef* def = suite.suite.metrics.empty() ? nullptr : &suite.suite.metrics.front();
  const Score* score = def == nullptr ? nullptr : score_of(item, def->name);
  if (!is_answer(item.outcome)) {
    reply.rank = 0;
  } else if (score == nullptr || score->status != ScoreStatus::kScored) {
    reply.rank = 1;
  } else {
    reply.rank = 2;
    reply.badness = def->higher_is_better ? -score->value : score->value;
  }
  if (score != nullptr && !score->extracted.empty()) reply.judged = shown(score->extracted);
}

ShownReply make_reply(const ItemDetail& item, const SuiteSummary& suite, size_t model) {
  ShownReply reply;
  reply.model = model;
  reply.repeat = item.repeat;
  reply.attempts = item.attempts;
  reply.outcome = item.outcome;
  reply.answer = shown(item.answer);
  reply.reasoning = shown(item.reasoning);
  reply.error = shown(item.error).text;
  reply.latency_ns = item.latency_ns;
  for (const Score& s : item.scores) {
    Score copy = s;
    copy.extracted.clear();
    copy.reason = excerpt(s.reason, 300).text;
    reply.scores.push_back(std::move(copy));
  }
  rank(item, suite, reply);
  return reply;
}

std::string bounded(const std::string& json) {
  return json.size() <= kRequestBytesMax ? json : std::string();
}

class Picker {
 public:
  Picker(std::span<const RunStore* const> stores, const SuiteSummary& suite, size_t replies_max)
      : stores_(stores), suite_(suite), replies_max_(replies_max) {
    for (size_t i = 0; i < suite.models.size(); ++i) by_name_[suite.models[i].model.name] = i;
  }

  Result<SamplePick> pick() {
    ASSAY_TRY_VOID(collect_worst());
    SamplePick out;
    uint64_t total = 0;
    for (const ModelResult& m : suite_.models) total += m.items_planned;
    out.every_model = total <= kLookUpRepliesMax;
    for (const std::string& id : worst_ids()) {
      if (out.replies >= replies_max_) break;
      if (out.every_model) ASSAY_TRY_VOID(look_up(id));
      out.samples.push_back(assemble(id, replies_max_ - out.replies));
      out.replies += out.samples.back().replies.size();
    }
    return out;
  }

 private:
  using ReplyKey = std::pair<size_t, uint32_t>;  // model, repeat

  Result<void> read(const ItemQuery& query) {
    for (const RunStore* store : stores_) {
      ASSAY_TRY_VOID(store->read_items(query, [&](const ItemDetail& item) {
        const auto model = by_name_.find(item.model);
        if (model != by_name_.end() && item.suite == suite_.suite.name) {
          keep(item, model->second);
        }
        return true;
      }));
    }
    return {};
  }

  Result<void> collect_worst() {
    for (const ModelResult& m : suite_.models) {
      ItemQuery query;
      query.model = m.model.name;
      query.suite = suite_.suite.name;
      query.worst_first = true;
      query.limit = replies_max_;
      ASSAY_TRY_VOID(read(query));
    }
    return {};
  }

  Result<void> look_up(const std::string& id) {
    ItemQuery query;
    query.suite = suite_.suite.name;
    query.sample_id = id;
    return read(query);
  }

  void keep(const ItemDetail& item, size_t model) {
    auto [at, fresh] = found_.try_emplace(item.sample_id);
    if (fresh) {
      at->second.request = bounded(item.request);
      at->second.truth = bounded(item.truth);
      at->second.tags = bounded(item.tags);
      at->second.row = item.sample_row;
    }
    at->second.replies.try_emplace({model, item.repeat}, make_reply(item, suite_, model));
  }

  struct Found {
    std::string request;
    std::string truth;
    std::string tags;
    uint64_t row = 0;
    std::map<ReplyKey, ShownReply> replies;
  };

  // Samples by their worst reply; the row breaks ties, so that the order is the same in every run.
  [[nodiscard]] std::vector<std::string> worst_ids() const {
    std::vector<std::tuple<int, double, uint64_t, std::string>> order;
    for (const auto& [id, found] : found_) {
      std::tuple<int, double> worst{3, 0};
      for (const auto& [key, reply] : found.replies) {
        worst = std::min(worst, std::tuple<int, double>{reply.rank, -reply.badness});
      }
      order.emplace_back(std::get<0>(worst), std::get<1>(worst), found.row, id);
    }
    std::sort(order.begin(), order.end());
    std::vector<std::string> ids;
    ids.reserve(order.size());
    for (auto& entry : order) ids.push_back(std::move(std::get<3>(entry)));
    return ids;
  }

  ShownSample assemble(const std::string& id, size_t replies_max) {
    Found& found = found_.at(id);
    ShownSample sample{
        id, std::move(found.request), std::move(found.truth), std::move(found.tags), {}};
    for (auto& [key, reply] : found.replies) sample.replies.push_back(std::move(reply));
    if (sample.replies.size() > replies_max) {
      std::stable_sort(sample.replies.begin(), sample.replies.end(),
                       [](const ShownReply& a, const ShownReply& b) {
                         return std::pair(a.rank, -a.badness) < std::pair(b.rank, -b.badness);
                       });
      sample.replies.resize(replies_max);
    }
    return sample;
  }

  std::span<const RunStore* const> stores_;
  const SuiteSummary& suite_;
  size_t replies_max_;
  std::map<std::string, size_t> by_name_;
  std::map<std::string, Found> found_;
};

}  // namespace

Result<SamplePick> pick_samples(std::span<const RunStore* const> stores, const SuiteSummary& suite,
                                size_t replies_max) {
  return Picker(stores, suite, replies_max).pick();
}

}  // namespace assay::reports::html
