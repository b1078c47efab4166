#include "suites/loader/hub_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/base/json.h"
#include "harness/base/utf8.h"

namespace assay::suites {
namespace {

constexpr size_t kSplitsMax = 100'000;
constexpr size_t kErrorTextColumns = 300;

Error page_error(std::string_view where, std::string message) {
  return Error{ErrorCode::kInfrastructure, std::move(message), std::string(where)};
}

// Whether some object of the text has more than kHubColumnsMax members, seen without parsing it.
bool has_wide_object(std::string_view text) {
  std::vector<size_t> members;  // of the open brackets; parse_json refuses what nests too deep
  bool in_string = false;
  for (size_t i = 0; i < text.size() && members.size() <= kJsonDepthMax; ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      members.push_back(0);
    } else if (members.empty()) {
      continue;
    } else if (c == '}' || c == ']') {
      members.pop_back();
    } else if (c == ':' && ++members.back() > kHubColumnsMax) {
      return true;
    }
  }
  return false;
}

Result<Json> parse_reply(std::string_view text, std::string_view where) {
  if (has_wide_object(text)) {
    return page_error(
        where,
        fmt::format("an object has more than {} members (limit kHubColumnsMax)", kHubColumnsMax));
  }
  return parse_json(text, where);
}

bool is_type(const Json& type, std::string_view name) {
  const Json* kind = type.is_object() ? find_member(type, "_type") : nullptr;
  return kind != nullptr && kind->is_string() && kind->get_ref<const std::string&>() == name;
}

// {"_type":"Image"}; a list of them is [{"_type":"Image"}] or {"_type":"List","feature":{...}}.
HubFeature feature_of(const Json& type) {
  if (is_type(type, "Image")) return HubFeature::kImage;
  if (is_type(type, "Audio") || is_type(type, "Video")) return HubFeature::kSound;
  const Json* inner = nullptr;
  if (type.is_array() && type.size() == 1) inner = &type[0];
  if (is_type(type, "Sequence") || is_type(type, "List") || is_type(type, "LargeList"))
    inner = find_member(type, "feature");
  return inner != nullptr && is_type(*inner, "Image") ? HubFeature::kImages : HubFeature::kPlain;
}

Result<void> read_columns(const Json& document, std::string_view where, HubPage& page) {
  const Json* features = find_member(document, "features");
  if (features == nullptr || !features->is_array() || features->size() > kHubColumnsMax)
    return page_error(where, "has no list `features`");
  for (const Json& feature : *features) {
    if (!feature.is_object()) return page_error(where, "a member of `features` is no object");
    HubColumn column;
    ASSAY_TRY(column.name, get_string(feature, "name", where));
    const Json* type = find_member(feature, "type");
    if (type != nullptr) column.feature = feature_of(*type);
    page.columns.push_back(std::move(column));
  }
  page.features = dump_json(*features);
  return {};
}

const std::string* source_of(const Json& cell) {
  const Json* src = cell.is_object() ? find_member(cell, "src") : nullptr;
  return src != nullptr && src->is_string() ? &src->get_ref<const std::string&>() : nullptr;
}

Result<void> add_picture(const Json& cell, const HubColumn& column, size_t position,
                         std::string_view where, HubRow& row) {
  if (cell.is_null()) return {};  // a row without a picture
  const std::string* src = source_of(cell);
  if (src == nullptr || row.pictures.size() >= kHubPicturesOfRowMax) {
    return page_error(
        where, fmt::format("the picture `{}` of a row is {}", column.name,
                           src == nullptr ? "no object with `src`" : "one too many for one row"));
  }
  row.pictures.push_back({column.name, position, *src});
  return {};
}

Result<void> find_pictures(const std::vector<HubColumn>& columns, std::string_view where,
                           HubRow& row) {
  for (const HubColumn& column : columns) {
    if (column.feature != HubFeature::kImage && column.feature != HubFeature::kImages) continue;
    const Json* cell = find_member(row.row, column.name);
    if (cell == nullptr) continue;
    if (column.feature == HubFeature::kImage)
      ASSAY_TRY_VOID(add_picture(*cell, column, 0, where, row));
    if (column.feature != HubFeature::kImages || !cell->is_array()) continue;
    for (size_t i = 0; i < cell->size(); ++i)
      ASSAY_TRY_VOID(add_picture((*cell)[i], column, i, where, row));
  }
  return {};
}

Result<HubRow> read_row(Json& item, uint64_t position, std::string_view where) {
  if (!item.is_object()) return page_error(where, fmt::format("row {} is no object", position));
  const Result<int64_t> index = get_integer(item, "row_idx", where);
  if (!index || *index < 0 || static_cast<uint64_t>(*index) != position) {
    return page_error(where,
                      fmt::format("a row says that it is another one than row {}", position));
  }
  const Json* cut = find_member(item, "truncated_cells");
  if (cut != nullptr && !cut->empty())
    return page_error(where, fmt::format("the server cut cells of row {} short", position));
  const auto row = item.find("row");
  if (row == item.end() || !row->is_object())
    return page_error(where, fmt::format("row {} has no `row` that is an object", position));
  HubRow out;
  out.row = std::move(*row);
  return out;
}

Result<void> read_counts(const Json& document, std::string_view where, HubPage& page) {
  ASSAY_TRY(const int64_t total, get_integer(document, "num_rows_total", where));
  if (total < 0 || static_cast<uint64_t>(total) > kHubRowsMax) {
    return page_error(where, fmt::format("`num_rows_total` is {}, expected 0 to {} (limit "
                                         "kHubRowsMax)",
                                         total, kHubRowsMax));
  }
  page.rows_total = static_cast<uint64_t>(total);
  const Json* partial = find_member(document, "partial");
  page.partial = partial != nullptr && partial->is_boolean() && partial->get<bool>();
  return {};
}

}  // namespace

