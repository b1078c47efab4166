#include "suites/language/tables.h"

// The assembler puts the files where constants live; a C array of 760 kB would take seconds to
// compile. The symbols are local to this file.
asm(".pushsection .rodata\n"
    "kAssayProfiles:\n"
    ".incbin \"" ASSAY_TABLES
    "/langdetect_profiles.bin\"\n"
    "kAssayProfilesEnd:\n"
    "kAssayPunkt:\n"
    ".incbin \"" ASSAY_TABLES
    "/punkt_english.txt\"\n"
    "kAssayPunktEnd:\n"
    ".byte 0\n"
    ".popsection\n");

extern "C" {
[[gnu::visibility("hidden")]] extern const char kAssayProfiles[];
[[gnu::visibility("hidden")]] extern const char kAssayProfilesEnd[];
[[gnu::visibility("hidden")]] extern const char kAssayPunkt[];
[[gnu::visibility("hidden")]] extern const char kAssayPunktEnd[];
}

namespace assay::suites::language {

std::string_view langdetect_profiles_table() {
  return {kAssayProfiles, static_cast<size_t>(kAssayProfilesEnd - kAssayProfiles)};
}

std::string_view punkt_english_table() {
  return {kAssayPunkt, static_cast<size_t>(kAssayPunktEnd - kAssayPunkt)};
}

}  // namespace assay::suites::language
