#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "backends/model/bm25.h"
#include "backends/model/linear.h"
#include "backends/model/logistic.h"
#include "backends/model/tokens.h"
#include "backends/model/train_set.h"
#include "backends/registry.h"
#include "harness/base/json.h"
#include "harness/base/rng.h"
#include "tests/backends/in_process_support.h"

namespace assay::backends {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

// --- Tokens -------------------------------------------------------------------------------------

TEST(Tokens, IndexTermsAreWordsAndEastAsianBigrams) {
  EXPECT_THAT(index_terms("Hello, WORLD-42!"), ElementsAre("hello", "world", "42"));
  EXPECT_THAT(index_terms("환불해 줘 ok"), ElementsAre("환불해", "2:환불", "2:불해", "줘", "ok"));
  EXPECT_THAT(index_terms("ＡＢＣ東京"), ElementsAre("abc東京", "2:ab", "2:bc", "2:c東", "2:東京"));
  EXPECT_TRUE(index_terms(" ...\n").empty());
}

TEST(Tokens, DecomposedHangulIsTheSameText) {
  EXPECT_EQ(normalized_text("\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB"), "한");
}

TEST(Tokens, LongAndInvalidTextIsBounded) {
  const std::string text = normalized_text(std::string(kTextBytesMax - 1, 'a') + "한글");
  EXPECT_EQ(text.size(), kTextBytesMax - 1);  // no half of a character
  EXPECT_EQ(normalized_text("a\xFF"), "a\xEF\xBF\xBD");
}

TEST(Tokens, NgramsAreCountedAsOftenAsTheyOccur) {
  // " ab ": 4 of one, 3 of two, 2 of three, 1 of four code points.
  EXPECT_EQ(ngram_hashes("ab").characters.size(), 10U);
  EXPECT_EQ(ngram_hashes("a b c").words.size(), 5U);  // a, a b, b, b c, c
  EXPECT_EQ(ngram_hashes("a  b\n").characters, ngram_hashes("a b").characters);
  EXPECT_EQ(ngram_hashes("").characters.size(), 1U);  // the space
  EXPECT_TRUE(ngram_hashes("").words.empty());
}

// --- BM25 ---------------------------------------------------------------------------------------

// Worked by hand: N = 3, avgdl = 7/3, k1 = 1.2, b = 0.75. "apple": n = 2, idf = ln(1.6); in the
// first line tf = 1, norm = 1.2 (0.25 + 0.75 * 6/7) = 15/14, so ln(1.6) * 2.2 / (29/14).
TEST(Bm25Test, ScoresAreThoseOfTheFormula) {
  const Bm25 index({"red apple", "green apple pie", "blue sky"}, {});
  const std::vector<double> apple = index.scores("apple");
  EXPECT_NEAR(apple[0], std::log(1.6) * 2.2 * 14 / 29, 1e-12);
  EXPECT_NEAR(apple[1], 0.420817203, 1e-9);
  EXPECT_EQ(apple[2], 0.0);
  // "pie": n = 1, idf = ln(1 + 2.5 / 1.5); same length norm as above.
  EXPECT_NEAR(index.scores("apple pie")[1], apple[1] + std::log(1 + 2.5 / 1.5) * 2.2 / 2.457142857,
              1e-8);
  EXPECT_NEAR(index.scores("apple apple")[0], 2 * apple[0], 1e-12);
}

TEST(Bm25Test, LengthIsIgnoredWithBZero) {
  const Bm25 index({"red apple", "green apple pie"}, {.k1 = 2.0, .b = 0.0});
  const std::vector<double> scores = index.scores("apple");
  EXPECT_NEAR(scores[0], std::log(1 + 0.5 / 2.5) * 3.0 / 3.0, 1e-12);
  EXPECT_EQ(scores[0], scores[1]);
}

TEST(Bm25Test, NearestTiesGoToTheFirstAndNothingInCommonToNone) {
  const Bm25 index({"same words", "same words", "other"}, {});
  EXPECT_EQ(index.nearest("words")->line, 0U);
  EXPECT_FALSE(index.nearest("unseen").has_value());
  EXPECT_FALSE(Bm25({}, {}).nearest("x").has_value());
  EXPECT_FALSE(Bm25({"", "..."}, {}).nearest("x").has_value());
}

TEST(Bm25Test, HangulWithoutSpacesIsFound) {
  const Bm25 index({"배송이 언제 오나요", "환불해 주세요"}, {});
  EXPECT_EQ(index.nearest("환불해주세요")->line, 1U);
  EXPECT_EQ(index.nearest("배송은언제쯤오나요")->line, 0U);
}

// --- Logistic regression ------------------------------------------------------------------------

void add_row(SparseRows& rows, const std::vector<double>& values) {
  for (uint32_t j = 0; j < values.size(); ++j) {
    if (values[j] == 0) continue;
    rows.column.push_back(j);
    rows.value.push_back(values[j]);
  }
  rows.starts.push_back(rows.column.size());
  rows.columns = values.size();
}

// Objective and gradient by plain loops, written apart from the solver.
double objective(const SparseRows& rows, const std::vector<uint32_t>& labels, size_t classes,
                 double c, const std::vector<double>& w, std::vector<double>* gradient) {
  double total = 0;
  if (gradient != nullptr) *gradient = w;
  for (const double value : w) total += 0.5 * value * value;
  for (size_t i = 0; i < rows.rows(); ++i) {
    std::vector<double> z(classes, 0.0);
    for (size_t e = rows.starts[i]; e < rows.starts[i + 1]; ++e) {
      for (size_t k = 0; k < classes; ++k) z[k] += rows.value[e] * w[rows.column[e] * classes + k];
    }
    double sum = 0;
    for (const double value : z) sum += std::exp(value);
    total += c * (std::log(sum) - z[labels[i]]);
    if (gradient == nullptr) continue;
    for (size_t e = rows.starts[i]; e < rows.starts[i + 1]; ++e) {
      for (size_t k = 0; k < classes; ++k) {
        const double residual = std::exp(z[k]) / sum - (k == labels[i] ? 1.0 : 0.0);
        (*gradient)[rows.column[e] * classes + k] += c * residual * rows.value[e];
      }
    }
  }
  return total;
}

double norm(const std::vector<double>& v) {
  double sum = 0;
  for (const double value : v) sum += value * value;
  return std::sqrt(sum);
}

// One constant column, two classes, 7 of 10 rows in class 1: by symmetry w = (-u, u) with
// c (10 sigma(2u) - 7) + u = 0, which has one root.
TEST(Logistic, InterceptAloneSolvesItsEquation) {
  SparseRows rows;
  std::vector<uint32_t> labels;
  for (uint32_t i = 0; i < 10; ++i) {
    add_row(rows, {1.0});
    labels.push_back(i < 7 ? 1 : 0);
  }
  for (const double c : {0.1, 1.0, 50.0}) {
    const LogisticFit fit = fit_logistic(rows, labels, 2, {.c = c, .tolerance = 1e-10});
    double low = -10;
    double high = 10;
    for (int i = 0; i < 200; ++i) {
      const double u = 0.5 * (low + high);
      const double slope = c * (10.0 / (1.0 + std::exp(-2 * u)) - 7.0) + u;
      (slope < 0 ? low : high) = u;
    }
    EXPECT_TRUE(fit.converged);
    EXPECT_NEAR(fit.weights[1], low, 1e-7) << c;
    EXPECT_NEAR(fit.weights[0], -low, 1e-7) << c;
  }
}

TEST(Logistic, ReachesTheMinimumOfARandomProblem) {
  constexpr size_t kColumns = 12;
  constexpr size_t kClasses = 4;
  constexpr double kC = 3.0;
  Rng rng(5);
  SparseRows rows;
  std::vector<uint32_t> labels;
  for (int i = 0; i < 60; ++i) {
    std::vector<double> values(kColumns, 0.0);
    for (double& value : values) value = rng.uniform() < 0.4 ? rng.normal() : 0.0;
    values.back() = 1.0;
    add_row(rows, values);
    labels.push_back(static_cast<uint32_t>(rng.below(kClasses)));
  }
  const LogisticFit fit = fit_logistic(rows, labels, kClasses, {.c = kC, .tolerance = 1e-8});
  ASSERT_TRUE(fit.converged);
  std::vector<double> gradient;
  const double value = objective(rows, labels, kClasses, kC, fit.weights, &gradient);
  std::vector<double> gradient_at_zero;
  objective(rows, labels, kClasses, kC, std::vector<double>(kColumns * kClasses, 0.0),
            &gradient_at_zero);
  EXPECT_NEAR(value, fit.objective, 1e-9 * value);
  EXPECT_LE(norm(gradient), 2e-8 * norm(gradient_at_zero));
  EXPECT_NEAR(norm(gradient), fit.gradient_norm, 1e-9);
  for (size_t j = 0; j < fit.weights.size(); ++j) {
    for (const double h : {-1e-3, 1e-3}) {
      std::vector<double> moved = fit.weights;
      moved[j] += h;
      EXPECT_GT(objective(rows, labels, kClasses, kC, moved, nullptr), value);
    }
  }
}

TEST(Logistic, EdgeCases) {
  const LogisticFit empty = fit_logistic({.columns = 3}, {}, 2, {});
  EXPECT_EQ(empty.weights, std::vector<double>(6, 0.0));
  SparseRows rows;
  add_row(rows, {1.0, 2.0});
  const std::vector<uint32_t> labels = {0};
  const LogisticFit single = fit_logistic(rows, labels, 1, {});
  EXPECT_TRUE(single.converged);
  EXPECT_EQ(single.weights, std::vector<double>(2, 0.0));
  const LogisticFit limited =
      fit_logistic(rows, labels, 2, {.tolerance = 1e-12, .iterations_max = 1});
  EXPECT_FALSE(limited.converged);
  EXPECT_EQ(limited.iterations, 1);
}

// --- Linear -------------------------------------------------------------------------------------

const std::vector<TrainingExample>& tiny_lines() {
  static const std::vector<TrainingExample> lines = {
      {"환불해 주세요", "refund"},        {"돈을 돌려받고 싶어요", "refund"},
      {"I want my money back", "refund"}, {"refund this order please", "refund"},
      {"배송이 언제 오나요", "delivery"}, {"택배가 안 와요", "delivery"},
      {"where is my parcel", "delivery"}, {"delivery is late", "delivery"},
  };
  return lines;
}

TEST(Linear, LearnsAndGeneralises) {
  const Result<LinearClassifier> model = LinearClassifier::train(tiny_lines(), {});
  ASSERT_TRUE(model);
  EXPECT_THAT(model->labels(), ElementsAre("refund", "delivery"));
  EXPECT_TRUE(model->fit().converged);
  const auto label = [&](const char* text) { return model->labels()[model->predict(text).label]; };
  for (const TrainingExample& line : tiny_lines())
    EXPECT_EQ(label(line.input.c_str()), line.target);
  EXPECT_EQ(label("환불 부탁드려요"), "refund");
  EXPECT_EQ(label("배송 조회"), "delivery");
  const LinearClassifier::Prediction p = model->predict("my parcel");
  EXPECT_NEAR(p.probabilities[0] + p.probabilities[1], 1.0, 1e-12);
}

TEST(Linear, TrainingTwiceGivesTheSameWeights) {
  const Result<LinearClassifier> a = LinearClassifier::train(tiny_lines(), {});
  const Result<LinearClassifier> b = LinearClassifier::train(tiny_lines(), {});
  EXPECT_EQ(a->fit().weights, b->fit().weights);
}

TEST(Linear, OneClassIsAlwaysAnswered) {
  const std::vector<TrainingExample> lines = {{"a", "only"}, {"b", "only"}};
  const Result<LinearClassifier> model = LinearClassifier::train(lines, {});
  EXPECT_THAT(model->predict("zzz").probabilities, ElementsAre(1.0));
}

TEST(Linear, TooManyClassesIsAnErrorThatSaysWhatFits) {
  std::vector<TrainingExample> lines;
  for (int i = 0; i < 1500; ++i) lines.push_back({"x", std::to_string(i)});
  const Result<LinearClassifier> model = LinearClassifier::train(lines, {});
  ASSERT_FALSE(model);
  EXPECT_EQ(model.error().text(),
            "1500 train lines x 1500 classes, expected at most 2000000; give train=N with N up to "
            "1333");
}

// --- Train share --------------------------------------------------------------------------------

std::vector<TrainingExample> labelled(std::initializer_list<std::pair<const char*, int>> classes) {
  std::vector<TrainingExample> lines;
  for (const auto& [label, count] : classes) {
    for (int i = 0; i < count; ++i) lines.push_back({label + std::to_string(i), label});
  }
  return lines;
}

TEST(NestedOrder, EveryBeginningKeepsTheClassesInProportion) {
  const std::vector<TrainingExample> lines = labelled({{"a", 60}, {"b", 30}, {"c", 10}});
  const std::vector<size_t> order = nested_order(lines, 3);
  EXPECT_EQ(std::set<size_t>(order.begin(), order.end()).size(), 100U);
  std::map<std::string, int> seen;
  for (size_t n = 1; n <= order.size(); ++n) {
    ++seen[lines[order[n - 1]].target];
    EXPECT_NEAR(seen["a"], 0.6 * static_cast<double>(n), 1.01) << n;
    EXPECT_NEAR(seen["b"], 0.3 * static_cast<double>(n), 1.01) << n;
    EXPECT_NEAR(seen["c"], 0.1 * static_cast<double>(n), 1.01) << n;
  }
}

TEST(NestedOrder, DependsOnTheSeedAlone) {
  const std::vector<TrainingExample> lines = labelled({{"a", 20}, {"b", 20}});
  EXPECT_EQ(nested_order(lines, 3), nested_order(lines, 3));
  EXPECT_NE(nested_order(lines, 3), nested_order(lines, 4));
}

TEST(TrainShareTest, SmallerSharesAreNested) {
  MemorySuite suite("s");
  suite.train_lines = labelled({{"a", 20}, {"b", 20}});
  std::vector<std::string> before;
  for (const uint64_t limit : {5U, 10U, 39U}) {
    const auto lines = read_train_lines(suite, {.limit = limit, .seed = 1});
    ASSERT_EQ(lines->size(), limit);
    for (size_t i = 0; i < before.size(); ++i) EXPECT_EQ((*lines)[i].input, before[i]);
    before.clear();
    for (const TrainingExample& line : *lines) before.push_back(line.input);
  }
  EXPECT_EQ((*read_train_lines(suite, {.limit = 1000, .seed = 1}))[0].input, "a0");
}

// --- Through the registry -----------------------------------------------------------------------

std::unique_ptr<Backend> make(const std::string& text, uint64_t seed = 7, uint32_t workers = 1) {
  const Result<ModelSpec> spec = parse_model_spec(text);
  EXPECT_TRUE(spec);
  auto backend = make_backend(*spec, {.seed = seed, .workers = workers});
  EXPECT_TRUE(backend) << backend.error().text();
  return backend ? std::move(*backend) : nullptr;
}

MemorySuite tiny_suite() {
  MemorySuite suite("tiny");
  suite.train_lines = tiny_lines();
  suite.questions = {"환불 부탁드려요", "배송 조회"};
  return suite;
}

std::vector<Response> ask(Backend& backend, const std::vector<AttemptPtr>& questions) {
  std::vector<AttemptPtr> attempts;
  for (const AttemptPtr& q : questions) {
    attempts.push_back(
        make_attempt(q->request.suite, q->request.input, q->sample.id, q->key.repeat));
    attempts.back()->request.choices = q->request.choices;
  }
  Asker asker(backend.transport(), backend.codec());
  std::vector<Response> out;
  for (const AttemptPtr& a : asker.ask(std::move(attempts))) out.push_back(a->response);
  return out;
}

Response ask_one(Backend& backend, const std::string& suite, const std::string& question) {
  std::vector<AttemptPtr> questions;
  questions.push_back(make_attempt(suite, question));
  return ask(backend, questions)[0];
}

std::string prepare_error(const std::string& text, const MemorySuite& suite) {
  const Suite* suites[] = {&suite};
  const Result<void> prepared = make(text)->prepare(suites);
  return prepared ? "no error" : prepared.error().text();
}

TEST(Baseline, MajorityAnswersTheFirstSeenOnATie) {
  MemorySuite suite("s");
  suite.train_lines = {{"1", "b"}, {"2", "a"}, {"3", "a"}, {"4", "b"}, {"5", "c"}};
  const Suite* suites[] = {&suite};
  const std::unique_ptr<Backend> backend = make("baseline:majority");
  ASSERT_TRUE(backend->prepare(suites));
  const Response response = ask_one(*backend, "s", "anything");
  EXPECT_EQ(response.answer, "b");
  EXPECT_EQ(response.details, R"({"probabilities":{"b":0.4000,"a":0.4000,"c":0.2000}})");
  EXPECT_EQ(response.usage.output_tokens, -1);
  EXPECT_EQ(backend->traits().train_size, 5);
}

TEST(Baseline, RandomDrawsFromChoicesElseTargets) {
  MemorySuite suite = tiny_suite();
  const Suite* suites[] = {&suite};
  const std::unique_ptr<Backend> backend = make("baseline:random");
  ASSERT_TRUE(backend->prepare(suites));
  EXPECT_EQ(backend->traits().train_size, -1);
  std::vector<AttemptPtr> questions;
  for (int i = 0; i < 400; ++i) {
    questions.push_back(make_attempt("tiny", "q", "id" + std::to_string(i / 2), i % 2));
    if (i >= 200) questions.back()->request.choices = {"A", "B", "C"};
  }
  const std::vector<Response> first = ask(*backend, questions);
  std::map<std::string, int> counts;
  for (const Response& r : first) ++counts[r.answer];
  EXPECT_EQ(counts.size(), 5U);
  for (const auto& [answer, count] : counts) EXPECT_GT(count, 40) << answer;
  // Again, in another backend with more workers: the same; another seed: not.
  const std::unique_ptr<Backend> again = make("baseline:random", 7, 4);
  const std::unique_ptr<Backend> other = make("baseline:random", 8);
  ASSERT_TRUE(again->prepare(suites));
  ASSERT_TRUE(other->prepare(suites));
  const std::vector<Response> second = ask(*again, questions);
  const std::vector<Response> third = ask(*other, questions);
  size_t different = 0;
  for (size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].answer, second[i].answer);
    different += first[i].answer != third[i].answer ? 1 : 0;
  }
  EXPECT_GT(different, 100U);
}

