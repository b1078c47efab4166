#include "harness/aggregate/text_health.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "harness/aggregate/run_health.h"
#include "harness/base/hash.h"
#include "harness/base/rng.h"

namespace assay::aggregate {
namespace {

constexpr double kExampleContainment = 0.9;
constexpr size_t kExampleShinglesMin = 20;  // shorter questions are in everything
constexpr size_t kExampleBytesMax = 64UL << 10;
constexpr size_t kExamplesRememberedMax = 4096;

// What of a sample must be kept.
struct Item {
  uint64_t question = 0;  // exact: normalised text, choices, pictures
  uint64_t text = 0;      // the normalised text alone
  uint64_t choices = 0;
  std::vector<uint64_t> answers;  // hashes of accepted ones, ascending
};

uint64_t hash_of(std::string_view text) { return sha256(text).prefix64(); }

std::string question_text(const Sample& sample) {
  const Prompt& prompt = sample.prompt;
  if (!prompt.input.empty()) return prompt.input;
  return prompt.messages.empty() ? prompt.text : prompt.messages;
}

// Of the set of choices, whatever their order; 0: none.
uint64_t choices_hash(const Sample& sample) {
  if (sample.choices.empty()) return 0;
  std::vector<std::string> plain;
  for (const std::string& choice : sample.choices) plain.push_back(plain_text(choice));
  std::sort(plain.begin(), plain.end());
  HashBuilder hash;
  for (const std::string& choice : plain) hash.add(choice);
  return hash.finish().prefix64();
}

// Pictures and choices part questions of the same words.
uint64_t question_hash(uint64_t text, uint64_t choices, const Sample& sample) {
  HashBuilder hash;
  hash.add_number(static_cast<int64_t>(text)).add_number(static_cast<int64_t>(choices));
  for (const std::string& image : sample.prompt.images) hash.add(image);
  return hash.finish().prefix64();
}

std::vector<uint64_t> answer_hashes(const Sample& sample) {
  std::vector<uint64_t> out;
  const auto add = [&](const std::string& text) { out.push_back(hash_of(plain_text(text))); };
  if (!sample.gold.empty() && !sample.choices.empty()) {
    for (const uint32_t g : sample.gold) {
      if (g < sample.choices.size()) add(sample.choices[g]);
    }
  } else {
    for (const std::string& target : sample.targets) add(target);
  }
  for (const auto& [name, value] : sample.fields)
    out.push_back(hash_of(fmt::format("{}\n{}", name, value)));
  std::sort(out.begin(), out.end());
  return out;
}

std::string label_of(const Sample& sample) {
  if (!sample.gold.empty()) return label_of_choice(sample.gold.front());
  return sample.targets.empty() ? std::string() : sample.targets.front();
}

bool have_common(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b) {
  std::vector<uint64_t> both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return !both.empty();
}

// Examples in front of a question, each as a sketch. Prompts repeat their examples: the parts are
// remembered by their text.
class ExampleParts {
 public:
  // Calls take(sketch) for each part: turns of a chat, paragraphs of a text before the question.
  template <typename Take>
  void each(const Sample& sample, Take take) {
    for (const ExampleTurn& turn : sample.prompt.turns) take(part(turn.user));
    if (sample.prompt.input.empty() || sample.prompt.text.empty()) return;
    const size_t end = sample.prompt.text.rfind(sample.prompt.input);
    if (end == std::string::npos) return;
    std::string_view before = std::string_view(sample.prompt.text).substr(0, end);
    before = before.substr(0, kExampleBytesMax);
    while (!before.empty()) {
      const size_t cut = std::min(before.find("\n\n"), before.size());
      if (cut > 0) take(part(before.substr(0, cut)));
      before.remove_prefix(std::min(cut + 2, before.size()));
    }
  }

