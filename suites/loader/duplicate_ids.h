// DuplicateIds: finds ids that occur twice among millions, in eight bytes an id.
//
// It keeps a 64-bit hash of each id. Ids whose hashes are equal are suspects: the caller reads them
// again and compares (two different ids may share a hash; that costs time, never an error).
//
//   DuplicateIds ids;
//   ids.add("a"); ids.add("b"); ids.add("a");
//   ids.suspects()                               // the hash of "a"
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace assay::suites {

class DuplicateIds {
 public:
  static uint64_t hash_of(std::string_view id) { return std::hash<std::string_view>()(id); }
  void add(std::string_view id) {
    const uint64_t hash = hash_of(id);
    buckets_[hash >> kShift].push_back(hash);
  }
  // Sorted hashes that occur more than once. Frees what add() kept.
  std::vector<uint64_t> suspects();

 private:
  // Many small tables instead of one large one, so that growing one never doubles them all.
  static constexpr int kBucketBits = 6;
  static constexpr int kShift = 64 - kBucketBits;
  std::array<std::vector<uint64_t>, size_t{1} << kBucketBits> buckets_;
};

}  // namespace assay::suites
