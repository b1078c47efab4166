#include "app/setup.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "app/host.h"
#include "app/version.h"
#include "backends/url.h"
#include "suites/loader/image_file.h"

namespace assay::app {
namespace {

constexpr uint64_t kPictureBytesMax = 64UL << 20;

std::string quoted(const std::string& argument) {
  const bool plain =
      !argument.empty() &&
      argument.find_first_not_of(
          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./:=,@%") ==
          std::string::npos;
  if (plain) return argument;
  std::string out = "'";
  for (const char c : argument) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

}  // namespace

Result<LoadedSuites> load_suites(const std::vector<std::string>& names,
                                 const suites::LoadOptions& options) {
  LoadedSuites loaded;
  ASSAY_TRY(suites::Expansion found, suites::expand_suites(names, options));
  loaded.groups = std::move(found.groups);
  for (const suites::SuiteChoice& choice : found.suites) {
    ASSAY_TRY(std::unique_ptr<Suite> suite, suites::load_suite(choice, options));
    for (const Suite* other : loaded.list) {
      if (other->info().name == suite->info().name) {
        return input_error(
            choice.path,
            fmt::format("two suites are named `{}`, expected different names", suite->info().name));
      }
    }
    loaded.list.push_back(suite.get());
    loaded.owned.push_back(std::move(suite));
  }
  return loaded;
}

Result<OpenRuns> open_runs(const std::vector<std::string>& paths) {
  OpenRuns runs;
  for (const std::string& path : paths) {
    ASSAY_TRY(auto store, store::SqliteStore::open_for_reading(path));
    runs.list.push_back(store.get());
    runs.owned.push_back(std::move(store));
    runs.names.push_back(path);
  }
  return runs;
}

std::string command_line() {
  std::ifstream in("/proc/self/cmdline", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  std::string out = "assay";
  size_t at = bytes.find('\0');
  while (at != std::string::npos && at + 1 < bytes.size()) {
    const size_t end = bytes.find('\0', at + 1);
    // It is stored in run files: a password inside a URL is not.
    out += " " + quoted(backends::hide_url_credentials(bytes.substr(at + 1, end - at - 1)));
    at = end;
  }
  return out;
}

SessionInfo this_session() {
  SessionInfo session;
  session.utc = utc_now_iso8601();
  session.mono_origin_ns = to_ns(SteadyClock().now());
  session.assay_version = kVersion;
  session.argv = command_line();
  session.host = describe_host();
  return session;
}

Result<void> load_picture(Image& image) { return suites::load_image(image, kPictureBytesMax); }

std::string count_text(uint64_t n) {
  std::string digits = std::to_string(n);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<size_t>(at), ",");
  return digits;
}

}  // namespace assay::app
