#include "app/tco_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/tco_config.h"

namespace assay::app {
namespace {

constexpr size_t kNameBytesMax = 200;

std::string range_of(const TcoField& f) {
  std::string out =
      fmt::format("a number {} {}", f.min_excluded ? "above" : "from", tco_number(f.min));
  out += fmt::format(" {} {}", f.min_excluded ? "and at most" : "to", tco_number(f.max));
  if (*f.unit != '\0') out += fmt::format(" ({})", f.unit);
  return out;
}

}  // namespace

std::string tco_number(double value) { return fmt::format("{:.6g}", value); }

std::string joined_path(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

Result<double> TcoReader::number(const YamlNode& map, const std::string& path,
                                 const TcoField& field) {
  const YamlNode* node = map.find(field.key);
  if (node == nullptr) {
    if (!field.fallback)
      return map.error(fmt::format("`{}` is missing, expected {}", field.key, range_of(field)));
    by_default(joined_path(path, field.key), tco_number(*field.fallback), field.unit, field.why);
    return *field.fallback;
  }
  ASSAY_TRY(const double value, node->as_number(field.key));
  // So written that NaN is refused too.
  const bool above = field.min_excluded ? value > field.min : value >= field.min;
  if (!above || !(value <= field.max)) {
    return node->error(
        fmt::format("`{}` is {}, expected {}", field.key, node->scalar, range_of(field)));
  }
  given(joined_path(path, field.key), node->scalar, field.unit);
  return value;
}

Result<uint32_t> TcoReader::count(const YamlNode& map, const std::string& path,
                                  const TcoCount& field) {
  const YamlNode* node = map.find(field.key);
  if (node == nullptr) {
    if (!field.fallback) {
      return map.error(fmt::format("`{}` is missing, expected a whole number from {} to {}",
                                   field.key, field.min, field.max));
    }
    by_default(joined_path(path, field.key), std::to_string(*field.fallback), field.unit,
               field.why);
    return static_cast<uint32_t>(*field.fallback);
  }
  ASSAY_TRY(const int64_t value, node->as_integer(field.key, field.min, field.max));
  given(joined_path(path, field.key), std::to_string(value), field.unit);
  return static_cast<uint32_t>(value);
}

Result<std::string> TcoReader::text(const YamlNode& map, const std::string& path, const char* key,
                                    const char* fallback, const char* why) {
  const YamlNode* node = map.find(key);
  if (node == nullptr && fallback != nullptr) {
    by_default(joined_path(path, key), fallback, "", why);
    return std::string(fallback);
  }
  if (node == nullptr) return map.error(fmt::format("`{}` is missing", key));
  ASSAY_TRY(std::string value, node->as_string(key));
  if (value.empty() || value.size() > kNameBytesMax) {
    return node->error(
        fmt::format("`{}` has {} bytes, expected 1 to {}", key, value.size(), kNameBytesMax));
  }
  given(joined_path(path, key), value, "");
  return value;
}

void TcoReader::given(const std::string& name, const std::string& value, const char* unit) {
  lines_.push_back({name, value, unit, TcoOrigin::kGiven, ""});
}

void TcoReader::by_default(const std::string& name, const std::string& value, const char* unit,
                           std::string_view why) {
  lines_.push_back({name, value, unit, TcoOrigin::kDefault, std::string(why)});
}

void TcoReader::measured(const std::string& name, double value, const char* unit,
                         const std::string& how) {
  lines_.push_back({name, tco_number(value), unit, TcoOrigin::kMeasured, how});
}

Result<void> expect_map(const YamlNode& node, std::string_view what) {
  if (node.is_map()) return {};
  return node.error(fmt::format("{} is {}, expected a mapping", what, node.type_name()));
}

Result<void> expect_list(const YamlNode& node, std::string_view what) {
  if (!node.is_list())
    return node.error(fmt::format("`{}` is {}, expected a list", what, node.type_name()));
  if (node.items.size() > kTcoEntriesMax) {
    return node.error(fmt::format("`{}` has {} entries, expected at most {}", what,
                                  node.items.size(), kTcoEntriesMax));
  }
  for (const YamlNode& item : node.items)
    ASSAY_TRY_VOID(expect_map(item, fmt::format("an entry of `{}`", what)));
  return {};
}

Result<std::string> unique_name(const YamlNode& entry, std::string_view what,
                                std::vector<std::string>& taken) {
  const YamlNode* node = entry.find("name");
  if (node == nullptr) return entry.error(fmt::format("an entry of `{}` without `name`", what));
  ASSAY_TRY(std::string name, node->as_string("name"));
  if (name.empty() || name.size() > kNameBytesMax) {
    return node->error(
        fmt::format("`name` has {} bytes, expected 1 to {}", name.size(), kNameBytesMax));
  }
  if (std::find(taken.begin(), taken.end(), name) != taken.end()) {
    return node->error(
        fmt::format("two entries of `{}` are named `{}`, expected different names", what, name));
  }
  taken.push_back(name);
  return name;
}

}  // namespace assay::app
