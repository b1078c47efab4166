#include "harness/base/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <sstream>

#include "harness/base/json.h"
#include "harness/base/nearest.h"
#include "harness/base/utf8.h"

namespace assay {
namespace {

constexpr size_t kShownMax = 40;  // columns of a value in a message

std::optional<int64_t> parse_integer(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  int64_t value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failed != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

std::optional<double> parse_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool begins_well =
      !text.empty() && (text[0] == '-' || text[0] == '.' || (text[0] >= '0' && text[0] <= '9'));
  if (!begins_well || failed != std::errc() || end != text.data() + text.size()) return {};
  if (!std::isfinite(value)) return {};
  return value;
}

std::optional<bool> parse_bool(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return {};
}

bool is_null_word(std::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

std::string duplicate_message(const YamlMember& member) {
  return fmt::format("the key `{}` stands here a second time, first in line {}", member.key,
                     member.replaced_line);
}

// Thrown through yaml-cpp, which knows no other way to stop; caught in read_yaml.
struct Refused {
  YAML::Mark mark;
  std::string message;
};

// Builds the tree from yaml-cpp's events.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::shared_ptr<const std::string> file, YamlReading reading)
      : file_(std::move(file)), reading_(reading) {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(make(YamlNode::Kind::kNull, mark), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto it = anchors_.find(anchor);
    if (it == anchors_.end()) throw Refused{mark, "an alias inside its own anchor"};
    count_nodes(it->second, mark);
    add(it->second, 0);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode node = make(YamlNode::Kind::kScalar, mark);
    node.scalar = value;
    node.is_text = tag == "!" || tag == "tag:yaml.org,2002:str";
    if (reading_.keep_functions && tag == "!function") {
      node.function = value;
      node.is_text = true;
    } else if (!node.is_text) {
      refuse_tag(tag, mark, value);
    }
    if (!node.is_text && is_null_word(value)) node.kind = YamlNode::Kind::kNull;
    add(std::move(node), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::kList, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

  [[nodiscard]] YamlNode take_root() { return std::move(root_); }

 private:
  struct Open {
    YamlNode node;
    YAML::anchor_t anchor = 0;
    std::optional<YamlMember> key;  // of a map: read, its value not yet
  };

  [[nodiscard]] YamlNode make(YamlNode::Kind kind, const YAML::Mark& mark) {
    if (++nodes_ > kYamlNodesMax) {
      throw Refused{mark, fmt::format("more than {} values (limit kYamlNodesMax)", kYamlNodesMax)};
    }
    YamlNode node;
    node.kind = kind;
    node.file = file_;
    node.line = mark.line + 1;
    node.column = mark.column + 1;
    return node;
  }
  // NOLINTNEXTLINE(misc-no-recursion): the tree is at most kYamlDepthMax deep
  void count_nodes(const YamlNode& node, const YAML::Mark& mark) {
    (void)make(YamlNode::Kind::kNull, mark);
    for (const YamlNode& item : node.items) count_nodes(item, mark);
    for (const YamlMember& member : node.members) count_nodes(member.value, mark);
  }
  static void refuse_tag(const std::string& tag, const YAML::Mark& mark, const std::string& value) {
    if (tag.empty() || tag == "?" || tag.starts_with("tag:yaml.org,2002:")) return;
    if (tag == "!function") {
      throw Refused{mark, fmt::format("`!function {}` needs Python, which Assay does not run; "
                                      "expected a value or a template",
                                      value)};
    }
    throw Refused{mark, fmt::format("unknown tag `{}`, expected none", tag)};
  }
  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    refuse_tag(tag, mark, "");
    if (stack_.size() >= static_cast<size_t>(kYamlDepthMax)) {
      throw Refused{
          mark, fmt::format("nested deeper than {} levels (limit kYamlDepthMax)", kYamlDepthMax)};
    }
    if (!stack_.empty() && stack_.back().node.is_map() && !stack_.back().key) {
      throw Refused{mark, "a list or mapping as a key, expected a string"};
    }
    stack_.push_back({make(kind, mark), anchor, std::nullopt});
  }
  void close() {
    Open done = std::move(stack_.back());
    stack_.pop_back();
    add(std::move(done.node), done.anchor);
  }
  void add(YamlNode node, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = node;
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = stack_.back();
    if (parent.node.is_list()) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      take_key(parent, node);
    } else {
      parent.key->value = std::move(node);
      parent.node.members.push_back(std::move(*parent.key));
      parent.key.reset();
    }
  }
  void take_key(Open& parent, const YamlNode& node) const {
    if (!node.is_scalar() && !node.is_null()) {
      throw Refused{mark_of(node), "a list or mapping as a key, expected a string"};
    }
    YamlMember key{node.scalar, node.line, node.column, {}};
    auto& members = parent.node.members;
    const auto same = std::find_if(members.begin(), members.end(),
                                   [&](const YamlMember& m) { return m.key == key.key; });
    if (same != members.end()) {
      key.replaced_line = same->line;
      if (!reading_.last_of_duplicates) throw Refused{mark_of(node), duplicate_message(key)};
      members.erase(same);
    }
    parent.key = std::move(key);
  }
  static YAML::Mark mark_of(const YamlNode& node) {
    YAML::Mark mark;
    mark.line = node.line - 1;
    mark.column = node.column - 1;
    return mark;
  }

  std::shared_ptr<const std::string> file_;
  const YamlReading reading_;
  std::vector<Open> stack_;
  std::map<YAML::anchor_t, YamlNode> anchors_;
  YamlNode root_;
  size_t nodes_ = 0;
};

Error error_at(const std::string& shown, const YAML::Mark& mark, std::string message) {
  if (mark.is_null()) return input_error(shown, std::move(message));
  return input_error(fmt::format("{}:{}:{}", shown, mark.line + 1, mark.column + 1),
                     std::move(message));
}

}  // namespace

std::string YamlNode::place() const {
  return fmt::format("{}:{}:{}", file ? *file : std::string("?"), line, column);
}

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const YamlMember& member : members) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

std::string YamlNode::type_name() const {
  switch (kind) {
    case Kind::kNull:
      return "nothing";
    case Kind::kList:
      return "a list";
    case Kind::kMap:
      return "a mapping";
    case Kind::kScalar:
      break;
  }
  return fmt::format("`{}`", truncate_to_width(scalar, kShownMax));
}

Error YamlNode::error(std::string message) const {
  return input_error(place(), std::move(message));
}

Result<std::string> YamlNode::as_string(std::string_view what) const {
  if (is_scalar()) return scalar;
  return error(fmt::format("`{}` is {}, expected a string", what, type_name()));
}

Result<bool> YamlNode::as_bool(std::string_view what) const {
  if (is_scalar() && !is_text) {
    if (const auto value = parse_bool(scalar)) return *value;
  }
  return error(fmt::format("`{}` is {}, expected true or false", what, type_name()));
}

Result<int64_t> YamlNode::as_integer(std::string_view what, int64_t min, int64_t max) const {
  const auto value = is_scalar() && !is_text ? parse_integer(scalar) : std::nullopt;
  if (value && *value >= min && *value <= max) return *value;
  if (max == INT64_MAX) {
    return error(
        fmt::format("`{}` is {}, expected a whole number of at least {}", what, type_name(), min));
  }
  return error(fmt::format("`{}` is {}, expected a whole number from {} to {}", what, type_name(),
                           min, max));
}

Result<double> YamlNode::as_number(std::string_view what) const {
  const auto value = is_scalar() && !is_text ? parse_number(scalar) : std::nullopt;
  if (value) return *value;
  return error(fmt::format("`{}` is {}, expected a number", what, type_name()));
}

Result<std::vector<std::string>> YamlNode::as_strings(std::string_view what) const {
  std::vector<std::string> texts;
  if (is_scalar()) {
    texts.push_back(scalar);
    return texts;
  }
  if (!is_list()) {
    return error(
        fmt::format("`{}` is {}, expected a string or a list of strings", what, type_name()));
  }
  for (const YamlNode& item : items) {
    ASSAY_TRY(std::string text, item.as_string(what));
    texts.push_back(std::move(text));
  }
  return texts;
}

// NOLINTNEXTLINE(misc-no-recursion): the tree is at most kYamlDepthMax deep
Json YamlNode::to_json() const {
  switch (kind) {
    case Kind::kNull:
      return nullptr;
    case Kind::kList: {
      Json list = Json::array();
      for (const YamlNode& item : items) list.push_back(item.to_json());
      return list;
    }
    case Kind::kMap: {
      Json map = Json::object();
      for (const YamlMember& member : members) map[member.key] = member.value.to_json();
      return map;
    }
    case Kind::kScalar:
      break;
  }
  if (is_text) return scalar;
  if (const auto value = parse_bool(scalar)) return *value;
  if (const auto value = parse_integer(scalar)) return *value;
  if (const auto value = parse_number(scalar)) return *value;
  return scalar;
}

Error duplicate_key_error(const YamlMember& member) {
  const std::string file = member.value.file ? *member.value.file : std::string("?");
  return input_error(fmt::format("{}:{}:{}", file, member.line, member.column),
                     duplicate_message(member));
}

Result<YamlNode> read_yaml(std::string_view text, const std::string& shown, YamlReading reading) {
  if (text.size() > kYamlBytesMax) {
    return Error{ErrorCode::kLimit,
                 fmt::format("larger than {} bytes (limit kYamlBytesMax)", kYamlBytesMax), shown};
  }
  if (const auto bad = invalid_utf8_at(text)) {
    return input_error(shown, fmt::format("byte {} of the file is not valid UTF-8", *bad));
  }
  TreeBuilder builder(std::make_shared<const std::string>(shown), reading);
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    if (!parser.HandleNextDocument(builder)) {
      return input_error(shown, "is empty, expected a YAML mapping");
    }
    YamlNode root = builder.take_root();
    if (parser) return root.error("a second YAML document follows, expected one");
    return root;
  } catch (const Refused& refused) {
    return error_at(shown, refused.mark, refused.message);
  } catch (const YAML::Exception& e) {
    return error_at(shown, e.mark, fmt::format("not valid YAML: {}", e.msg));
  } catch (const std::exception& e) {
    return input_error(shown, fmt::format("not valid YAML: {}", e.what()));
  }
}

Result<YamlNode> read_yaml_file(const std::string& path, const std::string& shown,
                                YamlReading reading) {
  std::FILE* file = std::fopen(path.c_str(), "rbe");
  if (file == nullptr) {
    return Error{ErrorCode::kNotFound, fmt::format("cannot be opened: {}", std::strerror(errno)),
                 shown};
  }
  std::string text;
  char piece[size_t{16} << 10];
  for (size_t n = 0; text.size() <= kYamlBytesMax; text.append(piece, n)) {
    n = std::fread(piece, 1, sizeof piece, file);
    if (n == 0) break;
  }
  const bool failed = std::ferror(file) != 0;
  std::fclose(file);
  if (failed) return Error{ErrorCode::kIo, "cannot be read", shown};
  return read_yaml(text, shown, reading);
}

Result<void> refuse_unknown_keys(const YamlNode& map, std::string_view what,
                                 const std::vector<std::string>& known) {
  for (const YamlMember& member : map.members) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    return input_error(
        fmt::format("{}:{}:{}", *map.file, member.line, member.column),
        fmt::format("unknown key `{}` in {}{}", member.key, what, did_you_mean(member.key, known)));
  }
  return {};
}

}  // namespace assay
