// The commands of examples/ci, executed as the workflow files write them: each `run:` of the GitHub
// workflow, each line of the GitLab job's scripts, with the environment the file gives. Left out is
// what only the hosting service can do (`uses:`, caches, uploads); what is uploaded must be there.
// The comment goes to a server of the test's own that speaks as much of both services' interfaces
// as is needed. ASSAY names the built program, so that the step that builds does not build again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/yaml_tree.h"
#include "tests/support/cli.h"
#include "tests/support/raw_server.h"

namespace assay {
namespace {

namespace fs = std::filesystem;
using test::CliResult;
using test::run_shell;
using test::shell_quote;
using test::TempDir;
using testing::HasSubstr;
using testing::StartsWith;

using Environment = std::map<std::string, std::string>;

const fs::path& source() {
  static const fs::path root(ASSAY_SOURCE_DIR);
  return root;
}

struct Step {
  std::string command;
  Environment env;
  bool always = false;
};

struct Workflow {
  Environment env;
  std::vector<Step> steps;
  std::vector<std::string> uploads;
};

std::string text_at(const YamlNode& node, const char* key) {
  const YamlNode* member = node.find(key);
  return member == nullptr ? "" : member->scalar;
}

Environment environment_of(const YamlNode* node) {
  Environment out;
  if (node == nullptr) return out;
  for (const YamlMember& member : node->members) {
    const std::string& value = member.value.scalar;
    if (value.find("${{") == std::string::npos) {
      out[member.key] = value;
    } else if (value == "${{ github.token }}") {
      out[member.key] = "token-of-the-job";
    } else {
      ADD_FAILURE() << member.value.place() << ": an expression this test cannot give a value to";
    }
  }
  return out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty()) out.push_back(line);
  }
  return out;
}

Workflow github_workflow() {
  Workflow out;
  const auto root =
      read_yaml_file((source() / "examples/ci/github-actions.yml").string(), "github-actions.yml");
  EXPECT_TRUE(root) << (root ? "" : root.error().text());
  const YamlNode& job = *root->find("jobs")->find("check");
  EXPECT_EQ(text_at(*job.find("defaults")->find("run"), "shell"), "bash");
  out.env = environment_of(job.find("env"));
  for (const YamlNode& step : job.find("steps")->items) {
    const bool always = text_at(step, "if") == "always()";
    EXPECT_TRUE(always || step.find("if") == nullptr) << step.place();
    if (const YamlNode* run = step.find("run"); run != nullptr) {
      out.steps.push_back({run->scalar, environment_of(step.find("env")), always});
    } else if (text_at(step, "uses").starts_with("actions/upload-artifact")) {
      EXPECT_TRUE(always) << "a failed gate's report must be uploaded too";
      out.uploads = lines_of(text_at(*step.find("with"), "path"));
    }
  }
  return out;
}

Workflow gitlab_workflow() {
  Workflow out;
  const auto root =
      read_yaml_file((source() / "examples/ci/gitlab-ci.yml").string(), "gitlab-ci.yml");
  EXPECT_TRUE(root) << (root ? "" : root.error().text());
  const YamlNode& job = *root->find("assay");
  out.env = environment_of(job.find("variables"));
  for (const YamlNode& line : job.find("script")->items)
    out.steps.push_back({line.scalar, {}, false});
  for (const YamlNode& line : job.find("after_script")->items)
    out.steps.push_back({line.scalar, {}, true});
  const YamlNode& artifacts = *job.find("artifacts");
  EXPECT_EQ(text_at(artifacts, "when"), "always");
  for (const YamlNode& path : artifacts.find("paths")->items) out.uploads.push_back(path.scalar);
  out.uploads.push_back(text_at(*artifacts.find("reports"), "junit"));
  return out;
}

// As much of the two services as comment.py speaks to: a list, a new one, an update.
class CommentServer {
 public:
  CommentServer() : server_([this](test::RawConnection& c) { serve(c); }) {}

  struct Comment {
    int id = 0;
    std::string body;
    std::string token;
    int writes = 1;
  };
  std::vector<Comment> comments() const {
    const std::lock_guard lock(mutex_);
    return comments_;
  }
  [[nodiscard]] std::string url() const { return server_.url(""); }

