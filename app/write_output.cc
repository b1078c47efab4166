#include "app/write_output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace assay::app {

Result<void> write_output(const std::string& path, const std::string& text) {
  if (path == "-") {
    const bool written =
        std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
    if (!written) return Error{ErrorCode::kIo, std::strerror(errno), "standard output"};
    return {};
  }
  const std::string part = fmt::format("{}.part{}", path, getpid());
  std::FILE* file = std::fopen(part.c_str(), "wb");
  if (file == nullptr)
    return input_error(path, fmt::format("cannot be written ({})", std::strerror(errno)));
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  const int write_errno = errno;
  if (std::fclose(file) != 0 || !written) {
    const int reason = written ? errno : write_errno;
    std::remove(part.c_str());
    return Error{ErrorCode::kIo, fmt::format("cannot be written ({})", std::strerror(reason)),
                 path};
  }
  if (std::rename(part.c_str(), path.c_str()) != 0) {
    const int reason = errno;
    std::remove(part.c_str());
    return input_error(path, fmt::format("cannot be written ({})", std::strerror(reason)));
  }
  return {};
}

}  // namespace assay::app
