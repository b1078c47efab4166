#include "app/mock/multipart.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace assay::app::mock {
namespace {

constexpr std::string_view kType = "multipart/form-data";
constexpr std::string_view kDisposition = "content-disposition:";

Error bad(std::string message) { return input_error("multipart", std::move(message)); }

bool same_word(std::string_view a, std::string_view lower) {
  return a.size() == lower.size() &&
         std::equal(a.begin(), a.end(), lower.begin(), [](char x, char y) {
           return (x >= 'A' && x <= 'Z' ? static_cast<char>(x + 32) : x) == y;
         });
}

// The value of `; name=value` or `; name="value"`, a backslash escaping what follows it.
std::optional<std::string> parameter(std::string_view text, std::string_view name) {
  for (size_t at = text.find(';'); at != std::string_view::npos; at = text.find(';', at + 1)) {
    std::string_view rest = text.substr(at + 1);
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    if (rest.size() <= name.size() || !same_word(rest.substr(0, name.size()), name) ||
        rest[name.size()] != '=') {
      continue;
    }
    rest.remove_prefix(name.size() + 1);
    if (!rest.starts_with('"')) return std::string(rest.substr(0, rest.find_first_of("; ")));
    std::string value;
    for (size_t i = 1; i < rest.size(); ++i) {
      if (rest[i] == '"') return value;
      if (rest[i] == '\\' && i + 1 < rest.size()) ++i;
      value += rest[i];
    }
    return std::nullopt;  // the quote is not closed
  }
  return std::nullopt;
}

Result<std::string> boundary_of(std::string_view content_type) {
  const std::string_view type = content_type.substr(0, content_type.find(';'));
  if (!same_word(type, kType)) {
    return bad(fmt::format("the content type is `{}`, expected {}", type.substr(0, 64), kType));
  }
  const std::optional<std::string> boundary = parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > Multipart::kBoundaryBytesMax) {
    return bad("the content type has no boundary of 1 to 70 characters");
  }
  return *boundary;
}

Result<FormPart> read_head(std::string_view head) {
  FormPart part;
  bool named = false;
  while (!head.empty()) {
    const size_t end = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(std::min(end + 2, head.size()));
    if (line.size() < kDisposition.size() ||
        !same_word(line.substr(0, kDisposition.size()), kDisposition)) {
      continue;
    }
    const std::optional<std::string> name = parameter(line, "name");
    if (!name || name->empty()) return bad("a part has no name");
    part.name = *name;
    part.file_name = parameter(line, "filename").value_or("");
    named = true;
  }
  if (!named) return bad("a part has no content-disposition");
  return part;
}

}  // namespace

Result<std::vector<FormPart>> Multipart::read(std::string_view content_type,
                                              std::string_view body) {
  ASSAY_TRY(const std::string boundary, boundary_of(content_type));
  const std::string first = "--" + boundary;
  const std::string next = "\r\n--" + boundary;
  if (!body.starts_with(first)) return bad("the body does not begin with its boundary");
  body.remove_prefix(first.size());
  std::vector<FormPart> parts;
  while (!body.starts_with("--")) {
    if (parts.size() >= kPartsMax) return bad(fmt::format("more than {} parts", kPartsMax));
    if (!body.starts_with("\r\n")) return bad("a boundary is not followed by a line's end");
    body.remove_prefix(2);
    const size_t head_end = body.substr(0, kHeadBytesMax).find("\r\n\r\n");
    if (head_end == std::string_view::npos) {
      return bad(fmt::format("a part's head does not end within {} bytes", kHeadBytesMax));
    }
    ASSAY_TRY(FormPart part, read_head(body.substr(0, head_end)));
    body.remove_prefix(head_end + 4);
    const size_t end = body.find(next);
    if (end == std::string_view::npos) return bad("the closing boundary is missing");
    part.content = body.substr(0, end);
    body.remove_prefix(end + next.size());
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace assay::app::mock
