#include "suites/loader/split.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <filesystem>
#include <optional>
#include <vector>

#include "suites/loader/data_cache.h"
#include "suites/loader/hub_rows.h"
#include "suites/loader/remote_file.h"

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

std::string where_from(const DataSource& source) {
  if (source.hub.empty()) return source.url;
  return "https://huggingface.co/datasets/" + source.hub;
}

Error not_here(const DataSource& source, const DataAccess& access,
               const std::vector<std::string>& looked) {
  std::string how = "put it there";
  if (!source.local.empty()) {
    how = fmt::format("point at the folder that holds `{}` with --data DIR", source.local);
  }
  if (access.offline && !source.is_folder()) {
    how +=
        "; --offline keeps it from being fetched: `assay fetch SUITE` does that where there is a "
        "network, and --cache-dir names the folder it fills";
  }
  return Error{ErrorCode::kNotFound,
               fmt::format("the data of `{}` is not on this machine: get it from {} and {} "
                           "(looked for {})",
                           source.split, where_from(source), how, fmt::join(looked, ", ")),
               source.place};
}

// The copy below --data DIR that `local` names; nullopt: none. `looked` gets where it could be.
std::optional<std::string> local_copy(const DataSource& source, const std::string& data_dir,
                                      std::vector<std::string>& looked) {
  if (source.local.empty()) return std::nullopt;
  if (data_dir.empty()) {
    looked.push_back("DIR/" + source.local);
    return std::nullopt;
  }
  const fs::path path = fs::path(data_dir) / source.local;
  looked.push_back(path.string());
  const bool there = source.is_folder() ? is_folder(path) : is_file(path);
  return there ? std::optional(path.string()) : std::nullopt;
}

