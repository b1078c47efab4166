#include "harness/store/text_codec.h"

#include <fmt/format.h>
#include <zstd.h>

namespace assay::store {

struct Packer::Context {
  ZSTD_CCtx* zstd = ZSTD_createCCtx();
  ~Context() { ZSTD_freeCCtx(zstd); }
};

Packer::Packer() : context_(std::make_unique<Context>()) {
  // No content size flag games: the frame holds its size, which unpack() checks. Level 1: measured
  // faster than the disk it saves.
  ZSTD_CCtx_setParameter(context_->zstd, ZSTD_c_compressionLevel, 1);
}
Packer::~Packer() = default;

void Packer::bind(Statement& statement, int index, std::string_view text) {
  if (text.empty()) {
    statement.bind_null(index);
    return;
  }
  if (text.size() >= kPackBytesMin) {
    buffer_.resize(ZSTD_compressBound(text.size()));
    const size_t n =
        ZSTD_compress2(context_->zstd, buffer_.data(), buffer_.size(), text.data(), text.size());
    if (ZSTD_isError(n) == 0 && n < text.size()) {
      statement.bind_blob(index, {buffer_.data(), n});
      return;
    }
  }
  statement.bind_static(index, text);
}

Result<std::string> Packer::unpack(const Statement& statement, int column,
                                   const std::string& where) {
  const std::string_view bytes = statement.bytes(column);
  if (!statement.is_blob(column)) return std::string(bytes);
  const unsigned long long size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN ||
      size > kUnpackBytesMax) {
    return input_error(where, "holds a damaged text (not a zstd frame of known size)");
  }
  std::string text(size, '\0');
  const size_t n = ZSTD_decompress(text.data(), text.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(n) != 0 || n != size)
    return input_error(where, "holds a damaged text (zstd frame does not unpack)");
  return text;
}

}  // namespace assay::store
