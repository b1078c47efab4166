// Escaping for HTML and SVG. Model output, prompts, file names and error texts are hostile: nothing
// of them may become markup, reorder the line it stands in, or vanish.
//
// - &, <, >, " and ' become references, so the same text is safe between tags and inside quotes.
// - Bytes that are not UTF-8 become U+FFFD.
// - Control characters become visible pictures (U+0007 is "␇"); bidirectional controls, zero-width
//   and other invisible format characters become "⟦U+202E⟧". Newline and tab stay in text.
//
//   escape_text("<b>")        "&lt;b&gt;"
//   escape_attribute("a\nb")  "a&#10;b"
#pragma once

#include <string>
#include <string_view>

namespace assay::reports::html {

std::string escape_text(std::string_view text);
std::string escape_attribute(std::string_view text);

// The first `points_max` code points of `text` (sanitised); `cut` says how many were left out.
struct Excerpt {
  std::string text;
  size_t cut = 0;
};
Excerpt excerpt(std::string_view text, size_t points_max);

std::string base64(std::string_view bytes);

}  // namespace assay::reports::html