TEST(Baseline, Bm25AnswersTheNearestLinesTarget) {
  const MemorySuite suite = tiny_suite();
  const Suite* suites[] = {&suite};
  const std::unique_ptr<Backend> backend = make("baseline:bm25");
  ASSERT_TRUE(backend->prepare(suites));
  const Response response = ask_one(*backend, "tiny", "my parcel is missing");
  EXPECT_EQ(response.answer, "delivery");
  const Json details = *parse_json(response.details, "details");
  EXPECT_EQ(details["nearest"], "where is my parcel");
  EXPECT_GT(details["score"].get<double>(), 0);
  const Response unknown = ask_one(*backend, "tiny", "zzz");
  EXPECT_EQ(unknown.answer, "refund");
  EXPECT_EQ(unknown.details, R"({"score":0,"nearest":null})");
}

TEST(Baseline, LinearTellsItsProbabilities) {
  const MemorySuite suite = tiny_suite();
  const Suite* suites[] = {&suite};
  const std::unique_ptr<Backend> backend = make("baseline:linear", 7, 2);
  EXPECT_TRUE(backend->traits().learning_curve);
  ASSERT_TRUE(backend->prepare(suites));
  EXPECT_EQ(backend->traits().train_size, 8);
  const Response response = ask_one(*backend, "tiny", "환불 부탁드려요");
  EXPECT_EQ(response.outcome, Outcome::kOk);
  EXPECT_EQ(response.answer, "refund");
  const Json details = *parse_json(response.details, "details");
  EXPECT_GT(details["probabilities"]["refund"].get<double>(), 0.5);
  EXPECT_GE(response.cpu.count(), 0);
}

