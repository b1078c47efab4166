// assay list prices: the models of the price tables with their periods, tiers, windows and age.
#pragma once

#include <string>
#include <vector>

#include "harness/base/result.h"

namespace assay::app {

struct ListPricesFlags {
  std::string model;               // empty: all
  std::vector<std::string> files;  // of the user
  bool all = false;                // every period, not only the latest
  bool json = false;
};

Result<int> list_prices(const ListPricesFlags& flags);

}  // namespace assay::app
