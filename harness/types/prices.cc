#include "harness/types/prices.h"

#include <algorithm>

namespace assay {
namespace {

constexpr std::array<std::string_view, kBilledCount> kBilledNames{
    "input",        "cached_input",   "cache_write",     "cache_write_hour",
    "image_input",  "audio_input",    "cached_audio",    "cache_write_audio",
    "output",       "reasoning",      "image_output",    "audio_output",
    "video_output", "citation",       "request",         "image",
    "page",         "annotated_page", "credit",          "image_made",
    "pixel_in",     "pixel_made",     "character_in",    "character_out",
    "second_in",    "second_out",     "video_second_in", "video_second_out",
    "query",        "search",         "session"};

constexpr std::array<std::string_view, 4> kServiceNames{"standard", "batch", "priority", "flex"};

template <typename Enum, size_t kCount>
std::optional<Enum> from_name(const std::array<std::string_view, kCount>& names,
                              std::string_view name) {
  const auto it = std::find(names.begin(), names.end(), name);
  if (it == names.end()) return std::nullopt;
  return static_cast<Enum>(it - names.begin());
}

}  // namespace

std::string_view billed_name(Billed what) { return kBilledNames[static_cast<size_t>(what)]; }

std::optional<Billed> billed_from_name(std::string_view name) {
  return from_name<Billed>(kBilledNames, name);
}

std::string_view service_name(Service service) {
  return kServiceNames[static_cast<size_t>(service)];
}

std::optional<Service> service_from_name(std::string_view name) {
  return from_name<Service>(kServiceNames, name);
}

bool Rates::empty() const {
  return std::all_of(rates_.begin(), rates_.end(), [](const auto& rate) { return !rate; });
}

}  // namespace assay