 private:
  const TextSketch& part(std::string_view text) {
    if (known_.size() >= kExamplesRememberedMax) known_.clear();
    const auto [at, fresh] = known_.try_emplace(hash_of(text));
    if (fresh) at->second = sketch_text(text);
    return at->second;
  }
  std::unordered_map<uint64_t, TextSketch> known_;
};

enum class Shown { kNo, kNear, kSame };

// Whether a prompt's examples show its own question: as a part of its own, or inside one.
Shown shown_in_examples(const Sample& sample, const TextSketch& question, ExampleParts& parts) {
  if (question.shingles.empty()) return Shown::kNo;
  const bool long_enough = question.shingles.size() >= kExampleShinglesMin;
  Shown out = Shown::kNo;
  parts.each(sample, [&](const TextSketch& part) {
    if (part.text == question.text) {
      out = Shown::kSame;
    } else if (out == Shown::kNo && long_enough) {
      const double in = containment(question, part);
      if (in >= 1) out = Shown::kSame;
      if (in >= kExampleContainment && in < 1) out = Shown::kNear;
    }
  });
  return out;
}

class Examiner {
 public:
  Examiner(const Suite& suite, const NearOptions& options) : suite_(suite), options_(options) {
    out_.threshold = options.threshold;
  }

  Result<TextHealth> examine() {
    if (suite_.size() > kTextItemsMax || suite_.train_size() > kTextItemsMax - suite_.size()) {
      return Error{ErrorCode::kLimit,
                   fmt::format("{} samples and {} train lines, expected at most {}", suite_.size(),
                               suite_.train_size(), kTextItemsMax),
                   "suite " + suite_.info().name};
    }
    for (uint64_t i = 0; i < suite_.size(); ++i) ASSAY_TRY_VOID(read_sample(i));
    for (uint64_t i = 0; i < suite_.train_size(); ++i) ASSAY_TRY_VOID(read_train(i));
    out_.items = suite_.size();
    out_.train = suite_.train_size();
    ASSAY_TRY_VOID(find_same());
    ASSAY_TRY_VOID(find_near());
    return std::move(out_);
  }

 private:
  Result<void> read_sample(uint64_t index) {
    ASSAY_TRY(const Sample sample, suite_.sample(index));
    const std::string bare = question_text(sample);
    TextSketch sketch = sketch_text(bare);
    const bool pictures = !sample.prompt.images.empty();
    if (bare.empty() && sample.choices.empty() && !pictures) ++out_.empty;
    Item item{.text = sketch.text, .choices = choices_hash(sample)};
    item.question = question_hash(item.text, item.choices, sample);
    item.answers = answer_hashes(sample);
    if (const std::string label = label_of(sample); !label.empty()) count_label(label);
    const Shown shown = shown_in_examples(sample, sketch, examples_);
    if (shown == Shown::kSame) add_single(sample.id, out_.in_examples);
    if (shown == Shown::kNear) add_single(sample.id, out_.near_examples);
    // The words of a question about a picture say little: pictures are compared by name alone.
    if (pictures) sketch = {};
    sketch.text = item.question;
    items_.push_back(std::move(item));
    sketches_.push_back(std::move(sketch));
    return {};
  }

  Result<void> read_train(uint64_t index) {
    ASSAY_TRY(const TrainingExample example, suite_.train(index));
    TextSketch sketch = sketch_text(example.input);
    train_text_.push_back(sketch.text);
    sketches_.push_back(std::move(sketch));
    return {};
  }

  // More labels than are shown need no counting; a few more are kept to know it.
  void count_label(const std::string& label) {
    const auto at = out_.labels.find(label);
    if (at != out_.labels.end()) {
      ++at->second;
    } else if (out_.labels.size() <= kLabelsMax) {
      out_.labels[label] = 1;
    }
  }

  static void add_single(const std::string& id, TextFinding& to) {
    ++to.items;
    ++to.groups;
    if (to.first.size() < kTextFindingsMax) to.first.push_back({.items = {id}, .size = 1});
  }

  Result<std::string> name(uint64_t member) const {
    if (member >= items_.size()) return fmt::format("train:{}", member - items_.size());
    return suite_.sample_id(member);
  }

  // `members` ascending: test items first.
  Result<void> add_group(const std::vector<uint32_t>& members, TextFinding& to) const {
    ++to.groups;
    to.items += static_cast<uint64_t>(std::count_if(members.begin(), members.end(),
                                                    [&](uint32_t m) { return m < items_.size(); }));
    if (to.first.size() >= kTextFindingsMax) return {};
    TextGroup group{.size = members.size()};
    for (const uint32_t member : members) {
      if (group.items.size() == kTextGroupNamesMax) break;
      ASSAY_TRY(std::string id, name(member));
      group.items.push_back(std::move(id));
    }
    to.first.push_back(std::move(group));
    return {};
  }

