#include "suites/loader/hub_rows.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/hash.h"
#include "harness/base/json.h"
#include "suites/loader/data_cache.h"
#include "suites/loader/hub_page.h"
#include "suites/loader/image_header.h"
#include "suites/loader/remote_file.h"

namespace assay::suites {
namespace {

namespace fs = std::filesystem;

constexpr int kStartsMax = 2;    // of one download: again when the set changed meanwhile
constexpr int kPageAsksMax = 3;  // a page whose pictures' URLs had expired
constexpr size_t kSplitsShown = 40;
constexpr size_t kNameBytesMax = 200;
constexpr const char* kManifest = "manifest.json";
constexpr const char* kState = "state.json";
constexpr const char* kRows = "rows.jsonl";
constexpr const char* kImages = "images";

bool is_commit(const std::string& text) {
  return text.size() >= 7 && text.size() <= 40 &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}
// The rows API serves main, through its conversion to parquet: these names mean what it has.
bool is_newest(const std::string& revision) {
  return revision.empty() || revision == "main" || revision == "refs/convert/parquet";
}

std::string wanted_split(const DataSource& source) {
  return source.hub_split.empty() ? source.split : source.hub_split;
}

std::string query_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string page_of_set(const std::string& dataset) {
  return "https://huggingface.co/datasets/" + dataset;
}

// ---- the folder in the cache ----------------------------------------------------------------

std::string set_folder(const DataSource& source, const DataCache& cache) {
  const std::string split = wanted_split(source);
  return cache.hub_path(
      fmt::format("{}-{}-{}", source.hub, source.hub_config, split),
      fmt::format("{}\n{}\n{}\n{}", hub_endpoint(), source.hub, source.hub_config, split));
}

struct Manifest {
  HubFiles files;
  std::string sha256;
};

std::optional<Manifest> read_manifest(const std::string& folder) {
  const std::optional<Json> note = read_note((fs::path(folder) / kManifest).string());
  if (!note) return std::nullopt;
  const Result<std::string> sha256 = get_string(*note, "sha256", "");
  const Result<std::string> revision = get_string(*note, "revision", "");
  const Result<int64_t> rows = get_integer(*note, "rows", "");
  const Json* partial = find_member(*note, "partial");
  if (!sha256 || !revision || !rows || *rows < 0 || partial == nullptr || !partial->is_boolean())
    return std::nullopt;
  Manifest manifest;
  manifest.sha256 = *sha256;
  manifest.files.rows_path = (fs::path(folder) / kRows).string();
  manifest.files.images_dir = (fs::path(folder) / kImages).string();
  manifest.files.revision = *revision;
  manifest.files.rows = static_cast<uint64_t>(*rows);
  manifest.files.partial = partial->get<bool>();
  std::error_code ignored;
  if (!fs::is_regular_file(manifest.files.rows_path, ignored)) return std::nullopt;
  return manifest;
}

// A pinned revision may be what was fetched without naming it.
std::string revision_folder(const DataSource& source, const std::string& set) {
  std::string newest = (fs::path(set) / "main").string();
  if (is_newest(source.hub_revision)) return newest;
  const std::optional<Manifest> manifest = read_manifest(newest);
  const bool same = manifest && manifest->files.revision.starts_with(source.hub_revision);
  return same ? newest : (fs::path(set) / source.hub_revision).string();
}

// `fresh` takes the place of what is called `folder` now.
Result<void> replace_folder(const std::string& fresh, const std::string& folder) {
  std::error_code failed;
  const std::string old = fresh + ".old";
  fs::remove_all(old, failed);
  if (fs::exists(folder, failed)) fs::rename(folder, old, failed);
  if (!failed) fs::rename(fresh, folder, failed);
  if (failed) {
    return Error{ErrorCode::kIo, fmt::format("cannot be made: {}", failed.message()), folder};
  }
  fs::remove_all(old, failed);
  return {};
}

// ---- one download ---------------------------------------------------------------------------

class HubDownload {
 public:
  HubDownload(const DataSource& source, const DataAccess& access, std::string folder)
      : source_(source), access_(access), part_(std::move(folder) + ".part") {}
  // Leaves the whole split in part().
  Result<void> run();
  [[nodiscard]] const std::string& part() const { return part_; }

