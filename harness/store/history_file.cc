#include "harness/store/history_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <tuple>
#include <utility>

#include "harness/base/clock.h"
#include "harness/base/json.h"

namespace assay::store {
namespace {

constexpr int64_t kVersion = 1;
constexpr size_t kNameBytesMax = 1024;
// Beyond this a figure is none, and nothing computed from it may overflow.
constexpr double kValueMax = 1e15;
constexpr int64_t kCountMax = 1'000'000'000'000;
constexpr std::chrono::seconds kLockWaitMax{10};
constexpr std::chrono::milliseconds kLockPoll{20};

// "2026-11-28T09:05:00Z"
bool is_utc(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:ddZ";
  if (text.size() != kForm.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == 'd' ? !digit : text[i] != kForm[i]) return false;
  }
  const auto two = [&](size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  return two(5) >= 1 && two(5) <= 12 && two(8) >= 1 && two(8) <= 31 && two(11) <= 23 &&
         two(14) <= 59 && two(17) <= 60;
}

// Reads the members of one line; the first complaint is kept.
class LineReader {
 public:
  LineReader(const Json& object, std::string where) : object_(object), where_(std::move(where)) {}

  std::string text(std::string_view key, bool required, size_t bytes_max = kNameBytesMax) {
    const Json* member = find(key, required);
    if (member == nullptr) return {};
    if (!member->is_string()) {
      complain(key, *member, "a string");
      return {};
    }
    std::string value = member->get<std::string>();
    if (value.size() > bytes_max) {
      fail(fmt::format("`{}` has {} bytes, expected at most {}", key, value.size(), bytes_max));
    }
    if (required && value.empty()) fail(fmt::format("`{}` is empty, expected a text", key));
    return value;
  }

  bool flag(std::string_view key) {
    const Json* member = find(key, true);
    if (member == nullptr) return false;
    if (member->is_boolean()) return member->get<bool>();
    complain(key, *member, "true or false");
    return false;
  }

  std::optional<double> number(std::string_view key, double low) {
    const Json* member = find(key, false);
    if (member == nullptr) return std::nullopt;
    if (!member->is_number()) {
      complain(key, *member, "a number or null");
      return std::nullopt;
    }
    const auto value = member->get<double>();
    if (!(value >= low && value <= kValueMax)) {
      fail(fmt::format("`{}` is {:g}, expected {:g} to {:g}", key, value, low, kValueMax));
      return std::nullopt;
    }
    return value;
  }

  uint64_t count(std::string_view key) {
    const Json* member = find(key, true);
    if (member == nullptr) return 0;
    if (!member->is_number_integer()) {
      complain(key, *member, "a whole number");
      return 0;
    }
    const bool fits = member->is_number_unsigned()
                          ? member->get<uint64_t>() <= static_cast<uint64_t>(kCountMax)
                          : member->get<int64_t>() >= 0 && member->get<int64_t>() <= kCountMax;
    if (!fits) fail(fmt::format("`{}` is {}, expected 0 to {}", key, member->dump(), kCountMax));
    return fits ? member->get<uint64_t>() : 0;
  }

  std::optional<Money> money(std::string_view key) {
    const std::string value = text(key, false);
    if (value.empty()) return std::nullopt;
    const Result<Money> amount = Money::parse(value);
    if (amount) return *amount;
    fail(fmt::format("`{}` is `{}`, expected a decimal such as \"0.40\"", key, value));
    return std::nullopt;
  }

  void fail(std::string message) {
    if (!error_) error_ = input_error(where_, std::move(message));
  }
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  const Json* find(std::string_view key, bool required) {
    const Json* member = find_member(object_, key);
    if (member != nullptr && !member->is_null()) return member;
    if (required)
      fail(fmt::format("has no `{}`, expected a line that `assay history add` wrote", key));
    return nullptr;
  }
  void complain(std::string_view key, const Json& found, std::string_view expected) {
    fail(fmt::format("`{}` is {}, expected {}", key, json_type_name(found), expected));
  }

