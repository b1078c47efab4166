// Reply: one version of a model's answer as the IFEval checks see it, in bytes and in code points.
//
// Where it stands: made by judge.cc, read by the instructions. Used by one thread.
//
//   const Reply reply(std::move(text));   // valid UTF-8
//   if (language::is_upper_text(reply.points())) ...
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "suites/language/python_text.h"

namespace assay::suites::ifeval {

class Reply {
 public:
  explicit Reply(std::string bytes) : bytes_(std::move(bytes)) {}

  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] language::TextView points() const {
    if (!points_) points_ = language::to_points(bytes_);
    return *points_;
  }

 private:
  std::string bytes_;
  mutable std::optional<std::u32string> points_;  // made when first asked for
};

}  // namespace assay::suites::ifeval
