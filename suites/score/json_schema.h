// JsonSchema: says whether a JSON value fits a JSON Schema, in bounded time whatever the two are.
//
// Where it stands: behind the scorers `json_schema` and `assertions`. compile() checks the schema
// once; validate() is const and called from several threads at once.
//
// The language is draft 2020-12 (reference: JSON Schema Core and Validation, 2020-12): type, enum,
// const, properties, required, additionalProperties, patternProperties, propertyNames,
// min/maxProperties, dependentRequired, dependentSchemas, items, prefixItems, contains with
// min/maxContains, min/maxItems, uniqueItems, min/maxLength, pattern, format, minimum, maximum,
// exclusive*, multipleOf, allOf, anyOf, oneOf, not, if/then/else, $ref to "#", "#/pointer" and
// "#anchor" in the same document, boolean schemas. Of older drafts: `items` as a list with
// `additionalItems`, `definitions`, `dependencies`, boolean exclusiveMinimum/Maximum. Keywords
// beside $ref count.
// Differences: `format` is an assertion; the formats date, time, date-time, email, hostname, ipv4,
// ipv6, uri, uuid and regex are checked, others accepted. `pattern` is PCRE2, not ECMA-262. A $ref
// to another document, $dynamicRef and unevaluated* are errors of compile().
//
//   ASSAY_TRY(const JsonSchema schema, JsonSchema::compile(json));
//   const JsonSchema::Verdict v = schema.validate(value);   // v.fit, v.reason "/items/3: ..."
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"

namespace assay::suites {

inline constexpr uint64_t kSchemaStepsMax = 10'000'000;  // values and keywords looked at
inline constexpr uint64_t kSchemaPatternSearchesMax = 20'000;
inline constexpr int kSchemaDepthMax = 800;  // of schemas applied inside each other
inline constexpr size_t kSchemaNodesMax = 100'000;

class JsonSchema {
 public:
  enum class Fit { kYes, kNo, kLimit };
  struct Verdict {
    Fit fit = Fit::kYes;
    std::string reason;  // the first thing that does not fit, with its place; or which limit
  };

  // Errors name the place in the schema ("#/properties/age") and what was expected.
  static Result<JsonSchema> compile(const Json& schema);
  ~JsonSchema();
  JsonSchema(JsonSchema&&) noexcept;
  JsonSchema& operator=(JsonSchema&&) noexcept;

  [[nodiscard]] Verdict validate(const Json& value) const;

 private:
  struct Compiled;
  explicit JsonSchema(std::unique_ptr<Compiled> compiled);
  std::unique_ptr<Compiled> compiled_;
};

}  // namespace assay::suites
