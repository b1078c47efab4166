// What tests of managed servers share: a folder of their own, the fake server's command line, and
// whether processes are still there.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "backends/managed/managed_server.h"

namespace assay::backends {

// Waits, long enough for a loaded machine, for something that must become true.
inline bool eventually(const std::function<bool()>& is_true,
                       std::chrono::seconds limit = std::chrono::seconds(60)) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!is_true()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

// The state letter of /proc/PID/stat; a process that only waits to be reaped is gone for our
// purpose.
inline bool is_running(pid_t pid) {
  std::ifstream in(fmt::format("/proc/{}/stat", pid));
  std::string line;
  if (!std::getline(in, line)) return false;
  const size_t close = line.rfind(')');
  return close != std::string::npos && close + 2 < line.size() && line[close + 2] != 'Z';
}

class ServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              fmt::format("assay-managed-{}-{}", ::getpid(), info->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::vector<std::string> command(const std::vector<std::string>& flags = {}) const {
    std::vector<std::string> argv{
        "python3",  ASSAY_SOURCE_DIR "/tests/backends/managed/fake_server.py",
        "--port",   "{port}",
        "--folder", folder_.string()};
    argv.insert(argv.end(), flags.begin(), flags.end());
    return argv;
  }
  [[nodiscard]] ManagedServerOptions options(const std::vector<std::string>& flags = {}) const {
    ManagedServerOptions options;
    options.name = "fake";
    options.argv = command(flags);
    options.start_timeout = std::chrono::seconds(120);
    return options;
  }
  // Lines that the fake server wrote: "lives", "grandchildren", "served".
  [[nodiscard]] std::vector<std::string> lines(const std::string& name) const {
    std::ifstream in(folder_ / name);
    std::vector<std::string> found;
    for (std::string line; std::getline(in, line);) found.push_back(line);
    return found;
  }
  [[nodiscard]] std::vector<pid_t> pids(const std::string& name) const {
    std::vector<pid_t> found;
    for (const std::string& line : lines(name)) found.push_back(std::stoi(line));
    return found;
  }

  std::filesystem::path folder_;
};

}  // namespace assay::backends
