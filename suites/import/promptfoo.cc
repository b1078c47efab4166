// import_promptfoo: joins the prompts and tests of a promptfoo configuration into rows, each with
// the text that is asked and the checks that judge it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <optional>
#include <set>
#include <utility>

#include "harness/base/json.h"
#include "suites/import/imported.h"
#include "suites/import/nunjucks.h"
#include "suites/import/promptfoo_tests.h"
#include "suites/loader/chat_columns.h"
#include "suites/loader/row_store.h"
#include "suites/score/assertions.h"
#include "suites/score/text_distance.h"

namespace assay::suites {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLeftoversShown = 20;
constexpr size_t kSummaryBytesMax = 300;
constexpr int kSubstitutionRounds = 5;  // as promptfoo's: variables inside variables

struct PromptTemplate {
  std::string label;
  std::string text;
  std::string place;
};

// What is measured by a run and not judged by a reply.
bool is_measured(std::string_view type) { return type == "latency" || type == "cost"; }

std::string without_not(std::string_view type) {
  return std::string(type.starts_with("not-") ? type.substr(4) : type);
}

bool is_program(std::string_view path) {
  for (const std::string_view extension :
       {".js", ".ts", ".mjs", ".cjs", ".py", ".rb", ".sh", ".exe"}) {
    if (path.ends_with(extension) ||
        path.find(std::string(extension) + ":") != std::string_view::npos) {
      return true;
    }
  }
  return path.starts_with("exec:");
}

class PromptfooImport {
 public:
  PromptfooImport(const YamlNode& root, std::string path, const ImportOptions& options)
      : root_(root),
        path_(std::move(path)),
        folder_(fs::path(path_).parent_path().string()),
        options_(options) {}

  Result<ImportedSuite> run() {
    ASSAY_TRY_VOID(read_prompts());
    note_ignored_keys();
    read_tools();
    PromptfooTests tests(root_, folder_, leftovers_);
    ASSAY_TRY(const std::vector<PromptfooTest> cases, tests.read());
    for (size_t i = 0; i < cases.size(); ++i) ASSAY_TRY_VOID(add_test(i + 1, cases[i]));
    ASSAY_TRY_VOID(settle_leftovers());
    if (rows_.empty()) return input_error(path_, "gives no test to ask");
    return finish();
  }

 private:
  // ---- prompts
  Result<void> read_prompts() {
    const YamlNode* prompts = root_.find("prompts");
    if (prompts == nullptr || prompts->is_null()) {
      return root_.error("has no `prompts`, expected a list of texts or file:// paths");
    }
    if (prompts->is_scalar()) return add_prompt(*prompts, prompts->scalar, "");
    if (!prompts->is_list()) {
      return prompts->error(fmt::format("`prompts` is {}, expected a list", prompts->type_name()));
    }
    for (const YamlNode& item : prompts->items) {
      if (item.is_scalar()) {
        ASSAY_TRY_VOID(add_prompt(item, item.scalar, ""));
        continue;
      }
      const YamlNode* raw = item.find("raw");
      const YamlNode* source = raw != nullptr ? raw : item.find("id");
      if (source == nullptr || !source->is_scalar()) {
        return item.error("a prompt has neither `raw` nor `id`");
      }
      const YamlNode* label = item.find("label");
      ASSAY_TRY_VOID(add_prompt(*source, source->scalar, label == nullptr ? "" : label->scalar));
    }
    return {};
  }

  Result<void> add_prompt(const YamlNode& node, const std::string& text, const std::string& label) {
    if (!text.starts_with("file://") && !names_file(text)) {
      prompts_.push_back({label.empty() ? text : label, text, node.place()});
      return {};
    }
    if (is_program(text)) {
      leftovers_.push_back({node.place(), fmt::format("a prompt made by a program (`{}`)", text)});
      return {};
    }
    ASSAY_TRY(const auto paths, matching_files(import_path(folder_, text), node.place()));
    for (const std::string& path : paths) ASSAY_TRY_VOID(add_prompt_file(node, path, label));
    return {};
  }

  // A prompt without file:// that is a path all the same, as promptfoo allows.
  [[nodiscard]] bool names_file(const std::string& text) const {
    if (text.find_first_of("\n{") != std::string::npos || text.size() > 300) return false;
    const std::string extension = fs::path(text).extension().string();
    constexpr std::array<std::string_view, 8> kExtensions{".txt", ".json", ".jsonl", ".yaml",
                                                          ".yml", ".md",   ".j2",    ".csv"};
    std::error_code ignored;
    return std::find(kExtensions.begin(), kExtensions.end(), extension) != kExtensions.end() &&
           fs::is_regular_file(import_path(folder_, text), ignored);
  }

