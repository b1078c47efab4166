#include "app/bench/mock_child.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <utility>

#include "harness/base/json.h"

namespace assay::app {
namespace {

constexpr std::string_view kLead = "listening on ";
constexpr std::chrono::seconds kStopWait{10};
constexpr size_t kLineMax = 4096;

// One line of the child's output; empty: it ended.
std::string read_line(int fd) {
  std::string line;
  char c = 0;
  while (line.size() < kLineMax) {
    const ssize_t n = ::read(fd, &c, 1);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0 || c == '\n') break;
    line += c;
  }
  return line;
}

Result<MockTimes> times_of(const Json& line, const std::string& where) {
  MockTimes times;
  ASSAY_TRY(times.arrival_ns, get_integer(line, "arrival_ns", where));
  const Json* sent = find_member(line, "sent_ns");
  const Json* tokens = find_member(line, "sent_tokens");
  if (sent == nullptr || tokens == nullptr || sent->size() != tokens->size())
    return input_error(where, "has no send times");
  for (size_t i = 0; i < sent->size(); ++i) {
    const auto complete = (*tokens)[i].get<uint64_t>();
    // Token n left with the first write whose number is n or more.
    while (times.token_ns.size() < complete) times.token_ns.push_back((*sent)[i].get<int64_t>());
  }
  return times;
}

}  // namespace

Result<std::unique_ptr<MockChild>> MockChild::start(const std::vector<std::string>& arguments,
                                                    const std::string& log) {
  SubprocessOptions options;
  options.argv = {"/proc/self/exe", "mock", "--port", "0", "--log", log};
  options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
  options.in = StdioMode::kNull;
  options.err = StdioMode::kInherit;
  ASSAY_TRY(std::unique_ptr<Subprocess> process, Subprocess::start(options));
  std::unique_ptr<MockChild> child(new MockChild(std::move(process)));
  const std::string line = read_line(child->process_->stdout_fd());
  if (!line.starts_with(kLead))
    return Error{ErrorCode::kInfrastructure, "did not start: `" + line + "`", "assay mock"};
  child->url_ = line.substr(kLead.size());
  return child;
}

void MockChild::stop() {
  process_->kill_group(SIGTERM);
  (void)process_->wait_for(kStopWait);
}

Result<std::unordered_map<uint64_t, MockTimes>> read_mock_log(const std::string& path) {
  std::unordered_map<uint64_t, MockTimes> all;
  std::ifstream in(path);
  std::string text;
  for (int number = 1; std::getline(in, text); ++number) {
    ASSAY_TRY(const Json line, parse_json(text, path, number));
    const std::string where = path + ":" + std::to_string(number);
    ASSAY_TRY(const int64_t request, get_integer(line, "request", where));
    ASSAY_TRY(all[static_cast<uint64_t>(request)], times_of(line, where));
  }
  return all;
}

}  // namespace assay::app
