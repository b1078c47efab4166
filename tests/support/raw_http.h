// RawHttp: a connection that speaks bytes, for tests of what is really on the wire.
//
//   RawHttp http(mock.port());
//   http.send(post("/v1/chat/completions", body));
//   RawReply reply = http.read_reply();       // one whole HTTP reply; chunks are joined
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>
#include <vector>

namespace assay::test {

struct RawReply {
  int status = 0;                   // 0: no complete head came
  std::string head;                 // with its empty line
  std::string body;                 // as far as it came
  std::vector<std::string> chunks;  // of a chunked body
  bool complete = false;            // by its length or its last chunk
  enum class End { kOpen, kClosed, kReset, kSilent } end = End::kOpen;  // how reading stopped
};

inline std::string post(const std::string& path, const std::string& body,
                        const std::string& headers = "") {
  return "POST " + path + " HTTP/1.1\r\nhost: mock\r\n" + headers +
         "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

inline std::string get(const std::string& path, const std::string& headers = "") {
  return "GET " + path + " HTTP/1.1\r\nhost: mock\r\n" + headers + "\r\n";
}

class RawHttp {
 public:
  using End = RawReply::End;

  explicit RawHttp(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  ~RawHttp() { close(fd_); }
  RawHttp(const RawHttp&) = delete;
  RawHttp& operator=(const RawHttp&) = delete;

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] int fd() const { return fd_; }

  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }

  // More bytes into `out`; how it stands after that.
  End read_some(std::string& out, int silence_ms) const {
    pollfd readable{fd_, POLLIN, 0};
    if (poll(&readable, 1, silence_ms) != 1) return End::kSilent;
    char buffer[65536];
    const ssize_t n = recv(fd_, buffer, sizeof buffer, 0);
    if (n < 0) return errno == ECONNRESET ? End::kReset : End::kClosed;
    if (n == 0) return End::kClosed;
    out.append(buffer, static_cast<size_t>(n));
    return End::kOpen;
  }

  // Everything until the other side ends, is silent, or `bytes_max` are here.
  End read_all(std::string& out, int silence_ms, size_t bytes_max = SIZE_MAX) const {
    End end = End::kOpen;
    while (end == End::kOpen && out.size() < bytes_max) end = read_some(out, silence_ms);
    return end;
  }

  // One reply; what came behind it stays for the next call.
  RawReply read_reply(int silence_ms = 60'000) {
    RawReply reply;
    while (!parse(reply)) {
      reply.end = read_some(buffer_, silence_ms);
      if (reply.end != End::kOpen) {
        parse(reply);
        break;
      }
    }
    return reply;
  }

 private:
  bool parse(RawReply& reply) {
    const size_t head_end = buffer_.find("\r\n\r\n");
    if (head_end == std::string::npos) return false;
    reply.head = buffer_.substr(0, head_end + 4);
    reply.status = std::stoi(reply.head.substr(9, 3));
    reply.chunks.clear();
    reply.body.clear();
    size_t at = head_end + 4;
    const size_t length_at = reply.head.find("content-length: ");
    if (length_at != std::string::npos) {
      const size_t length = std::stoul(reply.head.substr(length_at + 16));
      reply.body = buffer_.substr(at, length);
      reply.complete = reply.body.size() == length;
      at += reply.body.size();
    } else {
      reply.complete = parse_chunks(reply, at);
    }
    if (reply.complete) buffer_.erase(0, at);
    return reply.complete;
  }

  bool parse_chunks(RawReply& reply, size_t& at) const {
    while (true) {
      const size_t line_end = buffer_.find("\r\n", at);
      if (line_end == std::string::npos) return false;
      const size_t size = std::stoul(buffer_.substr(at, line_end - at), nullptr, 16);
      if (buffer_.size() < line_end + 2 + size + 2) return false;
      if (size > 0) reply.chunks.push_back(buffer_.substr(line_end + 2, size));
      if (size > 0) reply.body += reply.chunks.back();
      at = line_end + 2 + size + 2;
      if (size == 0) return true;
    }
  }

  int fd_;
  bool connected_ = false;
  std::string buffer_;
};

}  // namespace assay::test
