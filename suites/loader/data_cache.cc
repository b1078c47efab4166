#include "suites/loader/data_cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "harness/base/hash.h"
#include "harness/base/json.h"

namespace assay::suites {
namespace {

namespace fs = std::filesystem;

constexpr Nanos kLockPoll{std::chrono::milliseconds(100)};
constexpr size_t kNameBytesMax = 80;
constexpr uint64_t kNoteBytesMax = uint64_t{16} << 20;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Error io_error(const std::string& path, const char* what) {
  return Error{ErrorCode::kIo, fmt::format("{}: {}", what, std::strerror(errno)), path};
}

Result<void> flush_to_disk(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return io_error(path, "cannot be opened");
  const bool flushed = ::fsync(fd) == 0 || errno == EINVAL || errno == EROFS;
  const int reason = errno;
  ::close(fd);
  errno = reason;
  return flushed ? Result<void>() : io_error(path, "cannot be stored");
}

}  // namespace

std::string cache_folder(const std::string& given) {
  if (!given.empty()) return given;
  if (std::string folder = environment("ASSAY_CACHE"); !folder.empty()) return folder;
  if (const std::string xdg = environment("XDG_CACHE_HOME"); xdg.starts_with('/'))
    return (fs::path(xdg) / "assay").string();
  const std::string home = environment("HOME");
  return home.empty() ? "" : (fs::path(home) / ".cache" / "assay").string();
}

std::string name_for_path(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kNameBytesMax)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || (c == '.' && !out.empty());
    out += plain ? c : '-';
  }
  return out.empty() ? "-" : out;
}

std::string DataCache::data_path(const std::string& sha256) const {
  return (fs::path(folder_) / "data" / sha256).string();
}

std::string DataCache::note_path(const std::string& url) const {
  return (fs::path(folder_) / "urls" / (sha256(url).hex() + ".json")).string();
}

std::string DataCache::hub_path(const std::string& name, std::string_view identity) const {
  return (fs::path(folder_) / "hub" / (name_for_path(name) + "-" + sha256(identity).short_hex()))
      .string();
}

std::string DataCache::part_path(std::string_view identity) const {
  return (fs::path(folder_) / "parts" /
          fmt::format("{}.{}", sha256(identity).short_hex(), ::getpid()))
      .string();
}

std::string DataCache::lock_path(std::string_view identity) const {
  return (fs::path(folder_) / "locks" / sha256(identity).short_hex()).string();
}

Result<void> make_folder(const std::string& path) {
  std::error_code failed;
  fs::create_directories(path, failed);
  if (failed && !fs::is_directory(path)) {
    return Error{ErrorCode::kIo, fmt::format("cannot be made: {}", failed.message()), path};
  }
  return {};
}

Result<CacheLock> CacheLock::take(const std::string& path, Fetcher& fetcher) {
  ASSAY_TRY_VOID(make_folder(fs::path(path).parent_path().string()));
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (fd < 0) return io_error(path, "cannot be made");
  CacheLock lock(fd);
  for (;;) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return lock;
    if (errno != EWOULDBLOCK && errno != EINTR) return lock;  // a file system without locks
    ASSAY_TRY_VOID(fetcher.pause(kLockPoll));
  }
}

CacheLock::~CacheLock() {
  if (fd_ >= 0) ::close(fd_);
}

Result<void> move_into_place(const std::string& from, const std::string& to) {
  ASSAY_TRY_VOID(flush_to_disk(from));
  ASSAY_TRY_VOID(make_folder(fs::path(to).parent_path().string()));
  if (std::rename(from.c_str(), to.c_str()) != 0) return io_error(to, "cannot be made");
  return {};
}

Result<void> write_whole(const std::string& path, std::string_view text) {
  ASSAY_TRY_VOID(make_folder(fs::path(path).parent_path().string()));
  const std::string part = fmt::format("{}.{}", path, ::getpid());
  std::ofstream out(part, std::ios::binary | std::ios::trunc);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out) {
    const Error error = io_error(path, "cannot be written");
    std::remove(part.c_str());
    return error;
  }
  return move_into_place(part, path);
}

std::optional<Json> read_note(const std::string& path) {
  std::error_code failed;
  const uint64_t size = fs::file_size(path, failed);
  if (failed || size > kNoteBytesMax) return std::nullopt;
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  Result<Json> note = parse_json(text, path);
  if (!note || !note->is_object()) return std::nullopt;
  return std::move(*note);
}

}  // namespace assay::suites
