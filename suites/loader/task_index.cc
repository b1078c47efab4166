#include "suites/loader/task_index.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <utility>

#include "harness/base/yaml_tree.h"

namespace assay::suites {
namespace {

namespace fs = std::filesystem;

std::string_view trim(std::string_view text) {
  const size_t from = text.find_first_not_of(" \t\r");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r") + 1 - from);
}

// A plain or quoted scalar; nothing where it is anything else.
std::optional<std::string> scalar_of(std::string_view text) {
  text = trim(text);
  if (text.empty()) return std::nullopt;
  const char first = text.front();
  if (first == '"' || first == '\'') {
    const size_t end = text.find(first, 1);
    if (end == std::string_view::npos || text.find('\\') < end) return std::nullopt;
    const std::string_view rest = trim(text.substr(end + 1));
    if (!rest.empty() && rest.front() != '#') return std::nullopt;
    return std::string(text.substr(1, end - 1));
  }
  if (std::string_view("[]{}&*!|>%@`,#?").find(first) != std::string_view::npos) {
    return std::nullopt;
  }
  if (const size_t comment = text.find(" #"); comment != std::string_view::npos) {
    text = trim(text.substr(0, comment));
  }
  if (text.find(": ") != std::string_view::npos) return std::nullopt;
  return std::string(text);
}

// "[a, b]" without anything nested.
bool flow_list(std::string_view text, std::vector<std::string>& out) {
  text = trim(text);
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return false;
  text = text.substr(1, text.size() - 2);
  while (!trim(text).empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    auto item = scalar_of(text.substr(0, comma));
    if (!item) return false;
    out.push_back(std::move(*item));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return true;
}

class HeadScanner {
 public:
  HeadScanner(std::string_view text, TaskHead& head) : text_(text), head_(head) {}

  bool scan() {
    while (next_line()) {
      const auto [key, value] = split_key(line_);
      if (key == "task" && !read_task(value)) return false;
      if (key == "group" && !read_group(value)) return false;
      if (key == "tag" && !read_list(value, head_.tags)) return false;
    }
    return true;
  }

 private:
  bool next_line() {
    if (at_ >= text_.size()) return false;
    const size_t end = std::min(text_.find('\n', at_), text_.size());
    line_ = text_.substr(at_, end - at_);
    at_ = end + 1;
    return true;
  }
  // The line behind, without moving.
  [[nodiscard]] std::string_view peek_line() const {
    size_t at = at_;
    while (at < text_.size()) {
      const size_t end = std::min(text_.find('\n', at), text_.size());
      const std::string_view line = text_.substr(at, end - at);
      const std::string_view content = trim(line);
      if (!content.empty() && content.front() != '#') return line;
      at = end + 1;
    }
    return {};
  }
  // "task: x" at the outermost level; an empty key otherwise.
  static std::pair<std::string_view, std::string_view> split_key(std::string_view line) {
    if (line.starts_with('"') || line.starts_with('\'')) {
      const size_t end = line.find(line.front(), 1);
      if (end == std::string_view::npos) return {};
      const std::string_view rest = trim(line.substr(end + 1));
      if (!rest.starts_with(':')) return {};
      return {line.substr(1, end - 1), rest.substr(1)};
    }
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return {};
    return {trim(line.substr(0, colon)) == line.substr(0, colon) ? line.substr(0, colon)
                                                                 : std::string_view(),
            line.substr(colon + 1)};
  }

  bool read_task(std::string_view value) {
    value = trim(value);
    if (value.starts_with('[') || (is_blank(value) && trim(peek_line()).starts_with('-'))) {
      head_.has_list = true;
      return true;
    }
    if (is_blank(value)) return true;
    const auto scalar = scalar_of(value);
    if (scalar) head_.task = *scalar;
    return scalar.has_value();
  }
  bool read_group(std::string_view value) {
    if (is_blank(value) || trim(value).starts_with('[')) return read_list(value, head_.tags);
    const auto scalar = scalar_of(value);
    if (scalar) head_.group = *scalar;
    return scalar.has_value();
  }
  bool read_list(std::string_view value, std::vector<std::string>& out) {
    if (!is_blank(value)) {
      if (trim(value).starts_with('[')) return flow_list(value, out);
      const auto scalar = scalar_of(value);
      if (scalar) out.push_back(*scalar);
      return scalar.has_value();
    }
    while (trim(peek_line()).starts_with('-')) {
      do {
        if (!next_line()) return true;
      } while (!trim(line_).starts_with('-'));  // blank lines and comments between
      const auto scalar = scalar_of(trim(line_).substr(1));
      if (!scalar) return false;
      out.push_back(*scalar);
    }
    return true;
  }
  static bool is_blank(std::string_view value) {
    value = trim(value);
    return value.empty() || value.front() == '#';
  }

  std::string_view text_;
  TaskHead& head_;
  size_t at_ = 0;
  std::string_view line_;
};

void head_of_tree(const YamlNode& root, TaskHead& head) {
  head = {};
  const YamlNode* task = root.find("task");
  if (task != nullptr && task->is_list()) head.has_list = true;
  if (task != nullptr && task->is_scalar()) head.task = task->scalar;
  const YamlNode* group = root.find("group");
  if (group != nullptr && group->is_scalar()) head.group = group->scalar;
  const YamlNode* tag = root.find("tag");
  if (tag != nullptr) head.tags = tag->as_strings("tag").value_or(std::vector<std::string>());
}

// False: nothing can be read; who asks for the file itself gets the reason.
bool read_head(const std::string& path, TaskHead& head) {
  std::error_code failed;
  const auto bytes = std::min<uintmax_t>(fs::file_size(path, failed), kYamlBytesMax);
  if (failed) return false;
  std::ifstream in(path, std::ios::binary);
  std::string text(bytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  if (scan_task_head(text, head)) return true;
  const auto root = read_yaml(text, path, {.keep_functions = true, .last_of_duplicates = true});
  if (!root) return false;
  head_of_tree(*root, head);
  return true;
}

}  // namespace

bool scan_task_head(std::string_view text, TaskHead& head) {
  head = {};
  return HeadScanner(text, head).scan();
}

Result<TaskIndex> TaskIndex::make(const std::vector<std::string>& folders) {
  TaskIndex index;
  for (const std::string& folder : folders) {
    std::error_code failed;
    std::vector<std::string> paths;
    const auto options = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator it(folder, options, failed), end; !failed && it != end;
         it.increment(failed)) {
      if (it->path().extension() != ".yaml") continue;
      paths.push_back(it->path().string());
      if (paths.size() <= kTaskFilesMax) continue;
      return Error{ErrorCode::kLimit,
                   fmt::format("more than {} task files (limit kTaskFilesMax)", kTaskFilesMax),
                   folder};
    }
    if (failed) return Error{ErrorCode::kNotFound, "cannot be read: " + failed.message(), folder};
    std::sort(paths.begin(), paths.end());
    for (const std::string& path : paths) index.add_file(path);
  }
  return index;
}

void TaskIndex::add_file(const std::string& path) {
  TaskHead head;
  if (!read_head(path, head)) return;
  const std::string& name = head.has_list ? head.group : head.task;
  if (name.empty()) return;
  const auto [entry, fresh] = entries_.try_emplace(name);
  if (!fresh) return;
  entry->second.path = path;
  if (head.has_list) return;
  // `group` of a single task is the older word for a tag.
  if (!head.group.empty()) head.tags.push_back(head.group);
  for (const std::string& tag : head.tags) {
    tags_[tag].members.push_back(name);
  }
}

const TaskIndex::Entry* TaskIndex::find(const std::string& name) const {
  if (const auto it = entries_.find(name); it != entries_.end()) return &it->second;
  const auto it = tags_.find(name);
  return it == tags_.end() ? nullptr : &it->second;
}

std::vector<std::string> TaskIndex::names() const {
  std::vector<std::string> all;
  for (const auto& [name, entry] : entries_) all.push_back(name);
  for (const auto& [name, entry] : tags_) all.push_back(name);
  return all;
}

}  // namespace assay::suites
