// Base64 (RFC 4648 section 4, with padding), for pictures in requests. Any thread.
//
//   append_base64(body, *image.content);
#pragma once

#include <string>
#include <string_view>

namespace assay {

void append_base64(std::string& out, std::string_view bytes);

}  // namespace assay
