// Data health: what the items of a suite can tell apart, folded.
#include "reports/health_view.h"
#include "reports/html/page.h"

namespace assay::reports::html {
namespace {

void add_positions(Html& h, std::string_view title, const std::vector<HealthItem>& items,
                   uint64_t total, Language language) {
  const std::string positions = health_positions(items, total, language);
  if (positions.empty()) return;
  h.open("li").text(title).text(": ").text(positions).close();
}

}  // namespace

Html health_section(const Page& page, const SuiteSummary& suite) {
  Html h;
  const std::vector<std::string> sentences = health_sentences(suite, page.language);
  if (sentences.empty()) return h;
  const ItemHealth& items = suite.health.items;
  h.open("section", "card");
  h.add(section_head("h3", page.say(Msg::kHealth), page.say(Msg::kHealthIntro)));
  h.open("details", "fold").leaf("summary", "", page.say(Msg::kHealthSummary)).open("ul");
  for (const std::string& sentence : sentences) h.leaf("li", "", sentence);
  add_positions(h, page.say(Msg::kHealthNone), items.none, items.solved_by_none.value_or(0),
                page.language);
  add_positions(h, page.say(Msg::kHealthAll), items.all, items.solved_by_all.value_or(0),
                page.language);
  add_positions(h, page.say(Msg::kHealthWorst), items.worst, items.negative.value_or(0),
                page.language);
  h.close().close().close();
  return h;
}

}  // namespace assay::reports::html
