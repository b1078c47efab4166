#include "harness/base/check.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace assay {

void check_failed(const char* file, int line, const char* condition, const std::string& message) {
  std::fprintf(stderr, "%s:%d: internal error, please report it: (%s) does not hold: %s\n", file,
               line, condition, message.c_str());
  std::abort();
}

}  // namespace assay
