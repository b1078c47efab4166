// import_openai_evals: samples of OpenAI-evals as a suite. `input` is asked as messages; `ideal` is
// judged as the class that the eval names would.
// Source: openai/evals, evals/elsuite/basic/{match,includes,fuzzy_match,json_match}.py.
#include <fmt/format.h>

#include <filesystem>

#include "harness/base/json.h"
#include "suites/import/imported.h"
#include "suites/loader/chat_columns.h"
#include "suites/loader/row_store.h"

namespace assay::suites {
namespace {

// `text` as a pattern that matches it and nothing else.
std::string escaped_pattern(std::string_view text) {
  constexpr std::string_view kSpecial = "\\^$.|?*+()[]{}-#";
  std::string out;
  for (const char c : text) {
    if (kSpecial.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

// A reply is right that begins with one of the ideals.
Json match_check(const Json& ideals) {
  std::string pattern;
  for (const Json& ideal : ideals) {
    pattern += (pattern.empty() ? "" : "|") + escaped_pattern(ideal.get<std::string>());
  }
  return Json::array({{{"type", "regex"}, {"value", "\\A(?:" + pattern + ")"}}});
}

Result<Json> ideals_of(const Json& row, const std::string& place, bool as_json) {
  const Json* ideal = find_member(row, "ideal");
  if (ideal == nullptr || ideal->is_null()) {
    return input_error(place, "the sample has no `ideal`");
  }
  const bool list = ideal->is_array() && !as_json;
  Json out = Json::array();
  for (const Json& one : list ? *ideal : Json::array({*ideal})) {
    out.push_back(one.is_string() ? one : Json(dump_json(one)));
  }
  if (out.empty()) return input_error(place, "the sample's `ideal` is an empty list");
  return out;
}

Result<Json> row_of(const Json& sample, const std::string& place, uint64_t number,
                    const std::string& name) {
  const Json* input = find_member(sample, "input");
  if (input == nullptr) return input_error(place, "the sample has no `input`");
  const Json messages =
      input->is_string() ? Json::array({{{"role", "user"}, {"content", *input}}}) : *input;
  ASSAY_TRY(const std::vector<Message> checked, messages_from(messages, place));
  (void)checked;  // that it can be asked is what matters
  Json row;
  row["id"] = fmt::format("{}", number);
  row["messages"] = messages;
  // A list of JSON values is several ideals; JSON itself is written as text there.
  const Json* ideal = find_member(sample, "ideal");
  const bool as_json = name == "json_match" && ideal != nullptr && ideal->is_object();
  ASSAY_TRY(row["ideal"], ideals_of(sample, place, as_json));
  if (name == "match") row["assert"] = match_check(row["ideal"]);
  if (name == "fuzzy_match") {
    row["assert"] = Json::array({{{"type", "fuzzy-match"}, {"value", row["ideal"]}}});
  }
  return row;
}

std::string_view scorer_of(std::string_view name) {
  if (name == "includes") return "  - name: includes\n    strip: false\n    normalize: none\n";
  if (name == "json_match") return "  - name: json\n    strict: true\n";
  return "  - name: assertions\n    column: assert\n    metric: accuracy\n";
}

}  // namespace

Result<ImportedSuite> import_openai_evals(const std::string& path, const ImportOptions& options) {
  const std::string name = options.openai_class.empty() ? "match" : options.openai_class;
  if (name != "match" && name != "includes" && name != "fuzzy_match" && name != "json_match") {
    return input_error("--class", fmt::format("`{}` is no class that is known, expected match, "
                                              "includes, fuzzy_match or json_match",
                                              name));
  }
  RowSource source;
  source.path = path;
  source.shown = path;
  ASSAY_TRY(const auto rows, RowStore::open(source));
  if (rows->size() == 0) return input_error(path, "has no samples");
  ImportedSuite suite;
  suite.name = options.name.empty() ? suite_name_of(path) : options.name;
  for (uint64_t i = 0; i < rows->size(); ++i) {
    ASSAY_TRY(const Json sample, rows->row(i));
    Result<Json> row = row_of(sample, rows->place(i), i + 1, name);
    if (!row) return std::move(row).error();
    suite.data_jsonl += dump_json(*row) + "\n";
  }
  suite.rows = rows->size();
  suite.suite_yaml = fmt::format(
      "# Made by `assay import` from {}. docs/suites.md describes every key.\ntask: {}\n"
      "data:\n  test: data.jsonl\nid: id\nmessages: messages\ndoc_to_target: ideal\nscorers:\n{}",
      yaml_text(std::filesystem::path(path).filename().string()), yaml_text(suite.name),
      scorer_of(name));
  if (options.openai_class.empty()) {
    suite.notes.emplace_back(
        "judged as class `match` (a reply that begins with the ideal); --class names another");
  }
  return suite;
}

}  // namespace assay::suites
