// ASSAY_CHECK: an assertion about the program itself, on in release builds too. It prints and
// aborts; it is never used for input, files or models (those are Result or data).
//
//   ASSAY_CHECK(index < size(), "index {} of {}", index, size());
#pragma once

#include <fmt/format.h>

namespace assay {
[[noreturn]] void check_failed(const char* file, int line, const char* condition,
                               const std::string& message);
}  // namespace assay

#define ASSAY_CHECK(condition, ...)                                                    \
  do {                                                                                 \
    if (!(condition)) [[unlikely]] {                                                   \
      ::assay::check_failed(__FILE__, __LINE__, #condition, fmt::format(__VA_ARGS__)); \
    }                                                                                  \
  } while (false)
