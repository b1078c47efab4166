// Which of the given choices a free answer picks, by its letter, number or text.
//
//   const ChoiceReader reader;                                     // compiled once
//   reader.read("The answer is (B).", {"Seoul", "Busan"}).index    // 1
//   reader.read("A or B", {"Seoul", "Busan"}).reason               // "two answers: A and B"
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "suites/extract/pattern.h"

namespace assay::suites {

struct PickedChoice {
  std::optional<size_t> index;
  std::string reason;  // why there is none
  bool limit = false;  // the reader gave up: unscored
};

// The labels of choice i: letter ('A' + i), number (i + 1), Korean (가 나 다 ... 하). NFKC makes ①
// and ⑴ numbers, Ａ and Ⓐ letters, ㉮ Korean ones, before anything is looked at.
inline constexpr size_t kChoicesMax =
    26;  // beyond it a choice has a number and its text, no letter
inline constexpr size_t kChoiceAnswerBytesMax = size_t{1} << 20;

// How texts are compared: NFKC, lower case, runs of white space, and _ or - between letters or
// digits, as one space.
std::string choice_key(std::string_view text);

// The choice a target names: its text first, then its letter, number or Korean label. `choices`
// empty: labels only.
std::optional<size_t> target_choice(std::string_view target,
                                    const std::vector<std::string>& choices);
// "A", "B", ...; the number beyond Z.
std::string choice_label(size_t index);

class ChoiceReader {
 public:
  ChoiceReader();
  // Rules, the first that finds something decides (docs/scorers.md has the list with examples):
  //  1 the whole answer is a choice's text or a label
  //  2 the last cue ("answer is", "정답:", \boxed{) that is followed by a label or a choice's text
  //  3 the last line is a label, a label with its text, or a choice's text
  //  4 the first line begins with a label and a mark: "B) ...", "(2) ..."
  //  5 choice texts that stand in the answer as words, longest first
  //  6 labels that stand alone: "(B)", a capital letter, "2번"
  // A rule that finds two different choices gives none, with the reason "two answers".
  // `choices` empty: any letter A-Z, number 1-26 or Korean label.
  [[nodiscard]] PickedChoice read(std::string_view answer,
                                  const std::vector<std::string>& choices) const;

 private:
  Pattern cue_;
};

}  // namespace assay::suites