  Result<void> add_prompt_file(const YamlNode& node, const std::string& path,
                               const std::string& label) {
    ASSAY_TRY(const std::string text, read_import_file(path, node.place()));
    const std::string extension = fs::path(path).extension().string();
    const std::string name = label.empty() ? fs::path(path).filename().string() : label;
    if (extension == ".yaml" || extension == ".yml") {
      ASSAY_TRY(const YamlNode file, read_yaml(text, path));
      prompts_.push_back({name, dump_json(file.to_json()), path});
      return {};
    }
    std::vector<std::string> parts;
    if (extension == ".jsonl") {
      parts = split_lines(text, [](std::string_view) { return true; });
    } else if (extension == ".txt" || extension == ".md" || extension == ".j2") {
      parts = split_lines(text, [](std::string_view line) { return strip_space(line) == "---"; });
    } else if (extension == ".csv") {
      return node.error(
          "prompts in a CSV file are not read, expected .txt, .json, .jsonl or .yaml");
    } else {
      parts = {text};
    }
    for (size_t i = 0; i < parts.size(); ++i) {
      const std::string_view body = strip_space(parts[i]);
      if (body.empty()) continue;
      prompts_.push_back(
          {parts.size() == 1 ? name : fmt::format("{} {}", name, i + 1), std::string(body), path});
    }
    return {};
  }

  // Lines joined until one of them `separates`; a line that separates by standing alone (JSON
  // lines) is itself a part.
  template <typename Separates>
  static std::vector<std::string> split_lines(const std::string& text, const Separates& separates) {
    const bool each = separates(std::string_view("{}"));
    std::vector<std::string> parts(1);
    for (size_t at = 0; at < text.size();) {
      const size_t end = std::min(text.find('\n', at), text.size());
      const std::string line = text.substr(at, end - at);
      at = end + 1;
      if (each || !separates(line)) parts.back() += line + "\n";
      if (each || separates(line)) parts.emplace_back();
    }
    return parts;
  }

  // ---- the rest of the configuration
  void note_ignored_keys() {
    for (const std::string_view key : {"scenarios", "nunjucksFilters", "extensions", "redteam"}) {
      if (const YamlNode* node = root_.find(key); node != nullptr && !node->is_null()) {
        leftovers_.push_back({node->place(), fmt::format("`{}`", key)});
      }
    }
    for (const std::string_view key : {"providers", "targets"}) {
      if (const YamlNode* node = root_.find(key)) {
        notes_.push_back(fmt::format("{}: models are named with `assay run -m`, not in the suite",
                                     node->place()));
      }
    }
    if (const YamlNode* node = root_.find("derivedMetrics")) {
      notes_.push_back(fmt::format("{}: derivedMetrics are not taken over", node->place()));
    }
  }

  // Tools of the first provider that has some.
  void read_tools() {
    for (const std::string_view key : {"providers", "targets"}) {
      const YamlNode* list = root_.find(key);
      if (list == nullptr || !list->is_list()) continue;
      for (const YamlNode& provider : list->items) {
        const YamlNode* config = provider.find("config");
        const YamlNode* tools = config == nullptr ? nullptr : config->find("tools");
        if (tools == nullptr) continue;
        Json value = tools->to_json();
        if (value.is_string()) {
          const auto text = read_import_file(
              import_path(folder_, value.get_ref<const std::string&>()), tools->place());
          const auto file =
              text ? read_yaml(*text, value.get<std::string>()) : Result<YamlNode>(text.error());
          if (!file) {
            leftovers_.push_back({tools->place(), "tools: " + file.error().text()});
            continue;
          }
          value = file->to_json();
        }
        if (tools_from(value, tools->place())) {
          tools_ = std::move(value);
          return;
        }
        leftovers_.push_back({tools->place(), "tools that are no list of functions"});
      }
    }
  }

