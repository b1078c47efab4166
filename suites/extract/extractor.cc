#include "suites/extract/extractor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "harness/base/json.h"
#include "harness/base/nearest.h"
#include "suites/extract/json_object.h"
#include "suites/score/options.h"
#include "suites/score/text_distance.h"

namespace assay::suites {
namespace {

const std::vector<std::string>& extractor_names() {
  static const std::vector<std::string> kNames{"first_line",   "last_line", "boxed",
                                               "after_marker", "regex",     "json"};
  return kNames;
}

// Length of the balanced group that starts at text[0] == '{', braces included; 0 when it never
// closes. A backslash takes the next character with it.
size_t brace_group_length(std::string_view text) {
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '{') {
      ++depth;
    } else if (text[i] == '}' && --depth == 0) {
      return i + 1;
    }
  }
  return 0;
}

const Json* step_into(const Json& value, const std::string& part) {
  if (value.is_object()) return find_member(value, part);
  if (!value.is_array()) return nullptr;
  size_t index = 0;
  const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), index);
  if (error != std::errc() || end != part.data() + part.size() || index >= value.size()) {
    return nullptr;
  }
  return &value[index];
}

Extraction from_optional(std::optional<std::string> text, std::string reason) {
  if (text) return {Extraction::Status::kFound, std::move(*text), {}};
  return {Extraction::Status::kNothing, {}, std::move(reason)};
}

}  // namespace

std::optional<std::string> first_line(std::string_view text) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    if (const auto line = strip_space(text.substr(0, end)); !line.empty()) return std::string(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::nullopt;
}

std::optional<std::string> last_line(std::string_view text) {
  text = strip_space(text);
  if (text.empty()) return std::nullopt;
  const size_t at = text.rfind('\n');
  return std::string(strip_space(at == std::string_view::npos ? text : text.substr(at + 1)));
}

std::optional<std::string> last_boxed(std::string_view text) {
  constexpr std::array<std::string_view, 2> kCommands{"\\boxed", "\\fbox"};
  size_t end = text.size();
  // From the last command backwards: one that is cut off gives way to the one before it.
  for (int tries = 0; tries < kJsonCandidatesMax; ++tries) {
    size_t at = std::string_view::npos;
    size_t length = 0;
    for (const std::string_view command : kCommands) {
      const size_t found = text.substr(0, end).rfind(command);
      if (found != std::string_view::npos && (at == std::string_view::npos || found > at)) {
        at = found;
        length = command.size();
      }
    }
    if (at == std::string_view::npos) return std::nullopt;
    std::string_view rest = text.substr(at + length);
    const bool spaced = !rest.empty() && rest.front() == ' ';
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    if (!rest.empty() && rest.front() == '{') {
      if (const size_t group = brace_group_length(rest)) {
        return std::string(strip_space(rest.substr(1, group - 2)));
      }
    } else if (spaced && !rest.empty()) {
      return std::string(rest.substr(0, rest.find_first_of(" \t\r\n$")));
    }
    if (at == 0) return std::nullopt;
    end = at;
  }
  return std::nullopt;
}

std::optional<std::string> after_marker(std::string_view text, std::string_view marker) {
  const size_t at = text.rfind(marker);
  if (at == std::string_view::npos) return std::nullopt;
  return first_line(text.substr(at + marker.size()));
}