// Where the cache would have it, for the message.
void add_cache_place(const DataSource& source, const DataAccess& access,
                     std::vector<std::string>& looked) {
  const std::string folder = cache_folder(access.cache_dir);
  if (folder.empty() || source.is_folder()) return;
  looked.push_back(source.sha256.empty() || !source.hub.empty()
                       ? "the cache " + folder
                       : DataCache(folder).data_path(source.sha256));
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

std::string without_query(const std::string& url) { return url.substr(0, url.find_first_of("?#")); }

RowSource reading_of(const DataSource& source, const LocatedSource& located) {
  RowSource reading;
  reading.path = located.rows_path;
  reading.shown = located.rows_path;
  reading.format = source.format;
  if (source.is_folder() && !source.truth.empty()) reading.format = DataFormat::kAuto;
  // A cached file is named by its hash; what it is, its URL or local name says.
  if (reading.format == DataFormat::kAuto && !format_of_name(reading.path)) {
    reading.format =
        format_of_name(source.local)
            .value_or(format_of_name(without_query(source.url)).value_or(DataFormat::kAuto));
  }
  reading.header = source.header;
  reading.columns = source.columns;
  reading.quoting = source.quoting;
  reading.field = source.field;
  reading.image_column = source.image_column;
  if (!source.hub.empty() && !located.is_local_copy) {
    // How the rows of the hub lie in the cache is the cache's affair; the keys speak of the copy.
    reading.format = DataFormat::kJsonl;
    reading.header = true;
    reading.columns.clear();
    reading.field.clear();
  }
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

Error wrong_hash(const DataSource& source, const std::string& path, const std::string& found,
                 const std::string& expected) {
  return input_error(source.place,
                     fmt::format("{} has sha256 {}, expected {}", path, found, expected));
}

// What the file must have; empty: nothing is said of it. Rows of the hub are checked by the cache.
std::string expected_hash(const DataSource& source, const LocatedSource& located) {
  if (located.is_local_copy && !source.local_sha256.empty()) return source.local_sha256;
  if (!source.hub.empty() && !located.is_local_copy) return {};
  return source.sha256;
}

// What no reader opens as it is; a person takes the file out of it.
bool is_archive(const std::string& url) {
  const std::string name = without_query(url);
  return name.ends_with(".tar") || name.ends_with(".tar.gz") || name.ends_with(".tgz") ||
         name.ends_with(".zip");
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

// A folder of pictures with its truth file, or a file of rows.
Result<LocatedSource> located_at(const DataSource& source, const std::string& named) {
  LocatedSource located;
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
  const fs::path base(source.base_dir);
  located.images_dir = source.images ? (base / *source.images).lexically_normal().string()
                                     : fs::path(named).parent_path().string();
  return located;
}

std::string path_beside_suite(const DataSource& source) {
  const std::string& named = source.path.empty() ? *source.images : source.path;
  return (fs::path(source.base_dir) / named).lexically_normal().string();
}

// From outside of the suite's folder; `fetch`: over the network too, where that is allowed.
Result<LocatedSource> find_remote(const DataSource& source, const DataAccess& access, bool fetch) {
  std::vector<std::string> looked;
  if (const auto copy = local_copy(source, access.data_dir, looked)) {
    ASSAY_TRY(LocatedSource located, located_at(source, *copy));
    located.is_local_copy = true;
    return located;
  }
  if (is_archive(source.url)) return not_here(source, access, looked);
  add_cache_place(source, access, looked);
  if (!source.hub.empty()) {
    std::optional<HubFiles> files = cached_hub(source, access);
    if (fetch) {
      ASSAY_TRY(files, obtain_hub(source, access));
    }
    if (files) return LocatedSource{files->rows_path, files->images_dir};
  } else {
    std::optional<std::string> path = cached_url(source, access);
    if (fetch) {
      ASSAY_TRY(path, obtain_url(source, access));
    }
    if (path) return located_at(source, *path);
  }
  return not_here(source, access, looked);
}

bool is_remote(const DataSource& source) { return !source.url.empty() || !source.hub.empty(); }

Result<LocatedSource> locate_one(const DataSource& source, const DataAccess& access, bool fetch) {
  if (is_remote(source)) return find_remote(source, access, fetch);
  return located_at(source, path_beside_suite(source));
}

}  // namespace

Result<LocatedSource> locate(const DataSource& source, const DataAccess& access) {
  for (const DataSource& joined : source.join) {
    ASSAY_TRY_VOID(locate_one(joined, access, /*fetch=*/false));
  }
  return locate_one(source, access, /*fetch=*/false);
}

Result<LocatedSource> obtain(const DataSource& source, const DataAccess& access) {
  for (const DataSource& joined : source.join) {
    ASSAY_TRY_VOID(locate_one(joined, access, /*fetch=*/true));
  }
  return locate_one(source, access, /*fetch=*/true);
}

Result<std::shared_ptr<const RowStore>> SplitOpener::open_rows(const DataSource& source,
                                                               const RowSource& reading,
                                                               const std::string& expected) {
  std::shared_ptr<const RowStore>& rows = opened_[reading.path + "\n" + reading_text(reading)];
  if (!rows) {
    Result<std::unique_ptr<RowStore>> opened = RowStore::open(reading);
    if (!opened) {
      // Another file than the one meant explains most errors better than its first wrong byte.
      if (!expected.empty() && is_file(reading.path)) {
        ASSAY_TRY(const Hash found, sha256_file(reading.path));
        if (found.hex() != expected) {
          return wrong_hash(source, reading.path, found.hex(), expected);
        }
      }
      return std::move(opened).error();
    }
    rows = std::move(*opened);
  }
  if (!expected.empty() && rows->hash().hex() != expected) {
    return wrong_hash(source, reading.path, rows->hash().hex(), expected);
  }
  return rows;
}

Result<Split> SplitOpener::open(const DataSource& source) {
  ASSAY_TRY(const LocatedSource located, obtain(source, access_));
  const RowSource reading = reading_of(source, located);
  Split split;
  ASSAY_TRY(split.rows, open_rows(source, reading, expected_hash(source, located)));
  std::string options = reading_text(reading);
  for (const DataSource& joined : source.join) {
    ASSAY_TRY(const LocatedSource other, obtain(joined, access_));
    const RowSource other_reading = reading_of(joined, other);
    ASSAY_TRY(const auto rows, open_rows(joined, other_reading, expected_hash(joined, other)));
    ASSAY_TRY(split.rows, RowStore::joined(*split.rows, *rows, joined.join_by));
    options += " join " + reading_text(other_reading);
  }
  split.images_dir = located.images_dir;
  ASSAY_TRY_VOID(cut_range(source, split));
  split.identity =
      fmt::format("{} {} rows {}+{}", split.rows->hash().hex(), options, split.from, split.count);
  return split;
}

}  // namespace assay::suites
