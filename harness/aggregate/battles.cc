#include "harness/aggregate/battles.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "harness/aggregate/answer_style.h"
#include "harness/base/json.h"
#include "harness/base/utf8.h"

namespace assay::aggregate {
namespace {

constexpr size_t kShownBytesMax = 60;

std::string shown(const std::string& text) { return truncate_to_width(text, kShownBytesMax); }

// A line without its end, or nothing at the end of the file.
Result<std::optional<std::string>> next_line(std::istream& in, const std::string& where) {
  std::string line;
  for (std::streambuf* bytes = in.rdbuf();;) {
    const int c = bytes->sbumpc();
    if (c == std::char_traits<char>::eof()) {
      if (line.empty()) return std::optional<std::string>{};
      return std::optional(std::move(line));
    }
    if (c == '\n') return std::optional(std::move(line));
    if (line.size() >= kBattleLineBytesMax) {
      return input_error(where, fmt::format("a line of more than {} bytes", kBattleLineBytesMax));
    }
    line.push_back(static_cast<char>(c));
  }
}

Result<std::string> name_of(const Json& row, const char* key, const std::string& where) {
  ASSAY_TRY(std::string name, get_string(row, key, where));
  if (name.empty() || name.size() > kBattleNameBytesMax) {
    return input_error(where, fmt::format("`{}` has {} bytes, expected 1 to {}", key, name.size(),
                                          kBattleNameBytesMax));
  }
  return name;
}

// A name or a number, or nothing.
Result<std::string> optional_name(const Json& row, const char* key, const std::string& where) {
  const Json* found = find_member(row, key);
  if (found == nullptr || found->is_null()) return std::string();
  if (found->is_number_integer()) return dump_json(*found);
  return name_of(row, key, where);
}

Result<BattleWinner> winner_of(const Json& row, const std::string& where) {
  ASSAY_TRY(const std::string text, get_string(row, "winner", where));
  if (text == "model_a") return BattleWinner::kA;
  if (text == "model_b") return BattleWinner::kB;
  if (text == "tie" || text == "tie (bothbad)" || text == "both_bad") return BattleWinner::kTie;
  return input_error(where, fmt::format("`winner` is `{}`, expected `model_a`, `model_b`, `tie` or "
                                        "`tie (bothbad)`",
                                        shown(text)));
}

Result<bool> a_is_first(const Json& row, const std::string& where) {
  const Json* found = find_member(row, "order");
  if (found == nullptr || found->is_null()) return true;
  if (found->is_string() && *found == "ab") return true;
  if (found->is_string() && *found == "ba") return false;
  return input_error(where, fmt::format("`order` is {}, expected `ab` (model_a was shown first) or "
                                        "`ba`",
                                        shown(dump_json(*found))));
}

Result<int32_t> turn_of(const Json& row, const std::string& where) {
  if (find_member(row, "turn") == nullptr) return 0;
  ASSAY_TRY(const int64_t turn, get_integer(row, "turn", where));
  if (turn < 0 || turn > INT32_MAX) {
    return input_error(where, fmt::format("`turn` is {}, expected 0 or more", turn));
  }
  return static_cast<int32_t>(turn);
}

double relative_difference(double a, double b) {
  const double total = std::fabs(a) + std::fabs(b);
  return total > 0 ? (a - b) / total : 0;
}

bool is_usable(const Json& value) {
  return value.is_number() && std::fabs(value.get<double>()) <= kCovariateMax;
}

// A number (the difference) or the two values.
Result<double> given_covariate(const Json& value, const std::string& name,
                               const std::string& where) {
  if (is_usable(value)) return value.get<double>();
  const bool pair =
      value.is_array() && value.size() == 2 && is_usable(value[0]) && is_usable(value[1]);
  if (pair) return relative_difference(value[0].get<double>(), value[1].get<double>());
  return input_error(where, fmt::format("covariate `{}` is {}, expected a number or two of them, "
                                        "up to 1e12 in size",
                                        shown(name), shown(dump_json(value))));
}

std::optional<uint64_t> counted(const AnswerStyle& style, std::string_view name) {
  if (name == "length") return style.length;
  if (name == "headers") return style.headers;
  if (name == "bold") return style.bold;
  if (name == "lists") return style.lists;
  return std::nullopt;
}

class LineReader {
 public:
  LineReader(const Json& row, const std::string& where) : row_(row), where_(where) {}

