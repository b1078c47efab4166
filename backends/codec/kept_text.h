// KeptText: the text of one channel of a reply, of which only so many bytes are kept. What is
// beyond is counted, so that load tests of long replies do not fill the memory.
//
// Where it stands: inside ReplyBuilder (decode thread).
//
//   KeptText text(4096);
//   text.append(delta);
//   response.answer = text.take();     // at most 4096 bytes, no character cut
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace assay::backends {

class KeptText {
 public:
  explicit KeptText(uint64_t bytes_max) : bytes_max_(bytes_max) {}

  void append(std::string_view more) { append_to(text_, more); }
  // The same for text that is kept elsewhere, in several places together.
  void append_to(std::string& kept, std::string_view more);
  // Takes over what another channel has; that one is empty then.
  void append_all(KeptText& other);

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::string& text() { return text_; }
  // Nothing was appended, kept or not.
  [[nodiscard]] bool empty() const { return bytes_ == 0; }
  // Characters of the text that was not kept.
  [[nodiscard]] int64_t dropped_points() const { return dropped_points_; }

 private:
  uint64_t bytes_max_;
  uint64_t bytes_ = 0;  // appended
  uint64_t kept_bytes_ = 0;
  bool full_ = false;  // what follows is dropped, or text would be missing inside
  int64_t dropped_points_ = 0;
  std::string text_;
};

// Of text that may be cut inside a character.
int64_t count_code_points(std::string_view text);

}  // namespace assay::backends