 private:
  void serve(test::RawConnection& connection) {
    while (const auto request = connection.read_request())
      connection.send(test::http_reply(answer(*request), "content-type: application/json\r\n"));
  }
  std::string answer(const test::RawRequest& request) {
    const std::lock_guard lock(mutex_);
    const auto token = request.headers.find("authorization");
    const auto gitlab = request.headers.find("private-token");
    const std::string who = token != request.headers.end()
                                ? token->second
                                : (gitlab != request.headers.end() ? gitlab->second : "");
    if (request.method == "GET") return list();
    const auto body = parse_json(request.body, "request");
    const std::string text = body ? get_string(*body, "body", "request").value() : "";
    if (request.method == "POST") {
      comments_.push_back({static_cast<int>(comments_.size()) + 41, text, who});
    } else {
      const std::string id = request.target.substr(request.target.rfind('/') + 1);
      for (Comment& comment : comments_) {
        if (std::to_string(comment.id) != id) continue;
        comment.body = text;
        ++comment.writes;
      }
    }
    return "{}";
  }
  [[nodiscard]] std::string list() const {
    Json out = Json::array();
    out.push_back(Json{{"id", 7}, {"body", "somebody else's words"}});
    for (const Comment& comment : comments_)
      out.push_back(Json{{"id", comment.id}, {"body", comment.body}});
    return dump_json(out);
  }

  mutable std::mutex mutex_;
  std::vector<Comment> comments_;
  test::RawServer server_;
};

// A checkout: the repository's files by link, and what a job writes.
struct Checkout {
  TempDir dir;
  CommentServer server;

  Checkout() {
    for (const char* name : {"examples", "scripts", "suites"})
      fs::create_symlink(source() / name, dir.file(name));
  }
  [[nodiscard]] CliResult shell(const std::string& command, Environment env) const {
    env["ASSAY"] = test::assay_program();
    std::string whole = "env";
    for (const auto& [name, value] : env) whole += " " + name + "=" + shell_quote(value);
    // As both services call it.
    return run_shell(whole + " bash --noprofile --norc -eo pipefail -c " + shell_quote(command),
                     dir.path());
  }
  // A baseline of this model, made by the commands of README.md.
  void pin(const std::string& model) const {
    const std::string run = dir.file("pinned.assay");
    const CliResult asked = test::run_assay({"run", "quick-intents", "-q", "-m", model, "-o", run});
    ASSERT_EQ(asked.exit_code, 0) << asked.err;
    const CliResult set =
        test::run_assay({"baseline", "set", run, "--as", dir.file("baseline.assay"), "--why",
                         "pinned by a test", "--who", "a test"});
    ASSERT_EQ(set.exit_code, 0) << set.err;
  }
  [[nodiscard]] Environment github() const {
    return {{"GITHUB_ACTIONS", "true"},
            {"GITHUB_API_URL", server.url()},
            {"GITHUB_REPOSITORY", "owner/name"},
            {"GITHUB_REF", "refs/pull/12/merge"},
            {"GITHUB_STEP_SUMMARY", dir.file("summary.md")}};
  }
  [[nodiscard]] Environment gitlab() const {
    return {{"CI_API_V4_URL", server.url()},
            {"CI_PROJECT_ID", "5"},
            {"CI_MERGE_REQUEST_IID", "12"},
            {"GITLAB_TOKEN", "token-of-the-project"}};
  }
};

struct JobResult {
  int exit_code = 0;  // of the first step that failed
  std::string out;
  std::string err;
};

// All steps in order; after a failure only those that run always.
JobResult run_job(const Checkout& checkout, const Workflow& workflow, const Environment& service) {
  JobResult job;
  for (const Step& step : workflow.steps) {
    if (job.exit_code != 0 && !step.always) continue;
    Environment env = service;
    env.insert(workflow.env.begin(), workflow.env.end());
    env.insert(step.env.begin(), step.env.end());
    const CliResult r = checkout.shell(step.command, env);
    job.out += r.out;
    job.err += r.err;
    if (r.exit_code != 0 && job.exit_code == 0) job.exit_code = r.exit_code;
  }
  return job;
}

void expect_uploads(const Checkout& checkout, const Workflow& workflow) {
  EXPECT_GE(workflow.uploads.size(), 6U);
  for (const std::string& path : workflow.uploads)
    EXPECT_GT(fs::exists(checkout.dir.file(path)) ? fs::file_size(checkout.dir.file(path)) : 0, 0U)
        << path;
}

TEST(CiExample, BothWorkflowsCallOneScript) {
  for (const Workflow& workflow : {github_workflow(), gitlab_workflow()}) {
    std::vector<std::string> commands;
    for (const Step& step : workflow.steps) commands.push_back(step.command);
    EXPECT_THAT(commands,
                testing::ElementsAre("examples/ci/check.sh build", "examples/ci/check.sh ask",
                                     "examples/ci/check.sh gate", "examples/ci/check.sh report",
                                     "examples/ci/check.sh comment"));
  }
  EXPECT_EQ(github_workflow().env, gitlab_workflow().env);
}

