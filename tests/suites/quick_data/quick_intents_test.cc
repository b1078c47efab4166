// The data of quick-intents: well-formed, labelled from the suite's own list, spread over classes
// and languages, and no test line that the train split already holds.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "harness/base/json.h"
#include "harness/base/utf8.h"

namespace assay::suites {
namespace {

const std::filesystem::path kSuite =
    std::filesystem::path(ASSAY_SOURCE_DIR) / "suites/data/quick-intents";

struct Split {
  std::string name;
  size_t lines_min;
  int per_class_min;
};
const std::vector<Split>& splits() {
  static const std::vector<Split> kSplits = {{"train", 300, 20}, {"test", 200, 12}};
  return kSplits;
}

std::vector<Json> rows_of(const std::string& split) {
  const std::filesystem::path path = kSuite / (split + ".jsonl");
  std::ifstream in(path);
  EXPECT_TRUE(in) << path;
  std::vector<Json> rows;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    auto row = parse_json(line, path.string(), ++number);
    EXPECT_TRUE(row.has_value()) << row.error().text();
    if (row) rows.push_back(*row);
  }
  return rows;
}

std::string text_of(const Json& row) { return row.at("text").get<std::string>(); }

// Two lines are the same when nothing but case, spaces, punctuation and width tells them apart.
std::string bare(const std::string& text) {
  std::string out;
  for (const char32_t point : to_code_points(to_lower(normalize(text, NormalForm::kNfkc)))) {
    if (is_letter_or_digit(point)) append_utf8(out, point);
  }
  return out;
}

std::set<std::string> choices() {
  std::set<std::string> out;
  const YAML::Node suite = YAML::LoadFile((kSuite / "suite.yaml").string());
  for (const YAML::Node& choice : suite["doc_to_choice"]) out.insert(choice.as<std::string>());
  return out;
}

bool has_hangul(const std::string& text) {
  for (const char32_t point : to_code_points(text)) {
    if (point >= U'\uAC00' && point <= U'\uD7A3') return true;
    if (point >= U'\u3131' && point <= U'\u318E') return true;  // lone letters: ㅠㅠ
  }
  return false;
}

TEST(QuickIntents, SplitsAreLargeEnoughAndEveryClassIsInBothLanguages) {
  for (const Split& split : splits()) {
    std::map<std::string, int> per_class;
    std::map<std::string, int> per_class_and_language;
    std::map<std::string, int> per_difficulty;
    std::map<std::string, int> per_language;
    const std::vector<Json> rows = rows_of(split.name);
    EXPECT_GE(rows.size(), split.lines_min) << split.name;
    for (const Json& row : rows) {
      const auto intent = row.at("intent").get<std::string>();
      const auto language = row.at("language").get<std::string>();
      ++per_class[intent];
      ++per_class_and_language[intent + "/" + language];
      ++per_language[language];
      ++per_difficulty[row.at("difficulty").get<std::string>()];
    }
    for (const std::string& intent : choices()) {
      EXPECT_GE(per_class[intent], split.per_class_min) << split.name << " " << intent;
      EXPECT_LE(per_class[intent], 2 * static_cast<int>(rows.size()) / 14) << intent;
      for (const char* language : {"/ko", "/en"}) {
        EXPECT_GE(per_class_and_language[intent + language], 5) << split.name << " " << intent;
      }
    }
    EXPECT_EQ(per_language.size(), 2U);
    for (const auto& [language, count] : per_language) {
      EXPECT_GE(static_cast<double>(count), 0.4 * static_cast<double>(rows.size())) << language;
    }
    ASSERT_EQ(per_difficulty.size(), 3U) << split.name;
    for (const char* difficulty : {"plain", "near_miss", "noisy"}) {
      EXPECT_GE(per_difficulty[difficulty], 40) << split.name << " " << difficulty;
    }
  }
}

TEST(QuickIntents, LabelsAreTheSuitesChoices) {
  const std::set<std::string> known = choices();
  EXPECT_EQ(known.size(), 14U);
  for (const Split& split : splits()) {
    for (const Json& row : rows_of(split.name)) {
      EXPECT_TRUE(known.contains(row.at("intent").get<std::string>())) << dump_json(row);
    }
  }
}

TEST(QuickIntents, IdsAreUniqueAndTellTheSplit) {
  std::set<std::string> ids;
  for (const Split& split : splits()) {
    for (const Json& row : rows_of(split.name)) {
      const auto id = row.at("id").get<std::string>();
      EXPECT_TRUE(id.starts_with(split.name + "-")) << id;
      EXPECT_TRUE(ids.insert(id).second) << "twice: " << id;
    }
  }
}

TEST(QuickIntents, NoLineOccursTwiceInOrAcrossSplits) {
  std::map<std::string, std::string> seen;  // bare text -> id
  for (const Split& split : splits()) {
    for (const Json& row : rows_of(split.name)) {
      const auto [at, fresh] = seen.emplace(bare(text_of(row)), row.at("id").get<std::string>());
      EXPECT_TRUE(fresh) << row.at("id") << " repeats " << at->second << ": " << text_of(row);
    }
  }
  EXPECT_EQ(bare("주문 취소!! OK"), bare("주문취소 ok."));
}

TEST(QuickIntents, TextIsNfcOneLineAndInItsLanguage) {
  for (const Split& split : splits()) {
    for (const Json& row : rows_of(split.name)) {
      const std::string text = text_of(row);
      EXPECT_FALSE(invalid_utf8_at(text).has_value()) << row.at("id");
      EXPECT_EQ(text, normalize(text, NormalForm::kNfc)) << row.at("id");
      EXPECT_EQ(text.find_first_of("\n\r\t"), std::string::npos) << row.at("id");
      EXPECT_FALSE(text.empty() || text.front() == ' ' || text.back() == ' ') << row.at("id");
      EXPECT_EQ(has_hangul(text), row.at("language") == "ko") << text;
    }
  }
}

}  // namespace
}  // namespace assay::suites
