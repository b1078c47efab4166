#include "app/dry_run.h"

#include <fmt/format.h>

#include <cstdio>

#include "app/setup.h"
#include "harness/cost/token_cost.h"

namespace assay::app {
namespace {

struct Totals {
  uint64_t requests = 0;
  Money worst;
  bool all_priced = true;
};

Result<Attempt> make_attempt(const Suite& suite, uint64_t index, uint32_t repeat,
                             const Backend& backend, run::LoadImage load_image) {
  Attempt attempt;
  attempt.key.repeat = repeat;
  ASSAY_TRY(attempt.sample, suite.sample(index));
  ASSAY_TRY(attempt.request, suite.request(attempt.sample, repeat));
  for (Message& message : attempt.request.messages) {
    for (Image& image : message.images) ASSAY_TRY_VOID(load_image(image));
  }
  attempt.wire = backend.codec().encode(attempt);
  return attempt;
}

Result<void> print_suite(const run::RunModel& model, const Suite& suite, run::LoadImage load_image,
                         Totals& totals) {
  const Backend& backend = *model.backend;
  const BackendTraits& traits = backend.traits();
  for (uint32_t repeat = 0; repeat < suite.info().repeats; ++repeat) {
    for (uint64_t index = 0; index < suite.size(); ++index) {
      ASSAY_TRY(const Attempt attempt, make_attempt(suite, index, repeat, backend, load_image));
      fmt::print("# {} {} {} repeat {}\n{}\n\n", model.info.name, suite.info().name,
                 attempt.sample.id, repeat, backend.describe_request(attempt));
      ++totals.requests;
      totals.all_priced = totals.all_priced && model.prices.known();
      totals.worst += cost::worst_cost(model.prices, attempt, traits.max_tokens);
      if (std::ferror(stdout) != 0) return Error{ErrorCode::kIo, "cannot be written", "stdout"};
    }
  }
  return {};
}

}  // namespace

Result<void> print_requests(const std::vector<run::RunModel>& models,
                            const std::vector<const Suite*>& suites, run::LoadImage load_image) {
  Totals totals;
  for (const run::RunModel& model : models) {
    for (const Suite* suite : suites)
      ASSAY_TRY_VOID(print_suite(model, *suite, load_image, totals));
  }
  fmt::print(stderr, "dry run: {} requests{}; nothing was asked\n", count_text(totals.requests),
             totals.all_priced ? fmt::format(", at most {} in all", totals.worst.text())
                               : std::string(", prices are not known"));
  return {};
}

}  // namespace assay::app
