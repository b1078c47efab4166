#include "app/data_fetching.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "app/version.h"
#include "harness/base/utf8.h"

namespace assay::app {
namespace {

constexpr Nanos kTerminalStep{std::chrono::milliseconds(200)};
constexpr Nanos kPlainStep{std::chrono::seconds(10)};
constexpr size_t kLineColumns = 100;

}  // namespace

DataFetching::DataFetching(std::stop_token stop, bool quiet)
    : quiet_(quiet),
      terminal_(isatty(STDERR_FILENO) != 0),
      next_progress_(clock_.now() + (terminal_ ? kTerminalStep : kPlainStep)),
      fetcher_({.stop = std::move(stop),
                .ca_file = "",
                .agent = std::string("assay/") + kVersion,
                .note = [this](const std::string& text) { note(text); },
                .sleep = {}}) {}

void DataFetching::use_for(suites::LoadOptions& options) {
  options.fetcher = &fetcher_;
  options.note = [this](const std::string& text) { note(text); };
  options.progress = [this](const std::string& text) { progress(text); };
}

void DataFetching::note(const std::string& text) {
  end_line();
  fmt::print(stderr, "assay: {}\n", text);
}

void DataFetching::progress(const std::string& text) {
  if (quiet_ || clock_.now() < next_progress_) return;
  next_progress_ = clock_.now() + (terminal_ ? kTerminalStep : kPlainStep);
  if (terminal_) {
    fmt::print(stderr, "\r\x1b[K{}", truncate_to_width(text, kLineColumns));
    line_open_ = true;
  } else {
    fmt::print(stderr, "assay: {}\n", text);
  }
}

void DataFetching::end_line() {
  if (std::exchange(line_open_, false)) fmt::print(stderr, "\n");
}

}  // namespace assay::app
