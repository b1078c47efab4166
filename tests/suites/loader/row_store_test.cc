// RowStore over every format, its checks with their exact messages, and its memory.
#include "suites/loader/row_store.h"

#include <gmock/gmock.h>

#include <thread>

#include "harness/base/json.h"
#include "tests/suites/loader/fixture.h"

namespace assay::suites {
namespace {

using testing::ElementsAre;

class RowStoreTest : public FolderTest {
 protected:
  Result<std::unique_ptr<RowStore>> open(const std::string& name, RowSource source = {}) {
    source.path = path(name);
    source.shown = name;
    return RowStore::open(source);
  }
  // The rows as compact JSON, or the error.
  std::vector<std::string> rows(const std::string& name, const RowSource& source = {}) {
    const auto store = open(name, source);
    if (!store) return {store.error().text()};
    std::vector<std::string> texts;
    for (uint64_t i = 0; i < (*store)->size(); ++i) {
      const Result<Json> row = (*store)->row(i);
      texts.push_back(row ? dump_json(*row) : row.error().text());
    }
    return texts;
  }
  std::string problem(const std::string& name, const RowSource& source = {}) {
    const auto store = open(name, source);
    return store ? "no error" : store.error().text();
  }
};

TEST_F(RowStoreTest, JsonlSkipsBlankLinesAndByteOrderMark) {
  write("a.jsonl", "\xEF\xBB\xBF{\"q\":1}\n\n  \n {\"q\": \"둘\"}\r\n{\"q\":3}");
  EXPECT_THAT(rows("a.jsonl"), ElementsAre(R"({"q":1})", R"({"q":"둘"})", R"({"q":3})"));
  EXPECT_EQ((*open("a.jsonl"))->place(0), "a.jsonl:1");
  EXPECT_EQ((*open("a.jsonl"))->place(1), "a.jsonl:4");
  EXPECT_EQ((*open("a.jsonl"))->place(2), "a.jsonl:5");
}

TEST_F(RowStoreTest, HashIsOfTheFileAsItLies) {
  const std::string text = "{\"q\":1}\n";
  write("a.jsonl", text);
  write("a.jsonl.gz", gzip(text));
  EXPECT_EQ((*open("a.jsonl"))->hash(), sha256(text));
  EXPECT_EQ((*open("a.jsonl.gz"))->hash(), sha256(gzip(text)));
}

TEST_F(RowStoreTest, GzipOfAnyFormatGivesTheSameRows) {
  const std::string jsonl = "{\"q\":\"1\"}\n{\"q\":\"2\"}\n";
  write("a.jsonl.gz", gzip(jsonl));
  write("a.json.gz", gzip("[{\"q\":\"1\"},{\"q\":\"2\"}]"));
  write("a.csv.gz", gzip("q\n1\n2\n"));
  write("a.tsv.gz", gzip("q\n1\n") + gzip("2\n"));  // two members
  write("a.jsonl", jsonl);
  for (const char* name : {"a.jsonl", "a.jsonl.gz", "a.json.gz", "a.csv.gz", "a.tsv.gz"}) {
    EXPECT_THAT(rows(name), ElementsAre(R"({"q":"1"})", R"({"q":"2"})")) << name;
  }
  EXPECT_EQ((*open("a.csv.gz"))->place(1), "a.csv.gz:3");
  EXPECT_EQ((*open("a.jsonl.gz"))->place(1), "a.jsonl.gz:2");
}

TEST_F(RowStoreTest, JsonListsAndFields) {
  write("list.json", "[\n  {\"a\": 1,\n   \"b\": \"]},{\\\"\"},\n  {\"a\": [2, {\"c\": 3}]}\n]\n");
  EXPECT_THAT(rows("list.json"), ElementsAre(R"({"a":1,"b":"]},{\""})", R"({"a":[2,{"c":3}]})"));
  EXPECT_EQ((*open("list.json"))->place(1), "list.json:4");
  write("field.json", R"({"canary": "x", "examples": [{"a": 1}, {"a": 2}]})");
  EXPECT_THAT(rows("field.json", {.field = "examples"}), ElementsAre(R"({"a":1})", R"({"a":2})"));
  EXPECT_EQ(problem("field.json", {.field = "example"}),
            "field.json: has no field `example`, expected a list of rows there");
  EXPECT_EQ(problem("field.json", {.field = "canary"}),
            "field.json: `canary` is a string, expected a list of rows");
}

TEST_F(RowStoreTest, JsonProblemsNameLineAndColumn) {
  write("a.json", "[\n {\"a\": 1},\n {\"a\": ,}\n]");
  EXPECT_TRUE(problem("a.json").starts_with("a.json:3:8: ")) << problem("a.json");
  write("a.jsonl", "{\"a\": 1}\n{\"a\": tru}\n");
  EXPECT_TRUE(problem("a.jsonl").starts_with("a.jsonl:2:")) << problem("a.jsonl");
  write("b.jsonl", "{\"a\": 1}\n[1]\n");
  EXPECT_EQ(problem("b.jsonl"), "b.jsonl:2: the row is a list, expected an object");
  write("c.json", "{\"a\": 1}\n");
  EXPECT_EQ(problem("c.json"),
            "c.json:1:1: found `{`, expected `[`, a list of objects (a list inside an object is "
            "named by `field:`; one object per line is `format: jsonl`)");
  write("d.json", "[{\"a\": 1}\n {\"a\": 1}]");
  EXPECT_EQ(problem("d.json"), "d.json:2:2: found `{`, expected `,` or `]` after a row");
  write("e.json", "[{\"a\": 1},\n");
  EXPECT_EQ(problem("e.json"), "e.json:2:1: the file ends inside the list, expected `]`");
  write("f.json", "[{\"a\": 1}] x");
  EXPECT_EQ(problem("f.json"),
            "f.json:1:12: found `x`, expected the end of the file after the list");
  write("g.json", "[{\"a\": \"1}]");
  EXPECT_EQ(problem("g.json"), "g.json:1:2: the object that begins here is never closed");
  write("h.json", "[1]");
  EXPECT_EQ(problem("h.json"), "h.json:1:2: found `1`, expected `{`, a row as an object");
}

TEST_F(RowStoreTest, CsvIsRfc4180) {
  write("a.csv",
        "id,text\r\n1,\"two\nlines, and a \"\"quote\"\"\"\r\n2,\r\n\"3\",\"\"\r\n\r\n\r\n");
  EXPECT_THAT(rows("a.csv"), ElementsAre(R"({"id":"1","text":"two\nlines, and a \"quote\""})",
                                         R"({"id":"2","text":""})", R"({"id":"3","text":""})"));
  EXPECT_EQ((*open("a.csv"))->place(1), "a.csv:4");
  write("one.csv", "text\na\n\nb");  // with one column an empty line is an empty value
  EXPECT_THAT(rows("one.csv"), ElementsAre(R"({"text":"a"})", R"({"text":""})", R"({"text":"b"})"));
}

