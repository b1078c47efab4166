#include "suites/score/metrics/ter.h"

#include <algorithm>
#include <tuple>

#include "suites/score/metrics/beam_distance.h"
#include "suites/score/metrics/python_text.h"

namespace assay::suites {
namespace {

constexpr size_t kShiftWordsMax = 10;         // Tercom-inspired, as sacreBLEU has it
constexpr size_t kShiftDistanceMax = 50;      // the same
constexpr size_t kShiftCandidatesMax = 1000;  // sacreBLEU's own

// How the hypothesis lies on the reference along the path of the edit distance.
struct Alignment {
  std::vector<int64_t> of_reference;      // place in the hypothesis, -1: before its beginning
  std::vector<size_t> hypothesis_errors;  // [length + 1], errors before each place
  std::vector<size_t> reference_errors;
  [[nodiscard]] bool hypothesis_wrong(size_t first, size_t length) const {
    return hypothesis_errors[first + length] > hypothesis_errors[first];
  }
  [[nodiscard]] bool reference_wrong(size_t first, size_t length) const {
    return reference_errors[first + length] > reference_errors[first];
  }
};

Alignment align(const std::string& path) {
  Alignment out;
  out.hypothesis_errors.push_back(0);
  out.reference_errors.push_back(0);
  int64_t at = -1;
  for (const char step : path) {
    const size_t error = step == ' ' ? 0 : 1;
    if (step != 'i') {  // a word of the hypothesis
      ++at;
      out.hypothesis_errors.push_back(out.hypothesis_errors.back() + error);
    }
    if (step != 'd') {  // a word of the reference
      out.of_reference.push_back(at);
      out.reference_errors.push_back(out.reference_errors.back() + error);
    }
  }
  return out;
}

// Words [start, start + length) moved to `target`, which counts places before the move. Returns the
// first place that changed.
size_t shift(std::span<const uint32_t> words, size_t start, size_t length, size_t target,
             std::vector<uint32_t>& out) {
  out.assign(words.begin(), words.end());
  const auto begin = out.begin();
  const auto place = [&](size_t at) {
    return begin + static_cast<std::ptrdiff_t>(std::min(at, words.size()));
  };
  if (target < start) {
    std::rotate(place(target), place(start), place(start + length));
    return target;
  }
  // To a place within the block itself: so many words further on.
  const size_t end = target > start + length ? target : length + target;
  std::rotate(place(start), place(start + length), place(end));
  return start;
}

struct Shift {
  int64_t gain = 0;
  size_t length = 0;
  size_t start = 0;
  size_t target = 0;
  // Tercom's ranking: gain, then longer, then earlier, then to an earlier place.
  [[nodiscard]] bool better_than(const Shift& other) const {
    return std::tuple(gain, length, other.start, other.target) >
           std::tuple(other.gain, other.length, start, target);
  }
};

// One round: looks for the best shift of the current words.
class ShiftSearch {
 public:
  ShiftSearch(std::span<const uint32_t> reference, BeamDistance& distance, size_t& candidates)
      : words_(distance.base()),
        reference_(reference),
        distance_(distance),
        candidates_(candidates),
        alignment_(align(distance.base_path())) {}

  std::optional<Shift> best() {
    for (size_t h = 0; h < words_.size(); ++h) {
      const size_t first = h > kShiftDistanceMax ? h - kShiftDistanceMax : 0;
      const size_t end = std::min(reference_.size(), h + kShiftDistanceMax + 1);
      for (size_t r = first; r < end; ++r) {
        if (!try_blocks(h, r)) return best_;
      }
    }
    return best_;
  }

 private:
  // Every block that begins at these two places. False: enough was tried.
  bool try_blocks(size_t h, size_t r) {
    for (size_t length = 0; length < kShiftWordsMax && h + length < words_.size() &&
                            r + length < reference_.size() &&
                            words_[h + length] == reference_[r + length];) {
      ++length;
      if (!is_worth_trying(h, r, length)) continue;
      try_targets(h, r, length);
      if (candidates_ >= kShiftCandidatesMax) return false;
    }
    return true;
  }

