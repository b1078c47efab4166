// What the importers of price tables share: collecting rows and what was not understood. Private
// to harness/cost; see price_import.h.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "harness/base/json_fwd.h"
#include "harness/cost/price_import.h"

namespace assay::cost {

class ImportCollector {
 public:
  ImportCollector(PriceTable table, ImportSource from);

  // The entry that what follows is of.
  void begin_model(std::string name, std::string mode);
  void not_understood(std::string_view dimension);
  // A number, or its text, × 10^exponent as a rate; nothing: null. What is none is not understood.
  std::optional<Rate> rate(std::string_view dimension, const Json& value, int exponent);
  // Keeps a row, or says why it is none of ours.
  bool add(PriceRow row);
  void without_price() { ++out_.without_price; }
  void note(std::string text) { out_.notes.push_back(std::move(text)); }
  // A row with what every row of this table has.
  [[nodiscard]] PriceRow new_row(std::string model, std::string provider) const;
  [[nodiscard]] const std::vector<PriceRow>& rows() const { return out_.rows; }

  ImportedPrices take();

 private:
  ImportSource from_;
  ImportedPrices out_;
  std::map<std::string, NotUnderstood, std::less<>> strange_;
  std::string model_;
  std::string mode_;
};

// Times a factor, everything; false: one of them is too large.
bool scale_row(PriceRow& row, Share factor);
// "1.1" as a factor; nothing: not above 0, or more than six places.
std::optional<Share> factor_of(const Json& value);
// The text of a member, where it is one and not too long.
std::string member_text(const Json& object, std::string_view key);

void import_litellm(const Json& table, ImportCollector& out);
void import_genai(const Json& providers, ImportCollector& out);
void import_openrouter(const Json& models, ImportCollector& out);

}  // namespace assay::cost