 private:
  enum class Turn : uint8_t { kGoOn, kSmallerPage, kPicturesGone, kSetChanged };

  Result<void> choose_config();
  Result<void> resume();
  Result<void> start_over();
  Result<void> fetch_all();
  Result<Turn> fetch_page();
  Result<Turn> take_page(const FetchReply& reply, HubPage page);
  Result<void> check_revision(const std::string& found) const;
  Result<void> check_partial(const HubPage& page);
  Result<bool> fetch_pictures(HubPage& page);
  Result<std::string> fetch_picture(const HubPicture& picture, bool& gone);
  Result<std::string> store_picture(const std::string& bytes);
  Result<void> append_rows(const HubPage& page);
  Result<void> write_state() const;
  Result<void> write_manifest() const;
  Result<FetchReply> ask(const std::string& path, uint64_t bytes_max);
  Result<FetchReply> ask_for_rows();
  Error failure(const FetchReply& reply);
  Error not_there(const std::string& said);
  Error no_access(bool with_token) const;
  [[nodiscard]] Error error(std::string message, ErrorCode code = ErrorCode::kInfrastructure) const;
  [[nodiscard]] std::string file(const char* name) const {
    return (fs::path(part_) / name).string();
  }
  [[nodiscard]] std::string shown() const {
    return fmt::format("{} ({}, {})", source_.hub, config_.empty() ? "?" : config_,
                       wanted_split(source_));
  }

