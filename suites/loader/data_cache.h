// DataCache: data that came over the network, kept by content hash.
//
// Where it stands: below remote_file (one file by URL) and hub_rows (sets of Hugging Face). Any
// number of processes may share one folder: files appear whole (written beside, then renamed), and
// who downloads holds a lock, so that another process waits for the file instead of fetching it
// again. A killed process leaves no lock.
//
//   DIR/data/<sha256>                the bytes of a file
//   DIR/urls/<sha256 of URL>.json    what an unpinned URL gave: {"url","sha256","bytes","fetched"}
//   DIR/hub/<set>/<revision>/        one split: rows.jsonl, images/, manifest.json
//
//   ASSAY_TRY(const CacheLock lock, CacheLock::take(cache.lock_path("urls", url), fetcher));
//   if (!is_file(cache.data_path(sha256))) ...
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/api/fetcher.h"
#include "harness/base/json_fwd.h"
#include "harness/base/result.h"

namespace assay::suites {

// --cache-dir where given, else $ASSAY_CACHE, $XDG_CACHE_HOME/assay or ~/.cache/assay; empty: none
// of them is set.
std::string cache_folder(const std::string& given);

class DataCache {
 public:
  explicit DataCache(std::string folder) : folder_(std::move(folder)) {}

  [[nodiscard]] std::string data_path(const std::string& sha256) const;
  [[nodiscard]] std::string note_path(const std::string& url) const;
  // Of the set's folder for one configuration and split, named for people and unmistakable.
  [[nodiscard]] std::string hub_path(const std::string& name, std::string_view identity) const;
  // A name for a file that does not exist yet, beside the data, on the same file system.
  [[nodiscard]] std::string part_path(std::string_view identity) const;
  [[nodiscard]] std::string lock_path(std::string_view identity) const;
  [[nodiscard]] const std::string& folder() const { return folder_; }

 private:
  std::string folder_;
};

// "org/a set" → "org-a-set": what may stand in a file name, at most 80 bytes.
std::string name_for_path(std::string_view text);

// Exclusive among processes until destroyed. A file system without locks gives one that locks
// nothing: then two processes may both download, and the last rename wins with equal bytes.
class CacheLock {
 public:
  // Waits while another process downloads; kInterrupted where the user stopped.
  static Result<CacheLock> take(const std::string& path, Fetcher& fetcher);
  CacheLock(CacheLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  CacheLock& operator=(CacheLock&&) = delete;
  CacheLock(const CacheLock&) = delete;
  CacheLock& operator=(const CacheLock&) = delete;
  ~CacheLock();

 private:
  explicit CacheLock(int fd) : fd_(fd) {}
  int fd_;
};

Result<void> make_folder(const std::string& path);
// Beside `path` first and then renamed; on disk before it has the name.
Result<void> write_whole(const std::string& path, std::string_view text);
// Flushed to disk, then `from` is called `to`.
Result<void> move_into_place(const std::string& from, const std::string& to);
// A JSON object; nullopt: there is none that can be read (a cache may always be rebuilt).
std::optional<Json> read_note(const std::string& path);

}  // namespace assay::suites
