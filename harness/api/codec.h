// Codec: knows one wire format. Const and shared; its decoders belong to the decode thread, one per
// stream.
//
//   attempt.wire = codec.encode(attempt);                    // feeder
//   auto decoder = codec.decoder();                          // decode thread, at the first piece
//   of a stream decoder->feed(piece.bytes, piece.stamps); decoder->finish(attempt,
//   attempt.response);              // at the last piece
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "harness/types/attempt.h"

namespace assay {

class Decoder {
 public:
  virtual ~Decoder() = default;
  // Bytes in order, cut anywhere; stamps name offsets within these bytes.
  virtual void feed(std::string_view bytes, std::span<const ChunkStamp> stamps) = 0;
  // Fills `response`: channels, usage, finish reason, first-token times; the outcome too, unless
  // the transport already set one that is not kOk (then the text that did arrive is kept).
  virtual void finish(const Attempt& attempt, Response& response) = 0;
};

class Codec {
 public:
  virtual ~Codec() = default;
  [[nodiscard]] virtual std::string encode(const Attempt& attempt) const = 0;
  [[nodiscard]] virtual std::unique_ptr<Decoder> decoder() const = 0;
};

}  // namespace assay
