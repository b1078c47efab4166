// The judging of lm-evaluation-harness on bytes from outside. The first byte picks a task; of the
// rest, task 0 takes everything up to the first NUL as its regex and what follows as the reply, the
// others take all of it as the reply. Checks what the interface promises: one finite score for each
// metric.
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/check.h"
#include "harness/base/json.h"
#include "suites/score/lm_eval/python_regex.h"
#include "suites/score/scorers.h"

namespace {

using assay::Json;
using assay::Scorer;

constexpr const char* kTasks[] = {
    R"j({"filter_list": [
      {"name": "strict", "filter": [{"function": "regex"}, {"function": "take_first"}]},
      {"name": "flexible", "filter": [{"function": "regex", "group_select": -1,
        "regex_pattern": "(-?[$0-9.,]{2,})|(-?[0-9]+)"}, {"function": "take_first"}]}],
      "metric_list": [{"metric": "exact_match", "ignore_case": true, "ignore_punctuation": true,
        "ignore_numbers": true, "regexes_to_ignore": [",", "(?s).*#### ", "\\.$"]}]})j",
    R"j({"filter_list": [{"name": "choice", "filter": [{"function": "multi_choice_regex",
        "regex_pattern": "(\\([A-Z]\\))", "ignore_case": true, "ignore_punctuation": true,
        "regexes_to_ignore": ["\\s+"], "group_select": 1}, {"function": "take_first"}]}]})j",
    R"j({"filter_list": [
      {"name": "span", "filter": [{"function": "format_span"}]},
      {"name": "tags", "filter": [{"function": "regex_pos"}]},
      {"name": "case", "filter": [{"function": "uppercase"}, {"function": "lowercase"},
        {"function": "remove_whitespace"}, {"function": "map", "mapping_dict": {"a": 1}}]}],
      "metric_list": [{"metric": "exact_match", "ignore_case": true}, {"metric": "anls"},
        {"metric": "f1", "aggregation": "f1_macro"}]})j"};

std::vector<std::unique_ptr<Scorer>> make_all() {
  std::vector<std::unique_ptr<Scorer>> all;
  for (const char* task : kTasks) {
    const auto options = assay::parse_json(task, "task");
    all.push_back(assay::suites::make_scorer("lm_eval", options.value(), nullptr, "").value());
  }
  return all;
}

void try_regex(std::string_view bytes) {
  const size_t end = bytes.find('\0');
  if (end == std::string_view::npos) return;
  const auto regex = assay::suites::lm_eval::PythonRegex::compile(bytes.substr(0, end));
  if (!regex) return;
  const std::string_view text = bytes.substr(end + 1);
  assay::suites::lm_eval::PythonFindAll all(*regex, text);
  size_t before = 0;
  while (all.next()) {
    ASSAY_CHECK(before <= all.begin() && all.begin() <= all.end() && all.end() <= text.size(),
                "match {}..{}", all.begin(), all.end());
    before = all.end();
    for (size_t i = 0; i <= regex->group_count(); ++i) (void)all.group(i);
  }
  std::string limit;
  ASSAY_CHECK(regex->remove_all(text, limit).size() <= text.size(), "removing made it longer");
}

void judge(const Scorer& scorer, std::string_view answer) {
  assay::Response response;
  response.outcome = assay::Outcome::kOk;
  response.answer = answer;
  assay::Sample sample;
  sample.targets = {"(B)", "3,000"};
  sample.choices = {"서울", "3,000", "", "B."};
  std::vector<assay::Score> scores;
  scorer.judge(sample, response, scores);
  ASSAY_CHECK(scores.size() == scorer.metrics().size(), "{} scores", scores.size());
  for (const assay::Score& score : scores) {
    ASSAY_CHECK(std::isfinite(score.value) && score.value >= 0, "value {}", score.value);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::vector<std::unique_ptr<Scorer>> kScorers = make_all();
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t task = data[0] % (kScorers.size() + 1);
  if (task == 0) {
    try_regex(bytes);
  } else {
    judge(*kScorers[task - 1], bytes);
  }
  return 0;
}
