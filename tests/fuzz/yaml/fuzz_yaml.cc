// The YAML tree over any bytes: an error or a tree whose every value has a place and turns into
// JSON.
#include <cstdint>
#include <string_view>

#include "harness/base/json.h"
#include "harness/base/yaml_tree.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kBytesMax = 4096;  // larger ones find nothing new and take long
  if (size > kBytesMax) return 0;
  const auto node = assay::read_yaml({reinterpret_cast<const char*>(data), size}, "fuzz.yaml");
  if (node) {
    (void)assay::dump_json(node->to_json());
    (void)node->place();
  }
  return 0;
}
