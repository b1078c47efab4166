// Fields: the members of one YAML mapping read by name in any order; the first error is remembered,
// so that reading a mapping is one line a key.
//
// Where it stands: inside the readers of suite files.
//
//   Fields in(root);
//   in.text("title", suite.title);
//   in.integer("repeats", suite.repeats, 1, 100);
//   ASSAY_TRY_VOID(in.finish());
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/result.h"
#include "harness/base/yaml_tree.h"
#include "suites/loader/suite_file.h"

namespace assay::suites {

inline TemplateText text_of(const YamlNode& node) {
  const bool is_number = node.as_integer("", INT64_MIN, INT64_MAX).has_value();
  return {node.scalar, node.place(), is_number, node.as_bool("").has_value()};
}

// Reads the members of one map in any order, remembering the first error.
class Fields {
 public:
  explicit Fields(const YamlNode& map) : map_(map) {}

  const YamlNode* find(std::string_view key) const {
    const YamlNode* node = map_.find(key);
    return node == nullptr || node->is_null() ? nullptr : node;
  }
  void text(std::string_view key, std::string& out) {
    if (const YamlNode* node = find(key)) keep(node->as_string(key), out);
  }
  // An empty string counts, unlike null.
  void optional_text(std::string_view key, std::optional<TemplateText>& out) {
    const YamlNode* node = find(key);
    if (node == nullptr) return;
    std::string ignored;
    if (keep(node->as_string(key), ignored)) out = text_of(*node);
  }
  void texts(std::string_view key, std::vector<std::string>& out) {
    if (const YamlNode* node = find(key)) keep(node->as_strings(key), out);
  }
  void templates(std::string_view key, std::vector<TemplateText>& out) {
    const YamlNode* node = find(key);
    if (node == nullptr) return;
    std::vector<std::string> ignored;
    if (!keep(node->as_strings(key), ignored)) return;
    if (node->is_scalar()) {
      out = {text_of(*node)};
      return;
    }
    out.clear();
    for (const YamlNode& item : node->items) out.push_back(text_of(item));
  }
  void named_templates(std::string_view key,
                       std::vector<std::pair<std::string, TemplateText>>& out) {
    const YamlNode* node = find(key);
    if (node == nullptr) return;
    if (!node->is_map()) {
      fail(node->error(fmt::format("`{}` is {}, expected a mapping from names to templates", key,
                                   node->type_name())));
      return;
    }
    for (const YamlMember& member : node->members) {
      std::string ignored;
      if (keep(member.value.as_string(member.key), ignored)) {
        out.emplace_back(member.key, text_of(member.value));
      }
    }
  }
  template <typename T>
  void integer(std::string_view key, T& out, int64_t min, int64_t max) {
    const YamlNode* node = find(key);
    if (node == nullptr) return;
    int64_t value = 0;
    if (keep(node->as_integer(key, min, max), value)) out = static_cast<T>(value);
  }
  template <typename T>
  bool keep(Result<T> result, T& out) {
    if (!result) {
      fail(std::move(result).error());
      return false;
    }
    out = std::move(result).value();
    return true;
  }
  void fail(Error error) {
    if (!error_) error_ = std::move(error);
  }
  void check(const Result<void>& result) {
    if (!result) fail(result.error());
  }
  [[nodiscard]] Result<void> finish() const {
    if (error_) return *error_;
    return {};
  }
  [[nodiscard]] bool failed() const { return error_.has_value(); }

 private:
  const YamlNode& map_;
  std::optional<Error> error_;
};

}  // namespace assay::suites
