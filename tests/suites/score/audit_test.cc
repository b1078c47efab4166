// The extraction audit: what its rules take, and what counts as a disagreement.
#include "suites/score/audit.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness/base/json.h"

namespace assay::suites {
namespace {

AuditedReply number_reply(const std::string& answer, const std::string& target) {
  return {"s", "m", 0, answer, {target}, {}, ""};
}

const AuditRow& row_of(const AuditResult& result, const std::string& name) {
  for (const AuditRow& row : result.rules) {
    if (row.name == name) return row;
  }
  ADD_FAILURE() << "no rule " << name;
  return result.rules.front();
}

TEST(Audit, FirstAndLastNumberDisagree) {
  Audit audit(AuditKind::kNumber, {}, 10);
  audit.add(number_reply("She has 3 apples and buys 4, so 7.", "7"));
  audit.add(number_reply("7", "7"));
  audit.add(number_reply("no number", "7"));
  audit.add(number_reply("Both: 5, then 5", "7"));
  const AuditResult& got = audit.result();
  EXPECT_EQ(got.replies, 4U);
  EXPECT_EQ(got.disagree, 1U);
  EXPECT_EQ(got.verdict_depends, 1U);
  EXPECT_EQ(row_of(got, "last_number").right, 2U);
  EXPECT_EQ(row_of(got, "first_number").right, 1U);
  EXPECT_EQ(row_of(got, "first_number").found, 3U);
  ASSERT_EQ(got.cases.size(), 1U);
  EXPECT_EQ(got.cases[0].target, "7");
}

TEST(Audit, ChoicesByLetter) {
  Audit audit(AuditKind::kChoice, {}, 10);
  audit.add({"s",
             "m",
             0,
             "A quick look says B is wrong. The answer is (C).",
             {"blue"},
             {"red", "green", "blue"},
             "C"});
  const AuditResult& got = audit.result();
  EXPECT_EQ(row_of(got, "choice").right, 1U);
  EXPECT_EQ(row_of(got, "scored").right, 1U);
  EXPECT_EQ(row_of(got, "first_letter").right, 0U);
  EXPECT_EQ(row_of(got, "last_letter").right, 1U);
  EXPECT_EQ(got.disagree, 1U);
}

TEST(Audit, ExtraRulesAndTheLimitOfCases) {
  auto extractor = Extractor::from_option(Json{{"regex", "= *([0-9]+)"}});
  ASSERT_TRUE(extractor.has_value());
  std::vector<AuditExtra> extras;
  extras.push_back({"mine", std::move(*extractor)});
  Audit audit(AuditKind::kNumber, std::move(extras), 1);
  for (int i = 0; i < 3; ++i) audit.add(number_reply("x = 5 or 6", "5"));
  EXPECT_EQ(row_of(audit.result(), "mine").right, 3U);
  EXPECT_EQ(audit.result().disagree, 3U);
  EXPECT_EQ(audit.result().cases.size(), 1U);
}

TEST(Audit, KindByWhatTheTargetsAre) {
  EXPECT_EQ(audit_kind({number_reply("", "1,234.5")}), AuditKind::kNumber);
  EXPECT_EQ(audit_kind({number_reply("", "1"), number_reply("", "Paris")}), AuditKind::kText);
  EXPECT_EQ(audit_kind({{"s", "m", 0, "", {"a"}, {"a", "b"}, ""}}), AuditKind::kChoice);
  EXPECT_EQ(audit_kind({}), AuditKind::kText);
}

}  // namespace
}  // namespace assay::suites
