// What the run file remembers of batches.
#include "harness/run/batch_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness/store/sqlite_store.h"
#include "tests/support/temp_dir.h"

namespace assay::run {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

struct Book {
  test::TempDir dir;
  std::unique_ptr<store::SqliteStore> store =
      std::move(store::SqliteStore::open_for_writing(dir.file("run.assay"), {})).value();

  void add(const EventFact& event) const {
    const std::vector<Fact> facts{event};
    ASSERT_TRUE(store->append(facts));
  }
  [[nodiscard]] std::string failure() const {
    const auto open = read_open_batches(*store);
    return open ? "" : open.error().text();
  }
};

BatchEntry entry_of(const std::string& tag, std::vector<Key> items) {
  BatchEntry entry;
  entry.tag = tag;
  entry.model = 3;
  entry.form = "openai";
  entry.intended_unix_s = 1'700'000'000;
  entry.reserved = Money{1'500'000};
  entry.items = std::move(items);
  return entry;
}

TEST(BatchBook, ABatchIsOpenFromItsIntentToItsEnd) {
  const Book book;
  const std::vector<Key> items{
      {3, 4294967296, 0, 0}, {3, 4294967297, 0, 0}, {3, 4294967297, 1, 2}, {3, 4294967300, 0, 0}};
  book.add(intended(entry_of("aa", items)));
  book.add(intended(entry_of("bb", {{3, 1, 0, 0}})));
  book.add(intended(entry_of("cc", {{3, 2, 0, 0}})));
  book.add(submitted("aa", "batch_1"));
  book.add(ended("bb", BatchEnd::kCollected));
  book.add(ended("cc", BatchEnd::kFailed, "no such model"));
  const auto open = read_open_batches(*book.store);
  ASSERT_TRUE(open) << open.error().text();
  ASSERT_THAT(*open, SizeIs(1));
  const BatchEntry& one = open->front();
  EXPECT_EQ(one.tag, "aa");
  EXPECT_EQ(one.id, "batch_1");
  EXPECT_EQ(one.model, 3);
  EXPECT_EQ(one.form, "openai");
  EXPECT_EQ(one.intended_unix_s, 1'700'000'000);
  EXPECT_EQ(one.reserved.nano, 1'500'000);
  EXPECT_EQ(one.items, items);
  EXPECT_TRUE(*has_batches(*book.store));
}

TEST(BatchBook, AFileWithoutBatchesHasNone) {
  const Book book;
  book.add({1, "another kind", "{}"});
  EXPECT_FALSE(*has_batches(*book.store));
  EXPECT_THAT(*read_open_batches(*book.store), SizeIs(0));
}

TEST(BatchBook, ManyItemsInARowAreOneRun) {
  std::vector<Key> items;
  for (uint64_t i = 0; i < 20'000; ++i) items.push_back({3, 4294967296 + i, 0, 0});
  const EventFact event = intended(entry_of("aa", items));
  EXPECT_THAT(event.json, HasSubstr("[[4294967296,20000,0,0]]"));
  const Book book;
  book.add(event);
  EXPECT_EQ(read_open_batches(*book.store)->front().items, items);
}

TEST(BatchBook, EventsThatAreNoneAreErrors) {
  const std::string begin =
      R"({"batch":"a","state":"intended","model":1,"form":"openai","unix_s":1,"reserved_nano":0,)";
  const std::vector<std::string> cases{"{",
                                       "[]",
                                       R"({"batch":"a"})",
                                       R"({"batch":"a","state":"submitted","id":"x"})",
                                       R"({"batch":"a","state":"collected"})",
                                       begin + "\"items\":7}",
                                       begin + "\"items\":[[1]]}",
                                       begin + "\"items\":[[1,-1,0,0]]}",
                                       begin + "\"items\":[[1,1000001,0,0]]}",
                                       begin + "\"items\":[[1,600000,0,0],[700000,600000,0,0]]}",
                                       begin + "\"items\":[[18446744073709551615,2,0,0]]}",
                                       begin + "\"items\":[[1,1,4294967296,0]]}",
                                       begin + "\"x\":1}"};
  for (const std::string& json : cases) {
    const Book book;
    book.add({1, "batch", json});
    EXPECT_NE(book.failure(), "") << json;
  }
}

TEST(BatchBook, ACustomIdIsItsKeyAndNoOther) {
  const std::string tag = "0123456789abcdef";
  const Key key{0, 4294967300, 3, 2};
  const std::string id = custom_id_of(tag, key);
  EXPECT_EQ(id, "0123456789abcdef-100000004-3-2");
  EXPECT_EQ(key_of(tag, id), key);
  const Key largest{0, INT64_MAX, UINT32_MAX, UINT32_MAX};
  EXPECT_LE(custom_id_of(std::string(20, 'f'), largest).size(), 64);
  EXPECT_EQ(key_of(tag, custom_id_of(tag, largest)), largest);
  for (const char* text :
       {"", "0123456789abcdef", "0123456789abcdef-1", "0123456789abcdef-1-2", "x-1-2-3",
        "0123456789abcdef-1-2-3-4", "0123456789abcdef-01-2-3", "0123456789abcdef-1-2-3 ",
        "0123456789abcdef-A-2-3", "0123456789abcdef-1-2-100000000", "0123456789abcdef--1-2-3",
        "0123456789abcdef-ffffffffffffffff-0-0", "0123456789abcdeg-1-2-3"}) {
    EXPECT_FALSE(key_of(tag, text)) << text;
  }
}

}  // namespace
}  // namespace assay::run
