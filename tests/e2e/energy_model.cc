// A model for tests of energy: while it answers, it advances counters that lie in files, as the
// kernel and the GPU's driver do. Speaks the process protocol (docs/process-protocol.md).
//
//   ENERGY_COUNTERS='FILE STEP RANGE;FILE STEP RANGE' energy_model TIMES
//
// Each answer adds TIMES · STEP to the number in each FILE, which starts again at zero at RANGE.
// The files are named by the environment: what stands on the command line is part of a model's
// identity.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct Counter {
  std::string file;
  uint64_t step = 0;
  uint64_t range = 0;
};

std::vector<Counter> counters_of(const std::string& text) {
  std::vector<Counter> out;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ';');) {
    std::istringstream words(part);
    Counter counter;
    if (words >> counter.file >> counter.step >> counter.range) out.push_back(counter);
  }
  return out;
}

// Replaced at once, as a counter is never seen half written.
void advance(const Counter& counter, uint64_t times) {
  uint64_t value = 0;
  std::ifstream(counter.file) >> value;
  value = (value + times * counter.step) % counter.range;
  const std::string next = counter.file + ".next";
  std::ofstream(next) << value << "\n";
  if (std::rename(next.c_str(), counter.file.c_str()) != 0) std::abort();
}

// The value of "key":"..." in a request line; enough for inputs that hold no quotes.
std::string text_of(const std::string& line, const std::string& key) {
  const std::string marker = "\"" + key + "\":\"";
  const size_t at = line.find(marker);
  if (at == std::string::npos) return {};
  const size_t begin = at + marker.size();
  return line.substr(begin, line.find('"', begin) - begin);
}

}  // namespace

int main(int argc, char** argv) {
  const char* listed = std::getenv("ENERGY_COUNTERS");
  if (argc != 2 || listed == nullptr) return 2;
  const std::vector<Counter> counters = counters_of(listed);
  const uint64_t times = std::strtoull(argv[1], nullptr, 10);
  std::cout << "{\"type\":\"hello\",\"protocol\":1}" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    const std::string input = text_of(line, "input");
    for (const Counter& counter : counters) advance(counter, times);
    // Two in three are right.
    const long n = std::strtol(input.c_str() + 1, nullptr, 10);
    const std::string answer = n % 3 == 0 ? "wrong" : "a" + std::to_string(n);
    std::cout << "{\"delta\":\"" << answer << "\"}\n"
              << R"({"done":true,"finish_reason":"stop","usage":{"input_tokens":3,)"
              << R"("output_tokens":5}})" << std::endl;
  }
  return 0;
}
