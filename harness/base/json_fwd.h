// Forward declaration of Json for headers; include harness/base/json.h where it is used.
#pragma once
#include <nlohmann/json_fwd.hpp>

namespace assay {
using Json =
    nlohmann::ordered_json;  // keeps the order of keys, so that output is stable and readable
}  // namespace assay