TEST(CiExample, GithubPassesAgainstTheSameModel) {
  const Checkout checkout;
  checkout.pin("baseline:linear");
  const Workflow workflow = github_workflow();
  const JobResult first = run_job(checkout, workflow, checkout.github());
  ASSERT_EQ(first.exit_code, 0) << first.out << first.err;
  EXPECT_THAT(first.out, HasSubstr("comment: written"));
  EXPECT_THAT(test::read_file(checkout.dir.file("summary.md")), HasSubstr("assay-gate:"));
  expect_uploads(checkout, workflow);
  const JobResult second = run_job(checkout, workflow, checkout.github());
  EXPECT_EQ(second.exit_code, 0) << second.out << second.err;
  EXPECT_THAT(second.out, HasSubstr("comment: updated"));
  const auto comments = checkout.server.comments();
  ASSERT_EQ(comments.size(), 1U);
  EXPECT_EQ(comments[0].writes, 2);
  EXPECT_THAT(comments[0].body, StartsWith("<!-- assay-gate:"));
  EXPECT_EQ(comments[0].token, "Bearer token-of-the-job");
}

TEST(CiExample, GithubFailsOnARegressionAndStillReports) {
  const Checkout checkout;
  checkout.pin("simulated:better?accuracy=1&delay=0");
  const Workflow workflow = github_workflow();
  const JobResult job = run_job(checkout, workflow, checkout.github());
  EXPECT_EQ(job.exit_code, 1) << job.out << job.err;
  EXPECT_THAT(job.out, HasSubstr("::error"));
  EXPECT_THAT(test::read_file(checkout.dir.file("assay-out/gate.xml")), HasSubstr("<failure"));
  EXPECT_EQ(checkout.server.comments().size(), 1U);
  expect_uploads(checkout, workflow);
}

TEST(CiExample, GitlabPassesAndFails) {
  const Workflow workflow = gitlab_workflow();
  {
    const Checkout checkout;
    checkout.pin("baseline:linear");
    const JobResult job = run_job(checkout, workflow, checkout.gitlab());
    EXPECT_EQ(job.exit_code, 0) << job.out << job.err;
    const auto comments = checkout.server.comments();
    ASSERT_EQ(comments.size(), 1U);
    EXPECT_EQ(comments[0].token, "token-of-the-project");
    expect_uploads(checkout, workflow);
  }
  const Checkout checkout;
  checkout.pin("simulated:better?accuracy=1&delay=0");
  EXPECT_EQ(run_job(checkout, workflow, checkout.gitlab()).exit_code, 1);
  EXPECT_EQ(checkout.server.comments().size(), 1U);
}

TEST(CiExample, WithoutABaselineItSaysHowToMakeOne) {
  const Checkout checkout;
  const JobResult job = run_job(checkout, github_workflow(), checkout.github());
  EXPECT_EQ(job.exit_code, 2);
  EXPECT_THAT(job.err, HasSubstr("there is no baseline: assay baseline set assay-out/new.assay"));
  EXPECT_TRUE(checkout.server.comments().empty());
}

TEST(CiExample, ABaselineChangedBehindTheLogFails) {
  const Checkout checkout;
  checkout.pin("baseline:linear");
  const CliResult other = test::run_assay({"run", "quick-intents", "-q", "-m", "baseline:majority",
                                           "-o", checkout.dir.file("other.assay")});
  ASSERT_EQ(other.exit_code, 0) << other.err;
  fs::copy_file(checkout.dir.file("other.assay"), checkout.dir.file("baseline.assay"),
                fs::copy_options::overwrite_existing);
  const JobResult job = run_job(checkout, github_workflow(), checkout.github());
  EXPECT_EQ(job.exit_code, 1);
  EXPECT_THAT(job.err, HasSubstr("was changed behind the back of `assay baseline set`"));
}

TEST(CiExample, OutsideARequestNothingIsWritten) {
  const Checkout checkout;
  checkout.pin("baseline:linear");
  const JobResult job = run_job(checkout, github_workflow(), {});
  EXPECT_EQ(job.exit_code, 0) << job.out << job.err;
  EXPECT_THAT(job.out, HasSubstr("not in a pull or merge request"));
  EXPECT_TRUE(checkout.server.comments().empty());
}

}  // namespace
}  // namespace assay
