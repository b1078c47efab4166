#include "suites/import/table_suite.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "harness/base/json.h"
#include "harness/base/rng.h"
#include "harness/base/utf8.h"
#include "suites/import/imported.h"
#include "suites/import/table_encoding.h"
#include "suites/loader/row_store.h"
#include "suites/registry.h"
#include "suites/score/text_distance.h"

namespace assay::suites {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLongAnswer = 60;  // characters; the median answer above it is free text
constexpr size_t kTagValuesMax = 50;
constexpr size_t kTagColumnsMax = 8;

// What people call these columns; compared in lower case, without spaces and underscores.
constexpr std::array<std::string_view, 16> kQuestionNames{
    "question", "prompt", "input", "query", "text", "problem", "instruction", "sentence",
    "질문",     "문제",   "문항",  "입력",  "문장", "물음",    "지시문",      "발화"};
constexpr std::array<std::string_view, 20> kAnswerNames{
    "answer",        "expected",  "target",    "label",    "output",         "gold",  "correct",
    "correctanswer", "answerkey", "reference", "solution", "expectedoutput", "정답",  "답",
    "답변",          "기대답변",  "라벨",      "모범답안", "해답",           "레이블"};
constexpr std::array<std::string_view, 8> kPassageNames{"context", "passage", "document", "article",
                                                        "지문",    "본문",    "문맥",     "문서"};
constexpr std::array<std::string_view, 9> kIdNames{"id",   "qid",      "questionid", "uid",   "no",
                                                   "번호", "문항번호", "아이디",     "식별자"};
constexpr std::array<std::string_view, 8> kChoiceListNames{
    "choices", "options", "candidates", "보기", "선택지", "선지", "보기목록", "선택지목록"};
// Before a letter or a number: "option_a", "보기 1".
constexpr std::array<std::string_view, 7> kChoicePrefixes{"option", "choice", "opt", "보기",
                                                          "선택지", "선지",   ""};
constexpr std::array<std::string_view, 22> kTagNames{
    "category", "subject", "topic", "type",   "level", "difficulty", "domain",   "language",
    "lang",     "tag",     "group", "source", "split", "분류",       "카테고리", "과목",
    "주제",     "난이도",  "유형",  "언어",   "영역",  "출처"};

template <size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string plain_name(const std::string& column) {
  std::string out;
  for (const char32_t point : to_code_points(to_lower(column))) {
    if (!is_space(point) && point != '_' && point != '-') append_utf8(out, point);
  }
  return out;
}

std::string cell(const Json& row, const std::string& column) {
  const Json* value = find_member(row, column);
  if (value == nullptr || value->is_null()) return {};
  return value->is_string() ? std::string(strip_space(value->get_ref<const std::string&>()))
                            : dump_json(*value);
}

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789.,-") == std::string::npos &&
         text.find_first_of("0123456789") != std::string::npos;
}

// 0 for "A", "a", "1", "①"; -1: the text names no position. `from_zero`: "0" is the first.
int position_named(const std::string& text, bool from_zero) {
  std::string_view body = text;
  while (!body.empty() && (body.front() == '(' || body.front() == '[')) body.remove_prefix(1);
  while (!body.empty() && (body.back() == ')' || body.back() == ']' || body.back() == '.')) {
    body.remove_suffix(1);
  }
  if (body.size() == 1 && body[0] >= 'a' && body[0] <= 'z') return body[0] - 'a';
  if (body.size() == 1 && body[0] >= 'A' && body[0] <= 'Z') return body[0] - 'A';
  if (!body.empty() && body.size() <= 2 &&
      body.find_first_not_of("0123456789") == std::string_view::npos) {
    int number = 0;
    for (const char c : body) number = number * 10 + (c - '0');
    return from_zero ? number : number - 1;
  }
  const std::vector<char32_t> points = to_code_points(body);
  constexpr char32_t kCircledOne = 0x2460;
  if (points.size() == 1 && points[0] >= kCircledOne && points[0] < kCircledOne + 20) {
    return static_cast<int>(points[0] - kCircledOne);
  }
  return -1;
}

