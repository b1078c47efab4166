#include "backends/managed/local_port.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace assay::backends {
namespace {

Error port_error(uint16_t number, int why) {
  const std::string where = fmt::format("127.0.0.1:{}", number);
  if (why == EADDRINUSE) {
    return Error{ErrorCode::kConflict, "another program listens there", where};
  }
  return Error{ErrorCode::kIo, fmt::format("cannot be used: {}", std::strerror(why)), where};
}

}  // namespace

Result<LocalPort> LocalPort::reserve(uint16_t number) {
  LocalPort port(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), number);
  if (port.fd_ < 0) return port_error(number, errno);
  if (number != 0) {
    // As the server itself will: connections of a predecessor that are still closing do not count.
    const int on = 1;
    ::setsockopt(port.fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(number);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);  // NOLINT: how the socket calls take it
  if (::bind(port.fd_, generic, size) != 0 || ::getsockname(port.fd_, generic, &size) != 0) {
    return port_error(number, errno);
  }
  port.number_ = ntohs(address.sin_port);
  return port;
}

LocalPort& LocalPort::operator=(LocalPort&& other) noexcept {
  if (this != &other) {
    release();
    fd_ = std::exchange(other.fd_, -1);
    number_ = other.number_;
  }
  return *this;
}

void LocalPort::release() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

}  // namespace assay::backends
