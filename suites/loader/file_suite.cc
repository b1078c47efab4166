#include "suites/loader/file_suite.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "harness/base/hash.h"
#include "harness/base/json.h"
#include "harness/base/rng.h"
#include "suites/loader/data_access.h"
#include "suites/loader/chat_columns.h"
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
  std::unique_ptr<FileSuite> suite(new FileSuite(std::move(definition)));  // private constructor
  ASSAY_TRY_VOID(suite->make_scorers());
  ASSAY_TRY_VOID(suite->open_splits(options));
  ASSAY_TRY_VOID(suite->compile());
  ASSAY_TRY_VOID(suite->make_fewshot(options.seed));
  ASSAY_TRY_VOID(suite->plan(options));
  ASSAY_TRY_VOID(suite->hash(options.seed));
  ASSAY_TRY_VOID(suite->check_samples());
  return suite;
}

Result<void> FileSuite::open_splits(const LoadOptions& options) {
  SplitOpener opener(data_access(options));
  ASSAY_TRY(test_, opener.open(*suite_.source(suite_.test_split)));
  if (!suite_.train_split.empty()) {
    ASSAY_TRY(train_, opener.open(*suite_.source(suite_.train_split)));
  }
  if (suite_.num_fewshot > 0) {
    ASSAY_TRY(fewshot_split_, opener.open(*suite_.source(suite_.fewshot_split)));
  }
  return {};
}

Result<void> FileSuite::compile() {
  const DataSource& source = *suite_.source(suite_.test_split);
  const std::vector<std::string>& columns = test_.rows->columns();
  if (source.is_folder() && suite_.doc_to_image.empty()) {
    // The picture of a folder's row is its question.
    suite_.doc_to_image = {{source.image_column, source.place}};
  }
  ASSAY_TRY(maker_, SampleMaker::compile(suite_, columns, RowPurpose::kSample));
  if (train_) {
    ASSAY_TRY(train_maker_,
              SampleMaker::compile(suite_, train_->rows->columns(), RowPurpose::kExample));
  }
  if (!suite_.id && std::find(columns.begin(), columns.end(), "id") != columns.end()) {
    suite_.id = TemplateText{"id", source.place};
  }
  if (suite_.id) {
    ASSAY_TRY(id_, Expression::compile(*suite_.id, columns, "id", WordRule::kMustBeColumn));
  }
  return {};
}

Result<void> FileSuite::make_fewshot(uint64_t seed) {
  if (!fewshot_split_) return {};
  const Split& split = *fewshot_split_;
  ASSAY_TRY(SampleMaker maker,
            SampleMaker::compile(suite_, split.rows->columns(), RowPurpose::kExample));
  const bool shared = split.rows == test_.rows && split.from < test_.from + test_.count &&
                      test_.from < split.from + split.count;
  ASSAY_TRY(fewshot_, Fewshot::make(suite_, split, std::move(maker), seed, shared));
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
  info_.repeats = suite_.repeats;
  info_.train_count = train_ ? train_->count : 0;
  info_.sample_count = test_.count;
  if (id_) ASSAY_TRY_VOID(check_ids());
  if (!options.tags.empty()) ASSAY_TRY_VOID(filter(options.tags));
  if (options.shuffle_seed) {
    if (order_.empty()) {
      order_.resize(test_.count);
      for (uint64_t i = 0; i < order_.size(); ++i) order_[i] = i;
    }
    Rng rng(*options.shuffle_seed, kShuffleStream);
    rng.shuffle(order_);
  }
  if (suite_.limit && *suite_.limit < info_.sample_count) info_.sample_count = *suite_.limit;
  if (info_.sample_count == 0) return input_error(suite_.path, "`limit` is 0, expected at least 1");
  return {};
}