std::optional<std::string> json_member(std::string_view text, std::string_view path) {
  const std::optional<Json> object = first_json_object(text);
  if (!object) return std::nullopt;
  const Json* value = &*object;
  while (value != nullptr && !path.empty()) {
    const size_t dot = std::min(path.find('.'), path.size());
    value = step_into(*value, std::string(path.substr(0, dot)));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  if (value == nullptr || value->is_null()) return std::nullopt;
  return value->is_string() ? value->get<std::string>() : dump_json(*value);
}

Result<Extractor> Extractor::from_option(const Json& option) {
  Extractor extractor;
  if (!option.is_array()) {
    ASSAY_TRY(Step step, step_from(option));
    extractor.steps_.push_back(std::move(step));
    return extractor;
  }
  for (const Json& item : option) {
    ASSAY_TRY(Step step, step_from(item));
    extractor.steps_.push_back(std::move(step));
  }
  return extractor;
}

Result<Extractor::Step> Extractor::step_from(const Json& option) {
  std::string name;
  if (option.is_string()) {
    name = option.get<std::string>();
  } else if (option.is_object() && !option.empty()) {
    name = option.items().begin().key();
  } else {
    return input_error(
        "", fmt::format("`extract` is {}, expected a name or a mapping", json_type_name(option)));
  }
  const auto& names = extractor_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    return input_error("",
                       fmt::format("unknown extractor `{}`{}", name, did_you_mean(name, names)));
  }
  Step step;
  step.kind = static_cast<Kind>(found - names.begin());
  const bool takes_argument = step.kind >= Kind::kAfterMarker;
  if (option.is_string()) {
    if (!takes_argument) return step;
    return input_error("",
                       fmt::format("extractor `{}` needs an argument: {{{}: ...}}", name, name));
  }
  const Json& argument = option.items().begin().value();
  if (!takes_argument) {
    return input_error("", fmt::format("extractor `{}` takes no argument", name));
  }
  if (!argument.is_string() || argument.get_ref<const std::string&>().empty()) {
    return input_error("", fmt::format("`extract.{}` is {}, expected a string that is not empty",
                                       name, json_type_name(argument)));
  }
  if (step.kind == Kind::kRegex) return regex_step(option, argument);
  if (option.size() > 1) {
    return input_error("", fmt::format("unknown key `{}` beside `extract.{}`",
                                       std::next(option.items().begin()).key(), name));
  }
  step.argument = argument.get<std::string>();
  return step;
}

Result<Extractor::Step> Extractor::regex_step(const Json& object, const Json& source) {
  ASSAY_TRY(Pattern pattern, Pattern::compile(source.get<std::string>()));
  Step step;
  step.kind = Kind::kRegex;
  step.group = pattern.group_count() > 0 ? 1 : 0;
  for (const auto& [key, value] : object.items()) {
    if (key == "regex") continue;
    if (key == "group" && value.is_number_unsigned() &&
        value.get<uint64_t>() <= pattern.group_count()) {
      step.group = value.get<size_t>();
    } else if (key == "take" && value.is_string() && (value == "first" || value == "last")) {
      step.last = value == "last";
    } else if (key == "group") {
      return input_error("", fmt::format("`extract.group` is {}, expected 0..{}", dump_json(value),
                                         pattern.group_count()));
    } else if (key == "take") {
      return input_error(
          "", fmt::format("`extract.take` is {}, expected first or last", dump_json(value)));
    } else {
      return input_error("", fmt::format("unknown key `{}` beside `extract.regex`{}", key,
                                         did_you_mean(key, {"group", "take"})));
    }
  }
  step.pattern.push_back(std::move(pattern));
  return step;
}

Extraction Extractor::run(const Step& step, std::string_view text) {
  switch (step.kind) {
    case Kind::kFirstLine:
      return from_optional(first_line(text), "empty answer");
    case Kind::kLastLine:
      return from_optional(last_line(text), "empty answer");
    case Kind::kBoxed:
      return from_optional(last_boxed(text), "no \\boxed{} in the answer");
    case Kind::kAfterMarker:
      return from_optional(after_marker(text, step.argument),
                           fmt::format("nothing after `{}` in the answer", step.argument));
    case Kind::kJson:
      return from_optional(json_member(text, step.argument),
                           fmt::format("no JSON object with `{}` in the answer", step.argument));
    case Kind::kRegex:
      break;
  }
  const Pattern& pattern = step.pattern.front();
  const Pattern::Match match = step.last ? pattern.find_last(text) : pattern.find(text);
  if (match.found == Pattern::Found::kLimit) {
    return {Extraction::Status::kLimit, {}, match.reason};
  }
  if (match.found == Pattern::Found::kNo) {
    return {Extraction::Status::kNothing, {}, "the extraction pattern does not match"};
  }
  return {Extraction::Status::kFound, std::string(match.group(step.group)), {}};
}

Extraction Extractor::apply(std::string_view text) const {
  Extraction current{Extraction::Status::kFound, std::string(text), {}};
  for (const Step& step : steps_) {
    Extraction next = run(step, current.text);
    if (next.status != Extraction::Status::kFound) return next;
    current = std::move(next);
  }
  return current;
}

}  // namespace assay::suites
