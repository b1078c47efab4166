// expand_suites(): names, groups and tags as the suites they stand for. Declared in
// suites/registry.h. Source: TaskManager of lm_eval/tasks/__init__.py of lm-evaluation-harness
// 0.4.9: what a group may list, and which settings win (the group's over its tasks' own, an outer
// group's over an inner one's).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <utility>

#include "harness/base/json.h"
#include "suites/loader/suite_finder.h"
#include "suites/loader/suite_tree.h"
#include "suites/loader/yaml_fields.h"
#include "suites/registry.h"

namespace assay::suites {
namespace {

namespace fs = std::filesystem;

constexpr int kGroupDepthMax = 16;
constexpr size_t kSuitesMax = 20'000;
constexpr std::array<std::string_view, 8> kGroupKeys = {
    "group",    "group_alias", "task",           "aggregate_metric_list",
    "metadata", "include",     "weight_by_size", "aggregate_metric"};

using Settings = std::vector<YamlMember>;
using Names = std::vector<std::string>;

bool is_group(const YamlNode& root) {
  const YamlNode* task = root.find("task");
  return task != nullptr && task->is_list();
}

// What a group says for all its tasks.
Settings settings_of(const YamlNode& root) {
  Settings settings;
  for (const YamlMember& member : root.members) {
    const bool own =
        std::find(kGroupKeys.begin(), kGroupKeys.end(), member.key) != kGroupKeys.end();
    if (!own) settings.push_back(member);
  }
  return settings;
}

Result<GroupMetric> read_metric(const YamlNode& node) {
  GroupMetric metric;
  if (!node.is_map()) {
    return node.error(
        fmt::format("a group's metric is {}, expected a mapping with `metric`", node.type_name()));
  }
  Fields in(node);
  in.text("metric", metric.metric);
  in.text("aggregation", metric.aggregation);
  in.texts("filter_list", metric.filters);
  if (const YamlNode* flag = in.find("weight_by_size")) {
    in.keep(flag->as_bool("weight_by_size"), metric.weight_by_size);
  }
  ASSAY_TRY_VOID(in.finish());
  if (metric.metric.empty()) return node.error("a group's metric has no `metric`");
  return metric;
}

class Expander {
 public:
  explicit Expander(const LoadOptions& options) : finder_(options) {}

  Result<void> add(const std::string& name) {
    ASSAY_TRY(const SuiteFinder::Found found, finder_.find(name));
    Names ignored;
    return add_found(name, found, {}, 0, ignored);
  }
  Expansion take() { return std::move(out_); }

 private:
  // Each of these appends to `members` the names that its caller's group then has.
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kGroupDepthMax
  Result<void> add_found(const std::string& name, const SuiteFinder::Found& found,
                         const Settings& settings, int depth, Names& members) {
    if (depth > kGroupDepthMax) {
      return Error{ErrorCode::kLimit,
                   fmt::format("groups lie in each other more than {} deep (limit kGroupDepthMax); "
                               "one may contain itself",
                               kGroupDepthMax),
                   name};
    }
    if (found.path.empty()) {
      for (const std::string& member : found.members) {
        ASSAY_TRY(const SuiteFinder::Found one, finder_.find(member));
        ASSAY_TRY_VOID(add_found(member, one, settings, depth + 1, members));
      }
      return {};
    }
    ASSAY_TRY(YamlNode root, read_suite_tree(found.path));
    return add_tree(std::move(root), found.path, settings, depth, members);
  }

  // NOLINTNEXTLINE(misc-no-recursion): bounded by kGroupDepthMax
  Result<void> add_tree(YamlNode root, const std::string& path, const Settings& settings, int depth,
                        Names& members) {
    override_keys(root, settings);
    if (is_group(root)) return add_group(root, path, depth, members);
    return add_suite(std::move(root), path, members);
  }

  // NOLINTNEXTLINE(misc-no-recursion): bounded by kGroupDepthMax
  Result<void> add_group(const YamlNode& root, const std::string& path, int depth, Names& members) {
    ASSAY_TRY_VOID(refuse_python(root));
    GroupInfo group;
    Fields in(root);
    in.text("group", group.name);
    in.text("group_alias", group.title);
    ASSAY_TRY_VOID(in.finish());
    if (group.name.empty())
      return root.error("a list of tasks has no name, expected `group: NAME`");
    ASSAY_TRY_VOID(read_metrics(root, group));
    const size_t at = out_.groups.size();  // outer groups stand first
    out_.groups.push_back(group);
    finder_.add_folder(fs::path(path).parent_path().string());
    const Settings settings = settings_of(root);
    for (const YamlNode& item : root.find("task")->items) {
      ASSAY_TRY_VOID(add_item(item, path, settings, depth + 1, group.members));
    }
    members.push_back(group.name);
    keep_once(at, std::move(group));
    return {};
  }

  // A group that is named twice is one.
  void keep_once(size_t at, GroupInfo group) {
    const auto same = [&](const GroupInfo& other) { return other.name == group.name; };
    const auto begin = out_.groups.begin();
    const auto here = begin + static_cast<std::ptrdiff_t>(at);
    if (std::any_of(begin, here, same)) {
      out_.groups.erase(here);
    } else {
      *here = std::move(group);
    }
  }

  static Result<void> read_metrics(const YamlNode& root, GroupInfo& group) {
    const YamlNode* list = root.find("aggregate_metric_list");
    if (list == nullptr || list->is_null()) return {};
    const std::vector<YamlNode> one = {*list};
    for (const YamlNode& item : list->is_list() ? list->items : one) {
      ASSAY_TRY(GroupMetric metric, read_metric(item));
      group.metrics.push_back(std::move(metric));
    }
    return {};
  }

