#include "suites/template/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <utility>

#include "harness/base/utf8.h"

namespace assay::suites::jinja {
namespace {

constexpr size_t kNone = std::string_view::npos;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// Offset of the character that ends at `end` (> 0).
size_t previous_point(std::string_view text, size_t end, char32_t& point) {
  size_t at = end - 1;
  while (at > 0 && end - at < 4 && is_continuation(text[at])) --at;
  if (at + decode_point(text, at, point) == end) return at;
  point = 0xFFFD;  // a byte that is not UTF-8 counts alone
  return end - 1;
}

template <typename Accept>
std::string_view strip_left_if(std::string_view text, Accept&& accept) {
  char32_t point = 0;
  while (!text.empty()) {
    const size_t n = decode_point(text, 0, point);
    if (!accept(point, text.substr(0, n))) break;
    text.remove_prefix(n);
  }
  return text;
}

template <typename Accept>
std::string_view strip_right_if(std::string_view text, Accept&& accept) {
  char32_t point = 0;
  while (!text.empty()) {
    const size_t at = previous_point(text, text.size(), point);
    if (!accept(point, text.substr(at))) break;
    text.remove_suffix(text.size() - at);
  }
  return text;
}

template <typename Accept>
bool all_points(std::string_view text, Accept&& accept) {
  char32_t point = 0;
  for (size_t at = 0; at < text.size();) {
    at += decode_point(text, at, point);
    if (!accept(point)) return false;
  }
  return !text.empty();
}

template <typename Map>
std::string map_points(std::string_view text, Map&& map) {
  std::string out;
  out.reserve(text.size());
  char32_t point = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t n = decode_point(text, at, point);
    map(out, point, text.substr(at, n));
    at += n;
  }
  return out;
}

void append_upper(std::string& out, char32_t point) {
  if (point == 0xDF) {
    out += "SS";
  } else {
    append_utf8(out, upper_of(point));
  }
}
void append_title(std::string& out, char32_t point) {
  if (point == 0xDF) {
    out += "Ss";
  } else {
    append_utf8(out, title_of(point));
  }
}

bool is_cased(char32_t point) {
  return is_upper_case(point) || is_lower_case(point) || is_title_case(point);
}

// Digits that are not decimal (Numeric_Type=Digit): superscripts, subscripts, circled.
bool is_special_digit(char32_t p) {
  return p == 0xB2 || p == 0xB3 || p == 0xB9 || p == 0x2070 || (p >= 0x2074 && p <= 0x2079) ||
         (p >= 0x2080 && p <= 0x2089) || (p >= 0x2460 && p <= 0x2468) ||
         (p >= 0x2474 && p <= 0x247C) || (p >= 0x2488 && p <= 0x2490) || p == 0x24EA ||
         (p >= 0x24F5 && p <= 0x24FD) || p == 0x24FF || (p >= 0x2776 && p <= 0x277E) ||
         (p >= 0x2780 && p <= 0x2788) || (p >= 0x278A && p <= 0x2792);
}

bool is_line_end(char32_t p) {
  return (p >= 0x0A && p <= 0x0D) || (p >= 0x1C && p <= 0x1E) || p == 0x85 || p == 0x2028 ||
         p == 0x2029;
}

}  // namespace

size_t decode_point(std::string_view text, size_t at, char32_t& point) {
  const auto lead = static_cast<unsigned char>(text[at]);
  if (lead < 0x80) {
    point = lead;
    return 1;
  }
  const size_t n = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  point = 0xFFFD;
  if (lead < 0xC2 || lead > 0xF4 || at + n > text.size()) return 1;
  char32_t value = lead & (0xFFU >> (n + 1));
  for (size_t i = 1; i < n; ++i) {
    if (!is_continuation(text[at + i])) return 1;
    value = (value << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  }
  point = value;
  return n;
}

bool is_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

size_t count_points(std::string_view text) {
  if (is_ascii(text)) return text.size();
  size_t n = 0;
  char32_t point = 0;
  for (size_t at = 0; at < text.size(); ++n) at += decode_point(text, at, point);
  return n;
}

size_t byte_offset(std::string_view text, size_t index) {
  char32_t point = 0;
  size_t at = 0;
  for (; index > 0 && at < text.size(); --index) at += decode_point(text, at, point);
  return at;
}

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> out;
  out.reserve(text.size());
  char32_t point = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t n = decode_point(text, at, point);
    out.push_back(text.substr(at, n));
    at += n;
  }
  return out;
}

