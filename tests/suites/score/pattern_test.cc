// Regular expressions on texts that a model may have written to be slow.
#include "suites/extract/pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace assay::suites {
namespace {

Pattern compiled(const std::string& source) {
  auto pattern = Pattern::compile(source);
  EXPECT_TRUE(pattern.has_value()) << pattern.error().text();
  return std::move(pattern).value();
}

TEST(Pattern, ALongTextIsSearchedAsAShortOneIs) {
  const std::string text = std::string(100'000, ' ') + "#### 1,234\n" + std::string(100'000, 'x');
  const Pattern pattern = compiled("#### (-?[0-9.,]+)");
  const Pattern::Match match = pattern.find(text);
  ASSERT_EQ(match.found, Pattern::Found::kYes) << match.reason;
  EXPECT_EQ(match.groups.at(1), "1,234");
  EXPECT_EQ(pattern.find_last(text).groups.at(1), "1,234");
  EXPECT_EQ(compiled("never there").find(text).found, Pattern::Found::kNo);
}

// Each place of the text is a new beginning that looks to the text's end: 4e12 steps without the
// count over all beginnings.
TEST(Pattern, QuadraticWalksGiveUp) {
  const std::string text(kPatternSubjectBytesMax, 'a');
  const Pattern pattern = compiled("a*[bc]");
  EXPECT_EQ(pattern.find(text).found, Pattern::Found::kLimit);
  EXPECT_EQ(pattern.find_last(text).found, Pattern::Found::kLimit);
  std::string reason;
  EXPECT_EQ(pattern.remove_all(text, reason), text);
  EXPECT_FALSE(reason.empty());
}

}  // namespace
}  // namespace assay::suites
