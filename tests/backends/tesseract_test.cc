// tesseract: through the registry and its module. Pictures are drawn here; pages of real data are
// read where they lie beside the sources.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backends/registry.h"
#include "harness/base/json.h"
#include "tests/backends/in_process_support.h"

namespace assay::backends {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kModules = ASSAY_BINARY_DIR "/modules";

Result<std::unique_ptr<Backend>> make(const std::string& text, uint32_t workers = 1) {
  ASSAY_TRY(const ModelSpec spec, parse_model_spec(text));
  return make_backend(spec, {.workers = workers, .module_dir = kModules});
}

std::string error_of(const std::string& text) {
  const Result<std::unique_ptr<Backend>> backend = make(text);
  return backend ? "no error" : backend.error().text();
}

AttemptPtr picture(const std::string& bytes, const std::string& media_type = "image/png") {
  AttemptPtr attempt = make_attempt("s", "Read the text.");
  Image image;
  image.path = "picture";
  image.media_type = media_type;
  image.content = std::make_shared<const std::string>(bytes);
  attempt->request.messages[0].images.push_back(std::move(image));
  return attempt;
}

// A grey picture as PGM; Leptonica reads it as it reads PNG.
std::string pgm(int width, int height, const std::string& pixels) {
  return "P5\n" + std::to_string(width) + " " + std::to_string(height) + "\n255\n" + pixels;
}
std::string blank(int width, int height) {
  return pgm(width, height, std::string(static_cast<size_t>(width) * height, '\xFF'));
}

// Letters of 5 x 7 squares, drawn four pixels large.
struct Glyph {
  char letter;
  std::array<std::string_view, 7> rows;
};
constexpr std::array kGlyphs = {
    Glyph{'T', {"#####", "..#..", "..#..", "..#..", "..#..", "..#..", "..#.."}},
    Glyph{'E', {"#####", "#....", "#....", "####.", "#....", "#....", "#####"}},
    Glyph{'L', {"#....", "#....", "#....", "#....", "#....", "#....", "#####"}},
    Glyph{'H', {"#...#", "#...#", "#...#", "#####", "#...#", "#...#", "#...#"}},
};

std::string drawn(std::string_view word) {
  constexpr int kScale = 4;
  constexpr int kMargin = 20;
  const int width = 2 * kMargin + static_cast<int>(word.size()) * 6 * kScale;
  const int height = 2 * kMargin + 7 * kScale;
  std::string pixels(static_cast<size_t>(width) * height, '\xFF');
  for (size_t i = 0; i < word.size(); ++i) {
    for (const Glyph& glyph : kGlyphs) {
      if (glyph.letter != word[i]) continue;
      for (int y = 0; y < 7 * kScale; ++y) {
        for (int x = 0; x < 5 * kScale; ++x) {
          if (glyph.rows[static_cast<size_t>(y / kScale)][static_cast<size_t>(x / kScale)] != '#') {
            continue;
          }
          const int column = kMargin + static_cast<int>(i) * 6 * kScale + x;
          pixels[static_cast<size_t>(y + kMargin) * width + column] = '\0';
        }
      }
    }
  }
  return pgm(width, height, pixels);
}

class TesseractTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const BackendListing& row : list_backends({.module_dir = kModules})) {
      if (row.name == "tesseract" && row.available != "yes") GTEST_SKIP() << row.available;
    }
    if (error_of("tesseract:eng") != "no error") GTEST_SKIP() << error_of("tesseract:eng");
  }

  static std::vector<Response> ask(const std::string& model, std::vector<AttemptPtr> attempts,
                                   uint32_t workers = 1) {
    auto backend = make(model, workers);
    EXPECT_TRUE(backend) << backend.error().text();
    const Result<void> prepared = (*backend)->prepare({});
    EXPECT_TRUE(prepared) << prepared.error().text();
    if (!prepared) return std::vector<Response>(attempts.size());
    Asker asker((*backend)->transport(), (*backend)->codec());
    std::vector<Response> out;
    for (const AttemptPtr& a : asker.ask(std::move(attempts))) out.push_back(a->response);
    return out;
  }
  static Response ask_one(const std::string& model, AttemptPtr attempt) {
    std::vector<AttemptPtr> attempts;
    attempts.push_back(std::move(attempt));
    return ask(model, std::move(attempts))[0];
  }
};

