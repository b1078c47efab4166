// Makes all of quick-ocr in memory: pictures, truth.jsonl, SHA256SUMS, versions.json.
//
// Where it stands: called by the generator's main and by its test, which compares the result with
// the files of the repository.
//
//   ASSAY_TRY(std::unique_ptr<Fonts> fonts, Fonts::open());
//   ASSAY_TRY(std::vector<OutputFile> files, generate(*fonts));
//   ASSAY_TRY_VOID(write_files(files, "suites/data/quick-ocr"));
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"
#include "suites/data/quick-ocr/generator/fonts.h"

namespace assay::suites::quick_ocr {

inline constexpr int kPictureCount = 60;

struct OutputFile {
  std::string path;  // below the suite's folder: "images/receipt-01.png", "truth.jsonl"
  std::string bytes;
};

// truth.jsonl alone; needs no font: the truth is not read off the pictures.
std::string truth_lines();
// Everything, in the order pictures, truth.jsonl, SHA256SUMS, versions.json.
Result<std::vector<OutputFile>> generate(const Fonts& fonts);
// Versions of what decides the pixels and bytes: libraries, processor architecture, font files.
Json versions(const Fonts& fonts);
// Creates folders as needed; replaces files that exist.
Result<void> write_files(const std::vector<OutputFile>& files, const std::string& directory);

}  // namespace assay::suites::quick_ocr
