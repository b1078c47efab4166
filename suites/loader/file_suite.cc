#include "suites/loader/file_suite.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>

#include "harness/base/hash.h"
#include "harness/base/json.h"
#include "harness/base/rng.h"
#include "suites/loader/chat_columns.h"
#include "suites/loader/data_access.h"
#include "suites/loader/duplicate_ids.h"
#include "suites/loader/image_file.h"
#include "suites/loader/json_scan.h"
#include "suites/loader/picture_folder.h"
#include "suites/score/scorers.h"

namespace assay::suites {
namespace {

constexpr uint64_t kShuffleStream = 0x73687566666C65;  // names the stream of the shuffle

void hash_text(HashBuilder& hash, std::string_view key, const std::optional<TemplateText>& text) {
  hash.add(key).add_number(text ? 1 : 0).add(text ? std::string_view(text->text) : "");
}
void hash_texts(HashBuilder& hash, std::string_view key, const std::vector<TemplateText>& texts) {
  hash.add(key).add_number(static_cast<int64_t>(texts.size()));
  for (const TemplateText& text : texts) hash.add(text.text);
}
void hash_named(HashBuilder& hash, std::string_view key,
                const std::vector<std::pair<std::string, TemplateText>>& texts) {
  hash.add(key).add_number(static_cast<int64_t>(texts.size()));
  for (const auto& [name, text] : texts) hash.add(name).add(text.text);
}

void hash_params(HashBuilder& hash, const GenerationParams& params) {
  const auto number = [&](std::string_view key, const auto& value) {
    hash.add(key).add(value ? fmt::format("{}", *value) : "unset");
  };
  number("max_tokens", params.max_tokens);
  number("temperature", params.temperature);
  number("top_p", params.top_p);
  number("seed", params.seed);
  hash.add("stop").add_number(static_cast<int64_t>(params.stop.size()));
  for (const std::string& stop : params.stop) hash.add(stop);
  // Younger settings are hashed where they are given, so that older suites keep their hash.
  const auto given = [&](std::string_view key, const auto& value) {
    if (value) hash.add(key).add(fmt::format("{}", *value));
  };
  given("top_k", params.top_k);
  given("min_p", params.min_p);
  given("presence_penalty", params.presence_penalty);
  given("frequency_penalty", params.frequency_penalty);
}

void hash_doc(HashBuilder& hash, const DocTemplates& doc) {
  if (!doc.text && doc.target.empty() && doc.choice.empty()) return;
  hash_text(hash, "shot_to_text", doc.text);
  hash_texts(hash, "shot_to_target", doc.target);
  hash_texts(hash, "shot_to_choice", doc.choice);
}

// Scorers that judge log-likelihoods; all others judge a text.
bool judges_loglikelihoods(const ScorerSpec& scorer) {
  constexpr std::array<std::string_view, 3> kNames = {"lm_eval", "truthfulqa_mc", "process"};
  return std::find(kNames.begin(), kNames.end(), scorer.name) != kNames.end();
}

// A multiple_choice is judged by its choices' log-likelihoods, or asked as free text.
Result<void> choose_judgement(bool as_generation, SuiteDefinition& suite) {
  if (suite.output_type == "generate_until") return {};
  const auto by_text =
      std::find_if_not(suite.scorers.begin(), suite.scorers.end(), judges_loglikelihoods);
  if (as_generation && suite.output_type != "multiple_choice") {
    return input_error("--as-generation",
                       fmt::format("the suite `{}` is of `output_type: {}`, expected "
                                   "multiple_choice or generate_until",
                                   suite.name, suite.output_type));
  }
  suite.as_generation = suite.as_generation || as_generation;
  if (suite.as_generation) {
    if (by_text != suite.scorers.end()) return {};
    suite.scorers.resize(1);  // it has at least one
    suite.scorers[0].name = "choice";
    suite.scorers[0].options = {};
    return {};
  }
  if (by_text == suite.scorers.end()) return {};
  return by_text->options.error(
      fmt::format("the scorer `{}` judges a text, but `output_type: {}` asks for log-likelihoods; "
                  "expected `as_generation: true` (or --as-generation), or no `scorers:`",
                  by_text->name, suite.output_type));
}

// The context of all continuations without one is the message.
void move_spaces(std::string& message, std::vector<Continuation>& continuations) {
  std::string space;
  const bool shared = std::any_of(continuations.begin(), continuations.end(),
                                  [](const Continuation& one) { return !one.context; });
  if (shared) move_space(message, space);
  for (Continuation& one : continuations) {
    if (one.context) {
      move_space(*one.context, one.text);
    } else {
      one.text.insert(0, space);
    }
  }
}

// "key=value"
Result<std::pair<std::string, std::string>> split_tag(const std::string& text) {
  const size_t at = text.find('=');
  if (at == std::string::npos || at == 0) {
    return input_error("--tag", fmt::format("`{}` is no tag, expected KEY=VALUE", text));
  }
  return std::pair(text.substr(0, at), text.substr(at + 1));
}

}  // namespace

Result<std::unique_ptr<FileSuite>> FileSuite::load(SuiteDefinition definition,
                                                   const LoadOptions& options) {
  if (options.num_fewshot) definition.num_fewshot = *options.num_fewshot;
  if (options.repeats) definition.repeats = *options.repeats;
  if (options.limit) definition.limit = options.limit;
  ASSAY_TRY_VOID(choose_judgement(options.as_generation, definition));
  std::unique_ptr<FileSuite> suite(new FileSuite(std::move(definition)));  // private constructor
  suite->chat_ = options.chat;
  ASSAY_TRY_VOID(suite->make_scorers());
  ASSAY_TRY_VOID(suite->open_splits(options));
  ASSAY_TRY_VOID(suite->compile(options));
  ASSAY_TRY_VOID(suite->make_fewshot(options));
  ASSAY_TRY_VOID(suite->plan(options));
  ASSAY_TRY_VOID(suite->hash(options));
  ASSAY_TRY_VOID(suite->check_samples());
  return suite;
}

Result<void> FileSuite::open_splits(const LoadOptions& options) {
  SplitOpener opener(data_access(options));
  const Preprocess* preprocess =
      suite_.preprocess.empty() ? nullptr : find_preprocess(suite_.preprocess);
  const auto open = [&](const std::string& name) -> Result<Documents> {
    ASSAY_TRY(Split split, opener.open(*suite_.source(name)));
    return Documents::of_split(std::move(split), preprocess);
  };
  ASSAY_TRY(test_, open(suite_.test_split));
  if (suite_.num_fewshot > 0) {
    if (suite_.shots) {
      std::vector<Json> samples;
      for (const YamlNode& item : suite_.shots->items) samples.push_back(item.to_json());
      examples_ = Documents::of_samples(std::move(samples), suite_.shots->place());
    } else {
      ASSAY_TRY(examples_, open(suite_.fewshot_split));
    }
  }
  if (suite_.train_split.empty()) return {};
  // A whole training set is not fetched for models that do not learn.
  const DataSource& train = *suite_.source(suite_.train_split);
  const bool shared = examples_ && !examples_->is_samples() && suite_.fewshot_split == train.split;
  const bool here = train.hub.empty() || shared;
  if (!here) return {};
  ASSAY_TRY(train_, open(suite_.train_split));
  return {};
}

Result<void> FileSuite::compile(const LoadOptions& options) {
  const DataSource& source = *suite_.source(suite_.test_split);
  const std::vector<std::string>& columns = test_.columns();
  if (source.is_folder() && suite_.doc_to_image.empty()) {
    // The picture of a folder's row is its question.
    suite_.doc_to_image = {{source.image_column, source.place}};
  }
  const PromptStyle style{.chat = options.chat,
                          .fewshot_as_multiturn = options.fewshot_as_multiturn.value_or(true),
                          .system = options.system};
  const bool own_columns = examples_ && !examples_->is_samples();
  ASSAY_TRY(maker_, PromptMaker::compile(suite_, columns,
                                         own_columns ? examples_->columns() : columns, style));
  if (train_) {
    ASSAY_TRY(train_maker_, SampleMaker::compile(suite_, train_->columns(), RowPurpose::kExample));
  }
  if (!suite_.id && std::find(columns.begin(), columns.end(), "id") != columns.end() &&
      !suite_.reference) {
    suite_.id = TemplateText{"id", source.place};
  }
  if (suite_.id) {
    ASSAY_TRY(id_, Expression::compile(*suite_.id, columns, "id", WordRule::kMustBeColumn));
  }
  return {};
}

Result<void> FileSuite::make_fewshot(const LoadOptions& options) {
  if (!examples_) return {};
  FewshotPlan plan;
  plan.count = suite_.num_fewshot;
  plan.sampler = suite_.sampler;
  plan.seed = options.seed == 0 ? kFewshotSeed : options.seed;
  plan.split = suite_.fewshot_split;
  plan.extra = suite_.extra_shot;
  if (!suite_.reference && !examples_->is_samples()) {
    const Split& one = examples_->split();
    const Split& other = test_.split();
    plan.extra = one.rows == other.rows && one.from < other.from + other.count &&
                 other.from < one.from + one.count;
  }
  if (options.chat && !options.fewshot_as_multiturn.value_or(true)) plan.draws_per_question = 2;
  ASSAY_TRY(fewshot_, Fewshot::make(std::move(plan), std::move(*examples_), *maker_));
  examples_.reset();
  return {};
}

Result<void> FileSuite::make_scorers() {
  std::set<std::string> names;
  for (const ScorerSpec& spec : suite_.scorers) {
    const YamlNode& node = spec.options;
    const WhereFn where = [&node](std::string_view key) {
      const YamlNode* member = node.find(key);
      return member == nullptr ? node.place() : member->place();
    };
    const Json options = node.is_map() ? node.to_json() : Json::object();
    ASSAY_TRY(std::unique_ptr<Scorer> scorer,
              make_scorer(spec.name, options, where, spec.base_dir));
    for (const MetricDef& metric : scorer->metrics()) {
      if (!names.insert(metric.name).second) {
        return node.error(
            fmt::format("a second metric named `{}`, expected another name (scorers "
                        "take `metric: NAME`)",
                        metric.name));
      }
      info_.metrics.push_back(metric);
    }
    scorers_.push_back(std::move(scorer));
  }
  return {};
}

Result<void> FileSuite::plan(const LoadOptions& options) {
  info_.name = suite_.name;
  info_.title = suite_.title;
  info_.language = suite_.language;
  info_.licence = suite_.licence;
  info_.published = suite_.published;
  info_.groups = suite_.groups;
  info_.repeats = suite_.repeats;
  info_.train_count = train_ ? train_->count() : 0;
  info_.sample_count = test_.count();
  if (id_) ASSAY_TRY_VOID(check_ids());
  if (!options.tags.empty()) ASSAY_TRY_VOID(filter(options.tags));
  if (options.shuffle_seed) {
    if (order_.empty()) {
      order_.resize(test_.count());
      for (uint64_t i = 0; i < order_.size(); ++i) order_[i] = i;
    }
    Rng rng(*options.shuffle_seed, kShuffleStream);
    rng.shuffle(order_);
  }
  if (suite_.limit && *suite_.limit < info_.sample_count) info_.sample_count = *suite_.limit;
  if (info_.sample_count == 0) return input_error(suite_.path, "`limit` is 0, expected at least 1");
  return {};
}

Error FileSuite::at_row(const Documents& documents, uint64_t row, const Error& error) const {
  return Error{error.code, fmt::format("{} (row {})", error.message, documents.place(row)),
               error.where};
}

Result<std::string> FileSuite::rendered_id(const Json& doc) const {
  ASSAY_TRY(std::string id, id_->text(doc));
  if (id.empty() || id.size() > kSampleIdBytesMax) {
    return input_error(id_->place(), fmt::format("the id has {} bytes, expected 1 to {}", id.size(),
                                                 kSampleIdBytesMax));
  }
  return id;
}

// Without building the row where the id is a plain column.
Result<std::string> FileSuite::id_of(uint64_t row, std::string_view text) const {
  if (!id_) return fmt::format("{}", row);
  if (id_->is_column() && !test_.is_preprocessed()) {
    std::vector<JsonMember> members;
    if (scan_json_object(text, &members)) {
      for (const JsonMember& member : members) {
        if (member.key != id_->column()) continue;
        const bool simple = member.value.size() > 2 && member.value.front() == '"' &&
                            member.value.size() - 2 <= kSampleIdBytesMax &&
                            member.value.find('\\') == std::string_view::npos;
        if (simple) return std::string(member.value.substr(1, member.value.size() - 2));
        break;
      }
    }
  }
  ASSAY_TRY(const Json doc, test_.parse(row, text));
  Result<std::string> id = rendered_id(doc);
  if (!id) return at_row(test_, row, id.error());
  return id;
}

Result<void> FileSuite::check_ids() const {
  DuplicateIds ids;
  ASSAY_TRY_VOID(test_.for_each([&](uint64_t row, std::string_view text) -> Result<void> {
    ASSAY_TRY(const std::string id, id_of(row, text));
    ids.add(id);
    return {};
  }));
  const std::vector<uint64_t> suspects = ids.suspects();
  if (suspects.empty()) return {};
  std::map<std::string, uint64_t> first;
  return test_.for_each([&](uint64_t row, std::string_view text) -> Result<void> {
    ASSAY_TRY(const std::string id, id_of(row, text));
    const uint64_t hash = DuplicateIds::hash_of(id);
    if (!std::binary_search(suspects.begin(), suspects.end(), hash)) return {};
    const auto [it, fresh] = first.emplace(id, row);
    if (fresh) return {};
    return input_error(test_.place(row),
                       fmt::format("the id `{}` is also that of {}, expected unique ids", id,
                                   test_.place(it->second)));
  });
}

Result<void> FileSuite::filter(const std::vector<std::string>& tags) {
  std::vector<std::pair<size_t, std::string>> wanted;  // position in tag_names, value
  const SampleMaker& maker = maker_->sample_maker();
  const std::vector<std::string>& names = maker.tag_names();
  for (const std::string& text : tags) {
    ASSAY_TRY(auto tag, split_tag(text));
    const auto it = std::find(names.begin(), names.end(), tag.first);
    if (it == names.end()) {
      return input_error(
          "--tag",
          fmt::format("the suite `{}` has no tag `{}`{}", suite_.name, tag.first,
                      names.empty() ? std::string(", nor any other")
                                    : fmt::format(", expected one of {}", fmt::join(names, ", "))));
    }
    wanted.emplace_back(static_cast<size_t>(it - names.begin()), std::move(tag.second));
  }
  ASSAY_TRY_VOID(test_.for_each([&](uint64_t row, std::string_view text) -> Result<void> {
    ASSAY_TRY(const Json doc, test_.parse(row, text));
    for (const auto& [position, value] : wanted) {
      Result<std::string> found = maker.tag(doc, position);
      if (!found) return at_row(test_, row, found.error());
      if (*found != value) return {};
    }
    order_.push_back(row);
    return {};
  }));
  if (order_.empty()) {
    return input_error("--tag", fmt::format("no sample of the suite `{}` carries {}", suite_.name,
                                            fmt::join(tags, " and ")));
  }
  info_.sample_count = order_.size();
  return {};
}

std::string FileSuite::prompt_hash(const LoadOptions& options) const {
  HashBuilder prompt;
  prompt.add("prompt 1");
  hash_text(prompt, "description", suite_.description);
  hash_text(prompt, "doc_to_text", suite_.doc.text);
  hash_texts(prompt, "doc_to_choice", suite_.doc.choice);
  hash_texts(prompt, "doc_to_image", suite_.doc_to_image);
  hash_text(prompt, "gen_prefix", suite_.gen_prefix);
  hash_text(prompt, "system", suite_.system);
  hash_text(prompt, "input", suite_.input);
  // Only where they stand, so that suites without them keep the hash they had.
  if (suite_.messages) hash_text(prompt, "messages", suite_.messages);
  if (suite_.tools) hash_text(prompt, "tools", suite_.tools);
  prompt.add(suite_.output_type).add_number(suite_.num_fewshot);
  if (suite_.num_fewshot > 0) {
    prompt.add(suite_.shot_fewshot_delimiter).add(suite_.shot_target_delimiter);
    hash_texts(prompt, "doc_to_target", suite_.doc.target);
    const bool first = suite_.sampler == FewshotSampler::kFirst;
    prompt.add(first ? "first_n" : "python");
    prompt.add_number(first ? 0 : static_cast<int64_t>(options.seed));
    if (fewshot_) hash_doc(prompt, suite_.shot);
  } else if (suite_.gen_prefix) {
    prompt.add(suite_.target_delimiter);
  }
  // What an older suite did not have leaves its hash as it was.
  if (suite_.reference) prompt.add("reference");
  if (!suite_.preprocess.empty()) prompt.add("preprocess").add(suite_.preprocess);
  if (!suite_.generates()) {
    prompt.add("loglikelihood").add(suite_.target_delimiter);
    hash_texts(prompt, "doc_to_target", suite_.doc.target);
    if (suite_.unconditional) prompt.add("unconditional");
  }
  if (!options.system.empty()) prompt.add("instruction").add(options.system);
  if (options.chat) {
    prompt.add(options.fewshot_as_multiturn.value_or(true) ? "chat, turns" : "chat");
  }
  hash_params(prompt, suite_.params);
  return prompt.finish().hex();
}

Result<void> FileSuite::hash(const LoadOptions& options) {
  info_.prompt_hash = prompt_hash(options);

  HashBuilder data;
  data.add("data 1").add("test").add(test_.identity());
  if (!suite_.doc_to_image.empty()) {
    const std::string& folder = test_.split().images_dir;
    ASSAY_TRY(const std::vector<PictureFile> files, list_pictures(folder, folder));
    data.add("pictures").add(hash_pictures(files).hex());
  }
  if (train_) data.add("train").add(train_->identity());
  if (fewshot_) data.add("fewshot").add(fewshot_->identity());
  info_.data_hash = data.finish().hex();

  HashBuilder scorer;
  scorer.add("scorers 1");
  for (const auto& one : scorers_) scorer.add(one->identity());
  info_.scorer_hash = scorer.finish().hex();

  HashBuilder all;
  all.add("suite 1").add(suite_.name).add(info_.prompt_hash).add(info_.data_hash);
  all.add(info_.scorer_hash);
  hash_texts(all, "doc_to_target", suite_.doc.target);
  hash_text(all, "id", suite_.id);
  hash_text(all, "cluster", suite_.cluster);
  hash_named(all, "tags", suite_.sample_tags);
  hash_named(all, "fields", suite_.fields);
  info_.hash = all.finish().hex();
  return {};
}

Result<void> FileSuite::check_samples() const {
  const uint64_t count = std::min(size(), kSamplesCheckedAtLoad);
  std::string buffer;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t row = row_of(i);
    ASSAY_TRY(const std::string_view text, test_.text(row, buffer));
    Sample sample;
    ASSAY_TRY_VOID(fill(row, text, i == 0, sample));
    for (const std::string& name : sample.prompt.images) {
      if (const Result<Image> image = picture(name); !image) {
        return at_row(test_, row, image.error());
      }
    }
  }
  if (train_) {
    ASSAY_TRY(const TrainingExample example, train(0));
    (void)example;  // that it can be made is what is asked
  }
  return {};
}

