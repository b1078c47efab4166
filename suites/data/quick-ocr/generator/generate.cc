#include "suites/data/quick-ocr/generator/generate.h"

#include <cairo.h>
#include <fmt/format.h>
#include <fontconfig/fontconfig.h>
#include <ft2build.h>
#include <hb.h>
#include <pango/pango.h>
#include <pixman.h>
#include <sys/utsname.h>
#include <zlib.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "harness/base/hash.h"
#include "harness/base/json.h"
#include "suites/data/quick-ocr/generator/degrade.h"
#include "suites/data/quick-ocr/generator/pages.h"
#include "suites/data/quick-ocr/generator/png.h"
#include "suites/data/quick-ocr/generator/render.h"

#include FT_FREETYPE_H

namespace assay::suites::quick_ocr {
namespace {

constexpr uint64_t kSeed = 20260314;

enum class Quality { kClean, kBlurred, kRotated, kNoisy, kLowContrast };

struct Kind {
  std::string_view name;
  Page (*make)(Language, int, Rng&);
};
constexpr std::array<Kind, 5> kKinds = {{{"receipt", make_receipt},
                                         {"invoice", make_invoice},
                                         {"sign", make_sign},
                                         {"table", make_table},
                                         {"object", make_object}}};
constexpr std::array<std::string_view, 5> kQualityNames = {"clean", "blurred", "rotated", "noisy",
                                                           "low_contrast"};
constexpr std::array<std::string_view, 3> kLanguageNames = {"ko", "en", "ko+en"};
constexpr int kPerKind = kPictureCount / static_cast<int>(kKinds.size());

// One picture of the plan: twelve of each kind, four of each kind in each language, and the
// qualities dealt so that they are spread over both.
struct Plan {
  std::string id;
  size_t kind;
  Language language;
  int variant;
  Quality quality;
};

Plan plan_of(int index) {
  const int kind = index / kPerKind;
  const int within = index % kPerKind;
  constexpr int kLanguages = static_cast<int>(kLanguageNames.size());
  constexpr int kQualities = static_cast<int>(kQualityNames.size());
  return {.id = fmt::format("{}-{:02}", kKinds[static_cast<size_t>(kind)].name, within + 1),
          .kind = static_cast<size_t>(kind),
          .language = static_cast<Language>(within % kLanguages),
          .variant = within / kLanguages,
          .quality = static_cast<Quality>((within + 2 * kind) % kQualities)};
}

// Streams of chance: content and damage do not disturb each other.
constexpr uint64_t kContentStream = 1;
constexpr uint64_t kDamageStream = 2;

Page page_of(const Plan& plan, int index) {
  Rng rng(kSeed, kContentStream, index);
  return kKinds[plan.kind].make(plan.language, plan.variant, rng);
}

// ±2..7 degrees in steps of a half.
double draw_angle(Rng& rng) {
  const double size = 2.0 + 0.5 * static_cast<double>(rng.below(11));
  return rng.below(2) == 0 ? size : -size;
}

void damage(Bitmap& picture, Quality quality, Rng& rng) {
  switch (quality) {
    case Quality::kClean:
    case Quality::kRotated:
      break;
    case Quality::kBlurred:
      blur(picture, 2, 1 + static_cast<int>(rng.below(2)));
      break;
    case Quality::kNoisy:
      add_noise(picture, 44, 2 + static_cast<int>(rng.below(5)), rng);
      break;
    case Quality::kLowContrast:
      blur(picture, 1, 1);
      fade(picture, 72, 36, rng);
      break;
  }
}

Result<std::string> picture_bytes(const Plan& plan, int index, const Fonts& fonts) {
  Rng rng(kSeed, kDamageStream, index);
  Page page = page_of(plan, index);
  if (plan.quality == Quality::kRotated) page.scene.angle_deg = draw_angle(rng);
  auto picture = render(page.scene, fonts);
  if (!picture) {
    Error error = std::move(picture).error();
    error.where = fmt::format("{}: {}", plan.id, error.where);
    return error;
  }
  damage(*picture, plan.quality, rng);
  return write_png(*picture);
}

std::string image_path(const Plan& plan) { return fmt::format("images/{}.png", plan.id); }

Json truth_of(const Plan& plan, const Page& page) {
  Json fields = Json::object();
  for (const auto& [name, value] : page.fields) fields[name] = value;
  Json line;
  line["id"] = plan.id;
  line["image"] = image_path(plan);
  line["text"] = truth_text(page.scene);
  line["language"] = std::string(kLanguageNames[static_cast<size_t>(plan.language)]);
  line["kind"] = std::string(kKinds[plan.kind].name);
  line["quality"] = std::string(kQualityNames[static_cast<size_t>(plan.quality)]);
  line["fields"] = std::move(fields);
  line["objects"] = page.objects;
  return line;
}

std::string freetype_version() {
  FT_Library library = nullptr;
  if (FT_Init_FreeType(&library) != 0) return "";
  FT_Int major = 0;
  FT_Int minor = 0;
  FT_Int patch = 0;
  FT_Library_Version(library, &major, &minor, &patch);
  FT_Done_FreeType(library);
  return fmt::format("{}.{}.{}", major, minor, patch);
}

std::string architecture() {
  utsname name{};
  return uname(&name) == 0 ? name.machine : "";
}

}  // namespace

std::string truth_lines() {
  std::string text;
  for (int i = 0; i < kPictureCount; ++i) {
    const Plan plan = plan_of(i);
    text += dump_json(truth_of(plan, page_of(plan, i)));
    text += '\n';
  }
  return text;
}

Json versions(const Fonts& fonts) {
  const int fontconfig = FcGetVersion();  // major * 10000 + minor * 100 + revision
  Json out;
  out["architecture"] = architecture();
  out["cairo"] = cairo_version_string();
  out["pango"] = pango_version_string();
  out["pixman"] = pixman_version_string();
  out["freetype"] = freetype_version();
  out["fontconfig"] =
      fmt::format("{}.{}.{}", fontconfig / 10000, fontconfig / 100 % 100, fontconfig % 100);
  out["harfbuzz"] = hb_version_string();
  out["zlib"] = zlibVersion();
  Json list = Json::array();
  for (const FontFile& file : fonts.files()) {
    list.push_back({{"file", file.name},
                    {"package", file.package},
                    {"package_version", file.package_version},
                    {"sha256", file.sha256}});
  }
  out["fonts"] = std::move(list);
  return out;
}

Result<std::vector<OutputFile>> generate(const Fonts& fonts) {
  std::vector<OutputFile> files;
  for (int i = 0; i < kPictureCount; ++i) {
    const Plan plan = plan_of(i);
    ASSAY_TRY(std::string bytes, picture_bytes(plan, i, fonts));
    files.push_back({image_path(plan), std::move(bytes)});
  }
  files.push_back({"truth.jsonl", truth_lines()});
  std::string sums;
  for (const OutputFile& file : files) {
    sums += fmt::format("{}  {}\n", sha256(file.bytes).hex(), file.path);
  }
  files.push_back({"SHA256SUMS", std::move(sums)});
  files.push_back({"versions.json", dump_json_pretty(versions(fonts)) + "\n"});
  return files;
}

Result<void> write_files(const std::vector<OutputFile>& files, const std::string& directory) {
  for (const OutputFile& file : files) {
    const std::filesystem::path path = std::filesystem::path(directory) / file.path;
    std::error_code failed;
    std::filesystem::create_directories(path.parent_path(), failed);
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(file.bytes.data(), static_cast<std::streamsize>(file.bytes.size()));
    out.close();
    if (!out) return Error{ErrorCode::kIo, "cannot write this file", path.string()};
  }
  return {};
}

}  // namespace assay::suites::quick_ocr
