#include "backends/transport/replay_archive.h"

#include <fmt/format.h>
#include <sys/types.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <tuple>
#include <type_traits>

#include "backends/codec/lines.h"
#include "harness/base/hash.h"

namespace assay::backends {
namespace {

// How a reply lies in the temporary file, followed by key, error and bytes.
struct Header {
  uint64_t bytes;
  uint32_t key;
  uint32_t error;
  uint32_t reasoning_end;
  uint32_t answer_end;
  int64_t latency_ns;
  int64_t first_token_ns;
  int64_t first_answer_ns;
  Outcome outcome;
};
static_assert(std::is_trivially_copyable_v<Header>);

// When the first tokens came, which items do not carry; by sample row and repeat.
struct TokenTimes {
  uint64_t sample;
  uint32_t repeat;
  int64_t first_token_ns;   // after sent
  int64_t first_answer_ns;  // -1: none
};

bool before(const TokenTimes& a, const TokenTimes& b) {
  return std::tie(a.sample, a.repeat) < std::tie(b.sample, b.repeat);
}

std::string key_of(std::string_view suite, std::string_view sample_id, uint32_t repeat) {
  return fmt::format("{}\n{}\n{}", suite, sample_id, repeat);
}

uint64_t hash_of(const std::string& key) { return sha256(key).prefix64(); }

Result<std::vector<TokenTimes>> read_token_times(const RunStore& store, const ModelInfo& model,
                                                 const SuiteInfo& suite) {
  std::vector<TokenTimes> times;
  ASSAY_TRY_VOID(store.read_records([&](const Record& record) {
    if (record.model != model.id || record.suite != suite.id || record.first_token_ns < 0) return;
    const int64_t answer =
        record.first_answer_ns < 0 ? -1 : record.first_answer_ns - record.sent_ns;
    times.push_back({record.sample, record.repeat, record.first_token_ns - record.sent_ns, answer});
  }));
  std::sort(times.begin(), times.end(), before);
  return times;
}

StoredReply reply_of(const ItemDetail& item, const std::vector<TokenTimes>& times) {
  StoredReply reply;
  reply.outcome = item.outcome;
  reply.error = item.error;
  reply.latency = Nanos(std::max<int64_t>(item.latency_ns, 0));
  if (!item.reasoning.empty()) append_reasoning_event(reply.bytes, item.reasoning);
  reply.reasoning_end = static_cast<uint32_t>(reply.bytes.size());
  if (!item.answer.empty()) append_delta_event(reply.bytes, item.answer);
  reply.answer_end = static_cast<uint32_t>(reply.bytes.size());
  DoneEvent done;
  done.finish_reason = item.finish_reason;
  done.usage = item.usage;
  done.details = item.details;
  done.cpu = Nanos(item.cpu_ns);
  append_done_event(reply.bytes, done);

  const TokenTimes wanted{item.sample_row, item.repeat, 0, 0};
  const auto it = std::lower_bound(times.begin(), times.end(), wanted, before);
  if (it != times.end() && !before(wanted, *it)) {
    reply.first_token = Nanos(it->first_token_ns);
    reply.first_answer = Nanos(it->first_answer_ns);
  }
  return reply;
}

Error file_error(std::string_view what) {
  return Error{
      ErrorCode::kIo,
      fmt::format("the temporary file of the replay cannot be {}: {}", what, std::strerror(errno)),
      ""};
}

}  // namespace

Result<void> ReplayArchive::load(const RunStore& store, const ModelInfo& model,
                                 const SuiteInfo& suite) {
  if (file_ == nullptr) file_.reset(std::tmpfile());
  if (file_ == nullptr) return file_error("made");
  ASSAY_TRY(const std::vector<TokenTimes> times, read_token_times(store, model, suite));
  ItemQuery query;
  query.model = model.name;
  query.suite = suite.name;
  Result<void> added;
  ASSAY_TRY_VOID(store.read_items(query, [&](const ItemDetail& item) {
    if (item.outcome == Outcome::kCancelled) return true;
    added = add(key_of(item.suite, item.sample_id, item.repeat), reply_of(item, times));
    return added.has_value();
  }));
  if (!added) return added;
  if (std::fflush(file_.get()) != 0) return file_error("written");
  std::sort(index_.begin(), index_.end());
  return {};
}

Result<void> ReplayArchive::add(const std::string& key, const StoredReply& reply) {
  Header header{};
  header.bytes = reply.bytes.size();
  header.key = static_cast<uint32_t>(key.size());
  header.error = static_cast<uint32_t>(reply.error.size());
  header.reasoning_end = reply.reasoning_end;
  header.answer_end = reply.answer_end;
  header.latency_ns = reply.latency.count();
  header.first_token_ns = reply.first_token.count();
  header.first_answer_ns = reply.first_answer.count();
  header.outcome = reply.outcome;
  std::string record(reinterpret_cast<const char*>(&header), sizeof header);
  record += key;
  record += reply.error;
  record += reply.bytes;
  if (::fseeko(file_.get(), static_cast<off_t>(end_), SEEK_SET) != 0 ||
      std::fwrite(record.data(), 1, record.size(), file_.get()) != record.size()) {
    return file_error("written");
  }
  index_.emplace_back(hash_of(key), end_);
  end_ += record.size();
  return {};
}

Result<StoredReply> ReplayArchive::read_at(uint64_t offset, std::string& key) const {
  Header header{};
  StoredReply reply;
  const auto read = [&](void* into, size_t size) {
    return std::fread(into, 1, size, file_.get()) == size;
  };
  if (::fseeko(file_.get(), static_cast<off_t>(offset), SEEK_SET) != 0 ||
      !read(&header, sizeof header)) {
    return file_error("read");
  }
  key.resize(header.key);
  reply.error.resize(header.error);
  reply.bytes.resize(header.bytes);
  if (!read(key.data(), key.size()) || !read(reply.error.data(), reply.error.size()) ||
      !read(reply.bytes.data(), reply.bytes.size())) {
    return file_error("read");
  }
  reply.reasoning_end = header.reasoning_end;
  reply.answer_end = header.answer_end;
  reply.latency = Nanos(header.latency_ns);
  reply.first_token = Nanos(header.first_token_ns);
  reply.first_answer = Nanos(header.first_answer_ns);
  reply.outcome = header.outcome;
  return reply;
}

Result<std::optional<StoredReply>> ReplayArchive::find(std::string_view suite,
                                                       std::string_view sample_id,
                                                       uint32_t repeat) const {
  const std::string wanted = key_of(suite, sample_id, repeat);
  const uint64_t hash = hash_of(wanted);
  auto it = std::lower_bound(index_.begin(), index_.end(), std::pair<uint64_t, uint64_t>(hash, 0));
  for (; it != index_.end() && it->first == hash; ++it) {
    std::string key;
    ASSAY_TRY(StoredReply reply, read_at(it->second, key));
    if (key == wanted) return std::optional<StoredReply>(std::move(reply));
  }
  return std::optional<StoredReply>();
}

}  // namespace assay::backends
