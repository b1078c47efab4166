#include "suites/loader/row_store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <set>
#include <unordered_map>
#include <utility>

#include "harness/base/json.h"
#include "harness/base/utf8.h"
#include "suites/loader/json_array_reader.h"
#include "suites/loader/json_scan.h"
#include "suites/loader/picture_folder.h"
#include "suites/loader/table_reader.h"

namespace assay::suites {
namespace {

constexpr size_t kShownMax = 12;                    // column names in a message
constexpr uint64_t kStoredMax = kRowBytesMax + 32;  // a row with its line number
constexpr size_t kReadAheadBytes = size_t{1} << 20;
constexpr size_t kSpoolBufferBytes = size_t{1} << 18;

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

std::string join(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size() && i < kShownMax; ++i) {
    text += (i > 0 ? ", " : "") + names[i];
  }
  if (names.size() > kShownMax) text += ", ...";
  return text;
}

// Splits a text fed in chunks into lines.
class LineSplitter {
 public:
  // `take(line, offset)`: without its line feed; offset in the text.
  template <typename Take>
  Result<void> feed(std::string_view chunk, const std::string& shown, Take&& take) {
    while (!chunk.empty()) {
      const size_t end = chunk.find('\n');
      const std::string_view part = chunk.substr(0, end);
      if (partial_.size() + part.size() >= kRowBytesMax) {
        return Error{
            ErrorCode::kLimit,
            fmt::format("the line is larger than {} bytes (limit kRowBytesMax)", kRowBytesMax),
            fmt::format("{}:{}", shown, line_)};
      }
      if (end == std::string_view::npos) {
        partial_.append(part);
        return {};
      }
      ASSAY_TRY_VOID(end_line(part, take));
      chunk.remove_prefix(end + 1);
    }
    return {};
  }
  template <typename Take>
  Result<void> finish(Take&& take) {
    if (partial_.empty()) return {};
    return end_line({}, take);
  }

 private:
  template <typename Take>
  Result<void> end_line(std::string_view part, Take&& take) {
    std::string_view line = part;
    if (!partial_.empty()) line = partial_.append(part);
    ASSAY_TRY_VOID(take(line, offset_, line_));
    offset_ += line.size() + 1;
    ++line_;
    partial_.clear();
    return {};
  }

  std::string partial_;
  uint64_t offset_ = 0;
  uint64_t line_ = 1;
};

Error write_error() {
  return Error{
      ErrorCode::kIo,
      fmt::format("cannot write the temporary copy of a data file: {}", std::strerror(errno)),
      "TMPDIR"};
}

}  // namespace

// The temporary file, written through a buffer.
struct RowStore::Spool {
  std::string buffer;
  uint64_t written = 0;
  int fd = -1;

  ~Spool() {
    if (fd >= 0) ::close(fd);
  }
  Spool() = default;
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  Result<void> open() {
    const char* folder = std::getenv("TMPDIR");
    std::string name =
        fmt::format("{}/assay-rows-XXXXXX", folder != nullptr && *folder != '\0' ? folder : "/tmp");
    fd = ::mkostemp(name.data(), O_CLOEXEC);
    if (fd < 0) return write_error();
    ::unlink(name.c_str());
    return {};
  }
  [[nodiscard]] uint64_t offset() const { return written + buffer.size(); }
  Result<void> flush() {
    size_t done = 0;
    while (done < buffer.size()) {
      const ssize_t n = ::write(fd, buffer.data() + done, buffer.size() - done);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return write_error();
      done += static_cast<size_t>(n);
    }
    written += buffer.size();
    buffer.clear();
    return {};
  }
};

RowStore::~RowStore() {
  if (fd_ >= 0) ::close(fd_);
}

bool RowStore::OffsetIndex::push(uint64_t offset) {
  if (count_ % kRows == 0) {
    blocks_.push_back(std::make_unique<Block>());
    blocks_.back()->base = offset;
  }
  Block& block = *blocks_.back();
  const uint64_t delta = offset - block.base;
  if (delta > UINT32_MAX) return false;
  block.delta[count_ % kRows] = static_cast<uint32_t>(delta);
  ++count_;
  return true;
}

