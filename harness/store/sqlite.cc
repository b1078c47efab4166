#include "harness/store/sqlite.h"

#include <fmt/format.h>

namespace assay::store {

Error sqlite_error(int code, sqlite3* handle, const std::string& path) {
  const std::string detail = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return Error{ErrorCode::kIo,
                   "the disk is full; what was committed is kept, free some space and run the same "
                   "command again",
                   path};
    case SQLITE_NOTADB:
      return input_error(path, "is not a run file (not an SQLite database)");
    case SQLITE_CORRUPT:
      return input_error(path, fmt::format("is damaged ({})", detail));
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return input_error(path, fmt::format("cannot be opened ({})", detail));
    case SQLITE_BUSY:
      return Error{ErrorCode::kConflict, "is being written by another process", path};
    case SQLITE_IOERR:
      return Error{ErrorCode::kIo, fmt::format("cannot be read or written ({})", detail), path};
    default:
      return Error{ErrorCode::kIo, detail, path};
  }
}

Statement& Statement::bind(int index, int64_t value) {
  sqlite3_bind_int64(statement_.get(), index, value);
  return *this;
}

Statement& Statement::bind(int index, double value) {
  sqlite3_bind_double(statement_.get(), index, value);
  return *this;
}

Statement& Statement::bind(int index, std::string_view text) {
  sqlite3_bind_text64(statement_.get(), index, text.data(), text.size(), SQLITE_TRANSIENT,
                      SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind_static(int index, std::string_view text) {
  // A null pointer would bind NULL: an empty text is a text.
  sqlite3_bind_text64(statement_.get(), index, text.data() == nullptr ? "" : text.data(),
                      text.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind_blob(int index, std::string_view bytes) {
  sqlite3_bind_blob64(statement_.get(), index, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::bind_null(int index) {
  sqlite3_bind_null(statement_.get(), index);
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  sqlite3* handle = sqlite3_db_handle(statement_.get());
  if (code != SQLITE_DONE) {
    Error error = sqlite_error(code, handle, path_);
    sqlite3_reset(statement_.get());
    return error;
  }
  sqlite3_reset(statement_.get());
  return false;
}

Result<void> Statement::run() {
  for (;;) {
    ASSAY_TRY(const bool more, step());
    if (!more) return {};
  }
}

std::string_view Statement::bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  const int n = sqlite3_column_bytes(statement_.get(), column);
  return data == nullptr ? std::string_view() : std::string_view(data, static_cast<size_t>(n));
}

Result<Database> Database::open(const std::string& path, int flags) {
  Database db;
  db.path_ = path;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  db.handle_.reset(handle);
  if (code != SQLITE_OK) return sqlite_error(code, handle, path);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, 2000);
  // A run file is hostile input: views, triggers and functions in its schema must not do anything.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  return db;
}

Result<Statement> Database::prepare(std::string_view sql) const {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return sqlite_error(code, handle_.get(), path_);
  return Statement(statement, path_);
}

Result<void> Database::execute(const std::string& sql) const {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return sqlite_error(code, handle_.get(), path_);
  return {};
}

Result<int64_t> Database::query_integer(std::string_view sql) const {
  ASSAY_TRY(Statement statement, prepare(sql));
  ASSAY_TRY(const bool found, statement.step());
  return found ? statement.integer(0) : 0;
}

}  // namespace assay::store
