// The factories behind the table in scorers.cc, one for each scorer. Internal to suites/score.
#pragma once

#include <memory>
#include <string>

#include "harness/api/scorer.h"
#include "suites/score/options.h"

namespace assay::suites {

// Reads the options and, when none is wrong, makes the scorer. `base_dir`: where relative paths
// start. The caller checks read.finish() first; a factory whose options are wrong returns null.
using ScorerFactory = std::unique_ptr<Scorer> (*)(OptionReader& read, const std::string& base_dir);

std::unique_ptr<Scorer> make_exact(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_includes(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_regex(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_number(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_choice(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_cer(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_wer(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_anls(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_fields(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_json(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_json_schema(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_tool_calls(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_assertions(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_ifeval(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_lm_eval(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_bleu(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_chrf(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_ter(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_rouge(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_squad(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_ratio(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_math(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_hendrycks_math(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_minerva_math(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_process(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_drop(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_truthfulqa_mc(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_code_tests(OptionReader& read, const std::string& base_dir);
std::unique_ptr<Scorer> make_judge(OptionReader& read, const std::string& base_dir);

}  // namespace assay::suites