bool is_python_space(char32_t point) { return (point >= 0x1C && point <= 0x1F) || is_space(point); }

std::string_view strip_left(std::string_view text) {
  return strip_left_if(text, [](char32_t p, std::string_view) { return is_python_space(p); });
}
std::string_view strip_right(std::string_view text) {
  return strip_right_if(text, [](char32_t p, std::string_view) { return is_python_space(p); });
}
std::string_view strip(std::string_view text) { return strip_right(strip_left(text)); }
std::string_view strip_left(std::string_view text, std::string_view set) {
  return strip_left_if(text, [set](char32_t, std::string_view c) { return set.find(c) != kNone; });
}
std::string_view strip_right(std::string_view text, std::string_view set) {
  return strip_right_if(text, [set](char32_t, std::string_view c) { return set.find(c) != kNone; });
}

std::string to_upper_case(std::string_view text) {
  return map_points(text,
                    [](std::string& out, char32_t p, std::string_view) { append_upper(out, p); });
}
std::string to_lower_case(std::string_view text) {
  return map_points(
      text, [](std::string& out, char32_t p, std::string_view) { append_utf8(out, lower_of(p)); });
}
std::string to_title(std::string_view text) {
  bool inside = false;
  return map_points(text, [&inside](std::string& out, char32_t p, std::string_view) {
    if (inside) {
      append_utf8(out, lower_of(p));
    } else {
      append_title(out, p);
    }
    inside = is_cased(p);
  });
}
std::string to_capitalized(std::string_view text) {
  bool first = true;
  return map_points(text, [&first](std::string& out, char32_t p, std::string_view) {
    if (std::exchange(first, false)) {
      append_title(out, p);
    } else {
      append_utf8(out, lower_of(p));
    }
  });
}
std::string swap_case(std::string_view text) {
  return map_points(text, [](std::string& out, char32_t p, std::string_view) {
    if (is_upper_case(p)) {
      append_utf8(out, lower_of(p));
    } else {
      append_upper(out, p);
    }
  });
}

bool all_spaces(std::string_view text) { return all_points(text, is_python_space); }
bool all_letters(std::string_view text) { return all_points(text, is_letter); }
bool all_decimals(std::string_view text) { return all_points(text, is_decimal_digit); }
bool all_digits(std::string_view text) {
  return all_points(text, [](char32_t p) { return is_decimal_digit(p) || is_special_digit(p); });
}
bool all_alphanumeric(std::string_view text) { return all_points(text, is_letter_or_digit); }

bool is_upper_text(std::string_view text) {
  bool any = false;
  const bool none_other = all_points(text, [&any](char32_t p) {
    any = any || is_upper_case(p);
    return !is_lower_case(p) && !is_title_case(p);
  });
  return any && none_other;
}
bool is_lower_text(std::string_view text) {
  bool any = false;
  const bool none_other = all_points(text, [&any](char32_t p) {
    any = any || is_lower_case(p);
    return !is_upper_case(p) && !is_title_case(p);
  });
  return any && none_other;
}

size_t find_text(std::string_view text, std::string_view needle) {
  // find() may compare the whole needle at each place, which is linear while the needle is short;
  // memmem is linear for any needle (two-way search).
  constexpr size_t kShortNeedle = 32;
  if (needle.size() <= kShortNeedle) return text.find(needle);
  const void* hit = memmem(text.data(), text.size(), needle.data(), needle.size());
  return hit == nullptr ? kNone : static_cast<size_t>(static_cast<const char*>(hit) - text.data());
}

size_t rfind_text(std::string_view text, std::string_view needle) {
  if (needle.size() <= 1) return text.rfind(needle);
  const std::string reversed_text(text.rbegin(), text.rend());
  const std::string reversed_needle(needle.rbegin(), needle.rend());
  const size_t at = find_text(reversed_text, reversed_needle);
  return at == kNone ? kNone : text.size() - at - needle.size();
}

std::vector<std::string_view> split_lines(std::string_view text, bool keep_ends) {
  std::vector<std::string_view> lines;
  size_t begin = 0;
  char32_t point = 0;
  for (size_t at = 0; at < text.size();) {
    size_t n = decode_point(text, at, point);
    if (is_line_end(point)) {
      if (point == '\r' && at + 1 < text.size() && text[at + 1] == '\n') n = 2;
      lines.push_back(text.substr(begin, at - begin + (keep_ends ? n : 0)));
      begin = at + n;
    }
    at += n;
  }
  if (begin < text.size()) lines.push_back(text.substr(begin));
  return lines;
}

