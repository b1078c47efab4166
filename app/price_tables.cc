#include "app/price_tables.h"

#include <fmt/format.h>

#include "harness/base/utc_time.h"
#include "harness/base/yaml_tree.h"
#include "suites/loader/text_source.h"

namespace assay::app {

Result<std::string> read_table_file(const std::string& path, size_t bytes_max) {
  suites::SourceLimits limits;
  limits.unpacked_bytes_max = bytes_max;
  ASSAY_TRY(const auto source, suites::TextSource::open(path, path, limits));
  std::string text;
  for (;;) {
    ASSAY_TRY(const std::string_view piece, source->next());
    if (piece.empty()) return text;
    if (text.size() + piece.size() > bytes_max)
      return Error{ErrorCode::kLimit, fmt::format("larger than {} bytes", bytes_max), path};
    text.append(piece);
  }
}

Result<cost::PriceBook> load_price_book(const std::vector<std::string>& files,
                                        const std::vector<std::string>& rates) {
  cost::PriceBook book;
  ASSAY_TRY_VOID(book.add_file(cost::shipped_prices(), "prices.yaml (shipped)"));
  for (const std::string& path : files) {
    ASSAY_TRY(const std::string text, read_table_file(path, kYamlBytesMax));
    ASSAY_TRY_VOID(book.add_file(text, path));
  }
  for (const std::string& text : rates) {
    ASSAY_TRY(cost::ExchangeRate rate, cost::parse_exchange_rate(text));
    book.add_rate(std::move(rate));
  }
  return book;
}

std::string price_period_text(const PriceRow& row) {
  if (row.from == kAlwaysFrom && row.until == kAlwaysUntil) return "always";
  if (row.until == kAlwaysUntil) return "from " + utc_text(row.from);
  if (row.from == kAlwaysFrom) return "until " + utc_text(row.until);
  return utc_text(row.from) + " to " + utc_text(row.until);
}

std::string price_age_text(const PriceRow& row, int64_t unix_s) {
  const std::optional<int64_t> days = cost::price_age_days(row, unix_s);
  if (!days) return "not known";
  return *days == 1 ? "1 day" : fmt::format("{} days", *days);
}

std::string price_age_warning(const PriceRow& row, int64_t unix_s) {
  const std::optional<int64_t> days = cost::price_age_days(row, unix_s);
  if (days && *days <= cost::kPriceAgeDaysMax) return "";
  const std::string when =
      days ? fmt::format("was last checked on {}, {} days ago", row.checked, *days)
           : std::string("has no date of a check");
  return fmt::format("the price of {} {}; --prices FILE gives a newer one", cost::price_name(row),
                     when);
}

}  // namespace assay::app
