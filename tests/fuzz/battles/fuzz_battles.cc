// Files of battles: any bytes are read or refused with their place; what was read gives a ranking
// whose numbers are finite.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>

#include "harness/aggregate/battles.h"
#include "harness/aggregate/ranking.h"
#include "harness/base/check.h"

namespace {

using namespace assay;             // NOLINT: a program of its own
using namespace assay::aggregate;  // NOLINT: as above

constexpr size_t kRankedMax = 200;  // rows of an input that are worth a fit

void check_ranking(const Battles& battles, const RankingOptions& options) {
  const Ranking ranking = rank_battles(battles, options);
  size_t models = 0;
  for (const auto& group : ranking.groups) {
    models += group.size();
    for (const RankedModel& model : group) {
      ASSAY_CHECK(!model.rating.value || std::isfinite(*model.rating.value), "not finite");
      ASSAY_CHECK(!model.error || (std::isfinite(*model.error) && *model.error > 0), "no error");
      ASSAY_CHECK(model.rating.value || !model.rating.method.empty(), "nothing and no reason");
    }
  }
  ASSAY_CHECK(models == battles.models.size(), "{} models of {}", models, battles.models.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  for (const bool style : {false, true}) {
    BattleOptions options;
    if (style) options.style = {"length", "lists", "x"};
    Battles battles;
    std::istringstream in(bytes);
    const Result<void> read = read_battles(in, "f", options, battles);
    if (!read) {
      ASSAY_CHECK(read.error().where.starts_with("f:"), "no place: {}", read.error().text());
      continue;
    }
    ASSAY_CHECK(battles.covariates.size() == battles.rows.size() * options.style.size(), "sizes");
    if (battles.rows.size() > kRankedMax) continue;
    for (const Ties ties : {Ties::kHalfWins, Ties::kDavidson, Ties::kRaoKupper}) {
      RankingOptions ranking;
      ranking.ties = ties;
      check_ranking(battles, ranking);
      ranking.prior = 0.5;
      check_ranking(battles, ranking);
    }
  }
  return 0;
}
