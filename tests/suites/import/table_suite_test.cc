// A table of questions and answers becomes a suite: which columns are found, how answers are
// judged, which encodings are read.
#include "suites/import/table_suite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "suites/import/table_encoding.h"
#include "tests/suites/import/imported.h"

namespace assay::suites {
namespace {

using assay::test::TempDir;
using ::testing::HasSubstr;

struct Loaded {
  TableSuite made;
  std::unique_ptr<Suite> suite;
};

Loaded load_table(const TempDir& dir, const std::string& name, const std::string& text) {
  Loaded out;
  auto made = suite_from_table(dir.write(name, text), {"made", "", ""});
  EXPECT_TRUE(made.has_value()) << made.error().text();
  if (!made) return out;
  out.made = std::move(*made);
  dir.write("made/suite.yaml", out.made.suite_yaml);
  dir.write("made/test.jsonl", out.made.test_jsonl);
  if (out.made.learns) dir.write("made/train.jsonl", out.made.train_jsonl);
  auto suite = load_suite(dir.file("made/suite.yaml"), {});
  EXPECT_TRUE(suite.has_value()) << suite.error().text() << "\n" << out.made.suite_yaml;
  if (suite) out.suite = std::move(*suite);
  return out;
}

std::string decisions(const Loaded& loaded) {
  std::string all;
  for (const std::string& line : loaded.made.decisions) all += line + "\n";
  return all;
}

TEST(TableSuite, ShortTexts) {
  const TempDir dir;
  const Loaded got = load_table(dir, "t.csv",
                                "Question,Answer,Category,ID\nCapital of France?,Paris,geo,q1\n"
                                "Capital of Norway?,Oslo|Christiania,geo,q2\n");
  ASSERT_NE(got.suite, nullptr);
  EXPECT_THAT(decisions(got), HasSubstr("question: column `Question`"));
  EXPECT_THAT(decisions(got), HasSubstr("| separates accepted answers"));
  EXPECT_THAT(decisions(got), HasSubstr("id: column `ID`"));
  EXPECT_EQ(got.suite->sample(0)->id, "q1");
  EXPECT_EQ(got.suite->sample(0)->tags.at("Category"), "geo");
  EXPECT_EQ(got.suite->sample(1)->targets.size(), 2U);
  EXPECT_EQ(test::judge(*got.suite, 0, "It is paris."), 1);
  EXPECT_EQ(test::judge(*got.suite, 1, "christiania"), 1);
  EXPECT_EQ(got.suite->info().metrics.size(), 2U);
}

TEST(TableSuite, KoreanColumnsAndChoices) {
  const TempDir dir;
  const Loaded got = load_table(dir, "t.csv",
                                "번호,지문,문제,보기1,보기2,보기3,정답,과목\n"
                                "1,서울은 수도다.,수도는?,부산,서울,대구,2,지리\n"
                                "2,,가장 큰 섬은?,제주도,거제도,,①,지리\n");
  ASSERT_NE(got.suite, nullptr);
  EXPECT_EQ(got.suite->sample(0)->choices.size(), 3U);
  EXPECT_EQ(got.suite->sample(0)->targets.at(0), "서울");
  EXPECT_EQ(got.suite->sample(1)->choices.size(), 2U);
  EXPECT_EQ(got.suite->sample(1)->targets.at(0), "제주도");
  EXPECT_THAT(test::ask(*got.suite, 0).messages.at(0).text,
              HasSubstr("서울은 수도다.\n\n수도는?\n\nA. 부산\nB. 서울\nC. 대구"));
  EXPECT_EQ(test::judge(*got.suite, 0, "B"), 1);
  EXPECT_EQ(test::judge(*got.suite, 0, "A"), 0);
}

TEST(TableSuite, LettersZeroBasedAndChoiceLists) {
  const TempDir dir;
  const Loaded letters = load_table(dir, "a.csv", "question,A,B,answer\nq1?,x,y,b\nq2?,x,y,(A)\n");
  EXPECT_EQ(letters.suite->sample(0)->targets.at(0), "y");
  EXPECT_EQ(letters.suite->sample(1)->targets.at(0), "x");
  const Loaded lists =
      load_table(dir, "b.jsonl",
                 "{\"question\": \"q1?\", \"choices\": [\"x\", \"y\"], \"answer\": 0}\n"
                 "{\"question\": \"q2?\", \"choices\": [\"x\", \"y\"], \"answer\": 1}\n");
  EXPECT_EQ(lists.suite->sample(0)->targets.at(0), "x");
  EXPECT_EQ(lists.suite->sample(1)->targets.at(0), "y");
  const auto bad =
      suite_from_table(dir.write("c.csv", "question,A,B,answer\nq1?,x,y,z\n"), {"bad", "", ""});
  ASSERT_FALSE(bad.has_value());
  EXPECT_THAT(bad.error().text(), HasSubstr("c.csv:2"));
}

TEST(TableSuite, NumbersLabelsAndLongTexts) {
  const TempDir dir;
  const Loaded numbers =
      load_table(dir, "n.csv", "input,expected\n1+1,2\n2+2,4\n5*1000,\"5,000\"\n");
  EXPECT_THAT(decisions(numbers), HasSubstr("`number`"));
  EXPECT_EQ(test::judge(*numbers.suite, 2, "That is 5000."), 1);
  std::string labels = "text\tlabel\n";
  for (int i = 0; i < 20; ++i)
    labels += "t" + std::to_string(i) + (i % 2 == 0 ? "\tyes\n" : "\tno\n");
  const Loaded classes = load_table(dir, "l.tsv", labels);
  EXPECT_TRUE(classes.made.learns);
  EXPECT_EQ(classes.suite->train_size(), 12U);
  EXPECT_EQ(classes.suite->size(), 8U);
  const std::string text(80, 'x');
  const Loaded longer =
      load_table(dir, "o.csv", "question,answer\nq1," + text + "1\nq2," + text + "2\n");
  EXPECT_THAT(decisions(longer), HasSubstr("long"));
}

TEST(TableSuite, SaysWhatIsWrong) {
  const TempDir dir;
  const auto error = [&](const std::string& name, const std::string& text) {
    const auto made = suite_from_table(dir.write(name, text), {"x", "", ""});
    return made ? std::string("made") : made.error().text();
  };
  EXPECT_THAT(error("a.csv", "foo,bar\n1,2\n"), HasSubstr("no column looks like the question"));
  EXPECT_THAT(error("b.csv", "question,bar\n1,2\n"), HasSubstr("columns here: `question`, `bar`"));
  EXPECT_THAT(error("c.csv", "question,answer\n"), HasSubstr("rows"));
  EXPECT_THAT(error("d.csv", "question;answer\na;b\n"), HasSubstr("separated by `;`"));
  EXPECT_THAT(error("e.csv", "question,answer\na,b\n,c\n"),
              HasSubstr("e.csv:3: `question` is empty"));
  EXPECT_THAT(error("f.csv", std::string("PK\x03\x04", 4) + "zip"), HasSubstr("Excel workbook"));
}

TEST(TableEncoding, ToldApartByItsBytes) {
  EXPECT_EQ(decode_table("\xEF\xBB\xBF"
                         "a,b\n",
                         "t")
                ->text,
            "a,b\n");
  // "질문,답" in CP949, UTF-16LE with a mark, UTF-16BE without.
  const auto korean = decode_table("\xC1\xFA\xB9\xAE,\xB4\xE4\n", "t");
  ASSERT_TRUE(korean.has_value()) << korean.error().text();
  EXPECT_EQ(korean->encoding, "CP949");
  EXPECT_EQ(korean->text, "질문,답\n");
  const auto wide = decode_table(std::string("\xFF\xFE\x31\xB2,\0\n\0", 8), "t");
  ASSERT_TRUE(wide.has_value()) << wide.error().text();
  EXPECT_EQ(wide->text, "눱,\n");
  const auto big = decode_table(std::string("\0a\0,\0b\0\n\0c\0,\0d\0\n", 16), "t");
  ASSERT_TRUE(big.has_value()) << big.error().text();
  EXPECT_EQ(big->text, "a,b\nc,d\n");
  // Latin-1 is no Korean.
  const auto latin = decode_table("caf\xE9,na\xEFve r\xE9sum\xE9 d\xE9j\xE0\n", "t.csv");
  ASSERT_FALSE(latin.has_value());
  EXPECT_THAT(latin.error().text(), HasSubstr("t.csv: is not UTF-8 (byte 3)"));
  EXPECT_FALSE(decode_table(std::string("\xFF\xFE\x00\xD8", 4), "t").has_value());
}

TEST(TableEncoding, AKoreanTableAsASuite) {
  const TempDir dir;
  const Loaded got =
      load_table(dir, "k.csv", "\xC1\xFA\xB9\xAE,\xB4\xE4\n\xBC\xF6\xB5\xB5,\xBC\xAD\xBF\xEF\n");
  ASSERT_NE(got.suite, nullptr);
  EXPECT_EQ(got.suite->sample(0)->targets.at(0), "서울");
  EXPECT_THAT(decisions(got), HasSubstr("encoding: CP949"));
}

}  // namespace
}  // namespace assay::suites
