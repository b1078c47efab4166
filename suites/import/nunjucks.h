// Rendering of promptfoo's templates (Nunjucks without autoescape) with our Jinja: what differs in
// the language is rewritten first, and what is not given is empty, as there.
//
// Called by the promptfoo importer; pure.
//
//   ASSAY_TRY(std::string text, suites::render_nunjucks("Hi {{ name }}", vars, "config.yaml:4:5"));
#pragma once

#include <string>
#include <string_view>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"

namespace assay::suites {

// `vars`: an object. Rewritten: the filter `dump` to `tojson`, === and !== to == and !=, `elseif`
// to `elif`, `.length` to the filter. A name that `vars` lacks is "". A plain {{ name }} prints
// booleans, null and lists as JavaScript does (true, nothing, "a,b"); an object prints as JSON.
Result<std::string> render_nunjucks(std::string_view source, const Json& vars,
                                    const std::string& place);

// Every string inside `value` rendered; keys stay.
Result<Json> render_inside(const Json& value, const Json& vars, const std::string& place);

// The template reads the environment (`env.NAME`), which `vars` does not define.
bool reads_environment(std::string_view source, const Json& vars);

}  // namespace assay::suites
