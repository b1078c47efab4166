#include "suites/data/quick-ocr/generator/fonts.h"

#include <fmt/format.h>
#include <fontconfig/fontconfig.h>
#include <pango/pangocairo.h>
#include <pango/pangofc-fontmap.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "harness/base/hash.h"

namespace assay::suites::quick_ocr {
namespace {

struct KnownFile {
  const char* directory;
  const char* name;
  const char* package;
};

constexpr const char* kNanumDir = "truetype/nanum";
constexpr const char* kNotoDir = "opentype/noto";
constexpr const char* kDejaVuDir = "truetype/dejavu";

constexpr std::array kKnownFiles = {
    KnownFile{kNanumDir, "NanumGothic.ttf", "fonts-nanum"},
    KnownFile{kNanumDir, "NanumGothicBold.ttf", "fonts-nanum"},
    KnownFile{kNanumDir, "NanumBarunGothic.ttf", "fonts-nanum"},
    KnownFile{kNanumDir, "NanumBarunGothicBold.ttf", "fonts-nanum"},
    KnownFile{kNanumDir, "NanumMyeongjo.ttf", "fonts-nanum"},
    KnownFile{kNanumDir, "NanumMyeongjoBold.ttf", "fonts-nanum"},
    KnownFile{kNotoDir, "NotoSansCJK-Regular.ttc", "fonts-noto-cjk"},
    KnownFile{kNotoDir, "NotoSansCJK-Bold.ttc", "fonts-noto-cjk"},
    KnownFile{kNotoDir, "NotoSerifCJK-Regular.ttc", "fonts-noto-cjk"},
    KnownFile{kNotoDir, "NotoSerifCJK-Bold.ttc", "fonts-noto-cjk"},
    KnownFile{kDejaVuDir, "DejaVuSans.ttf", "fonts-dejavu-core"},
    KnownFile{kDejaVuDir, "DejaVuSans-Bold.ttf", "fonts-dejavu-core"},
    KnownFile{kDejaVuDir, "DejaVuSansMono.ttf", "fonts-dejavu-core"},
    KnownFile{kDejaVuDir, "DejaVuSansMono-Bold.ttf", "fonts-dejavu-core"},
    KnownFile{kDejaVuDir, "DejaVuSerif.ttf", "fonts-dejavu-core"},
    KnownFile{kDejaVuDir, "DejaVuSerif-Bold.ttf", "fonts-dejavu-core"},
};

constexpr const char* kFontRoot = "/usr/share/fonts";
constexpr const char* kDpkgStatus = "/var/lib/dpkg/status";

// The Version: of `package` in dpkg's status file, or "".
std::string package_version(std::string_view package) {
  constexpr std::string_view kPackageKey = "Package: ";
  constexpr std::string_view kVersionKey = "Version: ";
  std::ifstream status(kDpkgStatus);
  bool inside = false;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(kPackageKey)) inside = line.substr(kPackageKey.size()) == package;
    if (inside && line.starts_with(kVersionKey)) return line.substr(kVersionKey.size());
  }
  return "";
}

}  // namespace

struct Fonts::State {
  FcConfig* config = nullptr;
  PangoFontMap* map = nullptr;
};

Fonts::Fonts() : state_(std::make_unique<State>()) {}

Fonts::~Fonts() {
  if (state_->map != nullptr) g_object_unref(state_->map);
  if (state_->config != nullptr) FcConfigDestroy(state_->config);
}

PangoFontMap* Fonts::map() const { return state_->map; }

Result<std::unique_ptr<Fonts>> Fonts::open() {
  std::unique_ptr<Fonts> fonts(new Fonts());
  fonts->state_->config = FcConfigCreate();
  for (const KnownFile& known : kKnownFiles) {
    const std::filesystem::path path =
        std::filesystem::path(kFontRoot) / known.directory / known.name;
    const auto hash = sha256_file(path.string());
    if (!hash) {
      return Error{
          ErrorCode::kNotFound,
          fmt::format("font file not readable, expected from the Debian package {}", known.package),
          path.string()};
    }
    const auto* name = reinterpret_cast<const FcChar8*>(path.c_str());
    if (FcConfigAppFontAddFile(fonts->state_->config, name) == FcFalse) {
      return Error{ErrorCode::kInfrastructure, "fontconfig cannot read this file", path.string()};
    }
    fonts->files_.push_back(
        {known.name, known.package, package_version(known.package), path.string(), hash->hex()});
  }
  fonts->state_->map = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
  if (fonts->state_->map == nullptr) {
    return Error{ErrorCode::kInfrastructure, "this Cairo has no FreeType fonts", "pango"};
  }
  pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(fonts->state_->map), fonts->state_->config);
  return fonts;
}

const char* Fonts::family(Face face) {
  switch (face) {
    case Face::kNanumGothic:
      return "NanumGothic";
    case Face::kNanumBarunGothic:
      return "NanumBarunGothic";
    case Face::kNanumMyeongjo:
      return "NanumMyeongjo";
    case Face::kNotoSans:
      return "Noto Sans CJK KR";
    case Face::kNotoSerif:
      return "Noto Serif CJK KR";
    case Face::kDejaVuSans:
      return "DejaVu Sans";
    case Face::kDejaVuMono:
      return "DejaVu Sans Mono";
    case Face::kDejaVuSerif:
      return "DejaVu Serif";
  }
  return "NanumGothic";
}

}  // namespace assay::suites::quick_ocr

#if defined(__SANITIZE_ADDRESS__)
// fontconfig links its character sets by offsets instead of pointers, and Cairo's and Pango's
// caches keep font patterns until the process ends: LeakSanitizer cannot follow them and calls them
// leaked.
extern "C" const char* __lsan_default_suppressions();  // NOLINT: the sanitizer's own name
extern "C" const char* __lsan_default_suppressions() { return "leak:libfontconfig\n"; }  // NOLINT
#endif
