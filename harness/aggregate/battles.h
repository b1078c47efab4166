// Battles: two models' answers to one question and which of them a judge preferred, as JSON lines.
//
// Where it stands: harness/aggregate; read for `assay rank`, turned into ratings by ranking.h. One
// thread; one line in memory at a time.
//
//   Battles battles;
//   std::ifstream in("battles.jsonl", std::ios::binary);
//   ASSAY_TRY_VOID(read_battles(in, "battles.jsonl", {.style = {"length"}}, battles));
//
// One object a line (docs/ranking.md):
//   {"model_a": "x", "model_b": "y", "winner": "model_a" | "model_b" | "tie" | "tie (bothbad)",
//    "item": "q1", "judge": "gpt", "turn": 1, "order": "ab" | "ba",
//    "answer_a": "...", "answer_b": "...", "covariates": {"name": [a, b] or a - b}}
// The first three are needed. model_a was shown first unless order is "ba". Covariates that are
// asked for must be in every line; length, headers, bold and lists are counted from the answers
// where `covariates` does not give them. Other members are ignored. Empty lines are skipped.
#pragma once

#include <cstdint>
#include <istream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/base/result.h"

namespace assay::aggregate {

inline constexpr size_t kBattlesMax = 5'000'000;
inline constexpr size_t kBattleModelsMax = 1000;
inline constexpr size_t kBattleLineBytesMax = 16UL << 20;
inline constexpr size_t kBattleNameBytesMax = 512;
inline constexpr size_t kStyleMax = 32;
inline constexpr double kCovariateMax = 1e12;  // in size

enum class BattleWinner : uint8_t { kA, kB, kTie };

struct BattleRow {
  uint32_t a = 0;  // index into models
  uint32_t b = 0;
  uint32_t item = 0;   // index into items; 0: none was named
  uint32_t judge = 0;  // index into judges; 0: none was named
  int32_t turn = 0;
  BattleWinner winner = BattleWinner::kTie;
  bool a_first = true;
};

// Names by number, in order of first appearance.
class NameTable {
 public:
  NameTable() = default;
  // With a name for "none" at 0.
  explicit NameTable(std::string none) { number(std::move(none)); }
  uint32_t number(std::string name);
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] size_t size() const { return names_.size(); }

 private:
  std::vector<std::string> names_;
  std::unordered_map<std::string, uint32_t> numbers_;
};

struct Battles {
  NameTable models;
  NameTable items{""};
  NameTable judges{""};
  std::vector<BattleRow> rows;
  std::vector<std::string> style;  // names of covariates
  // [rows × style]: (a - b) / (|a| + |b|) of two values (0 when both are 0), a difference as given.
  std::vector<double> covariates;
};

struct BattleOptions {
  std::vector<std::string> style;
};

// Appends. Errors name file and line: a line that is no JSON object or too long, a member that is
// missing or of another type, an unknown winner, a covariate that is missing or out of range, more
// battles or models than the limits; a file that cannot be read.
Result<void> read_battles(std::istream& in, const std::string& name, const BattleOptions& options,
                          Battles& battles);

}  // namespace assay::aggregate
