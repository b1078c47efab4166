// The elements of one long list inside a JSON document, found without building the document: a log
// of a gigabyte is parsed one element at a time.
//
// Where it stands: under the log readers. Pure; the text must outlive the views. It only finds
// where values end; parse_python_json is the authority on what is between.
//
//   ASSAY_TRY(JsonSlices slices, suites::slice_json(text, {"results", "results"}, "out.json"));
//   slices.rest                                      // the document with that list empty
//   for (std::string_view one : slices.elements) ...
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/base/result.h"

namespace assay::suites {

struct JsonSlices {
  bool found = false;                      // there is a list at the path
  std::string rest;                        // the document without the list's elements
  std::vector<std::string_view> elements;  // as they stand
};

// `path`: keys of objects from the outside in; empty: the document is the list. Errors: brackets
// that do not match, text that ends inside a value. At most `elements_max` elements.
Result<JsonSlices> slice_json(std::string_view text, const std::vector<std::string_view>& path,
                              std::string_view shown, size_t elements_max);

// The keys of the object that `text` begins with (a document may be cut after them), at most `max`;
// nothing where it does not begin with one.
std::vector<std::string> leading_keys(std::string_view text, size_t max);

}  // namespace assay::suites
