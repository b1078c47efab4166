#include "harness/load/trace_line.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <limits>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/nearest.h"
#include "harness/load/lengths.h"
#include "harness/load/shown.h"

namespace assay::load {
namespace {

constexpr std::array<std::string_view, 3> kColumns = {"TIMESTAMP", "ContextTokens",
                                                      "GeneratedTokens"};
constexpr const char* kFormsExpected =
    "the header TIMESTAMP,ContextTokens,GeneratedTokens or a JSON object with `timestamp` or with "
    "`at_s` or `at_ms`";
constexpr size_t kColumnsMax = 100;
constexpr size_t kConversationBytesMax = 256;

// --- Azure's CSV ---------------------------------------------------------------------------------

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> fields;
  for (size_t begin = 0; begin <= line.size() && fields.size() <= kColumnsMax;) {
    const size_t comma = std::min(line.find(',', begin), line.size());
    fields.push_back(line.substr(begin, comma - begin));
    begin = comma + 1;
  }
  return fields;
}

// Reads digits off the front of a text; anything else makes it bad, once and for all.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  int digits(size_t count) {
    int value = 0;
    for (size_t i = 0; i < count; ++i) {
      if (!at_digit()) return fail();
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }
  void one_of(std::string_view accepted) {
    if (rest_.empty() || accepted.find(rest_.front()) == std::string_view::npos) {
      fail();
      return;
    }
    rest_.remove_prefix(1);
  }
  // ".9799600" in nanoseconds; none at all is 0.
  int64_t fraction() {
    if (!take('.')) return 0;
    int64_t value = 0;
    int count = 0;
    for (; at_digit() && count < 9; ++count) {
      value = value * 10 + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    if (count == 0 || at_digit()) return fail();
    for (; count < 9; ++count) value *= 10;
    return value;
  }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] bool done() const { return good_ && rest_.empty(); }

 private:
  [[nodiscard]] bool at_digit() const {
    return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
  }
  int fail() {
    good_ = false;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool good_ = true;
};

// Seconds that a clock with this offset is ahead of UTC; none at all is 0.
int offset_s(Scanner& scan) {
  if (scan.take('Z')) return 0;
  const int sign = scan.take('-') ? -1 : 1;
  if (sign == 1 && !scan.take('+')) return 0;
  const int hours = scan.digits(2);
  scan.one_of(":");
  return sign * (hours * 3600 + scan.digits(2) * 60);
}

// Nanoseconds since 1970; nothing where the text is no time of 1970 to 2200.
std::optional<int64_t> parse_time(std::string_view text) {
  Scanner scan(text);
  const int year = scan.digits(4);
  scan.one_of("-");
  const int month = scan.digits(2);
  scan.one_of("-");
  const int day = scan.digits(2);
  scan.one_of(" T");
  const int hour = scan.digits(2);
  scan.one_of(":");
  const int minute = scan.digits(2);
  scan.one_of(":");
  const int second = scan.digits(2);
  const int64_t fraction_ns = scan.fraction();
  const int ahead_s = offset_s(scan);
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!scan.done() || year < 1970 || year > 2200 || !date.ok() || hour > 23 || minute > 59 ||
      second > 59) {
    return std::nullopt;
  }
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const int64_t whole_s =
      days * 86'400 + int64_t{3600} * hour + int64_t{60} * minute + second - ahead_s;
  if (whole_s < 0) return std::nullopt;
  return whole_s * 1'000'000'000 + fraction_ns;
}

Error bad_length(const std::string& where, std::string_view what, std::string_view found) {
  return input_error(where, fmt::format("`{}` is `{}`, expected a whole number of tokens 0..{}",
                                        what, shown(found), kLengthMax));
}

Result<int64_t> parse_tokens(std::string_view text, std::string_view what,
                             const std::string& where) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, value);
  if (status != std::errc() || stop != end || value < 0 || value > kLengthMax)
    return bad_length(where, what, text);
  return value;
}

// --- JSON lines ----------------------------------------------------------------------------------

Error bad_member(const std::string& where, std::string_view key, const Json* found,
                 std::string_view expected) {
  if (found == nullptr)
    return input_error(where, fmt::format("`{}` is missing, expected {}", key, expected));
  return input_error(
      where, fmt::format("`{}` is {}, expected {}", key, shown(dump_json(*found)), expected));
}

