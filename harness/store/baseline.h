// Baseline: a pinned run file, and the log beside it that says who put it there, when and why.
//
// Where it stands: harness/store; called by app/cmd_baseline.cc, and by whoever wants to know
// whether a baseline is what its log says. One thread; everything blocks.
//
//   ASSAY_TRY(BaselineUpdate update, BaselineUpdate::prepare("new.assay", "baseline.assay"));
//   BaselineEntry entry{.utc = now, .who = who, .why = why, .run_hash = hash};
//   ASSAY_TRY_VOID(update.log(entry));       // the line is on disk ...
//   ASSAY_TRY_VOID(update.put_in_place());   // ... before the file counts
//
// The log is JSON lines, one an update, only ever appended to. Its line is written before the file
// is put in place: a process killed between the two leaves the old baseline, which the log knows,
// and the reason of the one that did not come; the other way round a baseline would count of which
// nobody knows whose it is. `prepare` has copied the file by then (beside the baseline, name +
// ".new", hashed on the way), so the last step is one rename.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace assay::store {

// What one model's headline was.
struct BaselineFigure {
  std::string suite;
  std::string model;
  std::string metric;
  std::optional<double> value;
  uint64_t n = 0;
};

struct BaselineEntry {
  std::string utc;
  std::string who;
  std::string why;
  std::string sha256_old;  // of the file that was there; empty: none
  std::string sha256_new;
  std::string run_hash;
  bool forced = false;  // it was incomplete
  std::vector<BaselineFigure> figures;
};

struct BaselineLog {
  std::vector<BaselineEntry> entries;  // oldest first
  std::vector<uint64_t> unreadable;    // 1-based numbers of lines that are no entry
  bool last_is_readable = true;        // the last line is entries.back()
};

inline constexpr uint64_t kBaselineLogBytesMax = uint64_t{64} << 20;

// "baseline.assay" -> "baseline.log.jsonl".
std::string baseline_log_path(const std::string& baseline);

// One line without its end. Bytes that are not UTF-8 become U+FFFD.
std::string baseline_line(const BaselineEntry& entry);
// Never fails: lines that are no entry are named by number. Empty lines are skipped.
BaselineLog parse_baseline_log(std::string_view text);
// Errors: no such file; too large; cannot be read.
Result<BaselineLog> read_baseline_log(const std::string& baseline);

enum class BaselineState : uint8_t {
  kAsLogged,       // the file is the one of the last line
  kNotPutInPlace,  // the last line's update was cut short: the file is still the one before
  kChanged,        // the file is neither
  kMissing,        // there is no file
};
struct BaselineCheck {
  BaselineState state = BaselineState::kMissing;
  std::string sha256;  // of the file; empty where there is none
};
// The file against its log's last line. Errors: as read_baseline_log; a log without an entry; a
// last line that is none.
Result<BaselineCheck> check_baseline(const std::string& baseline, const BaselineLog& log);

class BaselineUpdate {
 public:
  // Locks the log (created when absent), copies `run` beside `baseline` and hashes both. Errors:
  // `run` is no run file, is being written or was left by a killed writer, is `baseline` itself;
  // another update goes on; the folder cannot be written.
  static Result<BaselineUpdate> prepare(const std::string& run, const std::string& baseline);
  ~BaselineUpdate();
  BaselineUpdate(BaselineUpdate&& other) noexcept;
  BaselineUpdate& operator=(BaselineUpdate&&) = delete;

  // Of the copy: what was hashed is what will be put in place, so look at this one.
  [[nodiscard]] const std::string& copy() const;
  // Appends the line, flushed to the disk. Sets the two hashes of `entry`. Once, before
  // put_in_place.
  Result<void> log(BaselineEntry& entry);
  // Renames the copy over the baseline. Without it the destructor removes the copy.
  Result<void> put_in_place();

 private:
  struct State;
  explicit BaselineUpdate(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace assay::store
