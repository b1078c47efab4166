#include "backends/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::backends {
namespace {

using ::testing::ElementsAre;

TEST(SplitCommandLine, WordsQuotesAndBackslashes) {
  EXPECT_THAT(split_command_line("  python3\t model.py  --t=0.5 ").value(),
              ElementsAre("python3", "model.py", "--t=0.5"));
  EXPECT_THAT(split_command_line(R"(a 'b c' "d \"e\" \\ \n" f\ g)").value(),
              ElementsAre("a", "b c", R"(d "e" \ \n)", "f g"));
  EXPECT_THAT(split_command_line(R"(x''y --k='v w')").value(), ElementsAre("xy", "--k=v w"));
  EXPECT_THAT(split_command_line("a ''").value(), ElementsAre("a", ""));
  EXPECT_THAT(split_command_line("echo $HOME *; rm").value(),
              ElementsAre("echo", "$HOME", "*;", "rm"));
  EXPECT_THAT(split_command_line("").value(), ElementsAre());
  EXPECT_THAT(split_command_line("a\\").value(), ElementsAre("a\\"));
}

TEST(SplitCommandLine, AnOpenQuoteIsNamedWithItsColumn) {
  EXPECT_EQ(split_command_line("run 'my model").error().text(),
            "the quote ' at column 5 of `run 'my model` is never closed");
  EXPECT_FALSE(split_command_line("\"a\\\"").has_value());
}

}  // namespace
}  // namespace assay::backends