TEST_F(TesseractTest, ReadsWordsWithTheirBoxes) {
  const Response response = ask_one("tesseract:eng?psm=7", picture(drawn("TELL THE TEETH")));
  ASSERT_EQ(response.outcome, Outcome::kOk) << response.error;
  EXPECT_EQ(response.answer, "TELL THE TEETH");
  const Json details = *parse_json(response.details, "details");
  ASSERT_EQ(details["words"].size(), 3U);
  EXPECT_EQ(details["words"][1]["text"], "THE");
  // A box may be a pixel off: Tesseract finds it after its own thresholding.
  const std::vector<int> expected = {140, 20, 208, 48};
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(details["words"][1]["box"][i].get<int>(), expected[i], 1) << i;
  }
  EXPECT_GT(details["words"][1]["confidence"].get<double>(), 50.0);
  EXPECT_GT(details["mean_confidence"].get<double>(), 50.0);
  EXPECT_LE(details["mean_confidence"].get<double>(), 100.0);
  EXPECT_GT(response.cpu.count(), 0);
}

TEST_F(TesseractTest, VariablesReachTheEngine) {
  const Response response =
      ask_one("tesseract:eng?psm=7&tessedit_char_whitelist=0123456789", picture(drawn("TELL THE")));
  ASSERT_EQ(response.outcome, Outcome::kOk);
  EXPECT_EQ(response.answer.find_first_not_of("0123456789 \n"), std::string::npos)
      << response.answer;
}

TEST_F(TesseractTest, ABlankPageIsAnEmptyAnswer) {
  const Response response = ask_one("tesseract:eng", picture(blank(300, 200)));
  EXPECT_EQ(response.outcome, Outcome::kOk) << response.error;
  EXPECT_EQ(response.answer, "");
  EXPECT_EQ(response.details, R"({"words":[],"mean_confidence":null})");
}

TEST_F(TesseractTest, WhatIsNotAPictureIsRejected) {
  const Response text = ask_one("tesseract:eng", picture("this is text, not a picture"));
  EXPECT_EQ(text.outcome, Outcome::kRejected);
  EXPECT_EQ(text.error,
            "27 bytes that are not a picture, expected PNG, JPEG, TIFF, WebP, BMP or PNM");
  EXPECT_EQ(ask_one("tesseract:eng", picture("")).outcome, Outcome::kRejected);
  const Response none = ask_one("tesseract:eng", make_attempt("s", "q"));
  EXPECT_EQ(none.outcome, Outcome::kRejected);
  EXPECT_EQ(none.error, "the question has no picture; tesseract reads pictures");
}

TEST_F(TesseractTest, AnUnloadedPictureIsRejected) {
  AttemptPtr attempt = make_attempt("s", "q");
  attempt->request.messages[0].images.push_back({.path = "a/b.png"});
  const Response response = ask_one("tesseract:eng", std::move(attempt));
  EXPECT_EQ(response.outcome, Outcome::kRejected);
  EXPECT_EQ(response.error, "the picture a/b.png was not loaded");
}

TEST_F(TesseractTest, AHugePictureIsRefusedByItsHeader) {
  // A PNG of 30,000 x 30,000 pixels in 45 bytes: signature, IHDR, IEND.
  std::string png("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x75\x30\0\0\x75\x30\x08\0\0\0\0", 29);
  png += std::string(4, '\0') + std::string("\0\0\0\0IEND\xAE\x42\x60\x82", 12);
  const Response response = ask_one("tesseract:eng", picture(png));
  EXPECT_EQ(response.outcome, Outcome::kRejected);
  EXPECT_EQ(response.error,
            "a picture of 30000 x 30000 pixels, expected at most 32767 a side and 100000000 in "
            "all");
}

TEST_F(TesseractTest, ATruncatedPictureIsRejected) {
  const std::string whole = blank(300, 200);
  const Response response = ask_one("tesseract:eng", picture(whole.substr(0, 5000)));
  EXPECT_EQ(response.outcome, Outcome::kRejected);
  EXPECT_THAT(response.error, HasSubstr("300 x 200"));
}

TEST_F(TesseractTest, SeveralPicturesAreReadInOrder) {
  AttemptPtr attempt = picture(drawn("TELL THE"));
  Image second = attempt->request.messages[0].images[0];
  second.content = std::make_shared<const std::string>(drawn("LET THE HEEL"));
  attempt->request.messages[0].images.push_back(std::move(second));
  const Response response = ask_one("tesseract:eng?psm=7", std::move(attempt));
  EXPECT_EQ(response.answer, "TELL THE\nLET THE HEEL");
  const Json details = *parse_json(response.details, "details");
  ASSERT_EQ(details["words"].size(), 5U);
  EXPECT_EQ(details["words"][1]["image"], 0);
  EXPECT_EQ(details["words"][2]["image"], 1);
  EXPECT_EQ(details["words"][2]["text"], "LET");
}

