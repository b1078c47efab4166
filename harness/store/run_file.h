// Checks on a run file before SQLite touches it, and the lock that keeps a second writer out.
// Called by SqliteStore.
#pragma once

#include <memory>
#include <string>

#include "harness/base/result.h"

namespace assay::store {

// Whether `path` is a run file that this version can read: SQLite header, our application id, a
// known version, all pages there. `exists` false: nothing is there (or an empty file).
struct RunFileState {
  bool exists = false;
  bool unclean = false;  // a write-ahead log lies beside it: the last writer was killed
  int version = 0;
};
Result<RunFileState> inspect_run_file(const std::string& path);

// An exclusive lock on the file, released when this is destroyed (or the process dies). flock(2),
// which does not collide with SQLite's own fcntl locks.
class RunFileLock {
 public:
  static Result<std::unique_ptr<RunFileLock>> acquire(const std::string& path);
  ~RunFileLock();
  RunFileLock(const RunFileLock&) = delete;
  RunFileLock& operator=(const RunFileLock&) = delete;

 private:
  explicit RunFileLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace assay::store
