// Extraction audit: several ways to take the answer out of one reply, side by side. Where they
// disagree, the score depends on the extractor, and somebody should look.
//
// Where it stands: `assay score RUN --audit` feeds it the stored replies of one suite. The rules
// are pure; Audit adds up on one thread.
//
//   Audit audit(audit_kind(truths), {});
//   audit.add({"q-17", "my-model", 0, reply, targets, choices, scored_as});
//   audit.result().disagreements
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"
#include "suites/extract/extractor.h"
#include "suites/score/choice.h"

namespace assay::suites {

inline constexpr size_t kAuditRulesMax = 32;

// What the answers are, which decides the rules that are tried.
enum class AuditKind : uint8_t { kChoice, kNumber, kText };
std::string_view audit_kind_name(AuditKind kind);

struct AuditedReply {
  std::string sample;
  std::string model;
  uint32_t repeat = 0;
  std::string answer;  // valid UTF-8
  std::vector<std::string> targets;
  std::vector<std::string> choices;
  std::string scored;  // what the run's headline scorer took; empty: it does not say
};

// A choice among choices; numbers where every target of the replies seen is one; else texts.
AuditKind audit_kind(const std::vector<AuditedReply>& some);

// A rule of the user's own, beside those of the kind.
struct AuditExtra {
  std::string name;
  Extractor extractor;
};

struct AuditRow {
  std::string name;
  uint64_t found = 0;    // replies in which the rule found something
  uint64_t right = 0;    // ... that equals a target
  uint64_t alone = 0;    // ... where it differs from the most frequent value of the reply
  uint64_t limited = 0;  // replies in which it gave up
};

struct AuditCase {
  std::string sample;
  std::string model;
  uint32_t repeat = 0;
  std::string target;
  std::vector<std::string> values;  // by rule; empty: nothing found
  std::string answer;               // its end, for people
};

struct AuditResult {
  AuditKind kind = AuditKind::kText;
  uint64_t replies = 0;
  uint64_t disagree = 0;         // replies with two or more different values
  uint64_t verdict_depends = 0;  // ... of which some rules say right and others wrong
  std::vector<AuditRow> rules;
  std::vector<std::vector<uint64_t>> pairs;  // [i][j]: both found, and different
  std::vector<AuditCase> cases;              // of the disagreements, the first `cases_max`
};

class Audit {
 public:
  Audit(AuditKind kind, std::vector<AuditExtra> extras, size_t cases_max);
  void add(const AuditedReply& reply);
  [[nodiscard]] const AuditResult& result() const { return result_; }

 private:
  struct Value {
    std::string text;  // canonical: what values are compared by
    bool found = false;
    bool limit = false;
  };
  [[nodiscard]] std::vector<Value> run_rules(const AuditedReply& reply) const;
  [[nodiscard]] Value canonical(std::string_view text, const AuditedReply& reply) const;
  [[nodiscard]] bool is_right(const Value& value, const AuditedReply& reply) const;
  void count(const std::vector<Value>& values, const AuditedReply& reply);

  AuditResult result_;
  std::vector<AuditExtra> extras_;
  std::vector<AuditExtra> built_in_;
  ChoiceReader reader_;
  size_t cases_max_;
};

}  // namespace assay::suites
