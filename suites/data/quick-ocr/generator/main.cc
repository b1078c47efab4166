// quick_ocr_generator DIRECTORY: writes the pictures and truth of quick-ocr below DIRECTORY.
#include <fmt/core.h>

#include <cstdio>

#include "suites/data/quick-ocr/generator/generate.h"

namespace {

namespace ocr = assay::suites::quick_ocr;

assay::Result<size_t> write_suite(const char* directory) {
  ASSAY_TRY(const std::unique_ptr<ocr::Fonts> fonts, ocr::Fonts::open());
  ASSAY_TRY(const std::vector<ocr::OutputFile> files, ocr::generate(*fonts));
  ASSAY_TRY_VOID(ocr::write_files(files, directory));
  size_t bytes = 0;
  for (const ocr::OutputFile& file : files) bytes += file.bytes.size();
  return bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: quick_ocr_generator DIRECTORY\n");
    return 2;
  }
  const auto written = write_suite(argv[1]);
  if (!written) {
    fmt::print(stderr, "quick_ocr_generator: {}\n", written.error().text());
    return written.error().code == assay::ErrorCode::kIo ? 4 : 2;
  }
  fmt::print("{} pictures, {} bytes in all, written to {}\n", ocr::kPictureCount, *written,
             argv[1]);
  return 0;
}
