#include "harness/base/utf8.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(Utf8, FindsTheFirstInvalidByte) {
  EXPECT_EQ(invalid_utf8_at("plain 한글 😀"), std::nullopt);
  EXPECT_EQ(invalid_utf8_at(""), std::nullopt);
  EXPECT_EQ(invalid_utf8_at("ab\xFFz"), 2U);
  EXPECT_EQ(invalid_utf8_at("a\xED\xA0\x80"), 1U);     // a surrogate
  EXPECT_EQ(invalid_utf8_at("a\xC0\xAF"), 1U);         // overlong
  EXPECT_EQ(invalid_utf8_at("\xF4\x90\x80\x80"), 0U);  // beyond U+10FFFF
  EXPECT_EQ(invalid_utf8_at("한\xED\x95"), 3U);        // cut
}

TEST(Utf8, SanitizesMaximalSubparts) {
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_EQ(sanitize_utf8("한글"), "한글");
  EXPECT_EQ(sanitize_utf8("a\xFF"
                          "b"),
            "a" + r + "b");
  EXPECT_EQ(sanitize_utf8("\xED\x95"), r);  // one cut character, one mark
  EXPECT_EQ(sanitize_utf8("\xED\x95x"), r + "x");
  // Table 3-8 of the Unicode Standard.
  EXPECT_EQ(sanitize_utf8("a\xF1\x80\x80\xE1\x80\xC2"
                          "b\x80"
                          "c\x80\xBF"
                          "d"),
            "a" + r + r + r + "b" + r + "c" + r + r + "d");
}

TEST(Utf8, SanitizedIsValidForAllShortBytes) {
  for (int a = 0; a < 256; ++a) {
    for (int b = 0; b < 256; b += 5) {
      const std::string bytes = {static_cast<char>(a), static_cast<char>(b), '\x95', 'z'};
      const std::string clean = sanitize_utf8(bytes);
      EXPECT_EQ(invalid_utf8_at(clean), std::nullopt);
      EXPECT_EQ(clean.back(), 'z');
      EXPECT_EQ(sanitize_utf8(clean), clean);
    }
  }
}

TEST(Utf8, CodePointsThereAndBack) {
  const std::string text = "a한😀\xCC\x81";
  EXPECT_THAT(to_code_points(text), ::testing::ElementsAre(U'a', U'한', U'😀', char32_t{0x301}));
  EXPECT_EQ(to_utf8(to_code_points(text)), text);
}

TEST(Utf8, NormalForms) {
  const std::string decomposed = "\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB";  // 한 as three jamo
  EXPECT_EQ(normalize(decomposed, NormalForm::kNfc), "한");
  EXPECT_EQ(normalize(decomposed, NormalForm::kNone), decomposed);
  EXPECT_EQ(normalize("ＡＢ①", NormalForm::kNfkc), "AB1");
  EXPECT_EQ(normalize("ＡＢ①", NormalForm::kNfc), "ＡＢ①");
}

TEST(Utf8, LowerCaseAndClasses) {
  EXPECT_EQ(to_lower("ÄB한Σ"), "äb한σ");
  EXPECT_TRUE(is_space(U' ') && is_space(U'\n') && is_space(char32_t{0x3000}) &&
              is_space(char32_t{0xA0}));
  EXPECT_FALSE(is_space(U'x') || is_space(char32_t{0x200B}));
  EXPECT_TRUE(is_punctuation(U'!') && is_punctuation(U'。') && !is_punctuation(U'+'));
  EXPECT_TRUE(is_symbol(U'+') && is_symbol(U'₩') && !is_symbol(U'a'));
  EXPECT_TRUE(is_letter_or_digit(U'한') && is_letter_or_digit(U'7') && !is_letter_or_digit(U'-'));
}

TEST(Utf8, WidthOnATerminal) {
  EXPECT_EQ(display_width("ab"), 2U);
  EXPECT_EQ(display_width("한글"), 4U);
  EXPECT_EQ(display_width("e\xCC\x81"), 1U);
  EXPECT_EQ(truncate_to_width("abcdef", 4), "abc…");
  EXPECT_EQ(truncate_to_width("한글말", 5), "한글…");
  EXPECT_EQ(truncate_to_width("한글말", 4), "한…");
  EXPECT_EQ(truncate_to_width("abc", 3), "abc");
  EXPECT_EQ(truncate_to_width("abc", 0), "");
}

}  // namespace
}  // namespace assay
