#include "backends/transport/progress_filter.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace assay::backends {
namespace {

struct Case {
  std::vector<std::string_view> chunks;
  std::vector<bool> progress;
};

TEST(ProgressFilter, CommentsAndBlankLinesAreNone) {
  const std::vector<Case> cases{
      {{"data: x\n\n"}, {true}},
      {{"{\"id\""}, {true}},
      {{""}, {false}},
      {{"\n\r\n\n"}, {false}},
      {{": keep-alive\n\n", ": keep-alive\r\n\r\n"}, {false, false}},
      {{": keep", "-alive data: x\n", "data: y\n"}, {false, false, true}},
      {{":\n\n:\n\ndata: x"}, {true}},
      {{"data: x\n\n", ": ping\n\n", "data: y\n\n"}, {true, false, true}},
      {{"data: x\n\n: pi", "ng\n\n", "data: y\n\n"}, {true, false, true}},
      {{"data: a", ": b\n"}, {true, true}},  // not at the start of a line
      {{"data: a", "\n"}, {true, true}},
      {{"data: a\n", "\n", ":\n"}, {true, false, false}},
  };
  for (const Case& c : cases) {
    ProgressFilter filter;
    for (size_t i = 0; i < c.chunks.size(); ++i)
      EXPECT_EQ(filter.feed(c.chunks[i]), c.progress[i]) << c.chunks[i];
  }
}

}  // namespace
}  // namespace assay::backends