  Result<double> covariate(const std::string& name) {
    const Json* given = find_member(row_, "covariates");
    const Json* value = given != nullptr ? find_member(*given, name) : nullptr;
    if (value != nullptr) return given_covariate(*value, name, where_);
    if (!counted({}, name)) {
      return input_error(where_, fmt::format("no covariate `{}` in `covariates`", shown(name)));
    }
    ASSAY_TRY_VOID(count_answers(name));
    return relative_difference(static_cast<double>(*counted(a_, name)),
                               static_cast<double>(*counted(b_, name)));
  }

 private:
  Result<void> count_answers(const std::string& name) {
    if (have_) return {};
    for (const auto& [key, style] : {std::pair("answer_a", &a_), std::pair("answer_b", &b_)}) {
      const Json* text = find_member(row_, key);
      if (text == nullptr || !text->is_string()) {
        return input_error(
            where_, fmt::format("style `{}` needs `{}`, a string, or `covariates`", name, key));
      }
      *style = answer_style(text->get_ref<const std::string&>());
    }
    have_ = true;
    return {};
  }

  const Json& row_;
  const std::string& where_;
  bool have_ = false;
  AnswerStyle a_;
  AnswerStyle b_;
};

Result<void> add_row(const Json& json, const std::string& where, Battles& battles) {
  if (!json.is_object()) {
    return input_error(where, fmt::format("is {}, expected an object", json_type_name(json)));
  }
  BattleRow row;
  ASSAY_TRY(std::string a, name_of(json, "model_a", where));
  ASSAY_TRY(std::string b, name_of(json, "model_b", where));
  ASSAY_TRY(row.winner, winner_of(json, where));
  ASSAY_TRY(std::string item, optional_name(json, "item", where));
  ASSAY_TRY(std::string judge, optional_name(json, "judge", where));
  ASSAY_TRY(row.turn, turn_of(json, where));
  ASSAY_TRY(row.a_first, a_is_first(json, where));
  if (battles.rows.size() >= kBattlesMax) {
    return Error{ErrorCode::kInput, fmt::format("more than {} battles", kBattlesMax), where};
  }
  row.a = battles.models.number(std::move(a));
  row.b = battles.models.number(std::move(b));
  if (battles.models.size() > kBattleModelsMax) {
    return input_error(where, fmt::format("more than {} models", kBattleModelsMax));
  }
  row.item = battles.items.number(std::move(item));
  row.judge = battles.judges.number(std::move(judge));
  LineReader reader(json, where);
  for (const std::string& name : battles.style) {
    ASSAY_TRY(const double value, reader.covariate(name));
    battles.covariates.push_back(value);
  }
  battles.rows.push_back(row);
  return {};
}

}  // namespace

uint32_t NameTable::number(std::string name) {
  const auto [at, fresh] = numbers_.try_emplace(name, static_cast<uint32_t>(names_.size()));
  if (fresh) names_.push_back(std::move(name));
  return at->second;
}

Result<void> read_battles(std::istream& in, const std::string& name, const BattleOptions& options,
                          Battles& battles) {
  if (options.style.size() > kStyleMax) {
    return input_error("--style", fmt::format("{} covariates, expected at most {}",
                                              options.style.size(), kStyleMax));
  }
  battles.style = options.style;
  for (int number = 1;; ++number) {
    ASSAY_TRY(const std::optional<std::string> line,
              next_line(in, fmt::format("{}:{}", name, number)));
    if (!line) break;
    if (line->find_first_not_of(" \t\r") == std::string::npos) continue;
    ASSAY_TRY(const Json row, parse_json(*line, name, number));
    ASSAY_TRY_VOID(add_row(row, fmt::format("{}:{}", name, number), battles));
  }
  return {};
}

}  // namespace assay::aggregate