Error FileSuite::at_row(const Split& split, uint64_t row, const Error& error) const {
  return Error{error.code, fmt::format("{} (row {})", error.message, split.place(row)),
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
  if (id_->is_column()) {
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
  Result<Json> doc = parse_json(text, test_.rows->shown());
  if (!doc) return input_error(test_.place(row), doc.error().message);
  Result<std::string> id = rendered_id(*doc);
  if (!id) return at_row(test_, row, id.error());
  return id;
}

Result<void> FileSuite::check_ids() const {
  DuplicateIds ids;
  ASSAY_TRY_VOID(test_.rows->for_each(test_.from, test_.from + test_.count,
                                      [&](uint64_t row, std::string_view text) -> Result<void> {
                                        ASSAY_TRY(const std::string id,
                                                  id_of(row - test_.from, text));
                                        ids.add(id);
                                        return {};
                                      }));
  const std::vector<uint64_t> suspects = ids.suspects();
  if (suspects.empty()) return {};
  std::map<std::string, uint64_t> first;
  return test_.rows->for_each(
      test_.from, test_.from + test_.count,
      [&](uint64_t row, std::string_view text) -> Result<void> {
        ASSAY_TRY(const std::string id, id_of(row - test_.from, text));
        const uint64_t hash = DuplicateIds::hash_of(id);
        if (!std::binary_search(suspects.begin(), suspects.end(), hash)) return {};
        const auto [it, fresh] = first.emplace(id, row);
        if (fresh) return {};
        return input_error(test_.rows->place(row),
                           fmt::format("the id `{}` is also that of {}, expected unique ids", id,
                                       test_.rows->place(it->second)));
      });
}

Result<void> FileSuite::filter(const std::vector<std::string>& tags) {
  std::vector<std::pair<size_t, std::string>> wanted;  // position in tag_names, value
  const std::vector<std::string>& names = maker_->tag_names();
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
  ASSAY_TRY_VOID(
      test_.rows->for_each(test_.from, test_.from + test_.count,
                           [&](uint64_t stored_row, std::string_view text) -> Result<void> {
                             const uint64_t row = stored_row - test_.from;
                             Result<Json> doc = parse_json(text, test_.rows->shown());
                             if (!doc) return input_error(test_.place(row), doc.error().message);
                             for (const auto& [position, value] : wanted) {
                               Result<std::string> found = maker_->tag(*doc, position);
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

Result<void> FileSuite::hash(uint64_t seed) {
  HashBuilder prompt;
  prompt.add("prompt 1");
  hash_text(prompt, "description", suite_.description);
  hash_text(prompt, "doc_to_text", suite_.doc_to_text);
  hash_texts(prompt, "doc_to_choice", suite_.doc_to_choice);
  hash_texts(prompt, "doc_to_image", suite_.doc_to_image);
  hash_text(prompt, "gen_prefix", suite_.gen_prefix);
  hash_text(prompt, "system", suite_.system);
  hash_text(prompt, "input", suite_.input);
  // Only where they stand, so that suites without them keep the hash they had.
  if (suite_.messages) hash_text(prompt, "messages", suite_.messages);
  if (suite_.tools) hash_text(prompt, "tools", suite_.tools);
  prompt.add(suite_.output_type).add_number(suite_.num_fewshot);
  if (suite_.num_fewshot > 0) {
    prompt.add(suite_.fewshot_delimiter).add(suite_.target_delimiter);
    hash_texts(prompt, "doc_to_target", suite_.doc_to_target);
    const bool first = suite_.sampler == FewshotSampler::kFirst;
    prompt.add(first ? "first_n" : "seeded");
    prompt.add_number(first ? 0 : static_cast<int64_t>(seed));
  } else if (suite_.gen_prefix) {
    prompt.add(suite_.target_delimiter);
  }
  hash_params(prompt, suite_.params);
  info_.prompt_hash = prompt.finish().hex();

  HashBuilder data;
  data.add("data 1").add("test").add(test_.identity);
  if (!suite_.doc_to_image.empty()) {
    ASSAY_TRY(const std::vector<PictureFile> files,
              list_pictures(test_.images_dir, test_.images_dir));
    data.add("pictures").add(hash_pictures(files).hex());
  }
  if (train_) data.add("train").add(train_->identity);
  if (fewshot_split_) data.add("fewshot").add(fewshot_split_->identity);
  info_.data_hash = data.finish().hex();

  HashBuilder scorer;
  scorer.add("scorers 1");
  for (const auto& one : scorers_) scorer.add(one->identity());
  info_.scorer_hash = scorer.finish().hex();

  HashBuilder all;
  all.add("suite 1").add(suite_.name).add(info_.prompt_hash).add(info_.data_hash);
  all.add(info_.scorer_hash);
  hash_texts(all, "doc_to_target", suite_.doc_to_target);
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
    ASSAY_TRY(const std::string_view text, test_.rows->text(test_.from + row, buffer));
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
  Result<Json> doc = parse_json(text, test_.rows->shown());
  if (!doc) return input_error(test_.place(row), doc.error().message);
  const auto make = [&]() -> Result<void> {
    if (id_) {
      ASSAY_TRY(sample.id, rendered_id(*doc));
    } else {
      sample.id = fmt::format("{}", row);
    }
    ASSAY_TRY_VOID(maker_->fill(*doc, sample));
    Prompt& prompt = sample.prompt;
    ASSAY_TRY(prompt.text, maker_->description(*doc));
    if (fewshot_ && with_fewshot) ASSAY_TRY_VOID(fewshot_->append(row, text, prompt.text));
    ASSAY_TRY(std::string question, maker_->question(*doc));
    prompt.text += question;
    if (!maker_->has_input() && !maker_->has_messages()) prompt.input = std::move(question);
    ASSAY_TRY(const std::string prefix, maker_->gen_prefix(*doc));
    if (!prefix.empty()) prompt.text += suite_.target_delimiter + prefix;
    return {};
  };
  if (const Result<void> made = make(); !made) return at_row(test_, row, made.error());
  sample.index = row;
  sample.doc = text;
  return {};
}

Result<Sample> FileSuite::sample(uint64_t index) const {
  ASSAY_CHECK(index < size(), "sample {} of {}", index, size());
  const uint64_t row = row_of(index);
  std::string buffer;
  ASSAY_TRY(const std::string_view text, test_.rows->text(test_.from + row, buffer));
  Sample sample;
  ASSAY_TRY_VOID(fill(row, text, true, sample));
  return sample;
}

Result<std::string> FileSuite::sample_id(uint64_t index) const {
  ASSAY_CHECK(index < size(), "sample {} of {}", index, size());
  const uint64_t row = row_of(index);
  if (!id_) return fmt::format("{}", row);
  std::string buffer;
  ASSAY_TRY(const std::string_view text, test_.rows->text(test_.from + row, buffer));
  return id_of(row, text);
}

Result<Image> FileSuite::picture(const std::string& name) const {
  const std::string path = (std::filesystem::path(test_.images_dir) / name).string();
  return probe_image(path, path);
}

Result<Request> FileSuite::request(const Sample& sample, uint32_t repeat) const {
  Request request;
  request.suite = suite_.name;
  request.input = sample.prompt.input;
  request.choices = sample.choices;
  request.params = suite_.params;
  // Repeats of a fixed seed would all be the same generation.
  if (request.params.seed) *request.params.seed += repeat;
  if (!sample.prompt.system.empty()) {
    request.messages.push_back({"system", sample.prompt.system, {}});
  }
  if (maker_->has_messages() || maker_->has_tools()) {
    ASSAY_TRY_VOID(add_chat(sample, request));
    if (maker_->has_messages()) return request;
  }
  Message question{"user", sample.prompt.text, {}};
  for (const std::string& name : sample.prompt.images) {
    ASSAY_TRY(Image image, picture(name));
    question.images.push_back(std::move(image));
  }
  request.messages.push_back(std::move(question));
  return request;
}

// Tools and conversation of the data row, the latter after the suite's own system message if there
// is one; pictures go with its last message.
Result<void> FileSuite::add_chat(const Sample& sample, Request& request) const {
  ASSAY_TRY(const Json row, parse_json(sample.doc, test_.rows->shown()));
  ASSAY_TRY(request.tools, maker_->tools(row));
  ASSAY_TRY(std::vector<Message> messages, maker_->messages(row));
  if (messages.empty()) return {};
  for (const std::string& name : sample.prompt.images) {
    ASSAY_TRY(Image image, picture(name));
    messages.back().images.push_back(std::move(image));
  }
  std::move(messages.begin(), messages.end(), std::back_inserter(request.messages));
  return {};
}

Result<TrainingExample> FileSuite::train(uint64_t index) const {
  ASSAY_CHECK(index < train_size(), "training line {} of {}", index, train_size());
  ASSAY_TRY(const Json doc, train_->rows->row(train_->from + index));
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
