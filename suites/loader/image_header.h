// What a picture file says about itself in its first bytes: media type and size in pixels. Reads
// PNG, JPEG, GIF, WebP, BMP and TIFF headers; decodes nothing.
//
// Called by image_file.cc. The bytes are hostile: every read is bounded by what is there, every
// loop by the number of bytes.
//
//   if (auto header = read_image_header(bytes)) header->media_type   // "image/png"
//
// Sources: PNG (ISO/IEC 15948) 11.2.2; JPEG (ITU-T T.81) B.2.2; GIF89a, 18; WebP container (RFC
// 9649) 2.5 to 2.7; BMP (BITMAPINFOHEADER); TIFF 6.0, section 2.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay::suites {

struct ImageHeader {
  std::string_view media_type;  // a literal
  // Pixels; 0 when the bytes given end before the header says (a JPEG with much metadata, a TIFF
  // whose directory stands at its end). A complete file that gives 0 is damaged.
  uint32_t width = 0;
  uint32_t height = 0;
};

// nullopt: the bytes do not begin like any of these formats.
std::optional<ImageHeader> read_image_header(std::string_view bytes);

}  // namespace assay::suites