  const DataSource& source_;
  const DataAccess& access_;
  const std::string part_;
  const std::string endpoint_ = hub_endpoint();
  std::string config_;
  std::string revision_;
  std::string features_;
  uint64_t page_rows_ = kHubPageRows;
  uint64_t rows_ = 0;           // stored
  uint64_t row_bytes_ = 0;      // of them
  uint64_t picture_bytes_ = 0;  // fetched by this process
  uint64_t total_ = 0;          // said by the first page; 0: none came yet
  bool partial_ = false;
};

Result<void> HubDownload::run() {
  ASSAY_TRY_VOID(resume());
  for (int start = 1;; ++start) {
    if (config_.empty()) ASSAY_TRY_VOID(choose_config());
    access_.tell(fmt::format("fetching {} from {}{}", shown(), endpoint_,
                             rows_ > 0 ? fmt::format(", from row {} on", rows_) : ""));
    const Result<void> done = fetch_all();
    if (done) return write_manifest();
    const bool changed = done.error().code == ErrorCode::kConflict;
    if (!changed || start == kStartsMax) return done.error();
    access_.tell(done.error().message + "; starting over");
    ASSAY_TRY_VOID(start_over());
  }
}

// The first configuration of the list, where the suite names none.
Result<void> HubDownload::choose_config() {
  config_ = source_.hub_config;
  if (!config_.empty()) return {};
  ASSAY_TRY(const FetchReply reply,
            ask("/splits?dataset=" + query_escaped(source_.hub), kHubPageBytesMax));
  if (reply.status != 200) return failure(reply);
  ASSAY_TRY(const std::vector<HubSplit> splits, read_hub_splits(reply.body, endpoint_ + "/splits"));
  if (splits.empty()) return error("has no splits");
  config_ = splits.front().config;
  const bool several = std::any_of(splits.begin(), splits.end(),
                                   [this](const HubSplit& s) { return s.config != config_; });
  if (several) {
    access_.tell(fmt::format("{} has several configurations; the first one, `{}`, is taken",
                             source_.hub, config_));
  }
  return {};
}

// Goes on after the last whole page that a process before this one stored.
Result<void> HubDownload::resume() {
  ASSAY_TRY_VOID(make_folder(file(kImages)));
  const std::optional<Json> state = read_note(file(kState));
  if (!state) return start_over();
  const Result<std::string> config = get_string(*state, "config", "");
  const Result<std::string> revision = get_string(*state, "revision", "");
  const Result<std::string> features = get_string(*state, "features", "");
  const Result<int64_t> rows = get_integer(*state, "rows", "");
  const Result<int64_t> bytes = get_integer(*state, "bytes", "");
  const Result<int64_t> total = get_integer(*state, "total", "");
  std::error_code failed;
  const uint64_t size = fs::file_size(file(kRows), failed);
  if (failed || !config || !revision || !features || !rows || !bytes || !total || *rows < 0 ||
      *bytes < 0 || *total < *rows || size < static_cast<uint64_t>(*bytes)) {
    return start_over();
  }
  fs::resize_file(file(kRows), static_cast<uint64_t>(*bytes), failed);  // a page cut by a kill
  if (failed) return start_over();
  config_ = *config;
  revision_ = *revision;
  features_ = *features;
  rows_ = static_cast<uint64_t>(*rows);
  row_bytes_ = static_cast<uint64_t>(*bytes);
  total_ = static_cast<uint64_t>(*total);
  return {};
}

Result<void> HubDownload::start_over() {
  std::error_code failed;
  fs::remove_all(part_, failed);
  ASSAY_TRY_VOID(make_folder(file(kImages)));
  config_.clear();
  revision_.clear();
  features_.clear();
  page_rows_ = kHubPageRows;
  rows_ = row_bytes_ = total_ = picture_bytes_ = 0;
  partial_ = false;
  std::ofstream(file(kRows), std::ios::binary | std::ios::trunc).close();
  return write_state();
}

Result<void> HubDownload::fetch_all() {
  int asked = 0;  // for this page
  // At least one page is asked for: a resumed download may have all rows but not know whether
  // another revision is there now.
  for (bool any = false; !any || rows_ < total_;) {
    ASSAY_TRY(const Turn turn, fetch_page());
    if (turn == Turn::kSetChanged)
      return error("the set changed while it was fetched", ErrorCode::kConflict);
    if (turn == Turn::kSmallerPage) continue;
    if (turn == Turn::kPicturesGone && ++asked < kPageAsksMax) continue;
    if (turn == Turn::kPicturesGone) return error("its pictures are refused by the server");
    asked = 0;
    any = true;
    if (access_.progress)
      access_.progress(fmt::format("{}: {} of {} rows", shown(), rows_, total_));
  }
  return {};
}

Result<HubDownload::Turn> HubDownload::fetch_page() {
  Result<FetchReply> reply = ask_for_rows();
  const bool too_long = !reply && reply.error().code == ErrorCode::kLimit;
  const bool too_big = reply && reply->header("x-error-code") == "TooBigContentError";
  if ((too_long || too_big) && page_rows_ > 1) {
    page_rows_ = std::max<uint64_t>(page_rows_ / 10, 1);
    return Turn::kSmallerPage;
  }
  if (!reply) return std::move(reply).error();
  if (reply->status != 200) return failure(*reply);
  const std::string where = fmt::format("{}/rows of {} from row {}", endpoint_, shown(), rows_);
  ASSAY_TRY(HubPage page, read_hub_page(reply->body, {rows_, page_rows_}, where));
  return take_page(*reply, std::move(page));
}

Result<HubDownload::Turn> HubDownload::take_page(const FetchReply& reply, HubPage page) {
  const std::string revision(reply.header("x-revision").substr(0, kNameBytesMax));
  ASSAY_TRY_VOID(check_revision(revision));
  const bool first = total_ == 0;
  if (!first && (revision != revision_ || page.features != features_ || page.rows_total != total_))
    return Turn::kSetChanged;
  if (page.rows_total == 0) return error("has no rows");
  if (first || (page.partial && !partial_)) ASSAY_TRY_VOID(check_partial(page));
  revision_ = revision;
  features_ = page.features;
  total_ = page.rows_total;
  ASSAY_TRY(const bool whole, fetch_pictures(page));
  if (!whole) return Turn::kPicturesGone;
  ASSAY_TRY_VOID(append_rows(page));
  ASSAY_TRY_VOID(write_state());
  return Turn::kGoOn;
}

Result<void> HubDownload::check_revision(const std::string& found) const {
  if (is_newest(source_.hub_revision) || found.starts_with(source_.hub_revision)) return {};
  if (found.empty()) {
    return error(
        fmt::format("the server does not say which revision it has, so `revision: {}` "
                    "cannot be kept to",
                    source_.hub_revision));
  }
  return error(
      fmt::format("the suite asks for revision {}, but the server has {}, and only that "
                  "one; name it, or fetch the files of the older one by `url` and "
                  "`sha256` from {}/tree/{}",
                  source_.hub_revision, found, page_of_set(source_.hub), source_.hub_revision),
      ErrorCode::kInput);
}

Result<void> HubDownload::check_partial(const HubPage& page) {
  if (!page.partial) return {};
  partial_ = true;
  if (source_.hub_partial) return {};
  return error(fmt::format("the server has only a part of it ({} rows): a score on a part is not a "
                           "score on the set; say `partial: true` to take the part, or name its "
                           "files by `url` and `sha256`",
                           page.rows_total),
               ErrorCode::kInput);
}

// False: a picture's URL is not valid any more, so the page must be asked for again.
Result<bool> HubDownload::fetch_pictures(HubPage& page) {
  for (HubRow& row : page.rows) {
    std::vector<std::string> names;
    for (const HubPicture& picture : row.pictures) {
      bool gone = false;
      ASSAY_TRY(std::string name, fetch_picture(picture, gone));
      if (gone) return false;
      names.push_back(std::move(name));
    }
    name_pictures(page.columns, names, row);
  }
  return true;
}

Result<std::string> HubDownload::fetch_picture(const HubPicture& picture, bool& gone) {
  const bool secure = picture.url.starts_with("https://");
  const bool plain = picture.url.starts_with("http://") && endpoint_.starts_with("http://");
  if (!secure && !plain)
    return error(fmt::format("a picture of `{}` has no https URL", picture.column));
  FetchRequest request;  // without the token: the URL is signed
  request.url = picture.url;
  request.bytes_max = kHubPictureBytesMax;
  ASSAY_TRY(const FetchReply reply, access_.fetcher->get(request));
  gone = reply.status == 401 || reply.status == 403 || reply.status == 404 || reply.status == 410;
  if (gone) return std::string();
  if (reply.status != 200) {
    return error(
        fmt::format("a picture of `{}` is refused with status {}", picture.column, reply.status));
  }
  picture_bytes_ += reply.body.size();
  return store_picture(reply.body);
}

// Named by its content, so that the same picture is one file whatever row or page holds it.
Result<std::string> HubDownload::store_picture(const std::string& bytes) {
  const std::optional<ImageHeader> header = read_image_header(bytes);
  if (!header) return error("what its server gives as a picture is none");
  std::string kind(header->media_type.substr(header->media_type.find('/') + 1));
  if (kind == "jpeg") kind = "jpg";
  const std::string name = fmt::format("{}.{}", sha256(bytes).hex(), kind);
  const std::string path = (fs::path(file(kImages)) / name).string();
  std::error_code ignored;
  if (fs::file_size(path, ignored) == bytes.size() && !ignored) return name;
  ASSAY_TRY_VOID(write_whole(path, bytes));
  return name;
}

Result<void> HubDownload::append_rows(const HubPage& page) {
  std::string text;
  for (const HubRow& row : page.rows) {
    const std::string line = dump_json(row.row);
    if (line.size() > kRowBytesMax) {
      return error(fmt::format("a row has {} bytes, more than {} (limit kRowBytesMax)", line.size(),
                               kRowBytesMax),
                   ErrorCode::kLimit);
    }
    text.append(line).append("\n");
  }
  if (row_bytes_ + picture_bytes_ + text.size() > kHubBytesMax) {
    return error(fmt::format("is larger than {} bytes (limit kHubBytesMax)", kHubBytesMax),
                 ErrorCode::kLimit);
  }
  std::ofstream out(file(kRows), std::ios::binary | std::ios::app);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out) return Error{ErrorCode::kIo, "cannot be written", file(kRows)};
  rows_ += page.rows.size();
  row_bytes_ += text.size();
  return {};
}

Result<void> HubDownload::write_state() const {
  const Json state{{"config", config_}, {"revision", revision_}, {"features", features_},
                   {"rows", rows_},     {"bytes", row_bytes_},   {"total", total_}};
  return write_whole(file(kState), dump_json(state) + "\n");
}

Result<void> HubDownload::write_manifest() const {
  ASSAY_TRY(const Hash hash, sha256_file(file(kRows)));
  ASSAY_TRY(Json features, parse_json(features_, "features"));
  const Json manifest{{"dataset", source_.hub},
                      {"config", config_},
                      {"split", wanted_split(source_)},
                      {"revision", revision_},
                      {"endpoint", endpoint_},
                      {"rows", rows_},
                      {"partial", partial_},
                      {"sha256", hash.hex()},
                      {"fetched", utc_now_iso8601()},
                      {"features", std::move(features)}};
  ASSAY_TRY_VOID(write_whole(file(kManifest), dump_json_pretty(manifest) + "\n"));
  std::error_code ignored;
  fs::remove(file(kState), ignored);
  return {};
}

Result<FetchReply> HubDownload::ask(const std::string& path, uint64_t bytes_max) {
  FetchRequest request;
  request.url = endpoint_ + path;
  request.bearer = hub_token_for(request.url);
  request.headers = {"accept: application/json"};
  request.bytes_max = bytes_max;
  return access_.fetcher->get(request);
}

Result<FetchReply> HubDownload::ask_for_rows() {
  return ask(fmt::format("/rows?dataset={}&config={}&split={}&offset={}&length={}",
                         query_escaped(source_.hub), query_escaped(config_),
                         query_escaped(wanted_split(source_)), rows_, page_rows_),
             kHubPageBytesMax);
}

// ---- failures in plain words ----------------------------------------------------------------

Error HubDownload::error(std::string message, ErrorCode code) const {
  return Error{code, fmt::format("{}: {}", shown(), message), source_.place};
}

Error HubDownload::no_access(bool with_token) const {
  const std::string terms = fmt::format("accept its terms at {}", page_of_set(source_.hub));
  if (with_token) {
    return error(fmt::format("the token in HF_TOKEN gives no access to it: {} as the token's owner "
                             "(or the set does not exist)",
                             terms),
                 ErrorCode::kInput);
  }
  return error(fmt::format("is gated or private, or does not exist: {}, make a token at "
                           "https://huggingface.co/settings/tokens and name it in HF_TOKEN",
                           terms),
               ErrorCode::kInput);
}

Error HubDownload::failure(const FetchReply& reply) {
  const bool with_token = !hub_token_for(endpoint_ + "/").empty();
  const std::string_view code = reply.header("x-error-code");
  if (reply.status == 401 || reply.status == 403 || code == "ExternalAuthenticatedError")
    return no_access(with_token);
  const std::string said = hub_error_text(reply.body);
  if (reply.status == 404) return not_there(said);
  const std::string why = said.empty() ? "" : fmt::format(" (`{}`)", said);
  if (code == "ResponseNotReady")
    return error(fmt::format("the server is still preparing it{}; try again in some minutes", why));
  if (reply.status == 429) {
    return error(fmt::format(
        "the server takes no more requests for now{}; it may take them again in a while{}", why,
        with_token ? "" : ", or with a token in HF_TOKEN, which allows more"));
  }
  return error(fmt::format("the server answers with status {}{}", reply.status, why));
}

// Says which configurations and splits there are, where the set itself is there.
Error HubDownload::not_there(const std::string& said) {
  const Result<FetchReply> reply =
      ask("/splits?dataset=" + query_escaped(source_.hub), kHubPageBytesMax);
  if (!reply || reply->status != 200) {
    return error(fmt::format("there is no such set that the server can show ({}{}{})",
                             page_of_set(source_.hub), said.empty() ? "" : "; it says: ", said),
                 ErrorCode::kNotFound);
  }
  const auto splits = read_hub_splits(reply->body, endpoint_ + "/splits");
  std::vector<std::string> known;
  for (size_t i = 0; splits && i < std::min(splits->size(), kSplitsShown); ++i)
    known.push_back((*splits)[i].config + "/" + (*splits)[i].split);
  if (splits && splits->size() > kSplitsShown) known.emplace_back("...");
  return error(fmt::format("there is no such configuration and split, expected one of {}",
                           fmt::join(known, ", ")),
               ErrorCode::kNotFound);
}

// The cached files, whole; a damaged copy is removed.
Result<std::optional<HubFiles>> sound_files(const std::string& folder, const DataAccess& access) {
  const std::optional<Manifest> manifest = read_manifest(folder);
  if (!manifest) return std::optional<HubFiles>();
  ASSAY_TRY(const Hash found, sha256_file(manifest->files.rows_path));
  if (found.hex() == manifest->sha256) return std::optional<HubFiles>(manifest->files);
  access.tell(fmt::format("{} is damaged; it is removed", manifest->files.rows_path));
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  return std::optional<HubFiles>();
}

Result<HubFiles> download(const DataSource& source, const DataAccess& access,
                          const std::string& folder) {
  const std::optional<Manifest> before = read_manifest(folder);
  HubDownload fetch(source, access, folder);
  ASSAY_TRY_VOID(fetch.run());
  ASSAY_TRY_VOID(replace_folder(fetch.part(), folder));
  const std::optional<Manifest> now = read_manifest(folder);
  if (!now) return Error{ErrorCode::kIo, "what was just written cannot be read", folder};
  if (before && before->sha256 != now->sha256) {
    access.tell(
        fmt::format("{} has changed: its rows had sha256 {}, they now have {}; scores of the "
                    "two are not those of one suite",
                    source.hub, before->sha256, now->sha256));
  }
  access.tell(fmt::format("{}: {} rows, revision {}, sha256 {}", source.hub, now->files.rows,
                          now->files.revision.empty() ? "not said" : now->files.revision,
                          now->sha256));
  return now->files;
}

// A part in the cache was taken by a suite that allows it; another may not.
Result<std::optional<HubFiles>> allowed(const DataSource& source, const DataAccess& access,
                                        HubFiles files) {
  if (files.partial && !source.hub_partial) {
    return input_error(source.place,
                       fmt::format("{}: only a part of it ({} rows) is in the cache, as the server "
                                   "has no more; say `partial: true` to take it",
                                   source.hub, files.rows));
  }
  if (files.partial)
    access.tell(fmt::format("{} is only a part ({} rows) of the set", source.hub, files.rows));
  return std::optional<HubFiles>(std::move(files));
}

bool is_name(const std::string& text) {
  return !text.empty() && text.size() <= kNameBytesMax &&
         text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
             "/") == std::string::npos &&
         std::count(text.begin(), text.end(), '/') <= 1 && text.front() != '/' &&
         text.back() != '/' && text.find("..") == std::string::npos;
}

}  // namespace

