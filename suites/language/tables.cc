#include "suites/language/tables.h"

// The assembler puts the files where constants live; a C array of 760 kB would take seconds to
// compile. The symbols are local to this file.
asm(".pushsection .rodata\n"
    "assay_langdetect_profiles:\n"
    ".incbin \"" ASSAY_TABLES
    "/langdetect_profiles.bin\"\n"
    "assay_langdetect_profiles_end:\n"
    "assay_punkt_english:\n"
    ".incbin \"" ASSAY_TABLES
    "/punkt_english.txt\"\n"
    "assay_punkt_english_end:\n"
    ".byte 0\n"
    ".popsection\n");

extern "C" {
[[gnu::visibility("hidden")]] extern const char assay_langdetect_profiles[];
[[gnu::visibility("hidden")]] extern const char assay_langdetect_profiles_end[];
[[gnu::visibility("hidden")]] extern const char assay_punkt_english[];
[[gnu::visibility("hidden")]] extern const char assay_punkt_english_end[];
}

namespace assay::suites::language {

std::string_view langdetect_profiles_table() {
  return {assay_langdetect_profiles,
          static_cast<size_t>(assay_langdetect_profiles_end - assay_langdetect_profiles)};
}

std::string_view punkt_english_table() {
  return {assay_punkt_english, static_cast<size_t>(assay_punkt_english_end - assay_punkt_english)};
}

}  // namespace assay::suites::language
