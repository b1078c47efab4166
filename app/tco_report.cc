#include "app/tco_report.h"

#include <utility>

#include "app/config.h"
#include "app/price_tables.h"
#include "app/tco_measured.h"
#include "harness/base/yaml_tree.h"
#include "harness/cost/tco.h"

namespace assay::app {

Result<TcoReport> tco_report(const std::string& config, const TcoFlags& flags) {
  ASSAY_TRY(const Config whole, load_config(config));
  ASSAY_TRY(const YamlNode root, read_yaml(whole.text, config));
  const YamlNode* section = root.find("tco");
  if (section == nullptr)
    return root.error("has no section `tco`, expected one; `assay tco --init` prints an example");
  ASSAY_TRY(const cost::PriceBook book, load_price_book(whole.price_files, {}));
  const auto find = [&book](const std::string& model, const std::string& currency) {
    return book.find(model, currency);
  };
  ASSAY_TRY(TcoInputs inputs, read_tco(*section, flags, measure_run, find));
  return cost::compare_hosting(std::move(inputs));
}

}  // namespace assay::app