std::vector<std::string_view> split_words(std::string_view text, int64_t max) {
  std::vector<std::string_view> words;
  char32_t point = 0;
  for (text = strip_left(text); !text.empty(); text = strip_left(text)) {
    if (max >= 0 && std::cmp_greater_equal(words.size(), max)) {
      words.push_back(text);
      break;
    }
    size_t end = 0;
    while (end < text.size()) {
      const size_t n = decode_point(text, end, point);
      if (is_python_space(point)) break;
      end += n;
    }
    words.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return words;
}

std::vector<std::string_view> rsplit_words(std::string_view text, int64_t max) {
  std::vector<std::string_view> words;
  char32_t point = 0;
  for (text = strip_right(text); !text.empty(); text = strip_right(text)) {
    if (max >= 0 && std::cmp_greater_equal(words.size(), max)) {
      words.push_back(text);
      break;
    }
    size_t begin = text.size();
    while (begin > 0) {
      const size_t at = previous_point(text, begin, point);
      if (is_python_space(point)) break;
      begin = at;
    }
    words.push_back(text.substr(begin));
    text = text.substr(0, begin);
  }
  std::reverse(words.begin(), words.end());
  return words;
}

std::vector<std::string_view> split_by(std::string_view text, std::string_view separator,
                                       int64_t max) {
  std::vector<std::string_view> parts;
  while (max < 0 || std::cmp_less(parts.size(), max)) {
    const size_t at = find_text(text, separator);
    if (at == kNone) break;
    parts.push_back(text.substr(0, at));
    text.remove_prefix(at + separator.size());
  }
  parts.push_back(text);
  return parts;
}

std::vector<std::string_view> rsplit_by(std::string_view text, std::string_view separator,
                                        int64_t max) {
  // On reversed copies, so that the search stays linear however often the separator overlaps.
  const std::string reversed(text.rbegin(), text.rend());
  const std::string mark(separator.rbegin(), separator.rend());
  std::vector<std::string_view> parts;
  size_t end = text.size();
  std::string_view rest = reversed;
  while (max < 0 || std::cmp_less(parts.size(), max)) {
    const size_t at = find_text(rest, mark);
    if (at == kNone) break;
    parts.push_back(text.substr(end - at, at));
    end -= at + mark.size();
    rest.remove_prefix(at + mark.size());
  }
  parts.push_back(text.substr(0, end));
  std::reverse(parts.begin(), parts.end());
  return parts;
}

namespace {

// Splits one line into the chunks that textwrap moves as wholes: words, blanks, and the parts of
// hyphenated words. Follows the rules of textwrap.wordsep_re (Python 3.11).
class Chunker {
 public:
  Chunker(std::string_view text, bool hyphens) : points_(characters(text)), hyphens_(hyphens) {
    codes_.reserve(points_.size());
    for (const std::string_view c : points_) {
      char32_t point = 0;
      decode_point(c, 0, point);
      codes_.push_back(point);
    }
  }

  std::vector<std::pair<size_t, size_t>> run() {  // [begin, end) in characters
    std::vector<std::pair<size_t, size_t>> chunks;
    for (size_t at = 0; at < codes_.size();) {
      const size_t end = chunk_end(at);
      chunks.emplace_back(at, end);
      at = end;
    }
    return chunks;
  }
  [[nodiscard]] const std::vector<std::string_view>& points() const { return points_; }
  [[nodiscard]] bool blank(size_t i) const { return is_blank(i); }

 private:
  [[nodiscard]] char32_t code(size_t i) const { return i < codes_.size() ? codes_[i] : 0; }
  [[nodiscard]] bool is_blank(size_t i) const {
    const char32_t c = code(i);
    return i < codes_.size() && (c == ' ' || (c >= 0x09 && c <= 0x0D));
  }
  [[nodiscard]] bool word(size_t i) const {
    return i < codes_.size() && (code(i) == '_' || is_letter_or_digit(code(i)));
  }
  [[nodiscard]] bool letter(size_t i) const {
    const char32_t c = code(i);
    return word(i) && !is_decimal_digit(c);
  }
  [[nodiscard]] bool word_or_mark(size_t i) const {
    return word(i) || (i < codes_.size() && code(i) < 0x80 &&
                       std::string_view("!\"'&.,?").find(static_cast<char>(code(i))) != kNone);
  }
  // The end of a run of two or more hyphens at `i` with a word character after it, or 0.
  [[nodiscard]] size_t dash_end(size_t i) const {
    size_t end = i;
    while (code(end) == '-' && end < codes_.size()) ++end;
    return end - i >= 2 && word(end) ? end : 0;
  }
  // A hyphen at `i` after which the word that began at `begin` may be broken.
  [[nodiscard]] bool breaks_after(size_t begin, size_t i) const {
    if (code(i) != '-' || i <= begin) return false;
    const bool two_letters = i >= 2 && letter(i - 1) && letter(i - 2);
    const bool letter_hyphen = i >= 3 && word_or_mark(i - 1) && code(i - 2) == '-' && letter(i - 3);
    if (!two_letters && !letter_hyphen) return false;
    return letter(i + 1) && (letter(i + 2) || (code(i + 2) == '-' && letter(i + 3)));
  }
  [[nodiscard]] size_t chunk_end(size_t at) const {
    size_t end = at + 1;
    if (is_blank(at)) {
      while (is_blank(end)) ++end;
      return end;
    }
    if (hyphens_ && at > 0 && word_or_mark(at - 1)) {
      if (const size_t dash = dash_end(at); dash != 0) return dash;
    }
    for (; end < codes_.size() && !is_blank(end); ++end) {
      if (!hyphens_) continue;
      if (breaks_after(at, end)) return end + 1;
      if (word_or_mark(end - 1) && dash_end(end) != 0) return end;
    }
    return end;
  }

  std::vector<std::string_view> points_;
  std::vector<char32_t> codes_;
  bool hyphens_;
};

// The greedy line filling of textwrap.TextWrapper._wrap_chunks.
class Wrapper {
 public:
  Wrapper(std::string_view text, size_t width, bool break_long, bool hyphens)
      : chunker_(text, hyphens),
        chunks_(chunker_.run()),
        width_(width),
        break_long_(break_long),
        hyphens_(hyphens) {}

  std::vector<std::string> run() {
    while (next_ < chunks_.size()) {
      if (!lines_.empty() && blank(chunks_[next_])) ++next_;
      fill_line();
    }
    return std::move(lines_);
  }

 private:
  using Chunk = std::pair<size_t, size_t>;
  [[nodiscard]] bool blank(const Chunk& c) const { return chunker_.blank(c.first); }
  static size_t size(const Chunk& c) { return c.second - c.first; }

  void fill_line() {
    std::vector<Chunk> line;
    size_t used = 0;
    while (next_ < chunks_.size() && used + size(chunks_[next_]) <= width_) {
      used += size(chunks_[next_]);
      line.push_back(chunks_[next_++]);
    }
    if (next_ < chunks_.size() && size(chunks_[next_]) > width_) take_long(line, used);
    if (!line.empty() && blank(line.back())) line.pop_back();
    if (line.empty()) return;
    std::string text;
    for (const Chunk& c : line) {
      for (size_t i = c.first; i < c.second; ++i) text += chunker_.points()[i];
    }
    lines_.push_back(std::move(text));
  }

  // A chunk wider than a line: cut, or alone on its line.
  void take_long(std::vector<Chunk>& line, size_t used) {
    Chunk& chunk = chunks_[next_];
    if (!break_long_) {
      if (line.empty()) line.push_back(chunks_[next_++]);
      return;
    }
    size_t cut = width_ > used ? width_ - used : (line.empty() ? 1 : 0);
    if (hyphens_) cut = hyphen_cut(chunk, cut);
    if (cut == 0) return;
    line.emplace_back(chunk.first, chunk.first + cut);
    chunk.first += cut;
  }
  // After the last hyphen within the cut, if a character other than a hyphen stands before it.
  [[nodiscard]] size_t hyphen_cut(const Chunk& chunk, size_t cut) const {
    for (size_t i = cut; i > 1; --i) {
      if (chunker_.points()[chunk.first + i - 1] != "-") continue;
      for (size_t j = 0; j + 1 < i; ++j) {
        if (chunker_.points()[chunk.first + j] != "-") return i;
      }
      return cut;
    }
    return cut;
  }

  Chunker chunker_;
  std::vector<Chunk> chunks_;
  const size_t width_;
  const bool break_long_;
  const bool hyphens_;
  size_t next_ = 0;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> wrap_text(std::string_view text, size_t width, bool break_long_words,
                                   bool break_on_hyphens) {
  return Wrapper(text, width, break_long_words, break_on_hyphens).run();
}

std::string escape_html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&#34;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

namespace {

std::string without_tags(std::string_view text) {
  std::string out;
  bool comments = true;  // false once a comment is not closed: no later one can be
  while (!text.empty()) {
    const size_t open = text.find('<');
    out += text.substr(0, open);
    if (open == kNone) break;
    text.remove_prefix(open);
    size_t close = kNone;
    if (comments && text.starts_with("<!--")) {
      close = text.find("-->", 4);
      comments = close != kNone;
      if (close != kNone) close += 2;
    }
    if (close == kNone) close = text.find('>');
    if (close == kNone) {
      out += text;
      break;
    }
    text.remove_prefix(close + 1);
  }
  return out;
}

std::string decode_entities(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kEntities = {{
      {"&amp;", "&"},
      {"&lt;", "<"},
      {"&gt;", ">"},
      {"&quot;", "\""},
      {"&#34;", "\""},
      {"&#39;", "'"},
      {"&apos;", "'"},
      {"&nbsp;", "\xC2\xA0"},
  }};
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const auto* hit = std::find_if(kEntities.begin(), kEntities.end(), [&](const auto& e) {
      return text[at] == '&' && text.substr(at).starts_with(e.first);
    });
    if (hit == kEntities.end()) {
      out += text[at++];
    } else {
      out += hit->second;
      at += hit->first.size();
    }
  }
  return out;
}

}  // namespace

std::string strip_tags(std::string_view text) {
  const std::string bare = without_tags(text);
  std::string joined;
  for (const std::string_view word : split_words(bare)) {
    if (!joined.empty()) joined += ' ';
    joined += word;
  }
  return decode_entities(joined);
}

std::string float_repr(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  std::array<char, 40> buffer{};
  const auto [end, ec] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                       std::chars_format::scientific);
  const std::string_view text(buffer.data(), static_cast<size_t>(end - buffer.data()));
  const size_t e = text.find('e');
  const std::string_view sign = text.starts_with('-') ? "-" : "";
  std::string digits;
  for (const char c : text.substr(0, e)) {
    if (c >= '0' && c <= '9') digits += c;
  }
  int exponent = 0;
  const std::string_view power = text.substr(e + 1);
  std::from_chars(power.data() + (power.front() == '+' ? 1 : 0), power.data() + power.size(),
                  exponent);
  // Python's repr switches to an exponent below 1e-4 and from 1e16.
  if (exponent < -4 || exponent >= 16) {
    const std::string fraction = digits.size() > 1 ? "." + digits.substr(1) : "";
    return fmt::format("{}{}{}e{}{:02}", sign, digits[0], fraction, exponent < 0 ? '-' : '+',
                       std::abs(exponent));
  }
  if (exponent < 0) {
    return fmt::format("{}0.{}{}", sign, std::string(static_cast<size_t>(-exponent - 1), '0'),
                       digits);
  }
  const auto whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() <= whole) digits.append(whole - digits.size(), '0');
  const std::string fraction = digits.size() > whole ? digits.substr(whole) : "0";
  return fmt::format("{}{}.{}", sign, digits.substr(0, whole), fraction);
}

namespace {

void append_escape(std::string& out, char32_t point) {
  const auto code = static_cast<uint32_t>(point);
  if (point == '\n') {
    out += "\\n";
  } else if (point == '\r') {
    out += "\\r";
  } else if (point == '\t') {
    out += "\\t";
  } else if (code < 0x100) {
    out += fmt::format("\\x{:02x}", code);
  } else if (code < 0x10000) {
    out += fmt::format("\\u{:04x}", code);
  } else {
    out += fmt::format("\\U{:08x}", code);
  }
}

}  // namespace

void append_repr(std::string& out, std::string_view text) {
  const bool double_quotes = text.find('\'') != kNone && text.find('"') == kNone;
  const char quote = double_quotes ? '"' : '\'';
  out += quote;
  char32_t point = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t n = decode_point(text, at, point);
    if (point == static_cast<char32_t>(quote) || point == '\\') {
      out += '\\';
      out += static_cast<char>(point);
    } else if ((point >= ' ' && point < 0x7F) || is_printable(point)) {
      out += text.substr(at, n);
    } else {
      append_escape(out, point);
    }
    at += n;
  }
  out += quote;
}

}  // namespace assay::suites::jinja
