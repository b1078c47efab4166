// The scorer `code_tests`: takes the program out of the reply. Running it with its tests needs the
// sandbox, so until there is one no reply is judged.
#include <array>
#include <iterator>
#include <memory>
#include <string_view>
#include <utility>

#include "harness/base/json.h"
#include "suites/native/row.h"
#include "suites/score/common.h"
#include "suites/score/factories.h"
#include "suites/score/tasks/code_reply.h"

namespace assay::suites {
namespace {

constexpr std::string_view kNoSandbox =
    "running code of models needs the sandbox, which this version does not have";

struct FormName {
  const char* name;
  CodeForm form;
};
constexpr std::array<FormName, 4> kForms{{{"completion", CodeForm::kCompletion},
                                          {"opened_completion", CodeForm::kOpenedCompletion},
                                          {"opened_block", CodeForm::kOpenedBlock},
                                          {"block", CodeForm::kBlock}}};

class CodeTests final : public Scorer {
 public:
  CodeTests(MetricDef metric, CodeForm form, std::string prompt_field, std::string identity)
      : metrics_{std::move(metric)},
        form_(form),
        prompt_field_(std::move(prompt_field)),
        identity_(std::move(identity)) {}

  [[nodiscard]] const std::vector<MetricDef>& metrics() const override { return metrics_; }
  [[nodiscard]] std::string identity() const override { return identity_; }

  void judge(const Sample& sample, const Response& response,
             std::vector<Score>& out) const override {
    Score& score = out.emplace_back();
    score.metric = metrics_.front().name;
    score.status = ScoreStatus::kUnscored;
    score.reason = kNoSandbox;
    if (!unusable_reason(response).empty()) return;
    std::string repaired;
    const std::string_view answer = valid_utf8(response.answer, repaired);
    score.extracted = shorten(program_of(answer, prompt_of(sample), form_), kExtractedBytesMax);
  }

 private:
  [[nodiscard]] std::string prompt_of(const Sample& sample) const {
    if (form_ != CodeForm::kCompletion && form_ != CodeForm::kOpenedCompletion) return {};
    const Result<Json> row = parse_json(sample.doc.empty() ? "null" : sample.doc, "the data row");
    if (!row) return {};
    const Json* prompt = find_field(*row, prompt_field_);
    return prompt != nullptr && prompt->is_string() ? prompt->get<std::string>() : std::string();
  }

  std::vector<MetricDef> metrics_;
  CodeForm form_;
  std::string prompt_field_;
  std::string identity_;
};

}  // namespace

std::unique_ptr<Scorer> make_code_tests(OptionReader& read, const std::string& /*base_dir*/) {
  MetricDef metric{read.text("metric", "pass@1"), read.scorer(), true, true};
  std::vector<std::string> names;
  names.reserve(std::size(kForms));
  for (const FormName& form : kForms) names.emplace_back(form.name);
  const std::string name = read.choice("program", "block", names);
  CodeForm chosen = CodeForm::kBlock;
  for (const FormName& form : kForms) {
    if (name == form.name) chosen = form.form;
  }
  std::string field = read.text("prompt_column", "prompt");
  return std::make_unique<CodeTests>(std::move(metric), chosen, std::move(field),
                                     identity_of(read, 1));
}

}  // namespace assay::suites
