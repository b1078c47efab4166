#include "harness/api/backend.h"

namespace assay {

std::string Backend::describe_request(const Attempt& attempt) const {
  return attempt.wire.empty() ? request_to_json(attempt.request) : attempt.wire;
}

Result<void> Backend::warm_up(uint32_t /*connections*/) { return {}; }

}  // namespace assay
