// Columns of text on the terminal, as wide as their widest entry.
#pragma once

#include <string>
#include <vector>

namespace assay::app {

using TableRow = std::vector<std::string>;
void print_table(const std::vector<TableRow>& rows);

}  // namespace assay::app