Result<void> FileSuite::fill(uint64_t row, std::string_view text, bool with_fewshot,
                             Sample& sample) const {
  ASSAY_TRY(const Json doc, test_.parse(row, text));
  const auto make = [&]() -> Result<void> {
    if (id_) {
      ASSAY_TRY(sample.id, rendered_id(doc));
    } else {
      sample.id = fmt::format("{}", row);
    }
    std::vector<Shot> shots;
    if (fewshot_ && with_fewshot) {
      ASSAY_TRY(shots, fewshot_->choose(row, doc));
    }
    return maker_->make(doc, shots, sample);
  };
  if (const Result<void> made = make(); !made) return at_row(test_, row, made.error());
  sample.index = row;
  sample.doc = test_.is_preprocessed() ? dump_json(doc) : std::string(text);
  return {};
}

Result<Sample> FileSuite::sample(uint64_t index) const {
  ASSAY_CHECK(index < size(), "sample {} of {}", index, size());
  const uint64_t row = row_of(index);
  std::string buffer;
  ASSAY_TRY(const std::string_view text, test_.text(row, buffer));
  Sample sample;
  ASSAY_TRY_VOID(fill(row, text, true, sample));
  return sample;
}

Result<std::string> FileSuite::sample_id(uint64_t index) const {
  ASSAY_CHECK(index < size(), "sample {} of {}", index, size());
  const uint64_t row = row_of(index);
  if (!id_) return fmt::format("{}", row);
  std::string buffer;
  ASSAY_TRY(const std::string_view text, test_.text(row, buffer));
  return id_of(row, text);
}