  const Json& object_;
  std::string where_;
  std::optional<Error> error_;
};

void read_estimate(LineReader& reader, Estimate& out) {
  out.value = reader.number("value", -kValueMax);
  out.ci_low = reader.number("ci_low", -kValueMax);
  out.ci_high = reader.number("ci_high", -kValueMax);
  out.n = reader.count("n");
  if (out.ci_low.has_value() != out.ci_high.has_value())
    reader.fail("has one of `ci_low` and `ci_high`, expected both or none");
  if (out.ci_low && out.ci_high && *out.ci_low > *out.ci_high)
    reader.fail("`ci_low` is above `ci_high`");
}

Result<HistoryLine> read_line(const Json& object, const std::string& where) {
  if (!object.is_object()) {
    return input_error(where, fmt::format("is {}, expected a JSON object", json_type_name(object)));
  }
  const Json* version = find_member(object, "assay_history");
  if (version == nullptr || !version->is_number_integer() || *version != kVersion) {
    const std::string found = version == nullptr ? "missing" : version->dump().substr(0, 40);
    return input_error(where, fmt::format("`assay_history` is {}, expected {}", found, kVersion));
  }
  LineReader reader(object, where);
  HistoryLine line;
  line.utc = reader.text("utc", true);
  if (!is_utc(line.utc)) {
    reader.fail(fmt::format("`utc` is `{}`, expected a time such as 2026-11-28T09:05:00Z",
                            line.utc.substr(0, 40)));
  }
  line.run = reader.text("run", true);
  line.assay_version = reader.text("assay", false);
  line.commit = reader.text("commit", false);
  line.note = reader.text("note", false, kHistoryNoteBytesMax);
  line.suite = reader.text("suite", true);
  line.prompt_hash = reader.text("prompt", false);
  line.data_hash = reader.text("data", false);
  line.scorer_hash = reader.text("scorer", false);
  line.model = reader.text("model", true);
  line.config_hash = reader.text("config", false);
  line.metric = reader.text("metric", true);
  line.headline = reader.flag("headline");
  line.higher_is_better = reader.flag("higher_is_better");
  line.share = reader.flag("share");
  read_estimate(reader, line.estimate);
  line.failed = reader.count("failed");
  line.latency_s_p50 = reader.number("latency_s_p50", 0);
  line.cost = reader.money("cost");
  line.currency = reader.text("currency", false);
  if (reader.error()) return *reader.error();
  return line;
}

bool is_conflict_marker(std::string_view line) {
  for (const char c : {'<', '=', '>', '|'}) {
    if (line.size() >= 7 && line.substr(0, 7) == std::string(7, c)) return true;
  }
  return false;
}

Result<HistoryLine> parse_line(std::string_view line, std::string_view where, size_t number,
                               bool ended) {
  const std::string place = fmt::format("{}:{}", where, number);
  if (line.size() > kHistoryLineBytesMax) {
    return input_error(
        place, fmt::format("has {} bytes, expected at most {}", line.size(), kHistoryLineBytesMax));
  }
  if (is_conflict_marker(line)) {
    return input_error(place, fmt::format("found a conflict marker of git (`{}`), expected a line "
                                          "of history; keep the lines of both sides and delete "
                                          "the marker",
                                          line.substr(0, 7)));
  }
  Result<Json> json = parse_json(line, where, static_cast<int>(number));
  if (!json) {
    if (!ended) {
      return input_error(place,
                         fmt::format("the last line is cut short after {} bytes (a write that "
                                     "was torn?), expected a whole JSON object; delete it "
                                     "and add its run again",
                                     line.size()));
    }
    Error error = std::move(json).error();
    if (!error.where.starts_with(place)) error.where = place;
    return error;
  }
  return read_line(*json, place);
}

template <typename T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}
Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

}  // namespace

