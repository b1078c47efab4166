#include "backends/managed/managed_entry.h"

#include <fmt/format.h>

#include <algorithm>

#include "backends/codec/wire_codec.h"
#include "backends/command_line.h"
#include "backends/params.h"
#include "harness/base/nearest.h"

namespace assay::backends {
namespace {

constexpr int64_t kConcurrencyMax = 4096;

bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

Result<void> read_text(const YamlNode& node, const char* key, std::string& out) {
  if (const YamlNode* member = node.find(key)) {
    ASSAY_TRY(out, member->as_string(key));
  }
  return {};
}

Result<void> read_path(const YamlNode& node, const char* key, std::string& out) {
  const YamlNode* member = node.find(key);
  if (member == nullptr) return {};
  ASSAY_TRY(out, member->as_string(key));
  if (!out.empty() && out.front() != '/')
    return member->error(
        fmt::format("`{}` is `{}`, expected a path that begins with `/`", key, out));
  while (out.ends_with('/') && key == std::string_view("base_path")) out.pop_back();
  return {};
}

Result<void> read_name(const YamlNode& node, ManagedEntry& entry) {
  const YamlNode* name = node.find("name");
  if (name == nullptr)
    return node.error("an entry of `managed` without `name`, by which `managed:NAME` finds it");
  ASSAY_TRY(entry.name, name->as_string("name"));
  if (entry.name.empty() || !std::all_of(entry.name.begin(), entry.name.end(), is_name_char)) {
    return name->error(
        fmt::format("`name` is `{}`, expected letters, digits, `-`, `_` and `.`", entry.name));
  }
  return {};
}

Result<void> read_command(const YamlNode& node, ManagedEntry& entry) {
  const YamlNode* command = node.find("command");
  if (command == nullptr)
    return node.error("an entry of `managed` without `command`, the line that starts the server");
  if (command->is_list()) {
    ASSAY_TRY(entry.command, command->as_strings("command"));
  } else {
    ASSAY_TRY(const std::string line, command->as_string("command"));
    Result<std::vector<std::string>> words = split_command_line(line);
    if (!words) return command->error("`command` " + words.error().message);
    entry.command = std::move(words).value();
  }
  if (entry.command.empty()) return command->error("`command` is empty, expected a program");
  return {};
}

Result<void> read_format(const YamlNode& node, ManagedEntry& entry) {
  const YamlNode* format = node.find("format");
  if (format == nullptr) return {};
  ASSAY_TRY(entry.format, format->as_string("format"));
  const std::vector<std::string> known = wire_formats();
  if (std::find(known.begin(), known.end(), entry.format) != known.end()) return {};
  return format->error(fmt::format(
      "unknown wire format `{}`{} known: {}", entry.format,
      did_you_mean(entry.format, known).empty() ? ";" : did_you_mean(entry.format, known),
      fmt::join(known, ", ")));
}

Result<void> read_env(const YamlNode& node, ManagedEntry& entry) {
  const YamlNode* env = node.find("env");
  if (env == nullptr) return {};
  if (!env->is_map())
    return env->error("`env` is " + env->type_name() + ", expected a mapping of variables");
  for (const YamlMember& member : env->members) {
    ASSAY_TRY(std::string value, member.value.as_string("a variable of `env`"));
    entry.env.emplace_back(member.key, std::move(value));
  }
  return {};
}

Result<void> read_start_timeout(const YamlNode& node, ManagedEntry& entry) {
  const YamlNode* timeout = node.find("start_timeout");
  if (timeout == nullptr) return {};
  ASSAY_TRY(const std::string text, timeout->as_string("start_timeout"));
  const Result<Nanos> value = parse_duration(text);
  if (!value || value->count() <= 0) {
    return timeout->error(
        fmt::format("`start_timeout` is `{}`, expected a time such as 90s or 5m", text));
  }
  entry.start_timeout = std::chrono::ceil<std::chrono::milliseconds>(*value);
  return {};
}

Result<ManagedEntry> read_entry(const YamlNode& node) {
  if (!node.is_map()) {
    return node.error("an entry of `managed` is " + node.type_name() +
                      ", expected a mapping with name and command");
  }
  ASSAY_TRY_VOID(
      refuse_unknown_keys(node, "an entry of `managed`",
                          {"name", "command", "model", "port", "health", "base_path", "format",
                           "start_timeout", "env", "cwd", "concurrency", "restart"}));
  ManagedEntry entry;
  ASSAY_TRY_VOID(read_name(node, entry));
  ASSAY_TRY_VOID(read_command(node, entry));
  entry.model = entry.name;
  ASSAY_TRY_VOID(read_text(node, "model", entry.model));
  ASSAY_TRY_VOID(read_text(node, "cwd", entry.cwd));
  ASSAY_TRY_VOID(read_path(node, "health", entry.health));
  ASSAY_TRY_VOID(read_path(node, "base_path", entry.base_path));
  ASSAY_TRY_VOID(read_format(node, entry));
  ASSAY_TRY_VOID(read_env(node, entry));
  ASSAY_TRY_VOID(read_start_timeout(node, entry));
  if (const YamlNode* port = node.find("port")) {
    ASSAY_TRY(const int64_t number, port->as_integer("port", 0, 65535));
    entry.port = static_cast<uint16_t>(number);
  }
  if (const YamlNode* concurrency = node.find("concurrency")) {
    ASSAY_TRY(const int64_t number, concurrency->as_integer("concurrency", 1, kConcurrencyMax));
    entry.concurrency = static_cast<uint32_t>(number);
  }
  if (const YamlNode* restart = node.find("restart")) {
    ASSAY_TRY(entry.restart, restart->as_bool("restart"));
  }
  return entry;
}

}  // namespace

Result<std::vector<ManagedEntry>> read_managed_entries(const YamlNode& node) {
  if (!node.is_list())
    return node.error("`managed` is " + node.type_name() + ", expected a list of servers");
  if (node.items.size() > kManagedEntriesMax) {
    return node.error(fmt::format("`managed` has {} entries, expected at most {}",
                                  node.items.size(), kManagedEntriesMax));
  }
  std::vector<ManagedEntry> entries;
  for (const YamlNode& item : node.items) {
    ASSAY_TRY(ManagedEntry entry, read_entry(item));
    for (const ManagedEntry& other : entries) {
      if (other.name == entry.name)
        return item.error("two entries of `managed` are named `" + entry.name + "`");
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace assay::backends