TEST_F(RowStoreTest, CsvWithoutHeaderTakesNamesFromTheDefinition) {
  write("a.csv", "x,y\n1,2\n");
  EXPECT_THAT(rows("a.csv", {.header = false, .columns = {"p", "q"}}),
              ElementsAre(R"({"p":"x","q":"y"})", R"({"p":"1","q":"2"})"));
}

TEST_F(RowStoreTest, TsvHasNoQuotingUnlessAsked) {
  write("a.tsv", "id\ttext\n1\tsay \"hi\"\n2\t\"open\n");
  EXPECT_THAT(rows("a.tsv"),
              ElementsAre(R"({"id":"1","text":"say \"hi\""})", R"({"id":"2","text":"\"open"})"));
  write("q.tsv", "id\ttext\n1\t\"a\tb\"\n");
  EXPECT_THAT(rows("q.tsv", {.quoting = true}), ElementsAre(R"({"id":"1","text":"a\tb"})"));
}

TEST_F(RowStoreTest, TableProblemsNameTheLine) {
  write("a.csv", "id,text\n1,a\n2\n");
  EXPECT_EQ(problem("a.csv"), "a.csv:3: found 1 columns, expected 2 (id, text)");
  write("b.csv", "id,text\n1,a,b\n");
  EXPECT_EQ(problem("b.csv"), "b.csv:2: found 3 columns, expected 2 (id, text)");
  write("c.csv", "id,text\n1,\"a\n\n\nb\n");
  EXPECT_EQ(problem("c.csv"), "c.csv:2: the quote opened here is never closed");
  write("d.csv", "id,text\n1,a \"b\"\n");
  EXPECT_EQ(problem("d.csv"),
            "d.csv:2: a quote inside the unquoted field 2, expected the whole field in quotes and "
            "the quote doubled (RFC 4180)");
  write("e.csv", "id,text\n1,\"a\"b\n");
  EXPECT_EQ(problem("e.csv"),
            "e.csv:2: text after the closing quote of field 2, expected a separator or the end of "
            "the line (RFC 4180)");
  write("f.csv", "id,id\n1,2\n");
  EXPECT_EQ(problem("f.csv"), "f.csv:1: the header names the column `id` twice");
  write("g.csv", "id,\n1,2\n");
  EXPECT_EQ(problem("g.csv"), "g.csv:1: column 2 of the header has no name");
  write("h.csv", "id,text\n1,a\n\n2,b\n");
  EXPECT_EQ(problem("h.csv"), "h.csv:3: an empty line between records, expected a record");
  write("i.csv", "id,text\n1,a\rb\n");
  EXPECT_EQ(problem("i.csv"),
            "i.csv:2: a carriage return inside an unquoted field, expected a line feed after it "
            "(RFC 4180)");
}

