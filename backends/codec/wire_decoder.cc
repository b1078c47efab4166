#include "backends/codec/wire_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "harness/base/json.h"
#include "harness/base/utf8.h"

namespace assay::backends {
namespace {

constexpr size_t kExcerptBytes = 160;  // of bytes that are quoted in an error
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::array<std::string_view, 5> kSseBeginnings{":", "data", "event", "id", "retry"};

std::string excerpt(std::string_view bytes) {
  if (bytes.size() <= kExcerptBytes) return sanitize_utf8(bytes);
  return sanitize_utf8(bytes.substr(0, kExcerptBytes)) + "...";
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::optional<uint32_t> hex4(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  uint32_t value = 0;
  for (const char c : text.substr(0, 4)) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return std::nullopt;
    value = value * 16 + static_cast<uint32_t>(digit);
  }
  return value;
}

bool is_high(uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

// Escapes of half a surrogate pair become that of U+FFFD. Valid JSON has backslashes in strings
// only, so strings need not be told apart.
std::string repair_surrogates(std::string text) {
  for (size_t at = text.find('\\'); at != std::string::npos && at + 1 < text.size();
       at = text.find('\\', at)) {
    const std::string_view rest(text);
    const std::optional<uint32_t> unit =
        text[at + 1] == 'u' ? hex4(rest.substr(at + 2)) : std::nullopt;
    if (!unit || (!is_high(*unit) && !is_low(*unit))) {
      at += 2;
      continue;
    }
    if (is_high(*unit) && rest.substr(at + 6).starts_with("\\u")) {
      const std::optional<uint32_t> low = hex4(rest.substr(at + 8));
      if (low && is_low(*low)) {
        at += 12;
        continue;
      }
    }
    text.replace(at + 2, 4, "fffd");
    at += 6;
  }
  return text;
}

}  // namespace

Result<Json> parse_wire_json(std::string_view bytes, std::string_view where) {
  Result<Json> parsed = parse_json(bytes, where);
  if (parsed) return parsed;
  parsed = parse_json(repair_surrogates(sanitize_utf8(bytes)), where);
  // The message quotes what was read last, which may end inside a character.
  if (!parsed) parsed.error().message = sanitize_utf8(parsed.error().message);
  return parsed;
}

WireDecoder::WireDecoder(const WireOptions& options, Streams streams)
    : streams_(streams), reply_(options.reasoning, options.keep_wire, options.text_bytes_kept) {}

void WireDecoder::feed(std::string_view bytes, std::span<const ChunkStamp> stamps) {
  reply_.stamps(bytes, stamps);
  const bool keeps_body =
      form_ == Form::kUnknown || form_ == Form::kLines || form_ == Form::kDocument;
  if (keeps_body) {
    if (body_.size() + bytes.size() > kDocumentBytesMax) {
      reply_.malformed(fmt::format("a document of more than {} bytes", kDocumentBytesMax));
      form_ = Form::kOther;
      body_.clear();
      return;
    }
    body_ += bytes;
  }
  if (form_ == Form::kUnknown) {
    form_ = form_of(body_);
    if (form_ == Form::kEvents) body_.clear();
  }
  // The parser is fed from the first byte on, so that it counts offsets of the stream.
  if (form_ == Form::kUnknown || form_ == Form::kEvents) {
    const bool fits = events_.feed(
        bytes, [this](const SseEvent& e) { event(e.type, e.data, reply_.at(e.end_offset)); });
    if (!fits)
      reply_.malformed(fmt::format("an event of more than {} bytes", SseParser::kEventBytesMax));
  }
  if (form_ == Form::kLines) feed_lines();
  // What is quoted must not depend on how the bytes were cut.
  if (form_ == Form::kOther && !keeps_body && body_.size() <= kExcerptBytes)
    body_ += bytes.substr(0, kExcerptBytes + 1);
}

void WireDecoder::finish(const Attempt& attempt, Response& response) {
  attempt_ = &attempt;
  switch (form_) {
    case Form::kUnknown:
      break;
    case Form::kEvents:
      events_.finish([this](const SseEvent& e) { event(e.type, e.data, reply_.last()); });
      break;
    case Form::kLines:
      if (!is_blank(body_)) line(body_);
      if (lines_ == 1 && (reply_.complete() || reply_.has_error())) reply_.whole_reply();
      break;
    case Form::kDocument:
      finish_document();
      break;
    case Form::kOther:
      reply_.malformed(
          fmt::format("found `{}`, expected an event stream or a JSON document", excerpt(body_)));
      break;
  }
  reply_.finish(attempt, response);
  attempt_ = nullptr;
}

std::optional<Json> WireDecoder::parse(std::string_view data) {
  Result<Json> parsed = parse_wire_json(data, "event");
  if (parsed) return std::move(parsed).value();
  if (attempt_ == nullptr)
    reply_.malformed(fmt::format("{}: `{}`", parsed.error().text(), excerpt(data)));
  return std::nullopt;
}

WireDecoder::Form WireDecoder::form_of(std::string_view beginning) const {
  if (beginning.size() < kByteOrderMark.size() && kByteOrderMark.starts_with(beginning))
    return Form::kUnknown;
  if (beginning.starts_with(kByteOrderMark)) beginning.remove_prefix(kByteOrderMark.size());
  const size_t start = beginning.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return Form::kUnknown;
  beginning.remove_prefix(start);
  if (beginning.front() == '{' && streams_ == Streams::kLines) return Form::kLines;
  if (beginning.front() == '{' || beginning.front() == '[') return Form::kDocument;
  for (const std::string_view field : kSseBeginnings) {
    if (beginning.starts_with(field)) return Form::kEvents;
    if (field.starts_with(beginning)) return Form::kUnknown;
  }
  return Form::kOther;
}

void WireDecoder::feed_lines() {
  size_t start = 0;
  for (size_t end = body_.find('\n'); end != std::string::npos && form_ == Form::kLines;
       end = body_.find('\n', start)) {
    const std::string_view text = std::string_view(body_).substr(start, end - start);
    // The first line of a document that is printed over several lines is no document of its own.
    if (lines_ == 0 && !is_blank(text) && !parse_wire_json(text, "line")) {
      form_ = Form::kDocument;
      return;
    }
    start = end + 1;
    if (is_blank(text)) continue;
    ++lines_;
    event("message", text, reply_.at(body_start_ + start));
  }
  body_.erase(0, start);
  body_start_ += start;
}

void WireDecoder::line(std::string_view text) {
  ++lines_;
  event("message", text, reply_.last());
}

void WireDecoder::finish_document() {
  reply_.whole_reply();
  std::string_view text = body_;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  const Result<Json> parsed = parse_wire_json(text, "reply");
  if (!parsed) {
    reply_.malformed(fmt::format("{}: `{}`", parsed.error().text(), excerpt(text)));
    return;
  }
  if (!parsed->is_array()) {
    document(*parsed, reply_.last());
    return;
  }
  for (const Json& element : *parsed) document(element, reply_.last());
}

}  // namespace assay::backends
