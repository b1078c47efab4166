// ReasoningSplitter: the one state machine that separates a model's thinking from its answer where
// both come as one text with tags.
//
// Where it stands: inside ReplyBuilder, fed with the text of the answer channel as it arrives, cut
// anywhere (also inside a tag or a UTF-8 character). Decode thread.
//
// Cases, with the bytes kept exactly (only the tags themselves are dropped):
//   "<think>a</think>b"    reasoning "a", answer "b"       paired; only white space may stand
//   before
//                                                          the opening tag, and it belongs to
//                                                          neither channel's trimming: it stays in
//                                                          the answer
//   "a</think>b"           reasoning "a", answer "b"       the chat template had opened the tag
//   "<think>a"             reasoning "a", answer ""        opened and never closed
//   "a" with opened_by_template                            the same: all reasoning
//   a tag behind answer text                               literal text: models write about tags
//   another opening tag directly behind a closed block (white space between)   more reasoning
// A separate reasoning field in the same reply makes tags literal: ReplyBuilder::reasoning() calls
// take_tags_literally().
//
//   ReasoningSplitter splitter(options);
//   splitter.feed(text, [&](Channel channel, std::string_view part) { ... });
//   splitter.finish([&](Channel channel, std::string_view part) { ... });   // what was held back
//   if (splitter.closed_without_opening()) ...     // what was given out as answer was reasoning
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/types/chunk_log.h"

namespace assay::backends {

struct ReasoningOptions {
  // Tried in this order; the pair whose opening tag came decides which closing tag ends it.
  std::vector<std::pair<std::string, std::string>> tags = {
      {"<think>", "</think>"}, {"<thinking>", "</thinking>"},     {"<reasoning>", "</reasoning>"},
      {"[THINK]", "[/THINK]"}, {"<seed:think>", "</seed:think>"}, {"◁think▷", "◁/think▷"},
  };
  bool opened_by_template = false;  // the prompt ended with an opening tag
  bool off = false;                 // tags are literal text always
};

class ReasoningSplitter {
 public:
  using Take = std::function<void(Channel, std::string_view)>;
  enum class State : uint8_t { kStart, kReasoning, kBetween, kAnswer };

  explicit ReasoningSplitter(ReasoningOptions options);
  void feed(std::string_view text, const Take& take);
  void finish(const Take& take);
  void take_tags_literally() { options_.off = true; }

  [[nodiscard]] State state() const { return state_; }
  // A closing tag came and none had opened: everything before it was reasoning. True from that
  // moment on; the caller moves what it already has (ReplyBuilder does).
  [[nodiscard]] bool closed_without_opening() const { return lone_close_; }
  // Reasoning was begun (by a tag or the template) and not ended.
  [[nodiscard]] bool open() const { return state_ == State::kReasoning; }

 private:
  ReasoningOptions options_;
  State state_ = State::kStart;
  std::string held_;  // may be the beginning of a tag
  size_t pair_ = 0;   // of the open block
  bool lone_close_ = false;
};

}  // namespace assay::backends