TEST_F(RowStoreTest, EmptyAndMissingFiles) {
  write("a.jsonl", "\n\n");
  EXPECT_EQ(problem("a.jsonl"), "a.jsonl: has no rows");
  write("b.csv", "id,text\n");
  EXPECT_EQ(problem("b.csv"), "b.csv: has no rows");
  write("c.json", "[]");
  EXPECT_EQ(problem("c.json"), "c.json: has no rows");
  write("d.json", "");
  EXPECT_EQ(problem("d.json"), "d.json: is empty, expected a JSON list of objects");
  EXPECT_EQ(problem("none.jsonl"), "none.jsonl: cannot be opened: No such file or directory");
  write("e.txt", "x");
  EXPECT_EQ(
      problem("e.txt"),
      "e.txt: its name does not say its format, expected .jsonl, .json, .csv, .tsv (each also "
      ".gz) or a `format:`");
  EXPECT_THAT(rows("e.txt", {.format = DataFormat::kTsv, .header = false, .columns = {"t"}}),
              ElementsAre(R"({"t":"x"})"));
}

TEST_F(RowStoreTest, InvalidUtf8NamesLineAndByte) {
  write("a.jsonl", "{\"a\": 1}\n{\"a\": \"\xff\"}\n");
  EXPECT_EQ(problem("a.jsonl"),
            "a.jsonl:2: byte 16 of the file (0xff) is not valid UTF-8, expected UTF-8 text");
  write("b.csv.gz", gzip("a,b\n1,\xEA\xB0\n"));
  EXPECT_EQ(problem("b.csv.gz"),
            "b.csv.gz:2: byte 6 of the unpacked text (0xea) is not valid UTF-8, expected UTF-8 "
            "text");
  write("c.tsv", "a\n\xEA\xB0");  // cut inside a character at the end of the file
  EXPECT_EQ(problem("c.tsv"),
            "c.tsv:2: byte 2 of the file (0xea) is not valid UTF-8, expected UTF-8 text");
}

TEST_F(RowStoreTest, GzipProblems) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "{\"a\": " + std::to_string(i * 7919) + "}\n";
  const std::string packed = gzip(text);
  write("cut.jsonl.gz", packed.substr(0, packed.size() / 2));
  EXPECT_EQ(problem("cut.jsonl.gz"), "cut.jsonl.gz: the gzip data is cut short: it ends after " +
                                         std::to_string(packed.size() / 2) +
                                         " bytes, before its own end mark");
  std::string bad = packed;
  bad[bad.size() - 6] = static_cast<char>(bad[bad.size() - 6] ^ 0x55);  // inside the checksum
  write("bad.jsonl.gz", bad);
  EXPECT_TRUE(problem("bad.jsonl.gz").starts_with("bad.jsonl.gz: corrupt gzip data at byte "))
      << problem("bad.jsonl.gz");
  write("plain.jsonl.gz", "{\"a\": 1}\n");
  EXPECT_EQ(problem("plain.jsonl.gz"),
            "plain.jsonl.gz: is named .gz, but is not gzip data (expected its first bytes 1f 8b)");
  write("tail.jsonl.gz", packed + "rubbish");
  EXPECT_TRUE(problem("tail.jsonl.gz").starts_with("tail.jsonl.gz: corrupt gzip data at byte "))
      << problem("tail.jsonl.gz");
}

TEST_F(RowStoreTest, GzipBombsEndWithTheLimitNamed) {
  std::string line = "{\"a\": \"" + std::string(4000, 'x') + "\"}\n";
  std::string text;
  for (int i = 0; i < 1000; ++i) text += line;
  write("bomb.jsonl.gz", gzip(text));
  RowSource source;
  source.limits.ratio_from = 1 << 20;
  EXPECT_EQ(problem("bomb.jsonl.gz", source),
            "bomb.jsonl.gz: unpacks to more than 200 times its size (limit ratio_max); this is not "
            "a data file but a gzip bomb");
  source.limits.unpacked_bytes_max = 1 << 20;
  EXPECT_EQ(problem("bomb.jsonl.gz", source),
            "bomb.jsonl.gz: unpacks to more than 1048576 bytes (limit unpacked_bytes_max)");
}