TEST(Baseline, TrainLimitIsPartOfTheIdentity) {
  const MemorySuite suite = tiny_suite();
  const Suite* suites[] = {&suite};
  const std::unique_ptr<Backend> backend = make("baseline:linear?train=4&c=2");
  EXPECT_FALSE(backend->traits().learning_curve);
  EXPECT_EQ(backend->traits().train_size, 4);
  EXPECT_EQ(backend->traits().config, "baseline 1 linear\nc=2\ntolerance=0.0001\ntrain=4\nseed=7");
  ASSERT_TRUE(backend->prepare(suites));
  EXPECT_EQ(backend->traits().train_size, 4);
  // Without a limit there is no chance in it, so no seed either.
  EXPECT_EQ(make("baseline:linear")->traits().config, "baseline 1 linear\nc=10\ntolerance=0.0001");
  EXPECT_EQ(make("baseline:bm25")->traits().config, "baseline 1 bm25\nk1=1.2\nb=0.75");
  EXPECT_EQ(make("baseline:random?seed=9")->traits().config, "baseline 1 random\nseed=9");
}

TEST(Baseline, PrepareNamesWhatIsMissing) {
  MemorySuite suite("bare");
  suite.questions = {"q"};
  for (const std::string kind : {"majority", "bm25", "linear"}) {
    EXPECT_EQ(prepare_error("baseline:" + kind, suite),
              "suite `bare`: `baseline:" + kind +
                  "` needs a train split to learn from, and the suite has none");
  }
  EXPECT_EQ(prepare_error("baseline:random", suite),
            "suite `bare`: `baseline:random` needs choices or a train split to draw answers from, "
            "and the suite has neither");
  suite.choices = {"yes", "no"};
  EXPECT_EQ(prepare_error("baseline:random", suite), "no error");
}

