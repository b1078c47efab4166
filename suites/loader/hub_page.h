// What the datasets-server of Hugging Face says, read: one page of /rows, the list of /splits.
//
// Where it stands: pure functions below hub_rows; the bytes are hostile. Sizes are bounded by the
// fetcher, nesting by parse_json, rows by the page's length.
//
//   ASSAY_TRY(HubPage page, read_hub_page(reply.body, {.offset = 200, .length = 100}, where));
//   page.rows[0].text                     // {"question":"...","answer":"..."}
//
// Source: documentation of the dataset viewer's REST API (/rows, /splits), read November 2026.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/json_fwd.h"
#include "harness/base/result.h"

namespace assay::suites {

inline constexpr uint64_t kHubRowsMax = 10'000'000;  // of one split
inline constexpr size_t kHubPicturesOfRowMax = 64;
// Of a set, and members of any object in its rows: the server itself shows no more columns, and our
// JSON objects keep the order of their keys at the price of looking through them.
inline constexpr size_t kHubColumnsMax = 1'000;

// A picture that a row names: to be fetched at once, because its URL expires.
struct HubPicture {
  std::string column;
  size_t position = 0;  // in a list of pictures
  std::string url;
};

// What a column holds, as far as it matters here.
enum class HubFeature : uint8_t { kPlain, kImage, kImages, kSound };

struct HubColumn {
  std::string name;
  HubFeature feature = HubFeature::kPlain;
};

struct HubRow {
  Json row;
  std::vector<HubPicture> pictures;
};

struct HubPage {
  std::vector<HubColumn> columns;
  std::string features;  // JSON text of the columns' types as the server says them
  std::vector<HubRow> rows;
  uint64_t rows_total = 0;
  bool partial = false;
};

struct HubAsked {
  uint64_t offset = 0;
  uint64_t length = 0;
};

// Errors: no JSON, no rows where rows were said to be, more rows than asked for, other positions,
// rows that are no objects, cells that the server cut short.
Result<HubPage> read_hub_page(std::string_view text, const HubAsked& asked, std::string_view where);

// The pictures' cells become the files' names, in the order of row.pictures; cells of sound become
// null.
void name_pictures(const std::vector<HubColumn>& columns, const std::vector<std::string>& names,
                   HubRow& row);

struct HubSplit {
  std::string config;
  std::string split;
};
Result<std::vector<HubSplit>> read_hub_splits(std::string_view text, std::string_view where);

// The "error" member of a failure's body, in one line and of bounded length; empty: none.
std::string hub_error_text(std::string_view body);

}  // namespace assay::suites