  // Both sides have an error there, and the target is outside the block.
  [[nodiscard]] bool is_worth_trying(size_t h, size_t r, size_t length) const {
    const int64_t target = alignment_.of_reference[r];
    const auto first = static_cast<int64_t>(h);
    return alignment_.hypothesis_wrong(h, length) && alignment_.reference_wrong(r, length) &&
           !(first <= target && target < first + static_cast<int64_t>(length));
  }

  void try_targets(size_t h, size_t r, size_t length) {
    int64_t previous = -1;
    for (size_t k = 0; k <= length; ++k) {  // the place of the reference word before, then of each
      const size_t word = r + k;
      const int64_t target = word == 0 ? 0 : alignment_.of_reference[word - 1] + 1;
      if (target == previous) continue;
      previous = target;
      ++candidates_;
      Shift candidate{0, length, h, static_cast<size_t>(target)};
      const size_t changed = shift(words_, h, length, candidate.target, shifted_);
      candidate.gain = static_cast<int64_t>(distance_.base_cost()) -
                       static_cast<int64_t>(distance_.cost(shifted_, changed));
      if (!best_ || candidate.better_than(*best_)) best_ = candidate;
    }
  }

  std::span<const uint32_t> words_;
  std::span<const uint32_t> reference_;
  BeamDistance& distance_;
  size_t& candidates_;
  Alignment alignment_;
  std::optional<Shift> best_;
  std::vector<uint32_t> shifted_;
};

}  // namespace

size_t translation_edits(std::span<const uint32_t> hypothesis,
                         std::span<const uint32_t> reference) {
  if (reference.empty()) return hypothesis.size();
  if (hypothesis.empty()) return reference.size();
  BeamDistance distance(reference, hypothesis.size());
  distance.set_base({hypothesis.begin(), hypothesis.end()});
  size_t shifts = 0;
  size_t candidates = 0;
  while (true) {
    const std::optional<Shift> best = ShiftSearch(reference, distance, candidates).best();
    // The round in which the limit is reached makes no shift: the reference's choice.
    if (candidates >= kShiftCandidatesMax || !best || best->gain <= 0) break;
    std::vector<uint32_t> shifted;
    shift(distance.base(), best->start, best->length, best->target, shifted);
    distance.set_base(std::move(shifted));
    ++shifts;
  }
  return shifts + distance.base_cost();
}

double TerCount::score() const {
  if (reference_length > 0) return 100 * (edits / reference_length);
  return edits > 0 ? 100 : 0;
}

std::optional<TerCount> count_ter(const TercomOptions& options, std::string_view hypothesis,
                                  std::span<const std::string_view> references) {
  std::vector<std::string> texts;  // the words are views into these
  texts.reserve(references.size() + 1);
  texts.push_back(tercom_tokenize(options, python_rstrip(hypothesis)));
  for (const std::string_view reference : references) {
    texts.push_back(tercom_tokenize(options, python_rstrip(reference)));
  }
  WordIds ids;
  std::vector<std::vector<uint32_t>> words;
  words.reserve(texts.size());
  for (const std::string& text : texts) {
    words.push_back(ids.all(python_split(text)));
    if (words.back().size() > kTerWordsMax) return std::nullopt;
  }
  TerCount count;
  size_t fewest = SIZE_MAX;
  size_t lengths = 0;
  for (size_t i = 1; i < words.size(); ++i) {
    fewest = std::min(fewest, translation_edits(words[0], words[i]));
    lengths += words[i].size();
  }
  if (references.empty()) return count;
  count.edits = static_cast<double>(fewest);
  count.reference_length = static_cast<double>(lengths) / static_cast<double>(references.size());
  return count;
}

}  // namespace assay::suites