// A list in one cell: JSON, or parts between |, line ends, or ;.
std::vector<std::string> listed(const Json& value) {
  std::vector<std::string> out;
  Json list = value;
  if (value.is_string()) {
    const std::string& text = value.get_ref<const std::string&>();
    if (const auto parsed = parse_json(text, "cell"); parsed && parsed->is_array()) {
      list = *parsed;
    } else {
      const char separator = text.find('|') != std::string::npos    ? '|'
                             : text.find('\n') != std::string::npos ? '\n'
                                                                    : ';';
      for (size_t at = 0; at <= text.size();) {
        const size_t end = std::min(text.find(separator, at), text.size());
        const std::string part(strip_space(std::string_view(text).substr(at, end - at)));
        if (!part.empty()) out.push_back(part);
        at = end + 1;
      }
      return out;
    }
  }
  if (!list.is_array()) return out;
  for (const Json& item : list) {
    out.push_back(item.is_string() ? item.get<std::string>() : dump_json(item));
  }
  return out;
}

struct Columns {
  std::vector<std::string> all;
  std::string question;
  std::string answer;
  std::string passage;
  std::string id;
  std::string choice_list;
  std::vector<std::string> choices;  // one column each, in order
  std::vector<std::string> tags;
};

class TableReading {
 public:
  TableReading(std::string path, const TableChoice& options)
      : path_(std::move(path)), options_(options) {}

  Result<TableSuite> run() {
    ASSAY_TRY_VOID(open());
    ASSAY_TRY_VOID(find_columns());
    ASSAY_TRY_VOID(check_cells());
    decide();
    suite_.name = options_.name.empty() ? suite_name_of(path_) : options_.name;
    suite_.rows = rows_.size();
    ASSAY_TRY_VOID(write_rows());
    suite_.suite_yaml = yaml();
    return std::move(suite_);
  }

 private:
  enum class Kind : uint8_t { kChoice, kLabels, kNumber, kShort, kLong };

  // ---- reading
  Result<void> open() {
    std::error_code failed;
    const auto bytes = fs::file_size(path_, failed);
    if (failed) return Error{ErrorCode::kNotFound, "cannot be opened", path_};
    if (bytes > kTableBytesMax) {
      return Error{ErrorCode::kLimit,
                   fmt::format("has {} bytes, more than {}", bytes, kTableBytesMax), path_};
    }
    RowSource source;
    source.path = path_;
    source.shown = path_;
    source.format = format_of_name(path_).value_or(DataFormat::kAuto);
    std::string temporary;
    if (!path_.ends_with(".gz")) {
      ASSAY_TRY(temporary, decoded_copy());
      if (!temporary.empty()) source.path = temporary;
    }
    Result<std::unique_ptr<RowStore>> store = RowStore::open(source);
    if (!temporary.empty()) fs::remove(temporary, failed);  // stays open where it is read
    if (!store) return std::move(store).error();
    store_ = std::move(*store);
    if (store_->size() == 0) return input_error(path_, "has no rows");
    for (uint64_t i = 0; i < store_->size(); ++i) {
      ASSAY_TRY(Json row, store_->row(i));
      rows_.push_back(std::move(row));
    }
    return {};
  }

