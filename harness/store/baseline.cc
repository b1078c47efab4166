#include "harness/store/baseline.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "harness/base/hash.h"
#include "harness/base/json.h"
#include "harness/store/run_file.h"

namespace assay::store {
namespace {

namespace fs = std::filesystem;

constexpr size_t kCopyBytes = size_t{1} << 20;

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool open() const { return fd_ >= 0; }

 private:
  int fd_;
};

Error cannot(const std::string& path, const char* what) {
  return input_error(path, fmt::format("cannot be {} ({})", what, std::strerror(errno)));
}

Error io_error(const std::string& path, const char* what) {
  return Error{ErrorCode::kIo, fmt::format("cannot be {} ({})", what, std::strerror(errno)), path};
}

Result<void> write_all(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return io_error(path, "written");
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

// Copies, flushes to the disk and hashes.
Result<std::string> copy_file(const std::string& from, const std::string& to) {
  const Descriptor in(open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!in.open()) return cannot(from, "read");
  const Descriptor out(
      open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!out.open()) return cannot(to, "written");
  HashBuilder hash;
  std::string buffer(kCopyBytes, '\0');
  for (;;) {
    const ssize_t got = read(in.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return io_error(from, "read");
    if (got == 0) break;
    const std::string_view part(buffer.data(), static_cast<size_t>(got));
    hash.add_raw(part);
    ASSAY_TRY_VOID(write_all(out.get(), part, to));
  }
  if (fsync(out.get()) != 0) return io_error(to, "written");
  return hash.finish().hex();
}

// The name of a file that was renamed or created survives a power loss only when its folder is
// flushed too. Not every file system can; then nothing is lost but that.
void flush_folder(const std::string& path) {
  const fs::path parent = fs::path(path).parent_path();
  const Descriptor folder(
      open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.open()) (void)fsync(folder.get());
}

Result<void> check_run(const std::string& run, const std::string& baseline) {
  ASSAY_TRY(const RunFileState state, inspect_run_file(run));
  if (!state.exists) return Error{ErrorCode::kNotFound, "no such run file", run};
  if (state.unclean)
    return Error{ErrorCode::kConflict,
                 "is being written, or its last writer was killed (a -wal file lies beside it); "
                 "finish it with the same `assay run` first",
                 run};
  std::error_code none;
  if (fs::equivalent(run, baseline, none))
    return input_error(run, "is the baseline already; name the run that should replace it");
  return {};
}

Result<std::string> hash_if_there(const std::string& path) {
  if (access(path.c_str(), F_OK) != 0) return std::string();
  ASSAY_TRY(const Hash hash, sha256_file(path));
  return hash.hex();
}

Json figure_json(const BaselineFigure& figure) {
  Json out{{"suite", figure.suite}, {"model", figure.model}, {"metric", figure.metric}};
  out["value"] = figure.value && std::isfinite(*figure.value) ? Json(*figure.value) : Json(nullptr);
  out["n"] = figure.n;
  return out;
}

// Members of the right type, or nothing.
std::optional<std::string> text_of(const Json& object, std::string_view key) {
  const Json* member = find_member(object, key);
  if (member == nullptr || !member->is_string()) return std::nullopt;
  return member->get<std::string>();
}

std::optional<BaselineFigure> read_figure(const Json& json) {
  const auto suite = text_of(json, "suite");
  const auto model = text_of(json, "model");
  const auto metric = text_of(json, "metric");
  const Json* value = find_member(json, "value");
  const Json* n = find_member(json, "n");
  if (!suite || !model || !metric || n == nullptr || !n->is_number_unsigned()) return std::nullopt;
  BaselineFigure out{.suite = *suite, .model = *model, .metric = *metric};
  out.n = n->get<uint64_t>();
  if (value != nullptr && value->is_number()) out.value = value->get<double>();
  return out;
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<BaselineEntry> read_entry(std::string_view line) {
  const Result<Json> parsed = parse_json(line, "line");
  if (!parsed || !parsed->is_object()) return std::nullopt;
  BaselineEntry out;
  const std::array<std::pair<const char*, std::string*>, 6> texts{{{"utc", &out.utc},
                                                                   {"who", &out.who},
                                                                   {"why", &out.why},
                                                                   {"sha256_old", &out.sha256_old},
                                                                   {"sha256_new", &out.sha256_new},
                                                                   {"run_hash", &out.run_hash}}};
  for (const auto& [key, text] : texts) {
    auto found = text_of(*parsed, key);
    if (!found) return std::nullopt;
    *text = std::move(*found);
  }
  if (!is_sha256(out.sha256_new)) return std::nullopt;
  if (!out.sha256_old.empty() && !is_sha256(out.sha256_old)) return std::nullopt;
  const Json* forced = find_member(*parsed, "forced");
  out.forced = forced != nullptr && forced->is_boolean() && forced->get<bool>();
  const Json* figures = find_member(*parsed, "figures");
  if (figures == nullptr || !figures->is_array()) return std::nullopt;
  for (const Json& figure : *figures) {
    auto read = read_figure(figure);
    if (!read) return std::nullopt;
    out.figures.push_back(std::move(*read));
  }
  return out;
}

}  // namespace

std::string baseline_log_path(const std::string& baseline) {
  constexpr std::string_view kExtension = ".assay";
  const bool usual = baseline.size() > kExtension.size() && baseline.ends_with(kExtension);
  return (usual ? baseline.substr(0, baseline.size() - kExtension.size()) : baseline) +
         ".log.jsonl";
}

std::string baseline_line(const BaselineEntry& entry) {
  Json out{{"utc", entry.utc},
           {"who", entry.who},
           {"why", entry.why},
           {"sha256_old", entry.sha256_old},
           {"sha256_new", entry.sha256_new},
           {"run_hash", entry.run_hash}};
  if (entry.forced) out["forced"] = true;
  out["figures"] = Json::array();
  for (const BaselineFigure& figure : entry.figures) out["figures"].push_back(figure_json(figure));
  return dump_json(out);
}

BaselineLog parse_baseline_log(std::string_view text) {
  BaselineLog out;
  for (uint64_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto entry = read_entry(line);
    out.last_is_readable = entry.has_value();
    if (entry) {
      out.entries.push_back(std::move(*entry));
    } else {
      out.unreadable.push_back(number);
    }
  }
  return out;
}

Result<BaselineLog> read_baseline_log(const std::string& baseline) {
  const std::string path = baseline_log_path(baseline);
  std::error_code failed;
  const uintmax_t bytes = fs::file_size(path, failed);
  if (failed)
    return Error{ErrorCode::kNotFound,
                 "is not there: " + baseline +
                     " has no history; `assay baseline set RUN --why TEXT` begins one",
                 path};
  if (bytes > kBaselineLogBytesMax)
    return input_error(
        path, fmt::format("is of {} bytes, expected at most {}", bytes, kBaselineLogBytesMax));
  std::ifstream in(path, std::ios::binary);
  if (!in) return cannot(path, "read");
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  return parse_baseline_log(text);
}

Result<BaselineCheck> check_baseline(const std::string& baseline, const BaselineLog& log) {
  const std::string path = baseline_log_path(baseline);
  if (log.entries.empty()) return input_error(path, "holds no entry, so nothing can be checked");
  if (!log.last_is_readable)
    return input_error(fmt::format("{}:{}", path, log.unreadable.back()),
                       "is no entry of a baseline's log, and it is the last line: what should be "
                       "in place is not known");
  BaselineCheck out;
  ASSAY_TRY(out.sha256, hash_if_there(baseline));
  const BaselineEntry& last = log.entries.back();
  if (out.sha256 == last.sha256_new) {
    out.state = BaselineState::kAsLogged;
  } else if (out.sha256 == last.sha256_old) {
    out.state = BaselineState::kNotPutInPlace;
  } else {
    out.state = out.sha256.empty() ? BaselineState::kMissing : BaselineState::kChanged;
  }
  return out;
}

struct BaselineUpdate::State {
  std::string baseline;
  std::string log_path;
  std::string copy;  // empty: put in place
  std::string sha256_old;
  std::string sha256_new;
  Descriptor log;
  bool logged = false;
};

BaselineUpdate::BaselineUpdate(std::unique_ptr<State> state) : state_(std::move(state)) {}
BaselineUpdate::BaselineUpdate(BaselineUpdate&& other) noexcept = default;

BaselineUpdate::~BaselineUpdate() {
  if (!state_) return;
  if (!state_->copy.empty()) unlink(state_->copy.c_str());
  // A log that was made for an update that did not come; still locked.
  struct stat info {};
  if (!state_->logged && fstat(state_->log.get(), &info) == 0 && info.st_size == 0)
    unlink(state_->log_path.c_str());
}

const std::string& BaselineUpdate::copy() const { return state_->copy; }

Result<BaselineUpdate> BaselineUpdate::prepare(const std::string& run,
                                               const std::string& baseline) {
  ASSAY_TRY_VOID(check_run(run, baseline));
  auto state = std::make_unique<State>();
  state->baseline = baseline;
  state->log_path = baseline_log_path(baseline);
  state->log =
      Descriptor(open(state->log_path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
  if (!state->log.open()) return cannot(state->log_path, "written");
  // Without a link it was another process's, which removed it between our two calls.
  struct stat info {};
  if (flock(state->log.get(), LOCK_EX | LOCK_NB) != 0 || fstat(state->log.get(), &info) != 0 ||
      info.st_nlink == 0)
    return Error{ErrorCode::kConflict, "is being updated by another process", baseline};
  ASSAY_TRY(state->sha256_old, hash_if_there(baseline));
  state->copy = baseline + ".new";
  BaselineUpdate update(std::move(state));  // from here on the copy is removed on errors
  ASSAY_TRY(update.state_->sha256_new, copy_file(run, update.state_->copy));
  return update;
}

Result<void> BaselineUpdate::log(BaselineEntry& entry) {
  ASSAY_CHECK(!state_->logged, "a second line for one update");
  entry.sha256_old = state_->sha256_old;
  entry.sha256_new = state_->sha256_new;
  // A line that a full disk cut short stays as it is; ours begins on a line of its own.
  struct stat info {};
  char last = '\n';
  if (fstat(state_->log.get(), &info) == 0 && info.st_size > 0 &&
      pread(state_->log.get(), &last, 1, info.st_size - 1) != 1)
    return io_error(state_->log_path, "read");
  const std::string line = (last == '\n' ? "" : "\n") + baseline_line(entry) + "\n";
  ASSAY_TRY_VOID(write_all(state_->log.get(), line, state_->log_path));
  if (fsync(state_->log.get()) != 0) return io_error(state_->log_path, "written");
  flush_folder(state_->log_path);
  state_->logged = true;
  return {};
}

Result<void> BaselineUpdate::put_in_place() {
  ASSAY_CHECK(state_->logged, "a baseline without its line");
  if (rename(state_->copy.c_str(), state_->baseline.c_str()) != 0)
    return io_error(state_->baseline, "written");
  state_->copy.clear();
  flush_folder(state_->baseline);
  return {};
}

}  // namespace assay::store
