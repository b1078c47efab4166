// Pages: the content of quick-ocr. Each function makes one picture's scene with its fields and
// objects from the texts written in its .cc file and a little chance (which items, how many, dates,
// numbers). Shops, companies, people, addresses and numbers are invented: business numbers start
// with 000, telephone numbers with 02-000 or 555-01.
//
// Where it stands: generate.h calls these, degrades and writes the pictures.
//
//   Rng rng(kSeed, index);
//   Page page = make_receipt(Language::kKorean, /*variant=*/0, rng);
//   truth_text(page.scene);  page.fields;  // {{"company", "달빛커피 성수점"}, {"date", ...}, ...}
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/base/rng.h"
#include "suites/data/quick-ocr/generator/scene.h"

namespace assay::suites::quick_ocr {

enum class Language { kKorean, kEnglish, kMixed };

// Texts are written for this many variants of each kind and language.
inline constexpr int kVariants = 4;

struct Page {
  Scene scene;
  std::vector<std::pair<std::string, std::string>> fields;  // receipts and invoices
  std::vector<std::string> objects;                         // pictures of objects
};

// 0 <= variant < kVariants.
Page make_receipt(Language language, int variant, Rng& rng);
Page make_invoice(Language language, int variant, Rng& rng);
Page make_sign(Language language, int variant, Rng& rng);
Page make_table(Language language, int variant, Rng& rng);
Page make_object(Language language, int variant, Rng& rng);

}  // namespace assay::suites::quick_ocr
