// What the log readers share: scores from whatever a log keeps as one, names, texts, tags, files.
//
// Where it stands: suites/import/logs. Pure, but for read_document().
//
//   add_scores("match", "C", ScoreWords::kInspect, "", "", scores);        // value 1
//   add_scores("judge", {{"style", 4}, {"facts", "NaN"}}, ...);   // judge.style 4; .facts unscored
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/result.h"
#include "harness/types/score.h"
#include "suites/import/logs/foreign_log.h"

namespace assay::suites {

enum class ScoreWords : uint8_t {
  kNone,     // a text is no score
  kInspect,  // C, I, P, N, yes, no, true, false, and numbers as texts
};

// One score for a number or a boolean; one for each member of an object ("name.key") or a list
// ("name.0"); for anything else an unscored one with the reason. NaN and infinities (also as texts)
// are unscored.
void add_scores(const std::string& metric, const Json& value, ScoreWords words,
                const std::string& extracted, const std::string& reason,
                std::vector<Score>& scores);

// Lower is better by the name: perplexity, wer, loss ... (its last word, before a comma or a dot).
bool lower_is_better(std::string_view metric);

// At most `max` bytes, cut at a code point; control characters become spaces.
std::string short_text(std::string_view text, size_t max);
std::string log_name(std::string_view text, std::string_view when_empty);
// The member, or a null value.
const Json& member_or_null(const Json& object, std::string_view key);
// A string as it is, anything else as compact JSON; null is "".
std::string text_of(const Json& value);
// Member `key` of an object as text; "" where there is none.
std::string text_at(const Json& object, std::string_view key);
// A finite number; nullopt for anything else.
std::optional<double> number_at(const Json& object, std::string_view key);
// Tokens: 0 to 2^53; -1 for anything else.
int64_t tokens_at(const Json& object, std::string_view key);
// Nanoseconds of seconds; -1 where it is no time (negative, absurd, not finite).
int64_t nanoseconds(std::optional<double> seconds);
// Nanoseconds since 1970 of "2025-01-31T10:00:00[.123][+00:00|Z]"; nullopt: no such text.
std::optional<int64_t> epoch_ns(std::string_view utc);
// Dollars in nano-units; nullopt where it is no price.
std::optional<Money> dollars(std::optional<double> amount);

// Scalars of an object as tags: at most kLogTagsMax, values up to kLogTagValueBytesMax bytes.
std::map<std::string, std::string> tags_of(const Json& object);

// The whole file, at most kLogDocumentBytesMax.
Result<std::string> read_document(const std::string& path);

// A definition for a metric of which only the name is known.
MetricDef known_metric(const std::string& name, const std::string& tool);

// What Assay's exports say of a suite (member `assay`), as a suite; false: nothing usable.
bool read_assay_suite(const Json& assay, ForeignSuite& suite);

}  // namespace assay::suites
