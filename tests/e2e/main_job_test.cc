// README's main job as a user types it, on the suites that ship.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/json.h"
#include "tests/support/cli.h"

namespace assay {
namespace {

using test::run_assay;
using test::TempDir;
using testing::HasSubstr;
using testing::Not;

TEST(MainJob, FourBaselinesDifferAndTheReportSaysSo) {
  const TempDir dir;
  const auto run = run_assay({"run", "quick-intents", "-o", dir.file("qi.assay"), "--machine-price",
                              "0.10", "-m", "baseline:random", "-m", "baseline:majority", "-m",
                              "baseline:bm25", "-m", "baseline:linear"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("baseline:linear is best"));
  EXPECT_THAT(run.err, HasSubstr("group-commit window 5 ms"));
  const auto report = run_assay({"report", dir.file("qi.assay"), "-o", dir.file("r.html"), "-o",
                                 dir.file("r.json"), "-o", dir.file("r.csv")});
  ASSERT_EQ(report.exit_code, 0) << report.err;
  const std::string html = test::read_file(dir.file("r.html"));
  EXPECT_THAT(html, HasSubstr("baseline:linear"));
  EXPECT_THAT(html, HasSubstr("Content-Security-Policy"));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
  const auto json = parse_json(test::read_file(dir.file("r.json")), "r.json");
  ASSERT_TRUE(json) << json.error().text();
  const Json& suite = json->at("suites").at(0);
  // The learning curve: smaller train sizes of the model that learns, kept out of the comparison.
  EXPECT_EQ(suite.at("quality").at("models").size(), 4U);
  EXPECT_GE(suite.at("learning_curves").at(0).at("points").size(), 4U);
}

// Several models that take turns write one file from one thread; several processes load the machine
// meanwhile.
TEST(MainJob, FilesOfManyTurnsAreSound) {
  const TempDir dir;
  std::string command;
  for (int i = 0; i < 4; ++i) {
    command += test::assay_program() +
               " run quick-intents -q -m baseline:random -m baseline:majority -m baseline:bm25 -m "
               "baseline:linear -o " +
               dir.file(std::to_string(i) + ".assay") + " & ";
  }
  ASSERT_EQ(test::run_shell(command + "wait").exit_code, 0);
  for (int i = 0; i < 4; ++i) {
    const auto doctor = run_assay({"doctor", dir.file(std::to_string(i) + ".assay")});
    EXPECT_EQ(doctor.exit_code, 0) << doctor.err << doctor.out;
    EXPECT_THAT(doctor.out, HasSubstr("2,416 stored, 0 without an answer (asked again by `assay "
                                      "run`), 0 answered but not judged"));
  }
}

TEST(MainJob, PicturesAreReadByTheOcrModule) {
  const TempDir dir;
  const auto run = run_assay({"run", "quick-ocr", "--limit", "3", "-o", dir.file("qo.assay"), "-m",
                              "tesseract:kor+eng", "-m", "tesseract:eng?psm=6", "--quiet"});
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const auto exported = run_assay({"export", dir.file("qo.assay"), "-m", "tesseract:kor+eng"});
  ASSERT_EQ(exported.exit_code, 0);
  const auto first = parse_json(exported.out.substr(0, exported.out.find('\n')), "export");
  ASSERT_TRUE(first);
  EXPECT_FALSE(first->at("answer").get<std::string>().empty());
  EXPECT_FALSE(first->at("details").at("words").empty());
  EXPECT_EQ(first->at("details").at("words").at(0).at("box").size(), 4U);
}

TEST(MainJob, ASuiteFromATableRuns) {
  const TempDir dir;
  std::string csv = "question,answer\n";
  for (int i = 0; i < 60; ++i)
    csv += (i % 2 == 0 ? "where is my parcel " : "please cancel order ") + std::to_string(i) +
           (i % 2 == 0 ? ",delivery\n" : ",cancel\n");
  dir.write("tickets.csv", csv);
  const auto init = run_assay({"init", "suite", "tickets.csv"}, {.cwd = dir.path()});
  ASSERT_EQ(init.exit_code, 0) << init.err;
  EXPECT_THAT(init.out, HasSubstr("tickets/suite.yaml written: 60 questions\n"
                                  "  question: column `question`\n"
                                  "  answer: column `answer`\n"));
  EXPECT_THAT(init.out, HasSubstr("judged: `choice` among 2 labels, 60 % of the rows to train"));
  const auto run =
      run_assay({"run", "--quiet"}, {.cwd = dir.path()});  // the assay.yaml that init wrote
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("baseline:linear"));
}

TEST(MainJob, StarterFileIsValidAndNotReplaced) {
  const TempDir dir;
  ASSERT_EQ(run_assay({"init"}, {.cwd = dir.path()}).exit_code, 0);
  EXPECT_THAT(run_assay({"list", "models"}, {.cwd = dir.path()}).out, HasSubstr("baseline:linear"));
  const auto again = run_assay({"init"}, {.cwd = dir.path()});
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_EQ(again.err, "assay: assay.yaml: exists already; --force replaces it\n");
}

TEST(MainJob, EveryCommandHasHelpWithAnExample) {
  for (const char* command : {"run", "score", "compare", "rank", "report", "show", "export", "list",
                              "doctor", "init", "import", "mock", "history", "plan", "price"}) {
    const auto help = run_assay({command, "--help"});
    EXPECT_EQ(help.exit_code, 0) << command;
    EXPECT_THAT(help.out, HasSubstr("Example")) << command;
  }
}

TEST(MainJob, ListsAreMachineReadable) {
  for (const char* what : {"suites", "backends", "scorers"}) {
    const auto listed = run_assay({"list", what, "--json"});
    ASSERT_EQ(listed.exit_code, 0) << listed.err;
    const auto json = parse_json(listed.out, what);
    ASSERT_TRUE(json) << what;
    EXPECT_GT(json->size(), 3U) << what;
  }
}

TEST(MainJob, CompareShowsWhatChanged) {
  const TempDir dir;
  ASSERT_EQ(run_assay({"run", "quick-intents", "-q", "-o", dir.file("a.assay"), "-m",
                       "baseline:majority"})
                .exit_code,
            0);
  ASSERT_EQ(run_assay({"run", "quick-intents", "-q", "-o", dir.file("b.assay"), "-m",
                       "baseline:linear", "--no-curve"})
                .exit_code,
            0);
  const auto compared = run_assay({"compare", dir.file("a.assay"), dir.file("b.assay"), "--json"});
  ASSERT_EQ(compared.exit_code, 0) << compared.err;
  ASSERT_TRUE(parse_json(compared.out, "compare"));
  EXPECT_THAT(compared.out, HasSubstr("McNemar"));
}

}  // namespace
}  // namespace assay
