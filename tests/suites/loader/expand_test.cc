// Folders of tasks: names, groups and tags as the suites they stand for.
#include <gmock/gmock.h>

#include "suites/loader/suite_file.h"
#include "suites/loader/task_index.h"
#include "suites/registry.h"
#include "tests/suites/loader/fixture.h"

namespace assay::suites {
namespace {

using testing::ElementsAre;

class ExpandTest : public FolderTest {
 protected:
  void SetUp() override {
    FolderTest::SetUp();
    write("tasks/sums/_base_yaml",
          "dataset_path: x/sums\ntest_split: test\ndoc_to_text: q\ndoc_to_target: a\n");
    write("tasks/sums/small.yaml", "include: _base_yaml\ntask: sums_small\ntag: [sums, quick]\n");
    write("tasks/sums/large.yaml",
          "\"include\": \"_base_yaml\"\n\"task\": \"sums_large\"  # the large ones\n"
          "\"tag\": sums\nnum_fewshot: 1\n");
    write("tasks/sums/_sums_group.yaml",
          "group: all_sums\ngroup_alias: All sums\ntask:\n  - sums_small\n  - sums_large\n"
          "aggregate_metric_list:\n  - metric: acc\n    weight_by_size: true\n"
          "    filter_list: [none]\nnum_fewshot: 3\nmetadata: {version: 1}\n");
    write("tasks/top.yaml",
          "group: top\ntask:\n"
          "  - all_sums\n"
          "  - task: sums_small\n    description: 'Hi. '\n    task_alias: greeting\n"
          "  - task: own\n    include: sums/_base_yaml\n    target_delimiter: ''\n"
          "  - group: inner\n    task: [quick]\n    num_fewshot: 4\n");
    options_.task_dirs = {path("tasks")};
  }
  Result<Expansion> expand(const std::vector<std::string>& names) const {
    return expand_suites(names, options_);
  }
  std::vector<std::string> names_of(const std::vector<std::string>& names) const {
    const Result<Expansion> found = expand(names);
    if (!found) return {local(found.error().text())};
    std::vector<std::string> all;
    for (const SuiteChoice& one : found->suites) all.push_back(one.name);
    return all;
  }
  static SuiteDefinition suite_of(const Expansion& found, const std::string& name) {
    for (const SuiteChoice& one : found.suites) {
      if (one.name != name) continue;
      Result<SuiteDefinition> suite = read_suite(one.tree, one.path);
      EXPECT_TRUE(suite.has_value()) << suite.error().text();
      return suite ? std::move(*suite) : SuiteDefinition{};
    }
    ADD_FAILURE() << "no suite " << name;
    return {};
  }
  LoadOptions options_;
};

TEST_F(ExpandTest, NamesTagsAndGroups) {
  EXPECT_THAT(names_of({"sums_small"}), ElementsAre("sums_small"));
  EXPECT_THAT(names_of({"sums"}), ElementsAre("sums_large", "sums_small"));
  EXPECT_THAT(names_of({"all_sums"}), ElementsAre("sums_small", "sums_large"));
  EXPECT_THAT(names_of({path("tasks/sums/small.yaml"), "sums"}),
              ElementsAre("sums_small", "sums_large"));
  EXPECT_THAT(names_of({path("tasks/sums/_sums_group.yaml")}),
              ElementsAre("sums_small", "sums_large"));
  EXPECT_THAT(names_of({"sums_smal"}),
              ElementsAre("unknown suite `sums_smal`, did you mean `sums_small`?"));
}

TEST_F(ExpandTest, AGroupsSettingsWin) {
  const Result<Expansion> found = expand({"all_sums"});
  ASSERT_TRUE(found.has_value()) << found.error().text();
  EXPECT_EQ(suite_of(*found, "sums_small").num_fewshot, 3U);
  EXPECT_EQ(suite_of(*found, "sums_large").num_fewshot, 3U);
  ASSERT_EQ(found->groups.size(), 1U);
  const GroupInfo& group = found->groups[0];
  EXPECT_EQ(group.name, "all_sums");
  EXPECT_EQ(group.title, "All sums");
  EXPECT_THAT(group.members, ElementsAre("sums_small", "sums_large"));
  ASSERT_EQ(group.metrics.size(), 1U);
  EXPECT_EQ(group.metrics[0].metric, "acc");
  EXPECT_TRUE(group.metrics[0].weight_by_size);
  EXPECT_THAT(group.metrics[0].filters, ElementsAre("none"));
}

TEST_F(ExpandTest, EntriesWithSettingsOwnTasksAndInnerGroups) {
  const Result<Expansion> found = expand({"top"});
  ASSERT_TRUE(found.has_value()) << found.error().text();
  // One task with three kinds of settings is three suites.
  EXPECT_THAT(names_of({"top"}),
              ElementsAre("sums_small", "sums_large", "sums_small-1", "own", "sums_small-2"));
  EXPECT_EQ(suite_of(*found, "sums_small-1").description->text, "Hi. ");
  EXPECT_EQ(suite_of(*found, "own").target_delimiter, "");
  EXPECT_EQ(suite_of(*found, "own").data[0].hub, "x/sums");
  EXPECT_EQ(suite_of(*found, "sums_small-2").num_fewshot, 4U);
  ASSERT_EQ(found->groups.size(), 3U);
  EXPECT_EQ(found->groups[0].name, "top");
  EXPECT_THAT(found->groups[0].members, ElementsAre("all_sums", "sums_small-1", "own", "inner"));
  EXPECT_EQ(found->groups[1].name, "all_sums");
  EXPECT_EQ(found->groups[2].name, "inner");
}

TEST_F(ExpandTest, Problems) {
  write("tasks/loop.yaml", "group: loop\ntask: [loop]\n");
  EXPECT_THAT(names_of({"loop"}), ElementsAre(testing::HasSubstr("limit kGroupDepthMax")));
  write("tasks/gap.yaml", "group: gap\ntask:\n  - sums_smal\n");
  EXPECT_THAT(names_of({"gap"}),
              ElementsAre("tasks/gap.yaml:3:5: unknown suite `sums_smal`, did you mean "
                          "`sums_small`?"));
  EXPECT_EQ(local(load_suite("all_sums", options_).error().text()),
            "all_sums: stands for 2 suites, expected one");
  LoadOptions nowhere;
  nowhere.task_dirs = {path("none")};
  EXPECT_THAT(local(load_suite("x", nowhere).error().text()),
              testing::StartsWith("none: cannot be read: "));
}

TEST_F(ExpandTest, TheFolderOfAGroupIsLookedInLast) {
  write("beside/group.yaml", "group: g\ntask: [one]\n");
  write("beside/one.yaml", "task: one\ndataset_path: x/y\n");
  const Result<Expansion> found = expand_suites({path("beside/group.yaml")}, LoadOptions{});
  ASSERT_TRUE(found.has_value()) << found.error().text();
  EXPECT_EQ(found->suites[0].name, "one");
}

TEST_F(ExpandTest, ShippedTasksAreFoundByTheirNames) {
  write("shipped/family/suite.yaml", "group: family\ntask: [child]\n");
  write("shipped/family/child.yaml", "task: child\ndataset_path: x/y\n");
  LoadOptions options;
  options.search_dirs = {path("shipped")};
  for (const char* name : {"family", "child"}) {
    const Result<Expansion> found = expand_suites({name}, options);
    ASSERT_TRUE(found.has_value()) << found.error().text();
    EXPECT_EQ(found->suites[0].name, "child");
  }
}

struct HeadCase {
  std::string text;
  bool told;
  std::string task;
  bool has_list;
  std::string group;
  std::vector<std::string> tags;
};

TEST(TaskHead, LinesTell) {
  const HeadCase cases[] = {
      {"task: a\n", true, "a", false, "", {}},
      {"# task: b\n  task: c\ntask: 'a b' # x\n", true, "a b", false, "", {}},
      {"'task': \"a\"\ntag:\n  - x\n  # y\n\n  - \"z\"\nother: 1\n",
       true,
       "a",
       false,
       "",
       {"x", "z"}},
      {"tag: [x, 'y']\ntask: a\n", true, "a", false, "", {"x", "y"}},
      {"group: g\ntask:\n- a\n- b\n", true, "", true, "g", {}},
      {"group: g\ntask: [a]\n", true, "", true, "g", {}},
      {"group:\n  - g\n  - h\ntask: a\n", true, "a", false, "", {"g", "h"}},
      {"doc_to_text: |\n  task: no\ntask: a\n", true, "a", false, "", {}},
      {"task: &x a\n", false, "", false, "", {}},
      {"task: >\n  a\n", false, "", false, "", {}},
      {"tag: {a: 1}\n", false, "", false, "", {}},
      {"task: \"a\\tb\"\n", false, "", false, "", {}},
      {"", true, "", false, "", {}},
  };
  for (const HeadCase& one : cases) {
    TaskHead head;
    ASSERT_EQ(scan_task_head(one.text, head), one.told) << one.text;
    if (!one.told) continue;
    EXPECT_EQ(head.task, one.task) << one.text;
    EXPECT_EQ(head.has_list, one.has_list) << one.text;
    EXPECT_EQ(head.group, one.group) << one.text;
    EXPECT_EQ(head.tags, one.tags) << one.text;
  }
}

TEST_F(ExpandTest, WhatLinesDoNotTellIsParsed) {
  write("tasks/odd.yaml", "task: >-\n  folded\ntag: &t [anchored]\n");
  EXPECT_THAT(names_of({"folded"}), ElementsAre("folded"));
  EXPECT_THAT(names_of({"anchored"}), ElementsAre("folded"));
  write("tasks/broken.yaml", "task: *none\n");
  EXPECT_THAT(names_of({"sums_small"}), ElementsAre("sums_small"));
}

}  // namespace
}  // namespace assay::suites
