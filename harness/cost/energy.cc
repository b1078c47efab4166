#include "harness/cost/energy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

namespace assay::cost {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kZonePrefix = "intel-rapl:";
constexpr size_t kPackagesMax = 64;
constexpr size_t kFileBytesMax = 64;                            // a counter is at most 20 digits
constexpr uint64_t kUsedMax = UINT64_MAX / (2 * kPackagesMax);  // so that packages can be added

// First bytes of a small file, without the newline at the end.
Result<std::string> read_small(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"),
                                                             &std::fclose);
  if (!file) return Error{ErrorCode::kIo, std::generic_category().message(errno), path};
  std::string text(kFileBytesMax, '\0');
  errno = 0;
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) {
    return Error{ErrorCode::kIo, std::generic_category().message(errno), path};
  }
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

Result<uint64_t> read_counter(const std::string& path) {
  ASSAY_TRY(const std::string text, read_small(path));
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    return input_error(path, fmt::format("found `{}`, expected a number of microjoules", text));
  }
  return value;
}

// "intel-rapl:0" but not "intel-rapl:0:1".
bool is_top_level(std::string_view name) {
  if (!name.starts_with(kZonePrefix)) return false;
  const std::string_view number = name.substr(kZonePrefix.size());
  return !number.empty() && number.size() <= 4 &&
         std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Result<std::vector<std::string>> top_level_zones(const std::string& root) {
  std::error_code error;
  std::vector<std::string> names;
  fs::directory_iterator entry(root, error);
  if (error) return Error{ErrorCode::kNotFound, error.message(), root};
  for (; entry != fs::directory_iterator(); entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (is_top_level(name)) names.push_back(std::move(name));
    if (names.size() > kPackagesMax) {
      return Error{ErrorCode::kLimit, fmt::format("more than {} packages", kPackagesMax), root};
    }
  }
  if (error) return Error{ErrorCode::kIo, error.message(), root};
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

EnergyCounters::EnergyCounters(std::string root) : root_(std::move(root)) {}

Result<void> EnergyCounters::start() {
  packages_.clear();
  state_ = find_packages();
  if (!state_) packages_.clear();
  return state_;
}

Result<double> EnergyCounters::joules() {
  uint64_t used_uj = 0;
  for (Package& package : packages_) {
    if (state_) state_ = advance(package);
    used_uj += package.used_uj;
  }
  if (!state_) return state_.error();
  return static_cast<double>(used_uj) * 1e-6;
}

std::vector<std::string> EnergyCounters::descriptions() const {
  std::vector<std::string> out;
  for (const Package& package : packages_) {
    out.push_back(fmt::format("{} (wraps every {:.3g} kJ)", package.name,
                              static_cast<double>(package.range_uj) * 1e-9));
  }
  return out;
}

Result<void> EnergyCounters::find_packages() {
  ASSAY_TRY(const std::vector<std::string> zones, top_level_zones(root_));
  for (const std::string& zone : zones) {
    Package package;
    package.folder = fmt::format("{}/{}", root_, zone);
    ASSAY_TRY(package.name, read_small(package.folder + "/name"));
    if (!package.name.starts_with("package")) continue;
    ASSAY_TRY(package.range_uj, read_counter(package.folder + "/max_energy_range_uj"));
    ASSAY_TRY(package.last_uj, read_counter(package.folder + "/energy_uj"));
    packages_.push_back(std::move(package));
  }
  if (packages_.empty()) {
    return Error{ErrorCode::kNotFound, "no processor package with an energy counter", root_};
  }
  return {};
}

Result<void> EnergyCounters::advance(Package& package) {
  const std::string path = package.folder + "/energy_uj";
  ASSAY_TRY(const uint64_t now, read_counter(path));
  uint64_t used = 0;
  if (now >= package.last_uj) {
    used = now - package.last_uj;
  } else if (package.last_uj <= package.range_uj) {
    used = (package.range_uj - package.last_uj) + now;
  } else {
    return input_error(path, fmt::format("went from {} back to {}, beyond its range of {}",
                                         package.last_uj, now, package.range_uj));
  }
  // 1.4e11 J, four years at a kilowatt: no run gets there, so the file is none of the kernel's.
  if (__builtin_add_overflow(package.used_uj, used, &package.used_uj) ||
      package.used_uj > kUsedMax) {
    return input_error(
        path, fmt::format("went from {} to {}, more than any machine uses", package.last_uj, now));
  }
  package.last_uj = now;
  return {};
}

}  // namespace assay::cost