Result<HubPage> read_hub_page(std::string_view text, const HubAsked& asked,
                              std::string_view where) {
  ASSAY_TRY(Json document, parse_reply(text, where));
  if (!document.is_object())
    return page_error(where, fmt::format("is {}, expected an object with `features` and `rows`",
                                         json_type_name(document)));
  HubPage page;
  ASSAY_TRY_VOID(read_columns(document, where, page));
  ASSAY_TRY_VOID(read_counts(document, where, page));
  const auto rows = document.find("rows");
  if (rows == document.end() || !rows->is_array()) return page_error(where, "has no list `rows`");
  const uint64_t left = page.rows_total - std::min(page.rows_total, asked.offset);
  const bool any_missing = rows->empty() && left > 0 && asked.length > 0;
  if (any_missing || rows->size() > std::min(asked.length, left)) {
    return page_error(where, fmt::format("has {} rows from row {} on, of {} in all", rows->size(),
                                         asked.offset, page.rows_total));
  }
  for (size_t i = 0; i < rows->size(); ++i) {
    ASSAY_TRY(HubRow row, read_row((*rows)[i], asked.offset + i, where));
    ASSAY_TRY_VOID(find_pictures(page.columns, where, row));
    page.rows.push_back(std::move(row));
  }
  return page;
}

void name_pictures(const std::vector<HubColumn>& columns, const std::vector<std::string>& names,
                   HubRow& row) {
  for (size_t i = 0; i < row.pictures.size() && i < names.size(); ++i) {
    Json& cell = row.row[row.pictures[i].column];
    (cell.is_array() ? cell[row.pictures[i].position] : cell) = names[i];
  }
  for (const HubColumn& column : columns) {
    const auto cell = row.row.find(column.name);
    if (column.feature == HubFeature::kSound && cell != row.row.end()) *cell = nullptr;
  }
}

Result<std::vector<HubSplit>> read_hub_splits(std::string_view text, std::string_view where) {
  ASSAY_TRY(const Json document, parse_reply(text, where));
  const Json* splits = document.is_object() ? find_member(document, "splits") : nullptr;
  if (splits == nullptr || !splits->is_array() || splits->size() > kSplitsMax)
    return page_error(where, "has no list `splits`");
  std::vector<HubSplit> out;
  for (const Json& item : *splits) {
    if (!item.is_object()) return page_error(where, "a member of `splits` is no object");
    HubSplit split;
    ASSAY_TRY(split.config, get_string(item, "config", where));
    ASSAY_TRY(split.split, get_string(item, "split", where));
    out.push_back(std::move(split));
  }
  return out;
}

std::string hub_error_text(std::string_view body) {
  const Result<Json> document = parse_reply(body, "");
  if (!document || !document->is_object()) return "";
  const Json* error = find_member(*document, "error");
  if (error == nullptr || !error->is_string()) return "";
  std::string text = error->get<std::string>();
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return truncate_to_width(text, kErrorTextColumns);
}

}  // namespace assay::suites
