#include "suites/loader/fewshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace assay::suites {
namespace {

constexpr uint64_t kCachedShotsMax = 1024;
constexpr size_t kCachedBytesMax = size_t{16} << 20;
constexpr uint64_t kDocumentsMax = UINT32_MAX;  // the generator's numbers have 32 bits

}  // namespace

Fewshot::Fewshot(FewshotPlan plan, Documents documents, const PromptMaker& maker)
    : plan_(std::move(plan)),
      documents_(std::move(documents)),
      maker_(maker),
      wanted_(plan_.count + (plan_.extra ? 1U : 0U)) {}

Result<std::unique_ptr<Fewshot>> Fewshot::make(FewshotPlan plan, Documents documents,
                                               const PromptMaker& maker) {
  const uint64_t needed = plan.count + (plan.extra ? 1U : 0U);
  if (documents.count() < needed || documents.count() > kDocumentsMax) {
    return input_error(
        documents.shown(),
        fmt::format("`num_fewshot` is {}, which needs {} rows of the split `{}`, but it has {}",
                    plan.count, needed, plan.split, documents.count()));
  }
  std::unique_ptr<Fewshot> shots(
      new Fewshot(std::move(plan), std::move(documents), maker));  // private constructor
  if (shots->plan_.sampler == FewshotSampler::kSeeded) {
    shots->draws_.emplace(
        ExampleDraws::Plan{.seed = shots->plan_.seed,
                           .population = static_cast<uint32_t>(shots->documents_.count()),
                           .count = shots->wanted_,
                           .draws_per_document = shots->plan_.draws_per_question});
  }
  shots->fill_cache();
  return shots;
}

// A document that cannot be rendered is an error when it is an example, not before.
void Fewshot::fill_cache() {
  const bool first = plan_.sampler == FewshotSampler::kFirst;
  const uint64_t want = std::min<uint64_t>(documents_.count(), first ? wanted_ : kCachedShotsMax);
  size_t bytes = 0;
  for (uint64_t i = 0; i < want && bytes < kCachedBytesMax; ++i) {
    Result<Candidate> one = render(i);
    if (!one) {
      cache_.emplace_back();
      continue;
    }
    const size_t text = one->shot.question.size() + one->shot.answer.value_or("").size();
    bytes += 4 * text + sizeof(Candidate);  // with its document
    cache_.emplace_back(std::move(*one));
  }
}

Result<Fewshot::Candidate> Fewshot::render(uint64_t index) const {
  Candidate candidate;
  ASSAY_TRY(candidate.doc, documents_.doc(index));
  Result<Shot> shot = maker_.shot(candidate.doc);
  if (!shot) {
    return Error{
        shot.error().code,
        fmt::format("{} (few-shot example {})", shot.error().message, documents_.place(index)),
        shot.error().where};
  }
  candidate.shot = std::move(*shot);
  return candidate;
}

Result<std::vector<Shot>> Fewshot::choose(uint64_t question, const Json& doc) const {
  std::vector<uint32_t> drawn;
  if (draws_) drawn = draws_->of(question);
  std::vector<Shot> chosen;
  for (uint32_t i = 0; i < wanted_ && chosen.size() < plan_.count; ++i) {
    const uint64_t index = draws_ ? drawn[i] : i;
    if (index < cache_.size() && cache_[index]) {
      if (!same_document(cache_[index]->doc, doc)) chosen.push_back(cache_[index]->shot);
      continue;
    }
    ASSAY_TRY(Candidate one, render(index));
    if (!same_document(one.doc, doc)) chosen.push_back(std::move(one.shot));
  }
  return chosen;
}

}  // namespace assay::suites
