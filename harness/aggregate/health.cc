#include "harness/aggregate/health.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/aggregate/run_health.h"

namespace assay::aggregate {
namespace {

constexpr double kEvennessWarned = 0.8;
constexpr double kShareWarned = 0.1;  // of items that say nothing

std::vector<TextGroup> single_items(const std::vector<HealthItem>& items) {
  std::vector<TextGroup> out;
  out.reserve(items.size());
  for (const HealthItem& item : items) {
    out.push_back(
        {.items = {item.id.empty() ? fmt::format("#{}", item.index + 1) : item.id}, .size = 1});
  }
  return out;
}

class Findings {
 public:
  explicit Findings(SuiteCheck& check) : check_(check) {}

  void texts() {
    const TextHealth& t = check_.texts;
    add(Severity::kError, "conflicting answers", t.conflicts,
        "ask the same question and accept no common answer");
    add(Severity::kError, "in train split", t.in_train, "stand word for word in the train split");
    add(Severity::kError, "in own examples", t.in_examples,
        "are shown with their answer among their own prompt's examples");
    add(Severity::kWarning, "near train split", t.near_train, "are near copies of train lines");
    add(Severity::kWarning, "near own examples", t.near_examples,
        "are nearly shown among their own prompt's examples");
    add(Severity::kWarning, "duplicates", t.duplicates,
        "are the same question, so they count more than once");
    add(Severity::kWarning, "near-duplicates", t.near, "are near copies of each other");
    if (t.empty > 0) {
      put(Severity::kWarning, "empty", t.empty, fmt::format("{} items ask nothing", t.empty), {});
    }
  }

  void labels() {
    const LabelHealth& labels = check_.labels;
    if (!labels.majority_share.value) return;
    const bool uneven = labels.labels < 2 || labels.evenness.value_or(1) < kEvennessWarned;
    put(uneven ? Severity::kWarning : Severity::kNote, "label balance", labels.n,
        fmt::format("{} different right answers, entropy {:.2f} bits ({:.2f} of the largest "
                    "possible); always answering `{}` scores {:.1f}%, chance is {:.1f}%",
                    labels.labels, labels.entropy_bits.value_or(0), labels.evenness.value_or(0),
                    labels.majority, 100 * *labels.majority_share.value,
                    100.0 / static_cast<double>(labels.labels)),
        {});
  }

  void items() {
    const ItemHealth& items = check_.items;
    if (items.items == 0) return;
    solved("nobody solves", items.solved_by_none, items.none);
    solved("everybody solves", items.solved_by_all, items.all);
    if (!items.negative) return;
    const uint64_t shown = items.negative_shown.value_or(0);
    put(shown > 0 ? Severity::kWarning : Severity::kNote, "negative discrimination",
        *items.negative,
        fmt::format("on {} of {} items better models do worse, on {} beyond chance (5%, Holm; {} "
                    "models)",
                    *items.negative, items.items, shown, items.models),
        single_items(items.worst));
  }

  void needed() {
    const NeededItems& needed = check_.needed;
    if (!needed.items) return;
    const bool few = needed.have < *needed.items;
    std::string text =
        fmt::format("a difference of {:.2g} takes {} items (80% power, 5%; {}); there are {}",
                    needed.difference, *needed.items, needed.basis, needed.have);
    if (needed.detectable) text += fmt::format(", which show {:.2g}", *needed.detectable);
    put(few ? Severity::kWarning : Severity::kNote, "size", needed.have, std::move(text), {});
  }

  void probe() {
    const ProbeResult& p = *check_.probe;
    if (!p.returned.value) {
      put(Severity::kNote, "contamination", 0,
          fmt::format("{}: no question could be probed", p.model), {});
      return;
    }
    const bool suspicious = p.excess.ci_low.value_or(0) > 0 && *p.returned.value > 0;
    put(suspicious ? Severity::kWarning : Severity::kNote, "contamination", p.asked,
        fmt::format("{} gives back at least half of the hidden part of {:.1f}% [{:.1f}–{:.1f}] of "
                    "{} questions ({} against another question's)",
                    p.model, 100 * *p.returned.value, 100 * p.returned.ci_low.value_or(0),
                    100 * p.returned.ci_high.value_or(1), p.returned.n,
                    p.baseline.value ? fmt::format("{:.1f}%", 100 * *p.baseline.value)
                                     : std::string("n/a")),
        ids(p.returned_items));
  }