  // ---- rows
  Result<void> add_test(size_t number, const PromptfooTest& test) {
    ASSAY_TRY(const std::vector<Json> combinations, expand(test));
    for (size_t c = 0; c < combinations.size(); ++c) {
      ASSAY_TRY(const Json vars, resolved(combinations[c], test.place));
      ASSAY_TRY(const std::optional<Json> checks, checks_of(test, vars));
      if (!checks) continue;  // all of them left out
      for (size_t p = 0; p < prompts_.size(); ++p) {
        if (!is_wanted(test, prompts_[p])) continue;
        std::string id = fmt::format("{}", number);
        if (combinations.size() > 1) id += fmt::format(".{}", c + 1);
        if (prompts_.size() > 1) id += fmt::format("-p{}", p + 1);
        ASSAY_TRY_VOID(add_row(id, test, prompts_[p], vars, *checks));
      }
    }
    return {};
  }

  static bool is_wanted(const PromptfooTest& test, const PromptTemplate& prompt) {
    return test.prompts.empty() ||
           std::find(test.prompts.begin(), test.prompts.end(), prompt.label) != test.prompts.end();
  }

  // Lists of texts are alternatives: every combination is a row. Source: promptfoo/promptfoo,
  // src/evaluator.ts (generateVarCombinations).
  Result<std::vector<Json>> expand(const PromptfooTest& test) const {
    std::vector<std::pair<std::string, std::vector<Json>>> all;
    size_t count = 1;
    for (const auto& [key, value] : test.vars.items()) {
      ASSAY_TRY(std::vector<Json> values, alternatives(value, test));
      count *= values.size();
      if (count > kImportedRowsMax) {
        return Error{ErrorCode::kLimit,
                     fmt::format("the variables make more than {} combinations", kImportedRowsMax),
                     test.place};
      }
      all.emplace_back(key, std::move(values));
    }
    std::vector<Json> combinations{Json::object()};
    for (const auto& [key, values] : all) {
      std::vector<Json> next;
      for (const Json& combination : combinations) {
        for (const Json& one : values) {
          next.push_back(combination);
          next.back()[key] = one;
        }
      }
      combinations = std::move(next);
    }
    return combinations;
  }

  Result<std::vector<Json>> alternatives(const Json& value, const PromptfooTest& test) const {
    if (!test.expand) return std::vector<Json>{value};
    if (value.is_string() && value.get_ref<const std::string&>().starts_with("file://")) {
      ASSAY_TRY(const auto paths,
                matching_files(import_path(folder_, value.get<std::string>()), test.place));
      std::vector<Json> files;
      files.reserve(paths.size());
      for (const std::string& path : paths) files.push_back(Json{{kFileKey, path}});
      return files;
    }
    if (value.is_array() && !value.empty() && value[0].is_string()) {
      return std::vector<Json>(value.begin(), value.end());
    }
    return std::vector<Json>{value};
  }

  // Files read, one line end taken off, {{ names }} inside values replaced.
  Result<Json> resolved(const Json& combination, const std::string& place) {
    Json vars = combination;
    for (auto& [key, value] : vars.items()) {
      const Json* path = value.is_object() ? find_member(value, kFileKey) : nullptr;
      std::string file = path == nullptr ? std::string() : path->get<std::string>();
      if (value.is_string() && value.get_ref<const std::string&>().starts_with("file://")) {
        file = import_path(folder_, value.get<std::string>());
      }
      if (!file.empty()) {
        ASSAY_TRY(Json content, file_value(file, place));
        value = std::move(content);
      }
      if (!value.is_string()) continue;
      std::string& text = value.get_ref<std::string&>();
      if (text.ends_with('\n')) text.pop_back();
    }
    for (int round = 0; round < kSubstitutionRounds; ++round) {
      bool changed = false;
      for (auto& [key, value] : vars.items()) {
        if (!value.is_string() ||
            value.get_ref<const std::string&>().find("{{") == std::string::npos) {
          continue;
        }
        if (value.get_ref<const std::string&>().size() > kImportedFileBytesMax) {
          return Error{ErrorCode::kLimit, "variables that hold each other grow without end", place};
        }
        ASSAY_TRY(std::string text, render_value(value.get_ref<const std::string&>(), vars, place));
        changed = changed || text != value.get_ref<const std::string&>();
        value = std::move(text);
      }
      if (!changed) break;
    }
    return vars;
  }

  // A value that is no template (code that is asked about) stays as it is.
  static Result<std::string> render_value(const std::string& text, const Json& vars,
                                          const std::string& place) {
    Result<std::string> rendered = render_nunjucks(text, vars, place);
    if (!rendered) return text;
    return rendered;
  }

