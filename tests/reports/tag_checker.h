// A small checker of HTML structure for tests: every tag is closed in order, attribute values are
// quoted, and no attribute or element stands there that a strict page must not have.
#pragma once

#include <cctype>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace assay::test {

class TagChecker {
 public:
  // Empty: well-formed. Otherwise what is wrong and where.
  std::string check(std::string_view html) {
    html_ = html;
    at_ = 0;
    while (error_.empty() && at_ < html_.size()) {
      if (html_[at_] != '<') {
        if (html_[at_] == '>') fail("a bare >");
        ++at_;
      } else if (html_.substr(at_, 9) == "<!DOCTYPE") {
        at_ = html_.find('>', at_) + 1;
      } else {
        tag();
      }
    }
    if (error_.empty() && !open_.empty()) fail("<" + open_.back() + "> is never closed");
    return error_;
  }
  std::set<std::string> elements;
  std::set<std::string> attributes;

 private:
  void fail(const std::string& what) {
    if (error_.empty()) error_ = what + " at byte " + std::to_string(at_);
  }

  std::string name() {
    std::string out;
    while (at_ < html_.size() &&
           (std::isalnum(static_cast<unsigned char>(html_[at_])) != 0 || html_[at_] == '-')) {
      out += html_[at_++];
    }
    return out;
  }

  void tag() {
    ++at_;
    const bool closing = html_[at_] == '/';
    if (closing) ++at_;
    const std::string element = name();
    if (element.empty()) return fail("< without a name");
    elements.insert(element);
    const bool empty = attribute_list();
    if (!error_.empty()) return;
    if (closing) {
      if (open_.empty() || open_.back() != element) return fail("</" + element + "> out of order");
      open_.pop_back();
    } else if (!empty) {
      open_.push_back(element);
      if (element == "style") at_ = html_.find("</style", at_);
    }
  }

  // Up to and with '>'; true for "/>".
  bool attribute_list() {
    for (;;) {
      while (at_ < html_.size() && html_[at_] == ' ') ++at_;
      if (at_ >= html_.size()) {
        fail("a tag without end");
        return false;
      }
      if (html_[at_] == '>') return ++at_, false;
      if (html_.substr(at_, 2) == "/>") return at_ += 2, true;
      const std::string attribute = name();
      if (attribute.empty()) {
        fail("not an attribute");
        return false;
      }
      attributes.insert(attribute);
      if (html_[at_] != '=') continue;
      if (html_[++at_] != '"') {
        fail("an unquoted value");
        return false;
      }
      const size_t end = html_.find('"', at_ + 1);
      if (end == std::string_view::npos) {
        fail("a value without end");
        return false;
      }
      if (html_.substr(at_, end - at_).find('<') != std::string_view::npos) fail("< in a value");
      at_ = end + 1;
    }
  }

  std::string_view html_;
  size_t at_ = 0;
  std::vector<std::string> open_;
  std::string error_;
};

}  // namespace assay::test
