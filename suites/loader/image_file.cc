#include "suites/loader/image_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "harness/base/hash.h"
#include "suites/loader/image_header.h"

namespace assay::suites {
namespace {

constexpr size_t kProbeBytes = size_t{4} << 10;
constexpr size_t kProbeBytesMax = size_t{1} << 20;  // a JPEG's metadata comes before its size

class OpenFile {
 public:
  ~OpenFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  OpenFile() = default;
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  Result<void> open(const std::string& path, const std::string& shown) {
    fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) {
      const int reason = errno;
      return Error{reason == ENOENT ? ErrorCode::kNotFound : ErrorCode::kIo,
                   fmt::format("the picture cannot be opened: {}", std::strerror(reason)), shown};
    }
    struct stat info {};
    if (::fstat(fd_, &info) != 0 || !S_ISREG(info.st_mode)) {
      return input_error(shown, "is not a file, expected a picture");
    }
    size_ = static_cast<uint64_t>(info.st_size);
    return {};
  }
  [[nodiscard]] uint64_t size() const { return size_; }

  // The first `bytes` bytes, or all there are.
  Result<void> read(size_t bytes, std::string& out, const std::string& shown) const {
    out.resize(static_cast<size_t>(std::min<uint64_t>(bytes, size_)));
    size_t done = 0;
    while (done < out.size()) {
      const ssize_t n =
          ::pread(fd_, out.data() + done, out.size() - done, static_cast<off_t>(done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {
        return Error{ErrorCode::kIo,
                     fmt::format("the picture cannot be read: {}", std::strerror(errno)), shown};
      }
      if (n == 0) break;  // became shorter meanwhile
      done += static_cast<size_t>(n);
    }
    out.resize(done);
    return {};
  }

 private:
  int fd_ = -1;
  uint64_t size_ = 0;
};

std::string first_bytes(std::string_view bytes) {
  if (bytes.empty()) return "the file is empty";
  std::string text = "its first bytes are";
  for (const char c : bytes.substr(0, 8)) {
    text += fmt::format(" {:02x}", static_cast<unsigned char>(c));
  }
  return text;
}

Error not_a_picture(const std::string& shown, std::string_view bytes) {
  return input_error(shown,
                     fmt::format("is not a picture: {}, expected PNG, JPEG, GIF, WebP, BMP or TIFF",
                                 first_bytes(bytes)));
}

Error no_size(const std::string& shown, const ImageHeader& header) {
  return input_error(
      shown, fmt::format("is a damaged picture: its {} header gives no size", header.media_type));
}

}  // namespace

Result<Image> probe_image(const std::string& path, const std::string& shown) {
  OpenFile file;
  ASSAY_TRY_VOID(file.open(path, shown));
  std::string bytes;
  ASSAY_TRY_VOID(file.read(kProbeBytes, bytes, shown));
  auto header = read_image_header(bytes);
  if (!header) return not_a_picture(shown, bytes);
  if (header->width == 0 && file.size() > kProbeBytes) {
    ASSAY_TRY_VOID(file.read(kProbeBytesMax, bytes, shown));
    header = read_image_header(bytes);
    if (!header) return not_a_picture(shown, bytes);
  }
  if ((header->width == 0 || header->height == 0) && bytes.size() == file.size()) {
    return no_size(shown, *header);
  }
  Image image;
  image.path = path;
  image.media_type = header->media_type;
  image.width = header->width;
  image.height = header->height;
  return image;
}

Result<void> load_image(Image& image, uint64_t bytes_max) {
  OpenFile file;
  ASSAY_TRY_VOID(file.open(image.path, image.path));
  if (file.size() > bytes_max) {
    return Error{ErrorCode::kLimit,
                 fmt::format("the picture has {} bytes, more than {} (limit bytes_max)",
                             file.size(), bytes_max),
                 image.path};
  }
  auto content = std::make_shared<std::string>();
  ASSAY_TRY_VOID(file.read(static_cast<size_t>(file.size()), *content, image.path));
  const auto header = read_image_header(*content);
  if (!header) return not_a_picture(image.path, *content);
  if (header->width == 0 || header->height == 0) return no_size(image.path, *header);
  if (!image.media_type.empty() && image.media_type != header->media_type) {
    return Error{ErrorCode::kConflict,
                 fmt::format("is {} now, was {} when the run was planned", header->media_type,
                             image.media_type),
                 image.path};
  }
  image.media_type = header->media_type;
  image.width = header->width;
  image.height = header->height;
  image.sha256 = sha256(*content).hex();
  image.content = std::move(content);
  return {};
}

}  // namespace assay::suites
