// What a reply says, before any wire format writes it: for the table of reasoning cases.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "backends/codec/wire_json.h"
#include "harness/base/json.h"
#include "harness/types/chunk_log.h"

namespace assay::backends::test {

struct Delta {
  Channel channel = Channel::kAnswer;  // kReasoning: of the format's own field or block
  std::string text;                    // bytes; may be cut inside a character
};

struct ReasoningReply {
  std::vector<Delta> deltas;
  bool length = false;  // the token limit ended it
  int64_t output_tokens = -1;
  int64_t reasoning_tokens = -1;
};

inline std::string text_of(const ReasoningReply& reply, Channel channel) {
  std::string text;
  for (const Delta& delta : reply.deltas) {
    if (delta.channel == channel) text += delta.text;
  }
  return text;
}

}  // namespace assay::backends::test
