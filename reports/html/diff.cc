#include "reports/html/diff.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>

#include "harness/base/utf8.h"

namespace assay::reports::html {
namespace {

constexpr int kEditsMax = 600;  // beyond this many edits a line-up tells nobody anything
// Share of the longer text that must be common for a line-up; below it one replacement is shown.
constexpr double kCommonShareMin = 0.4;

using Points = std::u32string;

// A run of tokens with one kind. Tokens are characters or whole words.
struct Run {
  DiffKind kind;
  size_t a_begin, a_end;  // in `expected`
  size_t b_begin, b_end;  // in `got`
};

// The furthest x on each diagonal after d edits, for every d: what backtracking needs.
using Frontiers = std::vector<std::vector<int>>;

void push(std::vector<Run>& out, DiffKind kind, size_t a, size_t b) {
  const Run step{kind, a, a + (kind != DiffKind::kInsert ? 1 : 0), b,
                 b + (kind != DiffKind::kDelete ? 1 : 0)};
  out.push_back(step);
}

template <typename T>
std::optional<Frontiers> search(std::span<const T> a, std::span<const T> b) {
  const int n = static_cast<int>(a.size());
  const int m = static_cast<int>(b.size());
  Frontiers history;
  std::vector<int> v(2 * kEditsMax + 3, 0);
  const auto at = [](int k) {
    return static_cast<size_t>(k) + kEditsMax + 1;
  };  // k >= -kEditsMax - 1
  for (int d = 0; d <= std::min(kEditsMax, n + m); ++d) {
    history.emplace_back(v.begin() + static_cast<std::ptrdiff_t>(at(-d - 1)),
                         v.begin() + static_cast<std::ptrdiff_t>(at(d + 1)) + 1);
    for (int k = -d; k <= d; k += 2) {
      const bool down = k == -d || (k != d && v[at(k - 1)] < v[at(k + 1)]);
      int x = down ? v[at(k + 1)] : v[at(k - 1)] + 1;
      while (x < n && x - k < m && x - k >= 0 &&
             a[static_cast<size_t>(x)] == b[static_cast<size_t>(x - k)]) {
        ++x;
      }
      v[at(k)] = x;
      if (x >= n && x - k >= m) return history;
    }
  }
  return std::nullopt;
}

// Single-token steps from start to end.
std::vector<Run> backtrack(const Frontiers& history, int n, int m) {
  std::vector<Run> steps;
  int x = n;
  int y = m;
  for (int d = static_cast<int>(history.size()) - 1; d >= 0; --d) {
    const std::vector<int>& v = history[static_cast<size_t>(d)];
    const auto value = [&](int k) {
      return v[static_cast<size_t>(k) + static_cast<size_t>(d) + 1];
    };
    const int k = x - y;
    const bool down = k == -d || (k != d && value(k - 1) < value(k + 1));
    const int before_k = down ? k + 1 : k - 1;
    const int before_x = d == 0 ? 0 : value(before_k);
    const int before_y = d == 0 ? 0 : before_x - before_k;
    while (x > before_x && y > before_y) {
      push(steps, DiffKind::kEqual, static_cast<size_t>(--x), static_cast<size_t>(--y));
    }
    if (d == 0) break;
    push(steps, down ? DiffKind::kInsert : DiffKind::kDelete, static_cast<size_t>(before_x),
         static_cast<size_t>(before_y));
    x = before_x;
    y = before_y;
  }
  std::reverse(steps.begin(), steps.end());
  return steps;
}

// Alternating: one equal run, one edit (a range of `a` replaced by a range of `b`), ...
struct Edit {
  size_t a_begin, a_end, b_begin, b_end;
};

std::vector<Edit> edits_of(const std::vector<Run>& steps) {
  std::vector<Edit> edits;
  bool fresh = true;
  for (const Run& s : steps) {
    if (s.kind == DiffKind::kEqual) {
      fresh = true;
      continue;
    }
    if (fresh) edits.push_back({s.a_begin, s.a_begin, s.b_begin, s.b_begin});
    edits.back().a_end = std::max(edits.back().a_end, s.a_end);
    edits.back().b_end = std::max(edits.back().b_end, s.b_end);
    fresh = false;
  }
  return edits;
}

// Joins neighbouring edits when what is equal between them is shorter than both: two or three
// letters that happen to match inside a replaced word.
std::vector<Edit> without_confetti(const std::vector<Edit>& edits) {
  const auto size = [](const Edit& e) {
    return std::max(e.a_end - e.a_begin, e.b_end - e.b_begin);
  };
  std::vector<Edit> out;
  for (Edit edit : edits) {
    while (!out.empty()) {
      const size_t gap = edit.a_begin - out.back().a_end;
      if (gap > std::min<size_t>(size(out.back()), size(edit)) || gap > 4) break;
      edit.a_begin = out.back().a_begin;
      edit.b_begin = out.back().b_begin;
      out.pop_back();
    }
    out.push_back(edit);
  }
  return out;
}

template <typename T>
std::optional<std::vector<Edit>> edits_between(std::span<const T> a, std::span<const T> b) {
  const std::optional<Frontiers> history = search(a, b);
  if (!history) return std::nullopt;
  return without_confetti(
      edits_of(backtrack(*history, static_cast<int>(a.size()), static_cast<int>(b.size()))));
}

// Words, runs of spaces, and single marks; `starts` has one more entry, the end.
std::vector<size_t> word_starts(const Points& text) {
  std::vector<size_t> starts;
  const auto cls = [](char32_t c) { return is_space(c) ? 1 : is_letter_or_digit(c) ? 2 : 0; };
  for (size_t i = 0; i < text.size(); ++i) {
    if (i == 0 || cls(text[i]) == 0 || cls(text[i]) != cls(text[i - 1])) starts.push_back(i);
  }
  starts.push_back(text.size());
  return starts;
}

std::optional<std::vector<Edit>> word_edits(const Points& a, const Points& b) {
  const std::vector<size_t> a_starts = word_starts(a);
  const std::vector<size_t> b_starts = word_starts(b);
  std::unordered_map<Points, int> ids;
  const auto tokens = [&](const Points& text, const std::vector<size_t>& starts) {
    std::vector<int> out;
    for (size_t i = 0; i + 1 < starts.size(); ++i) {
      const Points word = text.substr(starts[i], starts[i + 1] - starts[i]);
      out.push_back(ids.emplace(word, static_cast<int>(ids.size())).first->second);
    }
    return out;
  };
  const std::vector<int> a_tokens = tokens(a, a_starts);
  const std::vector<int> b_tokens = tokens(b, b_starts);
  auto edits = edits_between<int>(a_tokens, b_tokens);
  if (!edits) return std::nullopt;
  for (Edit& e : *edits) {
    e = {a_starts[e.a_begin], a_starts[e.a_end], b_starts[e.b_begin], b_starts[e.b_end]};
  }
  return edits;
}

size_t common_size(const std::vector<Edit>& edits, size_t a_size) {
  size_t removed = 0;
  for (const Edit& e : edits) removed += e.a_end - e.a_begin;
  return a_size - removed;
}

bool worth_lining_up(const std::vector<Edit>& edits, const Points& a, const Points& b,
                     size_t around) {
  const size_t longer = std::max(a.size(), b.size()) + around;
  return static_cast<double>(common_size(edits, a.size()) + around) >=
         kCommonShareMin * static_cast<double>(longer);
}

std::vector<Edit> best_edits(const Points& a, const Points& b, size_t around) {
  std::vector<Edit> replace{{0, a.size(), 0, b.size()}};
  if (a.empty() || b.empty()) return replace;
  auto edits = edits_between<char32_t>(a, b);
  if (!edits) edits = word_edits(a, b);
  return edits && worth_lining_up(*edits, a, b, around) ? *edits : replace;
}

void append(std::vector<DiffPart>& parts, DiffKind kind, std::u32string_view points) {
  if (points.empty()) return;
  if (parts.empty() || parts.back().kind != kind) parts.push_back({kind, {}});
  for (const char32_t point : points) append_utf8(parts.back().text, point);
}

Points points_of(std::string_view text) {
  const std::vector<char32_t> points = to_code_points(sanitize_utf8(text));
  return {points.begin(), points.end()};
}

}  // namespace

std::vector<DiffPart> diff_texts(std::string_view expected, std::string_view got) {
  const Points a = points_of(expected);
  const Points b = points_of(got);
  const size_t shorter = std::min(a.size(), b.size());
  size_t head = 0;
  while (head < shorter && a[head] == b[head]) ++head;
  size_t tail = 0;
  while (tail < shorter - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  const Points a_middle = a.substr(head, a.size() - head - tail);
  const Points b_middle = b.substr(head, b.size() - head - tail);

  std::vector<DiffPart> parts;
  const std::vector<Edit> edits = best_edits(a_middle, b_middle, head + tail);
  const bool replaced = edits.size() == 1 && edits[0].a_end == a_middle.size() &&
                        edits[0].b_end == b_middle.size() && edits[0].a_begin == 0 &&
                        edits[0].b_begin == 0;
  const double around = static_cast<double>(head + tail);
  if (replaced && around < kCommonShareMin * static_cast<double>(std::max(a.size(), b.size()))) {
    append(parts, DiffKind::kDelete, a);
    append(parts, DiffKind::kInsert, b);
    return parts;
  }
  append(parts, DiffKind::kEqual, std::u32string_view(a).substr(0, head));
  size_t done = 0;
  for (const Edit& e : edits) {
    append(parts, DiffKind::kEqual, std::u32string_view(a_middle).substr(done, e.a_begin - done));
    append(parts, DiffKind::kDelete,
           std::u32string_view(a_middle).substr(e.a_begin, e.a_end - e.a_begin));
    append(parts, DiffKind::kInsert,
           std::u32string_view(b_middle).substr(e.b_begin, e.b_end - e.b_begin));
    done = e.a_end;
  }
  append(parts, DiffKind::kEqual, std::u32string_view(a_middle).substr(done));
  append(parts, DiffKind::kEqual, std::u32string_view(a).substr(a.size() - tail));
  return parts;
}

}  // namespace assay::reports::html
