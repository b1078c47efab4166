// Reading the statistics vectors: numbers that JSON cannot hold are written as "nan", "inf" and
// "-inf", in what comes and in what goes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/json.h"

namespace assay::conformance {

// Throws where the value is no number.
double number_of(const Json& value);
std::vector<double> numbers_of(const Json& list);

// No value is "nan", as in the references.
Json json_number(double value);
Json json_number(const std::optional<double>& value);

// A list of labels (numbers or texts) as places in the sorted list of those that occur.
struct Labels {
  std::vector<Json> sorted;
  [[nodiscard]] size_t place(const Json& label) const;
};
Labels labels_of(const Json& a, const Json& b);
// [labels × labels], row: of a. Throws where the lists differ in length or are empty.
std::vector<double> cross_table(const Labels& labels, const Json& a, const Json& b);

// "error:..." for one key whose reference refuses.
Json refused(const std::string& why);

// The operations of tests, ranks and agreement; {"error"} for another name.
Json statistics_test_case(const std::string& op, const Json& input);

}  // namespace assay::conformance