Result<int64_t> tokens_of(const Json& object, std::string_view key, const std::string& where) {
  const Json* found = find_member(object, key);
  // Unsigned: what the parser makes of every whole number that is not negative.
  if (found == nullptr || !found->is_number_unsigned() ||
      found->get<uint64_t>() > static_cast<uint64_t>(kLengthMax)) {
    return bad_member(where, key, found, fmt::format("a whole number of tokens 0..{}", kLengthMax));
  }
  return static_cast<int64_t>(found->get<uint64_t>());
}

// A time in units of `unit_ns`; the whole part apart, so that a time since 1970 keeps its
// nanoseconds as far as the number has them.
Result<int64_t> time_of(const Json& object, std::string_view key, int64_t unit_ns,
                        const std::string& where) {
  const int64_t whole_max = int64_t{9'000'000'000'000'000'000} / unit_ns;
  const Json* found = find_member(object, key);
  const double value = found != nullptr && found->is_number() ? found->get<double>() : -1;
  if (!(value >= 0 && value < static_cast<double>(whole_max)))
    return bad_member(where, key, found, fmt::format("a number 0..{}", whole_max));
  const double whole = std::floor(value);
  return static_cast<int64_t>(whole) * unit_ns +
         std::llround((value - whole) * static_cast<double>(unit_ns));
}

Result<std::vector<uint64_t>> blocks_of(const Json& object, std::string_view key,
                                        const std::string& where) {
  std::vector<uint64_t> ids;
  const Json* found = find_member(object, key);
  if (found == nullptr) return ids;
  constexpr const char* kExpected = "an array of whole numbers, 0 or more";
  if (!found->is_array()) return bad_member(where, key, found, kExpected);
  ids.reserve(found->size());
  for (const Json& id : *found) {
    if (!id.is_number_unsigned()) return bad_member(where, key, found, kExpected);
    ids.push_back(id.get<uint64_t>());
  }
  return ids;
}

Result<TraceLine> read_mooncake(const Json& object, const std::string& where) {
  TraceLine line;
  ASSAY_TRY(line.at_ns, time_of(object, "timestamp", 1'000'000, where));
  ASSAY_TRY(line.entry.input_tokens, tokens_of(object, "input_length", where));
  ASSAY_TRY(line.entry.output_tokens, tokens_of(object, "output_length", where));
  ASSAY_TRY(line.entry.blocks, blocks_of(object, "hash_ids", where));
  return line;
}

Result<void> check_keys(const Json& object, const std::string& where) {
  const std::vector<std::string> known = {"at_s",   "at_ms",  "input_tokens", "output_tokens",
                                          "blocks", "prompt", "conversation"};
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::string hint = did_you_mean(key, known);
    return input_error(where, fmt::format("unknown key `{}`{} expected {}", shown(key),
                                          hint.empty() ? "," : hint, fmt::join(known, ", ")));
  }
  return {};
}

Result<std::string> conversation_of(const Json& object, const std::string& where) {
  const Json* found = find_member(object, "conversation");
  if (found == nullptr) return std::string();
  if (found->is_number_unsigned()) return fmt::format("{}", found->get<uint64_t>());
  const bool text = found->is_string();
  const std::string name = text ? found->get<std::string>() : "";
  if (name.empty() || name.size() > kConversationBytesMax)
    return bad_member(
        where, "conversation", found,
        fmt::format("a name of 1..{} bytes or a whole number", kConversationBytesMax));
  return name;
}

Result<TraceLine> read_ours(const Json& object, const std::string& where) {
  ASSAY_TRY_VOID(check_keys(object, where));
  TraceLine line;
  const bool in_s = find_member(object, "at_s") != nullptr;
  if (in_s && find_member(object, "at_ms") != nullptr)
    return input_error(where, "found both `at_s` and `at_ms`, expected one of them");
  ASSAY_TRY(line.at_ns, in_s ? time_of(object, "at_s", 1'000'000'000, where)
                             : time_of(object, "at_ms", 1'000'000, where));
  if (const Json* prompt = find_member(object, "prompt")) {
    if (!prompt->is_string() || prompt->get_ref<const std::string&>().empty())
      return bad_member(where, "prompt", prompt, "a string that is not empty");
    line.entry.prompt = prompt->get<std::string>();
  }
  line.entry.input_tokens = -1;
  if (line.entry.prompt.empty() || find_member(object, "input_tokens") != nullptr) {
    ASSAY_TRY(line.entry.input_tokens, tokens_of(object, "input_tokens", where));
  }
  ASSAY_TRY(line.entry.output_tokens, tokens_of(object, "output_tokens", where));
  ASSAY_TRY(line.entry.blocks, blocks_of(object, "blocks", where));
  ASSAY_TRY(line.entry.conversation, conversation_of(object, where));
  return line;
}

}  // namespace