  Result<Json> file_value(const std::string& path, const std::string& place) {
    if (is_program(path)) {
      leftovers_.push_back({place, fmt::format("a variable made by a program (`{}`)", path)});
      return Json("");
    }
    ASSAY_TRY(const std::string text, read_import_file(path, place));
    const std::string extension = fs::path(path).extension().string();
    if (extension == ".yaml" || extension == ".yml") {
      ASSAY_TRY(const YamlNode file, read_yaml(text, path));
      return Json(dump_json(file.to_json()));
    }
    return Json(std::string(strip_space(text)));
  }

  Result<void> add_row(const std::string& id, const PromptfooTest& test,
                       const PromptTemplate& prompt, const Json& vars, const Json& checks) {
    if (rows_.size() >= kImportedRowsMax) {
      return Error{ErrorCode::kLimit, fmt::format("more than {} rows", kImportedRowsMax), path_};
    }
    const std::string source = test.prefix + prompt.text + test.suffix;
    if (reads_environment(source, vars)) {
      leftovers_.push_back({prompt.place, "a prompt that reads the environment (`env.`)"});
      return {};
    }
    ASSAY_TRY(std::string text, rendered_prompt(source, vars, prompt.place));
    Json row;
    row["id"] = id;
    row["prompt"] = prompt.label.size() > 100 ? prompt.label.substr(0, cut_at(prompt.label, 100))
                                              : prompt.label;
    row["description"] = test.description;
    ASSAY_TRY(Json chat, chat_of(text, prompt.place));
    any_chat_ = any_chat_ || !chat.is_null();
    row["text"] = std::move(text);
    if (!chat.is_null()) row["messages"] = std::move(chat);
    row["vars"] = vars;
    row["expected"] = summary_of(checks);
    row["assert"] = checks;
    if (!tools_.is_null()) row["tools"] = tools_;
    rows_.push_back(std::move(row));
    return {};
  }

  static size_t cut_at(std::string_view text, size_t bytes) {
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
    return bytes;
  }

  // A prompt that is JSON has its variables put into its strings; any other is one template.
  static Result<std::string> rendered_prompt(const std::string& source, const Json& vars,
                                             const std::string& place) {
    const std::string_view body = strip_space(source);
    if (body.starts_with('[') || body.starts_with('{')) {
      if (const Result<Json> json = parse_json(body, place); json && json->is_structured()) {
        ASSAY_TRY(const Json rendered, render_inside(*json, vars, place));
        return dump_json(rendered);
      }
    }
    ASSAY_TRY(std::string text, render_nunjucks(source, vars, place));
    return text;
  }

  // Messages, where a prompt's text is a list of {role, content} in JSON or YAML; else null.
  static Result<Json> chat_of(const std::string& text, const std::string& place) {
    const std::string_view body = strip_space(text);
    Json list;
    if (body.starts_with('[')) {
      Result<Json> parsed = parse_json(body, place);
      const bool chat = parsed && parsed->is_array() && !parsed->empty() &&
                        (*parsed)[0].is_object() && (*parsed)[0].contains("role");
      if (chat) list = std::move(parsed).value();
    } else if (body.starts_with("- role:")) {
      ASSAY_TRY(const YamlNode parsed, read_yaml(body, place));
      list = parsed.to_json();
    }
    if (!list.is_null()) {
      // That it can be asked is found here, and not by the suite.
      ASSAY_TRY(const std::vector<Message> checked, messages_from(list, place));
      (void)checked;
    }
    return list;
  }

  // ---- checks
  // Nothing where all were left out.
  Result<std::optional<Json>> checks_of(const PromptfooTest& test, const Json& vars) {
    Json list = Json::array();
    for (const Json& assertion : test.asserts) {
      ASSAY_TRY(const std::optional<Json> check, check_of(assertion, test, vars, true));
      if (check) list.push_back(*check);
    }
    if (list.empty() && !test.asserts.empty()) return std::optional<Json>();
    if (list.empty()) ++without_checks_;
    Json out;
    if (test.threshold) out["threshold"] = *test.threshold;
    out["assert"] = std::move(list);
    return std::optional<Json>(std::move(out));
  }

