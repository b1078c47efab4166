// RawServer: a TCP server of a test's own on 127.0.0.1, whose every byte is written by the test, so
// that faults are exact. A thread accepts; each connection runs the script in a thread of its own.
//
//   RawServer server([](RawConnection& c) {
//     while (auto request = c.read_request()) c.send(http_reply("hello"));
//   });
//   ask(server.url("/v1"));
//   EXPECT_EQ(server.requests(), 1);
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cctype>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace assay::test {

struct RawRequest {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

inline std::string http_reply(std::string_view body, std::string_view headers = "",
                              std::string_view status = "200 OK") {
  return fmt::format("HTTP/1.1 {}\r\ncontent-length: {}\r\n{}\r\n{}", status, body.size(), headers,
                     body);
}

inline std::string http_chunk(std::string_view bytes) {
  return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}

inline constexpr std::string_view kChunkedHead =
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

class RawConnection {
 public:
  RawConnection(int fd, int which, std::atomic<int>& requests)
      : number(which), fd_(fd), requests_(requests) {}

  // The next request with its body; nothing when the connection ended.
  std::optional<RawRequest> read_request() {
    const auto head_end = read_until("\r\n\r\n");
    if (!head_end) return std::nullopt;
    RawRequest request = parse_head(unread_.substr(0, *head_end));
    unread_.erase(0, *head_end + 4);
    const auto length = request.headers.find("content-length");
    const size_t size =
        length == request.headers.end() ? 0 : std::strtoull(length->second.c_str(), nullptr, 10);
    while (unread_.size() < size) {
      if (!read_more()) return std::nullopt;
    }
    request.body = unread_.substr(0, size);
    unread_.erase(0, size);
    ++requests_;
    return request;
  }
  // False once the other side has gone.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }
  // Until the other side closes.
  void wait_for_close() {
    while (read_more()) unread_.clear();
  }
  // Ends the script with a reset instead of an orderly close.
  void reset() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }

  const int number;  // of the connection, from 1

 private:
  bool read_more() {
    std::array<char, 16 * 1024> buffer;
    const ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (n <= 0) return false;
    unread_.append(buffer.data(), static_cast<size_t>(n));
    return true;
  }
  std::optional<size_t> read_until(std::string_view mark) {
    for (;;) {
      if (const size_t at = unread_.find(mark); at != std::string::npos) return at;
      if (!read_more()) return std::nullopt;
    }
  }
  static RawRequest parse_head(std::string_view head) {
    RawRequest request;
    const std::string_view first = head.substr(0, head.find("\r\n"));
    request.method = first.substr(0, first.find(' '));
    const size_t target = request.method.size() + 1;
    request.target = first.substr(target, first.find(' ', target) - target);
    for (size_t at = first.size(); at < head.size();) {
      at += 2;
      const std::string_view line = head.substr(at, head.find("\r\n", at) - at);
      const size_t colon = line.find(": ");
      std::string name(line.substr(0, colon));
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      if (colon != std::string_view::npos) request.headers[name] = line.substr(colon + 2);
      at += line.size();
    }
    return request;
  }

  int fd_;
  std::atomic<int>& requests_;
  std::string unread_;
};

class RawServer {
 public:
  using Script = std::function<void(RawConnection&)>;

  explicit RawServer(Script script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool up = ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                    ::listen(listener_, 1024) == 0 &&
                    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    if (!up) std::abort();
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~RawServer() { stop(); }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  // Ends every connection. The port then refuses.
  void stop() {
    if (!acceptor_.joinable()) return;
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    ::close(listener_);
    {
      const std::lock_guard lock(mutex_);
      for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    for (std::thread& thread : threads_) thread.join();
  }
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url(std::string_view path) const {
    return fmt::format("http://127.0.0.1:{}{}", port_, path);
  }
  [[nodiscard]] int connections() const { return connections_; }
  [[nodiscard]] int requests() const { return requests_; }

 private:
  void accept_all() {
    for (;;) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      const int number = ++connections_;
      const std::lock_guard lock(mutex_);
      open_.push_back(fd);
      threads_.emplace_back([this, fd, number] { serve(fd, number); });
    }
  }
  void serve(int fd, int number) {
    RawConnection connection(fd, number, requests_);
    script_(connection);
    const std::lock_guard lock(mutex_);
    std::erase(open_, fd);
    ::close(fd);
  }

  Script script_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_{0};
  std::atomic<int> requests_{0};
  std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace assay::test