Result<std::optional<TraceLine>> TraceLines::read(std::string_view line, uint64_t number) {
  if (line.find_first_not_of(" \t") == std::string_view::npos) return std::optional<TraceLine>();
  const std::string where = fmt::format("{}:{}", name_, number);
  if (form_ == Form::kUnknown && line.front() != '{') {
    ASSAY_TRY_VOID(read_header(line, where));
    return std::optional<TraceLine>();
  }
  if (form_ == Form::kAzure) {
    ASSAY_TRY(TraceLine row, read_row(line, where));
    return std::optional<TraceLine>(std::move(row));
  }
  ASSAY_TRY(TraceLine read, read_object(line, number, where));
  return std::optional<TraceLine>(std::move(read));
}

std::string TraceLines::form() const {
  switch (form_) {
    case Form::kUnknown:
      return "";
    case Form::kAzure:
      return "azure";
    case Form::kMooncake:
      return "mooncake";
    case Form::kAssay:
      return "assay";
  }
  return "";
}

Result<void> TraceLines::read_header(std::string_view line, const std::string& where) {
  const std::vector<std::string_view> names = split(line);
  const auto found = [&](std::string_view column) {
    return static_cast<size_t>(std::find(names.begin(), names.end(), column) - names.begin());
  };
  bool any = false;
  for (size_t i = 0; i < kColumns.size(); ++i) {
    columns_[i] = found(kColumns[i]);
    any = any || columns_[i] < names.size();
  }
  if (!any)
    return input_error(where, fmt::format("found `{}`, expected {}", shown(line), kFormsExpected));
  for (size_t i = 0; i < kColumns.size(); ++i) {
    if (columns_[i] < names.size()) continue;
    return input_error(where, fmt::format("column `{}` is missing in `{}`, expected {}",
                                          kColumns[i], shown(line), fmt::join(kColumns, ",")));
  }
  if (names.size() > kColumnsMax)
    return input_error(
        where, fmt::format("found more than {} columns, expected at most that", kColumnsMax));
  column_count_ = names.size();
  form_ = Form::kAzure;
  return {};
}

Result<TraceLine> TraceLines::read_row(std::string_view line, const std::string& where) const {
  const std::vector<std::string_view> fields = split(line);
  if (fields.size() != column_count_)
    return input_error(where, fmt::format("found {} columns in `{}`, expected {} as in the header",
                                          fields.size(), shown(line), column_count_));
  TraceLine row;
  const std::string_view time = fields[columns_[0]];
  const std::optional<int64_t> at_ns = parse_time(time);
  if (!at_ns)
    return input_error(where, fmt::format("`{}` is `{}`, expected a time like "
                                          "2023-11-16 18:17:03.9799600",
                                          kColumns[0], shown(time)));
  row.at_ns = *at_ns;
  ASSAY_TRY(row.entry.input_tokens, parse_tokens(fields[columns_[1]], kColumns[1], where));
  ASSAY_TRY(row.entry.output_tokens, parse_tokens(fields[columns_[2]], kColumns[2], where));
  return row;
}

Result<TraceLine> TraceLines::read_object(std::string_view line, uint64_t number,
                                          const std::string& where) {
  const int first_line = static_cast<int>(
      std::min<uint64_t>(number, static_cast<uint64_t>(std::numeric_limits<int>::max())));
  Result<Json> parsed = parse_json(line, name_, first_line);
  if (!parsed) {
    // What is wrong with the whole text (its depth) has no column; here it has a line.
    if (parsed.error().where == name_) parsed.error().where = where;
    return std::move(parsed).error();
  }
  const Json object = std::move(*parsed);
  if (!object.is_object())
    return input_error(where,
                       fmt::format("found {}, expected a JSON object", json_type_name(object)));
  if (form_ == Form::kUnknown) {
    const auto has = [&](std::string_view key) { return find_member(object, key) != nullptr; };
    if (!has("timestamp") && !has("at_s") && !has("at_ms"))
      return input_error(where,
                         fmt::format("found `{}`, expected {}", shown(line), kFormsExpected));
    form_ = has("timestamp") ? Form::kMooncake : Form::kAssay;
  }
  return form_ == Form::kMooncake ? read_mooncake(object, where) : read_ours(object, where);
}

}  // namespace assay::load
