#include "harness/types/sample.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/base/json.h"

namespace assay {
namespace {

template <typename Pairs>
void append_object(std::string& out, const Pairs& pairs) {
  out += '{';
  bool first = true;
  for (const auto& [key, value] : pairs) {
    if (!first) out += ',';
    first = false;
    append_json_string(out, key);
    out += ':';
    append_json_string(out, value);
  }
  out += '}';
}

void append_list(std::string& out, const std::vector<std::string>& texts) {
  out += '[';
  for (size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, texts[i]);
  }
  out += ']';
}

}  // namespace

std::string truth_to_json(const Sample& sample) {
  std::string out = "{\"targets\":";
  append_list(out, sample.targets);
  if (!sample.choices.empty()) {
    out += ",\"choices\":";
    append_list(out, sample.choices);
  }
  if (!sample.gold.empty()) out += fmt::format(",\"gold\":[{}]", fmt::join(sample.gold, ","));
  if (!sample.fields.empty()) {
    out += ",\"fields\":";
    append_object(out, sample.fields);
  }
  out += '}';
  return out;
}

std::string tags_to_json(const Sample& sample) {
  std::string out;
  if (!sample.tags.empty()) append_object(out, sample.tags);
  return out;
}

}  // namespace assay
