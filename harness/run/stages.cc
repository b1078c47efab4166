#include "harness/run/stages.h"

#include <algorithm>
#include <utility>

#include "harness/base/check.h"
#include "harness/cost/token_cost.h"

namespace assay::run {

DecodeStage::DecodeStage(std::vector<const Codec*> codecs, std::vector<ModelPrices> prices,
                         std::vector<LaneProgress*> progress, BoundedQueue<Fact>& facts,
                         BoundedQueue<AttemptPtr>& to_score, Inbox& inbox)
    : codecs_(std::move(codecs)),
      prices_(std::move(prices)),
      progress_(std::move(progress)),
      streams_(codecs_.size()),
      facts_(facts),
      to_score_(to_score),
      inbox_(inbox) {}

void DecodeStage::step(std::vector<Piece>& pieces) {
  for (Piece& piece : pieces) {
    std::unique_ptr<Decoder>& decoder = streams_[piece.lane].at(piece.stream);
    if (decoder == nullptr) decoder = codecs_[piece.lane]->decoder();
    if (!piece.bytes.empty()) decoder->feed(piece.bytes, piece.stamps);
    if (piece.end == nullptr) continue;
    const std::unique_ptr<Decoder> done = std::move(decoder);
    streams_[piece.lane].erase(piece.stream);
    take_end(piece, *done);
  }
  pieces.clear();
  facts_.push_all(new_facts_);
  if (!failed_.empty()) inbox_.put_all(failed_);
  to_score_.push_all(answered_);
}

void DecodeStage::take_end(Piece& piece, Decoder& decoder) {
  AttemptPtr attempt = std::move(piece.end);
  Response& response = attempt->response;
  decoder.finish(*attempt, response);
  if (const ModelPrices& prices = prices_[attempt->lane]; prices.known()) {
    const Result<Money> cost = cost::token_cost(
        prices, response.usage, cost::images_in(attempt->request), cost::unix_now_s());
    if (cost) response.cost = *cost;
    response.service = prices.service;
  }
  // A cancelled attempt is no fact about the model: it is asked again.
  if (response.outcome != Outcome::kCancelled) {
    const int flags = (attempt->http.reused ? kHttpReused : 0) | (attempt->http.http2 ? kHttp2 : 0);
    // What nobody behind here reads is moved, not copied: with a thousand streams that end together
    // it is most of their memory.
    std::string chunks = std::move(response.chunks);
    std::string wire = std::move(response.wire);
    AttemptFact fact{attempt->key,         attempt->stamps, response,
                     attempt->http.status, flags,           attempt->load};
    fact.response.chunks = std::move(chunks);
    fact.response.wire = std::move(wire);
    new_facts_.emplace_back(std::move(fact));
  }
  if (is_answer(response.outcome)) {
    const Usage& usage = response.usage;
    progress_[attempt->lane]->output_tokens += static_cast<uint64_t>(
        std::max<int64_t>(0, usage.output_tokens) + std::max<int64_t>(0, usage.reasoning_tokens));
    answered_.push_back(std::move(attempt));
  } else {
    const uint32_t lane = attempt->lane;
    failed_.push_back({std::move(attempt), lane});
  }
}

std::vector<Score> judge(const Suite& suite, const Sample& sample, const Response& response) {
  std::vector<Score> scores;
  for (const auto& scorer : suite.scorers()) {
    const size_t before = scores.size();
    scorer->judge(sample, response, scores);
    ASSAY_CHECK(scores.size() == before + scorer->metrics().size(),
                "scorer `{}` gave {} scores, it declares {}", scorer->identity(),
                scores.size() - before, scorer->metrics().size());
  }
  return scores;
}

void ScoreStage::step(std::vector<AttemptPtr>& attempts) {
  for (AttemptPtr& attempt : attempts) {
    std::vector<Score> scores = judge(*suites_[attempt->suite], attempt->sample, attempt->response);
    if (keep_scores_) attempt->scores = scores;
    new_facts_.emplace_back(ScoreFact{attempt->key, std::move(scores)});
    const uint32_t lane = attempt->lane;
    judged_.push_back({std::move(attempt), lane});
  }
  attempts.clear();
  facts_.push_all(new_facts_);
  inbox_.put_all(judged_);
}

void WriteStage::step(std::vector<Fact>& facts) {
  if (!failed_) {
    if (const Result<void> done = store_.append(facts); !done) {
      failed_ = true;
      on_failure_(done.error());
    }
  }
  facts.clear();
}

}  // namespace assay::run