std::optional<DataFormat> format_of_name(const std::string& path) {
  std::string_view name = path;
  if (name.ends_with(".gz")) name.remove_suffix(3);
  if (name.ends_with(".jsonl") || name.ends_with(".ndjson")) return DataFormat::kJsonl;
  if (name.ends_with(".json")) return DataFormat::kJson;
  if (name.ends_with(".csv")) return DataFormat::kCsv;
  if (name.ends_with(".tsv")) return DataFormat::kTsv;
  return std::nullopt;
}

std::string_view format_name(DataFormat format) {
  switch (format) {
    case DataFormat::kJsonl:
      return "jsonl";
    case DataFormat::kJson:
      return "json";
    case DataFormat::kCsv:
      return "csv";
    case DataFormat::kTsv:
      return "tsv";
    case DataFormat::kLines:
      return "lines";
    case DataFormat::kImages:
      return "images";
    case DataFormat::kAuto:
      break;
  }
  return "auto";
}

Result<std::unique_ptr<RowStore>> RowStore::open(const RowSource& source) {
  std::unique_ptr<RowStore> store(new RowStore);  // the constructor is private
  store->shown_ = source.shown;
  DataFormat format = source.format;
  if (format == DataFormat::kAuto) {
    const auto guessed = format_of_name(source.path);
    if (!guessed) {
      return input_error(source.shown,
                         "its name does not say its format, expected .jsonl, .json, .csv, .tsv "
                         "(each also .gz) or a `format:`");
    }
    format = *guessed;
  }
  if (format == DataFormat::kImages) {
    ASSAY_TRY_VOID(store->read_folder(source));
  } else {
    ASSAY_TRY(const std::unique_ptr<TextSource> text,
              TextSource::open(source.path, source.shown, source.limits));
    if (format == DataFormat::kJsonl) {
      ASSAY_TRY_VOID(store->read_jsonl(*text, source));
    } else if (format == DataFormat::kJson) {
      ASSAY_TRY_VOID(store->read_json(*text, source));
    } else if (format == DataFormat::kLines) {
      ASSAY_TRY_VOID(store->read_lines(*text, source));
    } else {
      ASSAY_TRY_VOID(store->read_table(*text, source, format == DataFormat::kTsv));
    }
    store->hash_ = text->file_hash();
  }
  if (store->spool_) ASSAY_TRY_VOID(store->finish_spool());
  if (store->count_ == 0) return input_error(source.shown, "has no rows");
  return store;
}

Result<void> RowStore::finish_spool() {
  ASSAY_TRY_VOID(spool_->flush());
  end_ = spool_->written;
  fd_ = std::exchange(spool_->fd, -1);
  spool_.reset();
  return {};
}

Result<void> RowStore::add_offset(uint64_t offset, std::string_view text, uint64_t line_number) {
  if (!offsets_.push(offset)) {
    return Error{ErrorCode::kLimit, "more than 4 GiB without rows",
                 fmt::format("{}:{}", shown_, line_number)};
  }
  if (count_ == 0) {
    ASSAY_TRY(const Json first, parse_json(text, shown_, static_cast<int>(line_number)));
    for (const auto& [key, value] : first.items()) columns_.push_back(key);
  }
  ++count_;
  return {};
}

Result<void> RowStore::add_spooled(std::string_view text, uint64_t line_number) {
  if (!spool_) {
    spool_ = std::make_unique<Spool>();
    numbered_ = true;
    ASSAY_TRY_VOID(spool_->open());
  }
  const uint64_t offset = spool_->offset();
  spool_->buffer += fmt::format("{}\t", line_number);
  spool_->buffer += text;
  spool_->buffer += '\n';
  if (spool_->buffer.size() >= kSpoolBufferBytes) ASSAY_TRY_VOID(spool_->flush());
  return add_offset(offset, text, line_number);
}

Result<void> RowStore::add_line(std::string_view line, uint64_t offset, uint64_t line_number) {
  if (is_blank(line)) return {};
  if (!scan_json_object(line, nullptr)) {
    ASSAY_TRY(const Json row, parse_json(line, shown_, static_cast<int>(line_number)));
    if (!row.is_object()) {
      return input_error(fmt::format("{}:{}", shown_, line_number),
                         fmt::format("the row is {}, expected an object", json_type_name(row)));
    }
  }
  if (spool_) return add_spooled(line, line_number);
  return add_offset(offset, line, line_number);
}