TEST(Baseline, SuitesAreKeptApart) {
  MemorySuite one("one");
  one.train_lines = {{"x", "1"}};
  MemorySuite two("two");
  two.train_lines = {{"x", "2"}};
  const Suite* suites[] = {&one, &two};
  const std::unique_ptr<Backend> backend = make("baseline:bm25");
  ASSERT_TRUE(backend->prepare(suites));
  EXPECT_EQ(ask_one(*backend, "one", "x").answer, "1");
  EXPECT_EQ(ask_one(*backend, "two", "x").answer, "2");
  const Response response = ask_one(*backend, "three", "x");
  EXPECT_EQ(response.outcome, Outcome::kRejected);
  EXPECT_EQ(response.error, "suite `three` was not prepared");
}

// --- Real data ----------------------------------------------------------------------------------

// Columns of a tab-separated file with a header line, by name.
std::vector<TrainingExample> read_tsv(const std::string& path, const std::string& input,
                                      const std::string& target) {
  std::ifstream file(path);
  std::string line;
  std::vector<TrainingExample> out;
  std::vector<std::string> header;
  while (std::getline(file, line)) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    std::vector<std::string> cells(1);
    for (const char c : line) {
      if (c == '\t') {
        cells.emplace_back();
      } else {
        cells.back() += c;
      }
    }
    if (header.empty()) {
      header = cells;
      continue;
    }
    const auto cell = [&](const std::string& name) {
      const auto at = std::find(header.begin(), header.end(), name) - header.begin();
      return static_cast<size_t>(at) < cells.size() ? cells[static_cast<size_t>(at)] : "";
    };
    out.push_back({cell(input), cell(target)});
  }
  return out;
}