Result<std::vector<HistoryLine>> parse_history(std::string_view text, std::string_view where) {
  if (text.size() > kHistoryBytesMax) {
    return input_error(std::string(where), fmt::format("has {} bytes, expected at most {}",
                                                       text.size(), kHistoryBytesMax));
  }
  std::vector<HistoryLine> out;
  size_t number = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    ++number;
    at = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    if (out.size() == kHistoryLinesMax) {
      return input_error(fmt::format("{}:{}", where, number),
                         fmt::format("is beyond the {} lines that a history may have; begin a new "
                                     "file",
                                     kHistoryLinesMax));
    }
    ASSAY_TRY(HistoryLine read, parse_line(line, where, number, end < text.size()));
    out.push_back(std::move(read));
  }
  return out;
}

std::string history_line_text(const HistoryLine& line) {
  Json out = Json::object();
  out["assay_history"] = kVersion;
  out["utc"] = line.utc;
  out["run"] = line.run;
  out["assay"] = line.assay_version;
  out["commit"] = text_or_null(line.commit);
  out["note"] = text_or_null(line.note);
  out["suite"] = line.suite;
  out["prompt"] = line.prompt_hash;
  out["data"] = line.data_hash;
  out["scorer"] = line.scorer_hash;
  out["model"] = line.model;
  out["config"] = line.config_hash;
  out["metric"] = line.metric;
  out["headline"] = line.headline;
  out["higher_is_better"] = line.higher_is_better;
  out["share"] = line.share;
  out["value"] = or_null(line.estimate.value);
  out["ci_low"] = or_null(line.estimate.ci_low);
  out["ci_high"] = or_null(line.estimate.ci_high);
  out["n"] = line.estimate.n;
  out["failed"] = line.failed;
  out["latency_s_p50"] = or_null(line.latency_s_p50);
  out["cost"] = line.cost ? Json(line.cost->text()) : Json(nullptr);
  out["currency"] = line.cost ? text_or_null(line.currency) : Json(nullptr);
  return dump_json(out);
}

namespace {

// An open history; closed, and its lock released, at the end.
class HistoryFile {
 public:
  explicit HistoryFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~HistoryFile() { close(fd_); }
  HistoryFile(const HistoryFile&) = delete;
  HistoryFile& operator=(const HistoryFile&) = delete;

  static Result<std::unique_ptr<HistoryFile>> open_file(const std::string& path, int flags) {
    const int fd = open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK, 0644);
    if (fd < 0) {
      const bool reading = (flags & O_ACCMODE) == O_RDONLY;
      return input_error(path, fmt::format("cannot be {} ({})", reading ? "read" : "written",
                                           std::strerror(errno)));
    }
    auto file = std::make_unique<HistoryFile>(fd, path);
    struct stat info {};
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
      return input_error(path, "is no ordinary file, expected a history");
    return file;
  }

  // The lock, or an error after kLockWaitMax.
  Result<void> lock() {
    const SteadyClock clock;
    const TimePoint until = clock.now() + kLockWaitMax;
    while (flock(fd_, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR)
        return input_error(path_, fmt::format("cannot be locked ({})", std::strerror(errno)));
      if (clock.now() >= until) {
        return Error{ErrorCode::kConflict, "is being written by another process for 10 s", path_};
      }
      std::this_thread::sleep_for(kLockPoll);
    }
    return {};
  }

  // The path still names this file: it was not replaced (by git, say) while the lock was waited
  // for.
  [[nodiscard]] bool still_there() const {
    struct stat mine {};
    struct stat named {};
    return fstat(fd_, &mine) == 0 && stat(path_.c_str(), &named) == 0 &&
           mine.st_ino == named.st_ino && mine.st_dev == named.st_dev;
  }

