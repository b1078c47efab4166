// The scorer `ifeval` on bytes from outside: the first line is the data row (as it is when it is
// JSON, else one instruction picked by its first byte), the rest is the model's answer. Checks what
// the interface promises, and that the words and sentences of any text stand in it.
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "harness/base/check.h"
#include "harness/base/json.h"
#include "harness/base/utf8.h"
#include "suites/language/word_tokenize.h"
#include "suites/score/ifeval/instruction.h"
#include "suites/score/scorers.h"

namespace {

using assay::Json;

// Arguments that fit every instruction.
constexpr const char* kArguments = R"j({
  "capital_frequency": 2, "capital_relation": "at least", "prompt_to_repeat": "tea",
  "num_placeholders": 2, "postscript_marker": "P.S.", "section_spliter": "Section",
  "num_sections": 2, "num_bullets": 3, "num_highlights": 2, "keywords": ["tea", "c.ke"],
  "forbidden_words": ["tea"], "keyword": "tea", "frequency": 3, "relation": "at least",
  "letter": "t", "let_frequency": 9, "let_relation": "less than", "language": "en",
  "num_paragraphs": 2, "nth_paragraph": 1, "first_word": "tea", "num_sentences": 3,
  "num_words": 50, "end_phrase": "the end."})j";

std::string row_for(const std::string& line) {
  const auto ids = assay::suites::ifeval::instruction_ids();
  const size_t pick = line.empty() ? 0 : static_cast<unsigned char>(line[0]) % ids.size();
  const Json kwargs = assay::parse_json(kArguments, "arguments").value();
  const Json row{{"instruction_id_list", Json::array({std::string(ids[pick])})},
                 {"kwargs", Json::array({kwargs})}};
  return assay::dump_json(row);
}

void check_words(const std::string& answer) {
  using namespace assay::suites::language;
  const std::u32string text = to_points(assay::sanitize_utf8(answer));
  for (const std::u32string& word : word_tokenize(text)) {
    ASSAY_CHECK(!word.empty() && strip(word).size() == word.size(), "a word with white space");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::unique_ptr<assay::Scorer> kScorer =
      assay::suites::make_scorer("ifeval", Json::object(), nullptr, "").value();
  const std::string input(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(input.find('\n'), input.size());
  const std::string line = input.substr(0, end);
  assay::Sample sample;
  sample.doc = line.starts_with('{') ? line : row_for(line);
  assay::Response response;
  response.outcome = assay::Outcome::kOk;
  response.answer = input.substr(std::min(end + 1, input.size()));
  std::vector<assay::Score> scores;
  kScorer->judge(sample, response, scores);
  ASSAY_CHECK(scores.size() == kScorer->metrics().size(), "{} scores", scores.size());
  for (const assay::Score& score : scores) {
    ASSAY_CHECK(score.value >= 0 && score.value <= 1, "value {}", score.value);
    ASSAY_CHECK(std::isfinite(score.weight) && score.weight >= 0, "weight {}", score.weight);
  }
  check_words(response.answer);
  return 0;
}