double accuracy(Backend& backend, const std::string& suite,
                const std::vector<TrainingExample>& test) {
  std::vector<AttemptPtr> questions;
  for (const TrainingExample& line : test) questions.push_back(make_attempt(suite, line.input));
  const std::vector<Response> responses = ask(backend, questions);
  size_t right = 0;
  for (size_t i = 0; i < test.size(); ++i) right += responses[i].answer == test[i].target ? 1 : 0;
  return static_cast<double>(right) / static_cast<double>(test.size());
}

TEST(Baseline, BeatsTheMajorityOnKoreanSentiment) {
  const std::string dir = ASSAY_SOURCE_DIR "/../shared/data/kobest/SentiNeg/";
  if (!std::filesystem::exists(dir)) GTEST_SKIP() << "no KoBEST SentiNeg data beside the sources";
  MemorySuite suite("sentineg");
  suite.train_lines = read_tsv(dir + "dev.tsv", "Text", "Label");
  const std::vector<TrainingExample> test =
      read_tsv(dir + "test.tsv", "Text_origin", "Label_origin");
  ASSERT_EQ(suite.train_lines.size(), 400U);
  ASSERT_EQ(test.size(), 397U);
  const Suite* suites[] = {&suite};
  std::map<std::string, double> accuracies;
  for (const std::string kind : {"majority", "bm25", "linear"}) {
    const std::unique_ptr<Backend> backend = make("baseline:" + kind);
    ASSERT_TRUE(backend->prepare(suites));
    accuracies[kind] = accuracy(*backend, "sentineg", test);
  }
  EXPECT_LT(accuracies["majority"], 0.55);
  EXPECT_GT(accuracies["bm25"], 0.65);
  EXPECT_GT(accuracies["linear"], 0.78);
}

}  // namespace
}  // namespace assay::backends
