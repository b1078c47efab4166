// A thin wrapper of SQLite's C interface: a connection, prepared statements, errors as Result.
// Private to harness/store.
//
//   ASSAY_TRY(Statement insert, db.prepare("INSERT INTO t VALUES(?, ?)"));
//   insert.bind(1, 7).bind(2, "text");
//   ASSAY_TRY_VOID(insert.run());
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "harness/base/result.h"

namespace assay::store {

class Statement {
 public:
  Statement() = default;
  Statement(sqlite3_stmt* statement, std::string path)
      : statement_(statement), path_(std::move(path)) {}

  // Parameters count from 1. Text is copied unless it stays valid until run(): bind_static does not
  // copy.
  Statement& bind(int index, int64_t value);
  Statement& bind(int index, double value);
  Statement& bind(int index, std::string_view text);
  Statement& bind_static(int index, std::string_view text);
  Statement& bind_blob(int index, std::string_view bytes);
  Statement& bind_null(int index);

  // Executes to the end and resets.
  Result<void> run();
  // Next row; false at the end (and reset).
  Result<bool> step();
  void reset() { sqlite3_reset(statement_.get()); }

  // Columns count from 0; text is valid until the next step.
  [[nodiscard]] int64_t integer(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
  }
  [[nodiscard]] double real(int column) const {
    return sqlite3_column_double(statement_.get(), column);
  }
  [[nodiscard]] bool is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
  }
  [[nodiscard]] bool is_blob(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_BLOB;
  }
  [[nodiscard]] std::string_view bytes(int column) const;
  [[nodiscard]] std::string text(int column) const { return std::string(bytes(column)); }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  std::string path_;
};

class Database {
 public:
  static Result<Database> open(const std::string& path, int flags);
  Result<Statement> prepare(std::string_view sql) const;
  Result<void> execute(const std::string& sql) const;
  Result<int64_t> query_integer(std::string_view sql) const;
  [[nodiscard]] int64_t last_insert_rowid() const {
    return sqlite3_last_insert_rowid(handle_.get());
  }
  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }
  [[nodiscard]] const std::string& path() const { return path_; }
  void close() { handle_.reset(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
  std::string path_;
};

// The Error for a result code of SQLite, in words a user can act on.
Error sqlite_error(int code, sqlite3* handle, const std::string& path);

}  // namespace assay::store
