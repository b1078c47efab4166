// Fuzz target of the template engine: input is a template; after a line "----" a JSON context may
// follow. Nothing may crash, hang or leak, whatever both hold.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "harness/base/json.h"
#include "suites/template/template.h"

namespace {

constexpr std::string_view kMark = "\n----\n";

assay::Json default_context() {
  return {{"question", "Why 한국?"},
          {"choices", {{"text", {"a", "b", "c"}}, {"label", {"A", "B", "C"}}}},
          {"n", 3},
          {"x", 2.5},
          {"none_value", nullptr},
          {"rows", {{{"k", "x"}, {"v", 1}}, {{"k", "y"}, {"v", 2}}}},
          {"bytes", "a\xFF\xE2z"}};
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view source(reinterpret_cast<const char*>(data), size);
  assay::Json context = default_context();
  if (const size_t mark = source.find(kMark); mark != std::string_view::npos) {
    auto given = assay::parse_json(source.substr(mark + kMark.size()), "context");
    if (given.has_value()) context = *std::move(given);
    source = source.substr(0, mark);
  }
  const assay::suites::TemplateLimits limits{
      .output_bytes_max = 1 << 16, .steps_max = 20'000, .depth_max = 50};
  for (const bool trims : {false, true}) {
    const auto parsed = assay::suites::Template::parse(
        source, "fuzz",
        {.trim_blocks = trims, .lstrip_blocks = trims, .keep_trailing_newline = !trims});
    if (!parsed.has_value()) continue;
    const auto text = parsed->render(context, limits);
    // The rendered text may not exceed its limit.
    if (text.has_value() && text->size() > limits.output_bytes_max) __builtin_trap();
    (void)parsed->evaluate(context, limits);
  }
  return 0;
}