Result<void> check_hub_names(const DataSource& source) {
  if (!is_name(source.hub)) {
    return input_error(source.place, fmt::format("`hub` is `{}`, expected a set's name as in "
                                                 "https://huggingface.co/datasets/ORG/NAME",
                                                 source.hub));
  }
  const std::string split = wanted_split(source);
  if (split.find_first_of("[]+%:") != std::string::npos) {
    return input_error(source.place, fmt::format("the split `{}` is a slice or a sum, expected one "
                                                 "split's name (and `range` for a part of it)",
                                                 split));
  }
  if (!is_newest(source.hub_revision) && !is_commit(source.hub_revision)) {
    return input_error(source.place,
                       fmt::format("`revision` is `{}`, but the rows API has no branches or tags; "
                                   "expected a commit, or `main`",
                                   source.hub_revision));
  }
  return {};
}

std::optional<HubFiles> cached_hub(const DataSource& source, const DataAccess& access) {
  const DataCache cache(cache_folder(access.cache_dir));
  if (cache.folder().empty()) return std::nullopt;
  const auto manifest = read_manifest(revision_folder(source, set_folder(source, cache)));
  return manifest ? std::optional(manifest->files) : std::nullopt;
}

Result<std::optional<HubFiles>> obtain_hub(const DataSource& source, const DataAccess& access) {
  ASSAY_TRY_VOID(check_hub_names(source));
  const DataCache cache(cache_folder(access.cache_dir));
  if (cache.folder().empty()) return std::optional<HubFiles>();
  const std::string folder = revision_folder(source, set_folder(source, cache));
  const bool online = access.fetcher != nullptr && !access.offline;
  const bool fresh = online && access.refresh;
  if (!fresh) {
    ASSAY_TRY(std::optional<HubFiles> files, sound_files(folder, access));
    if (files) return allowed(source, access, std::move(*files));
    if (!online) return files;
  }
  ASSAY_TRY(const CacheLock lock, CacheLock::take(cache.lock_path(folder), *access.fetcher));
  if (!fresh) {  // another process may have fetched it meanwhile
    ASSAY_TRY(std::optional<HubFiles> files, sound_files(folder, access));
    if (files) return allowed(source, access, std::move(*files));
  }
  ASSAY_TRY(HubFiles files, download(source, access, folder));
  return allowed(source, access, std::move(files));
}

}  // namespace assay::suites
