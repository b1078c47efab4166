#include "reports/html/document.h"

#include <utility>

#include "harness/base/hash.h"
#include "reports/html/escape.h"
#include "reports/html/style.h"

namespace assay::reports::html {
namespace {

Html style_sheet() {
  Html h;
  h.raw("<style>");
  h.style(kStyle);
  h.raw("</style>");
  return h;
}

}  // namespace

std::string style_hash() {
  const Hash hash = sha256(kStyle);
  const std::string_view bytes(reinterpret_cast<const char*>(hash.bytes.data()), hash.bytes.size());
  return "sha256-" + base64(bytes);
}

Html brand() {
  Html h;
  h.raw(
      "<svg width=\"22\" height=\"22\" viewBox=\"0 0 22 22\" aria-hidden=\"true\">"
      "<path class=\"fill\" d=\"M10 1h2v3h7v2h-1l3 7a4 3.4 0 0 1-8 0l3-7h-4v12h4v2H6v-2h4V6H6l3 "
      "7a4 3.4 0 0 1-8 0l3-7H3V4h7z\"/></svg>");
  Html out;
  out.open("p", "brand").add(h).leaf("span", "", "Assay").close();
  return out;
}

std::string document(Language language, std::string_view title, const Html& body) {
  Html h;
  h.raw("<!DOCTYPE html>\n");
  h.open("html", {{"lang", std::string(say(language, Msg::kLanguageCode))}}).open("head");
  h.raw("<meta charset=\"utf-8\"/>");
  h.single("meta", {{"http-equiv", "Content-Security-Policy"},
                    {"content", "default-src 'none'; style-src '" + style_hash() +
                                    "'; img-src data:; base-uri 'none'; form-action 'none'"}});
  h.raw(
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>"
      "<meta name=\"referrer\" content=\"no-referrer\"/>"
      "<meta name=\"robots\" content=\"noindex\"/>"
      "<link rel=\"icon\" href=\"data:,\"/>");
  h.leaf("title", "", title).add(style_sheet()).close().raw("\n").open("body");
  h.add(body).close().close().raw("\n");
  return std::move(h).finish();
}

}  // namespace assay::reports::html
