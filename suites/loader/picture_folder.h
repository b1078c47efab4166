// The pictures below a folder: their names relative to it, sorted, with sizes.
//
//   ASSAY_TRY(const std::vector<PictureFile> files, list_pictures("images", "images"));
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/hash.h"
#include "harness/base/result.h"

namespace assay::suites {

inline constexpr size_t kPicturesMax = 2'000'000;  // of one folder
inline constexpr int kFolderDepthMax = 16;

struct PictureFile {
  std::string name;  // "a/b.png"
  uint64_t bytes = 0;
};

// ".png" and its like, any case.
bool is_picture_name(std::string_view name);
// Sorted by name, byte by byte. `shown` names the folder in messages.
Result<std::vector<PictureFile>> list_pictures(const std::string& folder, const std::string& shown);
// Of names and sizes; the contents are checked when they are loaded.
Hash hash_pictures(const std::vector<PictureFile>& files);

}  // namespace assay::suites
