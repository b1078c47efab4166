#include "harness/types/stamp_list.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

ChunkStamp stamp(uint32_t end) { return {end, from_ns(end)}; }

std::vector<uint32_t> ends(const StampList& list) {
  std::vector<uint32_t> out;
  for (const ChunkStamp& one : std::span<const ChunkStamp>(list)) out.push_back(one.end_offset);
  return out;
}

TEST(StampList, KeepsWhatIsAppended) {
  StampList list;
  EXPECT_TRUE(list.empty());
  for (uint32_t i = 1; i <= 5; ++i) {
    list.push_back(stamp(i));
    EXPECT_EQ(list.size(), i);
    EXPECT_EQ(list.back().end_offset, i);
    EXPECT_EQ(list[i - 1].end_offset, i);
  }
  EXPECT_EQ(ends(list), (std::vector<uint32_t>{1, 2, 3, 4, 5}));
  list.back().end_offset = 9;
  EXPECT_EQ(ends(list).back(), 9u);
}

TEST(StampList, TakesAList) {
  for (size_t n = 0; n < 4; ++n) {
    std::vector<ChunkStamp> stamps;
    for (size_t i = 0; i < n; ++i) stamps.push_back(stamp(static_cast<uint32_t>(i)));
    StampList list(stamps);
    EXPECT_EQ(list.size(), n);
    list.push_back(stamp(7));
    EXPECT_EQ(ends(list).size(), n + 1);
    EXPECT_EQ(list.back().end_offset, 7u);
  }
}

TEST(StampList, AMovedOneIsEmpty) {
  for (uint32_t n = 1; n <= 3; ++n) {
    StampList list;
    for (uint32_t i = 0; i < n; ++i) list.push_back(stamp(i));
    const StampList copy = list;
    StampList moved = std::move(list);
    EXPECT_EQ(ends(moved), ends(copy));
    list = StampList();  // may be used again
    EXPECT_TRUE(list.empty());
    list = std::move(moved);
    EXPECT_EQ(ends(list), ends(copy));
  }
}

}  // namespace
}  // namespace assay
