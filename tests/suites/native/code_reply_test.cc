// What is taken out of replies to code tasks.
#include "suites/score/tasks/code_reply.h"

#include <gtest/gtest.h>

namespace assay::suites {
namespace {

TEST(CodeReply, CompletionGoesOnWithThePrompt) {
  EXPECT_EQ(program_of("  return 1", "def f():\n", CodeForm::kCompletion), "def f():\n  return 1");
  EXPECT_EQ(program_of("```", "p", CodeForm::kCompletion), "p```");
}

TEST(CodeReply, OpenedCompletionEndsAtTheFence) {
  EXPECT_EQ(program_of("  return 1\n```\nDone", "p\n", CodeForm::kOpenedCompletion),
            "p\n  return 1\n");
  EXPECT_EQ(program_of("  return 1", "p\n", CodeForm::kOpenedCompletion), "p\n  return 1");
}

// Expected values: Python's re.findall with the reference's pattern.
TEST(CodeReply, OpenedBlock) {
  const auto block = [](std::string_view reply) {
    return program_of(reply, "", CodeForm::kOpenedBlock);
  };
  EXPECT_EQ(block("python\ndef f():\n  pass\n```"), "def f():\n  pass");
  EXPECT_EQ(block("\ndef f(): pass\n```\nText ```x```"), "def f(): pass");
  EXPECT_EQ(block("def f(): pass\n```"), " f(): pass");  // a first word is taken for a language
  EXPECT_EQ(block("def f(): pass"), "");
  EXPECT_EQ(block("```python\nx = 1\n```"), "");  // the opened fence is empty
  EXPECT_EQ(block(""), "");
}

TEST(CodeReply, LastBlockOrAll) {
  const auto block = [](std::string_view reply) { return program_of(reply, "", CodeForm::kBlock); };
  EXPECT_EQ(block("First:\n```python\na\n```\nbetter:\n```py\nb\n\nc\n```\n"), "b\n\nc");
  EXPECT_EQ(block("x = 1"), "x = 1");
  EXPECT_EQ(block("```python\nnever closed"), "```python\nnever closed");
  EXPECT_EQ(block(""), "");
}

TEST(CodeReply, MillionsOfFencesAreLinear) {
  std::string fences;
  for (int i = 0; i < 500'000; ++i) fences += "```x";
  EXPECT_EQ(program_of(fences, "", CodeForm::kBlock), "");
  EXPECT_EQ(program_of(std::string(2'000'000, '`'), "", CodeForm::kOpenedBlock), "");
}

}  // namespace
}  // namespace assay::suites
