// Table: what the operating characteristics program prints, one experiment after the other.
//
// Where it stands: bench/characteristics. main.cc owns the table and calls each experiment of its
// list with it; an experiment adds a section and its rows. One thread.
//
//   void sequential_characteristics(Table& table, const Effort& effort) {
//     table.section("Sequential stopping", "identical models, 10 % flips, n up to 640");
//     table.row("false alarm, e-process", Share{.hits = 31, .runs = effort.runs}, "<= 5 %");
//     table.row("items to stop at -10 points", 212, "median items");
//   }
//
// To add an experiment: declare it in experiments.h, one line in the list of main.cc, its source
// among assay_characteristics_parts in CMakeLists.txt.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace assay::bench {

// How much work an experiment may do, and where its chance begins: every stream is Rng(seed, a
// number of the experiment, run, ...), so that the same effort gives the same table.
struct Effort {
  uint32_t runs = 20'000;  // simulated data sets of a cheap experiment; a dear one takes a part
  uint64_t seed = 20261128;
};

// How often something happened.
struct Share {
  uint64_t hits = 0;
  uint64_t runs = 0;
  [[nodiscard]] double value() const {
    return runs == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(runs);
  }
};

struct TableRow {
  std::string setting;   // "wilson, p = 0.9, n = 30"
  std::string figure;    // "95.1 % +- 0.3", "212"
  std::string expected;  // "95 %", "<= 5 %", "median items"; empty: only shown
  double value = 0;      // of the figure, for tests; a share is 0..1
};

struct TableSection {
  std::string title;
  std::string note;  // what was simulated
  std::vector<TableRow> rows;
};

class Table {
 public:
  // Rows that follow belong to it.
  void section(std::string title, std::string note);
  // Prints "95.1 % +- 0.3", the half width of the share's 95 % interval in points. A section comes
  // first.
  void row(std::string setting, const Share& share, std::string expected);
  void row(std::string setting, double value, std::string expected);

  [[nodiscard]] const std::vector<TableSection>& sections() const { return sections_; }
  // The value of a row by its setting, in the section of this title; NaN: there is none.
  [[nodiscard]] double value(const std::string& title, const std::string& setting) const;
  // Markdown.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<TableSection> sections_;
};

}  // namespace assay::bench
