// The committed files of quick-ocr are what the generator makes, and its parts do what they say.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>

#include "harness/base/hash.h"
#include "harness/base/json.h"
#include "harness/base/utf8.h"
#include "suites/data/quick-ocr/generator/degrade.h"
#include "suites/data/quick-ocr/generator/generate.h"
#include "suites/data/quick-ocr/generator/png.h"
#include "suites/data/quick-ocr/generator/render.h"
#include "suites/data/quick-ocr/generator/scene.h"

namespace assay::suites::quick_ocr {
namespace {

const std::filesystem::path kSuite =
    std::filesystem::path(ASSAY_SOURCE_DIR) / "suites/data/quick-ocr";
constexpr uintmax_t kAllPicturesBytesMax = 3U << 20U;

// Where libraries or fonts are of other versions, a picture may differ by antialiasing and by a
// glyph's slightly changed outline: on average by 3 greys of 255, and by more than 48 greys in 2 %
// of the pixels. A shift of all text by one pixel is more than that (TheToleranceSeesSmallShifts).
constexpr double kMeanDifferenceMax = 3.0;
constexpr int kLargeDifference = 48;
constexpr double kLargeShareMax = 0.02;

std::string read_bytes(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<Json> truth() {
  std::istringstream in(read_bytes(kSuite / "truth.jsonl"));
  std::vector<Json> rows;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    auto row = parse_json(line, "truth.jsonl", ++number);
    EXPECT_TRUE(row.has_value()) << row.error().text();
    if (row) rows.push_back(*row);
  }
  return rows;
}

struct Difference {
  double mean = 0;         // mean absolute difference, greys
  double large_share = 0;  // share of pixels that differ by more than kLargeDifference
  [[nodiscard]] bool tolerable() const {
    return mean <= kMeanDifferenceMax && large_share <= kLargeShareMax;
  }
};

// nullopt: the sizes differ.
std::optional<Difference> compare(const Bitmap& a, const Bitmap& b) {
  if (a.width != b.width || a.height != b.height) return std::nullopt;
  double sum = 0;
  double large = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) {
    const int difference = std::abs(a.pixels[i] - b.pixels[i]);
    sum += difference;
    large += difference > kLargeDifference ? 1 : 0;
  }
  const auto count = static_cast<double>(a.pixels.size());
  return Difference{sum / count, large / count};
}

void expect_close(const OutputFile& made, const std::string& recorded) {
  const auto made_picture = read_png(made.bytes, made.path);
  const auto recorded_picture = read_png(recorded, made.path);
  ASSERT_TRUE(made_picture.has_value()) << made_picture.error().text();
  ASSERT_TRUE(recorded_picture.has_value()) << recorded_picture.error().text();
  const auto difference = compare(*made_picture, *recorded_picture);
  ASSERT_TRUE(difference.has_value()) << made.path << ": sizes differ";
  EXPECT_TRUE(difference->tolerable()) << made.path << ": mean difference " << difference->mean
                                       << ", share of large ones " << difference->large_share;
}

Scene two_cells(double second_x) {
  Scene scene{.width = 400, .height = 80};
  scene.lines.push_back({.cells = {{"합계", 20}, {"12,400", second_x}}, .y = 40});
  return scene;
}

class QuickOcrFonts : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = Fonts::open();
    if (!opened) GTEST_SKIP() << "fonts are missing: " << opened.error().text();
    fonts_ = std::move(*opened);
  }
  std::unique_ptr<Fonts> fonts_;
};

TEST(QuickOcr, TruthIsWhatTheGeneratorSays) {
  EXPECT_EQ(read_bytes(kSuite / "truth.jsonl"), truth_lines());
}

TEST(QuickOcr, SumsMatchTheFiles) {
  std::istringstream in(read_bytes(kSuite / "SHA256SUMS"));
  int files = 0;
  for (std::string line; std::getline(in, line); ++files) {
    ASSERT_GT(line.size(), 66U);
    const auto hash = sha256_file((kSuite / line.substr(66)).string());
    ASSERT_TRUE(hash.has_value()) << line;
    EXPECT_EQ(hash->hex(), line.substr(0, 64)) << line.substr(66);
  }
  EXPECT_EQ(files, kPictureCount + 1);
}

TEST(QuickOcr, PicturesAreAFewSmallFilesAndNoOthers) {
  uintmax_t bytes = 0;
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kSuite / "images")) {
    bytes += entry.file_size();
    ++count;
  }
  EXPECT_EQ(count, kPictureCount);
  EXPECT_LE(bytes, kAllPicturesBytesMax);
}

