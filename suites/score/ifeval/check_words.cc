// The instructions about what a reply is made of: keywords, letters, case, language, counts of
// words and sentences.
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "suites/language/language_detector.h"
#include "suites/language/punkt.h"
#include "suites/language/word_tokenize.h"
#include "suites/score/ifeval/factories.h"
#include "suites/score/ifeval/regex_search.h"

namespace assay::suites::ifeval {
namespace {

Result<Threshold> threshold(const Arguments& arguments, const std::string& number,
                            const std::string& relation) {
  Threshold out;
  ASSAY_TRY(out.number, arguments.positive(number));
  ASSAY_TRY(out.relation, arguments.relation(relation));
  return out;
}

std::vector<Keyword> keywords(std::vector<std::string> sources, std::string_view around) {
  std::sort(sources.begin(), sources.end());  // the order in which the reference looks
  std::vector<Keyword> out;
  out.reserve(sources.size());
  for (const std::string& source : sources) {
    out.emplace_back(fmt::format("{}{}{}", around, source, around));
  }
  return out;
}

// In English, as far as the text has a language: without any letters it passes.
bool is_english(const Reply& reply) {
  const auto found = language::detect_language(reply.points());
  return !found || *found == "en";
}

}  // namespace

MadeInstruction make_keywords_existence(const Arguments& arguments) {
  ASSAY_TRY(std::vector<std::string> sources, arguments.texts("keywords"));
  return instruction([wanted = keywords(std::move(sources), "")](const Reply& reply) -> Followed {
    for (const Keyword& keyword : wanted) {
      const MatchCount found = keyword.count(reply.bytes(), 1);
      if (!found.cannot.empty()) return {false, found.cannot};
      if (found.count == 0) return yes_if(false);
    }
    return yes_if(true);
  });
}

MadeInstruction make_forbidden_words(const Arguments& arguments) {
  ASSAY_TRY(std::vector<std::string> sources, arguments.texts("forbidden_words"));
  return instruction(
      [forbidden = keywords(std::move(sources), R"(\b)")](const Reply& reply) -> Followed {
        for (const Keyword& keyword : forbidden) {
          const MatchCount found = keyword.count(reply.bytes(), 1);
          if (!found.cannot.empty()) return {false, found.cannot};
          if (found.count > 0) return yes_if(false);
        }
        return yes_if(true);
      });
}

MadeInstruction make_keywords_frequency(const Arguments& arguments) {
  ASSAY_TRY(const std::string source, arguments.text("keyword"));
  ASSAY_TRY(const Threshold wanted, threshold(arguments, "frequency", "relation"));
  const std::u32string points = language::to_points(source);
  return instruction([keyword = Keyword(language::to_bytes(language::strip(points))),
                      wanted](const Reply& reply) -> Followed {
    const MatchCount found = keyword.count(reply.bytes(), static_cast<size_t>(wanted.number));
    if (!found.cannot.empty()) return {false, found.cannot};
    return wanted.judge(found.count);
  });
}

MadeInstruction make_letter_frequency(const Arguments& arguments) {
  ASSAY_TRY(const std::string source, arguments.text("letter"));
  ASSAY_TRY(const Threshold wanted, threshold(arguments, "let_frequency", "let_relation"));
  const std::u32string points = language::to_points(source);
  if (points.size() > 1) {
    return input_error("", fmt::format("kwargs: `letter` is `{}`, more than one character: the "
                                       "reference draws one at random",
                                       source));
  }
  const std::u32string letter = language::lower(language::strip(points));
  return instruction([letter, wanted](const Reply& reply) {
    if (letter.size() != 1) return wanted.judge(0);
    const std::u32string text = language::lower(reply.points());
    return wanted.judge(static_cast<size_t>(std::count(text.begin(), text.end(), letter[0])));
  });
}

MadeInstruction make_response_language(const Arguments& arguments) {
  ASSAY_TRY(std::string wanted, arguments.text("language"));
  return instruction([wanted = std::move(wanted)](const Reply& reply) {
    const auto found = language::detect_language(reply.points());
    return yes_if(!found || *found == wanted);  // no letters: counts as followed
  });
}

MadeInstruction make_number_sentences(const Arguments& arguments) {
  ASSAY_TRY(const Threshold wanted, threshold(arguments, "num_sentences", "relation"));
  return instruction([wanted](const Reply& reply) {
    return wanted.judge(language::split_sentences(reply.points()).size());
  });
}

MadeInstruction make_number_words(const Arguments& arguments) {
  ASSAY_TRY(const Threshold wanted, threshold(arguments, "num_words", "relation"));
  return instruction(
      [wanted](const Reply& reply) { return wanted.judge(language::count_words(reply.points())); });
}

MadeInstruction make_capital_word_frequency(const Arguments& arguments) {
  Threshold wanted;
  ASSAY_TRY(wanted.number, arguments.number("capital_frequency"));
  ASSAY_TRY(wanted.relation, arguments.relation("capital_relation"));
  return instruction([wanted](const Reply& reply) {
    const std::vector<std::u32string> words = language::word_tokenize(reply.points());
    return wanted.judge(static_cast<size_t>(
        std::count_if(words.begin(), words.end(),
                      [](const std::u32string& word) { return language::is_upper_text(word); })));
  });
}

MadeInstruction make_english_capital(const Arguments& /*arguments*/) {
  return instruction([](const Reply& reply) {
    return yes_if(language::is_upper_text(reply.points()) && is_english(reply));
  });
}

MadeInstruction make_english_lowercase(const Arguments& /*arguments*/) {
  return instruction([](const Reply& reply) {
    return yes_if(language::is_lower_text(reply.points()) && is_english(reply));
  });
}

MadeInstruction make_no_comma(const Arguments& /*arguments*/) {
  return instruction(
      [](const Reply& reply) { return yes_if(reply.bytes().find(',') == std::string::npos); });
}

}  // namespace assay::suites::ifeval
