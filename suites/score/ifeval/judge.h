// Which instructions a reply follows, strictly and loosely.
//
// Where it stands: under the scorer `ifeval`. Pure, any thread.
//
// Strict: the reply as it is. Loose: any of eight versions: as it is; without its first line, its
// last line, or both (each then stripped); and each of these without asterisks. A version that is
// only white space follows nothing.
//
// Source: google-research/google-research instruction_following_eval/evaluation_lib.py.
//
//   std::vector<std::unique_ptr<Instruction>> instructions = ...;
//   const Judgement judged = judge_reply(instructions, reply);
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "suites/score/ifeval/instruction.h"

namespace assay::suites::ifeval {

inline constexpr size_t kVersions = 8;

struct Judgement {
  std::vector<bool> strict;  // in the order of the instructions
  std::vector<bool> loose;
  std::string cannot;  // why it cannot be told, with the instruction's position; empty otherwise
};

// `reply`: valid UTF-8.
Judgement judge_reply(const std::vector<std::unique_ptr<Instruction>>& instructions,
                      std::string_view reply);

// Version 0 is the reply itself.
std::string reply_version(std::string_view reply, size_t version);

}  // namespace assay::suites::ifeval