TEST(QuickOcr, TruthIsCompleteAndSpread) {
  const std::vector<Json> rows = truth();
  ASSERT_EQ(rows.size(), static_cast<size_t>(kPictureCount));
  std::map<std::string, int> counts;
  std::map<std::string, int> ids;
  for (const Json& row : rows) {
    for (const char* key : {"kind", "language", "quality"}) ++counts[row.at(key)];
    ++ids[row.at("id")];
    const auto text = row.at("text").get<std::string>();
    EXPECT_EQ(text, normalize(text, NormalForm::kNfc));
    EXPECT_GE(to_code_points(text).size(), 15U) << row.at("id");
    const bool document = row.at("kind") == "receipt" || row.at("kind") == "invoice";
    EXPECT_EQ(row.at("fields").size(), document ? 3U : 0U);
    EXPECT_EQ(row.at("objects").empty(), row.at("kind") != "object");
    // What a person can read off the picture: the total and the company stand in the text.
    if (document) {
      EXPECT_NE(text.find(row.at("fields").at("total").get<std::string>()), std::string::npos);
      EXPECT_NE(text.find(row.at("fields").at("company").get<std::string>()), std::string::npos);
    }
  }
  EXPECT_EQ(ids.size(), rows.size());
  for (const char* kind : {"receipt", "invoice", "sign", "table", "object"}) {
    EXPECT_EQ(counts[kind], 12) << kind;
  }
  for (const char* language : {"ko", "en", "ko+en"}) EXPECT_EQ(counts[language], 20) << language;
  for (const char* quality : {"clean", "blurred", "rotated", "noisy", "low_contrast"}) {
    EXPECT_EQ(counts[quality], 12) << quality;
  }
}

TEST_F(QuickOcrFonts, RegeneratesTheCommittedPictures) {
  const auto files = generate(*fonts_);
  ASSERT_TRUE(files.has_value()) << files.error().text();
  const auto recorded = parse_json(read_bytes(kSuite / "versions.json"), "versions.json");
  ASSERT_TRUE(recorded.has_value()) << recorded.error().text();
  const bool same_versions = *recorded == versions(*fonts_);
  if (!same_versions) std::cout << "other library or font versions: pixels are compared\n";
  int pictures = 0;
  for (const OutputFile& file : *files) {
    if (!file.path.ends_with(".png")) continue;
    ++pictures;
    const std::string bytes = read_bytes(kSuite / file.path);
    EXPECT_TRUE(!same_versions || file.bytes == bytes) << file.path << ": bytes differ";
    expect_close(file, bytes);
  }
  EXPECT_EQ(pictures, kPictureCount);
}

TEST(QuickOcr, WritesFilesBelowFoldersItMakes) {
  const std::vector<OutputFile> files = {{"images/a.png", std::string("\x89\0\n", 3)},
                                         {"truth.jsonl", "{}\n"}};
  const std::filesystem::path out = std::filesystem::path(testing::TempDir()) / "quick_ocr_test";
  std::filesystem::remove_all(out);
  const auto written = write_files(files, out.string());
  ASSERT_TRUE(written.has_value()) << written.error().text();
  for (const OutputFile& file : files) EXPECT_EQ(read_bytes(out / file.path), file.bytes);
  std::filesystem::remove_all(out);
  const auto refused = write_files(files, "/dev/null/no-folder");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kIo);
}

TEST_F(QuickOcrFonts, TheToleranceSeesSmallShifts) {
  Scene scene = two_cells(200);
  const auto there = render(scene, *fonts_);
  scene.lines[0].y += 1;
  const auto shifted = render(scene, *fonts_);
  scene.lines[0].y -= 1;
  scene.lines[0].cells[1].text = "12,800";
  const auto other_text = render(scene, *fonts_);
  ASSERT_TRUE(there && shifted && other_text);
  EXPECT_TRUE(compare(*there, *there)->tolerable());
  EXPECT_FALSE(compare(*there, *shifted)->tolerable());
  EXPECT_GT(compare(*there, *other_text)->mean, 0.2);
}

TEST_F(QuickOcrFonts, RefusesScenesWhoseTruthWouldNotBeInThePicture) {
  const auto overlapping = render(two_cells(50), *fonts_);
  ASSERT_FALSE(overlapping.has_value());
  EXPECT_NE(overlapping.error().text().find("overlaps"), std::string::npos);
  const auto outside = render(two_cells(380), *fonts_);
  ASSERT_FALSE(outside.has_value());
  EXPECT_NE(outside.error().text().find("leaves the 400x80 picture"), std::string::npos);
  Scene narrow = two_cells(200);
  narrow.lines[0].cells[1].room = 20;
  const auto too_wide = render(narrow, *fonts_);
  ASSERT_FALSE(too_wide.has_value());
  EXPECT_NE(too_wide.error().text().find("expected at most 20"), std::string::npos);
  Scene unknown = two_cells(200);
  unknown.lines[0].face = Face::kDejaVuMono;
  unknown.lines[0].cells[0].text = "\xF4\x80\x80\x80";  // U+100000, in no font
  const auto glyph = render(unknown, *fonts_);
  ASSERT_FALSE(glyph.has_value());
  EXPECT_NE(glyph.error().text().find("lacks a glyph"), std::string::npos);
}

