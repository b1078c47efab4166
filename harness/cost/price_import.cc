#include "harness/cost/price_import.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/base/json.h"
#include "harness/base/yaml_tree.h"
#include "harness/cost/price_file.h"
#include "harness/cost/price_import_parts.h"

namespace assay::cost {
namespace {

constexpr int64_t kMillionths = 1'000'000;
constexpr size_t kDimensionsMax = 1000;
constexpr size_t kNameMax = 256;

bool scale_rates(Rates& rates, Share factor) {
  for (size_t i = 0; i < kBilledCount; ++i) {
    const auto what = static_cast<Billed>(i);
    if (!rates.get(what)) continue;
    const std::optional<Rate> scaled = rates.get(what)->times_ratio(factor.millionths, kMillionths);
    if (!scaled) return false;
    rates.set(what, scaled);
  }
  return true;
}

bool scale_services(std::vector<ServiceTerms>& services, Share factor) {
  return std::all_of(services.begin(), services.end(),
                     [&](ServiceTerms& terms) { return scale_rates(terms.rates, factor); });
}

// YAML begins with a key or a list, JSON with a bracket.
Result<Json> read_table(std::string_view text, const std::string& name) {
  const size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return input_error(name, "is empty, expected a price table");
  if (text[first] == '{' || text[first] == '[') return parse_json(text, name);
  ASSAY_TRY(const YamlNode root, read_yaml(text, name));
  return root.to_json();
}

PriceTable detect(const Json& root) {
  if (root.is_array()) return PriceTable::kGenaiPrices;
  if (!root.is_object()) return PriceTable::kAuto;
  const Json* data = find_member(root, "data");
  if (data != nullptr && data->is_array()) return PriceTable::kOpenRouter;
  const Json* models = find_member(root, "models");
  if (models != nullptr && models->is_array()) return PriceTable::kGenaiPrices;
  const bool named = std::any_of(root.begin(), root.end(), [](const Json& entry) {
    return entry.is_object() && entry.contains("litellm_provider");
  });
  return named ? PriceTable::kLiteLlm : PriceTable::kAuto;
}

Error not_this(const std::string& name, const Json& root, std::string_view expected) {
  return input_error(name, fmt::format("is {}, expected {}", json_type_name(root), expected));
}

// Is the root what that table has?
Result<void> check_form(PriceTable table, const Json& root, const std::string& name) {
  switch (table) {
    case PriceTable::kLiteLlm:
      if (!root.is_object()) return not_this(name, root, "LiteLLM's object of models");
      return {};
    case PriceTable::kGenaiPrices:
      if (!root.is_array() && !root.is_object())
        return not_this(name, root, "genai-prices' list of providers, or one of them");
      return {};
    case PriceTable::kOpenRouter:
      if (!root.is_object() || !root.contains("data") || !root["data"].is_array())
        return not_this(name, root, "OpenRouter's object with a list `data`");
      return {};
    case PriceTable::kAuto:
      break;
  }
  return input_error(name,
                     "is no price table that is known, expected LiteLLM's, genai-prices' or "
                     "OpenRouter's");
}

std::string default_source(PriceTable table) {
  if (table == PriceTable::kLiteLlm) return "LiteLLM, model_prices_and_context_window.json";
  if (table == PriceTable::kGenaiPrices) return "genai-prices";
  return "https://openrouter.ai/api/v1/models";
}

}  // namespace

std::string_view price_table_name(PriceTable table) {
  switch (table) {
    case PriceTable::kLiteLlm:
      return "litellm";
    case PriceTable::kGenaiPrices:
      return "genai-prices";
    case PriceTable::kOpenRouter:
      return "openrouter";
    case PriceTable::kAuto:
      break;
  }
  return "auto";
}

ImportCollector::ImportCollector(PriceTable table, ImportSource from) : from_(std::move(from)) {
  out_.table = table;
  if (from_.source.empty()) from_.source = default_source(table);
}

void ImportCollector::begin_model(std::string name, std::string mode) {
  model_ = std::move(name);
  mode_ = std::move(mode);
  ++out_.models;
}

void ImportCollector::not_understood(std::string_view dimension) {
  const std::string_view shown = dimension.substr(0, kNameMax);
  auto it = strange_.find(shown);
  if (it == strange_.end()) {
    if (strange_.size() >= kDimensionsMax) return;
    it = strange_.emplace(shown, NotUnderstood{std::string(shown), {}, model_}).first;
  }
  if (it->second.modes.size() < kDimensionsMax) ++it->second.modes[mode_];
}

std::optional<Rate> ImportCollector::rate(std::string_view dimension, const Json& value,
                                          int exponent) {
  if (value.is_null()) return std::nullopt;
  // A number's shortest text is what was written, but for digits beyond a double's.
  const std::string text = value.is_string()   ? value.get<std::string>()
                           : value.is_number() ? value.dump()
                                               : std::string();
  bool rounded = false;
  const Result<Rate> rate = Rate::parse_scaled(text, exponent, &rounded);
  if (!rate) {
    not_understood(std::string(dimension.substr(0, kNameMax)) + " (not a price)");
    return std::nullopt;
  }
  if (rounded) ++out_.rounded;
  return *rate;
}

PriceRow ImportCollector::new_row(std::string model, std::string provider) const {
  PriceRow row;
  row.model = std::move(model);
  row.provider = std::move(provider);
  row.currency = "USD";
  row.source = from_.source;
  row.checked = from_.checked;
  return row;
}

bool ImportCollector::add(PriceRow row) {
  if (row.model.empty() || row.model.size() > kPriceTextMax) {
    not_understood("a model's name");
    return false;
  }
  std::string fault = price_row_fault(row);
  if (out_.rows.size() >= kPriceRowsMax) fault = "more models than kPriceRowsMax";
  if (!fault.empty()) {
    not_understood(fault);
    return false;
  }
  out_.rows.push_back(std::move(row));
  return true;
}

ImportedPrices ImportCollector::take() {
  for (auto& [name, strange] : strange_) out_.not_understood.push_back(std::move(strange));
  return std::move(out_);
}

bool scale_row(PriceRow& row, Share factor) {
  bool fits = scale_rates(row.rates, factor) && scale_services(row.services, factor);
  for (PriceTier& tier : row.tiers)
    fits = fits && scale_rates(tier.rates, factor) && scale_services(tier.services, factor);
  for (PriceWindow& window : row.windows) fits = fits && scale_rates(window.rates, factor);
  return fits;
}

std::optional<Share> factor_of(const Json& value) {
  if (!value.is_number()) return std::nullopt;
  const Result<Rate> rate = Rate::parse(value.dump());
  if (!rate || rate->pico <= 0 || rate->pico % kMillionths != 0) return std::nullopt;
  return Share{rate->pico / kMillionths};
}

std::string member_text(const Json& object, std::string_view key) {
  const Json* member = find_member(object, key);
  if (member == nullptr || !member->is_string()) return {};
  std::string text = member->get<std::string>();
  return text.size() > kPriceTextMax ? std::string() : text;
}

Result<ImportedPrices> import_prices(std::string_view text, const std::string& name,
                                     PriceTable table, const ImportSource& from) {
  if (text.size() > kImportBytesMax)
    return Error{ErrorCode::kLimit,
                 fmt::format("larger than {} bytes (limit kImportBytesMax)", kImportBytesMax),
                 name};
  ASSAY_TRY(const Json root, read_table(text, name));
  if (table == PriceTable::kAuto) table = detect(root);
  ASSAY_TRY_VOID(check_form(table, root, name));
  ImportCollector out(table, from);
  if (table == PriceTable::kLiteLlm) import_litellm(root, out);
  if (table == PriceTable::kGenaiPrices)
    import_genai(root.is_array() ? root : Json::array({root}), out);
  if (table == PriceTable::kOpenRouter) import_openrouter(root["data"], out);
  ImportedPrices done = out.take();
  if (done.models == 0) return input_error(name, "names no model, expected a price table");
  return done;
}

}  // namespace assay::cost
