// A data file named by URL: looked for in the cache, fetched into it where the network may be used.
//
// Called by split.cc. A file whose sha256 is known is kept by it and checked each time; of an
// unpinned one the hash is noted at the first fetch and the same bytes are used from then on.
//
//   ASSAY_TRY(const std::optional<std::string> path, obtain_url(source, access));
#pragma once

#include <optional>
#include <string>

#include "harness/base/result.h"
#include "suites/loader/data_access.h"
#include "suites/loader/suite_file.h"

namespace assay::suites {

inline constexpr uint64_t kRemoteFileBytesMax = uint64_t{8} << 30;

// The cached copy; nullopt: there is none. Its content is not looked at here.
std::optional<std::string> cached_url(const DataSource& source, const DataAccess& access);
// The file's path in the cache, its bytes checked; fetched where it must be and may be. nullopt: it
// is not in the cache and the network is not to be used (or there is no cache, or the URL is that
// of a folder). Errors: a status, another sha256 than expected (the file is then not kept).
Result<std::optional<std::string>> obtain_url(const DataSource& source, const DataAccess& access);

// The token for `url` from HF_TOKEN or HUGGING_FACE_HUB_TOKEN; empty: none, or not for this host.
std::string hub_token_for(const std::string& url);
// https://datasets-server.huggingface.co, or $ASSAY_HF_ENDPOINT.
std::string hub_endpoint();

}  // namespace assay::suites
