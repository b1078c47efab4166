// The run file's schema: one SQL script per version step. docs/run-file.md describes the tables for
// users.
//
// Called by SqliteStore when it creates or opens a file for writing: a file at version n gets the
// steps n .. latest-1, each in its own transaction with the version number.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace assay::store {

inline constexpr int64_t kApplicationId = 0x41535359;  // "ASSY"

// Step i brings a file from version i to i + 1.
std::span<const std::string_view> schema_steps();

}  // namespace assay::store