  // NOLINTNEXTLINE(misc-no-recursion): an assert-set holds no other (allow_set)
  Result<std::optional<Json>> check_of(const Json& assertion, const PromptfooTest& test,
                                       const Json& vars, bool allow_set) {
    const auto place = assertion[kPlaceKey].get<std::string>();
    const auto type = assertion["type"].get<std::string>();
    if (is_measured(without_not(type))) {
      remember_note(place, fmt::format("`{}` is measured by a run and not judged here", type));
      return std::optional<Json>();
    }
    if (!is_known_assertion(type)) {
      leave(place,
            is_promptfoo_type(without_not(type))
                ? fmt::format("`{}` needs a model, a script or a parser that is not here", type)
                : fmt::format("unknown assertion type `{}`", type));
      return std::optional<Json>();
    }
    Json out;
    out["type"] = type;
    if (type == "assert-set") {
      if (!allow_set || !assertion.contains("assert")) {
        return input_error(place, "an `assert-set` has no list `assert`");
      }
      out["assert"] = Json::array();
      for (const Json& part : assertion["assert"]) {
        ASSAY_TRY(const std::optional<Json> check, check_of(part, test, vars, false));
        if (check) out["assert"].push_back(*check);
      }
      if (out["assert"].empty()) return std::optional<Json>();
    } else if (const Json* value = find_member(assertion, "value")) {
      ASSAY_TRY(const std::optional<Json> ready, check_value(*value, type, vars, place));
      if (!ready) return std::optional<Json>();
      out["value"] = *ready;
    }
    if (!copy_settings(assertion, test, vars, place, out)) return std::optional<Json>();
    return std::optional<Json>(std::move(out));
  }

  // threshold, weight, metric and transform; false: a transform is a program.
  bool copy_settings(const Json& assertion, const PromptfooTest& test, const Json& vars,
                     const std::string& place, Json& out) {
    for (const std::string_view key : {"threshold", "weight"}) {
      const Json* value = find_member(assertion, key);
      if (value != nullptr && value->is_number()) out[std::string(key)] = *value;
    }
    if (const Json* metric = find_member(assertion, "metric");
        metric != nullptr && metric->is_string()) {
      const auto name = render_nunjucks(metric->get_ref<const std::string&>(), vars, place);
      out["metric"] = name ? *name : metric->get<std::string>();
      // "pass" and "score" are the suite's own.
      if (out["metric"] != "pass" && out["metric"] != "score") {
        metrics_.insert(out["metric"].get<std::string>());
      }
    }
    std::vector<std::string> steps = test.transform;
    if (const Json* source = find_member(assertion, "transform")) {
      const auto own =
          source->is_string() ? known_transform(source->get<std::string>()) : std::nullopt;
      if (!own) {
        leave(place, "an assertion's `transform` is a program");
        return false;
      }
      steps.insert(steps.end(), own->begin(), own->end());
    }
    if (!steps.empty() && out["type"] != "assert-set") out["transform"] = steps;
    if (out["type"].get<std::string>().find("is-valid-") != std::string::npos &&
        !tools_.is_null()) {
      out["tools"] = tools_;
    }
    return true;
  }

  // Templates filled in, files read, and what JSON schemas are given as text turned into JSON.
  Result<std::optional<Json>> check_value(const Json& value, const std::string& type,
                                          const Json& vars, const std::string& place) {
    const std::string base = without_not(type);
    const bool schema = base == "is-json" || base == "contains-json";
    if (value.is_string() && value.get_ref<const std::string&>().starts_with("file://")) {
      const auto name = value.get<std::string>();
      if (is_program(name)) {
        leave(place, fmt::format("`{}` takes its value from a program (`{}`)", type, name));
        return std::optional<Json>();
      }
      ASSAY_TRY(const std::string text, read_import_file(import_path(folder_, name), place));
      if (name.ends_with(".json") || name.ends_with(".yaml") || name.ends_with(".yml") || schema) {
        ASSAY_TRY(const YamlNode file, read_yaml(text, name));
        return std::optional<Json>(file.to_json());
      }
      return std::optional<Json>(Json(std::string(strip_space(text))));
    }
    ASSAY_TRY(Json rendered, render_inside(value, vars, place));
    if (schema && rendered.is_string() && !rendered.get_ref<const std::string&>().empty()) {
      ASSAY_TRY(const YamlNode parsed, read_yaml(rendered.get_ref<const std::string&>(), place));
      rendered = parsed.to_json();
    }
    return std::optional<Json>(std::move(rendered));
  }

