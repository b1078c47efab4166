#include "app/score_audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "app/command.h"
#include "app/setup.h"
#include "harness/base/json.h"
#include "harness/base/utf8.h"
#include "suites/score/audit.h"

namespace assay::app {
namespace {

constexpr size_t kLookedAtFirst = 1000;  // replies that decide what the answers are
constexpr size_t kValueColumns = 24;

std::string printable(const std::string& text, size_t columns) {
  std::string out;
  for (const char32_t point : to_code_points(sanitize_utf8(text))) {
    append_utf8(out, is_printable(point) ? point : U' ');
  }
  return truncate_to_width(out, columns);
}

std::string padded(const std::string& text, size_t columns) {
  const size_t width = display_width(text);
  return text + std::string(width < columns ? columns - width : 0, ' ');
}

std::vector<std::string> texts_of(const Json& truth, std::string_view key) {
  std::vector<std::string> out;
  const Json* list = find_member(truth, key);
  if (list == nullptr || !list->is_array()) return out;
  for (const Json& item : *list) {
    if (item.is_string()) out.push_back(item.get<std::string>());
  }
  return out;
}

// Nothing for a reply that was not an answer.
std::optional<suites::AuditedReply> reply_of(const ItemDetail& item) {
  if (!is_answer(item.outcome)) return std::nullopt;
  suites::AuditedReply reply;
  reply.sample = item.sample_id;
  reply.model = item.model;
  reply.repeat = item.repeat;
  reply.answer = sanitize_utf8(item.answer);
  if (const auto truth = parse_json(item.truth, "truth"); truth && truth->is_object()) {
    reply.targets = texts_of(*truth, "targets");
    reply.choices = texts_of(*truth, "choices");
  }
  if (!item.scores.empty()) reply.scored = sanitize_utf8(item.scores.front().extracted);
  return reply;
}

// A name, or JSON as `extract` is written in a suite.
Result<std::vector<suites::AuditExtra>> extras_of(const std::vector<std::string>& sources) {
  std::vector<suites::AuditExtra> extras;
  for (const std::string& source : sources) {
    Result<Json> option = parse_json(source, "--extract");
    if (!option) option = Json(source);
    Result<suites::Extractor> extractor = suites::Extractor::from_option(*option);
    if (!extractor) return input_error("--extract", extractor.error().text());
    extras.push_back({source, std::move(extractor).value()});
  }
  if (extras.size() > suites::kAuditRulesMax) {
    return input_error("--extract", fmt::format("more than {} rules", suites::kAuditRulesMax));
  }
  return extras;
}

Result<suites::AuditResult> audit_suite(const RunStore& store, const std::string& suite,
                                        const AuditFlags& flags) {
  ASSAY_TRY(std::vector<suites::AuditExtra> extras, extras_of(flags.extracts));
  ItemQuery query;
  query.suite = suite;
  std::vector<suites::AuditedReply> first;
  ASSAY_TRY_VOID(store.read_items(query, [&](const ItemDetail& item) {
    if (auto reply = reply_of(item)) first.push_back(std::move(*reply));
    return first.size() < kLookedAtFirst;
  }));
  suites::Audit audit(suites::audit_kind(first), std::move(extras),
                      static_cast<size_t>(flags.limit));
  ASSAY_TRY_VOID(store.read_items(query, [&](const ItemDetail& item) {
    if (auto reply = reply_of(item)) audit.add(*reply);
    return true;
  }));
  return audit.result();
}

std::string share(uint64_t part, uint64_t whole) {
  if (whole == 0) return "n/a";
  return fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

void print_audit(const std::string& suite, const suites::AuditResult& result) {
  fmt::print("{}: {} replies, answers taken as {}\n", suite, count_text(result.replies),
             suites::audit_kind_name(result.kind));
  fmt::print("  rules disagree on {} ({}); on {} the verdict depends on the rule\n",
             count_text(result.disagree), share(result.disagree, result.replies),
             count_text(result.verdict_depends));
  fmt::print("  {:<16} {:>9} {:>9} {:>9} {:>9}\n", "rule", "found", "right", "differs", "gave up");
  for (const suites::AuditRow& row : result.rules) {
    fmt::print("  {} {:>9} {:>9} {:>9} {:>9}\n", padded(printable(row.name, 16), 16),
               share(row.found, result.replies), share(row.right, result.replies),
               count_text(row.alone), count_text(row.limited));
  }
  for (const suites::AuditCase& one : result.cases) {
    fmt::print("  {} · {}{} · target `{}`\n", one.sample, one.model,
               one.repeat > 0 ? fmt::format(" · repeat {}", one.repeat) : "",
               printable(one.target, kValueColumns));
    for (size_t i = 0; i < one.values.size(); ++i) {
      if (one.values[i].empty()) continue;
      fmt::print("      {} {}\n", padded(printable(result.rules[i].name, 16), 16),
                 printable(one.values[i], 60));
    }
  }
  if (result.cases.size() < result.disagree) {
    fmt::print("  and {} more; --limit lists them\n",
               count_text(result.disagree - result.cases.size()));
  }
}

Json json_of(const std::string& suite, const suites::AuditResult& result) {
  Json out{{"suite", suite},
           {"kind", std::string(suites::audit_kind_name(result.kind))},
           {"replies", result.replies},
           {"disagree", result.disagree},
           {"verdict_depends", result.verdict_depends}};
  out["rules"] = Json::array();
  for (size_t i = 0; i < result.rules.size(); ++i) {
    const suites::AuditRow& row = result.rules[i];
    Json differs = Json::object();
    for (size_t k = 0; k < result.rules.size(); ++k) {
      if (result.pairs[i][k] > 0) differs[result.rules[k].name] = result.pairs[i][k];
    }
    out["rules"].push_back({{"name", row.name},
                            {"found", row.found},
                            {"right", row.right},
                            {"differs", row.alone},
                            {"gave_up", row.limited},
                            {"differs_from", std::move(differs)}});
  }
  out["cases"] = Json::array();
  for (const suites::AuditCase& one : result.cases) {
    Json values = Json::object();
    for (size_t i = 0; i < one.values.size(); ++i) {
      values[result.rules[i].name] = one.values[i].empty() ? Json() : Json(one.values[i]);
    }
    out["cases"].push_back({{"sample", one.sample},
                            {"model", one.model},
                            {"repeat", one.repeat},
                            {"target", one.target},
                            {"values", std::move(values)},
                            {"answer_end", one.answer}});
  }
  return out;
}

}  // namespace

Result<int> audit_run(const AuditFlags& flags) {
  ASSAY_TRY(const OpenRuns runs, open_runs({flags.run}));
  const RunStore& store = *runs.list.front();
  ASSAY_TRY(const Manifest manifest, store.manifest());
  std::vector<std::string> names = flags.suites;
  if (names.empty()) {
    for (const SuiteInfo& suite : manifest.suites) names.push_back(suite.name);
  }
  Json all = Json::array();
  for (const std::string& name : names) {
    const bool known = std::any_of(manifest.suites.begin(), manifest.suites.end(),
                                   [&](const SuiteInfo& suite) { return suite.name == name; });
    if (!known) return input_error(flags.run, fmt::format("holds no suite `{}`", name));
    ASSAY_TRY(const suites::AuditResult result, audit_suite(store, name, flags));
    if (flags.json) {
      all.push_back(json_of(name, result));
    } else {
      print_audit(name, result);
    }
  }
  if (flags.json) fmt::print("{}\n", dump_json_pretty(all));
  return kExitDone;
}

}  // namespace assay::app