TEST_F(TesseractTest, ParameterErrors) {
  EXPECT_EQ(error_of("tesseract:eng?psm=14"),
            "model `tesseract:eng?psm=14`: parameter `psm` is `14`, expected an integer 1..13");
  EXPECT_EQ(error_of("tesseract:eng?psm=2"),
            "model `tesseract:eng?psm=2`: parameter `psm` is `2`, which reads no text; expected 1 "
            "or 3..13");
  EXPECT_EQ(error_of("tesseract:eng?dpi=big"),
            "model `tesseract:eng?dpi=big`: parameter `dpi` is `big`, expected an integer "
            "70..2400");
  EXPECT_THAT(error_of("tesseract:eng?tessedit_write_images=1"),
              StartsWith("model `tesseract:eng?tessedit_write_images=1`: unknown parameter "
                         "`tessedit_write_images`; known: psm, oem, dpi, "));
  EXPECT_EQ(error_of("tesseract:eng++kor"),
            "model `tesseract:eng++kor`: `` is not a language, expected LANG[+LANG...] like eng or "
            "kor+eng");
  EXPECT_EQ(error_of("tesseract:../eng"),
            "model `tesseract:../eng`: `../eng` is not a language, expected LANG[+LANG...] like "
            "eng or kor+eng");
}

TEST_F(TesseractTest, AMissingLanguageNamesItsPackage) {
  const std::string error = error_of("tesseract:eng+xyz_frak");
  EXPECT_THAT(error, StartsWith("model `tesseract:eng+xyz_frak`: language `xyz_frak`: no /"));
  EXPECT_THAT(error, HasSubstr("/xyz_frak.traineddata (installed: "));
  EXPECT_THAT(error, HasSubstr("; on Debian: apt-get install tesseract-ocr-xyz-frak"));
}

TEST_F(TesseractTest, TheLanguageDataIsPartOfTheIdentity) {
  const auto backend = make("tesseract:eng?psm=6");
  ASSERT_TRUE(backend);
  const BackendTraits& traits = (*backend)->traits();
  EXPECT_THAT(traits.version, ::testing::MatchesRegex("tesseract [0-9.]+; eng [0-9a-f]+"));
  EXPECT_EQ(traits.config, "tesseract:eng\npsm=6\nversion=" + traits.version);
}

TEST_F(TesseractTest, TheEnvironmentIsAsBefore) {
  setenv("OMP_THREAD_LIMIT", "5", 1);
  ASSERT_TRUE(make("tesseract:eng"));
  EXPECT_STREQ(std::getenv("OMP_THREAD_LIMIT"), "5");
  unsetenv("OMP_THREAD_LIMIT");
  ASSERT_TRUE(make("tesseract:eng"));
  EXPECT_EQ(std::getenv("OMP_THREAD_LIMIT"), nullptr);
}

TEST_F(TesseractTest, AnswersDoNotDependOnOrderOrWorkers) {
  const std::vector<std::string> words = {"TELL THE", "TELL", "THE", "HEEL", "LET", "TEETH"};
  const auto attempts = [&](bool backwards) {
    std::vector<AttemptPtr> out;
    for (size_t i = 0; i < 12; ++i) {
      out.push_back(picture(drawn(words[(backwards ? 11 - i : i) % words.size()])));
    }
    return out;
  };
  const std::vector<Response> one = ask("tesseract:eng?psm=7", attempts(false), 1);
  const std::vector<Response> four = ask("tesseract:eng?psm=7", attempts(true), 4);
  for (size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].answer, four[11 - i].answer);
    EXPECT_EQ(one[i].details, four[11 - i].details);
  }
}

TEST_F(TesseractTest, IsSilent) {
  ::testing::internal::CaptureStderr();
  ::testing::internal::CaptureStdout();
  ask_one("tesseract:eng", picture(blank(300, 200)));
  ask_one("tesseract:eng", picture("\x89PNG\r\n\x1a\n damaged"));
  ask_one("tesseract:eng", picture(blank(2, 2)));
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
}

TEST_F(TesseractTest, ReadsARealPage) {
  const std::string path = ASSAY_SOURCE_DIR "/../shared/data/ocr/tesseract/phototest.png";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no Tesseract pages beside the sources";
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  const Response response = ask_one("tesseract:eng", picture(bytes.str()));
  ASSERT_EQ(response.outcome, Outcome::kOk) << response.error;
  EXPECT_THAT(response.answer,
              StartsWith("This is a lot of 12 point text to test the\nocr code and see if it works "
                         "on all types\nof file format.\n\nThe quick brown dog jumped over the\n"));
  EXPECT_THAT(response.answer.back(), ::testing::AnyOf('.', 'x'));
  const Json details = *parse_json(response.details, "details");
  EXPECT_GT(details["words"].size(), 50U);
  EXPECT_EQ(details["words"][0]["text"], "This");
  EXPECT_GT(details["mean_confidence"].get<double>(), 90.0);
}

}  // namespace
}  // namespace assay::backends
