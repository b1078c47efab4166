#include "suites/loader/split.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <vector>

namespace assay::suites {
namespace {

namespace fs = std::filesystem;

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}
bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// $ASSAY_CACHE or ~/.cache/assay/data; empty: neither is set.
fs::path cache_folder() {
  const char* cache = std::getenv("ASSAY_CACHE");
  if (cache != nullptr && *cache != '\0') return cache;
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return {};
  return fs::path(home) / ".cache" / "assay" / "data";
}

Error not_here(const DataSource& source, const std::vector<std::string>& looked) {
  std::string how =
      source.local.empty()
          ? "put it there"
          : fmt::format("point at the folder that holds `{}` with --data DIR", source.local);
  return Error{ErrorCode::kNotFound,
               fmt::format("the data of `{}` is not on this machine: get it from {} and {} "
                           "(looked for {})",
                           source.split, source.url, how, fmt::join(looked, ", ")),
               source.place};
}

// The file or folder that `url` names.
Result<std::string> locate_remote(const DataSource& source, const std::string& data_dir) {
  std::vector<std::string> looked;
  const auto there = [&](const fs::path& path) {
    looked.push_back(path.string());
    return source.is_folder() ? is_folder(path) : is_file(path);
  };
  if (!data_dir.empty() && !source.local.empty()) {
    if (const fs::path path = fs::path(data_dir) / source.local; there(path)) return path.string();
  } else if (!source.local.empty()) {
    looked.push_back("DIR/" + source.local);
  }
  if (const fs::path cache = cache_folder();
      !cache.empty() && !source.sha256.empty() && !source.is_folder()) {
    if (const fs::path path = cache / source.sha256; there(path)) return path.string();
  }
  return not_here(source, looked);
}

Result<std::string> truth_of(const DataSource& source, const std::string& folder) {
  const fs::path inside = fs::path(folder) / source.truth;
  if (is_file(inside)) return inside.string();
  const fs::path beside = fs::path(source.base_dir) / source.truth;
  if (is_file(beside)) return beside.string();
  return Error{ErrorCode::kNotFound,
               fmt::format("the truth file `{}` is neither in the picture folder `{}` nor beside "
                           "the suite",
                           source.truth, folder),
               source.place};
}

RowSource reading_of(const DataSource& source, const LocatedSource& located) {
  RowSource reading;
  reading.path = located.rows_path;
  reading.shown = located.rows_path;
  reading.format = source.format;
  if (source.is_folder() && !source.truth.empty()) reading.format = DataFormat::kAuto;
  // A cached file is named by its hash; what it is, its URL or local name says.
  if (reading.format == DataFormat::kAuto && !format_of_name(reading.path)) {
    reading.format = format_of_name(source.local)
                         .value_or(format_of_name(source.url).value_or(DataFormat::kAuto));
  }
  reading.header = source.header;
  reading.columns = source.columns;
  reading.quoting = source.quoting;
  reading.field = source.field;
  reading.image_column = source.image_column;
  return reading;
}

std::string reading_text(const RowSource& reading) {
  const DataFormat format = reading.format == DataFormat::kAuto
                                ? format_of_name(reading.path).value_or(DataFormat::kAuto)
                                : reading.format;
  return fmt::format("{} header={} columns={} quoting={} field={} image={}", format_name(format),
                     reading.header, fmt::join(reading.columns, "\x1f"),
                     reading.quoting ? (*reading.quoting ? "yes" : "no") : "auto", reading.field,
                     reading.image_column);
}

Error wrong_hash(const DataSource& source, const std::string& path, const std::string& found) {
  return input_error(source.place,
                     fmt::format("{} has sha256 {}, expected {}", path, found, source.sha256));
}

Result<void> cut_range(const DataSource& source, Split& split) {
  const uint64_t rows = split.rows->size();
  split.count = rows;
  if (!source.range) return {};
  const auto& range = *source.range;
  const double scale = range.shares ? static_cast<double>(rows) : 1.0;
  const auto from = static_cast<uint64_t>(std::floor(range.from * scale));
  const auto to = static_cast<uint64_t>(std::floor(range.to * scale));
  if (to > rows || from >= to) {
    return input_error(range.place, fmt::format("`range` is rows {} to {}, but {} has {} rows",
                                                from, to, split.rows->shown(), rows));
  }
  split.from = from;
  split.count = to - from;
  return {};
}

}  // namespace

Result<LocatedSource> locate(const DataSource& source, const std::string& data_dir) {
  LocatedSource located;
  if (!source.hub.empty()) {
    return Error{ErrorCode::kNotFound,
                 fmt::format("the data of `{}` is the Hugging Face set `{}`, which this version "
                             "does not fetch",
                             source.split, source.hub),
                 source.place};
  }
  const fs::path base(source.base_dir);
  std::string named;
  if (!source.url.empty()) {
    ASSAY_TRY(named, locate_remote(source, data_dir));
  } else {
    named =
        (base / (source.path.empty() ? *source.images : source.path)).lexically_normal().string();
  }
  if (source.is_folder()) {
    located.images_dir = named;
    if (!is_folder(named)) {
      return Error{ErrorCode::kNotFound, fmt::format("there is no folder `{}`", named),
                   source.place};
    }
    located.rows_path = named;
    if (!source.truth.empty()) {
      ASSAY_TRY(located.rows_path, truth_of(source, named));
    }
    return located;
  }
  if (!is_file(named)) {
    return Error{ErrorCode::kNotFound, fmt::format("there is no data file `{}`", named),
                 source.place};
  }
  located.rows_path = named;
  located.images_dir = source.images ? (base / *source.images).lexically_normal().string()
                                     : fs::path(named).parent_path().string();
  return located;
}

Result<Split> SplitOpener::open(const DataSource& source) {
  ASSAY_TRY(const LocatedSource located, locate(source, data_dir_));
  const RowSource reading = reading_of(source, located);
  const std::string options = reading_text(reading);
  std::shared_ptr<const RowStore>& rows = opened_[reading.path + "\n" + options];
  if (!rows) {
    Result<std::unique_ptr<RowStore>> opened = RowStore::open(reading);
    if (!opened) {
      // Another file than the one meant explains most errors better than its first wrong byte.
      if (!source.sha256.empty() && is_file(reading.path)) {
        ASSAY_TRY(const Hash found, sha256_file(reading.path));
        if (found.hex() != source.sha256) return wrong_hash(source, reading.path, found.hex());
      }
      return std::move(opened).error();
    }
    rows = std::move(*opened);
  }
  if (!source.sha256.empty() && rows->hash().hex() != source.sha256) {
    return wrong_hash(source, reading.path, rows->hash().hex());
  }
  Split split;
  split.rows = rows;
  split.images_dir = located.images_dir;
  ASSAY_TRY_VOID(cut_range(source, split));
  split.identity =
      fmt::format("{} {} rows {}+{}", rows->hash().hex(), options, split.from, split.count);
  return split;
}

}  // namespace assay::suites
