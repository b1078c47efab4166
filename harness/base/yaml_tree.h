// YamlNode: a YAML document as plain data in which every value knows its place, so that every
// complaint names file:line:column.
//
// Where it stands: between yaml-cpp (which only parses) and whoever reads settings: suite files
// in suites/, providers.yaml in backends/, assay.yaml in app/. The bytes may be hostile: size,
// depth, number of nodes (aliases are copied, so "billion laughs" ends with the limit named) are
// bounded; duplicate keys and tags such as
// `!function` are errors.
//
//   ASSAY_TRY(const YamlNode root, read_yaml(text, "suite.yaml"));
//   if (const YamlNode* data = root.find("data")) fmt::print("{}", data->place());  //
//   "suite.yaml:7:3"
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"

namespace assay {

inline constexpr size_t kYamlBytesMax = size_t{4} << 20;
inline constexpr size_t kYamlNodesMax = 200'000;
inline constexpr int kYamlDepthMax = 64;

struct YamlMember;

struct YamlNode {
  enum class Kind : uint8_t { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  std::string scalar;    // its text, also of numbers and booleans
  bool is_text = false;  // quoted, or a block scalar: always a string
  std::string function;  // of `!function x.y`, where the reading keeps those: "x.y"
  std::vector<YamlNode> items;
  std::vector<YamlMember> members;
  std::shared_ptr<const std::string> file;  // as named in messages
  int line = 0;                             // 1-based
  int column = 0;

  [[nodiscard]] bool is_map() const { return kind == Kind::kMap; }
  [[nodiscard]] bool is_list() const { return kind == Kind::kList; }
  [[nodiscard]] bool is_scalar() const { return kind == Kind::kScalar; }
  [[nodiscard]] bool is_null() const { return kind == Kind::kNull; }
  // "file:line:column"
  [[nodiscard]] std::string place() const;
  // The member of a map, or nullptr.
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
  // "a string", "a list" ... for messages; a plain scalar as YAML 1.2 reads it.
  [[nodiscard]] std::string type_name() const;
  // Error at this place.
  [[nodiscard]] Error error(std::string message) const;

  // Typed reading; errors say `what` it is, what was found and what was expected.
  [[nodiscard]] Result<std::string> as_string(std::string_view what) const;  // any scalar's text
  [[nodiscard]] Result<bool> as_bool(std::string_view what) const;
  [[nodiscard]] Result<int64_t> as_integer(std::string_view what, int64_t min, int64_t max) const;
  [[nodiscard]] Result<double> as_number(std::string_view what) const;
  // A string, or a list of strings.
  [[nodiscard]] Result<std::vector<std::string>> as_strings(std::string_view what) const;
  // The same as JSON: plain scalars become null, booleans, numbers or strings (YAML 1.2 core).
  [[nodiscard]] Json to_json() const;
};

struct YamlMember {
  std::string key;
  int line = 0;  // of the key
  int column = 0;
  YamlNode value;
  int replaced_line = 0;  // of an earlier key of the same name, which this one replaced; 0: none
};

// What is refused otherwise. Task files of lm-evaluation-harness hold both, and whether they matter
// is known only when all includes are read.
struct YamlReading {
  bool keep_functions = false;      // `!function x.y` becomes YamlNode::function
  bool last_of_duplicates = false;  // of two members with one key the last counts, as in PyYAML
};

// One document. `shown` names it in messages.
Result<YamlNode> read_yaml(std::string_view text, const std::string& shown,
                           YamlReading reading = {});
Result<YamlNode> read_yaml_file(const std::string& path, const std::string& shown,
                                YamlReading reading = {});
// "`k` stands here a second time ...", for a member that replaced another.
Error duplicate_key_error(const YamlMember& member);
// An error for the first member of `map` that is not among `known`; it names the nearest known key.
Result<void> refuse_unknown_keys(const YamlNode& map, std::string_view what,
                                 const std::vector<std::string>& known);

}  // namespace assay
