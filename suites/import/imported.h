// What every importer gives: a suite file, its data, and what a person should know about them.
//
// Where it stands: suites/import reads other tools' files; app/cmd_import.cc writes the folder.
//
//   ASSAY_TRY(ImportedSuite suite, suites::import_promptfoo("promptfooconfig.yaml", options));
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"

namespace assay::suites {

inline constexpr size_t kImportedFileBytesMax = size_t{64} << 20;  // of a file that is named
inline constexpr size_t kImportedRowsMax = 200'000;
inline constexpr size_t kImportedFilesMax = 10'000;  // that one pattern may name

struct ImportOptions {
  std::string name;               // of the suite; empty: from the file's name
  bool skip_unsupported = false;  // leave out what cannot be judged here, instead of refusing
  std::string openai_class;       // match, includes, fuzzy_match, json_match
};

struct ImportedSuite {
  std::string name;
  std::string suite_yaml;
  std::string data_jsonl;
  uint64_t rows = 0;
  std::vector<std::string> notes;  // "place: what", one a line
};

// A promptfoo configuration (YAML or JSON). docs/suites.md lists what is read.
Result<ImportedSuite> import_promptfoo(const std::string& path, const ImportOptions& options);
// OpenAI-evals samples: JSON lines with `input` (a text or messages) and `ideal`.
Result<ImportedSuite> import_openai_evals(const std::string& path, const ImportOptions& options);

// ---- shared by the importers

// `path` with "file://" taken off, relative to `folder`.
std::string import_path(const std::string& folder, std::string_view path);
Result<std::string> read_import_file(const std::string& path, const std::string& place);
// Files that a path with `*` in its last part names, sorted; a path without: itself.
Result<std::vector<std::string>> matching_files(const std::string& path, const std::string& place);
// "my suite.yaml" -> "my-suite": a name that a suite may have.
std::string suite_name_of(const std::string& path);
// A YAML string in one line.
std::string yaml_text(std::string_view text);

}  // namespace assay::suites
