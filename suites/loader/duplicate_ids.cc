#include "suites/loader/duplicate_ids.h"

#include <algorithm>
#include <utility>

namespace assay::suites {

std::vector<uint64_t> DuplicateIds::suspects() {
  std::vector<uint64_t> found;
  for (std::vector<uint64_t>& bucket : buckets_) {
    std::vector<uint64_t> hashes = std::move(bucket);
    bucket.clear();
    std::sort(hashes.begin(), hashes.end());
    for (size_t i = 1; i < hashes.size(); ++i) {
      if (hashes[i] == hashes[i - 1] && (found.empty() || found.back() != hashes[i])) {
        found.push_back(hashes[i]);
      }
    }
  }
  return found;  // sorted: buckets go by the highest bits
}

}  // namespace assay::suites
