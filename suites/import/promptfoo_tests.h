// The test cases of a promptfoo configuration, from wherever they stand: in the file, in CSV, JSON,
// JSON lines or YAML files.
//
// Where it stands: read by import_promptfoo, which joins them with the prompts.
//
//   PromptfooTests tests{root, folder, skipped};
//   ASSAY_TRY(std::vector<PromptfooTest> cases, tests.read());
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/result.h"
#include "harness/base/yaml_tree.h"

namespace assay::suites {

// What cannot be taken over: an error of the import, or (skipping) a note.
struct Leftover {
  std::string place;
  std::string what;
};

struct PromptfooTest {
  std::string place;  // "promptfooconfig.yaml:12:5"
  std::string description;
  Json vars = Json::object();
  std::vector<Json> asserts;  // each with its place under kPlaceKey
  std::optional<double> threshold;
  std::string prefix;
  std::string suffix;
  std::vector<std::string> prompts;  // labels; empty: all
  std::vector<std::string> transform;
  bool expand = true;  // lists of texts in vars are alternatives
};

inline constexpr const char* kPlaceKey = "$place";

// "contains:Paris", "levenshtein(3):...", "not-equals:x"; anything else is `equals`. As in a cell
// `__expected` of a CSV file. Source: promptfoo/promptfoo, src/csv.ts.
Json assertion_from_text(const std::string& text);

// A name of promptfoo's assertion types, without "not-".
bool is_promptfoo_type(std::string_view type);

class PromptfooTests {
 public:
  // `root`: of the configuration; `folder`: that its paths start from. All outlive this.
  PromptfooTests(const YamlNode& root, std::string folder, std::vector<Leftover>& leftovers)
      : root_(root), folder_(std::move(folder)), leftovers_(leftovers) {}

  // With `defaultTest` merged into each. A configuration without tests has one, with no vars.
  Result<std::vector<PromptfooTest>> read();

 private:
  Result<void> read_list(const YamlNode& node);
  Result<void> read_reference(const YamlNode& node, const std::string& name);
  Result<void> read_file(const YamlNode& node, const std::string& path);
  Result<void> read_csv(const std::string& path);
  Result<void> add_node(const YamlNode& node);
  Result<PromptfooTest> test_of(const YamlNode& node);
  Result<void> read_options(const YamlNode& options, PromptfooTest& test);
  Result<void> read_vars(const YamlNode& vars, Json& out);
  Result<void> read_asserts(const YamlNode& list, std::vector<Json>& out);
  Result<Json> assert_of(const YamlNode& node);
  Result<void> add_csv_row(const Json& row, const std::string& place);
  void merge_default(PromptfooTest& test) const;
  void leave(const std::string& place, std::string what) {
    leftovers_.push_back({place, std::move(what)});
  }

  const YamlNode& root_;
  std::string folder_;
  std::vector<Leftover>& leftovers_;
  PromptfooTest default_;
  std::vector<PromptfooTest> tests_;
};

// The changes that a `transform` of JavaScript stands for, where it is one of output.trim(),
// output.toLowerCase(), output.toUpperCase() or these in a row; nullopt: it is another program.
std::optional<std::vector<std::string>> known_transform(std::string_view source);

}  // namespace assay::suites
