// OutputTail: the last lines that a server wrote, in bounded memory, for messages and events.
//
// Used by ManagedServer's thread alone.
//
//   OutputTail tail;
//   tail.add("loading model\nerror: out of me");
//   tail.add("mory\n");
//   tail.lines(1);   // "error: out of memory"
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assay::backends {

class OutputTail {
 public:
  static constexpr size_t kBytesMax = 16 * 1024;

  void add(std::string_view bytes);
  // The last `count` lines that are not blank, joined by line feeds; valid UTF-8 without control
  // characters.
  [[nodiscard]] std::string lines(size_t count) const;

 private:
  std::string text_;
};

}  // namespace assay::backends
