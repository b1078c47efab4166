#include "suites/loader/picture_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>

#include "harness/base/utf8.h"

namespace assay::suites {
namespace {

constexpr std::array<std::string_view, 8> kExtensions = {".png",  ".jpg", ".jpeg", ".gif",
                                                         ".webp", ".bmp", ".tif",  ".tiff"};

namespace fs = std::filesystem;

Error folder_error(const std::string& shown, const std::error_code& reason) {
  const bool missing = reason == std::errc::no_such_file_or_directory;
  return Error{missing ? ErrorCode::kNotFound : ErrorCode::kIo,
               fmt::format("the picture folder cannot be read: {}", reason.message()), shown};
}

}  // namespace

bool is_picture_name(std::string_view name) {
  const size_t dot = name.rfind('.');
  if (dot == std::string_view::npos) return false;
  const std::string extension = to_lower(sanitize_utf8(name.substr(dot)));
  return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end();
}

Result<std::vector<PictureFile>> list_pictures(const std::string& folder,
                                               const std::string& shown) {
  std::vector<PictureFile> files;
  std::error_code failed;
  fs::recursive_directory_iterator it(folder, failed);
  if (failed) return folder_error(shown, failed);
  for (; it != fs::recursive_directory_iterator(); it.increment(failed)) {
    if (failed) return folder_error(shown, failed);
    if (it.depth() >= kFolderDepthMax) it.disable_recursion_pending();
    std::error_code ignored;  // an entry that vanished meanwhile is no picture
    const std::string name = it->path().lexically_relative(folder).string();
    if (!is_picture_name(name) || !it->is_regular_file(ignored)) continue;
    if (invalid_utf8_at(name)) {
      return input_error(
          shown, fmt::format("the picture name `{}` is not valid UTF-8", sanitize_utf8(name)));
    }
    const uintmax_t bytes = it->file_size(ignored);
    files.push_back({name, ignored ? 0 : static_cast<uint64_t>(bytes)});
    if (files.size() > kPicturesMax) {
      return Error{ErrorCode::kLimit,
                   fmt::format("more than {} pictures (limit kPicturesMax)", kPicturesMax), shown};
    }
  }
  if (failed) return folder_error(shown, failed);
  std::sort(files.begin(), files.end(),
            [](const PictureFile& a, const PictureFile& b) { return a.name < b.name; });
  return files;
}

Hash hash_pictures(const std::vector<PictureFile>& files) {
  HashBuilder builder;
  builder.add("pictures");
  for (const PictureFile& file : files) {
    builder.add(file.name).add_number(static_cast<int64_t>(file.bytes));
  }
  return builder.finish();
}

}  // namespace assay::suites
