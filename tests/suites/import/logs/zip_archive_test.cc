// Zip files, whole and hostile.
#include "suites/import/logs/zip_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_dir.h"
#include "tests/support/zip_builder.h"

namespace assay::suites {
namespace {

using test::ZipBuilder;
using testing::HasSubstr;

class ZipArchiveTest : public testing::Test {
 protected:
  [[nodiscard]] Result<std::unique_ptr<ZipArchive>> open(const std::string& bytes,
                                                         const ZipLimits& limits = {}) const {
    return ZipArchive::open(dir_.write("a.zip", bytes), limits);
  }
  // The bytes of the one member, or the error's text.
  [[nodiscard]] std::string read(const std::string& bytes, const ZipLimits& limits = {}) const {
    const auto zip = open(bytes, limits);
    if (!zip) return zip.error().text();
    const auto text = (*zip)->read((*zip)->members().front());
    return text ? *text : text.error().text();
  }
  test::TempDir dir_;
};

std::string one(const std::string& text, const test::ZipHow& how = {}) {
  ZipBuilder zip;
  zip.add("samples/x.json", text, how);
  return zip.finish();
}

TEST_F(ZipArchiveTest, EveryMethodGivesTheBytes) {
  std::string text;
  for (uint64_t i = 0; i < 50'000; ++i) text += std::to_string(i * i % 977) + ",";
  for (const uint16_t method : {uint16_t{0}, uint16_t{8}, uint16_t{93}}) {
    EXPECT_EQ(read(one(text, {.method = method})), text) << method;
    EXPECT_EQ(read(one("", {.method = method})), "") << method;
  }
}

TEST_F(ZipArchiveTest, Zip64AndCommentsAreRead) {
  ZipBuilder zip;
  zip.add("a", "one");
  zip.add("b", "two", {.method = 93});
  for (const bool large : {false, true}) {
    const auto archive = open(zip.finish(large, "a comment"));
    ASSERT_TRUE(archive) << archive.error().text();
    ASSERT_EQ((*archive)->members().size(), 2U);
    ASSERT_NE((*archive)->find("b"), nullptr);
    EXPECT_EQ(*(*archive)->read(*(*archive)->find("b")), "two");
    EXPECT_EQ((*archive)->find("c"), nullptr);
  }
}

TEST_F(ZipArchiveTest, OfTwoMembersOfOneNameTheLastCounts) {
  ZipBuilder zip;
  zip.add("a", "old");
  zip.add("a", "new");
  const auto archive = open(zip.finish());
  ASSERT_TRUE(archive);
  EXPECT_EQ(*(*archive)->read(*(*archive)->find("a")), "new");
}

TEST_F(ZipArchiveTest, DamageIsNamed) {
  EXPECT_THAT(read(one("text", {.crc_xor = 1})), HasSubstr("has CRC"));
  EXPECT_THAT(read(one("text", {.flags = 1})), HasSubstr("is encrypted"));
  EXPECT_THAT(read(one("text", {.method = 12})), HasSubstr("is packed by method 12"));
  EXPECT_THAT(read(one("text", {.unpacked = 3})), HasSubstr("more bytes than the directory says"));
  EXPECT_THAT(read(one("text", {.unpacked = 5})), HasSubstr("the directory says 5"));
  EXPECT_THAT(read(one("text", {.method = 93, .unpacked = 2})), HasSubstr("more bytes than"));
  EXPECT_THAT(read(one("text", {.local_name = "samples/y.json"})), HasSubstr("contradicts"));
  EXPECT_THAT(read("PK\x03\x04 nothing"), HasSubstr("no end of a zip file"));
  EXPECT_THAT(read(""), HasSubstr("no end of a zip file"));
}

TEST_F(ZipArchiveTest, EveryCutIsAnErrorAndNoCrash) {
  const std::string whole = one("a text of some length, a text of some length");
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(open(whole.substr(0, size))) << size;
  }
}

TEST_F(ZipArchiveTest, EveryFlippedByteIsReadOrRefused) {
  const std::string text = "a text of some length, a text of some length";
  const std::string whole = one(text, {.method = 93});
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x55);
    const auto zip = open(bytes);
    if (!zip || (*zip)->members().empty()) continue;
    const auto read = (*zip)->read((*zip)->members().front());
    if (read) {
      EXPECT_EQ(*read, text) << at;
    }
  }
}

// One block named by many members: kilobytes that unpack to terabytes.
TEST_F(ZipArchiveTest, OverlappingMembersAreRefused) {
  ZipBuilder zip;
  zip.add("a", "text");
  zip.add("b", "text", {.at = 0});
  const auto archive = open(zip.finish());
  ASSERT_FALSE(archive);
  EXPECT_THAT(archive.error().text(), HasSubstr("overlaps"));
}

TEST_F(ZipArchiveTest, BombsAreRefusedBeforeTheyAreUnpacked) {
  const std::string zeros(1 << 20, '\0');
  const std::string packed = one(zeros, {.method = 93});
  EXPECT_THAT(read(packed, {.member_bytes_max = 1000}), HasSubstr("at most 1000 are read"));
  EXPECT_THAT(read(packed, {.total_bytes_max = 1000}), HasSubstr("more than 1000 bytes"));
  EXPECT_THAT(read(packed, {.ratio_max = 50, .ratio_from = 1000}), HasSubstr("more than 50 to 1"));
  EXPECT_THAT(read(packed, {.members_max = 0}), HasSubstr("has 1 members"));
  EXPECT_TRUE(read(packed) == zeros);
}

}  // namespace
}  // namespace assay::suites