TEST_F(RowStoreTest, LinesAreBounded) {
  write("a.jsonl", "{\"a\": 1}\n{\"a\": \"" + std::string(kRowBytesMax, 'x') + "\"}\n");
  EXPECT_EQ(problem("a.jsonl"),
            "a.jsonl:2: the line is larger than 16777216 bytes (limit kRowBytesMax)");
}

TEST_F(RowStoreTest, DeepNestingIsRefused) {
  write("a.jsonl", "{\"a\": " + std::string(100'000, '[') + "\n");
  EXPECT_EQ(problem("a.jsonl"), "a.jsonl: nested deeper than 256 levels");
}

TEST_F(RowStoreTest, FoldersOfPicturesAreSortedRows) {
  write("p/b.png", png(1, 1));
  write("p/a.PNG", png(1, 1));
  write("p/sub/c.jpg", "x");
  write("p/notes.txt", "x");
  EXPECT_THAT(rows("p", {.format = DataFormat::kImages, .image_column = "file"}),
              ElementsAre(R"({"file":"a.PNG"})", R"({"file":"b.png"})", R"({"file":"sub/c.jpg"})"));
  write("empty/notes.txt", "x");
  EXPECT_EQ(problem("empty", {.format = DataFormat::kImages}),
            "empty: has no pictures (.png, .jpg, .gif, .webp, .bmp, .tiff), expected at least one");
}

TEST_F(RowStoreTest, ForEachGivesEveryRowAcrossReadAhead) {
  std::string text;
  std::vector<std::string> expected;
  for (int i = 0; i < 5000; ++i) {
    // Rows of very different sizes, some larger than one read.
    const size_t size = i % 1000 == 0 ? size_t{1500} << 10 : static_cast<size_t>(i % 700);
    expected.push_back("{\"i\":" + std::to_string(i) + ",\"t\":\"" + std::string(size, 'x') +
                       "\"}");
    text += expected.back() + (i % 3 == 0 ? "\n\n" : "\n");
  }
  write("a.jsonl", text);
  write("a.jsonl.gz", gzip(text));
  for (const char* name : {"a.jsonl", "a.jsonl.gz"}) {
    const auto store = open(name);
    ASSERT_TRUE(store.has_value()) << store.error().text();
    uint64_t next = 17;
    const Result<void> done =
        (*store)->for_each(17, 4990, [&](uint64_t row, std::string_view line) -> Result<void> {
          EXPECT_EQ(row, next);
          EXPECT_EQ(line, expected[next]);
          ++next;
          return {};
        });
    EXPECT_TRUE(done.has_value());
    EXPECT_EQ(next, 4990U);
  }
}

TEST_F(RowStoreTest, ThreadsReadAtOnce) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "{\"i\":" + std::to_string(i) + "}\n";
  write("a.jsonl", text);
  const auto store = open("a.jsonl");
  ASSERT_TRUE(store.has_value());
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (uint64_t i = 0; i < 1000; ++i) {
        const uint64_t at = (i * 7 + static_cast<uint64_t>(t) * 13) % 1000;
        const Result<Json> row = (*store)->row(at);
        if (!row || (*row)["i"] != at) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_F(RowStoreTest, AFileThatBecameShorterIsAnError) {
  write("a.jsonl", "{\"a\": 1}\n{\"a\": 2}\n");
  const auto store = open("a.jsonl");
  ASSERT_TRUE(store.has_value());
  std::filesystem::resize_file(path("a.jsonl"), 9);
  EXPECT_TRUE((*store)->row(0).has_value());
  const Result<Json> row = (*store)->row(1);
  ASSERT_FALSE(row.has_value());
  EXPECT_EQ(row.error().text(), "a.jsonl: became shorter while it was in use");
}

TEST_F(RowStoreTest, TemporaryFolderThatCannotBeWrittenIsAnError) {
  write("a.csv", "q\n1\n");
  ::setenv("TMPDIR", path("none").c_str(), 1);
  const std::string message = problem("a.csv");
  ::unsetenv("TMPDIR");
  EXPECT_EQ(message,
            "TMPDIR: cannot write the temporary copy of a data file: No such file or directory");
}

}  // namespace
}  // namespace assay::suites
