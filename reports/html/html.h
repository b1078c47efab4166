// Html: builds a piece of HTML or SVG that is well-formed and escaped by construction. Markup can
// only come from string literals of this program; everything else goes through escaping. Used by
// every section and chart of the HTML report.
//
//   Html h;
//   h.open("td", "num").text(model.name).close();         // <td class="num">a&lt;b</td>
//   h.open("a", {{"href", "#quality"}}).text("…").close();
//   h.add(chart);                                         // another Html
//   std::string markup = std::move(h).finish();           // checks that every tag was closed
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace assay::reports::html {

// Text that the compiler has seen: a literal, never a run-time string.
class Markup {
 public:
  consteval Markup(const char* literal) : text_(literal) {}  // NOLINT: implicit by design
  [[nodiscard]] constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

struct Attribute {
  Markup name;
  std::string value;  // escaped when written; an empty value writes the bare attribute
};

class Html {
 public:
  Html& raw(Markup literal);
  Html& text(std::string_view untrusted);
  // A style sheet of this program, inside <style>; a constant, like raw(). Must hold no '<'.
  Html& style(std::string_view constant);
  // A tag whose name and class are literals.
  Html& open(Markup tag, Markup css_class = "");
  Html& open(Markup tag, std::initializer_list<Attribute> attributes);
  Html& close();
  // A tag without content: <img ...>, <line .../>.
  Html& single(Markup tag, std::initializer_list<Attribute> attributes);
  // open, text, close.
  Html& leaf(Markup tag, Markup css_class, std::string_view untrusted);
  Html& leaf(Markup tag, std::initializer_list<Attribute> attributes, std::string_view untrusted);
  // `other` must be complete (every tag closed).
  Html& add(const Html& other);

  [[nodiscard]] size_t size() const { return out_.size(); }
  [[nodiscard]] bool empty() const { return out_.empty(); }
  [[nodiscard]] std::string finish() &&;

 private:
  void append_attributes(std::initializer_list<Attribute> attributes);

  std::string out_;
  std::vector<std::string_view> open_;  // tag names, innermost last
};

}  // namespace assay::reports::html