  // A copy in UTF-8 where the file is in something else; empty: the file can be read as it is.
  Result<std::string> decoded_copy() {
    std::ifstream in(path_, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    ASSAY_TRY(const TableText table, decode_table(bytes, path_));
    ASSAY_TRY_VOID(check_separator(table.text));
    if (table.encoding == "UTF-8") return std::string();
    suite_.decisions.push_back(fmt::format("encoding: {}, read as such", table.encoding));
    std::string name = (fs::temp_directory_path() / "assay-table-XXXXXX").string();
    const int fd = ::mkstemp(name.data());
    if (fd < 0) return Error{ErrorCode::kIo, "no temporary file can be made", path_};
    size_t done = 0;
    while (done < table.text.size()) {
      const ssize_t n = ::write(fd, table.text.data() + done, table.text.size() - done);
      if (n <= 0) break;
      done += static_cast<size_t>(n);
    }
    ::close(fd);
    if (done == table.text.size()) return name;
    std::error_code ignored;
    fs::remove(name, ignored);
    return Error{ErrorCode::kIo, "the temporary file cannot be written", path_};
  }

  [[nodiscard]] Result<void> check_separator(const std::string& text) const {
    const std::string_view first = std::string_view(text).substr(0, text.find('\n'));
    const bool csv = format_of_name(path_) == DataFormat::kCsv;
    if (!csv || first.find(',') != std::string_view::npos) return {};
    for (const char separator : {';', '\t'}) {
      if (first.find(separator) == std::string_view::npos) continue;
      return input_error(path_, separator == ';'
                                    ? "its columns are separated by `;`, expected `,` "
                                      "(or a .tsv file with tabs)"
                                    : "its columns are separated by tabs; name it .tsv");
    }
    return {};
  }

  // ---- columns
  Result<void> find_columns() {
    for (const auto& [key, value] : rows_.front().items()) columns_.all.push_back(key);
    ASSAY_TRY(columns_.question, column(options_.question, kQuestionNames, "question"));
    ASSAY_TRY(columns_.answer, column(options_.answer, kAnswerNames, "answer"));
    columns_.passage = free_column(kPassageNames);
    columns_.id = free_column(kIdNames);
    if (!columns_.id.empty() && !is_unique(columns_.id)) columns_.id.clear();
    columns_.choice_list = free_column(kChoiceListNames);
    find_choice_columns();
    for (const std::string& name : columns_.all) {
      if (columns_.tags.size() < kTagColumnsMax && is_free(name) &&
          is_one_of(kTagNames, plain_name(name)) && different(name) <= kTagValuesMax) {
        columns_.tags.push_back(name);
      }
    }
    return {};
  }

  template <size_t N>
  Result<std::string> column(const std::string& wanted,
                             const std::array<std::string_view, N>& usual,
                             const std::string& what) const {
    if (!wanted.empty()) {
      if (rows_.front().contains(wanted)) return wanted;
      return input_error(path_,
                         fmt::format("no column `{}`; columns here: {}", wanted, shown_columns()));
    }
    for (const std::string_view name : usual) {
      for (const std::string& candidate : columns_.all) {
        if (plain_name(candidate) == name) return candidate;
      }
    }
    return input_error(path_, fmt::format("no column looks like the {0}; name it with --{0} "
                                          "(columns here: {1})",
                                          what, shown_columns()));
  }

  [[nodiscard]] std::string shown_columns() const {
    std::string out;
    for (const std::string& name : columns_.all) out += (out.empty() ? "`" : ", `") + name + "`";
    return out;
  }

  [[nodiscard]] bool is_free(const std::string& name) const {
    return name != columns_.question && name != columns_.answer && name != columns_.passage &&
           name != columns_.id && name != columns_.choice_list &&
           std::find(columns_.choices.begin(), columns_.choices.end(), name) ==
               columns_.choices.end();
  }

  template <size_t N>
  [[nodiscard]] std::string free_column(const std::array<std::string_view, N>& usual) const {
    for (const std::string& candidate : columns_.all) {
      if (is_free(candidate) && is_one_of(usual, plain_name(candidate))) return candidate;
    }
    return {};
  }

  // A, B, C ... or option_1, option_2 ...: at least two, without a gap.
  void find_choice_columns() {
    if (!columns_.choice_list.empty()) return;
    for (const std::string_view prefix : kChoicePrefixes) {
      std::map<int, std::string> found;
      for (const std::string& name : columns_.all) {
        const std::string plain = plain_name(name);
        if (!is_free(name) || !plain.starts_with(prefix) || plain.size() == prefix.size()) continue;
        const std::string rest = plain.substr(prefix.size());
        // A bare number is no choice; a bare letter is.
        if (prefix.empty() && is_number(rest)) continue;
        const int position = position_named(rest, false);
        if (position >= 0) found.emplace(position, name);
      }
      if (found.size() < 2 || found.begin()->first != 0 ||
          found.rbegin()->first != static_cast<int>(found.size()) - 1 ||
          found.size() > kTableChoicesMax) {
        continue;
      }
      for (const auto& [position, name] : found) columns_.choices.push_back(name);
      return;
    }
  }

  [[nodiscard]] size_t different(const std::string& name) const {
    std::set<std::string> values;
    for (const Json& row : rows_) values.insert(cell(row, name));
    return values.size();
  }
  [[nodiscard]] bool is_unique(const std::string& name) const {
    constexpr size_t kIdBytesMax = 512;
    for (const Json& row : rows_) {
      const std::string id = cell(row, name);
      if (id.empty() || id.size() > kIdBytesMax) return false;
    }
    return different(name) == rows_.size();
  }

  Result<void> check_cells() const {
    for (size_t i = 0; i < rows_.size(); ++i) {
      for (const std::string& name : {columns_.question, columns_.answer}) {
        if (!rows_[i].contains(name)) {
          return input_error(store_->place(i), fmt::format("no `{}` in this row", name));
        }
        if (cell(rows_[i], name).empty()) {
          return input_error(store_->place(i), fmt::format("`{}` is empty in this row", name));
        }
      }
    }
    return {};
  }

  // ---- how answers are judged
  [[nodiscard]] bool has_choices() const {
    return !columns_.choices.empty() || !columns_.choice_list.empty();
  }

  void decide() {
    find_labels();
    const bool numbers = std::all_of(rows_.begin(), rows_.end(), [&](const Json& row) {
      return is_number(cell(row, columns_.answer));
    });
    if (has_choices()) {
      kind_ = Kind::kChoice;
      labels_.clear();
      from_zero_ = std::any_of(rows_.begin(), rows_.end(),
                               [&](const Json& row) { return cell(row, columns_.answer) == "0"; });
    } else if (!labels_.empty()) {
      kind_ = Kind::kLabels;
    } else if (numbers) {
      kind_ = Kind::kNumber;
    } else {
      kind_ = median_length() > kLongAnswer ? Kind::kLong : Kind::kShort;
      find_alternatives();
    }
    say_columns();
  }

  // Few different answers, each seen several times: a classification.
  void find_labels() {
    std::map<std::string, size_t> counts;
    for (const Json& row : rows_) ++counts[cell(row, columns_.answer)];
    const bool repeated = std::all_of(counts.begin(), counts.end(),
                                      [](const auto& count) { return count.second >= 2; });
    if (counts.size() < 2 || counts.size() > kLabelsMax || !repeated ||
        rows_.size() < 4 * counts.size()) {
      return;
    }
    for (const auto& [label, count] : counts) labels_.push_back(label);
  }

  [[nodiscard]] size_t median_length() const {
    std::vector<size_t> lengths;
    for (const Json& row : rows_) {
      lengths.push_back(to_code_points(cell(row, columns_.answer)).size());
    }
    const auto middle = lengths.begin() + static_cast<std::ptrdiff_t>(lengths.size() / 2);
    std::nth_element(lengths.begin(), middle, lengths.end());
    return *middle;
  }

  // "서울|서울시": each part is accepted, where no row has an empty part.
  void find_alternatives() {
    bool any = false;
    for (const Json& row : rows_) {
      const std::string text = cell(row, columns_.answer);
      any = any || text.find('|') != std::string::npos;
      if (text.starts_with('|') || text.ends_with('|') || text.find("||") != std::string::npos) {
        return;
      }
    }
    alternatives_ = any;
  }

  void say_columns() {
    auto& say = suite_.decisions;
    say.push_back(fmt::format("question: column `{}`{}", columns_.question,
                              columns_.passage.empty()
                                  ? ""
                                  : fmt::format(", after the passage in `{}`", columns_.passage)));
    say.push_back(fmt::format("answer: column `{}`{}", columns_.answer,
                              alternatives_ ? ", where | separates accepted answers" : ""));
    if (!columns_.choices.empty()) {
      say.push_back(fmt::format("choices: columns `{}`", fmt::join(columns_.choices, "`, `")));
    }
    if (!columns_.choice_list.empty()) {
      say.push_back(fmt::format("choices: the list in column `{}`", columns_.choice_list));
    }
    say.push_back(columns_.id.empty() ? std::string("id: the row's number")
                                      : fmt::format("id: column `{}`", columns_.id));
    if (!columns_.tags.empty()) {
      say.push_back(fmt::format("tags: columns `{}`", fmt::join(columns_.tags, "`, `")));
    }
    say.push_back("judged: " + judged_text());
  }

  [[nodiscard]] static bool has_scorer(std::string_view name) {
    const std::vector<ScorerListing> rows = list_scorers();
    return std::any_of(rows.begin(), rows.end(),
                       [&](const ScorerListing& row) { return row.name == name; });
  }

  [[nodiscard]] std::string judged_text() const {
    switch (kind_) {
      case Kind::kChoice:
        return "`choice`: the letter or text that the reply picks";
      case Kind::kLabels:
        return fmt::format("`choice` among {} labels, 60 % of the rows to train", labels_.size());
      case Kind::kNumber:
        return "`number`: every answer is a number";
      case Kind::kShort:
        return "`includes`: right when the answer stands in the reply; `exact` beside it";
      case Kind::kLong:
        return has_scorer("squad") ? "`squad`: words in common, as the answers are long"
                                   : "`includes` and `wer`: the answers are long";
    }
    return "";
  }

  // ---- rows
  Result<void> write_rows() {
    std::vector<size_t> order(rows_.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    // A classification gives 60 % of its rows, drawn by a fixed seed, to models that learn.
    suite_.learns = kind_ == Kind::kLabels;
    if (suite_.learns) Rng(0).shuffle(order);
    const size_t train = suite_.learns ? order.size() * 6 / 10 : 0;
    const auto cut = order.begin() + static_cast<std::ptrdiff_t>(train);
    std::sort(order.begin(), cut);
    std::sort(cut, order.end());
    for (size_t i = 0; i < order.size(); ++i) {
      ASSAY_TRY(const Json row, output_row(order[i]));
      (i < train ? suite_.train_jsonl : suite_.test_jsonl) += dump_json(row) + "\n";
    }
    return {};
  }

  Result<Json> output_row(size_t index) const {
    const Json& row = rows_[index];
    Json out;
    out["id"] = columns_.id.empty() ? fmt::format("{}", index + 1) : cell(row, columns_.id);
    std::string question = cell(row, columns_.question);
    if (!columns_.passage.empty() && !cell(row, columns_.passage).empty()) {
      question = cell(row, columns_.passage) + "\n\n" + question;
    }
    out["question"] = std::move(question);
    const std::string answer = cell(row, columns_.answer);
    if (kind_ == Kind::kChoice) {
      ASSAY_TRY_VOID(put_choices(index, answer, out));
    } else if (alternatives_) {
      out["answer"] = listed(Json(answer.find('|') == std::string::npos ? answer + "|" : answer));
    } else {
      out["answer"] = answer;
    }
    for (size_t t = 0; t < columns_.tags.size(); ++t) {
      out[fmt::format("tag_{}", t + 1)] = cell(row, columns_.tags[t]);
    }
    return out;
  }

  Result<void> put_choices(size_t index, const std::string& answer, Json& out) const {
    const Json& row = rows_[index];
    std::vector<std::string> choices;
    if (columns_.choices.empty()) {
      const Json* list = find_member(row, columns_.choice_list);
      if (list != nullptr) choices = listed(*list);
    } else {
      for (const std::string& name : columns_.choices) choices.push_back(cell(row, name));
      while (!choices.empty() && choices.back().empty()) choices.pop_back();
    }
    const auto same = std::find(choices.begin(), choices.end(), answer);
    int position = same == choices.end() ? position_named(answer, from_zero_)
                                         : static_cast<int>(same - choices.begin());
    if (choices.size() < 2 || choices.size() > kTableChoicesMax || position < 0 ||
        position >= static_cast<int>(choices.size())) {
      return input_error(store_->place(index),
                         fmt::format("the answer `{}` is none of the row's {} choices, expected a "
                                     "letter, a number from {} or the text of one",
                                     answer, choices.size(), from_zero_ ? 0 : 1));
    }
    std::string shown;
    for (size_t i = 0; i < choices.size(); ++i) {
      if (choices[i].empty()) {
        return input_error(store_->place(index), "a choice before the last is empty");
      }
      shown += fmt::format("\n{}. {}", static_cast<char>('A' + i), choices[i]);
    }
    out["question"] = out["question"].get<std::string>() + "\n" + shown;
    out["choices"] = choices;
    out["answer"] = position;
    return {};
  }

  // ---- the suite file
  [[nodiscard]] std::string yaml() const {
    std::string out = fmt::format(
        "# Made by `assay init suite` from {}. docs/suites.md describes every key.\n"
        "# What was decided, and can be changed here:\n",
        yaml_text(fs::path(path_).filename().string()));
    for (const std::string& line : suite_.decisions) out += "#   " + line + "\n";
    out += fmt::format("task: {}\ntitle: {}\ndata:\n  test: test.jsonl\n", yaml_text(suite_.name),
                       yaml_text(suite_.name));
    if (suite_.learns) out += "  train: train.jsonl\ntraining_split: train\n";
    out += "test_split: test\nid: \"{{ id }}\"\ninput: \"{{ question }}\"\n";
    out += prompt_yaml();
    if (!columns_.tags.empty()) {
      out += "tags:\n";
      for (size_t t = 0; t < columns_.tags.size(); ++t) {
        out += fmt::format("  {}: tag_{}\n", yaml_text(columns_.tags[t]), t + 1);
      }
    }
    return out + scorer_yaml();
  }

  [[nodiscard]] std::string prompt_yaml() const {
    if (kind_ == Kind::kChoice) {
      return "doc_to_text: \"{{ question }}\\n\\nAnswer with the letter of the right choice.\\n"
             "Answer:\"\ndoc_to_choice: choices\ndoc_to_target: answer\n";
    }
    if (kind_ != Kind::kLabels) {
      return fmt::format("doc_to_text: \"{{{{ question }}}}\"\ndoc_to_target: {}\n",
                         alternatives_ ? "answer" : "\"{{ answer }}\"");
    }
    std::string out =
        fmt::format("doc_to_text: {}\ndoc_to_choice:\n",
                    yaml_text(fmt::format("{{{{ question }}}}\n\nAnswer with one of: {}\nAnswer:",
                                          fmt::join(labels_, ", "))));
    for (const std::string& label : labels_) out += "  - " + yaml_text(label) + "\n";
    return out + "doc_to_target: \"{{ answer }}\"\n";
  }

  [[nodiscard]] std::string scorer_yaml() const {
    switch (kind_) {
      case Kind::kChoice:
      case Kind::kLabels:
        return "scorers:\n  - choice\n";
      case Kind::kNumber:
        return "scorers:\n  - number\n";
      case Kind::kLong:
        if (has_scorer("squad")) return "scorers:\n  - squad\n";
        return "scorers:\n  - name: includes\n    ignore_case: true\n  - wer\n";
      case Kind::kShort:
        break;
    }
    return "scorers:\n"
           "  - name: includes        # right when the answer is contained in the reply\n"
           "    ignore_case: true\n"
           "  - name: exact           # right when it is the whole reply\n"
           "    metric: exact\n    ignore_case: true\n    ignore_punctuation: true\n";
  }

  std::string path_;
  const TableChoice& options_;
  std::unique_ptr<RowStore> store_;
  std::vector<Json> rows_;
  Columns columns_;
  Kind kind_ = Kind::kShort;
  std::vector<std::string> labels_;
  bool from_zero_ = false;
  bool alternatives_ = false;
  TableSuite suite_;
};

}  // namespace

Result<TableSuite> suite_from_table(const std::string& path, const TableChoice& options) {
  return TableReading(path, options).run();
}

}  // namespace assay::suites
