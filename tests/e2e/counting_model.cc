// A model for tests: answers after a delay, and writes every request's beginning and end with their
// time to a log that outlives it. Speaks the process protocol (docs/process-protocol.md).
//
//   COUNTING_LOG=FILE counting_model DELAY_MS
//
// The log is named by the environment: files on the command line are part of a model's identity.
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>

namespace {

int64_t now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1'000'000'000LL + t.tv_nsec;
}

// One write call on an O_APPEND file: lines of several processes do not mix.
void log_line(int fd, char kind, const std::string& id) {
  const std::string line = std::string(1, kind) + " " + id + " " + std::to_string(now_ns()) + "\n";
  if (write(fd, line.data(), line.size()) < 0) std::abort();
}

// The value of "key":"..." in a request line; enough for ids and inputs that hold no quotes.
std::string text_of(const std::string& line, const std::string& key) {
  const std::string marker = "\"" + key + "\":\"";
  const size_t at = line.find(marker);
  if (at == std::string::npos) return {};
  const size_t begin = at + marker.size();
  return line.substr(begin, line.find('"', begin) - begin);
}

}  // namespace

int main(int argc, char** argv) {
  const char* path = std::getenv("COUNTING_LOG");
  if (argc != 2 || path == nullptr) return 2;
  const int log = open(path, O_WRONLY | O_APPEND | O_CREAT, 0644);
  const long delay_us = std::strtol(argv[1], nullptr, 10) * 1000;
  std::cout << "{\"type\":\"hello\",\"protocol\":1}" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    const std::string input = text_of(line, "input");
    log_line(log, 'S', input);
    usleep(static_cast<useconds_t>(delay_us));
    // Two in three are right; which ones depends on the question alone.
    const long n = std::strtol(input.c_str() + 1, nullptr, 10);
    const std::string answer = n % 3 == 0 ? "wrong" : "a" + std::to_string(n);
    // The end is noted when the reply is handed over: from here on it must not be asked again.
    std::cout << "{\"delta\":\"" << answer << "\"}\n{\"done\":true,\"finish_reason\":\"stop\"}"
              << std::endl;
    log_line(log, 'F', input);
  }
  return 0;
}
