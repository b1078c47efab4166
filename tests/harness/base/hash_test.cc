#include "harness/base/hash.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace assay {
namespace {

// FIPS 180-4 examples.
TEST(Hash, KnownAnswers) {
  EXPECT_EQ(sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc").hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").hex(),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256("abc").short_hex(), "ba7816bf8f01cfea");
  EXPECT_EQ(sha256("abc").prefix64(), 0xBA7816BF8F01CFEAULL);
}

TEST(Hash, PartsDoNotRunTogether) {
  const auto of = [](std::string_view a, std::string_view b) {
    return HashBuilder().add(a).add(b).finish();
  };
  EXPECT_NE(of("ab", "c"), of("a", "bc"));
  EXPECT_NE(of("", "abc"), of("abc", ""));
  EXPECT_EQ(of("ab", "c"), of("ab", "c"));
  EXPECT_EQ(HashBuilder().add_raw("ab").add_raw("c").finish(), sha256("abc"));
  EXPECT_NE(HashBuilder().add_number(1).finish(), HashBuilder().add_number(-1).finish());
}

TEST(Hash, Files) {
  const auto path =
      std::filesystem::temp_directory_path() / ("assay-hash-" + std::to_string(::getpid()));
  const std::string text(200'000, 'x');  // several reads
  std::ofstream(path, std::ios::binary) << text;
  EXPECT_EQ(sha256_file(path.string()).value(), sha256(text));
  std::filesystem::remove(path);
  EXPECT_EQ(sha256_file(path.string()).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(sha256_file("/").has_value());  // opens, but cannot be read
}

}  // namespace
}  // namespace assay
