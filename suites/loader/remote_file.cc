#include "suites/loader/remote_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "harness/base/clock.h"
#include "harness/base/hash.h"
#include "harness/base/json.h"
#include "suites/loader/data_cache.h"

namespace assay::suites {
namespace {

namespace fs = std::filesystem;

constexpr const char* kHubEndpoint = "https://datasets-server.huggingface.co";
constexpr size_t kTokenBytesMax = 4096;

bool is_file(const std::string& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

struct Address {
  std::string scheme;
  std::string host;  // with its port
};

Address address_of(const std::string& url) {
  const size_t mark = url.find("://");
  if (mark == std::string::npos) return {};
  const size_t end = std::min(url.find_first_of("/?#", mark + 3), url.size());
  return {url.substr(0, mark), url.substr(mark + 3, end - mark - 3)};
}

bool is_loopback(const Address& address) {
  const std::string host = address.host.substr(0, address.host.rfind(':'));
  return host == "127.0.0.1" || host == "localhost" || host == "[::1]";
}

std::string token_of_environment() {
  for (const char* name : {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
    const char* value = std::getenv(name);
    std::string token = value == nullptr ? "" : value;
    while (!token.empty() && (token.back() == '\n' || token.back() == ' ')) token.pop_back();
    // Anything else could end the header line and begin another.
    const bool plain =
        std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c < 127; });
    if (!token.empty() && plain && token.size() <= kTokenBytesMax) return token;
  }
  return "";
}

// The hash that the copy must have: the suite's, or for an unpinned URL the one noted.
std::string expected_hash(const DataSource& source, const DataCache& cache) {
  if (!source.sha256.empty()) return source.sha256;
  const std::optional<Json> note = read_note(cache.note_path(source.url));
  if (!note) return "";
  const Result<std::string> hash = get_string(*note, "sha256", "");
  const bool hex = hash && hash->size() == 64 &&
                   hash->find_first_not_of("0123456789abcdef") == std::string::npos;
  return hex ? *hash : "";
}

Error status_error(const DataSource& source, const FetchReply& reply) {
  std::string why = fmt::format("answers with status {}", reply.status);
  if (reply.status == 404 || reply.status == 410) why = "is not there any more (status 404)";
  if (reply.status == 401 || reply.status == 403) {
    why =
        fmt::format("is refused (status {}){}", reply.status,
                    address_of(source.url).host == "huggingface.co"
                        ? "; accept its terms on its page at https://huggingface.co and name your "
                          "access token in HF_TOKEN"
                        : "");
  }
  return Error{ErrorCode::kInfrastructure,
               fmt::format("the data of `{}` at {} {}", source.split, source.url, why),
               source.place};
}

Result<void> check_address(const DataSource& source) {
  const Address address = address_of(source.url);
  const bool secure = address.scheme == "https" || is_loopback(address);
  if (secure || !source.sha256.empty()) return {};
  return input_error(source.place,
                     fmt::format("`{}` is neither https nor pinned by a sha256, so anybody on the "
                                 "way could change it; it is not fetched",
                                 source.url));
}

FetchRequest request_for(const DataSource& source, const DataAccess& access) {
  FetchRequest request;
  request.url = source.url;
  request.bearer = hub_token_for(source.url);
  request.bytes_max = kRemoteFileBytesMax;
  request.progress = [&access, url = source.url](uint64_t done, uint64_t total) {
    if (!access.progress) return;
    access.progress(total > 0 ? fmt::format("{}: {} of {} MB", url, done >> 20, total >> 20)
                              : fmt::format("{}: {} MB", url, done >> 20));
  };
  return request;
}

Result<void> note_unpinned(const DataSource& source, const std::string& found, uint64_t bytes,
                           const std::string& before, const DataCache& cache,
                           const DataAccess& access) {
  if (!before.empty() && before != found) {
    access.tell(
        fmt::format("{} has changed: its sha256 was {}, it is now {}; scores of the two are "
                    "not those of one suite",
                    source.url, before, found));
  } else {
    access.tell(fmt::format("{} is not pinned; its sha256 is {}", source.url, found));
  }
  const Json note{
      {"url", source.url}, {"sha256", found}, {"bytes", bytes}, {"fetched", utc_now_iso8601()}};
  return write_whole(cache.note_path(source.url), dump_json(note) + "\n");
}

Result<std::string> download(const DataSource& source, const DataCache& cache,
                             const DataAccess& access) {
  const std::string before = expected_hash(source, cache);
  const std::string part = cache.part_path(source.url);
  ASSAY_TRY_VOID(make_folder(fs::path(part).parent_path().string()));
  access.tell(fmt::format("fetching {}", source.url));
  Result<FetchReply> reply = access.fetcher->get_file(request_for(source, access), part);
  if (!reply) return Error{reply.error().code, reply.error().text(), source.place};
  if (reply->status != 200) return status_error(source, *reply);
  ASSAY_TRY(const Hash hash, sha256_file(part));
  const std::string found = hash.hex();
  if (!source.sha256.empty() && found != source.sha256) {
    std::remove(part.c_str());
    return input_error(source.place,
                       fmt::format("what {} gave has sha256 {}, expected {}: it was not kept",
                                   source.url, found, source.sha256));
  }
  std::error_code ignored;
  const uint64_t bytes = fs::file_size(part, ignored);
  ASSAY_TRY_VOID(move_into_place(part, cache.data_path(found)));
  if (source.sha256.empty())
    ASSAY_TRY_VOID(note_unpinned(source, found, bytes, before, cache, access));
  return cache.data_path(found);
}

// The copy in the cache, when its bytes are those that it is named by; a damaged one is removed.
Result<std::optional<std::string>> sound_copy(const DataSource& source, const DataCache& cache,
                                              const DataAccess& access) {
  const std::string wanted = expected_hash(source, cache);
  if (wanted.empty() || !is_file(cache.data_path(wanted))) return std::optional<std::string>();
  const std::string path = cache.data_path(wanted);
  ASSAY_TRY(const Hash found, sha256_file(path));
  if (found.hex() == wanted) return std::optional<std::string>(path);
  access.tell(fmt::format("{} is damaged (its sha256 is {}); it is removed", path, found.hex()));
  std::remove(path.c_str());
  return std::optional<std::string>();
}

}  // namespace

std::string hub_endpoint() {
  const char* value = std::getenv("ASSAY_HF_ENDPOINT");
  std::string endpoint = value == nullptr || *value == '\0' ? kHubEndpoint : value;
  while (endpoint.ends_with('/')) endpoint.pop_back();
  return endpoint;
}

std::string hub_token_for(const std::string& url) {
  const Address address = address_of(url);
  const Address endpoint = address_of(hub_endpoint());
  const bool hub = address.host == "huggingface.co" || address.host.ends_with(".huggingface.co");
  const bool mirror = address.host == endpoint.host && address.scheme == endpoint.scheme;
  const bool secure = address.scheme == "https" || is_loopback(address);
  return secure && (hub || mirror) ? token_of_environment() : "";
}

std::optional<std::string> cached_url(const DataSource& source, const DataAccess& access) {
  const std::string folder = cache_folder(access.cache_dir);
  if (folder.empty() || source.is_folder()) return std::nullopt;
  const DataCache cache(folder);
  const std::string wanted = expected_hash(source, cache);
  if (wanted.empty() || !is_file(cache.data_path(wanted))) return std::nullopt;
  return cache.data_path(wanted);
}

Result<std::optional<std::string>> obtain_url(const DataSource& source, const DataAccess& access) {
  const DataCache cache(cache_folder(access.cache_dir));
  if (cache.folder().empty() || source.is_folder()) return std::optional<std::string>();
  const bool online = access.fetcher != nullptr && !access.offline;
  const bool fresh = online && access.refresh && source.sha256.empty();
  if (!fresh) {
    ASSAY_TRY(std::optional<std::string> copy, sound_copy(source, cache, access));
    if (copy || !online) return copy;
  }
  ASSAY_TRY_VOID(check_address(source));
  ASSAY_TRY(const CacheLock lock, CacheLock::take(cache.lock_path(source.url), *access.fetcher));
  if (!fresh) {  // another process may have fetched it meanwhile
    ASSAY_TRY(std::optional<std::string> copy, sound_copy(source, cache, access));
    if (copy) return copy;
  }
  ASSAY_TRY(std::string path, download(source, cache, access));
  return std::optional<std::string>(std::move(path));
}

}  // namespace assay::suites
