#include "backends/transport/plain_connection.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <memory>

namespace assay::backends {

Result<std::vector<SocketAddress>> resolve_host(const std::string& host, int port) {
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  const std::string name = bracketed ? host.substr(1, host.size() - 2) : host;
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int failed = ::getaddrinfo(name.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (failed != 0) return Error{ErrorCode::kInfrastructure, ::gai_strerror(failed), host};
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(list, ::freeaddrinfo);
  std::vector<SocketAddress> addresses;
  for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
    if (one->ai_addrlen > sizeof(sockaddr_storage)) continue;
    SocketAddress& address = addresses.emplace_back();
    std::memcpy(&address.storage, one->ai_addr, one->ai_addrlen);
    address.size = one->ai_addrlen;
  }
  if (addresses.empty()) return Error{ErrorCode::kInfrastructure, "has no address", host};
  return addresses;
}

int PlainConnection::open(const SocketAddress& where, bool stamps) {
  close();
  fd_ = ::socket(where.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (fd_ < 0) return errno;
  const int on = 1;
  (void)::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (stamps) (void)request_receive_stamps(fd_);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&where.storage), where.size) == 0) return 0;
  const int error = errno;
  connecting = error == EINPROGRESS;
  if (!connecting) close();
  return error;
}

int PlainConnection::connect_result() const {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

void PlainConnection::close() {
  if (fd_ >= 0) ::close(fd_);  // which takes it out of the epoll set
  fd_ = -1;
  transfer = nullptr;
  connecting = used = false;
  ++generation;
  segments_ = {};
}

bool PlainConnection::is_stale() const {
  char byte = 0;
  const ssize_t n = ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

Received PlainConnection::send(std::span<iovec> parts) {
  msghdr message{};
  message.msg_iov = parts.data();
  message.msg_iovlen = parts.size();
  const ssize_t n = ::sendmsg(fd_, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n < 0) return {.os_error = errno};
  return {.bytes = static_cast<size_t>(n)};
}

Received PlainConnection::receive(std::span<char> buffer) {
  iovec part{buffer.data(), buffer.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(timespec))> control;
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t n = ::recvmsg(fd_, &message, MSG_DONTWAIT);
  if (n < 0) return {.os_error = errno};
  if (n == 0) return {};
  segments_.note_read(static_cast<size_t>(n));
  return {.bytes = static_cast<size_t>(n), .wall_ns = stamp_of(message)};
}

}  // namespace assay::backends
