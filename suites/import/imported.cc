#include "suites/import/imported.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "harness/base/json.h"
#include "harness/base/utf8.h"

namespace assay::suites {
namespace {

namespace fs = std::filesystem;

// `*` stands for any characters. Each star is retried at most once per character.
bool matches_star(std::string_view name, std::string_view pattern) {
  size_t n = 0;
  size_t p = 0;
  size_t star = std::string_view::npos;
  size_t resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

}  // namespace

std::string import_path(const std::string& folder, std::string_view path) {
  constexpr std::string_view kScheme = "file://";
  if (path.starts_with(kScheme)) path.remove_prefix(kScheme.size());
  return (fs::path(folder) / path).lexically_normal().string();
}

Result<std::string> read_import_file(const std::string& path, const std::string& place) {
  std::error_code failed;
  const auto bytes = fs::file_size(path, failed);
  if (failed || !fs::is_regular_file(path, failed)) {
    return input_error(place, fmt::format("there is no file `{}`", path));
  }
  if (bytes > kImportedFileBytesMax) {
    return Error{ErrorCode::kLimit,
                 fmt::format("`{}` has {} bytes, more than {}", path, bytes, kImportedFileBytesMax),
                 place};
  }
  std::ifstream in(path, std::ios::binary);
  std::string text(static_cast<size_t>(bytes), '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(std::max<std::streamsize>(in.gcount(), 0)));
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  if (const auto bad = invalid_utf8_at(text)) {
    return input_error(place, fmt::format("`{}` is not UTF-8 (byte {})", path, *bad));
  }
  return text;
}

Result<std::vector<std::string>> matching_files(const std::string& path, const std::string& place) {
  if (path.find('*') == std::string::npos) return std::vector<std::string>{path};
  const fs::path pattern(path);
  std::vector<std::string> found;
  std::error_code failed;
  for (fs::directory_iterator it(pattern.parent_path(), failed), end; !failed && it != end;
       it.increment(failed)) {
    if (!matches_star(it->path().filename().string(), pattern.filename().string())) continue;
    found.push_back(it->path().string());
    if (found.size() > kImportedFilesMax) {
      return Error{ErrorCode::kLimit,
                   fmt::format("`{}` names more than {} files", path, kImportedFilesMax), place};
    }
  }
  if (found.empty()) return input_error(place, fmt::format("no file matches `{}`", path));
  std::sort(found.begin(), found.end());
  return found;
}

std::string suite_name_of(const std::string& path) {
  std::string name = fs::path(path).stem().string();
  for (char& c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || c == '/' || c == '\\' || byte == 0x7f) c = '-';
  }
  return name.empty() ? "suite" : name;
}

std::string yaml_text(std::string_view text) {
  std::string out;
  append_json_string(out, text);  // a JSON string is a YAML string
  return out;
}

}  // namespace assay::suites
