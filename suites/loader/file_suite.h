// FileSuite: the Suite that a YAML file describes.
//
// Where it stands: made by load_suite (suites/registry.h); const and shared by all threads after
// load(). Everything that can be wrong with a suite is found by load(): every row is read, ids are
// compared, and the first kSamplesCheckedAtLoad samples of the run are made, with their pictures'
// headers. Memory: four bytes a row, eight more where the order is shuffled or filtered.
//
//   ASSAY_TRY(SuiteDefinition definition, read_suite_file("suite.yaml"));
//   ASSAY_TRY(std::unique_ptr<Suite> suite, FileSuite::load(std::move(definition), options));
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/api/suite.h"
#include "harness/base/json_fwd.h"
#include "suites/loader/documents.h"
#include "suites/loader/fewshot.h"
#include "suites/loader/prompt_maker.h"
#include "suites/loader/sample_maker.h"
#include "suites/loader/suite_file.h"
#include "suites/registry.h"

namespace assay::suites {

inline constexpr uint64_t kSamplesCheckedAtLoad = 10'000;
inline constexpr size_t kSampleIdBytesMax = 512;

class FileSuite final : public Suite {
 public:
  static Result<std::unique_ptr<FileSuite>> load(SuiteDefinition definition,
                                                 const LoadOptions& options);

  [[nodiscard]] const SuiteInfo& info() const override { return info_; }
  [[nodiscard]] uint64_t size() const override { return info_.sample_count; }
  [[nodiscard]] Result<Sample> sample(uint64_t index) const override;
  [[nodiscard]] uint64_t position(uint64_t index) const override { return row_of(index); }
  [[nodiscard]] Result<std::string> sample_id(uint64_t index) const override;
  [[nodiscard]] Result<Request> request(const Sample& sample, uint32_t repeat) const override;
  [[nodiscard]] uint64_t train_size() const override { return info_.train_count; }
  [[nodiscard]] Result<TrainingExample> train(uint64_t index) const override;
  [[nodiscard]] const std::vector<std::unique_ptr<Scorer>>& scorers() const override {
    return scorers_;
  }

 private:
  explicit FileSuite(SuiteDefinition definition) : suite_(std::move(definition)) {}

  Result<void> open_splits(const LoadOptions& options);
  Result<void> compile(const LoadOptions& options);
  Result<void> make_fewshot(const LoadOptions& options);
  Result<void> make_scorers();
  Result<void> plan(const LoadOptions& options);
  Result<void> check_ids() const;
  Result<void> filter(const std::vector<std::string>& tags);
  Result<void> hash(const LoadOptions& options);
  [[nodiscard]] std::string prompt_hash(const LoadOptions& options) const;
  Result<void> check_samples() const;

  // Of the test split: the row number behind a sample's index.
  [[nodiscard]] uint64_t row_of(uint64_t index) const {
    return order_.empty() ? index : order_[index];
  }
  [[nodiscard]] Result<std::string> id_of(uint64_t row, std::string_view text) const;
  [[nodiscard]] Result<std::string> rendered_id(const Json& doc) const;
  Result<void> fill(uint64_t row, std::string_view text, bool with_fewshot, Sample& sample) const;
  [[nodiscard]] Error at_row(const Documents& documents, uint64_t row, const Error& error) const;
  [[nodiscard]] Result<Image> picture(const std::string& name) const;
  [[nodiscard]] Result<Request> with_messages(const Sample& sample, Request request) const;

  SuiteDefinition suite_;
  bool chat_ = false;
  SuiteInfo info_;
  Documents test_;
  std::optional<Documents> train_;
  std::optional<Documents> examples_;  // until Fewshot takes them
  std::optional<PromptMaker> maker_;
  std::optional<SampleMaker> train_maker_;
  std::optional<Expression> id_;  // none: the position
  std::unique_ptr<Fewshot> fewshot_;
  std::vector<std::unique_ptr<Scorer>> scorers_;
  std::vector<uint64_t> order_;  // rows in the order of the run; empty: as they lie
};

}  // namespace assay::suites
