// One line of a trace: which form it is, and what it says. Used by trace.cc.
//
//   TraceLines lines("trace.csv");
//   ASSAY_TRY(std::optional<TraceLine> line, lines.read(text, 2));   // nothing: a header or empty
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"
#include "harness/load/trace.h"

namespace assay::load {

struct TraceLine {
  int64_t at_ns = 0;  // of the trace's own clock, 0 or more
  TraceEntry entry;   // its `at` is not set
};

class TraceLines {
 public:
  explicit TraceLines(std::string name) : name_(std::move(name)) {}
  // Lines in order, without their line ends. The first one that is not empty decides the form.
  Result<std::optional<TraceLine>> read(std::string_view line, uint64_t number);
  // "azure", "mooncake", "assay"; empty before the form is known.
  [[nodiscard]] std::string form() const;

 private:
  enum class Form : uint8_t { kUnknown, kAzure, kMooncake, kAssay };

  Result<void> read_header(std::string_view line, const std::string& where);
  Result<TraceLine> read_row(std::string_view line, const std::string& where) const;
  Result<TraceLine> read_object(std::string_view line, uint64_t number, const std::string& where);

  std::string name_;
  Form form_ = Form::kUnknown;
  std::array<size_t, 3> columns_{};  // of time, input, output
  size_t column_count_ = 0;
};

}  // namespace assay::load
