// Fonts: the font files of the generator and the Pango font map over exactly those files. A private
// fontconfig configuration is used, so that fonts and settings of the machine change nothing.
//
// Where it stands: opened once by the caller of generate(); render.h draws with it.
//
//   ASSAY_TRY(std::unique_ptr<Fonts> fonts, Fonts::open());
//   fonts->map();          // the PangoFontMap
//   fonts->files();        // file names and hashes, for versions.json
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "suites/data/quick-ocr/generator/scene.h"

// Pango's and fontconfig's own types, so that their headers stay in the .cc files.
typedef struct _PangoFontMap PangoFontMap;  // NOLINT: the library's own spelling

namespace assay::suites::quick_ocr {

struct FontFile {
  std::string name;             // "NanumGothic.ttf"
  std::string package;          // "fonts-nanum"
  std::string package_version;  // from dpkg's status file; empty without dpkg
  std::string path;
  std::string sha256;
};

class Fonts {
 public:
  // kNotFound when a font file is missing; the message names it and its Debian package.
  static Result<std::unique_ptr<Fonts>> open();
  ~Fonts();
  Fonts(const Fonts&) = delete;
  Fonts& operator=(const Fonts&) = delete;

  [[nodiscard]] PangoFontMap* map() const;
  [[nodiscard]] const std::vector<FontFile>& files() const { return files_; }
  // The family name of a face, as fontconfig knows it.
  static const char* family(Face face);

 private:
  Fonts();
  struct State;
  std::unique_ptr<State> state_;
  std::vector<FontFile> files_;
};

}  // namespace assay::suites::quick_ocr