Result<Image> FileSuite::picture(const std::string& name) const {
  const std::string path = (std::filesystem::path(test_.split().images_dir) / name).string();
  return probe_image(path, path);
}

Result<Request> FileSuite::request(const Sample& sample, uint32_t repeat) const {
  Request request;
  request.suite = suite_.name;
  request.input = sample.prompt.input;
  request.choices = sample.choices;
  if (suite_.generates()) request.params = suite_.params;
  // Repeats of a fixed seed would all be the same generation.
  if (request.params.seed) *request.params.seed += repeat;
  const Prompt& prompt = sample.prompt;
  if (!prompt.tools.empty()) {
    ASSAY_TRY(request.tools, tools_from(Json(prompt.tools), suite_.tools->place));
  }
  if (!prompt.system.empty()) request.messages.push_back({"system", prompt.system, {}});
  if (!prompt.messages.empty()) return with_messages(sample, std::move(request));
  for (const ExampleTurn& turn : prompt.turns) {
    request.messages.push_back({"user", turn.user, {}});
    request.messages.push_back({"assistant", turn.assistant, {}});
  }
  Message question{"user", prompt.text, {}};
  for (const std::string& name : prompt.images) {
    ASSAY_TRY(Image image, picture(name));
    question.images.push_back(std::move(image));
  }
  request.continuations = prompt.continuations;
  if (!chat_) move_spaces(question.text, request.continuations);
  request.messages.push_back(std::move(question));
  if (!prompt.answer_start.empty()) {
    request.messages.push_back({"assistant", prompt.answer_start, {}});
  }
  return request;
}

// The conversation of the data, after the suite's own system message if there is one; pictures go
// with its last message.
Result<Request> FileSuite::with_messages(const Sample& sample, Request request) const {
  ASSAY_TRY(std::vector<Message> messages,
            messages_from(Json(sample.prompt.messages), suite_.messages->place));
  for (const std::string& name : sample.prompt.images) {
    ASSAY_TRY(Image image, picture(name));
    messages.back().images.push_back(std::move(image));
  }
  std::move(messages.begin(), messages.end(), std::back_inserter(request.messages));
  return request;
}

Result<TrainingExample> FileSuite::train(uint64_t index) const {
  ASSAY_CHECK(index < train_size(), "training line {} of {}", index, train_size());
  ASSAY_TRY(const Json doc, train_->doc(index));
  TrainingExample example;
  const auto make = [&]() -> Result<void> {
    ASSAY_TRY(example.input, train_maker_->input(doc));
    ASSAY_TRY(example.target, train_maker_->first_target(doc));
    return {};
  };
  if (const Result<void> made = make(); !made) return at_row(*train_, index, made.error());
  return example;
}

}  // namespace assay::suites
