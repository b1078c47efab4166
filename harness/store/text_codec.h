// Long texts are stored as zstd frames (BLOB), short ones as they are (TEXT), so that a file can be
// read with sqlite3 and stays small. Called by SqliteStore.
//
//   Packer packer;
//   bind_text(statement, 3, packer, answer);
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "harness/base/result.h"
#include "harness/store/sqlite.h"

namespace assay::store {

inline constexpr size_t kPackBytesMin = 256;            // shorter texts are stored as they are
inline constexpr size_t kUnpackBytesMax = 256UL << 20;  // a frame that claims more is refused

class Packer {
 public:
  Packer();
  ~Packer();
  Packer(const Packer&) = delete;
  Packer& operator=(const Packer&) = delete;
  // Binds `text` as TEXT or as a zstd BLOB, whichever is smaller; empty as NULL.
  void bind(Statement& statement, int index, std::string_view text);
  // The column's text again. Damaged frames are an error.
  static Result<std::string> unpack(const Statement& statement, int column,
                                    const std::string& where);

 private:
  struct Context;
  std::unique_ptr<Context> context_;
  std::string buffer_;
};

}  // namespace assay::store
