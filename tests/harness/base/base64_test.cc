#include "harness/base/base64.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace assay {
namespace {

// RFC 4648 section 10, and bytes that use the last two letters of the alphabet.
TEST(Base64, KnownTexts) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
      {"\xff\xef\xbe\xfb",
       "/+++"
       "+w=="},
      {std::string(3, '\0'), "AAAA"},
  };
  for (const auto& [bytes, expected] : cases) {
    std::string out = "x";
    append_base64(out, bytes);
    EXPECT_EQ(out, "x" + expected);
  }
}

}  // namespace
}  // namespace assay
