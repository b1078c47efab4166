// An imported suite written to a folder and loaded as a run would.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "suites/import/imported.h"
#include "suites/registry.h"
#include "tests/support/temp_dir.h"

namespace assay::suites::test {

inline std::unique_ptr<Suite> load_folder(const assay::test::TempDir& dir,
                                          const ImportedSuite& imported) {
  dir.write("out/suite.yaml", imported.suite_yaml);
  dir.write("out/data.jsonl", imported.data_jsonl);
  Result<std::unique_ptr<Suite>> suite = load_suite(dir.file("out/suite.yaml"), {});
  EXPECT_TRUE(suite.has_value()) << suite.error().text() << "\n" << imported.suite_yaml;
  return suite ? std::move(*suite) : nullptr;
}

// The headline value of a reply to sample `index`; -1: unscored.
inline double judge(const Suite& suite, uint64_t index, const std::string& answer) {
  Response response;
  response.outcome = Outcome::kOk;
  response.answer = answer;
  std::vector<Score> scores;
  suite.scorers().front()->judge(suite.sample(index).value(), response, scores);
  return scores.front().status == ScoreStatus::kScored ? scores.front().value : -1;
}

inline Request ask(const Suite& suite, uint64_t index) {
  return suite.request(suite.sample(index).value(), 0).value();
}

}  // namespace assay::suites::test
