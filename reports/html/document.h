// The frame of every HTML page of ours: doctype, content-security policy, style sheet, footer. The
// policy allows the one style sheet by its hash and pictures from data URIs; nothing is fetched and
// nothing runs.
//
//   std::string page = document(Language::kEnglish, "Assay report", body);
#pragma once

#include <string>
#include <string_view>

#include "reports/html/html.h"
#include "reports/html/strings.h"

namespace assay::reports::html {

std::string document(Language language, std::string_view title, const Html& body);
// "sha256-<base64>" of the style sheet, as a policy names it.
std::string style_hash();
// The mark and the name at the top of a page.
Html brand();

}  // namespace assay::reports::html
