#include "tests/conformance/statistics_input.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace assay::conformance {

constexpr size_t kLabelsMax = 2000;

double number_of(const Json& value) {
  if (value.is_number() || value.is_boolean()) return value.get<double>();
  if (value.is_null()) return std::numeric_limits<double>::quiet_NaN();
  const std::string text = value.is_string() ? value.get<std::string>() : "";
  if (text == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (text == "inf") return std::numeric_limits<double>::infinity();
  if (text == "-inf") return -std::numeric_limits<double>::infinity();
  throw std::runtime_error("not a number: " + value.dump());
}

std::vector<double> numbers_of(const Json& list) {
  if (!list.is_array()) throw std::runtime_error("not a list of numbers");
  std::vector<double> out;
  out.reserve(list.size());
  for (const Json& value : list) out.push_back(number_of(value));
  return out;
}

Json json_number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

Json json_number(const std::optional<double>& value) {
  return value ? json_number(*value) : Json("nan");
}

size_t Labels::place(const Json& label) const {
  return static_cast<size_t>(std::lower_bound(sorted.begin(), sorted.end(), label) -
                             sorted.begin());
}

Labels labels_of(const Json& a, const Json& b) {
  Labels out;
  for (const Json* list : {&a, &b}) {
    if (!list->is_array()) throw std::runtime_error("not a list of labels");
    out.sorted.insert(out.sorted.end(), list->begin(), list->end());
  }
  std::sort(out.sorted.begin(), out.sorted.end());
  out.sorted.erase(std::unique(out.sorted.begin(), out.sorted.end()), out.sorted.end());
  return out;
}

std::vector<double> cross_table(const Labels& labels, const Json& a, const Json& b) {
  if (a.size() != b.size()) throw std::runtime_error("lists of different lengths");
  if (a.empty()) throw std::runtime_error("empty lists");
  if (labels.sorted.size() > kLabelsMax) throw std::runtime_error("too many labels");
  std::vector<double> cells(labels.sorted.size() * labels.sorted.size());
  for (size_t i = 0; i < a.size(); ++i) {
    cells[labels.place(a[i]) * labels.sorted.size() + labels.place(b[i])] += 1;
  }
  return cells;
}

Json refused(const std::string& why) { return "error:" + why; }

}  // namespace assay::conformance