  // NOLINTNEXTLINE(misc-no-recursion): bounded by kGroupDepthMax
  Result<void> add_item(const YamlNode& item, const std::string& path, const Settings& settings,
                        int depth, Names& members) {
    if (item.is_scalar()) {
      Result<SuiteFinder::Found> found = finder_.find(item.scalar);
      if (!found) return item.error(found.error().message);
      return add_found(item.scalar, *found, settings, depth, members);
    }
    if (!item.is_map()) {
      return item.error(
          fmt::format("an entry of a group is {}, expected a name or a mapping", item.type_name()));
    }
    const YamlNode* task = item.find("task");
    if (is_group(item) || task == nullptr || !task->is_scalar()) {
      if (depth > kGroupDepthMax) return item.error("groups lie too deep (limit kGroupDepthMax)");
      ASSAY_TRY(YamlNode root, resolve_includes(item));
      return add_tree(std::move(root), path, settings, depth, members);
    }
    return add_entry(item, task->scalar, path, settings, depth, members);
  }

  // {task: NAME, key: value, ...}: the named one with these settings, or a task of its own.
  // NOLINTNEXTLINE(misc-no-recursion): bounded by kGroupDepthMax
  Result<void> add_entry(const YamlNode& item, const std::string& name, const std::string& path,
                         const Settings& outer, int depth, Names& members) {
    YamlNode own = item;
    override_keys(own, outer);
    ASSAY_TRY(const auto found, finder_.find_name(name));
    if (!found) {
      ASSAY_TRY(YamlNode root, resolve_includes(std::move(own)));
      return add_suite(std::move(root), path, members);
    }
    Settings settings;
    for (const YamlMember& member : own.members) {
      const bool names_it = member.key == "task" || member.key == "include";
      if (!names_it) settings.push_back(member);
    }
    const YamlNode* include = own.find("include");
    if (found->path.empty() || include == nullptr || include->is_null()) {
      return add_found(name, *found, settings, depth, members);
    }
    // What the entry includes lies below what the task says itself.
    ASSAY_TRY(YamlNode root, resolve_includes(std::move(own)));
    ASSAY_TRY(const YamlNode task, read_suite_tree(found->path));
    override_keys(root, task.members);
    return add_tree(std::move(root), found->path, settings, depth, members);
  }

  Result<void> add_suite(YamlNode root, const std::string& path, Names& members) {
    SuiteChoice choice;
    for (const std::string_view key : {"task", "name"}) {
      const YamlNode* node = root.find(key);
      if (node != nullptr && node->is_scalar()) choice.name = node->scalar;
    }
    choice.path = path;
    choice.tree = std::move(root);
    if (out_.suites.size() >= kSuitesMax) {
      return Error{ErrorCode::kLimit,
                   fmt::format("more than {} suites (limit kSuitesMax)", kSuitesMax), path};
    }
    const std::string settings = dump_json(choice.tree.to_json());
    const std::string base = choice.name;
    for (int i = 1;; ++i) {  // one task with two kinds of settings is two suites
      const auto [at, fresh] = by_name_.try_emplace(choice.name, settings);
      if (fresh) out_.suites.push_back(choice);
      if (at->second == settings) break;
      choice.name = fmt::format("{}-{}", base, i);
    }
    members.push_back(choice.name);
    return {};
  }

  SuiteFinder finder_;
  Expansion out_;
  std::map<std::string, std::string> by_name_;  // of each suite: all its settings
};

// What a suite adds to a group's figure. A pipeline of filters is part of a metric's name ("none"
// is the one that a task without filters has).
std::vector<SuiteGroup> figures_of(const GroupInfo& group) {
  std::vector<SuiteGroup> out;
  for (const GroupMetric& metric : group.metrics) {
    Names filters = metric.filters;
    if (filters.empty()) filters.emplace_back("none");
    for (const std::string& filter : filters) {
      const std::string name = filter == "none" ? metric.metric : metric.metric + "," + filter;
      out.push_back({group.name, name, metric.weight_by_size});
    }
  }
  return out;
}

// Every suite of a group, those of groups inside it too.
void add_memberships(const Expansion& found, const GroupInfo& group,
                     const std::vector<SuiteGroup>& figures, int depth,
                     std::map<std::string, std::vector<SuiteGroup>>& by_suite) {
  if (depth > kGroupDepthMax) return;
  for (const std::string& member : group.members) {
    const auto inner = std::find_if(found.groups.begin(), found.groups.end(),
                                    [&](const GroupInfo& g) { return g.name == member; });
    if (inner != found.groups.end()) {
      // NOLINTNEXTLINE(misc-no-recursion): bounded by kGroupDepthMax
      add_memberships(found, *inner, figures, depth + 1, by_suite);
      continue;
    }
    std::vector<SuiteGroup>& groups = by_suite[member];
    for (const SuiteGroup& figure : figures) {
      if (std::find(groups.begin(), groups.end(), figure) == groups.end()) groups.push_back(figure);
    }
  }
}

void name_groups(Expansion& found) {
  std::map<std::string, std::vector<SuiteGroup>> by_suite;
  for (const GroupInfo& group : found.groups)
    add_memberships(found, group, figures_of(group), 0, by_suite);
  for (SuiteChoice& suite : found.suites) suite.groups = by_suite[suite.name];
}

}  // namespace

Result<Expansion> expand_suites(const std::vector<std::string>& names, const LoadOptions& options) {
  Expander expander(options);
  for (const std::string& name : names) ASSAY_TRY_VOID(expander.add(name));
  Expansion found = expander.take();
  name_groups(found);
  return found;
}

}  // namespace assay::suites
