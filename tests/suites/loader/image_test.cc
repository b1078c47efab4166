// Image headers byte by byte, and loading picture files.
#include <gmock/gmock.h>

#include "harness/base/hash.h"
#include "suites/loader/image_file.h"
#include "suites/loader/image_header.h"
#include "tests/suites/loader/fixture.h"

namespace assay::suites {
namespace {

std::string bytes(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}

std::string shown(const std::string& content) {
  const auto header = read_image_header(content);
  if (!header) return "none";
  return std::string(header->media_type) + " " + std::to_string(header->width) + "x" +
         std::to_string(header->height);
}

const std::string kJpeg =  // APP0, a fill byte, SOF0 with 300 x 200
    bytes({0xFF, 0xD8, 0xFF, 0xE0, 0,   4, 1,  2, 0xFF, 0xFF, 0xC0,
           0,    11,   8,    0,    200, 1, 44, 1, 1,    17,   0});

TEST(ImageHeader, ReadsEveryFormat) {
  EXPECT_EQ(shown(png(640, 480)), "image/png 640x480");
  EXPECT_EQ(shown(kJpeg), "image/jpeg 300x200");
  EXPECT_EQ(shown("GIF89a" + bytes({0x40, 1, 0xF0, 0})), "image/gif 320x240");
  EXPECT_EQ(shown("RIFF" + bytes({0, 0, 0, 0}) + "WEBPVP8X" +
                  bytes({10, 0, 0, 0, 0, 0, 0, 0, 0x3F, 1, 0, 0xEF, 0, 0})),
            "image/webp 320x240");
  EXPECT_EQ(shown("RIFF" + bytes({0, 0, 0, 0}) + "WEBPVP8L" +
                  bytes({10, 0, 0, 0, 0x2F, 0x3F, 0xC1, 0x3B, 0})),
            "image/webp 320x240");
  EXPECT_EQ(shown("RIFF" + bytes({0, 0, 0, 0}) + "WEBPVP8 " +
                  bytes({10, 0, 0, 0, 0, 0, 0, 0x9D, 1, 0x2A, 0x40, 1, 0xF0, 0})),
            "image/webp 320x240");
  const std::string bmp =
      "BM" + bytes({0, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 0x40, 1, 0, 0});
  EXPECT_EQ(shown(bmp + bytes({0xF0, 0, 0, 0})), "image/bmp 320x240");
  EXPECT_EQ(shown(bmp + bytes({0x10, 0xFF, 0xFF, 0xFF})), "image/bmp 320x240");  // top-down
  EXPECT_EQ(shown("II*" + bytes({0, 8, 0, 0, 0, 2, 0,                            //
                                 0, 1, 3, 0, 1, 0, 0, 0, 0x40, 1, 0, 0,          //
                                 1, 1, 4, 0, 1, 0, 0, 0, 0xF0, 0, 0, 0})),
            "image/tiff 320x240");
  EXPECT_EQ(shown("MM" + bytes({0, 42, 0, 0, 0, 8, 0, 2,                 //
                                1, 0,  0, 3, 0, 0, 0, 1, 1, 0x40, 0, 0,  //
                                1, 1,  0, 4, 0, 0, 0, 1, 0, 0,    0, 0xF0})),
            "image/tiff 320x240");
}

TEST(ImageHeader, CutAnywhereNeverReadsPastTheEnd) {
  const std::string whole = png(640, 480);
  for (size_t n = 0; n < whole.size(); ++n) {
    EXPECT_EQ(shown(whole.substr(0, n)), n < 8    ? "none"
                                         : n < 24 ? "image/png 0x0"
                                                  : "image/png 640x480");
  }
  for (size_t n = 0; n < kJpeg.size(); ++n) {
    EXPECT_EQ(shown(kJpeg.substr(0, n)), n < 3    ? "none"
                                         : n < 18 ? "image/jpeg 0x0"
                                                  : "image/jpeg 300x200")
        << n;
  }
}

TEST(ImageHeader, OtherBytesAreNone) {
  EXPECT_EQ(shown(""), "none");
  EXPECT_EQ(shown("<html>"), "none");
  EXPECT_EQ(shown("BMW drives"), "none");
  EXPECT_EQ(shown("RIFF....WAVE"), "none");
}

class ImageFileTest : public FolderTest {
 protected:
  std::string problem(const std::string& name) const {
    const Result<Image> image = probe_image(path(name), name);
    return image ? "no error" : image.error().text();
  }
};

TEST_F(ImageFileTest, ProbeReadsTheHeaderOnly) {
  write("a.png", png(640, 480) + std::string(100'000, 'x'));
  const Result<Image> image = probe_image(path("a.png"), "a.png");
  ASSERT_TRUE(image.has_value());
  EXPECT_EQ(image->media_type, "image/png");
  EXPECT_EQ(image->width, 640U);
  EXPECT_EQ(image->height, 480U);
  EXPECT_EQ(image->content, nullptr);
}

TEST_F(ImageFileTest, ProbeLooksPastLongMetadata) {
  const std::string metadata = bytes({0xFF, 0xE1, 0xFF, 0xFF}) + std::string(0xFFFD, 'm');
  write("a.jpg", kJpeg.substr(0, 2) + metadata + metadata + kJpeg.substr(2));
  const Result<Image> image = probe_image(path("a.jpg"), "a.jpg");
  ASSERT_TRUE(image.has_value()) << image.error().text();
  EXPECT_EQ(image->width, 300U);
}

TEST_F(ImageFileTest, ProblemsNameTheFileAndItsFirstBytes) {
  write("a.png", "<html>not a picture");
  EXPECT_EQ(problem("a.png"),
            "a.png: is not a picture: its first bytes are 3c 68 74 6d 6c 3e 6e 6f, expected PNG, "
            "JPEG, GIF, WebP, BMP or TIFF");
  write("b.png", "");
  EXPECT_EQ(problem("b.png"),
            "b.png: is not a picture: the file is empty, expected PNG, JPEG, GIF, WebP, BMP or "
            "TIFF");
  EXPECT_EQ(problem("none.png"),
            "none.png: the picture cannot be opened: No such file or directory");
  write("c.png", png(1, 1).substr(0, 20));
  EXPECT_EQ(problem("c.png"), "c.png: is a damaged picture: its image/png header gives no size");
  write("d/e.png", "");
  EXPECT_EQ(problem("d"), "d: is not a file, expected a picture");
}

TEST_F(ImageFileTest, LoadFillsContentAndHash) {
  const std::string content = png(3, 4) + "rest";
  Image image{.path = write("a.png", content)};
  ASSERT_TRUE(load_image(image, 1000).has_value());
  EXPECT_EQ(*image.content, content);
  EXPECT_EQ(image.sha256, sha256(content).hex());
  EXPECT_EQ(image.media_type, "image/png");
  EXPECT_EQ(image.width, 3U);
}

TEST_F(ImageFileTest, LoadIsBoundedAndSeesChanges) {
  Image image{.path = write("a.png", png(3, 4))};
  const Result<void> large = load_image(image, 10);
  ASSERT_FALSE(large.has_value());
  EXPECT_EQ(local(large.error().text()),
            "a.png: the picture has 33 bytes, more than 10 (limit bytes_max)");
  image.media_type = "image/jpeg";
  const Result<void> changed = load_image(image, 1000);
  ASSERT_FALSE(changed.has_value());
  EXPECT_EQ(local(changed.error().text()),
            "a.png: is image/png now, was image/jpeg when the run was planned");
}

}  // namespace
}  // namespace assay::suites
