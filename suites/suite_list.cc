// list_suites(): what ships, with groups and the tasks in them. Declared in suites/registry.h.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "suites/loader/split.h"
#include "suites/loader/suite_file.h"
#include "suites/loader/suite_finder.h"
#include "suites/loader/task_index.h"
#include "suites/registry.h"

namespace assay::suites {
namespace {

constexpr size_t kValuesShownMax = 4;  // different languages or licences of a group

// Splits that a run opens.
std::vector<const DataSource*> sources_of(const SuiteDefinition& suite) {
  std::vector<const DataSource*> sources;
  std::set<std::string> seen;
  const std::string shots = suite.num_fewshot > 0 ? suite.fewshot_split : std::string();
  for (const std::string& split : {suite.test_split, suite.train_split, shots}) {
    const DataSource* source = split.empty() ? nullptr : suite.source(split);
    if (source != nullptr && seen.insert(split).second) sources.push_back(source);
  }
  return sources;
}

bool is_unpinned(const DataSource& source) {
  const bool remote = !source.url.empty() || !source.hub.empty();
  return (remote && source.sha256.empty() && !source.is_folder()) ||
         std::any_of(source.join.begin(), source.join.end(), is_unpinned);
}

// As the definition says; otherwise counted where the data is here.
uint64_t size_of(const SuiteDefinition& suite, const SuiteListing& row,
                 const LoadOptions& options) {
  if (suite.size > 0 || !row.data_here) return suite.size;
  DataAccess access = data_access(options);
  access.offline = true;
  const Result<Split> split = SplitOpener(access).open(*suite.source(suite.test_split));
  return split ? split->count : 0;
}

SuiteListing list_one(const SuiteChoice& choice, const LoadOptions& options) {
  SuiteListing row;
  row.name = choice.name;
  row.path = choice.path;
  const Result<SuiteDefinition> suite = read_suite(choice.tree, choice.path);
  if (!suite) {
    row.missing = suite.error().text();
    return row;
  }
  row.title = suite->title;
  row.language = suite->language;
  row.licence = suite->licence;
  row.tags = suite->tags;
  row.data_here = true;
  for (const DataSource* source : sources_of(*suite)) {
    row.unpinned = row.unpinned || is_unpinned(*source);
    const Result<LocatedSource> located = locate(*source, data_access(options));
    if (located || !row.data_here) continue;
    row.data_here = false;
    row.missing = located.error().message;
  }
  row.size = size_of(*suite, row, options);
  return row;
}

// The values that members have, each once, in order.
class Values {
 public:
  void add(const std::string& value) {
    if (!value.empty() && std::find(seen_.begin(), seen_.end(), value) == seen_.end()) {
      seen_.push_back(value);
    }
  }
  [[nodiscard]] std::string text(std::string_view separator, std::string_view many) const {
    if (seen_.size() > kValuesShownMax) return fmt::format("{} {}", seen_.size(), many);
    return fmt::format("{}", fmt::join(seen_, separator));
  }

