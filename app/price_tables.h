// The price tables that a command uses: the shipped one, then the user's files, then exchange rates
// from the command line; later ones win.
//
//   ASSAY_TRY(const cost::PriceBook book, load_price_book(flags.files, flags.rates));
#pragma once

#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/cost/price_book.h"

namespace assay::app {

// `rates` are as --rate has them, USD:KRW=1450. Errors: a file that cannot be read or is none.
Result<cost::PriceBook> load_price_book(const std::vector<std::string>& files,
                                        const std::vector<std::string>& rates);

// A file's text, unpacked where it is gzip; more than `bytes_max` bytes are an error.
Result<std::string> read_table_file(const std::string& path, size_t bytes_max);

// "2025-01-20 to 2025-02-26T16:30:00Z", "from 2025-09-05T16:00:00Z", "always".
std::string price_period_text(const PriceRow& row);
// "12 days", "not known".
std::string price_age_text(const PriceRow& row, int64_t unix_s);
// What to say where nobody has looked for more than kPriceAgeDaysMax days, or it is not known when;
// empty: nothing.
std::string price_age_warning(const PriceRow& row, int64_t unix_s);

}  // namespace assay::app
