// DataAccess: where data may come from: the folder of --data, the cache, the network.
//
// Made from LoadOptions by load_suite() and friends (registry.h); used by split, remote_file and
// hub_rows. Plain borrowed values; what it names outlives the loading.
#pragma once

#include <functional>
#include <string>

#include "harness/api/fetcher.h"

namespace assay::suites {

struct LoadOptions;

struct DataAccess {
  std::string data_dir;        // --data; empty: none
  std::string cache_dir;       // --cache-dir; empty: the usual place (data_cache.h)
  bool offline = false;        // --offline: the network is not touched
  Fetcher* fetcher = nullptr;  // null: as offline
  bool refresh = false;        // what is not pinned is fetched again, cached or not
  std::function<void(const std::string&)> note;      // warnings and news for people; may be empty
  std::function<void(const std::string&)> progress;  // often; may be empty

  void tell(const std::string& text) const {
    if (note) note(text);
  }
};

DataAccess data_access(const LoadOptions& options);

}  // namespace assay::suites
