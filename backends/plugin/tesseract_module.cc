// The tesseract module: Tesseract's C++ API behind the plugin interface. The only file of the
// program that knows Tesseract and Leptonica; built as a shared library of its own.
//
// Answers do not depend on what an engine read before: the adaptive classifier is cleared for every
// picture, and Tesseract's own threads are off (backends/plugin/tesseract.cc).
#include <fmt/format.h>
#include <leptonica/allheaders.h>
#include <tesseract/baseapi.h>
#include <tesseract/ocrclass.h>
#include <tesseract/resultiterator.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "backends/plugin/assay_plugin.h"
#include "harness/base/hash.h"
#include "harness/base/json.h"
#include "harness/base/result.h"
#include "harness/base/utf8.h"

namespace assay::backends {
namespace {

constexpr int64_t kPixelsMax = 100'000'000;
constexpr int kSideMax = 32'767;  // Tesseract keeps coordinates in 16 bits
constexpr size_t kLanguagesMax = 16;

// --- Parameters -------------------------------------------------------------------------------

enum class Kind : uint8_t { kInteger, kNumber, kText };

struct Parameter {
  std::string_view name;  // in the model spec
  const char* variable;   // Tesseract's; null: not a variable
  Kind kind = Kind::kInteger;
  double min = 0;
  double max = 1;
};

// Tesseract has 600 variables, many of them for its developers; these change what is read.
constexpr std::array kParameters = {
    Parameter{"psm", nullptr, Kind::kInteger, 1, 13},
    Parameter{"oem", nullptr, Kind::kInteger, 0, 3},
    Parameter{"dpi", "user_defined_dpi", Kind::kInteger, 70, 2400},
    Parameter{"tessedit_char_whitelist", "tessedit_char_whitelist", Kind::kText},
    Parameter{"tessedit_char_blacklist", "tessedit_char_blacklist", Kind::kText},
    Parameter{"preserve_interword_spaces", "preserve_interword_spaces"},
    Parameter{"load_system_dawg", "load_system_dawg"},
    Parameter{"load_freq_dawg", "load_freq_dawg"},
    Parameter{"load_punc_dawg", "load_punc_dawg"},
    Parameter{"load_number_dawg", "load_number_dawg"},
    Parameter{"thresholding_method", "thresholding_method", Kind::kInteger, 0, 2},
    Parameter{"thresholding_window_size", "thresholding_window_size", Kind::kNumber, 0.0, 1.0},
    Parameter{"thresholding_kfactor", "thresholding_kfactor", Kind::kNumber, 0.0, 1.0},
    Parameter{"textord_heavy_nr", "textord_heavy_nr"},
    Parameter{"textord_tabfind_find_tables", "textord_tabfind_find_tables"},
    Parameter{"invert_threshold", "invert_threshold", Kind::kNumber, 0.0, 1.0},
};

struct Settings {
  std::string languages;  // "kor+eng"
  std::string data_dir;
  int page_mode = tesseract::PSM_AUTO;
  int engine_mode = tesseract::OEM_DEFAULT;
  std::vector<std::string> variable_names;
  std::vector<std::string> variable_values;
};

template <typename T>
std::optional<T> parse_all(std::string_view text) {
  T value{};
  const auto [stop, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

const Parameter* find_parameter(std::string_view name) {
  const auto found = std::find_if(kParameters.begin(), kParameters.end(),
                                  [&](const Parameter& p) { return p.name == name; });
  return found == kParameters.end() ? nullptr : &*found;
}

Result<void> check_value(const Parameter& parameter, std::string_view value) {
  if (parameter.kind == Kind::kText) return {};
  std::optional<double> number;
  if (parameter.kind == Kind::kNumber) {
    number = parse_all<double>(value);
  } else if (const std::optional<int> integer = parse_all<int>(value)) {
    number = *integer;
  }
  // A NaN fails this comparison too.
  if (number && *number >= parameter.min && *number <= parameter.max) return {};
  return input_error(
      "", fmt::format("parameter `{}` is `{}`, expected {} {}..{}", parameter.name, value,
                      parameter.kind == Kind::kInteger ? "an integer" : "a number", parameter.min,
                      parameter.max));
}

Result<void> take_parameter(Settings& settings, std::string_view name, const char* value) {
  const Parameter* parameter = find_parameter(name);
  if (parameter == nullptr) {
    std::string known;
    for (const Parameter& p : kParameters) {
      if (!known.empty()) known += ", ";
      known += p.name;
    }
    return input_error("", fmt::format("unknown parameter `{}`; known: {}", name, known));
  }
  ASSAY_TRY_VOID(check_value(*parameter, value));
  if (name == "psm") {
    settings.page_mode = *parse_all<int>(value);
    if (settings.page_mode == tesseract::PSM_AUTO_ONLY) {
      return input_error("", "parameter `psm` is `2`, which reads no text; expected 1 or 3..13");
    }
  } else if (name == "oem") {
    settings.engine_mode = *parse_all<int>(value);
  } else {
    settings.variable_names.emplace_back(parameter->variable);
    settings.variable_values.emplace_back(value);
  }
  return {};
}

// --- Languages --------------------------------------------------------------------------------

bool holds_trained_data(const std::filesystem::path& dir) {
  std::error_code ec;
  for (const auto& entry : std::filesystem::directory_iterator(dir, ec)) {
    if (entry.path().extension() == ".traineddata") return true;
  }
  return false;
}

// TESSDATA_PREFIX, else the first of the usual folders that holds a language.
std::string find_data_dir() {
  std::vector<std::filesystem::path> candidates;
  if (const char* prefix = std::getenv("TESSDATA_PREFIX"); prefix != nullptr && *prefix != 0) {
    candidates = {prefix, std::filesystem::path(prefix) / "tessdata"};
  } else {
    candidates = {"/usr/share/tesseract-ocr/5/tessdata",
                  "/usr/share/tesseract-ocr/4.00/tessdata",
                  "/usr/share/tessdata",
                  "/usr/share/tesseract/tessdata",
                  "/usr/local/share/tessdata",
                  "/opt/homebrew/share/tessdata"};
  }
  for (const std::filesystem::path& dir : candidates) {
    if (holds_trained_data(dir)) return dir.string();
  }
  return candidates.front().string();
}

std::vector<std::string> installed_languages(const std::string& data_dir) {
  std::vector<std::string> out;
  std::error_code ec;
  for (const auto& entry : std::filesystem::directory_iterator(data_dir, ec)) {
    if (entry.path().extension() == ".traineddata") out.push_back(entry.path().stem().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string installed_text(const std::string& data_dir) {
  const std::vector<std::string> installed = installed_languages(data_dir);
  return installed.empty() ? "none" : fmt::format("{}", fmt::join(installed, ", "));
}

std::string trained_data_path(const std::string& data_dir, std::string_view language) {
  return fmt::format("{}/{}.traineddata", data_dir, language);
}

std::string debian_package(std::string_view language) {
  std::string name = "tesseract-ocr-" + to_lower(language);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '_' || c == '/'; }, '-');
  return name;
}

Result<std::vector<std::string>> split_languages(std::string_view text) {
  constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/-";
  std::vector<std::string> out;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('+', begin), text.size());
    const std::string_view language = text.substr(begin, end - begin);
    if (language.empty() || language.find_first_not_of(kAllowed) != std::string_view::npos) {
      return input_error("", fmt::format("`{}` is not a language, expected LANG[+LANG...] like eng "
                                         "or kor+eng",
                                         language));
    }
    out.emplace_back(language);
    begin = end + 1;
  }
  if (out.size() > kLanguagesMax) {
    return input_error("",
                       fmt::format("{} languages, expected at most {}", out.size(), kLanguagesMax));
  }
  return out;
}

// "eng 1a2b3c4d5e6f": a language whose data changes is another model.
Result<std::string> language_version(const Settings& settings, std::string_view language) {
  const std::string path = trained_data_path(settings.data_dir, language);
  std::error_code ec;
  if (!std::filesystem::exists(path, ec)) {
    return input_error(
        "",
        fmt::format("language `{}`: no {} (installed: {}); on Debian: apt-get install {}", language,
                    path, installed_text(settings.data_dir), debian_package(language)));
  }
  ASSAY_TRY(const Hash hash, sha256_file(path));
  return fmt::format("{} {}", language, hash.hex().substr(0, 12));
}

Result<std::string> languages_version(const Settings& settings) {
  ASSAY_TRY(std::vector<std::string> languages, split_languages(settings.languages));
  const bool finds_orientation = settings.page_mode == tesseract::PSM_AUTO_OSD ||
                                 settings.page_mode == tesseract::PSM_SPARSE_TEXT_OSD;
  if (finds_orientation) languages.emplace_back("osd");
  std::string text;
  for (const std::string& language : languages) {
    ASSAY_TRY(const std::string version, language_version(settings, language));
    text += (text.empty() ? "" : ", ") + version;
  }
  return text;
}

// --- Pictures ---------------------------------------------------------------------------------

struct PixDeleter {
  void operator()(Pix* pix) const { pixDestroy(&pix); }
};
using PixPtr = std::unique_ptr<Pix, PixDeleter>;

// The picture, or why it cannot be one. The header is read first: a few bytes may ask for
// gigabytes.
Result<PixPtr> read_picture(const assay_image_v1& image) {
  int format = 0;
  int width = 0;
  int height = 0;
  if (image.data_size == 0 || pixReadHeaderMem(image.data, image.data_size, &format, &width,
                                               &height, nullptr, nullptr, nullptr) != 0) {
    return input_error("", fmt::format("{} bytes that are not a picture, expected PNG, JPEG, TIFF, "
                                       "WebP, BMP or PNM",
                                       image.data_size));
  }
  if (width <= 0 || height <= 0 || width > kSideMax || height > kSideMax ||
      static_cast<int64_t>(width) * height > kPixelsMax) {
    return input_error("", fmt::format("a picture of {} x {} pixels, expected at most {} a side "
                                       "and {} in all",
                                       width, height, kSideMax, kPixelsMax));
  }
  PixPtr pix(pixReadMem(image.data, image.data_size));
  if (pix == nullptr) {
    return input_error("", fmt::format("a damaged picture: {} bytes whose header says {} x {} "
                                       "pixels cannot be decoded",
                                       image.data_size, width, height));
  }
  return pix;
}

// --- Engine -----------------------------------------------------------------------------------

struct TextDeleter {
  void operator()(char* text) const { delete[] text; }  // Tesseract allocates with new[]
};
using TextPtr = std::unique_ptr<char, TextDeleter>;

// What one request gave, gathered over its pictures.
struct Reading {
  std::string text;
  std::string words;  // JSON objects, comma-separated
  size_t word_count = 0;
  double confidence_sum = 0;
};

class Engine {
 public:
  static Result<std::unique_ptr<Engine>> open(const Settings& settings) {
    auto engine = std::make_unique<Engine>();
    std::vector<std::string> names = settings.variable_names;
    std::vector<std::string> values = settings.variable_values;
    names.emplace_back("debug_file");  // Tesseract's chatter about each page
    values.emplace_back("/dev/null");
    const int status = engine->api_.Init(
        settings.data_dir.c_str(), settings.languages.c_str(),
        static_cast<tesseract::OcrEngineMode>(settings.engine_mode), nullptr, 0, &names, &values,
        /*set_only_non_debug_params=*/false);
    if (status != 0) {
      const bool legacy = settings.engine_mode == tesseract::OEM_TESSERACT_ONLY ||
                          settings.engine_mode == tesseract::OEM_TESSERACT_LSTM_COMBINED;
      return Error{ErrorCode::kInfrastructure,
                   fmt::format("Tesseract cannot start with languages `{}` from {}{}",
                               settings.languages, settings.data_dir,
                               legacy ? "; `oem=0` and `oem=2` need trained data with the legacy "
                                        "engine, which Debian's do not hold"
                                      : ""),
                   ""};
    }
    engine->api_.SetPageSegMode(static_cast<tesseract::PageSegMode>(settings.page_mode));
    return engine;
  }

  // False when it was stopped.
  Result<bool> read(const assay_image_v1& image, size_t index, size_t count,
                    const assay_reply_v1& reply, Reading& reading) {
    ASSAY_TRY(const PixPtr pix, read_picture(image));
    api_.ClearAdaptiveClassifier();
    api_.SetImage(pix.get());
    tesseract::ETEXT_DESC monitor;
    monitor.cancel = [](void* raw, int /*words*/) {
      const auto* to = static_cast<const assay_reply_v1*>(raw);
      return to->should_stop(to->context) != 0;
    };
    monitor.cancel_this = const_cast<assay_reply_v1*>(&reply);  // the callback only reads it
    const int status = api_.Recognize(&monitor);
    const bool stopped = reply.should_stop(reply.context) != 0;
    if (status == 0 && !stopped) take_page(index, count, reading);
    api_.Clear();
    if (status != 0 && !stopped) {
      return Error{ErrorCode::kInfrastructure, "Tesseract could not process the picture", ""};
    }
    return !stopped;
  }

 private:
  void take_page(size_t index, size_t count, Reading& reading) {
    const TextPtr page(api_.GetUTF8Text());
    std::string text = page == nullptr ? "" : sanitize_utf8(page.get());
    text.erase(text.find_last_not_of(" \t\r\n\f\v") + 1);
    if (index > 0) reading.text += '\n';
    reading.text += text;
    const std::unique_ptr<tesseract::ResultIterator> words(api_.GetIterator());
    if (words == nullptr) return;
    do {
      take_word(*words, index, count, reading);
    } while (words->Next(tesseract::RIL_WORD));
  }

  static void take_word(const tesseract::ResultIterator& at, size_t index, size_t count,
                        Reading& reading) {
    const TextPtr text(at.GetUTF8Text(tesseract::RIL_WORD));
    if (text == nullptr) return;
    int x0 = 0;
    int y0 = 0;
    int x1 = 0;
    int y1 = 0;
    at.BoundingBox(tesseract::RIL_WORD, &x0, &y0, &x1, &y1);
    const double confidence = at.Confidence(tesseract::RIL_WORD);
    reading.words += reading.word_count > 0 ? ",{\"text\":" : "{\"text\":";
    append_json_string(reading.words, sanitize_utf8(text.get()));
    if (count > 1) reading.words += fmt::format(",\"image\":{}", index);
    reading.words +=
        fmt::format(",\"box\":[{},{},{},{}],\"confidence\":{:.2f}}}", x0, y0, x1, y1, confidence);
    reading.confidence_sum += confidence;
    ++reading.word_count;
  }

  tesseract::TessBaseAPI api_;
};

struct Model {
  Settings settings;
  std::string version;
};

struct Worker {
  std::unique_ptr<Engine> engine;
};

Result<std::unique_ptr<Model>> make_model(const assay_model_spec_v1& spec) {
  auto model = std::make_unique<Model>();
  model->settings.languages = spec.name;
  model->settings.data_dir = find_data_dir();
  for (size_t i = 0; i < spec.param_count; ++i) {
    ASSAY_TRY_VOID(take_parameter(model->settings, spec.param_keys[i], spec.param_values[i]));
  }
  ASSAY_TRY(model->version, languages_version(model->settings));
  return model;
}

void emit_failure(const assay_reply_v1& reply, const Error& error) {
  const char* kind = error.code == ErrorCode::kInput ? "rejected" : "server_error";
  reply.emit_error(reply.context, kind, error.message.c_str());
}

std::string details_json(const Reading& reading) {
  std::string out = "{\"words\":[" + reading.words + "],\"mean_confidence\":";
  out +=
      reading.word_count == 0
          ? "null"
          : fmt::format("{:.2f}", reading.confidence_sum / static_cast<double>(reading.word_count));
  out += '}';
  return out;
}

void answer(Engine& engine, const assay_request_v1& request, const assay_reply_v1& reply) {
  if (request.image_count == 0) {
    emit_failure(reply, input_error("", "the question has no picture; tesseract reads pictures"));
    return;
  }
  Reading reading;
  for (size_t i = 0; i < request.image_count; ++i) {
    const Result<bool> finished =
        engine.read(*request.images[i], i, request.image_count, reply, reading);
    if (!finished) {
      emit_failure(reply, finished.error());
      return;
    }
    if (!*finished) return;
  }
  const std::string details = details_json(reading);
  reply.emit_text(reply.context, reading.text.data(), reading.text.size());
  reply.emit_details_json(reply.context, details.data(), details.size());
}

// --- The C table ------------------------------------------------------------------------------

void write_error(assay_error_v1* error, std::string_view message) {
  if (error == nullptr || error->capacity == 0) return;
  const size_t size = std::min(message.size(), error->capacity - 1);
  std::memcpy(error->text, message.data(), size);
  error->text[size] = 0;
}

// Nothing that a library throws may leave the module.
template <typename T, typename F>
T* guarded(assay_error_v1* error, F&& make) {
  try {
    auto made = make();
    if (made) return reinterpret_cast<T*>(std::move(*made).release());
    write_error(error, made.error().text());
  } catch (const std::exception& e) {
    write_error(error, e.what());
  }
  return nullptr;
}

int table_available(assay_error_v1* error) {
  const std::string dir = find_data_dir();
  if (!installed_languages(dir).empty()) return 1;
  write_error(error, fmt::format("no language installed in {}; on Debian: apt-get install "
                                 "tesseract-ocr-eng",
                                 dir));
  return 0;
}

assay_model* table_create(const assay_model_spec_v1* spec, assay_error_v1* error) {
  return guarded<assay_model>(error, [&] { return make_model(*spec); });
}

const char* table_model_version(assay_model* model) {
  return reinterpret_cast<Model*>(model)->version.c_str();
}

assay_worker* table_worker_create(assay_model* model, assay_error_v1* error) {
  return guarded<assay_worker>(error, [&]() -> Result<std::unique_ptr<Worker>> {
    ASSAY_TRY(std::unique_ptr<Engine> engine,
              Engine::open(reinterpret_cast<Model*>(model)->settings));
    return std::make_unique<Worker>(Worker{std::move(engine)});
  });
}

void table_worker_answer(assay_worker* worker, const assay_request_v1* request,
                         const assay_reply_v1* reply) {
  try {
    answer(*reinterpret_cast<Worker*>(worker)->engine, *request, *reply);
  } catch (const std::exception& e) {
    reply->emit_error(reply->context, "server_error", e.what());
  }
}

void table_worker_destroy(assay_worker* worker) { delete reinterpret_cast<Worker*>(worker); }
void table_destroy(assay_model* model) { delete reinterpret_cast<Model*>(model); }

}  // namespace
}  // namespace assay::backends

extern "C" const assay_plugin_v1* assay_plugin_entry(const assay_host_v1* host) {
  using namespace assay::backends;
  if (host->abi_version < ASSAY_PLUGIN_ABI) return nullptr;
  setMsgSeverity(L_SEVERITY_NONE);  // Leptonica's chatter about damaged pictures
  static const std::string kVersion = std::string("tesseract ") + tesseract::TessBaseAPI::Version();
  static const assay_plugin_v1 kTable = {
      .size = sizeof(assay_plugin_v1),
      .abi_version = ASSAY_PLUGIN_ABI,
      .flags = 0,
      .name = "tesseract",
      .version = kVersion.c_str(),
      .form = "tesseract:LANG[+LANG...][?psm=N&oem=N&dpi=N]",
      .summary = "OCR in this process by Tesseract",
      .available = table_available,
      .create = table_create,
      .model_version = table_model_version,
      .train = nullptr,
      .worker_create = table_worker_create,
      .worker_answer = table_worker_answer,
      .worker_destroy = table_worker_destroy,
      .destroy = table_destroy,
  };
  return &kTable;
}