 private:
  std::vector<std::string> seen_;
};

using Rows = std::map<std::string, SuiteListing>;

// The names of all suites in a group, through the groups inside it.
std::vector<std::string> suites_in(const GroupInfo& group, const std::vector<GroupInfo>& groups) {
  std::vector<std::string> found;
  std::vector<std::string> due(group.members.rbegin(), group.members.rend());
  std::set<std::string> seen{group.name};
  while (!due.empty()) {
    const std::string name = std::move(due.back());
    due.pop_back();
    if (!seen.insert(name).second) continue;
    const auto inner = std::find_if(groups.begin(), groups.end(),
                                    [&](const GroupInfo& other) { return other.name == name; });
    if (inner == groups.end()) {
      found.push_back(name);
    } else {
      due.insert(due.end(), inner->members.rbegin(), inner->members.rend());
    }
  }
  return found;
}

SuiteListing list_group(const GroupInfo& group, const std::vector<std::string>& members,
                        const Rows& rows) {
  SuiteListing row;
  row.name = group.name;
  row.title = group.title.empty() ? group.name : group.title;
  row.data_here = true;
  Values languages;
  Values licences;
  for (const std::string& name : members) {
    const auto found = rows.find(name);
    if (found == rows.end()) continue;
    const SuiteListing& member = found->second;
    languages.add(member.language);
    licences.add(member.licence);
    ++row.tasks;
    row.size += member.size;
    row.tasks_here += member.data_here ? 1 : 0;
    row.unpinned = row.unpinned || member.unpinned;
    if (!member.data_here && row.missing.empty()) row.missing = member.missing;
    row.data_here = row.data_here && member.data_here;
  }
  row.language = languages.text("+", "languages");
  row.licence = licences.text("; ", "licences");
  return row;
}

// The group around all groups that a suite or group is in; empty: it is in none.
std::string outermost_group(const std::string& name, const std::vector<GroupInfo>& groups) {
  std::string top;
  for (size_t depth = 0; depth < groups.size(); ++depth) {
    const std::string& inside = top.empty() ? name : top;
    const auto around = std::find_if(groups.begin(), groups.end(), [&](const GroupInfo& group) {
      const auto& members = group.members;
      return std::find(members.begin(), members.end(), inside) != members.end();
    });
    if (around == groups.end()) break;
    top = around->name;
  }
  return top;
}

// Folders that are there.
LoadOptions existing_folders(LoadOptions options) {
  std::erase_if(options.search_dirs, [](const std::string& folder) {
    std::error_code ignored;
    return !std::filesystem::is_directory(folder, ignored);
  });
  return options;
}

// All that the shipped files define, tags left out; and folders with a suite.yaml that says
// nothing.
Result<std::vector<std::string>> shipped_names(const LoadOptions& options) {
  ASSAY_TRY(const TaskIndex index, TaskIndex::make(options.search_dirs));
  std::vector<std::string> names;
  std::set<std::string> paths;
  for (std::string& name : index.names()) {
    const TaskIndex::Entry* entry = index.find(name);
    if (entry == nullptr || entry->path.empty()) continue;
    paths.insert(entry->path);
    names.push_back(std::move(name));
  }
  for (const auto& [name, path] : shipped_suites(options)) {
    if (!paths.contains(path)) names.push_back(name);
  }
  return names;
}

void append(Expansion& to, Expansion&& from) {
  std::move(from.suites.begin(), from.suites.end(), std::back_inserter(to.suites));
  std::move(from.groups.begin(), from.groups.end(), std::back_inserter(to.groups));
}

// What the names stand for; one that cannot be read becomes a row that says why. The names are
// halved until the bad ones are alone, as each expansion looks through all files.
Expansion expand_readable(const std::vector<std::string>& names, const LoadOptions& options,
                          Rows& bad) {
  Expansion all;
  std::vector<std::vector<std::string>> due;
  if (!names.empty()) due.push_back(names);
  while (!due.empty()) {
    const std::vector<std::string> some = std::move(due.back());
    due.pop_back();
    Result<Expansion> found = expand_suites(some, options);
    if (found) {
      append(all, std::move(*found));
    } else if (some.size() == 1) {
      SuiteListing& row = bad[some.front()];
      row.name = some.front();
      row.missing = found.error().text();
    } else {
      const auto middle = some.begin() + static_cast<std::ptrdiff_t>(some.size() / 2);
      due.emplace_back(middle, some.end());
      due.emplace_back(some.begin(), middle);
    }
  }
  return all;
}

}  // namespace

Result<std::vector<SuiteListing>> list_suites(const LoadOptions& given) {
  const LoadOptions options = existing_folders(given);
  ASSAY_TRY(const std::vector<std::string> names, shipped_names(options));
  Rows rows;
  const Expansion all = expand_readable(names, options, rows);
  for (const SuiteChoice& choice : all.suites) {
    rows.emplace(choice.name, list_one(choice, options));
  }
  std::vector<SuiteListing> listed;
  for (const GroupInfo& group : all.groups) {
    const auto same = [&](const SuiteListing& row) { return row.name == group.name; };
    if (std::any_of(listed.begin(), listed.end(), same)) continue;  // of two expansions
    listed.push_back(list_group(group, suites_in(group, all.groups), rows));
  }
  for (auto& [name, row] : rows) listed.push_back(std::move(row));
  for (SuiteListing& row : listed) row.group = outermost_group(row.name, all.groups);
  std::sort(listed.begin(), listed.end(),
            [](const SuiteListing& a, const SuiteListing& b) { return a.name < b.name; });
  return listed;
}

}  // namespace assay::suites
