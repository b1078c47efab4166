// The scorers `json` (the reply's JSON equals the target) and `json_schema` (it fits a schema).
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "harness/base/json.h"
#include "suites/score/common.h"
#include "suites/score/factories.h"
#include "suites/score/json_schema.h"
#include "suites/score/json_value.h"

namespace assay::suites {
namespace {

constexpr std::string_view kNoJson = "no JSON in the answer";

// The JSON of an answer; with `strict`, the answer is nothing else.
struct Found {
  std::optional<Json> value;
  std::string reason;
  bool limit = false;
};

Found json_of(std::string_view answer, bool strict) {
  Found found;
  if (answer.size() > kJsonAnswerBytesMax) {
    found.limit = true;
    found.reason = fmt::format("the answer has {} bytes, more than {} (limit kJsonAnswerBytesMax)",
                               answer.size(), kJsonAnswerBytesMax);
    return found;
  }
  if (!strict) {
    found.value = find_json_value(answer);
    if (!found.value) found.reason = answer.empty() ? "empty answer" : std::string(kNoJson);
    return found;
  }
  Result<Json> whole = parse_json(answer, "answer");
  if (whole) {
    found.value = std::move(whole).value();
  } else {
    found.reason = "not JSON: " + whole.error().text();
  }
  return found;
}

class JsonEquals final : public VerdictScorer {
 public:
  JsonEquals(Setup setup, bool strict, JsonSameness rule, std::string column)
      : VerdictScorer(std::move(setup)), strict_(strict), rule_(rule), column_(std::move(column)) {}

 private:
  [[nodiscard]] Verdict decide(const Sample& sample, std::string_view answer) const override {
    const Found found = json_of(answer, strict_);
    if (found.limit) return Verdict::cannot(found.reason);
    if (!found.value) return Verdict::wrong({}, found.reason);
    std::string shown = dump_json(*found.value);
    if (!column_.empty()) {
      const Result<Json> wanted = doc_column(sample.doc, column_);
      if (!wanted) return Verdict::cannot(wanted.error().text());
      if (same_json(*found.value, *wanted, rule_)) return Verdict::right(std::move(shown));
    }
    for (const std::string& target :
         column_.empty() ? sample.targets : std::vector<std::string>()) {
      const Result<Json> wanted = parse_json(target, "target");
      if (!wanted) return Verdict::cannot("the target is not JSON: " + wanted.error().text());
      if (same_json(*found.value, *wanted, rule_)) return Verdict::right(std::move(shown));
    }
    return Verdict::wrong(std::move(shown), "differs from the target");
  }

  bool strict_;
  JsonSameness rule_;
  std::string column_;  // of the row, in place of the targets; empty: the targets
};

// Where the schema of a sample comes from.
struct SchemaSource {
  std::optional<JsonSchema> fixed;  // of the suite
  std::string column;               // of the sample's row
};

class FitsSchema final : public VerdictScorer {
 public:
  FitsSchema(Setup setup, bool strict, SchemaSource source)
      : VerdictScorer(std::move(setup)), strict_(strict), source_(std::move(source)) {}

 private:
  [[nodiscard]] Verdict decide(const Sample& sample, std::string_view answer) const override {
    if (source_.fixed) return judge_with(*source_.fixed, answer);
    const Result<JsonSchema> schema = schema_of(sample);
    if (!schema) return Verdict::cannot("the schema cannot be used: " + schema.error().text());
    return judge_with(*schema, answer);
  }

  [[nodiscard]] Result<JsonSchema> schema_of(const Sample& sample) const {
    ASSAY_TRY(Json schema, doc_column(sample.doc, source_.column));
    if (schema.is_string()) {
      ASSAY_TRY(schema, parse_json(schema.get_ref<const std::string&>(), source_.column));
    }
    return JsonSchema::compile(schema);
  }

  [[nodiscard]] Verdict judge_with(const JsonSchema& schema, std::string_view answer) const {
    const Found found = json_of(answer, strict_);
    if (found.limit) return Verdict::cannot(found.reason);
    if (!found.value) return Verdict::wrong({}, found.reason);
    JsonSchema::Verdict fit = schema.validate(*found.value);
    if (fit.fit == JsonSchema::Fit::kLimit) return Verdict::cannot(std::move(fit.reason));
    std::string shown = dump_json(*found.value);
    if (fit.fit == JsonSchema::Fit::kYes) return Verdict::right(std::move(shown));
    return Verdict::wrong(std::move(shown), std::move(fit.reason));
  }

  bool strict_;
  SchemaSource source_;
};

Result<Json> read_json_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return input_error(path, "cannot be opened");
  std::ostringstream text;
  text << in.rdbuf();
  return parse_json(text.str(), path);
}

void compile_into(OptionReader& read, const std::string& key, const Result<Json>& json,
                  SchemaSource& source) {
  if (!json) return read.fail(key, json.error());
  Result<JsonSchema> schema = JsonSchema::compile(*json);
  if (!schema) return read.fail(key, schema.error());
  source.fixed = std::move(schema).value();
}

SchemaSource read_schema(OptionReader& read, const std::string& base_dir) {
  SchemaSource source;
  const Json* schema = read.raw("schema", "");
  const std::string file = read.text("file", "");
  source.column = read.text("column", "");
  const int named =
      (schema != nullptr ? 1 : 0) + (file.empty() ? 0 : 1) + (source.column.empty() ? 0 : 1);
  if (named != 1) {
    read.fail("",
              "scorer `json_schema` needs one of `schema` (a mapping), `file` (a path) and "
              "`column` (of the row)");
  } else if (schema != nullptr) {
    compile_into(read, "schema", *schema, source);
  } else if (!file.empty()) {
    compile_into(read, "file", read_json_file((std::filesystem::path(base_dir) / file).string()),
                 source);
  }
  return source;
}

}  // namespace

std::unique_ptr<Scorer> make_json(OptionReader& read, const std::string& /*base_dir*/) {
  const std::string metric = read.text("metric", "accuracy");
  const bool strict = read.flag("strict", false);
  JsonSameness rule;
  rule.ignore_list_order = read.flag("ignore_list_order", false);
  rule.ignore_extra_keys = read.flag("ignore_extra_keys", false);
  rule.tolerance = read.number("tolerance", 0, 0, 1e300);
  std::string column = read.text("column", "");
  std::optional<Extractor> extractor = read_extractor(read);
  return std::make_unique<JsonEquals>(
      VerdictScorer::Setup{{metric, read.scorer()}, std::move(extractor), identity_of(read, 1)},
      strict, rule, std::move(column));
}

std::unique_ptr<Scorer> make_json_schema(OptionReader& read, const std::string& base_dir) {
  const std::string metric = read.text("metric", "valid");
  const bool strict = read.flag("strict", false);
  SchemaSource source = read_schema(read, base_dir);
  std::optional<Extractor> extractor = read_extractor(read);
  std::string identity = identity_of(read, 1);
  return std::make_unique<FitsSchema>(
      VerdictScorer::Setup{{metric, read.scorer()}, std::move(extractor), std::move(identity)},
      strict, std::move(source));
}

}  // namespace assay::suites
