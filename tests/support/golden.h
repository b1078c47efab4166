// Golden files: expected outputs kept under tests/golden. UPDATE_GOLDEN=1 rewrites them; the diff
// is reviewed like code.
//
//   EXPECT_TRUE(test::matches_golden("reports/demo.txt", text));
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

namespace assay::test {

inline size_t first_difference(std::string_view a, std::string_view b) {
  size_t i = 0;
  while (i < a.size() && i < b.size() && a[i] == b[i]) ++i;
  return i;
}

inline ::testing::AssertionResult matches_golden(const std::string& name, std::string_view actual) {
  const std::string path = std::string(ASSAY_SOURCE_DIR) + "/tests/golden/" + name;
  if (std::getenv("UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << actual;
    return ::testing::AssertionSuccess();
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) return ::testing::AssertionFailure() << path << " is missing; run with UPDATE_GOLDEN=1";
  std::stringstream text;
  text << in.rdbuf();
  const std::string expected = text.str();
  if (expected == actual) return ::testing::AssertionSuccess();
  const size_t at = first_difference(expected, actual);
  const size_t from = at > 80 ? at - 80 : 0;
  return ::testing::AssertionFailure()
         << path << " differs at byte " << at << "\nexpected: ..." << expected.substr(from, 200)
         << "\nactual:   ..." << actual.substr(from, 200);
}

}  // namespace assay::test
