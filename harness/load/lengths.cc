#include "harness/load/lengths.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>
#include <optional>
#include <system_error>
#include <utility>

#include "harness/base/nearest.h"
#include "harness/load/shown.h"

namespace assay::load {
namespace {

using Kind = LengthDistribution::Kind;
constexpr const char* kForms =
    "512, uniform:LOW,HIGH, normal:MEAN,SD, lognormal:MEDIAN,SIGMA, exponential:MEAN, "
    "list:N,N,... or file:PATH";

template <typename T>
std::optional<T> parse_all(std::string_view text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, value);
  if (status != std::errc() || stop != end || text.empty()) return std::nullopt;
  return value;
}

std::optional<int64_t> parse_length(std::string_view text) {
  const std::optional<int64_t> value = parse_all<int64_t>(text);
  return value && *value >= 1 && *value <= kLengthMax ? value : std::nullopt;
}

Error not_a_length(const std::string& where, std::string_view found) {
  return input_error(
      where, fmt::format("`{}` is no length, expected a whole number of tokens 1..{}", shown(found),
                         kLengthMax));
}

// The parts of a text while it is read.
struct Spec {
  std::string form;
  std::string_view rest;                // parameters or path, bounds taken off
  std::vector<std::string_view> parts;  // of `rest`, at commas
  const std::string* where;
};

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t comma = std::min(text.find(',', begin), text.size());
    parts.push_back(text.substr(begin, comma - begin));
    begin = comma + 1;
  }
  return parts;
}

// Takes ",min=N" and ",max=N" off the end, so that a path may hold commas.
Result<void> take_bounds(Spec& spec, LengthDistribution& out) {
  bool has_min = false;
  bool has_max = false;
  while (true) {
    const size_t comma = spec.rest.rfind(',');
    if (comma == std::string_view::npos) break;
    const std::string_view last = spec.rest.substr(comma + 1);
    const bool is_min = last.starts_with("min=");
    if (!is_min && !last.starts_with("max=")) break;
    bool& seen = is_min ? has_min : has_max;
    if (seen)
      return input_error(*spec.where,
                         fmt::format("`{}` stands there twice, expected once", last.substr(0, 3)));
    seen = true;
    const std::optional<int64_t> value = parse_length(last.substr(4));
    if (!value) return not_a_length(*spec.where, last);
    (is_min ? out.min : out.max) = *value;
    spec.rest = spec.rest.substr(0, comma);
  }
  if (out.min <= out.max) return {};
  return input_error(*spec.where,
                     fmt::format("min is {} and max is {}, expected min <= max", out.min, out.max));
}

Error nothing_between(const Spec& spec, const LengthDistribution& out) {
  return input_error(*spec.where, fmt::format("`{}` has no length between min and max, expected "
                                              "at least one in {}..{}",
                                              shown(out.text), out.min, out.max));
}

Result<void> read_uniform(const Spec& spec, LengthDistribution& out) {
  if (spec.parts.size() != 2)
    return input_error(*spec.where, fmt::format("`{}` has {} parameters, expected uniform:LOW,HIGH",
                                                shown(out.text), spec.parts.size()));
  const std::optional<int64_t> low = parse_length(spec.parts[0]);
  const std::optional<int64_t> high = parse_length(spec.parts[1]);
  if (!low) return not_a_length(*spec.where, spec.parts[0]);
  if (!high) return not_a_length(*spec.where, spec.parts[1]);
  if (*low > *high)
    return input_error(*spec.where,
                       fmt::format("uniform from {} to {}, expected low <= high", *low, *high));
  // Cut here rather than drawn again: for whole numbers that are as likely it is the same.
  const int64_t from = std::max(*low, out.min);
  const int64_t to = std::min(*high, out.max);
  if (from > to) return nothing_between(spec, out);
  out.a = static_cast<double>(from);
  out.b = static_cast<double>(to);
  return {};
}

// `count` real parameters: the first one a length, the second one a spread.
Result<void> read_real(const Spec& spec, size_t count, const char* expected,
                       LengthDistribution& out) {
  if (spec.parts.size() != count)
    return input_error(*spec.where, fmt::format("`{}` has {} parameters, expected {}",
                                                shown(out.text), spec.parts.size(), expected));
  const std::optional<double> a = parse_all<double>(spec.parts[0]);
  if (!a || !(*a > 0 && *a <= static_cast<double>(kLengthMax)))
    return input_error(*spec.where,
                       fmt::format("`{}` is no length, expected a number above 0 and at most {}",
                                   shown(spec.parts[0]), kLengthMax));
  out.a = *a;
  if (count == 1) return {};
  const double b_max = out.kind == Kind::kLognormal ? 10 : static_cast<double>(kLengthMax);
  const std::optional<double> b = parse_all<double>(spec.parts[1]);
  if (!b || !(*b >= 0 && *b <= b_max))
    return input_error(*spec.where, fmt::format("`{}` is no spread, expected a number 0..{}",
                                                shown(spec.parts[1]), b_max));
  out.b = *b;
  return {};
}

Result<void> keep_list(const Spec& spec, std::vector<int64_t> lengths, LengthDistribution& out) {
  std::erase_if(lengths, [&](int64_t n) { return n < out.min || n > out.max; });
  if (lengths.empty()) return nothing_between(spec, out);
  out.list = std::move(lengths);
  return {};
}

Result<void> read_list(const Spec& spec, LengthDistribution& out) {
  if (spec.parts.size() > kLengthsMax)
    return input_error(*spec.where, fmt::format("a list of {} lengths, expected at most {}",
                                                spec.parts.size(), kLengthsMax));
  std::vector<int64_t> lengths;
  for (const std::string_view part : spec.parts) {
    const std::optional<int64_t> value = parse_length(part);
    if (!value) return not_a_length(*spec.where, part);
    lengths.push_back(*value);
  }
  return keep_list(spec, std::move(lengths), out);
}

