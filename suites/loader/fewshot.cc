#include "suites/loader/fewshot.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/base/json.h"
#include "harness/base/rng.h"

namespace assay::suites {
namespace {

constexpr uint64_t kCachedShotsMax = 1024;
constexpr size_t kCachedBytesMax = size_t{16} << 20;
constexpr uint64_t kDrawStream = 0x66657773686F74;  // names the stream of these draws

}  // namespace

Fewshot::Fewshot(const SuiteDefinition& suite, Split split, SampleMaker maker, uint64_t seed)
    : split_(std::move(split)),
      maker_(std::move(maker)),
      sampler_(suite.sampler),
      count_(suite.num_fewshot),
      seed_(seed),
      shot_delimiter_(suite.fewshot_delimiter),
      target_delimiter_(suite.target_delimiter) {}

Result<std::unique_ptr<Fewshot>> Fewshot::make(const SuiteDefinition& suite, Split split,
                                               SampleMaker maker, uint64_t seed,
                                               bool shared_with_test) {
  const uint64_t needed = suite.num_fewshot + (shared_with_test ? 1U : 0U);
  if (split.count < needed) {
    return input_error(
        split.rows->shown(),
        fmt::format("`num_fewshot` is {}, which needs {} rows of the split `{}`, but it has {}",
                    suite.num_fewshot, needed, suite.fewshot_split, split.count));
  }
  std::unique_ptr<Fewshot> shots(
      new Fewshot(suite, std::move(split), std::move(maker), seed));  // private constructor
  ASSAY_TRY_VOID(shots->fill_cache());
  return shots;
}

Result<void> Fewshot::fill_cache() {
  const uint64_t want = sampler_ == FewshotSampler::kFirst
                            ? std::min<uint64_t>(split_.count, count_ + uint64_t{1})
                            : std::min(split_.count, kCachedShotsMax);
  size_t bytes = 0;
  for (uint64_t row = 0; row < want && bytes < kCachedBytesMax; ++row) {
    ASSAY_TRY(Shot shot, render(row));
    bytes += shot.row.size() + shot.text.size();
    cache_.push_back(std::move(shot));
  }
  return {};
}

// One example: question, delimiter, answer. An example without an answer has no delimiters either,
// as in lm-evaluation-harness.
Result<Fewshot::Shot> Fewshot::render(uint64_t row) const {
  std::string buffer;
  ASSAY_TRY(const std::string_view stored, split_.rows->text(split_.from + row, buffer));
  ASSAY_TRY(const Json doc, parse_json(stored, split_.rows->shown()));
  Shot shot;
  const auto make = [&]() -> Result<void> {
    ASSAY_TRY(shot.text, maker_.question(doc));
    ASSAY_TRY(const std::string target, maker_.first_target(doc));
    if (target.empty()) return {};
    ASSAY_TRY(const std::string prefix, maker_.gen_prefix(doc));
    shot.text += target_delimiter_;
    if (!prefix.empty()) shot.text += prefix + " ";
    shot.text += target;
    shot.text += shot_delimiter_;
    return {};
  };
  if (const Result<void> made = make(); !made) {
    return Error{made.error().code,
                 fmt::format("{} (few-shot example {})", made.error().message, split_.place(row)),
                 made.error().where};
  }
  shot.row = stored;
  return shot;
}

// One more than needed, where there is one.
std::vector<uint64_t> Fewshot::candidates(uint64_t question_row) const {
  const uint64_t want = std::min<uint64_t>(split_.count, count_ + uint64_t{1});
  std::vector<uint64_t> rows;
  rows.reserve(want);
  if (sampler_ == FewshotSampler::kFirst) {
    for (uint64_t i = 0; i < want; ++i) rows.push_back(i);
    return rows;
  }
  // Floyd's way of drawing distinct numbers, then an order; source: Bentley and Floyd,
  // "Programming pearls: a sample of brilliance", CACM 30(9), 1987.
  Rng rng(seed_, kDrawStream, question_row);
  for (uint64_t top = split_.count - want; top < split_.count; ++top) {
    const uint64_t drawn = rng.below(top + 1);
    const bool taken = std::find(rows.begin(), rows.end(), drawn) != rows.end();
    rows.push_back(taken ? top : drawn);
  }
  rng.shuffle(rows);
  return rows;
}

Result<void> Fewshot::append(uint64_t question_row, std::string_view question_text,
                             std::string& prompt) const {
  uint32_t done = 0;
  for (const uint64_t row : candidates(question_row)) {
    if (done == count_) break;
    if (row < cache_.size()) {
      const Shot& shot = cache_[row];
      if (shot.row == question_text) continue;
      prompt += shot.text;
    } else {
      ASSAY_TRY(const Shot shot, render(row));
      if (shot.row == question_text) continue;
      prompt += shot.text;
    }
    ++done;
  }
  return {};
}

}  // namespace assay::suites