  void sort() {
    std::stable_sort(
        check_.findings.begin(), check_.findings.end(),
        [](const HealthFinding& x, const HealthFinding& y) { return x.severity > y.severity; });
  }

 private:
  static std::vector<TextGroup> ids(const std::vector<std::string>& names) {
    std::vector<TextGroup> out;
    out.reserve(names.size());
    for (const std::string& name : names) out.push_back({.items = {name}, .size = 1});
    return out;
  }

  void solved(const char* what, const std::optional<uint64_t>& count,
              const std::vector<HealthItem>& first) {
    if (!count) return;
    const double share = static_cast<double>(*count) /
                         static_cast<double>(std::max<uint64_t>(check_.items.items, 1));
    put(share >= kShareWarned ? Severity::kWarning : Severity::kNote, what, *count,
        fmt::format("{} of {} items ({} models): they tell no models apart", *count,
                    check_.items.items, check_.items.models),
        single_items(first));
  }

  void add(Severity severity, const char* kind, const TextFinding& found, std::string_view what) {
    if (found.items == 0) return;
    std::string text = fmt::format("{} items {}", found.items, what);
    if (found.groups != found.items) text += fmt::format(" ({} groups)", found.groups);
    put(severity, kind, found.items, std::move(text), found.first);
  }

  void put(Severity severity, const char* kind, uint64_t items, std::string text,
           std::vector<TextGroup> examples) {
    check_.findings.push_back({.severity = severity,
                               .kind = kind,
                               .text = std::move(text),
                               .items = items,
                               .examples = std::move(examples)});
  }

  SuiteCheck& check_;
};

const SuiteSummary* summary_of(const Summary* runs, const std::string& suite) {
  if (runs == nullptr) return nullptr;
  for (const SuiteSummary& s : runs->suites) {
    if (s.suite.name == suite) return &s;
  }
  return nullptr;
}

// Ids of the named items; the suite is loaded whole, so that its order is that of the run file.
Result<void> name_items(const Suite& suite, std::vector<HealthItem>& items) {
  for (HealthItem& item : items) {
    if (item.index >= suite.size()) continue;
    ASSAY_TRY(item.id, suite.sample_id(item.index));
  }
  return {};
}

Result<void> take_runs(const Suite& suite, const SuiteSummary& runs, SuiteCheck& out) {
  out.items = runs.health.items;
  out.needed = runs.health.needed;
  out.needed.have = suite.size();
  if (runs.suite.data_hash != suite.info().data_hash) {
    out.notes.emplace_back("the run files hold other data under this suite's name");
    return {};
  }
  ASSAY_TRY_VOID(name_items(suite, out.items.none));
  ASSAY_TRY_VOID(name_items(suite, out.items.all));
  return name_items(suite, out.items.worst);
}

}  // namespace

std::string_view severity_name(Severity severity) {
  if (severity == Severity::kError) return "error";
  return severity == Severity::kWarning ? "warning" : "note";
}

uint64_t CheckReport::count(Severity severity) const {
  uint64_t out = 0;
  for (const SuiteCheck& suite : suites) {
    out += static_cast<uint64_t>(
        std::count_if(suite.findings.begin(), suite.findings.end(),
                      [&](const HealthFinding& f) { return f.severity == severity; }));
  }
  return out;
}

Result<SuiteCheck> check_suite(const Suite& suite, const Summary* runs,
                               const CheckOptions& options) {
  SuiteCheck out;
  out.suite = suite.info().name;
  if (!suite.info().metrics.empty()) out.metric = suite.info().metrics.front();
  ASSAY_TRY(out.texts, text_health(suite, options.near));
  out.labels = label_health(out.texts.labels, options.confidence);
  if (const SuiteSummary* found = summary_of(runs, out.suite); found != nullptr) {
    ASSAY_TRY_VOID(take_runs(suite, *found, out));
  } else {
    if (runs != nullptr) out.notes.emplace_back("no items of this suite in the run files");
    out.needed = needed_items(
        {}, out.metric,
        {.have = suite.size(), .difference = options.detect, .discordance = options.discordance});
  }
  Findings findings(out);
  findings.texts();
  findings.labels();
  findings.items();
  findings.needed();
  findings.sort();
  return out;
}

void add_probe(ProbeResult probe, SuiteCheck& check) {
  check.probe = std::move(probe);
  Findings findings(check);
  findings.probe();
  findings.sort();
}

}  // namespace assay::aggregate