Result<void> RowStore::read_jsonl(TextSource& text, const RowSource& source) {
  if (text.packed()) {
    spool_ = std::make_unique<Spool>();
    numbered_ = true;
    ASSAY_TRY_VOID(spool_->open());
  } else {
    fd_ = ::open(source.path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) {
      return Error{ErrorCode::kIo, fmt::format("cannot be opened: {}", std::strerror(errno)),
                   shown_};
    }
  }
  LineSplitter lines;
  uint64_t bytes = 0;
  const auto take = [&](std::string_view line, uint64_t offset, uint64_t number) {
    return add_line(line, offset + text.skipped(), number);
  };
  for (;;) {
    ASSAY_TRY(const std::string_view chunk, text.next());
    if (chunk.empty()) break;
    bytes += chunk.size();
    ASSAY_TRY_VOID(lines.feed(chunk, shown_, take));
  }
  ASSAY_TRY_VOID(lines.finish(take));
  end_ = bytes + text.skipped();
  return {};
}

Result<void> RowStore::read_json(TextSource& text, const RowSource& source) {
  if (!source.field.empty()) return read_document(text, source);
  JsonArrayReader reader(shown_, kRowBytesMax);
  for (;;) {
    ASSAY_TRY(const std::string_view chunk, text.next());
    if (chunk.empty()) break;
    ASSAY_TRY_VOID(reader.feed(
        chunk, [&](const Json& row, uint64_t line) { return add_spooled(dump_json(row), line); }));
  }
  return reader.finish();
}

// A list inside an object: the document is read whole (it is small, or it would be a list).
Result<void> RowStore::read_document(TextSource& text, const RowSource& source) {
  std::string whole;
  for (;;) {
    ASSAY_TRY(const std::string_view chunk, text.next());
    if (chunk.empty()) break;
    whole += chunk;
    if (whole.size() > kJsonDocumentBytesMax) {
      return Error{ErrorCode::kLimit,
                   fmt::format("larger than {} bytes (limit kJsonDocumentBytesMax) with `field`; "
                               "make it JSONL",
                               kJsonDocumentBytesMax),
                   shown_};
    }
  }
  ASSAY_TRY(const Json document, parse_json(whole, shown_));
  const Json* rows = find_member(document, source.field);
  if (rows == nullptr || !rows->is_array()) {
    return input_error(
        shown_, rows == nullptr
                    ? fmt::format("has no field `{}`, expected a list of rows there", source.field)
                    : fmt::format("`{}` is {}, expected a list of rows", source.field,
                                  json_type_name(*rows)));
  }
  for (size_t i = 0; i < rows->size(); ++i) {
    const Json& row = (*rows)[i];
    if (!row.is_object()) {
      return input_error(shown_, fmt::format("`{}[{}]` is {}, expected an object", source.field, i,
                                             json_type_name(row)));
    }
    ASSAY_TRY_VOID(add_spooled(dump_json(row), 1));
  }
  return {};
}

namespace {

Result<void> check_header(const std::vector<std::string>& names, const std::string& place) {
  std::set<std::string_view> seen;
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) {
      return input_error(place, fmt::format("column {} of the header has no name", i + 1));
    }
    if (!seen.insert(names[i]).second) {
      return input_error(place, fmt::format("the header names the column `{}` twice", names[i]));
    }
  }
  return {};
}

std::string table_row(const std::vector<std::string>& names, const TableRecord& record) {
  std::string text = "{";
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += ',';
    append_json_string(text, names[i]);
    text += ':';
    append_json_string(text, record.fields[i]);
  }
  return text + '}';
}

}  // namespace

Result<void> RowStore::read_table(TextSource& text, const RowSource& source, bool tabs) {
  TableReader reader(shown_, {.separator = tabs ? '\t' : ',',
                              .quoting = source.quoting.value_or(!tabs),
                              .record_bytes_max = kRowBytesMax / 8});  // as JSON it may grow
  std::vector<std::string> names = source.columns;
  bool header_due = source.header;
  uint64_t blank_line = 0;
  const auto take = [&](const TableRecord& record) -> Result<void> {
    if (record.blank && (header_due || names.size() > 1)) {
      if (blank_line == 0) blank_line = record.line;
      return {};  // fine at the end of the file only
    }
    const std::string place = fmt::format("{}:{}", shown_, record.line);
    if (blank_line != 0) {
      return input_error(fmt::format("{}:{}", shown_, blank_line),
                         "an empty line between records, expected a record");
    }
    if (header_due) {
      header_due = false;
      names = record.fields;
      return check_header(names, place);
    }
    if (record.fields.size() != names.size()) {
      return input_error(place, fmt::format("found {} columns, expected {} ({})",
                                            record.fields.size(), names.size(), join(names)));
    }
    return add_spooled(table_row(names, record), record.line);
  };
  for (;;) {
    ASSAY_TRY(const std::string_view chunk, text.next());
    if (chunk.empty()) break;
    ASSAY_TRY_VOID(reader.feed(chunk, take));
  }
  return reader.finish(take);
}

