#include "backends/codec/reasoning_splitter.h"

#include <algorithm>
#include <utility>

namespace assay::backends {
namespace {

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

size_t blank_prefix(std::string_view text) {
  size_t n = 0;
  while (n < text.size() && is_blank(text[n])) ++n;
  return n;
}

}  // namespace

ReasoningSplitter::ReasoningSplitter(ReasoningOptions options) : options_(std::move(options)) {
  std::erase_if(options_.tags,
                [](const auto& pair) { return pair.first.empty() || pair.second.empty(); });
  for (const auto& [opening, closing] : options_.tags) {
    for (const char c : {opening.front(), closing.front()}) {
      if (first_bytes_.find(c) == std::string::npos) first_bytes_ += c;
    }
  }
  pair_ = options_.tags.size();
  literal_openings_.resize(options_.tags.size());
  if (options_.opened_by_template && !options_.off) state_ = State::kReasoning;
}

void ReasoningSplitter::feed(std::string_view text, const Take& take) {
  if (held_.empty()) {
    run(text, take);
    return;
  }
  std::string joined = std::exchange(held_, {});
  joined += text;
  run(joined, take);
}

void ReasoningSplitter::finish(const Take& take) {
  const std::string rest = std::exchange(held_, {});
  if (!rest.empty()) take(open() && !options_.off ? Channel::kReasoning : Channel::kAnswer, rest);
}

void ReasoningSplitter::run(std::string_view text, const Take& take) {
  while (!text.empty()) {
    if (options_.off) {
      take(Channel::kAnswer, text);
      return;
    }
    size_t taken = 0;
    switch (state_) {
      case State::kStart:
      case State::kBetween:
        taken = step_before_answer(text, take);
        break;
      case State::kReasoning:
        taken = step_reasoning(text, take);
        break;
      case State::kAnswer:
        taken = step_answer(text, take);
        break;
    }
    if (taken == 0) {
      held_ = text;
      return;
    }
    text.remove_prefix(taken);
  }
}

size_t ReasoningSplitter::step_before_answer(std::string_view text, const Take& take) {
  if (const size_t blank = blank_prefix(text); blank > 0) {
    take(Channel::kAnswer, text.substr(0, blank));
    return blank;
  }
  const Tag tag = match(text, true, !had_block_);
  switch (tag.match) {
    case Match::kPartial:
      return 0;
    case Match::kOpening:
      state_ = State::kReasoning;
      pair_ = tag.pair;
      blank_so_far_ = false;
      return tag.length;
    case Match::kClosing:
      lone_close_ = true;
      had_block_ = true;
      state_ = State::kBetween;
      return tag.length;
    case Match::kNone:
      break;
  }
  state_ = State::kAnswer;
  return step_answer(text, take);
}

size_t ReasoningSplitter::step_reasoning(std::string_view text, const Take& take) {
  if (blank_so_far_) {
    // Some servers give out the tag that their template had written.
    if (const size_t blank = blank_prefix(text); blank > 0) {
      take(Channel::kReasoning, text.substr(0, blank));
      return blank;
    }
    const Tag tag = match(text, true, false);
    if (tag.match == Match::kPartial) return 0;
    blank_so_far_ = false;
    if (tag.match == Match::kOpening) {
      pair_ = tag.pair;
      return tag.length;
    }
  }
  const auto [at, tag] = find(text, false, true);
  if (at > 0) take(Channel::kReasoning, text.substr(0, at));
  if (tag.match != Match::kClosing) return at;
  had_block_ = true;
  state_ = State::kBetween;
  return at + tag.length;
}

size_t ReasoningSplitter::step_answer(std::string_view text, const Take& take) {
  if (had_block_) {
    take(Channel::kAnswer, text);
    return text.size();
  }
  const auto [at, tag] = find(text, true, true);
  const bool is_tag = tag.match == Match::kOpening || tag.match == Match::kClosing;
  const bool literal = is_tag && is_literal(tag);
  const size_t given = at + (literal ? tag.length : 0);
  if (given > 0) take(Channel::kAnswer, text.substr(0, given));
  if (!is_tag || literal) return given;
  lone_close_ = true;
  had_block_ = true;
  state_ = State::kBetween;
  return at + tag.length;
}

bool ReasoningSplitter::is_literal(const Tag& tag) {
  uint32_t& open = literal_openings_[tag.pair];
  if (tag.match == Match::kOpening) {
    ++open;
    return true;
  }
  if (open == 0) return false;
  --open;
  return true;
}

ReasoningSplitter::Tag ReasoningSplitter::match(std::string_view text, bool openings,
                                                bool closings) const {
  bool partial = false;
  for (size_t i = 0; i < options_.tags.size(); ++i) {
    const auto& [opening, closing] = options_.tags[i];
    if (openings && text.starts_with(opening)) return {Match::kOpening, i, opening.size()};
    const bool ends_block =
        closings && (state_ != State::kReasoning || pair_ == i || pair_ == options_.tags.size());
    if (ends_block && text.starts_with(closing)) return {Match::kClosing, i, closing.size()};
    partial = partial || (openings && opening.starts_with(text)) ||
              (ends_block && closing.starts_with(text));
  }
  return {partial ? Match::kPartial : Match::kNone, 0, 0};
}

std::pair<size_t, ReasoningSplitter::Tag> ReasoningSplitter::find(std::string_view text,
                                                                  bool openings,
                                                                  bool closings) const {
  for (size_t at = text.find_first_of(first_bytes_); at != std::string_view::npos;
       at = text.find_first_of(first_bytes_, at + 1)) {
    const Tag tag = match(text.substr(at), openings, closings);
    if (tag.match != Match::kNone) return {at, tag};
  }
  return {text.size(), Tag{}};
}

}  // namespace assay::backends
