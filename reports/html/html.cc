#include "reports/html/html.h"

#include <utility>

#include "harness/base/check.h"
#include "reports/html/escape.h"

namespace assay::reports::html {

Html& Html::raw(Markup literal) {
  out_ += literal.text();
  return *this;
}

Html& Html::text(std::string_view untrusted) {
  out_ += escape_text(untrusted);
  return *this;
}

Html& Html::style(std::string_view constant) {
  ASSAY_CHECK(constant.find('<') == std::string_view::npos, "a style sheet with markup");
  out_ += constant;
  return *this;
}

Html& Html::open(Markup tag, Markup css_class) {
  out_ += '<';
  out_ += tag.text();
  if (!css_class.text().empty()) {
    out_ += " class=\"";
    out_ += css_class.text();
    out_ += '"';
  }
  out_ += '>';
  open_.push_back(tag.text());
  return *this;
}

Html& Html::open(Markup tag, std::initializer_list<Attribute> attributes) {
  out_ += '<';
  out_ += tag.text();
  append_attributes(attributes);
  out_ += '>';
  open_.push_back(tag.text());
  return *this;
}

Html& Html::close() {
  ASSAY_CHECK(!open_.empty(), "close() without an open tag");
  out_ += "</";
  out_ += open_.back();
  out_ += '>';
  open_.pop_back();
  return *this;
}

Html& Html::single(Markup tag, std::initializer_list<Attribute> attributes) {
  out_ += '<';
  out_ += tag.text();
  append_attributes(attributes);
  out_ += "/>";
  return *this;
}

Html& Html::leaf(Markup tag, Markup css_class, std::string_view untrusted) {
  return open(tag, css_class).text(untrusted).close();
}

Html& Html::leaf(Markup tag, std::initializer_list<Attribute> attributes,
                 std::string_view untrusted) {
  return open(tag, attributes).text(untrusted).close();
}

Html& Html::add(const Html& other) {
  ASSAY_CHECK(other.open_.empty(), "add() of HTML with {} open tags", other.open_.size());
  out_ += other.out_;
  return *this;
}

std::string Html::finish() && {
  ASSAY_CHECK(open_.empty(), "finish() with {} open tags, innermost {}", open_.size(),
              open_.back());
  return std::move(out_);
}

void Html::append_attributes(std::initializer_list<Attribute> attributes) {
  for (const Attribute& a : attributes) {
    out_ += ' ';
    out_ += a.name.text();
    if (a.value.empty()) continue;
    out_ += "=\"";
    out_ += escape_attribute(a.value);
    out_ += '"';
  }
}

}  // namespace assay::reports::html
