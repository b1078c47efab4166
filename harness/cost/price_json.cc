#include "harness/cost/price_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "harness/base/json.h"
#include "harness/base/yaml_tree.h"
#include "harness/cost/price_file.h"

namespace assay::cost {
namespace {

constexpr std::array<std::pair<std::string_view, MissingPrice>, 3> kMissingNames{{
    {"error", MissingPrice::kError},
    {"as_input", MissingPrice::kAsInput},
    {"zero", MissingPrice::kZero},
}};

std::string_view missing_name(MissingPrice missing) {
  const auto* const it = std::find_if(kMissingNames.begin(), kMissingNames.end(),
                                      [&](const auto& one) { return one.second == missing; });
  return it == kMissingNames.end() ? "error" : it->first;
}

Result<Service> read_service(const YamlNode& root) {
  const YamlNode* node = root.find("service");
  if (node == nullptr) return Service::kStandard;
  ASSAY_TRY(const std::string name, node->as_string("service"));
  if (const auto service = service_from_name(name)) return *service;
  return node->error(
      fmt::format("`service` is `{}`, expected standard, batch, priority or flex", name));
}

Result<MissingPrice> read_missing(const YamlNode& root) {
  const YamlNode* node = root.find("missing");
  if (node == nullptr) return MissingPrice::kError;
  ASSAY_TRY(const std::string name, node->as_string("missing"));
  for (const auto& [known, missing] : kMissingNames) {
    if (known == name) return missing;
  }
  return node->error(fmt::format("`missing` is `{}`, expected error, as_input or zero", name));
}

// One model in one currency.
Result<void> check_one_model(const std::vector<PriceRow>& rows, const YamlNode& list) {
  for (size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].currency != rows[0].currency)
      return list.items[i].error("another currency than the first price, expected one");
    if (rows[i].from < rows[i - 1].until)
      return list.items[i].error(
          "begins before the price in front of it ends, expected periods in "
          "order");
  }
  return {};
}

}  // namespace

std::string prices_to_json(const ModelPrices& prices) {
  if (!prices.known()) return {};
  Json rows = Json::array();
  for (const PriceRow& row : prices.periods) rows.push_back(price_row_json(row));
  return dump_json(Json{{"service", service_name(prices.service)},
                        {"missing", missing_name(prices.missing)},
                        {"prices", std::move(rows)}});
}

Result<ModelPrices> prices_from_json(const std::string& text, const std::string& where) {
  if (text.empty()) return ModelPrices{};
  ASSAY_TRY(const YamlNode root, read_yaml(text, where));
  if (!root.is_map())
    return root.error("is " + root.type_name() + ", expected service, missing and prices");
  ASSAY_TRY_VOID(refuse_unknown_keys(root, "prices", {"service", "missing", "prices"}));
  const YamlNode* list = root.find("prices");
  if (list == nullptr) return root.error("has no `prices`, expected a list");
  ModelPrices out;
  ASSAY_TRY(out.service, read_service(root));
  ASSAY_TRY(out.missing, read_missing(root));
  ASSAY_TRY(out.periods, read_price_rows(*list));
  ASSAY_TRY_VOID(check_one_model(out.periods, *list));
  return out;
}

}  // namespace assay::cost