Result<void> read_file(const Spec& spec, LengthDistribution& out) {
  const std::string path(spec.rest);
  std::ifstream in(path, std::ios::binary);
  if (!in)
    return input_error(*spec.where,
                       fmt::format("cannot read `{}`, expected a file with a length a line", path));
  std::string bytes;
  std::array<char, 65'536> block{};
  while (in.read(block.data(), block.size()), in.gcount() > 0) {
    bytes.append(block.data(), static_cast<size_t>(in.gcount()));
    if (bytes.size() > kLengthFileBytesMax)
      return input_error(path, fmt::format("file has more than {} bytes, expected at most that",
                                           kLengthFileBytesMax));
  }
  if (in.bad() || !in.eof())
    return input_error(*spec.where, fmt::format("reading `{}` failed, expected a file with a "
                                                "length a line",
                                                path));
  ASSAY_TRY(std::vector<int64_t> lengths, parse_length_lines(bytes, path));
  return keep_list(spec, std::move(lengths), out);
}

Result<void> read_form(Spec& spec, LengthDistribution& out) {
  spec.parts = split(spec.rest);
  if (spec.form == "uniform") {
    out.kind = Kind::kUniform;
    return read_uniform(spec, out);
  }
  if (spec.form == "normal") {
    out.kind = Kind::kNormal;
    return read_real(spec, 2, "normal:MEAN,SD", out);
  }
  if (spec.form == "lognormal") {
    out.kind = Kind::kLognormal;
    return read_real(spec, 2, "lognormal:MEDIAN,SIGMA", out);
  }
  if (spec.form == "exponential") {
    out.kind = Kind::kExponential;
    return read_real(spec, 1, "exponential:MEAN", out);
  }
  out.kind = Kind::kList;
  if (spec.form == "list") return read_list(spec, out);
  if (spec.form == "file") return read_file(spec, out);
  const std::string hint =
      did_you_mean(spec.form, {"uniform", "normal", "lognormal", "exponential", "list", "file"});
  return input_error(*spec.where, fmt::format("unknown form `{}`{} expected {}", shown(spec.form),
                                              hint.empty() ? "," : hint, kForms));
}

// One draw before rounding.
double draw_real(const LengthDistribution& d, Rng& rng) {
  switch (d.kind) {
    case Kind::kNormal:
      return d.a + d.b * rng.normal();
    case Kind::kLognormal:
      return d.a * std::exp(d.b * rng.normal());
    case Kind::kExponential:
      return -d.a * std::log(1.0 - rng.uniform());
    default:
      return d.a;
  }
}

int64_t draw_truncated(const LengthDistribution& d, Rng& rng) {
  // Beyond every bound, where the rounding below is still defined.
  constexpr double kFar = 1e15;
  int64_t n = d.min;
  for (int i = 0; i < kDrawsMax; ++i) {
    const double x = draw_real(d, rng);
    n = std::isnan(x) ? d.min : std::llround(std::clamp(x, -kFar, kFar));
    if (n >= d.min && n <= d.max) return n;
  }
  return std::clamp(n, d.min, std::max(d.min, d.max));
}

}  // namespace

int64_t LengthDistribution::draw(Rng& rng) const {
  const int64_t top = std::max(min, max);
  switch (kind) {
    case Kind::kFixed:
      return std::clamp(static_cast<int64_t>(a), min, top);
    case Kind::kUniform: {
      const auto low = static_cast<int64_t>(a);
      const auto span = static_cast<uint64_t>(std::max(0.0, b - a));
      return std::clamp(low + static_cast<int64_t>(rng.below(span + 1)), min, top);
    }
    case Kind::kList:
      if (list.empty()) return min;
      return std::clamp(list[static_cast<size_t>(rng.below(list.size()))], min, top);
    default:
      return draw_truncated(*this, rng);
  }
}

Result<LengthDistribution> parse_lengths(const std::string& text, const std::string& where) {
  LengthDistribution out;
  out.text = text;
  const size_t colon = text.find(':');
  if (colon == std::string::npos) {
    const std::optional<int64_t> fixed = parse_length(text);
    if (!fixed)
      return input_error(where, fmt::format("`{}` is no length, expected {} (tokens 1..{})",
                                            shown(text), kForms, kLengthMax));
    out.a = static_cast<double>(*fixed);
    return out;
  }
  Spec spec{text.substr(0, colon), std::string_view(text).substr(colon + 1), {}, &where};
  ASSAY_TRY_VOID(take_bounds(spec, out));
  ASSAY_TRY_VOID(read_form(spec, out));
  return out;
}

Result<std::vector<int64_t>> parse_length_lines(std::string_view bytes, const std::string& name) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  std::vector<int64_t> lengths;
  size_t line_number = 0;
  while (!bytes.empty()) {
    const size_t newline = std::min(bytes.find('\n'), bytes.size());
    std::string_view line = bytes.substr(0, newline);
    bytes.remove_prefix(std::min(newline + 1, bytes.size()));
    ++line_number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const std::optional<int64_t> value = parse_length(line);
    const std::string place = fmt::format("{}:{}", name, line_number);
    if (!value) return not_a_length(place, line);
    if (lengths.size() == kLengthsMax)
      return input_error(
          place, fmt::format("found more than {} lengths, expected at most that", kLengthsMax));
    lengths.push_back(*value);
  }
  if (lengths.empty()) return input_error(name, "found no length, expected one a line");
  return lengths;
}

}  // namespace assay::load
