// Pages of the rows API, read from text: what is taken, and what hostile or broken replies give.
#include "suites/loader/hub_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "harness/base/json.h"

namespace assay::suites {
namespace {

using testing::HasSubstr;

constexpr const char* kFeatures =
    R"([{"feature_idx":0,"name":"q","type":{"dtype":"string","_type":"Value"}},
  {"feature_idx":1,"name":"image","type":{"_type":"Image"}},
  {"feature_idx":2,"name":"pages","type":[{"_type":"Image"}]},
  {"feature_idx":3,"name":"sound","type":{"sampling_rate":16000,"_type":"Audio"}}])";

std::string page_text(const std::string& rows, const std::string& total = "2",
                      const std::string& features = "[]") {
  return R"({"features":)" + features + R"(,"rows":)" + rows + R"(,"num_rows_total":)" + total +
         R"(,"num_rows_per_page":100,"partial":true})";
}

std::string row(int index, const std::string& cells, const std::string& cut = "[]") {
  return R"({"row_idx":)" + std::to_string(index) + R"(,"row":)" + cells +
         R"(,"truncated_cells":)" + cut + "}";
}

std::string problem(const std::string& text, HubAsked asked = {0, 100}) {
  const auto page = read_hub_page(text, asked, "rows");
  return page ? "no error" : page.error().text();
}

TEST(HubPage, KeepsValuesAsTheServerSaysThem) {
  const auto page = read_hub_page(
      page_text(
          "[" + row(5, R"({"q":"가","label":1,"x":0.5,"n":null,"l":[1,{"a":9007199254740993}]})") +
              "]",
          "6"),
      {5, 100}, "rows");
  ASSERT_TRUE(page) << page.error().text();
  ASSERT_EQ(page->rows.size(), 1U);
  EXPECT_EQ(dump_json(page->rows[0].row),
            R"({"q":"가","label":1,"x":0.5,"n":null,"l":[1,{"a":9007199254740993}]})");
  EXPECT_EQ(page->rows_total, 6U);
  EXPECT_TRUE(page->partial);
}

TEST(HubPage, PicturesBecomeNamesAndSoundNothing) {
  auto page = read_hub_page(
      page_text("[" +
                    row(0, R"({"q":"a","image":{"src":"https://x/1","height":2,"width":3},)"
                           R"("pages":[{"src":"https://x/2"},null,{"src":"https://x/3"}],)"
                           R"("sound":[{"src":"https://x/4","type":"audio/wav"}]})") +
                    "," + row(1, R"({"q":"b","image":null,"pages":[],"sound":null})") + "]",
                "2", kFeatures),
      {0, 100}, "rows");
  ASSERT_TRUE(page) << page.error().text();
  HubRow& first = page->rows[0];
  ASSERT_EQ(first.pictures.size(), 3U);
  EXPECT_EQ(first.pictures[2].url, "https://x/3");
  name_pictures(page->columns, {"a.png", "b.png", "c.png"}, first);
  EXPECT_EQ(dump_json(first.row),
            R"({"q":"a","image":"a.png","pages":["b.png",null,"c.png"],"sound":null})");
  EXPECT_TRUE(page->rows[1].pictures.empty());
}

TEST(HubPage, OtherRowsThanAskedForAreErrors) {
  EXPECT_THAT(problem(page_text("[]")), HasSubstr("has 0 rows from row 0 on, of 2 in all"));
  EXPECT_THAT(problem(page_text("[" + row(1, "{}") + "]")), HasSubstr("another one than row 0"));
  EXPECT_THAT(problem(page_text("[" + row(0, "{}") + "," + row(1, "{}") + "]"), {0, 1}),
              HasSubstr("has 2 rows"));
  EXPECT_THAT(problem(page_text("[" + row(0, "{}") + "," + row(1, "{}") + "]", "1")),
              HasSubstr("of 1 in all"));
  EXPECT_THAT(problem(page_text("[" + row(0, "{}", R"(["q"])") + "]")), HasSubstr("short"));
  EXPECT_THAT(problem(page_text("[" + row(0, "[]") + "]")), HasSubstr("no `row`"));
  EXPECT_EQ(problem(page_text("[]"), {2, 100}), "no error");  // past the end
}

TEST(HubPage, HostileRepliesAreErrors) {
  EXPECT_THAT(problem(""), HasSubstr("rows:1:1"));
  EXPECT_THAT(problem("[]"), HasSubstr("an array"));
  EXPECT_THAT(problem("{}"), HasSubstr("no list `features`"));
  EXPECT_THAT(problem(page_text("{}")), HasSubstr("no list `rows`"));
  EXPECT_THAT(problem(page_text("[]", "1e300")), HasSubstr("num_rows_total"));
  EXPECT_THAT(problem(page_text("[]", "-1")), HasSubstr("expected 0 to 10000000"));
  EXPECT_THAT(problem(page_text("[]", "99999999999")), HasSubstr("limit kHubRowsMax"));
  EXPECT_THAT(
      problem(page_text("[" + row(0, std::string(5000, '[') + std::string(5000, ']')) + "]")),
      HasSubstr("nested deeper"));
  EXPECT_THAT(problem(page_text("[" + row(0, R"({"image":7})") + "]", "2", kFeatures)),
              HasSubstr("no object with `src`"));
  std::string wide = "{";
  for (int i = 0; i < 2000; ++i) wide += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
  EXPECT_THAT(problem(page_text("[" + row(0, wide + "}") + "]")),
              HasSubstr("limit kHubColumnsMax"));
  std::string many = "[";
  for (int i = 0; i < 100; ++i) many += std::string(i == 0 ? "" : ",") + R"({"src":"https://x"})";
  EXPECT_THAT(problem(page_text("[" + row(0, R"({"pages":)" + many + "]}") + "]", "2", kFeatures)),
              HasSubstr("one too many"));
}

TEST(HubPage, SplitsInOrder) {
  const auto splits = read_hub_splits(
      R"({"splits":[{"dataset":"d","config":"b","split":"x"},{"dataset":"d","config":"a","split":"y"}]})",
      "splits");
  ASSERT_TRUE(splits) << splits.error().text();
  ASSERT_EQ(splits->size(), 2U);
  EXPECT_EQ(splits->front().config, "b");
  EXPECT_FALSE(read_hub_splits("{}", "splits"));
  EXPECT_FALSE(read_hub_splits(R"({"splits":[{"config":1}]})", "splits"));
}

TEST(HubPage, ErrorTextIsOneShortLine) {
  EXPECT_EQ(hub_error_text(R"({"error":"a\nb"})"), "a b");
  EXPECT_EQ(hub_error_text("<html>"), "");
  EXPECT_LT(hub_error_text(R"({"error":")" + std::string(100'000, 'x') + "\"}").size(), 400U);
}

}  // namespace
}  // namespace assay::suites
