// Image headers over any bytes: never a read outside them (the address sanitizer sees it), and what
// is known from a part stays known from the whole.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "suites/loader/image_header.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);  // its own, exact allocation
  const auto whole = assay::suites::read_image_header(bytes);
  const auto part = assay::suites::read_image_header(std::string(bytes, 0, size / 2));
  if (part && !whole) std::abort();
  if (part && part->media_type != whole->media_type) std::abort();
  return 0;
}