TEST_F(QuickOcrFonts, RotationGrowsThePictureAndKeepsTheInk) {
  Scene scene = two_cells(200);
  const auto level = render(scene, *fonts_);
  scene.angle_deg = 5;
  const auto turned = render(scene, *fonts_);
  ASSERT_TRUE(level && turned);
  EXPECT_GT(turned->width, level->width);
  EXPECT_GT(turned->height, level->height);
  const auto ink = [](const Bitmap& picture) {
    double sum = 0;
    for (const uint8_t grey : picture.pixels) sum += 255 - grey;
    return sum;
  };
  EXPECT_NEAR(ink(*turned) / ink(*level), 1, 0.01);
}

TEST(QuickOcrScene, TruthJoinsCellsAndLines) {
  Scene scene = two_cells(200);
  scene.lines.push_back({.cells = {{"끝", 20}}, .y = 70});
  EXPECT_EQ(truth_text(scene), "합계 12,400\n끝");
  EXPECT_EQ(truth_text(Scene{}), "");
}

Bitmap gradient(int width, int height) {
  Bitmap picture{width, height, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      picture.pixels.push_back(static_cast<uint8_t>(17 * ((x + y) % 16)));
    }
  }
  return picture;
}

TEST(QuickOcrPng, SixteenEvenGreysComeBackExactly) {
  for (const int width : {1, 2, 7, 32}) {
    Bitmap picture = gradient(width, 21);
    picture.pixels.front() = 0;
    picture.pixels.back() = 255;
    const auto again = read_png(write_png(picture), "x.png");
    ASSERT_TRUE(again.has_value()) << again.error().text();
    EXPECT_EQ(again->width, width);
    EXPECT_EQ(again->height, 21);
    EXPECT_EQ(again->pixels, picture.pixels);
  }
}

TEST(QuickOcrPng, OneGreySurvives) {
  const Bitmap flat{3, 2, std::vector<uint8_t>(6, 77)};
  const auto again = read_png(write_png(flat), "x.png");
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->pixels, flat.pixels);
}

TEST(QuickOcrPng, DamagedFilesAreErrorsWithAPlace) {
  const std::string good = write_png(gradient(40, 30));
  for (size_t length = 0; length < good.size(); ++length) {
    const auto cut = read_png(std::string_view(good).substr(0, length), "cut.png");
    ASSERT_FALSE(cut.has_value()) << length;
    EXPECT_TRUE(cut.error().text().starts_with("cut.png")) << cut.error().text();
  }
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x55);
    EXPECT_FALSE(read_png(bad, "bad.png").has_value()) << "byte " << at;
  }
}

TEST(QuickOcrDegrade, BlurKeepsFlatGroundAndSpreadsADot) {
  Bitmap flat{9, 7, std::vector<uint8_t>(63, 120)};
  blur(flat, 2, 3);
  EXPECT_EQ(std::count(flat.pixels.begin(), flat.pixels.end(), 120), 63);
  Bitmap dot{9, 9, std::vector<uint8_t>(81, 0)};
  dot.pixels[dot.at(4, 4)] = 225;
  blur(dot, 1, 1);
  EXPECT_EQ(dot.pixels[dot.at(4, 4)], 25);  // a ninth
  EXPECT_EQ(dot.pixels[dot.at(3, 5)], 25);
  EXPECT_EQ(dot.pixels[dot.at(2, 4)], 0);
}

TEST(QuickOcrDegrade, NoiseIsSeededBoundedAndInCells) {
  const Bitmap flat{64, 64, std::vector<uint8_t>(4096, 128)};
  Bitmap first = flat;
  Bitmap second = flat;
  Bitmap other = flat;
  Rng a(1);
  Rng b(1);
  Rng c(2);
  add_noise(first, 40, 0, a);
  add_noise(second, 40, 0, b);
  add_noise(other, 40, 0, c);
  EXPECT_EQ(first.pixels, second.pixels);
  EXPECT_NE(first.pixels, other.pixels);
  EXPECT_GE(*std::min_element(first.pixels.begin(), first.pixels.end()), 88);
  EXPECT_LE(*std::max_element(first.pixels.begin(), first.pixels.end()), 168);
  EXPECT_EQ(first.pixels[first.at(10, 10)], first.pixels[first.at(11, 11)]);
  Bitmap specked = flat;
  add_noise(specked, 0, 1000, a);
  EXPECT_EQ(std::count(specked.pixels.begin(), specked.pixels.end(), 128), 0);
}

TEST(QuickOcrDegrade, FadeLeavesTheAskedContrast) {
  Bitmap picture{80, 80, {}};
  for (int i = 0; i < 6400; ++i) picture.pixels.push_back(i % 2 == 0 ? 0 : 255);
  Rng rng(3);
  fade(picture, 60, 0, rng);
  const auto [low, high] = std::minmax_element(picture.pixels.begin(), picture.pixels.end());
  EXPECT_NEAR(*high - *low, 60, 9);  // and a grain of ±4 at both ends
}

}  // namespace
}  // namespace assay::suites::quick_ocr
