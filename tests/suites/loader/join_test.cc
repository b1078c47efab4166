// Files of lines, and the rows of two files side by side: by number and by a column.
#include <gmock/gmock.h>

#include "harness/base/json.h"
#include "suites/loader/row_store.h"
#include "tests/suites/loader/fixture.h"

namespace assay::suites {
namespace {

using testing::ElementsAre;

class JoinTest : public FolderTest {
 protected:
  std::unique_ptr<RowStore> open(const std::string& name, std::vector<std::string> columns = {}) {
    RowSource source;
    source.path = path(name);
    source.shown = name;
    source.columns = std::move(columns);
    if (name.ends_with(".txt") || name.ends_with(".txt.gz")) source.format = DataFormat::kLines;
    auto store = RowStore::open(source);
    EXPECT_TRUE(store.has_value()) << store.error().text();
    return std::move(*store);
  }
  static std::vector<std::string> rows_of(const RowStore& store) {
    std::vector<std::string> texts;
    for (uint64_t i = 0; i < store.size(); ++i) texts.push_back(dump_json(*store.row(i)));
    return texts;
  }
  std::vector<std::string> joined(const RowStore& left, const RowStore& right,
                                  const std::string& by = "") {
    const auto store = RowStore::joined(left, right, by);
    if (!store) return {store.error().text()};
    EXPECT_EQ((*store)->columns().size(), (*store)->row(0)->size());
    return rows_of(**store);
  }
};

TEST_F(JoinTest, EveryLineIsARow) {
  write("a.txt", "eins\n\n \"zwei\"\r\n드디어");
  const auto store = open("a.txt");
  EXPECT_THAT(rows_of(*store), ElementsAre(R"({"text":"eins"})", R"({"text":""})",
                                           R"({"text":" \"zwei\""})", R"({"text":"드디어"})"));
  EXPECT_EQ(store->place(3), "a.txt:4");
  EXPECT_EQ(store->hash(), sha256("eins\n\n \"zwei\"\r\n드디어"));
  write("a.txt.gz", gzip("x\n"));
  EXPECT_THAT(rows_of(*open("a.txt.gz", {"line"})), ElementsAre(R"({"line":"x"})"));
}

TEST_F(JoinTest, ByNumber) {
  write("en.txt", "one\ntwo\n");
  write("de.txt", "eins\nzwei\n");
  const auto en = open("en.txt", {"source"});
  const auto de = open("de.txt", {"target"});
  EXPECT_THAT(joined(*en, *de), ElementsAre(R"({"source":"one","target":"eins"})",
                                            R"({"source":"two","target":"zwei"})"));
  const auto store = RowStore::joined(*en, *de, "");
  EXPECT_EQ((*store)->place(1), "en.txt:2");
  EXPECT_NE((*store)->hash(), (*RowStore::joined(*en, *open("en.txt", {"target"}), ""))->hash());
}

TEST_F(JoinTest, ByAColumnInAnyOrder) {
  write("q.jsonl", "{\"id\":\"a\",\"q\":1}\n{\"id\":\"b\",\"q\":2}\n");
  write("a.jsonl", "{\"id\":\"b\",\"a\":4}\n{\"id\":\"c\",\"a\":5}\n{\"id\":\"a\",\"a\":3}\n");
  EXPECT_THAT(joined(*open("q.jsonl"), *open("a.jsonl"), "id"),
              ElementsAre(R"({"id":"a","q":1,"a":3})", R"({"id":"b","q":2,"a":4})"));
}

TEST_F(JoinTest, WhatDoesNotFitIsAnErrorWithItsPlace) {
  write("q.jsonl", "{\"id\":\"a\",\"q\":1}\n{\"id\":\"b\",\"q\":2}\n");
  write("one.jsonl", "{\"id\":\"a\",\"a\":3}\n");
  write("twice.jsonl", "{\"id\":\"a\"}\n{\"id\":\"a\"}\n");
  write("same.jsonl", "{\"id\":\"a\",\"q\":3}\n{\"id\":\"b\",\"q\":3}\n");
  write("none.jsonl", "{\"id\":\"a\"}\n{\"x\":\"b\"}\n");
  const auto q = open("q.jsonl");
  EXPECT_THAT(joined(*q, *open("one.jsonl")),
              ElementsAre("one.jsonl: has 1 rows, expected 2 as in q.jsonl"));
  EXPECT_THAT(joined(*q, *open("one.jsonl"), "id"),
              ElementsAre("q.jsonl:2: one.jsonl has no row with the id \"b\""));
  EXPECT_THAT(joined(*q, *open("twice.jsonl"), "id"),
              ElementsAre("twice.jsonl:2: a second row with the id \"a\""));
  EXPECT_THAT(joined(*q, *open("same.jsonl"), "id"),
              ElementsAre("q.jsonl:1: both rows that are joined have `q`"));
  EXPECT_THAT(joined(*q, *open("none.jsonl"), "id"),
              ElementsAre("none.jsonl:2: the row has no `id` to join by"));
  EXPECT_THAT(joined(*q, *open("same.jsonl")),
              ElementsAre("q.jsonl:1: both rows that are joined have `id`"));
}

}  // namespace
}  // namespace assay::suites
