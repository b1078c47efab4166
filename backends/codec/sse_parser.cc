#include "backends/codec/sse_parser.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace assay::backends {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Bytes before the first CR or LF.
size_t line_length(std::string_view bytes) {
  const void* lf = std::memchr(bytes.data(), '\n', bytes.size());
  const size_t length = lf == nullptr
                            ? bytes.size()
                            : static_cast<size_t>(static_cast<const char*>(lf) - bytes.data());
  const void* cr = std::memchr(bytes.data(), '\r', length);
  return cr == nullptr ? length : static_cast<size_t>(static_cast<const char*>(cr) - bytes.data());
}

}  // namespace

bool SseParser::feed(std::string_view bytes, const Take& take) {
  while (!bytes.empty() && !overflow_) {
    if (std::exchange(after_cr_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      ++offset_;
      continue;
    }
    const size_t length = line_length(bytes);
    if (line_.size() + length + data_.size() > kEventBytesMax) {
      overflow_ = true;
      break;
    }
    if (length == bytes.size()) {
      line_ += bytes;
      offset_ += length;
      break;
    }
    after_cr_ = bytes[length] == '\r';
    offset_ += length + 1;
    if (line_.empty()) {
      line(bytes.substr(0, length), take);
    } else {
      line_.append(bytes, 0, length);
      line(line_, take);
      line_.clear();
    }
    bytes.remove_prefix(length + 1);
  }
  return !overflow_;
}

void SseParser::finish(const Take& take) {
  if (overflow_) return;
  if (!line_.empty()) line(line_, take);
  line_.clear();
  dispatch(take);
}

void SseParser::line(std::string_view text, const Take& take) {
  if (std::exchange(at_start_, false) && text.starts_with(kByteOrderMark))
    text.remove_prefix(kByteOrderMark.size());
  if (text.empty()) {
    dispatch(take);
    return;
  }
  const size_t colon = text.find(':');
  if (colon == 0) {
    ++comments_;
    return;
  }
  const std::string_view field = text.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    if (std::exchange(has_data_, true)) data_ += '\n';
    data_ += value;
  } else if (field == "event") {
    type_ = value;
  }
}

void SseParser::dispatch(const Take& take) {
  if (has_data_)
    take({type_.empty() ? std::string_view("message") : std::string_view(type_), data_, offset_});
  has_data_ = false;
  data_.clear();
  type_.clear();
}

}  // namespace assay::backends
