// Sets of Hugging Face through the rows API of its datasets-server: one split becomes rows.jsonl
// and a folder of pictures in the cache.
//
// Where it stands: called by split.cc for a DataSource with `hub`; pages are read by hub_page,
// bytes come through Fetcher. Main thread, before the clock. A page of 100 rows after another; a
// killed download goes on after the last whole page. The server has only the newest revision: its
// name is recorded, a pinned one must be it, and rows of two revisions are never mixed. Pictures
// are fetched with their page, because their URLs expire, and named by their sha256.
//
//   ASSAY_TRY(const std::optional<HubFiles> files, obtain_hub(source, access));
//   files->rows_path                      //
//   ".../hub/openai-gsm8k-main-test-1f3a.../main/rows.jsonl"
//
// HF_TOKEN (or HUGGING_FACE_HUB_TOKEN) opens gated sets; ASSAY_HF_ENDPOINT names a mirror.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "harness/base/result.h"
#include "suites/loader/data_access.h"
#include "suites/loader/suite_file.h"

namespace assay::suites {

inline constexpr uint64_t kHubPageRows = 100;                        // the server's own limit
inline constexpr uint64_t kHubPageBytesMax = uint64_t{64} << 20;     // longer: fewer rows a page
inline constexpr uint64_t kHubPictureBytesMax = uint64_t{64} << 20;  // one picture
inline constexpr uint64_t kHubBytesMax = uint64_t{16} << 30;         // rows and pictures of a split

struct HubFiles {
  std::string rows_path;
  std::string images_dir;
  std::string revision;  // as the server named it; empty: it did not
  uint64_t rows = 0;
  bool partial = false;
};

// What is in the cache; its content is not looked at.
std::optional<HubFiles> cached_hub(const DataSource& source, const DataAccess& access);
// The files, their rows checked against the hash that was noted; fetched where they must be and may
// be. nullopt: not in the cache, and the network is not to be used. Errors: a set, configuration,
// split or revision that is not there; a gated set; a partial one where the suite does not allow
// it; what the network or the disk refused.
Result<std::optional<HubFiles>> obtain_hub(const DataSource& source, const DataAccess& access);

// The names in a hub source are ones the server can have: said when a suite is read.
Result<void> check_hub_names(const DataSource& source);

}  // namespace assay::suites
