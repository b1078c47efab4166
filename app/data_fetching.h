// DataFetching: what loading suites needs to reach the network: the fetcher, and lines on standard
// error that say what it does. Main thread. Nothing is opened until data must be fetched.
//
//   DataFetching fetching(stop.get_token(), flags.quiet);
//   suites::LoadOptions options = load_options(flags);
//   fetching.use_for(options);                  // `fetching` outlives the loading
#pragma once

#include <stop_token>
#include <string>

#include "backends/transport/curl_fetcher.h"
#include "harness/base/clock.h"
#include "suites/registry.h"

namespace assay::app {

class DataFetching {
 public:
  DataFetching(std::stop_token stop, bool quiet);
  DataFetching(const DataFetching&) = delete;
  DataFetching& operator=(const DataFetching&) = delete;
  ~DataFetching() { end_line(); }

  void use_for(suites::LoadOptions& options);

 private:
  void note(const std::string& text);
  void progress(const std::string& text);
  void end_line();

  const bool quiet_;
  const bool terminal_;
  SteadyClock clock_;
  TimePoint next_progress_;
  bool line_open_ = false;  // a line of progress without its end
  backends::CurlFetcher fetcher_;
};

}  // namespace assay::app
