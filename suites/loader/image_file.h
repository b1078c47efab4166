// A picture file: naming it (its header, at planning) and loading it (its bytes, a bounded window
// ahead of the clock).
//
// Called by: FileSuite (probe_image, when a request is made) and the feeder (load_image, just
// before encoding).
//
//   ASSAY_TRY_VOID(suites::load_image(image, 64 << 20));    // content, sha256, media_type, size
#pragma once

#include <cstdint>
#include <string>

#include "harness/base/result.h"
#include "harness/types/sample.h"

namespace assay::suites {

inline constexpr uint64_t kImageBytesMax = uint64_t{256} << 20;

// The picture's media type and size from its first bytes, without loading it. A file that is
// missing or is not a picture is an error that names it and its first bytes.
Result<Image> probe_image(const std::string& path, const std::string& shown);
// Fills in content, sha256, media_type, width and height. Errors: not there, larger than
// `bytes_max`, not a picture, another media type than the request named.
Result<void> load_image(Image& image, uint64_t bytes_max);

}  // namespace assay::suites
