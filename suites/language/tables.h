// The two tables of figures that the language tools need, as bytes inside the program. How they are
// made, from what and under which licences: tables/README.md.
//
// Where it stands: the lowest file of suites/language; read by punkt_model and ngram_profiles.
//
//   std::string_view lines = punkt_english_table();
#pragma once

#include <string_view>

namespace assay::suites::language {

std::string_view langdetect_profiles_table();  // the format: tables/make_tables.py
std::string_view punkt_english_table();

}  // namespace assay::suites::language
