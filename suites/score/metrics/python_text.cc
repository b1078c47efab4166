#include "suites/score/metrics/python_text.h"

#include <algorithm>

#include "harness/base/utf8.h"

namespace assay::suites {
namespace {

constexpr char32_t kCapitalSigma = 0x03A3;
constexpr char32_t kSmallSigma = 0x03C3;
constexpr char32_t kFinalSigma = 0x03C2;
constexpr char32_t kCapitalIWithDot = 0x0130;

bool is_cased(char32_t point) {
  return is_upper_case(point) || is_lower_case(point) || is_title_case(point) ||
         lower_of(point) != point || upper_of(point) != point;
}

// A cased letter before, none after; what is case-ignorable in between is passed over.
bool is_final_sigma(const std::vector<char32_t>& points, size_t at) {
  size_t before = at;
  while (before > 0 && is_case_ignorable(points[before - 1])) --before;
  if (before == 0 || !is_cased(points[before - 1])) return false;
  size_t after = at + 1;
  while (after < points.size() && is_case_ignorable(points[after])) ++after;
  return after == points.size() || !is_cased(points[after]);
}

bool is_ascii_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string ascii_lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace

std::string python_lower(std::string_view text) {
  if (is_ascii_text(text)) return ascii_lower(text);
  const std::vector<char32_t> points = to_code_points(text);
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < points.size(); ++i) {
    if (points[i] == kCapitalSigma) {
      append_utf8(out, is_final_sigma(points, i) ? kFinalSigma : kSmallSigma);
    } else if (points[i] == kCapitalIWithDot) {
      out += "i\xCC\x87";
    } else {
      append_utf8(out, lower_of(points[i]));
    }
  }
  return out;
}

std::vector<uint32_t> WordIds::all(const std::vector<std::string_view>& words) {
  std::vector<uint32_t> out(words.size());
  std::transform(words.begin(), words.end(), out.begin(),
                 [this](std::string_view word) { return (*this)(word); });
  return out;
}

}  // namespace assay::suites
