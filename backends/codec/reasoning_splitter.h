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
//   an opening tag behind answer text                      literal text, and so is the closing tag
//                                                          that pairs with it: models write about
//                                                          tags
//   a closing tag behind an answer that had its block      literal text
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
  // The prompt ended with an opening tag: any pair's closing tag ends the block. A reply that
  // begins with an opening tag all the same has it dropped.
  bool opened_by_template = false;
  bool off = false;  // tags are literal text always
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
  enum class Match : uint8_t { kNone, kPartial, kOpening, kClosing };
  struct Tag {
    Match match = Match::kNone;
    size_t pair = 0;
    size_t length = 0;
  };

  void run(std::string_view text, const Take& take);
  // Each takes a beginning of the text, at least one byte unless the rest may be a tag.
  size_t step_before_answer(std::string_view text, const Take& take);
  size_t step_reasoning(std::string_view text, const Take& take);
  size_t step_answer(std::string_view text, const Take& take);
  [[nodiscard]] bool is_literal(const Tag& tag);
  [[nodiscard]] Tag match(std::string_view text, bool openings, bool closings) const;
  // The first place where such a tag stands or may begin.
  [[nodiscard]] std::pair<size_t, Tag> find(std::string_view text, bool openings,
                                            bool closings) const;

  ReasoningOptions options_;
  State state_ = State::kStart;
  std::string first_bytes_;  // of all tags
  std::string held_;         // may be the beginning of a tag
  size_t pair_;              // of the open block; the number of pairs: any (the template opened it)
  std::vector<uint32_t> literal_openings_;  // of each pair, in answer text, not closed
  bool lone_close_ = false;
  bool had_block_ = false;    // tags behind the answer's beginning are text
  bool blank_so_far_ = true;  // of a block that the template opened
};

}  // namespace assay::backends