  static std::string summary_of(const Json& checks) {
    std::string out;
    for (const Json& check : checks["assert"]) {
      if (!out.empty()) out += "; ";
      out += check["type"].get<std::string>();
      if (const Json* value = find_member(check, "value")) {
        out += ": " + (value->is_string() ? value->get<std::string>() : dump_json(*value));
      }
      if (out.size() > kSummaryBytesMax) {
        out.resize(cut_at(out, kSummaryBytesMax));
        return out + "…";
      }
    }
    return out;
  }

  // ---- what is left out
  void leave(const std::string& place, std::string what) {
    const bool known = std::any_of(leftovers_.begin(), leftovers_.end(), [&](const Leftover& one) {
      return one.place == place && one.what == what;
    });
    if (!known) leftovers_.push_back({place, std::move(what)});
  }
  void remember_note(const std::string& place, const std::string& what) {
    std::string note = fmt::format("{}: {}", place, what);
    if (std::find(notes_.begin(), notes_.end(), note) == notes_.end()) {
      notes_.push_back(std::move(note));
    }
  }

  Result<void> settle_leftovers() {
    if (leftovers_.empty()) return {};
    if (options_.skip_unsupported) {
      for (const Leftover& one : leftovers_) {
        notes_.push_back(fmt::format("{}: left out: {}", one.place, one.what));
      }
      return {};
    }
    std::string list;
    for (size_t i = 0; i < std::min(leftovers_.size(), kLeftoversShown); ++i) {
      list += fmt::format("\n  {}: {}", leftovers_[i].place, leftovers_[i].what);
    }
    if (leftovers_.size() > kLeftoversShown) {
      list += fmt::format("\n  and {} more", leftovers_.size() - kLeftoversShown);
    }
    return input_error(path_, fmt::format("{} of its parts cannot be taken over; "
                                          "--skip-unsupported leaves them out:{}",
                                          leftovers_.size(), list));
  }

  // ---- the files
  Result<ImportedSuite> finish() {
    ImportedSuite suite;
    suite.name = options_.name.empty() ? suite_name_of(path_) : options_.name;
    suite.rows = rows_.size();
    for (Json& row : rows_) {
      if (any_chat_ && !row.contains("messages")) {
        row["messages"] = Json::array({{{"role", "user"}, {"content", row["text"]}}});
      }
      if (any_chat_) row.erase("text");
      suite.data_jsonl += dump_json(row) + "\n";
    }
    suite.suite_yaml = yaml_of(suite.name);
    if (without_checks_ > 0) {
      notes_.push_back(fmt::format("{} tests have no check: they are asked, and stay unscored",
                                   without_checks_));
    }
    suite.notes = std::move(notes_);
    return suite;
  }

  [[nodiscard]] std::string yaml_of(const std::string& name) const {
    const YamlNode* description = root_.find("description");
    const std::string title =
        description != nullptr && description->is_scalar() ? description->scalar : name;
    std::string out = fmt::format(
        "# Made by `assay import` from {}. docs/suites.md describes every key.\ntask: {}\n"
        "title: {}\ndata:\n  test: data.jsonl\nid: id\n{}doc_to_target: expected\n",
        yaml_text(fs::path(path_).filename().string()), yaml_text(name), yaml_text(title),
        any_chat_ ? "messages: messages\n" : "doc_to_text: text\n");
    if (!tools_.is_null()) out += "tools: tools\n";
    if (prompts_.size() > 1) out += "tags:\n  prompt: prompt\n";
    out += "scorers:\n  - name: assertions\n    column: assert\n";
    if (!metrics_.empty()) {
      out += "    named:\n";
      for (const std::string& metric : metrics_) {
        out += "      - " + yaml_text(metric) + "\n";
      }
    }
    return out;
  }

  static constexpr const char* kFileKey = "$file";

  const YamlNode& root_;
  std::string path_;
  std::string folder_;
  const ImportOptions& options_;
  std::vector<PromptTemplate> prompts_;
  Json tools_;
  std::vector<Json> rows_;
  std::set<std::string> metrics_;
  std::vector<Leftover> leftovers_;
  std::vector<std::string> notes_;
  bool any_chat_ = false;
  size_t without_checks_ = 0;
};

}  // namespace

Result<ImportedSuite> import_promptfoo(const std::string& path, const ImportOptions& options) {
  ASSAY_TRY(const YamlNode root, read_yaml_file(path, path));
  if (!root.is_map()) {
    return root.error(fmt::format(
        "is {}, expected a promptfoo configuration with `prompts` and `tests`", root.type_name()));
  }
  return PromptfooImport(root, path, options).run();
}

}  // namespace assay::suites