  Result<std::string> read_all() {
    std::string out;
    std::array<char, 65536> buffer{};
    for (;;) {
      const ssize_t got = ::read(fd_, buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return Error{ErrorCode::kIo, std::strerror(errno), path_};
      if (got == 0) return out;
      out.append(buffer.data(), static_cast<size_t>(got));
      if (out.size() > kHistoryBytesMax) {
        return input_error(path_, fmt::format("has more than {} bytes, which is the limit of a "
                                              "history; begin a new file",
                                              kHistoryBytesMax));
      }
    }
  }

  // All of it, on disk, or nothing: the file was `size_before` long.
  Result<void> append(const std::string& text, size_t size_before) {
    size_t done = 0;
    while (done < text.size()) {
      const ssize_t wrote = ::write(fd_, text.data() + done, text.size() - done);
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return take_back(size_before);
      done += static_cast<size_t>(wrote);
    }
    if (fsync(fd_) != 0 && errno != EINVAL) return take_back(size_before);
    return {};
  }

 private:
  Error take_back(size_t size_before) {
    const int reason = errno;
    const bool whole = ftruncate(fd_, static_cast<off_t>(size_before)) == 0;
    return Error{ErrorCode::kIo,
                 fmt::format("cannot be written ({}){}", std::strerror(reason),
                             whole ? "" : "; its last line is cut short now"),
                 path_};
  }

  int fd_;
  std::string path_;
};

using LineKey = std::tuple<std::string, std::string, std::string, std::string, std::string>;
LineKey key_of(const HistoryLine& line) {
  return {line.run, line.suite, line.model, line.config_hash, line.metric};
}

bool says_the_same(const HistoryLine& a, const HistoryLine& b) {
  return a.prompt_hash == b.prompt_hash && a.data_hash == b.data_hash &&
         a.scorer_hash == b.scorer_hash && a.estimate.value == b.estimate.value &&
         a.estimate.n == b.estimate.n && a.failed == b.failed;
}

Result<Appended> append_locked(HistoryFile& file, const std::string& path,
                               std::span<const HistoryLine> lines) {
  ASSAY_TRY(const std::string before, file.read_all());
  ASSAY_TRY(const std::vector<HistoryLine> known, parse_history(before, path));
  std::map<LineKey, const HistoryLine*> newest;
  for (const HistoryLine& line : known) newest[key_of(line)] = &line;
  Appended done;
  std::string text;
  for (const HistoryLine& line : lines) {
    const auto [at, fresh] = newest.try_emplace(key_of(line), &line);
    if (!fresh && says_the_same(*at->second, line)) {
      ++done.known;
      continue;
    }
    at->second = &line;
    text += history_line_text(line) + "\n";
    ++done.added;
  }
  if (text.empty()) return done;
  if (!before.empty() && before.back() != '\n') text.insert(0, "\n");
  // What is written must be readable again, whatever the names in the run are.
  ASSAY_TRY_VOID(parse_history(text, fmt::format("{} (new lines)", path)));
  if (before.size() + text.size() > kHistoryBytesMax ||
      known.size() + done.added > kHistoryLinesMax) {
    return input_error(path, fmt::format("would grow beyond {} bytes or {} lines; begin a new file",
                                         kHistoryBytesMax, kHistoryLinesMax));
  }
  ASSAY_TRY_VOID(file.append(text, before.size()));
  return done;
}

}  // namespace

Result<std::vector<HistoryLine>> read_history(const std::string& path) {
  ASSAY_TRY(const auto file, HistoryFile::open_file(path, O_RDONLY));
  ASSAY_TRY(const std::string text, file->read_all());
  return parse_history(text, path);
}

Result<Appended> append_history(const std::string& path, std::span<const HistoryLine> lines) {
  constexpr int kTriesMax = 5;
  for (int i = 0; i < kTriesMax; ++i) {
    ASSAY_TRY(const auto file, HistoryFile::open_file(path, O_RDWR | O_CREAT | O_APPEND));
    ASSAY_TRY_VOID(file->lock());
    if (file->still_there()) return append_locked(*file, path, lines);
  }
  return Error{ErrorCode::kConflict, "is being replaced by another process again and again", path};
}

}  // namespace assay::store
