// Multipart: reads the parts of a multipart/form-data body.
//
// Where it stands: the mock's uploads of files; loop thread. Everything it reads is hostile and
// limited: kPartsMax parts, kHeadBytesMax of headers each; the body itself is bounded by
// HttpRequestReader. It is strict: CRLF only, no preamble, the closing boundary must be there.
//
//   const auto parts = Multipart::read(request.header("content-type"), request.body);
//   if (!parts) refuse(parts.error().message);
//
// Source: RFC 7578 (multipart/form-data), RFC 2046 section 5.1.1 (boundaries).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace assay::app::mock {

struct FormPart {
  std::string name;
  std::string file_name;     // empty: no file
  std::string_view content;  // of the body
};

class Multipart {
 public:
  static constexpr size_t kPartsMax = 16;
  static constexpr size_t kHeadBytesMax = size_t{8} << 10;
  static constexpr size_t kBoundaryBytesMax = 70;

  // `body` outlives what is given back.
  static Result<std::vector<FormPart>> read(std::string_view content_type, std::string_view body);
};

}  // namespace assay::app::mock
