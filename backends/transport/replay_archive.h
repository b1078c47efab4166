// ReplayArchive: the stored replies of one model of a run file, found by (suite, sample id,
// repeat).
//
// Filled before the clock starts: one pass over the run file copies the replies, already as lines
// of the codec, into an unlinked temporary file; memory holds 16 bytes an item. So the loop thread
// never waits for a query, and a run of any size can be replayed.
//
//   ReplayArchive archive;
//   ASSAY_TRY_VOID(archive.load(store, "tesseract:eng", suite_name));
//   ASSAY_TRY(std::optional<StoredReply> reply, archive.find(suite_name, "receipt-1", 0));
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/api/run_store.h"
#include "harness/base/clock.h"

namespace assay::backends {

struct StoredReply {
  std::string bytes;           // events of the lines codec
  uint32_t reasoning_end = 0;  // where the reasoning event ends in `bytes`
  uint32_t answer_end = 0;     // where the answer event ends
  Outcome outcome = Outcome::kOk;
  std::string error;
  Nanos latency{0};       // of the whole reply
  Nanos first_token{-1};  // after sent; below 0: not known
  Nanos first_answer{-1};
};

class ReplayArchive {
 public:
  // Adds the replies of one suite. Cancelled attempts are left out: nothing was said.
  Result<void> load(const RunStore& store, const ModelInfo& model, const SuiteInfo& suite);
  // Nothing when there is no such reply; an error when the temporary file cannot be read.
  [[nodiscard]] Result<std::optional<StoredReply>> find(std::string_view suite,
                                                        std::string_view sample_id,
                                                        uint32_t repeat) const;
  [[nodiscard]] size_t size() const { return index_.size(); }

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  Result<void> add(const std::string& key, const StoredReply& reply);
  [[nodiscard]] Result<StoredReply> read_at(uint64_t offset, std::string& key) const;

  std::unique_ptr<std::FILE, CloseFile> file_;
  uint64_t end_ = 0;
  std::vector<std::pair<uint64_t, uint64_t>> index_;  // hash of key, offset; sorted after load()
};

}  // namespace assay::backends