// Every line is a row, blank ones too: files of several languages are aligned by their lines.
Result<void> RowStore::read_lines(TextSource& text, const RowSource& source) {
  const std::string column = source.columns.empty() ? "text" : source.columns.front();
  LineSplitter lines;
  const auto take = [&](std::string_view line, uint64_t /*offset*/,
                        uint64_t number) -> Result<void> {
    if (line.ends_with('\r')) line.remove_suffix(1);
    std::string row = "{";
    append_json_string(row, column);
    row += ':';
    append_json_string(row, line);
    return add_spooled(row + '}', number);
  };
  for (;;) {
    ASSAY_TRY(const std::string_view chunk, text.next());
    if (chunk.empty()) break;
    ASSAY_TRY_VOID(lines.feed(chunk, shown_, take));
  }
  return lines.finish(take);
}

namespace {

using KeyIndex = std::unordered_map<std::string, uint64_t>;

Result<std::string> join_key(const RowStore& rows, uint64_t row, const Json& value,
                             const std::string& by) {
  const Json* key = find_member(value, by);
  if (key == nullptr) {
    return input_error(rows.place(row), fmt::format("the row has no `{}` to join by", by));
  }
  return dump_json(*key);
}

Result<KeyIndex> index_by(const RowStore& rows, const std::string& by) {
  if (rows.size() > kJoinRowsMax) {
    return Error{ErrorCode::kLimit,
                 fmt::format("{} rows to join by `{}`, at most {} (limit kJoinRowsMax)",
                             rows.size(), by, kJoinRowsMax),
                 rows.shown()};
  }
  KeyIndex index;
  for (uint64_t i = 0; i < rows.size(); ++i) {
    ASSAY_TRY(const Json row, rows.row(i));
    ASSAY_TRY(std::string key, join_key(rows, i, row, by));
    if (!index.emplace(key, i).second) {
      return input_error(rows.place(i), fmt::format("a second row with the {} {}", by, key));
    }
  }
  return index;
}

Result<void> add_members(Json& row, const Json& other, const std::string& by,
                         const std::string& place) {
  for (const auto& [key, value] : other.items()) {
    if (key == by) continue;
    if (find_member(row, key) != nullptr) {
      return input_error(place, fmt::format("both rows that are joined have `{}`", key));
    }
    row[key] = value;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<RowStore>> RowStore::joined(const RowStore& left, const RowStore& right,
                                                   const std::string& by) {
  KeyIndex index;
  if (!by.empty()) {
    ASSAY_TRY(index, index_by(right, by));
  } else if (left.size() != right.size()) {
    return input_error(right.shown(), fmt::format("has {} rows, expected {} as in {}", right.size(),
                                                  left.size(), left.shown()));
  }
  std::unique_ptr<RowStore> store(new RowStore);  // the constructor is private
  store->shown_ = left.shown_;
  for (uint64_t i = 0; i < left.size(); ++i) {
    ASSAY_TRY(Json row, left.row(i));
    uint64_t match = i;
    if (!by.empty()) {
      ASSAY_TRY(const std::string key, join_key(left, i, row, by));
      const auto found = index.find(key);
      if (found == index.end()) {
        return input_error(left.place(i),
                           fmt::format("{} has no row with the {} {}", right.shown(), by, key));
      }
      match = found->second;
    }
    ASSAY_TRY(const Json other, right.row(match));
    ASSAY_TRY_VOID(add_members(row, other, by, left.place(i)));
    ASSAY_TRY_VOID(store->add_spooled(dump_json(row), i + 1));
  }
  store->hash_ =
      HashBuilder().add(left.hash_.hex()).add(right.hash_.hex()).add("join").add(by).finish();
  ASSAY_TRY_VOID(store->finish_spool());
  return store;
}

Result<void> RowStore::read_folder(const RowSource& source) {
  ASSAY_TRY(const std::vector<PictureFile> files, list_pictures(source.path, source.shown));
  if (files.empty()) {
    return input_error(source.shown,
                       "has no pictures (.png, .jpg, .gif, .webp, .bmp, .tiff), expected at least "
                       "one");
  }
  for (size_t i = 0; i < files.size(); ++i) {
    std::string text = "{";
    append_json_string(text, source.image_column);
    text += ':';
    append_json_string(text, files[i].name);
    ASSAY_TRY_VOID(add_spooled(text + '}', i + 1));
  }
  hash_ = hash_pictures(files);
  return {};
}

uint64_t RowStore::end_of(uint64_t index) const {
  return index + 1 < count_ ? offsets_.at(index + 1) : end_;
}

Result<void> RowStore::read_at(uint64_t offset, size_t bytes, char* out) const {
  size_t done = 0;
  while (done < bytes) {
    const ssize_t n = ::pread(fd_, out + done, bytes - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      return Error{ErrorCode::kIo, fmt::format("cannot be read: {}", std::strerror(errno)), shown_};
    }
    if (n == 0) {
      return Error{ErrorCode::kConflict, "became shorter while it was in use", shown_};
    }
    done += static_cast<size_t>(n);
  }
  return {};
}

// The row's JSON in what is stored from its offset on.
std::string_view RowStore::row_text(std::string_view stored) const {
  stored = stored.substr(0, stored.find('\n'));
  if (numbered_) stored.remove_prefix(std::min(stored.size(), stored.find('\t') + 1));
  while (!stored.empty() && (stored.back() == '\r' || stored.back() == ' ')) {
    stored.remove_suffix(1);
  }
  return stored;
}

Result<std::string_view> RowStore::text(uint64_t index, std::string& buffer) const {
  ASSAY_CHECK(index < count_, "row {} of {}", index, count_);
  const uint64_t offset = offsets_.at(index);
  buffer.resize(static_cast<size_t>(std::min(end_of(index) - offset, kStoredMax)));
  ASSAY_TRY_VOID(read_at(offset, buffer.size(), buffer.data()));
  return row_text(buffer);
}

Result<Json> RowStore::row(uint64_t index) const {
  std::string buffer;
  ASSAY_TRY(const std::string_view stored, text(index, buffer));
  Result<Json> parsed = parse_json(stored, shown_);
  if (!parsed) return input_error(place(index), parsed.error().message);
  return parsed;
}

Result<void> RowStore::for_each(uint64_t from, uint64_t to, const Each& each) const {
  std::string buffer;
  for (uint64_t i = from; i < to;) {
    const uint64_t begin = offsets_.at(i);
    uint64_t last = i;
    while (last + 1 < to && end_of(last + 1) - begin <= kReadAheadBytes) ++last;
    if (last == i) {
      ASSAY_TRY(const std::string_view stored, text(i, buffer));
      ASSAY_TRY_VOID(each(i++, stored));
      continue;
    }
    buffer.resize(static_cast<size_t>(end_of(last) - begin));
    ASSAY_TRY_VOID(read_at(begin, buffer.size(), buffer.data()));
    for (; i <= last; ++i) {
      const std::string_view rest = std::string_view(buffer).substr(offsets_.at(i) - begin);
      ASSAY_TRY_VOID(each(i, row_text(rest)));
    }
  }
  return {};
}

std::string RowStore::place(uint64_t index) const {
  std::string buffer;
  if (numbered_) {
    buffer.resize(static_cast<size_t>(std::min<uint64_t>(end_of(index) - offsets_.at(index), 24)));
    if (!read_at(offsets_.at(index), buffer.size(), buffer.data())) return shown_;
    return fmt::format("{}:{}", shown_, buffer.substr(0, buffer.find('\t')));
  }
  uint64_t line = 1;
  const uint64_t end = offsets_.at(index);
  for (uint64_t at = 0; at < end; at += buffer.size()) {
    buffer.resize(static_cast<size_t>(std::min<uint64_t>(end - at, kReadAheadBytes)));
    if (!read_at(at, buffer.size(), buffer.data())) return shown_;
    line += static_cast<uint64_t>(std::count(buffer.begin(), buffer.end(), '\n'));
  }
  return fmt::format("{}:{}", shown_, line);
}

}  // namespace assay::suites
