// LocalPort: a TCP port of the loopback interface that is ours until the server that will listen on
// it starts.
//
//   ASSAY_TRY(LocalPort port, LocalPort::reserve());
//   port.number();
//   port.release();     // at once before the server starts
#pragma once

#include <cstdint>
#include <utility>

#include "harness/base/result.h"

namespace assay::backends {

class LocalPort {
 public:
  // A free one, chosen by the kernel, or exactly `number`. Error kConflict: somebody has it.
  static Result<LocalPort> reserve(uint16_t number = 0);
  LocalPort(LocalPort&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), number_(other.number_) {}
  LocalPort& operator=(LocalPort&& other) noexcept;
  LocalPort(const LocalPort&) = delete;
  LocalPort& operator=(const LocalPort&) = delete;
  ~LocalPort() { release(); }

  [[nodiscard]] uint16_t number() const { return number_; }
  void release();

 private:
  LocalPort(int fd, uint16_t number) : fd_(fd), number_(number) {}
  int fd_;
  uint16_t number_;
};

}  // namespace assay::backends
