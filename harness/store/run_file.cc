#include "harness/store/run_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>

#include "harness/store/schema.h"

namespace assay::store {
namespace {

constexpr size_t kHeaderBytes = 100;
constexpr std::string_view kMagic{"SQLite format 3\0", 16};

// Big-endian fields of the database header (SQLite file format, section 1.3).
uint32_t header_field(const std::array<char, kHeaderBytes>& header, size_t offset, size_t bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < bytes; ++i)
    value = (value << 8) | static_cast<unsigned char>(header[offset + i]);
  return value;
}

uint64_t file_bytes(const std::string& path) {
  struct stat info {};
  return stat(path.c_str(), &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

}  // namespace

Result<RunFileState> inspect_run_file(const std::string& path) {
  RunFileState state;
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return state;
    return input_error(path, std::strerror(errno));
  }
  if (S_ISDIR(info.st_mode)) return input_error(path, "is a folder, expected a run file");
  const auto bytes = static_cast<uint64_t>(info.st_size);
  if (bytes == 0) return state;
  std::ifstream in(path, std::ios::binary);
  if (!in) return input_error(path, std::strerror(errno));
  std::array<char, kHeaderBytes> header{};
  in.read(header.data(), header.size());
  if (std::string_view(header.data(), std::min<size_t>(bytes, kMagic.size())) !=
      kMagic.substr(0, bytes)) {
    return input_error(path, "is not a run file (not an SQLite database)");
  }
  if (bytes < kHeaderBytes) {
    return input_error(path, fmt::format("is cut short: {} bytes, a run file has at least {}",
                                         bytes, kHeaderBytes));
  }
  state.exists = true;
  state.unclean = file_bytes(path + "-wal") > 0;
  if (header_field(header, 68, 4) != kApplicationId) {
    // A writer killed during creation has its first pages in the log only; SQLite will look there.
    if (state.unclean) return state;
    return input_error(
        path, "is an SQLite database, but not a run file (its application id is not ours)");
  }
  state.version = static_cast<int>(header_field(header, 60, 4));
  const auto known = static_cast<int>(schema_steps().size());
  if (state.version > known) {
    return input_error(
        path,
        fmt::format("is of version {}, written by a newer assay; this one reads up to version {}",
                    state.version, known));
  }
  uint64_t page_bytes = header_field(header, 16, 2);
  if (page_bytes == 1) page_bytes = 65536;
  const uint64_t pages = header_field(header, 28, 4);
  if (!state.unclean && bytes < pages * page_bytes) {
    return input_error(
        path, fmt::format("is cut short: {} bytes, its header says {}", bytes, pages * page_bytes));
  }
  return state;
}

Result<std::unique_ptr<RunFileLock>> RunFileLock::acquire(const std::string& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return input_error(path, fmt::format("cannot be written ({})", std::strerror(errno)));
  std::unique_ptr<RunFileLock> lock(new RunFileLock(fd));
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    return Error{ErrorCode::kConflict,
                 "is being written by another assay process; wait for it, or write to another "
                 "file with -o",
                 path};
  }
  return lock;
}

RunFileLock::~RunFileLock() { close(fd_); }

}  // namespace assay::store
