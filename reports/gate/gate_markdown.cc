#include <fmt/format.h>

#include <algorithm>

#include "harness/base/utf8.h"
#include "reports/format.h"
#include "reports/gate/gate_report.h"
#include "reports/gate/gate_view.h"

namespace assay::reports {
namespace {

using aggregate::GateCheck;
using aggregate::GateOutcome;
using aggregate::GateResult;

constexpr size_t kNamePointsMax = 120;
constexpr size_t kSentencePointsMax = 800;
constexpr size_t kItemsShown = 20;
constexpr size_t kItemPointsMax = 60;
constexpr size_t kNotesShown = 20;
constexpr size_t kIdBytesMax = 100;
constexpr size_t kNoticeBytes = 200;  // kept free for saying that something was left out

// A name from outside as code: inside it nothing is a link, a mention, a reference or HTML. A table
// needs its bars escaped even there.
std::string code(std::string_view text, size_t points) {
  const std::string line = one_line(text, points);
  size_t longest = 0;
  size_t run = 0;
  for (const char c : line) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  std::string body;
  for (const char c : line) body += c == '|' ? "\\|" : std::string(1, c);
  if (body.empty()) body = " ";
  const bool pad = body.front() == '`' || body.back() == '`' || body.back() == '\\';
  const std::string_view space = pad ? " " : "";
  return fmt::format("{}{}{}{}{}", fence, space, body, space, fence);
}

// A sentence that may hold such names: every sign that Markdown, HTML or GitHub reads is taken from
// it.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : one_line(text, kSentencePointsMax)) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '@':
        out += "@\u2060";  // a word joiner: no mention
        break;
      case '/':
        // Of "://", which would become a link.
        out += out.ends_with(':') || out.ends_with("&#47;") ? "&#47;" : "/";
        break;
      case '\\':
      case '`':
      case '*':
      case '_':
      case '[':
      case ']':
      case '#':
      case '|':
      case '~':
      case '!':
      case '$':
        out += '\\';
        out += c;
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string table_cell(std::string text) {
  std::replace(text.begin(), text.end(), '|', '/');
  return text.empty() ? std::string("–") : text;
}

std::string row(const GateCheck& check) {
  return fmt::format("| {} {} | {} | {} | {} | {} | {} | {} |\n", outcome_sign(check.outcome),
                     verdict_words(check), code(check.suite, kNamePointsMax),
                     check.model.empty() ? "–" : code(check.model, kNamePointsMax),
                     code(check_name(check), kNamePointsMax), table_cell(baseline_text(check)),
                     table_cell(now_text(check)), table_cell(change_text(check)));
}

std::string items(std::string_view title, const std::vector<std::string>& names, uint64_t total) {
  if (total == 0) return {};
  const auto name = [](const std::string& item) { return code(item, kItemPointsMax); };
  return fmt::format("  - {} ({}): {}\n", title, format_count(total),
                     item_list(names, total, kItemsShown, name));
}

std::string detail(const GateCheck& check) {
  std::string out = fmt::format("- {} {}: {}\n", code(check.suite, kNamePointsMax),
                                code(check_name(check), kNamePointsMax), plain(check.reason));
  if (!check.note.empty()) out += "  - " + plain(check.note) + "\n";
  if (check.outcome != GateOutcome::kPass) {
    out += items("worse", check.worsened_items, check.worsened);
    out += items("better", check.improved_items, check.improved);
  }
  return out;
}

std::string safe_id(std::string_view id) {
  std::string out;
  for (const char c : id.substr(0, kIdBytesMax)) {
    const bool kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '.' || c == '_' || c == '-';
    out += kept ? c : '-';
  }
  return out.empty() ? "gate" : out;
}

// Text that grows by whole pieces until there is no room.
class Page {
 public:
  explicit Page(std::string start) : text_(std::move(start)) {}

  // Nothing more is made once something did not fit.
  template <typename Make>
  void add(const Make& make) {
    const std::string piece = left_out_ == 0 ? make() : std::string();
    if (left_out_ > 0 || text_.size() + piece.size() + kNoticeBytes > kMarkdownBytesMax) {
      ++left_out_;
      return;
    }
    text_ += piece;
  }
  [[nodiscard]] std::string finish() && {
    if (left_out_ > 0) {
      text_ += fmt::format(
          "\n_{} lines were left out: a comment has room for {} characters. The JSON and JUnit "
          "outputs have everything._\n",
          left_out_, format_count(kMarkdownBytesMax));
    }
    return std::move(text_);
  }

 private:
  std::string text_;
  size_t left_out_ = 0;
};

}  // namespace

std::string gate_markdown(const GateResult& result, std::string_view id) {
  Page page(fmt::format("<!-- assay-gate:{} -->\n### {} {}\n\n{}\n", safe_id(id),
                        outcome_sign(result.outcome), plain(gate_headline(result)),
                        plain(settings_line(result))));
  const std::vector<const GateCheck*> checks = worst_first(result);
  if (!checks.empty()) {
    page.add([] {
      return std::string(
          "\n| verdict | suite | model | check | baseline | new | change |\n"
          "|---|---|---|---|--:|--:|--:|\n");
    });
  }
  for (const GateCheck* check : checks) page.add([check] { return row(*check); });
  page.add([] { return std::string("\n"); });
  for (const GateCheck* check : checks) page.add([check] { return detail(*check); });
  const size_t shown = std::min(result.notes.size(), kNotesShown);
  if (shown > 0) page.add([] { return std::string("\n"); });
  for (size_t i = 0; i < shown; ++i) {
    page.add([&result, i] { return "- " + plain(result.notes[i]) + "\n"; });
  }
  if (result.notes.size() > shown) {
    const size_t more = result.notes.size() - shown;
    page.add([more] { return fmt::format("- and {} more notes\n", more); });
  }
  return std::move(page).finish();
}

}  // namespace assay::reports
