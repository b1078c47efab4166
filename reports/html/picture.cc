#include "reports/html/picture.h"

#include <fstream>
#include <optional>

#include "harness/base/hash.h"
#include "reports/html/escape.h"

namespace assay::reports::html {
namespace {

// What every browser draws and what cannot carry scripts (so: not SVG).
bool is_shown_by_browsers(std::string_view media_type) {
  return media_type == "image/png" || media_type == "image/jpeg" || media_type == "image/gif" ||
         media_type == "image/webp" || media_type == "image/bmp";
}

// The file's bytes, or nullopt when it cannot be read; `too_big` is set when it exceeds
// `bytes_max`.
std::optional<std::string> read_file(const std::string& path, size_t bytes_max, bool& too_big) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string bytes(bytes_max + 1, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (in.bad() || (in.gcount() == 0 && !in.eof())) return std::nullopt;
  bytes.resize(static_cast<size_t>(in.gcount()));
  too_big = bytes.size() > bytes_max;
  return bytes;
}

}  // namespace

Html PictureShelf::left_out(const Image& image, Msg why) const {
  Html h;
  h.leaf("p", "no-picture",
         page_.say(Msg::kPictureLeftOut, {{"why", page_.say(why)}, {"path", image.path}}));
  return h;
}

Html PictureShelf::show(const Image& image, const std::string& sample_id) {
  if (!is_shown_by_browsers(image.media_type)) return left_out(image, Msg::kPictureType);
  if (image.sha256.empty()) return left_out(image, Msg::kPictureUnchecked);
  if (shown_.count(image.sha256) > 0) {
    Html h;
    h.leaf("p", "no-picture", page_.say(Msg::kPictureSeen, {{"path", image.path}}));
    return h;
  }
  bool too_big = false;
  const auto bytes = read_file(image.path, budget_.bytes_left / 4 * 3, too_big);
  if (!bytes) return left_out(image, Msg::kPictureMissing);
  if (too_big) return left_out(image, Msg::kPictureBudget);
  if (sha256(*bytes).hex() != image.sha256) return left_out(image, Msg::kPictureChanged);
  const std::string uri = "data:" + image.media_type + ";base64," + base64(*bytes);
  if (uri.size() > budget_.bytes_left) return left_out(image, Msg::kPictureBudget);
  budget_.bytes_left -= uri.size();
  bytes_used_ += uri.size();
  shown_.insert(image.sha256);
  Html h;
  h.single("img", {{"class", "picture"},
                   {"src", uri},
                   {"alt", page_.say(Msg::kPictureAlt, {{"id", sample_id}})}});
  return h;
}

}  // namespace assay::reports::html
