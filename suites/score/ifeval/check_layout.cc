// The instructions about how a reply is laid out: paragraphs, lists, titles, what it begins and
// ends with.
//
// The fixed patterns of the reference are scanned by hand, from left to right as `re` would find
// them; each comment has the pattern's meaning.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "harness/base/utf8.h"
#include "suites/extract/pattern.h"
#include "suites/score/ifeval/factories.h"
#include "suites/score/ifeval/json_text.h"
#include "suites/score/ifeval/regex_search.h"

namespace assay::suites::ifeval {
namespace {

using language::is_blank;
using language::is_space;
using language::strip;
using language::TextView;

constexpr size_t kNone = TextView::npos;

size_t or_end(size_t at, TextView text) { return std::min(at, text.size()); }

// str.split(separator)
std::vector<TextView> split_by(TextView text, TextView separator) {
  std::vector<TextView> parts;
  for (size_t at = text.find(separator); at != kNone; at = text.find(separator)) {
    parts.push_back(text.substr(0, at));
    text.remove_prefix(at + separator.size());
  }
  parts.push_back(text);
  return parts;
}

// The parts between dividers ***, one white space on each side belonging to the divider.
std::vector<TextView> split_at_dividers(TextView text) {
  constexpr TextView kDivider = U"***";
  std::vector<TextView> parts;
  for (size_t at = text.find(kDivider); at != kNone; at = text.find(kDivider)) {
    parts.push_back(text.substr(0, at > 0 && is_space(text[at - 1]) ? at - 1 : at));
    text.remove_prefix(at + kDivider.size());
    if (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  }
  parts.push_back(text);
  return parts;
}

// Lines that begin with white space (any number of lines of it) and `sign`; after an asterisk must
// come a character that is none.
size_t count_bullets(TextView text, char32_t sign) {
  size_t bullets = 0;
  for (size_t line = 0; line <= text.size();) {
    size_t at = line;
    while (at < text.size() && is_space(text[at])) ++at;
    const bool asterisk = sign == '*';
    if (at < text.size() && text[at] == sign &&
        (!asterisk || (at + 1 < text.size() && text[at + 1] != '*'))) {
      ++bullets;
      at += asterisk ? 2 : 1;  // an asterisk takes the next character along, a line end too
      const size_t end = or_end(text.find(U'\n', at), text);
      line = end > 0 && end > line && text[end - 1] == '\n' ? end : end + 1;
    } else {
      line = or_end(text.find(U'\n', at), text) + 1;
    }
  }
  return bullets;
}

// Pairs of `mark` around a text without asterisks and line ends that is not blank.
size_t count_highlights(TextView text, TextView mark) {
  size_t highlights = 0;
  for (size_t at = text.find(mark); at != kNone; at = text.find(mark, at)) {
    const size_t begin = at + mark.size();
    const size_t end = or_end(text.find_first_of(U"*\n", begin), text);
    if (text.substr(end).starts_with(mark)) {
      highlights += static_cast<size_t>(!is_blank(text.substr(begin, end - begin)));
      at = end + mark.size();
    } else {
      ++at;
    }
  }
  return highlights;
}

// [...] on one line.
size_t count_placeholders(TextView text) {
  size_t placeholders = 0;
  for (size_t at = text.find(U'['); at != kNone; at = text.find(U'[', at)) {
    at = text.find_first_of(U"]\n", at);
    if (at == kNone) break;
    placeholders += static_cast<size_t>(text[at] == ']');
  }
  return placeholders;
}

// A part of a line between << and the line's last >> that is more than angle brackets and blanks.
bool has_title(TextView text) {
  for (TextView line : split_by(text, U"\n")) {
    const size_t begin = line.find(U"<<");
    const size_t end = line.rfind(U">>");
    if (begin == kNone || end == kNone || end < begin + 3) continue;
    TextView title = line.substr(begin, end + 2 - begin);
    title.remove_prefix(or_end(title.find_first_not_of(U'<'), title));
    const size_t last = title.find_last_not_of(U'>');
    title = title.substr(0, last == kNone ? 0 : last + 1);
    if (!is_blank(title)) return true;
  }
  return false;
}

// `marks` one after the other, at most one white space between each two.
bool has_spaced(TextView text, const std::vector<TextView>& marks) {
  for (size_t from = text.find(marks[0]); from != kNone; from = text.find(marks[0], from + 1)) {
    size_t at = from + marks[0].size();
    size_t found = 1;
    while (found < marks.size()) {
      if (at < text.size() && is_space(text[at]) && !is_space(marks[found][0])) ++at;
      if (!text.substr(at).starts_with(marks[found])) break;
      at += marks[found++].size();
    }
    if (found == marks.size()) return true;
  }
  return false;
}

std::u32string stripped_lower(TextView text) { return language::lower(strip(text)); }

// The first word of a paragraph up to a sign, in lower case letter by letter.
std::u32string first_word(TextView paragraph) {
  const auto* const end = std::find_if(paragraph.begin(), paragraph.end(), is_space);
  TextView word = paragraph.substr(0, static_cast<size_t>(end - paragraph.begin()));
  word.remove_prefix(or_end(word.find_first_not_of(U'\''), word));
  word.remove_prefix(or_end(word.find_first_not_of(U'"'), word));
  std::u32string out;
  for (const char32_t c : word.substr(0, word.find_first_of(U".,?!'\""))) {
    out += language::lower(TextView(&c, 1));
  }
  return out;
}

std::string_view without_prefix(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

}  // namespace

MadeInstruction make_number_paragraphs(const Arguments& arguments) {
  ASSAY_TRY(const int64_t wanted, arguments.positive("num_paragraphs"));
  return instruction([wanted](const Reply& reply) {
    const std::vector<TextView> parts = split_at_dividers(reply.points());
    auto paragraphs = static_cast<int64_t>(parts.size());
    for (size_t i = 0; i < parts.size(); ++i) {
      if (!is_blank(parts[i])) continue;
      if (i != 0 && i + 1 != parts.size()) return yes_if(false);
      --paragraphs;
    }
    return yes_if(paragraphs == wanted);
  });
}

MadeInstruction make_nth_paragraph_first_word(const Arguments& arguments) {
  ASSAY_TRY(const int64_t wanted, arguments.positive("num_paragraphs"));
  ASSAY_TRY(const int64_t nth, arguments.positive("nth_paragraph"));
  ASSAY_TRY(const std::string word, arguments.text("first_word"));
  if (nth > wanted) {
    return input_error("",
                       "kwargs: `nth_paragraph` is above `num_paragraphs`: the reference draws "
                       "it at random");
  }
  return instruction(
      [wanted, nth, word = language::lower(language::to_points(word))](const Reply& reply) {
        const std::vector<TextView> parts = split_by(reply.points(), U"\n\n");
        const auto paragraphs =
            parts.size() - static_cast<size_t>(std::count_if(parts.begin(), parts.end(), is_blank));
        if (static_cast<size_t>(nth) > paragraphs) return yes_if(false);
        const TextView paragraph = strip(parts[static_cast<size_t>(nth) - 1]);
        return yes_if(!paragraph.empty() && paragraphs == static_cast<size_t>(wanted) &&
                      first_word(paragraph) == word);
      });
}

MadeInstruction make_number_placeholders(const Arguments& arguments) {
  ASSAY_TRY(const int64_t wanted, arguments.positive("num_placeholders"));
  return instruction([least = Threshold{Relation::kAtLeast, wanted}](const Reply& reply) {
    return least.judge(count_placeholders(reply.points()));
  });
}

MadeInstruction make_postscript(const Arguments& arguments) {
  ASSAY_TRY(const std::string text, arguments.text("postscript_marker"));
  const std::u32string points = language::to_points(text);
  const std::u32string marker(strip(points));
  if (marker == U"P.P.S" || marker == U"P.S.") {
    const bool twice = marker == U"P.P.S";
    return instruction([twice](const Reply& reply) {
      const std::u32string lowered = language::lower(reply.points());
      return yes_if(twice ? has_spaced(lowered, {U"p.", U"p.", U"s"})
                          : has_spaced(lowered, {U"p.", U"s."}));
    });
  }
  // Any other marker is a regular expression, in lower case and looked for in lower case.
  const std::string source = language::to_bytes(language::lower(marker)) + ".*$";
  ASSAY_TRY(Pattern pattern, Pattern::compile(source, {.multiline = true}));
  return instruction([pattern = std::move(pattern)](const Reply& reply) -> Followed {
    const MatchCount found =
        count_matches(pattern, language::to_bytes(language::lower(reply.points())), 1);
    return {found.count > 0, found.cannot};
  });
}

MadeInstruction make_number_bullet_lists(const Arguments& arguments) {
  ASSAY_TRY(const int64_t wanted, arguments.positive("num_bullets"));
  return instruction([wanted](const Reply& reply) {
    const size_t bullets = count_bullets(reply.points(), '*') + count_bullets(reply.points(), '-');
    return yes_if(static_cast<int64_t>(bullets) == wanted);
  });
}

MadeInstruction make_constrained_response(const Arguments& /*arguments*/) {
  return instruction([](const Reply& reply) {
    static constexpr std::array<std::string_view, 3> kOptions{
        "My answer is yes.", "My answer is no.", "My answer is maybe."};
    return yes_if(std::any_of(kOptions.begin(), kOptions.end(), [&](std::string_view option) {
      return reply.bytes().find(option) != std::string::npos;
    }));
  });
}

MadeInstruction make_number_highlighted_sections(const Arguments& arguments) {
  ASSAY_TRY(const int64_t wanted, arguments.positive("num_highlights"));
  return instruction([least = Threshold{Relation::kAtLeast, wanted}](const Reply& reply) {
    return least.judge(count_highlights(reply.points(), U"*") +
                       count_highlights(reply.points(), U"**"));
  });
}

MadeInstruction make_multiple_sections(const Arguments& arguments) {
  ASSAY_TRY(const std::string text, arguments.text("section_spliter"));
  ASSAY_TRY(const int64_t wanted, arguments.positive("num_sections"));
  const std::u32string points = language::to_points(text);
  const std::string source = fmt::format(R"(\s?{}\s?\d+\s?)", language::to_bytes(strip(points)));
  ASSAY_TRY(Pattern pattern, Pattern::compile(source));
  // re.split puts the groups of the pattern among the parts.
  const size_t each = 1 + pattern.group_count();
  return instruction(
      [pattern = std::move(pattern), each,
       least = Threshold{Relation::kAtLeast, wanted}](const Reply& reply) -> Followed {
        const MatchCount found =
            count_matches(pattern, reply.bytes(), static_cast<size_t>(least.number));
        if (!found.cannot.empty()) return {false, found.cannot};
        return least.judge(found.count * each);
      });
}

MadeInstruction make_json_format(const Arguments& /*arguments*/) {
  return instruction([](const Reply& reply) {
    std::string text = language::to_bytes(strip(reply.points()));
    std::string_view inside = text;
    for (const std::string_view fence : {"```json", "```Json", "```JSON", "```"}) {
      inside = without_prefix(inside, fence);
    }
    if (inside.ends_with("```")) inside.remove_suffix(3);
    return yes_if(is_python_json(language::to_bytes(strip(language::to_points(inside)))));
  });
}

MadeInstruction make_title(const Arguments& /*arguments*/) {
  return instruction([](const Reply& reply) { return yes_if(has_title(reply.points())); });
}

MadeInstruction make_two_responses(const Arguments& /*arguments*/) {
  return instruction([](const Reply& reply) {
    const std::vector<TextView> parts = split_by(reply.points(), U"******");
    std::vector<TextView> responses;
    for (size_t i = 0; i < parts.size(); ++i) {
      if (!is_blank(parts[i])) {
        responses.push_back(strip(parts[i]));
      } else if (i != 0 && i + 1 != parts.size()) {
        return yes_if(false);
      }
    }
    return yes_if(responses.size() == 2 && responses[0] != responses[1]);
  });
}

MadeInstruction make_repeat_prompt(const Arguments& arguments) {
  ASSAY_TRY(const std::string prompt, arguments.text("prompt_to_repeat"));
  return instruction([prompt = stripped_lower(language::to_points(prompt))](const Reply& reply) {
    return yes_if(stripped_lower(reply.points()).starts_with(prompt));
  });
}

MadeInstruction make_end_checker(const Arguments& arguments) {
  ASSAY_TRY(const std::string phrase, arguments.text("end_phrase"));
  return instruction([phrase = stripped_lower(language::to_points(phrase))](const Reply& reply) {
    TextView text = strip(reply.points());
    text.remove_prefix(or_end(text.find_first_not_of(U'"'), text));
    const size_t last = text.find_last_not_of(U'"');
    text = text.substr(0, last == kNone ? 0 : last + 1);
    return yes_if(language::lower(text).ends_with(phrase));
  });
}

MadeInstruction make_quotation(const Arguments& /*arguments*/) {
  return instruction([](const Reply& reply) {
    const TextView text = strip(reply.points());
    return yes_if(text.size() > 1 && text.front() == '"' && text.back() == '"');
  });
}

}  // namespace assay::suites::ifeval