  Result<void> find_same() {
    std::map<uint64_t, std::vector<uint32_t>> by_question;
    for (uint32_t i = 0; i < items_.size(); ++i) by_question[items_[i].question].push_back(i);
    std::map<uint32_t, const std::vector<uint32_t>*> in_order;  // by first member
    for (const auto& [question, members] : by_question) {
      if (members.size() > 1) in_order[members.front()] = &members;
    }
    for (const auto& [first, members] : in_order) {
      ASSAY_TRY_VOID(add_group(*members, out_.duplicates));
      if (contradict(*members)) ASSAY_TRY_VOID(add_group(*members, out_.conflicts));
    }
    std::unordered_map<uint64_t, uint32_t> train;
    for (uint32_t t = 0; t < train_text_.size(); ++t) train.try_emplace(train_text_[t], t);
    const auto offset = static_cast<uint32_t>(items_.size());
    for (uint32_t i = 0; i < items_.size(); ++i) {
      if (sketches_[i].shingles.empty()) continue;  // a picture, or nothing to read
      const auto at = train.find(items_[i].text);
      if (at == train.end()) continue;
      in_train_.insert(i);
      ASSAY_TRY_VOID(add_group(std::vector<uint32_t>{i, offset + at->second}, out_.in_train));
    }
    return {};
  }

  // Two members without a right answer in common. Compared with the first: enough to find one.
  [[nodiscard]] bool contradict(const std::vector<uint32_t>& members) const {
    const std::vector<uint64_t>& first = items_[members.front()].answers;
    return std::any_of(members.begin() + 1, members.end(), [&](uint32_t m) {
      const std::vector<uint64_t>& other = items_[m].answers;
      return !first.empty() && !other.empty() && !have_common(first, other);
    });
  }

  // Choices of their own part look-alike questions ("Which of these is true?"); the same ones for
  // all items are classes and part nothing.
  void part_by_choices() {
    const bool classes = std::all_of(items_.begin(), items_.end(), [&](const Item& item) {
      return item.choices == items_.front().choices;
    });
    if (classes) return;
    for (size_t i = 0; i < items_.size(); ++i) {
      sketches_[i].numbers = mix64(sketches_[i].numbers ^ items_[i].choices);
    }
  }

  Result<void> find_near() {
    part_by_choices();
    const std::vector<uint32_t> group_of = near_groups(sketches_, options_);
    std::map<uint32_t, std::vector<uint32_t>> groups;
    for (uint32_t i = 0; i < group_of.size(); ++i) groups[group_of[i]].push_back(i);
    for (const auto& [first, members] : groups) {
      if (members.size() < 2 || first >= items_.size()) continue;
      ASSAY_TRY_VOID(add_near(members));
    }
    return {};
  }

  Result<void> add_near(const std::vector<uint32_t>& members) {
    std::vector<uint32_t> test;
    std::set<uint64_t> questions;
    std::vector<uint32_t> near_train;
    for (const uint32_t m : members) {
      if (m >= items_.size()) continue;
      test.push_back(m);
      questions.insert(items_[m].question);
      if (!in_train_.contains(m)) near_train.push_back(m);
    }
    if (questions.size() > 1) ASSAY_TRY_VOID(add_group(test, out_.near));
    if (members.back() < items_.size() || near_train.empty()) return {};
    near_train.push_back(members.back());
    return add_group(near_train, out_.near_train);
  }

  const Suite& suite_;
  NearOptions options_;
  TextHealth out_;
  ExampleParts examples_;
  std::vector<Item> items_;
  std::vector<uint64_t> train_text_;
  std::vector<TextSketch> sketches_;  // of items, then of the train split
  std::unordered_set<uint32_t> in_train_;
};

}  // namespace

Result<TextHealth> text_health(const Suite& suite, const NearOptions& options) {
  return Examiner(suite, options).examine();
}

}  // namespace assay::aggregate
